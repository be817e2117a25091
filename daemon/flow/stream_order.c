/*
 * What of a stream is due, in both directions: bytes in order, gaps for what will not come any more, and
 * ends. Cause comes before effect: a segment waits for the bytes that it acknowledges.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/flow/stream_priv.h"

/*
 * Of a hole whose bytes the receiver has acknowledged (so that nobody will send them again) it is only to be
 * ruled out that the mirror shows them late. Mirrors swap neighbours, and what comes by two links or queues
 * may be a burst apart.
 */
enum { PACKETS_BEYOND_HOLE = 15 };
/* Longer than the halves of a tap, or the members of a link aggregation, come apart; and where no receiver is
 * seen, longer than a sender with a round trip of a quarter of a second takes to send again. */
static const int64_t patience_us = TIME_SECOND;

/* Handing on. */

static void end_side(struct stream_run *run, unsigned side)
{
    if (run_reads(run, side)) {
        stream_close(run, side, STREAM_ENDED);
        run->receiver->end(run->context, run->flow, side);
    }
}

uint64_t stream_depth_room(const struct stream_run *run, unsigned side)
{
    uint64_t depth = run->table->settings->stream_depth;
    return depth == 0 ? UINT64_MAX : depth - run->stream->sides[side].handed;
}

void stream_move_on(struct stream_run *run, unsigned side, uint64_t len)
{
    struct stream_side *own = &run->stream->sides[side];
    own->next += (uint32_t)len;
    own->handed += len;
    own->beyond = 0;
    own->stalled_us = run->now_us;
    struct stream_side *other = &run->stream->sides[side ^ 1];
    if (other->waived && sequence_ahead(other->waived_to, own->next) >= 0) {
        other->waived = false; /* it has come after all; numbers come round again */
    }
}

void stream_settle(struct stream_run *run, unsigned side, bool more)
{
    if (!run_reads(run, side)) {
        return; /* the receiver called stream_ignore */
    }
    if (more) {
        stream_begin_pass(run, side);
    } else {
        stream_close(run, side, STREAM_IGNORED);
    }
}

/* After `len` of `wanted` bytes have been told: the rest lies beyond stream.depth. */
static void settle(struct stream_run *run, unsigned side, bool more, uint64_t len, uint64_t wanted)
{
    if (more && len < wanted && run_reads(run, side)) {
        counter_add(run->table->counters, STREAM_DEPTH_REACHED, 1);
        end_side(run, side);
    } else {
        stream_settle(run, side, more);
    }
}

static void hand_bytes(struct stream_run *run, unsigned side, struct slice bytes)
{
    uint64_t room = stream_depth_room(run, side);
    struct slice part = room < bytes.len ? slice_part(bytes, 0, (size_t)room) : bytes;
    stream_move_on(run, side, part.len);
    bool more = part.len == 0 || run->receiver->data(run->context, run->flow, side, part);
    settle(run, side, more, part.len, bytes.len);
}

static void hand_gap(struct stream_run *run, unsigned side, uint64_t missing)
{
    uint64_t room = stream_depth_room(run, side);
    uint64_t part = missing < room ? missing : room;
    counter_add(run->table->counters, STREAM_GAPS, part > 0 ? 1 : 0);
    counter_add(run->table->counters, STREAM_GAP_BYTES, part);
    stream_move_on(run, side, part);
    bool more = part == 0 || run->receiver->gap(run->context, run->flow, side, part);
    settle(run, side, more, part, missing);
}

void stream_hand_on(struct stream_run *run, unsigned side, const struct segment *segment)
{
    if (segment->bytes.len > 0) {
        hand_bytes(run, side, segment->bytes);
    }
    (void)stream_pass_segment(run, side, segment);
    if (segment->bytes.len == segment->wire_len || !run_reads(run, side)) {
        return;
    }
    const struct stream_side *own = &run->stream->sides[side];
    const struct held_segment *held = own->hold.first;
    int64_t missing = sequence_ahead(own->next, segment_end(segment));
    int64_t room = held == NULL ? missing : sequence_ahead(own->next, held->segment.sequence);
    missing = room < missing ? room : missing;
    if (missing > 0) {
        hand_gap(run, side, (uint64_t)missing);
    }
}

bool stream_trim(const struct stream_run *run, unsigned side, struct segment *segment)
{
    int64_t behind = sequence_ahead(segment->sequence, run->stream->sides[side].next);
    if (behind >= (int64_t)segment->wire_len) {
        return false;
    }
    if (behind > 0) {
        segment_cut_front(segment, (uint32_t)behind);
    }
    if (!run->flow->marks[side].fin_seen) {
        return true;
    }
    int64_t room = sequence_ahead(segment->sequence, run->flow->tcp[side].shown);
    if (room > 0 && room < (int64_t)segment->wire_len) {
        segment_cut_back(segment, (uint32_t)room);
    }
    return room > 0;
}

