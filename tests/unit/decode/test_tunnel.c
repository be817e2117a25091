/* Each encapsulation leads to the same innermost packet and says its name; what does not fit is refused. */
#include "frames.h"

#include "daemon/decode/decode_priv.h"

enum { PAYLOAD = 5, INNER = 20 + TCP_HEADER + PAYLOAD, INNER_6 = INNER + 20 };

static void put_ip(struct frame *frame)
{
    frame_ipv4(frame, PROTOCOL_TCP, 0, TCP_HEADER + PAYLOAD);
    frame_tcp(frame, TCP_ACK, TCP_HEADER);
    frame_bytes(frame, "hello", PAYLOAD);
}

static void put_ip_6(struct frame *frame)
{
    frame_ipv6(frame, PROTOCOL_TCP, TCP_HEADER + PAYLOAD);
    frame_tcp(frame, TCP_ACK, TCP_HEADER);
    frame_bytes(frame, "hello", PAYLOAD);
}

static void put_inner_ethernet(struct frame *frame)
{
    frame_ethernet(frame, 0x0800);
    put_ip(frame);
}

/* An outer datagram to `port` for `len` bytes. */
static void put_udp(struct frame *frame, uint16_t port, size_t len)
{
    frame_ethernet(frame, 0x0800);
    frame_ipv4(frame, PROTOCOL_UDP, 0, UDP_HEADER + len);
    frame_number(frame, 50000, 2);
    frame_number(frame, port, 2);
    frame_number(frame, UDP_HEADER + len, 2);
    frame_number(frame, 0, 2);
}

static void check_inner(const struct decoded *decoded)
{
    assert_int_equal(decoded->result, DECODE_PACKET);
    assert_int_equal(decoded->packet.transport, TRANSPORT_TCP);
    assert_int_equal(decoded->packet.source_port, 40000);
    assert_int_equal(decoded->packet.destination_port, 8080);
    assert_true(slice_equal(decoded->packet.payload, slice_text("hello")));
    assert_int_equal(decoded->packet.payload_wire_len, PAYLOAD);
}

/*
 * The whole frame gives the innermost packet and exactly these encapsulations. Cut anywhere it gives that
 * packet with less payload, an outer datagram, or nothing, and never reads beyond its end.
 */
static void expect_inner(const struct frame *frame, int link_type, uint32_t encapsulation)
{
    struct decoded whole = decode_whole(frame, link_type);
    check_inner(&whole);
    assert_int_equal(whole.packet.encapsulation, encapsulation);
    for (unsigned i = 0; i < ENCAPSULATION_COUNT; i++) {
        assert_int_equal(decoded_count(&whole, DECODE_IN_VLAN + i), encapsulation >> i & 1);
    }
    decoded_free(&whole);
    for (size_t captured = 0; captured < frame->len; captured++) {
        struct decoded part = decode_part(frame, link_type, captured, frame->len);
        size_t left = frame->len - captured;
        if (left <= PAYLOAD) {
            assert_int_equal(part.result, DECODE_PACKET);
            assert_int_equal(part.packet.payload.len, PAYLOAD - left);
            assert_int_equal(part.packet.payload_wire_len, PAYLOAD);
        } else if (part.result == DECODE_PACKET) {
            assert_true(part.packet.transport != TRANSPORT_TCP);
        }
        decoded_free(&part);
    }
}

#define BIT(name) (UINT32_C(1) << ENCAPSULATION_##name)

static void test_names_are_there(void **state)
{
    (void)state;
    assert_string_equal(encapsulation_name(ENCAPSULATION_VLAN), "vlan");
    assert_string_equal(encapsulation_name(ENCAPSULATION_TEREDO), "teredo");
    assert_int_equal(DECODE_IN_TEREDO - DECODE_IN_VLAN, ENCAPSULATION_TEREDO);
}

static void test_backbone_tag(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ethernet(&frame, 0x88a8);
    frame_vlan(&frame, 0x88e7);
    frame_number(&frame, 0x00123456, 4);
    put_inner_ethernet(&frame);
    expect_inner(&frame, DLT_EN10MB, BIT(VLAN) | BIT(PBB));
}

static void put_labels(struct frame *frame, unsigned count)
{
    frame_ethernet(frame, 0x8847);
    for (unsigned i = 1; i <= count; i++) {
        frame_number(frame, i == count ? 0x00064140 | 0x100 : 0x00064040, 4);
    }
}

