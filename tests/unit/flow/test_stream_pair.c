/* Cause before effect: an answer is handed on after the request bytes that it acknowledges. */
#include "talk.h"

static void test_answer_waits_for_the_request(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "OK");
    talk_expect(&talk, "");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    talk_expect(&talk, "c(GET)s(200)s(OK)");
    assert_true(talk_count(&talk, STREAM_HELD) == 2);
    talk_stop(&talk);
}

static void test_answer_waits_for_the_whole_request(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(3), ACK_SERVER(0), .data = "/");
    SEND(&talk, SERVER(0), ACK_CLIENT(4), .data = "200");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GE");
    talk_expect(&talk, "c(GE)");
    SEND(&talk, CLIENT(2), ACK_SERVER(0), .data = "T");
    talk_expect(&talk, "c(T)c(/)s(200)");
    talk_stop(&talk);
}

/* A keep-alive connection in the order of a skewed tap: all answers first. */
static void test_two_transactions_behind_time(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    SEND(&talk, SERVER(3), ACK_CLIENT(7), .data = "404");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(&talk, CLIENT(3), ACK_SERVER(3), .data = "HEAD");
    talk_expect(&talk, "c(GET)s(200)c(HEAD)s(404)");
    talk_stop(&talk);
}

/* The request waits for the answer before it, too. */
static void test_request_waits_for_the_answer_before_it(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(&talk, CLIENT(3), ACK_SERVER(3), .data = "HEAD");
    talk_expect(&talk, "c(GET)");
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    talk_expect(&talk, "s(200)c(HEAD)");
    talk_stop(&talk);
}

/* The mirror lost the request; what the client sends later shows it. */
static void test_gap_before_the_answer(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(30), .data = "200");
    char expected[8 * BEYOND + 16] = "c[30]s(200)";
    for (unsigned i = 1; i < BEYOND; i++) {
        strcat(expected, "s(...)");
        SEND(&talk, CLIENT(30), ACK_SERVER(3 * i));
        SEND(&talk, SERVER(3 * i), ACK_CLIENT(30), .data = "...");
    }
    talk_expect(&talk, "");
    SEND(&talk, CLIENT(30), ACK_SERVER(3 * BEYOND));
    talk_expect(&talk, expected);
    talk_stop(&talk);
}

/* The client shows nothing more (its half of the tap went dark): the answer waits a second, once. */
static void test_silent_client(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(30), .data = "200");
    talk.now_us += TIME_SECOND;
    SEND(&talk, SERVER(3), ACK_CLIENT(30), .data = "OK");
    talk_expect(&talk, "s(200)s(OK)");
    SEND(&talk, SERVER(5), ACK_CLIENT(30), .data = "more");
    talk_expect(&talk, "s(more)");
    SEND(&talk, SERVER(9), ACK_CLIENT(60), .data = "another");
    talk_expect(&talk, "");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "late");
    talk_expect(&talk, "c(late)");
    talk_stop(&talk);
    talk_expect(&talk, "s(another)c.s.{c:4/16}");
}

static void test_full_hold_ends_the_wait(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk.settings.stream_hold = 1024; /* four small segments */
    talk_table(&talk);
    talk_handshake(&talk);
    for (unsigned i = 0; i < 4; i++) {
        SEND(&talk, SERVER(i), ACK_CLIENT(30), .data = "x");
    }
    talk_expect(&talk, "");
    SEND(&talk, SERVER(4), ACK_CLIENT(30), .data = "y");
    talk_expect(&talk, "s(x)s(x)s(x)s(x)s(y)");
    assert_true(talk_count(&talk, STREAM_HOLD_FULL) == 1 && talk_count(&talk, STREAM_GAPS) == 0);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "late but read");
    talk_expect(&talk, "c(late but read)");
    talk_stop(&talk);
}

/* Both were sent again with later acknowledgements: without a decision they would wait for each other. */
static void test_mutual_wait(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    SEND(&talk, CLIENT(0), ACK_SERVER(3), .data = "GET");
    talk_expect(&talk, "c(GET)s(200)");
    talk_stop(&talk);
}

static void test_one_sided_answers_do_not_wait(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    SEND(&talk, SERVER(0), ACK_CLIENT(30), .data = "200");
    SEND(&talk, SERVER(3), ACK_CLIENT(60), .data = "404");
    talk_expect(&talk, "s(200)s(404)");
    assert_true(talk.flow->sides[0].acked == 60);
    assert_true(talk.flow->orientation == ORIENTATION_HANDSHAKE);
    SEND(&talk, .server = true, .flags = TCP_FIN | TCP_ACK, .sequence = SERVER_ISN + 7, ACK_CLIENT(60));
    talk_stop(&talk);
    talk_expect(&talk, "s.c.{c:0/6}");
}

