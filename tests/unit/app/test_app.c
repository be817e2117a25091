/* The inspector: recognising protocols, memory, ticks, options. */
#include "tests/unit/app/conversation.h"

#define GET_A "GET /a HTTP/1.1\r\n\r\n"

static void say(struct conversation *talk, unsigned side, const char *text)
{
    conversation_say(talk, side, text, strlen(text), FEED_WHOLE);
}

static void test_recognised(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.flow.orientation = ORIENTATION_GUESS;
    talk.flow.client = SERVER;
    say(&talk, CLIENT, "GET /a HTTP/1.1");
    assert_false(inspector_recognised(&talk.flow)); /* could still be anything */
    assert_int_equal(talk.flow.client, SERVER);
    say(&talk, CLIENT, "\r\n");
    assert_true(inspector_recognised(&talk.flow));
    assert_int_equal(talk.flow.client, CLIENT);
    assert_int_equal(talk.flow.orientation, ORIENTATION_PAYLOAD);
    assert_int_equal(talk.flow.visibility, VISIBILITY_CLEAR);
    conversation_end(&talk);
    assert_true(inspector_recognised(&talk.flow));
    assert_int_equal(counter_get(talk.counters, APP_HTTP_FLOWS), 1);
    conversation_free(&talk);
}

/* An answer shows the client too: it is the other side. */
static void test_recognised_by_answer(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.flow.orientation = ORIENTATION_GUESS;
    talk.flow.client = SERVER;
    say(&talk, SERVER, "ICY 200 OK\r\n\r\n");
    assert_int_equal(talk.flow.client, CLIENT);
    conversation_end(&talk);
    conversation_free(&talk);
}

struct unknown_row {
    const char *first;
    const char *second; /* the slice that decides */
};

static void test_unknown(void **state)
{
    (void)state;
    static const struct unknown_row rows[] = {
        {NULL, "\x16\x03\x01\x02\x12\x01\x02\x02\x08\x03\x03\x11\x12\x13\x14\x15"},
        {NULL, "SSH-2.0-OpenSSH\r\n"},
        {NULL, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {"G", "ARBAGE"},
        {"GET / HTTP/1.1", "2\r\n"},
        {"OPTIONS rtp://h/ RT", "P/1.0\r\n"},
        {NULL, "OPTIONS sip:bob@h SIP/2.0\r\n"},
        {"HTTP/1.1 ", "is a protocol\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct conversation talk;
        conversation_begin(&talk);
        if (rows[i].first != NULL) {
            say(&talk, CLIENT, rows[i].first);
            assert_false(talk.unknown);
        }
        say(&talk, CLIENT, rows[i].second);
        assert_true(talk.unknown);
        assert_int_equal(inspector_memory(talk.inspector, talk.flow.shard), 0);
        assert_int_equal(counter_get(talk.counters, APP_UNKNOWN_FLOWS), 1);
        assert_int_equal(counter_get(talk.counters, APP_HTTP_FLOWS), 0);
        assert_int_equal(talk.flow.visibility, VISIBILITY_NOTHING);
        conversation_end(&talk);
        conversation_free(&talk);
    }
}

/* A start line of any length up to the cap, no byte more. */
static void test_start_line_cap(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct conversation talk;
        conversation_begin(&talk);
        talk.settings.http_header_bytes = 1024;
        struct buf line = buf_make(4096);
        buf_append_text(&line, "GET /");
        while (line.len < 1024 - strlen(" HTTP/1.1\r\n") + more) {
            buf_append_byte(&line, 'a');
        }
        buf_append_text(&line, " HTTP/1.1\r\n\r\n");
        conversation_say(&talk, CLIENT, line.data, line.len, FEED_WHOLE);
        assert_int_equal(talk.unknown, more == 1);
        assert_int_equal(counter_get(talk.counters, APP_HTTP_HEAD_CAP), 1); /* the last line is cut off */
        conversation_end(&talk);
        conversation_free(&talk);
        buf_free(&line);
    }
}

/* A head over its cap is cut; what follows it is still found. */
static void test_head_cap(void **state)
{
    (void)state;
    for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 4; feed++) {
        struct conversation talk;
        conversation_begin(&talk);
        talk.settings.http_header_bytes = 1024;
        talk.random = feed;
        struct buf head = buf_make(SIZE_MAX);
        buf_append_text(&head, "GET /a HTTP/1.1\r\nHost: h.example\r\n");
        for (int i = 0; i < 1000; i++) {
            buf_append_format(&head, "X-%d: y\r\n", i);
        }
        buf_append_text(&head, "\r\nGET /b HTTP/1.1\r\n\r\n");
        conversation_say(&talk, CLIENT, head.data, head.len, feed);
        conversation_end(&talk);
        assert_text(&talk.brief, "S1 GET /a -\nS2 GET /b -\n");
        assert_true(slice_find(buf_slice(&talk.told), slice_text(" host[9]=h.example ")) != SIZE_MAX);
        assert_true(slice_find(buf_slice(&talk.told), slice_text(" proxy=0 truncated=1")) != SIZE_MAX);
        assert_int_equal(counter_get(talk.counters, APP_HTTP_HEAD_CAP), 1);
        conversation_free(&talk);
        buf_free(&head);
    }
}