static void test_mpls(void **state)
{
    (void)state;
    for (unsigned labels = 1; labels <= 16; labels++) {
        struct frame frame = {0};
        put_labels(&frame, labels);
        put_ip(&frame);
        expect_inner(&frame, DLT_EN10MB, BIT(MPLS));
    }
    struct frame six = {0};
    put_labels(&six, 2);
    put_ip_6(&six);
    expect_inner(&six, DLT_EN10MB, BIT(MPLS));
    struct frame deep = {0};
    put_labels(&deep, 17);
    put_ip(&deep);
    expect_result(&deep, DLT_EN10MB, DECODE_MALFORMED, DECODE_TOO_DEEP);
}

/* Straight in IP, and in UDP, where the port alone proves nothing. */
static void test_mpls_over_ip(void **state)
{
    (void)state;
    struct frame ip = {0};
    frame_ethernet(&ip, 0x0800);
    frame_ipv4(&ip, 137, 0, 4 + INNER);
    frame_number(&ip, 0x00064140, 4);
    put_ip(&ip);
    expect_inner(&ip, DLT_EN10MB, BIT(MPLS));
    struct frame udp = {0};
    put_udp(&udp, 6635, 8 + INNER);
    frame_number(&udp, 0x00064040, 4);
    frame_number(&udp, 0x00064140, 4);
    size_t inner = udp.len;
    put_ip(&udp);
    expect_inner(&udp, DLT_EN10MB, BIT(MPLS));
    udp.bytes[inner + 2] = 0x40; /* longer than its datagram: somebody's bytes that begin like that */
    expect_result(&udp, DLT_EN10MB, DECODE_PACKET, DECODE_NOT_TUNNELLED);
}

/* The first bits of a frame's address look like IPv4, IPv6, a control word, or like nothing. */
static void test_pseudowire(void **state)
{
    (void)state;
    static const uint8_t firsts[] = {0x00, 0x02, 0x10, 0x45, 0x48, 0x60, 0x66, 0xaa};
    for (size_t i = 0; i < ARRAY_COUNT(firsts); i++) {
        for (unsigned word = 0; word <= 1; word++) {
            struct frame frame = {0};
            put_labels(&frame, 2);
            frame_fill(&frame, 0, word ? 4 : 0);
            frame_number(&frame, firsts[i], 1);
            frame_fill(&frame, 0x12, 11);
            frame_number(&frame, 0x0800, 2);
            put_ip(&frame);
            expect_inner(&frame, DLT_EN10MB, BIT(MPLS) | BIT(PSEUDOWIRE));
        }
    }
}

static void test_pppoe(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ethernet(&frame, 0x8100);
    frame_vlan(&frame, 0x8100);
    frame_vlan(&frame, 0x8864);
    frame_number(&frame, 0x11000042, 4);
    frame_number(&frame, 2 + INNER, 2);
    frame_number(&frame, 0x0021, 2);
    put_ip(&frame);
    expect_inner(&frame, DLT_EN10MB, BIT(VLAN) | BIT(PPPOE) | BIT(PPP));
}

static void test_ppp_that_carries_no_packet(void **state)
{
    (void)state;
    static const uint16_t protocols[] = {0xc021, 0x8021, 0xc223, 0x0023};
    for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
        struct frame frame = {0};
        frame_number(&frame, protocols[i], 2);
        put_ip(&frame);
        expect_result(&frame, DLT_PPP, DECODE_NOT_IP, DECODE_OTHER_LINK);
    }
    struct frame discovery = {0};
    frame_number(&discovery, 0x11090000, 4);
    frame_number(&discovery, INNER, 2);
    put_ip(&discovery);
    expect_result(&discovery, DLT_PPP_ETHER, DECODE_NOT_IP, DECODE_OTHER_LINK);
}

static void test_serial_lines(void **state)
{
    (void)state;
    static const int links[] = {DLT_PPP, DLT_PPP_SERIAL, DLT_C_HDLC};
    static const struct {
        uint64_t header;
        size_t size;
        uint32_t encapsulation;
    } starts[] = {
        {0xff030021, 4, BIT(PPP)}, {0x0021, 2, BIT(PPP)}, {0x21, 1, BIT(PPP)},
        {0xff0321, 3, BIT(PPP)},   {0x0f000800, 4, 0},    {0x8f000800, 4, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(links); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(starts); j++) {
            struct frame frame = {0};
            frame_number(&frame, starts[j].header, starts[j].size);
            put_ip(&frame);
            expect_inner(&frame, links[i], starts[j].encapsulation);
        }
    }
}

