/* Heads: start lines, fields, targets, credentials, and what a Location repeats. */
#include "daemon/app/http_head_priv.h"
#include "tests/unit/app/conversation.h"

struct start_row {
    const char *bytes;
    enum http_start start;
};

static void test_probe(void **state)
{
    (void)state;
    static const struct start_row rows[] = {
        {"", HTTP_START_MORE},
        {"G", HTTP_START_MORE},
        {"GET", HTTP_START_MORE},
        {"GET ", HTTP_START_REQUEST},
        {"GET\t", HTTP_START_NO},
        {"GETX ", HTTP_START_NO},
        {"get ", HTTP_START_NO},
        {"P", HTTP_START_MORE},
        {"PA", HTTP_START_MORE},
        {"PATCH /", HTTP_START_REQUEST},
        {"PRI * HT", HTTP_START_NO},
        {"OPTIONS", HTTP_START_MORE},
        {"OPTIONS ", HTTP_START_REQUEST},
        {"CONNECT ", HTTP_START_REQUEST},
        {"H", HTTP_START_MORE},
        {"HTTP/1", HTTP_START_MORE},
        {"HTTP/1.", HTTP_START_RESPONSE},
        {"HTTP/2.0", HTTP_START_NO},
        {"ICY", HTTP_START_MORE},
        {"ICY ", HTTP_START_RESPONSE},
        {"ICY2", HTTP_START_NO},
        {"\x16\x03\x01", HTTP_START_NO},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(http_start_probe(slice_text(rows[i].bytes)), rows[i].start);
    }
}

struct line_row {
    const char *line;
    const char *first;  /* method or code; NULL where the line is none */
    const char *second; /* target */
};

