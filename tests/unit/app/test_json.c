/* app/json: the token stream of documents, whole and in pieces, broken and hostile ones. */
#include "daemon/app/json_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"

/* Tokens as text: containers and literals as written, key as k(...), string as s(...), number as n(...), with
 * '~' behind one that was cut. */
static void write_token(void *context, const struct json_token *token)
{
    static const char *const marks[] = {
        [JSON_OBJECT] = "{",    [JSON_OBJECT_END] = "}", [JSON_ARRAY] = "[",  [JSON_ARRAY_END] = "]",
        [JSON_KEY] = "k",       [JSON_STRING] = "s",     [JSON_NUMBER] = "n", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false", [JSON_NULL] = "null",
    };
    struct buf *out = context;
    buf_append_text(out, marks[token->type]);
    if (token->type == JSON_KEY || token->type == JSON_STRING || token->type == JSON_NUMBER) {
        buf_append_byte(out, '(');
        buf_append(out, token->text);
        buf_append_text(out, token->cut ? "~)" : ")");
    }
}

/* What one document gives, in chunks of exactly their size; '.' at the end where it closed, '!' where not. */
static struct buf read_chunks(struct slice bytes, size_t chunk)
{
    struct buf out = buf_make(1 << 20);
    static struct json_reader reader;
    json_init(&reader, write_token, &out);
    while (bytes.len > 0) {
        struct slice part = slice_part(bytes, 0, chunk);
        uint8_t *block = malloc(part.len);
        assert_non_null(block);
        memcpy(block, part.data, part.len);
        json_feed(&reader, slice_make(block, part.len));
        free(block);
        bytes = slice_from(bytes, part.len);
    }
    buf_append_byte(&out, json_complete(&reader) ? '.' : '!');
    return out;
}

static void assert_bytes(struct slice document, struct slice wanted)
{
    static const size_t chunks[] = {SIZE_MAX, 1, 2, 3, 5};
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct buf out = read_chunks(document, chunks[i]);
        assert_int_equal(out.len, wanted.len);
        assert_memory_equal(out.data, wanted.data, wanted.len);
        buf_free(&out);
    }
}

static void assert_tokens(const char *document, const char *wanted)
{
    assert_bytes(slice_text(document), slice_text(wanted));
}

static void documents_are_read(void **state)
{
    (void)state;
    assert_tokens("{}", "{}.");
    assert_tokens("[]", "[].");
    assert_tokens(" \t\r\n{ } ", "{}.");
    assert_tokens("\xef\xbb\xbf{\"a\":1}", "{k(a)n(1)}.");
    assert_tokens("{\"a\":{\"b\":[1,-2.5e+3,true,false,null,\"x\"]},\"c\":\"\"}",
                  "{k(a){k(b)[n(1)n(-2.5e+3)truefalsenulls(x)]}k(c)s()}.");
    assert_tokens("[[],{},[{}]]", "[[]{}[{}]].");
    assert_tokens("{\"a\" : 1 , \"a\" : 2}", "{k(a)n(1)k(a)n(2)}.");
    assert_tokens("\"x\"", "s(x).");
    assert_tokens("true", "true.");
    assert_tokens("[1]garbage behind", "[n(1)].");
}

static void escapes_are_undone(void **state)
{
    (void)state;
    assert_tokens("[\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\te\"]", "[s(a\"b\\c/d\b\f\n\r\te)].");
    assert_tokens("[\"\\u0041\\u00e9\\u20AC\"]", "[s(A\xc3\xa9\xe2\x82\xac)].");
    assert_tokens("[\"\\ud83d\\udcfa\\uD800\\uDC00\"]", "[s(\xf0\x9f\x93\xba\xf0\x90\x80\x80)].");
    assert_tokens("[\"\\ud83d\"]", "[s(\xef\xbf\xbd)].");
    assert_tokens("[\"\\ud83dx\"]", "[s(\xef\xbf\xbdx)].");
    assert_tokens("[\"\\ud83d\\n\"]", "[s(\xef\xbf\xbd\n)].");
    assert_tokens("[\"\\ud83d\\ud83d\\udcfa\"]", "[s(\xef\xbf\xbd\xf0\x9f\x93\xba)].");
    assert_tokens("[\"\\udcfa\\u0041\"]", "[s(\xef\xbf\xbd"
                                          "A)].");
    assert_tokens("{\"\\u0061\":\"\\\\u0041\"}", "{k(a)s(\\u0041)}.");
    assert_bytes(slice_text("[\"\\u0000\"]"), slice_make("[s(\0)].", 7));
}

static void strings_take_any_bytes(void **state)
{
    (void)state;
    assert_bytes(slice_make("[\"a\0b\xff\n\"]", 9), slice_make("[s(a\0b\xff\n)].", 11));
}

static void broken_documents_end(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "!"},
        {"{", "{!"},
        {"x", "!"},
        {"]", "!"},
        {"}", "!"},
        {",", "!"},
        {"[1", "[!"},
        {"[1,]", "[n(1)!"},
        {"[,1]", "[!"},
        {"[1 2]", "[n(1)!"},
        {"[1}", "[n(1)!"},
        {"{]", "{!"},
        {"{\"a\"}", "{k(a)!"},
        {"{\"a\":}", "{k(a)!"},
        {"{\"a\":1,}", "{k(a)n(1)!"},
        {"{\"a\" 1}", "{k(a)!"},
        {"{a:1}", "{!"},
        {"{1:1}", "{!"},
        {"{\"a\":1 \"b\":2}", "{k(a)n(1)!"},
        {"[\"abc", "[!"},
        {"[\"abc\\", "[!"},
        {"[\"\\x\"]", "[!"},
        {"[\"\\u12g4\"]", "[!"},
        {"[\"\\u123", "[!"},
        {"[tru]", "[!"},
        {"[True]", "[!"},
        {"[nulls]", "[null!"},
        {"[+1]", "[!"},
        {"['a']", "[!"},
        {"\xef\xbb{}", "!"},
        {"\xef\xbb\xbf\xef\xbb\xbf{}", "!"},
        {"callback({})", "!"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_tokens(rows[i][0], rows[i][1]);
    }
}

