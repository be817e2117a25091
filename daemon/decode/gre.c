/* GRE (RFC 2784, 2890; PPTP's: RFC 2637), NVGRE (RFC 7637) and the mirrors that travel in it: ERSPAN (I to
 * III: draft-foschiano-erspan). */
#include "decode_priv.h"

enum {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGEMENT = 0x0080, /* version 1 */
    GRE_VERSION = 0x0007,
};

enum {
    TYPE_BRIDGED = 0x6558,
    TYPE_PPP = 0x880b,
    TYPE_ERSPAN = 0x88be,
    TYPE_ERSPAN_3 = 0x22eb,
};

/* Mirrors without a header of their own (type I) have no sequence number (draft, section 4.1). */
static enum decode_next next_by_type(struct decode_context *context, uint16_t flags, uint16_t type)
{
    switch (type) {
    case TYPE_BRIDGED:
        decode_note(context, (flags & (GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE)) == GRE_KEY
                                 ? ENCAPSULATION_NVGRE
                                 : ENCAPSULATION_GRE);
        return LAYER_ETHERNET;
    case TYPE_ERSPAN:
        decode_note(context, ENCAPSULATION_ERSPAN);
        return (flags & GRE_SEQUENCE) != 0 ? LAYER_ERSPAN_2 : LAYER_ETHERNET;
    case TYPE_ERSPAN_3:
        decode_note(context, ENCAPSULATION_ERSPAN);
        return LAYER_ERSPAN_3;
    case TYPE_PPP:
        decode_note(context, ENCAPSULATION_GRE);
        return LAYER_PPP;
    default: {
        enum decode_next next = decode_next_by_ethertype(type);
        if (next == END_NOT_IP) {
            return END_OTHER_TRANSPORT;
        }
        decode_note(context, ENCAPSULATION_GRE);
        return next;
    }
    }
}

enum decode_next decode_gre(struct decode_context *context, struct cur *cur)
{
    struct cur fields = *cur;
    uint16_t flags = cur_be16(&fields);
    uint16_t type = cur_be16(&fields);
    bool pptp = (flags & GRE_VERSION) == 1;
    if (!cur_ok(&fields)) {
        return END_CUT;
    }
    if ((flags & GRE_VERSION) > 1 || (flags & GRE_ROUTING) != 0 || (pptp && type != TYPE_PPP)) {
        return END_OTHER_TRANSPORT;
    }
    cur_skip(&fields, (flags & GRE_CHECKSUM) != 0 ? 4 : 0);
    cur_skip(&fields, (flags & GRE_KEY) != 0 ? 4 : 0);
    cur_skip(&fields, (flags & GRE_SEQUENCE) != 0 ? 4 : 0);
    cur_skip(&fields, pptp && (flags & GRE_ACKNOWLEDGEMENT) != 0 ? 4 : 0);
    if (!cur_ok(&fields)) {
        return END_CUT;
    }
    if (pptp && (flags & GRE_SEQUENCE) == 0) {
        return END_OTHER_TRANSPORT; /* an acknowledgement without data */
    }
    *cur = fields;
    return next_by_type(context, flags, type);
}

enum decode_next decode_erspan_2(struct decode_context *context, struct cur *cur)
{
    (void)context;
    cur_skip(cur, 8);
    return cur_ok(cur) ? LAYER_ETHERNET : END_CUT;
}

/* The last bit announces a platform's eight bytes more; the five bits of the frame's type are 0 for Ethernet
 * and 2 for IP. */
enum decode_next decode_erspan_3(struct decode_context *context, struct cur *cur)
{
    (void)context;
    cur_skip(cur, 10);
    uint16_t end = cur_be16(cur);
    cur_skip(cur, (end & 1) != 0 ? 8 : 0);
    if (!cur_ok(cur)) {
        return END_CUT;
    }
    return (end >> 10 & 0x1f) == 2 ? LAYER_RAW_IP : LAYER_ETHERNET;
}
