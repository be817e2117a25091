/* The growable byte buffer. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST_ROOM = 64 };

struct buf buf_make(size_t cap)
{
    return (struct buf){.cap = cap};
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = buf_make(buf->cap);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->truncated = false;
}

/* Makes room for `len` bytes in all, which the cap allows. Doubles, so that appending stays linear. */
static void buf_grow(struct buf *buf, size_t len)
{
    assert(len <= buf->cap);
    if (len <= buf->room) {
        return;
    }
    size_t room = buf->room > 0 ? buf->room : BUF_FIRST_ROOM;
    while (room < len && room <= buf->cap / 2) {
        room *= 2;
    }
    if (room < len || room > buf->cap) {
        room = buf->cap;
    }
    uint8_t *data = realloc(buf->data, room);
    if (data == NULL) {
        abort();
    }
    buf->data = data;
    buf->room = room;
}

bool buf_append(struct buf *buf, struct slice bytes)
{
    size_t left = buf->cap - buf->len;
    size_t len = bytes.len < left ? bytes.len : left;
    if (len > 0) {
        buf_grow(buf, buf->len + len);
        memcpy(buf->data + buf->len, bytes.data, len);
        buf->len += len;
    }
    if (len < bytes.len) {
        buf->truncated = true;
        return false;
    }
    return true;
}

bool buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, slice_text(text));
}

bool buf_append_byte(struct buf *buf, uint8_t byte)
{
    return buf_append(buf, slice_make(&byte, 1));
}

bool buf_append_format(struct buf *buf, const char *format, ...)
{
    char small[256];
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    assert(printed >= 0);
    size_t len = printed < 0 ? 0 : (size_t)printed;
    if (len < sizeof small) {
        return buf_append(buf, slice_make(small, len));
    }
    char *large = malloc(len + 1);
    if (large == NULL) {
        abort();
    }
    va_start(arguments, format);
    vsnprintf(large, len + 1, format, arguments);
    va_end(arguments);
    bool whole = buf_append(buf, slice_make(large, len));
    free(large);
    return whole;
}
