/*
 * What the flow table follows of TCP: the first sequence numbers, how far each side has sent and been
 * acknowledged, who is the client, and whether the connection has ended or another one has begun on its
 * ports. Either side may be missing from the mirror, and any packet may come a little out of order.
 */
#include "base/clock.h"
#include "daemon/flow/flow_priv.h"

/*
 * How far around the numbers seen a RST, or a SYN that is no new connection, may lie. It is the window of a
 * receiver without window scale; a larger one would make forged resets cheaper, a missed reset costs only
 * memory until the timeout.
 */
enum { CONTROL_WINDOW = 65535 };

/* Numbers this far from all that was seen, behind a pause this long, are those of another connection whose
 * handshake the mirror lost: more than a sensor that was blind for a moment misses. */
enum { ANOTHER_DISTANCE = 1 << 24 };
static const int64_t another_pause_us = TIME_SECOND;

static bool is_ahead(uint32_t from, uint32_t to)
{
    int64_t ahead = sequence_ahead(from, to);
    return ahead > 0 && ahead <= TCP_WINDOW_MAX;
}

uint32_t tcp_payload_sequence(const struct packet *packet)
{
    return packet->tcp_sequence + ((packet->tcp_flags & TCP_SYN) != 0 ? 1 : 0);
}

/* Whether a control segment's sequence number may be this side's: from what is acknowledged (or its first)
 * to a window beyond what it has shown. */
static bool in_control_window(const struct tcp_side *side, uint32_t sequence)
{
    uint32_t low = side->acknowledged_known ? side->acknowledged : side->first;
    uint32_t high = side->shown_known && is_ahead(low, side->shown) ? side->shown : low;
    return sequence_ahead(low, sequence) >= 0 && sequence_ahead(high, sequence) <= CONTROL_WINDOW;
}

/* The side's first byte by what is known: its own packets, else the first acknowledgement of them. */
static bool first_of(const struct flow_entry *entry, unsigned side, uint32_t *first)
{
    const struct tcp_side *own = &entry->tcp.sides[side];
    *first = own->first_known ? own->first : own->acknowledged - (uint32_t)entry->flow.sides[side].acked;
    return own->first_known || own->acknowledged_known;
}

static bool is_far(uint32_t from, uint32_t to)
{
    int64_t ahead = sequence_ahead(from, to);
    return ahead > ANOTHER_DISTANCE || ahead < -ANOTHER_DISTANCE;
}

/* Whether these are bytes of another connection. While this one is open both numbers have to say so: one
 * alone runs ahead where the mirror loses much. */
static bool goes_on_another(const struct flow_entry *entry, const struct packet *packet, unsigned side)
{
    const struct tcp_side *own = &entry->tcp.sides[side];
    const struct tcp_side *other = &entry->tcp.sides[side ^ 1];
    if (entry->cut != 0 || packet->payload_wire_len == 0 || !own->shown_known ||
        !is_far(own->shown, packet->tcp_sequence)) {
        return false;
    }
    if (tcp_closed(entry)) {
        return true;
    }
    return (packet->tcp_flags & TCP_ACK) != 0 && other->acknowledged_known &&
           is_far(other->acknowledged, packet->tcp_acknowledgement) &&
           packet->time_us - entry->flow.last_us >= another_pause_us;
}

bool tcp_opens_another(const struct flow_entry *entry, const struct packet *packet, unsigned side)
{
    const struct tcp_side *own = &entry->tcp.sides[side];
    if ((packet->tcp_flags & (TCP_SYN | TCP_RST)) == 0) {
        return goes_on_another(entry, packet, side);
    }
    if ((packet->tcp_flags & (TCP_SYN | TCP_RST | TCP_FIN)) != TCP_SYN) {
        return false;
    }
    bool answer = (packet->tcp_flags & TCP_ACK) != 0;
    if (entry->tcp.reset && !answer) {
        return true; /* a client that was refused may try again with the same number */
    }
    uint32_t low;
    uint32_t first = tcp_payload_sequence(packet);
    if (!first_of(entry, side, &low) || first == low) {
        return false; /* its own, late or sent again */
    }
    bool closed = tcp_closed(entry);
    if (answer && !closed && entry->flow.sides[side ^ 1].packets > 0) {
        return false; /* the SYN that it answers would have come first */
    }
    uint32_t high = own->shown_known ? own->shown : low;
    bool near =
        sequence_ahead(low, first) >= -CONTROL_WINDOW && sequence_ahead(high, first) <= CONTROL_WINDOW;
    return closed || !near;
}

bool tcp_closed(const struct flow_entry *entry)
{
    if (entry->tcp.reset) {
        return true;
    }
    bool any = false;
    for (unsigned side = 0; side < 2; side++) {
        bool fin = entry->tcp.sides[side].fin_seen;
        if (!fin && entry->flow.sides[side].packets > 0) {
            return false;
        }
        any = any || fin;
    }
    return any;
}

