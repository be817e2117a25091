/* base/host: names of services. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
/* 3 * 64 + 61 = 253 bytes */
#define NAME253                                                                                              \
    LABEL63 "." LABEL63 "." LABEL63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void accepts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        unsigned port;
    } rows[] = {
        {"example.com", "example.com", 0},
        {"Panel.EXAMPLE.com", "panel.example.com", 0},
        {"example.com.", "example.com", 0},
        {"example.com:8080", "example.com", 8080},
        {"example.com.:8080", "example.com", 8080},
        {"example.com:", "example.com", 0},
        {"example.com:0", "example.com", 0},
        {"example.com:65535", "example.com", 65535},
        {"example.com:00080", "example.com", 80},
        {"localhost", "localhost", 0},
        {"a", "a", 0},
        {"_dmarc.a-b.c_d", "_dmarc.a-b.c_d", 0},
        {"xn--bcher-kva.example", "xn--bcher-kva.example", 0},
        {"192.0.2.1", "192.0.2.1", 0},
        {"192.0.2.1:25461", "192.0.2.1", 25461},
        {"[2001:DB8::1]", "2001:db8::1", 0},
        {"[2001:db8:0:0::1]:80", "2001:db8::1", 80},
        {"[2001:db8::1]:", "2001:db8::1", 0},
        {"2001:DB8::1", "2001:db8::1", 0},
        {"::", "::", 0},
        {"[::ffff:192.0.2.1]:80", "192.0.2.1", 80},
        {LABEL63 ".example", LABEL63 ".example", 0},
        {NAME253, NAME253, 0},
        {NAME253 ".:1", NAME253, 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char out[HOST_NAME_SIZE];
        uint16_t port = 9;
        assert_true(host_normalise(slice_text(rows[i].text), out, &port));
        assert_string_equal(out, rows[i].name);
        assert_int_equal(port, rows[i].port);
        /* What came out is its own normal form. */
        char again[HOST_NAME_SIZE];
        assert_true(host_normalise(slice_text(out), again, &port));
        assert_string_equal(again, out);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        ".",
        "..",
        ":",
        ":80",
        ".example.com",
        "example..com",
        "example.com..",
        " example.com",
        "example.com ",
        "exam ple.com",
        "example.com/",
        "http://example.com",
        "user@example.com",
        "exa\xc3\xa9mple.com",
        "a,b",
        "*",
        "*.example.com",
        "%41.com",
        "example.com:65536",
        "example.com:80a",
        "example.com:-1",
        "example.com:+1",
        "example.com:80:80",
        "example.com:99999999999999999999999",
        "[::1",
        "::1]",
        "[]",
        "[]:80",
        "[::1]80",
        "[::1]x",
        "[::1]:x",
        "[::1]:65536",
        "[192.0.2.1]",
        "[example.com]",
        "[v1.x:y]",
        "[::1%eth0]",
        "1:2:3",
        ":::",
        "a:b:c",
        "[[::1]]",
        LABEL63 "a.example",
        "a" NAME253,
        "a" NAME253 ".",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        char out[HOST_NAME_SIZE] = "before";
        uint16_t port = 9;
        assert_false(host_normalise(slice_text(texts[i]), out, &port));
        assert_string_equal(out, "");
        assert_int_equal(port, 0);
    }
}

static void refuses_a_nul_inside(void **state)
{
    (void)state;
    static const struct slice texts[] = {
        {(const uint8_t *)"a.example\0.b", 12},
        {(const uint8_t *)"::1\0", 4},
        {(const uint8_t *)"[::1\0]", 6},
        {(const uint8_t *)"\0", 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        char out[HOST_NAME_SIZE];
        uint16_t port;
        assert_false(host_normalise(texts[i], out, &port));
    }
    char out[HOST_NAME_SIZE];
    uint16_t port;
    assert_false(host_normalise(slice_make(NULL, 0), out, &port));
}

static void a_full_size_name_that_is_one_too_long(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'a', sizeof text);
    for (size_t i = 50; i < sizeof text; i += 50) {
        text[i] = '.';
    }
    char out[HOST_NAME_SIZE];
    uint16_t port;
    assert_true(host_normalise(slice_make(text, 253), out, &port));
    assert_int_equal(strlen(out), 253);
    assert_false(host_normalise(slice_make(text, 254), out, &port));
    assert_false(host_normalise(slice_make(text, 1000), out, &port));
}

static void tells_literals(void **state)
{
    (void)state;
    assert_true(host_is_literal("192.0.2.1"));
    assert_true(host_is_literal("2001:db8::1"));
    assert_false(host_is_literal("192.0.2.1.example"));
    assert_false(host_is_literal("192.0.2"));
    assert_false(host_is_literal("example.com"));
    assert_false(host_is_literal(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_a_nul_inside),
        cmocka_unit_test(a_full_size_name_that_is_one_too_long),
        cmocka_unit_test(tells_literals),
    };
    return cmocka_run_group_tests_name("base/host", tests, NULL, NULL);
}