/* So long a flow without beginning is waited for. */
static void test_midstream_patience(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.flow.syn_seen = false;
    for (int i = 0; i < 63; i++) {
        say(&talk, SERVER, "part of a body");
        assert_false(talk.unknown);
    }
    say(&talk, SERVER, "part of a body");
    assert_true(talk.unknown);
    conversation_end(&talk);
    conversation_free(&talk);

    conversation_begin(&talk);
    talk.flow.syn_seen = false;
    static const char much[256 * 1024];
    conversation_say(&talk, SERVER, much, sizeof much - 1, FEED_WHOLE);
    assert_false(talk.unknown);
    say(&talk, SERVER, "x");
    assert_true(talk.unknown);
    conversation_end(&talk);
    conversation_free(&talk);
}

/* Flows are left out while the shard's share is used up, and taken again when it is free. */
static void test_memory_cap(void **state)
{
    (void)state;
    enum { FLOWS = 8 };
    struct conversation talk;
    conversation_begin(&talk);
    struct flow flows[FLOWS];
    struct flow_attachment kept[FLOWS] = {0};
    talk.settings.memory = 64;
    size_t open = 0;
    for (size_t i = 0; i < FLOWS; i++) {
        flows[i] = talk.flow;
        flow_attach(&flows[i], &kept[i]);
        talk.settings.memory = i < 4 ? UINT64_C(64) << 20 : 64;
        enum inspection answer =
            inspector_data(talk.inspector, &flows[i], CLIENT, slice_text("GET /"), talk.now_us);
        open += answer == INSPECTION_MORE;
        assert_int_equal(answer == INSPECTION_UNKNOWN, flow_inspection(&flows[i]) == NULL);
    }
    assert_int_equal(open, 4);
    assert_int_equal(counter_get(talk.counters, APP_MEMORY_CAP), 4);
    assert_int_equal(counter_get(talk.counters, APP_UNKNOWN_FLOWS), 0);
    for (size_t i = 0; i < FLOWS; i++) {
        inspector_flow_end(talk.inspector, &flows[i], talk.now_us);
    }
    assert_int_equal(inspector_memory(talk.inspector, talk.flow.shard), 0);
    talk.flow.shard++; /* another shard was never full */
    assert_int_equal(inspector_memory(talk.inspector, talk.flow.shard), 0);
    conversation_free(&talk);
}

/* The account follows what is held. */
static size_t parser_memory(void)
{
    static const struct hash_key key = {{1, 2}};
    struct credential_hashes none = {0, 0};
    struct m3u_parser *parser = m3u_create(&key, &none, NULL, NULL);
    size_t memory = m3u_memory(parser);
    m3u_free(parser);
    return memory;
}

