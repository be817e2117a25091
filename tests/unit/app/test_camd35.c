/* camd35 and cs378x: the law of lengths, one prefix in both directions, the cadence. */
#include "tests/unit/app/card_talk.h"

#include "daemon/app/camd35_priv.h"

static const uint8_t account[CAMD35_PREFIX_BYTES] = {0x9a, 0x17, 0xe4, 0x52};
static const uint8_t other_account[CAMD35_PREFIX_BYTES] = {0x9a, 0x17, 0xe4, 0x53};

/* One message: a datagram, or bytes of a stream. */
static void message(struct conversation *talk, unsigned side, const uint8_t *prefix, size_t len,
                    unsigned feed)
{
    uint8_t bytes[CARD_BYTES_MAX];
    do {
        card_fill(talk, bytes, len);
        memcpy(bytes, prefix, CAMD35_PREFIX_BYTES);
    } while (!camd35_looks_encrypted(slice_make(bytes, 16)) ||
             !camd35_looks_encrypted(slice_make(bytes + 16, 16)));
    if (talk->flow.transport != TRANSPORT_UDP) {
        conversation_say(talk, side, bytes, len, feed);
        return;
    }
    flow_count_packet(&talk->flow, side, len);
    enum inspection answer =
        inspector_datagram(talk->inspector, &talk->flow, side, slice_make(bytes, len), talk->now_us);
    talk->ignored[side] = talk->ignored[side] || answer == INSPECTION_SKIP;
}

static void begin(struct conversation *talk, enum transport transport, unsigned feed)
{
    conversation_begin(talk);
    talk->random = 77 + feed;
    talk->flow.transport = transport;
}

static void watch(struct conversation *talk, unsigned exchanges, size_t asked, size_t told, int64_t seconds,
                  unsigned feed)
{
    for (unsigned i = 0; i < exchanges; i++) {
        message(talk, CLIENT, account, asked, feed);
        card_wait(talk, 300);
        message(talk, SERVER, account, told, feed);
        card_wait(talk, 1000 * seconds - 300);
    }
}

static void test_length(void **state)
{
    (void)state;
    for (size_t len = 0; len < 2000; len++) {
        assert_int_equal(camd35_length_fits(len), len % 16 == 4 && len >= 36 && len <= 612);
    }
}

static void test_looks(void **state)
{
    (void)state;
    static const char *const ordinary[] = {
        "GET / HTTP/1.1\r\n",
        "SSH-2.0-OpenSSH_",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x11\x82\x93\xa4\xb5",
        "\x00\x01\x00\x00\x21\x12\xa4\x42\x91\x82\x73\xf4\xb5\xc6\xd7\xe8",
        "\x04\x00\x00\x00\x91\x82\x73\xf4\x01\x00\x00\x00\x00\x00\x00\x00",
        "\xff\xff\xff\xff\x91\x82\x73\xf4\xb5\xc6\xd7\xe8\x11\x12\x13\x14",
        "d1:ad2:id20:\x91\x82\x73\xf4",
        "\x01\x11\x21\x31\x41\x51\x61\x71\x02\x12\x22\x32\x42\x52\x62\x72",
        "\x81\x91\xa1\xb1\xc1\xd1\xe1\xf1\x82\x92\xa2\xb2\xc2\xd2\xe2\xf2",
    };
    for (size_t i = 0; i < ARRAY_COUNT(ordinary); i++) {
        bool looks = camd35_looks_encrypted(slice_make(ordinary[i], 16));
        assert_int_equal(looks, i == 5); /* an account may look like that: other laws must do */
    }
    struct conversation talk;
    conversation_begin(&talk);
    unsigned refused = 0;
    for (unsigned i = 0; i < 10000; i++) {
        uint8_t bytes[16];
        card_fill(&talk, bytes, sizeof bytes);
        refused += !camd35_looks_encrypted(slice_make(bytes, sizeof bytes));
    }
    assert_in_range(refused, 1, 150);
    conversation_free(&talk);
}

