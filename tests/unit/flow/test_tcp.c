/* What the table follows of TCP: who is the client, what is acknowledged, closing, another connection. */
#include "talk.h"

static void expect_client(struct talk *talk, bool server_is_client, enum flow_orientation reason)
{
    /* 198.51.100.7, the client of these tests, is the smaller address. */
    assert_int_equal(talk->flow->client, server_is_client ? 1 : 0);
    assert_int_equal(talk->flow->orientation, reason);
}

static void test_handshake_tells_the_client(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    expect_client(&talk, false, ORIENTATION_HANDSHAKE);
    talk_table(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    expect_client(&talk, false, ORIENTATION_HANDSHAKE);
    assert_true(talk.flow->syn_seen);
    talk_table(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0));
    expect_client(&talk, true, ORIENTATION_GUESS);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN); /* late, but it knows */
    expect_client(&talk, false, ORIENTATION_HANDSHAKE);
    talk_stop(&talk);
}

static void test_low_port_is_the_server(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.client_port = 80;
    SEND(&talk, CLIENT(0), ACK_SERVER(0));
    expect_client(&talk, true, ORIENTATION_GUESS);
    talk.client_port = 1023;
    SEND(&talk, SERVER(0), ACK_CLIENT(0));
    expect_client(&talk, true, ORIENTATION_GUESS);
    talk.client_port = 1024;
    SEND(&talk, SERVER(0), ACK_CLIENT(0));
    expect_client(&talk, true, ORIENTATION_GUESS);
    talk.client_port = 1025;
    SEND(&talk, CLIENT(0), ACK_SERVER(0));
    expect_client(&talk, false, ORIENTATION_GUESS);
    talk_stop(&talk);
}

static void test_home_is_the_client(void **state)
{
    (void)state;
    static const struct {
        const char *home;
        bool server_is_client;
        enum flow_orientation reason;
    } rows[] = {
        {"203.0.113.0/24", true, ORIENTATION_HOME},
        {"198.51.100.0/24", false, ORIENTATION_HOME},
        {"198.51.100.0/24, 203.0.113.9", false, ORIENTATION_GUESS},
        {"192.0.2.0/24", false, ORIENTATION_GUESS},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        talk_start(&talk);
        char error[OPTION_ERROR_SIZE];
        for (size_t row = 0; row < flow_options.count; row++) {
            if (strcmp(flow_options.rows[row].name, "network.home") == 0) {
                assert_true(option_set_text(&flow_options.rows[row], &talk.settings, rows[i].home, error));
            }
        }
        SEND(&talk, CLIENT(0), ACK_SERVER(0));
        expect_client(&talk, rows[i].server_is_client, rows[i].reason);
        talk_stop(&talk);
    }
}

static void test_reasons_have_ranks(void **state)
{
    (void)state;
    struct flow flow = {.client = 0, .orientation = ORIENTATION_GUESS};
    flow_set_client(&flow, 1, ORIENTATION_GUESS);
    assert_int_equal(flow.client, 0);
    flow_set_client(&flow, 1, ORIENTATION_PAYLOAD);
    assert_int_equal(flow.client, 1);
    flow_set_client(&flow, 0, ORIENTATION_PAYLOAD);
    flow_set_client(&flow, 0, ORIENTATION_HOME);
    assert_int_equal(flow.client, 1);
    flow_set_client(&flow, 0, ORIENTATION_HANDSHAKE);
    flow_set_client(&flow, 1, ORIENTATION_PAYLOAD);
    assert_int_equal(flow.client, 0);
}

static void test_acknowledged_bytes(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    assert_true(talk.flow->sides[0].acked == 0 && talk.flow->sides[1].acked == 0); /* a SYN is no byte */
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "0123456789");
    SEND(&talk, SERVER(0), ACK_CLIENT(7));
    assert_true(talk.flow->sides[0].acked == 7);
    SEND(&talk, SERVER(0), ACK_CLIENT(3)); /* never less */
    assert_true(talk.flow->sides[0].acked == 7);
    SEND(&talk, CLIENT(10), ACK_SERVER(0), .flags = TCP_FIN | TCP_ACK);
    SEND(&talk, SERVER(0), ACK_CLIENT(11));
    assert_true(talk.flow->sides[0].acked == 10);            /* nor is a FIN */
    SEND(&talk, SERVER(0), ACK_CLIENT(10 + (1u << 30) + 2)); /* no window is that large */
    assert_true(talk.flow->sides[0].acked == 10);
    SEND(&talk, CLIENT(11), ACK_SERVER(4));
    assert_true(talk.flow->sides[1].acked == 4);
    SEND(&talk, SERVER(3), ACK_CLIENT(11), .flags = TCP_FIN | TCP_ACK); /* acknowledged before it is seen */
    assert_true(talk.flow->sides[1].acked == 3);
    talk_stop(&talk);
}

