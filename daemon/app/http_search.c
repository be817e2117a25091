/*
 * Finding messages where their bounds are not known: behind garbage and gaps, and where a body is announced
 * but an answer to HEAD may have none.
 */
#include "daemon/app/http_priv.h"

/* What was held before a body is part of it. */
void http_end_peek(struct http_flow *http, unsigned side)
{
    struct http_direction *direction = &http->directions[side];
    uint8_t copy[HTTP_FIND_BYTES] = {0};
    struct slice held = slice_make(copy, direction->held.len);
    if (held.len > 0) {
        memcpy(copy, direction->held.data, held.len);
    }
    buf_free(&direction->held);
    direction->state = HTTP_BODY;
    while (held.len > 0 && direction->state == HTTP_BODY) {
        http_take_body(http, side, &held);
    }
    buf_append(&direction->held, held); /* broken chunks: searched first */
}

/* An answer that begins where a body should: the one before it answered a HEAD that was not seen. */
void http_take_peek(struct http_flow *http, unsigned side, struct slice *input)
{
    struct http_direction *direction = &http->directions[side];
    struct buf *held = &direction->held;
    if (http_probe_joined(held, *input) == HTTP_START_NO) {
        http_end_peek(http, side);
        return;
    }
    struct slice part = slice_part(*input, 0, HTTP_FIND_BYTES - held->len);
    buf_append(held, part);
    *input = slice_from(*input, part.len);
    if (held->len < HTTP_FIND_BYTES) {
        return;
    }
    if (http_start_find(buf_slice(held), false) != 0) {
        http_end_peek(http, side);
        return;
    }
    http_content_free(http);
    http_content_none(http);
    direction->state = HTTP_HEAD;
}

void http_gap_peek(struct http_flow *http, unsigned side, uint64_t missing)
{
    http_end_peek(http, side);
    if (http->directions[side].state == HTTP_BODY) {
        http_gap_body(http, side, missing);
    } else {
        http_gap_head(http, side, missing);
    }
}

/* Goes on with a head at `held`, which may be its beginning. */
static void found_head(struct http_direction *direction)
{
    direction->state = HTTP_HEAD;
    direction->searched = true;
    direction->line_len = 0;
    direction->line_is_cr = false;
}

void http_take_search(struct http_flow *http, unsigned side, struct slice *input)
{
    struct http_direction *direction = &http->directions[side];
    struct buf *held = &direction->held;
    bool request = side == http->client;
    uint8_t bytes[2 * HTTP_FIND_BYTES];
    struct buf joined = {.data = bytes, .room = sizeof bytes, .cap = sizeof bytes};
    buf_append(&joined, buf_slice(held));
    buf_append(&joined, slice_part(*input, 0, HTTP_FIND_BYTES - 1));
    size_t at = http_start_find(buf_slice(&joined), request);
    if (at < held->len) {
        struct slice kept = slice_part(buf_slice(&joined), at, held->len - at);
        buf_clear(held);
        buf_append(held, kept);
        found_head(direction);
        return;
    }
    at = http_start_find(*input, request);
    if (at != SIZE_MAX) {
        buf_free(held);
        *input = slice_from(*input, at);
        found_head(direction);
        return;
    }
    if (input->len >= HTTP_FIND_BYTES - 1) {
        joined.len = 0;
        buf_append(&joined, slice_from(*input, input->len - (HTTP_FIND_BYTES - 1)));
    }
    struct slice all = buf_slice(&joined);
    struct slice tail = all.len < HTTP_FIND_BYTES ? all : slice_from(all, all.len - (HTTP_FIND_BYTES - 1));
    buf_clear(held);
    buf_append(held, tail);
    *input = slice_make(NULL, 0);
}

void http_gap_search(struct http_flow *http, unsigned side, uint64_t missing)
{
    (void)missing;
    buf_clear(&http->directions[side].held);
}
