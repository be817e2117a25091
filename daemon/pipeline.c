/*
 * Life of a packet, after capture and decode have made a record of it (the worker's part begins here):
 *
 *     mirror      the same packet again, from another port of the mirror
 *     flow        which conversation, which direction; acknowledged bytes
 *     stream      TCP byte order: slices without holes, or gaps
 *     app         HTTP transactions, playlists, API answers
 *     classifier  nDPI, for the flows that no parser of ours knows, while anybody reads its labels
 *     rule        what of it is a sign of an illegal service
 *     record      by value and redacted, to the main thread
 *
 * Everything up to here happens in the packet's own worker, without a lock and without waiting.
 */
#include "pipeline_priv.h"

#include <assert.h>
#include <stdlib.h>

#include "flow/mirror.h"
#include "flow/stream.h"

COUNTER_TABLE(pipeline, PIPELINE_COUNTERS);

/* Flows of one shard that a tick may end: a tick must not become a pause. */
enum { SWEEP_BUDGET = 4096 };

static bool receive_data(void *context, struct flow *flow, unsigned side, struct slice bytes)
{
    struct pipeline *pipeline = context;
    return pipeline_inspect(pipeline, flow, side, bytes, pipeline->now_us);
}

static bool receive_gap(void *context, struct flow *flow, unsigned side, uint64_t missing)
{
    struct pipeline *pipeline = context;
    enum inspection wants = inspector_gap(pipeline->inspector, flow, side, missing, pipeline->now_us);
    return wants == INSPECTION_MORE;
}

static uint64_t receive_skip(void *context, const struct flow *flow, unsigned side)
{
    (void)context;
    return inspector_skip(flow, side);
}

static bool receive_skip_turn(void *context, const struct flow *flow, unsigned side)
{
    (void)context;
    return inspector_skip_turn(flow, side);
}

static bool receive_pass(void *context, struct flow *flow, unsigned side, uint64_t bytes, bool turned)
{
    struct pipeline *pipeline = context;
    return inspector_pass(pipeline->inspector, flow, side, bytes, turned, pipeline->now_us) ==
           INSPECTION_MORE;
}

static void receive_end(void *context, struct flow *flow, unsigned side)
{
    struct pipeline *pipeline = context;
    inspector_end(pipeline->inspector, flow, side, pipeline->now_us);
}

/* With capture.cutoff: off. */
static const struct stream_receiver whole_receiver = {
    .data = receive_data,
    .gap = receive_gap,
    .end = receive_end,
};

static const struct stream_receiver passing_receiver = {
    .data = receive_data,
    .gap = receive_gap,
    .skip = receive_skip,
    .skip_turn = receive_skip_turn,
    .pass = receive_pass,
    .end = receive_end,
};

static void flow_ended(void *context, struct flow *flow)
{
    struct pipeline *pipeline = context;
    pipeline->order_shard = flow->shard;
    if (flow->transport == TRANSPORT_TCP) {
        stream_finish(pipeline->flows, flow, pipeline->receiver, pipeline);
    }
    inspector_flow_end(pipeline->inspector, flow, flow->last_us);
    pipeline_tell_flow_end(pipeline, flow);
    classifier_drop(flow);
}

/* Whether anybody reads how nDPI calls this flow: of all flows, or where no parser of ours has recognised it.
 */
static bool wants_label(const struct pipeline *pipeline, const struct flow *flow)
{
    switch (pipeline->ndpi_flows) {
    case NDPI_FLOWS_ALL:
        return true;
    case NDPI_FLOWS_UNKNOWN:
        return pipeline->labels_read && !inspector_recognised(flow);
    case NDPI_FLOWS_OFF:
        break;
    }
    return false;
}

static void classify(struct pipeline *pipeline, struct flow *flow, const struct packet *packet, unsigned side)
{
    if (packet->payload.len == 0 || flow->classified) {
        return;
    }
    if (!wants_label(pipeline, flow)) {
        classifier_drop(flow);
        return;
    }
    flow_table_attach(pipeline->flows, flow);
    (void)classifier_take(pipeline->classifier, flow, packet, side);
    if (flow->classified && flow->ndpi_protocol != 0) {
        pipeline_match_flow(pipeline, flow, side, slice_make(NULL, 0));
    }
}

void pipeline_foresee_packet(struct pipeline *pipeline, const struct packet *packet)
{
    flow_table_foresee(pipeline->flows, packet);
}

