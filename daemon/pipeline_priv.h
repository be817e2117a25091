/* The pipeline's inside: its state, and what its files (stages in order; records out) share. */
#pragma once

#include "app/redact.h"
#include "base/clock.h"
#include "base/hash_set.h"
#include "pipeline.h"

/*
 * Places within a packet number (struct record_order), in the order in which a worker comes to them: the tick
 * itself (the worker's), timers shard by shard, flows that end shard by shard, then the packet's own records.
 * A worker's ring must rise in this order: main takes the earliest head of all rings.
 */
enum {
    ORDER_PLACE_TIMERS = 1,
    ORDER_PLACE_ENDS = ORDER_PLACE_TIMERS + FLOW_SHARDS,
    ORDER_PLACE_PACKET = ORDER_PLACE_ENDS + FLOW_SHARDS,
};

/* Names told in this span (names_span) that are remembered: beyond, some are told again. */
enum { TOLD_NAMES_MAX = 65536 };

/* The same for a shard's addresses of names. */
enum { TOLD_ADDRESSES_MAX = 8192 };

/* What the pipeline remembers of a flow that a hit was told of (flow_note). */
struct flow_note {
    struct service_key service;
    enum name_source name_from;
};

/* Addresses of names (FACT_ADDRESS) that one shard has told. Each has its own account, so that what is left
 * out does not depend on the number of workers. */
struct told_addresses {
    struct hash_set hashes; /* in this span; see TOLD_ADDRESSES_MAX */
    int64_t second;         /* of packet time */
    uint64_t count;         /* told in it */
};

struct pipeline {
    unsigned worker;
    unsigned workers;
    struct mirror *mirror;
    struct flow_table *flows;
    const struct stream_receiver *receiver;
    struct inspector *inspector;
    struct classifier *classifier; /* NULL where ndpi.flows is off */
    enum ndpi_flows ndpi_flows;
    bool labels_read; /* by a rule or by records of flows */
    const struct prefix_list *home;
    const struct prefix_list *resolvers;
    uint64_t dns_addresses;       /* app.dns_addresses */
    const struct rule_set *rules; /* borrowed; NULL before the first snapshot */
    struct rule_scratch *scratch;
    struct repeats *repeats;
    const struct watch_list
        *order_lists[ORDER_SOURCE_COUNT]; /* borrowed; NULL where no order names anything */
    struct event_context event;
    unsigned events;
    struct hash_key table_key;
    struct counter_cell *counters;
    pipeline_record_fn record;
    void *context;
    int64_t now_us;
    struct record_order order; /* of the next record; index rises with each */
    bool ending_flows;         /* at a file's end and in sweeps: records are ordered by order_shard */
    unsigned order_shard;
    struct hash_set told_names;
    int64_t told_span;
    struct told_addresses told_addresses[FLOW_SHARDS];
};

/* Gives a stream's bytes to the app stage; returns whether the direction is wanted any longer. */
bool pipeline_inspect(struct pipeline *pipeline, struct flow *flow, unsigned side, struct slice bytes,
                      int64_t time_us);
/* The app stage's receiver. */
void pipeline_take_event(void *context, const struct app_event *event);
/* Rules of tcp and udp on a flow that no parser of ours knows. */
void pipeline_match_flow(struct pipeline *pipeline, struct flow *flow, unsigned side, struct slice payload);
void pipeline_tell_flow_end(struct pipeline *pipeline, struct flow *flow);

/* pipeline_names.c. */
void pipeline_take_tls(struct pipeline *pipeline, const struct app_event *event);
void pipeline_take_quic(struct pipeline *pipeline, const struct app_event *event);

/* What hits are about, beside the flow. */
struct told_about {
    struct slice host; /* normalised; len 0: no name */
    enum name_source name_from;
    bool answered_ok; /* these three as in struct rule_hit */
    bool asked;
    bool proxy;
};

/* pipeline_record.c. Whose addresses are not told: they may stand in a name, or in what a server names.
 * Nobody's (NULL) where a tester has clients told as they are. */
const struct redact_subscribers *pipeline_subscribers(const struct pipeline *pipeline,
                                                      const struct flow *flow,
                                                      struct redact_subscribers *subscribers);
/* A server inside network.home is a subscriber: a pseudonym stands for its address. */
void pipeline_name_service(const struct pipeline *pipeline, const struct flow *flow, struct slice host,
                           struct service_key *service);
/* Puts a record on its way, with its place in the order. */
void pipeline_tell(struct pipeline *pipeline, struct worker_record *record);
/* pipeline_listed.c. A transaction or handshake, where an order's list names its server, by the name that was
 * asked for or by its address. `answered`: the server went on with it. */
void pipeline_tell_listed(struct pipeline *pipeline, struct flow *flow, const struct told_about *about,
                          bool answered, int64_t time_us);
/* A name that a client asked DNS for, where an order's list names it; nothing is said of any server. */
void pipeline_tell_listed_name(struct pipeline *pipeline, const struct service_key *name, uint64_t client,
                               bool answered, int64_t time_us);
/* A hit whose time, service and own facts are set: adds what it is about. Main has a service here from now
 * on: its volume is told at the flow's end. */
void pipeline_tell_hit(struct pipeline *pipeline, struct flow *flow, const struct told_about *about,
                       struct worker_record *record);
/* What the rules say of an event, told. */
void pipeline_match_event(struct pipeline *pipeline, const struct app_event *event,
                          const struct told_about *about);
void pipeline_tell_fact(struct pipeline *pipeline, const struct service_key *service,
                        enum name_source name_from, const struct fact *fact, int64_t time_us);
/* An address showed a name: told once in a while, for the judgement whether the address is shared. */
void pipeline_tell_name(struct pipeline *pipeline, const struct service_key *service,
                        enum name_source name_from, int64_t time_us);
/* A transaction record; takes the text over. */
void pipeline_tell_text(struct pipeline *pipeline, char *text, int64_t time_us);
/* What the match says of its rule. */
void pipeline_fill_hit(struct rule_hit *hit, const struct rule_match *match);

/* pipeline_dns.c. */
void pipeline_take_dns(struct pipeline *pipeline, const struct app_event *event);
/* Forgets what was told in the former span. */
void pipeline_clear_addresses(struct pipeline *pipeline);
