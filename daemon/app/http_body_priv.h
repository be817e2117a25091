/* Where a body's bytes are: of known length, in chunks, or until the connection closes (RFC 9112, 6 and 7).
 */
#pragma once

#include "base/slice.h"

enum http_body_form { HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_UNTIL_CLOSE };

enum http_chunk_part {
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK_EXTENSION,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_DATA_END,
    HTTP_CHUNK_TRAILER,
};

struct http_body {
    enum http_body_form form;
    enum http_chunk_part part;
    uint64_t left;     /* of the body, or of the chunk */
    uint32_t line_len; /* of the chunk's line or the trailers so far: both are capped */
    bool digits;       /* the size line has one */
    bool trailer_line; /* the trailer's line is not empty */
};

enum http_body_status {
    HTTP_BODY_MORE,
    HTTP_BODY_DONE,
    HTTP_BODY_BROKEN, /* not the form that the head announced */
};

struct http_body http_body_make(enum http_body_form form, uint64_t length);

/* Takes bytes off the front of `*input` until content comes or they are used up; `*content` is what of them
 * is the body's. What stands behind the body's end stays in `*input`. */
enum http_body_status http_body_take(struct http_body *body, struct slice *input, struct slice *content);

/* Bytes of content that come before anything else: of the body, or of the present chunk; 0 until a chunk has
 * begun, and of a body that lasts until the connection's end. */
uint64_t http_body_content_left(const struct http_body *body);

/* `missing` bytes were lost. BROKEN where they were not all content: the body's end is not known any more. */
enum http_body_status http_body_gap(struct http_body *body, uint64_t missing);
