/*
 * Tunnels over UDP: VXLAN (RFC 7348; GPE: draft-ietf-nvo3-vxlan-gpe) with NSH (RFC 8300), Geneve (RFC 8926),
 * GTP-U (3GPP TS 29.281), Teredo (RFC 4380), MPLS (RFC 7510). They are told by their port, so each of these
 * refuses what its header does not fit; the datagram is then what it is.
 */
#include "decode_priv.h"

static const struct decode_route port_routes[] = {
    {4789, LAYER_VXLAN}, {8472, LAYER_VXLAN}, /* Linux before RFC 7348 */
    {4790, LAYER_VXLAN}, {6081, LAYER_GENEVE}, {2152, LAYER_GTP_U},
    {1701, LAYER_L2TP},  {3544, LAYER_TEREDO}, {6635, LAYER_MPLS},
};

enum decode_next decode_tunnel_by_port(uint16_t port)
{
    return decode_route_find(port_routes, ARRAY_COUNT(port_routes), port, END_UDP);
}

/* VXLAN-GPE's and NSH's numbers of what comes next. */
static const struct decode_route next_protocol_routes[] = {
    {1, LAYER_IPV4}, {2, LAYER_IPV6}, {3, LAYER_ETHERNET}, {4, LAYER_NSH}, {5, LAYER_MPLS},
};

static enum decode_next next_by_protocol(uint8_t protocol)
{
    return decode_route_find(next_protocol_routes, ARRAY_COUNT(next_protocol_routes), protocol, END_NOT_IP);
}

enum { VXLAN_HAS_NETWORK = 0x08, VXLAN_HAS_PROTOCOL = 0x04 };

enum decode_next decode_vxlan(struct decode_context *context, struct cur *cur)
{
    uint8_t flags = cur_u8(cur);
    cur_skip(cur, 2);
    uint8_t protocol = cur_u8(cur);
    cur_skip(cur, 4); /* network, reserved */
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    if ((flags & VXLAN_HAS_NETWORK) == 0) {
        return END_NOT_IP;
    }
    decode_note(context, ENCAPSULATION_VXLAN);
    return (flags & VXLAN_HAS_PROTOCOL) != 0 ? next_by_protocol(protocol) : LAYER_ETHERNET;
}

enum decode_next decode_nsh(struct decode_context *context, struct cur *cur)
{
    enum { WORD = 4, LENGTH_MASK = 0x3f, HEADER_MIN = 8 };
    struct cur fields = *cur;
    uint16_t start = cur_be16(&fields);
    cur_skip(&fields, 1); /* type of metadata */
    uint8_t protocol = cur_u8(&fields);
    size_t len = (size_t)(start & LENGTH_MASK) * WORD;
    if (!cur_ok(&fields)) {
        return END_CUT;
    }
    if (start >> 14 != 0 || len < HEADER_MIN) {
        return END_NOT_IP;
    }
    enum decode_next end;
    if (!decode_skip_header(context, cur, len, &end)) {
        return end;
    }
    decode_note(context, ENCAPSULATION_NSH);
    return next_by_protocol(protocol);
}

enum decode_next decode_geneve(struct decode_context *context, struct cur *cur)
{
    enum { WORD = 4, LENGTH_MASK = 0x3f, TYPE_BRIDGED = 0x6558 };
    uint8_t version_and_length = cur_u8(cur);
    cur_skip(cur, 1); /* flags */
    uint16_t type = cur_be16(cur);
    cur_skip(cur, 4); /* network, reserved */
    cur_skip(cur, (size_t)(version_and_length & LENGTH_MASK) * WORD);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    if (version_and_length >> 6 != 0) {
        return END_NOT_IP;
    }
    decode_note(context, ENCAPSULATION_GENEVE);
    return type == TYPE_BRIDGED ? LAYER_ETHERNET : decode_next_by_ethertype(type);
}

/* A chain of extension headers: a length in words, contents, and the next one's type at the end. */
static bool skip_gtp_extensions(struct cur *cur)
{
    enum { EXTENSIONS_MAX = 16, WORD = 4, FRAME = 2 };
    cur_skip(cur, 3); /* sequence number, N-PDU number */
    uint8_t type = cur_u8(cur);
    for (unsigned i = 0; type != 0 && i < EXTENSIONS_MAX; i++) {
        size_t len = (size_t)cur_u8(cur) * WORD;
        if (len == 0) {
            return false;
        }
        cur_skip(cur, len - FRAME);
        type = cur_u8(cur);
    }
    return type == 0 && cur_ok(cur);
}

/* Inside a tunnel is an IP packet, or where the session is one of Ethernet (5G), a frame. */
enum decode_next decode_gtp_u(struct decode_context *context, struct cur *cur)
{
    enum { VERSION_MASK = 0xf0, VERSION_1_GTP = 0x30, OPTIONS_MASK = 0x07, USER_DATA = 0xff };
    uint8_t flags = cur_u8(cur);
    uint8_t type = cur_u8(cur);
    size_t len = cur_be16(cur);
    cur_skip(cur, 4); /* tunnel */
    if (!cur_ok(cur) || (flags & VERSION_MASK) != VERSION_1_GTP || type != USER_DATA ||
        len > decode_wire_left(context, cur)) {
        return END_NOT_IP;
    }
    decode_bound(context, cur, len);
    if ((flags & OPTIONS_MASK) != 0 && !skip_gtp_extensions(cur)) {
        return END_CUT;
    }
    if (cur->left == 0) {
        return END_CUT;
    }
    decode_note(context, ENCAPSULATION_GTP_U);
    uint8_t version = cur_peek(cur, 0) >> 4;
    bool ip = decode_looks_ip(context, *cur, 4) || decode_looks_ip(context, *cur, 6);
    if (!ip && decode_looks_ethernet(*cur)) {
        return LAYER_ETHERNET;
    }
    return version == 6 ? LAYER_IPV6 : LAYER_IPV4;
}

enum decode_next decode_teredo(struct decode_context *context, struct cur *cur)
{
    enum { AUTHENTICATION = 0x0001, ORIGIN = 0x0000, NONCE_AND_CONFIRMATION = 9, ORIGIN_SIZE = 8 };
    if (cur->left >= 4 && cur_peek(cur, 0) == 0 && cur_peek(cur, 1) == AUTHENTICATION) {
        size_t identifiers = (size_t)cur_peek(cur, 2) + cur_peek(cur, 3);
        cur_skip(cur, 4 + identifiers + NONCE_AND_CONFIRMATION);
    }
    if (cur->left >= 2 && cur_peek(cur, 0) == 0 && cur_peek(cur, 1) == ORIGIN) {
        cur_skip(cur, ORIGIN_SIZE);
    }
    if (!cur_ok(cur) || !decode_looks_ip(context, *cur, 6)) {
        return END_NOT_IP;
    }
    decode_note(context, ENCAPSULATION_TEREDO);
    return LAYER_IPV6;
}
