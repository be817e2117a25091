/* Kinds of bodies: each signature, its edges, and that more bytes never change a decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/body_kind.h"
#include "base/attr.h"

struct kind_row {
    const char *bytes;
    size_t len;
    enum body_kind whole; /* of a complete body */
    enum body_kind part;  /* of the first bytes of one */
};

#define ROW(text, whole, part)                                                                               \
    {                                                                                                        \
        (text), sizeof(text) - 1, (whole), (part)                                                            \
    }

static const struct kind_row rows[] = {
    ROW("", BODY_EMPTY, BODY_NONE),
    ROW(" \r\n", BODY_TEXT, BODY_NONE),
    ROW("#EXTM3U", BODY_M3U, BODY_M3U),
    ROW("#EXTM3", BODY_TEXT, BODY_NONE),
    ROW("\xef\xbb\xbf\r\n #extm3u\n", BODY_M3U, BODY_M3U),
    ROW("\xef\xbb", BODY_TEXT, BODY_NONE),
    ROW("a list:\n#EXTM3U\n", BODY_TEXT, BODY_NONE),
    ROW("#EXTINF:-1,x\n", BODY_M3U, BODY_M3U),
    ROW("#EXTINF", BODY_TEXT, BODY_NONE),
    ROW("\xef\xbb\xbf#extinf:0,x\n", BODY_M3U, BODY_M3U),
    ROW("\xff\xfe#\0E\0X\0T\0M\0003\0U\0\r\0", BODY_M3U, BODY_M3U),
    ROW("\xfe\xff\0#\0E\0X\0T\0I\0N\0F\0:", BODY_M3U, BODY_M3U),
    ROW("\xfe\xff\0#\0E\0X\0T\0I\0N\0F", BODY_BINARY, BODY_NONE),
    ROW("\xff\xfeh\0i\0,\0 \0t\0h\0e\0r\0e\0", BODY_BINARY, BODY_NONE),
    ROW("{\"js\":", BODY_JSON, BODY_JSON),
    ROW(" \t{ \r\n}", BODY_JSON, BODY_JSON),
    ROW("{", BODY_TEXT, BODY_NONE),
    ROW("{ color: red }", BODY_TEXT, BODY_NONE),
#define NOTICE  "Warning: Undefined array key \"x\" in /home/x/get.php on line 7"
#define DRESSED "<br />\n<b>Warning</b>:  x[] on line 2 in <b>/home/x.php</b> on line <b>12</b><br />\n"
    ROW("\n" NOTICE "\n{\"user_info\":", BODY_JSON, BODY_JSON),
    ROW("PHP " NOTICE "\r\n\n" NOTICE "\n\n[{", BODY_JSON, BODY_JSON),
    ROW(DRESSED "{\"user_info\":", BODY_JSON, BODY_JSON),
    ROW(DRESSED DRESSED " []", BODY_JSON, BODY_JSON),
    ROW(DRESSED "#EXTM3U\n", BODY_M3U, BODY_M3U),
    ROW(DRESSED, BODY_HTML, BODY_NONE),
    ROW(DRESSED "<html>", BODY_HTML, BODY_HTML),
    ROW(DRESSED "see { above", BODY_HTML, BODY_HTML),
    ROW(NOTICE, BODY_TEXT, BODY_NONE),
    ROW(NOTICE " {\"a\":1}", BODY_TEXT, BODY_NONE),
    ROW("Warning: mind the step\n{\"a\":1}", BODY_TEXT, BODY_NONE),
    ROW("Warnings: " NOTICE "\n{\"a\":1}", BODY_TEXT, BODY_NONE),
    ROW("<br /><b>Hello</b>: {\"a\":1} on line <b>1</b><br />{\"a\":1}", BODY_HTML, BODY_HTML),
    ROW("[]", BODY_JSON, BODY_JSON),
    ROW("[{", BODY_JSON, BODY_JSON),
    ROW("[-1", BODY_JSON, BODY_JSON),
    ROW("[tru", BODY_TEXT, BODY_NONE),
    ROW("[true]", BODY_JSON, BODY_JSON),
    ROW("[playlist]\nFile1=http://h/", BODY_TEXT, BODY_NONE),
    ROW("[TITLE]", BODY_TEXT, BODY_NONE),
    ROW("null", BODY_TEXT, BODY_NONE),
    ROW("<!DOCTYPE html>", BODY_HTML, BODY_HTML),
    ROW("<!doctype\n HTML PUBLIC", BODY_HTML, BODY_HTML),
    ROW("<!DOCTYPE ht", BODY_XML, BODY_NONE),
    ROW("<!DOCTYPE tv SYSTEM \"xmltv.dtd\">", BODY_XML, BODY_XML),
    ROW("<html", BODY_HTML, BODY_NONE),
    ROW("<html>", BODY_HTML, BODY_HTML),
    ROW("<html5>", BODY_XML, BODY_XML),
    ROW("<!-- note --><div class=x>", BODY_HTML, BODY_HTML),
    ROW("<!-- note without end", BODY_HTML, BODY_NONE),
    ROW("<?xml version=\"1.0\"?>\n<!DOCTYPE html><html/>", BODY_HTML, BODY_HTML),
    ROW("<?xml version=\"1.0\"?>\n<tv generator-info-name=\"x\">", BODY_XML, BODY_XML),
    ROW("<?xml version", BODY_XML, BODY_NONE),
    ROW("<items><channel>", BODY_XML, BODY_XML),
    ROW("<MPD>", BODY_XML, BODY_XML),
    ROW("< 5 items", BODY_TEXT, BODY_NONE),
    ROW("<", BODY_TEXT, BODY_NONE),
    ROW("\x89PNG\r\n\x1a\n", BODY_IMAGE, BODY_IMAGE),
    ROW("GIF89a\x01", BODY_IMAGE, BODY_IMAGE),
    ROW("\xff\xd8\xff\xe0", BODY_IMAGE, BODY_IMAGE),
    ROW("RIFF\x10\0\0\0WEBP", BODY_IMAGE, BODY_IMAGE),
    ROW("BM some text, no bitmap", BODY_TEXT, BODY_NONE),
    ROW("BM\x36\0\0\0\0\0\0\0", BODY_IMAGE, BODY_IMAGE),
    ROW("\0\0\0\x20"
        "ftypisom",
        BODY_MEDIA, BODY_MEDIA),
    ROW("\0\0\0\x20"
        "ftypavif",
        BODY_IMAGE, BODY_IMAGE),
    ROW("\x1a\x45\xdf\xa3", BODY_MEDIA, BODY_NONE),
    ROW("\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\0", BODY_MEDIA, BODY_MEDIA),
    ROW("RIFF\x10\0\0\0AVI ", BODY_MEDIA, BODY_MEDIA),
    ROW("ID3\x03\0\0\0\0\0\0\0\0", BODY_MEDIA, BODY_MEDIA),
    ROW("ID3 is a tag of music files", BODY_TEXT, BODY_NONE),
    ROW("\xff\xfb\x90\x44", BODY_MEDIA, BODY_NONE),
    ROW("\xff\xfb\x90\x44\0", BODY_MEDIA, BODY_MEDIA),
    ROW("\xff\xf1\x50\x80\x01", BODY_MEDIA, BODY_MEDIA),
    ROW("\xff\xfe#\0E\0", BODY_BINARY, BODY_NONE), /* UTF-16's mark */
    ROW("\xff\xfb\xf0\x44", BODY_BINARY, BODY_NONE),
    ROW("\0\0\1\xba\x44", BODY_MEDIA, BODY_MEDIA),
    ROW("PK\3\4\x14\0\0\0\0\0\0\0", BODY_ARCHIVE, BODY_ARCHIVE),
    ROW("\x1f\x8b\x08\0\0\0\0\0\0\0\0\0", BODY_ARCHIVE, BODY_ARCHIVE),
    ROW("MZ\x90\0\3\0\0\0\4\0\0\0", BODY_ARCHIVE, BODY_ARCHIVE),
    ROW("MZ is how programs begin, this is not one of them; it goes on for a while", BODY_TEXT, BODY_NONE),
    ROW("\x7f"
        "ELF\2\1\1\0\0\0\0\0",
        BODY_ARCHIVE, BODY_ARCHIVE),
    ROW("Authorization failed.", BODY_TEXT, BODY_NONE),
    ROW("caf\xc3\xa9", BODY_TEXT, BODY_NONE),
    ROW("caf\xe9 au lait", BODY_TEXT, BODY_NONE),
    ROW("\xd0\xba\xd0\xb0\xd0\xbd\xd0\xb0\xd0\xbb\xd1", BODY_TEXT, BODY_NONE),
    ROW("\xd0\xd0\xba\xd0\xb0\xd0\xbd", BODY_BINARY, BODY_NONE),
    ROW("\xfe\xfe\xfe\xfe", BODY_BINARY, BODY_NONE),
    ROW("text with \0 in it", BODY_BINARY, BODY_NONE),
};

