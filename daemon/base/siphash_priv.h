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
    size_t left = len;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        state.v3 ^= word;
        siphash_rounds(&state, block_rounds);
        state.v0 ^= word;
    }
    uint64_t last = (uint64_t)len << 56;
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)at[i] << (8 * i);
    }
    state.v3 ^= last;
    siphash_rounds(&state, block_rounds);
    state.v0 ^= last;
    state.v2 ^= 0xff;
    siphash_rounds(&state, final_rounds);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}
