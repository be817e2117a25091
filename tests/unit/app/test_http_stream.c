/* Transport streams in answers: told once, known again, whatever way they come. */
#include "tests/unit/app/answers.h"
#include "tests/unit/app/test_mpegts_help.h"

#define TS_HEAD "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n"

static uint64_t count_of(const struct conversation *talk, enum app_counter counter)
{
    return counter_get(talk->counters, counter);
}

static void a_finite_stream_is_told_once(void **state)
{
    (void)state;
    static const unsigned tenths[] = {3, 10, 30};
    static const char *const briefs[] = {"T1 Nord/Nord TV 1504\nE1 75764 complete\n",
                                         "T1 Nord/Nord TV 1504\nE1 207364 complete\n",
                                         "T1 Nord/Nord TV 1504\nE1 583364 complete\n"};
    for (size_t i = 0; i < ARRAY_COUNT(tenths); i++) {
        struct mux mux = mux_make(0, 0);
        mux_usual(&mux, tenths[i]);
        struct conversation talk;
        char length[64];
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", mux.out.len);
        check_answer(&talk, length, buf_slice(&mux.out), as_is);
        assert_true(slice_ends(buf_slice(&talk.brief), slice_text(briefs[i])));
        assert_int_equal(count_of(&talk, APP_STREAMS), 1);
        conversation_free(&talk);
        buf_free(&mux.out);
    }
}

static void a_packed_or_chunked_stream_is_read(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 3);
    struct buf packed = pack(buf_slice(&mux.out), PACK_GZIP);
    struct conversation talk;
    check_answer(&talk, "Content-Encoding: gzip\r\n", buf_slice(&packed), as_is);
    assert_true(was_told(&talk, "stream packets=403 program=7 described=1"));
    conversation_free(&talk);

    struct buf chunks = buf_make(SIZE_MAX);
    struct slice rest = buf_slice(&mux.out);
    while (rest.len > 0) {
        struct slice part = slice_part(rest, 0, 1000);
        buf_append_format(&chunks, "%zx\r\n", part.len);
        buf_append(&chunks, part);
        buf_append_text(&chunks, "\r\n");
        rest = slice_from(rest, part.len);
    }
    buf_append_text(&chunks, "0\r\n\r\n");
    check_answer(&talk, "Transfer-Encoding: chunked\r\n", buf_slice(&chunks), as_is);
    assert_true(was_told(&talk, "stream packets=403 program=7 described=1"));
    conversation_free(&talk);
    buf_free(&chunks);
    buf_free(&packed);
    buf_free(&mux.out);
}

static void an_endless_stream_is_skipped_once_told(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 30);
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    conversation_say(&talk, SERVER, TS_HEAD "\r\n", sizeof TS_HEAD + 1, FEED_WHOLE);
    size_t said = 0;
    while (!talk.ignored[SERVER]) {
        conversation_say(&talk, SERVER, mux.out.data + said, 1316, FEED_WHOLE);
        said += 1316;
    }
    assert_in_range(said, 1000 * 188, 1020 * 188);
    conversation_end(&talk);
    assert_true(was_told(&talk, "described=1 clock=1000000"));
    assert_int_equal(count_of(&talk, APP_STREAMS), 1);
    conversation_free(&talk);
    buf_free(&mux.out);
}

static void a_gap_does_not_end_the_reading(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_content(&mux, VIDEO_PID, 0, 20);
    size_t lost = mux.out.len;
    mux_usual(&mux, 3);
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    conversation_say(&talk, SERVER, TS_HEAD "\r\n", sizeof TS_HEAD + 1, FEED_WHOLE);
    conversation_say(&talk, SERVER, mux.out.data, 2000, FEED_WHOLE);
    const struct step gap = LOSES(SERVER, lost - 2000 - 100);
    conversation_step(&talk, &gap, FEED_WHOLE);
    conversation_say(&talk, SERVER, mux.out.data + lost - 100, mux.out.len - lost + 100, FEED_WHOLE);
    conversation_end(&talk);
    assert_true(was_told(&talk, "described=1"));
    conversation_free(&talk);
    buf_free(&mux.out);
}