static void test_memory_account(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    say(&talk, CLIENT, "G");
    size_t probing = inspector_memory(talk.inspector, talk.flow.shard);
    say(&talk, CLIENT, "ET /a HTTP/1.1\r\nX: ");
    size_t reading = inspector_memory(talk.inspector, talk.flow.shard);
    assert_true(probing < reading);
    say(&talk, CLIENT, "y\r\n\r\n");
    size_t waiting = inspector_memory(talk.inspector, talk.flow.shard);
    say(&talk, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n#EXTM3U\n");
    size_t answering = inspector_memory(talk.inspector, talk.flow.shard);
    assert_true(answering > waiting);
    static const char lines[20000];
    conversation_say(&talk, SERVER, lines, sizeof lines, FEED_WHOLE);
    assert_true(inspector_memory(talk.inspector, talk.flow.shard) > answering + parser_memory());
    conversation_say(&talk, SERVER, lines, 40000 - strlen("#EXTM3U\n") - sizeof lines, FEED_WHOLE);
    assert_true(inspector_memory(talk.inspector, talk.flow.shard) < reading);
    conversation_end(&talk);
    conversation_free(&talk);
}

static void note_flow(void *context, const struct app_event *event)
{
    struct buf *order = context;
    buf_append_format(order, "%u ", event->flow->ends[0].port);
}

/* A tick settles what is due, in the order of requests, of its shard only. */
static void test_tick(void **state)
{
    (void)state;
    enum { FLOWS = 6 };
    struct app_settings settings = {.http_header_bytes = 0};
    struct counter_cell counters[APP_COUNTERS_COUNT] = {{0}};
    struct buf order = buf_make(256);
    static const struct hash_key key = {{1, 2}};
    option_set_defaults(&app_options, &settings);
    struct inspector *inspector = inspector_create(&settings, &key, counters, note_flow, &order);
    struct flow flows[FLOWS];
    struct flow_attachment kept[FLOWS] = {0};
    int64_t begin = 50 * TIME_SECOND;
    for (unsigned i = 0; i < FLOWS; i++) {
        memset(&flows[i], 0, sizeof flows[i]);
        flow_attach(&flows[i], &kept[i]);
        flows[i].ends[0].port = (uint16_t)i;
        flows[i].shard = i == 2 ? 1 : 0;
        flows[i].syn_seen = true;
        flows[i].sides[SERVER].packets = i == 3 ? 0 : 1;
        (void)inspector_data(inspector, &flows[i], CLIENT, slice_text(GET_A), begin + i * TIME_SECOND);
    }
    /* The second one is answered in time, the last one asks again. */
    (void)inspector_data(inspector, &flows[1], SERVER, slice_text("HTTP/1.1 204 No\r\n\r\n"),
                         begin + TIME_SECOND);
    (void)inspector_data(inspector, &flows[5], CLIENT, slice_text(GET_A), begin + 6 * TIME_SECOND);
    assert_text(&order, "1 1 ");
    inspector_tick(inspector, 0, begin + 5 * TIME_SECOND - 1);
    assert_text(&order, "1 1 ");
    inspector_tick(inspector, 0, begin + 5 * TIME_SECOND);
    assert_text(&order, "1 1 0 ");
    size_t held = inspector_memory(inspector, 0);
    inspector_tick(inspector, 0, begin + 8 * TIME_SECOND);
    assert_text(&order, "1 1 0 3 ");
    assert_true(inspector_memory(inspector, 0) < held); /* nobody will show its answer */
    inspector_tick(inspector, 0, begin + 60 * TIME_SECOND);
    assert_text(&order, "1 1 0 3 4 5 5 ");
    inspector_tick(inspector, 1, begin + 60 * TIME_SECOND);
    assert_text(&order, "1 1 0 3 4 5 5 2 ");
    for (unsigned i = 0; i < FLOWS; i++) {
        inspector_flow_end(inspector, &flows[i], begin + 60 * TIME_SECOND);
    }
    assert_text(&order, "1 1 0 3 4 5 5 2 "); /* all were told */
    assert_int_equal(inspector_memory(inspector, 0), 0);
    assert_int_equal(inspector_memory(inspector, 1), 0);
    inspector_free(inspector);
    option_free(&app_options, &settings);
    buf_free(&order);
}

/* A connection closed by both sides holds nothing, long before the flow table forgets it. */
static void test_both_ended(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct conversation talk;
        conversation_begin(&talk);
        say(&talk, CLIENT, GET_A);
        say(&talk, SERVER, "HTTP/1.1 200 OK\r\n\r\nwithout length");
        inspector_end(talk.inspector, &talk.flow, first, talk.now_us);
        assert_non_null(flow_inspection(&talk.flow));
        inspector_end(talk.inspector, &talk.flow, first ^ 1, talk.now_us);
        assert_null(flow_inspection(&talk.flow));
        assert_int_equal(inspector_memory(talk.inspector, talk.flow.shard), 0);
        assert_int_equal(counter_get(talk.counters, APP_HTTP_PAIRED), 1);
        assert_text(&talk.brief, "S1 GET /a 200 text\nE1 14 complete\n");
        conversation_end(&talk);
        conversation_free(&talk);
    }
}

