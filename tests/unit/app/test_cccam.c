/* CCcam: marks of a greeting, the answer to it, and what follows, in any split. */
#include "tests/unit/app/conversation.h"

#include "daemon/app/cccam_priv.h"

/* signatures.md, 6.1, 3b: computed twice, independently. */
static const uint8_t vector_greeting[CCCAM_GREETING_BYTES] = {1, 2,  3,  4,  5,  6,  7,  8,
                                                              9, 10, 11, 12, 15, 18, 21, 24};
static const uint8_t vector_answer[CCCAM_ANSWER_BYTES] = {0xe7, 0x0b, 0x51, 0xa3, 0x02, 0xba, 0xff,
                                                          0x4e, 0xf1, 0x6f, 0xcb, 0x5e, 0x0a, 0x18,
                                                          0xab, 0x71, 0x4b, 0x27, 0xa6, 0x7f};

static void test_vector(void **state)
{
    (void)state;
    uint8_t answer[CCCAM_ANSWER_BYTES];
    assert_true(cccam_greeting_marked(vector_greeting));
    cccam_expected_answer(vector_greeting, answer);
    assert_memory_equal(answer, vector_answer, sizeof answer);
}

/* Each mark is enough, and each bit of it is asked for. */
static void test_marks(void **state)
{
    (void)state;
    uint8_t greeting[CCCAM_GREETING_BYTES] = {200, 3, 77, 250, 91, 1, 0, 255, 13, 8, 8, 100, 9, 200, 0, 0};
    unsigned sum = 0x1234;
    for (unsigned i = 0; i < 14; i++) {
        sum += greeting[i];
    }
    greeting[14] = (uint8_t)(sum >> 8);
    greeting[15] = (uint8_t)sum;
    assert_true(cccam_greeting_marked(greeting));
    for (unsigned bit = 0; bit < 8 * sizeof greeting; bit++) {
        greeting[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(cccam_greeting_marked(greeting));
        greeting[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    memcpy(greeting, vector_greeting, sizeof greeting);
    for (unsigned bit = 0; bit < 8 * sizeof greeting; bit++) {
        greeting[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(cccam_greeting_marked(greeting));
        greeting[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void say_bytes(struct conversation *talk, unsigned side, size_t len, unsigned feed)
{
    static uint8_t bytes[4096];
    assert_true(len <= sizeof bytes);
    conversation_say(talk, side, bytes, len, feed);
}

static void wait_seconds(struct conversation *talk, int64_t seconds)
{
    talk->now_us += seconds * TIME_SECOND;
}

static void greet(struct conversation *talk, unsigned feed)
{
    conversation_begin(talk);
    talk->random = feed;
    conversation_say(talk, SERVER, vector_greeting, sizeof vector_greeting, feed);
}

static void log_in(struct conversation *talk, unsigned feed)
{
    greet(talk, feed);
    conversation_say(talk, CLIENT, vector_answer, sizeof vector_answer, feed);
    say_bytes(talk, CLIENT, 20, feed);
    say_bytes(talk, CLIENT, 6, feed);
}

static void exchange(struct conversation *talk, size_t asked, size_t told, unsigned feed)
{
    say_bytes(talk, CLIENT, asked, feed);
    say_bytes(talk, SERVER, told, feed);
}

static void watch(struct conversation *talk, unsigned exchanges, int64_t seconds, unsigned feed)
{
    for (unsigned i = 0; i < exchanges; i++) {
        exchange(talk, 137, 20, feed);
        wait_seconds(talk, seconds);
    }
}

static void finish(struct conversation *talk, const char *expected)
{
    conversation_end(talk);
    assert_text(&talk->brief, expected);
    conversation_free(talk);
}

#define ALL "signs cccam-answer\nsigns cccam-accepted\nsigns cccam-cadence\n"

static void test_session(void **state)
{
    (void)state;
    for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 12; feed++) {
        struct conversation talk;
        log_in(&talk, feed);
        say_bytes(&talk, SERVER, 20, feed);
        exchange(&talk, 97, 76, feed);
        say_bytes(&talk, SERVER, 200, feed); /* cards */
        wait_seconds(&talk, 3);
        watch(&talk, 3, 10, feed);
        assert_text(&talk.brief, "signs cccam-answer\nsigns cccam-accepted\n");
        watch(&talk, 2, 10, feed);
        assert_true(talk.ignored[CLIENT] || talk.ignored[SERVER]);
        assert_int_equal(counter_get(talk.counters, APP_SIGNS_TOLD), 3);
        finish(&talk, ALL);
    }
}

/* Who greets is the server, where no handshake has shown it. */
static void test_orientation(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.flow.orientation = ORIENTATION_GUESS;
    talk.flow.client = SERVER;
    talk.flow.syn_seen = false;
    conversation_say(&talk, SERVER, vector_greeting, sizeof vector_greeting, FEED_WHOLE);
    conversation_say(&talk, CLIENT, vector_answer, sizeof vector_answer, FEED_WHOLE);
    assert_int_equal(talk.flow.client, CLIENT);
    assert_int_equal(talk.flow.orientation, ORIENTATION_PAYLOAD);
    finish(&talk, "signs cccam-answer\n");
}

static void test_greeting_alone(void **state)
{
    (void)state;
    struct conversation talk;
    greet(&talk, FEED_WHOLE);
    finish(&talk, "");
    /* The client of a handshake greets nobody; neither does who speaks second. */
    for (unsigned second = 0; second < 2; second++) {
        conversation_begin(&talk);
        talk.flow.client = second ? CLIENT : SERVER;
        if (second) {
            conversation_say(&talk, CLIENT, "hello there", 11, FEED_WHOLE);
        }
        conversation_say(&talk, SERVER, vector_greeting, sizeof vector_greeting, FEED_WHOLE);
        conversation_say(&talk, CLIENT, vector_answer, sizeof vector_answer, FEED_WHOLE);
        finish(&talk, "");
    }
    /* One byte more or less is no greeting. */
    for (int more = -1; more <= 1; more += 2) {
        for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 4; feed++) {
            uint8_t greeting[17] = {0};
            memcpy(greeting, vector_greeting, 16);
            conversation_begin(&talk);
            conversation_say(&talk, SERVER, greeting, (size_t)(16 + more), feed);
            conversation_say(&talk, CLIENT, vector_answer, sizeof vector_answer, feed);
            finish(&talk, "");
        }
    }
}

/* Every bit of the answer counts. */
static void test_wrong_answer(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 160; bit++) {
        struct conversation talk;
        uint8_t answer[CCCAM_ANSWER_BYTES];
        memcpy(answer, vector_answer, sizeof answer);
        answer[bit / 8] ^= (uint8_t)(1U << bit % 8);
        greet(&talk, FEED_WHOLE);
        conversation_say(&talk, CLIENT, answer, sizeof answer, bit % 3);
        assert_true(talk.ignored[CLIENT]);
        say_bytes(&talk, CLIENT, 26, FEED_WHOLE);
        say_bytes(&talk, SERVER, 20, FEED_WHOLE);
        finish(&talk, "");
    }
}

/* A login that is refused, cut short or too long is none that was accepted. */
static void test_refused(void **state)
{
    (void)state;
    struct conversation talk;
    log_in(&talk, FEED_WHOLE);
    say_bytes(&talk, SERVER, 19, FEED_WHOLE);
    finish(&talk, "signs cccam-answer\n");
    greet(&talk, FEED_WHOLE);
    conversation_say(&talk, CLIENT, vector_answer, sizeof vector_answer, FEED_WHOLE);
    say_bytes(&talk, CLIENT, 25, FEED_WHOLE);
    say_bytes(&talk, SERVER, 20, FEED_WHOLE);
    finish(&talk, "signs cccam-answer\n");
    log_in(&talk, FEED_WHOLE);
    say_bytes(&talk, CLIENT, 1, FEED_WHOLE);
    say_bytes(&talk, SERVER, 20, FEED_WHOLE);
    finish(&talk, "signs cccam-answer\n");
}

struct pace_row {
    size_t asked, told;
    int64_t seconds;
    bool cadence;
};

static void test_pace(void **state)
{
    (void)state;
    static const struct pace_row rows[] = {
        {137, 20, 10, true},  {40, 20, 10, true},   {39, 20, 10, false},
        {300, 20, 10, true},  {301, 20, 10, false}, {137, 19, 10, false},
        {137, 21, 10, false}, {137, 20, 4, true},   {137, 20, 3, true}, /* every second one is a beat */
        {137, 20, 20, true},  {137, 20, 21, false}, {137, 20, 1, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct conversation talk;
        log_in(&talk, FEED_WHOLE);
        say_bytes(&talk, SERVER, 20, FEED_WHOLE);
        wait_seconds(&talk, 5);
        for (unsigned exchanges = 0; exchanges < 40; exchanges++) {
            exchange(&talk, rows[i].asked, rows[i].told, FEED_WHOLE);
            wait_seconds(&talk, rows[i].seconds);
        }
        finish(&talk, rows[i].cadence ? ALL : "signs cccam-answer\nsigns cccam-accepted\n");
    }
}

/* What comes many times a second is no cadence; nor is what nobody answers in time. */
static void test_no_pace(void **state)
{
    (void)state;
    struct conversation talk;
    log_in(&talk, FEED_WHOLE);
    say_bytes(&talk, SERVER, 20, FEED_WHOLE);
    for (unsigned i = 0; i < 600; i++) {
        exchange(&talk, 137, 20, FEED_WHOLE);
        talk.now_us += TIME_SECOND / 4;
    }
    finish(&talk, "signs cccam-answer\nsigns cccam-accepted\n");
    log_in(&talk, FEED_WHOLE);
    say_bytes(&talk, SERVER, 20, FEED_WHOLE);
    for (unsigned i = 0; i < 20; i++) {
        wait_seconds(&talk, 6);
        say_bytes(&talk, CLIENT, 137, FEED_WHOLE);
        wait_seconds(&talk, 4);
        say_bytes(&talk, SERVER, 20, FEED_WHOLE);
    }
    finish(&talk, "signs cccam-answer\nsigns cccam-accepted\n");
}

/* Gaps: before the acknowledgement nothing holds any more, behind it one exchange is lost. */
static void test_gaps(void **state)
{
    (void)state;
    struct conversation talk;
    const struct step lost[] = {LOSES(CLIENT, 5), LOSES(SERVER, 5)};
    for (unsigned side = 0; side < 2; side++) {
        log_in(&talk, FEED_WHOLE);
        conversation_step(&talk, &lost[side], FEED_WHOLE);
        say_bytes(&talk, SERVER, 20, FEED_WHOLE);
        finish(&talk, "signs cccam-answer\n");
        log_in(&talk, FEED_WHOLE);
        say_bytes(&talk, SERVER, 20, FEED_WHOLE);
        wait_seconds(&talk, 5);
        watch(&talk, 2, 10, FEED_WHOLE);
        conversation_step(&talk, &lost[side], FEED_WHOLE);
        watch(&talk, 4, 10, FEED_WHOLE);
        finish(&talk, ALL);
    }
}

/* Servers among themselves exchange so much that nobody counts it. */
static void test_much(void **state)
{
    (void)state;
    struct conversation talk;
    log_in(&talk, FEED_WHOLE);
    say_bytes(&talk, SERVER, 20, FEED_WHOLE);
    for (unsigned i = 0; i < 256 && !talk.ignored[SERVER]; i++) {
        say_bytes(&talk, SERVER, 4096, FEED_WHOLE);
        assert_int_equal(talk.ignored[SERVER], i == 255);
    }
    assert_true(talk.ignored[SERVER]);
    finish(&talk, "signs cccam-answer\nsigns cccam-accepted\n");
}

/* Rules of tcp see the first bytes of both sides once: nobody knew them when they came. */
static void test_first_bytes(void **state)
{
    (void)state;
    struct conversation talk;
    log_in(&talk, FEED_WHOLE);
    assert_text(&talk.unread, "unread 1 16\nunread 0 20\n");
    finish(&talk, "signs cccam-answer\n");
    conversation_begin(&talk);
    conversation_say(&talk, SERVER, "RFB 003.008\n", 12, FEED_WHOLE);
    assert_text(&talk.unread, "");
    conversation_say(&talk, CLIENT, "RFB 003.008\n", 12, FEED_WHOLE);
    assert_text(&talk.unread, "unread 1 12\nunread 0 12\n");
    assert_true(talk.ignored[CLIENT]);
    say_bytes(&talk, SERVER, 2, FEED_WHOLE);
    assert_true(talk.ignored[SERVER]);
    assert_text(&talk.unread, "unread 1 12\nunread 0 12\n");
    assert_null(flow_inspection(&talk.flow));
    finish(&talk, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),         cmocka_unit_test(test_marks),
        cmocka_unit_test(test_session),        cmocka_unit_test(test_orientation),
        cmocka_unit_test(test_greeting_alone), cmocka_unit_test(test_wrong_answer),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_no_pace),        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_much),           cmocka_unit_test(test_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
