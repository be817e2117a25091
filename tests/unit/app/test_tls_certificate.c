/* Certificates: what they say, for whom they are good, and that no cut or changed byte reads outside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attr.h"
#include "daemon/app/tls_priv.h"
#include "tests/unit/app/certificates.h"

enum { DER_MAX = 1024 };

/* On the heap, so that a sanitizer sees a read past the end; freed by the caller. */
static struct slice exact(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    copy = realloc(copy, len == 0 ? 1 : len);
    return slice_make(copy, len);
}

static struct slice der_of(const char *hex)
{
    uint8_t bytes[DER_MAX];
    return exact(bytes, bytes_of_hex(hex, bytes));
}

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        const char *subject;
        const char *issuer;
        const char *sha256;
        bool self_signed;
        const char *names[4];
    } rows[] = {
        {certificate_tv,
         "C=FR, O=Télé SARL, CN=tv.example",
         "C=FR, O=Test Authority, CN=Test Root",
         "35e2158ad3858902c7eee6a204a4381019068368af9da64082118d24b6519570",
         false,
         {"tv.example", "*.panel.example"}},
        {certificate_cn,
         "CN=old.example",
         "C=FR, O=Test Authority, CN=Test Root",
         "c493b96f38254e470b0802803556dcf11f7ae7f78788c55b629cfefde7dd7d7a",
         false,
         {NULL}},
        {certificate_xui,
         "C=UK, ST=London, L=London, O=XUI.one, OU=XUI.one, CN=XUI.one, emailAddress=support@xui.one",
         "C=UK, ST=London, L=London, O=XUI.one, OU=XUI.one, CN=XUI.one, emailAddress=support@xui.one",
         "5696984b53e918066dacde1394a2c4948edb8cf5b2a84e565a2a1c9c5a575e46",
         true,
         {NULL}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice der = der_of(rows[i].hex);
        struct tls_certificate certificate;
        assert_true(tls_certificate_parse(der, &certificate));
        assert_string_equal(certificate.subject, rows[i].subject);
        assert_string_equal(certificate.issuer, rows[i].issuer);
        assert_string_equal(certificate.sha256, rows[i].sha256);
        assert_int_equal(certificate.self_signed, rows[i].self_signed);
        assert_true(certificate.not_after - certificate.not_before == INT64_C(3650) * 86400);
        struct slice names = certificate.names;
        struct slice name;
        size_t count = 0;
        while (tls_certificate_next_name(&names, &name)) {
            assert_non_null(rows[i].names[count]);
            assert_true(slice_equal(name, slice_text(rows[i].names[count++])));
        }
        assert_null(rows[i].names[count]);
        assert_int_equal(certificate.has_names, count > 0);
        free((void *)(uintptr_t)der.data);
    }
}

static void test_covers(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        const char *host;
        bool good;
    } rows[] = {
        {certificate_tv, "tv.example", true},         {certificate_tv, "www.tv.example", false},
        {certificate_tv, "a.panel.example", true},    {certificate_tv, "panel.example", false},
        {certificate_tv, "a.b.panel.example", false}, {certificate_tv, ".panel.example", false},
        {certificate_tv, "203.0.113.9", false},       {certificate_tv, "", false},
        {certificate_cn, "old.example", true},        {certificate_cn, "old.example.org", false},
        {certificate_xui, "xui.one", true},           {certificate_xui, "tv.example", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice der = der_of(rows[i].hex);
        struct tls_certificate certificate;
        assert_true(tls_certificate_parse(der, &certificate));
        assert_int_equal(tls_certificate_covers(&certificate, rows[i].host), rows[i].good);
        free((void *)(uintptr_t)der.data);
    }
    struct tls_certificate wide = {.common_name = slice_text("*.example")};
    assert_false(tls_certificate_covers(&wide, "tv.example")); /* one label behind the wildcard */
    wide.common_name = slice_text("*");
    assert_false(tls_certificate_covers(&wide, "tv.example"));
}

/* Whole only at its end; a byte more behind it is somebody else's. */
static void test_cut(void **state)
{
    (void)state;
    uint8_t bytes[DER_MAX];
    size_t len = bytes_of_hex(certificate_tv, bytes);
    for (size_t cut = 0; cut <= len; cut++) {
        struct slice der = exact(bytes, cut);
        struct tls_certificate certificate;
        assert_int_equal(tls_certificate_parse(der, &certificate), cut == len);
        free((void *)(uintptr_t)der.data);
    }
}

/* Each byte changed in each way that matters to lengths and tags: any answer is good that reads only inside.
 */
