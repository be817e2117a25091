/* How a stream ends: FIN, RST, a receiver that has enough, the flow's end. */
#include "talk.h"

#define FIN_OF_CLIENT(position) .flags = TCP_FIN | TCP_ACK, CLIENT(position)
#define FIN_OF_SERVER(position) .flags = TCP_FIN | TCP_ACK, SERVER(position)

static void begin(struct talk *talk)
{
    talk_start(talk);
    talk_handshake(talk);
    SEND(talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    talk_expect(talk, "c(GET)s(200)");
}

static void test_fins(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, FIN_OF_SERVER(3), ACK_CLIENT(3), .data = "OK");
    talk_expect(&talk, "s(OK)s.");
    SEND(&talk, SERVER(5), ACK_CLIENT(3), .data = "beyond");
    SEND(&talk, FIN_OF_SERVER(3), ACK_CLIENT(3), .data = "OK");
    SEND(&talk, FIN_OF_CLIENT(3), ACK_SERVER(6));
    talk_expect(&talk, "c.");
    assert_null(flow_stream(talk.flow));
    talk_stop(&talk);
    talk_expect(&talk, "{c:3/13}"); /* ends are told once */
}

static void test_fin_before_data(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, FIN_OF_SERVER(5), ACK_CLIENT(3));
    talk_expect(&talk, "");
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "OKbeyond");
    talk_expect(&talk, "s(OK)s.");
    talk_stop(&talk);
}

static void test_fin_before_the_first_data(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, FIN_OF_CLIENT(3), ACK_SERVER(0));
    SEND(&talk, CLIENT(4), ACK_SERVER(0));
    assert_null(flow_stream(talk.flow));
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    talk_expect(&talk, "c(GET)c.");
    talk_stop(&talk);
}

/* An ACK that was sent behind the FIN and came before it. */
static void test_fin_overtaken(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, CLIENT(4), ACK_SERVER(3));
    SEND(&talk, FIN_OF_CLIENT(3), ACK_SERVER(3));
    talk_expect(&talk, "c.");
    assert_true(talk_count(&talk, STREAM_OUT_OF_WINDOW) == 0);
    talk_stop(&talk);
}

static void test_forged_fin_behind_the_bytes(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, FIN_OF_SERVER(1), ACK_CLIENT(3));
    assert_true(talk_count(&talk, STREAM_OUT_OF_WINDOW) == 1);
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "OK");
    talk_expect(&talk, "s(OK)");
    talk_stop(&talk);
}

static void test_fin_behind_a_lost_end(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, FIN_OF_SERVER(10), ACK_CLIENT(3));
    SEND(&talk, CLIENT(3), ACK_SERVER(11));
    talk_expect(&talk, "");
    for (unsigned i = 1; i < BEYOND; i++) {
        SEND(&talk, SERVER(11), ACK_CLIENT(3));
    }
    talk_expect(&talk, "s[7]s.");
    talk_stop(&talk);
    talk_expect(&talk, "c.{c:3/3}");
}

static void test_fin_of_a_side_without_bytes(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "220");
    SEND(&talk, FIN_OF_CLIENT(0), ACK_SERVER(3));
    talk_expect(&talk, "c(220)s."); /* who began is not known; the first sender passes for the client */
    talk_stop(&talk);
}

static void test_reset(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, SERVER(10), ACK_CLIENT(3), .data = "held");
    SEND(&talk, CLIENT(3), .flags = TCP_RST);
    talk_expect(&talk, "s[7]s(held)c.s.");
    SEND(&talk, SERVER(14), ACK_CLIENT(3), .data = "more");
    assert_null(flow_stream(talk.flow));
    talk_stop(&talk);
    talk_expect(&talk, "{c:3/11}");
}

/* The client's half of the tap runs ahead: it has the bytes that we still wait for. */
static void test_reset_before_acknowledged_bytes(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, CLIENT(3), ACK_SERVER(7));
    SEND(&talk, CLIENT(3), .flags = TCP_RST);
    SEND(&talk, SERVER(5), ACK_CLIENT(3), .data = "..");
    talk_expect(&talk, "");
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "OK");
    talk_expect(&talk, "s(OK)s(..)c.s.");
    talk_stop(&talk);

    begin(&talk);
    SEND(&talk, CLIENT(3), ACK_SERVER(7));
    SEND(&talk, CLIENT(3), .flags = TCP_RST);
    talk_stop(&talk);
    talk_expect(&talk, "c.s.{c:3/3}");
}

