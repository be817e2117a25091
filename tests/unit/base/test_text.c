/* base/text: cleaning, percent-encoding, numbers, query strings. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void assert_buf(const struct buf *buf, const char *wanted)
{
    assert_int_equal(buf->len, strlen(wanted));
    if (buf->len > 0) {
        assert_memory_equal(buf->data, wanted, buf->len);
    }
}

static void assert_cleaned(struct slice text, const char *wanted)
{
    struct buf out = buf_make(1000);
    assert_true(text_append_clean(&out, text, 1000));
    assert_buf(&out, wanted);
    buf_free(&out);
}

static void good_text_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain ASCII ~ !",
        "\xc2\xa0",         /* U+00A0, the first behind the C1 controls */
        "\xdf\xbf",         /* U+07FF */
        "\xe0\xa0\x80",     /* U+0800 */
        "\xed\x9f\xbf",     /* U+D7FF, the last before the surrogates */
        "\xee\x80\x80",     /* U+E000, the first behind them */
        "\xef\xbf\xbd",     /* U+FFFD itself */
        "\xf0\x90\x80\x80", /* U+10000 */
        "\xf4\x8f\xbf\xbf", /* U+10FFFF */
        "Cin\xc3\xa9ma \xd8\xa8\xd9\x8a\xd9\x86 \xf0\x9f\x93\xba",
        "\xd8\x9b\xd8\x9d",         /* U+061B and U+061D, around U+061C */
        "\xe2\x80\x8a\xe2\x80\x90", /* U+200A and U+2010 */
        "\xe2\x80\xa7\xe2\x80\xaf", /* U+2027 and U+202F */
        "\xe2\x81\x9f\xe2\x81\xa1", /* U+205F and U+2061 */
        "\xe2\x81\xa5\xe2\x81\xaa", /* U+2065 and U+206A */
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_cleaned(slice_text(texts[i]), texts[i]);
    }
}

static void malformed_bytes_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"\x80", BAD},
        {"\xbf"
         "a",
         BAD "a"},
        {"\xc0\x80", BAD BAD},                 /* overlong NUL */
        {"\xc1\xbf", BAD BAD},                 /* overlong */
        {"\xe0\x9f\xbf", BAD BAD BAD},         /* overlong */
        {"\xf0\x8f\xbf\xbf", BAD BAD BAD BAD}, /* overlong */
        {"\xed\xa0\x80", BAD BAD BAD},         /* U+D800 */
        {"\xed\xbf\xbf", BAD BAD BAD},         /* U+DFFF */
        {"\xf4\x90\x80\x80", BAD BAD BAD BAD}, /* U+110000 */
        {"\xf5\x80\x80\x80", BAD BAD BAD BAD},
        {"\xfe\xff", BAD BAD},
        {"\xc3", BAD},     /* cut behind the lead */
        {"\xe2\x82", BAD}, /* cut within: one start, one replacement */
        {"\xf0\x9f\x93", BAD},
        {"\xe2\x82"
         "a",
         BAD "a"}, /* what follows is not swallowed */
        {"\xe2\x82\xe2\x82\xac", BAD "\xe2\x82\xac"},
        {"\xc3\xc3\xa9", BAD "\xc3\xa9"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_cleaned(slice_text(rows[i].text), rows[i].wanted);
    }
}

static void forbidden_characters_are_replaced(void **state)
{
    (void)state;
    assert_cleaned(slice_make("\0", 1), BAD);
    static const char *const texts[] = {
        "\x01",         "\t",           "\n",       "\r",       "\x1b",
        "\x1f",         "\x7f",         "\xc2\x80", "\xc2\x9f", /* U+0080, U+009F */
        "\xd8\x9c",                                             /* U+061C */
        "\xe2\x80\x8b", "\xe2\x80\x8d",                         /* U+200B, U+200D */
        "\xe2\x80\x8e", "\xe2\x80\x8f",                         /* U+200E, U+200F */
        "\xe2\x80\xa8", "\xe2\x80\xa9",                         /* U+2028, U+2029 */
        "\xe2\x80\xaa", "\xe2\x80\xae",                         /* U+202A, U+202E */
        "\xe2\x81\xa0",                                         /* U+2060 */
        "\xe2\x81\xa6", "\xe2\x81\xa9",                         /* U+2066, U+2069 */
        "\xef\xbb\xbf",                                         /* U+FEFF */
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_cleaned(slice_text(texts[i]), BAD);
    }
}

