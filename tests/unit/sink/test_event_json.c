/* Transaction records: Suricata's names, nothing private, and everything that is missing left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/attr.h"
#include "base/clock.h"
#include "sink/event_json.h"

#define TIME ((int64_t)1769892301123456)

struct sample {
    struct flow flow;
    struct http_request request;
    struct http_response response;
    struct http_transaction http;
    struct app_event event;
    struct event_context context;
};

static struct slice text(const char *text)
{
    return slice_text(text);
}

static void make(struct sample *sample)
{
    *sample = (struct sample){
        .request = {.method = text("GET"),
                    .uri_raw = text(
                        "/live/alice/secret/12.ts?username=alice&password=secret&action=get_live_streams"),
                    .host = text("panel.example"),
                    .host_port = 8080,
                    .user_agent = text("okhttp/4.9"),
                    .referer = text("http://u:secret@ref.example/x?token=secret")},
        .response = {.status = 302,
                     .location = text("http://lb1.example/live/alice/secret/12.ts?token=secret"),
                     .content_type = text("text/html"),
                     .body_bytes = 17},
        .http = {.number = 3},
        .context = {.sensor = "mirror-1", .privacy = {.client_key = {{1, 2}}}},
    };
    (void)!address_parse("198.51.100.7", &sample->flow.ends[0].address);
    (void)!address_parse("203.0.113.10", &sample->flow.ends[1].address);
    sample->flow.ends[0].port = 50000;
    sample->flow.ends[1].port = 8080;
    sample->flow.sides[0] = (struct flow_side){.packets = 4, .bytes = 400};
    sample->flow.sides[1] = (struct flow_side){.packets = 6, .bytes = 6000};
    sample->flow.visibility = VISIBILITY_CLEAR;
    sample->flow.first_us = TIME - 5 * TIME_SECOND;
    sample->flow.last_us = TIME;
    sample->http.request = &sample->request;
    sample->http.response = &sample->response;
    sample->event = (struct app_event){
        .type = APP_HTTP_ENDED, .time_us = TIME, .flow = &sample->flow, .http = &sample->http};
}

static json_t *parsed(char *line)
{
    assert_null(strchr(line, '\n'));
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    free(line);
    return object;
}

static const char *value(json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));
    return found == NULL ? "(none)" : found;
}

static void test_http(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    char *line = event_json_http(&sample.context, &sample.event);
    assert_null(strstr(line, "secret"));
    assert_null(strstr(line, "alice"));
    assert_null(strstr(line, "198.51.100.7"));
    json_t *event = parsed(line);
    static const char *const keys[] = {"timestamp", "event_type", "sensor",    "src_ip",
                                       "src_port",  "dest_ip",    "dest_port", "proto",
                                       "app_proto", "tx_id",      "http"};
    const char *key;
    json_t *item;
    size_t at = 0;
    json_object_foreach(event, key, item)
    {
        assert_true(at < ARRAY_COUNT(keys));
        assert_string_equal(key, keys[at++]);
    }
    assert_int_equal(at, ARRAY_COUNT(keys));
    assert_string_equal(value(event, "timestamp"), "2026-01-31T20:45:01.123456Z");
    struct address client;
    assert_true(address_parse(value(event, "src_ip"), &client));
    assert_true(client_is_pseudonym(&client));
    assert_string_equal(value(event, "dest_ip"), "203.0.113.10");
    assert_int_equal(json_integer_value(json_object_get(event, "dest_port")), 8080);
    assert_string_equal(value(event, "proto"), "TCP");
    assert_int_equal(json_integer_value(json_object_get(event, "tx_id")), 2);
    json_t *http = json_object_get(event, "http");
    assert_string_equal(value(http, "hostname"), "panel.example");
    assert_string_equal(value(http, "http_user_agent"), "okhttp/4.9");
    assert_string_equal(value(http, "http_method"), "GET");
    assert_non_null(strstr(value(http, "url"), "action=get_live_streams"));
    assert_non_null(strstr(value(http, "redirect"), "lb1.example"));
    assert_int_equal(json_integer_value(json_object_get(http, "status")), 302);
    assert_int_equal(json_integer_value(json_object_get(http, "length")), 17);
    assert_int_equal(json_integer_value(json_object_get(http, "http_port")), 8080);
    assert_null(json_object_get(http, "truncated"));
    json_decref(event);
}

/* The client's own address does not get out by way of what stands in the messages either. */
static void test_addresses_inside(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    struct prefix home;
    assert_true(prefix_parse("192.0.2.0/24", &home));
    struct prefix_list list = {.items = &home, .count = 1};
    sample.context.home = &list;
    struct m3u_facts facts = {.named = {.items = {{.host = "198.51.100.7", .port = 80, .count = 3},
                                                  {.host = "192.0.2.9", .port = 80, .count = 2},
                                                  {.host = "203.0.113.9", .port = 80, .count = 1}},
                                        .count = 3}};
    sample.http.m3u = &facts;
    sample.request.host = text("198.51.100.7");
    sample.response.location = text("http://198.51.100.7:81/live/a/b/1.ts");
    sample.response.content_type = text("text/198.51.100.7");
    for (int kept = 0; kept < 2; kept++) {
        sample.context.privacy.keep_credentials = kept > 0;
        char *line = event_json_http(&sample.context, &sample.event);
        assert_null(strstr(line, "198.51.100.7"));
        assert_non_null(strstr(line, "\"hostname\":\"*\""));
        assert_non_null(strstr(line, "\"redirect\":\"http://*/live/*/*/1.ts\""));
        assert_non_null(strstr(line, "\"http_content_type\":\"*\""));
        free(line);
        line = event_json_m3u(&sample.context, &sample.event);
        assert_null(strstr(line, "198.51.100.7"));
        assert_null(strstr(line, "192.0.2.9"));
        assert_non_null(strstr(line, "\"host\":\"203.0.113.9\""));
        free(line);
    }
    sample.context.privacy.keep_clients = true;
    char *line = event_json_m3u(&sample.context, &sample.event);
    assert_non_null(strstr(line, "\"hostname\":\"198.51.100.7\""));
    assert_non_null(strstr(line, "\"host\":\"198.51.100.7\""));
    free(line);
}

