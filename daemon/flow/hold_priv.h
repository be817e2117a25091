/*
 * Segments of one direction that cannot be handed on yet, in the order of their sequence numbers. Their
 * captured bytes never overlap; of bytes that came twice the first stay.
 *
 *     sequence          sequence + len        sequence + wire_len
 *     |--- captured bytes ---|--- cut by snaplen ---|
 *
 * A cut part holds nothing: another segment's bytes may lie in it.
 */
#pragma once

#include "base/slice.h"
#include "daemon/flow/flow_priv.h"

/* A segment's payload; borrowed from the packet, or from a held_segment. */
struct segment {
    uint32_t sequence;
    uint32_t wire_len;
    struct slice bytes; /* at most wire_len */
    bool acknowledges;  /* it bears an acknowledgement number */
    uint32_t acknowledgement;
};

struct held_segment {
    struct held_segment *next;
    size_t charge;
    struct segment segment; /* its bytes are `memory` or the end of it */
    uint8_t memory[];
};

struct hold {
    struct held_segment *first, *last;
    size_t charge; /* of all of them */
};

static inline uint32_t segment_end(const struct segment *segment)
{
    return segment->sequence + segment->wire_len;
}

/* Takes `len` bytes (at most wire_len) off the front, captured or not. */
static inline void segment_cut_front(struct segment *segment, uint32_t len)
{
    segment->sequence += len;
    segment->wire_len -= len;
    segment->bytes = slice_from(segment->bytes, len);
}

/* Leaves the first `len` bytes (at most wire_len). */
static inline void segment_cut_back(struct segment *segment, uint32_t len)
{
    segment->wire_len = len;
    segment->bytes = slice_part(segment->bytes, 0, len);
}

/* What holding a segment costs of stream.hold and stream.memory: with its header, and never so little that
 * tiny segments could make the list long. */
size_t hold_charge(const struct segment *segment);
/* Copies the segment's bytes in. */
void hold_insert(struct hold *hold, struct flow_shard *shard, struct counter_cell *counters,
                 const struct segment *segment);
/* Counts the held segments that a new one overlaps, and those among them that hold other bytes there. */
void hold_count_overlaps(const struct hold *hold, struct counter_cell *counters,
                         const struct segment *segment);
/* Takes the first segment off the list; the caller frees it with free(). */
struct held_segment *hold_take_first(struct hold *hold, struct flow_shard *shard);
void hold_clear(struct hold *hold, struct flow_shard *shard);
