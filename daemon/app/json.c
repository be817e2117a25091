/* The JSON reader: containers, and what may stand where. Strings are in json_string.c. */
#include "daemon/app/json_string_priv.h"

void json_init(struct json_reader *reader, json_token_fn token, void *context)
{
    memset(reader, 0, offsetof(struct json_reader, text));
    reader->token = token;
    reader->context = context;
    reader->state = JSON_AT_VALUE;
}

void json_break(struct json_reader *reader)
{
    if (reader->state != JSON_DONE) {
        reader->state = JSON_BROKEN;
    }
}

static bool in_object(const struct json_reader *reader)
{
    uint32_t container = reader->depth - 1;
    return (reader->objects[container / 8] >> container % 8 & 1) != 0;
}

static void open_container(struct json_reader *reader, bool object)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        reader->state = JSON_BROKEN;
        return;
    }
    uint8_t bit = (uint8_t)(1U << reader->depth % 8);
    uint8_t *byte = &reader->objects[reader->depth / 8];
    *byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
    reader->depth++;
    reader->state = object ? JSON_AT_FIRST_KEY : JSON_AT_FIRST_VALUE;
    json_emit(reader, object ? JSON_OBJECT : JSON_ARRAY, slice_make(NULL, 0), false);
}

static void close_container(struct json_reader *reader, bool object)
{
    if (reader->depth == 0 || in_object(reader) != object) {
        reader->state = JSON_BROKEN;
        return;
    }
    json_emit(reader, object ? JSON_OBJECT_END : JSON_ARRAY_END, slice_make(NULL, 0), false);
    reader->depth--;
    json_end_value(reader);
}

static void begin_text(struct json_reader *reader, enum json_state state, bool key)
{
    reader->state = state;
    reader->key = key;
    reader->text_len = 0;
    reader->cut = false;
}

static bool is_number_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || byte == '-' || byte == '+' || byte == '.' || byte == 'e' ||
           byte == 'E';
}

static const char *literal_word(enum json_type literal)
{
    return literal == JSON_TRUE ? "true" : literal == JSON_FALSE ? "false" : "null";
}

static void begin_literal(struct json_reader *reader, enum json_type literal)
{
    reader->state = JSON_IN_LITERAL;
    reader->literal = literal;
    reader->literal_len = 1;
}

/* The first byte of a value that is no string; false where it is none. */
static bool begin_value(struct json_reader *reader, uint8_t byte)
{
    switch (byte) {
    case '{':
    case '[':
        open_container(reader, byte == '{');
        return true;
    case 't':
        begin_literal(reader, JSON_TRUE);
        return true;
    case 'f':
        begin_literal(reader, JSON_FALSE);
        return true;
    case 'n':
        begin_literal(reader, JSON_NULL);
        return true;
    default:
        if (byte != '-' && (byte < '0' || byte > '9')) {
            return false;
        }
        begin_text(reader, JSON_IN_NUMBER, false);
        json_keep(reader, slice_make(&byte, 1));
        return true;
    }
}

/* A byte between values that is no white space; false where it may not stand there. */
static bool take_structure(struct json_reader *reader, uint8_t byte)
{
    enum json_state state = reader->state;
    bool key = state == JSON_AT_KEY || state == JSON_AT_FIRST_KEY;
    bool value = state == JSON_AT_VALUE || state == JSON_AT_FIRST_VALUE;
    bool end = state == JSON_AT_COMMA;
    switch (byte) {
    case '"':
        begin_text(reader, JSON_IN_STRING, key);
        return key || value;
    case ':':
        reader->state = JSON_AT_VALUE;
        return state == JSON_AT_COLON;
    case ',':
        reader->state = end && in_object(reader) ? JSON_AT_KEY : JSON_AT_VALUE;
        return end;
    case '}':
        end = end || state == JSON_AT_FIRST_KEY;
        break;
    case ']':
        end = end || state == JSON_AT_FIRST_VALUE;
        break;
    default:
        return value && begin_value(reader, byte);
    }
    if (end) {
        close_container(reader, byte == '}');
    }
    return end;
}

static bool is_blank(uint8_t byte)
{
    return byte <= ' ' && (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t');
}

/* Up to the first byte of a text or literal. */
static struct slice take_between(struct json_reader *reader, struct slice bytes)
{
    size_t taken = 0;
    while (taken < bytes.len && reader->state <= JSON_AT_COMMA) {
        uint8_t byte = bytes.data[taken];
        taken++;
        if (!is_blank(byte) && !take_structure(reader, byte)) {
            reader->state = JSON_BROKEN;
        }
    }
    return slice_from(bytes, taken);
}

static struct slice take_number(struct json_reader *reader, struct slice bytes)
{
    size_t len = 0;
    while (len < bytes.len && is_number_byte(bytes.data[len])) {
        len++;
    }
    json_keep(reader, slice_part(bytes, 0, len));
    if (len < bytes.len) {
        json_emit(reader, JSON_NUMBER, slice_make(reader->text, reader->text_len), reader->cut);
        json_end_value(reader);
    }
    return slice_from(bytes, len);
}

static struct slice take_literal(struct json_reader *reader, struct slice bytes)
{
    const char *word = literal_word(reader->literal);
    if (bytes.data[0] != (uint8_t)word[reader->literal_len]) {
        reader->state = JSON_BROKEN;
        return bytes;
    }
    reader->literal_len++;
    if (word[reader->literal_len] == '\0') {
        json_emit(reader, reader->literal, slice_make(NULL, 0), false);
        json_end_value(reader);
    }
    return slice_from(bytes, 1);
}

/* A byte order mark may stand before everything. */
static struct slice skip_mark(struct json_reader *reader, struct slice bytes)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    while (reader->mark_len < sizeof mark && bytes.len > 0) {
        if (bytes.data[0] != mark[reader->mark_len]) {
            reader->state = reader->mark_len == 0 ? reader->state : JSON_BROKEN;
            reader->mark_len = sizeof mark;
            break;
        }
        reader->mark_len++;
        bytes = slice_from(bytes, 1);
    }
    return bytes;
}

/* Within a text or literal that is no plain run of a string. */
static struct slice take_inside(struct json_reader *reader, struct slice bytes)
{
    switch (reader->state) {
    case JSON_IN_NUMBER:
        return take_number(reader, bytes);
    case JSON_IN_LITERAL:
        return take_literal(reader, bytes);
    default:
        return json_take_escape(reader, bytes);
    }
}

void json_feed(struct json_reader *reader, struct slice bytes)
{
    bytes = skip_mark(reader, bytes);
    while (bytes.len > 0 && reader->state < JSON_DONE) {
        if (reader->state <= JSON_AT_COMMA) {
            bytes = take_between(reader, bytes);
        } else if (reader->state == JSON_IN_STRING) {
            bytes = json_take_string(reader, bytes);
        } else {
            bytes = take_inside(reader, bytes);
        }
    }
}