static void test_acknowledged_bytes_around_zero(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .sequence = 10, .acknowledgement = 0xfffffff0);
    SEND(&talk, .sequence = 10, .acknowledgement = 0x10);
    assert_true(talk.flow->sides[1].acked == 0x20);
    for (uint64_t i = 1; i <= 10; i++) {
        SEND(&talk, .sequence = 10, .acknowledgement = (uint32_t)(0x10 + i * 0x30000000));
    }
    assert_true(talk.flow->sides[1].acked == 0x20 + 10 * UINT64_C(0x30000000));
    talk_stop(&talk);
}

static void test_counts_of_a_side(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abc");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abc"); /* on the wire twice */
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "x", .wire_len = 1460);
    assert_true(talk.flow->sides[0].packets == 4 && talk.flow->sides[0].bytes == 6);
    assert_true(talk.flow->sides[1].packets == 2 && talk.flow->sides[1].bytes == 1460);
    assert_true(talk.flow->last_us - talk.flow->first_us == 5000);
    talk_stop(&talk);
}

/* Established at 0 to 3 of the client; then a SYN. */
static void test_syn_on_an_established_flow(void **state)
{
    (void)state;
    static const struct {
        uint32_t isn;
        bool another;
    } rows[] = {
        {CLIENT_ISN, false}, /* sent again */
        {CLIENT_ISN + 1, false},      {CLIENT_ISN + 3 + 65535, false}, {CLIENT_ISN + 3 + 65536, true},
        {CLIENT_ISN - 65535u, false}, {CLIENT_ISN - 65536u, true},     {CLIENT_ISN + 0x80000000u, true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        talk_start(&talk);
        talk_handshake(&talk);
        SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
        SEND(&talk, .flags = TCP_SYN, .sequence = rows[i].isn);
        talk_expect(&talk, rows[i].another ? "c(GET)c.s.{c:3/0}" : "c(GET)");
        assert_true(talk_count(&talk, FLOW_REUSED) == (rows[i].another ? 1 : 0));
        assert_true(talk.flow->sides[0].bytes == (rows[i].another ? 0 : 3));
        talk_stop(&talk);
    }
}

static void close_both(struct talk *talk)
{
    talk_start(talk);
    talk_handshake(talk);
    SEND(talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(talk, CLIENT(3), ACK_SERVER(0), .flags = TCP_FIN | TCP_ACK);
    SEND(talk, SERVER(0), ACK_CLIENT(4), .flags = TCP_FIN | TCP_ACK);
    talk_expect(talk, "c(GET)c.s.");
}

static void test_syn_on_a_closed_flow(void **state)
{
    (void)state;
    struct talk talk;
    close_both(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN); /* the old one, late */
    talk_expect(&talk, "");
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN + 100); /* in the window, but that is closed */
    talk_expect(&talk, "{c:3/0}");
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = 77,
         .acknowledgement = CLIENT_ISN + 101);
    SEND(&talk, .sequence = CLIENT_ISN + 101, .acknowledgement = 78, .data = "HEAD");
    SEND(&talk, .server = true, .sequence = 78, .acknowledgement = CLIENT_ISN + 105, .data = "404");
    talk_expect(&talk, "c(HEAD)s(404)");
    talk_stop(&talk);
}

/* The mirror lost the SYN, or shows the server alone. */
static void test_syn_and_ack_opens_another(void **state)
{
    (void)state;
    struct talk talk;
    close_both(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = 77, .acknowledgement = 99);
    talk_expect(&talk, "{c:3/0}");
    talk_stop(&talk);

    talk_start(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = 0x77777777, .acknowledgement = 99);
    talk_expect(&talk, "s(200)c.s.{c:0/3}");
    talk_stop(&talk);
}

/* An answer that does not fit the connection, of which both sides are seen, is forged or very old. */
static void test_foreign_syn_and_ack(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = 0x77777777, .acknowledgement = 99);
    assert_true(talk_count(&talk, FLOW_REUSED) == 0);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "220");
    talk_expect(&talk, "s(220)");
    talk_stop(&talk);
}

static void test_refused_and_tried_again(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    SEND(&talk, .server = true, .flags = TCP_RST | TCP_ACK, ACK_CLIENT(0));
    talk_handshake(&talk); /* with the same number */
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    talk_expect(&talk, "{c:0/0}c(GET)");
    talk_stop(&talk);
}

static void test_syn_overtaken_by_its_answer(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    SEND(&talk, CLIENT(3), ACK_SERVER(0), .data = "/");
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    talk_expect(&talk, "c(GET)c(/)");
    assert_true(talk_count(&talk, FLOW_CREATED) == 1);
    talk_stop(&talk);
}