/* What a side waits for. */

/* A position without the FIN's own number. */
static uint32_t without_fin(const struct flow *flow, unsigned side, uint32_t sequence)
{
    uint32_t end = flow->tcp[side].shown;
    return flow->marks[side].fin_seen && sequence_ahead(end, sequence) > 0 ? end : sequence;
}

/* Up to where the other side must have been handed on before this segment. */
static uint32_t wanted_before(const struct stream_run *run, unsigned side, const struct segment *segment)
{
    return without_fin(run->flow, side ^ 1, segment->acknowledgement);
}

bool stream_must_wait(struct stream_run *run, unsigned side, const struct segment *segment)
{
    unsigned other_side = side ^ 1;
    if (!segment->acknowledges || !run_reads(run, other_side) || run->flow->sides[other_side].packets == 0 ||
        !stream_begin(run, other_side)) {
        return false;
    }
    const struct stream_side *own = &run->stream->sides[side];
    uint32_t wanted = wanted_before(run, side, segment);
    int64_t ahead = sequence_ahead(run->stream->sides[other_side].next, wanted);
    if (ahead <= 0 || ahead > TCP_WINDOW_MAX) {
        return false;
    }
    return !own->waived || sequence_ahead(own->waived_to, wanted) > 0;
}

void stream_stall(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    if (!own->stalled) {
        own->stalled = true;
        own->stalled_us = run->now_us;
        own->beyond = 0;
    }
}

static bool at_fin(const struct stream_run *run, unsigned side)
{
    return run->flow->marks[side].fin_seen && run->stream->sides[side].next == run->flow->tcp[side].shown;
}

/* Whether bytes are missing at `next`, and up to where: to the first held ones, or as far as the side has
 * shown to have sent. */
static bool hole_at_next(const struct stream_run *run, unsigned side, uint32_t *until)
{
    const struct stream_side *own = &run->stream->sides[side];
    if (own->passing) {
        return false;
    }
    if (own->hold.first != NULL) {
        *until = own->hold.first->segment.sequence;
        return sequence_ahead(own->next, *until) > 0;
    }
    *until = run->flow->tcp[side].shown;
    /* A single number may be that of a FIN which was not seen. */
    return sequence_ahead(own->next, *until) > (run->flow->marks[side].fin_seen ? 0 : 1);
}

/* The first thing that this side has to hand on and that waits for the other side: a held segment, or the
 * FIN, of which only the acknowledgement is filled in. False where there is none. */
static bool find_waiting(struct stream_run *run, unsigned side, struct segment *waiting)
{
    const struct stream_side *own = &run->stream->sides[side];
    if (!run_reads(run, side) || !own->next_known) {
        return false;
    }
    if (own->hold.first != NULL) {
        *waiting = own->hold.first->segment;
        return sequence_ahead(own->next, waiting->sequence) <= 0 && stream_must_wait(run, side, waiting);
    }
    *waiting =
        (struct segment){.acknowledges = own->fin_acknowledges, .acknowledgement = own->fin_acknowledgement};
    return at_fin(run, side) && stream_must_wait(run, side, waiting);
}

/* Ends the wait of a segment that must wait. */
static void waive(struct stream_run *run, unsigned side, const struct segment *segment)
{
    struct stream_side *own = &run->stream->sides[side];
    own->waived = true;
    own->waived_to = wanted_before(run, side, segment);
}

/* Whether a hole's bytes will not come any more; shortens it to what is known to be so. */
static bool hole_is_lost(const struct stream_run *run, unsigned side, uint32_t *until)
{
    const struct stream_side *own = &run->stream->sides[side];
    uint32_t acknowledged = tcp_acknowledged(run->flow, side);
    bool late = run->now_us - own->stalled_us >= patience_us;
    if (run->flow->sides[side ^ 1].packets == 0) {
        return late; /* no receiver to be seen */
    }
    if (!run->flow->marks[side].acknowledged_known || sequence_ahead(own->next, acknowledged) <= 0) {
        return false; /* the sender will send it again */
    }
    if (sequence_ahead(acknowledged, *until) > 0) {
        *until = acknowledged;
    }
    return late || own->beyond > PACKETS_BEYOND_HOLE;
}

/* Going on. */

