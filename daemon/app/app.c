/*
 * The inspector: probes a flow's first bytes for a protocol, then hands everything to its parser, and keeps
 * the account of what all of them hold.
 */
#include "app/app.h"

#include <assert.h>
#include <stdlib.h>

#include "base/attr.h"
#include "daemon/app/dns_priv.h"
#include "daemon/app/http_priv.h"
#include "daemon/app/tls_flow_priv.h"

COUNTER_TABLE(app, APP_COUNTERS);

/* In order: where several may still be meant, the first of them decides. */
static const struct app_proto *const protos[] = {
    &dns_stream_proto, &tls_proto,   &rtsp_proto, /* before HTTP: they share OPTIONS */
    &http_proto,       &socks_proto, &rtmp_proto, &starttls_proto, &greeting_proto, &camd35_stream_proto,
};

static const struct datagram_proto *const datagram_protos[] = {
    &dns_datagram_proto,
    &quic_proto,
    &mpegts_datagram_proto,
    &camd35_datagram_proto, /* the last one: it asks for the least */
    NULL,
};

/* How long a flow whose beginning was not seen may go on without a message that begins. */
enum { MIDSTREAM_SLICES = 64, MIDSTREAM_BYTES = 256 * 1024 };

struct inspector *inspector_create(const struct app_settings *settings, const struct hash_key *key,
                                   struct counter_cell *counters, app_event_fn event, void *context)
{
    struct inspector *inspector = calloc(1, sizeof *inspector);
    if (inspector == NULL) {
        abort();
    }
    inspector->settings = settings;
    inspector->key = *key;
    inspector->counters = counters;
    inspector->event = event;
    inspector->context = context;
    inspector->inspections = pool_make(sizeof(struct flow_inspection));
    inspector->http_flows = pool_make(sizeof(struct http_flow));
    inspector->exchanges = pool_make(sizeof(struct http_exchange));
    inspector->dns_flows = pool_make(sizeof(struct dns_flow));
    return inspector;
}

void inspector_read_hellos(struct inspector *inspector, enum tls_purpose purpose)
{
    inspector->hellos_for = purpose;
}

void inspector_free(struct inspector *inspector)
{
    if (inspector != NULL) {
        for (size_t i = 0; i < FLOW_SHARDS; i++) {
            range_table_sweep(&inspector->shards[i].ranges, INT64_MAX, 0);
        }
        http_inflater_free(inspector->spare_inflater);
        pool_clear(&inspector->inspections);
        pool_clear(&inspector->http_flows);
        pool_clear(&inspector->exchanges);
        pool_clear(&inspector->dns_flows);
        for (size_t i = 0; i < ARRAY_COUNT(inspector->shards); i++) {
            known_streams_free(&inspector->shards[i].streams);
            hls_segments_free(&inspector->shards[i].segments);
        }
        free(inspector);
    }
}

size_t inspector_memory(const struct inspector *inspector, unsigned shard)
{
    return inspector->shards[shard].memory + range_table_memory(&inspector->shards[shard].ranges);
}

void inspector_account(struct inspector *inspector, const struct flow *flow)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    struct inspector_shard *shard = &inspector->shards[flow->shard];
    size_t memory = sizeof *inspection;
    if (inspection->proto != NULL) {
        memory += inspection->proto->memory(inspection->state);
    } else if (inspection->datagrams != NULL) {
        memory += inspection->datagrams->memory(inspection->state);
    }
    assert(shard->memory >= inspection->memory);
    shard->memory = shard->memory - inspection->memory + memory;
    inspection->memory = memory;
}

/* Lists of which no part is coming go first. */
static bool is_full(struct inspector *inspector, unsigned shard)
{
    size_t share = inspector->settings->memory / FLOW_SHARDS;
    if (inspector_memory(inspector, shard) >= share) {
        range_table_sweep(&inspector->shards[shard].ranges, INT64_MAX, 0);
    }
    return inspector_memory(inspector, shard) >= share;
}

/* NULL where the shard's memory is used up. */
static struct flow_inspection *inspection_open(struct inspector *inspector, struct flow *flow)
{
    if (is_full(inspector, flow->shard)) {
        counter_add(inspector->counters, APP_MEMORY_CAP, 1);
        return NULL;
    }
    struct flow_inspection *inspection = pool_take(&inspector->inspections);
    *inspection = (struct flow_inspection){.midstream = !flow->syn_seen, .memory = sizeof *inspection};
    inspector->shards[flow->shard].memory += inspection->memory;
    flow_attached(flow)->inspection = inspection;
    return inspection;
}