static void test_changed(void **state)
{
    (void)state;
    static const uint8_t values[] = {0, 1, 0x1f, 0x30, 0x7f, 0x80, 0x81, 0x84, 0x85, 0xff};
    uint8_t bytes[DER_MAX];
    size_t len = bytes_of_hex(certificate_tv, bytes);
    size_t good = 0;
    for (size_t at = 0; at < len; at++) {
        for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
            struct slice der = exact(bytes, len);
            ((uint8_t *)(uintptr_t)der.data)[at] = values[i];
            struct tls_certificate certificate;
            if (tls_certificate_parse(der, &certificate)) {
                (void)tls_certificate_covers(&certificate, "a.panel.example");
                good++;
            }
            free((void *)(uintptr_t)der.data);
        }
    }
    assert_in_range(good, 1, len * ARRAY_COUNT(values) - 1);
}

static void test_names_of_every_kind(void **state)
{
    (void)state;
    static const struct {
        struct slice encoded;
        bool good;
        const char *text;
    } rows[] = {
#define ROW(bytes, ...) {{(const uint8_t *)(bytes), sizeof(bytes) - 1}, __VA_ARGS__}
        ROW("", true, ""),
        /* BMPString, UniversalString, T61String */
        ROW("\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x1e\x06\0T\0\xe9\x20\xac", true, "CN=Té€"),
        ROW("\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1c\x04\0\1\xf4\xfa", true, "CN=📺"),
        ROW("\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x14\x02T\xe9", true, "CN=Té"),
        /* two in one set; an unknown type */
        ROW("\x31\x14\x30\x08\x06\x03\x55\x04\x0b\x0c\x01p\x30\x08\x06\x03\x55\x04\x03\x0c\x01q", true,
            "OU=p + CN=q"),
        ROW("\x31\x09\x30\x07\x06\x02\x2a\x03\x0c\x01z", true, "OID.2a:03=z"),
        /* a NUL, a cut value, no set */
        ROW("\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03p\0q", false, ""),
        ROW("\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x04pqr", false, ""),
        ROW("\x30\x00", false, ""),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice encoded = exact(rows[i].encoded.data, rows[i].encoded.len);
        char text[TLS_NAME_SIZE];
        struct slice common_name = slice_make(NULL, 0);
        assert_int_equal(tls_distinguished_name(encoded, text, &common_name), rows[i].good);
        if (rows[i].good) {
            assert_string_equal(text, rows[i].text);
        }
        free((void *)(uintptr_t)encoded.data);
    }
}

/* A name longer than is kept. */
static void test_long_name(void **state)
{
    (void)state;
    enum { VALUE = 2000 };
    uint8_t bytes[VALUE + 32];
    const uint8_t head[] = {0x31, 0x82, 0x07, 0xdd, 0x30, 0x82, 0x07, 0xd9, 0x06,
                            0x03, 0x55, 0x04, 0x0a, 0x0c, 0x82, 0x07, 0xd0};
    memcpy(bytes, head, sizeof head);
    memset(bytes + sizeof head, 'x', VALUE);
    char text[TLS_NAME_SIZE];
    struct slice common_name = slice_make(NULL, 0);
    assert_false(tls_distinguished_name(slice_make(bytes, sizeof head + VALUE - 1), text, &common_name));
    struct slice whole = slice_make(bytes, sizeof head + VALUE);
    bool good = tls_distinguished_name(whole, text, &common_name);
    assert_true(good);
    assert_int_equal(strlen(text), TLS_NAME_SIZE - 1);
}

/* Days and centuries, by certificates whose times are changed. */
static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *time; /* takes the place of notBefore */
        bool good;
        int64_t seconds;
    } rows[] = {
        {"700101000000Z", true, 0},          {"000229120000Z", true, 951825600},
        {"491231235959Z", true, 2524607999}, {"500101000000Z", true, -631152000},
        {"240301000000Z", true, 1709251200}, {"001301000000Z", false, 0},
        {"000132000000Z", false, 0},         {"00010100000Z0", false, 0},
        {"00010100000xZ", false, 0},         {"000101240000Z", false, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice der = der_of(certificate_tv);
        size_t at = slice_find(der, slice_text("\x17\x0d"));
        assert_true(at != SIZE_MAX);
        memcpy((uint8_t *)(uintptr_t)der.data + at + 2, rows[i].time, 13);
        struct tls_certificate certificate;
        assert_int_equal(tls_certificate_parse(der, &certificate), rows[i].good);
        if (rows[i].good) {
            assert_true(certificate.not_before == rows[i].seconds);
        }
        free((void *)(uintptr_t)der.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_names_of_every_kind),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
