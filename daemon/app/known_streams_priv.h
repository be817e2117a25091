/*
 * Streams that were read lately. Most segments of HLS repeat the stream of those before them: what their
 * tables say again need not be read again, and its rate is much the same. The table holds the latest ones of
 * one shard, so that what it answers does not depend on the number of workers.
 */
#pragma once

#include "app/mpegts.h"
#include "base/hash.h"

struct known_stream;

/* A struct of zeroes is an empty table. */
struct known_streams {
    struct known_stream *items; /* owned; a ring once it is full */
    size_t room;
    size_t count;
    size_t next; /* the oldest one's place in a full ring */
};

/* Where a stream comes from, and by which tables it is known again. */
struct stream_origin {
    uint8_t server[16];
    uint64_t place; /* hash of name and folder under which it was asked for; where the SDT names it, 0 */
    uint32_t pat_crc;
    uint32_t pmt_crc;
    uint32_t sdt_crc; /* 0 where the stream has no SDT */
    uint32_t port;
};

/* NULL where it is not known, or was read longer ago than a rate holds. Lives until the next addition. */
const struct mpegts_facts *known_streams_find(const struct known_streams *streams, const struct hash_key *key,
                                              const struct stream_origin *origin, int64_t now_us);
/* Remembers at most `cap` streams; returns whether another one was forgotten for it. */
bool known_streams_add(struct known_streams *streams, size_t cap, const struct hash_key *key,
                       const struct stream_origin *origin, const struct mpegts_facts *facts, int64_t now_us);
void known_streams_free(struct known_streams *streams);
