/* Playlists: keys in the open, cookies, other sites' Referer, P2P, marks of free lists; lists in UTF-16. */
#include "tests/unit/app/test_m3u_help.h"

#define KID         "0123456789abcdef0123456789ABCDEF"
#define KEY         "fedcba9876543210fedcba9876543210"
#define TYPE(value) "#KODIPROP:inputstream.adaptive.license_type=" value "\n"
#define KEYS(value) "#KODIPROP:inputstream.adaptive.license_key=" value "\n"
#define ENTRY       "#EXTINF:-1,x\n"
#define URI         "https://live.cdn.example/x.mpd\n"

struct props_row {
    const char *text;
    uint64_t keys, cookies, referers, p2p, marked;
    uint32_t named;
};

static const struct props_row rows[] = {
    {TYPE("clearkey") KEYS(KID ":" KEY) ENTRY URI, 1, 0, 0, 0, 0, 0},
    {ENTRY TYPE("org.w3.clearkey") KEYS(KID ":" KEY) URI, 1, 0, 0, 0, 0, 0},
    {KEYS(KID ":" KEY) TYPE("clearkey") ENTRY URI, 1, 0, 0, 0, 0, 0},
    {TYPE("clearkey") KEYS("{ \"" KID "\" : \"" KEY "\" }") ENTRY URI, 1, 0, 0, 0, 0, 0},
    {TYPE("clearkey") KEYS(
         "{\"keys\":[{\"kty\":\"oct\",\"k\":\"QUJD\",\"kid\":\"REVG\"}],\"type\":\"temporary\"}") ENTRY URI,
     1, 0, 0, 0, 0, 0},
    {"#KODIPROP:inputstream.adaptive.drm_legacy=org.w3.clearkey|" KID ":" KEY "\n" ENTRY URI, 1, 0, 0, 0, 0,
     0},
    /* keys of two entries, and one without */
    {TYPE("clearkey") KEYS(KID ":" KEY) ENTRY URI TYPE("clearkey") KEYS(KID ":" KEY "," KEY ":" KID)
         ENTRY URI ENTRY "https://other.example/y.mpd\n",
     2, 0, 0, 0, 0, 1},
    /* a licence server, other kinds of protection, too few or too many digits, no key at all */
    {TYPE("clearkey") KEYS("https://licence.example/get") ENTRY URI, 0, 0, 0, 0, 0, 1},
    {TYPE("com.widevine.alpha") KEYS(KID ":" KEY) ENTRY URI, 0, 0, 0, 0, 0, 1},
    {KEYS(KID ":" KEY) ENTRY URI, 0, 0, 0, 0, 0, 1},
    {TYPE("clearkey") ENTRY URI, 0, 0, 0, 0, 0, 1},
    {TYPE("clearkey") KEYS(KID ":fedcba9876543210fedcba987654321") ENTRY URI, 0, 0, 0, 0, 0, 1},
    {TYPE("clearkey") KEYS(KID ":" KEY "0") ENTRY URI, 0, 0, 0, 0, 0, 1},
    {TYPE("clearkey") KEYS(KID " " KEY) ENTRY URI, 0, 0, 0, 0, 0, 1},
    {ENTRY "#EXTHTTP:{\"cookie\":\"a=b\",\"user-agent\":\"x\"}\n" URI, 0, 1, 0, 0, 0, 1},
    {ENTRY "#EXTHTTP:{\"user-agent\":\"cookie\"}\n" URI, 0, 0, 0, 0, 0, 1},
    {ENTRY "#EXTVLCOPT:http-referrer=https://portal.example/page\n" URI, 0, 0, 1, 0, 0, 1},
    {ENTRY "#EXTVLCOPT:http-origin=https://portal.example\n" URI, 0, 0, 1, 0, 0, 1},
    {ENTRY "#EXTVLCOPT:http-referrer=https://www.cdn.example/page\n" URI, 0, 0, 0, 0, 0, 1},
    {ENTRY "#EXTVLCOPT:http-user-agent=https://portal.example/\n" URI, 0, 0, 0, 0, 0, 1},
    {ENTRY "https://live.cdn.example/x.m3u8|User-Agent=x&Referer=https%3A%2F%2Fportal.example%2F\n", 0, 0, 1,
     0, 0, 1},
    {ENTRY "https://live.cdn.example/x.m3u8|Cookie=a\n", 0, 1, 0, 0, 0, 1},
    {"#KODIPROP:inputstream.adaptive.stream_headers=Referer=https://portal.example/\n" ENTRY URI, 0, 0, 1, 0,
     0, 1},
    {ENTRY "acestream://" KID "\n", 0, 0, 0, 1, 0, 0},
    {ENTRY "http://127.0.0.1:6878/ace/getstream?id=" KID "\n", 0, 0, 0, 1, 0, 0},
    {ENTRY "sop://broker.sopcast.com:3912/12345\n", 0, 0, 0, 1, 0, 0},
    {ENTRY "magnet:?xt=urn:btih:" KID "\n", 0, 0, 0, 1, 0, 0},
    {ENTRY "http://site.example/ace/of/spades.ts\n", 0, 0, 0, 0, 0, 1},
    {"#EXTINF:-1,TV 1 (720p) [Geo-blocked]\n" URI "#EXTINF:-1,TV 2 [Not 24/7]\n" URI
     "#EXTINF:-1,TV [HD]\n" URI,
     0, 0, 0, 0, 2, 1},
};

