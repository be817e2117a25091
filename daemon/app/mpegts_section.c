/*
 * Sections of program-specific information (ISO/IEC 13818-1, 2.4.4): a section may begin anywhere in a
 * packet, where the pointer field says, lie over several packets, and be followed by others.
 */
#include "daemon/app/mpegts_priv.h"

#include "base/cur.h"

enum {
    HEADER = 3,      /* table_id and section_length */
    LONG_HEADER = 8, /* up to last_section_number */
    CRC = 4,
    LENGTH_BITS = 0x0fff,
    LENGTH_MAX = 1021, /* of the tables that are read */
    STUFFING = 0xff,
    COUNTER_BITS = 0x0f,
};

uint32_t ts_crc32(struct slice bytes)
{
    /* The remainders of four bits, for the polynomial 0x04c11db7. */
    static const uint32_t remainders[16] = {
        0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9, 0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005,
        0x2608edb8, 0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61, 0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd,
    };
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (uint32_t)bytes.data[i] << 24;
        crc = crc << 4 ^ remainders[crc >> 28];
        crc = crc << 4 ^ remainders[crc >> 28];
    }
    return crc;
}

void ts_section_reset(struct ts_section *section)
{
    section->open = false;
    section->counted = false;
}

static void begin_section(struct ts_section *section)
{
    section->open = true;
    section->len = 0;
    section->whole = 0;
}

/* Collects up to `len` bytes in all; returns what is left. */
static struct slice collect(struct ts_section *section, struct slice bytes, size_t len)
{
    struct slice part = slice_part(bytes, 0, len - section->len);
    if (part.len > 0) {
        memcpy(section->bytes + section->len, part.data, part.len);
        section->len += part.len;
    }
    return slice_from(bytes, part.len);
}

/* Adds bytes to the open section; returns what is left behind its end. `*bad` where it is none. */
static struct slice extend(struct ts_section *section, struct slice bytes, bool *bad)
{
    *bad = false;
    if (section->whole == 0) {
        bytes = collect(section, bytes, HEADER);
        if (section->len < HEADER) {
            return bytes;
        }
        size_t length = ((size_t)section->bytes[1] << 8 | section->bytes[2]) & LENGTH_BITS;
        if (length > LENGTH_MAX) {
            *bad = true;
            section->open = false;
            return slice_make(NULL, 0);
        }
        section->whole = HEADER + length;
    }
    return collect(section, bytes, section->whole);
}

/* Whether the section that is complete is one of the long form with a right CRC. */
static bool is_good(const struct ts_section *section)
{
    enum { LONG_FORM = 0x80 };
    return section->whole >= LONG_HEADER + CRC && (section->bytes[1] & LONG_FORM) != 0 &&
           ts_crc32(slice_make(section->bytes, section->whole)) == 0;
}

static struct slice take_part(struct ts_section *section, struct slice bytes, ts_section_fn take,
                              void *context, uint32_t *wrong)
{
    bool bad;
    bytes = extend(section, bytes, &bad);
    if (!bad && section->whole > 0 && section->len == section->whole) {
        section->open = false;
        bad = !is_good(section);
        if (!bad) {
            take(context, slice_make(section->bytes, section->whole));
        }
    }
    *wrong += bad;
    return bytes;
}

/* Whether the payload goes on where the last one ended; a packet may be sent twice, then it says nothing new.
 */
static bool follows(struct ts_section *section, uint8_t counter, bool *again)
{
    bool known = section->counted;
    uint8_t last = section->counter;
    section->counted = true;
    section->counter = counter;
    *again = known && counter == last;
    return known && counter == ((last + 1) & COUNTER_BITS);
}

uint32_t ts_section_feed(struct ts_section *section, const struct ts_payload *payload, ts_section_fn take,
                         void *context)
{
    uint32_t wrong = 0;
    bool again;
    bool follow = follows(section, payload->counter, &again);
    if (again) {
        return 0;
    }
    section->open = section->open && follow;
    if (!payload->begins) {
        if (section->open) {
            (void)take_part(section, payload->bytes, take, context, &wrong);
        }
        return wrong;
    }
    struct cur cur = cur_make(payload->bytes);
    uint8_t pointer = cur_u8(&cur);
    struct slice before = cur_take(&cur, pointer);
    if (!cur_ok(&cur)) {
        section->open = false;
        return 1;
    }
    if (section->open) {
        (void)take_part(section, before, take, context, &wrong);
    }
    struct slice rest = cur_rest(&cur);
    section->open = false;
    while (rest.len > 0 && rest.data[0] != STUFFING) {
        begin_section(section);
        rest = take_part(section, rest, take, context, &wrong);
    }
    return wrong;
}
