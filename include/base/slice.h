/*
 * A slice: borrowed bytes, never owned, never changed through it.
 * It lives as long as the buffer that it was cut from; who hands one out says how long that is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data; /* may be NULL where len is 0 */
    size_t len;
};

static inline struct slice slice_make(const void *data, size_t len)
{
    return (struct slice){.data = data, .len = len};
}

/* The bytes of a C string without its NUL. */
static inline struct slice slice_text(const char *text)
{
    return slice_make(text, strlen(text));
}

/* The part that begins at `from`, at most `len` bytes: clamped, so that no arguments reach outside. */
static inline struct slice slice_part(struct slice whole, size_t from, size_t len)
{
    if (from >= whole.len) {
        return slice_make(NULL, 0);
    }
    size_t rest = whole.len - from;
    return slice_make(whole.data + from, len < rest ? len : rest);
}

static inline struct slice slice_from(struct slice whole, size_t from)
{
    return slice_part(whole, from, SIZE_MAX);
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ASCII only: what the wire calls case-insensitive. */
static inline uint8_t byte_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return false;
    }
    size_t i = 0;
    while (a.len - i >= sizeof(uint64_t) && memcmp(a.data + i, b.data + i, sizeof(uint64_t)) == 0) {
        i += sizeof(uint64_t); /* most is spelled alike, and so compared by words */
    }
    while (i < a.len && (a.data[i] == b.data[i] || byte_lower(a.data[i]) == byte_lower(b.data[i]))) {
        i++;
    }
    return i == a.len;
}

static inline bool slice_starts(struct slice whole, struct slice start)
{
    return whole.len >= start.len && slice_equal(slice_part(whole, 0, start.len), start);
}

static inline bool slice_starts_nocase(struct slice whole, struct slice start)
{
    return whole.len >= start.len && slice_equal_nocase(slice_part(whole, 0, start.len), start);
}

static inline bool slice_ends(struct slice whole, struct slice end)
{
    return whole.len >= end.len && slice_equal(slice_from(whole, whole.len - end.len), end);
}

/* Index of the first `byte`, or SIZE_MAX. */
static inline size_t slice_index(struct slice whole, uint8_t byte)
{
    const uint8_t *found = whole.len == 0 ? NULL : memchr(whole.data, byte, whole.len);
    return found == NULL ? SIZE_MAX : (size_t)(found - whole.data);
}

/* Index of the first occurrence of `part`, or SIZE_MAX; an empty part is found at 0. */
static inline size_t slice_find(struct slice whole, struct slice part)
{
    if (part.len == 0) {
        return 0;
    }
    const uint8_t *found = whole.len < part.len ? NULL : memmem(whole.data, whole.len, part.data, part.len);
    return found == NULL ? SIZE_MAX : (size_t)(found - whole.data);
}

/* Cuts `*rest` at its first `byte`: returns what stood before it and leaves what stands behind it; where
 * there is none the whole is returned and the rest is empty. */
static inline struct slice slice_split(struct slice *rest, uint8_t byte)
{
    size_t at = slice_index(*rest, byte);
    struct slice head = slice_part(*rest, 0, at);
    *rest = at == SIZE_MAX ? slice_make(NULL, 0) : slice_from(*rest, at + 1);
    return head;
}

/* Without blanks and tabs at both ends. */
static inline struct slice slice_trim(struct slice text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = slice_from(text, 1);
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}
