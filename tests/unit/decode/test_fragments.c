/* Datagrams put together from fragments, in every order and with every trouble that pieces may bring. */
#include "frames.h"

#include "base/clock.h"
#include "decode/fragments.h"

enum { LEN = 64 }; /* of the datagrams here: a UDP header and 56 bytes */

static const struct decode_settings roomy = {
    .fragments = 16, .fragment_memory = 1 << 20, .fragment_timeout = 30 * TIME_SECOND};

struct bench {
    struct decode_settings settings;
    struct counter_cell cells[DECODE_COUNTERS_COUNT];
    struct fragments *table;
    int64_t now_us;
    struct frame datagram; /* what stands behind the IP header */
    struct packet packet;  /* the last one */
};

static void bench_open(struct bench *bench, const struct decode_settings *settings)
{
    static const struct hash_key key = {{1, 2}};
    *bench = (struct bench){.settings = *settings};
    bench->table = fragments_create(&bench->settings, &key, bench->cells);
    frame_udp(&bench->datagram, LEN);
    for (uint8_t i = UDP_HEADER; i < LEN; i++) {
        frame_number(&bench->datagram, i, 1);
    }
}

static uint64_t counted(const struct bench *bench, enum decode_counter counter)
{
    return counter_get(bench->cells, counter);
}

static void bench_close(struct bench *bench)
{
    fragments_free(bench->table);
    assert_int_equal(counted(bench, FRAGMENTS_HELD), 0);
}

/* Gives one IP frame; the bytes lie in a block of exactly their size. */
static bool give_frame(struct bench *bench, const struct frame *frame, size_t wire)
{
    uint8_t *copy = malloc(frame->len);
    assert_non_null(copy);
    memcpy(copy, frame->bytes, frame->len);
    struct raw_packet raw = {.bytes = slice_make(copy, frame->len),
                             .wire_len = (uint32_t)wire,
                             .link_type = DLT_RAW,
                             .time_us = bench->now_us};
    bench->packet = (struct packet){.number = 7};
    assert_int_equal(decode_packet(&raw, &bench->packet, bench->cells), DECODE_PACKET);
    assert_true(bench->packet.fragment);
    bool whole = fragments_take(bench->table, &bench->packet);
    free(copy);
    return whole;
}

/* Bytes [from, to) of the datagram, of which `identity` tells the last byte of its addresses too. */
static bool give(struct bench *bench, uint8_t version, uint8_t identity, size_t from, size_t to)
{
    struct frame frame = {0};
    bool more = to < LEN;
    if (version == 4) {
        frame_ipv4(&frame, PROTOCOL_UDP, (uint16_t)((more ? 0x2000 : 0) | from / 8), to - from);
        frame.bytes[5] = identity;
    } else {
        frame_ipv6(&frame, 44, 8 + to - from);
        frame_number(&frame, PROTOCOL_UDP << 8, 2);
        frame_number(&frame, from | more, 2);
        frame_number(&frame, identity, 4);
    }
    frame_bytes(&frame, bench->datagram.bytes + from, to - from);
    return give_frame(bench, &frame, frame.len);
}

static void check_whole(const struct bench *bench)
{
    assert_false(bench->packet.fragment);
    assert_int_equal(bench->packet.number, 7);
    assert_int_equal(bench->packet.time_us, bench->now_us);
    assert_int_equal(bench->packet.transport, TRANSPORT_UDP);
    assert_int_equal(bench->packet.source_port, 5353);
    assert_int_equal(bench->packet.destination_port, 443);
    assert_int_equal(bench->packet.payload.len, LEN - UDP_HEADER);
    assert_int_equal(bench->packet.payload_wire_len, LEN - UDP_HEADER);
    assert_memory_equal(bench->packet.payload.data, bench->datagram.bytes + UDP_HEADER, LEN - UDP_HEADER);
}