/* A segment in a connection of its own; returns after how many of its bytes it was told. */
static size_t fetch(struct conversation *talk, const char *path, struct slice body)
{
    struct buf request = buf_make(SIZE_MAX);
    buf_append_format(&request, "GET %s HTTP/1.1\r\nHost: h.example\r\n\r\n", path);
    char head[128];
    snprintf(head, sizeof head, TS_HEAD "Content-Length: %zu\r\n\r\n", body.len);
    conversation_say(talk, CLIENT, request.data, request.len, FEED_WHOLE);
    conversation_say(talk, SERVER, head, strlen(head), FEED_WHOLE);
    uint64_t before = count_of(talk, APP_STREAMS);
    size_t at = SIZE_MAX;
    for (size_t said = 0; said < body.len; said += 188) {
        struct slice part = slice_part(body, said, 188);
        conversation_say(talk, SERVER, part.data, part.len, FEED_WHOLE);
        at = at == SIZE_MAX && count_of(talk, APP_STREAMS) > before ? said + part.len : at;
    }
    conversation_end(talk);
    assert_int_equal(count_of(talk, APP_STREAMS), before + 1);
    buf_free(&request);
    talk->ignored[CLIENT] = talk->ignored[SERVER] = false;
    return at;
}

static void segments_of_a_known_stream_are_not_read(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 20);
    struct slice segment = buf_slice(&mux.out);
    struct conversation talk;
    conversation_begin(&talk);
    assert_true(fetch(&talk, "/nord/1.ts", segment) > 180000);
    assert_int_equal(fetch(&talk, "/other/2.ts", segment), 6 * 188); /* with what shows its kind */
    assert_int_equal(count_of(&talk, APP_STREAMS_KNOWN), 1);
    assert_true(slice_ends(buf_slice(&talk.brief), slice_text("T1 Nord/Nord TV 1504\nE1 395364 complete\n")));
    talk.now_us += 601 * TIME_SECOND; /* forgotten */
    assert_true(fetch(&talk, "/nord/3.ts", segment) > 180000);
    talk.flow.ends[SERVER].port = 81; /* another server's */
    assert_true(fetch(&talk, "/nord/3.ts", segment) > 180000);
    talk.flow.shard = 8; /* another shard knows nothing of it */
    assert_true(fetch(&talk, "/nord/4.ts", segment) > 180000);
    conversation_free(&talk);
    buf_free(&mux.out);
}

/* Without an SDT, streams are told from one another by their folder. */
static void nameless_streams_are_known_by_their_folder(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_pat(&mux);
    mux_pmt(&mux, slice_make(NULL, 0));
    for (unsigned i = 0; i <= 30; i++) {
        mux_clock(&mux, VIDEO_PID, i * UINT64_C(2700000), 0);
        mux_content(&mux, VIDEO_PID, 0, 99);
    }
    struct slice segment = buf_slice(&mux.out);
    struct conversation talk;
    conversation_begin(&talk);
    assert_int_equal(fetch(&talk, "/nord/1.ts?t=1", segment), segment.len);
    assert_int_equal(fetch(&talk, "/nord/2.ts?t=/x/", segment), 6 * 188);
    assert_int_equal(fetch(&talk, "/west/2.ts", segment), segment.len);
    assert_int_equal(count_of(&talk, APP_STREAMS_KNOWN), 1);
    conversation_free(&talk);
    buf_free(&mux.out);
}

static void the_oldest_known_stream_is_forgotten(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.settings.known_streams = 2 * FLOW_SHARDS;
    for (unsigned i = 0; i < 4; i++) {
        struct mux mux = mux_make(0, 0);
        mux_usual(&mux, 12);
        talk.flow.ends[SERVER].port = (uint16_t)(80 + i % 3);
        (void)fetch(&talk, "/1.ts", buf_slice(&mux.out));
        buf_free(&mux.out);
    }
    assert_int_equal(count_of(&talk, APP_STREAMS_KNOWN), 0);
    assert_int_equal(count_of(&talk, APP_KNOWN_STREAMS_FULL), 2);
    conversation_free(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finite_stream_is_told_once),
        cmocka_unit_test(a_packed_or_chunked_stream_is_read),
        cmocka_unit_test(an_endless_stream_is_skipped_once_told),
        cmocka_unit_test(a_gap_does_not_end_the_reading),
        cmocka_unit_test(segments_of_a_known_stream_are_not_read),
        cmocka_unit_test(nameless_streams_are_known_by_their_folder),
        cmocka_unit_test(the_oldest_known_stream_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
