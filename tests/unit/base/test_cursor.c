/* base/cur and base/slice: the first byte, the last one, and one past it. */
#include "base/cur.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/attr.h"

static void reads_in_network_order(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    struct cur cur = cur_make(slice_make(bytes, sizeof bytes));
    assert_int_equal(cur_u8(&cur), 0x01);
    assert_int_equal(cur_be16(&cur), 0x0203);
    assert_int_equal(cur_be24(&cur), 0x040506);
    assert_int_equal(cur_be32(&cur), 0x0708090a);
    assert_true(cur_be64(&cur) == 0x0b0c0d0e0f101112U);
    assert_true(cur_ok(&cur));
    assert_int_equal(cur.left, 0);
    assert_int_equal(cur_u8(&cur), 0);
    assert_false(cur_ok(&cur));
}

static void a_failure_is_sticky(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3};
    struct cur cur = cur_make(slice_make(bytes, sizeof bytes));
    assert_int_equal(cur_be32(&cur), 0); /* nothing of a value that is cut */
    assert_false(cur_ok(&cur));
    assert_int_equal(cur_u8(&cur), 0);
    assert_int_equal(cur_take(&cur, 0).len, 0);
    assert_int_equal(cur_rest(&cur).len, 0);
    assert_int_equal(cur_peek(&cur, 0), 0);
    assert_false(cur_ok(&cur));
}

static void takes_to_the_last_byte_and_not_further(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3};
    struct cur cur = cur_make(slice_make(bytes, sizeof bytes));
    struct cur same = cur;
    assert_int_equal(cur_take(&cur, 3).len, 3);
    assert_true(cur_ok(&cur));
    assert_int_equal(cur_take(&same, 4).len, 0);
    assert_false(cur_ok(&same));
    struct cur hostile = cur_make(slice_make(bytes, sizeof bytes));
    cur_skip(&hostile, SIZE_MAX);
    assert_false(cur_ok(&hostile));
}

static void an_empty_one_is_good_until_it_is_read(void **state)
{
    (void)state;
    struct cur cur = cur_make(slice_make(NULL, 0));
    cur_skip(&cur, 0);
    assert_true(cur_ok(&cur));
    assert_int_equal(cur_u8(&cur), 0);
    assert_false(cur_ok(&cur));
}

static void a_sub_cursor_cannot_escape(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4};
    struct cur cur = cur_make(slice_make(bytes, sizeof bytes));
    struct cur sub = cur_sub(&cur, 2);
    assert_int_equal(cur_be16(&sub), 0x0102);
    assert_int_equal(cur_u8(&sub), 0);
    assert_false(cur_ok(&sub));
    assert_true(cur_ok(&cur));
    assert_int_equal(cur_u8(&cur), 3);
    struct cur too_long = cur_sub(&cur, 2);
    assert_false(cur_ok(&too_long));
    assert_false(cur_ok(&cur));
}

static void peek_is_no_failure(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {7, 8};
    struct cur cur = cur_make(slice_make(bytes, sizeof bytes));
    assert_int_equal(cur_peek(&cur, 0), 7);
    assert_int_equal(cur_peek(&cur, 1), 8);
    assert_int_equal(cur_peek(&cur, 2), 0);
    assert_int_equal(cur_peek(&cur, SIZE_MAX), 0);
    assert_true(cur_ok(&cur));
    assert_int_equal(cur.left, 2);
}

static void parts_are_clamped(void **state)
{
    (void)state;
    struct slice text = slice_text("abcdef");
    assert_true(slice_equal(slice_part(text, 0, 6), text));
    assert_true(slice_equal(slice_part(text, 4, 100), slice_text("ef")));
    assert_true(slice_equal(slice_part(text, 5, SIZE_MAX), slice_text("f")));
    assert_int_equal(slice_part(text, 6, 1).len, 0);
    assert_int_equal(slice_part(text, SIZE_MAX, SIZE_MAX).len, 0);
    assert_int_equal(slice_from(slice_make(NULL, 0), 0).len, 0);
}

static void compares_and_finds(void **state)
{
    (void)state;
    struct slice text = slice_text("Host: Example");
    assert_true(slice_starts(text, slice_text("Host")));
    assert_false(slice_starts(text, slice_text("host")));
    assert_true(slice_starts_nocase(text, slice_text("hOST:")));
    assert_false(slice_starts(slice_text("Ho"), slice_text("Host")));
    assert_true(slice_ends(text, slice_text("ple")));
    assert_false(slice_ends(slice_text("e"), slice_text("ple")));
    assert_true(slice_ends(text, slice_text("")));
    assert_int_equal(slice_index(text, ':'), 4);
    assert_int_equal(slice_index(text, 'z'), SIZE_MAX);
    assert_int_equal(slice_index(slice_make(NULL, 0), 'z'), SIZE_MAX);
    assert_int_equal(slice_find(text, slice_text("Example")), 6);
    assert_int_equal(slice_find(text, slice_text("Examples")), SIZE_MAX);
    assert_int_equal(slice_find(text, slice_text("")), 0);
    assert_int_equal(slice_find(slice_make(NULL, 0), slice_text("a")), SIZE_MAX);
    assert_true(slice_equal(slice_make(NULL, 0), slice_text("")));
    assert_true(slice_equal_nocase(slice_text("aZ09-[`{@"), slice_text("Az09-[`{@")));
    assert_false(slice_equal_nocase(slice_text("@[`{"), slice_text("`{@[")));
}

static void splits_and_trims(void **state)
{
    (void)state;
    struct slice rest = slice_text("a,,b");
    assert_true(slice_equal(slice_split(&rest, ','), slice_text("a")));
    assert_true(slice_equal(slice_split(&rest, ','), slice_text("")));
    assert_true(slice_equal(slice_split(&rest, ','), slice_text("b")));
    assert_int_equal(rest.len, 0);
    assert_int_equal(slice_split(&rest, ',').len, 0);
    rest = slice_text("a,");
    assert_true(slice_equal(slice_split(&rest, ','), slice_text("a")));
    assert_int_equal(rest.len, 0);
    assert_true(slice_equal(slice_trim(slice_text(" \t a b\t ")), slice_text("a b")));
    assert_int_equal(slice_trim(slice_text(" \t ")).len, 0);
    assert_int_equal(slice_trim(slice_make(NULL, 0)).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_network_order),
        cmocka_unit_test(a_failure_is_sticky),
        cmocka_unit_test(takes_to_the_last_byte_and_not_further),
        cmocka_unit_test(an_empty_one_is_good_until_it_is_read),
        cmocka_unit_test(a_sub_cursor_cannot_escape),
        cmocka_unit_test(peek_is_no_failure),
        cmocka_unit_test(parts_are_clamped),
        cmocka_unit_test(compares_and_finds),
        cmocka_unit_test(splits_and_trims),
    };
    return cmocka_run_group_tests_name("base/cur and base/slice", tests, NULL, NULL);
}
