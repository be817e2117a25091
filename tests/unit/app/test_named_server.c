/* app/named_server: servers out of URLs, the table of the commonest, the parts of a URL. */
#include "app/named_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/app/named_server_priv.h"

static void urls_name_servers(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host;
        uint16_t port;
    } rows[] = {
        {"http://a.example/x", "a.example", 80},
        {"HTTPS://A.Example", "a.example", 443},
        {"rtmp://a.example/live", "a.example", 1935},
        {"rtsp://a.example", "a.example", 554},
        {"http://a.example:8080/x?y#z", "a.example", 8080},
        {"http://a.example?x=http://b.example/", "a.example", 80},
        {"http://a.example#@b.example/", "a.example", 80},
        {"http://user:pass@a.example:81/", "a.example", 81},
        {"http://us@er:p@a.example/@b", "a.example", 80},
        {"http://[2001:DB8::0:1]:8000/", "2001:db8::1", 8000},
        {"http://203.0.113.7:25461/a/b/1", "203.0.113.7", 25461},
        {"http://a.example:/x", "a.example", 80},
        {"http://a.example:65535/", "a.example", 65535},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct named_server server;
        assert_true(named_server_from_url(slice_text(rows[i].url), RELATION_EPG, &server));
        assert_string_equal(server.host, rows[i].host);
        assert_int_equal(server.port, rows[i].port);
        assert_int_equal(server.relation, RELATION_EPG);
        assert_int_equal(server.count, 1);
    }
}

static void other_texts_name_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "http",
        "http:",
        "http:/a",
        "http://",
        "http:///path",
        "://a.example",
        "/a/b",
        "a.example",
        "udp://@239.0.0.1:1",
        "mailto:a@b.example",
        "ftp://a.example/",
        "http://user@/",
        "http://a b/",
        "http://a.example:65536/",
        "http://a.example:x/",
        "http://[::1/",
        "http//a.example/",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct named_server server;
        assert_false(named_server_from_url(slice_text(texts[i]), RELATION_REDIRECT, &server));
    }
}

static void assert_slice(struct slice part, const char *wanted)
{
    assert_int_equal(part.len, strlen(wanted));
    assert_true(slice_equal(part, slice_text(wanted)));
}

static void urls_have_parts(void **state)
{
    (void)state;
    struct url_parts parts = url_split(slice_text("http://u:p@h:1/a/b?c=d?e#f#g"));
    assert_slice(parts.scheme, "http");
    assert_slice(parts.authority, "h:1");
    assert_slice(parts.path, "/a/b");
    assert_slice(parts.query, "c=d?e");
    assert_slice(parts.fragment, "f#g");
    parts = url_split(slice_text("a/b.ts?x"));
    assert_slice(parts.scheme, "");
    assert_slice(parts.authority, "");
    assert_slice(parts.path, "a/b.ts");
    assert_slice(parts.query, "x");
    parts = url_split(slice_text("http://h?q"));
    assert_slice(parts.authority, "h");
    assert_slice(parts.path, "");
    assert_slice(parts.query, "q");
    parts = url_split(slice_make(NULL, 0));
    assert_slice(parts.path, "");
}

static struct named_server make(const char *host, uint16_t port, uint64_t count)
{
    struct named_server server = {.port = port, .relation = RELATION_PLAYLIST, .count = count};
    strcpy(server.host, host);
    return server;
}

static void add(struct named_servers *servers, const char *host, uint16_t port, uint64_t count)
{
    struct named_server server = make(host, port, count);
    named_servers_add(servers, &server);
}

static void the_table_is_sorted(void **state)
{
    (void)state;
    struct named_servers servers = {.count = 0};
    add(&servers, "c.example", 80, 1);
    add(&servers, "b.example", 80, 2);
    add(&servers, "a.example", 81, 1);
    add(&servers, "a.example", 80, 1);
    add(&servers, "c.example", 80, 4);
    static const char *const hosts[] = {"c.example", "b.example", "a.example", "a.example"};
    static const uint64_t counts[] = {5, 2, 1, 1};
    assert_int_equal(servers.count, 4);
    for (uint32_t i = 0; i < servers.count; i++) {
        assert_string_equal(servers.items[i].host, hosts[i]);
        assert_int_equal(servers.items[i].count, counts[i]);
    }
    assert_int_equal(servers.items[2].port, 80);
    struct named_server epg = make("c.example", 80, 9);
    epg.relation = RELATION_EPG;
    named_servers_add(&servers, &epg); /* another relation is another entry */
    assert_int_equal(servers.count, 5);
    assert_int_equal(servers.items[0].relation, RELATION_EPG);
}

static void a_full_table_keeps_what_it_has(void **state)
{
    (void)state;
    struct named_servers servers = {.count = 0};
    for (int i = 0; i < NAMED_SERVERS_MAX; i++) {
        char host[32];
        snprintf(host, sizeof host, "h%d.example", i);
        add(&servers, host, 80, 2);
    }
    add(&servers, "late.example", 80, 100);
    assert_int_equal(servers.count, NAMED_SERVERS_MAX);
    assert_string_equal(servers.items[0].host, "h0.example");
    add(&servers, "h7.example", 80, 1);
    assert_string_equal(servers.items[0].host, "h7.example");
    assert_int_equal(servers.items[0].count, 3);
}

static void relations_have_names(void **state)
{
    (void)state;
    static const char *const names[RELATION_COUNT] = {"redirect", "playlist", "server_info", "epg",
                                                      "upstream", "embed",    "twin",        "moved"};
    for (unsigned i = 0; i < RELATION_COUNT; i++) {
        assert_string_equal(relation_name(i), names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_name_servers),
        cmocka_unit_test(other_texts_name_none),
        cmocka_unit_test(urls_have_parts),
        cmocka_unit_test(the_table_is_sorted),
        cmocka_unit_test(a_full_table_keeps_what_it_has),
        cmocka_unit_test(relations_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
