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

static bool is_cut(const struct flow_entry *entry, unsigned side)
{
    return (entry->cut >> side & 1) != 0;
}

/* What the kernel's filter does not read it does not drop; and nDPI wants its packets first. */
static bool can_be_cut(const struct flow_table *table, const struct flow_entry *entry, unsigned side)
{
    const struct flow *flow = &entry->flow;
    return table->cutoff != NULL && !is_cut(entry, side) && flow->classified &&
           (flow->encapsulation & ~(1U << ENCAPSULATION_VLAN)) == 0;
}

static void cut(struct flow_table *table, struct flow_entry *entry, unsigned side, enum cutoff_kind kind,
                uint32_t resume)
{
    if (!can_be_cut(table, entry, side)) {
        return;
    }
    struct cutoff_direction direction = direction_of(&entry->flow, side);
    enum cutoff_answer answer = cutoff_set(table->cutoff, &direction, kind, resume);
    if (answer == CUTOFF_DONE) {
        entry->cut = (entry->cut | 1U << side) & 3U;
        entry->cut_for_ever = kind == CUTOFF_FOR_EVER;
        entry->cut_seen = 0;
    }
    counter_add(table->counters, FLOW_CUT, answer == CUTOFF_DONE);
    counter_add(table->counters, FLOW_CUT_FULL, answer == CUTOFF_FULL);
}

void flow_cut_until(struct flow_table *table, struct flow_entry *entry, unsigned side, uint32_t from,
                    uint32_t resume)
{
    if (sequence_ahead(from, resume) >= CUT_MIN) {
        cut(table, entry, side, CUTOFF_RESUME, resume);
    }
}

bool flow_cut_turn(struct flow_table *table, struct flow_entry *entry, unsigned side)
{
    cut(table, entry, side, CUTOFF_UNTIL_SAID, 0);
    return is_cut(entry, side);
}

static void add_volume(const struct flow_table *table, struct flow_side *side, struct cutoff_volume volume)
{
    side->packets += volume.packets;
    side->bytes += volume.bytes;
    counter_add(table->counters, FLOW_CUT_PACKETS, volume.packets);
    counter_add(table->counters, FLOW_CUT_BYTES, volume.bytes);
}

void flow_uncut(struct flow_table *table, struct flow_entry *entry, unsigned side)
{
    if (is_cut(entry, side)) {
        struct cutoff_direction direction = direction_of(&entry->flow, side);
        add_volume(table, &entry->flow.sides[side], cutoff_take(table->cutoff, &direction));
        entry->cut = entry->cut & 2U >> side & 3U;
    }
}

void flow_follow_cut(struct flow_table *table, struct flow_entry *entry, const struct packet *packet,
                     unsigned side)
{
    if (entry->cut == 0) {
        return;
    }
    bool both = (packet->tcp_flags & (TCP_SYN | TCP_RST)) != 0;
    if (both || (packet->payload_wire_len > 0 && !entry->cut_for_ever)) {
        flow_uncut(table, entry, side ^ 1);
    }
    if (both || (packet->tcp_flags & TCP_FIN) != 0) {
        flow_uncut(table, entry, side); /* nothing more comes */
    }
}

bool flow_cut_goes_on(struct flow_table *table, struct flow_entry *entry)
{
    uint64_t packets = 0;
    for (unsigned side = 0; side < 2; side++) {
        if (is_cut(entry, side)) {
            struct cutoff_direction direction = direction_of(&entry->flow, side);
            packets += cutoff_look(table->cutoff, &direction).packets;
        }
    }
    bool more = (uint32_t)packets != entry->cut_seen;
    entry->cut_seen = (uint32_t)packets;
    return more;
}

void flow_table_cut_idle(struct flow_table *table, struct flow *flow, const struct packet *packet,
                         unsigned side)
{
    struct flow_entry *entry = flow_entry_of(flow);
    uint64_t bytes = flow->sides[side].bytes;
    bool large = bytes >> CUT_MIN_BITS != (bytes - packet->payload_wire_len) >> CUT_MIN_BITS;
    if (table->cutoff == NULL || !large || packet->transport != TRANSPORT_TCP ||
        entry->reading[side] == STREAM_OPEN || tcp_closed(entry)) {
        return;
    }
    if (entry->reading[side ^ 1] == STREAM_OPEN) {
        cut(table, entry, side, CUTOFF_UNTIL_SAID, 0);
        return;
    }
    cut(table, entry, side, CUTOFF_FOR_EVER, 0);
    cut(table, entry, side ^ 1, CUTOFF_FOR_EVER, 0);
}
