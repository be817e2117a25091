/* Directions whose packets the kernel drops for us: when, and what becomes of their count. */
#include "daemon/flow/flow_priv.h"

/*
 * Fewer bytes are not worth it: to cut a direction, and to open it and count, are three system calls, which
 * is what some dozens of packets cost.
 */
enum { CUT_MIN_BITS = 16, CUT_MIN = 1 << CUT_MIN_BITS };

void flow_table_set_cutoff(struct flow_table *table, struct cutoff *cutoff)
{
    table->cutoff = cutoff;
}

static struct cutoff_direction direction_of(const struct flow *flow, unsigned side)
{
    return (struct cutoff_direction){
        .source = flow->ends[side].address,
        .destination = flow->ends[side ^ 1].address,
        .source_port = flow->ends[side].port,
        .destination_port = flow->ends[side ^ 1].port,
    };
}

/* What the kernel's filter does not read it does not drop; and nDPI wants its packets first. */
static bool can_be_cut(const struct flow_table *table, const struct flow *flow, unsigned side)
{
    return table->cutoff != NULL && !flow->marks[side].cut && flow->classified &&
           (flow->encapsulation & ~(1U << ENCAPSULATION_VLAN)) == 0;
}

static void cut(struct flow_table *table, struct flow *flow, unsigned side, enum cutoff_kind kind,
                uint32_t resume)
{
    if (!can_be_cut(table, flow, side)) {
        return;
    }
    struct cutoff_direction direction = direction_of(flow, side);
    enum cutoff_answer answer = cutoff_set(table->cutoff, &direction, kind, resume);
    if (answer == CUTOFF_DONE) {
        flow_table_attach(table, flow);
        flow->marks[side].cut = true;
        flow->cut_for_ever = kind == CUTOFF_FOR_EVER;
        flow_attached(flow)->cut_seen = 0;
    }
    counter_add(table->counters, FLOW_CUT, answer == CUTOFF_DONE);
    counter_add(table->counters, FLOW_CUT_FULL, answer == CUTOFF_FULL);
}

void flow_cut_until(struct flow_table *table, struct flow *flow, unsigned side, uint32_t from,
                    uint32_t resume)
{
    if (sequence_ahead(from, resume) >= CUT_MIN) {
        cut(table, flow, side, CUTOFF_RESUME, resume);
    }
}

bool flow_cut_turn(struct flow_table *table, struct flow *flow, unsigned side)
{
    cut(table, flow, side, CUTOFF_UNTIL_SAID, 0);
    return flow->marks[side].cut;
}

static void add_volume(const struct flow_table *table, struct flow_side *side, struct cutoff_volume volume)
{
    uint32_t room = UINT32_MAX - side->packets;
    side->packets += volume.packets < room ? (uint32_t)volume.packets : room;
    flow_add_bytes(side, volume.bytes);
    counter_add(table->counters, FLOW_CUT_PACKETS, volume.packets);
    counter_add(table->counters, FLOW_CUT_BYTES, volume.bytes);
}

void flow_uncut(struct flow_table *table, struct flow *flow, unsigned side)
{
    if (flow->marks[side].cut) {
        struct cutoff_direction direction = direction_of(flow, side);
        add_volume(table, &flow->sides[side], cutoff_take(table->cutoff, &direction));
        flow->marks[side].cut = false;
    }
}

void flow_follow_cut(struct flow_table *table, struct flow *flow, const struct packet *packet, unsigned side)
{
    if (!flow->marks[0].cut && !flow->marks[1].cut) {
        return;
    }
    bool both = (packet->tcp_flags & (TCP_SYN | TCP_RST)) != 0;
    if (both || (packet->payload_wire_len > 0 && !flow->cut_for_ever)) {
        flow_uncut(table, flow, side ^ 1);
    }
    if (both || (packet->tcp_flags & TCP_FIN) != 0) {
        flow_uncut(table, flow, side); /* nothing more comes */
    }
}

bool flow_cut_goes_on(struct flow_table *table, struct flow *flow)
{
    if (!flow->marks[0].cut && !flow->marks[1].cut) {
        return false;
    }
    uint64_t packets = 0;
    for (unsigned side = 0; side < 2; side++) {
        if (flow->marks[side].cut) {
            struct cutoff_direction direction = direction_of(flow, side);
            packets += cutoff_look(table->cutoff, &direction).packets;
        }
    }
    uint32_t *seen = &flow_attached(flow)->cut_seen;
    bool more = (uint32_t)packets != *seen;
    *seen = (uint32_t)packets;
    return more;
}

void flow_table_cut_idle(struct flow_table *table, struct flow *flow, const struct packet *packet,
                         unsigned side)
{
    uint64_t bytes = flow->sides[side].bytes;
    bool large = bytes >> CUT_MIN_BITS != (bytes - packet->payload_wire_len) >> CUT_MIN_BITS;
    if (table->cutoff == NULL || !large || packet->transport != TRANSPORT_TCP ||
        flow->marks[side].reading == STREAM_OPEN || tcp_closed(flow)) {
        return;
    }
    if (flow->marks[side ^ 1].reading == STREAM_OPEN) {
        cut(table, flow, side, CUTOFF_UNTIL_SAID, 0);
        return;
    }
    cut(table, flow, side, CUTOFF_FOR_EVER, 0);
    cut(table, flow, side ^ 1, CUTOFF_FOR_EVER, 0);
}