/* Three pieces in each of their six orders. */
static void test_orders(void **state)
{
    (void)state;
    static const uint8_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const size_t ends[] = {0, 8, 40, LEN};
    struct bench bench;
    bench_open(&bench, &roomy);
    for (uint8_t version = 4; version <= 6; version += 2) {
        for (uint8_t i = 0; i < ARRAY_COUNT(orders); i++) {
            for (size_t j = 0; j < 3; j++) {
                uint8_t piece = orders[i][j];
                bool whole = give(&bench, version, i, ends[piece], ends[piece + 1]);
                assert_int_equal(whole, j == 2);
            }
            check_whole(&bench);
        }
    }
    assert_int_equal(counted(&bench, FRAGMENTS_JOINED), 12);
    assert_int_equal(counted(&bench, FRAGMENTS_HELD), 0);
    bench_close(&bench);
}

static void test_pieces_that_come_twice(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    assert_false(give(&bench, 4, 1, 0, 32));
    assert_false(give(&bench, 4, 1, 0, 32));
    assert_false(give(&bench, 4, 1, 16, 40)); /* overlaps and says the same */
    assert_true(give(&bench, 4, 1, 40, LEN));
    check_whole(&bench);
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 0);
    bench_close(&bench);
}

static void test_overlap_with_other_content(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    assert_false(give(&bench, 4, 1, 0, 32));
    bench.datagram.bytes[31] ^= 1;
    assert_false(give(&bench, 4, 1, 24, 40));
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 1);
    bench.datagram.bytes[31] ^= 1;
    assert_false(give(&bench, 4, 1, 24, 40)); /* nothing more is believed of it */
    assert_false(give(&bench, 4, 1, 40, LEN));
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 1);
    assert_int_equal(counted(&bench, FRAGMENTS_JOINED), 0);
    bench_close(&bench);
}

/* A second last piece elsewhere, and pieces behind the last. */
static void test_lengths_that_contradict(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    struct frame last = {0};
    frame_ipv4(&last, PROTOCOL_UDP, 1, 8);
    frame_fill(&last, 0, 8);
    assert_false(give_frame(&bench, &last, last.len));
    struct frame other = {0};
    frame_ipv4(&other, PROTOCOL_UDP, 2, 8);
    frame_fill(&other, 0, 8);
    assert_false(give_frame(&bench, &other, other.len));
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 1);
    assert_false(give(&bench, 4, 9, 40, LEN));
    struct frame beyond = {0};
    frame_ipv4(&beyond, PROTOCOL_UDP, 0x2000 | (LEN / 8), 8);
    beyond.bytes[5] = 9;
    frame_fill(&beyond, 0, 8);
    assert_false(give_frame(&bench, &beyond, beyond.len));
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 2);
    bench_close(&bench);
}

static void test_bad_pieces(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    struct frame odd = {0};
    frame_ipv4(&odd, PROTOCOL_UDP, 0x2000, 7);
    frame_fill(&odd, 0, 7);
    assert_false(give_frame(&bench, &odd, odd.len));
    struct frame empty = {0};
    frame_ipv4(&empty, PROTOCOL_UDP, 0x2001, 0);
    assert_false(give_frame(&bench, &empty, empty.len));
    struct frame far = {0};
    frame_ipv4(&far, PROTOCOL_UDP, 0x1fff, 8);
    frame_fill(&far, 0, 8);
    assert_false(give_frame(&bench, &far, far.len)); /* 65,528 + 8 is one past what a datagram can have */
    assert_int_equal(counted(&bench, DECODE_BAD_LENGTH), 3);
    bench_close(&bench);
}

/* Of a piece that the snapshot length cut nothing can be joined; a datagram's beginning goes on as far as it
 * is there, from the first byte of its payload on. */
