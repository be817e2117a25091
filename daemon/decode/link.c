/*
 * The link layers: Ethernet with VLAN and backbone tags and LLC/SNAP (IEEE 802.3, 802.1Q, RFC 1042), Linux
 * cooked captures v1 and v2 and the BSD loopbacks (layouts: tcpdump.org/linktypes.html), and bare IP.
 */
#include "decode_priv.h"

enum {
    ADDRESSES_SIZE = 12,    /* of an Ethernet frame, before its type */
    ETHERTYPE_MIN = 0x0600, /* smaller values are no type: a length, with LLC behind it, up to 1500 */
    ETHERNET_LENGTH_MAX = 1500,
};

/* In a cooked header these two stand for "802.3 without LLC" (IPX) and "LLC follows". */
enum { COOKED_802_3 = 0x0001, COOKED_LLC = 0x0004, COOKED_NETLINK = 824 };

enum { LLC_SNAP = 0xaaaa, LLC_IP = 0x0606, LLC_UNNUMBERED = 0x03, SNAP_BRIDGE_TUNNEL = 0x0000f8 };

static const struct decode_route ethertype_routes[] = {
    {0x0800, LAYER_IPV4}, {0x86dd, LAYER_IPV6}, {0x8100, LAYER_VLAN},         {0x88a8, LAYER_VLAN},
    {0x9100, LAYER_VLAN}, {0x9200, LAYER_VLAN}, {0x8864, LAYER_PPPOE},        {0x8847, LAYER_MPLS},
    {0x8848, LAYER_MPLS}, {0x894f, LAYER_NSH},  {0x88e7, LAYER_BACKBONE_TAG},
};

/* Address families of IPv4 everywhere, and of IPv6 on Linux, OpenBSD and NetBSD, FreeBSD, Darwin, Windows. */
static const struct decode_route family_routes[] = {
    {2, LAYER_IPV4}, {10, LAYER_IPV6}, {24, LAYER_IPV6}, {28, LAYER_IPV6}, {30, LAYER_IPV6}, {23, LAYER_IPV6},
};

enum decode_next decode_next_by_ethertype(uint16_t type)
{
    return decode_route_find(ethertype_routes, ARRAY_COUNT(ethertype_routes), type, END_NOT_IP);
}

/* The field behind Ethernet's addresses or a VLAN tag. A length is not used: IP bounds itself. */
static enum decode_next next_by_type_or_length(uint16_t field)
{
    if (field >= ETHERTYPE_MIN) {
        return decode_next_by_ethertype(field);
    }
    return field <= ETHERNET_LENGTH_MAX ? LAYER_LLC : END_NOT_IP;
}

enum decode_next decode_ethernet(struct decode_context *context, struct cur *cur)
{
    (void)context;
    cur_skip(cur, ADDRESSES_SIZE);
    uint16_t field = cur_be16(cur);
    return cur_ok(cur) ? next_by_type_or_length(field) : END_CUT;
}

enum decode_next decode_vlan(struct decode_context *context, struct cur *cur)
{
    cur_skip(cur, 2); /* priority and VLAN id: no part of a flow's key */
    uint16_t field = cur_be16(cur);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    decode_note(context, ENCAPSULATION_VLAN);
    return next_by_type_or_length(field);
}

/* A service tag of the backbone: the customer's frame, from its addresses on, stands behind four bytes. */
enum decode_next decode_backbone_tag(struct decode_context *context, struct cur *cur)
{
    cur_skip(cur, 4);
    decode_note(context, ENCAPSULATION_PBB);
    return cur_ok(cur) ? LAYER_ETHERNET : END_CUT;
}

bool decode_looks_ethernet(struct cur cur)
{
    cur_skip(&cur, ADDRESSES_SIZE);
    enum decode_next next = decode_next_by_ethertype(cur_be16(&cur));
    uint8_t version = cur_u8(&cur) >> 4;
    bool fits = (next != LAYER_IPV4 || version == 4) && (next != LAYER_IPV6 || version == 6);
    return cur_ok(&cur) && next != END_NOT_IP && fits;
}

enum decode_next decode_llc(struct decode_context *context, struct cur *cur)
{
    (void)context;
    uint16_t access_points = cur_be16(cur);
    uint8_t control = cur_u8(cur);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    if (control != LLC_UNNUMBERED) {
        return END_NOT_IP;
    }
    if (access_points == LLC_IP) {
        return LAYER_IPV4;
    }
    if (access_points != LLC_SNAP) {
        return END_NOT_IP;
    }
    uint32_t organisation = cur_be24(cur);
    uint16_t type = cur_be16(cur);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    return organisation == 0 || organisation == SNAP_BRIDGE_TUNNEL ? decode_next_by_ethertype(type)
                                                                   : END_NOT_IP;
}

/* Netlink's protocol field is a family of its own, which may look like an EtherType. */
static enum decode_next next_of_cooked(uint16_t hardware, uint16_t protocol)
{
    if (hardware == COOKED_NETLINK || protocol == COOKED_802_3) {
        return END_NOT_IP;
    }
    return protocol == COOKED_LLC ? LAYER_LLC : decode_next_by_ethertype(protocol);
}

enum decode_next decode_cooked(struct decode_context *context, struct cur *cur)
{
    (void)context;
    cur_skip(cur, 2); /* packet type */
    uint16_t hardware = cur_be16(cur);
    cur_skip(cur, 10); /* link address and its length */
    uint16_t protocol = cur_be16(cur);
    return cur_ok(cur) ? next_of_cooked(hardware, protocol) : END_CUT;
}

enum decode_next decode_cooked_2(struct decode_context *context, struct cur *cur)
{
    (void)context;
    uint16_t protocol = cur_be16(cur);
    cur_skip(cur, 6); /* reserved, interface index */
    uint16_t hardware = cur_be16(cur);
    cur_skip(cur, 10); /* packet type, link address and its length */
    return cur_ok(cur) ? next_of_cooked(hardware, protocol) : END_CUT;
}

/* DLT_LOOP has network order, DLT_NULL that of the machine that captured; no family needs over 16 bits. */
enum decode_next decode_loopback(struct decode_context *context, struct cur *cur)
{
    (void)context;
    uint32_t family = cur_be32(cur);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    if (family > UINT16_MAX) {
        family = __builtin_bswap32(family);
    }
    return decode_route_find(family_routes, ARRAY_COUNT(family_routes), family, END_NOT_IP);
}

enum decode_next decode_raw_ip(struct decode_context *context, struct cur *cur)
{
    (void)context;
    if (cur->left == 0) {
        return END_CUT;
    }
    switch (cur_peek(cur, 0) >> 4) {
    case 4:
        return LAYER_IPV4;
    case 6:
        return LAYER_IPV6;
    default:
        return END_BAD_VERSION;
    }
}
