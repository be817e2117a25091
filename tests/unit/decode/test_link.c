/* Each link layer leads to the same IP packet, and ends where it should not. */
#include "frames.h"

#include "daemon/decode/decode_priv.h"

enum { PAYLOAD = 5, BEHIND_LINK = 20 + TCP_HEADER };

static void put_ip(struct frame *frame)
{
    frame_ipv4(frame, PROTOCOL_TCP, 0, TCP_HEADER + PAYLOAD);
    frame_tcp(frame, TCP_ACK, TCP_HEADER);
    frame_bytes(frame, "hello", PAYLOAD);
}

static void expect_ip(const struct frame *frame, int link_type, size_t link_header, uint64_t tags)
{
    struct decoded decoded = decode_whole(frame, link_type);
    assert_int_equal(decoded.result, DECODE_PACKET);
    assert_int_equal(decoded.packet.transport, TRANSPORT_TCP);
    assert_int_equal(decoded.packet.time_us, 1234567);
    assert_int_equal(decoded.packet.wire_len, frame->len);
    assert_ptr_equal(decoded.packet.ip.data, decoded.copy + link_header);
    assert_int_equal(decoded.packet.ip.len, BEHIND_LINK + PAYLOAD);
    assert_true(slice_equal(decoded.packet.payload, slice_text("hello")));
    assert_int_equal(decoded_count(&decoded, DECODE_IN_VLAN), tags);
    assert_int_equal(decoded.packet.encapsulation, tags << ENCAPSULATION_VLAN);
    decoded_free(&decoded);
    expect_every_cut(frame, link_type, link_header + BEHIND_LINK, PAYLOAD);
}

static void test_every_layer_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYER_COUNT; i++) {
        assert_non_null(decode_layers[i].name);
        assert_non_null(decode_layers[i].function);
    }
}

static void test_ethernet(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ethernet(&frame, 0x0800);
    put_ip(&frame);
    expect_ip(&frame, DLT_EN10MB, 14, 0);
}

static void test_ethernet_padding_and_trailer_are_cut(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ethernet(&frame, 0x0800);
    put_ip(&frame);
    frame_fill(&frame, 0xee, 10);
    struct decoded decoded = decode_whole(&frame, DLT_EN10MB);
    assert_int_equal(decoded.packet.payload.len, PAYLOAD);
    assert_int_equal(decoded.packet.payload_wire_len, PAYLOAD);
    assert_int_equal(decoded.packet.ip.len, BEHIND_LINK + PAYLOAD);
    assert_int_equal(decoded_count(&decoded, DECODE_SHORTENED), 0);
    decoded_free(&decoded);
}

static void test_vlan_tags(void **state)
{
    (void)state;
    static const uint16_t tag_types[] = {0x8100, 0x88a8, 0x9100};
    for (size_t i = 0; i < ARRAY_COUNT(tag_types); i++) {
        struct frame one = {0};
        frame_ethernet(&one, tag_types[i]);
        frame_vlan(&one, 0x0800);
        put_ip(&one);
        expect_ip(&one, DLT_EN10MB, 18, 1);
        struct frame two = {0};
        frame_ethernet(&two, tag_types[i]);
        frame_vlan(&two, 0x8100);
        frame_vlan(&two, 0x0800);
        put_ip(&two);
        expect_ip(&two, DLT_EN10MB, 22, 1);
    }
}

static void put_tags(struct frame *frame, size_t tags)
{
    frame_ethernet(frame, tags > 0 ? 0x8100 : 0x0800);
    for (size_t i = 1; i <= tags; i++) {
        frame_vlan(frame, i == tags ? 0x0800 : 0x8100);
    }
    put_ip(frame);
}

/* Ethernet, IPv4 and TCP are three layers. */
static void test_depth(void **state)
{
    (void)state;
    struct frame frame = {0};
    put_tags(&frame, DECODE_DEPTH_MAX - 3);
    expect_result(&frame, DLT_EN10MB, DECODE_PACKET, DECODE_TCP);
    frame = (struct frame){0};
    put_tags(&frame, DECODE_DEPTH_MAX - 2);
    expect_result(&frame, DLT_EN10MB, DECODE_MALFORMED, DECODE_TOO_DEEP);
}