void pipeline_take_packet(struct pipeline *pipeline, const struct packet *packet)
{
    pipeline->now_us = packet->time_us;
    pipeline->order = (struct record_order){.packet = packet->number, .place = ORDER_PLACE_PACKET};
    if (mirror_repeats(pipeline->mirror, packet)) {
        return;
    }
    unsigned side = 0;
    struct flow *flow = flow_table_take(pipeline->flows, packet, &side);
    if (flow == NULL) {
        return;
    }
    if (flow->attachment == 0 && !flow_is_read(flow)) {
        flow_table_cut_idle(pipeline->flows, flow, packet, side); /* nobody has anything more to do with it */
        return;
    }
    if (packet->transport == TRANSPORT_TCP) {
        stream_take(pipeline->flows, flow, packet, side, pipeline->receiver, pipeline);
    } else if (packet->payload.len > 0) {
        flow_table_attach(pipeline->flows, flow);
        (void)inspector_datagram(pipeline->inspector, flow, side, packet->payload, packet->time_us);
        if (flow->sides[side].packets == 1) {
            pipeline_match_flow(pipeline, flow, side, packet->payload);
        }
    }
    classify(pipeline, flow, packet, side);
    flow_table_cut_idle(pipeline->flows, flow, packet, side);
    flow_table_settle(pipeline->flows, flow);
}

void pipeline_take_tick(struct pipeline *pipeline, int64_t time_us, uint64_t number)
{
    pipeline->now_us = time_us;
    if (names_span(time_us) != pipeline->told_span) {
        pipeline->told_span = names_span(time_us);
        hash_set_clear(&pipeline->told_names);
        pipeline_clear_addresses(pipeline);
    }
    for (unsigned shard = pipeline->worker; shard < FLOW_SHARDS; shard += pipeline->workers) {
        pipeline->order = (struct record_order){.packet = number, .place = ORDER_PLACE_TIMERS + shard};
        inspector_tick(pipeline->inspector, shard, time_us);
    }
    pipeline->ending_flows = true;
    flow_table_sweep(pipeline->flows, time_us, SWEEP_BUDGET);
    pipeline->ending_flows = false;
}

void pipeline_take_file_end(struct pipeline *pipeline, int64_t time_us, uint64_t number)
{
    pipeline->now_us = time_us;
    pipeline->order = (struct record_order){.packet = number, .place = ORDER_PLACE_ENDS};
    pipeline->ending_flows = true;
    flow_table_end_all(pipeline->flows);
    pipeline->ending_flows = false;
}

void pipeline_set_rules(struct pipeline *pipeline, const struct rule_set *set, struct rule_scratch *scratch)
{
    bool shown = (pipeline->events & (EVENT_TLS | EVENT_QUIC)) != 0;
    inspector_read_hellos(pipeline->inspector,
                          shown || rule_set_asks_fingerprints(set) ? TLS_FOR_FINGERPRINTS : TLS_FOR_NAMES);
    pipeline->labels_read = (pipeline->events & EVENT_FLOW) != 0 || rule_set_asks_labels(set);
    pipeline->rules = set;
    pipeline->scratch = scratch;
    rule_scratch_remember(scratch, pipeline->repeats);
}

void pipeline_set_order(struct pipeline *pipeline, enum order_source source, const struct watch_list *order)
{
    pipeline->order_lists[source] = order;
}

void pipeline_set_client_key(struct pipeline *pipeline, const struct hash_key *key)
{
    pipeline->event.privacy.client_key = *key;
}

struct pipeline *pipeline_create(const struct pipeline_settings *settings, struct classifier *classifier,
                                 unsigned worker, unsigned workers, const struct pipeline_cells *cells,
                                 pipeline_record_fn record, void *context)
{
    assert(workers > 0 && workers <= FLOW_SHARDS && worker < workers);
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline == NULL) {
        abort();
    }
    *pipeline = (struct pipeline){
        .worker = worker,
        .workers = workers,
        .classifier = classifier,
        .ndpi_flows = classifier == NULL ? NDPI_FLOWS_OFF : (enum ndpi_flows)settings->flow->ndpi_flows,
        .home = &settings->flow->home,
        .resolvers = &settings->flow->resolvers,
        .dns_addresses = settings->app->dns_addresses,
        .event = settings->event,
        .events = settings->events,
        .labels_read = (settings->events & EVENT_FLOW) != 0,
        .table_key = settings->table_key,
        .counters = cells->pipeline,
        .receiver = settings->pass_over ? &passing_receiver : &whole_receiver,
        .record = record,
        .context = context,
    };
    pipeline->repeats = repeats_create(&settings->table_key, settings->rule->repeats, cells->rule);
    pipeline->flows = flow_table_create(settings->flow, &settings->table_key, worker, workers, cells->flow,
                                        flow_ended, pipeline);
    flow_table_set_cutoff(pipeline->flows, settings->cutoff);
    pipeline->mirror = mirror_create(settings->flow, &settings->table_key, cells->flow);
    pipeline->inspector =
        inspector_create(settings->app, &settings->table_key, cells->app, pipeline_take_event, pipeline);
    return pipeline;
}

void pipeline_free(struct pipeline *pipeline)
{
    if (pipeline == NULL) {
        return;
    }
    flow_table_free(pipeline->flows);
    mirror_free(pipeline->mirror);
    inspector_free(pipeline->inspector);
    classifier_free(pipeline->classifier);
    hash_set_clear(&pipeline->told_names);
    pipeline_clear_addresses(pipeline);
    repeats_free(pipeline->repeats);
    free(pipeline);
}