static void test_cut_pieces(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    for (size_t len = 0; len <= 24; len++) { /* of 24 bytes behind the IP header; of 64 in the datagram */
        struct frame cut = {0};
        frame_ipv4(&cut, PROTOCOL_UDP, 0x2000, 24);
        size_t header = cut.len;
        frame_bytes(&cut, bench.datagram.bytes, len);
        bool begun = len >= UDP_HEADER && len < 24;
        assert_int_equal(give_frame(&bench, &cut, header + 24), begun);
        if (begun) {
            assert_int_equal(bench.packet.number, 7);
            assert_int_equal(bench.packet.transport, TRANSPORT_UDP);
            assert_int_equal(bench.packet.source_port, 5353);
            assert_int_equal(bench.packet.payload.len, len - UDP_HEADER);
            assert_int_equal(bench.packet.payload_wire_len, LEN - UDP_HEADER);
            assert_memory_equal(bench.packet.payload.data, bench.datagram.bytes + UDP_HEADER,
                                len - UDP_HEADER);
        }
    }
    assert_int_equal(counted(&bench, FRAGMENTS_CUT), 24);
    struct frame six = {0};
    frame_ipv6(&six, 44, 8 + 24);
    frame_number(&six, PROTOCOL_UDP << 8, 2);
    frame_number(&six, 1, 2);
    frame_number(&six, 9, 4);
    frame_bytes(&six, bench.datagram.bytes, 20);
    assert_true(give_frame(&bench, &six, six.len + 4));
    assert_int_equal(bench.packet.payload.len, 20 - UDP_HEADER);
    assert_int_equal(bench.packet.payload_wire_len, LEN - UDP_HEADER);
    struct frame behind = {0};
    frame_ipv4(&behind, PROTOCOL_UDP, 0x2001, 16);
    frame_fill(&behind, 0, 8);
    assert_false(give_frame(&bench, &behind, behind.len + 8));
    struct frame segment = {0};
    frame_ipv4(&segment, PROTOCOL_TCP, 0x2000, 64);
    frame_fill(&segment, 0, 32);
    assert_false(give_frame(&bench, &segment, segment.len + 32));
    assert_int_equal(counted(&bench, FRAGMENTS_CUT), 27);
    assert_int_equal(counted(&bench, FRAGMENTS_HELD), 1); /* the one of 24 bytes, which was no cut one */
    bench_close(&bench);
}

static void test_timeout(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    assert_false(give(&bench, 4, 1, 0, 32));
    bench.now_us = roomy.fragment_timeout;
    assert_true(give(&bench, 4, 1, 32, LEN)); /* in the last moment */
    bench.now_us = 0;
    assert_false(give(&bench, 4, 2, 0, 32));
    bench.now_us = roomy.fragment_timeout + 1;
    assert_false(give(&bench, 4, 2, 32, LEN));
    assert_int_equal(counted(&bench, FRAGMENTS_EXPIRED), 1);
    bench_close(&bench);
}

static void test_caps(void **state)
{
    (void)state;
    struct bench bench;
    struct decode_settings narrow = roomy;
    narrow.fragments = 2;
    bench_open(&bench, &narrow);
    for (uint8_t identity = 1; identity <= 3; identity++) {
        assert_false(give(&bench, 4, identity, 0, 32));
    }
    assert_int_equal(counted(&bench, FRAGMENTS_EVICTED), 1);
    assert_false(
        give(&bench, 4, 1, 32, LEN)); /* the oldest one went; this begins it anew, and takes 2's place */
    assert_true(give(&bench, 4, 3, 32, LEN));
    bench_close(&bench);
    narrow = roomy;
    narrow.fragment_memory = 1 << 12;
    bench_open(&bench, &narrow);
    for (uint8_t identity = 1; identity <= 8; identity++) {
        assert_false(give(&bench, 4, identity, 0, 32));
    }
    assert_true(counted(&bench, FRAGMENTS_HELD) < 2);
    assert_int_equal(counted(&bench, FRAGMENTS_EVICTED) + counted(&bench, FRAGMENTS_HELD), 8);
    bench_close(&bench);
}

