/* The token test: does a piece of text look as if it named one device, session or account? */
#include "base/attr.h"
#include "base/text.h"
#include "daemon/app/redact_priv.h"

enum {
    DECODE_ROUNDS = 3,
    MAC_DIGITS = 12,
    HEX_MIN = 16,
    BASE64_MIN = 20,
    MIXED_SHARE = 4, /* one change of class in so many characters: words have fewer, random text has more */
};

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_lower(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_upper(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_hex(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return is_digit(byte) || (lower >= 'a' && lower <= 'f');
}

static bool is_base64(uint8_t byte)
{
    return is_digit(byte) || is_lower(byte) || is_upper(byte) || memchr("+/_=-", byte, 5) != NULL;
}

bool redact_decode(struct slice text, struct redact_plain *out)
{
    if (text.len > sizeof out->bytes) {
        return false;
    }
    if (text.len > 0) {
        memcpy(out->bytes, text.data, text.len);
    }
    out->len = text.len;
    for (int round = 0; slice_index(redact_plain_slice(out), '%') != SIZE_MAX; round++) {
        struct buf decoded = buf_make(sizeof out->bytes);
        percent_decode(&decoded, redact_plain_slice(out), false);
        bool again = decoded.len < out->len;
        memcpy(out->bytes, decoded.data, decoded.len);
        out->len = decoded.len;
        buf_free(&decoded);
        if (!again) {
            return true;
        }
        if (round == DECODE_ROUNDS) {
            return false;
        }
    }
    return true;
}

/* Whether letters and digits change so often as in no word. */
static bool is_mixed(struct slice text)
{
    size_t changes = 0;
    for (size_t i = 1; i < text.len; i++) {
        uint8_t a = text.data[i - 1];
        uint8_t b = text.data[i];
        bool letters = is_lower(a) || is_upper(a);
        bool into_digits = letters && is_digit(b);
        bool into_letters = is_digit(a) && (is_lower(b) || is_upper(b));
        changes += into_digits || into_letters || (is_lower(a) && is_upper(b));
    }
    return changes * MIXED_SHARE >= text.len;
}

/* Six pairs of hex digits with one separator between them, or twelve digits that are not all decimal. */
static bool begins_with_mac(struct slice text)
{
    size_t digits = 0;
    size_t separators = 0;
    bool letter = false;
    for (size_t i = 0; i < text.len && digits < MAC_DIGITS; i++) {
        if (is_hex(text.data[i])) {
            letter = letter || !is_digit(text.data[i]);
            digits++;
        } else if (memchr(":-_. ", text.data[i], 5) != NULL && digits > 0 && digits % 2 == 0) {
            separators++;
        } else {
            return false;
        }
    }
    return digits == MAC_DIGITS && (separators == 0 ? letter : separators == 5 || separators == 2);
}

static bool has_mac(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool starts = is_hex(text.data[i]) && (i == 0 || !is_hex(text.data[i - 1]));
        if (starts && begins_with_mac(slice_from(text, i))) {
            return true;
        }
    }
    return false;
}

/* Dashes between hex digits are passed over: UUIDs. */
static bool has_long_hex(struct slice text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (is_hex(text.data[i])) {
            digits++;
        } else if (text.data[i] != '-') {
            digits = 0;
        }
        if (digits >= HEX_MIN) {
            return true;
        }
    }
    return false;
}

static bool has_base64(struct slice text)
{
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && is_base64(text.data[i])) {
            continue;
        }
        struct slice span = slice_part(text, begin, i - begin);
        bool padded = span.len > 0 && span.data[span.len - 1] == '=';
        if (span.len >= BASE64_MIN && (padded || is_mixed(span))) {
            return true;
        }
        begin = i + 1;
    }
    return false;
}

bool redact_is_token(struct slice segment)
{
    struct redact_plain plain;
    if (!redact_decode(segment, &plain)) {
        return true;
    }
    struct slice text = redact_plain_slice(&plain);
    return has_mac(text) || has_long_hex(text) || has_base64(text) || redact_has_address(text);
}