static void test_halves(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    sample.http.response = NULL;
    json_t *event = parsed(event_json_http(&sample.context, &sample.event));
    assert_null(json_object_get(json_object_get(event, "http"), "status"));
    assert_null(json_object_get(json_object_get(event, "http"), "length"));
    json_decref(event);
    sample.http.response = &sample.response;
    sample.http.request = NULL;
    event = parsed(event_json_http(&sample.context, &sample.event));
    assert_null(json_object_get(json_object_get(event, "http"), "url"));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(event, "http"), "status")), 302);
    json_decref(event);
    sample.http.response = NULL;
    event = parsed(event_json_http(&sample.context, &sample.event));
    assert_null(json_object_get(event, "http"));
    json_decref(event);
}

static void test_client_on_the_other_side(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    sample.flow.client = 1;
    json_t *event = parsed(event_json_http(&sample.context, &sample.event));
    assert_int_equal(json_integer_value(json_object_get(event, "src_port")), 8080);
    assert_string_equal(value(event, "dest_ip"), "198.51.100.7");
    json_decref(event);
}

static void test_servers_of_subscribers(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    struct prefix prefix;
    assert_true(prefix_parse("203.0.113.0/24", &prefix));
    struct prefix_list home = {.items = &prefix, .count = 1};
    sample.context.home = &home;
    json_t *event = parsed(event_json_http(&sample.context, &sample.event));
    struct address server;
    assert_true(address_parse(value(event, "dest_ip"), &server));
    assert_true(client_is_pseudonym(&server));
    assert_string_not_equal(value(event, "dest_ip"), value(event, "src_ip"));
    json_decref(event);
}

