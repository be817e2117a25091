/* RTSP: heads, bodies, interleaved data, in any split; which flow is a sign. */
#include "tests/unit/app/conversation.h"

#include "daemon/app/rtsp_priv.h"

#define URL        "rtsp://tv.example:554/ch12?user=x"
#define SDP        "v=0\r\nm=video 0 RTP/AVP 33\r\na=control:track1\r\n"
#define CAMERA_SDP "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"

#define OPTIONS  SAYS(CLIENT, "OPTIONS " URL " RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: LibVLC/3.0.18\r\n\r\n")
#define DESCRIBE SAYS(CLIENT, "DESCRIBE " URL " RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n")
#define SETUP                                                                                                \
    SAYS(CLIENT, "SETUP " URL "/track1 RTSP/1.0\r\nCSeq: 3\r\nTransport: "                                   \
                 "RTP/AVP/TCP;interleaved=0-1\r\n\r\n")
#define PLAY  SAYS(CLIENT, "PLAY " URL "/ RTSP/1.0\r\nCSeq: 4\r\nSession: 77\r\nRange: npt=0.000-\r\n\r\n")
#define OK(n) SAYS(SERVER, "RTSP/1.0 200 OK\r\nCSeq: " #n "\r\n\r\n")
#define DESCRIBED(sdp)                                                                                       \
    SAYS(SERVER,                                                                                             \
         "RTSP/1.0 200 OK\r\ncseq:2\r\nContent-Type: application/sdp\r\nContent-length: 45\r\n\r\n" sdp)
#define PACKET SAYS(SERVER, "$\x00\x00\x05hello$\x01\x00\x00")

_Static_assert(sizeof SDP - 1 == 45, "the answer's length");

static const struct talk_row rows[] = {
    {"MPEG-TS by its description",
     {OPTIONS, OK(1), DESCRIBE, DESCRIBED(SDP), SETUP, OK(3), PLAY, OK(4), PACKET},
     "signs rtsp-accepted rtsp-mpegts " URL "\n",
     false},
    {"MPEG-TS by its transport",
     {DESCRIBE, SAYS(SERVER, "RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n"), SETUP,
      SAYS(SERVER, "RTSP/1.0 200 OK\r\nCSeq: 3\r\nTransport: MP2T/TCP;unicast\r\n\r\n"), PLAY, OK(4)},
     "signs rtsp-accepted rtsp-mpegts " URL "\n",
     false},
    {"a camera",
     {DESCRIBE, SAYS(SERVER, "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 51\r\n\r\n" CAMERA_SDP), SETUP,
      OK(3), PLAY, OK(4)},
     "signs rtsp-accepted " URL "\n",
     false},
    {"lines without carriage return, and empty ones between messages",
     {SAYS(CLIENT, "OPTIONS * RTSP/1.0\nCSeq: 1\n\n\r\n\nPLAY rtsp://h/1 RTSP/1.0\nCSeq: 9\n\n"),
      SAYS(SERVER, "RTSP/1.0 200 OK\nCSeq: 1\n\n\nRTSP/1.0 200 OK\nCSeq: 9\n\n")},
     "signs rtsp-accepted rtsp://h/1\n",
     false},
    {"a refusal, then with a password",
     {SAYS(CLIENT, "DESCRIBE rtsp://h/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
      SAYS(SERVER, "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n"),
      SAYS(CLIENT, "PLAY rtsp://h/1 RTSP/1.0\r\nCSeq: 2\r\n\r\n"),
      SAYS(SERVER, "RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n\r\n"),
      SAYS(CLIENT, "PLAY rtsp://h/1 RTSP/1.0\r\nCSeq: 3\r\n\r\n"), OK(3)},
     "signs rtsp-accepted rtsp://h/1\n",
     false},
    {"refused for good",
     {DESCRIBE, OK(2), PLAY, SAYS(SERVER, "RTSP/1.0 404 Not Found\r\nCSeq: 4\r\n\r\n")},
     "",
     false},
    {"answered by data alone", {PLAY, PACKET}, "signs rtsp-accepted " URL "/\n", false},
    {"another answer than that to PLAY", {PLAY, OK(3)}, "signs rtsp-play " URL "/\n", false},
    {"never played", {DESCRIBE, OK(2), SETUP, OK(3)}, "", false},
    {"somebody's own broadcast",
     {SAYS(CLIENT, "ANNOUNCE rtsp://h/live RTSP/1.0\r\nCSeq: 1\r\n\r\n"), OK(1),
      SAYS(CLIENT, "PLAY rtsp://h/live RTSP/1.0\r\nCSeq: 2\r\n\r\n"), OK(2)},
     "",
     false},
    {"a request of the server's between", /* its answer is not that to PLAY */
     {PLAY, SAYS(SERVER, "SET_PARAMETER rtsp://h/1 RTSP/1.0\r\nCSeq: 4\r\n\r\n"),
      SAYS(CLIENT, "RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n"), OK(4)},
     "signs rtsp-accepted " URL "/\n",
     false},
    {"a hole in the description",
     {DESCRIBE, SAYS(SERVER, "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 500\r\n\r\n" SDP),
      LOSES(SERVER, 454), SAYS(SERVER, "\n"), PLAY, OK(4)},
     "signs rtsp-accepted rtsp-mpegts " URL "\n",
     false},
    {"a hole between messages",
     {DESCRIBE, OK(2), LOSES(SERVER, 100), PLAY, OK(4)},
     "signs rtsp-play " URL "\n",
     false},
};

static void test_talks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        check_talk(&rows[i]);
    }
}