static void test_llc(void **state)
{
    (void)state;
    static const uint32_t organisations[] = {0, 0x0000f8};
    for (size_t i = 0; i < ARRAY_COUNT(organisations); i++) {
        struct frame snap = {0};
        frame_ethernet(&snap, 8 + BEHIND_LINK + PAYLOAD);
        frame_number(&snap, 0xaaaa03, 3);
        frame_number(&snap, organisations[i], 3);
        frame_number(&snap, 0x0800, 2);
        put_ip(&snap);
        expect_ip(&snap, DLT_EN10MB, 22, 0);
    }
    struct frame bare = {0};
    frame_ethernet(&bare, 1500);
    frame_number(&bare, 0x060603, 3);
    put_ip(&bare);
    expect_ip(&bare, DLT_EN10MB, 17, 0);
}

static void test_llc_that_is_not_ip(void **state)
{
    (void)state;
    static const uint64_t headers[] = {
        0x4242030000000000, /* spanning tree */
        0xaaaa0300000c2000, /* SNAP of Cisco: CDP */
        0xaaaa030000000806, /* SNAP with ARP */
        0xaaaa000000000800, /* not an unnumbered frame */
    };
    for (size_t i = 0; i < ARRAY_COUNT(headers); i++) {
        struct frame frame = {0};
        frame_ethernet(&frame, 100);
        frame_number(&frame, headers[i], 8);
        put_ip(&frame);
        expect_result(&frame, DLT_EN10MB, DECODE_NOT_IP, DECODE_OTHER_LINK);
    }
}

static void test_ethertypes_that_are_not_ip(void **state)
{
    (void)state;
    static const uint16_t types[] = {0x0806, 0x88cc, 0x8863, 1501, 0x05ff, 0x0600, 0xffff};
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        struct frame frame = {0};
        frame_ethernet(&frame, types[i]);
        put_ip(&frame);
        expect_result(&frame, DLT_EN10MB, DECODE_NOT_IP, DECODE_OTHER_LINK);
    }
}

static void put_cooked(struct frame *frame, uint16_t hardware, uint16_t protocol)
{
    frame_number(frame, 4, 2);
    frame_number(frame, hardware, 2);
    frame_number(frame, 6, 2);
    frame_fill(frame, 0x02, 8);
    frame_number(frame, protocol, 2);
}

static void put_cooked_2(struct frame *frame, uint16_t hardware, uint16_t protocol)
{
    frame_number(frame, protocol, 2);
    frame_number(frame, 0, 2);
    frame_number(frame, 3, 4);
    frame_number(frame, hardware, 2);
    frame_number(frame, 0x0406, 2);
    frame_fill(frame, 0x02, 8);
}

static const struct {
    int link_type;
    size_t header;
    void (*put)(struct frame *frame, uint16_t hardware, uint16_t protocol);
} cooked[] = {{DLT_LINUX_SLL, 16, put_cooked}, {DLT_LINUX_SLL2, 20, put_cooked_2}};

static void test_cooked(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cooked); i++) {
        struct frame plain = {0};
        cooked[i].put(&plain, 1, 0x0800);
        put_ip(&plain);
        expect_ip(&plain, cooked[i].link_type, cooked[i].header, 0);
        struct frame tagged = {0};
        cooked[i].put(&tagged, 1, 0x8100);
        frame_vlan(&tagged, 0x0800);
        put_ip(&tagged);
        expect_ip(&tagged, cooked[i].link_type, cooked[i].header + 4, 1);
        struct frame llc = {0};
        cooked[i].put(&llc, 1, 0x0004);
        frame_number(&llc, 0xaaaa030000000800, 8);
        put_ip(&llc);
        expect_ip(&llc, cooked[i].link_type, cooked[i].header + 8, 0);
    }
}