static void test_l2tp(void **state)
{
    (void)state;
    static const struct {
        uint64_t header;
        size_t size;
    } starts[] = {
        {0x000200010002, 6},
        {0x4002000000010002, 8},
    };
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        struct frame frame = {0};
        put_udp(&frame, 1701, starts[i].size + 4 + INNER);
        frame_number(&frame, starts[i].header, starts[i].size);
        frame_number(&frame, 0xff030021, 4);
        put_ip(&frame);
        expect_inner(&frame, DLT_EN10MB, BIT(L2TP) | BIT(PPP));
    }
    struct frame all = {0};
    put_udp(&all, 1701, 8 + 4 + 2 + 3 + 2 + INNER);
    frame_number(&all, 0x4a02000000010002, 8);
    frame_number(&all, 0x00010002, 4);
    frame_number(&all, 0x0003, 2);
    frame_fill(&all, 0, 3);
    frame_number(&all, 0x0021, 2);
    put_ip(&all);
    expect_inner(&all, DLT_EN10MB, BIT(L2TP) | BIT(PPP));
}

static void test_l2tp_3(void **state)
{
    (void)state;
    for (size_t cookie = 0; cookie <= 12; cookie += 4) {
        struct frame udp = {0};
        put_udp(&udp, 1701, 8 + cookie + 14 + INNER);
        frame_number(&udp, 0x0003000000000007, 8);
        frame_fill(&udp, 0x77, cookie);
        put_inner_ethernet(&udp);
        expect_inner(&udp, DLT_EN10MB, BIT(L2TP));
        struct frame ip = {0};
        frame_ipv4(&ip, 115, 0, 4 + cookie + 14 + INNER);
        frame_number(&ip, 7, 4);
        frame_fill(&ip, 0x77, cookie);
        put_inner_ethernet(&ip);
        expect_inner(&ip, DLT_RAW, BIT(L2TP));
    }
}

/* Flags, type, header behind the type. */
static void put_gre(struct frame *frame, uint16_t flags, uint16_t type, size_t options, size_t inner)
{
    frame_ipv4(frame, 47, 0, 4 + options + inner);
    frame_number(frame, flags, 2);
    frame_number(frame, type, 2);
    frame_fill(frame, 0x11, options);
}

static void test_gre(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags;
        size_t options;
    } forms[] = {{0, 0}, {0x8000, 4}, {0x2000, 4}, {0x1000, 4}, {0xb000, 12}};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        struct frame frame = {0};
        put_gre(&frame, forms[i].flags, 0x0800, forms[i].options, INNER);
        put_ip(&frame);
        expect_inner(&frame, DLT_RAW, BIT(GRE));
    }
    struct frame bridged = {0};
    put_gre(&bridged, 0x2000, 0x6558, 4, 14 + INNER);
    put_inner_ethernet(&bridged);
    expect_inner(&bridged, DLT_RAW, BIT(NVGRE));
    struct frame pptp = {0};
    put_gre(&pptp, 0x3081, 0x880b, 12, 4 + INNER);
    frame_number(&pptp, 0xff030021, 4);
    put_ip(&pptp);
    expect_inner(&pptp, DLT_RAW, BIT(GRE) | BIT(PPP));
}

static void test_gre_that_carries_no_packet(void **state)
{
    (void)state;
    static const uint32_t starts[] = {0x40000800, 0x00070800, 0x00000806, 0x20818800 | 0x0b};
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        struct frame frame = {0};
        frame_ipv4(&frame, 47, 0, 4 + 12 + INNER);
        frame_number(&frame, starts[i], 4);
        frame_fill(&frame, 0, 12);
        put_ip(&frame);
        expect_result(&frame, DLT_RAW, DECODE_PACKET, DECODE_OTHER_TRANSPORT);
    }
}

static void test_erspan(void **state)
{
    (void)state;
    struct frame one = {0};
    put_gre(&one, 0, 0x88be, 0, 14 + INNER);
    put_inner_ethernet(&one);
    expect_inner(&one, DLT_RAW, BIT(ERSPAN));
    struct frame two = {0};
    put_gre(&two, 0x1000, 0x88be, 4, 8 + 14 + INNER);
    frame_number(&two, 0x1064000000000001, 8);
    put_inner_ethernet(&two);
    expect_inner(&two, DLT_RAW, BIT(ERSPAN));
    for (unsigned more = 0; more <= 1; more++) {
        struct frame three = {0};
        put_gre(&three, 0x1000, 0x22eb, 4, 12 + (more ? 8 : 0) + 14 + INNER);
        frame_number(&three, 0x2064000000000001, 8);
        frame_number(&three, more, 4);
        frame_fill(&three, 0, more ? 8 : 0);
        put_inner_ethernet(&three);
        expect_inner(&three, DLT_RAW, BIT(ERSPAN));
    }
    struct frame ip = {0};
    put_gre(&ip, 0x1000, 0x22eb, 4, 12 + INNER);
    frame_number(&ip, 0x2064000000000001, 8);
    frame_number(&ip, 2 << 10, 4);
    put_ip(&ip);
    expect_inner(&ip, DLT_RAW, BIT(ERSPAN));
}

