/*
 * The bounded flow table of one worker. Flows live in FLOW_SHARDS fixed shards by the hash of the address
 * pair; caps, eviction and order are per shard, so that the same flows are evicted whatever the number of
 * workers. A flow expires by comparing its own last time with that of the packet that looks it up; sweeps
 * free memory early but change nothing that can be seen in output: they end only flows that a later packet
 * would have found expired. `end` is called for each flow exactly once.
 */
#pragma once

#include "base/counter.h"
#include "base/hash.h"
#include "base/option.h"
#include "capture/cutoff.h"
#include "flow/flow.h"

struct flow_settings {
    uint64_t max_flows;         /* flow.max: of all shards of the daemon together */
    int64_t tcp_timeout;        /* flow.tcp_timeout: idle TCP flow with payload seen */
    int64_t tcp_closed_timeout; /* flow.closed_timeout: after RST, or FIN of each side that showed packets */
    int64_t tcp_new_timeout;    /* flow.new_timeout: TCP flow without payload */
    int64_t udp_timeout;        /* flow.udp_timeout */
    uint64_t stream_depth;      /* stream.depth: bytes of one direction that are inspected; 0 without limit */
    uint64_t stream_hold;       /* stream.hold: out-of-order bytes held for one direction */
    uint64_t stream_memory;     /* stream.memory: held bytes of the whole daemon; a shard has its 64th part */
    int64_t duplicates;      /* flow.duplicates: a packet seen again within this time is the mirror's doing */
    struct prefix_list home; /* network.home */
    struct prefix_list resolvers; /* network.resolvers */
    int ndpi_flows;               /* ndpi.flows: enum ndpi_flows */
    uint64_t ndpi_packets;        /* ndpi.packets: of one flow, with payload */
};

enum ndpi_flows { NDPI_FLOWS_OFF, NDPI_FLOWS_UNKNOWN, NDPI_FLOWS_ALL };

#define FLOW_COUNTERS(X)                                                                                     \
    X(FLOW_CREATED, "created", "Flows created")                                                              \
    X(FLOW_ENDED, "ended", "Flows ended: closed, expired, evicted or with their capture file")               \
    X(FLOW_EVICTED, "evicted", "Flows ended early because their shard was full")                             \
    X(FLOW_REUSED, "reused", "Flows ended because another connection began on their ports")                  \
    X(FLOW_CLEAR, "clear", "Ended flows whose content was readable")                                         \
    X(FLOW_NAME_ONLY, "name_only", "Ended flows of which only a name was readable")                          \
    X(FLOW_NOTHING, "nothing", "Ended flows of which nothing was readable")                                  \
    X(FLOW_TWO_WAY, "two_way", "Ended TCP flows with payload of which both directions were seen")            \
    X(FLOW_ONE_WAY, "one_way", "Ended TCP flows with payload of which one direction only was seen")          \
    X(MIRROR_TAGS_DIFFER, "tags_differ", "Ended TCP flows with VLAN tags in one direction only")             \
    X(MIRROR_DUPLICATES, "duplicates", "Packets that the mirror showed twice, counted once")                 \
    X(STREAM_SEGMENTS, "segments", "TCP segments with payload put in order")                                 \
    X(STREAM_PASSED, "passed", "Segments of bodies that nobody reads, passed over as they came")             \
    X(STREAM_HELD, "held", "Segments that came out of order and were held")                                  \
    X(STREAM_OVERLAPS, "overlaps", "Segments that overlapped bytes already delivered or held")               \
    X(STREAM_CONFLICTS, "conflicts", "Overlaps with other content; the first bytes won")                     \
    X(STREAM_GAPS, "gaps", "Gaps told to parsers")                                                           \
    X(STREAM_GAP_BYTES, "gap_bytes", "Bytes missing in these gaps")                                          \
    X(STREAM_HOLD_FULL, "hold_full", "Gaps told early because a hold cap was reached")                       \
    X(STREAM_OUT_OF_WINDOW, "out_of_window", "Segments, FINs and resets outside the window, ignored")        \
    X(STREAM_DEPTH_REACHED, "depth_reached", "Directions no longer inspected after stream.depth")            \
    X(FLOW_CUT, "cut", "Directions of flows cut off in the kernel")                                          \
    X(FLOW_CUT_FULL, "cut_full", "Directions not cut off because the kernel's table was full")               \
    X(FLOW_CUT_PACKETS, "cut_packets", "Packets that the kernel dropped because their direction was cut")    \
    X(FLOW_CUT_BYTES, "cut_bytes", "Bytes of payload in them")                                               \
    X(NDPI_FLOWS_STARTED, "ndpi_flows", "Flows given to nDPI")                                               \
    X(NDPI_PACKETS, "ndpi_packets", "Packets given to nDPI")

