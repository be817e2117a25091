/* Taking packets into a stream: which of their bytes are new, and whether they can be handed on at once. */
#include "flow/stream.h"

#include <stdlib.h>

#include "daemon/flow/stream_priv.h"

static struct stream_run run_make(struct flow_table *table, struct flow *flow,
                                  const struct stream_receiver *receiver, void *context)
{
    return (struct stream_run){
        .table = table,
        .shard = flow_shard_of_flow(table, flow),
        .flow = flow,
        .stream = flow_stream(flow),
        .receiver = receiver,
        .context = context,
    };
}

void stream_free(struct flow_table *table, struct flow *flow)
{
    struct stream *stream = flow_stream(flow);
    if (stream == NULL) {
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        hold_clear(&stream->sides[side].hold, flow_shard_of_flow(table, flow));
    }
    slab_give(&table->memory.streams, stream);
    flow_attached(flow)->stream = NULL;
}

void stream_close(struct stream_run *run, unsigned side, enum stream_reading reason)
{
    run->flow->marks[side].reading = reason;
    if (run->stream != NULL) {
        run->stream->sides[side].stalled = false;
        run->stream->sides[side].passing = false;
        run->stream->sides[side].until_said = false;
        hold_clear(&run->stream->sides[side].hold, run->shard);
    }
}

/* A stream without a reader is no use; its flow goes on being counted. */
static void run_end(struct stream_run *run)
{
    if (!run_reads(run, 0) && !run_reads(run, 1)) {
        stream_free(run->table, run->flow);
    }
}

bool stream_begin(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    const struct tcp_side *tcp = &run->flow->tcp[side];
    if (!own->next_known && run->flow->marks[side].first_is_beginning) {
        own->next = tcp->first;
        own->next_known = true;
    }
    return own->next_known;
}

static struct segment segment_of(const struct packet *packet)
{
    return (struct segment){
        .sequence = tcp_payload_sequence(packet),
        .wire_len = packet->payload_wire_len,
        .bytes = slice_part(packet->payload, 0, packet->payload_wire_len),
        .acknowledges = (packet->tcp_flags & TCP_ACK) != 0,
        .acknowledgement = packet->tcp_acknowledgement,
    };
}

static bool segment_fits(const struct stream_run *run, unsigned side, const struct segment *segment)
{
    size_t charge = hold_charge(segment);
    size_t own = run->stream->sides[side].hold.charge;
    return own + charge <= run->table->settings->stream_hold &&
           run->shard->held + charge <= run->table->shard_hold;
}

/* A segment that begins at `next` and need not wait: what stands before the first held one goes on without a
 * copy. True where something did. */
static bool hand_on_front(struct stream_run *run, unsigned side, struct segment *segment)
{
    struct stream_side *own = &run->stream->sides[side];
    const struct held_segment *held = own->hold.first;
    int64_t room = held == NULL ? INT64_MAX : sequence_ahead(own->next, held->segment.sequence);
    if (segment->sequence != own->next || room <= 0 || stream_must_wait(run, side, segment)) {
        return false;
    }
    struct segment front = *segment;
    if (room < (int64_t)front.wire_len) {
        hold_count_overlaps(&own->hold, run->table->counters, segment);
        segment_cut_back(&front, (uint32_t)room);
    }
    stream_hand_on(run, side, &front);
    if (held != NULL) {
        stream_drain(run, side);
    }
    return true;
}

/* Hands on or holds all of a segment that is new. */
static void place_segment(struct stream_run *run, unsigned side, struct segment *segment)
{
    bool full = false;
    while (run_reads(run, side) && stream_trim(run, side, segment)) {
        if (stream_pass_segment(run, side, segment) || hand_on_front(run, side, segment)) {
            continue;
        }
        if (segment_fits(run, side, segment)) {
            hold_insert(&run->stream->sides[side].hold, run->shard, run->table->counters, segment);
            counter_add(run->table->counters, STREAM_HELD, 1);
            stream_stall(run, side);
            return;
        }
        if (!full) {
            counter_add(run->table->counters, STREAM_HOLD_FULL, 1);
            full = true;
        }
        stream_give_up(run, side, segment);
    }
}