static void test_props(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char text[2048];
        snprintf(text, sizeof text, "#EXTM3U\n%s", rows[i].text);
        struct m3u_facts facts = help_parse(text);
        if (facts.clear_keys != rows[i].keys || facts.cookies != rows[i].cookies ||
            facts.foreign_referers != rows[i].referers || facts.p2p != rows[i].p2p ||
            facts.marked_titles != rows[i].marked || facts.named.count != rows[i].named) {
            char got[FACTS_TEXT_SIZE];
            facts_print_m3u(&facts, got);
            fail_msg("%s%s", rows[i].text, got);
        }
    }
}

/* What is read for one entry is not the next one's. */
static void test_forgotten(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("#EXTM3U\n" TYPE("clearkey") KEYS(KID ":" KEY) ENTRY
                   "#EXTHTTP:{\"cookie\":\"a\"}\n#EXTVLCOPT:http-referrer=https://portal.example/\n" URI ENTRY
                       URI ENTRY URI);
    assert_int_equal(facts.entries, 3);
    assert_int_equal(facts.clear_keys, 1);
    assert_int_equal(facts.cookies, 1);
    assert_int_equal(facts.foreign_referers, 1);
}

static struct buf widen(struct slice text, bool big, bool mark)
{
    struct buf out = buf_make(SIZE_MAX);
    if (mark) {
        buf_append(&out, big ? slice_make("\xfe\xff", 2) : slice_make("\xff\xfe", 2));
    }
    for (size_t i = 0; i < text.len; i++) {
        buf_append_byte(&out, big ? 0 : text.data[i]);
        buf_append_byte(&out, big ? text.data[i] : 0);
    }
    return out;
}

static void assert_wide(struct slice text, const struct m3u_facts *wanted)
{
    static const size_t chunks[] = {SIZE_MAX, 1, 2, 3, 7, 101};
    char want[FACTS_TEXT_SIZE], got[FACTS_TEXT_SIZE];
    facts_print_m3u(wanted, want);
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct m3u_facts facts = help_parse_chunks(text, chunks[i], true);
        facts_print_m3u(&facts, got);
        assert_string_equal(got, want);
    }
}

static void test_wide(void **state)
{
    (void)state;
    static const char list[] = "#EXTM3U\r\n#EXTINF:-1 group-title=\"G\",FR| Un\r\n"
                               "http://h.example:8080/live/alice77/s3cret9/1.ts\r\n"
                               "#EXTINF:-1,DE: Zwei\r\nhttp://h.example:8080/live/alice77/s3cret9/2.ts";
    struct m3u_facts wanted = help_parse(list);
    assert_int_equal(wanted.request_credentials, 2);
    for (int big = 0; big < 2; big++) {
        struct buf wide = widen(slice_text(list), big == 1, true);
        assert_wide(buf_slice(&wide), &wanted);
        buf_free(&wide);
    }
}

/* Characters beyond ASCII, and halves of pairs that have lost the other one. */
static void test_wide_characters(void **state)
{
    (void)state;
    struct buf text = widen(slice_text("#EXTM3U\n#EXTINF:-1,"), false, true);
    buf_append(&text, slice_make("\xe9\x00\x1f\x04\x3d\xd8\x00\xde\x3d\xd8\x41\x00\x00\xde\x0a\x00", 16));
    struct buf uri = widen(slice_text("http://h.example/1.ts\n"), false, false);
    buf_append(&text, buf_slice(&uri));
    for (size_t chunk = 1; chunk < 9; chunk++) {
        struct help_entry entry;
        struct credential_hashes none = {.user = 0};
        memset(&entry, 0, sizeof entry);
        struct m3u_parser *parser = m3u_create(&help_key, &none, help_take_entry, &entry);
        help_feed(parser, buf_slice(&text), chunk);
        m3u_free(parser);
        assert_string_equal(entry.title, "\xc3\xa9\xd0\x9f\xf0\x9f\x98\x80\xef\xbf\xbd"
                                         "A\xef\xbf\xbd");
        assert_string_equal(entry.uri, "http://h.example/1.ts");
    }
    buf_free(&uri);
    buf_free(&text);
}

/* Behind lost bytes, an even number of them or an odd one, the units are found again. */
static void test_wide_gap(void **state)
{
    (void)state;
    struct buf text = buf_make(SIZE_MAX);
    buf_append_text(&text, "#EXTM3U\n");
    for (unsigned i = 0; i < 50; i++) {
        buf_append_format(&text, "#EXTINF:-1,x\nhttp://h.example/%u.ts\n", i);
    }
    struct buf wide = widen(buf_slice(&text), true, true);
    struct slice all = buf_slice(&wide);
    for (size_t missing = 1; missing < 6; missing++) {
        for (size_t at = 500; at < 503; at++) {
            struct credential_hashes none = {.user = 0};
            struct m3u_parser *parser = m3u_create(&help_key, &none, NULL, NULL);
            m3u_feed(parser, slice_part(all, 0, at));
            m3u_gap(parser, missing);
            m3u_feed(parser, slice_from(all, at + missing));
            struct m3u_facts facts;
            m3u_finish(parser, true, &facts);
            m3u_free(parser);
            assert_false(facts.complete);
            assert_in_range(facts.entries, 48, 50);
            assert_int_equal(facts.live, facts.entries);
            assert_int_equal(facts.named.count, 1);
        }
    }
    buf_free(&wide);
    buf_free(&text);
}

/* A mark that is none is text. */
static void test_not_wide(void **state)
{
    (void)state;
    static const char *const fronts[] = {"\xff", "\xfe", "\xff\xff", "\xfe\xfe", "\xff#"};
    for (size_t i = 0; i < ARRAY_COUNT(fronts); i++) {
        char text[256];
        snprintf(text, sizeof text, "%s\nhttp://h.example/1.ts\n", fronts[i]);
        assert_int_equal(help_parse(text).entries, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_props),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_wide_gap),
        cmocka_unit_test(test_wide_characters),
        cmocka_unit_test(test_not_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
