/* Holes: when they become gaps, how large the gaps are, and the caps of what is held. */
#include "talk.h"

#include <stdlib.h>

/* A hole of the server's at 3 to 8, and the bytes behind it. */
static void hole(struct talk *talk)
{
    talk_start(talk);
    talk_handshake(talk);
    SEND(talk, SERVER(0), ACK_CLIENT(0), .data = "abc");
    SEND(talk, SERVER(8), ACK_CLIENT(0), .data = "ijk");
}

static void test_not_acknowledged_is_no_gap(void **state)
{
    (void)state;
    struct talk talk;
    hole(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(3));
    for (unsigned i = 0; i < 20; i++) {
        SEND(&talk, SERVER(11 + i), ACK_CLIENT(0), .data = "x");
        SEND(&talk, CLIENT(0), ACK_SERVER(3));
    }
    talk.now_us += 10 * TIME_SECOND;
    SEND(&talk, CLIENT(0), ACK_SERVER(3));
    talk_expect(&talk, "s(abc)");
    SEND(&talk, SERVER(3), ACK_CLIENT(0), .data = "defgh");
    assert_true(strncmp(talk_log(&talk), "s(defgh)s(ijk)s(x)", 18) == 0);
    talk_stop(&talk);
}

static void test_acknowledged_and_packets_beyond(void **state)
{
    (void)state;
    struct talk talk;
    hole(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(11));
    SEND(&talk, SERVER(11), ACK_CLIENT(0), .data = "l");
    SEND(&talk, SERVER(12), ACK_CLIENT(0), .data = "m");
    for (unsigned i = 4; i < BEYOND; i++) {
        SEND(&talk, SERVER(13), ACK_CLIENT(0));
    }
    talk_expect(&talk, "s(abc)"); /* a burst may have overtaken one */
    SEND(&talk, SERVER(13), ACK_CLIENT(0));
    talk_expect(&talk, "s[5]s(ijk)s(l)s(m)");
    assert_true(talk_count(&talk, STREAM_GAPS) == 1);
    assert_true(talk_count(&talk, STREAM_GAP_BYTES) == 5);
    SEND(&talk, SERVER(3), ACK_CLIENT(0), .data = "defgh"); /* too late */
    SEND(&talk, SERVER(13), ACK_CLIENT(0), .data = "n");
    talk_expect(&talk, "s(n)");
    talk_stop(&talk);
}

static void test_acknowledged_and_a_second(void **state)
{
    (void)state;
    struct talk talk;
    hole(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(11));
    talk.now_us += TIME_SECOND - 3000;
    SEND(&talk, CLIENT(0), ACK_SERVER(11));
    talk_expect(&talk, "s(abc)");
    SEND(&talk, CLIENT(0), ACK_SERVER(11));
    talk_expect(&talk, "s[5]s(ijk)");
    talk_stop(&talk);
}

/* Each hole has its own patience: what was seen beyond the first counts for nothing at the second. */
static void test_second_hole_waits_again(void **state)
{
    (void)state;
    struct talk talk;
    hole(&talk);
    SEND(&talk, SERVER(12), ACK_CLIENT(0), .data = "m");
    SEND(&talk, CLIENT(0), ACK_SERVER(13));
    for (unsigned i = 2; i < BEYOND; i++) {
        SEND(&talk, SERVER(13), ACK_CLIENT(0));
    }
    talk_expect(&talk, "s(abc)s[5]s(ijk)");
    for (unsigned i = 1; i < BEYOND; i++) {
        SEND(&talk, SERVER(13), ACK_CLIENT(0));
    }
    talk_expect(&talk, "");
    SEND(&talk, SERVER(13), ACK_CLIENT(0));
    talk_expect(&talk, "s[1]s(m)");
    talk_stop(&talk);
}

/* Only the acknowledged part of a hole is lost; the rest may be on its way. */
static void test_half_acknowledged(void **state)
{
    (void)state;
    struct talk talk;
    hole(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(5));
    for (unsigned i = 0; i < BEYOND; i++) {
        SEND(&talk, SERVER(11), ACK_CLIENT(0));
    }
    talk_expect(&talk, "s(abc)s[2]");
    SEND(&talk, SERVER(5), ACK_CLIENT(0), .data = "fgh");
    talk_expect(&talk, "s(fgh)s(ijk)");
    talk_stop(&talk);
}

