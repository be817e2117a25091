/* app/title: what the titles of a list show, the same in a playlist and in JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "daemon/app/title_priv.h"
#include "tests/unit/app/test_facts.h"

static const struct hash_key key = {{1, 2}};

struct sample {
    const char *title;
    const char *group;
};

static struct m3u_facts parse_m3u(const struct sample *samples, size_t count, const char *form)
{
    struct buf text = buf_make(1 << 20);
    buf_append_text(&text, "#EXTM3U\n");
    for (size_t i = 0; i < count; i++) {
        buf_append_format(&text, "#EXTINF:-1 group-title=\"%s\",%s\n", samples[i].group, samples[i].title);
        buf_append_format(&text, form, i);
    }
    struct credential_hashes none = {0, 0};
    struct m3u_parser *parser = m3u_create(&key, &none, NULL, NULL);
    m3u_feed(parser, buf_slice(&text));
    struct m3u_facts facts;
    m3u_finish(parser, true, &facts);
    m3u_free(parser);
    buf_free(&text);
    return facts;
}

static struct title_facts count_m3u(const struct sample *samples, size_t count)
{
    return parse_m3u(samples, count, "http://h.example/live/u/p/%zu.ts\n").titles;
}

static struct title_facts count_api(const struct sample *samples, size_t count)
{
    struct buf text = buf_make(1 << 20);
    for (size_t i = 0; i < count; i++) {
        buf_append_format(&text,
                          "%s{\"name\":\"%s\",\"stream_type\":\"live\",\"epg_channel_id\":\"x%zu\","
                          "\"tv_archive_duration\":0}",
                          i == 0 ? "[" : ",", samples[i].title, i);
    }
    buf_append_text(&text, "]");
    struct api_parser *parser = api_create(&key, NULL, NULL);
    api_feed(parser, buf_slice(&text));
    struct api_facts facts;
    api_finish(parser, &facts);
    api_free(parser);
    buf_free(&text);
    assert_int_equal(facts.live, count);
    return facts.titles;
}

static void assert_titles(const struct sample *samples, size_t count, const char *wanted)
{
    char text[512];
    struct title_facts facts = count_m3u(samples, count);
    facts_print_titles(&facts, text, sizeof text);
    assert_string_equal(text, wanted);
    facts = count_api(samples, count);
    facts_print_titles(&facts, text, sizeof text);
    assert_string_equal(text, wanted);
}

static void signs_are_counted_in_both_forms(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"FR| TF1 HD", ""},           {"UK: SKY ONE ᶠᴴᴰ", ""},
        {"ES| DAZN PPV 01", ""},      {"US| 24/7 THE SIMPSONS", ""},
        {"##### DAZN PPV #####", ""}, {"=== UK ===", ""},
        {"--- SPORT ---", ""},        {"--|FR SPORT|--", ""},
        {"▁ ▂ ▄ ▅ ▆☆", ""},           {"TF1", ""},
    };
    assert_titles(samples, ARRAY_COUNT(samples),
                  " countries=4 prefixed=4 duplicates=0 separators=5 ppv=2 loops=1 superscripts=1");
}

static void ordinary_titles_show_nothing(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"La 1 (1080p) [Not 24/7]", ""},
        {"TV5 [not 24/7]", ""},
        {"#Vamos", ""},
        {"- 1 -", ""},
        {"★ Star", ""},
        {"A=B", ""},
        {"Rock 24/70", ""},
        {"HPPV", ""},
        {"ppvx", ""},
        {"M6 Music", ""},
        {"TF1 = TF1 =", ""},
        {"C", ""},
    };
    assert_titles(samples, ARRAY_COUNT(samples),
                  " countries=0 prefixed=0 duplicates=0 separators=0 ppv=0 loops=0 superscripts=0");
}

static void copies_of_one_channel_are_counted(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"ES| DAZN 1 HD", ""},
        {"ES| DAZN 1 FHD", ""},
        {"ES| DAZN 1 4K", ""},
        {"ES: DAZN 1 HEVC", ""},
        {"ES - DAZN 1 BACKUP", ""},
        {"DAZN 1", ""},
        {"TF1 HD", ""},
        {"TF1 FHD", ""},
        {"TF1 4K", ""},
        {"TF1 UHD", ""},
        {"TF1", ""},
        {"Euronews", ""},
        {"Euronews", ""},
        {"Euronews", ""},
        {"Euronews", ""},
        {"Euronews", ""},
    };
    /* TF1 differs four times only; Euronews stands five times without any difference. */
    assert_titles(samples, ARRAY_COUNT(samples),
                  " countries=1 prefixed=5 duplicates=1 separators=0 ppv=0 loops=0 superscripts=0");
}

