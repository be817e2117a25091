/* Patterns of our own: what they match, what is left to libhs, and which literals stand in every match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/rule/pattern_priv.h"

static struct pattern *make(const char *source, unsigned flags)
{
    struct pattern_text text;
    bool empty;
    assert_true(pattern_parse(source, flags, &text));
    struct pattern *pattern = pattern_build(&text, &empty);
    pattern_text_free(&text);
    assert_non_null(pattern);
    assert_false(empty);
    return pattern;
}

/* All ends of matches, as "3 5". */
static void find_all(const char *source, unsigned flags, const char *text, char *out, size_t size)
{
    struct pattern *pattern = make(source, flags);
    struct buf ends = buf_make(size - 1);
    for (size_t end = 0; (end = pattern_find(pattern, slice_text(text), end)) != SIZE_MAX;) {
        buf_append_format(&ends, "%s%zu", ends.len > 0 ? " " : "", end);
    }
    snprintf(out, size, "%.*s", (int)ends.len, (const char *)ends.data);
    buf_free(&ends);
    pattern_free(pattern);
}

static const struct {
    const char *pattern;
    unsigned flags;
    const char *text;
    const char *ends;
} finds[] = {
    {"abc", 0, "xabcabc", "4 7"},
    {"abc", 0, "ab", ""},
    {"aBc", PATTERN_CASELESS, "AbC", "3"},
    {"a.c", 0, "a\nc abc", "7"},
    {"a.c", PATTERN_DOTALL, "a\nc", "3"},
    {"^ab", 0, "abab", "2"},
    {"^ab", PATTERN_MULTILINE, "ab\nab", "2 5"},
    {"ab$", 0, "abab", "4"},
    {"ab$", 0, "ab\n", "2"},
    {"ab$", 0, "ab\n\n", ""},
    {"ab$", PATTERN_MULTILINE, "ab\nab\nc", "2 5"},
    {"ab\\z", 0, "ab\n", ""},
    {"\\bab\\b", 0, "cab ab abc", "6"},
    {"a\\Bb", 0, "ab", "2"},
    {"a{2,3}", 0, "aaaa", "2 3 4"},
    {"ba{3}", 0, "baabaaa", "7"},
    {"ba{2,}c", 0, "bac baaaac", "10"},
    {"ab?c", 0, "ac abc abbc", "2 6"},
    {"a(b|cd)*e", 0, "abcdbe ae ace", "6 9"},
    {"a(|b)c", 0, "ac abc", "2 6"},
    {"[a-c\\]x-]+$", 0, "d]-x", "4"},
    {"[^\\/?]{1,64}\\/", 0, "/ab/", "4"},
    {"\\d\\D\\w\\W\\s\\S", 0, "1a_. b", "6"},
    {"(\\?|$)x", 0, "a?x", "3"},
    {"\\x41\\n\\.", 0, "A\n.", "3"},
    {"(^|\\/)20[0-9]{2}(\\/|$)", 0, "2024/2025", "5 9"},
    {"a\xc3\xa9?b", PATTERN_UTF8,
     "ab a\xc3\xa9"
     "b a\xc3"
     "b",
     "2 7"},
    {"[x\xce\xb2\xcf\x84]b", PATTERN_UTF8,
     "xb \xce\xb2"
     "b \xcf\x84"
     "b \xb2"
     "b",
     "2 6 10"},
    {"[\xce\xb2]", PATTERN_UTF8, "\xce\xb2 \xce", "2"},
};

static void test_finds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof finds / sizeof *finds; i++) {
        char ends[64];
        find_all(finds[i].pattern, finds[i].flags, finds[i].text, ends, sizeof ends);
        if (strcmp(ends, finds[i].ends) != 0) {
            fail_msg("/%s/: found \"%s\", expected \"%s\"", finds[i].pattern, ends, finds[i].ends);
        }
    }
}

