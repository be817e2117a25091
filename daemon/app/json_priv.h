/*
 * JSON (RFC 8259) as a stream of tokens, in constant memory: no tree, no allocation, no recursion. Structure
 * is checked strictly: what breaks the grammar ends the reading. Lenient only inside: numbers are not checked
 * beyond their alphabet, and bytes of strings are taken as they come (control bytes, malformed UTF-8).
 */
#pragma once

#include "base/slice.h"

enum {
    JSON_TEXT_MAX = 1024,  /* bytes of a string or number that are kept; the rest is read and forgotten */
    JSON_DEPTH_SHOWN = 32, /* containers inside this one are read, but not told */
    JSON_DEPTH_MAX = 256,  /* deeper: the reading ends as broken */
};

enum json_type {
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

struct json_token {
    enum json_type type;
    struct slice text; /* key, string (escapes undone) or number; valid during the call */
    bool cut;          /* JSON_TEXT_MAX was too little */
};

typedef void (*json_token_fn)(void *context, const struct json_token *token);

/* Those between texts and literals come first, those in which nothing is read last. */
enum json_state {
    JSON_AT_VALUE,       /* a value must follow */
    JSON_AT_FIRST_VALUE, /* a value or the end of the array */
    JSON_AT_KEY,         /* a key must follow */
    JSON_AT_FIRST_KEY,   /* a key or the end of the object */
    JSON_AT_COLON,
    JSON_AT_COMMA, /* a comma or the end of the container */
    JSON_IN_STRING,
    JSON_IN_ESCAPE, /* behind a backslash */
    JSON_IN_CODE,   /* within the four digits of \u */
    JSON_IN_NUMBER,
    JSON_IN_LITERAL,
    JSON_DONE, /* the outermost value is closed; what follows is not read */
    JSON_BROKEN,
};

struct json_reader {
    json_token_fn token;
    void *context;
    enum json_state state;
    bool key; /* the string is one */
    bool cut;
    uint32_t depth;
    uint8_t objects[JSON_DEPTH_MAX / 8]; /* bit per open container: it is an object */
    uint8_t mark_len; /* bytes of a byte order mark seen; 3 when it is over or there was none */
    uint8_t code_digits;
    uint16_t code;
    uint16_t high_surrogate; /* 0: none waits for its other half */
    enum json_type literal;
    uint8_t literal_len; /* letters of it seen */
    size_t text_len;
    uint8_t text[JSON_TEXT_MAX];
};

void json_init(struct json_reader *reader, json_token_fn token, void *context);
/* Does nothing once the reader is done or broken. */
void json_feed(struct json_reader *reader, struct slice bytes);
/* Bytes were lost: an unfinished document is broken. */
void json_break(struct json_reader *reader);

static inline bool json_complete(const struct json_reader *reader)
{
    return reader->state == JSON_DONE;
}
