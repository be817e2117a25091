/*
 * What a worker remembers beyond a flow: tokens and numbers of streams that come again and again in the
 * transactions of one pair of addresses (signatures.md, 1.2 and 1.6). Three different tokens with one front
 * are a panel's; five numbers under one user and password are channels.
 *
 * Each of the FLOW_SHARDS has a table of its own of fixed size, so that what is remembered and forgotten
 * follows from the shard's own transactions, whatever other workers do. Nothing of a token is kept but keyed
 * hashes.
 */
#pragma once

#include "app/app.h"
#include "base/hash.h"

struct repeats;

/* `entries` of each shard, taken when its first one comes; rounded up to whole buckets. `counters` are the
 * rule stage's. */
struct repeats *repeats_create(const struct hash_key *key, uint64_t entries, struct counter_cell *counters);
void repeats_free(struct repeats *repeats);

/* What a transaction and those before it show. */
struct repeats_found {
    uint32_t tokens;  /* different tokens with this one's front, this one included; at most REPEATS_MAX */
    uint32_t numbers; /* different numbers of streams behind this one's two segments; likewise */
    bool tied;        /* the tokens' common front, or the token itself, is a panel's */
    uint64_t print;   /* of the panel: the same at every sensor, and nothing of it can be undone */
};

enum { REPEATS_MAX = 5 };

/* Takes a settled transaction (APP_HTTP_SETTLED). `repeats` may be NULL: then only what the transaction says
 * by itself is found. */
void repeats_take(struct repeats *repeats, const struct flow *flow, const struct http_transaction *http,
                  struct repeats_found *found);