static void take_segment(struct stream_run *run, unsigned side, struct segment *segment)
{
    struct stream_side *own = &run->stream->sides[side];
    counter_add(run->table->counters, STREAM_SEGMENTS, 1);
    if (!stream_begin(run, side)) {
        own->next = segment->sequence;
        own->next_known = true;
    }
    int64_t ahead = sequence_ahead(own->next, segment->sequence);
    if (ahead > TCP_WINDOW_MAX || ahead < -TCP_WINDOW_MAX) {
        counter_add(run->table->counters, STREAM_OUT_OF_WINDOW, 1);
        return;
    }
    if (ahead == -1 && segment->wire_len == 1) {
        return; /* a keep-alive probe (RFC 9293, section 3.8.4) */
    }
    if (ahead < 0) {
        counter_add(run->table->counters, STREAM_OVERLAPS, 1);
    }
    place_segment(run, side, segment);
}

/* Notices that a packet of this side lies behind bytes that never came. */
static void note_hole(struct stream_run *run, unsigned side, const struct packet *packet)
{
    struct stream_side *own = &run->stream->sides[side];
    if (!run_reads(run, side) || !stream_begin(run, side)) {
        return;
    }
    const struct tcp_side *tcp = &run->flow->tcp[side];
    uint32_t sequence = tcp_payload_sequence(packet);
    if (run->flow->marks[side].fin_seen && sequence_ahead(tcp->shown, sequence) > 0) {
        sequence = tcp->shown;
    }
    int64_t ahead = sequence_ahead(own->next, sequence);
    if (ahead > 0 && ahead <= TCP_WINDOW_MAX) {
        stream_stall(run, side);
        own->beyond = own->beyond < UINT8_MAX ? (uint8_t)(own->beyond + 1) : own->beyond;
    }
}

/* The FIN of this side is known: its end is to be handed on. What counts is the first FIN's acknowledgement,
 * one sent again may bear a later one. */
static void note_fin(struct stream_run *run, unsigned side, const struct packet *packet)
{
    struct stream_side *own = &run->stream->sides[side];
    if ((packet->tcp_flags & TCP_FIN) != 0) {
        if (!own->fin_acknowledges) {
            own->fin_acknowledges = (packet->tcp_flags & TCP_ACK) != 0;
            own->fin_acknowledgement = packet->tcp_acknowledgement;
        }
        if (!stream_begin(run, side)) {
            own->next = tcp_payload_sequence(packet);
            own->next_known = true;
        }
    }
    stream_stall(run, side);
}

/* Takes what a packet other than a reset tells. */
static void take_packet(struct stream_run *run, const struct packet *packet, unsigned side)
{
    bool payload = packet->payload_wire_len > 0 && run_reads(run, side);
    if (run->stream == NULL) {
        if (!payload) {
            return;
        }
        flow_table_attach(run->table, run->flow);
        run->stream = flow_attached(run->flow)->stream = slab_take(&run->table->memory.streams);
    }
    uint32_t passed = stream_pass_packet(run, side, packet);
    if (payload && passed < packet->payload_wire_len && run_reads(run, side)) {
        struct segment segment = segment_of(packet);
        segment_cut_front(&segment, passed);
        take_segment(run, side, &segment);
    }
    note_hole(run, side, packet);
    if (run->flow->marks[side].fin_seen && run_reads(run, side)) {
        note_fin(run, side, packet);
    }
    if (run->stream->sides[0].stalled || run->stream->sides[1].stalled) {
        stream_advance(run);
    }
}

void stream_take(struct flow_table *table, struct flow *flow, const struct packet *packet, unsigned side,
                 const struct stream_receiver *receiver, void *context)
{
    struct stream_run run = run_make(table, flow, receiver, context);
    run.now_us = packet->time_us;
    if (packet->transport != TRANSPORT_TCP) {
        return;
    }
    if (!run_reads(&run, 0) && !run_reads(&run, 1)) {
        stream_free(table, flow); /* stream_ignore left it */
        return;
    }
    if ((packet->tcp_flags & TCP_RST) == 0) {
        take_packet(&run, packet, side);
    }
    if (run.flow->reset && !stream_is_behind(&run)) {
        stream_flush(&run);
    }
    run_end(&run);
}

void stream_finish(struct flow_table *table, struct flow *flow, const struct stream_receiver *receiver,
                   void *context)
{
    struct stream_run run = run_make(table, flow, receiver, context);
    run.now_us = flow->last_us;
    run.flow_ends = true;
    stream_flush(&run);
    stream_free(table, flow);
}

void stream_ignore(struct flow_table *table, struct flow *flow, unsigned side)
{
    struct stream_run run = run_make(table, flow, NULL, NULL);
    if (run_reads(&run, side)) {
        stream_close(&run, side, STREAM_IGNORED);
    }
}