static void test_flow(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.flow.orientation = ORIENTATION_GUESS;
    talk.flow.client = CLIENT;
    const struct step answer = OK(1);
    conversation_step(&talk, &answer, FEED_WHOLE);
    assert_int_equal(talk.flow.client, CLIENT);
    assert_string_equal(inspector_protocol(&talk.flow), "rtsp");
    conversation_end(&talk);
    assert_string_equal(inspector_protocol(&talk.flow), "rtsp");
    assert_int_equal(counter_get(talk.counters, APP_RTSP_FLOWS), 1);
    conversation_free(&talk);
}

/* The claim of a client alone, after a while without an answer. */
static void test_client_half(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    const struct step steps[] = {PLAY, TICK(5),
                                 SAYS(CLIENT, "GET_PARAMETER rtsp://h/1 RTSP/1.0\r\nCSeq: 5\r\n\r\n")};
    conversation_step(&talk, &steps[0], FEED_WHOLE);
    conversation_step(&talk, &steps[1], FEED_WHOLE);
    assert_text(&talk.brief, "");
    conversation_step(&talk, &steps[2], FEED_WHOLE);
    assert_text(&talk.brief, "signs rtsp-play " URL "/\n");
    assert_true(talk.ignored[CLIENT]);
    conversation_end(&talk);
    conversation_free(&talk);
}

/* A head of the cap's size is read, one byte more ends it. */
static void test_cap(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct conversation talk;
        conversation_begin(&talk);
        talk.settings.command_bytes = 512;
        struct buf head = buf_make(4096);
        buf_append_text(&head, "PLAY rtsp://h/1 RTSP/1.0\r\nCSeq: 1\r\nX: ");
        while (head.len < 512 - 4 + more) {
            buf_append_byte(&head, 'x');
        }
        buf_append_text(&head, "\r\n\r\n");
        conversation_say(&talk, CLIENT, head.data, head.len, FEED_WHOLE);
        assert_int_equal(talk.unknown, more);
        assert_int_equal(counter_get(talk.counters, APP_COMMAND_CAP), more);
        conversation_end(&talk);
        assert_text(&talk.brief, more ? "" : "signs rtsp-play rtsp://h/1\n");
        conversation_free(&talk);
        buf_free(&head);
    }
}

static void test_heads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } heads[] = {
        {"PLAY rtsp://h/1 RTSP/1.0\r\n\r\n", true},
        {"PLAY rtsp://h/1 RTSP/2.0\r\n\r\n", false},
        {"PLAY rtsp://h/1 HTTP/1.1\r\n\r\n", false},
        {"play rtsp://h/1 RTSP/1.0\r\n\r\n", false},
        {" rtsp://h/1 RTSP/1.0\r\n\r\n", false},
        {"PLAY  RTSP/1.0\r\n\r\n", false},
        {"RTSP/1.0 200\r\n\r\n", true},
        {"RTSP/1.0 099 No\r\n\r\n", false},
        {"RTSP/1.0 2000 OK\r\n\r\n", false},
        {"RTSP/1.0\r\n\r\n", false},
        {"RTSP/1.0 200 OK\r\nCSeq: x\r\n\r\n", false},
        {"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++) {
        struct rtsp_message message;
        uint64_t length;
        assert_int_equal(rtsp_head_read(slice_text(heads[i].text), &message, &length), heads[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talks), cmocka_unit_test(test_flow),  cmocka_unit_test(test_client_half),
        cmocka_unit_test(test_cap),   cmocka_unit_test(test_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
