/*
 * A set of keyed hashes, each standing for something that was met: no more than 16 bytes a member. It grows
 * with its members up to the cap that each addition names. Two things with the same 64-bit hash are one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hash_set {
    uint64_t *slots; /* owned; a power of two of them, 0 is an empty one; NULL where nothing was added */
    size_t room;
    size_t count;
};

enum hash_set_added { HASH_SET_NEW, HASH_SET_KNOWN, HASH_SET_FULL /* neither: not added */ };

/* A set of zeroes is an empty one. Aborts without memory. */
enum hash_set_added hash_set_add(struct hash_set *set, uint64_t hash, size_t cap);
/* Empties it and frees what it holds. */
void hash_set_clear(struct hash_set *set);
