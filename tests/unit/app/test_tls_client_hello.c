/* ClientHello: names, versions and fingerprints against the vectors of JA3's and JA4's own documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/tls.h"
#include "base/attr.h"
#include "base/buf.h"

#define NO_DATA                                                                                              \
    {                                                                                                        \
        NULL, 0                                                                                              \
    }
#define DATA(text)                                                                                           \
    {                                                                                                        \
        (const uint8_t *)(text), sizeof(text) - 1                                                            \
    }

enum { LIST_MAX = 24, HELLO_MAX = 4096 };

struct extension {
    uint16_t type;
    struct slice data;
};

struct hello_row {
    const char *name;
    uint16_t version;
    uint16_t ciphers[LIST_MAX]; /* up to 0 */
    struct extension extensions[LIST_MAX];
    size_t extension_count;
};

static void append_be(struct buf *out, uint32_t value, unsigned bytes)
{
    while (bytes-- > 0) {
        assert_true(buf_append_byte(out, (uint8_t)(value >> 8 * bytes)));
    }
}

static struct buf hello_build(const struct hello_row *row)
{
    struct buf out = buf_make(HELLO_MAX);
    struct buf block = buf_make(HELLO_MAX);
    size_t ciphers = 0;
    while (row->ciphers[ciphers] != 0) {
        ciphers++;
    }
    append_be(&out, row->version, 2);
    for (unsigned i = 0; i < 32; i++) {
        append_be(&out, i, 1);
    }
    append_be(&out, 2, 1);
    append_be(&out, 0xabcd, 2); /* session id */
    append_be(&out, (uint32_t)(2 * ciphers), 2);
    for (size_t i = 0; i < ciphers; i++) {
        append_be(&out, row->ciphers[i], 2);
    }
    append_be(&out, 0x0100, 2); /* one compression method */
    for (size_t i = 0; i < row->extension_count; i++) {
        append_be(&block, row->extensions[i].type, 2);
        append_be(&block, (uint32_t)row->extensions[i].data.len, 2);
        (void)buf_append(&block, row->extensions[i].data);
    }
    if (row->extension_count > 0) {
        append_be(&out, (uint32_t)block.len, 2);
        (void)buf_append(&out, buf_slice(&block));
    }
    buf_free(&block);
    return out;
}

/* On the heap, so that a sanitizer sees a read past the end. */
static bool parse_exact(struct slice body, bool quic, struct tls_client_hello *hello)
{
    uint8_t *copy = malloc(body.len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, body.data, body.len);
    bool good = tls_client_hello_parse(slice_make(copy + 1, body.len), quic, TLS_FOR_FINGERPRINTS, hello);
    free(copy);
    return good;
}

#define GROUPS                                                                                               \
    {                                                                                                        \
        10, DATA("\0\6\0\x1d\0\x17\0\x18")                                                                   \
    }
#define ALGORITHMS                                                                                           \
    {                                                                                                        \
        13, DATA("\0\x10\4\3\x8\4\4\1\5\3\x8\5\5\1\x8\6\6\1")                                                \
    }
#define NO_ALGORITHMS                                                                                        \
    {                                                                                                        \
        13, DATA("\0\0")                                                                                     \
    }
#define VERSIONS                                                                                             \
    {                                                                                                        \
        43, DATA("\6\x3a\x3a\3\4\3\3")                                                                       \
    }
#define SNI                                                                                                  \
    {                                                                                                        \
        0, DATA("\0\xf\0\0\xcpanel.exampl")                                                                  \
    }
#define ALPN_H2                                                                                              \
    {                                                                                                        \
        16, DATA("\0\xc\2h2\x8http/1.1")                                                                     \
    }

#define CHROME_CIPHERS                                                                                       \
    {                                                                                                        \
        0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,      \
            0x009c, 0x009d, 0x002f, 0x0035                                                                   \
    }