/* One half of a tap comes a whole connection late. */
static void test_halves_far_apart(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    SEND(&talk, CLIENT(0), ACK_SERVER(0));
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(&talk, CLIENT(3), ACK_SERVER(3));
    SEND(&talk, CLIENT(3), ACK_SERVER(3), .flags = TCP_FIN | TCP_ACK);
    talk_expect(&talk, "c(GET)c.");
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    talk_expect(&talk, "s(200)");
    assert_true(talk_count(&talk, FLOW_CREATED) == 1);
    talk_stop(&talk);
}

/* The new connection's handshake was lost; its bytes are far from those of the closed one. */
static void test_bytes_on_a_closed_flow(void **state)
{
    (void)state;
    enum { FAR = (1 << 24) + 4 };
    struct talk talk;
    close_both(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET"); /* sent again */
    SEND(&talk, CLIENT(FAR), ACK_SERVER(0));              /* no bytes, no connection */
    assert_true(talk_count(&talk, FLOW_REUSED) == 0);
    talk_stop(&talk);
    for (int back = 0; back <= 1; back++) {
        close_both(&talk);
        int32_t at = back ? -FAR : FAR;
        SEND(&talk, CLIENT(at), ACK_SERVER(77), .data = "HEAD");
        talk_expect(&talk, "{c:3/0}c(HEAD)");
        SEND(&talk, SERVER(77), ACK_CLIENT(at + 4), .data = "404");
        talk_expect(&talk, "s(404)");
        assert_true(talk_count(&talk, FLOW_REUSED) == 1 && talk_count(&talk, FLOW_CREATED) == 2);
        talk_stop(&talk);
    }
}

/* The same while nothing says that the old one has ended: both numbers are far away, and time has passed. */
static void test_bytes_on_an_open_flow(void **state)
{
    (void)state;
    enum { FAR = (1 << 24) + 4, NEAR = 1 << 24, SECOND = TIME_SECOND };
    static const struct {
        int32_t ahead, acknowledged;
        int64_t pause_us;
        bool another;
    } rows[] = {
        {FAR, FAR, SECOND, true},         {-FAR, -FAR, SECOND, true}, {FAR, -FAR, SECOND, true},
        {NEAR, FAR, SECOND, false},       {FAR, NEAR, SECOND, false}, {FAR, 0, SECOND, false},
        {FAR, FAR, SECOND - 1001, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        talk_start(&talk);
        talk_handshake(&talk);
        SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
        SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
        talk.now_us += rows[i].pause_us;
        SEND(&talk, CLIENT(rows[i].ahead + 3), ACK_SERVER(rows[i].acknowledged), .data = "HEAD");
        assert_true(talk_count(&talk, FLOW_REUSED) == (rows[i].another ? 1 : 0));
        talk_stop(&talk);
    }
}

/* Both ends begin (RFC 9293, figure 8): one connection, and the first that spoke is the client. */
static void test_simultaneous_open(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    SEND(&talk, .server = true, .flags = TCP_SYN, .sequence = SERVER_ISN);
    SEND(&talk, .flags = TCP_SYN | TCP_ACK, .sequence = CLIENT_ISN, ACK_SERVER(0));
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    expect_client(&talk, false, ORIENTATION_HANDSHAKE);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    talk_expect(&talk, "c(GET)s(200)");
    assert_true(talk_count(&talk, FLOW_CREATED) == 1 && talk_count(&talk, STREAM_OUT_OF_WINDOW) == 0);
    assert_true(talk.flow->sides[0].acked == 3 && talk.flow->sides[1].acked == 0);
    talk_stop(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_tells_the_client),
        cmocka_unit_test(test_low_port_is_the_server),
        cmocka_unit_test(test_home_is_the_client),
        cmocka_unit_test(test_reasons_have_ranks),
        cmocka_unit_test(test_acknowledged_bytes),
        cmocka_unit_test(test_acknowledged_bytes_around_zero),
        cmocka_unit_test(test_counts_of_a_side),
        cmocka_unit_test(test_syn_on_an_established_flow),
        cmocka_unit_test(test_syn_on_a_closed_flow),
        cmocka_unit_test(test_syn_and_ack_opens_another),
        cmocka_unit_test(test_foreign_syn_and_ack),
        cmocka_unit_test(test_refused_and_tried_again),
        cmocka_unit_test(test_syn_overtaken_by_its_answer),
        cmocka_unit_test(test_halves_far_apart),
        cmocka_unit_test(test_bytes_on_a_closed_flow),
        cmocka_unit_test(test_bytes_on_an_open_flow),
        cmocka_unit_test(test_simultaneous_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
