/*
 * Record 2 of 5: a flow, both directions of one 5-tuple. The flow table owns it; a worker owns the table.
 * VLAN ids are no part of the key: a mirror tags the two directions differently.
 *
 * The two ends are called side 0 and side 1 by the order of (address, port); `client` says which of them
 * opened the conversation, as far as is known.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "decode/packet.h"

struct endpoint {
    struct address address;
    uint16_t port; /* host order */
};

/* How we know who the client is; a better reason replaces a weaker one. */
enum flow_orientation {
    ORIENTATION_GUESS,   /* a port below 1024 on one side only, else the first packet's sender */
    ORIENTATION_HOME,    /* one side lies in network.home */
    ORIENTATION_PAYLOAD, /* a parser recognised a request or an answer */
    ORIENTATION_HANDSHAKE,
} __attribute__((packed));

enum flow_visibility {
    VISIBILITY_NOTHING,
    VISIBILITY_NAME,
    VISIBILITY_CLEAR,
    VISIBILITY_COUNT
} __attribute__((packed));

/* What one side sent. A number that has no room here stays at its largest value . */
struct flow_side {
    uint64_t bytes : 48; /* of transport payload on the wire */
    uint64_t acked : 48; /* bytes of this side that the other side acknowledged (TCP) */
    uint32_t packets;
} __attribute__((packed, aligned(4)));

/* Who still reads a direction of a stream. */
enum stream_reading {
    STREAM_OPEN,
    STREAM_IGNORED, /* the receiver gave it up */
    STREAM_ENDED,   /* the receiver was told its end */
} __attribute__((packed));

/* What is known of one side, by the flow stage: see struct tcp_side. */
struct flow_marks {
    bool first_known : 1;
    bool first_is_beginning : 1; /* a SYN said so */
    bool shown_known : 1;
    bool acknowledged_known : 1;
    bool fin_seen : 1; /* and `shown` is its number: one behind the last byte's */
    bool cut : 1;      /* the kernel drops its packets */
    enum stream_reading reading : 2;
};

/* What the packets of one side, and those that answer them, have shown of its sequence numbers. What the
 * other side acknowledged is `first` and the side's `acked`. */
struct tcp_side {
    uint32_t first; /* of the first byte: behind the SYN, or where the mirror joined in */
    uint32_t shown; /* the highest that this side has shown to have sent (its end) */
};

/*
 * A million of them exist at a time, most of them followed and no more: this is all that such a flow takes,
 * and what an inspected one has besides stands in its attachment. So that it is 120 bytes, small numbers are
 * bit-fields and the times have 56 bits (capture gives none behind the year 2999).
 */
struct flow {
    struct endpoint ends[2];     /* ends[0] <= ends[1] */
    uint32_t encapsulation : 18; /* of its packets: bits 1 << enum encapsulation */
    uint32_t client : 1;         /* side */
    uint32_t tagged : 2;         /* sides that sent packets with VLAN tags, as bits */
    uint32_t syn_seen : 1;       /* a SYN of either side, so the beginning of the stream, was seen */
    uint32_t classified : 1; /* nDPI has settled, has given up or was sent away: it gets no more packets */
    uint32_t reset : 1;      /* a reset inside the window was seen */
    uint32_t cut_for_ever : 1;
    uint32_t life : 2; /* the flow table's: enum flow_life */
    enum flow_orientation orientation : 2;
    enum flow_visibility visibility : 2;
    int64_t first_us : 56;
    uint8_t protocol;     /* the app stage's: enum app_protocol */
    int64_t last_us : 56; /* the latest time of its packets */
    uint8_t shard : 6;    /* of FLOW_SHARDS */
    enum transport transport : 2;
    struct flow_side sides[2];
    struct tcp_side tcp[2];
    uint32_t older, newer;  /* the flow table's: in the list of its life; 0 at the ends */
    int32_t attachment;     /* see flow_attachment */
    uint16_t ndpi_protocol; /* classifier's result so far, 0 unknown */
    struct flow_marks marks[2];
};
_Static_assert(sizeof(struct flow) == 120, "with its place in the index (daemon/flow/flow_index.c) 128");

