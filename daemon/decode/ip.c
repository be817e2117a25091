/*
 * IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, and the authentication header (RFC 4302).
 *
 * A total length of 0 comes from segmentation offload and means "up to the end of the frame", as does an
 * IPv6 payload length of 0 (jumbograms, RFC 2675, too). A packet longer than its frame was cut by the
 * mirror before it came to us: it is treated as if the snapshot length had cut it, and counted.
 */
#include "decode_priv.h"

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_IPV4 = 4, /* RFC 2003 */
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41, /* RFC 4213 */
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_AUTHENTICATION = 51,
    PROTOCOL_DESTINATION_OPTIONS = 60,
    PROTOCOL_L2TP = 115,
    PROTOCOL_MPLS = 137, /* RFC 4023 */
};

enum {
    IPV4_HEADER_MIN = 20,
    IPV4_FRAGMENT_MASK = 0x3fff, /* more fragments, and the offset */
    IPV4_MORE = 0x2000,
    IPV4_OFFSET_MASK = 0x1fff, /* in units of eight bytes */
    IPV6_HEADER = 40,
    IPV6_FRAGMENT_MASK = 0xfff9, /* the offset, and more fragments */
    IPV6_MORE = 0x0001,
    IPV6_OFFSET_MASK = 0xfff8,
    FRAGMENT_UNIT = 8,
    EXTENSION_LENGTH_SIZE = 2, /* next header and length, with which each extension header begins */
};

/* In both versions. */
static const struct decode_route protocol_routes[] = {
    {PROTOCOL_TCP, LAYER_TCP},
    {PROTOCOL_UDP, LAYER_UDP},
    {PROTOCOL_AUTHENTICATION, LAYER_AUTHENTICATION},
    {PROTOCOL_IPV4, LAYER_IPV4},
    {PROTOCOL_IPV6, LAYER_IPV6},
    {PROTOCOL_GRE, LAYER_GRE},
    {PROTOCOL_L2TP, LAYER_L2TP_3},
    {PROTOCOL_MPLS, LAYER_MPLS},
};

/* In IPv6 only. */
static const struct decode_route extension_routes[] = {
    {PROTOCOL_HOP_BY_HOP, LAYER_IPV6_OPTIONS},
    {PROTOCOL_ROUTING, LAYER_IPV6_OPTIONS},
    {PROTOCOL_FRAGMENT, LAYER_IPV6_FRAGMENT},
    {PROTOCOL_DESTINATION_OPTIONS, LAYER_IPV6_OPTIONS},
};

static void note_nesting(struct decode_context *context, uint8_t inner_version)
{
    decode_note(context, inner_version == context->ip_version ? ENCAPSULATION_IP_IN_IP
                         : inner_version == 4                 ? ENCAPSULATION_4IN6
                                                              : ENCAPSULATION_6IN4);
}

static enum decode_next next_by_protocol(struct decode_context *context, uint8_t protocol)
{
    enum decode_next next =
        decode_route_find(protocol_routes, ARRAY_COUNT(protocol_routes), protocol, END_OTHER_TRANSPORT);
    if (next == END_OTHER_TRANSPORT && context->ip_version == 6) {
        next = decode_route_find(extension_routes, ARRAY_COUNT(extension_routes), protocol, next);
    }
    if (next == LAYER_IPV4 || next == LAYER_IPV6) {
        note_nesting(context, next == LAYER_IPV4 ? 4 : 6);
    }
    return next;
}

/* Begins the innermost IP packet, of `len` bytes on the wire from here; 0 is up to the frame's end. */
static void begin_ip(struct decode_context *context, struct cur *cur, uint8_t version, size_t len)
{
    if (len > decode_wire_left(context, cur)) {
        counter_add(context->counters, DECODE_SHORTENED, 1);
    }
    if (len > 0) {
        decode_bound(context, cur, len);
    }
    context->ip_version = version;
    context->packet->ip = cur_rest(cur);
    counter_add(context->counters, version == 4 ? DECODE_IPV4 : DECODE_IPV6, 1);
}

/* Where a piece lies in its datagram, and which that is. */
struct piece {
    uint32_t identity;
    uint16_t offset;
    uint8_t protocol;
    bool more;
};

static enum decode_next end_fragment(struct decode_context *context, const struct cur *cur,
                                     const struct piece *piece)
{
    struct packet *packet = context->packet;
    packet->fragment = true;
    packet->fragment_more = piece->more;
    packet->fragment_protocol = piece->protocol;
    packet->fragment_offset = piece->offset;
    packet->fragment_identity = piece->identity;
    decode_take_payload(context, cur);
    return END_FRAGMENT;
}

static struct address read_address_6(struct cur *cur)
{
    struct address address = {{0}};
    struct slice bytes = cur_take(cur, sizeof address.bytes);
    if (bytes.len == sizeof address.bytes) {
        memcpy(address.bytes, bytes.data, sizeof address.bytes);
    }
    return address;
}

