/* Names in DNS messages (RFC 1035, sections 3.1 and 4.1.4), and those that stand for addresses. */
#include "app/dns.h"
#include "base/cur.h"

/* Real messages have one pointer a name; a chain of them only costs time. */
enum { POINTERS_MAX = 32 };

/* One for what names of hosts are made of. */
static const bool host_bytes[UINT8_MAX + 1] = {
    ['-'] = true, ['_'] = true, ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
};

static bool append_label(struct dns_name *name, struct slice label)
{
    size_t dot = name->len > 0;
    if (label.len + dot > (size_t)DNS_NAME_MAX - name->len) {
        return false;
    }
    if (dot > 0) {
        name->text[name->len++] = '.';
    }
    bool host = true;
    for (size_t i = 0; i < label.len; i++) {
        host &= host_bytes[label.data[i]];
    }
    memcpy(name->text + name->len, label.data, label.len);
    name->len = (uint8_t)(name->len + label.len);
    name->host = name->host && host;
    return true;
}

bool dns_name_read(struct slice message, size_t *at, struct dns_name *name)
{
    enum { FORM_BITS = 0xc0, FORM_POINTER = 0xc0, FORM_LABEL = 0 };
    size_t place = *at;
    size_t bound = *at; /* a pointer leads before the labels that it ends */
    unsigned pointers = 0;
    name->len = 0;
    name->host = true;
    for (;;) {
        struct cur cur = cur_make(slice_from(message, place));
        uint8_t head = cur_u8(&cur);
        if ((head & FORM_BITS) == FORM_POINTER) {
            size_t target = (size_t)(head & ~FORM_BITS) << 8 | cur_u8(&cur);
            if (!cur_ok(&cur) || target >= bound || target < DNS_HEADER_BYTES || ++pointers > POINTERS_MAX) {
                return false;
            }
            if (pointers == 1) {
                *at = place + 2;
            }
            bound = place = target;
            continue;
        }
        struct slice label = cur_take(&cur, head);
        if (!cur_ok(&cur) || (head & FORM_BITS) != FORM_LABEL) {
            return false;
        }
        place += 1 + label.len;
        if (label.len == 0) {
            break;
        }
        if (!append_label(name, label)) {
            return false;
        }
    }
    if (pointers == 0) {
        *at = place;
    }
    name->host = name->host && name->len > 0;
    return true;
}

static bool take_end(struct slice *name, const char *end)
{
    struct slice wanted = slice_text(end);
    if (name->len <= wanted.len || !slice_equal_nocase(slice_from(*name, name->len - wanted.len), wanted)) {
        return false;
    }
    name->len -= wanted.len;
    return true;
}

/* Four numbers, the last one of the address first. */
static bool reverse4(struct slice name, struct address *address)
{
    uint8_t bytes[4];
    for (size_t i = 0; i < sizeof bytes; i++) {
        struct slice label = slice_split(&name, '.');
        unsigned number = 0;
        for (size_t j = 0; j < label.len; j++) {
            if (label.data[j] < '0' || label.data[j] > '9') {
                return false;
            }
            number = number * 10 + (unsigned)(label.data[j] - '0');
        }
        if (label.len == 0 || label.len > 3 || number > UINT8_MAX) {
            return false;
        }
        bytes[sizeof bytes - 1 - i] = (uint8_t)number;
    }
    *address = address_from_v4(bytes);
    return name.len == 0;
}

static bool hex_digit(uint8_t byte, uint8_t *value)
{
    uint8_t lower = byte_lower(byte);
    bool decimal = byte >= '0' && byte <= '9';
    *value = (uint8_t)(decimal ? byte - '0' : lower - 'a' + 10);
    return decimal || (lower >= 'a' && lower <= 'f');
}

/* One label a hex digit, the address's last one first. */
static bool reverse6(struct slice name, struct address *address)
{
    enum { DIGITS = 32, DIGITS_MIN = 16 };
    uint8_t digits[DIGITS];
    size_t count = 0;
    while (name.len > 0) {
        struct slice label = slice_split(&name, '.');
        if (label.len != 1 || count == DIGITS || !hex_digit(label.data[0], &digits[count])) {
            return false;
        }
        count++;
    }
    *address = (struct address){{0}};
    for (size_t i = 0; i < count; i++) {
        uint8_t digit = digits[count - 1 - i];
        address->bytes[i / 2] |= (uint8_t)(i % 2 == 0 ? digit << 4 : digit);
    }
    return count >= DIGITS_MIN;
}

bool dns_reverse_address(struct slice name, struct address *address)
{
    if (take_end(&name, ".in-addr.arpa")) {
        return reverse4(name, address);
    }
    return take_end(&name, ".ip6.arpa") && reverse6(name, address);
}