/* The window of a reset: from what is acknowledged to 65535 beyond what was sent. */
static void test_reset_outside_the_window(void **state)
{
    (void)state;
    static const struct {
        int64_t position;
        bool good;
    } rows[] = {{2, false},         {3, true},         {3 + 65535, true},
                {3 + 65536, false}, {-1000000, false}, {1 << 30, false}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        begin(&talk);
        SEND(&talk, CLIENT(rows[i].position), .flags = TCP_RST);
        talk_expect(&talk, rows[i].good ? "c.s." : "");
        assert_true(talk_count(&talk, STREAM_OUT_OF_WINDOW) == (rows[i].good ? 0 : 1));
        talk_stop(&talk);
    }
}

static void test_payload_of_a_reset_is_not_read(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .flags = TCP_RST | TCP_ACK, .data = "go away");
    talk_expect(&talk, "c.s.");
    talk_stop(&talk);
}

static void test_refused_connection(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    SEND(&talk, .server = true, .flags = TCP_RST | TCP_ACK, ACK_CLIENT(0));
    assert_null(flow_stream(talk.flow));
    SEND(&talk, CLIENT(0), .data = "after the reset");
    talk_expect(&talk, "");
    talk_stop(&talk);
    talk_expect(&talk, "{c:15/0}");
}

static void test_receiver_has_enough(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    talk.refuse = true;
    SEND(&talk, SERVER(5), ACK_CLIENT(3), .data = "held");
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "OK");
    talk_expect(&talk, "s(OK)"); /* what was held is gone, too */
    talk.refuse = false;
    SEND(&talk, SERVER(9), ACK_CLIENT(3), .data = "more");
    SEND(&talk, CLIENT(3), ACK_SERVER(13), .data = "HEAD");
    talk_expect(&talk, "c(HEAD)");
    talk_stop(&talk);
    talk_expect(&talk, "c.{c:7/13}");
}

static void test_receiver_has_enough_at_a_gap(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    talk.refuse = true;
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .wire_len = 10);
    talk_expect(&talk, "s[10]");
    talk_stop(&talk);
    talk_expect(&talk, "c.{c:3/13}");
}

/* stream_ignore from inside a call: for the direction that is being told, and for the other one. */
static void test_ignore_while_told(void **state)
{
    (void)state;
    for (int ignored = 0; ignored < 2; ignored++) {
        struct talk talk;
        begin(&talk);
        int client = talk.flow->client;
        SEND(&talk, SERVER(6), ACK_CLIENT(3), .data = "held");
        SEND(&talk, CLIENT(6), ACK_SERVER(3), .data = "held");
        talk.ignore_side = ignored == 0 ? client : client ^ 1;
        SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "OK.");
        SEND(&talk, CLIENT(3), ACK_SERVER(3), .data = "req");
        talk_expect(&talk, ignored == 0 ? "s(OK.)s(held)" : "s(OK.)c(req)c(held)");
        stream_ignore(talk.table, talk.flow, 0);
        stream_ignore(talk.table, talk.flow, 1);
        SEND(&talk, CLIENT(10), ACK_SERVER(3), .data = "x");
        assert_null(flow_stream(talk.flow));
        talk_stop(&talk);
        talk_expect(&talk, "{c:11/10}");
    }
}

static void test_ignored_before_the_first_byte(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    stream_ignore(talk.table, talk.flow, 0);
    stream_ignore(talk.table, talk.flow, 1);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    assert_null(flow_stream(talk.flow));
    talk_stop(&talk);
    talk_expect(&talk, "{c:3/0}");
}

static void test_no_stream_without_payload(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, FIN_OF_CLIENT(0), ACK_SERVER(0));
    SEND(&talk, FIN_OF_SERVER(0), ACK_CLIENT(1));
    assert_null(flow_stream(talk.flow));
    talk_stop(&talk);
    talk_expect(&talk, "{c:0/0}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fins),
        cmocka_unit_test(test_fin_before_data),
        cmocka_unit_test(test_fin_before_the_first_data),
        cmocka_unit_test(test_fin_overtaken),
        cmocka_unit_test(test_forged_fin_behind_the_bytes),
        cmocka_unit_test(test_fin_behind_a_lost_end),
        cmocka_unit_test(test_fin_of_a_side_without_bytes),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_reset_before_acknowledged_bytes),
        cmocka_unit_test(test_reset_outside_the_window),
        cmocka_unit_test(test_payload_of_a_reset_is_not_read),
        cmocka_unit_test(test_refused_connection),
        cmocka_unit_test(test_receiver_has_enough),
        cmocka_unit_test(test_receiver_has_enough_at_a_gap),
        cmocka_unit_test(test_ignore_while_told),
        cmocka_unit_test(test_ignored_before_the_first_byte),
        cmocka_unit_test(test_no_stream_without_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
