/*
 * Bytes looked at sixteen at once (vectors are GCC's and clang's: each processor has them in some way): for
 * what is near, where a call of memchr() costs more than the search, and for what memchr() cannot look for.
 */
#pragma once

#include "base/slice.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { SCAN_BLOCK = 16 };
typedef uint8_t scan_block __attribute__((vector_size(SCAN_BLOCK)));

static inline scan_block scan_load(const uint8_t *bytes)
{
    scan_block block;
    memcpy(&block, bytes, sizeof block);
    return block;
}

/* The half of a block that begins at `begin`, and the one that ends at `end`. */
static inline scan_block scan_load_halves(const uint8_t *begin, const uint8_t *end)
{
    uint8_t halves[SCAN_BLOCK];
    memcpy(halves, begin, SCAN_BLOCK / 2);
    memcpy(halves + SCAN_BLOCK / 2, end - SCAN_BLOCK / 2, SCAN_BLOCK / 2);
    return scan_load(halves);
}

/* The bytes from `first` to `last` become 0xff, all others 0. */
static inline scan_block scan_in_range(scan_block block, uint8_t first, uint8_t last)
{
    return (scan_block)(block - first <= (uint8_t)(last - first));
}

/* The highest bit of each byte, the first one's lowest. */
static inline unsigned scan_bits(scan_block block)
{
#ifdef __SSE2__
    return (unsigned)_mm_movemask_epi8((__m128i)block);
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < SCAN_BLOCK; i++) {
        bits |= (unsigned)block[i] >> 7 << i;
    }
    return bits;
#endif
}

/* The place of the first of the two bytes at or behind `at`, which is not behind the end; the length where
 * there is none. */
static inline size_t scan_either(struct slice bytes, size_t at, uint8_t one, uint8_t other)
{
    for (; bytes.len - at >= SCAN_BLOCK; at += SCAN_BLOCK) {
        scan_block block = scan_load(bytes.data + at);
        unsigned found = scan_bits((scan_block)((block == one) | (block == other)));
        if (found != 0) {
            return at + (size_t)__builtin_ctz(found);
        }
    }
    while (at < bytes.len && bytes.data[at] != one && bytes.data[at] != other) {
        at++;
    }
    return at;
}

static inline size_t scan_byte(struct slice bytes, size_t at, uint8_t byte)
{
    return scan_either(bytes, at, byte, byte);
}

/* The same of the first byte that is no larger than `last`. Most are searched to their end in vain, and are
 * short: what is less than a block may be looked at by its first half and its last. */
static inline size_t scan_up_to(struct slice bytes, size_t at, uint8_t last)
{
    for (; bytes.len - at >= SCAN_BLOCK; at += SCAN_BLOCK) {
        unsigned found = scan_bits((scan_block)(scan_load(bytes.data + at) <= last));
        if (found != 0) {
            return at + (size_t)__builtin_ctz(found);
        }
    }
    if (bytes.len - at >= SCAN_BLOCK / 2 &&
        scan_bits((scan_block)(scan_load_halves(bytes.data + at, bytes.data + bytes.len) <= last)) == 0) {
        return bytes.len;
    }
    while (at < bytes.len && bytes.data[at] > last) {
        at++;
    }
    return at;
}