static void test_request_line(void **state)
{
    (void)state;
    static const struct line_row rows[] = {
        {"GET / HTTP/1.1", "GET", "/"},
        {"GET  /a  HTTP/1.0", "GET", "/a"},
        {"GET /a b HTTP/1.1", "GET", "/a b"},
        {"OPTIONS * HTTP/1.1", "OPTIONS", "*"},
        {"GET / HTTP/1.1 ", "GET", "/"},
        {"GET / HTTP/1.", NULL, NULL},
        {"GET / HTTP/1.x", NULL, NULL},
        {"GET / HTTP/1.11", NULL, NULL},
        {"GET / HTTP/2.0", NULL, NULL},
        {"GET / http/1.1", NULL, NULL},
        {"GET HTTP/1.1", NULL, NULL},
        {"GET  HTTP/1.1", NULL, NULL},
        {"GET /", NULL, NULL},
        {"FETCH / HTTP/1.1", NULL, NULL},
        {"OPTIONS rtsp://h/ RTSP/1.0", NULL, NULL},
        {"GET /\x01 HTTP/1.1", NULL, NULL},
        {"GET /\x7f HTTP/1.1", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct http_request_line line;
        assert_int_equal(http_request_line_read(slice_text(rows[i].line), &line), rows[i].first != NULL);
        if (rows[i].first != NULL) {
            assert_true(slice_equal(line.method, slice_text(rows[i].first)));
            assert_true(slice_equal(line.target, slice_text(rows[i].second)));
        }
    }
}

static void test_status_line(void **state)
{
    (void)state;
    static const struct line_row rows[] = {
        {"HTTP/1.1 200 OK", "200", NULL}, {"HTTP/1.0  404  Not Found", "404", NULL},
        {"HTTP/1.1 200", "200", NULL},    {"ICY 200 OK", "200", NULL},
        {"HTTP/1.1 999 ", "999", NULL},   {"HTTP/1.1 099 Low", NULL, NULL},
        {"HTTP/1.1 20", NULL, NULL},      {"HTTP/1.1 2000", NULL, NULL},
        {"HTTP/1.1 20x OK", NULL, NULL},  {"HTTP/1.1", NULL, NULL},
        {"HTTP/1.1 ", NULL, NULL},        {"HTTP/1.x 200 OK", NULL, NULL},
        {"HTTP/2 200", NULL, NULL},       {"ICYE 200", NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct http_status_line line;
        assert_int_equal(http_status_line_read(slice_text(rows[i].line), &line), rows[i].first != NULL);
        if (rows[i].first != NULL) {
            assert_true(slice_equal(line.code, slice_text(rows[i].first)));
            assert_int_equal(line.status, strtol(rows[i].first, NULL, 10));
        }
    }
}

static void test_find(void **state)
{
    (void)state;
    assert_int_equal(http_start_find(slice_text("xHTTP/1.1 200 "), false), 1);
    assert_int_equal(http_start_find(slice_text("HTTP/1.HTTP/1.0 404\r"), false), 7);
    assert_int_equal(http_start_find(slice_text("HTTP/1.1 200"), false), SIZE_MAX); /* one byte short */
    assert_int_equal(http_start_find(slice_text("HTTP/1.1 2000"), false), SIZE_MAX);
    assert_int_equal(http_start_find(slice_text("GEGET /abcdefgh"), true), 2);
    assert_int_equal(http_start_find(slice_text("GET /abcdefg"), true), SIZE_MAX);
    assert_int_equal(http_start_find(slice_text("GET abcdefghij"), true), SIZE_MAX);
    assert_int_equal(http_start_find(slice_text("CONNECT h:443 HTTP"), true), 0);
    assert_int_equal(http_start_find(slice_text("OPTIONS * HTTP/1.1"), true), 0);
    assert_int_equal(http_start_find(slice_text("GET /a\r\nabcdefg"), true), SIZE_MAX);
}

static struct http_head head_of(struct slice bytes, bool cut)
{
    struct http_head head = {.bytes = bytes, .cut = cut};
    for (size_t i = 0; i < bytes.len; i++) {
        head.lines += bytes.data[i] == '\n';
    }
    return head;
}

struct request_of {
    struct app_settings settings;
    struct http_store store;
    struct http_request request;
    struct http_framing framing;
};

static void read_request(struct request_of *of, const char *head)
{
    memset(of, 0, sizeof *of);
    option_set_defaults(&app_options, &of->settings);
    struct http_head whole = head_of(slice_text(head), false);
    http_request_read(&whole, &of->settings, &of->store, &of->request, &of->framing);
}

static void free_request(struct request_of *of)
{
    http_store_free(&of->store);
    option_free(&app_options, &of->settings);
}

static void assert_slice(struct slice slice, const char *expected)
{
    if (!slice_equal(slice, slice_text(expected))) {
        print_error("got \"%.*s\", expected \"%s\"\n", (int)slice.len, (const char *)slice.data, expected);
        fail();
    }
}

static void test_request_fields(void **state)
{
    (void)state;
    struct request_of of;
    read_request(&of, "GET /live%2Fa//b/%41%zz?x=%3d+1&//y HTTP/1.1\r\n"
                      "host:\t Panel.EXAMPLE.:8080 \r\n"
                      "USER-AGENT:VLC/3.0.20\r\n"
                      "Cookie: mac=00:1A:79:00:00:01\r\n"
                      "X-Folded: one\r\n\t two  \r\n   three\r\n"
                      "User-Agent: other\r\n"
                      "Cookie: second=1\r\n"
                      "Referer: \r\n"
                      "Referer: later\r\n\r\n");
    assert_slice(of.request.method, "GET");
    assert_slice(of.request.uri_raw, "/live%2Fa//b/%41%zz?x=%3d+1&//y");
    assert_slice(of.request.uri, "/live/a/b/A%zz?x==+1&//y");
    assert_slice(of.request.host, "panel.example");
    assert_int_equal(of.request.host_port, 8080);
    assert_slice(of.request.user_agent, "VLC/3.0.20");
    assert_slice(of.request.cookie, "mac=00:1A:79:00:00:01");
    assert_slice(of.request.referer, ""); /* the first one, though it is empty */
    assert_slice(of.request.headers, "host: Panel.EXAMPLE.:8080\r\nUSER-AGENT: VLC/3.0.20\r\n"
                                     "X-Folded: one two three\r\nUser-Agent: other\r\nReferer: \r\n"
                                     "Referer: later\r\n");
    assert_false(of.request.proxy);
    assert_false(of.request.truncated);
    free_request(&of);
}

static void test_hosts_of_pages(void **state)
{
    (void)state;
    struct request_of of;
    read_request(&of, "GET / HTTP/1.1\r\nOrigin: https://Portal.Example.:8443\r\n"
                      "Referer: http://u:p@WWW.portal.example/a?b=http://c.example/\r\n\r\n");
    assert_slice(of.request.origin_host, "portal.example");
    assert_slice(of.request.referer_host, "www.portal.example");
    free_request(&of);
    read_request(&of, "GET / HTTP/1.1\r\nOrigin: null\r\nReferer: /a\r\n\r\n");
    assert_slice(of.request.origin_host, "");
    assert_slice(of.request.referer_host, "");
    free_request(&of);
}

struct target_row {
    const char *line;
    const char *origin;
    const char *host;
    uint16_t port;
    bool proxy;
};

static void test_targets(void **state)
{
    (void)state;
    static const struct target_row rows[] = {
        {"GET /a", "/a", "field.example", 0, false},
        {"GET HTTP://user:pw@Name.example:81/a?b", "/a?b", "name.example", 81, true},
        {"GET https://name.example", "/", "name.example", 0, true},
        {"GET http://name.example?a=b", "?a=b", "name.example", 0, true},
        {"GET http://[2001:db8::1]:8080/a", "/a", "2001:db8::1", 8080, true},
        {"GET http:///a", "/a", "field.example", 0, true},
        {"CONNECT name.example:443", "name.example:443", "name.example", 443, true},
        {"OPTIONS *", "*", "field.example", 0, false},
        {"GET a/b", "a/b", "field.example", 0, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char head[256];
        snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: field.example\r\n\r\n", rows[i].line);
        struct request_of of;
        read_request(&of, head);
        assert_slice(of.request.uri_raw, rows[i].origin);
        assert_slice(of.request.host, rows[i].host);
        assert_int_equal(of.request.host_port, rows[i].port);
        assert_int_equal(of.request.proxy, rows[i].proxy);
        free_request(&of);
    }
}

static void test_caps(void **state)
{
    (void)state;
    struct request_of of;
    memset(&of, 0, sizeof of);
    option_set_defaults(&app_options, &of.settings);
    struct slice bytes = slice_text("GET /123456789 HTTP/1.1\r\nA: 1\r\nB: 2\r\nHost: h.example\r\n\r\n");
    struct http_head head = head_of(bytes, false);
    of.settings.uri_bytes = 10;
    of.settings.http_headers = 3;
    http_request_read(&head, &of.settings, &of.store, &of.request, &of.framing);
    assert_slice(of.request.uri_raw, "/123456789");
    assert_false(of.request.truncated);
    assert_slice(of.request.host, "h.example");
    http_store_free(&of.store);

    of.settings.uri_bytes = 9;
    http_request_read(&head, &of.settings, &of.store, &of.request, &of.framing);
    assert_slice(of.request.uri_raw, "/12345678");
    assert_slice(of.request.uri, "/12345678");
    assert_true(of.request.truncated);
    http_store_free(&of.store);

    of.settings.uri_bytes = 10;
    of.settings.http_headers = 2;
    http_request_read(&head, &of.settings, &of.store, &of.request, &of.framing);
    assert_slice(of.request.headers, "A: 1\r\nB: 2\r\n");
    assert_slice(of.request.host, "");
    assert_true(of.request.truncated);
    http_store_free(&of.store);

    /* A head that was cut: the broken line at its end is none. */
    head = head_of(slice_part(bytes, 0, bytes.len - 8), true);
    http_request_read(&head, &of.settings, &of.store, &of.request, &of.framing);
    assert_slice(of.request.headers, "A: 1\r\nB: 2\r\n");
    assert_true(of.request.truncated);
    free_request(&of);
}

struct framing_row {
    const char *fields;
    struct http_framing framing;
};

static void test_framing(void **state)
{
    (void)state;
    static const struct framing_row rows[] = {
        {"", {.has_length = false}},
        {"Content-Length: 0\r\n", {.has_length = true, .length = 0}},
        {"content-length : 18446744073709551615\r\n", {.has_length = true, .length = UINT64_MAX}},
        {"Content-Length: 18446744073709551616\r\n", {.bad_length = true}},
        {"Content-Length: 5, 5\r\nContent-Length: 5\r\n", {.has_length = true, .length = 5}},
        {"Content-Length: 5\r\nContent-Length: 6\r\n", {.has_length = true, .length = 5, .bad_length = true}},
        {"Content-Length:\r\n", {.bad_length = true}},
        {"Content-Length: 5,\r\n", {.has_length = true, .length = 5}},
        {"Content-Length: +5\r\n", {.bad_length = true}},
        {"Transfer-Encoding: chunked\r\n", {.chunked = true}},
        {"Transfer-Encoding: gzip, CHUNKED\r\n",
         {.chunked = true, .other_transfer = true, .coding = HTTP_CODING_GZIP}},
        {"Transfer-Encoding: identity\r\n", {.has_length = false}},
        {"Transfer-Encoding: br\r\n", {.other_transfer = true, .coding = HTTP_CODING_OTHER}},
        {"Content-Encoding: x-gzip\r\n", {.coding = HTTP_CODING_GZIP}},
        {"Content-Encoding: Deflate\r\n", {.coding = HTTP_CODING_DEFLATE}},
        {"Content-Encoding: identity, gzip\r\n", {.coding = HTTP_CODING_GZIP}},
        {"Content-Encoding: gzip, gzip\r\n", {.coding = HTTP_CODING_OTHER}},
        {"Content-Encoding: zstd\r\n", {.coding = HTTP_CODING_OTHER}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char head[256];
        snprintf(head, sizeof head, "GET / HTTP/1.1\r\n%s\r\n", rows[i].fields);
        struct request_of of;
        read_request(&of, head);
        assert_int_equal(of.framing.has_length, rows[i].framing.has_length);
        assert_int_equal(of.framing.bad_length, rows[i].framing.bad_length);
        assert_int_equal(of.framing.length, rows[i].framing.length);
        assert_int_equal(of.framing.chunked, rows[i].framing.chunked);
        assert_int_equal(of.framing.other_transfer, rows[i].framing.other_transfer);
        assert_int_equal(of.framing.coding, rows[i].framing.coding);
        free_request(&of);
    }
}

static void test_response_fields(void **state)
{
    (void)state;
    struct app_settings settings = {.http_headers = 8};
    struct http_store store;
    struct http_response response;
    struct http_framing framing;
    struct http_head head =
        head_of(slice_text("HTTP/1.1 302 Found\r\nServer: nginx\r\nSet-Cookie: id=1\r\n"
                           "LOCATION: http://lb.example/x\r\nContent-Type: text/html\r\n\r\n"),
                false);
    http_response_read(&head, &settings, &store, &response, &framing);
    assert_int_equal(response.status, 302);
    assert_slice(response.stat_code, "302");
    assert_slice(response.server, "nginx");
    assert_slice(response.location, "http://lb.example/x");
    assert_slice(response.location_host, "lb.example");
    assert_slice(response.content_type, "text/html");
    assert_slice(response.headers,
                 "Server: nginx\r\nLOCATION: http://lb.example/x\r\nContent-Type: text/html\r\n");
    assert_false(head.cut);
    http_store_free(&store);
}

struct credential_row {
    const char *uri;
    const char *body;
    const char *user;
    const char *password;
};

static void test_credentials(void **state)
{
    (void)state;
    static const struct credential_row rows[] = {
        {"/get.php?username=bob&password=se%20cret&type=m3u", "", "bob", "se%20cret"},
        {"/player_api.php", "username=bob&password=pw", "bob", "pw"},
        {"/portal.php?type=stb&action=do_auth&login=bob&password=pw", "", "bob", "pw"},
        {"/get.php?username=bob", "", "", ""},
        {"/get.php?username=&password=", "", "", ""},
        {"/get.php?username=bob&password=", "username=eve&password=x", "eve", "x"},
        {"/live/bob/pw/7.ts", "", "bob", "pw"},
        {"//live//bob//pw//7", "", "bob", "pw"},
        {"/movie/bob/pw/7.mkv?token=x", "", "bob", "pw"},
        {"/timeshift/bob/pw/60/2026-01-01:20-00/7.ts", "", "bob", "pw"},
        {"/hlsr/TOKEN/bob/pw/7/0123/7_1.ts", "", "bob", "pw"},
        {"/player_api/bob/pw", "", "bob", "pw"},
        {"/playlist/bob/pw/m3u_plus", "", "bob", "pw"},
        {"/epg/bob", "", "", ""},
        {"/bob/pw/7", "", "bob", "pw"},
        {"/bob/pw/7.ts", "", "bob", "pw"},
        {"/bob/pw/seven", "", "", ""},
        {"/bob/pw/1234567890123", "", "", ""},
        {"/a/bob/pw/7", "", "", ""},
        {"/bob/p\"w/7", "", "", ""},
        {"/", "", "", ""},
        {"", "", "", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct http_request request = {.uri_raw = slice_text(rows[i].uri), .body = slice_text(rows[i].body)};
        http_credentials_find(&request);
        assert_slice(request.credentials_user, rows[i].user);
        assert_slice(request.credentials_password, rows[i].password);
    }
}

struct location_row {
    const char *location;
    const char *uri;
    bool repeats;
};

static void test_location(void **state)
{
    (void)state;
    static const struct location_row rows[] = {
        /* A token that the request lacks. */
        {"http://lb.example/live/bob/pw/7.ts?token=abcdefgh", "/live/bob/pw/7.ts", true},
        {"http://lb.example/x/pw/7.ts?a=b&token=abcdefgh", "/live/bob/pw/7.ts?a=b", true},
        {"/live/bob/pw/7.ts?token=abcdefgh", "/live/bob/pw/7.ts", true},
        {"http://lb.example/live/bob/pw/7.ts?token=abcdefg", "/live/bob/pw/7.ts", false},
        {"http://lb.example/live/bob/pw/7.ts?token=abcdefgh", "/live/bob/pw/7.ts?token=abcdefgh", false},
        {"http://lb.example/live/bob/pw/7.tsx?token=abcdefgh", "/live/bob/pw/7.ts", false},
        {"http://lb.example/auth/TOKEN?token=abcdefgh", "/live/bob/pw/7.ts", false},
        {"http://lb.example/login?to=/live/bob/pw/7.ts&token=abcdefgh", "/live/bob/pw/7.ts", false},
        /* Short paths get an ending; nothing loses one. */
        {"http://lb.example/live/bob/pw/7.ts?token=abcdefgh", "/bob/pw/7", true},
        {"http://203.0.113.9:81/live/bob/pw/7.m3u8", "/bob/pw/7", true},
        {"http://lb.example/live/bob/pw/7?token=abcdefgh", "/bob/pw/7.ts", false},
        {"http://lb.example/live/bob/pw/7.station?token=abcdefgh", "/bob/pw/7", false},
        {"http://lb.example/live/bob/pw/7.ts/a?token=abcdefgh", "/bob/pw/7", false},
        /* Another address. */
        {"http://203.0.113.9:81/live/bob/pw/7.ts", "/live/bob/pw/7.ts?a=b", true},
        {"http://[2001:db8::9]/live/bob/pw/7.ts", "/live/bob/pw/7.ts", true},
        {"https://203.0.113.5/live/bob/pw/7.ts", "/live/bob/pw/7.ts", false}, /* the request's */
        /* What web servers do for any path. */
        {"https://panel.example/live/bob/pw/7.ts", "/live/bob/pw/7.ts", false},
        {"http://other.example:81/live/bob/pw/7.ts/", "/live/bob/pw/7.ts", false},
        {"https://panel.example/", "/", false},
        {"/other?token=abcdefgh", "/a//b", false},
        {"", "/a", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(http_location_repeats(slice_text(rows[i].location), slice_text(rows[i].uri),
                                               slice_text("203.0.113.5")),
                         rows[i].repeats);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe),          cmocka_unit_test(test_request_line),
        cmocka_unit_test(test_status_line),    cmocka_unit_test(test_find),
        cmocka_unit_test(test_request_fields), cmocka_unit_test(test_hosts_of_pages),
        cmocka_unit_test(test_targets),        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_framing),        cmocka_unit_test(test_response_fields),
        cmocka_unit_test(test_credentials),    cmocka_unit_test(test_location),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
