/* Addresses and prefixes: text, classes, containment. */
#include "base/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

#include "base/text.h"

static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

enum { V4_MAPPED_BITS = 96, ADDRESS_BITS = 128 };

struct address address_from_v4(const uint8_t bytes[4])
{
    struct address address;
    memcpy(address.bytes, v4_mapped, sizeof v4_mapped);
    memcpy(address.bytes + sizeof v4_mapped, bytes, 4);
    return address;
}

bool address_is_v4(const struct address *address)
{
    return memcmp(address->bytes, v4_mapped, sizeof v4_mapped) == 0;
}

const char *address_print(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
    const char *printed = address_is_v4(address)
                              ? inet_ntop(AF_INET, address->bytes + sizeof v4_mapped, out, ADDRESS_TEXT_SIZE)
                              : inet_ntop(AF_INET6, address->bytes, out, ADDRESS_TEXT_SIZE);
    assert(printed != NULL);
    return printed;
}

bool address_parse(const char *text, struct address *out)
{
    uint8_t v4[4];
    if (inet_pton(AF_INET, text, v4) == 1) {
        *out = address_from_v4(v4);
        return true;
    }
    struct address v6;
    if (inet_pton(AF_INET6, text, v6.bytes) == 1) {
        *out = v6;
        return true;
    }
    return false;
}

bool address_parse_slice(struct slice text, struct address *out)
{
    char copy[ADDRESS_TEXT_SIZE];
    if (text.len == 0 || text.len >= sizeof copy || slice_index(text, '\0') != SIZE_MAX) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return address_parse(copy, out);
}

/* A row of a class table; of an IPv4 row only the first four bytes count. */
struct class_row {
    uint8_t bytes[16];
    uint8_t bits;
    enum address_class class;
};

static const struct class_row class_rows_v4[] = {
    {{0}, 8, ADDRESS_UNSPECIFIED}, /* "this network" of RFC 1122, 3.2.1.3: nobody serves there */
    {{10}, 8, ADDRESS_PRIVATE},       {{100, 64}, 10, ADDRESS_SHARED},
    {{127}, 8, ADDRESS_LOOPBACK},     {{169, 254}, 16, ADDRESS_LINK_LOCAL},
    {{172, 16}, 12, ADDRESS_PRIVATE}, {{192, 168}, 16, ADDRESS_PRIVATE},
    {{198, 18}, 15, ADDRESS_PRIVATE}, /* benchmarks between devices, RFC 2544 */
    {{224}, 4, ADDRESS_MULTICAST},    {{255, 255, 255, 255}, 32, ADDRESS_MULTICAST},
    {{240}, 4, ADDRESS_UNSPECIFIED}, /* reserved, RFC 1112: nobody serves there either */
};

static const struct class_row class_rows_v6[] = {
    {{[15] = 1}, 128, ADDRESS_LOOPBACK},
    {{0}, 96, ADDRESS_UNSPECIFIED}, /* with the IPv4-compatible ones that RFC 4291, 2.5.5.1 gave up */
    {{0xfc}, 7, ADDRESS_UNIQUE_LOCAL},
    {{0xfe, 0x80}, 10, ADDRESS_LINK_LOCAL},
    {{0xff}, 8, ADDRESS_MULTICAST},
};

/* Whether the first `bits` bits are the same. */
static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    size_t whole = bits / 8;
    if (memcmp(a, b, whole) != 0) {
        return false;
    }
    unsigned rest = bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static enum address_class classify_by(const struct class_row *rows, size_t count, const uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        if (bits_equal(bytes, rows[i].bytes, rows[i].bits)) {
            return rows[i].class;
        }
    }
    return ADDRESS_PUBLIC;
}

enum address_class address_classify(const struct address *address)
{
    if (address_is_v4(address)) {
        return classify_by(class_rows_v4, ARRAY_COUNT(class_rows_v4), address->bytes + sizeof v4_mapped);
    }
    return classify_by(class_rows_v6, ARRAY_COUNT(class_rows_v6), address->bytes);
}

const char *address_class_name(enum address_class class)
{
    static const char *const names[ADDRESS_CLASS_COUNT] = {
        [ADDRESS_PUBLIC] = "public",         [ADDRESS_PRIVATE] = "private",
        [ADDRESS_SHARED] = "shared",         [ADDRESS_UNIQUE_LOCAL] = "unique-local",
        [ADDRESS_LINK_LOCAL] = "link-local", [ADDRESS_LOOPBACK] = "loopback",
        [ADDRESS_MULTICAST] = "multicast",   [ADDRESS_UNSPECIFIED] = "unspecified",
    };
    assert((unsigned)class < ADDRESS_CLASS_COUNT);
    return names[class];
}

static bool host_bits_are_zero(const struct prefix *prefix)
{
    for (unsigned bit = prefix->bits; bit < ADDRESS_BITS; bit++) {
        if ((prefix->address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

bool prefix_parse(const char *text, struct prefix *out)
{
    struct slice bits_text = slice_text(text);
    struct slice address_text = slice_split(&bits_text, '/');
    struct prefix prefix = {.bits = ADDRESS_BITS};
    if (!address_parse_slice(address_text, &prefix.address)) {
        return false;
    }
    if (text[address_text.len] == '/') {
        /* The length counts in the family that was written: an IPv4-mapped literal is written as IPv6. */
        unsigned skipped = slice_index(address_text, ':') == SIZE_MAX ? V4_MAPPED_BITS : 0;
        uint64_t bits;
        if (bits_text.len > 3 || !text_parse_u64(bits_text, &bits) || bits > ADDRESS_BITS - skipped) {
            return false;
        }
        prefix.bits = (uint8_t)(bits + skipped);
    }
    if (!host_bits_are_zero(&prefix)) {
        return false;
    }
    *out = prefix;
    return true;
}

const char *prefix_print(const struct prefix *prefix, char out[PREFIX_TEXT_SIZE])
{
    address_print(&prefix->address, out);
    if (prefix->bits < ADDRESS_BITS) {
        size_t len = strlen(out);
        unsigned bits =
            address_is_v4(&prefix->address) ? prefix->bits - (unsigned)V4_MAPPED_BITS : prefix->bits;
        snprintf(out + len, PREFIX_TEXT_SIZE - len, "/%u", bits);
    }
    return out;
}

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
    if (prefix->bits < V4_MAPPED_BITS && address_is_v4(address)) {
        return false;
    }
    return bits_equal(prefix->address.bytes, address->bytes, prefix->bits);
}

bool prefix_list_contains(const struct prefix_list *list, const struct address *address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (prefix_contains(&list->items[i], address)) {
            return true;
        }
    }
    return false;
}
