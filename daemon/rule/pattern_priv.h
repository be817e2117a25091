/*
 * Patterns that we match ourselves: what rules are mostly made of (bytes, classes, groups, alternatives,
 * repetitions, anchors, word boundaries) in microseconds of making, where libhs takes milliseconds. What is
 * not understood here is left to libhs (pcre.c). Like libhs we find all matches, so greediness says nothing,
 * and the time is linear in the text.
 *
 * A pattern's text becomes items in postfix order (pattern_parse.c); of these the states of an automaton are
 * made (pattern_build.c), which pattern_find follows, and the literals one of which stands in every match
 * (pattern_literals.c).
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

/* PATTERN_UTF8: bytes from 0x80 on are letters of UTF-8, each of which is one part of the pattern. */
enum pattern_flags { PATTERN_CASELESS = 1, PATTERN_DOTALL = 2, PATTERN_MULTILINE = 4, PATTERN_UTF8 = 8 };

/* What holds between two bytes of the text, or at its ends; bits. */
enum pattern_need {
    NEED_BEGIN = 1,         /* the text begins */
    NEED_LINE_BEGIN = 2,    /* ... or a line */
    NEED_END = 4,           /* the text ends */
    NEED_LAST_LINE_END = 8, /* ... or a newline follows that ends it */
    NEED_LINE_END = 16,     /* ... or any newline follows */
    NEED_WORD_EDGE = 32,
    NEED_NO_WORD_EDGE = 64,
};

enum pattern_kind {
    PATTERN_BYTE,    /* one byte of `set` */
    PATTERN_NOTHING, /* nothing, where `needs` hold */
    PATTERN_JOIN,    /* the two before it, one behind the other */
    PATTERN_EITHER,  /* one of the two before it */
    PATTERN_MAYBE,   /* the one before it, or nothing */
    PATTERN_REPEAT,  /* the one before it, once and more */
};

struct pattern_item {
    uint8_t kind; /* enum pattern_kind */
    uint8_t needs;
    uint16_t set;
};

struct byte_set {
    uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned byte)
{
    return (set->bits[byte / 64] >> byte % 64 & 1) != 0;
}

static inline void byte_set_add(struct byte_set *set, unsigned byte)
{
    set->bits[byte / 64] |= UINT64_C(1) << byte % 64;
}

enum {
    PATTERN_ITEMS_MAX = 4096,
    PATTERN_SETS_MAX = 1024,
    PATTERN_BYTES_MAX = 1024, /* PATTERN_BYTE items: states of the automaton */
};

struct pattern_text {
    struct pattern_item *items; /* owned */
    size_t count;
    struct byte_set *sets; /* owned; each once */
    size_t set_count;
    size_t bytes; /* items that are PATTERN_BYTE */
};

/* False where the pattern is not understood or too large: nothing is kept then. */
bool pattern_parse(const char *text, unsigned flags, struct pattern_text *out) MUST_CHECK;
void pattern_text_free(struct pattern_text *text);

struct pattern;

/* NULL where it would be too large. `*empty`: it matches an empty text. */
struct pattern *pattern_build(const struct pattern_text *text, bool *empty);
void pattern_free(struct pattern *pattern);
/* Bytes of the shortest match. */
size_t pattern_shortest(const struct pattern *pattern);
/* The smallest end of a match that is greater than `above`, or SIZE_MAX. */
size_t pattern_find(const struct pattern *pattern, struct slice text, size_t above);

/* Texts one of which stands in every match of a pattern, in lower case where case does not matter. */
enum { LITERALS_MAX = 32, LITERAL_BYTES_MAX = 16 };

struct literal_set {
    size_t count; /* 0: nothing is known */
    struct {
        uint8_t len;
        uint8_t bytes[LITERAL_BYTES_MAX];
    } items[LITERALS_MAX];
};

void pattern_literals(const struct pattern_text *text, bool caseless, struct literal_set *out);