/* The order of JA4.md's example, with GREASE before and behind. */
#define CHROME(algorithms)                                                                                   \
    {                                                                                                        \
        {0x1a1a, NO_DATA}, {0x1b, NO_DATA}, SNI, {0x33, NO_DATA}, ALPN_H2, {0x4469, NO_DATA},                \
            {0x17, NO_DATA}, {0x2d, NO_DATA}, algorithms, {5, NO_DATA}, {0x23, NO_DATA}, {0x12, NO_DATA},    \
            VERSIONS, {0xff01, NO_DATA}, {11, DATA("\1\0")}, GROUPS, {0x15, NO_DATA}, {0x8a8a, NO_DATA},     \
    }

static const struct hello_row chrome = {"a browser", 0x0303, CHROME_CIPHERS, CHROME(ALGORITHMS), 18};

static void assert_ja4(const struct hello_row *row, bool quic, const char *expected)
{
    struct buf body = hello_build(row);
    struct tls_client_hello hello;
    assert_true(parse_exact(buf_slice(&body), quic, &hello));
    assert_string_equal(hello.ja4, expected);
    buf_free(&body);
}

static void test_ja4_document(void **state)
{
    (void)state;
    assert_ja4(&chrome, false, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_ja4(&chrome, true, "q13d1516h2_8daaf6152771_e5627efa2ab1");
    const struct hello_row no_algorithms = {"an empty list", 0x0303, CHROME_CIPHERS, CHROME(NO_ALGORITHMS),
                                            18};
    assert_ja4(&no_algorithms, false, "t13d1516h2_8daaf6152771_6d807ffa2a79");
    const struct hello_row nothing = {"nothing", 0x0301, {0}, {{0, NO_DATA}}, 0};
    assert_ja4(&nothing, false, "t10i000000_000000000000_000000000000");
    const struct hello_row names_alone = {"names", 0x0300, {0}, {SNI, ALPN_H2}, 2};
    assert_ja4(&names_alone, false, "ts3d0002h2_000000000000_000000000000");
}

static void test_ja4_alpn(void **state)
{
    (void)state;
    static const struct {
        struct slice alpn;
        const char *shown;
    } rows[] = {
        {DATA("\0\3\2h2"), "h2"},
        {DATA("\0\x9\x8http/1.1"), "h1"},
        {DATA("\0\2\1x"), "xx"},
        {DATA("\0\2\1\xab"), "ab"},
        {DATA("\0\3\2\xab\xcd"), "ad"},
        {DATA("\0\3\2\x30\xab"), "3b"},
        {DATA("\0\5\4\x30\x31\xab\xcd"), "3d"},
        {DATA("\0\5\4\x30\xab\xcd\x31"), "01"},
        {DATA("\0\1\0"), "00"},
        {DATA("\0\0"), "00"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct hello_row row = {"alpn", 0x0303, {0x1301}, {{16, rows[i].alpn}}, 1};
        struct buf body = hello_build(&row);
        struct tls_client_hello hello;
        assert_true(parse_exact(buf_slice(&body), false, &hello));
        assert_memory_equal(hello.ja4 + 8, rows[i].shown, 2);
        buf_free(&body);
    }
}

static void test_ja3_document(void **state)
{
    (void)state;
    static const struct {
        struct hello_row row;
        const char *ja3;
    } rows[] = {
        /* 769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0 */
        {{"lists",
          769,
          {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
          {SNI, {10, DATA("\0\6\0\x17\0\x18\0\x19")}, {11, DATA("\1\0")}},
          3},
         "ada70206e40642a3e4461f35503241d5"},
        /* 769,4-5-10-9-100-98-3-6-19-18-99,,, */
        {{"no extensions", 769, {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}, {{0, NO_DATA}}, 0},
         "de350869b8c85de67a350c8d186f11e6"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf body = hello_build(&rows[i].row);
        struct tls_client_hello hello;
        assert_true(parse_exact(buf_slice(&body), false, &hello));
        assert_string_equal(hello.ja3, rows[i].ja3);
        buf_free(&body);
    }
}

static void test_names(void **state)
{
    (void)state;
    struct buf body = hello_build(&chrome);
    struct tls_client_hello hello;
    assert_true(tls_client_hello_parse(buf_slice(&body), false, TLS_FOR_FINGERPRINTS, &hello));
    assert_true(slice_equal(hello.sni, slice_text("panel.exampl")));
    assert_true(slice_equal(hello.alpn, slice_text("h2")));
    assert_int_equal(hello.version, 0x0304);
    assert_false(hello.encrypted);
    buf_free(&body);
}

static void test_doubtful_extensions(void **state)
{
    (void)state;
    static const struct {
        struct extension extensions[2];
        size_t count;
        bool good;
        const char *sni;
    } rows[] = {
        {{{0, NO_DATA}}, 1, true, ""},
        {{{0, DATA("\0\0")}}, 1, true, ""},
        {{{0, DATA("\0\4\0\0\1a")}}, 1, true, "a"},
        {{{0, DATA("\0\4\1\0\1a")}}, 1, true, ""},
        {{{0, DATA("\0\x8\1\0\1a\0\0\1b")}}, 1, true, "b"},
        {{{0, DATA("\0\x8\0\0\1a\0\0\1b")}}, 1, true, "a"},
        {{{0, DATA("\0\5\0\0\1a")}}, 1, false, ""},
        {{{0, DATA("\0\3\0\0\1a")}}, 1, false, ""},
        {{{0, DATA("\0\4\0\0\2a")}}, 1, false, ""},
        {{{0, DATA("\0\4\0\0\1a")}, {0, DATA("\0\4\0\0\1b")}}, 2, true, "a"},
        {{{0xfe0d, NO_DATA}, {0, DATA("\0\4\0\0\1a")}}, 2, true, "a"},
        {{{16, DATA("\0\3\3h2")}}, 1, false, ""},
        {{{10, DATA("\0\1\0")}}, 1, false, ""},
        {{{11, NO_DATA}}, 1, false, ""},
        {{{43, DATA("\3\3\4\3")}}, 1, false, ""},
        {{{43, DATA("\0")}}, 1, true, ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct hello_row row = {
            "doubtful", 0x0303, {0x1301}, {rows[i].extensions[0], rows[i].extensions[1]}, rows[i].count};
        struct buf body = hello_build(&row);
        struct tls_client_hello hello;
        assert_int_equal(tls_client_hello_parse(buf_slice(&body), false, TLS_FOR_FINGERPRINTS, &hello),
                         rows[i].good);
        if (rows[i].good) {
            assert_true(slice_equal(hello.sni, slice_text(rows[i].sni)));
            assert_int_equal(hello.version, 0x0303);
            assert_int_equal(hello.encrypted, row.extensions[0].type == 0xfe0d);
        }
        buf_free(&body);
    }
}

/* At every byte; a hello without extensions is whole, one with a byte behind it is none. */
static void test_cut(void **state)
{
    (void)state;
    struct buf body = hello_build(&chrome);
    const size_t bare = 2 + 32 + 3 + 2 + 2 * 16 + 2;
    struct tls_client_hello hello;
    for (size_t len = 0; len < body.len; len++) {
        assert_int_equal(parse_exact(slice_part(buf_slice(&body), 0, len), false, &hello), len == bare);
    }
    assert_true(buf_append_byte(&body, 0));
    assert_false(parse_exact(buf_slice(&body), false, &hello));
    buf_free(&body);
}

/* The longest lists that the format allows. */
static void test_longest(void **state)
{
    (void)state;
    enum { LIST = 0xfffe, BLOCK = 0xfffc };
    struct buf body = buf_make(4 * 0x10000);
    append_be(&body, 0x0303, 2);
    for (unsigned i = 0; i < 33; i++) {
        append_be(&body, 0, 1);
    }
    append_be(&body, LIST, 2);
    for (unsigned i = 0; i < LIST; i++) {
        append_be(&body, 0xff, 1);
    }
    append_be(&body, 0x0100, 2);
    append_be(&body, BLOCK, 2);
    for (unsigned i = 0; i < BLOCK / 4; i++) {
        append_be(&body, 0xff010000, 4);
    }
    struct tls_client_hello hello;
    assert_true(parse_exact(buf_slice(&body), false, &hello));
    assert_memory_equal(hello.ja4, "t12i999900_", 11);
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ja4_document),
        cmocka_unit_test(test_ja4_alpn),
        cmocka_unit_test(test_ja3_document),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_doubtful_extensions),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
