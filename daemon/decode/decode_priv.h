/*
 * Inside decode: a layer is one row of decode_layers (decode.c) and one function. The function takes its
 * header off the cursor, bounds the cursor by the length that the header gives, and says what comes next:
 * another layer, or one of the ends. The loop in decode_packet() calls one function after the other, at
 * most DECODE_DEPTH_MAX of them, so that no nesting of headers costs stack.
 *
 * A new encapsulation: a value below, a row in decode_layers, its function, and a row in the table of the
 * layer that announces it (link types, EtherTypes, IP protocols).
 */
#pragma once

#include "base/cur.h"
#include "decode/decode.h"

enum { DECODE_DEPTH_MAX = 24 };

enum decode_next {
    LAYER_ETHERNET,
    LAYER_VLAN,
    LAYER_LLC,
    LAYER_COOKED,   /* Linux cooked v1 */
    LAYER_COOKED_2, /* Linux cooked v2 */
    LAYER_LOOPBACK, /* four bytes of address family */
    LAYER_RAW_IP,   /* either version, told by its first four bits */
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_IPV6_OPTIONS, /* hop-by-hop, routing, destination options */
    LAYER_IPV6_FRAGMENT,
    LAYER_AUTHENTICATION,
    LAYER_BACKBONE_TAG, /* 802.1ah */
    LAYER_MPLS,
    LAYER_PPPOE,
    LAYER_HDLC, /* PPP or Cisco's, told by its first bytes */
    LAYER_PPP,
    LAYER_L2TP,
    LAYER_L2TP_3, /* directly on IP */
    LAYER_GRE,
    LAYER_ERSPAN_2,
    LAYER_ERSPAN_3,
    LAYER_NSH,
    LAYER_VXLAN,
    LAYER_GENEVE,
    LAYER_GTP_U,
    LAYER_TEREDO,
    LAYER_TCP,
    LAYER_UDP,
    LAYER_COUNT,

    /* The ends. */
    END_TCP = LAYER_COUNT,
    END_UDP,
    END_OTHER_TRANSPORT,
    END_FRAGMENT,
    END_NOT_IP,
    END_CUT,
    END_BAD_LENGTH,
    END_BAD_VERSION,
    END_TOO_DEEP,
    NEXT_COUNT,
};

struct decode_context {
    struct packet *packet;
    struct counter_cell *counters;
    size_t
        missing; /* bytes of the layer at hand that lie behind the cursor's end: on the wire, not captured */
    uint8_t ip_version; /* of the innermost IP header so far */
    /* The innermost UDP datagram on a tunnel's port: what the packet is where no packet stands in it. */
    struct packet *datagram; /* room for it */
    bool has_datagram;
};

typedef enum decode_next (*decode_layer_fn)(struct decode_context *context, struct cur *cur);

struct decode_layer {
    const char *name;
    decode_layer_fn function;
};

/* Which layer a number of the layer below announces. */
struct decode_route {
    uint32_t number;
    enum decode_next next;
};

extern const struct decode_layer decode_layers[LAYER_COUNT];

/* The route of `number`, or `otherwise`. */
enum decode_next decode_route_find(const struct decode_route *routes, size_t count, uint32_t number,
                                   enum decode_next otherwise);
/* Bytes that the layer at hand has from the cursor on, captured or not. */
size_t decode_wire_left(const struct decode_context *context, const struct cur *cur);
/* Ends the layer at hand `len` bytes from here: what stands behind is padding or a trailer. */
void decode_bound(struct decode_context *context, struct cur *cur, size_t len);
/* What is left of the layer at hand is the packet's payload. */
void decode_take_payload(struct decode_context *context, const struct cur *cur);
/* Something was taken off around what follows. */
void decode_note(struct decode_context *context, enum encapsulation encapsulation);
/* What an EtherType announces; END_NOT_IP where nothing is known of it. */
enum decode_next decode_next_by_ethertype(uint16_t type);
/* Whether an Ethernet frame with something known in it may begin here, or an IP packet of this version. */
bool decode_looks_ethernet(struct cur cur);
bool decode_looks_ip(const struct decode_context *context, struct cur cur, uint8_t version);
/* The layer of the tunnel that has this port; END_UDP where none has. */
enum decode_next decode_tunnel_by_port(uint16_t port);
/* Takes a header of `len` bytes; false sets `*end` to why it is not whole. */
bool decode_skip_header(const struct decode_context *context, struct cur *cur, size_t len,
                        enum decode_next *end);

enum decode_next decode_ethernet(struct decode_context *context, struct cur *cur);
enum decode_next decode_vlan(struct decode_context *context, struct cur *cur);
enum decode_next decode_llc(struct decode_context *context, struct cur *cur);
enum decode_next decode_cooked(struct decode_context *context, struct cur *cur);
enum decode_next decode_cooked_2(struct decode_context *context, struct cur *cur);
enum decode_next decode_loopback(struct decode_context *context, struct cur *cur);
enum decode_next decode_raw_ip(struct decode_context *context, struct cur *cur);
enum decode_next decode_ipv4(struct decode_context *context, struct cur *cur);
enum decode_next decode_ipv6(struct decode_context *context, struct cur *cur);
enum decode_next decode_ipv6_options(struct decode_context *context, struct cur *cur);
enum decode_next decode_ipv6_fragment(struct decode_context *context, struct cur *cur);
enum decode_next decode_authentication(struct decode_context *context, struct cur *cur);
enum decode_next decode_backbone_tag(struct decode_context *context, struct cur *cur);
enum decode_next decode_mpls(struct decode_context *context, struct cur *cur);
enum decode_next decode_pppoe(struct decode_context *context, struct cur *cur);
enum decode_next decode_hdlc(struct decode_context *context, struct cur *cur);
enum decode_next decode_ppp(struct decode_context *context, struct cur *cur);
enum decode_next decode_l2tp(struct decode_context *context, struct cur *cur);
enum decode_next decode_l2tp_3(struct decode_context *context, struct cur *cur);
enum decode_next decode_gre(struct decode_context *context, struct cur *cur);
enum decode_next decode_erspan_2(struct decode_context *context, struct cur *cur);
enum decode_next decode_erspan_3(struct decode_context *context, struct cur *cur);
enum decode_next decode_nsh(struct decode_context *context, struct cur *cur);
enum decode_next decode_vxlan(struct decode_context *context, struct cur *cur);
enum decode_next decode_geneve(struct decode_context *context, struct cur *cur);
enum decode_next decode_gtp_u(struct decode_context *context, struct cur *cur);
enum decode_next decode_teredo(struct decode_context *context, struct cur *cur);
enum decode_next decode_tcp(struct decode_context *context, struct cur *cur);
enum decode_next decode_udp(struct decode_context *context, struct cur *cur);
