/* Redaction: what is shown of URIs, headers and text, and that no credential gets out in any form. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/redact.h"
#include "base/attr.h"

static const char *text_of(struct buf *out)
{
    buf_append_byte(out, '\0');
    return (const char *)out->data;
}

struct uri_row {
    const char *uri;
    const char *shown;
};

static const struct uri_row uri_rows[] = {
    /* Xtream paths (signatures, 1.2). */
    {"/live/bob/pw/123.ts", "/live/*/*/123.ts"},
    {"/live/bob/pw/123", "/live/*/*/123"},
    {"/bob/pw/123", "/*/*/123"},
    {"/bob/pw/123.ts", "/*/*/123.ts"},
    {"/bob/pw/123?play_token=a1B2c3D4e5", "/*/*/123?play_token=*"},
    {"/1234/5678/123", "/*/*/123"},
    {"/movie/bob/pw/9.mkv", "/movie/*/*/9.mkv"},
    {"/series/bob/pw/9.mp4", "/series/*/*/9.mp4"},
    {"/timeshift/bob/pw/60/2026-01-31:20-45/9.ts", "/timeshift/*/*/*/*/9.ts"},
    {"/play/AbCdEf0123/m3u8", "/play/*/*"},
    {"/play/live.php?mac=00:1A:79:12:34:56&stream=7&extension=ts&play_token=x",
     "/play/live.php?mac=*&stream=7&extension=ts&play_token=*"},
    {"/hls/short", "/hls/*"},
    {"/hls/9_12.ts?token=x", "/hls/*.ts?token=*"},
    {"/hlsr/tok/bob/pw/7/0123456789abcdef0123456789abcdef/7_1.ts", "/hlsr/*/*/*/*/*/7_1.ts"},
    {"/auth/tok", "/auth/*"},
    {"/auth/123.m3u8?token=x", "/auth/*.m3u8?token=*"},
    {"/key/tok", "/key/*"},
    {"/player_api/bob/pw", "/player_api/*/*"},
    {"/player_api/bob/pw/get_live_streams", "/player_api/*/*/get_live_streams"},
    {"/playlist/bob/pw/m3u_plus", "/playlist/*/*/m3u_plus"},
    {"/playlist/hls/pass.m3u", "/playlist/*/*.m3u"},
    {"/epg/bob/pw/gz", "/epg/*/*/gz"},
    {"/get/bob/pw", "/get/*/*"},
    {"/bob/pw/playlist.m3u8", "/*/*/playlist.m3u8"},
    {"/iptv/c/bob/pw/index.m3u8", "/iptv/*/*/*/index.m3u8"},
    {"//live//bob/./pw//123.ts", "//live//*/./*//123.ts"},
    {"/LIVE/bob/pw/1.TS", "/LIVE/*/*/1.TS"},
    /* Queries. */
    {"/get.php?username=bob&password=pw&type=m3u_plus&output=ts",
     "/get.php?username=*&password=*&type=m3u_plus&output=ts"},
    {"/player_api.php?username=bob&password=pw&action=get_live_streams&category_id=12",
     "/player_api.php?username=*&password=*&action=get_live_streams&category_id=12"},
    {"/portal.php?type=stb&action=handshake&token=&prehash=0&JsHttpRequest=1-xml",
     "/portal.php?type=stb&action=handshake&token=*&prehash=*&JsHttpRequest=1-xml"},
    {"/portal.php?type=itv&action=get_ordered_list&genre=*&p=1&sortby=number",
     "/portal.php?type=itv&action=get_ordered_list&genre=*&p=1&sortby=number"},
    {"/x?p=secret&p=12345&limit=4x", "/*?p=*&p=*&limit=*"},
    {"/x?type=Zt9secretPw&action=00:1A:79:12:34:56", "/*?type=*&action=*"},
    {"/x?Bobs=1&secretword", "/*?*=*&*"},
    {"/x?username", "/*?username"},
    {"/x?&&=v", "/*?&&=*"},
    {"/x?u=bob;p=1;type=a", "/*?u=*;p=1;type=*"},
    {"/get.php?type=m3u?username=bob", "/get.php?type=m3u?username=*"},
    {"/streaming/timeshift.php?username=b&password=p&stream=7&start=2026-01-31:20-45&duration=60",
     "/streaming/timeshift.php?username=*&password=*&stream=7&start=2026-01-31:20-45&duration=60"},
    /* Encoded once, twice, wholly. */
    {"/%6Cive/b%6fb/pw/123.ts", "/%6Cive/*/*/123.ts"},
    {"/live%2Fbob%2Fpw%2F123.ts", "/*.ts"},
    {"/live%252Fbob%252Fpw%252F1", "/*"},
    {"/x?user%6eame=bob&type=%6d3u", "/*?user%6eame=*&type=%6d3u"},
    {"/x?type=%3Fusername%3Dbob", "/*?type=*"},
    {"/get.php%3Fusername=bob&password=pw", "/*"},
    {"/%2525252562ob", "/*"},
    /* Parameters of segments. */
    {"/live;jsessionid=abc/bob;x=y/pw/1.ts", "/live;jsessionid=*/*;*=*/*/1.ts"},
    /* Authority. */
    {"http://bob:pw@panel.example:8080/live/b/p/1.ts", "http://*@panel.example:8080/live/*/*/1.ts"},
    {"http://b@c:pw@panel.example/", "http://*@panel.example/"},
    {"http://bob:p/w@panel.example/x", "http://*/*/*"},
    {"http://203.0.113.9:81/get.php", "http://203.0.113.9:81/get.php"},
    {"http://192.168.1.20:81/get.php", "http://*/get.php"},
    {"http://[2001:db8::1]/c/", "http://[2001:db8::1]/c/"},
    {"http://bad host/", "http://*/"},
    {"https://panel.example", "https://panel.example"},
    {"rtmp://h.example/live/7?username=a&password=b", "rtmp://h.example/live/*?username=*&password=*"},
    /* Players' own suffixes. */
    {"http://h.example/live/a/b/1.ts|User-Agent=x&Referer=http://y/", "http://h.example/live/*/*/1.ts|*"},
    {"/play/tok#.mp4", "/play/*#*"},
    {"/x?type=a#top|b", "/*?type=*#*"},
    /* What stays readable. */
    {"/", "/"},
    {"/c/version.js?123456", "/c/version.js?*"},
    {"/stalker_portal/server/load.php", "/stalker_portal/server/load.php"},
    {"/news/2026/article-about-football-1080p.html", "/news/*/*.html"},
    {"/channel5/tracks-v1a1/mono.m3u8", "/*/tracks-v1a1/mono.m3u8"},
    {"/udp/239.1.1.1:1234", "/udp/*"},
    {"/stalker_portal/server/load.php?type=stb&action=handshake&token=x",
     "/stalker_portal/server/load.php?type=stb&action=handshake&token=*"},
    {"/lineup.m3u", "/lineup.m3u"},
    {"/hls/tok/10012_274.ts", "/hls/*/10012_274.ts"},
    {"/chan/segment_287.ts", "/*/segment_287.ts"},
    {"/play/movie.php?stream=5.mkv&type=movie", "/play/movie.php?stream=5.mkv&type=movie"},
    {"/files/setup-3.2.exe", "/files/*.exe"},
    /* Numbers that may be somebody's. */
    {"/c/bob/4815", "/c/*/*"},
    {"/user/bob/4815", "/user/*/*"},
    {"/hls/bob/4815", "/hls/*/*"},
    {"/live/bob/pw/1234567", "/live/*/*/1234567"},
    {"/live/bob/pw/12345678", "/live/*/*/*"},
    {"/live/bob/pw/198_51_100_7.ts", "/live/*/*/*.ts"},
    {"/x/4815.ts", "/*/*.ts"},
    {"bob/pw/4815", "*/*/*"},
    {"/x?stream_id=1234567&vod_id=12345678&stream=5.exe&p=999&page=1000",
     "/*?stream_id=1234567&vod_id=*&stream=*&p=999&page=*"},
    {"/x?JsHttpRequest=1-secret&JsHttpRequest=a-xml&start=2026-01-31&start=3026-01-31:20-45",
     "/*?JsHttpRequest=*&JsHttpRequest=*&start=*&start=*"},
    /* Schemes and hosts. */
    {"secret://h.example/", "*://h.example/"},
    {"intent://secret/", "intent://*/"},
    {"http://localhost:88/c/", "http://*/c/"},
    /* What does not, by itself. */
    {"/a/0123456789abcdef", "/*/*"},
    {"/a/00-1A-79-12-34-56", "/*/*"},
    {"/a/001A79123456.html", "/*/*.html"},
    {"/a/kx7Qp2subscriber", "/*/*"},
    {"/a/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", "/*/*"},
    {"/user/bob/settings", "/user/*/*"},
    {"/a/bob@mail.example", "/*/*"},
    {"*", "*"},
    {"panel.example:443", "*"},
    /* Pieces from the middle. */
    {"", ""},
    {"bob&password=pw&type=m3u", "*&password=*&type=m3u"},
    {"name=bob", "name=*"},
    {"bob/pw/123.ts", "*/*/123.ts"},
    {"player_api.php?username=bob", "player_api.php?username=*"},
    {"secret", "*"},
};

