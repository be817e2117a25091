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
static bool in_control_window(const struct flow *flow, unsigned side, uint32_t sequence)
{
    uint32_t low = tcp_acknowledged(flow, side);
    uint32_t shown = flow->tcp[side].shown;
    uint32_t high = flow->marks[side].shown_known && is_ahead(low, shown) ? shown : low;
    return sequence_ahead(low, sequence) >= 0 && sequence_ahead(high, sequence) <= CONTROL_WINDOW;
}

static bool is_far(uint32_t from, uint32_t to)
{
    int64_t ahead = sequence_ahead(from, to);
    return ahead > ANOTHER_DISTANCE || ahead < -ANOTHER_DISTANCE;
}

/* Whether these are bytes of another connection. While this one is open both numbers have to say so: one
 * alone runs ahead where the mirror loses much. */
static bool goes_on_another(const struct flow *flow, const struct packet *packet, unsigned side)
{
    if (flow->marks[0].cut || flow->marks[1].cut || packet->payload_wire_len == 0 ||
        !flow->marks[side].shown_known || !is_far(flow->tcp[side].shown, packet->tcp_sequence)) {
        return false;
    }
    if (tcp_closed(flow)) {
        return true;
    }
    return (packet->tcp_flags & TCP_ACK) != 0 && flow->marks[side ^ 1].acknowledged_known &&
           is_far(tcp_acknowledged(flow, side ^ 1), packet->tcp_acknowledgement) &&
           packet->time_us - flow->last_us >= another_pause_us;
}

bool tcp_opens_another(const struct flow *flow, const struct packet *packet, unsigned side)
{
    const struct flow_marks *marks = &flow->marks[side];
    if ((packet->tcp_flags & (TCP_SYN | TCP_RST)) == 0) {
        return goes_on_another(flow, packet, side);
    }
    if ((packet->tcp_flags & (TCP_SYN | TCP_RST | TCP_FIN)) != TCP_SYN) {
        return false;
    }
    bool answer = (packet->tcp_flags & TCP_ACK) != 0;
    if (flow->reset && !answer) {
        return true; /* a client that was refused may try again with the same number */
    }
    uint32_t low = flow->tcp[side].first;
    uint32_t first = tcp_payload_sequence(packet);
    if ((!marks->first_known && !marks->acknowledged_known) || first == low) {
        return false; /* its own, late or sent again */
    }
    bool closed = tcp_closed(flow);
    if (answer && !closed && flow->sides[side ^ 1].packets > 0) {
        return false; /* the SYN that it answers would have come first */
    }
    uint32_t high = marks->shown_known ? flow->tcp[side].shown : low;
    bool near =
        sequence_ahead(low, first) >= -CONTROL_WINDOW && sequence_ahead(high, first) <= CONTROL_WINDOW;
    return closed || !near;
}

bool tcp_closed(const struct flow *flow)
{
    if (flow->reset) {
        return true;
    }
    bool any = false;
    for (unsigned side = 0; side < 2; side++) {
        bool fin = flow->marks[side].fin_seen;
        if (!fin && flow->sides[side].packets > 0) {
            return false;
        }
        any = any || fin;
    }
    return any;
}

/* The side's first byte is known. What was acknowledged stays so: it counts from there. */
static void set_beginning(struct flow *flow, unsigned side, uint32_t first)
{
    if (flow->marks[side].first_is_beginning) {
        return;
    }
    if (flow->marks[side].acknowledged_known) {
        int64_t more = sequence_ahead(first, flow->tcp[side].first);
        uint64_t acked = flow->sides[side].acked;
        flow->sides[side].acked = 0;
        if (more >= 0 || acked > (uint64_t)-more) {
            flow_add_acked(&flow->sides[side], acked + (uint64_t)more);
        }
    }
    flow->tcp[side].first = first;
    flow->marks[side].first_known = flow->marks[side].first_is_beginning = true;
}

static void follow_handshake(struct flow *flow, const struct packet *packet, unsigned side)
{
    bool answer = (packet->tcp_flags & TCP_ACK) != 0;
    set_beginning(flow, side, tcp_payload_sequence(packet));
    if (answer) {
        set_beginning(flow, side ^ 1, packet->tcp_acknowledgement);
    }
    flow->syn_seen = true;
    flow_set_client(flow, answer ? side ^ 1 : side, ORIENTATION_HANDSHAKE);
}

