/*
 * Passing over: bytes that the receiver will not read. Their packets move the stream on, with holes and out
 * of order; the receiver is told how many they were when the last of them has gone by.
 */
#include "daemon/flow/stream_priv.h"

#include <stdlib.h>

/* At a time: half of what a segment may lie ahead of the stream, so that the first one behind them is known.
 */
enum { PASS_MAX = TCP_WINDOW_MAX / 2 };

/* Everything up to `pass_to` has gone by, or will not come. */
static void end_pass(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    uint64_t passed = own->passed;
    bool turned = own->until_said;
    own->passing = false;
    own->until_said = false;
    own->passed = 0;
    flow_uncut(run->table, run->flow, side);
    if (passed > 0) {
        bool more = run->receiver->pass(run->context, run->flow, side, passed, turned);
        stream_settle(run, side, more);
    }
}

/* The stream has come to this number, as far as it is one that is passed over. */
static void pass(struct stream_run *run, unsigned side, uint32_t sequence)
{
    struct stream_side *own = &run->stream->sides[side];
    struct tcp_side *tcp = &run->flow->tcp[side];
    int64_t ahead = sequence_ahead(own->next, sequence);
    int64_t room = sequence_ahead(own->next, own->pass_to);
    ahead = ahead < room ? ahead : room;
    if (ahead > 0) {
        own->passed += (uint64_t)ahead;
        stream_move_on(run, side, (uint64_t)ahead);
        if (!run->flow->marks[side].fin_seen && sequence_ahead(tcp->shown, own->next) > 0) {
            tcp->shown = own->next; /* packets that the kernel dropped did not show it */
        }
    }
    if (own->until_said) {
        own->pass_to = own->next + PASS_MAX;
    } else if (own->next == own->pass_to) {
        end_pass(run, side);
    }
}

/* What is held of these bytes is not needed; where some of it lies behind them they have all gone by. */
static void pass_held(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    while (run_reads(run, side) && own->passing && own->hold.first != NULL) {
        uint32_t end = segment_end(&own->hold.first->segment);
        if (sequence_ahead(own->pass_to, end) <= 0) {
            free(hold_take_first(&own->hold, run->shard));
        }
        pass(run, side, end);
    }
}

/* Nobody reads what comes until the other side speaks, and the kernel waits for that. */
static bool begin_turn(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    const struct flow *flow = run->flow;
    if (run->table->cutoff == NULL || run->flow_ends || flow->sides[side ^ 1].bytes == 0 ||
        stream_depth_room(run, side) < UINT64_MAX || !run->receiver->skip_turn(run->context, flow, side) ||
        !flow_cut_turn(run->table, run->flow, side)) {
        return false;
    }
    own->passing = true;
    own->until_said = true;
    own->pass_to = own->next + PASS_MAX;
    pass_held(run, side);
    return true;
}

void stream_begin_pass(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    if (run->receiver->skip == NULL || own->passing || begin_turn(run, side)) {
        return;
    }
    uint64_t len = run->receiver->skip(run->context, run->flow, side);
    uint64_t room = stream_depth_room(run, side);
    len = len < room ? len : room;
    len = len < PASS_MAX ? len : PASS_MAX;
    if (len == 0) {
        return;
    }
    own->passing = true;
    own->pass_to = own->next + (uint32_t)len;
    if (!run->flow_ends) {
        flow_cut_until(run->table, run->flow, side, own->next, own->pass_to);
    }
    pass_held(run, side);
}

bool stream_pass_segment(struct stream_run *run, unsigned side, const struct segment *segment)
{
    const struct stream_side *own = &run->stream->sides[side];
    bool passing = own->passing;
    while (own->passing && sequence_ahead(own->next, segment_end(segment)) > 0) {
        pass(run, side, segment_end(segment));
    }
    return passing;
}

/* The sender closed before the end. */
static void pass_to_fin(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    uint32_t fin = run->flow->tcp[side].shown;
    if (own->passing && run->flow->marks[side].fin_seen && sequence_ahead(fin, own->pass_to) >= 0) {
        own->until_said = false; /* it ends here, not by a turn */
        own->pass_to = sequence_ahead(own->next, fin) > 0 ? fin : own->next;
        pass(run, side, own->pass_to);
    }
}

static bool is_near(const struct stream_run *run, unsigned side, uint32_t sequence)
{
    return sequence_ahead(run->stream->sides[side].next, sequence) <= TCP_WINDOW_MAX;
}

uint32_t stream_pass_packet(struct stream_run *run, unsigned side, const struct packet *packet)
{
    const struct stream_side *own = &run->stream->sides[side];
    const struct stream_side *other = &run->stream->sides[side ^ 1];
    if ((packet->tcp_flags & TCP_ACK) != 0 && other->passing &&
        is_near(run, side ^ 1, packet->tcp_acknowledgement)) {
        pass(run, side ^ 1, packet->tcp_acknowledgement); /* they arrived, whether we saw them or not */
    }
    if (other->until_said && packet->payload_wire_len > 0) {
        end_pass(run, side ^ 1);
    }
    uint32_t begin = tcp_payload_sequence(packet);
    if (!own->passing || !is_near(run, side, begin)) {
        return 0;
    }
    int64_t passed = sequence_ahead(begin, own->pass_to);
    pass(run, side, begin + packet->payload_wire_len);
    pass_to_fin(run, side);
    if (passed <= 0) {
        return 0;
    }
    bool all = passed >= (int64_t)packet->payload_wire_len;
    counter_add(run->table->counters, STREAM_PASSED, all && packet->payload_wire_len > 0);
    return all ? packet->payload_wire_len : (uint32_t)passed;
}

void stream_stop_pass(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    if (own->passing && run->flow->marks[side].acknowledged_known) {
        pass(run, side, tcp_acknowledged(run->flow, side));
    }
    if (own->passing) {
        own->until_said = false;
        end_pass(run, side);
    }
}