static void test_one_sided_requests(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    SEND(&talk, CLIENT(0), ACK_SERVER(0));
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(&talk, CLIENT(3), ACK_SERVER(40000));
    SEND(&talk, CLIENT(3), ACK_SERVER(90000), .data = "HEAD");
    talk_expect(&talk, "c(GET)c(HEAD)");
    assert_true(talk.flow->sides[1].acked == 90000); /* volume of a server that is not seen */
    assert_true(talk.flow->sides[1].packets == 0);
    talk_stop(&talk);
    talk_expect(&talk, "c.s.{c:7/0}");
    assert_true(talk_count(&talk, FLOW_ONE_WAY) == 1);
}

/* The end of an answer waits like its bytes. */
static void test_fin_waits(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "220");
    SEND(&talk, .server = true, .flags = TCP_FIN | TCP_ACK, .sequence = SERVER_ISN + 4, ACK_CLIENT(4));
    talk_expect(&talk, "s(220)");
    SEND(&talk, CLIENT(0), ACK_SERVER(3), .data = "QUIT");
    talk_expect(&talk, "c(QUIT)s.");
    talk_stop(&talk);
}

/* A FIN that is sent again acknowledges more than the first did. */
static void test_first_fin_counts(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(0), .data = "220");
    SEND(&talk, .server = true, .flags = TCP_FIN | TCP_ACK, .sequence = SERVER_ISN + 4, ACK_CLIENT(4));
    SEND(&talk, .server = true, .flags = TCP_FIN | TCP_ACK, .sequence = SERVER_ISN + 4, ACK_CLIENT(8));
    SEND(&talk, CLIENT(0), ACK_SERVER(3), .data = "QUIT");
    talk_expect(&talk, "s(220)c(QUIT)s.");
    talk_stop(&talk);
}

/* Nor do bytes wait longer because a larger segment with them was sent again. */
static void test_first_segment_counts(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(1), ACK_CLIENT(3), .data = "0");
    SEND(&talk, SERVER(0), ACK_CLIENT(9), .data = "200");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    talk_expect(&talk, "c(GET)s(200)");
    talk_stop(&talk);
}

/* A wait that was given up long ago (more than 2^31 bytes) says nothing of today's. */
static void test_old_waiver(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(10), .data = "200");
    talk.now_us += TIME_SECOND;
    SEND(&talk, SERVER(3), ACK_CLIENT(10));
    talk_expect(&talk, "s(200)");
    uint32_t sent = 0;
    for (unsigned i = 0; i < 5; i++) {
        SEND(&talk, CLIENT(sent), ACK_SERVER(3), .data = "x", .wire_len = 1u << 29);
        sent += 1u << 29;
        SEND(&talk, SERVER(3 + i), ACK_CLIENT(sent), .data = "y");
    }
    talk.log_len = 0;
    SEND(&talk, SERVER(8), ACK_CLIENT(sent + 3), .data = "200");
    talk_expect(&talk, "");
    SEND(&talk, CLIENT(sent), ACK_SERVER(3), .data = "GET");
    talk_expect(&talk, "c(GET)s(200)");
    talk_stop(&talk);
}

static void test_ignored_direction_keeps_nothing_back(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, SERVER(0), ACK_CLIENT(30), .data = "200");
    talk_expect(&talk, "");
    stream_ignore(talk.table, talk.flow, talk.flow->client);
    SEND(&talk, CLIENT(30), ACK_SERVER(3));
    talk_expect(&talk, "s(200)");
    talk_stop(&talk);
    talk_expect(&talk, "s.{c:0/3}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_waits_for_the_request),
        cmocka_unit_test(test_answer_waits_for_the_whole_request),
        cmocka_unit_test(test_two_transactions_behind_time),
        cmocka_unit_test(test_request_waits_for_the_answer_before_it),
        cmocka_unit_test(test_gap_before_the_answer),
        cmocka_unit_test(test_silent_client),
        cmocka_unit_test(test_full_hold_ends_the_wait),
        cmocka_unit_test(test_mutual_wait),
        cmocka_unit_test(test_one_sided_answers_do_not_wait),
        cmocka_unit_test(test_one_sided_requests),
        cmocka_unit_test(test_fin_waits),
        cmocka_unit_test(test_first_fin_counts),
        cmocka_unit_test(test_first_segment_counts),
        cmocka_unit_test(test_old_waiver),
        cmocka_unit_test(test_ignored_direction_keeps_nothing_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
