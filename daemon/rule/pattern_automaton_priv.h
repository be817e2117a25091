/* The automaton of a pattern: what pattern_build.c makes and pattern_find.c follows. */
#pragma once

#include "daemon/rule/pattern_priv.h"

/* From all of `from` to all of `to`, where `needs` hold before the next byte. */
struct move {
    uint8_t needs;
    uint64_t *from; /* owned */
    uint64_t *to;   /* owned */
};

/* States at which a match may begin or end where `needs` hold. */
struct gate {
    uint8_t needs;
    uint64_t *states; /* owned */
};

enum { MOVES_MAX = 64 };

/* Sets of states are `words` words of bits; state i is the pattern's i-th byte. */
struct pattern {
    size_t words;
    bool anchored;   /* a match begins only where the text does */
    size_t shortest; /* bytes of the shortest match */
    uint8_t class_of[256];
    size_t class_count;
    uint64_t *reached; /* owned; of each class of bytes the states that take them */
    uint64_t *stays;   /* owned; states that lead to themselves */
    uint64_t *steps;   /* owned; states that lead to the next one */
    struct move *moves;
    size_t move_count;      /* MOVES_MAX at most */
    uint64_t *useful_moves; /* owned; of each class of bytes those that lead to a state which takes them */
    struct gate *begins;
    size_t begin_count;
    struct gate *ends;
    size_t end_count;
    struct byte_set front; /* bytes with which a match may begin */
};

static inline void states_add(uint64_t *states, size_t state)
{
    states[state / 64] |= UINT64_C(1) << state % 64;
}

static inline __attribute__((always_inline)) bool states_meet(const uint64_t *a, const uint64_t *b,
                                                              size_t words)
{
    uint64_t both = 0;
    for (size_t i = 0; i < words; i++) {
        both |= a[i] & b[i];
    }
    return both != 0;
}