static void test_vxlan(void **state)
{
    (void)state;
    static const uint16_t ports[] = {4789, 8472, 4790};
    for (size_t i = 0; i < ARRAY_COUNT(ports); i++) {
        struct frame frame = {0};
        put_udp(&frame, ports[i], 8 + 14 + INNER);
        frame_number(&frame, 0x0800000000006400, 8);
        put_inner_ethernet(&frame);
        expect_inner(&frame, DLT_EN10MB, BIT(VXLAN));
    }
    struct frame gpe = {0};
    put_udp(&gpe, 4790, 8 + INNER);
    frame_number(&gpe, 0x0c00000100006400, 8);
    put_ip(&gpe);
    expect_inner(&gpe, DLT_EN10MB, BIT(VXLAN));
    struct frame nsh = {0};
    put_udp(&nsh, 4790, 8 + 8 + 14 + INNER);
    frame_number(&nsh, 0x0c00000400006400, 8);
    frame_number(&nsh, 0x0fc2020300000100, 8);
    put_inner_ethernet(&nsh);
    expect_inner(&nsh, DLT_EN10MB, BIT(VXLAN) | BIT(NSH));
}

static void test_geneve(void **state)
{
    (void)state;
    for (unsigned words = 0; words <= 63; words += 21) {
        struct frame frame = {0};
        put_udp(&frame, 6081, 8 + 4 * words + 14 + INNER);
        frame_number(&frame, words, 1);
        frame_number(&frame, 0x00, 1);
        frame_number(&frame, 0x6558, 2);
        frame_number(&frame, 0x00006400, 4);
        frame_fill(&frame, 0, 4 * words);
        put_inner_ethernet(&frame);
        expect_inner(&frame, DLT_EN10MB, BIT(GENEVE));
    }
}

static void test_gtp_u(void **state)
{
    (void)state;
    struct frame plain = {0};
    put_udp(&plain, 2152, 8 + INNER);
    frame_number(&plain, 0x30ff, 2);
    frame_number(&plain, INNER, 2);
    frame_number(&plain, 0x1234, 4);
    put_ip(&plain);
    expect_inner(&plain, DLT_EN10MB, BIT(GTP_U));
    struct frame extended = {0};
    put_udp(&extended, 2152, 8 + 4 + 4 + 8 + INNER_6);
    frame_number(&extended, 0x36ff, 2);
    frame_number(&extended, 4 + 4 + 8 + INNER_6, 2);
    frame_number(&extended, 0x1234, 4);
    frame_number(&extended, 0x00010085, 4);
    frame_number(&extended, 0x01100985, 4);
    frame_number(&extended, 0x0210098500000000, 8);
    put_ip_6(&extended);
    expect_inner(&extended, DLT_EN10MB, BIT(GTP_U));
    struct frame ethernet = {0};
    put_udp(&ethernet, 2152, 8 + 14 + INNER);
    frame_number(&ethernet, 0x30ff, 2);
    frame_number(&ethernet, 14 + INNER, 2);
    frame_number(&ethernet, 0x1234, 4);
    put_inner_ethernet(&ethernet);
    expect_inner(&ethernet, DLT_EN10MB, BIT(GTP_U));
}

static void test_ip_in_ip(void **state)
{
    (void)state;
    struct frame four_in_four = {0};
    frame_ipv4(&four_in_four, 4, 0, INNER);
    put_ip(&four_in_four);
    expect_inner(&four_in_four, DLT_RAW, BIT(IP_IN_IP));
    struct frame six_in_four = {0};
    frame_ipv4(&six_in_four, 41, 0, INNER_6);
    put_ip_6(&six_in_four);
    expect_inner(&six_in_four, DLT_RAW, BIT(6IN4));
    struct frame four_in_six = {0};
    frame_ipv6(&four_in_six, 4, INNER);
    put_ip(&four_in_six);
    expect_inner(&four_in_six, DLT_RAW, BIT(4IN6));
    struct frame six_in_six = {0};
    frame_ipv6(&six_in_six, 41, INNER_6);
    put_ip_6(&six_in_six);
    expect_inner(&six_in_six, DLT_RAW, BIT(IP_IN_IP));
}

