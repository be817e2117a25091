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
};

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
};

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
    bool fragment;     /* a piece of an IP datagram other than a whole one: has no usable transport header */
    uint8_t tcp_flags; /* enum tcp_flag */
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
