/*
 * A growable byte buffer for writers, with a hard cap set when it is made. Appending beyond the cap keeps
 * what fits, sets `truncated` and returns false; memory that cannot be had aborts (the caps are chosen so
 * that this is a bug of configuration, not of traffic).
 */
#pragma once

#include "base/attr.h"
#include "base/slice.h"

struct buf {
    uint8_t *data; /* owned; NULL until the first append */
    size_t len;
    size_t room;
    size_t cap;
    bool truncated;
};

struct buf buf_make(size_t cap);
void buf_free(struct buf *buf);  /* leaves it empty and usable */
void buf_clear(struct buf *buf); /* keeps the memory */
bool buf_append(struct buf *buf, struct slice bytes);
bool buf_append_text(struct buf *buf, const char *text);
bool buf_append_byte(struct buf *buf, uint8_t byte);
bool buf_append_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_make(buf->data, buf->len);
}
