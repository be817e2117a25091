/*
 * The pipeline: one worker's stages in order, and the one function that shows a packet's whole life.
 * Packets and ticks in, records for the main thread out; no thread, no ring and no file is known here.
 */
#pragma once

#include "base/failure.h"
#include "sink/events.h"
#include "flow/classifier.h"
#include "rule/rule_set.h"
#include "rule/watch_list.h"
#include "sink/event_json.h"

#define PIPELINE_COUNTERS(X)                                                                                 \
    X(PIPELINE_NAMES_TOLD, "names_told", "Names shown by servers that were told to the main thread")         \
    X(PIPELINE_LISTED_TOLD, "listed_told",                                                                   \
      "Transactions with names and addresses of an order's list told to the main thread")                    \
    X(PIPELINE_HITS_TOLD, "hits_told", "Rule hits told to the main thread")                                  \
    X(PIPELINE_UPSTREAM_PULLS, "upstream_pulls",                                                             \
      "Answers of origins to clients inside network.home that pull as panels do: restreamers there")         \
    X(PIPELINE_ADDRESSES_TOLD, "addresses_told", "Addresses of names, from answers of DNS, that were told")  \
    X(PIPELINE_ADDRESSES_CAP, "addresses_cap", "... that were not: too many in one second")                  \
    X(PIPELINE_FACTS_TOLD, "facts_told", "Other facts told to the main thread")

enum COUNTER_ENUM(pipeline, PIPELINE_COUNTERS);
extern const struct counter_table pipeline_counters;

/* Where each stage of this worker counts. */
struct pipeline_cells {
    struct counter_cell *decode, *flow, *app, *rule, *pipeline;
};

struct pipeline_settings {
    const struct flow_settings *flow;
    const struct app_settings *app;
    const struct rule_settings *rule; /* read by pipeline_create alone: they may be reloaded */
    struct hash_key table_key;        /* of every table fed by strangers */
    struct event_context event;       /* sensor, privacy, and the key under which clients are hashed */
    unsigned events;                  /* enum event_bits of transaction records to make */
    bool pass_over;                   /* bytes that nobody reads are not put in order (capture.cutoff) */
    struct cutoff *cutoff;            /* borrowed; NULL where the kernel cuts nothing off */
};

/* Takes the record by value; a RECORD_TEXT's text passes to the receiver. */
typedef void (*pipeline_record_fn)(void *context, const struct worker_record *record);

struct pipeline;

/* `classifier` may be NULL (ndpi.flows: off) and passes to the pipeline. */
struct pipeline *pipeline_create(const struct pipeline_settings *settings, struct classifier *classifier,
                                 unsigned worker, unsigned workers, const struct pipeline_cells *cells,
                                 pipeline_record_fn record, void *context);
void pipeline_free(struct pipeline *pipeline);

/* Between two packets; the scratch belongs to the set and is not owned. */
void pipeline_set_rules(struct pipeline *pipeline, const struct rule_set *set, struct rule_scratch *scratch);

/* Where what orders name comes from: files of this site, or Redis, for all sensors. */
enum order_source { ORDER_OF_FILES, ORDER_OF_SENSORS, ORDER_SOURCE_COUNT };

/* Between two packets: what orders name from now on (NULL: nothing); borrowed until the next one. */
void pipeline_set_order(struct pipeline *pipeline, enum order_source source, const struct watch_list *order);

/* Between two packets: the key under which clients are hashed from now on. */
void pipeline_set_client_key(struct pipeline *pipeline, const struct hash_key *key);

/* A packet that will be taken some packets later: see flow_table_foresee. */
void pipeline_foresee_packet(struct pipeline *pipeline, const struct packet *packet);
/* A packet whose flow belongs to this worker. Its life is told at the function. */
void pipeline_take_packet(struct pipeline *pipeline, const struct packet *packet);

/* Packet time has passed a full second before the packet called `number`: timers of this worker's shards. */
void pipeline_take_tick(struct pipeline *pipeline, int64_t time_us, uint64_t number);

/* The capture file ended, an event called `number` in the order of packets: its flows end. */
void pipeline_take_file_end(struct pipeline *pipeline, int64_t time_us, uint64_t number);

static inline unsigned pipeline_owner(const struct packet *packet, unsigned workers)
{
    return workers == 1 ? 0 : flow_shard_of(packet) % workers;
}