/* The mirror shows each piece twice: those that come behind the last one begin nothing. */
static void test_doubled(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    for (uint8_t version = 4; version <= 6; version += 2) {
        assert_false(give(&bench, version, 1, 0, 32));
        assert_false(give(&bench, version, 1, 0, 32));
        assert_true(give(&bench, version, 1, 32, LEN));
        check_whole(&bench);
        bench.now_us += TIME_SECOND / 10;
        assert_false(give(&bench, version, 1, 32, LEN));
        assert_int_equal(counted(&bench, FRAGMENTS_HELD), 0);
        bench.now_us += 1;
        assert_false(give(&bench, version, 1, 32, LEN)); /* too late for a repetition: the next datagram */
        assert_int_equal(counted(&bench, FRAGMENTS_HELD), 1);
        assert_true(give(&bench, version, 1, 0, 32));
    }
    assert_int_equal(counted(&bench, FRAGMENTS_REPEATED), 2);
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 0);
    bench_close(&bench);
}

/* A piece was lost, and its datagram's identity comes round again before the time-out. */
static void test_identity_comes_again(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    assert_false(give(&bench, 4, 1, 0, 32));
    bench.datagram.bytes[20] ^= 1;
    bench.now_us = TIME_SECOND;
    assert_false(give(&bench, 4, 1, 0, 32)); /* not yet silent for long enough */
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 1);
    bench.now_us = 2 * TIME_SECOND + 1;
    assert_false(give(&bench, 4, 1, 0, 32)); /* after what was given up */
    assert_true(give(&bench, 4, 1, 32, LEN));
    check_whole(&bench);
    assert_int_equal(counted(&bench, FRAGMENTS_EXPIRED), 0);

    assert_false(give(&bench, 4, 2, 0, 32));
    bench.datagram.bytes[20] ^= 1;
    bench.now_us += TIME_SECOND + 1;
    assert_false(give(&bench, 4, 2, 0, 32)); /* after what was waiting */
    assert_int_equal(counted(&bench, FRAGMENTS_EXPIRED), 1);
    assert_true(give(&bench, 4, 2, 32, LEN));
    check_whole(&bench);
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 1);
    bench_close(&bench);
}

/* A piece of an IPv6 datagram that says another protocol: only the first one's word counts. */
static bool give_6(struct bench *bench, uint8_t protocol, size_t from, size_t to)
{
    struct frame frame = {0};
    frame_ipv6(&frame, 44, 8 + to - from);
    frame_number(&frame, (uint64_t)protocol << 8, 2);
    frame_number(&frame, from | (to < LEN), 2);
    frame_number(&frame, 1, 4);
    frame_bytes(&frame, bench->datagram.bytes + from, to - from);
    return give_frame(bench, &frame, frame.len);
}

static void test_protocols_that_differ(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    assert_false(give_6(&bench, 99, 32, LEN));
    assert_true(give_6(&bench, PROTOCOL_UDP, 0, 32));
    check_whole(&bench);
    bench.now_us = TIME_SECOND;
    assert_false(give_6(&bench, PROTOCOL_UDP, 0, 32));
    assert_false(give_6(&bench, PROTOCOL_TCP, 0, 32)); /* two that are the first */
    assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), 1);
    assert_false(give_6(&bench, PROTOCOL_UDP, 32, LEN));
    bench_close(&bench);
}

/* Pieces of eight bytes, so that a header is spread over several: they are read as one. */
static void test_tiny_pieces(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    for (size_t from = LEN; from > 0; from -= 8) {
        assert_int_equal(give(&bench, 4, 1, from - 8, from), from == 8);
    }
    check_whole(&bench);
    bench_close(&bench);
}

/* Every second unit of a long datagram: more holes than anybody honest makes. */
static void test_holes(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    for (uint16_t i = 0; i <= 64; i++) {
        struct frame piece = {0};
        frame_ipv4(&piece, PROTOCOL_UDP, (uint16_t)(0x2000 | 2 * i), 8);
        frame_fill(&piece, 0, 8);
        assert_false(give_frame(&bench, &piece, piece.len));
        assert_int_equal(counted(&bench, FRAGMENTS_CONFLICTS), i == 64);
    }
    bench_close(&bench);
}

