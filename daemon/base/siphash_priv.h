/*
 * SipHash by Aumasson and Bernstein ("SipHash: a fast short-input PRF", 2012) with both round counts open:
 * base/hash.c uses 1 and 3, the tests also 2 and 4, for which the paper gives values.
 */
#pragma once

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"

struct siphash_state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void siphash_rounds(struct siphash_state *state, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        state->v0 += state->v1;
        state->v2 += state->v3;
        state->v1 = siphash_rotate(state->v1, 13) ^ state->v0;
        state->v3 = siphash_rotate(state->v3, 16) ^ state->v2;
        state->v0 = siphash_rotate(state->v0, 32);
        state->v2 += state->v1;
        state->v0 += state->v3;
        state->v1 = siphash_rotate(state->v1, 17) ^ state->v2;
        state->v3 = siphash_rotate(state->v3, 21) ^ state->v0;
        state->v2 = siphash_rotate(state->v2, 32);
    }
}

static inline uint64_t siphash_word(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* The bytes behind the last whole word: the upper ones of the last eight, where there are so many. */
static inline uint64_t siphash_rest(const uint8_t *data, size_t len)
{
    size_t left = len % 8;
    if (left == 0) {
        return 0;
    }
    if (len > 8) {
        return siphash_word(data + len - 8) >> (64 - 8 * left);
    }
    uint64_t rest = 0;
    for (size_t i = 0; i < left; i++) {
        rest |= (uint64_t)data[i] << (8 * i);
    }
    return rest;
}

static inline uint64_t siphash(const struct hash_key *key, const void *data, size_t len,
                               unsigned block_rounds, unsigned final_rounds)
{
    struct siphash_state state = {
        .v0 = key->words[0] ^ 0x736f6d6570736575U,
        .v1 = key->words[1] ^ 0x646f72616e646f6dU,
        .v2 = key->words[0] ^ 0x6c7967656e657261U,
        .v3 = key->words[1] ^ 0x7465646279746573U,
    };
    const uint8_t *at = data;
    for (size_t left = len; left >= 8; at += 8, left -= 8) {
        uint64_t word = siphash_word(at);
        state.v3 ^= word;
        siphash_rounds(&state, block_rounds);
        state.v0 ^= word;
    }
    uint64_t last = (uint64_t)len << 56 | siphash_rest(data, len);
    state.v3 ^= last;
    siphash_rounds(&state, block_rounds);
    state.v0 ^= last;
    state.v2 ^= 0xff;
    siphash_rounds(&state, final_rounds);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}
