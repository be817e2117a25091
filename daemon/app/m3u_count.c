/* Counting distinct and commonest things in constant memory, by their keyed hashes. */
#include "daemon/app/m3u_priv.h"

#include <assert.h>

enum { INDEX_SIZE = 2 * M3U_DISTINCT_MAX };

static bool is_sampled(const struct m3u_distinct *distinct, uint64_t hash)
{
    return (hash & ((UINT64_C(1) << distinct->level) - 1)) == 0;
}

/* The place in the index where `hash` stands or would stand. The upper bits choose it: the lower ones are
 * the sample's. */
static size_t find_place(const struct m3u_distinct *distinct, uint64_t hash)
{
    size_t place = (size_t)(hash >> 40) % INDEX_SIZE;
    while (distinct->index[place] != 0 && distinct->hashes[distinct->index[place] - 1] != hash) {
        place = (place + 1) % INDEX_SIZE;
    }
    return place;
}

static void insert(struct m3u_distinct *distinct, size_t place, uint64_t hash)
{
    distinct->hashes[distinct->count] = hash;
    distinct->count++;
    distinct->index[place] = (uint16_t)distinct->count;
}

/* Halves the sample, about, until there is room; at level 63 only two hashes are left to be in it. */
static void thin_out(struct m3u_distinct *distinct)
{
    while (distinct->count == M3U_DISTINCT_MAX) {
        distinct->level++;
        uint32_t count = distinct->count;
        distinct->count = 0;
        memset(distinct->index, 0, sizeof distinct->index);
        for (uint32_t i = 0; i < count; i++) {
            uint64_t hash = distinct->hashes[i]; /* read before its place is written: count <= i */
            if (is_sampled(distinct, hash)) {
                insert(distinct, find_place(distinct, hash), hash);
            }
        }
    }
}

void m3u_distinct_add(struct m3u_distinct *distinct, uint64_t hash)
{
    if (!is_sampled(distinct, hash)) {
        return;
    }
    if (distinct->count == 0) {
        memset(distinct->index, 0, sizeof distinct->index);
    }
    size_t place = find_place(distinct, hash);
    if (distinct->index[place] != 0) {
        return;
    }
    if (distinct->count == M3U_DISTINCT_MAX) {
        thin_out(distinct);
        if (!is_sampled(distinct, hash)) {
            return;
        }
        place = find_place(distinct, hash);
    }
    insert(distinct, place, hash);
}

uint64_t m3u_distinct_estimate(const struct m3u_distinct *distinct)
{
    return (uint64_t)distinct->count << distinct->level;
}

/* The place of the smallest count, the first of equals. */
static uint32_t smallest(const struct m3u_top *top)
{
    uint32_t place = 0;
    for (uint32_t i = 1; i < top->used; i++) {
        if (top->counts[i] < top->counts[place]) {
            place = i;
        }
    }
    return place;
}

static uint32_t take_place(struct m3u_top *top, uint64_t hash)
{
    uint32_t place = top->used;
    if (place < M3U_TOP_MAX) {
        top->used++;
        top->counts[place] = 0;
        top->errors[place] = 0;
    } else {
        place = smallest(top);
        top->errors[place] = top->counts[place];
    }
    top->hashes[place] = hash;
    return place;
}

uint32_t m3u_top_add(struct m3u_top *top, uint64_t hash, bool *fresh)
{
    uint32_t place = top->last;
    if (place >= top->used || top->hashes[place] != hash) {
        place = 0;
        while (place < top->used && top->hashes[place] != hash) {
            place++;
        }
    }
    *fresh = place == top->used;
    if (*fresh) {
        place = take_place(top, hash);
    }
    top->counts[place]++;
    top->last = place;
    return place;
}

uint64_t m3u_top_count(const struct m3u_top *top, uint32_t place)
{
    assert(place < top->used);
    return top->counts[place] - top->errors[place];
}
