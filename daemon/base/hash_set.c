/* Open addressing, at most half full; a member lies at the first free slot from its hash on. */
#include "base/hash_set.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64 };

static uint64_t *find_slot(const struct hash_set *set, uint64_t hash)
{
    size_t at = hash & (set->room - 1);
    while (set->slots[at] != 0 && set->slots[at] != hash) {
        at = (at + 1) & (set->room - 1);
    }
    return &set->slots[at];
}

static void grow(struct hash_set *set)
{
    struct hash_set grown = {.room = set->room == 0 ? FIRST_ROOM : set->room * 2, .count = set->count};
    grown.slots = calloc(grown.room, sizeof *grown.slots);
    if (grown.slots == NULL) {
        abort();
    }
    for (size_t i = 0; i < set->room; i++) {
        if (set->slots[i] != 0) {
            *find_slot(&grown, set->slots[i]) = set->slots[i];
        }
    }
    free(set->slots);
    *set = grown;
}

enum hash_set_added hash_set_add(struct hash_set *set, uint64_t hash, size_t cap)
{
    hash = hash == 0 ? 1 : hash;
    if (set->room > 0 && *find_slot(set, hash) == hash) {
        return HASH_SET_KNOWN;
    }
    if (set->count >= cap) {
        return HASH_SET_FULL;
    }
    if (set->count >= set->room / 2) {
        grow(set);
    }
    *find_slot(set, hash) = hash;
    set->count++;
    return HASH_SET_NEW;
}

void hash_set_clear(struct hash_set *set)
{
    free(set->slots);
    *set = (struct hash_set){.slots = NULL};
}