static void inspection_close(struct inspector *inspector, struct flow *flow)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    inspector->shards[flow->shard].memory -= inspection->memory;
    pool_give(&inspector->inspections, inspection);
    flow_attached(flow)->inspection = NULL;
}

static void drop_state(struct flow_inspection *inspection)
{
    if (inspection->proto != NULL) {
        inspection->proto->drop(inspection->state);
        inspection->proto = NULL;
        inspection->state = NULL;
    }
}

void inspector_settled(struct inspector *inspector, struct flow *flow)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    const struct app_proto *proto = inspection->proto;
    const struct datagram_proto *datagrams = inspection->datagrams;
    if (proto != NULL && proto->is_over != NULL && proto->is_over(inspection->state)) {
        drop_state(inspection);
        inspection_close(inspector, flow);
    } else if (datagrams != NULL && datagrams->rests != NULL && datagrams->rests(inspection->state)) {
        datagrams->drop(inspection->state);
        inspection_close(inspector, flow);
    } else {
        inspector_account(inspector, flow);
    }
}

/* Whether a parser of ours was over before the flow is. */
static bool is_left_alone(const struct flow *flow)
{
    return flow_inspection(flow) == NULL &&
           (flow->protocol == APP_PROTOCOL_TLS || flow->protocol == APP_PROTOCOL_QUIC);
}

static void tell_unread(struct inspector *inspector, struct flow *flow, unsigned side, struct slice bytes,
                        int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    if (bytes.len == 0 || (inspection != NULL && inspection->unread_told[side])) {
        return;
    }
    if (inspection != NULL) {
        inspection->unread_told[side] = true;
    }
    const struct app_event event = {
        .type = APP_UNREAD, .time_us = time_us, .flow = flow, .side = side, .bytes = bytes};
    inspector->event(inspector->context, &event);
}

static struct slice first_slice(const struct first_bytes *first)
{
    return slice_make(first->bytes, first->len);
}

/* What was kept of both sides, and this slice where nothing of its side was. */
static void tell_both_unread(struct inspector *inspector, struct flow *flow, unsigned side,
                             struct slice bytes, int64_t time_us)
{
    const struct flow_inspection *inspection = flow_inspection(flow);
    struct slice own = first_slice(&inspection->first[side]);
    tell_unread(inspector, flow, side ^ 1, first_slice(&inspection->first[side ^ 1]), time_us);
    tell_unread(inspector, flow, side, own.len > 0 ? own : bytes, time_us);
}

/* No parser knows these bytes. In the middle of a stream a message may still begin with a later slice. */
static enum inspection inspection_reject(struct inspector *inspector, struct flow *flow, unsigned side,
                                         struct slice bytes, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    drop_state(inspection);
    inspection->tries++;
    inspection->tried_bytes += bytes.len;
    if (inspection->midstream && inspection->tries < MIDSTREAM_SLICES &&
        inspection->tried_bytes < MIDSTREAM_BYTES) {
        inspection->first[0].len = 0;
        inspection->first[1].len = 0;
        inspector_account(inspector, flow);
        return INSPECTION_MORE;
    }
    counter_add(inspector->counters, APP_UNKNOWN_FLOWS, 1);
    tell_both_unread(inspector, flow, side, bytes, time_us);
    if (!inspection->midstream && inspection->delivered[side ^ 1] > 0 && !inspection->ended[side ^ 1]) {
        /* The other side's next bytes are not its first; but those that were kept may still tell. */
        inspection->given_up = inspection->first[side ^ 1].len == 0;
        inspection->first[side].len = 0;
        inspection->ended[side] = true;
        inspector_account(inspector, flow);
        return INSPECTION_SKIP;
    }
    inspection_close(inspector, flow);
    return INSPECTION_UNKNOWN;
}

/* A direction's first bytes: those kept, and the slice's. */
static struct slice join_first(const struct first_bytes *first, struct slice bytes,
                               uint8_t joined[PROBE_BYTES_MAX])
{
    struct slice more = slice_part(bytes, 0, PROBE_BYTES_MAX - first->len);
    memcpy(joined, first->bytes, first->len);
    if (more.len > 0) {
        memcpy(joined + first->len, more.data, more.len);
    }
    return slice_make(joined, first->len + more.len);
}

