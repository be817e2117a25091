/* base/address: text, classes at their borders, prefixes. */
#include "base/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static struct address parsed(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static void prints_like_rfc_5952(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::FFFF:C000:0201", "192.0.2.1"},
        {"2001:0DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* the first of two equal runs */
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* a single zero is not shortened */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"::", "::"},
        {"::1", "::1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct address address = parsed(rows[i].text);
        char out[ADDRESS_TEXT_SIZE];
        assert_string_equal(address_print(&address, out), rows[i].printed);
        struct address again = parsed(out);
        assert_int_equal(address_compare(&address, &again), 0);
    }
}

static void refuses_what_is_no_literal(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "256.0.0.1",
        "01.2.3.4",
        "1.2.3.4 ",
        "[::1]",
        "::1%eth0",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "example.com",
        "192.0.2.0/24",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct address address = address_from_v4((const uint8_t[4]){9, 9, 9, 9});
        assert_false(address_parse(texts[i], &address));
        struct address untouched = address_from_v4((const uint8_t[4]){9, 9, 9, 9});
        assert_int_equal(address_compare(&address, &untouched), 0);
    }
}

/* On the heap at its exact size, so that a sanitizer sees a read past the end. */
static bool parses_exactly(const char *bytes, size_t len, struct address *out)
{
    char *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, bytes, len);
    bool good = address_parse_slice(slice_make(copy + 1, len), out);
    free(copy);
    return good;
}

static void reads_slices(void **state)
{
    (void)state;
    struct address whole = parsed("192.0.2.12");
    struct address found;
    assert_true(parses_exactly("192.0.2.12", 10, &found));
    assert_int_equal(address_compare(&found, &whole), 0);
    assert_true(parses_exactly("192.0.2.123", 10, &found)); /* what stands behind the slice is not read */
    assert_int_equal(address_compare(&found, &whole), 0);
    assert_false(parses_exactly("192.0.2.12", 0, &found));
    assert_false(parses_exactly("192.0.2.12\0", 11, &found));
    assert_false(parses_exactly("192.0.2.12 ", 11, &found));
    assert_true(
        parses_exactly("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", ADDRESS_TEXT_SIZE - 1, &found));
    assert_false(parses_exactly("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255x", ADDRESS_TEXT_SIZE, &found));
}

static void knows_the_mapped_form(void **state)
{
    (void)state;
    struct address v4 = address_from_v4((const uint8_t[4]){192, 0, 2, 1});
    static const uint8_t wanted[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
    assert_memory_equal(v4.bytes, wanted, 16);
    assert_true(address_is_v4(&v4));
    struct address near = parsed("::fffe:192.0.2.1");
    assert_false(address_is_v4(&near));
    near = parsed("::192.0.2.1");
    assert_false(address_is_v4(&near));
}

static void classifies_at_the_borders(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum address_class class;
    } rows[] = {
        {"0.0.0.0", ADDRESS_UNSPECIFIED},
        {"0.255.255.255", ADDRESS_UNSPECIFIED},
        {"1.0.0.0", ADDRESS_PUBLIC},
        {"9.255.255.255", ADDRESS_PUBLIC},
        {"10.0.0.0", ADDRESS_PRIVATE},
        {"10.255.255.255", ADDRESS_PRIVATE},
        {"11.0.0.0", ADDRESS_PUBLIC},
        {"100.63.255.255", ADDRESS_PUBLIC},
        {"100.64.0.0", ADDRESS_SHARED},
        {"100.127.255.255", ADDRESS_SHARED},
        {"100.128.0.0", ADDRESS_PUBLIC},
        {"126.255.255.255", ADDRESS_PUBLIC},
        {"127.0.0.0", ADDRESS_LOOPBACK},
        {"127.255.255.255", ADDRESS_LOOPBACK},
        {"128.0.0.0", ADDRESS_PUBLIC},
        {"169.253.255.255", ADDRESS_PUBLIC},
        {"169.254.0.0", ADDRESS_LINK_LOCAL},
        {"169.254.255.255", ADDRESS_LINK_LOCAL},
        {"169.255.0.0", ADDRESS_PUBLIC},
        {"172.15.255.255", ADDRESS_PUBLIC},
        {"172.16.0.0", ADDRESS_PRIVATE},
        {"172.31.255.255", ADDRESS_PRIVATE},
        {"172.32.0.0", ADDRESS_PUBLIC},
        {"192.167.255.255", ADDRESS_PUBLIC},
        {"192.168.0.0", ADDRESS_PRIVATE},
        {"192.168.255.255", ADDRESS_PRIVATE},
        {"192.169.0.0", ADDRESS_PUBLIC},
        {"198.17.255.255", ADDRESS_PUBLIC},
        {"198.18.0.0", ADDRESS_PRIVATE},
        {"198.19.255.255", ADDRESS_PRIVATE},
        {"198.20.0.0", ADDRESS_PUBLIC},
        {"223.255.255.255", ADDRESS_PUBLIC},
        {"224.0.0.0", ADDRESS_MULTICAST},
        {"239.255.255.255", ADDRESS_MULTICAST},
        {"240.0.0.0", ADDRESS_UNSPECIFIED},
        {"255.255.255.254", ADDRESS_UNSPECIFIED},
        {"255.255.255.255", ADDRESS_MULTICAST},
        {"192.0.2.1", ADDRESS_PUBLIC},
        {"198.51.100.1", ADDRESS_PUBLIC},
        {"203.0.113.1", ADDRESS_PUBLIC},
        {"2001:db8::1", ADDRESS_PUBLIC},
        {"::ffff:10.1.2.3", ADDRESS_PRIVATE},
        {"::", ADDRESS_UNSPECIFIED},
        {"::1", ADDRESS_LOOPBACK},
        {"::2", ADDRESS_UNSPECIFIED},
        {"::203.0.113.9", ADDRESS_UNSPECIFIED},
        {"::ffff:ffff", ADDRESS_UNSPECIFIED},
        {"::1:0:0", ADDRESS_PUBLIC},
        {"::ffff:203.0.113.9", ADDRESS_PUBLIC},
        {"fbff:ffff::", ADDRESS_PUBLIC},
        {"fc00::", ADDRESS_UNIQUE_LOCAL},
        {"fdff:ffff::1", ADDRESS_UNIQUE_LOCAL},
        {"fe00::", ADDRESS_PUBLIC},
        {"fe7f:ffff::", ADDRESS_PUBLIC},
        {"fe80::", ADDRESS_LINK_LOCAL},
        {"febf:ffff::1", ADDRESS_LINK_LOCAL},
        {"fec0::", ADDRESS_PUBLIC},
        {"feff:ffff::", ADDRESS_PUBLIC},
        {"ff00::", ADDRESS_MULTICAST},
        {"ffff::", ADDRESS_MULTICAST},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct address address = parsed(rows[i].text);
        assert_string_equal(address_class_name(address_classify(&address)),
                            address_class_name(rows[i].class));
    }
}

