/* IPv4, IPv6 with its extension headers, TCP and UDP: lengths that fit, that are short, and that lie. */
#include "frames.h"

#include "daemon/decode/decode_priv.h"

static void expect_address(const struct address *address, const char *text)
{
    struct address expected;
    assert_true(address_parse(text, &expected));
    assert_int_equal(address_compare(address, &expected), 0);
}

static void test_tcp_fields(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv4(&frame, PROTOCOL_TCP, 0x4000, TCP_HEADER + 3);
    frame_tcp(&frame, 0xc0 | TCP_SYN | TCP_ACK, TCP_HEADER);
    frame_bytes(&frame, "abc", 3);
    struct decoded decoded = decode_whole(&frame, DLT_RAW);
    const struct packet *packet = &decoded.packet;
    assert_int_equal(decoded.result, DECODE_PACKET);
    assert_int_equal(packet->transport, TRANSPORT_TCP);
    expect_address(&packet->source, "192.0.2.1");
    expect_address(&packet->destination, "203.0.113.10");
    assert_int_equal(packet->source_port, 40000);
    assert_int_equal(packet->destination_port, 8080);
    assert_int_equal(packet->tcp_sequence, 0x01020304);
    assert_int_equal(packet->tcp_acknowledgement, 0x05060708);
    assert_int_equal(packet->tcp_flags, TCP_SYN | TCP_ACK);
    assert_int_equal(packet->tcp_window, 512);
    assert_false(packet->fragment);
    assert_true(slice_equal(packet->payload, slice_text("abc")));
    assert_int_equal(decoded_count(&decoded, DECODE_IPV4), 1);
    assert_int_equal(decoded_count(&decoded, DECODE_TCP), 1);
    decoded_free(&decoded);
    expect_every_cut(&frame, DLT_RAW, 40, 3);
}

/* Where the snapshot length ends inside the options, all that is read of the header has come. */
static void test_tcp_options(void **state)
{
    (void)state;
    enum { OPTIONS = 40, HEADERS = 20 + TCP_HEADER };
    struct frame frame = {0};
    frame_ipv4(&frame, PROTOCOL_TCP, 0, TCP_HEADER + OPTIONS + 2);
    frame_tcp(&frame, TCP_ACK, TCP_HEADER + OPTIONS);
    frame_bytes(&frame, "ab", 2);
    for (size_t captured = 0; captured <= frame.len; captured++) {
        struct decoded decoded = decode_part(&frame, DLT_RAW, captured, frame.len);
        assert_int_equal(decoded.result, captured < HEADERS ? DECODE_MALFORMED : DECODE_PACKET);
        if (captured >= HEADERS) {
            assert_int_equal(decoded.packet.source_port, 40000);
            assert_int_equal(decoded.packet.payload.len,
                             captured < HEADERS + OPTIONS ? 0 : captured - HEADERS - OPTIONS);
            assert_int_equal(decoded.packet.payload_wire_len, 2);
        }
        decoded_free(&decoded);
    }
}

