/* The print of a catalogue: one for every account, host, order and format of a system. */
#include "daemon/app/catalogue_priv.h"

#include "tests/unit/app/test_m3u_help.h"

enum { CHANNELS = 60 };

struct made {
    const char *host;
    const char *user;
    const char *password;
    const char *path; /* before the user: "live/" or "" */
    const char *ending;
    unsigned count;
    unsigned step; /* which order: coprime to CHANNELS */
    bool xui;
};

static struct buf make_playlist(const struct made *made)
{
    struct buf text = buf_make(SIZE_MAX);
    buf_append_text(&text, "#EXTM3U\n");
    for (unsigned i = 0; i < made->count; i++) {
        unsigned n = i * made->step % made->count;
        buf_append_text(&text, "#EXTINF:-1 ");
        if (made->xui) {
            buf_append_format(&text, "xui-id=\"%u\" ", 1000 + n);
        }
        buf_append_format(&text, "tvg-name=\"x\",FR| Cha\xc3\xaene  %u HD\n", n);
        if (made->xui) {
            buf_append_format(&text, "http://%s/play/%s%u/ts\n", made->host, made->password, n);
        } else {
            buf_append_format(&text, "http://%s/%s%s/%s/%u%s\n", made->host, made->path, made->user,
                              made->password, 1000 + n, made->ending);
        }
    }
    /* Films are no part of it: every account is sold other ones. */
    buf_append_format(&text, "#EXTINF:-1,A film\nhttp://%s/movie/%s/%s/77%u.mkv\n", made->host, made->user,
                      made->password, made->step);
    return text;
}

static uint64_t print_of(const struct made *made)
{
    struct buf text = make_playlist(made);
    struct m3u_facts facts = help_parse_chunks(buf_slice(&text), 1000, true);
    buf_free(&text);
    return facts.print;
}

static const struct made base = {"a.example:8080", "alice77", "s3cret9", "live/", ".ts", CHANNELS, 1, false};

static void test_same(void **state)
{
    (void)state;
    uint64_t print = print_of(&base);
    assert_true(print != 0);
    struct made other = base;
    other.host = "b.example:25461";
    other.user = "bob";
    other.password = "another-One1";
    assert_true(print_of(&other) == print);
    other.step = 7;
    assert_true(print_of(&other) == print);
    other.ending = ".m3u8";
    assert_true(print_of(&other) == print);
    other.path = "";
    other.ending = "";
    other.user = "bob1234567";
    assert_true(print_of(&other) == print);
    other.xui = true;
    assert_true(print_of(&other) == print);
}

static void test_others(void **state)
{
    (void)state;
    uint64_t print = print_of(&base);
    struct made fewer = base;
    fewer.count = CHANNELS - 1;
    assert_true(print_of(&fewer) != print && print_of(&fewer) != 0);
    fewer.count = CATALOGUE_ENTRIES_MIN;
    assert_true(print_of(&fewer) != 0);
    fewer.count = CATALOGUE_ENTRIES_MIN - 1;
    assert_true(print_of(&fewer) == 0);
    struct buf text = make_playlist(&base);
    struct m3u_facts facts = help_parse_chunks(buf_slice(&text), SIZE_MAX, false); /* broke off */
    assert_true(facts.print == 0);
    /* One channel under another number. */
    size_t at = slice_find(buf_slice(&text), slice_text("/1007.ts"));
    text.data[at + 1] = '9';
    facts = help_parse_chunks(buf_slice(&text), SIZE_MAX, true);
    assert_true(facts.print != 0 && facts.print != print);
    buf_free(&text);
}

static uint64_t print_of_json(bool quoted, bool complete)
{
    struct buf text = buf_make(SIZE_MAX);
    for (unsigned i = 0; i < CHANNELS; i++) {
        buf_append_format(
            &text,
            "%c{\"num\":%u,\"name\":\"FR| Cha\\u00eene  %u HD\",\"stream_type\":\"live\",\"stream_id\":"
            "%s%u%s,\"epg_channel_id\":null,\"tv_archive_duration\":0}",
            i == 0 ? '[' : ',', i, CHANNELS - 1 - i, quoted ? "\"" : "", 1000 + CHANNELS - 1 - i,
            quoted ? "\"" : "");
    }
    buf_append_text(&text, complete ? "]" : "");
    struct api_parser *parser = api_create(&help_key, NULL, NULL);
    api_feed(parser, buf_slice(&text));
    struct api_facts facts;
    api_finish(parser, &facts);
    api_free(parser);
    buf_free(&text);
    assert_int_equal(facts.live, CHANNELS);
    return facts.print;
}

static void test_json(void **state)
{
    (void)state;
    assert_true(print_of_json(false, true) == print_of(&base));
    assert_true(print_of_json(true, true) == print_of(&base));
    assert_true(print_of_json(true, false) == 0);
}

/* What generators of lists change is not seen; the print is the same at every sensor, so it stands here. */
static void test_value(void **state)
{
    (void)state;
    struct catalogue_print one = {.count = 0};
    struct catalogue_print other = {.count = 0};
    char title[64], shouted[64];
    for (unsigned i = 0; i < CATALOGUE_ENTRIES_MIN; i++) {
        snprintf(title, sizeof title, "channel %u hd", i);
        snprintf(shouted, sizeof shouted, "  Channel \t%u  HD ", i);
        catalogue_print_add(&one, slice_text(title), i + 1);
        catalogue_print_add(&other, slice_text(shouted), i + 1);
        assert_int_equal(catalogue_print_value(&one) != 0, i + 1 == CATALOGUE_ENTRIES_MIN);
    }
    assert_true(catalogue_print_value(&one) == catalogue_print_value(&other));
    assert_true(catalogue_print_value(&one) == UINT64_C(0x023e9c9672482e53));
    catalogue_print_add(&one, slice_make(NULL, 0), UINT64_MAX);
    assert_true(catalogue_print_value(&one) != catalogue_print_value(&other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