/*
 * What is kept of a flow that is inspected. The flow table makes it before the stages above see bytes of the
 * flow (flow_table_attach), and frees it when nothing is left in it (flow_table_settle), or with the flow.
 */
struct flow_attachment {
    uint64_t rule_bits;    /* flowbits: the rule stage's memory of this flow */
    uint64_t rule_names;   /* digest of the names that these bits have (rules may be reloaded) */
    struct stream *stream; /* TCP byte order; NULL where none is kept (any more) */
    /* nDPI's state; NULL before the first payload byte and once settled. */
    struct classifier_flow *classifier;
    void *inspection;  /* the app stage's state of this flow; NULL where there is none */
    void *note;        /* the pipeline's own note on this flow, freed by its flow_end_fn; else NULL */
    uint32_t cut_seen; /* packets dropped in the kernel at the last look, its low bits */
} __attribute__((aligned(8)));

enum { FLOW_SHARDS = 64 };

static inline const struct endpoint *flow_client(const struct flow *flow)
{
    return &flow->ends[flow->client];
}

static inline const struct endpoint *flow_server(const struct flow *flow)
{
    return &flow->ends[flow->client ^ 1];
}

/* The largest number that `bytes` and `acked` of a struct flow_side have room for. */
#define FLOW_VOLUME_MAX UINT64_C(0xffffffffffff)

static inline uint64_t flow_sum(uint64_t number, uint64_t more)
{
    return more > FLOW_VOLUME_MAX - number ? FLOW_VOLUME_MAX : number + more;
}

static inline void flow_add_bytes(struct flow_side *side, uint64_t more)
{
    side->bytes = flow_sum(side->bytes, more) & FLOW_VOLUME_MAX;
}

/* Counts a packet with so many bytes of payload. */
static inline void flow_count_packet(struct flow *flow, unsigned side, uint64_t payload)
{
    struct flow_side *own = &flow->sides[side];
    own->packets += own->packets < UINT32_MAX;
    flow_add_bytes(own, payload);
}

static inline void flow_add_acked(struct flow_side *side, uint64_t more)
{
    side->acked = flow_sum(side->acked, more) & FLOW_VOLUME_MAX;
}

/* How far away an attachment lies is kept in eight bytes: 16 GiB, more than a table has (flow.max). */
enum { FLOW_ATTACHMENT_UNIT = 8 };
_Static_assert(sizeof(struct flow) % FLOW_ATTACHMENT_UNIT == 0 &&
                   sizeof(struct flow_attachment) % FLOW_ATTACHMENT_UNIT == 0,
               "neighbours lie whole units apart");

/* NULL where it has none. */
static inline struct flow_attachment *flow_attachment(const struct flow *flow)
{
    intptr_t distance = (intptr_t)flow->attachment * FLOW_ATTACHMENT_UNIT;
    return distance == 0 ? NULL : (struct flow_attachment *)((intptr_t)flow + distance);
}

/* The same, where it is known to have one. */
static inline struct flow_attachment *flow_attached(const struct flow *flow)
{
    assert(flow->attachment != 0);
    return flow_attachment(flow);
}

/* Both lie in the same table's memory, or in the same test's. */
static inline void flow_attach(struct flow *flow, struct flow_attachment *attachment)
{
    intptr_t distance = ((intptr_t)attachment - (intptr_t)flow) / FLOW_ATTACHMENT_UNIT;
    assert(distance == (int32_t)distance);
    flow->attachment = (int32_t)distance;
}

static inline struct stream *flow_stream(const struct flow *flow)
{
    const struct flow_attachment *attachment = flow_attachment(flow);
    return attachment == NULL ? NULL : attachment->stream;
}

static inline void *flow_inspection(const struct flow *flow)
{
    const struct flow_attachment *attachment = flow_attachment(flow);
    return attachment == NULL ? NULL : attachment->inspection;
}

static inline void *flow_note(const struct flow *flow)
{
    const struct flow_attachment *attachment = flow_attachment(flow);
    return attachment == NULL ? NULL : attachment->note;
}

/* Whether a stage above still wants the flow's bytes. */
static inline bool flow_is_read(const struct flow *flow)
{
    return !flow->classified || flow->marks[0].reading == STREAM_OPEN ||
           flow->marks[1].reading == STREAM_OPEN;
}
