/* The bytes of the conversations. Hosts end in .example, accounts are made up. */
#include "tests/bench/corpus_content.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { TEXT_MAX = 1 << 18 };

/* Text that grows; its bytes pass to talk_say. */
struct text {
    char *bytes;
    size_t len;
};

static struct text text_make(void)
{
    struct text text = {.bytes = malloc(TEXT_MAX)};
    if (text.bytes == NULL) {
        abort();
    }
    return text;
}

__attribute__((format(printf, 2, 3))) static void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->bytes + text->len, TEXT_MAX - text->len, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= TEXT_MAX - text->len) {
        abort(); /* a content of ours that is larger than TEXT_MAX */
    }
    text->len += (size_t)len;
}

static void text_add_bytes(struct text *text, const void *bytes, size_t len)
{
    if (len > TEXT_MAX - text->len) {
        abort();
    }
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

static void say(struct talk *talk, unsigned sender, uint64_t delay_us, struct text *text)
{
    char *fitting = realloc(text->bytes, text->len);
    talk_say(talk, sender, delay_us, fitting == NULL ? text->bytes : fitting, text->len, FILLER_RANDOM, 0);
}

static const char browser[] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

static void say_request(struct talk *talk, const char *host, const char *agent, const char *path)
{
    struct text text = text_make();
    text_add(&text,
             "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\n"
             "Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\r\n",
             path, host, agent);
    say(talk, CLIENT, 30000, &text);
}

static struct text gzip(const struct text *body)
{
    struct text packed = text_make();
    z_stream stream = {.next_in = (Bytef *)body->bytes, .avail_in = (uInt)body->len};
    stream.next_out = (Bytef *)packed.bytes;
    stream.avail_out = TEXT_MAX;
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END || deflateEnd(&stream) != Z_OK) {
        abort();
    }
    packed.len = stream.total_out;
    return packed;
}

/* An answer whose body is given; frees the body. */
static void say_answer(struct talk *talk, struct dice *dice, const char *type, struct text *body)
{
    struct text text = text_make();
    text_add(&text, "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: %s\r\n", type);
    unsigned form = (unsigned)dice_roll(dice, 5);
    struct text packed = {0};
    const struct text *sent = body;
    if (form < 2) {
        packed = gzip(body);
        sent = &packed;
        text_add(&text, "Content-Encoding: gzip\r\n");
    }
    if (form == 2) {
        text_add(&text, "Transfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0; at < sent->len; at += 4096) {
            size_t len = sent->len - at < 4096 ? sent->len - at : 4096;
            text_add(&text, "%zx\r\n", len);
            text_add_bytes(&text, sent->bytes + at, len);
            text_add(&text, "\r\n");
        }
        text_add(&text, "0\r\n\r\n");
    } else {
        text_add(&text, "Content-Length: %zu\r\n\r\n", sent->len);
        text_add_bytes(&text, sent->bytes, sent->len);
    }
    free(packed.bytes);
    free(body->bytes);
    say(talk, SERVER, 15000, &text);
}

void content_short_page(struct talk *talk, struct dice *dice)
{
    struct text request = text_make();
    text_add(&request, "GET /p%llu HTTP/1.1\r\nHost: www%u.example\r\nUser-Agent: curl/7.88.1\r\n\r\n",
             (unsigned long long)dice_roll(dice, 1000000), talk->site);
    say(talk, CLIENT, 0, &request);
    struct text answer = text_make();
    text_add(&answer, "HTTP/1.1 204 No Content\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n");
    say(talk, SERVER, 15000, &answer);
}

/* A picture: its head says how long it is, what follows is noise. */
static void say_picture(struct talk *talk, uint64_t len)
{
    struct text text = text_make();
    text_add(&text,
             "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: image/jpeg\r\nCache-Control: max-age=86400"
             "\r\nContent-Length: %llu\r\n\r\n",
             (unsigned long long)len);
    talk_say(talk, SERVER, 15000, text.bytes, text.len, FILLER_RANDOM, len);
}

static struct text html_page(struct dice *dice)
{
    struct text body = text_make();
    text_add(&body, "<!doctype html><html><head><title>News of today</title></head><body>\n");
    unsigned lines = 10 + (unsigned)dice_roll(dice, 120);
    for (unsigned i = 0; i < lines; i++) {
        text_add(&body, "<p class=\"item\"><a href=\"/article/%llu\">Headline number %u of the day</a></p>\n",
                 (unsigned long long)dice_roll(dice, 1000000), i);
    }
    text_add(&body, "</body></html>\n");
    return body;
}