/* Sets of states have several words from 64 bytes on; moves cross them. */
static void test_long_patterns(void **state)
{
    (void)state;
    struct pattern *pattern = make("^a{63,65}b{100}$", 0);
    char text[256];
    for (size_t count = 62; count <= 66; count++) {
        memset(text, 'a', count);
        memset(text + count, 'b', 100);
        size_t end = pattern_find(pattern, slice_make(text, count + 100), 0);
        assert_int_equal(end, count >= 63 && count <= 65 ? count + 100 : SIZE_MAX);
        assert_int_equal(pattern_find(pattern, slice_make(text, count + 99), 0), SIZE_MAX);
    }
    pattern_free(pattern);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "a(",
        "a)",
        "(?=a)b",
        "(?i)a",
        "(a)\\1",
        "a++",
        "*a",
        "a{0}",
        "a{2,1}",
        "\\p{L}",
        "[[:alpha:]]",
        "[b-a]",
        "[a",
        "a\\",
        "\\x4",
        "\\Qa\\E",
        "a{1001}",
        "a{",
        "((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))",
        "(a{1000}){2}",
        "^*a",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct pattern_text text;
        if (pattern_parse(refused[i], 0, &text)) {
            fail_msg("/%s/ is taken", refused[i]);
        }
    }
}

/* What says "any other letter" is not a set of bytes. */
static void test_refused_in_utf8(void **state)
{
    (void)state;
    static const char *const refused[] = {".",     "[^a]",     "\\W",          "[\\S]", "[\xce\xb2-\xce\xb4]",
                                          "\\xe9", "[a\\x80]", "[\\x20-\\xff]"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct pattern_text text;
        if (pattern_parse(refused[i], PATTERN_UTF8, &text)) {
            fail_msg("/%s/ is taken", refused[i]);
        }
    }
    struct pattern_text text;
    assert_false(pattern_parse("\xc3\xa9", PATTERN_UTF8 | PATTERN_CASELESS, &text));
}

/* Each group multiplies the needs under which the byte may be reached. */
static void test_needs_multiplied(void **state)
{
    (void)state;
    struct buf source = buf_make(4096);
    for (size_t i = 0; i < 24; i++) {
        buf_append(&source, slice_text("(^|$|\\b|\\B|\\A|\\z|\\Z)(?:"));
    }
    buf_append(&source, slice_text("a"));
    for (size_t i = 0; i < 24; i++) {
        buf_append(&source, slice_text(")"));
    }
    buf_append_byte(&source, 0);
    struct pattern_text text;
    bool empty;
    assert_true(pattern_parse((const char *)source.data, PATTERN_MULTILINE, &text));
    assert_null(pattern_build(&text, &empty));
    pattern_text_free(&text);
    buf_free(&source);
}

static void test_empty_matches(void **state)
{
    (void)state;
    static const char *const patterns[] = {"a*", "", "^$", "(a|)", "\\b", "a{0,3}b?"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct pattern_text text;
        bool empty;
        assert_true(pattern_parse(patterns[i], 0, &text));
        pattern_free(pattern_build(&text, &empty));
        pattern_text_free(&text);
        assert_true(empty);
    }
}

static const struct {
    const char *pattern;
    unsigned flags;
    const char *literals;
} literals[] = {
    {"abc", 0, "abc"},
    {"abc|def", 0, "abc,def"},
    {"ab?c", 0, "abc,ac"},
    {"^\\/(live|movie)\\/[^\\/]+\\/", 0, "/live/,/movie/"},
    {"(.*&)?action=20[0-9]", 0, "action=20"},
    {"AB", PATTERN_CASELESS, "ab"},
    {"[0-9]+", 0, ""},
    {"a+b", 0, "ab"},
    {"(ab)+", 0, "ab"},
    {"abc|[0-9]", 0, ""},
    {"s?auth\\/", 0, "auth/"},
    {"abcdefghijklmnopq", 0, "abcdefghijklmnop"},
};

static void test_literals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        struct pattern_text text;
        struct literal_set set;
        struct buf told = buf_make(256);
        assert_true(pattern_parse(literals[i].pattern, literals[i].flags, &text));
        pattern_literals(&text, (literals[i].flags & PATTERN_CASELESS) != 0, &set);
        pattern_text_free(&text);
        for (size_t j = 0; j < set.count; j++) {
            buf_append_format(&told, "%s%.*s", j == 0 ? "" : ",", set.items[j].len,
                              (const char *)set.items[j].bytes);
        }
        if (!slice_equal(buf_slice(&told), slice_text(literals[i].literals))) {
            fail_msg("/%s/: %.*s", literals[i].pattern, (int)told.len, (const char *)told.data);
        }
        buf_free(&told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_long_patterns),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_in_utf8),
        cmocka_unit_test(test_needs_multiplied),
        cmocka_unit_test(test_empty_matches),
        cmocka_unit_test(test_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
