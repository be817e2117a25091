/*
 * The state of a stream and the run of one packet over it. stream.c takes packets in, stream_order.c decides
 * what is due and hands it on, stream_pass.c passes over what nobody reads.
 */
#pragma once

#include "daemon/flow/hold_priv.h"
#include "flow/stream.h"

struct stream_side {
    uint32_t next; /* the sequence number that the receiver gets next */
    bool next_known : 1;
    /*
     * A stalled direction has something to hand on and cannot: bytes are missing (a hole), or the other
     * direction must come first (a wait). Nothing is held where no side is stalled.
     */
    bool stalled : 1;
    bool waived : 1; /* waits for the other direction up to `waived_to` are given up */
    /* The receiver reads nothing up to `pass_to`: nothing of it is held, and `next` moves on over holes. */
    bool passing : 1;
    bool until_said : 1;       /* ... and it moves on with the stream until the other side has payload */
    bool fin_acknowledges : 1; /* what the FIN acknowledges: see struct segment */
    uint8_t beyond;            /* packets of this side behind the hole since it stalled; saturates */
    uint32_t waived_to;        /* an acknowledgement number */
    uint32_t pass_to;
    uint32_t fin_acknowledgement;
    int64_t stalled_us; /* since when */
    uint64_t handed;    /* bytes and gaps, for stream.depth */
    uint64_t passed;    /* bytes passed over and not told to the receiver yet */
    struct hold hold;
};

struct stream {
    struct stream_side sides[2];
};

/* One call of the public functions. */
struct stream_run {
    struct flow_table *table;
    struct flow_shard *shard;
    struct flow *flow;
    struct stream *stream;
    const struct stream_receiver *receiver;
    void *context;
    int64_t now_us;
    bool flow_ends; /* so the kernel is told to drop nothing more: nobody would take it back */
};

static inline bool run_reads(const struct stream_run *run, unsigned side)
{
    return run->flow->marks[side].reading == STREAM_OPEN;
}

/* Settles where a side begins, where its SYN told it. False while that is unknown. */
bool stream_begin(struct stream_run *run, unsigned side);
/* The direction is not read any more, for this reason; what it holds is freed. */
void stream_close(struct stream_run *run, unsigned side, enum stream_reading reason);

/* Cuts off what has been handed on already and what lies behind a FIN. False where nothing is left. */
bool stream_trim(const struct stream_run *run, unsigned side, struct segment *segment);
/* Whether a segment of `side` must wait for bytes of the other side that it acknowledges. */
bool stream_must_wait(struct stream_run *run, unsigned side, const struct segment *segment);
/* Marks a side as stalled, from now on unless it already is. */
void stream_stall(struct stream_run *run, unsigned side);
/* Hands a segment on that begins at `next`: its bytes, and a gap for what was cut off of it. */
void stream_hand_on(struct stream_run *run, unsigned side, const struct segment *segment);
/* The stream has come `len` bytes further. */
void stream_move_on(struct stream_run *run, unsigned side, uint64_t len);
/* Looks at what the receiver answered: closes a direction that it has given up, else asks what to pass over.
 */
void stream_settle(struct stream_run *run, unsigned side, bool more);
/* Bytes of a side until stream.depth. */
uint64_t stream_depth_room(const struct stream_run *run, unsigned side);
/* Hands on what is held of this side and due. True where anything was. */
bool stream_drain(struct stream_run *run, unsigned side);
/* Hands on all that is due in both directions, and tells the gaps that are. */
void stream_advance(struct stream_run *run);
/* There is no room for `segment`: gives up what it, or the first held one, waits for. */
void stream_give_up(struct stream_run *run, unsigned side, const struct segment *segment);
/* Whether bytes that were acknowledged have not been handed on yet. */
bool stream_is_behind(const struct stream_run *run);
/* Hands on all that is held, with gaps for what is missing, and ends both directions. */
void stream_flush(struct stream_run *run);

/* stream_pass.c. Asks the receiver for bytes that it will not read, from `next` on. */
void stream_begin_pass(struct stream_run *run, unsigned side);
/* The same for a part of a segment that comes next; false where its side passes nothing over. */
bool stream_pass_segment(struct stream_run *run, unsigned side, const struct segment *segment);
/* Takes what a packet tells of bytes that are passed over, of either side. Returns how many of its payload's
 * first bytes are such. */
uint32_t stream_pass_packet(struct stream_run *run, unsigned side, const struct packet *packet);
/* No more of them will come. */
void stream_stop_pass(struct stream_run *run, unsigned side);