static void other_countries_have_channels_of_their_own(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"ES| KIDS 1 HD", ""}, {"FR| KIDS 1 HD", ""}, {"UK| KIDS 1 FHD", ""},
        {"DE| KIDS 1 HD", ""}, {"IT| KIDS 1 4K", ""}, {"KIDS 1 HD", ""},
    };
    assert_titles(samples, ARRAY_COUNT(samples),
                  " countries=5 prefixed=5 duplicates=0 separators=0 ppv=0 loops=0 superscripts=0");
}

static void many_names_are_estimated(void **state)
{
    (void)state;
    struct title_counter *counter = title_counter_create(&key);
    enum { NAMES = 20000 };
    for (int i = 0; i < NAMES; i++) {
        char text[32];
        snprintf(text, sizeof text, "Channel %d HD", i);
        for (int copy = 0; copy < (i % 2 == 0 ? 5 : 4); copy++) {
            struct catalogue_entry entry = {.kind = ENTRY_LIVE, .title = slice_text(text)};
            struct title_name name;
            title_count_entry(counter, &entry, &name);
            assert_true(name.quality && slice_equal(entry.name, title_name_slice(&name)));
        }
    }
    struct title_facts facts;
    title_finish(counter, &facts);
    assert_in_range(facts.quality_duplicates, NAMES / 2 * 80 / 100, NAMES / 2 * 120 / 100);
    assert_true(title_counter_memory(counter) <= 32 * 1024);
    title_counter_free(counter);
}

static void groups_count_where_titles_say_nothing(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"DAZN 1", "ES| SPORT PPV"},
        {"FR| TF1", "UK| GENERAL"},
        {"Show", "24/7 CARTOONS"},
        {"A", "News;24/7"},
        {"B", "DE| X"},
    };
    struct title_facts facts = count_m3u(samples, ARRAY_COUNT(samples));
    char text[512];
    facts_print_titles(&facts, text, sizeof text);
    assert_string_equal(text,
                        " countries=3 prefixed=3 duplicates=0 separators=0 ppv=1 loops=2 superscripts=0");
}

static void films_count_for_countries_only(void **state)
{
    (void)state;
    static const struct sample samples[] = {{"FR| Film 24/7 HD", "PPV"}, {"EN - Film", ""}};
    struct m3u_facts facts = parse_m3u(samples, ARRAY_COUNT(samples), "http://h.example/movie/u/p/%zu.mkv\n");
    char text[512];
    facts_print_titles(&facts.titles, text, sizeof text);
    assert_string_equal(text,
                        " countries=2 prefixed=2 duplicates=0 separators=0 ppv=0 loops=0 superscripts=0");
}

static void categories_are_groups(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "[{\"category_id\":\"1\",\"category_name\":\"ES| DAZN PPV VIP\",\"parent_id\":0},"
        "{\"category_id\":\"2\",\"category_name\":\"UK | GENERAL\",\"parent_id\":0},"
        "{\"category_id\":\"3\",\"category_name\":\"24\\/7 CARTOONS\",\"parent_id\":0}]",
        "{\"js\":[{\"id\":\"1\",\"title\":\"ES| DAZN PPV VIP\",\"alias\":\"a\"},"
        "{\"id\":\"2\",\"title\":\"UK | GENERAL\",\"alias\":\"b\"},{\"id\":\"3\",\"title\":\"24/7 "
        "CARTOONS\",\"alias\":\"c\"}]}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(documents); i++) {
        struct api_parser *parser = api_create(&key, NULL, NULL);
        api_feed(parser, slice_text(documents[i]));
        struct api_facts facts;
        api_finish(parser, &facts);
        api_free(parser);
        char text[512];
        facts_print_titles(&facts.titles, text, sizeof text);
        assert_string_equal(text,
                            " countries=2 prefixed=2 duplicates=0 separators=0 ppv=1 loops=1 superscripts=0");
    }
}

static void nothing_was_counted(void **state)
{
    (void)state;
    struct title_facts facts;
    title_finish(NULL, &facts);
    assert_int_equal(facts.country_prefixes + facts.prefixed_titles + facts.separators, 0);
    assert_int_equal(title_counter_memory(NULL), 0);
    title_counter_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_are_counted_in_both_forms),
        cmocka_unit_test(ordinary_titles_show_nothing),
        cmocka_unit_test(copies_of_one_channel_are_counted),
        cmocka_unit_test(other_countries_have_channels_of_their_own),
        cmocka_unit_test(many_names_are_estimated),
        cmocka_unit_test(groups_count_where_titles_say_nothing),
        cmocka_unit_test(films_count_for_countries_only),
        cmocka_unit_test(categories_are_groups),
        cmocka_unit_test(nothing_was_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