static void test_privacy_off(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    sample.context.privacy.keep_clients = true;
    sample.context.privacy.keep_credentials = true;
    json_t *event = parsed(event_json_http(&sample.context, &sample.event));
    assert_string_equal(value(event, "src_ip"), "198.51.100.7");
    json_t *http = json_object_get(event, "http");
    assert_string_equal(value(http, "url"),
                        "/live/alice/secret/12.ts?username=alice&password=secret&action=get_live_streams");
    assert_string_equal(value(http, "http_refer"), "http://u:secret@ref.example/x?token=secret");
    assert_string_equal(value(json_object_get(event, "privacy"), "credentials"), "keep");
    assert_string_equal(value(json_object_get(event, "privacy"), "clients"), "address");
    json_decref(event);
}

static void test_long_and_hostile_texts(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    char *longer = malloc(9001);
    assert_non_null(longer);
    memset(longer, 'a', 9000);
    longer[0] = '/';
    longer[9000] = '\0';
    for (size_t len = 8191; len <= 8193; len++) {
        sample.context.privacy.keep_credentials = true;
        sample.context.privacy.keep_clients = true;
        sample.request.uri_raw = slice_make(longer, len);
        json_t *event = parsed(event_json_http(&sample.context, &sample.event));
        json_t *http = json_object_get(event, "http");
        assert_int_equal(json_string_length(json_object_get(http, "url")), len < 8192 ? len : 8192);
        assert_int_equal(json_is_true(json_object_get(http, "truncated")), len > 8192);
        json_decref(event);
    }
    free(longer);
    make(&sample);
    sample.request.truncated = true;
    sample.request.user_agent = text("a\xff\x01\"\xe2\x80\xae");
    json_t *event = parsed(event_json_http(&sample.context, &sample.event));
    json_t *http = json_object_get(event, "http");
    assert_true(json_is_true(json_object_get(http, "truncated")));
    assert_string_equal(value(http, "http_user_agent"), "a\xef\xbf\xbd\xef\xbf\xbd\"\xef\xbf\xbd");
    json_decref(event);
}

static void test_flow(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    json_t *event = parsed(event_json_flow(&sample.context, &sample.flow, "http"));
    assert_string_equal(value(event, "event_type"), "flow");
    assert_string_equal(value(event, "app_proto"), "http");
    json_t *flow = json_object_get(event, "flow");
    assert_int_equal(json_integer_value(json_object_get(flow, "pkts_toserver")), 4);
    assert_int_equal(json_integer_value(json_object_get(flow, "bytes_toclient")), 6000);
    assert_int_equal(json_integer_value(json_object_get(flow, "age")), 5);
    assert_string_equal(value(flow, "visibility"), "clear");
    json_decref(event);
    sample.flow.transport = TRANSPORT_UDP;
    event = parsed(event_json_flow(&sample.context, &sample.flow, NULL));
    assert_null(json_object_get(event, "app_proto"));
    assert_string_equal(value(event, "proto"), "UDP");
    json_decref(event);
}

