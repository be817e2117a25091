/* app/m3u: distinct and commonest things in constant memory; the servers that a list names. */
#include "tests/unit/app/test_m3u_help.h"

#include "base/buf.h"
#include "daemon/app/m3u_priv.h"

static uint64_t hash_number(uint64_t number)
{
    return hash_bytes(&help_key, &number, sizeof number);
}

static uint64_t count_distinct(uint64_t count, int rounds)
{
    static struct m3u_distinct distinct;
    memset(&distinct, 0, sizeof distinct);
    for (int round = 0; round < rounds; round++) {
        for (uint64_t i = 0; i < count; i++) {
            m3u_distinct_add(&distinct, hash_number(i));
        }
    }
    return m3u_distinct_estimate(&distinct);
}

static void distinct_is_exact_to_its_size(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 1, 2, 63, 64, 65, 1023, 1024};
    for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
        assert_int_equal(count_distinct(counts[i], 1), counts[i]);
        assert_int_equal(count_distinct(counts[i], 3), counts[i]);
    }
}

static void distinct_is_an_estimate_beyond(void **state)
{
    (void)state;
    static const uint64_t counts[] = {1025, 1500, 10000, 100000, 1000000};
    for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
        uint64_t estimate = count_distinct(counts[i], 1);
        assert_in_range(estimate, counts[i] - counts[i] / 6, counts[i] + counts[i] / 6);
        assert_int_equal(count_distinct(counts[i], 2), estimate);
    }
}

static void distinct_takes_any_hashes(void **state)
{
    (void)state;
    static struct m3u_distinct distinct;
    memset(&distinct, 0, sizeof distinct);
    for (uint64_t i = 0; i < 1 << 16; i++) {
        m3u_distinct_add(&distinct,
                         i << 48); /* no low bits: all are in every sample until it is thinned to one */
    }
    assert_true(distinct.count <= M3U_DISTINCT_MAX);
}

static void top_is_exact_to_its_size(void **state)
{
    (void)state;
    static struct m3u_top top;
    memset(&top, 0, sizeof top);
    for (uint64_t i = 0; i < M3U_TOP_MAX; i++) {
        for (uint64_t times = 0; times <= i; times++) {
            bool fresh;
            assert_int_equal(m3u_top_add(&top, hash_number(i), &fresh), i);
            assert_int_equal(fresh, times == 0);
        }
    }
    for (uint32_t i = 0; i < M3U_TOP_MAX; i++) {
        assert_int_equal(m3u_top_count(&top, i), i + 1);
    }
}

static uint64_t best_count(const struct m3u_top *top)
{
    uint64_t best = 0;
    for (uint32_t i = 0; i < top->used; i++) {
        best = m3u_top_count(top, i) > best ? m3u_top_count(top, i) : best;
    }
    return best;
}

static void top_never_counts_too_much(void **state)
{
    (void)state;
    static struct m3u_top top;
    memset(&top, 0, sizeof top);
    bool fresh;
    for (uint64_t i = 0; i < 10000; i++) {
        m3u_top_add(&top, hash_number(i), &fresh);
    }
    assert_int_equal(best_count(&top), 1); /* each came once */
    for (uint64_t i = 0; i < 10000; i++) { /* every second one is the same from now on */
        m3u_top_add(&top, hash_number(UINT64_MAX), &fresh);
        m3u_top_add(&top, hash_number(i), &fresh);
    }
    assert_int_equal(best_count(&top), 10000);
}

static void one_pair_is_exact_in_any_company(void **state)
{
    (void)state;
    struct buf text = buf_make(32 << 20);
    for (unsigned i = 0; i < 100000; i++) {
        buf_append_format(&text, "http://h.example/alice77/s3cret9/%u\n", i);
        if (i % 10 == 0) {
            buf_append_format(&text, "http://h.example/user%u/pass%u/%u\n", i, i, i);
        }
    }
    struct m3u_facts facts = help_parse_chunks(buf_slice(&text), 1000, true);
    assert_int_equal(facts.credential_uris, 110000);
    assert_int_equal(facts.same_credentials, 100000);
    assert_int_equal(facts.request_credentials, 100000);
    buf_free(&text);
}

