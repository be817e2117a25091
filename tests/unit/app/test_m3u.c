/* app/m3u: lines, chunks, gaps, ends, and input that means harm. */
#include "tests/unit/app/test_m3u_help.h"

#include "base/buf.h"

static void line_ends_are_alike(void **state)
{
    (void)state;
    struct m3u_facts feed = help_parse("#EXTM3U\n#EXTINF:-1,A\nhttp://h/1\nhttp://h/2\n");
    struct m3u_facts both = help_parse("#EXTM3U\r\n#EXTINF:-1,A\r\nhttp://h/1\r\nhttp://h/2\r\n");
    struct m3u_facts carriage = help_parse("#EXTM3U\r#EXTINF:-1,A\rhttp://h/1\rhttp://h/2\r");
    assert_int_equal(feed.lines, 4);
    assert_int_equal(both.lines, 4);
    assert_int_equal(carriage.lines, 4);
    assert_int_equal(feed.entries, 2);
    assert_int_equal(both.entries, 2);
    assert_int_equal(carriage.entries, 2);
    assert_int_equal(help_parse("a\r\r\nb\n\n\rc\n").lines, 6); /* a, "", b, "", "", c */
}

static void blank_lines_are_lines_but_nothing_more(void **state)
{
    (void)state;
    struct m3u_facts facts = help_parse("\n  \n\t\n#EXTM3U\n\nhttp://h/1\n");
    assert_int_equal(facts.lines, 6);
    assert_int_equal(facts.entries, 1);
    assert_int_equal(help_parse("").lines, 0);
    assert_true(help_parse("").complete);
    assert_int_equal(help_parse("\n").lines, 1);
}

static void the_last_line_needs_an_end_or_a_complete_body(void **state)
{
    (void)state;
    struct slice text = slice_text("#EXTM3U\nhttp://h/1\nhttp://h/2");
    for (size_t chunk = 1; chunk <= text.len; chunk++) {
        struct m3u_facts whole = help_parse_chunks(text, chunk, true);
        assert_int_equal(whole.entries, 2);
        assert_int_equal(whole.lines, 3);
        assert_true(whole.complete);
        struct m3u_facts cut = help_parse_chunks(text, chunk, false);
        assert_int_equal(cut.entries, 1);
        assert_int_equal(cut.lines, 2);
        assert_false(cut.complete);
    }
}

static void a_mark_is_skipped_once(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("\xef\xbb\xbf#EXTM3U url-tvg=\"http://e/x?username=a&password=b\"\nhttp://h/1\n");
    assert_true(facts.epg_credentials);
    assert_int_equal(facts.entries, 1);
    facts = help_parse("#EXTM3U\n\xef\xbb\xbf#EXTGRP:x\n"); /* elsewhere it is a part of the line */
    assert_int_equal(facts.entries, 1);
}

static void blanks_around_lines_do_not_count(void **state)
{
    (void)state;
    struct help_entry entry = help_last_entry("  #EXTINF:-1 , A title \t\n \t http://h/1 \t\r\n");
    assert_string_equal(entry.title, "A title");
    assert_string_equal(entry.uri, "http://h/1");
}

static void a_suffix_for_players_is_cut(void **state)
{
    (void)state;
    struct help_entry entry = help_last_entry("http://h:81/a/1.m3u8 |User-Agent=x&Referer=http://other/\n");
    assert_string_equal(entry.uri, "http://h:81/a/1.m3u8");
    assert_int_equal(help_parse("|User-Agent=x\n").entries, 0);
}

static void gaps_cost_the_lines_they_touch(void **state)
{
    (void)state;
    struct credential_hashes none = {0, 0};
    struct help_entry entry = {.count = 0};
    struct m3u_parser *parser = m3u_create(&help_key, &none, help_take_entry, &entry);
    m3u_feed(parser, slice_text("#EXTM3U\n#EXTGRP:News\n#EXTINF:-1 tvg-id=\"a\",Lost\nhttp://h/1"));
    m3u_gap(parser, 100);
    m3u_feed(parser, slice_text("9/rest-of-a-line"));
    m3u_feed(parser, slice_text("\nhttp://h/2\n"));
    assert_int_equal(entry.count, 1);
    assert_string_equal(entry.uri, "http://h/2");
    assert_string_equal(entry.title, ""); /* whose title and group it was nobody knows */
    assert_string_equal(entry.group, "");
    m3u_gap(parser, UINT64_MAX);
    m3u_gap(parser, 1);
    m3u_feed(parser, slice_text("\r\nhttp://h/3\n"));
    struct m3u_facts facts;
    m3u_finish(parser, true, &facts);
    m3u_free(parser);
    assert_int_equal(facts.entries, 2);
    assert_int_equal(facts.lines, 5); /* the header, the group, #EXTINF, two URIs */
    assert_false(facts.complete);
}

