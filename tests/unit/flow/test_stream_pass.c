/* Bytes that the receiver will not read: counted with holes and out of order, up to where it reads again. */
#include "talk.h"

#include <stdlib.h>

/* Three bytes of the server, behind which `skip` bytes are passed over. */
static void begin(struct talk *talk, uint64_t skip)
{
    talk_start(talk);
    talk_handshake(talk);
    SEND(talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    talk->skip = skip;
    SEND(talk, SERVER(0), ACK_CLIENT(3), .data = "abc");
    talk_expect(talk, "c(GET)s(abc)");
}

static void test_told_at_the_end(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, 10);
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "01234");
    SEND(&talk, SERVER(8), ACK_CLIENT(3), .data = "5678");
    talk_expect(&talk, "");
    SEND(&talk, SERVER(12), ACK_CLIENT(3), .data = "9");
    talk_expect(&talk, "s<10>");
    SEND(&talk, SERVER(13), ACK_CLIENT(3), .data = "next");
    talk_expect(&talk, "s(next)");
    assert_int_equal(talk_count(&talk, STREAM_PASSED), 3);
    assert_int_equal(talk_count(&talk, STREAM_OVERLAPS), 0);
    assert_int_equal(talk_count(&talk, STREAM_GAPS), 0);
    talk_stop(&talk);
}

static void test_straddles(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, 5);
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "01234next");
    talk_expect(&talk, "s<5>s(next)");
    assert_int_equal(talk_count(&talk, STREAM_OVERLAPS), 0);
    talk_stop(&talk);
    begin(&talk, 1);
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "0");
    talk_expect(&talk, "s<1>");
    talk_stop(&talk);
}

/* Holes and order do not matter; what is behind them is another thing. */
static void test_holes(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, 10);
    SEND(&talk, SERVER(8), ACK_CLIENT(3), .data = "5678");
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "01");
    assert_int_equal(talk_count(&talk, STREAM_HELD), 0);
    SEND(&talk, SERVER(16), ACK_CLIENT(3), .data = "t");
    talk_expect(&talk, "s<10>");
    SEND(&talk, SERVER(12), ACK_CLIENT(3), .data = "9nex");
    talk_expect(&talk, "s(nex)s(t)");
    talk_stop(&talk);
}

/* What the kernel dropped, the other side acknowledges. */
static void test_never_seen(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, 300000000);
    SEND(&talk, CLIENT(3), ACK_SERVER(200000000));
    talk_expect(&talk, "");
    SEND(&talk, CLIENT(3), ACK_SERVER(300000003));
    talk_expect(&talk, "s<300000000>");
    SEND(&talk, CLIENT(3), ACK_SERVER(300000003), .data = "GET2");
    SEND(&talk, SERVER(300000003), ACK_CLIENT(7), .data = "next");
    talk_expect(&talk, "c(GET2)s(next)");
    assert_int_equal(talk_count(&talk, STREAM_GAPS), 0);
    talk_stop(&talk);
}

static void test_request_does_not_wait(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, 1000);
    SEND(&talk, CLIENT(3), ACK_SERVER(500), .data = "more");
    talk_expect(&talk, "c(more)");
    SEND(&talk, CLIENT(7), ACK_SERVER(1003), .data = "and");
    talk_expect(&talk, "s<1000>c(and)");
    /* Beyond them it is cause before effect again. */
    SEND(&talk, CLIENT(10), ACK_SERVER(1007), .data = "x");
    talk_expect(&talk, "");
    SEND(&talk, SERVER(1003), ACK_CLIENT(10), .data = "next");
    talk_expect(&talk, "s(next)c(x)");
    talk_stop(&talk);
}

static void test_only_the_next_packet(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, (1 << 29) - 3);
    SEND(&talk, SERVER(1 << 29), ACK_CLIENT(3), .data = "next");
    talk_expect(&talk, "s<536870909>s(next)");
    talk_stop(&talk);
}