void content_page(struct talk *talk, struct dice *dice)
{
    char host[64];
    char path[128];
    (void)snprintf(host, sizeof host, "www%u.example", talk->site);
    bool picture = dice_roll(dice, 3) == 0;
    (void)snprintf(path, sizeof path, picture ? "/img/%llu.jpg" : "/article/%llu?ref=front",
                   (unsigned long long)dice_roll(dice, 1000000));
    say_request(talk, host, browser, path);
    if (picture) {
        say_picture(talk, 2000 + dice_roll(dice, 24000));
    } else {
        struct text body = html_page(dice);
        say_answer(talk, dice, "text/html; charset=utf-8", &body);
    }
}

static void panel_host(const struct talk *talk, char host[64])
{
    (void)snprintf(host, 64, "panel%u.example:%u", talk->site, talk->ends[SERVER].port);
}

static void say_login(struct talk *talk, struct dice *dice, const char *host, unsigned account)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/player_api.php?username=user%u&password=pass%u", account, account);
    say_request(talk, host, "IPTVSmartersPlayer", path);
    struct text body = text_make();
    text_add(&body,
             "{\"user_info\":{\"username\":\"user%u\",\"password\":\"pass%u\",\"message\":\"\",\"auth\":1,"
             "\"status\":\"Active\",\"exp_date\":\"1798761600\",\"is_trial\":\"0\",\"active_cons\":\"1\","
             "\"created_at\":\"1767225600\",\"max_connections\":\"1\",\"allowed_output_formats\":[\"m3u8\","
             "\"ts\",\"rtmp\"]},\"server_info\":{\"url\":\"panel%u.example\",\"port\":\"%u\",\"https_port\":"
             "\"443\",\"server_protocol\":\"http\",\"rtmp_port\":\"25462\",\"timezone\":\"Europe\\/Paris\","
             "\"timestamp_now\":1767225600,\"time_now\":\"2026-01-01 00:00:00\"}}",
             account, account, talk->site, talk->ends[SERVER].port);
    say_answer(talk, dice, "application/json", &body);
}

static void say_channels(struct talk *talk, struct dice *dice, const char *host, unsigned account)
{
    char path[160];
    (void)snprintf(path, sizeof path,
                   "/player_api.php?username=user%u&password=pass%u&action=get_live_streams", account,
                   account);
    say_request(talk, host, "IPTVSmartersPlayer", path);
    struct text body = text_make();
    unsigned channels = 20 + (unsigned)dice_roll(dice, 200);
    for (unsigned i = 0; i < channels; i++) {
        text_add(&body,
                 "%s{\"num\":%u,\"name\":\"FR| Channel %u HD\",\"stream_type\":\"live\",\"stream_id\":%u,"
                 "\"stream_icon\":\"http:\\/\\/icons.example\\/%u.png\",\"epg_channel_id\":\"ch%u.fr\","
                 "\"added\":\"1767225600\",\"category_id\":\"%u\",\"tv_archive\":0,\"direct_source\":\"\"}",
                 i == 0 ? "[" : ",", i + 1, i, 1000 + i, i, i, i / 20);
    }
    text_add(&body, "]");
    say_answer(talk, dice, "application/json", &body);
}

static void say_playlist(struct talk *talk, struct dice *dice, const char *host, unsigned account)
{
    char path[160];
    (void)snprintf(path, sizeof path, "/get.php?username=user%u&password=pass%u&type=m3u_plus&output=ts",
                   account, account);
    say_request(talk, host, "VLC/3.0.20 LibVLC/3.0.20", path);
    struct text body = text_make();
    text_add(&body, "#EXTM3U\n");
    unsigned entries = 20 + (unsigned)dice_roll(dice, 300);
    for (unsigned i = 0; i < entries; i++) {
        text_add(&body,
                 "#EXTINF:-1 tvg-id=\"ch%u.fr\" tvg-name=\"FR| Channel %u\" tvg-logo=\"http://icons.example/"
                 "%u.png\" group-title=\"France\",FR| Channel %u\nhttp://%s/user%u/pass%u/%u\n",
                 i, i, i, i, host, account, account, 1000 + i);
    }
    say_answer(talk, dice, "audio/x-mpegurl", &body);
}

