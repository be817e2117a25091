/* Segments in any order, again, overlapping and around 2^32 give the same bytes. */
#include "talk.h"

#include <stdlib.h>

struct piece {
    unsigned from, to;
};

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";

static void join(const char *log, char side, char *out)
{
    for (; *log != '\0'; log++) {
        if (*log == side && log[1] == '(') {
            for (log += 2; *log != ')'; log++) {
                *out++ = *log;
            }
        }
    }
    *out = '\0';
}

/* Sends pieces of the alphabet in this order from the client, whose first byte has the number isn + 1. */
static void send_pieces(struct talk *talk, uint32_t isn, const struct piece *pieces, const unsigned *order,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = &pieces[order[i]];
        SEND(talk, .sequence = isn + 1 + piece->from, .data = alphabet + piece->from,
             .len = piece->to - piece->from);
    }
}

static bool next_permutation(unsigned *order, size_t count)
{
    size_t i = count - 1;
    while (i > 0 && order[i - 1] > order[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    size_t j = count - 1;
    while (order[j] < order[i - 1]) {
        j--;
    }
    unsigned swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
    for (size_t a = i, b = count - 1; a < b; a++, b--) {
        swap = order[a];
        order[a] = order[b];
        order[b] = swap;
    }
    return true;
}

/* Every order of the pieces, beginning with a SYN, gives all 26 letters and no gap. */
static void every_order(struct talk *talk, uint32_t isn, const struct piece *pieces, size_t count)
{
    unsigned order[6] = {0, 1, 2, 3, 4, 5};
    assert_true(count <= ARRAY_COUNT(order));
    size_t orders = 0;
    do {
        talk_table(talk);
        SEND(talk, .flags = TCP_SYN, .sequence = isn);
        send_pieces(talk, isn, pieces, order, count);
        char bytes[64];
        join(talk_log(talk), 'c', bytes);
        assert_string_equal(bytes, alphabet);
        assert_null(strchr(talk_log(talk), '['));
        orders++;
    } while (next_permutation(order, count));
    assert_true(orders == (count == 5 ? 120 : 720));
}

static const struct piece apart[] = {{0, 1}, {1, 7}, {7, 8}, {8, 20}, {20, 26}};
static const struct piece crossing[] = {{0, 5}, {3, 9}, {7, 20}, {9, 12}, {0, 2}, {15, 26}};

static void test_every_order(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    every_order(&talk, CLIENT_ISN, apart, ARRAY_COUNT(apart));
    every_order(&talk, CLIENT_ISN, crossing, ARRAY_COUNT(crossing));
    assert_true(talk_count(&talk, STREAM_CONFLICTS) == 0);
    talk_stop(&talk);
}

static void test_every_order_around_zero(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    for (uint32_t before = 0; before < 28; before++) {
        every_order(&talk, 0u - before, apart, ARRAY_COUNT(apart));
    }
    every_order(&talk, 0u - 10, crossing, ARRAY_COUNT(crossing));
    every_order(&talk, 0x80000000u - 10, crossing, ARRAY_COUNT(crossing));
    talk_stop(&talk);
}

static void test_single_bytes_backwards(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    for (unsigned i = 26; i > 0; i--) {
        SEND(&talk, CLIENT(i - 1), ACK_SERVER(0), .data = alphabet + i - 1, .len = 1);
    }
    char bytes[64];
    join(talk_log(&talk), 'c', bytes);
    assert_string_equal(bytes, alphabet);
    assert_true(talk_count(&talk, STREAM_HELD) == 25);
    assert_true(talk_count(&talk, STREAM_SEGMENTS) == 26);
    talk_stop(&talk);
}

static void test_in_order_is_not_held(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "200");
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "OK");
    talk_expect(&talk, "c(GET)s(200)s(OK)");
    assert_true(talk_count(&talk, STREAM_HELD) == 0);
    talk_stop(&talk);
}