static void a_gap_of_nothing_is_none(void **state)
{
    (void)state;
    struct credential_hashes none = {0, 0};
    struct m3u_parser *parser = m3u_create(&help_key, &none, NULL, NULL);
    m3u_feed(parser, slice_text("http://h/"));
    m3u_gap(parser, 0);
    m3u_feed(parser, slice_text("1\n"));
    struct m3u_facts facts;
    m3u_finish(parser, true, &facts);
    m3u_free(parser);
    assert_int_equal(facts.entries, 1);
    assert_true(facts.complete);
}

/* A line of `len` bytes in all, in chunks. */
static struct m3u_facts parse_long_line(size_t len, size_t chunk)
{
    char *text = malloc(len + 32);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, "http://h/", 9);
    strcpy(text + len, "\nhttp://h/2\n");
    struct m3u_facts facts = help_parse_chunks(slice_text(text), chunk, true);
    free(text);
    return facts;
}

static void long_lines_are_cut_at_their_cap(void **state)
{
    (void)state;
    static const size_t chunks[] = {SIZE_MAX, 1, 4096, 8191, 8192, 8193};
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct m3u_facts facts = parse_long_line(8192, chunks[i]);
        assert_int_equal(facts.cut_lines, 0);
        assert_true(facts.complete);
        facts = parse_long_line(8193, chunks[i]);
        assert_int_equal(facts.cut_lines, 1);
        assert_int_equal(facts.lines, 2);
        assert_int_equal(facts.entries, 2);
        assert_int_equal(facts.hosts, 1);
        assert_false(facts.complete);
    }
}

static void ten_megabytes_without_newline(void **state)
{
    (void)state;
    struct m3u_facts facts = parse_long_line(10000000, 1460);
    assert_int_equal(facts.lines, 2);
    assert_int_equal(facts.cut_lines, 1);
    char *text = malloc(10000000);
    assert_non_null(text);
    memset(text, '"', 10000000);
    memcpy(text, "#EXTINF:-1 a=", 13);
    facts = help_parse_chunks(slice_make(text, 10000000), 65536, true);
    assert_int_equal(facts.lines, 1);
    memset(text, '\r', 10000000);
    facts = help_parse_chunks(slice_make(text, 10000000), SIZE_MAX, true);
    assert_int_equal(facts.lines, 10000000);
    memset(text, '\n', 10000000);
    facts = help_parse_chunks(slice_make(text, 10000000), SIZE_MAX, true);
    assert_int_equal(facts.lines, 10000000);
    free(text);
}

static void any_bytes_will_do(void **state)
{
    (void)state;
    uint8_t bytes[256 * 3];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    }
    struct m3u_facts whole = help_parse_chunks(slice_make(bytes, sizeof bytes), SIZE_MAX, true);
    struct m3u_facts single = help_parse_chunks(slice_make(bytes, sizeof bytes), 1, true);
    char wanted[FACTS_TEXT_SIZE], got[FACTS_TEXT_SIZE];
    facts_print_m3u(&whole, wanted);
    facts_print_m3u(&single, got);
    assert_string_equal(got, wanted);
    static const char nuls[] = "#EXTINF:-1 group-title=\"a\0b\",\0T\nhttp://h\0x:8\0/a\0/b/1.ts\n\0\n";
    whole = help_parse_chunks(slice_make(nuls, sizeof nuls - 1), SIZE_MAX, true);
    assert_int_equal(whole.entries, 2);
    assert_int_equal(whole.hosts, 0);
    assert_int_equal(whole.groups, 1);
}

/* A panel's list: `count` entries, a third each of live, movies and series, in 50 groups of three countries.
 */
static struct buf make_list(unsigned count)
{
    static const char *const countries[] = {"FR", "UK", "ES"};
    static const char *const paths[] = {"live/", "movie/", "series/"};
    static const char *const endings[] = {"ts", "mkv", "mp4"};
    struct buf text = buf_make(64 << 20);
    buf_append_text(
        &text, "#EXTM3U url-tvg=\"http://p.example:8080/xmltv.php?username=alice77&password=s3cret9\"\r\n");
    for (unsigned i = 0; i < count; i++) {
        buf_append_format(
            &text,
            "#EXTINF:-1 tvg-id=\"c%u\" tvg-name=\"N %u\" tvg-logo=\"\" group-title=\"G %u\",%s| N %u\r\n"
            "http://p.example:8080/%salice77/s3cret9/%u.%s\r\n",
            i, i, i % 50, countries[i % 3], i, paths[i % 3], i, endings[i % 3]);
    }
    assert_false(text.truncated);
    return text;
}