static void test_datagrams(void **state)
{
    (void)state;
    struct conversation talk;
    begin(&talk, TRANSPORT_UDP, 0);
    talk.flow.orientation = ORIENTATION_GUESS;
    talk.flow.client = SERVER;
    watch(&talk, 5, 148, 52, 10, 0);
    assert_text(&talk.brief, "");
    message(&talk, CLIENT, account, 36, 0); /* keep-alive */
    watch(&talk, 1, 148, 52, 10, 0);
    assert_int_equal(talk.flow.client, CLIENT);
    message(&talk, CLIENT, account, 148, 0);
    assert_true(talk.ignored[CLIENT]);
    card_finish(&talk, "signs camd35-cadence\n");
}

static void test_stream(void **state)
{
    (void)state;
    for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 12; feed++) {
        struct conversation talk;
        begin(&talk, TRANSPORT_TCP, feed);
        watch(&talk, 3, 148, 52, 10, feed);
        message(&talk, CLIENT, account, 36, feed);
        message(&talk, CLIENT, account, 132, feed); /* two messages without a pause */
        card_wait(&talk, 100);
        message(&talk, SERVER, account, 52, feed);
        message(&talk, SERVER, account, 148, feed);
        card_wait(&talk, 9900);
        watch(&talk, 2, 84, 52, 10, feed);
        message(&talk, CLIENT, account, 148, feed);
        assert_true(talk.ignored[CLIENT]);
        card_finish(&talk, "signs camd35-cadence\n");
    }
}

/* The last answer is told at the end, too. */
static void test_stream_end(void **state)
{
    (void)state;
    struct conversation talk;
    begin(&talk, TRANSPORT_TCP, 0);
    watch(&talk, 6, 148, 52, 10, FEED_WHOLE);
    assert_text(&talk.brief, "");
    card_finish(&talk, "signs camd35-cadence\n");
}

struct law_row {
    size_t asked, told;
    int64_t seconds;
    bool cadence;
};

static void test_law(void **state)
{
    (void)state;
    static const struct law_row rows[] = {
        {148, 52, 10, true},  {84, 52, 10, true},   {68, 52, 10, false},  {612, 52, 10, true},
        {628, 52, 10, false}, {149, 52, 10, false}, {148, 68, 10, false}, {148, 36, 10, false},
        {148, 52, 2, false},  {148, 52, 30, false}, {144, 48, 10, false},
    };
    for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
        const struct law_row *row = &rows[i / 2];
        struct conversation talk;
        begin(&talk, i % 2 ? TRANSPORT_UDP : TRANSPORT_TCP, 0);
        watch(&talk, 40, row->asked, row->told, row->seconds, FEED_WHOLE);
        /* Every second one of two seconds' pace is a beat. */
        bool cadence = row->cadence || row->seconds == 2;
        card_finish(&talk, cadence ? "signs camd35-cadence\n" : "");
    }
}

/* Another prefix in either direction, at any message. */
static void test_prefix(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 24; i++) {
        struct conversation talk;
        begin(&talk, i % 2 ? TRANSPORT_UDP : TRANSPORT_TCP, 0);
        for (unsigned exchange = 0; exchange < 6; exchange++) {
            bool broken = exchange == i / 4;
            message(&talk, CLIENT, broken && i % 4 < 2 ? other_account : account, 148, FEED_WHOLE);
            card_wait(&talk, 300);
            message(&talk, SERVER, broken && i % 4 >= 2 ? other_account : account, 52, FEED_WHOLE);
            card_wait(&talk, 9700);
        }
        card_finish(&talk, "");
    }
}

/* Who speaks second, a stream without its beginning, a gap. */
static void test_not_begun(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct conversation talk;
        begin(&talk, TRANSPORT_TCP, 0);
        talk.flow.syn_seen = kind != 0;
        talk.flow.client = kind == 1 ? SERVER : CLIENT;
        if (kind == 2) {
            conversation_say(&talk, SERVER, "220 mail.example ESMTP\r\n", 24, FEED_WHOLE);
        }
        watch(&talk, 3, 148, 52, 10, FEED_WHOLE);
        if (kind == 3) {
            const struct step lost = LOSES(SERVER, 52);
            conversation_step(&talk, &lost, FEED_WHOLE);
        }
        watch(&talk, 6, 148, 52, 10, FEED_WHOLE);
        card_finish(&talk, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length), cmocka_unit_test(test_looks),      cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_stream), cmocka_unit_test(test_stream_end), cmocka_unit_test(test_law),
        cmocka_unit_test(test_prefix), cmocka_unit_test(test_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
