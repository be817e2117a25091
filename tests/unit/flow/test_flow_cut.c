/*
 * When a direction is cut off in the kernel, and that its entry goes with it. The table has room for one
 * entry, so that it shows whether there is one. Needs CAP_BPF; elsewhere every test says SKIP.
 */
#include "talk.h"

#include <stdlib.h>

#ifdef HAVE_LIBBPF
#include <bpf/bpf.h>
#endif

static struct cutoff *cutoff;

static bool has_entry(void)
{
    static const struct cutoff_direction other = {.source_port = 1, .destination_port = 2};
    if (cutoff_set(cutoff, &other, CUTOFF_FOR_EVER, 0) != CUTOFF_DONE) {
        return true;
    }
    (void)cutoff_take(cutoff, &other);
    return false;
}

static void open_talk(struct talk *talk)
{
    talk_start(talk);
    flow_table_set_cutoff(talk->table, cutoff);
    talk_handshake(talk);
    SEND(talk, CLIENT(0), ACK_SERVER(0), .data = "GET");
    talk->flow->classified = true;
}

/* The head of an answer, behind which `skip` bytes are passed over. */
static void answer(struct talk *talk, uint64_t skip)
{
    talk->skip = skip;
    SEND(talk, SERVER(0), ACK_CLIENT(3), .data = "abc");
}

static void end_talk(struct talk *talk)
{
    talk_stop(talk);
    assert_false(has_entry());
}

static void test_large_bodies_alone(void **state)
{
    (void)state;
    struct talk talk;
    open_talk(&talk);
    answer(&talk, 65535);
    assert_false(has_entry());
    end_talk(&talk);
    open_talk(&talk);
    answer(&talk, 65536);
    assert_true(has_entry());
    assert_int_equal(talk_count(&talk, FLOW_CUT), 1);
    SEND(&talk, CLIENT(3), ACK_SERVER(65538)); /* one byte before its end */
    assert_true(has_entry());
    SEND(&talk, CLIENT(3), ACK_SERVER(65539));
    assert_false(has_entry());
    end_talk(&talk);
}

static void test_what_opens(void **state)
{
    (void)state;
    static const struct shot openers[] = {
        {CLIENT(3), ACK_SERVER(3), .data = "GET"},
        {CLIENT(3), ACK_SERVER(3), .flags = TCP_RST},
        {SERVER(100), ACK_CLIENT(3), .flags = TCP_FIN | TCP_ACK},
        {SERVER(200000), ACK_CLIENT(3), .flags = TCP_RST}, /* far from all that was seen */
        {.sequence = CLIENT_ISN, .flags = TCP_SYN},
        {.sequence = 77777777, .flags = TCP_SYN},
    };
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        struct talk talk;
        open_talk(&talk);
        answer(&talk, 1000000);
        SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "of the body");
        SEND(&talk, CLIENT(3), ACK_SERVER(14));
        assert_true(has_entry());
        talk_send(&talk, openers[i]);
        assert_false(has_entry());
        end_talk(&talk);
    }
}

static void test_goes_with_its_flow(void **state)
{
    (void)state;
    struct talk talk;
    open_talk(&talk);
    answer(&talk, 1000000);
    assert_true(has_entry());
    end_talk(&talk);
    open_talk(&talk);
    answer(&talk, 1000000);
    flow_table_sweep(talk.table, talk.now_us + talk.settings.tcp_timeout + 1, 10);
    assert_int_equal(talk_count(&talk, FLOW_ENDED), 1);
    assert_false(has_entry());
    end_talk(&talk);
}

static void test_not_cut(void **state)
{
    (void)state;
    struct talk talk;
    open_talk(&talk);
    talk.flow->classified = false;
    answer(&talk, 1000000);
    assert_false(has_entry());
    end_talk(&talk);
    open_talk(&talk);
    talk.flow->encapsulation = 1U << ENCAPSULATION_GRE | 1U << ENCAPSULATION_VLAN;
    answer(&talk, 1000000);
    assert_false(has_entry());
    end_talk(&talk);
    open_talk(&talk);
    talk.flow->encapsulation = 1U << ENCAPSULATION_VLAN;
    answer(&talk, 1000000);
    assert_true(has_entry());
    end_talk(&talk);
}

static void test_full(void **state)
{
    (void)state;
    struct talk talk;
    static const struct cutoff_direction other = {.source_port = 1, .destination_port = 2};
    assert_int_equal(cutoff_set(cutoff, &other, CUTOFF_FOR_EVER, 0), CUTOFF_DONE);
    open_talk(&talk);
    answer(&talk, 1000000);
    assert_int_equal(talk_count(&talk, FLOW_CUT_FULL), 1);
    assert_int_equal(talk_count(&talk, FLOW_CUT), 0);
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "body");
    assert_int_equal(talk_count(&talk, STREAM_PASSED), 1);
    (void)cutoff_take(cutoff, &other);
    end_talk(&talk);
}