static void a_large_list_is_counted_exactly(void **state)
{
    (void)state;
    static const size_t chunks[] = {SIZE_MAX, 1460, 61};
    struct buf text = make_list(120000);
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct m3u_facts facts = help_parse_chunks(buf_slice(&text), chunks[i], true);
        assert_int_equal(facts.lines, 240001);
        assert_int_equal(facts.entries, 120000);
        assert_int_equal(facts.live, 40000);
        assert_int_equal(facts.movies, 40000);
        assert_int_equal(facts.series, 40000);
        assert_int_equal(facts.radio, 0);
        assert_int_equal(facts.groups, 50);
        assert_int_equal(facts.hosts, 1);
        assert_int_equal(facts.titles.country_prefixes, 3);
        assert_int_equal(facts.titles.prefixed_titles, 120000);
        assert_int_equal(facts.credential_uris, 120000);
        assert_int_equal(facts.same_credentials, 120000);
        assert_int_equal(facts.request_credentials, 120000);
        assert_int_equal(facts.odd_ports, 120000);
        assert_true(facts.epg_credentials);
        assert_true(facts.epg_request_credentials);
        assert_true(facts.complete);
        assert_int_equal(facts.named.count, 2);
        assert_string_equal(facts.named.items[0].host, "p.example");
        assert_int_equal(facts.named.items[0].port, 8080);
        assert_int_equal(facts.named.items[0].relation, RELATION_PLAYLIST);
        assert_int_equal(facts.named.items[0].count, 120000);
        assert_int_equal(facts.named.items[1].relation, RELATION_EPG);
    }
    buf_free(&text);
}

static void random_splits_change_nothing(void **state)
{
    (void)state;
    struct buf text = make_list(300);
    struct m3u_facts whole = help_parse_chunks(buf_slice(&text), SIZE_MAX, true);
    char wanted[FACTS_TEXT_SIZE];
    facts_print_m3u(&whole, wanted);
    uint64_t random = 88172645463325252U;
    for (int run = 0; run < 50; run++) {
        struct credential_hashes credentials = help_credentials("alice77", "s3cret9");
        struct m3u_parser *parser = m3u_create(&help_key, &credentials, NULL, NULL);
        struct slice rest = buf_slice(&text);
        while (rest.len > 0) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            struct slice part = slice_part(rest, 0, (size_t)(random % 300));
            help_feed(parser, part, SIZE_MAX);
            rest = slice_from(rest, part.len);
        }
        struct m3u_facts facts;
        m3u_finish(parser, true, &facts);
        m3u_free(parser);
        char got[FACTS_TEXT_SIZE];
        facts_print_m3u(&facts, got);
        assert_string_equal(got, wanted);
    }
    buf_free(&text);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct credential_hashes none = {0, 0};
    struct m3u_parser *parser = m3u_create(&help_key, &none, NULL, NULL);
    size_t empty = m3u_memory(parser);
    m3u_feed(parser, slice_text("#EXTM3U\nhttp://h/1\n"));
    assert_int_equal(m3u_memory(parser), empty);
    m3u_feed(parser, slice_text("#EXTINF:-1,A\nhttp://h/1\n"));
    assert_true(m3u_memory(parser) > empty && m3u_memory(parser) <= 128 * 1024);
    m3u_free(parser);
    m3u_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_are_alike),
        cmocka_unit_test(blank_lines_are_lines_but_nothing_more),
        cmocka_unit_test(the_last_line_needs_an_end_or_a_complete_body),
        cmocka_unit_test(a_mark_is_skipped_once),
        cmocka_unit_test(blanks_around_lines_do_not_count),
        cmocka_unit_test(a_suffix_for_players_is_cut),
        cmocka_unit_test(gaps_cost_the_lines_they_touch),
        cmocka_unit_test(a_gap_of_nothing_is_none),
        cmocka_unit_test(long_lines_are_cut_at_their_cap),
        cmocka_unit_test(ten_megabytes_without_newline),
        cmocka_unit_test(any_bytes_will_do),
        cmocka_unit_test(a_large_list_is_counted_exactly),
        cmocka_unit_test(random_splits_change_nothing),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