static struct address read_address_4(struct cur *cur)
{
    struct slice bytes = cur_take(cur, 4);
    return bytes.len == 4 ? address_from_v4(bytes.data) : (struct address){{0}};
}

bool decode_looks_ip(const struct decode_context *context, struct cur cur, uint8_t version)
{
    size_t left = decode_wire_left(context, &cur);
    uint8_t first = cur_u8(&cur);
    cur_skip(&cur, version == 4 ? 1 : 3);
    size_t len = cur_be16(&cur);
    if (!cur_ok(&cur) || first >> 4 != version) {
        return false;
    }
    size_t header = version == 4 ? (size_t)(first & 0x0f) * 4 : IPV6_HEADER;
    size_t total = version == 4 ? len : len + IPV6_HEADER;
    return header >= IPV4_HEADER_MIN && total >= header && total <= left;
}

enum decode_next decode_ipv4(struct decode_context *context, struct cur *cur)
{
    struct cur fields = *cur;
    uint8_t version_and_size = cur_u8(&fields);
    cur_skip(&fields, 1); /* type of service */
    size_t total = cur_be16(&fields);
    uint16_t identity = cur_be16(&fields);
    uint16_t fragment = cur_be16(&fields);
    cur_skip(&fields, 1); /* time to live */
    uint8_t protocol = cur_u8(&fields);
    cur_skip(&fields, 2); /* checksum */
    context->packet->source = read_address_4(&fields);
    context->packet->destination = read_address_4(&fields);
    if (!cur_ok(&fields)) {
        return END_CUT;
    }
    if (version_and_size >> 4 != 4) {
        return END_BAD_VERSION;
    }
    size_t header = (size_t)(version_and_size & 0x0f) * 4;
    if (header < IPV4_HEADER_MIN || (total > 0 && total < header)) {
        return END_BAD_LENGTH;
    }
    begin_ip(context, cur, 4, total);
    enum decode_next end;
    if (!decode_skip_header(context, cur, header, &end)) {
        return end;
    }
    if ((fragment & IPV4_FRAGMENT_MASK) == 0) {
        return next_by_protocol(context, protocol);
    }
    struct piece piece = {.identity = identity,
                          .offset = (uint16_t)((fragment & IPV4_OFFSET_MASK) * FRAGMENT_UNIT),
                          .protocol = protocol,
                          .more = (fragment & IPV4_MORE) != 0};
    return end_fragment(context, cur, &piece);
}

enum decode_next decode_ipv6(struct decode_context *context, struct cur *cur)
{
    struct cur fields = *cur;
    uint32_t version_class_label = cur_be32(&fields);
    size_t payload = cur_be16(&fields);
    uint8_t next_header = cur_u8(&fields);
    cur_skip(&fields, 1); /* hop limit */
    context->packet->source = read_address_6(&fields);
    context->packet->destination = read_address_6(&fields);
    if (!cur_ok(&fields)) {
        return END_CUT;
    }
    if (version_class_label >> 28 != 6) {
        return END_BAD_VERSION;
    }
    begin_ip(context, cur, 6, payload == 0 ? 0 : IPV6_HEADER + payload);
    cur_skip(cur, IPV6_HEADER);
    return next_by_protocol(context, next_header);
}

/* An extension header: the number of the next one, a length in `unit` bytes that leaves out the first
 * `uncounted` bytes, and what they hold. */
static enum decode_next skip_extension(struct decode_context *context, struct cur *cur, size_t unit,
                                       size_t uncounted)
{
    uint8_t next_header = cur_u8(cur);
    size_t len = cur_u8(cur) * unit + uncounted - EXTENSION_LENGTH_SIZE;
    enum decode_next end = END_CUT;
    if (!cur_ok(cur) || !decode_skip_header(context, cur, len, &end)) {
        return end;
    }
    return next_by_protocol(context, next_header);
}

enum decode_next decode_ipv6_options(struct decode_context *context, struct cur *cur)
{
    return skip_extension(context, cur, 8, 8);
}

enum decode_next decode_authentication(struct decode_context *context, struct cur *cur)
{
    return skip_extension(context, cur, 4, 8);
}

enum decode_next decode_ipv6_fragment(struct decode_context *context, struct cur *cur)
{
    uint8_t next_header = cur_u8(cur);
    cur_skip(cur, 1);
    uint16_t fragment = cur_be16(cur);
    uint32_t identity = cur_be32(cur);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    /* A fragment header on a whole datagram is "atomic" (RFC 6946) and means nothing. */
    if ((fragment & IPV6_FRAGMENT_MASK) == 0) {
        return next_by_protocol(context, next_header);
    }
    struct piece piece = {.identity = identity,
                          .offset = fragment & IPV6_OFFSET_MASK,
                          .protocol = next_header,
                          .more = (fragment & IPV6_MORE) != 0};
    return end_fragment(context, cur, &piece);
}