/* A packet of the server that nobody reads, with so many bytes. */
static void idle(struct talk *talk, uint32_t *position, uint32_t len)
{
    struct packet packet = talk_packet(talk, true);
    packet.transport = TRANSPORT_TCP;
    packet.tcp_flags = TCP_ACK;
    packet.tcp_sequence = SERVER_ISN + 1 + *position;
    packet.payload_wire_len = len;
    *position += len;
    talk_take(talk, &packet);
    flow_table_cut_idle(talk->table, talk->flow, &packet, talk->flow->client ^ 1);
}

static void test_idle_flows(void **state)
{
    (void)state;
    struct talk talk;
    open_talk(&talk);
    uint32_t position = 0;
    idle(&talk, &position, 65536); /* still read */
    assert_false(has_entry());
    stream_ignore(talk.table, talk.flow, talk.flow->client ^ 1);
    idle(&talk, &position, 65535);
    assert_false(has_entry());
    idle(&talk, &position, 1);
    assert_true(has_entry());
    SEND(&talk, CLIENT(3), ACK_SERVER(position));
    assert_true(has_entry());
    SEND(&talk, CLIENT(3), ACK_SERVER(position), .data = "x");
    assert_false(has_entry());
    idle(&talk, &position, 65536);
    assert_true(has_entry());
    end_talk(&talk);
}

/* Nobody reads either side: what was on its way opens nothing. */
static void test_idle_for_ever(void **state)
{
    (void)state;
    struct talk talk;
    open_talk(&talk);
    uint32_t position = 0;
    stream_ignore(talk.table, talk.flow, 0);
    stream_ignore(talk.table, talk.flow, 1);
    idle(&talk, &position, 65536);
    assert_true(has_entry());
    assert_int_equal(talk_count(&talk, FLOW_CUT) + talk_count(&talk, FLOW_CUT_FULL), 2);
    SEND(&talk, CLIENT(3), ACK_SERVER(position), .data = "x");
    assert_true(has_entry());
    SEND(&talk, SERVER(position), .flags = TCP_FIN | TCP_ACK, ACK_CLIENT(4));
    assert_false(has_entry());
    idle(&talk, &position, 65536);
    end_talk(&talk);
}

/* Until the client has payload; what it acknowledges has gone by. */
static void test_turns(void **state)
{
    (void)state;
    struct talk talk;
    open_talk(&talk);
    talk.skip_turn = true;
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "abc");
    talk_expect(&talk, "c(GET)s(abc)");
    assert_true(has_entry());
    SEND(&talk, SERVER(3), ACK_CLIENT(3), .data = "on its way");
    SEND(&talk, SERVER(20), ACK_CLIENT(3), .data = "with a hole");
    for (uint32_t i = 1; i < 8; i++) {
        SEND(&talk, CLIENT(3), ACK_SERVER(i << 28)); /* half of all numbers */
    }
    talk_expect(&talk, "");
    assert_true(has_entry());
    SEND(&talk, CLIENT(3), ACK_SERVER((7U << 28) + 5), .data = "GET2");
    assert_false(has_entry());
    talk_expect(&talk, "s<1879048194 turn>c(GET2)");
    SEND(&talk, SERVER((7U << 28) + 5), ACK_CLIENT(7), .data = "next");
    talk_expect(&talk, "s(next)");
    end_talk(&talk);
    /* Nothing has gone by: nothing has turned. */
    open_talk(&talk);
    talk.skip_turn = true;
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "abc");
    SEND(&talk, CLIENT(3), ACK_SERVER(3), .data = "GET2");
    SEND(&talk, SERVER(3), ACK_CLIENT(7), .data = "more");
    talk_expect(&talk, "c(GET)s(abc)c(GET2)s(more)");
    end_talk(&talk);
}

static void test_turn_ends(void **state)
{
    (void)state;
    static const struct shot ends[] = {
        {SERVER(100), ACK_CLIENT(3), .flags = TCP_FIN | TCP_ACK},
        {SERVER(90), ACK_CLIENT(3), .flags = TCP_FIN | TCP_ACK, .data = "0123456789"},
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct talk talk;
        open_talk(&talk);
        talk.skip_turn = true;
        SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "abc");
        talk_send(&talk, ends[i]);
        assert_false(has_entry());
        talk_expect(&talk, "c(GET)s(abc)s<97>s.");
        end_talk(&talk);
    }
    /* The mirror does not show the client. */
    struct talk talk;
    talk_start(&talk);
    flow_table_set_cutoff(talk.table, cutoff);
    SEND(&talk, SERVER(0), ACK_CLIENT(3), .data = "a");
    talk.flow->classified = true;
    talk.skip_turn = true;
    SEND(&talk, SERVER(1), ACK_CLIENT(3), .data = "b");
    assert_false(has_entry());
    end_talk(&talk);
}

