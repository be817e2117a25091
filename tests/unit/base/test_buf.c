/* base/buf: growth, the cap, and what remains when it is reached. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void grows_with_what_is_appended(void **state)
{
    (void)state;
    struct buf buf = buf_make(100000);
    assert_null(buf.data);
    for (size_t i = 0; i < 100000; i++) {
        assert_true(buf_append_byte(&buf, (uint8_t)i));
    }
    assert_int_equal(buf.len, 100000);
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(buf.data[i], (uint8_t)i);
    }
    assert_false(buf.truncated);
    assert_false(buf_append_byte(&buf, 1));
    assert_true(buf.truncated);
    assert_true(buf.room <= 100000);
    buf_free(&buf);
}

static void keeps_what_fits(void **state)
{
    (void)state;
    struct buf buf = buf_make(5);
    assert_true(buf_append_text(&buf, "abc"));
    assert_false(buf_append_text(&buf, "def"));
    assert_true(slice_equal(buf_slice(&buf), slice_text("abcde")));
    assert_true(buf.truncated);
    assert_false(buf_append_text(&buf, "g"));
    assert_true(buf_append_text(&buf, "")); /* nothing was lost by this one */
    assert_int_equal(buf.len, 5);
    buf_clear(&buf);
    assert_false(buf.truncated);
    assert_true(buf_append_text(&buf, "12345"));
    assert_true(slice_equal(buf_slice(&buf), slice_text("12345")));
    buf_free(&buf);
    assert_null(buf.data);
    assert_true(buf_append_text(&buf, "again"));
    assert_false(buf_append_text(&buf, "!"));
    buf_free(&buf);
}

static void a_cap_of_zero_takes_nothing(void **state)
{
    (void)state;
    struct buf buf = buf_make(0);
    assert_true(buf_append(&buf, slice_make(NULL, 0)));
    assert_false(buf_append_text(&buf, "a"));
    assert_null(buf.data);
    buf_free(&buf);
}

static void formats_short_and_long(void **state)
{
    (void)state;
    struct buf buf = buf_make(2000);
    assert_true(buf_append_format(&buf, "%s:%d", "port", 8080));
    assert_true(slice_equal(buf_slice(&buf), slice_text("port:8080")));
    static const int lens[] = {254, 255, 256, 257, 1000}; /* around the size of the inner buffer */
    for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
        buf_clear(&buf);
        assert_true(buf_append_format(&buf, "%*d", lens[i], 7));
        assert_int_equal(buf.len, lens[i]);
        assert_int_equal(buf.data[buf.len - 1], '7');
        assert_int_equal(buf.data[0], ' ');
    }
    assert_false(buf_append_format(&buf, "%*d", 1001, 7));
    assert_int_equal(buf.len, 2000);
    assert_true(buf.truncated);
    buf_free(&buf);
}

static void no_cap_at_all_starts_small(void **state)
{
    (void)state;
    struct buf buf = buf_make(SIZE_MAX);
    assert_true(buf_append_text(&buf, "x"));
    assert_true(buf.room < 4096);
    buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_with_what_is_appended), cmocka_unit_test(keeps_what_fits),
        cmocka_unit_test(a_cap_of_zero_takes_nothing), cmocka_unit_test(formats_short_and_long),
        cmocka_unit_test(no_cap_at_all_starts_small),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
