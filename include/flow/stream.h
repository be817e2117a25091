/*
 * TCP byte order. Each direction of a flow becomes a sequence of slices without holes, or explicit gaps.
 *
 * First bytes win where segments overlap. A stream whose SYN was not seen begins with the first payload byte
 * (mid-stream pick-up). A gap is told when a hole can no longer be filled:
 * - the receiver acknowledged bytes beyond it (or the mirror does not show the receiver), and some further
 *   packets of the sender, or a second of its silence, have come since; or
 * - too much is held behind it (stream.hold, stream.memory); or
 * - the stream ends; or
 * - the capture cut the segment (snaplen).
 * A gap never reaches beyond what the sender itself has shown to have sent, so that a forged
 * acknowledgement blinds nobody.
 *
 * Between the directions the order is that of cause and effect: a segment is handed on only after the bytes
 * of the other direction that it acknowledges, or the gap in their place, have been (for a second at most,
 * where the other direction stays silent).
 */
#pragma once

#include "base/slice.h"
#include "decode/packet.h"
#include "flow/flow.h"
#include "flow/flow_table.h"

/* What the app stage gets. `side` sent the bytes; slices are valid during the call. From a call only
 * stream_ignore, flow_set_client and classifier_drop may be called of this stage. */
struct stream_receiver {
    /* Return false when this direction needs no more bytes for now and for ever: it is then only counted. */
    bool (*data)(void *context, struct flow *flow, unsigned side, struct slice bytes);
    bool (*gap)(void *context, struct flow *flow, unsigned side, uint64_t missing);
    /* May be NULL. How many of the direction's next bytes nobody will read, whatever they are; asked after
     * each of the other calls but `end`. They are not put in order, and the kernel may drop them. */
    uint64_t (*skip)(void *context, const struct flow *flow, unsigned side);
    /* Whether nobody will read what comes until the other side sends payload, however much it is. Asked
     * before `skip`, where the kernel can wait for that payload. */
    bool (*skip_turn)(void *context, const struct flow *flow, unsigned side);
    /* So many of these bytes have gone by, seen or not; `turned`: the other side's payload, for which
     * `skip_turn` was to wait, has come. Answers as `data` does. */
    bool (*pass)(void *context, struct flow *flow, unsigned side, uint64_t bytes, bool turned);
    /* The direction ended: FIN in order, RST (once what was acknowledged before it has come), stream.depth,
     * or the flow's end. Called at most once a side, and not at all for a direction that the receiver gave up
     * or of a flow that never had payload. */
    void (*end)(void *context, struct flow *flow, unsigned side);
};

/* Puts a TCP packet's payload in order and hands on what is due, in both directions. Creates the flow's
 * stream (and its attachment) with the first segment that needs it. */
void stream_take(struct flow_table *table, struct flow *flow, const struct packet *packet, unsigned side,
                 const struct stream_receiver *receiver, void *context);
/* Hands out what is held (with gaps) and ends both directions: called from the flow_end_fn. */
void stream_finish(struct flow_table *table, struct flow *flow, const struct stream_receiver *receiver,
                   void *context);
/* The receiver will not read this direction any more: held bytes are freed, bytes still counted. */
void stream_ignore(struct flow_table *table, struct flow *flow, unsigned side);
