/* Packets of QUIC and their frames, as far as a ClientHello needs them. */
#include "app/quic.h"
#include "base/cur.h"

enum { FORM_LONG = 0x80, TYPE_BITS = 0x30, TYPE_SHIFT = 4 };

/* RFC 9000, section 16: the two highest bits tell how many bytes there are. */
static uint64_t read_number(struct cur *cur)
{
    size_t len = (size_t)1 << (cur_peek(cur, 0) >> 6);
    uint64_t value = cur_big_endian(cur, len);
    return value & (UINT64_MAX >> (66 - 8 * len));
}

/* Version 2 counts its types from Retry on (RFC 9369, section 3.2). */
static enum quic_packet_type type_of(uint8_t first, const struct quic_rules *rules)
{
    static const enum quic_packet_type types[] = {QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY};
    unsigned number = (unsigned)(first & TYPE_BITS) >> TYPE_SHIFT;
    return types[rules->types_2 ? (number + 3) % 4 : number];
}

static struct slice read_id(struct cur *cur)
{
    size_t len = cur_u8(cur);
    if (len > QUIC_ID_MAX) {
        cur_fail(cur);
    }
    return cur_take(cur, len);
}

bool quic_packet_next(struct slice *datagram, struct quic_packet *packet)
{
    struct cur cur = cur_make(*datagram);
    uint8_t first = cur_u8(&cur);
    if (!cur_ok(&cur)) {
        return false;
    }
    *packet = (struct quic_packet){.type = QUIC_SHORT, .bytes = *datagram};
    if ((first & FORM_LONG) == 0) {
        *datagram = slice_make(NULL, 0);
        return true;
    }
    packet->version = cur_be32(&cur);
    packet->destination_id = read_id(&cur);
    packet->source_id = read_id(&cur);
    const struct quic_rules *rules = quic_rules_of(packet->version, 0);
    if (!cur_ok(&cur) || rules == NULL) {
        return false;
    }
    packet->type = type_of(first, rules);
    if (packet->type == QUIC_RETRY) {
        *datagram = slice_make(NULL, 0);
        return true;
    }
    if (packet->type == QUIC_INITIAL) {
        uint64_t token = read_number(&cur);
        cur_skip(&cur, token > SIZE_MAX ? SIZE_MAX : (size_t)token);
    }
    uint64_t len = read_number(&cur);
    packet->number_at = datagram->len - cur.left;
    cur_skip(&cur, len > SIZE_MAX ? SIZE_MAX : (size_t)len);
    if (!cur_ok(&cur)) {
        return false;
    }
    packet->bytes = slice_part(*datagram, 0, datagram->len - cur.left);
    *datagram = cur_rest(&cur);
    return true;
}

/* ---- frames (RFC 9000, section 19) */

enum {
    FRAME_PADDING = 0x00,
    FRAME_PING = 0x01,
    FRAME_ACK = 0x02,
    FRAME_ACK_ECN = 0x03,
    FRAME_CRYPTO = 0x06,
    GOOGLE_PING = 0x07,
    GOOGLE_CRYPTO = 0x08,
};

/* Ranges are two numbers each, and three counts stand behind those with ECN. */
static void skip_ack(struct cur *cur, bool ecn)
{
    (void)read_number(cur);
    (void)read_number(cur);
    uint64_t ranges = read_number(cur);
    (void)read_number(cur);
    for (uint64_t i = 0; i < ranges && cur_ok(cur); i++) {
        (void)read_number(cur);
        (void)read_number(cur);
    }
    for (int i = 0; ecn && i < 3; i++) {
        (void)read_number(cur);
    }
}

bool quic_crypto_next(struct slice *frames, bool google, uint64_t *offset, struct slice *data)
{
    const uint8_t crypto = google ? GOOGLE_CRYPTO : FRAME_CRYPTO;
    const uint8_t ping = google ? GOOGLE_PING : FRAME_PING;
    struct cur cur = cur_make(*frames);
    while (cur.left > 0) {
        uint8_t type = cur_u8(&cur);
        if (!google && (type == FRAME_ACK || type == FRAME_ACK_ECN)) {
            skip_ack(&cur, type == FRAME_ACK_ECN);
        } else if (type == crypto) {
            *offset = read_number(&cur);
            uint64_t len = read_number(&cur);
            *data = cur_take(&cur, len > SIZE_MAX ? SIZE_MAX : (size_t)len);
            *frames = cur_rest(&cur);
            return cur_ok(&cur);
        } else if (type != FRAME_PADDING && type != ping) {
            break; /* the connection's close, or no frame of an Initial */
        }
    }
    *frames = slice_make(NULL, 0);
    return false;
}
