/* Inside the flow stage: the table, and what its files share. */
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

/* The largest time that `first_us` and `last_us` of a struct flow have room for: all that capture gives. */
#define FLOW_TIME_MAX INT64_C(0x7fffffffffffff)

/* Each has its own timeout and its own list, so that a list is in the order of expiry. */
enum flow_life { FLOW_LIFE_UDP, FLOW_LIFE_TCP_NEW, FLOW_LIFE_TCP, FLOW_LIFE_TCP_CLOSED, FLOW_LIFE_COUNT };

/* What is hashed: whole words, and the transport. */
struct flow_key {
    struct endpoint ends[2];
    uint16_t transport;
};
_Static_assert(sizeof(struct endpoint) == 18, "padding would be hashed");

enum { FLOW_HASH_FACTORS = 2 + 2 * sizeof(struct endpoint) / sizeof(uint32_t) };

struct flow_hash {
    uint64_t factors[FLOW_HASH_FACTORS];
};

/* A list in the order of last use, to a grain of time; flows by their numbers, 0 is none. */
struct flow_list {
    uint32_t oldest, newest;
};

enum { INDEX_LINE = 64 };

struct index_line;

struct flow_shard {
    struct index_line *lines; /* NULL where the shard is another worker's */
    uint32_t line_count;
    uint32_t flows;
    size_t held; /* bytes that the shard's streams hold (what stream.memory limits) */
    struct flow_list lists[FLOW_LIFE_COUNT];
};

/* Pieces of one size, with a list of the free ones. */
struct slab {
    uint8_t *base;
    size_t stride;
    uint32_t used; /* slots that were handed out once; what lies behind them was never touched */
    uint32_t free; /* the first free one of these, 0 where there is none; each bears the number of the next */
};

struct flow_memory {
    void *whole;
    size_t size;
    uint8_t *lines;
    struct slab flows, attachments, streams;
};

/* A flow that a packet to come will ask for. */
struct foreseen {
    const struct flow_shard *shard;
    uint32_t hash;
};

/* Packets between the look at a flow's line of the index and that at the flow itself: as many as it takes the
 * line to come. */
enum { FORESEEN = 4 };

struct flow_table {
    const struct flow_settings *settings;
    struct flow_hash hash;
    struct counter_cell *counters;
    flow_end_fn end;
    void *context;
    struct cutoff *cutoff; /* borrowed; NULL where the kernel drops nothing */
    uint32_t shard_flows;  /* cap of one shard */
    size_t shard_hold;     /* cap of one shard's held bytes */
    struct flow_memory memory;
    size_t flows; /* now */
    struct foreseen foreseen[FORESEEN];
    size_t foreseen_next; /* the oldest of them */
    struct flow_shard shards[FLOW_SHARDS];
};

static inline struct flow_shard *flow_shard_of_flow(struct flow_table *table, const struct flow *flow)
{
    return &table->shards[flow->shard];
}

static inline struct flow *flow_at(const struct flow_table *table, uint32_t number)
{
    return (struct flow *)(void *)table->memory.flows.base + number;
}

static inline uint32_t flow_number(const struct flow_table *table, const struct flow *flow)
{
    return (uint32_t)(flow - flow_at(table, 0));
}

/* flow_index.c. */
void flow_hash_prepare(struct flow_hash *hash, const struct hash_key *key);
uint32_t flow_hash(const struct flow_hash *hash, const struct flow_key *key);
/* Lines, of INDEX_LINE bytes each, for so many flows. */
uint32_t flow_index_lines(uint32_t flows);
struct index_line *flow_index_at(const struct flow_memory *memory, size_t line);
/* The line of this hash, or what flows may bear it, begin to come out of memory. */
void flow_index_prefetch_line(const struct flow_shard *shard, uint32_t hash);
void flow_index_prefetch_flow(const struct flow_table *table, const struct flow_shard *shard, uint32_t hash);
struct flow *flow_index_find(const struct flow_table *table, const struct flow_shard *shard,
                             const struct flow_key *key, uint32_t hash);
void flow_index_add(const struct flow_shard *shard, uint32_t flow, uint32_t hash);
/* It stands there, under this hash. */
void flow_index_remove(const struct flow_shard *shard, uint32_t flow, uint32_t hash);

/* Memory that cannot be had aborts: the caps are the operator's. Zeroed. */
void *flow_allocate(size_t size) __attribute__((returns_nonnull, malloc));

/* Flows of one shard. */
static inline uint32_t flow_shard_cap(const struct flow_settings *settings)
{
    return settings->max_flows > FLOW_SHARDS ? (uint32_t)(settings->max_flows / FLOW_SHARDS) : 1;
}

/* flow_memory.c. Room for so many flows, with their attachments and streams, and lines of the index. */
void flow_memory_reserve(struct flow_memory *memory, size_t flows, size_t index_lines);
void flow_memory_free(struct flow_memory *memory);
/* Zeroed; the table's cap is the slab's. */
void *slab_take(struct slab *slab) __attribute__((returns_nonnull));
void slab_give(struct slab *slab, void *slot);

/* tcp.c. Whether this SYN (or, where the mirror shows the server alone, SYN and ACK), or bytes far from all
 * that the flow showed, belong to another connection than the flow's. */
bool tcp_opens_another(const struct flow *flow, const struct packet *packet, unsigned side);
/* Takes sequence and acknowledgement numbers, orientation and the end of the connection from a packet whose
 * bytes have been counted. */
void tcp_follow(struct flow *flow, const struct packet *packet, unsigned side, struct counter_cell *counters);
bool tcp_closed(const struct flow *flow);
/* The highest sequence number of this side that the other one acknowledged; valid with acknowledged_known. */
static inline uint32_t tcp_acknowledged(const struct flow *flow, unsigned side)
{
    return flow->tcp[side].first + (uint32_t)flow->sides[side].acked;
}

/* The sequence number of a packet's first payload byte: a SYN takes one itself. */
uint32_t tcp_payload_sequence(const struct packet *packet);

/* flow_cut.c. Nobody reads the bytes of this side from `from` to `resume`: the kernel drops them, where they
 * are many. */
void flow_cut_until(struct flow_table *table, struct flow *flow, unsigned side, uint32_t from,
                    uint32_t resume);
/* The same for all that comes of this side until the other one has payload, however much it will be. False
 * where the kernel does not. */
bool flow_cut_turn(struct flow_table *table, struct flow *flow, unsigned side);
/* A packet that has opened what was cut (capture/cutoff.h), or is its sender's last: what had been dropped is
 * counted before it. */
void flow_follow_cut(struct flow_table *table, struct flow *flow, const struct packet *packet, unsigned side);
/* The kernel drops nothing more of this side; what it has dropped is counted. */
void flow_uncut(struct flow_table *table, struct flow *flow, unsigned side);
/* Whether the kernel has dropped any of this flow's packets since the last look. */
bool flow_cut_goes_on(struct flow_table *table, struct flow *flow);

/* stream.c. Frees what is left of a flow's stream, whoever forgot to finish it. */
void stream_free(struct flow_table *table, struct flow *flow);