static enum inspection give(struct flow_inspection *inspection, unsigned side, struct slice bytes,
                            int64_t time_us)
{
    return inspection->proto->data(inspection->state, side, bytes, time_us);
}

/* Gives the parser what was kept of both sides before it was known, the other side's first: it came before
 * the present slice. */
static enum inspection give_first(struct flow_inspection *inspection, unsigned side, int64_t time_us)
{
    const unsigned order[] = {side ^ 1, side};
    enum inspection answer = INSPECTION_MORE;
    for (size_t i = 0; i < ARRAY_COUNT(order) && answer != INSPECTION_UNKNOWN; i++) {
        struct first_bytes first = inspection->first[order[i]];
        inspection->first[order[i]].len = 0;
        if (first.len > 0) {
            answer = give(inspection, order[i], slice_make(first.bytes, first.len), time_us);
        }
    }
    return answer;
}

/* Whether a message may begin with these bytes, and by which parser. The first parser that does not say no
 * decides, so that it does not matter how the bytes are cut. */
static enum probe find_proto(const struct flow *flow, unsigned side, struct slice front, bool watchers,
                             const struct app_proto **proto)
{
    const struct flow_inspection *inspection = flow_inspection(flow);
    const struct opening opening = {
        .flow = flow,
        .side = side,
        .first = front,
        .other = first_slice(&inspection->first[side ^ 1]),
        .delivered = inspection->delivered,
    };
    enum probe probe = PROBE_NO;
    for (size_t i = 0; i < ARRAY_COUNT(protos) && probe == PROBE_NO; i++) {
        if (protos[i]->watches && !watchers) {
            continue;
        }
        probe = protos[i]->probe != NULL ? protos[i]->probe(front) : protos[i]->probe_opening(&opening);
        *proto = probe == PROBE_YES ? protos[i] : NULL;
    }
    return probe;
}

/* Hands the flow to a parser, with what was kept of it. What was kept of the other side for some other
 * protocol's sake is not for this one. */
static enum inspection inspection_begin(struct inspector *inspector, struct flow *flow,
                                        const struct app_proto *proto, unsigned side, struct slice bytes,
                                        int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    struct first_bytes *other = &inspection->first[side ^ 1];
    if (proto->watches) {
        tell_both_unread(inspector, flow, side, bytes, time_us);
        inspection->judged[side] = true;
        inspection->judged[side ^ 1] = inspection->delivered[side ^ 1] > 0;
    } else if (other->len > 0 && proto->probe != NULL && proto->probe(first_slice(other)) == PROBE_NO) {
        tell_unread(inspector, flow, side ^ 1, first_slice(other), time_us);
        other->len = 0;
    }
    inspection->proto = proto;
    inspection->state = proto->create(inspector, flow);
    enum inspection answer = give_first(inspection, side, time_us);
    return answer == INSPECTION_UNKNOWN ? answer : give(inspection, side, bytes, time_us);
}

static void keep_first(struct first_bytes *first, struct slice front)
{
    assert(front.len < PROBE_BYTES_MAX);
    memcpy(first->bytes, front.data, front.len);
    first->len = front.len;
}

static enum inspection inspection_probe(struct inspector *inspector, struct flow *flow, unsigned side,
                                        struct slice bytes, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    struct first_bytes *first = &inspection->first[side];
    uint8_t joined[PROBE_BYTES_MAX];
    struct slice front = join_first(first, bytes, joined);
    const struct app_proto *proto = NULL;
    enum probe probe = find_proto(flow, side, front, true, &proto);
    if (probe == PROBE_NO && inspection->midstream && first->len > 0) {
        first->len = 0; /* those bytes began nothing; this slice may */
        front = join_first(first, bytes, joined);
        probe = find_proto(flow, side, front, true, &proto);
    }
    if (probe == PROBE_NO) {
        return INSPECTION_UNKNOWN;
    }
    if (probe == PROBE_YES) {
        return inspection_begin(inspector, flow, proto, side, bytes, time_us);
    }
    keep_first(first, front);
    return INSPECTION_MORE;
}