/* Acknowledgements that run ahead of the data (the halves of a tap) make no gap. */
static void test_acknowledgements_come_early(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    for (unsigned i = 0; i < 8; i++) {
        SEND(&talk, CLIENT(0), ACK_SERVER(100 * (i + 1)));
    }
    for (unsigned i = 0; i < 8; i++) {
        static const char body[100] = "b";
        SEND(&talk, SERVER(100 * i), ACK_CLIENT(0), .data = body, .len = sizeof body);
    }
    assert_true(talk_count(&talk, STREAM_GAPS) == 0 && talk_count(&talk, STREAM_HELD) == 0);
    assert_true(talk.flow->sides[1].acked == 800);
    talk_stop(&talk);
}

static void test_forged_acknowledgement_makes_no_gap(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abc");
    SEND(&talk, SERVER(0), ACK_CLIENT(5000));
    for (unsigned i = 0; i < 10; i++) {
        talk.now_us += TIME_SECOND;
        SEND(&talk, CLIENT(3 + i), ACK_SERVER(0), .data = "x");
    }
    assert_true(talk_count(&talk, STREAM_GAPS) == 0);
    talk_stop(&talk);
}

static void test_two_holes_and_their_end(void **state)
{
    (void)state;
    struct talk talk;
    hole(&talk);
    SEND(&talk, SERVER(20), ACK_CLIENT(0), .data = "uvw");
    talk_expect(&talk, "s(abc)");
    talk_stop(&talk);
    talk_expect(&talk, "s[5]s(ijk)s[9]s(uvw)c.s.{c:0/9}");
}

/* Nothing is held, but the sender's own numbers say that bytes are missing. */
static void test_gap_at_the_end(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc");
    SEND(&talk, SERVER(9), ACK_CLIENT(0));
    talk_stop(&talk);
    talk_expect(&talk, "s(abc)s[6]c.s.{c:0/3}");
}

/* One number more is rather a FIN that the mirror lost. */
static void test_lost_fin_is_no_gap(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc");
    for (unsigned i = 0; i < 6; i++) {
        SEND(&talk, CLIENT(0), ACK_SERVER(4));
        SEND(&talk, SERVER(4), ACK_CLIENT(0));
    }
    talk_stop(&talk);
    talk_expect(&talk, "s(abc)c.s.{c:0/3}");
}

static void test_one_sided_waits_a_second(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc");
    SEND(&talk, SERVER(8), ACK_CLIENT(0), .data = "ijk");
    for (unsigned i = 0; i < 20; i++) {
        SEND(&talk, SERVER(11), ACK_CLIENT(0));
    }
    talk_expect(&talk, "s(abc)");
    talk.now_us += TIME_SECOND;
    SEND(&talk, SERVER(11), ACK_CLIENT(0), .data = "l");
    talk_expect(&talk, "s[5]s(ijk)s(l)");
    talk_stop(&talk);
}

/* A stray segment far ahead does not blind a one-sided stream that goes on. */
static void test_one_sided_progress_is_patience(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    SEND(&talk, SERVER(1000000), ACK_CLIENT(0), .data = "forged");
    for (unsigned i = 0; i < 10; i++) {
        talk.now_us += TIME_SECOND / 2;
        SEND(&talk, SERVER(i), ACK_CLIENT(0), .data = "x");
    }
    talk_expect(&talk, "s(x)s(x)s(x)s(x)s(x)s(x)s(x)s(x)s(x)s(x)");
    talk_stop(&talk);
}