static void test_uris(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(uri_rows); i++) {
        struct buf out = buf_make(4096);
        redact_uri(&out, slice_text(uri_rows[i].uri), NULL);
        assert_string_equal(text_of(&out), uri_rows[i].shown);
        buf_free(&out);
    }
}

struct header_row {
    const char *name;
    const char *value;
    const char *shown;
};

static void test_headers(void **state)
{
    (void)state;
    static const struct header_row rows[] = {
        {"Cookie", "mac=00:1A:79:12:34:56; stb_lang=en", "*"},
        {"set-cookie", "id=abc; Path=/", "*"},
        {"Authorization", "Basic Ym9iOnB3", "Basic *"},
        {"Authorization", "bearer 0123456789ABCDEF", "bearer *"},
        {"Authorization", "Ym9iOnB3", "*"},
        {"Authorization", "Custom abc", "*"},
        {"Proxy-Authorization", "Digest username=\"bob\"", "Digest *"},
        {"Referer", "http://panel.example/live/bob/pw/1.ts?token=x",
         "http://panel.example/live/*/*/1.ts?token=*"},
        {"Location", "/auth/tok", "/auth/*"},
        {"Host", "panel.example:8080", "panel.example:8080"},
        {"Host", "10.0.0.7", "*"},
        {"X-Forwarded-For", "198.51.100.7", "*"},
        {"Forwarded", "for=198.51.100.7", "*"},
        {"X-Real-IP", "198.51.100.7", "*"},
        {"Via", "1.1 home.example", "*"},
        {"SN", "0123", "*"},
        {"X-Never-Heard-Of", "bob", "*"},
        {"User-Agent", "Mozilla/5.0 (QtEmbedded; U; Linux; C) MAG200 stbapp ver: 2 rev: 250 Safari/533.3",
         "Mozilla/5.0 (QtEmbedded; U; Linux; C) MAG200 stbapp ver: 2 rev: 250 Safari/533.3"},
        {"User-Agent", "(KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 x1/198.51.100.7",
         "(KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 *"},
        {"User-Agent", "VLC/3.0.20 LibVLC/3.0.20", "VLC/3.0.20 LibVLC/3.0.20"},
        {"X-User-Agent", "Model: MAG250; Link: WiFi; Device ID: 0123456789ABCDEF0123; MAC: 00:1A:79:12:34:56",
         "Model: MAG250; Link: WiFi; Device ID: *; MAC: *"},
        {"User-Agent", "app (+http://h.example/bot/bob@mail.example)", "app (+http://h.example/*/*"},
        {"User-Agent", "x username=bob me@mail.example 198.51.100.7", "x username=* * *"},
        {"Content-Type", "text/html; charset=UTF-8", "text/html; charset=UTF-8"},
        {"Content-Type", "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
         "multipart/form-data; *"},
        {"Content-Type", "Video/MP2T", "Video/MP2T"},
        {"Content-Type", "text/javascript;charset=UTF-8;;", "text/javascript;charset=UTF-8;"},
        {"Content-Type", "secret", "*"},
        {"Content-Type", "text/secret", "*"},
        {"Content-Type", "text/198.51.100.7", "*"},
        {"Content-Type", "text/plain; name=secret; charset=secret; secret", "text/plain; *; *; *"},
        {"Content-Type", "", "*"},
        {"User-Agent", "App (user:bob; Pass: secret) mac:1", "App (user:*; Pass: *) mac:*"},
        {"User-Agent", "App/198.51.100.7 b/198-51-100-7 c633644d v198.51.100.7 3325256711", "* * * * *"},
        {"User-Agent", "player/20230312 App (build 20230312)", "player/20230312 App (build 20230312)"},
        {"Content-Length", "1234", "1234"},
        {"Range", "bytes=0-", "bytes=0-"},
        {"Date", "Sat, 31 Jan 2026 20:45:01 GMT", "Sat, 31 Jan 2026 20:45:01 GMT"},
        {"ETag", "\"abc\"", "*"},
        {"Access-Control-Allow-Origin", "*", "*"},
        {"icy-name", "Radio One", "Radio One"},
        {"icy-url", "http://u:p@radio.example/x", "http://*@radio.example/*"},
        {"Content-Disposition", "attachment; filename=\"playlist_bob_plus.m3u\"",
         "attachment; filename=\"playlist_*_plus.m3u\""},
        {"Content-Disposition", "attachment; filename=playlist_live.m3u",
         "attachment; filename=\"playlist_*\""},
        {"Content-Disposition", "attachment; filename=\"bob_list.txt\"", "attachment; filename=\"*.txt\""},
        {"Content-Disposition", "inline", "inline"},
        {"Content-Disposition", "inline; name=bob", "inline; *"},
        {"Content-Disposition", "bob; filename=x", "*; filename=\"*\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf out = buf_make(4096);
        redact_header(&out, slice_text(rows[i].name), slice_text(rows[i].value), NULL);
        assert_string_equal(text_of(&out), rows[i].shown);
        buf_free(&out);
    }
}

static void test_form(void **state)
{
    (void)state;
    struct buf out = buf_make(256);
    redact_form(&out, slice_text("username=bob&password=p%20w&action=get_series&x"));
    assert_string_equal(text_of(&out), "username=*&password=*&action=get_series&*");
    buf_free(&out);
}

struct token_row {
    const char *text;
    bool token;
};

static void test_tokens(void **state)
{
    (void)state;
    static const struct token_row rows[] = {
        {"", false},
        {"00:1A:79:12:34:56", true},
        {"00%3a1A%3A79%3A12%3A34%3A56", true},
        {"00%253A1A%253A79%253A12%253A34%253A56", true},
        {"001A79123456", true},
        {"001a.7912.3456", true},
        {"123456789012", false}, /* decimal: a number of the catalogue or a time */
        {"00:1A:79:12:34", false},
        {"0123456789a", false},
        {"0123456789ab", true},
        {"012345678901234", false},
        {"0123456789012345", true},
        {"01234567-89ab-cdef-0123-456789abcdef", true},
        {"SxNaUkddFA0abSQxN0ZJ", true},
        {"SxNaUkddFA0abSQxN0Z", false}, /* one short of twenty */
        {"gggggggggggggggggggggggg", false},
        {"getAllLiveStreamsWithEpgInfo", false},
        {"series-name-s01e05-1080p", false},
        {"QWxhZGRpbjpvcGVuc2VzYW1lCg==", true},
        {"198.51.100.7", true},
        {"v198.51.100.7x", true},
        {"198-51-100-7", true},
        {"198_51_100_007", true},
        {"198.51.100.256", false},
        {"198.51.100.1000", false},
        {"198-51-100", false},
        {"c633644d", true},
        {"0xC633644D", true},
        {"deadbeef", false}, /* letters alone are a word */
        {"c633644", false},
        {"3325256711", true},
        {"16777216", true}, /* 1.0.0.0 */
        {"16777215", false},
        {"4294967296", false},
        {"20260131", false},
        {"20261331", true}, /* no month */
        {"2001-db8-77-66-aa55-bb66-cc77-dd88", true},
        {"well--known", false},
        {"::ffff:198.51.100.7", true},
        {"ip=198.51.100.7", true},
        {"198.51.100.7:8080", true},
        {"2001:db8::1", true},
        {"[2001:db8::1]", true},
        {"20:45", false},
        {"Chrome/120.0.6099.109", false},
        {"1.2.3", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (redact_is_token(slice_text(rows[i].text)) != rows[i].token) {
            fail_msg("\"%s\"", rows[i].text);
        }
    }
    char much[1000];
    memset(much, 'g', sizeof much);
    assert_false(redact_is_token(slice_make(much, 512)));
    assert_true(redact_is_token(slice_make(much, 513))); /* too long to be looked at */
}

static void test_keys(void **state)
{
    (void)state;
    assert_true(redact_key_known(slice_text("username")));
    assert_true(redact_key_known(slice_text("UserName")));
    assert_true(redact_key_known(slice_text("user%6Eame")));
    assert_false(redact_key_harmless(slice_text("username")));
    assert_true(redact_key_harmless(slice_text("JsHttpRequest")));
    assert_false(redact_key_known(slice_text("bob")));
    assert_false(redact_key_known(slice_text("")));
}

/* Every place of signatures.md where a credential stands, in every way of writing it. */
static const char *const places[] = {
    "/live/%s/%s/1.ts",
    "/%s/%s/1",
    "/%s/%s/1.m3u8",
    "/movie/%s/%s/1.mkv",
    "/series/%s/%s/1.mp4",
    "/timeshift/%s/%s/60/2026-01-31:20-45/1.ts",
    "/timeshifts/%s/%s/60/1/2026.ts",
    "/thumb/%s/%s/1",
    "/subtitle/%s/%s/1/2",
    "/player_api/%s/%s",
    "/playlist/%s/%s/m3u",
    "/epg/%s/%s",
    "/stream/%s/%s/1",
    "/hlsr/T/%s/%s/1/2/1_2.ts",
    "/%s/%s/playlist.m3u8",
    "/get.php?username=%s&password=%s&type=m3u",
    "/player_api.php?username=%s&password=%s",
    "/xmltv.php?username=%s&password=%s",
    "/live?channelId=1&deviceUser=%s&devicePass=%s&uid=1",
    "/list.php?login=%s&password=%s&type=m3u",
    "http://%s:%s@h.example/",
    "/portal.php?mac=%s&sn=%s",
    "/auth/%s?token=%s",
    "/play/%s/%s",
    "/hls/%s?token=%s",
    "/key/%s?play_token=%s",
    "/x?url=http://h/%s/%s/1",
    "/x;a=%s;b=%s/y",
    "/x?%s=%s",
};

enum { ENCODED_SIZE = 512 };

/* Percent-encodes everything, and what stands then once more, as often as `rounds` says. */
static void encode(const char *text, int rounds, char out[ENCODED_SIZE])
{
    strcpy(out, text);
    for (int round = 0; round < rounds; round++) {
        char next[ENCODED_SIZE];
        size_t len = 0;
        for (const char *at = out; *at != '\0'; at++) {
            bool plain = isalnum((unsigned char)*at) && round > 0;
            len += (size_t)snprintf(next + len, sizeof next - len, plain ? "%c" : "%%%02X", *at);
        }
        memcpy(out, next, len + 1);
    }
}

static void assert_hidden(const char *shown, const char *secret)
{
    if (strstr(shown, secret) != NULL) {
        fail_msg("\"%s\" shows \"%s\"", shown, secret);
    }
}

static void test_no_credential_gets_out(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"kx7Qp2subscriber", "Zt9secretPw"},
        {"robert", "hunter"},
        {"48151623", "10842"},
        {"a", "zz"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(pairs); j++) {
            for (int rounds = 0; rounds < 3; rounds++) {
                char user[ENCODED_SIZE];
                char password[ENCODED_SIZE];
                char uri[3 * ENCODED_SIZE];
                encode(pairs[j][0], rounds, user);
                encode(pairs[j][1], rounds, password);
                snprintf(uri, sizeof uri, places[i], user, password);
                struct buf out = buf_make(4096);
                redact_uri(&out, slice_text(uri), NULL);
                const char *shown = text_of(&out);
                if (strlen(user) > 1) { /* a single letter stands in other words, too */
                    assert_hidden(shown, user);
                    assert_hidden(shown, password);
                }
                buf_free(&out);
                out = buf_make(4096);
                redact_header(&out, slice_text("Referer"), slice_text(uri), NULL);
                redact_text(&out, slice_text(uri), NULL);
                shown = text_of(&out);
                if (strlen(user) > 1) {
                    assert_hidden(shown, user);
                    assert_hidden(shown, password);
                }
                buf_free(&out);
            }
        }
    }
}

