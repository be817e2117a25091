/*
 * Inside the flow stage: what stands around a public struct flow, and what tcp.c and stream.c need of the
 * table. Nobody else makes a struct flow, so that flow_entry_of() is always right.
 */
#pragma once

#include <assert.h>
#include <stddef.h>

#include "base/hash.h"
#include "capture/cutoff.h"
#include "flow/flow.h"
#include "flow/flow_table.h"

/* The largest TCP window (RFC 7323, section 2.3: 65535 << 14), rounded up. What is farther away than this is
 * old or forged. */
enum { TCP_WINDOW_MAX = 1 << 30 };

/* How far `to` lies ahead of `from`: sequence numbers wrap, so only the signed difference says what comes
 * first (RFC 9293, section 3.4). */
static inline int64_t sequence_ahead(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

/* What the packets of one side, and those that answer them, have shown of its sequence numbers. */
struct tcp_side {
    uint32_t first;        /* of the first byte: behind the SYN, or where the mirror joined in */
    uint32_t shown;        /* the highest that this side has shown to have sent (its end) */
    uint32_t acknowledged; /* the highest that the other side acknowledged */
    uint32_t fin;          /* of the FIN: one behind the last byte's */
    bool first_known : 1;
    bool first_is_beginning : 1; /* a SYN said so */
    bool shown_known : 1;
    bool acknowledged_known : 1;
    bool fin_seen : 1;
};

struct tcp_state {
    struct tcp_side sides[2];
    bool reset; /* a reset inside the window was seen */
};

/* Each has its own timeout and its own list, so that a list is in the order of expiry. */
enum flow_life { FLOW_LIFE_UDP, FLOW_LIFE_TCP_NEW, FLOW_LIFE_TCP, FLOW_LIFE_TCP_CLOSED, FLOW_LIFE_COUNT };

/* Who still reads a direction of a stream. */
enum stream_reading {
    STREAM_OPEN,
    STREAM_IGNORED, /* the receiver gave it up */
    STREAM_ENDED,   /* the receiver was told its end */
} __attribute__((packed));

struct flow_entry {
    struct flow flow;
    struct flow_entry *next_same_bucket;
    struct flow_entry *older, *newer; /* in the list of its life, by last use */
    uint64_t created;                 /* the shard's running number */
    struct tcp_state tcp;
    uint32_t hash;
    enum stream_reading reading[2];
    uint8_t life;    /* enum flow_life */
    uint8_t cut : 2; /* sides whose packets the kernel drops, as bits */
    bool cut_for_ever : 1;
    uint32_t cut_seen; /* packets dropped at the last look, its low bits */
};

struct flow_list {
    struct flow_entry *oldest, *newest;
};

struct flow_shard {
    struct flow_entry **buckets; /* NULL where the shard is another worker's */
    size_t bucket_count;         /* a power of two */
    size_t flows;
    uint64_t created;
    size_t held; /* bytes that the shard's streams hold (what stream.memory limits) */
    struct flow_list lists[FLOW_LIFE_COUNT];
};

struct flow_chunk;

struct flow_table {
    const struct flow_settings *settings;
    struct hash_key key;
    struct counter_cell *counters;
    flow_end_fn end;
    void *context;
    struct cutoff *cutoff; /* borrowed; NULL where the kernel drops nothing */
    size_t shard_flows;    /* cap of one shard */
    size_t shard_hold;     /* cap of one shard's held bytes */
    struct flow_chunk *chunks;
    struct flow_entry *free_entries; /* linked by next_same_bucket */
    struct flow_shard shards[FLOW_SHARDS];
};

static inline struct flow_entry *flow_entry_of(struct flow *flow)
{
    return (struct flow_entry *)((char *)flow - offsetof(struct flow_entry, flow));
}

static inline struct flow_shard *flow_shard_of_flow(struct flow_table *table, const struct flow *flow)
{
    return &table->shards[flow->shard];
}

/* Memory that cannot be had aborts: the caps are the operator's. Zeroed. */
void *flow_allocate(size_t size) __attribute__((returns_nonnull, malloc));

/* flow_pool.c: entries come out of chunks that live as long as the table. */
struct flow_entry *flow_pool_take(struct flow_table *table);
void flow_pool_give(struct flow_table *table, struct flow_entry *entry);
void flow_pool_free(struct flow_table *table);

/* tcp.c. Whether this SYN (or, where the mirror shows the server alone, SYN and ACK), or bytes far from all
 * that the flow showed, belong to another connection than the flow's. */
bool tcp_opens_another(const struct flow_entry *entry, const struct packet *packet, unsigned side);
/* Takes sequence and acknowledgement numbers, orientation and the end of the connection from a packet whose
 * bytes have been counted. */
void tcp_follow(struct flow_entry *entry, const struct packet *packet, unsigned side,
                struct counter_cell *counters);
bool tcp_closed(const struct flow_entry *entry);
/* The sequence number of a packet's first payload byte: a SYN takes one itself. */
uint32_t tcp_payload_sequence(const struct packet *packet);

/* flow_cut.c. Nobody reads the bytes of this side from `from` to `resume`: the kernel drops them, where they
 * are many. */
void flow_cut_until(struct flow_table *table, struct flow_entry *entry, unsigned side, uint32_t from,
                    uint32_t resume);
/* The same for all that comes of this side until the other one has payload, however much it will be. False
 * where the kernel does not. */
bool flow_cut_turn(struct flow_table *table, struct flow_entry *entry, unsigned side);
/* A packet that has opened what was cut (capture/cutoff.h), or is its sender's last: what had been dropped is
 * counted before it. */
void flow_follow_cut(struct flow_table *table, struct flow_entry *entry, const struct packet *packet,
                     unsigned side);
/* The kernel drops nothing more of this side; what it has dropped is counted. */
void flow_uncut(struct flow_table *table, struct flow_entry *entry, unsigned side);
/* Whether the kernel has dropped any of this flow's packets since the last look. */
bool flow_cut_goes_on(struct flow_table *table, struct flow_entry *entry);

/* stream.c. Frees what is left of a flow's stream, whoever forgot to finish it. */
void stream_free(struct flow_table *table, struct flow *flow);