static void test_snaplen(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc", .wire_len = 100);
    talk_expect(&talk, "s(abc)s[97]");
    SEND(&talk, SERVER(100), ACK_CLIENT(0), .wire_len = 50); /* nothing captured */
    talk_expect(&talk, "s[50]");
    SEND(&talk, SERVER(250), ACK_CLIENT(0), .data = "xyz", .wire_len = 100); /* held */
    SEND(&talk, SERVER(150), ACK_CLIENT(0), .data = "def", .wire_len = 100);
    talk_expect(&talk, "s(def)s[97]s(xyz)s[97]");
    /* The captured bytes of a held one are not lost in the cut part of its predecessor. */
    SEND(&talk, SERVER(360), ACK_CLIENT(0), .data = "mno");
    SEND(&talk, SERVER(350), ACK_CLIENT(0), .data = "ghi", .wire_len = 20);
    talk_expect(&talk, "s(ghi)s[7]s(mno)s[7]");
    /* And a whole copy of a cut one fills it, while that is held. */
    SEND(&talk, SERVER(380), ACK_CLIENT(0), .data = "pq", .wire_len = 6);
    SEND(&talk, SERVER(380), ACK_CLIENT(0), .data = "PQrstu");
    SEND(&talk, SERVER(370), ACK_CLIENT(0), .data = "0123456789");
    talk_expect(&talk, "s(0123456789)s(pqrstu)");
    talk_stop(&talk);
}

static void test_snaplen_of_held_segments(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    /* A held one inside the cut part of another held one. */
    SEND(&talk, SERVER(10), ACK_CLIENT(0), .data = "abc", .wire_len = 20);
    SEND(&talk, SERVER(20), ACK_CLIENT(0), .data = "klm");
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "0123456789");
    talk_expect(&talk, "s(0123456789)s(abc)s[7]s(klm)");
    /* A held one whose cut part reaches beyond the segment that takes it in. */
    SEND(&talk, SERVER(34), ACK_CLIENT(0), .data = "op", .wire_len = 26);
    SEND(&talk, SERVER(33), ACK_CLIENT(0), .data = "nOPq");
    SEND(&talk, SERVER(23), ACK_CLIENT(0), .data = "0123456789");
    talk_expect(&talk, "s(0123456789)s(nopq)s[23]");
    talk_stop(&talk);
}

static void test_hold_cap(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_hold = 4096; /* 16 small segments */
    talk_table(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc");
    for (unsigned i = 0; i < 16; i++) {
        SEND(&talk, SERVER(8 + 2 * (i / 2)), ACK_CLIENT(0), .data = "x"); /* twice: takes room once */
    }
    for (unsigned i = 8; i < 16; i++) {
        SEND(&talk, SERVER(8 + 2 * i), ACK_CLIENT(0), .data = "x");
    }
    talk_expect(&talk, "s(abc)");
    assert_true(talk_count(&talk, STREAM_HOLD_FULL) == 0);
    SEND(&talk, SERVER(8 + 2 * 16), ACK_CLIENT(0), .data = "y");
    talk_expect(&talk, "s[5]s(x)"); /* as much as is needed, not more */
    assert_true(talk_count(&talk, STREAM_HOLD_FULL) == 1);
    assert_true(talk_count(&talk, STREAM_GAPS) == 1);
    talk_stop(&talk);
}

static void test_hold_cap_smaller_than_a_segment(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_hold = 300;
    talk_table(&talk);
    talk_handshake(&talk);
    char body[400];
    memset(body, 'b', sizeof body);
    SEND(&talk, CLIENT(10), ACK_SERVER(0), .data = "held");
    SEND(&talk, CLIENT(20), ACK_SERVER(0), .data = body, .len = sizeof body);
    assert_true(strncmp(talk_log(&talk), "c[10]c(held)c[6]c(bbb", 21) == 0);
    talk_stop(&talk);
}

/* No room, and what the segment overlaps is held: its parts go on around the held one. */
static void test_hold_cap_with_overlap(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_hold = 300;
    talk_table(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(10), ACK_SERVER(0), .data = "held");
    SEND(&talk, CLIENT(8), ACK_SERVER(0), .data = "89HELD45");
    talk_expect(&talk, "c[8]c(89)c(held)c(45)");
    assert_true(talk_count(&talk, STREAM_CONFLICTS) == 1);
    talk_stop(&talk);
}

/* The hole lies around number 0, and is filled or told all the same. */
static void test_hole_around_zero(void **state)
{
    (void)state;
    for (int filled = 0; filled <= 1; filled++) {
        struct talk talk;
        talk_start(&talk);
        SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
        SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = 0xfffffffb, ACK_CLIENT(0));
        SEND(&talk, CLIENT(0), .acknowledgement = 0xfffffffc, .data = "GET");
        SEND(&talk, .server = true, .sequence = 0xfffffffc, ACK_CLIENT(3), .data = "ab");
        SEND(&talk, .server = true, .sequence = 3, ACK_CLIENT(3), .data = "hij");
        talk_expect(&talk, "c(GET)s(ab)");
        if (filled) {
            SEND(&talk, .server = true, .sequence = 0, ACK_CLIENT(3), .data = "efgHI");
            SEND(&talk, .server = true, .sequence = 0xfffffffe, ACK_CLIENT(3), .data = "cdEF");
            talk_expect(&talk, "s(cd)s(efg)s(hij)");
            assert_true(talk_count(&talk, STREAM_CONFLICTS) == 2);
        } else {
            SEND(&talk, CLIENT(3), .acknowledgement = 6);
            talk.now_us += TIME_SECOND;
            SEND(&talk, .server = true, .sequence = 6, ACK_CLIENT(3), .flags = TCP_FIN | TCP_ACK);
            talk_expect(&talk, "s[5]s(hij)s.");
        }
        assert_true(talk.flow->sides[1].acked == (filled ? 0 : 10));
        talk_stop(&talk);
    }
}

