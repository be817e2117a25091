/* The tables of decode (layers, link types, ends) and the loop that walks from header to header. */
#include <assert.h>

#include <pcap/dlt.h>

#include "decode_priv.h"

/* The numbers that DLT_RAW has elsewhere: OpenBSD's, and the LINKTYPE_ value of files. */
enum { LINK_RAW_OPENBSD = 14, LINK_RAW_FILE = 101 };

COUNTER_TABLE(decode, DECODE_COUNTERS);

const struct decode_layer decode_layers[LAYER_COUNT] = {
    [LAYER_ETHERNET] = {"ethernet", decode_ethernet},
    [LAYER_VLAN] = {"vlan", decode_vlan},
    [LAYER_LLC] = {"llc", decode_llc},
    [LAYER_COOKED] = {"linux_sll", decode_cooked},
    [LAYER_COOKED_2] = {"linux_sll2", decode_cooked_2},
    [LAYER_LOOPBACK] = {"loopback", decode_loopback},
    [LAYER_RAW_IP] = {"raw_ip", decode_raw_ip},
    [LAYER_IPV4] = {"ipv4", decode_ipv4},
    [LAYER_IPV6] = {"ipv6", decode_ipv6},
    [LAYER_IPV6_OPTIONS] = {"ipv6_options", decode_ipv6_options},
    [LAYER_IPV6_FRAGMENT] = {"ipv6_fragment", decode_ipv6_fragment},
    [LAYER_AUTHENTICATION] = {"ah", decode_authentication},
    [LAYER_BACKBONE_TAG] = {"backbone_tag", decode_backbone_tag},
    [LAYER_MPLS] = {"mpls", decode_mpls},
    [LAYER_PPPOE] = {"pppoe", decode_pppoe},
    [LAYER_HDLC] = {"hdlc", decode_hdlc},
    [LAYER_PPP] = {"ppp", decode_ppp},
    [LAYER_L2TP] = {"l2tp", decode_l2tp},
    [LAYER_L2TP_3] = {"l2tp_3", decode_l2tp_3},
    [LAYER_GRE] = {"gre", decode_gre},
    [LAYER_ERSPAN_2] = {"erspan_2", decode_erspan_2},
    [LAYER_ERSPAN_3] = {"erspan_3", decode_erspan_3},
    [LAYER_NSH] = {"nsh", decode_nsh},
    [LAYER_VXLAN] = {"vxlan", decode_vxlan},
    [LAYER_GENEVE] = {"geneve", decode_geneve},
    [LAYER_GTP_U] = {"gtp_u", decode_gtp_u},
    [LAYER_TEREDO] = {"teredo", decode_teredo},
    [LAYER_TCP] = {"tcp", decode_tcp},
    [LAYER_UDP] = {"udp", decode_udp},
};

static const struct decode_route link_routes[] = {
    {DLT_EN10MB, LAYER_ETHERNET},     {DLT_LINUX_SLL, LAYER_COOKED}, {DLT_LINUX_SLL2, LAYER_COOKED_2},
    {DLT_RAW, LAYER_RAW_IP},          {LINK_RAW_FILE, LAYER_RAW_IP}, {DLT_IPV4, LAYER_IPV4},
    {DLT_IPV6, LAYER_IPV6},           {DLT_NULL, LAYER_LOOPBACK},    {DLT_LOOP, LAYER_LOOPBACK},
    {LINK_RAW_OPENBSD, LAYER_RAW_IP}, {DLT_PPP, LAYER_HDLC},         {DLT_PPP_SERIAL, LAYER_HDLC},
    {DLT_C_HDLC, LAYER_HDLC},         {DLT_PPP_ETHER, LAYER_PPPOE},  {DLT_MPLS, LAYER_MPLS},
};

