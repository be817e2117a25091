/*
 * For every fuzz target: cuts the fuzzer's input as a network would. The first eight bytes seed the splits,
 * the rest is the data; each piece lies in a heap block of exactly its size, so that ASan sees a read of one
 * byte too many, and the block is gone after the callback, so that ASan sees a slice that was kept.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

struct splitter {
    uint64_t random; /* state of an xorshift; never 0 */
    struct slice rest;
};

/* What a stream parser may meet. */
enum splitter_event {
    SPLITTER_CHUNK, /* the next bytes of the direction */
    SPLITTER_GAP,   /* `bytes.len` bytes of the direction were lost; `bytes.data` is NULL */
    SPLITTER_TURN,  /* from here on the other direction speaks; no bytes */
};

/* False ends the run. */
typedef bool (*splitter_fn)(void *context, enum splitter_event event, struct slice bytes);

static inline struct splitter splitter_make(const uint8_t *data, size_t size)
{
    struct splitter splitter = {.random = UINT64_C(0x9e3779b97f4a7c15), .rest = slice_make(data, size)};
    struct slice seed = slice_part(splitter.rest, 0, sizeof splitter.random);
    for (size_t i = 0; i < seed.len; i++) {
        splitter.random ^= (uint64_t)seed.data[i] << (8 * i);
    }
    splitter.random |= splitter.random == 0;
    splitter.rest = slice_from(splitter.rest, seed.len);
    return splitter;
}

/* A number below `bound`, which is not 0. */
static inline size_t splitter_random(struct splitter *splitter, size_t bound)
{
    splitter->random ^= splitter->random << 13;
    splitter->random ^= splitter->random >> 7;
    splitter->random ^= splitter->random << 17;
    return (size_t)(splitter->random >> 16) % bound;
}

/* `bytes` in a block of exactly their size; the caller frees `*block`. */
static inline struct slice splitter_copy(struct slice bytes, void **block)
{
    *block = malloc(bytes.len);
    if (*block == NULL && bytes.len > 0) {
        abort();
    }
    if (bytes.len > 0) {
        memcpy(*block, bytes.data, bytes.len);
    }
    return slice_make(*block, bytes.len);
}

/* All that is left in one exact block: for parsers of whole messages. */
static inline void splitter_run_whole(struct splitter *splitter, splitter_fn call, void *context)
{
    void *block;
    struct slice bytes = splitter_copy(splitter->rest, &block);
    splitter->rest = slice_make(NULL, 0);
    (void)call(context, SPLITTER_CHUNK, bytes);
    free(block);
}

/* The length of the next chunk: often single bytes, often everything, else something between. */
static inline size_t splitter_chunk_len(struct splitter *splitter)
{
    switch (splitter_random(splitter, 4)) {
    case 0:
        return 1;
    case 1:
        return splitter->rest.len;
    case 2:
        return splitter_random(splitter, splitter->rest.len < 16 ? splitter->rest.len : 16) + 1;
    default:
        return splitter_random(splitter, splitter->rest.len) + 1;
    }
}

/*
 * Feeds what is left in random chunks. Every second seed brings gaps (the bytes are lost; sometimes far more
 * of them than the input holds) and every second one turns of direction; a parser without either ignores
 * them.
 */
static inline void splitter_run(struct splitter *splitter, splitter_fn call, void *context)
{
    bool with_gaps = splitter_random(splitter, 2) == 0;
    bool with_turns = splitter_random(splitter, 2) == 0;
    bool go_on = true;
    while (go_on && splitter->rest.len > 0) {
        if (with_turns && splitter_random(splitter, 8) == 0) {
            go_on = call(context, SPLITTER_TURN, slice_make(NULL, 0));
            continue;
        }
        struct slice bytes = slice_part(splitter->rest, 0, splitter_chunk_len(splitter));
        splitter->rest = slice_from(splitter->rest, bytes.len);
        if (with_gaps && splitter_random(splitter, 8) == 0) {
            size_t more = splitter_random(splitter, 16) == 0 ? splitter_random(splitter, UINT32_MAX) : 0;
            go_on = call(context, SPLITTER_GAP, slice_make(NULL, bytes.len + more));
            continue;
        }
        void *block;
        struct slice chunk = splitter_copy(bytes, &block);
        go_on = call(context, SPLITTER_CHUNK, chunk);
        free(block);
    }
}