static void test_signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice bytes = slice_make(rows[i].bytes, rows[i].len);
        enum body_kind whole = body_kind_detect(bytes, true);
        enum body_kind part = body_kind_detect(bytes, false);
        if (whole != rows[i].whole || part != rows[i].part) {
            fail_msg("\"%s\": %s, then %s", rows[i].bytes, body_kind_name(whole), body_kind_name(part));
        }
    }
}

/* A decision on a prefix is the decision on every longer one, up to the whole body. */
static void test_decisions_stay(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t bytes[1200];
        memset(bytes, 'x', sizeof bytes);
        if (rows[i].len > 0) {
            memcpy(bytes, rows[i].bytes, rows[i].len);
        }
        enum body_kind decided = BODY_NONE;
        for (size_t len = 0; len <= sizeof bytes; len++) {
            enum body_kind kind = body_kind_detect(slice_make(bytes, len), false);
            assert_true(decided == BODY_NONE || kind == decided);
            assert_true(len < 1024 || kind != BODY_NONE);
            decided = kind;
        }
        assert_int_equal(body_kind_detect(slice_make(bytes, sizeof bytes), true), decided);
    }
}

static void fill_ts(uint8_t *bytes, size_t len, size_t first, size_t packet)
{
    memset(bytes, 0xff, len);
    for (size_t at = first; at < len; at += packet) {
        bytes[at] = 0x47;
    }
}