static void test_tcp_offset_that_lies(void **state)
{
    (void)state;
    struct frame small = {0};
    frame_ipv4(&small, PROTOCOL_TCP, 0, TCP_HEADER);
    frame_tcp(&small, TCP_ACK, 16);
    expect_result(&small, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
    struct frame large = {0};
    frame_ipv4(&large, PROTOCOL_TCP, 0, TCP_HEADER + 3);
    frame_tcp(&large, TCP_ACK, TCP_HEADER);
    frame_fill(&large, 0, 3);
    large.bytes[20 + 12] = 0x60;
    expect_result(&large, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
    /* Padding behind the IP packet is no room for options. */
    frame_fill(&large, 0, 20);
    expect_result(&large, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
}

static void test_udp(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv4(&frame, PROTOCOL_UDP, 0, UDP_HEADER + 4);
    frame_udp(&frame, UDP_HEADER + 4);
    frame_bytes(&frame, "quic", 4);
    struct decoded decoded = decode_whole(&frame, DLT_RAW);
    assert_int_equal(decoded.packet.transport, TRANSPORT_UDP);
    assert_int_equal(decoded.packet.source_port, 5353);
    assert_int_equal(decoded.packet.destination_port, 443);
    assert_true(slice_equal(decoded.packet.payload, slice_text("quic")));
    decoded_free(&decoded);
    expect_every_cut(&frame, DLT_RAW, 28, 4);
}

static void test_udp_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t udp_len;
        enum decode_result result;
        size_t payload;
    } cases[] = {
        {0, DECODE_PACKET, 4},     {1, DECODE_MALFORMED, 0},     {7, DECODE_MALFORMED, 0},
        {8, DECODE_PACKET, 0},     {9, DECODE_PACKET, 1},        {12, DECODE_PACKET, 4},
        {13, DECODE_MALFORMED, 0}, {65535, DECODE_MALFORMED, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct frame frame = {0};
        frame_ipv4(&frame, PROTOCOL_UDP, 0, UDP_HEADER + 4);
        frame_udp(&frame, cases[i].udp_len);
        frame_bytes(&frame, "quic", 4);
        struct decoded decoded = decode_whole(&frame, DLT_RAW);
        assert_int_equal(decoded.result, cases[i].result);
        if (decoded.result == DECODE_PACKET) {
            assert_int_equal(decoded.packet.payload.len, cases[i].payload);
            assert_int_equal(decoded.packet.payload_wire_len, cases[i].payload);
        } else {
            assert_int_equal(decoded_count(&decoded, DECODE_BAD_LENGTH), 1);
        }
        decoded_free(&decoded);
    }
}

static void test_ipv4_options(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv4(&frame, PROTOCOL_TCP, 0, 40 + TCP_HEADER + 1);
    frame.bytes[0] = 0x4f;
    frame_fill(&frame, 1, 40);
    frame_tcp(&frame, TCP_ACK, TCP_HEADER);
    frame_bytes(&frame, "x", 1);
    expect_every_cut(&frame, DLT_RAW, 80, 1);
}

static void test_ipv4_lengths_that_lie(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv4(&frame, PROTOCOL_TCP, 0, TCP_HEADER);
    frame_tcp(&frame, TCP_ACK, TCP_HEADER);
    struct frame bad = frame;
    bad.bytes[0] = 0x44; /* a header of 16 bytes */
    expect_result(&bad, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
    bad = frame;
    bad.bytes[0] = 0x4f; /* a header longer than the packet */
    expect_result(&bad, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
    bad = frame;
    bad.bytes[3] = 19; /* a packet shorter than its header */
    expect_result(&bad, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
    bad = frame;
    bad.bytes[3] = 39; /* a packet that ends in the TCP header, whatever stands behind */
    expect_result(&bad, DLT_RAW, DECODE_MALFORMED, DECODE_CUT);
}

static void test_ipv4_total_length_0(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv4(&frame, PROTOCOL_TCP, 0, 0);
    frame.bytes[3] = 0;
    frame_tcp(&frame, TCP_ACK, TCP_HEADER);
    frame_fill(&frame, 'a', 100);
    struct decoded decoded = decode_part(&frame, DLT_RAW, 60, 140);
    assert_int_equal(decoded.result, DECODE_PACKET);
    assert_int_equal(decoded.packet.ip.len, 60);
    assert_int_equal(decoded.packet.payload.len, 20);
    assert_int_equal(decoded.packet.payload_wire_len, 100);
    decoded_free(&decoded);
}

static void test_ipv4_longer_than_frame(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv4(&frame, PROTOCOL_TCP, 0, TCP_HEADER + 1000);
    frame_tcp(&frame, TCP_ACK, TCP_HEADER);
    frame_fill(&frame, 'a', 60);
    struct decoded decoded = decode_whole(&frame, DLT_RAW);
    assert_int_equal(decoded.result, DECODE_PACKET);
    assert_int_equal(decoded.packet.payload.len, 60);
    assert_int_equal(decoded.packet.payload_wire_len, 1000);
    assert_int_equal(decoded_count(&decoded, DECODE_SHORTENED), 1);
    decoded_free(&decoded);
}

static void expect_fragment(const struct frame *frame, bool fragment)
{
    struct decoded decoded = decode_whole(frame, DLT_RAW);
    assert_int_equal(decoded.result, DECODE_PACKET);
    assert_int_equal(decoded.packet.fragment, fragment);
    assert_int_equal(decoded_count(&decoded, DECODE_FRAGMENTS), fragment);
    assert_int_equal(decoded.packet.transport, fragment ? TRANSPORT_OTHER : TRANSPORT_UDP);
    assert_int_equal(decoded.packet.source_port, fragment ? 0 : 5353);
    assert_int_equal(decoded.packet.payload.len, fragment ? UDP_HEADER + 4 : 4);
    assert_int_equal(decoded.packet.ip.len, frame->len);
    decoded_free(&decoded);
}

static void test_ipv4_fragments(void **state)
{
    (void)state;
    static const struct {
        uint16_t field;
        bool fragment;
    } cases[] = {{0x0000, false}, {0x4000, false}, {0x8000, false}, {0x2000, true},
                 {0x0001, true},  {0x1fff, true},  {0x3fff, true}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct frame frame = {0};
        frame_ipv4(&frame, PROTOCOL_UDP, cases[i].field, UDP_HEADER + 4);
        frame_udp(&frame, UDP_HEADER + 4);
        frame_fill(&frame, 'a', 4);
        expect_fragment(&frame, cases[i].fragment);
    }
    /* A piece too short for a transport header is a piece all the same. */
    struct frame tiny = {0};
    frame_ipv4(&tiny, PROTOCOL_TCP, 0x0003, 0);
    expect_result(&tiny, DLT_RAW, DECODE_PACKET, DECODE_FRAGMENTS);
}

static void test_ipv4_other_transport(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {0, 1, 2, 43, 44, 47, 50, 58, 59, 60, 132, 255};
    for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
        struct frame frame = {0};
        frame_ipv4(&frame, protocols[i], 0, 8);
        frame_fill(&frame, 0, 8);
        struct decoded decoded = decode_whole(&frame, DLT_RAW);
        assert_int_equal(decoded.result, DECODE_PACKET);
        assert_int_equal(decoded.packet.transport, TRANSPORT_OTHER);
        expect_address(&decoded.packet.source, "192.0.2.1");
        assert_int_equal(decoded_count(&decoded, DECODE_OTHER_TRANSPORT), 1);
        decoded_free(&decoded);
    }
}

static void test_ipv6(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv6(&frame, PROTOCOL_TCP, TCP_HEADER + 2);
    frame_tcp(&frame, TCP_ACK, TCP_HEADER);
    frame_bytes(&frame, "ok", 2);
    struct decoded decoded = decode_whole(&frame, DLT_RAW);
    assert_int_equal(decoded.packet.transport, TRANSPORT_TCP);
    expect_address(&decoded.packet.source, "2001:db8::1");
    expect_address(&decoded.packet.destination, "2001:db8::2");
    assert_int_equal(decoded_count(&decoded, DECODE_IPV6), 1);
    assert_int_equal(decoded.packet.ip.len, frame.len);
    decoded_free(&decoded);
    expect_every_cut(&frame, DLT_RAW, 60, 2);
    frame_fill(&frame, 0, 6);
    decoded = decode_whole(&frame, DLT_RAW);
    assert_int_equal(decoded.packet.payload.len, 2);
    assert_int_equal(decoded.packet.ip.len, frame.len - 6);
    decoded_free(&decoded);
}

static void test_ipv6_payload_length_0(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv6(&frame, PROTOCOL_TCP, 0);
    frame_tcp(&frame, TCP_ACK, TCP_HEADER);
    frame_fill(&frame, 'a', 100);
    struct decoded decoded = decode_part(&frame, DLT_RAW, 70, 160);
    assert_int_equal(decoded.packet.payload.len, 10);
    assert_int_equal(decoded.packet.payload_wire_len, 100);
    decoded_free(&decoded);
}

/* Hop-by-hop (8 bytes), routing (24), destination options (16), AH (24), atomic fragment (8), UDP. */
static void test_ipv6_extension_headers(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv6(&frame, 0, 80 + UDP_HEADER + 4);
    frame_number(&frame, 43 << 8, 2);
    frame_fill(&frame, 0, 6);
    frame_number(&frame, 60 << 8 | 2, 2);
    frame_fill(&frame, 0, 22);
    frame_number(&frame, 51 << 8 | 1, 2);
    frame_fill(&frame, 0, 14);
    frame_number(&frame, 44 << 8 | 4, 2);
    frame_fill(&frame, 0, 22);
    frame_number(&frame, 17 << 8, 2);
    frame_fill(&frame, 0, 6);
    frame_udp(&frame, UDP_HEADER + 4);
    frame_bytes(&frame, "quic", 4);
    struct decoded decoded = decode_whole(&frame, DLT_RAW);
    assert_int_equal(decoded.packet.transport, TRANSPORT_UDP);
    assert_false(decoded.packet.fragment);
    assert_true(slice_equal(decoded.packet.payload, slice_text("quic")));
    decoded_free(&decoded);
    expect_every_cut(&frame, DLT_RAW, 128, 4);
}

static void test_ipv6_extension_longer_than_packet(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv6(&frame, 60, 16);
    frame_number(&frame, 17 << 8 | 2, 2);
    frame_fill(&frame, 0, 14);
    expect_result(&frame, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
    frame.bytes[41] = 255;
    expect_result(&frame, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_LENGTH);
}

static void test_ipv6_too_many_extensions(void **state)
{
    (void)state;
    /* Raw IP, IPv6 and UDP are the other three layers. */
    enum { FITS = DECODE_DEPTH_MAX - 3 };
    for (size_t extensions = FITS; extensions <= FITS + 1; extensions++) {
        struct frame frame = {0};
        frame_ipv6(&frame, 60, extensions * 8 + UDP_HEADER);
        for (size_t i = 1; i <= extensions; i++) {
            frame_number(&frame, i == extensions ? 17U << 8 : 60U << 8, 2);
            frame_fill(&frame, 0, 6);
        }
        frame_udp(&frame, UDP_HEADER);
        bool fits = extensions == FITS;
        expect_result(&frame, DLT_RAW, fits ? DECODE_PACKET : DECODE_MALFORMED,
                      fits ? DECODE_UDP : DECODE_TOO_DEEP);
    }
}

static void test_ipv6_fragments(void **state)
{
    (void)state;
    static const struct {
        uint16_t field;
        bool fragment;
    } cases[] = {{0x0000, false}, {0x0006, false}, {0x0001, true}, {0x0008, true}, {0xfff8, true}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct frame frame = {0};
        frame_ipv6(&frame, 44, 8 + UDP_HEADER + 4);
        frame_number(&frame, 17 << 8, 2);
        frame_number(&frame, cases[i].field, 2);
        frame_number(&frame, 99, 4);
        frame_udp(&frame, UDP_HEADER + 4);
        frame_fill(&frame, 'a', 4);
        expect_fragment(&frame, cases[i].fragment);
    }
}

static void test_ipv6_no_next_header(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ipv6(&frame, 59, 0);
    expect_result(&frame, DLT_RAW, DECODE_PACKET, DECODE_OTHER_TRANSPORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp_fields),
        cmocka_unit_test(test_tcp_options),
        cmocka_unit_test(test_tcp_offset_that_lies),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_udp_lengths),
        cmocka_unit_test(test_ipv4_options),
        cmocka_unit_test(test_ipv4_lengths_that_lie),
        cmocka_unit_test(test_ipv4_total_length_0),
        cmocka_unit_test(test_ipv4_longer_than_frame),
        cmocka_unit_test(test_ipv4_fragments),
        cmocka_unit_test(test_ipv4_other_transport),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv6_payload_length_0),
        cmocka_unit_test(test_ipv6_extension_headers),
        cmocka_unit_test(test_ipv6_extension_longer_than_packet),
        cmocka_unit_test(test_ipv6_too_many_extensions),
        cmocka_unit_test(test_ipv6_fragments),
        cmocka_unit_test(test_ipv6_no_next_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
