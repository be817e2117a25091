/* Frames into a pcap file: headers byte by byte in network order. */
#include "tests/bench/corpus_wire.h"

#include <stdlib.h>
#include <string.h>

enum { SNAPLEN = 65535, LINK_ETHERNET = 1, BUFFER_BYTES = 1 << 20, HEADERS_MAX = 128, SECOND_US = 1000000 };
static const uint32_t epoch_seconds = 1767225600; /* 2026-01-01, so that runs repeat */

struct pcap_file_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, snaplen, link;
};

struct pcap_record_header {
    uint32_t seconds, microseconds, captured, length;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void put(struct wire *wire, const void *bytes, size_t len)
{
    if (len > 0 && fwrite(bytes, len, 1, wire->out) != 1) {
        fail("make_corpus: write");
    }
}

void wire_open(struct wire *wire, const char *path)
{
    *wire = (struct wire){.out = fopen(path, "wb")};
    if (wire->out == NULL) {
        fail(path);
    }
    (void)setvbuf(wire->out, NULL, _IOFBF, BUFFER_BYTES);
    const struct pcap_file_header header = {
        .magic = 0xa1b2c3d4, .major = 2, .minor = 4, .snaplen = SNAPLEN, .link = LINK_ETHERNET};
    put(wire, &header, sizeof header);
}

void wire_close(struct wire *wire)
{
    if (fclose(wire->out) != 0) {
        fail("make_corpus: close");
    }
}

/* A header under construction. */
struct header {
    uint8_t bytes[HEADERS_MAX];
    size_t len;
};

static void put8(struct header *header, unsigned value)
{
    header->bytes[header->len++] = (uint8_t)value;
}

static void put16(struct header *header, unsigned value)
{
    put8(header, value >> 8);
    put8(header, value);
}

static void put32(struct header *header, uint32_t value)
{
    put16(header, value >> 16);
    put16(header, value & 0xffff);
}

static void put_ethernet(struct header *header, bool ipv6)
{
    put32(header, 0x02000000);
    put16(header, 0x0001);
    put32(header, 0x02000000);
    put16(header, 0x0002);
    put16(header, ipv6 ? 0x86dd : 0x0800);
}

static void put_ipv4(struct header *header, const struct frame *frame, size_t transport_len)
{
    size_t begin = header->len;
    put16(header, 0x4500);
    put16(header, (unsigned)(20 + transport_len));
    put32(header, 0x00004000); /* id 0, don't fragment */
    put8(header, 64);
    put8(header, frame->udp ? 17 : 6);
    put16(header, 0);
    put32(header, frame->from.address);
    put32(header, frame->to.address);
    uint32_t sum = 0;
    for (size_t i = begin; i < header->len; i += 2) {
        sum += (uint32_t)(header->bytes[i] << 8 | header->bytes[i + 1]);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    header->bytes[begin + 10] = (uint8_t)(sum >> 8);
    header->bytes[begin + 11] = (uint8_t)sum;
}

static void put_ipv6_address(struct header *header, uint32_t address)
{
    put32(header, 0x20010db8); /* the documentation prefix */
    put32(header, 0);
    put32(header, 0);
    put32(header, address);
}

static void put_ipv6(struct header *header, const struct frame *frame, size_t transport_len)
{
    put32(header, 0x60000000);
    put16(header, (unsigned)transport_len);
    put8(header, frame->udp ? 17 : 6);
    put8(header, 64);
    put_ipv6_address(header, frame->from.address);
    put_ipv6_address(header, frame->to.address);
}

static void put_transport(struct header *header, const struct frame *frame)
{
    put16(header, frame->from.port);
    put16(header, frame->to.port);
    if (frame->udp) {
        put16(header, 8 + frame->len);
        put16(header, 0);
        return;
    }
    put32(header, frame->sequence);
    put32(header, frame->acknowledgement);
    put8(header, 5 << 4);
    put8(header, frame->tcp_flags);
    put16(header, 64240);
    put32(header, 0); /* checksum, urgent pointer */
}

void wire_put(struct wire *wire, const struct frame *frame)
{
    struct header header = {.len = 0};
    put_ethernet(&header, frame->ipv6);
    size_t transport_len = (frame->udp ? 8U : 20U) + frame->len;
    if (frame->ipv6) {
        put_ipv6(&header, frame, transport_len);
    } else {
        put_ipv4(&header, frame, transport_len);
    }
    put_transport(&header, frame);
    uint32_t len = (uint32_t)header.len + frame->len;
    const struct pcap_record_header record = {.seconds =
                                                  epoch_seconds + (uint32_t)(frame->time_us / SECOND_US),
                                              .microseconds = (uint32_t)(frame->time_us % SECOND_US),
                                              .captured = len,
                                              .length = len};
    put(wire, &record, sizeof record);
    put(wire, header.bytes, header.len);
    put(wire, frame->payload, frame->len);
    wire->packets++;
    wire->bytes += len;
}