bool stream_drain(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    bool progress = false;
    while (run_reads(run, side) && own->hold.first != NULL &&
           sequence_ahead(own->next, own->hold.first->segment.sequence) <= 0 &&
           !stream_must_wait(run, side, &own->hold.first->segment)) {
        struct held_segment *held = hold_take_first(&own->hold, run->shard);
        if (stream_trim(run, side, &held->segment)) {
            stream_hand_on(run, side, &held->segment);
        }
        free(held);
        progress = true;
    }
    return progress;
}

/* One step of one side; false where it can do nothing. */
static bool advance_side(struct stream_run *run, unsigned side)
{
    struct stream_side *own = &run->stream->sides[side];
    if (!run_reads(run, side) || !own->next_known || !own->stalled) {
        return false;
    }
    if (stream_drain(run, side)) {
        return true;
    }
    uint32_t until;
    if (hole_at_next(run, side, &until)) {
        if (!hole_is_lost(run, side, &until)) {
            return false;
        }
        hand_gap(run, side, until - own->next);
        return true;
    }
    struct segment waiting;
    if (find_waiting(run, side, &waiting)) {
        if (run->now_us - own->stalled_us < patience_us) {
            return false;
        }
        waive(run, side, &waiting);
        return true;
    }
    if (at_fin(run, side)) {
        end_side(run, side);
        return true;
    }
    own->stalled = false;
    return false;
}

/* Each side's next bytes acknowledge the other's: one of them was sent again later than it first was. The
 * client's go first. */
static bool break_mutual_wait(struct stream_run *run)
{
    unsigned client = run->flow->client;
    struct segment waiting;
    struct segment other;
    if (!find_waiting(run, client, &waiting) || !find_waiting(run, client ^ 1, &other)) {
        return false;
    }
    waive(run, client, &waiting);
    return true;
}

void stream_advance(struct stream_run *run)
{
    unsigned client = run->flow->client;
    bool progress = true;
    while (progress) {
        progress = advance_side(run, client);
        progress = advance_side(run, client ^ 1) || progress;
        progress = progress || break_mutual_wait(run);
    }
}

void stream_give_up(struct stream_run *run, unsigned side, const struct segment *segment)
{
    struct stream_side *own = &run->stream->sides[side];
    const struct held_segment *held = own->hold.first;
    if (held != NULL && sequence_ahead(segment->sequence, held->segment.sequence) <= 0) {
        segment = &held->segment;
    }
    int64_t missing = sequence_ahead(own->next, segment->sequence);
    if (missing > 0) {
        hand_gap(run, side, (uint64_t)missing);
    } else {
        waive(run, side, segment);
    }
    if (run_reads(run, side)) {
        stream_drain(run, side);
    }
}

/* After a reset nothing new is sent, but its sender's half of a tap may run ahead of the other. */
bool stream_is_behind(const struct stream_run *run)
{
    for (unsigned side = 0; run->stream != NULL && side < 2; side++) {
        const struct stream_side *own = &run->stream->sides[side];
        uint32_t acknowledged = without_fin(run->flow, side, tcp_acknowledged(run->flow, side));
        if (run_reads(run, side) && own->next_known && run->flow->marks[side].acknowledged_known &&
            sequence_ahead(own->next, acknowledged) > 0) {
            return true;
        }
    }
    return false;
}

/* At the end nothing can come any more: gives up one thing that keeps something back. */
static bool flush_step(struct stream_run *run, unsigned first)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned side = first ^ i;
        uint32_t until;
        if (run_reads(run, side) && run->stream->sides[side].next_known && hole_at_next(run, side, &until)) {
            hand_gap(run, side, until - run->stream->sides[side].next);
            return true;
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        unsigned side = first ^ i;
        struct segment waiting;
        if (find_waiting(run, side, &waiting)) {
            waive(run, side, &waiting);
            return true;
        }
    }
    return false;
}

void stream_flush(struct stream_run *run)
{
    unsigned client = run->flow->client;
    for (unsigned i = 0; i < 2; i++) {
        if (run->stream == NULL && run_reads(run, client ^ i)) {
            stream_close(run, client ^ i, STREAM_ENDED); /* no payload: nobody waits for its end */
        }
    }
    if (run->stream == NULL) {
        return;
    }
    stream_stop_pass(run, client);
    stream_stop_pass(run, client ^ 1);
    do {
        for (unsigned side = 0; side < 2; side++) {
            if (run_reads(run, side)) {
                stream_stall(run, side);
            }
        }
        stream_advance(run);
    } while (flush_step(run, client));
    end_side(run, client);
    end_side(run, client ^ 1);
}
