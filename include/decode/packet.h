/* Record 1 of 5: a packet as decode leaves it. Read-only afterwards. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/slice.h"

enum transport {
    TRANSPORT_TCP,
    TRANSPORT_UDP,
    TRANSPORT_OTHER, /* neither: no ports, no flow */
    TRANSPORT_COUNT,
} __attribute__((packed));

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
};

/* What was taken off around the innermost IP packet: name, and help of its counter. */
#define ENCAPSULATIONS(X, PREFIX)                                                                            \
    X(PREFIX##VLAN, "vlan", "Packets behind VLAN tags (802.1Q, QinQ)")                                       \
    X(PREFIX##PBB, "pbb", "Packets behind a provider's backbone tag (802.1ah)")                              \
    X(PREFIX##MPLS, "mpls", "Packets behind MPLS labels")                                                    \
    X(PREFIX##PSEUDOWIRE, "pseudowire", "Packets in Ethernet frames behind MPLS labels")                     \
    X(PREFIX##PPPOE, "pppoe", "Packets in PPPoE sessions")                                                   \
    X(PREFIX##PPP, "ppp", "Packets in PPP")                                                                  \
    X(PREFIX##L2TP, "l2tp", "Packets in L2TP tunnels")                                                       \
    X(PREFIX##GRE, "gre", "Packets in GRE tunnels")                                                          \
    X(PREFIX##NVGRE, "nvgre", "Packets in NVGRE tunnels")                                                    \
    X(PREFIX##ERSPAN, "erspan", "Packets in ERSPAN mirrors")                                                 \
    X(PREFIX##VXLAN, "vxlan", "Packets in VXLAN tunnels")                                                    \
    X(PREFIX##NSH, "nsh", "Packets behind a service function header (NSH)")                                  \
    X(PREFIX##GENEVE, "geneve", "Packets in Geneve tunnels")                                                 \
    X(PREFIX##GTP_U, "gtp_u", "Packets in GTP-U tunnels")                                                    \
    X(PREFIX##IP_IN_IP, "ip_in_ip", "IP packets in packets of the same IP version")                          \
    X(PREFIX##4IN6, "4in6", "IPv4 packets in IPv6 packets")                                                  \
    X(PREFIX##6IN4, "6in4", "IPv6 packets in IPv4 packets (6in4, 6to4, 6rd)")                                \
    X(PREFIX##TEREDO, "teredo", "IPv6 packets in Teredo tunnels")

#define ENCAPSULATION_ENTRY(id, name, help) id,
enum encapsulation { ENCAPSULATIONS(ENCAPSULATION_ENTRY, ENCAPSULATION_) ENCAPSULATION_COUNT };

const char *encapsulation_name(enum encapsulation encapsulation);

struct packet {
    uint64_t number; /* 1 for the first packet of the run; the order of everything in replay */
    int64_t time_us; /* of the capture */
    uint32_t wire_len;
    /* Innermost addresses and ports; ports in host order. */
    struct address source;
    struct address destination;
    uint16_t source_port;
    uint16_t destination_port;
    enum transport transport;
    uint32_t address_hash;  /* packet_address_hash */
    uint32_t encapsulation; /* bits 1 << enum encapsulation */
    /* A piece of an IP datagram other than a whole one: `payload` is the piece, ports and transport are none.
     */
    bool fragment;
    bool fragment_more;         /* it is not the last piece */
    uint8_t fragment_protocol;  /* IP's number of what the whole datagram carries */
    uint16_t fragment_offset;   /* of the piece, in bytes */
    uint32_t fragment_identity; /* IP's identification, the same in all pieces of a datagram */
    uint8_t tcp_flags;          /* enum tcp_flag */
    uint16_t tcp_window;
    uint32_t tcp_sequence;
    uint32_t tcp_acknowledgement; /* valid with TCP_ACK */
    struct slice ip;              /* the innermost IP packet as captured, for nDPI */
    struct slice payload;         /* captured transport payload; Ethernet padding is cut off by IP's length */
    uint32_t payload_wire_len;    /* its length on the wire, more than payload.len where snaplen cut it */
};

/* 32 bits of the unordered innermost address pair under a fixed key: both directions and all fragments agree.
 * What is decided by it (owner, shard) must not depend on the run: see design, section 2. */
uint32_t packet_address_hash(const struct packet *packet);
