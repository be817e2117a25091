/*
 * Bytes of a page, sixteen at once where the processor can (SSE2, which each x86-64 has): finding one that is
 * near, where a call of memchr() costs more than the search, and telling which of a short text's bytes are
 * letters, digits and blanks.
 */
#pragma once

#include "base/slice.h"

/* A bit for each byte of a text. */
struct page_kinds {
    uint64_t letters; /* also all that are not ASCII */
    uint64_t digits;
    uint64_t blanks; /* ' ' */
    uint64_t odd;    /* controls, and '&', which may begin a reference */
};

enum { PAGE_KINDS_MAX = 64 };

#ifdef __SSE2__
#include <emmintrin.h>

enum { PAGE_BLOCK = sizeof(__m128i) };

static inline __m128i page_block(const uint8_t *bytes)
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

/* Goes over whole blocks; returns where the search ends, or where bytes are left over. */
static inline size_t page_find_in_blocks(struct slice bytes, size_t at, uint8_t one, uint8_t other)
{
    const __m128i ones = _mm_set1_epi8((char)one);
    const __m128i others = _mm_set1_epi8((char)other);
    while (bytes.len - at >= PAGE_BLOCK) {
        __m128i block = page_block(bytes.data + at);
        __m128i same = _mm_or_si128(_mm_cmpeq_epi8(block, ones), _mm_cmpeq_epi8(block, others));
        unsigned found = (unsigned)_mm_movemask_epi8(same);
        if (found != 0) {
            return at + (size_t)__builtin_ctz(found);
        }
        at += PAGE_BLOCK;
    }
    return at;
}

/* Where bytes are from `first` to `last`. */
static inline __m128i page_in_range(__m128i block, uint8_t first, uint8_t last)
{
    __m128i above = _mm_sub_epi8(block, _mm_set1_epi8((char)first));
    __m128i over = _mm_subs_epu8(above, _mm_set1_epi8((char)(last - first)));
    return _mm_cmpeq_epi8(over, _mm_setzero_si128());
}

static inline uint64_t page_bits(__m128i found, size_t at)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(found) << at;
}

static inline struct page_kinds page_kinds_of_filled(const uint8_t bytes[PAGE_KINDS_MAX], size_t len)
{
    struct page_kinds kinds = {0};
    for (size_t at = 0; at < len; at += PAGE_BLOCK) {
        __m128i block = page_block(bytes + at);
        __m128i lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
        __m128i odd = _mm_or_si128(page_in_range(block, 0, 0x1f), _mm_cmpeq_epi8(block, _mm_set1_epi8('&')));
        kinds.letters |= page_bits(page_in_range(lower, 'a', 'z'), at) | page_bits(block, at);
        kinds.digits |= page_bits(page_in_range(block, '0', '9'), at);
        kinds.blanks |= page_bits(_mm_cmpeq_epi8(block, _mm_set1_epi8(' ')), at);
        kinds.odd |= page_bits(odd, at);
    }
    return kinds;
}
#else
static inline size_t page_find_in_blocks(struct slice bytes, size_t at, uint8_t one, uint8_t other)
{
    (void)bytes;
    (void)one;
    (void)other;
    return at;
}

static inline struct page_kinds page_kinds_of_filled(const uint8_t bytes[PAGE_KINDS_MAX], size_t len)
{
    struct page_kinds kinds = {0};
    for (size_t at = 0; at < len; at++) {
        uint8_t lower = bytes[at] | 0x20;
        kinds.letters |= (uint64_t)((lower >= 'a' && lower <= 'z') || bytes[at] >= 0x80) << at;
        kinds.digits |= (uint64_t)(bytes[at] >= '0' && bytes[at] <= '9') << at;
        kinds.blanks |= (uint64_t)(bytes[at] == ' ') << at;
        kinds.odd |= (uint64_t)(bytes[at] < ' ' || bytes[at] == '&') << at;
    }
    return kinds;
}
#endif

/* Of a text of at most PAGE_KINDS_MAX bytes. */
static inline struct page_kinds page_kinds_of(struct slice text)
{
    uint8_t bytes[PAGE_KINDS_MAX];
    memset(bytes, '.', sizeof bytes); /* of no kind: for what a block has behind the text */
    if (text.len > 0) {
        memcpy(bytes, text.data, text.len);
    }
    return page_kinds_of_filled(bytes, text.len);
}

/* The place of the first of the two bytes at or behind `at`, which is not behind the end; the length where
 * there is none. */
static inline size_t page_find_either(struct slice bytes, size_t at, uint8_t one, uint8_t other)
{
    at = page_find_in_blocks(bytes, at, one, other);
    while (at < bytes.len && bytes.data[at] != one && bytes.data[at] != other) {
        at++;
    }
    return at;
}

static inline size_t page_find(struct slice bytes, size_t at, uint8_t byte)
{
    return page_find_either(bytes, at, byte, byte);
}