/* What is handed on at a flow's end may ask for more to be passed over: nobody would take that entry back. */
static void test_nothing_is_cut_at_the_end(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        struct talk talk;
        open_talk(&talk);
        SEND(&talk, SERVER(10), ACK_CLIENT(3), .data = "held");
        talk.skip = turn == 0 ? 1000000 : 0;
        talk.skip_turn = turn == 1;
        flow_table_end_all(talk.table);
        assert_int_equal(talk_count(&talk, FLOW_CUT), 0);
        end_talk(&talk);
    }
}

#ifdef HAVE_LIBBPF
/* A packet of the server that the kernel's filter drops: 100 bytes of payload. */
static void drop_one(void)
{
    /* The kernel's test takes off the first Ethernet header. */
    uint8_t bytes[14 + 14 + 40 + 100] = {[26] = 0x08, [28] = 0x45, [31] = 140, [37] = 6};
    static const uint8_t ends[] = {203, 0, 113,       9,          198,        51,
                                   100, 7, 8080 >> 8, 8080 & 255, 40000 >> 8, 40000 & 255};
    memcpy(bytes + 40, ends, sizeof ends);
    bytes[60] = 5 << 4;
    bytes[61] = TCP_ACK;
    struct bpf_test_run_opts options = {
        .sz = sizeof options, .data_in = bytes, .data_size_in = sizeof bytes, .retval = 1};
    assert_int_equal(bpf_prog_test_run_opts(cutoff_program(cutoff), &options), 0);
    assert_int_equal(options.retval, 0);
}

/* What the kernel drops keeps its flow alive, and is counted in the end. */
static void test_dropped_packets(void **state)
{
    (void)state;
    struct talk talk;
    open_talk(&talk);
    uint32_t position = 0;
    stream_ignore(talk.table, talk.flow, talk.flow->client ^ 1);
    idle(&talk, &position, 65536);
    assert_true(has_entry());
    int64_t timeout = talk.settings.tcp_timeout;
    int64_t now_us = talk.now_us;
    for (unsigned i = 0; i < 3; i++) {
        drop_one();
        drop_one();
        now_us += timeout + 1;
        flow_table_sweep(talk.table, now_us, 10);
        assert_int_equal(talk_count(&talk, FLOW_ENDED), 0);
    }
    flow_table_sweep(talk.table, now_us + timeout, 10);
    assert_int_equal(talk_count(&talk, FLOW_ENDED), 0);
    flow_table_sweep(talk.table, now_us + timeout + 1, 10);
    assert_int_equal(talk_count(&talk, FLOW_ENDED), 1);
    assert_int_equal(talk_count(&talk, FLOW_CUT_PACKETS), 6);
    assert_int_equal(talk_count(&talk, FLOW_CUT_BYTES), 600);
    talk_expect(&talk, "c(GET)c.{c:3/66136}");
    end_talk(&talk);
    /* A packet of its own that comes late, too. */
    open_talk(&talk);
    position = 0;
    stream_ignore(talk.table, talk.flow, talk.flow->client ^ 1);
    idle(&talk, &position, 65536);
    drop_one();
    talk.now_us += timeout + 1;
    SEND(&talk, CLIENT(3), ACK_SERVER(position));
    assert_int_equal(talk_count(&talk, FLOW_ENDED), 0);
    talk.now_us += timeout + 1;
    SEND(&talk, CLIENT(3), ACK_SERVER(position));
    assert_int_equal(talk_count(&talk, FLOW_ENDED), 1);
    end_talk(&talk);
}
#endif

static int make_cutoff(void **state)
{
    (void)state;
    struct failure failure = {0};
    cutoff = cutoff_create(1, 100, &failure);
    if (cutoff == NULL) {
        print_message("SKIP: %s\n", failure.text);
    }
    return 0;
}

static int free_cutoff(void **state)
{
    (void)state;
    cutoff_free(cutoff);
    return 0;
}

static int skip_unless_possible(void **state)
{
    (void)state;
    if (cutoff == NULL) {
        skip();
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_large_bodies_alone, skip_unless_possible),
        cmocka_unit_test_setup(test_what_opens, skip_unless_possible),
        cmocka_unit_test_setup(test_goes_with_its_flow, skip_unless_possible),
        cmocka_unit_test_setup(test_not_cut, skip_unless_possible),
        cmocka_unit_test_setup(test_full, skip_unless_possible),
        cmocka_unit_test_setup(test_turns, skip_unless_possible),
        cmocka_unit_test_setup(test_turn_ends, skip_unless_possible),
        cmocka_unit_test_setup(test_nothing_is_cut_at_the_end, skip_unless_possible),
        cmocka_unit_test_setup(test_idle_flows, skip_unless_possible),
        cmocka_unit_test_setup(test_idle_for_ever, skip_unless_possible),
#ifdef HAVE_LIBBPF
        cmocka_unit_test_setup(test_dropped_packets, skip_unless_possible),
#endif
    };
    return cmocka_run_group_tests(tests, make_cutoff, free_cutoff);
}