/* The other side of a flow that a parser only watches: one that knows these bytes goes before it. */
static enum inspection inspection_judge(struct inspector *inspector, struct flow *flow, unsigned side,
                                        struct slice bytes, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    struct first_bytes *first = &inspection->first[side];
    uint8_t joined[PROBE_BYTES_MAX];
    struct slice front = join_first(first, bytes, joined);
    const struct app_proto *proto = NULL;
    enum probe probe = find_proto(flow, side, front, false, &proto);
    if (probe == PROBE_YES) {
        drop_state(inspection);
        return inspection_begin(inspector, flow, proto, side, bytes, time_us);
    }
    if (probe == PROBE_MORE) {
        keep_first(first, front);
        return INSPECTION_MORE;
    }
    inspection->judged[side] = true;
    tell_unread(inspector, flow, side, first->len > 0 ? first_slice(first) : bytes, time_us);
    enum inspection answer = give_first(inspection, side, time_us);
    return answer == INSPECTION_UNKNOWN ? answer : give(inspection, side, bytes, time_us);
}

/* The flow's parser's turn, or the turn of those who may be it. */
static enum inspection inspection_take(struct inspector *inspector, struct flow *flow, unsigned side,
                                       struct slice bytes, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    if (inspection->proto == NULL) {
        return inspection_probe(inspector, flow, side, bytes, time_us);
    }
    if (inspection->proto->watches && !inspection->judged[side]) {
        return inspection_judge(inspector, flow, side, bytes, time_us);
    }
    return give(inspection, side, bytes, time_us);
}

enum inspection inspector_data(struct inspector *inspector, struct flow *flow, unsigned side,
                               struct slice bytes, int64_t time_us)
{
    if (bytes.len == 0) {
        return INSPECTION_MORE;
    }
    if (is_left_alone(flow)) {
        return INSPECTION_SKIP;
    }
    struct flow_inspection *inspection = flow_inspection(flow);
    if (inspection == NULL) {
        inspection = inspection_open(inspector, flow);
        if (inspection == NULL) {
            tell_unread(inspector, flow, side, bytes, time_us);
            return INSPECTION_UNKNOWN;
        }
    }
    if (inspection->given_up) {
        inspection_close(inspector, flow);
        return INSPECTION_UNKNOWN;
    }
    inspection->delivered[side] += bytes.len;
    enum inspection answer = inspection_take(inspector, flow, side, bytes, time_us);
    if (answer == INSPECTION_UNKNOWN) {
        return inspection_reject(inspector, flow, side, bytes, time_us);
    }
    inspector_settled(inspector, flow);
    return answer;
}

/* Whose datagram this is; NULL where no parser of ours knows. */
static const struct datagram_proto *find_datagram_proto(const struct flow *flow, unsigned side,
                                                        struct slice payload)
{
    const struct datagram_proto *const *proto = datagram_protos;
    while (*proto != NULL && !(*proto)->probe(flow, side, payload)) {
        proto++;
    }
    return *proto;
}

static enum inspection datagram_take(struct inspector *inspector, struct flow *flow, unsigned side,
                                     struct slice payload, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    enum inspection answer = inspection->datagrams->data(inspection->state, side, payload, time_us);
    if (answer == INSPECTION_UNKNOWN) {
        inspection->datagrams->drop(inspection->state);
        inspection->datagrams = NULL;
        inspection->state = NULL;
    }
    inspection->ended[0] = answer != INSPECTION_MORE;
    inspector_settled(inspector, flow);
    return answer;
}

enum inspection inspector_datagram(struct inspector *inspector, struct flow *flow, unsigned side,
                                   struct slice payload, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    if (inspection != NULL) {
        return inspection->ended[0] ? INSPECTION_SKIP
                                    : datagram_take(inspector, flow, side, payload, time_us);
    }
    if (is_left_alone(flow)) {
        return INSPECTION_SKIP;
    }
    bool early = flow->sides[side].packets <= PROBE_DATAGRAMS;
    if (payload.len == 0 || (!early && flow->protocol == APP_PROTOCOL_UNKNOWN)) {
        return INSPECTION_UNKNOWN;
    }
    const struct datagram_proto *proto = find_datagram_proto(flow, side, payload);
    if (proto == NULL) {
        return INSPECTION_UNKNOWN;
    }
    inspection = inspection_open(inspector, flow);
    if (inspection == NULL) {
        return INSPECTION_UNKNOWN;
    }
    inspection->datagrams = proto;
    inspection->state = proto->create(inspector, flow);
    return datagram_take(inspector, flow, side, payload, time_us);
}