/* What the end of the walk means to the caller, and where it is counted. */
static const struct {
    enum decode_result result;
    enum decode_counter counter;
} ends[NEXT_COUNT] = {
    [END_TCP] = {DECODE_PACKET, DECODE_TCP},
    [END_UDP] = {DECODE_PACKET, DECODE_UDP},
    [END_OTHER_TRANSPORT] = {DECODE_PACKET, DECODE_OTHER_TRANSPORT},
    [END_FRAGMENT] = {DECODE_PACKET, DECODE_FRAGMENTS},
    [END_NOT_IP] = {DECODE_NOT_IP, DECODE_OTHER_LINK},
    [END_CUT] = {DECODE_MALFORMED, DECODE_CUT},
    [END_BAD_LENGTH] = {DECODE_MALFORMED, DECODE_BAD_LENGTH},
    [END_BAD_VERSION] = {DECODE_MALFORMED, DECODE_BAD_VERSION},
    [END_TOO_DEEP] = {DECODE_MALFORMED, DECODE_TOO_DEEP},
};

enum decode_next decode_route_find(const struct decode_route *routes, size_t count, uint32_t number,
                                   enum decode_next otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (routes[i].number == number) {
            return routes[i].next;
        }
    }
    return otherwise;
}

#define ENCAPSULATION_NAME(id, name, help) name,
static const char *const encapsulation_names[ENCAPSULATION_COUNT] = {
    ENCAPSULATIONS(ENCAPSULATION_NAME, ENCAPSULATION_)};

const char *encapsulation_name(enum encapsulation encapsulation)
{
    return encapsulation_names[encapsulation];
}

void decode_note(struct decode_context *context, enum encapsulation encapsulation)
{
    context->packet->encapsulation |= UINT32_C(1) << encapsulation;
}

size_t decode_wire_left(const struct decode_context *context, const struct cur *cur)
{
    return cur->left + context->missing;
}

void decode_bound(struct decode_context *context, struct cur *cur, size_t len)
{
    if (len <= cur->left) {
        *cur = cur_sub(cur, len);
        context->missing = 0;
    } else {
        context->missing = len - cur->left;
    }
}

bool decode_skip_header(const struct decode_context *context, struct cur *cur, size_t len,
                        enum decode_next *end)
{
    if (len > cur->left) {
        *end = len > decode_wire_left(context, cur) ? END_BAD_LENGTH : END_CUT;
        return false;
    }
    cur_skip(cur, len);
    return true;
}

bool decode_link_known(int link_type)
{
    return link_type >= 0 && decode_route_find(link_routes, ARRAY_COUNT(link_routes), (uint32_t)link_type,
                                               END_NOT_IP) != END_NOT_IP;
}

static void count_encapsulations(const struct packet *packet, struct counter_cell *counters)
{
    for (uint32_t left = packet->encapsulation; left != 0; left &= left - 1) {
        counter_add(counters, DECODE_IN_VLAN + (size_t)__builtin_ctz(left), 1);
    }
}

enum decode_result decode_packet(const struct raw_packet *raw, struct packet *packet,
                                 struct counter_cell *counters)
{
    assert(raw->wire_len >= raw->bytes.len);
    *packet = (struct packet){.number = packet->number,
                              .time_us = raw->time_us,
                              .wire_len = raw->wire_len,
                              .transport = TRANSPORT_OTHER};
    struct packet datagram; /* written where it is needed only: it is large */
    struct decode_context context = {.packet = packet,
                                     .counters = counters,
                                     .missing = raw->wire_len - raw->bytes.len,
                                     .datagram = &datagram};
    struct cur cur = cur_make(raw->bytes);
    enum decode_next next =
        decode_route_find(link_routes, ARRAY_COUNT(link_routes), (uint32_t)raw->link_type, END_NOT_IP);
    for (unsigned depth = 0; next < LAYER_COUNT; depth++) {
        next = depth == DECODE_DEPTH_MAX ? END_TOO_DEEP : decode_layers[next].function(&context, &cur);
    }
    if (ends[next].result != DECODE_PACKET && context.has_datagram) {
        *packet = datagram;
        next = END_UDP;
        counter_add(counters, DECODE_NOT_TUNNELLED, 1);
    }
    counter_add(counters, ends[next].counter, 1);
    count_encapsulations(packet, counters);
    packet->address_hash = packet_address_hash(packet);
    return ends[next].result;
}
