/*
 * Segments that live playlists listed lately, so that a request for one of them is known for what it is, in
 * whatever connection of the same two addresses it comes. One table a shard: what it answers does not depend
 * on the number of workers.
 */
#pragma once

#include "base/address.h"
#include "base/buf.h"
#include "base/hash.h"

struct hls_slot;

/* A struct of zeroes is an empty table. */
struct hls_segments {
    struct hls_slot *slots; /* owned; NULL until the first addition */
    size_t sets;
};

/* Who was given the list by whom. */
struct hls_parties {
    struct address client;
    struct address server;
};

/*
 * The hash of a segment: of `reference` as a list under `host` and `base` (a request's target) names it
 * (RFC 3986, section 5.2; queries are left out, because players and servers add to them). A target that was
 * asked for is its own reference. 0 where it is no URL of HTTP.
 */
uint64_t hls_segment_hash(const struct hash_key *key, const struct hls_parties *parties, struct slice host,
                          struct slice base, struct slice reference);
/* Remembers a segment in a table of at most `cap`; returns whether another one was forgotten for it before
 * its time. */
bool hls_segments_add(struct hls_segments *segments, size_t cap, uint64_t hash, int64_t now_us);
bool hls_segments_holds(const struct hls_segments *segments, uint64_t hash, int64_t now_us);
void hls_segments_free(struct hls_segments *segments);