/* Letters alone, wherever a path, a query or a tail can have them. */
static const char *const everywhere[] = {
    "/%s/%s",
    "/%s/%s/",
    "/%s/%s/12",
    "/x/%s/%s/12",
    "/xyz/%s/%s/12.foo",
    "/account/%s/secret/%s",
    "/Live/%s/%s/1.TS",
    "/live%%2F%s%%2F%s%%2F1.ts",
    "/./live/../live/%s/%s/1.ts",
    "/live/%s;%s/1.ts",
    "/a/%s:%s@host/1",
    "/login/%s/%s",
    "/u/%s/p/%s/",
    "/stalker/%s/%s.php",
    "/iptv/%s-%s.m3u",
    "/lists/%s_%s.m3u8",
    "/auth,%s,%s",
    "/%s|%s",
    "/%s\\%s",
    "/stream/%s+%s",
    "/get.php;username=%s;password=%s",
    "/get.php?%s&%s",
    "/get.php#%s:%s",
    "/get.php?type=%s&output=%s",
    "/get.php?action=%s&sub=%s",
    "/get.php?username[]=%s&password[]=%s",
    "/x?lang=%s&format=%s",
    "/x?stb_type=%s&genre=%s",
    "/x?start=%s&duration=%s",
    "/x?v=%s&version=%s",
    "/x?stream=%s&category_id=%s",
    "/x?JsHttpRequest=%s&JsHttpRequest=1-%s",
    "/x?p=%s&extension=%s",
    "/search/%s?stream=%s",
    "/rest/v1/%s/%s/status",
    "/c/%s/index.php/%s",
    "/portal/%s@%s/",
    "/user=%s/pass=%s/1.ts",
    "/==%s==/%s",
    "/api/%s/%s/list.json",
    "/api/%s/%s/list.png",
    "/hls/%s/%s/index.m3u8",
    "/live/%s/%s/chunks.m3u8",
    "/stream/%s/%s.ts",
    "/news/%s/%s.html",
    "/files/%s-%s.exe",
    "/%s.ts/%s.php/1.ts",
    "/c/index.%s/%s",
    "//%s:%s@h.example/live",
    "http:/%s:%s@h.example/",
    "http://h.example:80%s/%s",
    "%s://%s/",
    "%s:%s",
    "vlc://http://%s:%s@h.example/",
};