/* The largest datagram that there is, in pieces of 1,000 bytes. */
static void test_largest(void **state)
{
    (void)state;
    enum { TOTAL = 65515, PIECE = 1000 };
    struct bench bench;
    bench_open(&bench, &roomy);
    bool whole = false;
    for (size_t from = 0; from < TOTAL; from += PIECE) {
        size_t len = TOTAL - from < PIECE ? TOTAL - from : PIECE;
        struct frame piece = {0};
        assert_false(whole);
        frame_ipv4(&piece, PROTOCOL_UDP, (uint16_t)((from + len < TOTAL ? 0x2000 : 0) | from / 8), len);
        if (from == 0) {
            frame_udp(&piece, TOTAL);
        }
        frame_fill(&piece, 'x', from == 0 ? len - UDP_HEADER : len);
        whole = give_frame(&bench, &piece, piece.len);
    }
    assert_true(whole);
    assert_int_equal(bench.packet.payload.len, TOTAL - UDP_HEADER);
    bench_close(&bench);
}

/* A tunnel's datagram in two pieces, in which stands the first piece of another one. */
static void test_fragments_in_fragments(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    for (size_t half = 0; half < 2; half++) {
        struct frame inner = {0};
        size_t from = half * 32;
        frame_ipv4(&inner, PROTOCOL_UDP, (uint16_t)((half == 0 ? 0x2000 : 0) | from / 8), 32);
        frame_bytes(&inner, bench.datagram.bytes + from, 32);
        for (size_t piece = 0; piece < 2; piece++) {
            struct frame outer = {0};
            size_t begin = piece * 24;
            size_t len = piece == 0 ? 24 : inner.len - 24;
            frame_ipv4(&outer, 4, (uint16_t)((piece == 0 ? 0x2000 : 0) | begin / 8), len);
            outer.bytes[5] = (uint8_t)half;
            frame_bytes(&outer, inner.bytes + begin, len);
            assert_int_equal(give_frame(&bench, &outer, outer.len), half == 1 && piece == 1);
        }
    }
    check_whole(&bench);
    assert_int_equal(counted(&bench, FRAGMENTS_JOINED), 3);
    bench_close(&bench);
}

/* The datagram in two pieces, the last of them in two pieces again, and so on, `floors` times: the first
 * pieces come before the outermost last one. */
static bool give_floors(struct bench *bench, size_t floors)
{
    enum { PIECE = 8 };
    struct frame last = {0};
    frame_ipv4(&last, PROTOCOL_UDP, 0, LEN);
    frame_bytes(&last, bench->datagram.bytes, LEN);
    for (size_t floor = 0; floor < floors; floor++) {
        struct frame first = {0};
        frame_ipv4(&first, 4, 0x2000, PIECE);
        first.bytes[5] = (uint8_t)floor;
        frame_bytes(&first, last.bytes, PIECE);
        assert_false(give_frame(bench, &first, first.len));
        struct frame outer = {0};
        frame_ipv4(&outer, 4, PIECE / 8, last.len - PIECE);
        outer.bytes[5] = (uint8_t)floor;
        frame_bytes(&outer, last.bytes + PIECE, last.len - PIECE);
        last = outer;
    }
    return give_frame(bench, &last, last.len);
}

static void test_too_many_floors(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &roomy);
    assert_true(give_floors(&bench, 4));
    check_whole(&bench);
    assert_int_equal(counted(&bench, DECODE_TOO_DEEP), 0);
    bench.now_us = TIME_SECOND;
    assert_false(give_floors(&bench, 5));
    assert_int_equal(counted(&bench, DECODE_TOO_DEEP), 1);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_pieces_that_come_twice),
        cmocka_unit_test(test_overlap_with_other_content),
        cmocka_unit_test(test_lengths_that_contradict),
        cmocka_unit_test(test_bad_pieces),
        cmocka_unit_test(test_cut_pieces),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_doubled),
        cmocka_unit_test(test_identity_comes_again),
        cmocka_unit_test(test_protocols_that_differ),
        cmocka_unit_test(test_tiny_pieces),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_fragments_in_fragments),
        cmocka_unit_test(test_too_many_floors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