/* Nothing of a flow without payload. */
static void test_nothing(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    assert_int_equal(inspector_data(talk.inspector, &talk.flow, CLIENT, slice_make(NULL, 0), talk.now_us),
                     INSPECTION_MORE);
    assert_null(flow_inspection(&talk.flow));
    inspector_end(talk.inspector, &talk.flow, CLIENT, talk.now_us);
    conversation_end(&talk);
    inspector_free(NULL);
    conversation_free(&talk);
}

static void test_defaults(void **state)
{
    (void)state;
    struct app_settings settings = {.http_header_bytes = 0};
    option_set_defaults(&app_options, &settings);
    assert_int_equal(settings.http_header_bytes, 64 * 1024);
    assert_int_equal(settings.http_headers, 128);
    assert_int_equal(settings.uri_bytes, 8 * 1024);
    assert_int_equal(settings.body_prefix, 16 * 1024);
    assert_int_equal(settings.request_body, 4 * 1024);
    assert_int_equal(settings.pipeline_depth, 32);
    assert_int_equal(settings.inflate_bytes, 256 << 20);
    assert_int_equal(settings.inflate_ratio, 200);
    assert_int_equal(settings.document_bytes, 256 << 20);
    assert_int_equal(settings.memory, 512 << 20);
    assert_int_equal(settings.answer_timeout, 5 * TIME_SECOND);
    for (size_t i = 0; i < app_options.count; i++) {
        assert_non_null(strchr(app_options.rows[i].help, '.'));
    }
    option_free(&app_options, &settings);
}

#define NOISE "\x9a\x17\xe4\x52\xc1\x0b\xf3\x88\x2d\x71\xb6\x5e\x03\xd9\xaa\x44\x90\x1f\xe2\x67"
#define FOUND "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

/* Who only watches hides the flow from nobody: neither from the other side's messages nor from its own. */
static void test_watched(void **state)
{
    (void)state;
    static const struct talk_row rows[] = {
        {"noise, then an answer",
         {SAYS(CLIENT, NOISE), SAYS(SERVER, FOUND)},
         "S1 ? 200 json\nE1 2 complete\n",
         false},
        {"an answer around it",
         {SAYS(SERVER, "HTTP/"), SAYS(CLIENT, NOISE),
          SAYS(SERVER, "1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")},
         "S1 ? 200 json\nE1 2 complete\n",
         false},
        {"a greeting, then HTTP all the same",
         {SAYS(SERVER, "hello"), SAYS(CLIENT, GET_A), SAYS(SERVER, FOUND)},
         "S1 GET /a 200 json\nE1 2 complete\n",
         false},
        {"sixteen bytes with CCcam's mark, then HTTP",
         {SAYS(SERVER, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0f\x12\x15\x18"),
          SAYS(CLIENT, GET_A)},
         "S1 GET /a -\n",
         false},
        {"fourteen bytes, a frame's length, and no frames",
         {SAYS(SERVER, "0123456789abcd"), SAYS(CLIENT, "\x00\x10" NOISE NOISE NOISE), SAYS(SERVER, FOUND)},
         "",
         false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        check_talk(&rows[i]);
    }
}

/* Their first bytes are told to rules once, in whatever pieces they come. */
static void test_unread(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    say(&talk, SERVER, "220 ");
    say(&talk, SERVER, "ready when you are\r\n");
    assert_text(&talk.unread, "unread 1 4\n");
    say(&talk, CLIENT, "EHLO me.example\r\n");
    assert_text(&talk.unread, "unread 1 4\nunread 0 17\n");
    conversation_end(&talk);
    conversation_free(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recognised), cmocka_unit_test(test_recognised_by_answer),
        cmocka_unit_test(test_unknown),    cmocka_unit_test(test_start_line_cap),
        cmocka_unit_test(test_head_cap),   cmocka_unit_test(test_midstream_patience),
        cmocka_unit_test(test_memory_cap), cmocka_unit_test(test_memory_account),
        cmocka_unit_test(test_tick),       cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_watched),    cmocka_unit_test(test_unread),
        cmocka_unit_test(test_defaults),   cmocka_unit_test(test_both_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
