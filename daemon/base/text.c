/* Cleaning text, percent-encoding, numbers, query strings. Host names stand in host.c. */
#include "base/text.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

enum { CODE_POINT_BAD = 0x110000 }; /* one above the last one of Unicode */

/* What stands at the front of a text. */
struct utf8_unit {
    uint32_t code_point; /* CODE_POINT_BAD where the bytes are malformed */
    size_t len;
};

/*
 * Unicode 15, table 3-7: which second bytes may follow a leading byte. The table leaves out overlong
 * forms, surrogates and what lies above U+10FFFF.
 */
struct utf8_lead {
    uint8_t first, last; /* the leading bytes */
    uint8_t second_from, second_to;
    uint8_t len;
};

static const struct utf8_lead utf8_leads[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const struct utf8_lead *utf8_find_lead(uint8_t byte)
{
    for (size_t i = 0; i < ARRAY_COUNT(utf8_leads); i++) {
        if (byte >= utf8_leads[i].first && byte <= utf8_leads[i].last) {
            return &utf8_leads[i];
        }
    }
    return NULL;
}

/* Takes one code point off a text that is not empty, or the longest start of one that went wrong. */
static struct utf8_unit utf8_next(struct slice text)
{
    uint8_t byte = text.data[0];
    if (byte < 0x80) {
        return (struct utf8_unit){.code_point = byte, .len = 1};
    }
    const struct utf8_lead *lead = utf8_find_lead(byte);
    if (lead == NULL) {
        return (struct utf8_unit){.code_point = CODE_POINT_BAD, .len = 1};
    }
    uint32_t code_point = byte & (0x7fU >> lead->len);
    for (size_t i = 1; i < lead->len; i++) {
        uint8_t from = i == 1 ? lead->second_from : 0x80;
        uint8_t to = i == 1 ? lead->second_to : 0xbf;
        if (i >= text.len || text.data[i] < from || text.data[i] > to) {
            return (struct utf8_unit){.code_point = CODE_POINT_BAD, .len = i};
        }
        code_point = code_point << 6 | (text.data[i] & 0x3fU);
    }
    return (struct utf8_unit){.code_point = code_point, .len = lead->len};
}

struct code_point_range {
    uint32_t first, last;
};

/* What must not reach a terminal or a log as it is; text.h names the groups. */
static const struct code_point_range forbidden_ranges[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c},
    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2060},
    {0x2066, 0x2069}, {0xfeff, 0xfeff}, {CODE_POINT_BAD, UINT32_MAX},
};

static bool code_point_is_forbidden(uint32_t code_point)
{
    for (size_t i = 0; i < ARRAY_COUNT(forbidden_ranges); i++) {
        if (code_point >= forbidden_ranges[i].first && code_point <= forbidden_ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* How many bytes at the front, of at most `max`, are printable ASCII: most text is, and goes over in one
 * piece. */
static size_t plain_length(struct slice text, size_t max)
{
    size_t end = text.len < max ? text.len : max;
    size_t len = 0;
    while (len < end && text.data[len] >= 0x20 && text.data[len] < 0x7f) {
        len++;
    }
    return len;
}

bool text_append_clean(struct buf *out, struct slice text, size_t max)
{
    size_t left = out->cap - out->len;
    bool cap_is_nearer = left < max;
    left = cap_is_nearer ? left : max;
    while (text.len > 0) {
        size_t plain = plain_length(text, left);
        buf_append(out, slice_part(text, 0, plain));
        left -= plain;
        text = slice_from(text, plain);
        if (text.len == 0) {
            return true;
        }
        struct utf8_unit unit = utf8_next(text);
        struct slice piece = code_point_is_forbidden(unit.code_point) ? slice_text(replacement)
                                                                      : slice_part(text, 0, unit.len);
        if (piece.len > left) {
            out->truncated = out->truncated || cap_is_nearer;
            return false;
        }
        buf_append(out, piece);
        left -= piece.len;
        text = slice_from(text, unit.len);
    }
    return true;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(uint8_t digit)
{
    uint8_t lower = byte_lower(digit);
    if (lower >= '0' && lower <= '9') {
        return lower - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void percent_decode(struct buf *out, struct slice text, bool plus)
{
    if (!plus && slice_index(text, '%') == SIZE_MAX) {
        buf_append(out, text);
        return;
    }
    size_t done = 0; /* what stands before is written already */
    for (size_t i = 0; i < text.len; i++) {
        size_t len = 1;
        uint8_t byte = text.data[i];
        if (byte == '%' && text.len - i > 2) {
            int high = hex_value(text.data[i + 1]);
            int low = hex_value(text.data[i + 2]);
            if (high < 0 || low < 0) {
                continue;
            }
            byte = (uint8_t)(high << 4 | low);
            len = 3;
        } else if (byte == '+' && plus) {
            byte = ' ';
        } else {
            continue;
        }
        buf_append(out, slice_part(text, done, i - done));
        buf_append_byte(out, byte);
        done = i + len;
        i += len - 1;
    }
    buf_append(out, slice_from(text, done));
}

bool text_parse_u64(struct slice text, uint64_t *out)
{
    enum { DIGITS_SURE = 19 }; /* so many fit, whatever they are */
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (i >= DIGITS_SURE && value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    if (text.len == 0) {
        return false;
    }
    *out = value;
    return true;
}

bool query_value(struct slice query, const char *key, struct slice *value)
{
    struct slice wanted = slice_text(key);
    while (query.len > 0) {
        struct slice pair_value = slice_split(&query, '&');
        struct slice pair_key = slice_split(&pair_value, '=');
        if (slice_equal(pair_key, wanted)) {
            *value = pair_value;
            return true;
        }
    }
    *value = slice_make(NULL, 0);
    return false;
}