static void test_mpegts(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{0, 188}, {4, 192}, {0, 204}};
    uint8_t bytes[1024];
    for (size_t i = 0; i < ARRAY_COUNT(shapes); i++) {
        size_t first = shapes[i][0];
        size_t packet = shapes[i][1];
        fill_ts(bytes, sizeof bytes, first, packet);
        size_t fifth = first + 4 * packet;
        assert_int_equal(body_kind_detect(slice_make(bytes, fifth), false), BODY_NONE);
        assert_int_equal(body_kind_detect(slice_make(bytes, fifth + 1), false), BODY_MPEGTS);
        assert_int_equal(body_kind_detect(slice_make(bytes, sizeof bytes), true), BODY_MPEGTS);
        /* As many as fit, at least two. */
        assert_int_equal(body_kind_detect(slice_make(bytes, first + packet + 1), true), BODY_MPEGTS);
        assert_int_equal(body_kind_detect(slice_make(bytes, first + packet), true), BODY_BINARY);
        bytes[first + 3 * packet] = 0x46;
        assert_int_equal(body_kind_detect(slice_make(bytes, sizeof bytes), true), BODY_BINARY);
    }
}

/* A stream that is joined within a packet: five headers in a row, wherever the first one stands. */
static void test_mpegts_within(void **state)
{
    (void)state;
    static const size_t packets[] = {188, 192, 204};
    uint8_t bytes[1024];
    for (size_t i = 0; i < ARRAY_COUNT(packets); i++) {
        size_t last = packets[i] - 1;
        fill_ts(bytes, sizeof bytes, last, packets[i]);
        size_t fifth = last + 4 * packets[i];
        assert_int_equal(body_kind_detect(slice_make(bytes, fifth), false), BODY_NONE);
        assert_int_equal(body_kind_detect(slice_make(bytes, fifth), true), BODY_BINARY);
        assert_int_equal(body_kind_detect(slice_make(bytes, fifth + 1), false), BODY_MPEGTS);
        bytes[last + 2 * packets[i]] = 0x46;
        assert_int_equal(body_kind_detect(slice_make(bytes, sizeof bytes), true), BODY_BINARY);
    }
    /* The byte of a header, but no header. */
    memset(bytes, 0x47, sizeof bytes);
    assert_int_equal(body_kind_detect(slice_make(bytes, sizeof bytes), true), BODY_TEXT);
    memset(bytes, 0, sizeof bytes);
    for (size_t at = 0; at < sizeof bytes; at += 188) {
        bytes[at] = 0x47; /* adaptation_field_control 0 is reserved */
    }
    assert_int_equal(body_kind_detect(slice_make(bytes, sizeof bytes), true), BODY_BINARY);
}

static void test_names(void **state)
{
    (void)state;
    for (int kind = 0; kind < BODY_KIND_COUNT; kind++) {
        assert_int_equal(body_kind_by_name(slice_text(body_kind_name((enum body_kind)kind))), kind);
    }
    assert_int_equal(body_kind_by_name(slice_text("nothing")), BODY_KIND_COUNT);
    assert_int_equal(body_kind_by_name(slice_text("")), BODY_KIND_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures), cmocka_unit_test(test_decisions_stay),
        cmocka_unit_test(test_mpegts),     cmocka_unit_test(test_mpegts_within),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