static void say_handshake(struct talk *talk, struct dice *dice, const char *host)
{
    say_request(talk, host,
                "Mozilla/5.0 (QtEmbedded; U; Linux; C) MAG200 stbapp ver: 2 rev: 250 Safari/533.3",
                "/portal.php?type=stb&action=handshake&token=&JsHttpRequest=1-xml");
    struct text body = text_make();
    text_add(&body, "{\"js\":{\"token\":\"%016llX%016llX\",\"random\":\"%016llx\"}}",
             (unsigned long long)dice_roll(dice, UINT64_MAX), (unsigned long long)dice_roll(dice, UINT64_MAX),
             (unsigned long long)dice_roll(dice, UINT64_MAX));
    say_answer(talk, dice, "text/javascript", &body);
}

void content_panel(struct talk *talk, struct dice *dice)
{
    char host[64];
    panel_host(talk, host);
    unsigned account = (unsigned)dice_roll(dice, 500);
    unsigned what = (unsigned)dice_roll(dice, 10);
    if (talk->site % 4 == 3) {
        say_handshake(talk, dice, host);
    } else if (what < 6) {
        say_login(talk, dice, host, account);
    } else if (what < 8) {
        say_channels(talk, dice, host, account);
    } else {
        say_playlist(talk, dice, host, account);
    }
}

static void say_media(struct talk *talk, uint64_t len, bool endless)
{
    struct text text = text_make();
    text_add(&text, "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: video/mp2t\r\n");
    if (endless) {
        text_add(&text, "Connection: close\r\n\r\n");
    } else {
        text_add(&text, "Content-Length: %llu\r\nConnection: keep-alive\r\n\r\n", (unsigned long long)len);
    }
    talk_say(talk, SERVER, 15000, text.bytes, text.len, FILLER_MPEGTS, len);
}

void content_hls(struct talk *talk, struct dice *dice, bool panel)
{
    char host[64];
    char path[160];
    panel_host(talk, host);
    if (!panel) {
        (void)snprintf(host, sizeof host, "cdn%u.example", talk->site);
    }
    (void)snprintf(path, sizeof path, panel ? "/live/user%u/pass%u/1001.m3u8" : "/ott/%u/%u/index.m3u8",
                   talk->site, talk->site);
    say_request(talk, host, "VLC/3.0.20 LibVLC/3.0.20", path);
    struct text body = text_make();
    text_add(&body,
             "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:%u\n"
             "#EXTINF:6.0,\n/hls/%u_%u.ts\n#EXTINF:6.0,\n/hls/%u_%u.ts\n",
             talk->turns, talk->site, talk->turns, talk->site, talk->turns + 1);
    say_answer(talk, dice, "application/vnd.apple.mpegurl", &body);
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "/hls/%u_%u.ts", talk->site, talk->turns + i);
        say_request(talk, host, "VLC/3.0.20 LibVLC/3.0.20", path);
        say_media(talk, 188 * (10000 + dice_roll(dice, 12000)), false);
    }
}

void content_endless_ts(struct talk *talk, struct dice *dice, bool panel)
{
    (void)dice;
    char host[64];
    char path[160];
    panel_host(talk, host);
    (void)snprintf(path, sizeof path, panel ? "/live/user%u/pass%u/1001.ts" : "/stream/%u/%u.ts", talk->site,
                   talk->site);
    say_request(talk, host, "VLC/3.0.20 LibVLC/3.0.20", path);
    say_media(talk, UINT64_MAX / 4, true);
}

/* A TLS record's head, then noise. */
static void say_record(struct talk *talk, unsigned sender, unsigned type, unsigned len)
{
    char *head = malloc(5);
    if (head == NULL) {
        abort();
    }
    const char bytes[5] = {(char)type, 3, 3, (char)(len >> 8), (char)len};
    memcpy(head, bytes, sizeof bytes);
    talk_say(talk, sender, 15000, head, sizeof bytes, FILLER_RANDOM, len);
}

static void put16(struct text *text, unsigned value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};
    text_add_bytes(text, bytes, sizeof bytes);
}