static void follow_handshake(struct flow_entry *entry, const struct packet *packet, unsigned side)
{
    struct tcp_side *own = &entry->tcp.sides[side];
    struct tcp_side *other = &entry->tcp.sides[side ^ 1];
    bool answer = (packet->tcp_flags & TCP_ACK) != 0;
    if (!own->first_is_beginning) {
        own->first = tcp_payload_sequence(packet);
        own->first_known = own->first_is_beginning = true;
    }
    if (answer && !other->first_is_beginning) {
        other->first = packet->tcp_acknowledgement;
        other->first_known = other->first_is_beginning = true;
    }
    entry->flow.syn_seen = true;
    flow_set_client(&entry->flow, answer ? side ^ 1 : side, ORIENTATION_HANDSHAKE);
}

/* Bytes of the other side that this ACK is the first to acknowledge. */
static void follow_acknowledgement(struct flow_entry *entry, uint32_t acknowledgement, unsigned side)
{
    struct tcp_side *other = &entry->tcp.sides[side ^ 1];
    if (!other->acknowledged_known) {
        other->acknowledged = other->first_known ? other->first : acknowledgement;
        other->acknowledged_known = true;
    }
    if (!is_ahead(other->acknowledged, acknowledgement)) {
        return;
    }
    uint64_t bytes = acknowledgement - other->acknowledged;
    if (other->fin_seen && sequence_ahead(other->acknowledged, other->fin) >= 0 &&
        sequence_ahead(other->fin, acknowledgement) > 0) {
        bytes--; /* the FIN's own number */
    }
    entry->flow.sides[side ^ 1].acked += bytes;
    other->acknowledged = acknowledgement;
}

static void follow_fin(struct flow_entry *entry, uint32_t fin, unsigned side, struct counter_cell *counters)
{
    struct tcp_side *own = &entry->tcp.sides[side];
    if (own->fin_seen) {
        return;
    }
    /* No byte can stand behind a FIN; an ACK sent after it, which bears its number plus one, may have come
     * first. */
    int64_t ahead = own->shown_known ? sequence_ahead(own->shown, fin) : 0;
    if (ahead < -1 || ahead > TCP_WINDOW_MAX) {
        counter_add(counters, STREAM_OUT_OF_WINDOW, 1);
        return;
    }
    own->fin = fin;
    own->fin_seen = true;
    if (own->acknowledged_known && entry->flow.sides[side].acked > 0 &&
        sequence_ahead(fin, own->acknowledged) > 0) {
        entry->flow.sides[side].acked--; /* its number was taken for a byte's */
    }
}

static void follow_reset(struct flow_entry *entry, const struct packet *packet, unsigned side,
                         struct counter_cell *counters)
{
    const struct tcp_side *own = &entry->tcp.sides[side];
    const struct tcp_side *other = &entry->tcp.sides[side ^ 1];
    bool good = true;
    if ((entry->cut >> side & 1) != 0) {
        /* What the kernel dropped of this side shows in no number. */
    } else if (own->first_known || own->acknowledged_known) {
        good = in_control_window(own, packet->tcp_sequence);
    } else if ((packet->tcp_flags & TCP_ACK) != 0 && other->first_known) {
        /* A refused SYN: its RST has the sequence number 0 and is known by what it acknowledges. */
        good = in_control_window(other, packet->tcp_acknowledgement);
    }
    if (good) {
        entry->tcp.reset = true;
    } else {
        counter_add(counters, STREAM_OUT_OF_WINDOW, 1);
    }
}

void tcp_follow(struct flow_entry *entry, const struct packet *packet, unsigned side,
                struct counter_cell *counters)
{
    struct tcp_side *own = &entry->tcp.sides[side];
    if ((packet->tcp_flags & TCP_RST) != 0) {
        follow_reset(entry, packet, side, counters);
        return;
    }
    uint32_t start = tcp_payload_sequence(packet);
    uint32_t end = start + packet->payload_wire_len;
    if ((packet->tcp_flags & TCP_SYN) != 0) {
        follow_handshake(entry, packet, side);
    } else if (!own->first_known) {
        own->first = start;
        own->first_known = true;
    }
    if ((packet->tcp_flags & TCP_FIN) != 0) {
        follow_fin(entry, end, side, counters);
    }
    if (!own->shown_known || is_ahead(own->shown, end)) {
        own->shown = end;
        own->shown_known = true;
    }
    if ((packet->tcp_flags & TCP_ACK) != 0) {
        follow_acknowledgement(entry, packet->tcp_acknowledgement, side);
    }
}