static void test_words_get_out_nowhere(void **state)
{
    (void)state;
    static const char user[] = "zqafsekret";
    static const char password[] = "brunhilde";
    for (size_t i = 0; i < ARRAY_COUNT(everywhere); i++) {
        char uri[ENCODED_SIZE];
        snprintf(uri, sizeof uri, everywhere[i], user, password);
        struct buf out = buf_make(4096);
        redact_uri(&out, slice_text(uri), NULL);
        buf_append_byte(&out, '\n');
        redact_header(&out, slice_text("Location"), slice_text(uri), NULL);
        const char *shown = text_of(&out);
        assert_hidden(shown, user);
        assert_hidden(shown, password);
        buf_free(&out);
    }
}

struct subscriber_row {
    const char *text;
    bool four;   /* it is 198.51.100.7's */
    bool six;    /* it is 2001:db8:77:66::/64's */
    bool inside; /* it is inside 198.51.100.0/24 or 2001:db8:77::/48 */
};

static const struct subscriber_row subscriber_rows[] = {
    {"198.51.100.7", true, false, true},
    {"198.51.100.8", false, false, true},
    {"198.51.101.7", false, false, false},
    {"198.51.100.7.dyn.example", true, false, true},
    {"198-51-100-7.dyn.example", true, false, true},
    {"host198-51-100-007.dyn.example", true, false, true},
    {"7.100.51.198.in-addr.example", true, false, false},
    {"8.100.51.198.in-addr.example", false, false, false},
    {"c6336407.dyn.example", true, false, false},
    {"3325256711.example", true, false, false},
    {"198051100007.example", true, false, false},
    {"x198%2E51%2E100%2E7", true, false, true},
    {"1198.51.100.7", false, false, false},
    {"198.51.100.77", false, false, true},
    {"2002:c633:6407::1", true, false, true},
    {"64:ff9b::c633:6407", true, false, true},
    {"::ffff:198.51.100.7", true, false, true},
    {"2001:db8:77:66::1", false, true, true},
    {"2001:db8:77:67::1", false, false, true},
    {"2001:db8:78::1", false, false, false},
    {"2001-db8-77-66-0-0-0-1.dyn.example", false, true, true},
    {"2001-db8-77-66--1.dyn.example", false, true, true},
    {"20010db8007700660000000000000001.example", false, true, false},
    {"20010db800770066.example", false, true, false},
    {"panel.example", false, false, false},
    {"", false, false, false},
};

