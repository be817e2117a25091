/* Transport streams in datagrams: which datagrams are some, whose they are, when they are told. */
#include "tests/unit/app/conversation.h"
#include "tests/unit/app/test_mpegts_help.h"

static const struct slice rtp = {.data = (const uint8_t *)"\x80\x21\x00\x01\0\0\0\0\0\0\0\0", .len = 12};

static void begin(struct conversation *talk, const char *source, const char *destination)
{
    conversation_begin(talk);
    talk->flow.transport = TRANSPORT_UDP;
    talk->flow.orientation = ORIENTATION_GUESS;
    assert_true(address_parse(source, &talk->flow.ends[0].address));
    assert_true(address_parse(destination, &talk->flow.ends[1].address));
}

/* Sends all of `bytes`, `packets` a datagram, each behind `head`. */
static void send(struct conversation *talk, struct slice head, struct slice bytes, size_t packets)
{
    while (bytes.len > 0) {
        struct buf datagram = buf_make(SIZE_MAX);
        buf_append(&datagram, head);
        buf_append(&datagram, slice_part(bytes, 0, packets * PACKET_BYTES));
        conversation_datagram(talk, 0, buf_slice(&datagram));
        buf_free(&datagram);
        bytes = slice_from(bytes, packets * PACKET_BYTES);
    }
}

static void streams_are_told_once(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 20);
    for (size_t packets = 1; packets <= 7; packets++) {
        for (int in_rtp = 0; in_rtp < 2; in_rtp++) {
            struct conversation talk;
            begin(&talk, "203.0.113.7", "198.51.100.9");
            send(&talk, in_rtp ? rtp : slice_make(NULL, 0), buf_slice(&mux.out), packets);
            assert_true(talk.ignored[0]);
            assert_int_equal(talk.flow.client, 1);
            assert_int_equal(talk.flow.visibility, VISIBILITY_CLEAR);
            conversation_end(&talk);
            assert_text(&talk.brief, "T0 Nord/Nord TV 1504\n");
            conversation_free(&talk);
        }
    }
    buf_free(&mux.out);
}

static void rtp_heads_are_undone(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t len;
        bool good;
    } rows[] = {
        {"\x80\x21\0\1\0\0\0\0\0\0\0\0", 12, true},
        {"\x80\xa1\0\1\0\0\0\0\0\0\0\0", 12, true}, /* with the marker */
        {"\x82\x21\0\1\0\0\0\0\0\0\0\0"
         "aaaabbbb",
         20, true},
        {"\x90\x21\0\1\0\0\0\0\0\0\0\0"
         "\0\0\0\1xxxx",
         20, true},
        {"\x90\x21\0\1\0\0\0\0\0\0\0\0"
         "\0\0\xff\xffxxxx",
         20, false}, /* beyond the datagram */
        {"\x80\x60\0\1\0\0\0\0\0\0\0\0", 12, false},
        {"\x40\x21\0\1\0\0\0\0\0\0\0\0", 12, false},
        {"\x80\x21\0\1\0\0\0\0\0\0\0", 11, false},
    };
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 3);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct conversation talk;
        begin(&talk, "203.0.113.7", "198.51.100.9");
        send(&talk, slice_make(rows[i].head, rows[i].len), buf_slice(&mux.out), 7);
        conversation_end(&talk);
        assert_text(&talk.brief, rows[i].good ? "T0 Nord/Nord TV 1504\n" : "");
        conversation_free(&talk);
    }
    buf_free(&mux.out);
}

/* The group is the server, whoever sends. */
static void a_group_is_the_server(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 1);
    struct conversation talk;
    begin(&talk, "203.0.113.7", "239.1.2.3");
    send(&talk, slice_make(NULL, 0), buf_slice(&mux.out), 7);
    assert_int_equal(talk.flow.client, 0);
    conversation_end(&talk);
    conversation_free(&talk);
    buf_free(&mux.out);
}

static void a_stream_that_ends_is_told(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_sdt(&mux, "Nord", "Nord TV");
    mux_content(&mux, VIDEO_PID, 0, 6);
    struct conversation talk;
    begin(&talk, "203.0.113.7", "198.51.100.9");
    send(&talk, slice_make(NULL, 0), buf_slice(&mux.out), 7);
    assert_text(&talk.brief, "");
    conversation_end(&talk);
    assert_text(&talk.brief, "T0 Nord/Nord TV 0\n");
    conversation_free(&talk);
    buf_free(&mux.out);
}

static void what_is_no_stream_is_left(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_content(&mux, VIDEO_PID, 0, 7);
    struct slice bytes = buf_slice(&mux.out);
    struct conversation talk;
    begin(&talk, "203.0.113.7", "198.51.100.9");
    conversation_datagram(&talk, 0, slice_part(bytes, 0, bytes.len - 1));
    assert_true(talk.unknown);
    mux.out.data[3 * PACKET_BYTES] = 0x46;
    conversation_datagram(&talk, 0, bytes);
    assert_null(flow_inspection(&talk.flow));
    /* One packet may be anything: the next datagram decides. */
    conversation_datagram(&talk, 0, slice_part(bytes, 0, PACKET_BYTES));
    assert_non_null(flow_inspection(&talk.flow));
    conversation_datagram(&talk, 0, slice_text("something else"));
    assert_int_equal(talk.flow.orientation, ORIENTATION_GUESS);
    conversation_end(&talk);
    assert_text(&talk.brief, "");
    conversation_free(&talk);
    buf_free(&mux.out);
}

static void words_between_do_no_harm(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 3);
    struct slice bytes = buf_slice(&mux.out);
    struct conversation talk;
    begin(&talk, "203.0.113.7", "198.51.100.9");
    send(&talk, slice_make(NULL, 0), slice_part(bytes, 0, 70 * PACKET_BYTES), 7);
    conversation_datagram(&talk, 1, slice_text("keep alive"));
    send(&talk, slice_make(NULL, 0), slice_from(bytes, 70 * PACKET_BYTES), 7);
    conversation_end(&talk);
    assert_text(&talk.brief, "T0 Nord/Nord TV 1504\n");
    conversation_free(&talk);
    buf_free(&mux.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_told_once),     cmocka_unit_test(rtp_heads_are_undone),
        cmocka_unit_test(a_group_is_the_server),     cmocka_unit_test(a_stream_that_ends_is_told),
        cmocka_unit_test(what_is_no_stream_is_left), cmocka_unit_test(words_between_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