static void test_cooked_that_is_not_ip(void **state)
{
    (void)state;
    static const uint16_t pairs[][2] = {{1, 0x0806}, {1, 0x0001}, {824, 0x0800}};
    for (size_t i = 0; i < ARRAY_COUNT(cooked); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(pairs); j++) {
            struct frame frame = {0};
            cooked[i].put(&frame, pairs[j][0], pairs[j][1]);
            put_ip(&frame);
            expect_result(&frame, cooked[i].link_type, DECODE_NOT_IP, DECODE_OTHER_LINK);
        }
    }
}

static void test_loopback(void **state)
{
    (void)state;
    static const int link_types[] = {DLT_NULL, DLT_LOOP};
    static const uint32_t families[] = {0x00000002, 0x02000000};
    for (size_t i = 0; i < ARRAY_COUNT(link_types); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(families); j++) {
            struct frame frame = {0};
            frame_number(&frame, families[j], 4);
            put_ip(&frame);
            expect_ip(&frame, link_types[i], 4, 0);
        }
        struct frame appletalk = {0};
        frame_number(&appletalk, 16, 4);
        put_ip(&appletalk);
        expect_result(&appletalk, link_types[i], DECODE_NOT_IP, DECODE_OTHER_LINK);
    }
}

static void test_loopback_families_of_ipv6(void **state)
{
    (void)state;
    static const uint32_t families[] = {10, 24, 28, 30, 23, 0x1e000000};
    for (size_t i = 0; i < ARRAY_COUNT(families); i++) {
        struct frame frame = {0};
        frame_number(&frame, families[i], 4);
        frame_ipv6(&frame, PROTOCOL_UDP, UDP_HEADER);
        frame_udp(&frame, UDP_HEADER);
        expect_result(&frame, DLT_NULL, DECODE_PACKET, DECODE_UDP);
    }
}

static void test_raw_ip(void **state)
{
    (void)state;
    static const int link_types[] = {12, 14, 101, DLT_IPV4};
    struct frame frame = {0};
    put_ip(&frame);
    for (size_t i = 0; i < ARRAY_COUNT(link_types); i++) {
        expect_ip(&frame, link_types[i], 0, 0);
    }
    struct frame six = {0};
    frame_ipv6(&six, PROTOCOL_UDP, UDP_HEADER);
    frame_udp(&six, UDP_HEADER);
    expect_result(&six, DLT_RAW, DECODE_PACKET, DECODE_UDP);
    expect_result(&six, DLT_IPV6, DECODE_PACKET, DECODE_UDP);
    expect_result(&six, DLT_IPV4, DECODE_MALFORMED, DECODE_BAD_VERSION);
    expect_result(&frame, DLT_IPV6, DECODE_MALFORMED, DECODE_BAD_VERSION);
    six.bytes[0] = 0x50;
    expect_result(&six, DLT_RAW, DECODE_MALFORMED, DECODE_BAD_VERSION);
}

static void test_link_types(void **state)
{
    (void)state;
    static const int known[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, 12,       14,
                                101,        DLT_IPV4,      DLT_IPV6,       DLT_NULL, DLT_LOOP};
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        assert_true(decode_link_known(known[i]));
    }
    assert_false(decode_link_known(DLT_IEEE802_11));
    assert_false(decode_link_known(-1));
    struct frame frame = {0};
    put_ip(&frame);
    expect_result(&frame, DLT_IEEE802_11, DECODE_NOT_IP, DECODE_OTHER_LINK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layer_has_a_row),
        cmocka_unit_test(test_ethernet),
        cmocka_unit_test(test_ethernet_padding_and_trailer_are_cut),
        cmocka_unit_test(test_vlan_tags),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_llc),
        cmocka_unit_test(test_llc_that_is_not_ip),
        cmocka_unit_test(test_ethertypes_that_are_not_ip),
        cmocka_unit_test(test_cooked),
        cmocka_unit_test(test_cooked_that_is_not_ip),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_loopback_families_of_ipv6),
        cmocka_unit_test(test_raw_ip),
        cmocka_unit_test(test_link_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
