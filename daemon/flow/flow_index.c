/*
 * Which flow bears a key. A shard's part of the index is a row of cache lines, each with room for twelve
 * flows: a byte of each flow's hash, by which a line is looked through at once, and the flow's number. A flow
 * whose line is full stands in the next that is not, and the lines that it had to pass count it, so that a
 * look-up knows where to stop: nearly always in the first line. The index is made for the cap, and never
 * grows.
 */
#include <string.h>

#include "daemon/flow/flow_priv.h"

enum { PLACES = 12, FREE_TAG = 0 };

struct index_line {
    uint8_t tags[PLACES]; /* a byte of the hash; FREE_TAG where the place is free */
    uint32_t passed;      /* flows that belong here or before, and stand behind */
    uint32_t flows[PLACES];
};
_Static_assert(sizeof(struct index_line) == INDEX_LINE, "a cache line");

/*
 * Multilinear hashing of 32-bit words with secret 64-bit factors is strongly universal: whatever two keys a
 * stranger chooses, they collide with a probability of 2^-32 (Lemire and Kaser, "Strongly universal string
 * hashing is fast", 2014). Nothing that this daemon sends tells him of a collision, so he cannot learn
 * either.
 */
void flow_hash_prepare(struct flow_hash *hash, const struct hash_key *key)
{
    for (uint64_t i = 0; i < FLOW_HASH_FACTORS; i++) {
        hash->factors[i] = hash_bytes(key, &i, sizeof i);
    }
}

uint32_t flow_hash(const struct flow_hash *hash, const struct flow_key *key)
{
    uint32_t words[sizeof key->ends / (sizeof(uint32_t))];
    memcpy(words, key->ends, sizeof words);
    uint64_t sum = hash->factors[0] + hash->factors[1] * key->transport;
#pragma GCC unroll 9 /* each packet comes here */
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        sum += hash->factors[2 + i] * words[i];
    }
    return (uint32_t)(sum >> 32);
}

/* Of the flows that a line has room for on average: with 9 of 12 about one in eight stands behind its line.
 */
enum { PLACES_USED = 9 };

/* All that a followed flow takes: its 120 bytes, with its links in the lists, and its share of a line. */
_Static_assert(sizeof(struct flow) * PLACES_USED + INDEX_LINE <= 128 * PLACES_USED,
               "at most 128 bytes a flow");

uint32_t flow_index_lines(uint32_t flows)
{
    return flows / PLACES_USED + 1;
}

struct index_line *flow_index_at(const struct flow_memory *memory, size_t line)
{
    return (struct index_line *)(void *)memory->lines + line;
}

/* The top of the hash chooses the line, the bottom is the tag. */
static uint32_t line_of(const struct flow_shard *shard, uint32_t hash)
{
    return (uint32_t)((uint64_t)hash * shard->line_count >> 32);
}

static uint32_t line_behind(const struct flow_shard *shard, uint32_t line)
{
    return line + 1 < shard->line_count ? line + 1 : 0;
}

static uint8_t tag_of(uint32_t hash)
{
    uint8_t tag = (uint8_t)hash;
    return tag == FREE_TAG ? 1 : tag;
}

void flow_index_prefetch_line(const struct flow_shard *shard, uint32_t hash)
{
    __builtin_prefetch(&shard->lines[line_of(shard, hash)]);
}

void flow_index_prefetch_flow(const struct flow_table *table, const struct flow_shard *shard, uint32_t hash)
{
    const struct index_line *line = &shard->lines[line_of(shard, hash)];
    uint8_t tag = tag_of(hash);
    for (unsigned place = 0; place < PLACES; place++) {
        if (line->tags[place] == tag) {
            const char *flow = (const char *)flow_at(table, line->flows[place]);
            __builtin_prefetch(flow);
            __builtin_prefetch(flow + INDEX_LINE);
            __builtin_prefetch(flow + sizeof(struct flow) - 1);
        }
    }
}

static bool is_flow_of(const struct flow *flow, const struct flow_key *key)
{
    return memcmp(flow->ends, key->ends, sizeof key->ends) == 0 &&
           (uint16_t)flow->transport == key->transport;
}

struct flow *flow_index_find(const struct flow_table *table, const struct flow_shard *shard,
                             const struct flow_key *key, uint32_t hash)
{
    uint8_t tag = tag_of(hash);
    uint32_t at = line_of(shard, hash);
    for (uint32_t seen = 0; seen < shard->line_count; seen++) {
        const struct index_line *line = &shard->lines[at];
        for (unsigned place = 0; place < PLACES; place++) {
            if (line->tags[place] == tag && is_flow_of(flow_at(table, line->flows[place]), key)) {
                return flow_at(table, line->flows[place]);
            }
        }
        if (line->passed == 0) {
            break;
        }
        at = line_behind(shard, at);
    }
    return NULL;
}

/* PLACES where it is not in this line. */
static unsigned place_of(const struct index_line *line, uint8_t tag, uint32_t flow)
{
    unsigned place = 0;
    while (place < PLACES && !(line->tags[place] == tag && line->flows[place] == flow)) {
        place++;
    }
    return place;
}

static unsigned free_place(const struct index_line *line)
{
    unsigned place = 0;
    while (place < PLACES && line->tags[place] != FREE_TAG) {
        place++;
    }
    return place;
}

void flow_index_add(const struct flow_shard *shard, uint32_t flow, uint32_t hash)
{
    uint32_t at = line_of(shard, hash);
    unsigned place;
    while ((place = free_place(&shard->lines[at])) == PLACES) {
        shard->lines[at].passed++;
        at = line_behind(shard, at);
    }
    shard->lines[at].tags[place] = tag_of(hash);
    shard->lines[at].flows[place] = flow;
}

void flow_index_remove(const struct flow_shard *shard, uint32_t flow, uint32_t hash)
{
    uint8_t tag = tag_of(hash);
    uint32_t at = line_of(shard, hash);
    unsigned place;
    while ((place = place_of(&shard->lines[at], tag, flow)) == PLACES) {
        assert(shard->lines[at].passed > 0);
        shard->lines[at].passed--;
        at = line_behind(shard, at);
    }
    shard->lines[at].tags[place] = FREE_TAG;
}
