/*
 * Playlists in UTF-16 (RFC 2781): Windows writes text files so. A byte order mark at the list's front tells
 * it; the lines are then read as UTF-8.
 */
#include "daemon/app/m3u_priv.h"

enum { SEQUENCE_MAX = 4 };

static size_t put_character(uint8_t *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    size_t following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (uint8_t)(leads[following] | code >> (6 * following));
    for (size_t i = 1; i <= following; i++) {
        out[i] = (uint8_t)(0x80 | (code >> (6 * (following - i)) & 0x3f));
    }
    return following + 1;
}

/* The next unit; a half of a pair without its other one becomes U+FFFD. Returns the bytes written. */
static size_t take_unit(struct m3u_wide *wide, uint16_t unit, uint8_t *out)
{
    enum { HALF_MASK = 0xfc00, HIGH_HALF = 0xd800, LOW_HALF = 0xdc00, REPLACEMENT = 0xfffd };
    size_t len = 0;
    uint32_t code = unit;
    if ((unit & HALF_MASK) == LOW_HALF && wide->high != 0) {
        code = 0x10000 + ((uint32_t)(wide->high & 0x3ff) << 10 | (unit & 0x3ff));
        wide->high = 0;
        return put_character(out, code);
    }
    if (wide->high != 0) {
        len = put_character(out, REPLACEMENT);
        wide->high = 0;
    }
    if ((unit & HALF_MASK) == HIGH_HALF) {
        wide->high = unit;
        return len;
    }
    return len + put_character(out + len, (unit & HALF_MASK) == LOW_HALF ? REPLACEMENT : code);
}

struct slice m3u_wide_read(struct m3u_wide *wide, struct slice *bytes, uint8_t *out, size_t room)
{
    size_t len = 0;
    while (bytes->len > 0 && room - len >= 2 * SEQUENCE_MAX) {
        uint8_t byte = bytes->data[0];
        *bytes = slice_from(*bytes, 1);
        if (!wide->half) {
            wide->half = true;
            wide->first = byte;
            continue;
        }
        wide->half = false;
        unsigned unit = wide->order == M3U_WIDE_BIG ? (unsigned)wide->first << 8 | byte
                                                    : (unsigned)byte << 8 | wide->first;
        len += take_unit(wide, (uint16_t)unit, out + len);
    }
    return slice_make(out, len);
}

void m3u_wide_gap(struct m3u_wide *wide, uint64_t missing)
{
    if (wide->order != M3U_WIDE_BIG && wide->order != M3U_WIDE_LITTLE) {
        wide->order = M3U_WIDE_NO;
        return;
    }
    wide->high = 0;
    wide->half = (missing + wide->half) % 2 == 1; /* the rest of a unit whose front was lost */
    wide->first = 0;
}

/* The list's first bytes: a mark, or what is no mark and is given back. */
struct slice m3u_wide_begin(struct m3u_wide *wide, struct slice *bytes, uint8_t *given_back)
{
    struct slice none = slice_make(NULL, 0);
    if (bytes->len == 0) {
        return none;
    }
    uint8_t byte = bytes->data[0];
    if (!wide->half) {
        if (byte != 0xff && byte != 0xfe) {
            wide->order = M3U_WIDE_NO;
            return none;
        }
        wide->half = true;
        wide->first = byte;
        *bytes = slice_from(*bytes, 1);
        return none;
    }
    wide->half = false;
    if (byte == (wide->first == 0xff ? 0xfe : 0xff)) {
        wide->order = wide->first == 0xff ? M3U_WIDE_LITTLE : M3U_WIDE_BIG;
        *bytes = slice_from(*bytes, 1);
        return none;
    }
    wide->order = M3U_WIDE_NO;
    *given_back = wide->first;
    return slice_make(given_back, 1);
}