static void a_break_is_for_good(void **state)
{
    (void)state;
    struct buf out = buf_make(100);
    static struct json_reader reader;
    json_init(&reader, write_token, &out);
    json_feed(&reader, slice_text("[1,"));
    json_break(&reader);
    json_feed(&reader, slice_text("2]"));
    assert_false(json_complete(&reader));
    assert_int_equal(out.len, 5);
    json_init(&reader, write_token, &out);
    json_feed(&reader, slice_text("[]"));
    json_break(&reader); /* too late to matter */
    assert_true(json_complete(&reader));
    buf_free(&out);
}

/* One string or number of `len` bytes; what is kept of it and whether it was cut. */
static void assert_kept(const char *before, char byte, size_t len, const char *after, size_t kept)
{
    struct buf document = buf_make(1 << 20);
    struct buf wanted = buf_make(1 << 20);
    bool number = before[1] == '\0';
    buf_append_text(&document, before);
    buf_append_text(&wanted, number ? "[n(" : "[s(");
    for (size_t i = 0; i < len; i++) {
        buf_append_byte(&document, (uint8_t)byte);
    }
    for (size_t i = 0; i < kept; i++) {
        buf_append_byte(&wanted, (uint8_t)byte);
    }
    buf_append_text(&document, after);
    buf_append_text(&wanted, kept < len ? "~)]." : ")].");
    assert_bytes(buf_slice(&document), buf_slice(&wanted));
    buf_free(&document);
    buf_free(&wanted);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    assert_kept("[\"", 'x', JSON_TEXT_MAX, "\"]", JSON_TEXT_MAX);
    assert_kept("[\"", 'x', JSON_TEXT_MAX + 1, "\"]", JSON_TEXT_MAX);
    assert_kept("[\"", 'x', 100000, "\"]", JSON_TEXT_MAX);
    assert_kept("[", '7', JSON_TEXT_MAX, "]", JSON_TEXT_MAX);
    assert_kept("[", '7', JSON_TEXT_MAX + 1, "]", JSON_TEXT_MAX);
    assert_kept("[", '7', 100000, "]", JSON_TEXT_MAX);
}

static void characters_are_kept_whole(void **state)
{
    (void)state;
    struct buf document = buf_make(4096);
    struct buf wanted = buf_make(4096);
    buf_append_text(&document, "[\"");
    buf_append_text(&wanted, "[s(");
    for (int i = 0; i < JSON_TEXT_MAX - 2; i++) {
        buf_append_byte(&document, 'x');
        buf_append_byte(&wanted, 'x');
    }
    buf_append_text(&document, "\\u20acyz\"]"); /* three bytes where two fit: nor what follows */
    buf_append_text(&wanted, "~)].");
    assert_bytes(buf_slice(&document), buf_slice(&wanted));
    buf_free(&document);
    buf_free(&wanted);
}

static struct buf nest(size_t depth, const char *open, const char *inside, const char *close)
{
    struct buf document = buf_make(16 << 20);
    for (size_t i = 0; i < depth; i++) {
        buf_append_text(&document, open);
    }
    buf_append_text(&document, inside);
    for (size_t i = 0; i < depth; i++) {
        buf_append_text(&document, close);
    }
    return document;
}

static void assert_depth(size_t depth, size_t shown, bool inside_shown, bool complete)
{
    struct buf document = nest(depth, "[", "1", "]");
    struct buf out = read_chunks(buf_slice(&document), 77);
    struct buf wanted = nest(shown, "[", inside_shown ? "n(1)" : "", complete ? "]" : "");
    buf_append_byte(&wanted, complete ? '.' : '!');
    assert_int_equal(out.len, wanted.len);
    assert_memory_equal(out.data, wanted.data, wanted.len);
    buf_free(&document);
    buf_free(&out);
    buf_free(&wanted);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    assert_depth(1, 1, true, true);
    assert_depth(32, 32, true, true);
    assert_depth(33, 32, false, true);
    assert_depth(256, 32, false, true);
    assert_depth(257, 32, false, false);
    assert_depth(1000000, 32, false, false);
    struct buf document = nest(1000000, "{\"a\":", "1", "}");
    struct buf out = read_chunks(buf_slice(&document), SIZE_MAX);
    assert_int_equal(out.data[out.len - 1], '!');
    buf_free(&document);
    buf_free(&out);
}

static void keys_behind_deep_containers_are_shown(void **state)
{
    (void)state;
    struct buf document = buf_make(4096);
    struct buf deep = nest(200, "[", "{\"hidden\":\"x\"}", "]");
    buf_append_text(&document, "{\"a\":");
    buf_append(&document, buf_slice(&deep));
    buf_append_text(&document, ",\"b\":2}");
    struct buf out = read_chunks(buf_slice(&document), 1);
    struct slice text = buf_slice(&out);
    assert_true(slice_ends(text, slice_text("]k(b)n(2)}.")));
    assert_int_equal(slice_find(text, slice_text("hidden")), SIZE_MAX);
    buf_free(&document);
    buf_free(&deep);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_read),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(strings_take_any_bytes),
        cmocka_unit_test(broken_documents_end),
        cmocka_unit_test(a_break_is_for_good),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(characters_are_kept_whole),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(keys_behind_deep_containers_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