enum COUNTER_ENUM(flow, FLOW_COUNTERS);
extern const struct counter_table flow_counters;
extern const struct option_table flow_options; /* over struct flow_settings */

/* The most memory, in bytes, of all workers: of flows that are only followed, with their places in the index;
 * and of what inspected ones have besides in the flow stage, were it all of them. */
uint64_t flow_memory_followed(const struct flow_settings *settings);
uint64_t flow_memory_inspected(const struct flow_settings *settings);

/* Called once for each flow before its memory goes: the last chance to read it and to free what others keep
 * in its attachment. The flow stands in no table any more; of this module only stream_finish and
 * classifier_drop may be called. */
typedef void (*flow_end_fn)(void *context, struct flow *flow);

struct flow_table;

/* Owns the shards s with s % workers == worker. `key` keys its hash. Settings must outlive the table. */
struct flow_table *flow_table_create(const struct flow_settings *settings, const struct hash_key *key,
                                     unsigned worker, unsigned workers, struct counter_cell *counters,
                                     flow_end_fn end, void *context);
/* Ends all flows and frees the table; NULL is fine. */
void flow_table_free(struct flow_table *table);

static inline unsigned flow_shard_of(const struct packet *packet)
{
    return packet->address_hash % FLOW_SHARDS;
}

/*
 * The flow of this packet, created where there is none (evicting the least recently used of the shard, to
 * some seconds, where it is full), its counters, times, orientation and acknowledged bytes updated. `*side`
 * says who sent the packet. NULL for packets without flow (fragments, other transports).
 */
struct flow *flow_table_take(struct flow_table *table, const struct packet *packet, unsigned *side);

/*
 * Told of packets in the order in which they will be taken, some packets before: what flow_table_take will
 * need begins to come out of memory meanwhile. Changes nothing else, and may be left out.
 */
void flow_table_foresee(struct flow_table *table, const struct packet *packet);

/* Somebody knows better who the client is; ignored unless `reason` is stronger than the present one. */
void flow_set_client(struct flow *flow, unsigned side, enum flow_orientation reason);

/* Before bytes of the flow go to stages that may keep something of it: gives it an attachment, where it has
 * none. stream_take does so itself. */
void flow_table_attach(struct flow_table *table, struct flow *flow);
/* After a packet has been taken by all: frees the attachment where nothing is kept in it any more. */
void flow_table_settle(struct flow_table *table, struct flow *flow);

/* Live: what the kernel may drop for us is cut off there. Borrowed until the table is freed. */
void flow_table_set_cutoff(struct flow_table *table, struct cutoff *cutoff);
/* After a packet has been taken by all: cuts its flow off in the kernel where nobody reads this side any more
 * and it goes on being large. */
void flow_table_cut_idle(struct flow_table *table, struct flow *flow, const struct packet *packet,
                         unsigned side);

/* Ends flows that have expired at `now_us`, at most `budget` of each shard (so that what is ended does not
 * depend on the number of workers): shard by shard, by last use, to some seconds, among those of one timeout.
 */
void flow_table_sweep(struct flow_table *table, int64_t now_us, size_t budget);
/* Ends every flow, shard by shard, in the order of their first packets' times: the file they came from has
 * ended. */
void flow_table_end_all(struct flow_table *table);
