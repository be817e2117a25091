/*
 * Record 2 of 5: a flow, both directions of one 5-tuple. The flow table owns it; a worker owns the table.
 * VLAN ids are no part of the key: a mirror tags the two directions differently.
 *
 * The two ends are called side 0 and side 1 by the order of (address, port); `client` says which of them
 * opened the conversation, as far as is known.
 */
#pragma once

#include <stdbool.h>
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

struct flow_side {
    uint64_t packets;
    uint64_t bytes; /* of transport payload on the wire */
    uint64_t acked; /* bytes of this side that the other side acknowledged (TCP) */
};

/* A million of them exist at a time: the enums are packed and the order leaves no holes. */
struct flow {
    struct endpoint ends[2]; /* ends[0] <= ends[1] */
    uint16_t ndpi_protocol;  /* classifier's result so far, 0 unknown */
    uint8_t shard;           /* of FLOW_SHARDS */
    enum flow_orientation orientation;
    enum flow_visibility visibility;
    uint8_t client : 1;  /* side */
    uint8_t tagged : 2;  /* sides that sent packets with VLAN tags, as bits */
    bool syn_seen : 1;   /* a SYN of either side, so the beginning of the stream, was seen */
    bool classified : 1; /* nDPI has settled, has given up or was sent away: it gets no more packets */
    uint8_t protocol;    /* the app stage's: enum app_protocol */
    enum transport transport;
    uint32_t encapsulation; /* of its packets: bits 1 << enum encapsulation */
    uint64_t rule_bits;     /* flowbits: the rule stage's memory of this flow */
    uint64_t rule_names;    /* digest of the names that these bits have (rules may be reloaded) */
    int64_t first_us;
    int64_t last_us; /* the latest time of its packets */
    struct flow_side sides[2];
    struct stream *stream; /* TCP byte order; NULL where none is kept (any more) */
    /* nDPI's state; NULL before the first payload byte and once settled. */
    struct classifier_flow *classifier;
    void *inspection; /* the app stage's state of this flow; NULL where there is none */
    void *note;       /* the pipeline's own note on this flow, freed by its flow_end_fn; else NULL */
};

enum { FLOW_SHARDS = 64 };

static inline const struct endpoint *flow_client(const struct flow *flow)
{
    return &flow->ends[flow->client];
}

static inline const struct endpoint *flow_server(const struct flow *flow)
{
    return &flow->ends[flow->client ^ 1];
}
