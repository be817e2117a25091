/* Framing of bodies. Chunk lines are read byte by byte, content is handed on as it lies. */
#include "daemon/app/http_body_priv.h"

/* A chunk's size line with its extensions, and all trailers together: nobody sends more. */
enum { LINE_MAX_BYTES = 4096, TRAILERS_MAX_BYTES = 65536 };

struct http_body http_body_make(enum http_body_form form, uint64_t length)
{
    return (struct http_body){.form = form, .left = length};
}

static int hex_value(uint8_t digit)
{
    uint8_t lower = byte_lower(digit);
    if (lower >= '0' && lower <= '9') {
        return lower - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static enum http_body_status end_size_line(struct http_body *body)
{
    body->line_len = 0;
    if (!body->digits) {
        return HTTP_BODY_BROKEN;
    }
    body->digits = false;
    body->trailer_line = false;
    body->part = body->left > 0 ? HTTP_CHUNK_DATA : HTTP_CHUNK_TRAILER;
    return HTTP_BODY_MORE;
}

static enum http_body_status take_size_byte(struct http_body *body, uint8_t byte)
{
    int digit = hex_value(byte);
    if (digit >= 0) {
        if (body->left > UINT64_MAX >> 8) {
            return HTTP_BODY_BROKEN;
        }
        body->left = body->left << 4 | (uint64_t)digit;
        body->digits = true;
        return HTTP_BODY_MORE;
    }
    if (byte == '\n') {
        return end_size_line(body);
    }
    /* Blanks behind the size are nobody's fault; before it they are no size. */
    bool ends_size = byte == ';' || byte == '\r' || byte == ' ' || byte == '\t';
    if (!ends_size || !body->digits) {
        return HTTP_BODY_BROKEN;
    }
    body->part = HTTP_CHUNK_EXTENSION;
    return HTTP_BODY_MORE;
}

static enum http_body_status take_data_end_byte(struct http_body *body, uint8_t byte)
{
    if (byte == '\n') {
        body->line_len = 0;
        body->part = HTTP_CHUNK_SIZE;
        return HTTP_BODY_MORE;
    }
    return byte == '\r' && body->line_len == 1 ? HTTP_BODY_MORE : HTTP_BODY_BROKEN;
}

static enum http_body_status take_trailer_byte(struct http_body *body, uint8_t byte)
{
    if (byte == '\n') {
        if (!body->trailer_line) {
            return HTTP_BODY_DONE;
        }
        body->trailer_line = false;
    } else if (byte != '\r') {
        body->trailer_line = true;
    }
    return HTTP_BODY_MORE;
}

static enum http_body_status take_line_byte(struct http_body *body, uint8_t byte)
{
    body->line_len++;
    uint32_t max = body->part == HTTP_CHUNK_TRAILER ? TRAILERS_MAX_BYTES : LINE_MAX_BYTES;
    if (body->line_len > max) {
        return HTTP_BODY_BROKEN;
    }
    switch (body->part) {
    case HTTP_CHUNK_SIZE:
        return take_size_byte(body, byte);
    case HTTP_CHUNK_EXTENSION:
        return byte == '\n' ? end_size_line(body) : HTTP_BODY_MORE;
    case HTTP_CHUNK_DATA_END:
        return take_data_end_byte(body, byte);
    case HTTP_CHUNK_TRAILER:
        return take_trailer_byte(body, byte);
    case HTTP_CHUNK_DATA:
        break;
    }
    return HTTP_BODY_BROKEN;
}

/* Content of a body of known length or of one chunk. */
static struct slice take_content(struct http_body *body, struct slice *input)
{
    size_t len = input->len < body->left ? input->len : (size_t)body->left;
    struct slice content = slice_part(*input, 0, len);
    *input = slice_from(*input, len);
    body->left -= len;
    return content;
}

static enum http_body_status take_chunked(struct http_body *body, struct slice *input, struct slice *content)
{
    while (input->len > 0) {
        if (body->part == HTTP_CHUNK_DATA) {
            *content = take_content(body, input);
            body->part = body->left == 0 ? HTTP_CHUNK_DATA_END : HTTP_CHUNK_DATA;
            return HTTP_BODY_MORE;
        }
        uint8_t byte = input->data[0];
        *input = slice_from(*input, 1);
        enum http_body_status status = take_line_byte(body, byte);
        if (status != HTTP_BODY_MORE) {
            return status;
        }
    }
    return HTTP_BODY_MORE;
}

enum http_body_status http_body_take(struct http_body *body, struct slice *input, struct slice *content)
{
    *content = slice_make(NULL, 0);
    switch (body->form) {
    case HTTP_BODY_LENGTH:
        *content = take_content(body, input);
        return body->left == 0 ? HTTP_BODY_DONE : HTTP_BODY_MORE;
    case HTTP_BODY_CHUNKED:
        return take_chunked(body, input, content);
    case HTTP_BODY_UNTIL_CLOSE:
        break;
    }
    *content = *input;
    *input = slice_make(NULL, 0);
    return HTTP_BODY_MORE;
}

uint64_t http_body_content_left(const struct http_body *body)
{
    bool in_content =
        body->form == HTTP_BODY_LENGTH || (body->form == HTTP_BODY_CHUNKED && body->part == HTTP_CHUNK_DATA);
    return in_content ? body->left : 0;
}

enum http_body_status http_body_gap(struct http_body *body, uint64_t missing)
{
    if (body->form == HTTP_BODY_UNTIL_CLOSE) {
        return HTTP_BODY_MORE;
    }
    bool in_content = body->form == HTTP_BODY_LENGTH || body->part == HTTP_CHUNK_DATA;
    if (!in_content || missing > body->left) {
        return HTTP_BODY_BROKEN;
    }
    body->left -= missing;
    if (body->left > 0) {
        return HTTP_BODY_MORE;
    }
    if (body->form == HTTP_BODY_LENGTH) {
        return HTTP_BODY_DONE;
    }
    body->part = HTTP_CHUNK_DATA_END;
    return HTTP_BODY_MORE;
}
