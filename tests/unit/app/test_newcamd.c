/* newcamd: the greeting, the frames' law, their order and sizes, the cadence, in any split. */
#include "tests/unit/app/card_talk.h"

#include "daemon/app/newcamd_priv.h"

/* A frame of `size` bytes with its length. */
static void frame(struct conversation *talk, unsigned side, size_t size, unsigned feed)
{
    uint8_t bytes[1024];
    card_fill(talk, bytes, size);
    bytes[0] = (uint8_t)((size - 2) >> 8);
    bytes[1] = (uint8_t)(size - 2);
    conversation_say(talk, side, bytes, size, feed);
}

static void greet(struct conversation *talk, size_t len, unsigned feed)
{
    conversation_begin(talk);
    talk->random = feed;
    card_say(talk, SERVER, len, feed);
}

static void log_in(struct conversation *talk, unsigned feed)
{
    greet(talk, 14, feed);
    frame(talk, CLIENT, 82, feed);
    frame(talk, SERVER, 26, feed);
    frame(talk, CLIENT, 26, feed);
    frame(talk, SERVER, 58, feed);
}

static void watch(struct conversation *talk, unsigned exchanges, size_t asked, size_t told, int64_t seconds,
                  unsigned feed)
{
    for (unsigned i = 0; i < exchanges; i++) {
        frame(talk, CLIENT, asked, feed);
        card_wait(talk, 200);
        frame(talk, SERVER, told, feed);
        card_wait(talk, 1000 * seconds - 200);
    }
}

static void test_length(void **state)
{
    (void)state;
    for (unsigned length = 0; length < 65536; length++) {
        assert_int_equal(newcamd_length_fits(length), length % 8 == 0 && length >= 16 && length <= 496);
    }
}

static void test_session(void **state)
{
    (void)state;
    for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 12; feed++) {
        struct conversation talk;
        log_in(&talk, feed);
        assert_text(&talk.brief, "signs newcamd-login\n");
        watch(&talk, 3, 162, 42, 10, feed);
        frame(&talk, CLIENT, 26, feed); /* keep-alive */
        frame(&talk, SERVER, 26, feed);
        watch(&talk, 3, 162, 42, 10, feed);
        assert_true(talk.ignored[SERVER]);
        card_finish(&talk, "signs newcamd-login\nsigns newcamd-cadence\n");
    }
}

/* Several frames in one slice, the last of them cut. */
static void test_joined(void **state)
{
    (void)state;
    struct conversation talk;
    greet(&talk, 14, FEED_WHOLE);
    frame(&talk, CLIENT, 66, FEED_WHOLE);
    frame(&talk, SERVER, 26, FEED_WHOLE);
    frame(&talk, CLIENT, 26, FEED_WHOLE);
    uint8_t bytes[26 + 42];
    card_fill(&talk, bytes, sizeof bytes);
    bytes[0] = bytes[42] = 0;
    bytes[1] = 40;
    bytes[43] = 24;
    conversation_say(&talk, SERVER, bytes, 41, FEED_WHOLE);
    assert_text(&talk.brief, "");
    conversation_say(&talk, SERVER, bytes + 41, sizeof bytes - 41, FEED_WHOLE);
    assert_text(&talk.brief, "signs newcamd-login\n");
    assert_false(talk.ignored[SERVER]);
    card_finish(&talk, "signs newcamd-login\n");
}

/* Greetings of other sizes are other protocols'. */
static void test_greeting(void **state)
{
    (void)state;
    for (size_t len = 1; len < 40; len++) {
        for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 2; feed++) {
            struct conversation talk;
            greet(&talk, len, feed);
            frame(&talk, CLIENT, 82, feed);
            frame(&talk, SERVER, 26, feed);
            frame(&talk, CLIENT, 26, feed);
            frame(&talk, SERVER, 58, feed);
            card_finish(&talk, len == 14 ? "signs newcamd-login\n" : "");
        }
    }
}

struct order_row {
    unsigned side;
    size_t size;
};

/* Each frame of the login in another size or direction. */
static void test_order(void **state)
{
    (void)state;
    static const struct order_row right[] = {{CLIENT, 82}, {SERVER, 26}, {CLIENT, 26}, {SERVER, 58}};
    static const size_t wrong[][2] = {{50, 138}, {18, 34}, {18, 34}, {26, 34}};
    for (size_t i = 0; i < ARRAY_COUNT(right); i++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            struct conversation talk;
            greet(&talk, 14, FEED_WHOLE);
            for (size_t j = 0; j < ARRAY_COUNT(right); j++) {
                size_t size = j == i && kind < 2 ? wrong[i][kind] : right[j].size;
                frame(&talk, j == i && kind == 2 ? right[j].side ^ 1 : right[j].side, size, FEED_WHOLE);
            }
            card_finish(&talk, "");
        }
    }
}

static void test_pace(void **state)
{
    (void)state;
    static const struct {
        size_t asked, told;
        int64_t seconds;
        bool cadence;
    } rows[] = {{162, 42, 10, true},  {58, 42, 10, true},  {50, 42, 10, false}, {162, 50, 10, false},
                {162, 26, 10, false}, {162, 42, 1, false}, {162, 42, 30, false}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct conversation talk;
        log_in(&talk, FEED_WHOLE);
        watch(&talk, 40, rows[i].asked, rows[i].told, rows[i].seconds, FEED_WHOLE);
        card_finish(&talk, rows[i].cadence ? "signs newcamd-login\nsigns newcamd-cadence\n"
                                           : "signs newcamd-login\n");
    }
}

/* A frame that breaks the law, or a gap, ends it. */
static void test_lost(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        struct conversation talk;
        log_in(&talk, FEED_WHOLE);
        watch(&talk, 3, 162, 42, 10, FEED_WHOLE);
        if (kind == 0) {
            frame(&talk, CLIENT, 161, FEED_WHOLE);
        } else {
            const struct step lost = LOSES(SERVER, 42);
            conversation_step(&talk, &lost, FEED_WHOLE);
        }
        assert_true(talk.ignored[kind == 0 ? CLIENT : SERVER]);
        watch(&talk, 6, 162, 42, 10, FEED_WHOLE);
        card_finish(&talk, "signs newcamd-login\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length),   cmocka_unit_test(test_session), cmocka_unit_test(test_joined),
        cmocka_unit_test(test_greeting), cmocka_unit_test(test_order),   cmocka_unit_test(test_pace),
        cmocka_unit_test(test_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
