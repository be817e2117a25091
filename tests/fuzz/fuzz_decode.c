/*
 * Decode with any bytes under any link type. The input: link type (one byte, index), bytes missing behind
 * the captured end (two bytes), the packet. Besides what the sanitizers see, the slices handed out must lie
 * inside each other and inside the packet.
 */
#include <pcap/dlt.h>

#include "base/cur.h"
#include "decode/decode.h"
#include "tests/fuzz/splitter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int link_types[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW,  14,      101,
                                 DLT_IPV4,   DLT_IPV6,      DLT_NULL,       DLT_LOOP, DLT_PPP, DLT_PPP_SERIAL,
                                 DLT_C_HDLC, DLT_PPP_ETHER, DLT_MPLS,       DLT_FDDI};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool lies_in(struct slice part, struct slice whole)
{
    return part.len == 0 || (part.data >= whole.data && part.len <= whole.len &&
                             (size_t)(part.data - whole.data) <= whole.len - part.len);
}

static void check_packet(const struct packet *packet, struct slice bytes)
{
    require(packet->number == 1 && packet->time_us == 2);
    require(lies_in(packet->ip, bytes) && lies_in(packet->payload, packet->ip));
    require(packet->payload.len <= packet->payload_wire_len);
    require(packet->ip.len >= 20);
    bool has_ports = packet->transport != TRANSPORT_OTHER;
    require(has_ports || (packet->source_port == 0 && (packet->fragment || packet->payload.len == 0)));
    require(!(packet->fragment && has_ports));
    struct packet reply = {.source = packet->destination, .destination = packet->source};
    require(packet_address_hash(packet) == packet_address_hash(&reply));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cur cur = cur_make(slice_make(data, size));
    int link_type = link_types[cur_u8(&cur) % ARRAY_COUNT(link_types)];
    uint16_t missing = cur_be16(&cur);
    struct slice input = cur_rest(&cur);
    void *block;
    struct slice bytes = splitter_copy(input, &block);
    struct raw_packet raw = {
        .bytes = bytes, .wire_len = (uint32_t)input.len + missing, .link_type = link_type, .time_us = 2};
    struct packet packet = {.number = 1};
    struct counter_cell counters[DECODE_COUNTERS_COUNT] = {0};
    if (decode_packet(&raw, &packet, counters) == DECODE_PACKET) {
        check_packet(&packet, bytes);
    }
    free(block);
    return 0;
}