/* Bytes of this side that this ACK of the other one is the first to acknowledge. */
static void follow_acknowledgement(struct flow *flow, uint32_t acknowledgement, unsigned side)
{
    struct flow_marks *marks = &flow->marks[side];
    struct tcp_side *tcp = &flow->tcp[side];
    if (!marks->acknowledged_known) {
        tcp->first = marks->first_known ? tcp->first : acknowledgement;
        marks->acknowledged_known = true;
    }
    uint32_t before = tcp_acknowledged(flow, side);
    if (!is_ahead(before, acknowledgement)) {
        return;
    }
    uint32_t bytes = acknowledgement - before;
    if (marks->fin_seen && sequence_ahead(before, tcp->shown) >= 0 &&
        sequence_ahead(tcp->shown, acknowledgement) > 0) {
        bytes--; /* the FIN's own number */
    }
    flow_add_acked(&flow->sides[side], bytes);
}

static void follow_fin(struct flow *flow, uint32_t fin, unsigned side, struct counter_cell *counters)
{
    struct flow_marks *marks = &flow->marks[side];
    struct tcp_side *tcp = &flow->tcp[side];
    if (marks->fin_seen) {
        return;
    }
    /* No byte can stand behind a FIN; an ACK sent after it, which bears its number plus one, may have come
     * first. */
    int64_t ahead = marks->shown_known ? sequence_ahead(tcp->shown, fin) : 0;
    if (ahead < -1 || ahead > TCP_WINDOW_MAX) {
        counter_add(counters, STREAM_OUT_OF_WINDOW, 1);
        return;
    }
    tcp->shown = fin;
    marks->shown_known = marks->fin_seen = true;
    if (marks->acknowledged_known && flow->sides[side].acked > 0 &&
        sequence_ahead(fin, tcp_acknowledged(flow, side)) > 0) {
        flow->sides[side].acked--; /* its number was taken for a byte's */
    }
}

static void follow_reset(struct flow *flow, const struct packet *packet, unsigned side,
                         struct counter_cell *counters)
{
    const struct flow_marks *marks = &flow->marks[side];
    bool good = true;
    if (marks->cut) {
        /* What the kernel dropped of this side shows in no number. */
    } else if (marks->first_known || marks->acknowledged_known) {
        good = in_control_window(flow, side, packet->tcp_sequence);
    } else if ((packet->tcp_flags & TCP_ACK) != 0 && flow->marks[side ^ 1].first_known) {
        /* A refused SYN: its RST has the sequence number 0 and is known by what it acknowledges. */
        good = in_control_window(flow, side ^ 1, packet->tcp_acknowledgement);
    }
    if (good) {
        flow->reset = true;
    } else {
        counter_add(counters, STREAM_OUT_OF_WINDOW, 1);
    }
}

void tcp_follow(struct flow *flow, const struct packet *packet, unsigned side, struct counter_cell *counters)
{
    struct flow_marks *marks = &flow->marks[side];
    struct tcp_side *tcp = &flow->tcp[side];
    if ((packet->tcp_flags & TCP_RST) != 0) {
        follow_reset(flow, packet, side, counters);
        return;
    }
    uint32_t start = tcp_payload_sequence(packet);
    uint32_t end = start + packet->payload_wire_len;
    if ((packet->tcp_flags & TCP_SYN) != 0) {
        follow_handshake(flow, packet, side);
    } else if (!marks->first_known) {
        tcp->first = marks->acknowledged_known ? tcp->first : start;
        marks->first_known = true;
    }
    if ((packet->tcp_flags & TCP_FIN) != 0) {
        follow_fin(flow, end, side, counters);
    }
    if (!marks->shown_known || (!marks->fin_seen && is_ahead(tcp->shown, end))) {
        tcp->shown = end;
        marks->shown_known = true;
    }
    if ((packet->tcp_flags & TCP_ACK) != 0) {
        follow_acknowledgement(flow, packet->tcp_acknowledgement, side ^ 1);
    }
}
