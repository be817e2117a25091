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
    {"/x?p=secret&p=12345&limit=4x", "/x?p=*&p=*&limit=*"},
    {"/x?type=Zt9secretPw&action=00:1A:79:12:34:56", "/x?type=*&action=*"},
    {"/x?Bobs=1&secretword", "/x?*=*&*"},
    {"/x?username", "/x?username"},
    {"/x?&&=v", "/x?&&=*"},
    {"/x?u=bob;p=1;type=a", "/x?u=*;p=1;type=a"},
    {"/get.php?type=m3u?username=bob", "/get.php?type=m3u?username=*"},
    {"/streaming/timeshift.php?username=b&password=p&stream=7&start=2026-01-31:20-45&duration=60",
     "/streaming/timeshift.php?username=*&password=*&stream=7&start=2026-01-31:20-45&duration=60"},
    /* Encoded once, twice, wholly. */
    {"/%6Cive/b%6fb/pw/123.ts", "/%6Cive/*/*/123.ts"},
    {"/live%2Fbob%2Fpw%2F123.ts", "/*.ts"},
    {"/live%252Fbob%252Fpw%252F1", "/*"},
    {"/x?user%6eame=bob&type=%6d3u", "/x?user%6eame=*&type=%6d3u"},
    {"/x?type=%3Fusername%3Dbob", "/x?type=*"},
    {"/get.php%3Fusername=bob&password=pw", "/*"},
    {"/%2525252562ob", "/*"},
    /* Parameters of segments. */
    {"/live;jsessionid=abc/bob;x=y/pw/1.ts", "/live;jsessionid=*/*;*=*/*/1.ts"},
    /* Authority. */
    {"http://bob:pw@panel.example:8080/live/b/p/1.ts", "http://*@panel.example:8080/live/*/*/1.ts"},
    {"http://b@c:pw@panel.example/", "http://*@panel.example/"},
    {"http://bob:p/w@panel.example/x", "http://*/*/x"},
    {"http://203.0.113.9:81/get.php", "http://203.0.113.9:81/get.php"},
    {"http://192.168.1.20:81/get.php", "http://*/get.php"},
    {"http://[2001:db8::1]/c/", "http://[2001:db8::1]/c/"},
    {"http://bad host/", "http://*/"},
    {"https://panel.example", "https://panel.example"},
    {"rtmp://h.example/live/7?username=a&password=b", "rtmp://h.example/live/*?username=*&password=*"},
    /* Players' own suffixes. */
    {"http://h.example/live/a/b/1.ts|User-Agent=x&Referer=http://y/", "http://h.example/live/*/*/1.ts|*"},
    {"/play/tok#.mp4", "/play/*#*"},
    {"/x?type=a#top|b", "/x?type=a#*"},
    /* What stays readable. */
    {"/", "/"},
    {"/c/version.js?123456", "/c/version.js?*"},
    {"/stalker_portal/server/load.php", "/stalker_portal/server/load.php"},
    {"/news/2026/article-about-football-1080p.html", "/news/2026/article-about-football-1080p.html"},
    {"/channel5/tracks-v1a1/mono.m3u8", "/*/tracks-v1a1/mono.m3u8"},
    {"/udp/239.1.1.1:1234", "/udp/*"},
    /* What does not, by itself. */
    {"/a/0123456789abcdef", "/a/*"},
    {"/a/00-1A-79-12-34-56", "/a/*"},
    {"/a/001A79123456.html", "/a/*.html"},
    {"/a/kx7Qp2subscriber", "/a/*"},
    {"/a/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", "/a/*"},
    {"/user/bob/settings", "/user/*/*"},
    {"/a/bob@mail.example", "/a/*"},
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
        redact_uri(&out, slice_text(uri_rows[i].uri));
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
        {"User-Agent", "app (+http://h.example/bot/bob@mail.example)", "app (+http://h.example/bot/*"},
        {"User-Agent", "x username=bob me@mail.example 198.51.100.7", "x username=* * *"},
        {"Content-Type", "text/html; charset=UTF-8", "text/html; charset=UTF-8"},
        {"Content-Type", "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
         "multipart/form-data; boundary=*"},
        {"Content-Length", "1234", "1234"},
        {"Range", "bytes=0-", "bytes=0-"},
        {"Date", "Sat, 31 Jan 2026 20:45:01 GMT", "Sat, 31 Jan 2026 20:45:01 GMT"},
        {"ETag", "\"abc\"", "*"},
        {"Access-Control-Allow-Origin", "*", "*"},
        {"icy-name", "Radio One", "Radio One"},
        {"icy-url", "http://u:p@radio.example/x", "http://*@radio.example/x"},
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
        redact_header(&out, slice_text(rows[i].name), slice_text(rows[i].value));
        assert_string_equal(text_of(&out), rows[i].shown);
        buf_free(&out);
    }
}

static void test_form(void **state)
{
    (void)state;
    struct buf out = buf_make(256);
    redact_form(&out, slice_text("username=bob&password=p%20w&action=login&x"));
    assert_string_equal(text_of(&out), "username=*&password=*&action=login&*");
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
                redact_uri(&out, slice_text(uri));
                const char *shown = text_of(&out);
                if (strlen(user) > 1) { /* a single letter stands in other words, too */
                    assert_hidden(shown, user);
                    assert_hidden(shown, password);
                }
                buf_free(&out);
                out = buf_make(4096);
                redact_header(&out, slice_text("Referer"), slice_text(uri));
                redact_text(&out, slice_text(uri));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uris), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_form), cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_keys), cmocka_unit_test(test_no_credential_gets_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