/* The memory of a shard is shared by its flows: one port more is another flow of the same shard. */
static void test_memory_cap(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_memory = FLOW_SHARDS * 1024; /* four small segments a shard */
    talk_table(&talk);
    for (unsigned i = 0; i < 2; i++) {
        talk.client_port = (uint16_t)(40000 + i);
        talk_handshake(&talk);
        SEND(&talk, CLIENT(10), ACK_SERVER(0), .data = "a");
        SEND(&talk, CLIENT(20), ACK_SERVER(0), .data = "b");
    }
    talk_expect(&talk, "");
    talk.client_port = 40002;
    talk_handshake(&talk);
    SEND(&talk, CLIENT(10), ACK_SERVER(0), .data = "c");
    talk_expect(&talk, "c[10]c(c)");
    assert_true(talk_count(&talk, STREAM_HOLD_FULL) == 1);
    talk.client_port = 40001;
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "0123456789"); /* gives room back */
    talk_expect(&talk, "c(0123456789)c(a)");
    talk.client_port = 40002;
    SEND(&talk, CLIENT(20), ACK_SERVER(0), .data = "d");
    talk_expect(&talk, "");
    talk_stop(&talk);
}

static void test_depth(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_depth = 5;
    talk_table(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abcde");
    talk_expect(&talk, "c(abcde)");
    SEND(&talk, CLIENT(5), ACK_SERVER(0), .data = "f");
    talk_expect(&talk, "c.");
    SEND(&talk, SERVER(0), ACK_CLIENT(6), .data = "ABCDEFG");
    talk_expect(&talk, "s(ABCDE)s.");
    assert_null(flow_stream(talk.flow));
    SEND(&talk, CLIENT(6), ACK_SERVER(7), .data = "gh");
    assert_true(talk_count(&talk, STREAM_DEPTH_REACHED) == 2);
    talk_stop(&talk);
    talk_expect(&talk, "{c:8/7}");
}

static void test_depth_inside_a_gap(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_depth = 5;
    talk_table(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc", .wire_len = 100);
    talk_expect(&talk, "s(abc)s[2]s.");
    talk_stop(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_acknowledged_is_no_gap),
        cmocka_unit_test(test_acknowledged_and_packets_beyond),
        cmocka_unit_test(test_acknowledged_and_a_second),
        cmocka_unit_test(test_second_hole_waits_again),
        cmocka_unit_test(test_half_acknowledged),
        cmocka_unit_test(test_acknowledgements_come_early),
        cmocka_unit_test(test_forged_acknowledgement_makes_no_gap),
        cmocka_unit_test(test_two_holes_and_their_end),
        cmocka_unit_test(test_gap_at_the_end),
        cmocka_unit_test(test_lost_fin_is_no_gap),
        cmocka_unit_test(test_one_sided_waits_a_second),
        cmocka_unit_test(test_one_sided_progress_is_patience),
        cmocka_unit_test(test_snaplen),
        cmocka_unit_test(test_snaplen_of_held_segments),
        cmocka_unit_test(test_hold_cap),
        cmocka_unit_test(test_hold_cap_smaller_than_a_segment),
        cmocka_unit_test(test_hold_cap_with_overlap),
        cmocka_unit_test(test_hole_around_zero),
        cmocka_unit_test(test_memory_cap),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_inside_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
