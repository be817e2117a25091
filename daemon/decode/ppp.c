/* PPP (RFC 1661, 1662) and what carries it: PPPoE sessions (RFC 2516), serial lines beside Cisco's HDLC,
 * and L2TP (RFC 2661, version 3: RFC 3931). */
#include "decode_priv.h"

enum { PPPOE_SESSION = 0x1100, HDLC_ALL_STATIONS = 0xff03, CISCO_UNICAST = 0x0f00, CISCO_MULTICAST = 0x8f00 };

static const struct decode_route ppp_routes[] = {
    {0x0021, LAYER_IPV4},
    {0x0057, LAYER_IPV6},
    {0x0281, LAYER_MPLS},
    {0x0283, LAYER_MPLS},
};

enum decode_next decode_pppoe(struct decode_context *context, struct cur *cur)
{
    uint16_t version_and_code = cur_be16(cur);
    cur_skip(cur, 2); /* session */
    size_t len = cur_be16(cur);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    if (version_and_code != PPPOE_SESSION) {
        return END_NOT_IP;
    }
    decode_bound(context, cur, len);
    decode_note(context, ENCAPSULATION_PPPOE);
    return LAYER_PPP;
}

/* The protocol field may have lost its first byte, and the address and control bytes before it, to
 * compression (RFC 1661, section 6.5; RFC 1662, section 3.2). */
enum decode_next decode_ppp(struct decode_context *context, struct cur *cur)
{
    struct cur start = *cur;
    if (cur_be16(&start) == HDLC_ALL_STATIONS && cur_ok(&start)) {
        *cur = start;
    }
    uint16_t protocol = cur_u8(cur);
    if ((protocol & 1) == 0) {
        protocol = (uint16_t)(protocol << 8 | cur_u8(cur));
    }
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    decode_note(context, ENCAPSULATION_PPP);
    return decode_route_find(ppp_routes, ARRAY_COUNT(ppp_routes), protocol, END_NOT_IP);
}

enum decode_next decode_hdlc(struct decode_context *context, struct cur *cur)
{
    (void)context;
    struct cur start = *cur;
    uint16_t address_and_control = cur_be16(&start);
    if (!cur_ok(&start)) {
        return END_CUT;
    }
    if (address_and_control != CISCO_UNICAST && address_and_control != CISCO_MULTICAST) {
        return LAYER_PPP;
    }
    uint16_t type = cur_be16(&start);
    *cur = start;
    return cur_ok(&start) ? decode_next_by_ethertype(type) : END_CUT;
}

enum { L2TP_CONTROL = 0x8000, L2TP_LENGTH = 0x4000, L2TP_SEQUENCE = 0x0800, L2TP_OFFSET = 0x0200 };

/* Behind a session id of version 3 stand a cookie and a sublayer's header, whose lengths only the two ends
 * know (RFC 3931, section 4.1): of no, four or eight and no or four bytes. The frame is where one fits. */
static enum decode_next next_of_session(struct decode_context *context, struct cur *cur,
                                        enum decode_next otherwise)
{
    enum { STEP = 4, STEPS = 4 };
    struct cur at = *cur;
    for (unsigned i = 0; i < STEPS; i++) {
        if (decode_looks_ethernet(at)) {
            *cur = at;
            decode_note(context, ENCAPSULATION_L2TP);
            return LAYER_ETHERNET;
        }
        cur_skip(&at, STEP);
    }
    return otherwise;
}

/* A length that is too long for its datagram is not believed; a datagram that is no data is left alone. */
enum decode_next decode_l2tp(struct decode_context *context, struct cur *cur)
{
    uint16_t flags = cur_be16(cur);
    unsigned version = flags & 0x0f;
    if (!cur_ok(cur) || (flags & L2TP_CONTROL) != 0 || (version != 2 && version != 3)) {
        return END_NOT_IP;
    }
    if (version == 3) {
        cur_skip(cur, 2 + 4); /* reserved, session */
        return next_of_session(context, cur, END_NOT_IP);
    }
    cur_skip(cur, (flags & L2TP_LENGTH) != 0 ? 2 : 0);
    cur_skip(cur, 4); /* tunnel, session */
    cur_skip(cur, (flags & L2TP_SEQUENCE) != 0 ? 4 : 0);
    if ((flags & L2TP_OFFSET) != 0) {
        cur_skip(cur, cur_be16(cur));
    }
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    decode_note(context, ENCAPSULATION_L2TP);
    return LAYER_PPP;
}

enum decode_next decode_l2tp_3(struct decode_context *context, struct cur *cur)
{
    uint32_t session = cur_be32(cur);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    return session == 0 ? END_OTHER_TRANSPORT : next_of_session(context, cur, END_OTHER_TRANSPORT);
}
