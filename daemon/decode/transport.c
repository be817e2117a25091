/* TCP (RFC 9293) and UDP (RFC 768): ports, what a stream needs, and the payload. */
#include "decode_priv.h"

enum {
    TCP_HEADER_MIN = 20,
    TCP_FLAGS_MASK = 0x3f, /* without the two of congestion notification (RFC 3168) */
    UDP_HEADER = 8,
};

void decode_take_payload(struct decode_context *context, const struct cur *cur)
{
    context->packet->payload = cur_rest(cur);
    context->packet->payload_wire_len = (uint32_t)decode_wire_left(context, cur);
}

enum decode_next decode_tcp(struct decode_context *context, struct cur *cur)
{
    struct packet *packet = context->packet;
    struct cur fields = *cur;
    packet->source_port = cur_be16(&fields);
    packet->destination_port = cur_be16(&fields);
    packet->tcp_sequence = cur_be32(&fields);
    packet->tcp_acknowledgement = cur_be32(&fields);
    size_t header = (size_t)(cur_u8(&fields) >> 4) * 4;
    packet->tcp_flags = cur_u8(&fields) & TCP_FLAGS_MASK;
    packet->tcp_window = cur_be16(&fields);
    cur_skip(&fields, 4); /* checksum, urgent pointer */
    if (!cur_ok(&fields)) {
        return END_CUT;
    }
    if (header < TCP_HEADER_MIN || header > decode_wire_left(context, cur)) {
        return END_BAD_LENGTH;
    }
    if (header > cur->left) { /* options cut by the snapshot length: what counts stands before them */
        context->missing -= header - cur->left;
        header = cur->left;
    }
    cur_skip(cur, header);
    packet->transport = TRANSPORT_TCP;
    decode_take_payload(context, cur);
    return END_TCP;
}

/* A tunnel is told by its port alone, so what stands in the datagram may be something else: what the packet
 * is then is kept, and what is said of it so far taken back. */
static enum decode_next next_of_datagram(struct decode_context *context)
{
    struct packet *packet = context->packet;
    enum decode_next next = decode_tunnel_by_port(packet->destination_port);
    if (next == END_UDP) {
        next = decode_tunnel_by_port(packet->source_port);
    }
    if (next == END_UDP || packet->payload.len == 0) {
        return END_UDP;
    }
    context->has_datagram = true;
    *context->datagram = *packet;
    packet->transport = TRANSPORT_OTHER;
    packet->source_port = 0;
    packet->destination_port = 0;
    packet->payload = slice_make(NULL, 0);
    packet->payload_wire_len = 0;
    return next;
}

enum decode_next decode_udp(struct decode_context *context, struct cur *cur)
{
    struct packet *packet = context->packet;
    struct cur fields = *cur;
    packet->source_port = cur_be16(&fields);
    packet->destination_port = cur_be16(&fields);
    size_t len = cur_be16(&fields);
    cur_skip(&fields, 2); /* checksum */
    if (!cur_ok(&fields)) {
        return END_CUT;
    }
    /* 0 is that of a jumbogram (RFC 2675) or of segmentation offload: up to the end of the IP packet. */
    if (len > 0) {
        if (len < UDP_HEADER || len > decode_wire_left(context, cur)) {
            return END_BAD_LENGTH;
        }
        decode_bound(context, cur, len);
    }
    cur_skip(cur, UDP_HEADER);
    packet->transport = TRANSPORT_UDP;
    decode_take_payload(context, cur);
    return next_of_datagram(context);
}
