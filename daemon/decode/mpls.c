/*
 * MPLS (RFC 3032): a stack of labels, and behind it an IP packet, or an Ethernet frame with or without
 * control word (pseudo-wire, RFC 4448). Nothing in the stack says which: the first bits do, and where they
 * leave a doubt, what follows has to fit (RFC 4928). In UDP (RFC 7510) it always has to: a port says little.
 */
#include "decode_priv.h"

enum { LABEL_BOTTOM = 0x100, LABELS_MAX = 16, CONTROL_WORD = 4 };

/* A control word begins with four zero bits; so do many hardware addresses. */
static enum decode_next next_of_frame(struct decode_context *context, struct cur *cur)
{
    struct cur behind_word = *cur;
    cur_skip(&behind_word, CONTROL_WORD);
    bool zero = cur_peek(cur, 0) >> 4 == 0;
    if (!decode_looks_ethernet(*cur) && zero && decode_looks_ethernet(behind_word)) {
        *cur = behind_word;
    }
    decode_note(context, ENCAPSULATION_PSEUDOWIRE);
    return LAYER_ETHERNET;
}

enum decode_next decode_mpls(struct decode_context *context, struct cur *cur)
{
    bool bottom = false;
    for (unsigned labels = 0; !bottom; labels++) {
        if (labels == LABELS_MAX) {
            return END_TOO_DEEP;
        }
        bottom = (cur_be32(cur) & LABEL_BOTTOM) != 0;
        if (!cur_ok(cur)) {
            return END_CUT;
        }
    }
    if (cur->left == 0) {
        return END_CUT;
    }
    decode_note(context, ENCAPSULATION_MPLS);
    uint8_t version = cur_peek(cur, 0) >> 4;
    bool ip = version == 4 || version == 6;
    bool fits = ip && decode_looks_ip(context, *cur, version);
    if (fits || (ip && !context->has_datagram && !decode_looks_ethernet(*cur))) {
        return version == 4 ? LAYER_IPV4 : LAYER_IPV6;
    }
    return next_of_frame(context, cur);
}