static void cuts_between_characters(void **state)
{
    (void)state;
    struct slice text = slice_text("a\xc3\xa9z");
    static const struct {
        size_t max;
        const char *wanted;
        bool whole;
    } rows[] = {
        {0, "", false}, {1, "a", false}, {2, "a", false}, {3, "a\xc3\xa9", false}, {4, "a\xc3\xa9z", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf by_max = buf_make(100);
        buf_append_byte(&by_max, '>');
        assert_int_equal(text_append_clean(&by_max, text, rows[i].max), rows[i].whole);
        assert_false(by_max.truncated); /* the caller's limit, not the buffer's */
        assert_int_equal(by_max.len, 1 + strlen(rows[i].wanted));
        assert_memory_equal(by_max.data + 1, rows[i].wanted, by_max.len - 1);
        buf_free(&by_max);

        struct buf by_cap = buf_make(rows[i].max);
        assert_int_equal(text_append_clean(&by_cap, text, 100), rows[i].whole);
        assert_int_equal(by_cap.truncated, !rows[i].whole);
        assert_buf(&by_cap, rows[i].wanted);
        buf_free(&by_cap);
    }
    struct buf out = buf_make(100);
    assert_false(text_append_clean(&out, slice_text("a\n"), 3)); /* the replacement does not fit */
    assert_buf(&out, "a");
    assert_true(text_append_clean(&out, slice_make(NULL, 0), 0));
    buf_free(&out);
}

static void decodes_percent(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain, *with_plus;
    } rows[] = {
        {"", "", ""},
        {"abc", "abc", "abc"},
        {"a%20b", "a b", "a b"},
        {"%41%4a%4A%7e", "AJJ~", "AJJ~"},
        {"a+b", "a+b", "a b"},
        {"%2B", "+", "+"},
        {"%", "%", "%"},
        {"%4", "%4", "%4"},
        {"a%", "a%", "a%"},
        {"%zz", "%zz", "%zz"},
        {"%4g%41", "%4gA", "%4gA"},
        {"%%41", "%A", "%A"},
        {"%2541", "%41", "%41"}, /* once only */
        {"%ff", "\xff", "\xff"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf out = buf_make(100);
        percent_decode(&out, slice_text(rows[i].text), false);
        assert_buf(&out, rows[i].plain);
        buf_clear(&out);
        percent_decode(&out, slice_text(rows[i].text), true);
        assert_buf(&out, rows[i].with_plus);
        buf_free(&out);
    }
    struct buf out = buf_make(3);
    percent_decode(&out, slice_text("a%00bc"), false);
    assert_true(out.truncated);
    assert_memory_equal(out.data, "a\0b", 3);
    buf_free(&out);
}

static void parses_numbers_that_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"0", 0},
        {"7", 7},
        {"007", 7},
        {"18446744073709551615", UINT64_MAX},
        {"0000000000000000000000001", 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        uint64_t value = 99;
        assert_true(text_parse_u64(slice_text(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    static const char *const bad[] = {
        "",     " 1", "1 ", "+1", "-1", "0x1", "1.0", "1a", "18446744073709551616", "99999999999999999999",
        "\xb2",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        uint64_t value = 99;
        assert_false(text_parse_u64(slice_text(bad[i]), &value));
        assert_int_equal(value, 99);
    }
}

static void finds_query_values(void **state)
{
    (void)state;
    static const struct {
        const char *query, *key, *value; /* NULL: not there */
    } rows[] = {
        {"a=1&b=2", "a", "1"}, {"a=1&b=2", "b", "2"},   {"a=1&b=2", "c", NULL}, {"", "a", NULL},
        {"a", "a", ""},        {"a=", "a", ""},         {"a&b=2", "b", "2"},    {"&&a=1", "a", "1"},
        {"a=1=2", "a", "1=2"}, {"a=%20+", "a", "%20+"}, {"ab=1&a=2", "a", "2"}, /* not the start of another
                                                                                   key */
        {"A=1", "a", NULL},    {"a=1&a=2", "a", "1"},   {"x=a=1", "a", NULL},   {"b=2&a", "a", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice value = slice_text("before");
        assert_int_equal(query_value(slice_text(rows[i].query), rows[i].key, &value), rows[i].value != NULL);
        assert_true(slice_equal(value, slice_text(rows[i].value == NULL ? "" : rows[i].value)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_stays),
        cmocka_unit_test(malformed_bytes_are_replaced),
        cmocka_unit_test(forbidden_characters_are_replaced),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(decodes_percent),
        cmocka_unit_test(parses_numbers_that_fit),
        cmocka_unit_test(finds_query_values),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