static void test_subscribers(void **state)
{
    (void)state;
    struct address four;
    struct address six;
    struct prefix prefixes[2];
    assert_true(address_parse("198.51.100.7", &four) && address_parse("2001:db8:77:66:a:b:c:d", &six));
    assert_true(prefix_parse("198.51.100.0/24", &prefixes[0]) &&
                prefix_parse("2001:db8:77::/48", &prefixes[1]));
    struct prefix_list home = {.items = prefixes, .count = 2};
    struct redact_subscribers by_four = {.client = &four};
    struct redact_subscribers by_six = {.client = &six};
    struct redact_subscribers by_home = {.home = &home};
    for (size_t i = 0; i < ARRAY_COUNT(subscriber_rows); i++) {
        const struct subscriber_row *row = &subscriber_rows[i];
        struct slice text = slice_text(row->text);
        if (redact_names_subscriber(text, &by_four) != row->four ||
            redact_names_subscriber(text, &by_six) != row->six ||
            redact_names_subscriber(text, &by_home) != row->inside) {
            fail_msg("\"%s\"", row->text);
        }
        assert_false(redact_names_subscriber(text, NULL));
    }
    assert_true(redact_host_told(slice_text("panel.example"), &by_four));
    assert_true(redact_host_told(slice_text("2001:db8::1"), &by_four));
    assert_false(redact_host_told(slice_text("2001:db8:77:66::1"), &by_six));
    assert_false(redact_host_told(slice_text("localhost"), NULL));
    struct buf out = buf_make(4096);
    redact_header(&out, slice_text("Location"), slice_text("http://198.51.100.7:8000/live/a/b/1.ts"),
                  &by_four);
    buf_append_byte(&out, ' ');
    redact_uri(&out, slice_text("http://[2001:db8:77:66::9]/c/"), &by_six);
    buf_append_byte(&out, ' ');
    redact_uri(&out, slice_text("http://198.51.100.8/c/"), &by_four);
    buf_append_byte(&out, ' ');
    redact_text(&out, slice_text("App http://198.51.100.8/c/ 7.100.51.198"), &by_home);
    assert_string_equal(text_of(&out),
                        "http://*/live/*/*/1.ts http://*/c/ http://198.51.100.8/c/ App http://*/c/ *");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uris),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_no_credential_gets_out),
        cmocka_unit_test(test_words_get_out_nowhere),
        cmocka_unit_test(test_subscribers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
