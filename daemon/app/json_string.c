/* The JSON reader: strings and their escapes (RFC 8259, section 7). */
#include "base/scan.h"
#include "daemon/app/json_string_priv.h"

enum {
    CODE_DIGITS = 4,
    HIGH_SURROGATE = 0xd800,
    LOW_SURROGATE = 0xdc00,
    SURROGATE_END = 0xe000,
    REPLACEMENT = 0xfffd, /* for half a surrogate pair */
};

/* Once something was left out nothing is added behind it. */
void json_keep(struct json_reader *reader, struct slice bytes)
{
    size_t room = reader->cut ? 0 : sizeof reader->text - reader->text_len;
    if (bytes.len > room) {
        reader->cut = true;
        bytes.len = room;
    }
    if (bytes.len > 0) {
        memcpy(reader->text + reader->text_len, bytes.data, bytes.len);
        reader->text_len += bytes.len;
    }
}

/* A character as UTF-8, whole or not at all. */
static void keep_character(struct json_reader *reader, uint32_t code)
{
    uint8_t bytes[4];
    size_t len;
    if (code < 0x80) {
        bytes[0] = (uint8_t)code;
        len = 1;
    } else if (code < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | code >> 6);
        len = 2;
    } else if (code < 0x10000) {
        bytes[0] = (uint8_t)(0xe0 | code >> 12);
        len = 3;
    } else {
        bytes[0] = (uint8_t)(0xf0 | code >> 18);
        len = 4;
    }
    for (size_t i = 1; i < len; i++) {
        bytes[i] = (uint8_t)(0x80 | (code >> 6 * (len - 1 - i) & 0x3f));
    }
    reader->cut = reader->cut || len > sizeof reader->text - reader->text_len;
    json_keep(reader, slice_make(bytes, len));
}

/* A high surrogate that no low one follows. */
static void drop_surrogate(struct json_reader *reader)
{
    if (reader->high_surrogate != 0) {
        reader->high_surrogate = 0;
        keep_character(reader, REPLACEMENT);
    }
}

static void end_string(struct json_reader *reader, struct slice text, bool cut)
{
    json_emit(reader, reader->key ? JSON_KEY : JSON_STRING, text, cut);
    if (reader->key) {
        reader->state = JSON_AT_COLON;
    } else {
        json_end_value(reader);
    }
}

struct slice json_take_string(struct json_reader *reader, struct slice bytes)
{
    size_t len = scan_either(bytes, 0, '"', '\\');
    struct slice plain = slice_part(bytes, 0, len);
    bool ended = len < bytes.len && bytes.data[len] == '"';
    if (ended && reader->text_len == 0 && reader->high_surrogate == 0 && !reader->cut) {
        /* The whole string lies here: no copy. */
        end_string(reader, slice_part(plain, 0, JSON_TEXT_MAX), plain.len > JSON_TEXT_MAX);
        return slice_from(bytes, len + 1);
    }
    if (ended || plain.len > 0) {
        drop_surrogate(reader);
    }
    json_keep(reader, plain);
    if (len == bytes.len) {
        return slice_make(NULL, 0);
    }
    if (ended) {
        end_string(reader, slice_make(reader->text, reader->text_len), reader->cut);
    } else {
        reader->state = JSON_IN_ESCAPE;
    }
    return slice_from(bytes, len + 1);
}

/* The character that a one-letter escape means, or 0. */
static uint8_t escaped(uint8_t letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* A code unit of UTF-16 is whole. */
static void take_code(struct json_reader *reader, uint16_t code)
{
    bool low = code >= LOW_SURROGATE && code < SURROGATE_END;
    if (low && reader->high_surrogate != 0) {
        uint32_t high = (uint32_t)(reader->high_surrogate - HIGH_SURROGATE);
        reader->high_surrogate = 0;
        keep_character(reader, 0x10000 + (high << 10 | (uint32_t)(code - LOW_SURROGATE)));
        return;
    }
    drop_surrogate(reader);
    if (code >= HIGH_SURROGATE && code < LOW_SURROGATE) {
        reader->high_surrogate = code;
    } else {
        keep_character(reader, low ? REPLACEMENT : code);
    }
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

struct slice json_take_escape(struct json_reader *reader, struct slice bytes)
{
    uint8_t byte = bytes.data[0];
    if (reader->state == JSON_IN_ESCAPE && byte == 'u') {
        reader->state = JSON_IN_CODE;
        reader->code = 0;
        reader->code_digits = 0;
    } else if (reader->state == JSON_IN_ESCAPE) {
        uint8_t meaning = escaped(byte);
        drop_surrogate(reader);
        keep_character(reader, meaning);
        reader->state = meaning == 0 ? JSON_BROKEN : JSON_IN_STRING;
    } else {
        int value = hex_value(byte);
        reader->code = (uint16_t)(reader->code << 4 | (value & 0xf));
        reader->code_digits++;
        if (value < 0) {
            reader->state = JSON_BROKEN;
        } else if (reader->code_digits == CODE_DIGITS) {
            reader->state = JSON_IN_STRING;
            take_code(reader, reader->code);
        }
    }
    return slice_from(bytes, 1);
}