static void test_retransmissions_are_dropped(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abcd");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abcd");
    SEND(&talk, CLIENT(1), ACK_SERVER(0), .data = "bc");
    SEND(&talk, CLIENT(2), ACK_SERVER(0), .data = "cdef"); /* half of it is new */
    SEND(&talk, CLIENT(6), ACK_SERVER(0), .data = "g");
    talk_expect(&talk, "c(abcd)c(ef)c(g)");
    assert_true(talk_count(&talk, STREAM_OVERLAPS) == 3);
    assert_true(talk_count(&talk, STREAM_CONFLICTS) == 0);
    talk_stop(&talk);
}

/* What the second segment finds when the first is held at 5 to 9. Each column of the alphabet is in capitals
 * where it came second. */
static void test_first_bytes_win(void **state)
{
    (void)state;
    static const struct {
        unsigned from, to;
        uint64_t overlaps;
        const char *bytes; /* after 0 to 5 has come, in small letters, third */
    } rows[] = {
        {0, 5, 0, "ABCDEfghi"},   {0, 6, 1, "ABCDEfghi"},     {4, 5, 0, "abcdEfghi"},
        {4, 10, 1, "abcdEfghiJ"}, {5, 9, 1, "abcdefghi"},     {5, 6, 1, "abcdefghi"},
        {8, 9, 1, "abcdefghi"},   {8, 10, 1, "abcdefghiJ"},   {5, 10, 1, "abcdefghiJ"},
        {4, 9, 1, "abcdEfghi"},   {9, 12, 0, "abcdefghiJKL"}, {0, 12, 1, "ABCDEfghiJKL"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        talk_start(&talk);
        talk_handshake(&talk);
        char capitals[32];
        for (unsigned at = 0; at < 26; at++) {
            capitals[at] = (char)('A' + at);
        }
        SEND(&talk, CLIENT(5), ACK_SERVER(0), .data = "fghi");
        SEND(&talk, CLIENT(rows[i].from), ACK_SERVER(0), .data = capitals + rows[i].from,
             .len = rows[i].to - rows[i].from);
        uint64_t overlaps = talk_count(&talk, STREAM_OVERLAPS);
        assert_true(overlaps == rows[i].overlaps);
        assert_true(talk_count(&talk, STREAM_CONFLICTS) == rows[i].overlaps);
        SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abcde");
        char bytes[64];
        join(talk_log(&talk), 'c', bytes);
        assert_string_equal(bytes, rows[i].bytes);
        talk_stop(&talk);
    }
}

static void test_new_segment_over_several_held(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(2), ACK_SERVER(0), .data = "c");
    SEND(&talk, CLIENT(5), ACK_SERVER(0), .data = "fg");
    SEND(&talk, CLIENT(9), ACK_SERVER(0), .data = "jkl");
    SEND(&talk, CLIENT(1), ACK_SERVER(0), .data = "BCDEFGHIJK");
    assert_true(talk_count(&talk, STREAM_OVERLAPS) == 3);
    talk_expect(&talk, "");
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "a");
    char bytes[64];
    join(talk_log(&talk), 'c', bytes);
    assert_string_equal(bytes, "aBcDEfgHIjkl");
    talk_stop(&talk);
}

static void test_keep_alive_probe(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abc");
    SEND(&talk, CLIENT(2), ACK_SERVER(0), .data = "?"); /* one byte of garbage before the next */
    SEND(&talk, CLIENT(2), ACK_SERVER(0));              /* and one without any */
    SEND(&talk, SERVER(0), ACK_CLIENT(3));
    SEND(&talk, CLIENT(3), ACK_SERVER(0), .data = "d");
    talk_expect(&talk, "c(abc)c(d)");
    assert_true(talk_count(&talk, STREAM_OVERLAPS) == 0);
    assert_true(talk_count(&talk, STREAM_CONFLICTS) == 0);
    talk_stop(&talk);
}

