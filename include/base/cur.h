/*
 * The read cursor: the one way in which bytes that strangers sent are read.
 *
 * A failure is sticky: after the first read beyond the end every read is a no-op that gives zero, so a
 * parser reads straight down and asks cur_ok() once per header. Lengths are compared with what remains,
 * never added to a position. Multi-byte values are returned in host order.
 */
#pragma once

#include "base/slice.h"

struct cur {
    const uint8_t *at;
    size_t left;
    bool failed;
};

static inline struct cur cur_make(struct slice bytes)
{
    return (struct cur){.at = bytes.data, .left = bytes.len, .failed = false};
}

static inline bool cur_ok(const struct cur *cur)
{
    return !cur->failed;
}

static inline void cur_fail(struct cur *cur)
{
    cur->failed = true;
    cur->left = 0;
}

/* Takes `len` bytes off the front; an empty slice and a failed cursor where fewer remain. */
static inline struct slice cur_take(struct cur *cur, size_t len)
{
    if (len > cur->left || cur->failed) {
        cur_fail(cur);
        return slice_make(NULL, 0);
    }
    struct slice taken = slice_make(cur->at, len);
    if (len > 0) {
        cur->at += len;
        cur->left -= len;
    }
    return taken;
}

static inline void cur_skip(struct cur *cur, size_t len)
{
    (void)cur_take(cur, len);
}

/* A cursor of its own over the next `len` bytes: nested lengths cannot escape their parent. */
static inline struct cur cur_sub(struct cur *cur, size_t len)
{
    struct cur sub = cur_make(cur_take(cur, len));
    sub.failed = cur->failed;
    return sub;
}

/* What remains, without taking it. */
static inline struct slice cur_rest(const struct cur *cur)
{
    return slice_make(cur->at, cur->left);
}

static inline uint8_t cur_u8(struct cur *cur)
{
    struct slice taken = cur_take(cur, 1);
    return taken.len == 1 ? taken.data[0] : 0;
}

static inline uint64_t cur_big_endian(struct cur *cur, size_t len)
{
    struct slice taken = cur_take(cur, len);
    uint64_t value = 0;
    for (size_t i = 0; i < taken.len; i++) {
        value = value << 8 | taken.data[i];
    }
    return value;
}

static inline uint16_t cur_be16(struct cur *cur)
{
    return (uint16_t)cur_big_endian(cur, 2);
}

static inline uint32_t cur_be24(struct cur *cur)
{
    return (uint32_t)cur_big_endian(cur, 3);
}

static inline uint32_t cur_be32(struct cur *cur)
{
    return (uint32_t)cur_big_endian(cur, 4);
}

static inline uint64_t cur_be64(struct cur *cur)
{
    return cur_big_endian(cur, 8);
}

/* The byte at `offset` from here without moving; 0 where there is none (which is no failure). */
static inline uint8_t cur_peek(const struct cur *cur, size_t offset)
{
    return offset < cur->left ? cur->at[offset] : 0;
}