static void lists_without_pair_have_none(void **state)
{
    (void)state;
    struct buf text = buf_make(8 << 20);
    for (unsigned i = 0; i < 20000; i++) {
        buf_append_format(&text, "http://h.example/user%u/pass%u/%u\n", i, i, i);
    }
    struct m3u_facts facts = help_parse_chunks(buf_slice(&text), 4096, true);
    assert_int_equal(facts.credential_uris, 20000);
    assert_int_equal(facts.same_credentials, 1);
    buf_free(&text);
}

static void hosts_and_groups_are_counted_to_their_cap(void **state)
{
    (void)state;
    struct buf text = buf_make(8 << 20);
    for (unsigned i = 0; i < 3000; i++) {
        buf_append_format(&text, "#EXTINF:-1 group-title=\"G%u\",A\nhttp://H%u.example:%u/x\n", i % 1024,
                          i % 1000, 80 + i % 3);
    }
    struct m3u_facts facts = help_parse_chunks(buf_slice(&text), 999, true);
    assert_int_equal(facts.groups, 1024);
    assert_int_equal(facts.hosts, 1000);
    buf_free(&text);
}

static void the_commonest_servers_are_named(void **state)
{
    (void)state;
    struct buf text = buf_make(8 << 20);
    buf_append_text(&text, "#EXTM3U url-tvg=\"http://epg.example/x\"\n");
    for (unsigned i = 0; i < 12; i++) {
        for (unsigned times = 0; times < 12 - i + (i == 5); times++) { /* the fifth and sixth are equals */
            buf_append_format(&text, "http://S%c.example:8080/x/%u\n", "lkjihgfedcba"[i], times);
        }
    }
    struct m3u_facts facts = help_parse_chunks(buf_slice(&text), 100, true);
    static const char *const hosts[] = {"sl.example", "sk.example", "sj.example", "si.example",
                                        "sg.example", "sh.example", "sf.example", "epg.example"};
    static const uint64_t counts[] = {12, 11, 10, 9, 8, 8, 6, 1};
    assert_int_equal(facts.named.count, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_string_equal(facts.named.items[i].host, hosts[i]);
        assert_int_equal(facts.named.items[i].count, counts[i]);
        assert_int_equal(facts.named.items[i].relation, i < 7 ? RELATION_PLAYLIST : RELATION_EPG);
        assert_int_equal(facts.named.items[i].port, i < 7 ? 8080 : 80);
    }
    buf_free(&text);
}

static void ports_are_servers_of_their_own(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("http://h.example:81/1\nhttp://h.example:82/1\nHTTP://H.example:81/2\n"
                   "https://h.example/2\nhttp://h.example.:81/1\n");
    assert_int_equal(facts.hosts, 1);
    assert_int_equal(facts.named.count, 3);
    assert_int_equal(facts.named.items[0].port, 81);
    assert_int_equal(facts.named.items[0].count, 3);
    assert_int_equal(facts.named.items[1].port, 82);
    assert_int_equal(facts.named.items[2].port, 443);
}

static void relative_and_broken_addresses_name_nobody(void **state)
{
    (void)state;
    struct m3u_facts facts = help_parse("a.ts\n/b.ts\nhttp:///c\nhttp://\nhttp://u@\nhttp://bad host/\n"
                                        "acestream://0123456789abcdef\nplugin://x/y\n://x\n");
    assert_int_equal(facts.entries, 9);
    assert_int_equal(facts.hosts, 0);
    assert_int_equal(facts.named.count, 0);
    char text[1000];
    memset(text, 'h', sizeof text);
    memcpy(text, "http://", 7);
    strcpy(text + 900, "\nhttp://h.example/\n");
    facts = help_parse(text);
    assert_int_equal(facts.hosts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distinct_is_exact_to_its_size),
        cmocka_unit_test(distinct_is_an_estimate_beyond),
        cmocka_unit_test(distinct_takes_any_hashes),
        cmocka_unit_test(top_is_exact_to_its_size),
        cmocka_unit_test(top_never_counts_too_much),
        cmocka_unit_test(one_pair_is_exact_in_any_company),
        cmocka_unit_test(lists_without_pair_have_none),
        cmocka_unit_test(hosts_and_groups_are_counted_to_their_cap),
        cmocka_unit_test(the_commonest_servers_are_named),
        cmocka_unit_test(ports_are_servers_of_their_own),
        cmocka_unit_test(relative_and_broken_addresses_name_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