/* A zero-window probe bears the next byte; the receiver may refuse it, then it comes again. */
static void test_zero_window_probe(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abc");
    SEND(&talk, CLIENT(3), ACK_SERVER(0), .data = "d");
    SEND(&talk, SERVER(0), ACK_CLIENT(3));
    SEND(&talk, CLIENT(3), ACK_SERVER(0), .data = "defg");
    talk_expect(&talk, "c(abc)c(d)c(efg)");
    talk_stop(&talk);
}

static void test_bytes_of_a_syn(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, .flags = TCP_SYN, .sequence = CLIENT_ISN, .data = "early");
    SEND(&talk, CLIENT(5), .data = "late");
    talk_expect(&talk, "c(early)c(late)");
    assert_true(talk.flow->syn_seen);
    talk_stop(&talk);
}

static void test_beginning_in_the_middle(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    SEND(&talk, SERVER(700), ACK_CLIENT(90), .data = "def");
    SEND(&talk, SERVER(697), ACK_CLIENT(90), .data = "abc"); /* before the beginning: too late */
    SEND(&talk, CLIENT(90), ACK_SERVER(703), .data = "GET");
    SEND(&talk, SERVER(703), ACK_CLIENT(93), .data = "ghi");
    /* 8080 and 40000 tell nothing, so the first sender passes for the client. */
    talk_expect(&talk, "c(def)s(GET)c(ghi)");
    assert_false(talk.flow->syn_seen);
    talk_stop(&talk);
}

static void test_segment_outside_the_window(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    SEND(&talk, CLIENT(0), ACK_SERVER(0), .data = "abc");
    SEND(&talk, CLIENT(3 + (1u << 30) + 1), ACK_SERVER(0), .data = "far");
    SEND(&talk, CLIENT(3u - (1u << 30) - 1), ACK_SERVER(0), .data = "old");
    assert_true(talk_count(&talk, STREAM_OUT_OF_WINDOW) == 2);
    SEND(&talk, CLIENT(3 + (1u << 30)), ACK_SERVER(0), .data = "held");
    assert_true(talk_count(&talk, STREAM_OUT_OF_WINDOW) == 2);
    SEND(&talk, CLIENT(3), ACK_SERVER(0), .data = "def");
    talk_expect(&talk, "c(abc)c(def)");
    talk_stop(&talk);
}

/* Neither a giant flow nor its wrap disturbs: 5 GiB in segments of 64 KiB. */
static void test_more_than_four_gigabytes(void **state)
{
    (void)state;
    struct talk talk;
    talk_start(&talk);
    talk_handshake(&talk);
    talk.refuse = false;
    static char body[32768];
    memset(body, 'x', sizeof body);
    uint64_t sent = 0;
    while (sent < UINT64_C(5) << 30) {
        SEND(&talk, SERVER(sent), ACK_CLIENT(0), .data = body, .len = sizeof body);
        talk.log_len = 0;
        sent += sizeof body;
        if (sent % (1 << 24) == 0) {
            SEND(&talk, CLIENT(0), ACK_SERVER(sent));
        }
    }
    assert_true(talk.flow->sides[1].bytes == sent);
    assert_true(talk.flow->sides[1].acked == sent);
    assert_true(talk_count(&talk, STREAM_HELD) == 0 && talk_count(&talk, STREAM_OVERLAPS) == 0);
    talk_stop(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_every_order_around_zero),
        cmocka_unit_test(test_single_bytes_backwards),
        cmocka_unit_test(test_in_order_is_not_held),
        cmocka_unit_test(test_retransmissions_are_dropped),
        cmocka_unit_test(test_first_bytes_win),
        cmocka_unit_test(test_new_segment_over_several_held),
        cmocka_unit_test(test_keep_alive_probe),
        cmocka_unit_test(test_zero_window_probe),
        cmocka_unit_test(test_bytes_of_a_syn),
        cmocka_unit_test(test_beginning_in_the_middle),
        cmocka_unit_test(test_segment_outside_the_window),
        cmocka_unit_test(test_more_than_four_gigabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