static void test_mpegts(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    struct mpegts_facts facts = {.packets = 10,
                                 .packet_size = 188,
                                 .programs = 1,
                                 .video = 1,
                                 .kilobits = 1500,
                                 .has_pat = true,
                                 .scrambled_packets = 1,
                                 .service_name = "Nord\x1b[31m TV",
                                 .provider = "9f1c2b7d0e9f1c2b7d0e"};
    sample.event.type = APP_TS;
    sample.event.stream = &facts;
    json_t *event = parsed(event_json_mpegts(&sample.context, &sample.event));
    assert_string_equal(value(event, "app_proto"), "http");
    assert_string_equal(value(json_object_get(event, "http"), "hostname"), "panel.example");
    json_t *stream = json_object_get(event, "mpegts");
    assert_string_equal(value(stream, "service_name"), "Nord\xef\xbf\xbd[31m TV");
    assert_string_equal(value(stream, "provider"), "*"); /* it might be anybody's token */
    assert_int_equal(json_integer_value(json_object_get(stream, "kilobits")), 1500);
    assert_true(json_is_true(json_object_get(stream, "pat")));
    assert_true(json_is_false(json_object_get(stream, "sdt")));
    assert_true(json_is_true(json_object_get(stream, "scrambled")));
    json_decref(event);

    sample.event.http = NULL;
    facts = (struct mpegts_facts){.packet_size = 192};
    event = parsed(event_json_mpegts(&sample.context, &sample.event));
    assert_string_equal(value(event, "app_proto"), "mpegts");
    assert_null(json_object_get(event, "http"));
    assert_null(json_object_get(event, "tx_id"));
    assert_null(json_object_get(json_object_get(event, "mpegts"), "service_name"));
    assert_null(json_object_get(json_object_get(event, "mpegts"), "kilobits"));
    json_decref(event);
}

static void test_m3u(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    struct m3u_facts facts = {.lines = 10, .entries = 5, .live = 4, .radio = 1, .panel_tag_xui = true};
    facts.named.count = 1;
    facts.named.items[0] =
        (struct named_server){.host = "lb1.example", .port = 80, .relation = RELATION_PLAYLIST, .count = 5};
    sample.http.m3u = &facts;
    char *line = event_json_m3u(&sample.context, &sample.event);
    assert_null(strstr(line, "secret"));
    json_t *event = parsed(line);
    json_t *m3u = json_object_get(event, "m3u");
    assert_int_equal(json_integer_value(json_object_get(m3u, "entries")), 5);
    assert_true(json_is_true(json_object_get(m3u, "panel_tag_xui")));
    json_t *named = json_array_get(json_object_get(m3u, "named"), 0);
    assert_string_equal(value(named, "host"), "lb1.example");
    assert_string_equal(value(json_object_get(event, "http"), "hostname"), "panel.example");
    json_decref(event);
}

static const struct tls_certificate certificate = {
    .subject = "C=FR, O=Jean, CN=198.51.100.7",
    .issuer = "CN=Test\x1b Root",
    .names = {(const uint8_t *)"\x82\x0a"
                               "tv.example"
                               "\x82\x0c"
                               "198.51.100.7"
                               "\x82\x0f"
                               "*.panel.example"
                               "\x82\x02"
                               "\xff\xfe",
              2 + 10 + 2 + 12 + 2 + 15 + 2 + 2},
    .has_names = true,
    .self_signed = true,
    .not_before = 0,
    .not_after = 1769892301,
    .sha256 = "d21ce91a1b81ec094d23bbcf1696dd47eeeb42cae5f9741dc3c57b2e1e9e8e66",
};