/* The first record of a client with a server name; other extensions are left out. */
static void say_client_hello(struct talk *talk, struct dice *dice)
{
    char name[64];
    unsigned len = (unsigned)snprintf(name, sizeof name, "secure%u.example", talk->site);
    struct text text = text_make();
    unsigned extensions = 4 + 2 + 1 + 2 + len;
    unsigned hello = 2 + 32 + 1 + 2 + 4 + 2 + 2 + extensions;
    text_add_bytes(&text, "\x16\x03\x01", 3);
    put16(&text, hello + 4);
    text_add_bytes(&text, "\x01\x00", 2);
    put16(&text, hello);
    put16(&text, 0x0303);
    for (unsigned i = 0; i < 16; i++) {
        put16(&text, (unsigned)dice_roll(dice, 65536));
    }
    text_add_bytes(&text, "\x00\x00\x04\x13\x01\x13\x02\x01\x00", 9);
    put16(&text, extensions);
    put16(&text, 0);
    put16(&text, len + 5);
    put16(&text, len + 3);
    text_add_bytes(&text, "\x00", 1);
    put16(&text, len);
    text_add_bytes(&text, name, len);
    say(talk, CLIENT, 0, &text);
}

/* The answer of TLS 1.3: all that follows it is unreadable. */
static void say_server_hello(struct talk *talk, struct dice *dice)
{
    struct text text = text_make();
    text_add_bytes(&text, "\x16\x03\x03\x00\x32\x02\x00\x00\x2e\x03\x03", 11);
    for (unsigned i = 0; i < 16; i++) {
        put16(&text, (unsigned)dice_roll(dice, 65536));
    }
    text_add_bytes(&text, "\x00\x13\x01\x00\x00\x06\x00\x2b\x00\x02\x03\x04", 12);
    text_add_bytes(&text, "\x14\x03\x03\x00\x01\x01", 6);
    say(talk, SERVER, 15000, &text);
}

void content_tls(struct talk *talk, struct dice *dice)
{
    enum { DATA = 0x17 };
    say_client_hello(talk, dice);
    say_server_hello(talk, dice);
    say_record(talk, SERVER, DATA, 1200 + (unsigned)dice_roll(dice, 2500));
    say_record(talk, CLIENT, DATA, 60 + (unsigned)dice_roll(dice, 60));
    say_record(talk, CLIENT, DATA, 100 + (unsigned)dice_roll(dice, 600));
    say_record(talk, SERVER, DATA, 500 + (unsigned)dice_roll(dice, 8000));
    say_record(talk, SERVER, DATA, 500 + (unsigned)dice_roll(dice, 8000));
}

static void add_name(struct text *text, const char *first, unsigned number)
{
    char label[32];
    unsigned len = (unsigned)snprintf(label, sizeof label, "%s%u", first, number);
    text_add(text, "%c%s%c%s%c", (int)len, label, 7, "example", 0);
}

void content_dns(struct talk *talk, struct dice *dice)
{
    unsigned id = (unsigned)dice_roll(dice, 65536);
    for (unsigned answer = 0; answer < 2; answer++) {
        struct text text = text_make();
        put16(&text, id);
        put16(&text, answer ? 0x8180 : 0x0100);
        put16(&text, 1);
        put16(&text, answer);
        put16(&text, 0);
        put16(&text, 0);
        add_name(&text, "www", talk->site);
        put16(&text, 1);
        put16(&text, 1);
        if (answer) {
            text_add_bytes(&text, "\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc6\x12", 14);
            put16(&text, talk->site);
        }
        say(talk, answer ? SERVER : CLIENT, answer ? 8000 : 0, &text);
    }
}

void content_ssh(struct talk *talk, struct dice *dice)
{
    static const char *const banners[] = {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH-2.0-OpenSSH_9.6\r\n"};
    bool first = talk->turns % 2 == 0;
    for (unsigned sender = CLIENT; sender <= SERVER; sender++) {
        if (first) {
            struct text text = text_make();
            text_add(&text, "%s", banners[sender]);
            say(talk, sender, 10000, &text);
        }
        talk_say(talk, sender, 10000, NULL, 0, FILLER_RANDOM, 36 + 4 * dice_roll(dice, 300));
    }
}

void content_noise(struct talk *talk, struct dice *dice)
{
    for (unsigned i = 0; i < 4; i++) {
        talk_say(talk, i % 2, 5000, NULL, 0, FILLER_RANDOM, 40 + dice_roll(dice, 1300));
    }
}