static void test_teredo(void **state)
{
    (void)state;
    struct frame plain = {0};
    put_udp(&plain, 3544, INNER_6);
    put_ip_6(&plain);
    expect_inner(&plain, DLT_EN10MB, BIT(TEREDO));
    struct frame all = {0};
    put_udp(&all, 3544, 4 + 5 + 9 + 8 + INNER_6);
    frame_number(&all, 0x00010203, 4);
    frame_fill(&all, 0x33, 5 + 9);
    frame_number(&all, 0x0000aaaabbbbbbbb, 8);
    put_ip_6(&all);
    expect_inner(&all, DLT_EN10MB, BIT(TEREDO));
}

/* A port alone is no tunnel: a datagram in which no packet stands is what it is. */
static void test_datagrams_on_a_tunnels_port(void **state)
{
    (void)state;
    static const uint16_t ports[] = {4789, 8472, 4790, 6081, 2152, 1701, 3544};
    static const uint8_t fills[] = {0x00, 0x08, 0x30, 0x45, 0x60, 0xff};
    for (size_t i = 0; i < ARRAY_COUNT(ports); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(fills); j++) {
            struct frame frame = {0};
            put_udp(&frame, ports[i], 120);
            frame_fill(&frame, fills[j], 120);
            struct decoded decoded = decode_whole(&frame, DLT_EN10MB);
            assert_int_equal(decoded.result, DECODE_PACKET);
            assert_int_equal(decoded.packet.transport, TRANSPORT_UDP);
            assert_int_equal(decoded.packet.destination_port, ports[i]);
            assert_int_equal(decoded.packet.payload.len, 120);
            assert_int_equal(decoded.packet.encapsulation, 0);
            assert_int_equal(decoded_count(&decoded, DECODE_NOT_TUNNELLED), 1);
            assert_int_equal(decoded_count(&decoded, DECODE_UDP), 1);
            decoded_free(&decoded);
        }
    }
}

/* What a mobile core's mirror shows: QinQ, MPLS, a pseudo-wire, PPPoE, IP, GTP-U, IP. */
static void test_nesting(void **state)
{
    (void)state;
    struct frame frame = {0};
    frame_ethernet(&frame, 0x88a8);
    frame_vlan(&frame, 0x8100);
    frame_vlan(&frame, 0x8847);
    frame_number(&frame, 0x00064040, 4);
    frame_number(&frame, 0x00064140, 4);
    frame_fill(&frame, 0, 4);
    frame_fill(&frame, 0x02, 12);
    frame_number(&frame, 0x8864, 2);
    frame_number(&frame, 0x11000042, 4);
    frame_number(&frame, 2 + 20 + UDP_HEADER + 8 + INNER, 2);
    frame_number(&frame, 0x0021, 2);
    frame_ipv4(&frame, PROTOCOL_UDP, 0, UDP_HEADER + 8 + INNER);
    frame_number(&frame, 2152, 2);
    frame_number(&frame, 2152, 2);
    frame_number(&frame, UDP_HEADER + 8 + INNER, 2);
    frame_number(&frame, 0, 2);
    frame_number(&frame, 0x30ff, 2);
    frame_number(&frame, INNER, 2);
    frame_number(&frame, 0x1234, 4);
    put_ip(&frame);
    expect_inner(&frame, DLT_EN10MB,
                 BIT(VLAN) | BIT(MPLS) | BIT(PSEUDOWIRE) | BIT(PPPOE) | BIT(PPP) | BIT(GTP_U));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_there),
        cmocka_unit_test(test_backbone_tag),
        cmocka_unit_test(test_mpls),
        cmocka_unit_test(test_mpls_over_ip),
        cmocka_unit_test(test_pseudowire),
        cmocka_unit_test(test_pppoe),
        cmocka_unit_test(test_ppp_that_carries_no_packet),
        cmocka_unit_test(test_serial_lines),
        cmocka_unit_test(test_l2tp),
        cmocka_unit_test(test_l2tp_3),
        cmocka_unit_test(test_gre),
        cmocka_unit_test(test_gre_that_carries_no_packet),
        cmocka_unit_test(test_erspan),
        cmocka_unit_test(test_vxlan),
        cmocka_unit_test(test_geneve),
        cmocka_unit_test(test_gtp_u),
        cmocka_unit_test(test_ip_in_ip),
        cmocka_unit_test(test_teredo),
        cmocka_unit_test(test_datagrams_on_a_tunnels_port),
        cmocka_unit_test(test_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
