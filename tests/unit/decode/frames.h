/* Frames made by hand for the tests of decode, and their decoding from an exact-size copy in the heap. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#include "decode/decode.h"

struct frame {
    uint8_t bytes[2048];
    size_t len;
};

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, TCP_HEADER = 20, UDP_HEADER = 8 };

static const uint8_t client_4[4] = {192, 0, 2, 1};
static const uint8_t server_4[4] = {203, 0, 113, 10};

static inline void frame_bytes(struct frame *frame, const void *bytes, size_t len)
{
    assert_true(len <= sizeof frame->bytes - frame->len);
    memcpy(frame->bytes + frame->len, bytes, len);
    frame->len += len;
}

static inline void frame_number(struct frame *frame, uint64_t value, size_t size)
{
    for (size_t i = size; i > 0; i--) {
        uint8_t byte = (uint8_t)(value >> (8 * (i - 1)));
        frame_bytes(frame, &byte, 1);
    }
}

static inline void frame_fill(struct frame *frame, uint8_t byte, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        frame_bytes(frame, &byte, 1);
    }
}

static inline void frame_ethernet(struct frame *frame, uint16_t type)
{
    frame_fill(frame, 0x02, 12);
    frame_number(frame, type, 2);
}

static inline void frame_vlan(struct frame *frame, uint16_t inner_type)
{
    frame_number(frame, 0x2064, 2);
    frame_number(frame, inner_type, 2);
}

/* `fragment` is the whole field: flags and offset; `payload` the bytes behind a header without options. */
static inline void frame_ipv4(struct frame *frame, uint8_t protocol, uint16_t fragment, size_t payload)
{
    frame_number(frame, 0x4500, 2);
    frame_number(frame, 20 + payload, 2);
    frame_number(frame, 0x1234, 2);
    frame_number(frame, fragment, 2);
    frame_number(frame, 64, 1);
    frame_number(frame, protocol, 1);
    frame_number(frame, 0, 2);
    frame_bytes(frame, client_4, 4);
    frame_bytes(frame, server_4, 4);
}

/* From 2001:db8::1 to 2001:db8::2. */
static inline void frame_ipv6(struct frame *frame, uint8_t next_header, size_t payload)
{
    frame_number(frame, 0x60000000, 4);
    frame_number(frame, payload, 2);
    frame_number(frame, next_header, 1);
    frame_number(frame, 64, 1);
    for (uint8_t last = 1; last <= 2; last++) {
        frame_number(frame, 0x20010db800000000, 8);
        frame_number(frame, last, 8);
    }
}

/* From port 40000 to 8080, sequence 0x01020304, acknowledgement 0x05060708, window 512. */
static inline void frame_tcp(struct frame *frame, uint8_t flags, uint8_t header)
{
    frame_number(frame, 40000, 2);
    frame_number(frame, 8080, 2);
    frame_number(frame, 0x01020304, 4);
    frame_number(frame, 0x05060708, 4);
    frame_number(frame, (uint64_t)(header / 4) << 4, 1);
    frame_number(frame, flags, 1);
    frame_number(frame, 512, 2);
    frame_number(frame, 0, 4);
    frame_fill(frame, 1, header > TCP_HEADER ? (size_t)(header - TCP_HEADER) : 0);
}

/* From port 5353 to 443. */
static inline void frame_udp(struct frame *frame, size_t len)
{
    frame_number(frame, 5353, 2);
    frame_number(frame, 443, 2);
    frame_number(frame, len, 2);
    frame_number(frame, 0, 2);
}

struct decoded {
    enum decode_result result;
    struct packet packet;
    struct counter_cell cells[DECODE_COUNTERS_COUNT];
    uint8_t *copy;
    size_t captured;
};

/* Decodes the first `captured` bytes as a packet that had `wire` bytes; decoded_free() comes after it. */
static inline struct decoded decode_part(const struct frame *frame, int link_type, size_t captured,
                                         size_t wire)
{
    struct decoded decoded = {.packet = {.number = 7}, .captured = captured};
    decoded.copy = malloc(captured > 0 ? captured : 1);
    assert_non_null(decoded.copy);
    memcpy(decoded.copy, frame->bytes, captured);
    struct raw_packet raw = {.bytes = slice_make(captured > 0 ? decoded.copy : NULL, captured),
                             .wire_len = (uint32_t)wire,
                             .link_type = link_type,
                             .time_us = 1234567};
    decoded.result = decode_packet(&raw, &decoded.packet, decoded.cells);
    assert_int_equal(decoded.packet.number, 7);
    return decoded;
}

static inline struct decoded decode_whole(const struct frame *frame, int link_type)
{
    return decode_part(frame, link_type, frame->len, frame->len);
}

static inline uint64_t decoded_count(const struct decoded *decoded, enum decode_counter counter)
{
    return counter_get(decoded->cells, counter);
}

static inline void decoded_free(struct decoded *decoded)
{
    free(decoded->copy);
}

/* Decodes the whole frame, compares the result and the counter that tells it, and frees. */
static inline void expect_result(const struct frame *frame, int link_type, enum decode_result result,
                                 enum decode_counter counter)
{
    struct decoded decoded = decode_whole(frame, link_type);
    assert_int_equal(decoded.result, result);
    assert_int_equal(decoded_count(&decoded, counter), 1);
    decoded_free(&decoded);
}

/*
 * Cuts a good frame at every length, once by the snapshot length and once by the mirror. Whatever ends
 * before `headers` bytes is malformed; behind it the payload gets shorter and its length on the wire stays.
 */
static inline void expect_every_cut(const struct frame *frame, int link_type, size_t headers, size_t payload)
{
    for (size_t captured = 0; captured <= frame->len; captured++) {
        size_t wires[] = {frame->len, captured};
        for (size_t i = 0; i < ARRAY_COUNT(wires); i++) {
            struct decoded decoded = decode_part(frame, link_type, captured, wires[i]);
            if (captured < headers) {
                assert_int_equal(decoded.result, DECODE_MALFORMED);
                assert_int_equal(decoded_count(&decoded, DECODE_CUT), 1);
            } else {
                size_t left = captured - headers;
                assert_int_equal(decoded.result, DECODE_PACKET);
                assert_int_equal(decoded.packet.payload.len, left < payload ? left : payload);
                assert_int_equal(decoded.packet.payload_wire_len, payload);
            }
            decoded_free(&decoded);
        }
    }
}
