/* base/base64: digits, what ends a text, and rooms that are full. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/attr.h"

static void values(void **state)
{
    (void)state;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int known = 0;
    for (int byte = 0; byte < 256; byte++) {
        known += base64_value((uint8_t)byte, BASE64_STANDARD) >= 0;
    }
    assert_int_equal(known, 64);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(base64_value((uint8_t)digits[i], BASE64_STANDARD), i);
        assert_int_equal(base64_value((uint8_t)digits[i], BASE64_EITHER), i);
    }
    assert_int_equal(base64_value('-', BASE64_STANDARD), -1);
    assert_int_equal(base64_value('_', BASE64_STANDARD), -1);
    assert_int_equal(base64_value('-', BASE64_EITHER), 62);
    assert_int_equal(base64_value('_', BASE64_EITHER), 63);
    assert_int_equal(base64_value('=', BASE64_EITHER), -1);
}

/* Text and room at their exact sizes on the heap. */
static void assert_decoded(const char *text, enum base64_alphabet alphabet, size_t room, const char *wanted,
                           size_t wanted_used)
{
    size_t len = strlen(text);
    char *copy = malloc(len + 1);
    uint8_t *out = malloc(room + 1);
    size_t used = SIZE_MAX;
    assert_non_null(copy);
    assert_non_null(out);
    memcpy(copy + 1, text, len);
    struct slice plain = base64_decode(slice_make(copy + 1, len), alphabet, out + 1, room, &used);
    assert_int_equal(plain.len, strlen(wanted));
    assert_memory_equal(plain.data, wanted, plain.len);
    assert_int_equal(used, wanted_used);
    free(copy);
    free(out);
}

static void decodes(void **state)
{
    (void)state;
    assert_decoded("", BASE64_STANDARD, 8, "", 0); /* the vectors of RFC 4648, section 10 */
    assert_decoded("Zg==", BASE64_STANDARD, 8, "f", 2);
    assert_decoded("Zm8=", BASE64_STANDARD, 8, "fo", 3);
    assert_decoded("Zm9v", BASE64_STANDARD, 8, "foo", 4);
    assert_decoded("Zm9vYmFy", BASE64_STANDARD, 8, "foobar", 8);
    assert_decoded("Zm9vY", BASE64_STANDARD, 8, "foo", 5); /* six bits are no byte */
    assert_decoded("Zm9v!mFy", BASE64_STANDARD, 8, "foo", 4);
    assert_decoded("-_-_", BASE64_EITHER, 8, "\xfb\xff\xbf", 4);
    assert_decoded("+/-_", BASE64_STANDARD, 8, "\xfb", 2);
    assert_decoded("Zm9vYmFy", BASE64_STANDARD, 6, "foobar", 8);
    assert_decoded("Zm9vYmFy", BASE64_STANDARD, 5, "fooba", 7);
    assert_decoded("Zm9vYmFy", BASE64_STANDARD, 0, "", 0);
}

static void padding(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {{"", 0}, {"=", 0}, {"==", 0}, {"===", 1}, {"Zg==", 2}, {"Zm8=", 3}, {"Zm9v", 4}, {"a=b=", 3}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(base64_unpadded(slice_text(rows[i].text)).len, rows[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(decodes),
        cmocka_unit_test(padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