enum inspection inspector_gap(struct inspector *inspector, struct flow *flow, unsigned side, uint64_t missing,
                              int64_t time_us)
{
    if (is_left_alone(flow)) {
        return INSPECTION_SKIP;
    }
    struct flow_inspection *inspection = flow_inspection(flow);
    if (inspection == NULL) {
        inspection = inspection_open(inspector, flow);
        if (inspection == NULL) {
            return INSPECTION_UNKNOWN;
        }
    }
    if (inspection->given_up) {
        inspection_close(inspector, flow);
        return INSPECTION_UNKNOWN;
    }
    if (inspection->proto != NULL) {
        enum inspection answer = inspection->proto->gap(inspection->state, side, missing, time_us);
        if (answer != INSPECTION_UNKNOWN) {
            inspector_settled(inspector, flow);
            return answer;
        }
    }
    inspection->midstream = true;
    return inspection_reject(inspector, flow, side, slice_make(NULL, 0), time_us);
}

uint64_t inspector_skip(const struct flow *flow, unsigned side)
{
    const struct flow_inspection *inspection = flow_inspection(flow);
    if (inspection == NULL || inspection->proto == NULL || inspection->proto->skip == NULL) {
        return 0;
    }
    return inspection->proto->skip(inspection->state, side);
}

bool inspector_skip_turn(const struct flow *flow, unsigned side)
{
    const struct flow_inspection *inspection = flow_inspection(flow);
    return inspection != NULL && inspection->proto != NULL && inspection->proto->skip_turn != NULL &&
           inspection->proto->skip_turn(inspection->state, side);
}

enum inspection inspector_pass(struct inspector *inspector, struct flow *flow, unsigned side, uint64_t bytes,
                               bool turned, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    assert(inspection != NULL && inspection->proto != NULL); /* who said how many may be skipped */
    inspection->delivered[side] += bytes;
    enum inspection answer = inspection->proto->pass(inspection->state, side, bytes, turned, time_us);
    inspector_account(inspector, flow);
    return answer;
}

void inspector_tell_sign(struct inspector *inspector, struct flow *flow, const struct app_sign *sign,
                         int64_t time_us)
{
    const struct app_event event = {.type = APP_SIGN, .time_us = time_us, .flow = flow, .sign = sign};
    counter_add(inspector->counters, APP_SIGNS_TOLD, 1);
    inspector->event(inspector->context, &event);
}

void inspector_end(struct inspector *inspector, struct flow *flow, unsigned side, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    if (inspection == NULL) {
        return;
    }
    inspection->ended[side] = true;
    if (inspection->proto != NULL) {
        inspection->proto->end(inspection->state, side, time_us);
    }
    if (inspection->ended[side ^ 1]) {
        inspector_flow_end(inspector, flow,
                           time_us); /* closed connections stay in the flow table for a while */
    } else {
        inspector_settled(inspector, flow);
    }
}

void inspector_flow_end(struct inspector *inspector, struct flow *flow, int64_t time_us)
{
    struct flow_inspection *inspection = flow_inspection(flow);
    if (inspection == NULL) {
        return;
    }
    if (inspection->proto != NULL) {
        inspection->proto->finish(inspection->state, time_us);
    } else if (inspection->datagrams != NULL) {
        inspection->datagrams->finish(inspection->state, time_us);
    }
    inspection_close(inspector, flow);
}

void inspector_tick(struct inspector *inspector, unsigned shard, int64_t now_us)
{
    http_waiting_tick(inspector, shard, now_us);
    tls_waiting_tick(inspector, shard, now_us);
    dns_waiting_tick(inspector, shard, now_us);
    quic_waiting_tick(inspector, shard, now_us);
    range_table_sweep(&inspector->shards[shard].ranges, now_us, inspector->settings->range_timeout);
}

#define APP_PROTOCOL_NAME(id, name) [id] = name,

const char *inspector_protocol(const struct flow *flow)
{
    static const char *const names[APP_PROTOCOL_COUNT] = {APP_PROTOCOLS(APP_PROTOCOL_NAME)};
    return names[flow->protocol];
}

bool inspector_recognised(const struct flow *flow)
{
    return flow->protocol != APP_PROTOCOL_UNKNOWN;
}