/* A longer way is gone in steps, and the receiver asked at each. */
static void test_steps(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, UINT64_MAX);
    talk.skip = UINT64_MAX;
    SEND(&talk, CLIENT(3), ACK_SERVER((1U << 29) + 2));
    talk_expect(&talk, "");
    SEND(&talk, CLIENT(3), ACK_SERVER((1U << 29) + 3));
    talk_expect(&talk, "s<536870912>");
    SEND(&talk, SERVER((1U << 29) + 3), ACK_CLIENT(3), .data = "abc", .flags = TCP_FIN | TCP_ACK);
    talk_expect(&talk, "s<3>s.");
    talk_stop(&talk);
}

static void test_held_before(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(5), ACK_CLIENT(0), .data = "56");
    SEND(&talk, SERVER(9), ACK_CLIENT(0), .data = "9next");
    talk.skip = 7;
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc");
    talk_expect(&talk, "s(abc)s<7>s(next)");
    talk_stop(&talk);
    /* A segment that goes around a held one. */
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(3), ACK_CLIENT(0), .data = "3");
    talk.skip = 4;
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc3456next");
    talk_expect(&talk, "s(abc)s<4>s(next)");
    talk_stop(&talk);
}

static void test_snaplen(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    talk.skip = 4;
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc", .wire_len = 5);
    SEND(&talk, SERVER(5), ACK_CLIENT(0), .data = "5", .wire_len = 2);
    talk_expect(&talk, "s(abc)s<4>");
    SEND(&talk, SERVER(7), ACK_CLIENT(0), .data = "n", .wire_len = 2);
    talk_expect(&talk, "s(n)s[1]");
    assert_int_equal(talk_count(&talk, STREAM_GAP_BYTES), 1);
    talk_stop(&talk);
    /* Cut in the middle of a segment that goes beyond them. */
    talk_start(&talk);
    talk_handshake(&talk);
    talk.skip = 4;
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc", .wire_len = 10);
    talk_expect(&talk, "s(abc)s<4>s[3]");
    talk_stop(&talk);
}

static void test_ends(void **state)
{
    (void)state;
    static const struct shot ends[] = {
        {SERVER(10), .flags = TCP_FIN | TCP_ACK, ACK_CLIENT(3)},
        {SERVER(8), .flags = TCP_FIN | TCP_ACK, ACK_CLIENT(3), .data = "89"},
        {SERVER(10), .flags = TCP_RST},
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct talk talk;
        begin(&talk, 1000);
        SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "345");
        SEND(&talk, SERVER(8), ACK_CLIENT(3), .data = "89");
        talk_send(&talk, ends[i]);
        talk_stop(&talk);
        assert_int_equal(strncmp(talk_log(&talk), i < 2 ? "s<7>s." : "s<7>c.s.", i < 2 ? 6 : 8), 0);
    }
}

static void test_flow_ends(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, 1000);
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "345");
    SEND(&talk, CLIENT(3), ACK_SERVER(8));
    talk_stop(&talk);
    talk_expect(&talk, "s<5>c.s.{c:3/6}");
    begin(&talk, 1000);
    talk_stop(&talk);
    talk_expect(&talk, "c.s.{c:3/3}");
}

static void test_refused_after_it(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, 4);
    talk.refuse = true;
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "0123next");
    talk_expect(&talk, "s<4>");
    SEND(&talk, SERVER(11), ACK_CLIENT(3), .data = "more");
    talk_stop(&talk);
    talk_expect(&talk, "c.{c:3/15}");
}

static void test_depth(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_depth = 10;
    talk_table(&talk);
    talk_handshake(&talk);
    talk.skip = 1000;
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "abc");
    SEND(&talk, SERVER(3), ACK_CLIENT(0), .data = "34567");
    SEND(&talk, SERVER(8), ACK_CLIENT(0), .data = "89a");
    talk_expect(&talk, "s(abc)s<7>s.");
    assert_int_equal(talk_count(&talk, STREAM_DEPTH_REACHED), 1);
    talk_stop(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told_at_the_end),
        cmocka_unit_test(test_straddles),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_never_seen),
        cmocka_unit_test(test_request_does_not_wait),
        cmocka_unit_test(test_only_the_next_packet),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_held_before),
        cmocka_unit_test(test_snaplen),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_flow_ends),
        cmocka_unit_test(test_refused_after_it),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