static void every_class_has_a_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < ADDRESS_CLASS_COUNT; i++) {
        assert_non_null(address_class_name((enum address_class)i));
    }
}

static void reads_and_prints_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
        unsigned bits;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.0/24", 120},
        {"192.0.2.7", "192.0.2.7", 128},
        {"192.0.2.7/32", "192.0.2.7", 128},
        {"0.0.0.0/0", "0.0.0.0/0", 96},
        {"128.0.0.0/1", "128.0.0.0/1", 97},
        {"2001:DB8::/32", "2001:db8::/32", 32},
        {"2001:db8::1", "2001:db8::1", 128},
        {"::/0", "::/0", 0},
        {"::ffff:192.0.2.0/120", "192.0.2.0/24", 120},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", 127},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct prefix prefix;
        assert_true(prefix_parse(rows[i].text, &prefix));
        assert_int_equal(prefix.bits, rows[i].bits);
        char out[PREFIX_TEXT_SIZE];
        assert_string_equal(prefix_print(&prefix, out), rows[i].printed);
    }
}

static void refuses_wrong_prefixes(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "/24",
        "192.0.2.0/",
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "192.0.2.0/+8",
        "192.0.2.0/24 ",
        "192.0.2.0/24/24",
        "192.0.2.0/0000024",
        "192.0.2.1/24", /* a host bit is set */
        "192.0.2.1/31",
        "2001:db8::/129",
        "2001:db8::/31x",
        "2001:db8::1/127",
        "::1/0",
        "example/24",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/1",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct prefix prefix;
        assert_false(prefix_parse(texts[i], &prefix));
    }
}

static void prefix_borders(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *address;
        bool inside;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.0", true},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.0/24", "192.0.1.255", false},
        {"192.0.2.0/23", "192.0.3.255", true},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "192.0.2.1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct prefix prefix;
        assert_true(prefix_parse(rows[i].prefix, &prefix));
        struct address address = parsed(rows[i].address);
        assert_int_equal(prefix_contains(&prefix, &address), rows[i].inside);
    }
}

static void a_list_is_searched_to_its_end(void **state)
{
    (void)state;
    struct prefix items[2];
    assert_true(prefix_parse("192.0.2.0/24", &items[0]));
    assert_true(prefix_parse("2001:db8::/32", &items[1]));
    struct prefix_list list = {.items = items, .count = 2};
    struct address first = parsed("192.0.2.9");
    struct address last = parsed("2001:db8::9");
    struct address neither = parsed("203.0.113.9");
    assert_true(prefix_list_contains(&list, &first));
    assert_true(prefix_list_contains(&list, &last));
    assert_false(prefix_list_contains(&list, &neither));
    assert_false(prefix_list_contains(&(struct prefix_list){0}, &first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_like_rfc_5952),          cmocka_unit_test(refuses_what_is_no_literal),
        cmocka_unit_test(knows_the_mapped_form),         cmocka_unit_test(classifies_at_the_borders),
        cmocka_unit_test(every_class_has_a_name),        cmocka_unit_test(reads_and_prints_prefixes),
        cmocka_unit_test(refuses_wrong_prefixes),        cmocka_unit_test(prefix_borders),
        cmocka_unit_test(a_list_is_searched_to_its_end), cmocka_unit_test(reads_slices),
    };
    return cmocka_run_group_tests_name("base/address", tests, NULL, NULL);
}
