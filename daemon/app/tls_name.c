/*
 * Names in certificates: distinguished names as the text that rules compare (RFC 5280, section 4.1.2.4; the
 * spelling is Suricata's: `C=US, O=Example Inc, CN=example.com`), and which host a certificate is good for.
 */
#include "base/attr.h"
#include "base/buf.h"
#include "base/text.h"
#include "daemon/app/der_priv.h"
#include "daemon/app/tls_priv.h"

/* Attribute types: 2.5.4.x, 0.9.2342.19200300.100.1.x and 1.2.840.113549.1.9.1. */
static const struct {
    const char *name;
    const char *oid;
    size_t len;
} attributes[] = {
    {"CN", "\x55\x04\x03", 3},
    {"SN", "\x55\x04\x04", 3},
    {"serialNumber", "\x55\x04\x05", 3},
    {"C", "\x55\x04\x06", 3},
    {"L", "\x55\x04\x07", 3},
    {"ST", "\x55\x04\x08", 3},
    {"street", "\x55\x04\x09", 3},
    {"O", "\x55\x04\x0a", 3},
    {"OU", "\x55\x04\x0b", 3},
    {"title", "\x55\x04\x0c", 3},
    {"businessCategory", "\x55\x04\x0f", 3},
    {"postalCode", "\x55\x04\x11", 3},
    {"GN", "\x55\x04\x2a", 3},
    {"UID", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10},
    {"DC", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10},
    {"emailAddress", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9},
};

static void print_code_point(struct buf *out, uint32_t code)
{
    if (code < 0x80) {
        (void)buf_append_byte(out, (uint8_t)code);
    } else if (code < 0x800) {
        const uint8_t bytes[] = {(uint8_t)(0xc0 | code >> 6), (uint8_t)(0x80 | (code & 0x3f))};
        (void)buf_append(out, slice_make(bytes, sizeof bytes));
    } else if (code < 0x10000) {
        const uint8_t bytes[] = {(uint8_t)(0xe0 | code >> 12), (uint8_t)(0x80 | (code >> 6 & 0x3f)),
                                 (uint8_t)(0x80 | (code & 0x3f))};
        (void)buf_append(out, slice_make(bytes, sizeof bytes));
    } else {
        const uint8_t bytes[] = {(uint8_t)(0xf0 | (code >> 18 & 7)), (uint8_t)(0x80 | (code >> 12 & 0x3f)),
                                 (uint8_t)(0x80 | (code >> 6 & 0x3f)), (uint8_t)(0x80 | (code & 0x3f))};
        (void)buf_append(out, slice_make(bytes, sizeof bytes));
    }
}

/* Strings of one, two and four bytes a character become UTF-8; the others are ASCII or UTF-8 already. */
static void print_value(struct buf *out, uint8_t tag, struct slice value)
{
    size_t width = tag == DER_T61_STRING         ? 1
                   : tag == DER_BMP_STRING       ? 2
                   : tag == DER_UNIVERSAL_STRING ? 4
                                                 : 0;
    if (width == 0) {
        (void)buf_append(out, value);
        return;
    }
    struct cur cur = cur_make(value);
    while (cur.left >= width) {
        print_code_point(out, (uint32_t)cur_big_endian(&cur, width));
    }
}

static void print_type(struct buf *out, struct slice oid)
{
    for (size_t i = 0; i < ARRAY_COUNT(attributes); i++) {
        if (slice_equal(oid, slice_make(attributes[i].oid, attributes[i].len))) {
            (void)buf_append_text(out, attributes[i].name);
            return;
        }
    }
    (void)buf_append_text(out, "OID");
    for (size_t i = 0; i < oid.len; i++) {
        (void)buf_append_format(out, "%c%02x", i == 0 ? '.' : ':', oid.data[i]);
    }
}

/* One set of attributes; most have one only. */
static bool print_set(struct buf *out, struct cur set, struct slice *common_name)
{
    const char *before = out->len == 0 ? "" : ", ";
    while (set.left > 0) {
        struct cur attribute = cur_make(der_take(&set, DER_SEQUENCE));
        struct slice oid = der_take(&attribute, DER_OID);
        struct slice value;
        uint8_t tag = der_any(&attribute, &value);
        if (!cur_ok(&attribute)) {
            return false;
        }
        (void)buf_append_text(out, before);
        print_type(out, oid);
        (void)buf_append_byte(out, '=');
        print_value(out, tag, value);
        if (slice_equal(oid, slice_make(attributes[0].oid, attributes[0].len))) {
            *common_name = value;
        }
        before = " + ";
    }
    return cur_ok(&set);
}

bool tls_distinguished_name(struct slice name, char out[TLS_NAME_SIZE], struct slice *common_name)
{
    struct buf text = buf_make(TLS_NAME_SIZE - 1);
    struct cur sets = cur_make(name);
    bool good = true;
    while (good && sets.left > 0) {
        good = print_set(&text, cur_make(der_take(&sets, DER_SET)), common_name);
    }
    good = good && cur_ok(&sets) && slice_index(buf_slice(&text), '\0') == SIZE_MAX;
    if (text.len > 0) {
        memcpy(out, text.data, text.len);
    }
    out[text.len] = '\0';
    buf_free(&text);
    return good;
}

/* A wildcard stands for one whole left-most label, with two more behind it at least. */
static bool pattern_covers(struct slice pattern, struct slice host)
{
    if (pattern.len > 2 && pattern.data[0] == '*' && pattern.data[1] == '.') {
        struct slice parent = slice_from(pattern, 1);
        size_t dot = slice_index(host, '.');
        return dot != 0 && dot != SIZE_MAX && slice_index(slice_from(parent, 1), '.') != SIZE_MAX &&
               slice_equal_nocase(slice_from(host, dot), parent);
    }
    return pattern.len > 0 && slice_equal_nocase(pattern, host);
}

bool tls_certificate_covers(const struct tls_certificate *certificate, const char *host)
{
    struct slice wanted = slice_text(host);
    if (wanted.len == 0 || host_is_literal(host)) {
        return false;
    }
    if (!certificate->has_names) {
        return pattern_covers(certificate->common_name, wanted);
    }
    struct slice names = certificate->names;
    struct slice name;
    while (tls_certificate_next_name(&names, &name)) {
        if (pattern_covers(name, wanted)) {
            return true;
        }
    }
    return false;
}