static void test_tls(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    const struct tls_client_hello client = {.sni = text("TV.example"),
                                            .alpn = text("h2"),
                                            .encrypted = true,
                                            .ja3 = "ada70206e40642a3e4461f35503241d5",
                                            .ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"};
    const struct tls_server_hello server = {.version = 0x0303, .cipher = 0xc02f, .alpn = text("h2")};
    const struct tls_handshake tls = {.client = &client, .server = &server, .certificate = &certificate};
    sample.event = (struct app_event){.type = APP_TLS, .time_us = TIME, .flow = &sample.flow, .tls = &tls};
    char *line = event_json_tls(&sample.context, &sample.event);
    assert_null(strstr(line, "198.51.100.7"));
    assert_non_null(strstr(line,
                           "\"tls\":{\"subject\":\"C=FR, O=Jean, CN=*\",\"issuerdn\":\"CN=Test\xef\xbf\xbd "
                           "Root\",\"sha256\":\"d21c"));
    json_t *event = parsed(line);
    json_t *object = json_object_get(event, "tls");
    assert_string_equal(value(event, "app_proto"), "tls");
    json_t *names = json_object_get(object, "subjectaltname");
    static const char *const expected[] = {"tv.example", "*", "*.panel.example", "*"};
    assert_int_equal(json_array_size(names), ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        assert_string_equal(json_string_value(json_array_get(names, i)), expected[i]);
    }
    assert_true(json_is_true(json_object_get(object, "self_signed")));
    assert_string_equal(value(object, "sni"), "TV.example");
    assert_string_equal(value(object, "version"), "TLS 1.2");
    assert_string_equal(value(object, "notbefore"), "1970-01-01T00:00:00");
    assert_string_equal(value(object, "notafter"), "2026-01-31T20:45:01");
    assert_string_equal(value(json_object_get(object, "ja3"), "hash"), client.ja3);
    assert_string_equal(value(object, "ja4"), client.ja4);
    assert_string_equal(value(object, "alpn_offered"), "h2");
    assert_string_equal(value(object, "alpn"), "h2");
    assert_string_equal(value(object, "cipher"), "0xc02f");
    assert_true(json_is_true(json_object_get(object, "ech")));
    assert_null(json_object_get(object, "refused"));
    json_decref(event);
}

/* Halves; a name that is the client's address; a version that nobody knows. */
static void test_tls_halves(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    const struct tls_client_hello client = {.sni = text("host-198-51-100-7.isp.example")};
    struct tls_handshake tls = {.client = &client, .refused = true, .proxy = true};
    sample.event = (struct app_event){.type = APP_TLS, .time_us = TIME, .flow = &sample.flow, .tls = &tls};
    json_t *event = parsed(event_json_tls(&sample.context, &sample.event));
    json_t *object = json_object_get(event, "tls");
    assert_string_equal(value(object, "sni"), "*");
    assert_string_equal(value(object, "version"), "(none)");
    assert_true(json_is_true(json_object_get(object, "refused")));
    assert_true(json_is_true(json_object_get(object, "proxy")));
    json_decref(event);
    const struct tls_server_hello server = {.version = 0x7f1c};
    tls = (struct tls_handshake){.server = &server};
    event = parsed(event_json_tls(&sample.context, &sample.event));
    assert_string_equal(value(json_object_get(event, "tls"), "version"), "0x7f1c");
    assert_null(json_object_get(json_object_get(event, "tls"), "ja3"));
    json_decref(event);
}

/* By its certificate a subscriber's own server could be searched for. */
static void test_tls_of_subscribers(void **state)
{
    (void)state;
    struct sample sample;
    make(&sample);
    const struct tls_server_hello server = {.version = 0x0303};
    const struct tls_handshake tls = {.server = &server, .certificate = &certificate};
    struct prefix items[1];
    assert_true(prefix_parse("203.0.113.0/24", &items[0]));
    const struct prefix_list home = {.items = items, .count = 1};
    sample.context.home = &home;
    sample.event = (struct app_event){.type = APP_TLS, .time_us = TIME, .flow = &sample.flow, .tls = &tls};
    char *line = event_json_tls(&sample.context, &sample.event);
    assert_non_null(strstr(line, "\"tls\":{\"version\":\"TLS 1.2\",\"cipher\":\"0x0000\"}"));
    free(line);
    sample.context.privacy.keep_clients = true;
    line = event_json_tls(&sample.context, &sample.event);
    assert_non_null(strstr(line, "O=Jean"));
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http),
        cmocka_unit_test(test_addresses_inside),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_client_on_the_other_side),
        cmocka_unit_test(test_servers_of_subscribers),
        cmocka_unit_test(test_privacy_off),
        cmocka_unit_test(test_long_and_hostile_texts),
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_m3u),
        cmocka_unit_test(test_mpegts),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_tls_halves),
        cmocka_unit_test(test_tls_of_subscribers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
