/* Searches of bytes by blocks: at each place of each length around them, in bytes that end where the heap
 * does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/scan.h"

enum { LENGTH_MAX = 3 * SCAN_BLOCK + 1 };

/* So many bytes 'x', at `at` another one. */
static uint8_t *make_bytes(size_t len, size_t at, uint8_t byte)
{
    uint8_t *bytes = malloc(len == 0 ? 1 : len);
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    if (at < len) {
        bytes[at] = byte;
    }
    return bytes;
}

static void test_places(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LENGTH_MAX; len++) {
        for (size_t at = 0; at <= len; at++) {
            uint8_t *data = make_bytes(len, at, '"');
            struct slice bytes = slice_make(data, len);
            for (size_t from = 0; from <= len; from++) {
                size_t expected = from <= at ? at : len;
                assert_int_equal(scan_byte(bytes, from, '"'), expected);
                assert_int_equal(scan_either(bytes, from, '"', '\\'), expected);
                assert_int_equal(scan_either(bytes, from, '\\', '"'), expected);
                assert_int_equal(scan_up_to(bytes, from, '"'), expected);
                assert_int_equal(scan_up_to(bytes, from, '"' - 1), len);
                assert_int_equal(scan_byte(bytes, from, '\\'), len);
            }
            free(data);
        }
    }
}

/* The first one is told, where there are several. */
static void test_first(void **state)
{
    (void)state;
    for (size_t len = 2; len <= LENGTH_MAX; len++) {
        for (size_t at = 0; at + 1 < len; at++) {
            uint8_t *data = make_bytes(len, at, '\0');
            struct slice bytes = slice_make(data, len);
            data[len - 1] = ' ';
            assert_int_equal(scan_up_to(bytes, 0, ' '), at);
            assert_int_equal(scan_either(bytes, 0, ' ', '\0'), at);
            assert_int_equal(scan_up_to(bytes, at + 1, ' '), len - 1);
            free(data);
        }
    }
}

/* Bytes have no sign, and a range has both its ends. */
static void test_ranges(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
        uint8_t *data = make_bytes(SCAN_BLOCK, 3, (uint8_t)byte);
        scan_block block = scan_load(data);
        assert_int_equal(scan_bits(scan_in_range(block, '0', '9')), byte >= '0' && byte <= '9' ? 1 << 3 : 0);
        assert_int_equal(scan_bits(scan_in_range(block, 0x7f, 0x81)),
                         byte >= 0x7f && byte <= 0x81 ? 1 << 3 : 0);
        assert_int_equal(scan_bits(block), byte >= 0x80 ? 1 << 3 : 0);
        assert_int_equal(scan_up_to(slice_make(data, SCAN_BLOCK), 0, 'w'), byte <= 'w' ? 3 : SCAN_BLOCK);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
