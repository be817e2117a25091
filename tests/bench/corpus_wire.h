/*
 * Frames of the benchmark's corpora, written as a classic pcap file: Ethernet, IPv4 or IPv6, TCP or UDP.
 * TCP and UDP checksums stay 0, as on a mirror of hosts that leave them to the card.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct place {
    uint32_t address; /* host order; an IPv6 address is this number behind a fixed prefix */
    uint16_t port;
};

struct frame {
    uint64_t time_us;
    struct place from, to;
    bool ipv6;
    bool udp;
    uint8_t tcp_flags;
    uint32_t sequence, acknowledgement;
    const uint8_t *payload;
    uint32_t len;
};

enum { MSS = 1440, TCP_FLAG_FIN = 1, TCP_FLAG_SYN = 2, TCP_FLAG_PSH = 8, TCP_FLAG_ACK = 16 };

struct wire {
    FILE *out;
    uint64_t packets;
    uint64_t bytes; /* of frames */
};

/* Ends the program where the file cannot be written. */
void wire_open(struct wire *wire, const char *path);
void wire_put(struct wire *wire, const struct frame *frame);
void wire_close(struct wire *wire);
