/* DVB's text: each way of saying which characters follow, and what hostile senders put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/mpegts.h"
#include "base/attr.h"

/* In memory of exactly its size. */
static void decode(const char *text, size_t len, char out[MPEGTS_NAME_SIZE])
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    mpegts_text_decode(slice_make(copy, len), out);
    free(copy);
}

#define DECODES(text, wanted)                                                                                \
    do {                                                                                                     \
        char got[MPEGTS_NAME_SIZE];                                                                          \
        decode((text), sizeof(text) - 1, got);                                                               \
        assert_string_equal(got, (wanted));                                                                  \
    } while (0)

static void the_default_is_latin(void **state)
{
    (void)state;
    DECODES("", "");
    DECODES("Nord TV", "Nord TV");
    DECODES("  Nord\0\0 ", "Nord");
    DECODES("Canal+ S\xc2"
            "eries",
            "Canal+ Séries");
    DECODES("\xc8\x41rzte \xfb \xa4 \xd5", "Ärzte ß € ♪");
    DECODES("\xcf\x43"
            "T 24",
            "ČT 24");
    DECODES("q\xc2q", "qq\xcc\x81"); /* no character of its own: letter and mark */
    DECODES("a\xc2", "a\xef\xbf\xbd");
    DECODES("\xc2\xc2\x65", "\xef\xbf\xbdé");
    DECODES("\xc9\x65 \xd8", "\xef\xbf\xbd"
                             "e \xef\xbf\xbd");
}

static void other_parts_are_said(void **state)
{
    (void)state;
    DECODES("\x01\xbf\xd5\xe0\xd2\xeb\xd9", "Первый");
    DECODES("\x05\xdd", "İ");
    DECODES("\x0b\xa4", "€");
    DECODES("\x10\x00\x05\xbf\xd5", "Пе");
    DECODES("\x10\x00\x02\xa1", "Ą");
    DECODES("\x10\x00\x0c\xa1", "\xef\xbf\xbd"); /* no such part */
    DECODES("\x10\x01\x05\xa1", "\xef\xbf\xbd");
    DECODES("\x0f\xa1Z", "\xef\xbf\xbdZ");
    DECODES("\x08Z", "Z");
    DECODES("\x10\x00", "");
    DECODES("\x10", "");
}

static void unicode_is_said(void **state)
{
    (void)state;
    DECODES("\x11\x04\x1f\x04\x35\x00", "Пе"); /* an odd byte is left */
    DECODES("\x11\xd8\x00\x00\x41", "\xef\xbf\xbd"
                                    "A");
    DECODES("\x15"
            "Télé",
            "Télé");
    DECODES("\x15T\xff", "T\xef\xbf\xbd");
    DECODES("Télé", "Télé"); /* not said */
}

static void controls_are_left_out(void **state)
{
    (void)state;
    DECODES("\x86"
            "Nord\x87 TV",
            "Nord TV");
    DECODES("Nord\x8aTV", "Nord TV");
    DECODES("\x15\xc2\x86"
            "Nord\xc2\x87\xc2\x8aTV",
            "Nord TV");
    DECODES("\x15\xee\x82\x86"
            "Nord\xee\x82\x8aTV\xee\x82",
            "Nord TV\xef\xbf\xbd");
    DECODES("\x11\xe0\x86\x00\x4e\xe0\x87", "N");
}

static void other_codings_are_not_guessed(void **state)
{
    (void)state;
    DECODES("\x12K\xb0\xa1S", "K\xef\xbf\xbdS");
    DECODES("\x14\xb0", "\xef\xbf\xbd");
    DECODES("\x1f\x01\x20\x30", "");
    DECODES("\x1f", "");
}

static void hostile_names_come_out_clean(void **state)
{
    (void)state;
    DECODES("\x1b[31mred\x07", "[31mred\xef\xbf\xbd"); /* a first byte below 0x20 selects characters */
    DECODES("x\x1b[31mred", "x\xef\xbf\xbd[31mred");
    DECODES("\x15"
            "a\xe2\x80\xae"
            "b",
            "a\xef\xbf\xbd"
            "b");
    DECODES("\x11\x20\x2e\x00\x41", "\xef\xbf\xbd"
                                    "A");
    DECODES("\x07\x41\xfe", "A\xef\xbf\xbd");
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    char text[256], got[MPEGTS_NAME_SIZE];
    memset(text, 'n', sizeof text);
    decode(text, 255, got);
    assert_int_equal(strlen(got), MPEGTS_NAME_SIZE - 1);
    for (size_t i = 0; i < 255; i++) {
        text[i] = (char)(i == 0 ? 0x01 : 0xd5); /* two bytes each in UTF-8 */
    }
    decode(text, 255, got);
    assert_int_equal(strlen(got), MPEGTS_NAME_SIZE - 1);
    memset(text, 0x80 | 0x1a, sizeof text);
    decode(text, 255, got);
    assert_string_equal(got, "");
    memset(text + 1, 0xa9, sizeof text - 1); /* three bytes each */
    text[0] = ' ';
    decode(text, 255, got);
    assert_int_equal(strlen(got) % 3, 0);
    assert_in_range(strlen(got), MPEGTS_NAME_SIZE - 4, MPEGTS_NAME_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_latin),
        cmocka_unit_test(other_parts_are_said),
        cmocka_unit_test(unicode_is_said),
        cmocka_unit_test(controls_are_left_out),
        cmocka_unit_test(other_codings_are_not_guessed),
        cmocka_unit_test(hostile_names_come_out_clean),
        cmocka_unit_test(long_names_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
