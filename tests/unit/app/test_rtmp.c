/* RTMP: the handshake, chunks in every form and split, commands, and what of a flow is a sign. */
#include "tests/unit/app/conversation.h"

#include "daemon/app/rtmp_priv.h"

enum { HANDSHAKE = 1536 };

static void put_be(struct buf *out, uint64_t value, size_t len)
{
    while (len-- > 0) {
        buf_append_byte(out, (uint8_t)(value >> (8 * len)));
    }
}

static void put_string(struct buf *out, const char *text)
{
    buf_append_byte(out, 2);
    put_be(out, strlen(text), 2);
    buf_append_text(out, text);
}

static void put_number(struct buf *out, uint64_t bits)
{
    buf_append_byte(out, 0);
    put_be(out, bits, 8);
}

static void put_pair(struct buf *out, const char *key, const char *text)
{
    put_be(out, strlen(key), 2);
    buf_append_text(out, key);
    put_string(out, text);
}

static void put_end(struct buf *out)
{
    put_be(out, 9, 3);
}

static struct buf command(const char *name)
{
    struct buf body = buf_make(1 << 16);
    put_string(&body, name);
    put_number(&body, UINT64_C(0x3ff0000000000000));
    return body;
}

static struct buf connect_command(const char *app, const char *tc_url)
{
    struct buf body = command("connect");
    buf_append_byte(&body, 3);
    if (app != NULL) {
        put_pair(&body, "app", app);
    }
    put_pair(&body, "flashVer", "LNX 9,0,124,2");
    if (tc_url != NULL) {
        put_pair(&body, "tcUrl", tc_url);
    }
    /* An object inside: its pairs are not connect's own. */
    put_be(&body, 5, 2);
    buf_append_text(&body, "inner");
    buf_append_byte(&body, 3);
    put_pair(&body, "tcUrl", "rtmp://elsewhere.example/x");
    put_end(&body);
    put_be(&body, 4, 2);
    buf_append_text(&body, "fpad");
    put_be(&body, 0x0100, 2);
    put_be(&body, 4, 2);
    buf_append_text(&body, "caps");
    put_number(&body, 0);
    put_end(&body);
    return body;
}

static struct buf stream_command(const char *name, const char *stream)
{
    struct buf body = command(name);
    buf_append_byte(&body, 5);
    put_string(&body, stream);
    put_number(&body, 0);
    return body;
}

static struct buf status_command(const char *code)
{
    struct buf body = command("onStatus");
    buf_append_byte(&body, 5);
    buf_append_byte(&body, 3);
    put_pair(&body, "level", "status");
    put_pair(&body, "code", code);
    put_pair(&body, "description", "words");
    put_end(&body);
    return body;
}

struct chunking {
    size_t size;
    uint32_t stream;
    bool extended;
};

static const struct chunking plain = {128, 3, false};

static void put_basic(struct buf *out, unsigned form, uint32_t stream)
{
    if (stream < 64) {
        buf_append_byte(out, (uint8_t)(form << 6 | stream));
    } else if (stream < 320) {
        buf_append_byte(out, (uint8_t)(form << 6));
        buf_append_byte(out, (uint8_t)(stream - 64));
    } else {
        buf_append_byte(out, (uint8_t)(form << 6 | 1));
        buf_append_byte(out, (uint8_t)((stream - 64) % 256));
        buf_append_byte(out, (uint8_t)((stream - 64) / 256));
    }
}

/* A message as chunks with a head of the first form, then of the last. Frees the body. */
static void put_message(struct buf *out, struct chunking how, uint8_t type, struct buf body)
{
    put_basic(out, 0, how.stream);
    put_be(out, how.extended ? 0xffffff : 7, 3);
    put_be(out, body.len, 3);
    buf_append_byte(out, type);
    put_be(out, 0x01000000, 4);
    if (how.extended) {
        put_be(out, 0x01020304, 4);
    }
    for (size_t at = 0; at < body.len; at += how.size) {
        if (at > 0) {
            put_basic(out, 3, how.stream);
            if (how.extended) {
                put_be(out, 0x01020304, 4);
            }
        }
        buf_append(out, slice_part(buf_slice(&body), at, how.size));
    }
    buf_free(&body);
}

static void put_handshake(struct buf *out, uint32_t version)
{
    buf_append_byte(out, 3);
    put_be(out, 0, 4);
    put_be(out, version, 4);
    for (unsigned i = 8; i < 2 * HANDSHAKE; i++) {
        buf_append_byte(out, (uint8_t)(i * 7));
    }
}

static void put_chunk_size(struct buf *out, struct chunking how, uint32_t size)
{
    struct buf body = buf_make(4);
    put_be(&body, size, 4);
    put_message(out, (struct chunking){how.size, 2, false}, RTMP_SET_CHUNK_SIZE, body);
}

static struct buf filler(size_t len)
{
    struct buf body = buf_make(len);
    for (size_t i = 0; i < len; i++) {
        buf_append_byte(&body, (uint8_t)(i * 13 + 3));
    }
    return body;
}

#define TC_URL "rtmp://panel.example:25462/live"
#define NAME   "4711?username=u5er&password=pa55"

struct talk {
    struct conversation talk;
    unsigned feed;
};

static void begin(struct talk *talk, unsigned feed)
{
    conversation_begin(&talk->talk);
    talk->talk.random = feed;
    talk->feed = feed;
}

static void say(struct talk *talk, unsigned side, struct buf *bytes)
{
    conversation_say(&talk->talk, side, bytes->data, bytes->len, talk->feed);
    buf_free(bytes);
}

static void finish(struct talk *talk, const char *expected)
{
    conversation_end(&talk->talk);
    assert_text(&talk->talk.brief, expected);
    conversation_free(&talk->talk);
}

/* Handshake and connect, up to what the client asks for. */
static void open_session(struct talk *talk, struct chunking how)
{
    struct buf client = buf_make(1 << 20);
    put_handshake(&client, 0x09007c02);
    put_message(&client, how, RTMP_COMMAND, connect_command("live", TC_URL));
    say(talk, CLIENT, &client);
    struct buf server = buf_make(1 << 20);
    put_handshake(&server, 0x0d0e0a0d);
    put_message(&server, (struct chunking){128, 2, false}, 5, filler(4));
    put_chunk_size(&server, plain, 4096);
    struct buf result = command("_result");
    buf_append_byte(&result, 3);
    put_pair(&result, "fmsVer", "FMS/3,0,1,123");
    put_end(&result);
    buf_append_byte(&result, 3);
    put_pair(&result, "level", "status");
    put_pair(&result, "code", "NetConnection.Connect.Success");
    put_end(&result);
    put_message(&server, (struct chunking){4096, 3, false}, RTMP_COMMAND, result);
    say(talk, SERVER, &server);
}

static void ask(struct talk *talk, const char *name, const char *stream)
{
    struct buf client = buf_make(1 << 20);
    put_message(&client, plain, RTMP_COMMAND, command("createStream"));
    put_message(&client, (struct chunking){128, 8, false}, RTMP_COMMAND, stream_command(name, stream));
    say(talk, CLIENT, &client);
}

static void answer(struct talk *talk, const char *code)
{
    struct buf server = buf_make(1 << 20);
    put_message(&server, (struct chunking){4096, 5, false}, RTMP_COMMAND, status_command(code));
    say(talk, SERVER, &server);
}

#define ACCEPTED "signs rtmp-accepted " TC_URL "/" NAME "\n"

static void test_play(void **state)
{
    (void)state;
    for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 16; feed++) {
        struct talk talk;
        begin(&talk, feed);
        talk.talk.flow.orientation = ORIENTATION_GUESS;
        talk.talk.flow.client = SERVER;
        open_session(&talk, plain);
        assert_int_equal(talk.talk.flow.client, CLIENT);
        assert_string_equal(inspector_protocol(&talk.talk.flow), "rtmp");
        assert_true(inspector_recognised(&talk.talk.flow));
        ask(&talk, "play", NAME);
        answer(&talk, "NetStream.Play.Reset");
        assert_text(&talk.talk.brief, "");
        answer(&talk, "NetStream.Play.Start");
        assert_text(&talk.talk.brief, ACCEPTED);
        struct buf media = buf_make(1 << 20);
        put_message(&media, (struct chunking){4096, 6, false}, RTMP_VIDEO, filler(50000));
        say(&talk, SERVER, &media);
        assert_true(talk.talk.ignored[SERVER]);
        assert_int_equal(counter_get(talk.talk.counters, APP_RTMP_FLOWS), 1);
        finish(&talk, ACCEPTED);
    }
}

/* Every form of chunk heads says the same. */
static void test_chunks(void **state)
{
    (void)state;
    static const struct chunking forms[] = {{128, 3, false},  {128, 64, false},   {128, 319, false},
                                            {128, 320, true}, {128, 65599, true}, {128, 63, true}};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        for (unsigned feed = FEED_WHOLE; feed < FEED_RANDOM + 3; feed++) {
            struct talk talk;
            begin(&talk, feed);
            open_session(&talk, forms[i]);
            ask(&talk, "play", NAME);
            answer(&talk, "NetStream.Play.Start");
            finish(&talk, ACCEPTED);
        }
    }
}

/* Sizes change in the middle; messages of other chunk streams stand between the chunks of a command. */
static void test_interleaved(void **state)
{
    (void)state;
    for (size_t size = 1; size < 200; size += 37) {
        struct talk talk;
        begin(&talk, FEED_WHOLE);
        struct buf client = buf_make(1 << 20);
        put_handshake(&client, 0);
        struct buf connect = connect_command("live", TC_URL);
        size_t front = 128;
        put_basic(&client, 0, 3);
        put_be(&client, 0, 3);
        put_be(&client, connect.len, 3);
        buf_append_byte(&client, RTMP_COMMAND);
        put_be(&client, 0, 4);
        buf_append(&client, slice_part(buf_slice(&connect), 0, front));
        put_chunk_size(&client, plain, (uint32_t)size);
        put_message(&client, (struct chunking){size, 4, false}, RTMP_AUDIO, filler(300));
        for (size_t at = front; at < connect.len; at += size) {
            put_basic(&client, 3, 3);
            buf_append(&client, slice_part(buf_slice(&connect), at, size));
            put_message(&client, (struct chunking){size, 7, false}, RTMP_VIDEO, filler(size + 1));
        }
        buf_free(&connect);
        put_message(&client, (struct chunking){size, 8, false}, RTMP_COMMAND, stream_command("play", NAME));
        say(&talk, CLIENT, &client);
        struct buf server = buf_make(1 << 20);
        put_handshake(&server, 0);
        put_message(&server, plain, RTMP_COMMAND, status_command("NetStream.Play.Start"));
        say(&talk, SERVER, &server);
        finish(&talk, ACCEPTED);
    }
}

/* Heads of the second and third form, an aborted message, AMF3's command, a message without body. */
static void test_forms(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, FEED_BYTES);
    open_session(&talk, plain);
    struct buf client = buf_make(1 << 20);
    put_basic(&client, 0, 9); /* begins, and is aborted */
    put_be(&client, 0, 3);
    put_be(&client, 500, 3);
    buf_append_byte(&client, RTMP_COMMAND);
    put_be(&client, 0, 4);
    struct buf part = filler(128);
    buf_append(&client, buf_slice(&part));
    buf_free(&part);
    struct buf abort_body = buf_make(4);
    put_be(&abort_body, 9, 4);
    put_message(&client, (struct chunking){128, 2, false}, RTMP_ABORT, abort_body);
    put_message(&client, (struct chunking){128, 10, false}, 8, buf_make(1));
    struct buf play = buf_make(4096);
    buf_append_byte(&play, 0);
    struct buf amf0 = stream_command("play", NAME);
    buf_append(&play, buf_slice(&amf0));
    buf_free(&amf0);
    put_basic(&client, 1, 9); /* length and type anew, the same message stream */
    put_be(&client, 0, 3);
    put_be(&client, play.len, 3);
    buf_append_byte(&client, RTMP_COMMAND_AMF3);
    assert_true(play.len < 128);
    buf_append(&client, buf_slice(&play));
    put_basic(&client, 2, 9); /* length and type as before: asked for again */
    put_be(&client, 0, 3);
    buf_append(&client, buf_slice(&play));
    buf_free(&play);
    say(&talk, CLIENT, &client);
    answer(&talk, "NetStream.Play.Start");
    finish(&talk, "signs rtmp-play " TC_URL "/" NAME "\n" ACCEPTED);
}

/* A server that sends media accepts, whatever it says. */
static void test_media(void **state)
{
    (void)state;
    static const uint8_t types[] = {RTMP_AUDIO, RTMP_VIDEO, RTMP_AGGREGATE, 18};
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        struct talk talk;
        begin(&talk, FEED_WHOLE);
        open_session(&talk, plain);
        ask(&talk, "play", NAME);
        struct buf server = buf_make(1 << 20);
        put_message(&server, (struct chunking){4096, 6, false}, types[i], filler(900));
        say(&talk, SERVER, &server);
        finish(&talk, types[i] == 18 ? "signs rtmp-play " TC_URL "/" NAME "\n" : ACCEPTED);
    }
}

/* Broadcasts of one's own are no sign, whatever comes behind that. */
static void test_publish(void **state)
{
    (void)state;
    static const char *const words[] = {"publish", "releaseStream", "FCPublish"};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        struct talk talk;
        begin(&talk, FEED_WHOLE);
        open_session(&talk, plain);
        ask(&talk, words[i], "live_1234_key");
        assert_true(talk.talk.ignored[CLIENT]);
        answer(&talk, "NetStream.Publish.Start");
        assert_true(talk.talk.ignored[SERVER]);
        finish(&talk, "");
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const codes[] = {"NetStream.Play.StreamNotFound", "NetStream.Play.Failed",
                                        "NetStream.Play.UnpublishNotify"};
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        struct talk talk;
        begin(&talk, FEED_WHOLE);
        open_session(&talk, plain);
        ask(&talk, "play", NAME);
        answer(&talk, codes[i]);
        finish(&talk, "");
    }
    struct talk talk;
    begin(&talk, FEED_WHOLE);
    open_session(&talk, plain);
    ask(&talk, "play", NAME);
    struct buf server = buf_make(4096);
    put_message(&server, (struct chunking){4096, 3, false}, RTMP_COMMAND, command("_error"));
    say(&talk, SERVER, &server);
    finish(&talk, "");
}

/* A client alone makes a claim: at the flow's end, or when it has spoken for a while without an answer. */
static void test_client_half(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        struct talk talk;
        begin(&talk, FEED_WHOLE);
        struct buf client = buf_make(1 << 20);
        put_handshake(&client, 0);
        put_message(&client, plain, RTMP_COMMAND, connect_command("live", TC_URL));
        put_message(&client, plain, RTMP_COMMAND, stream_command("play", NAME));
        say(&talk, CLIENT, &client);
        assert_text(&talk.talk.brief, "");
        talk.talk.now_us += 5 * TIME_SECOND - 1 + late;
        struct buf more = buf_make(64);
        put_message(&more, (struct chunking){128, 2, false}, 3, filler(4));
        say(&talk, CLIENT, &more);
        assert_int_equal(talk.talk.brief.len > 0, late);
        finish(&talk, "signs rtmp-play " TC_URL "/" NAME "\n");
    }
}

static void test_url(void **state)
{
    (void)state;
    static const struct {
        const char *app, *tc_url, *name, *url;
    } rows[] = {
        {"live", NULL, "1", "/live/1"},
        {NULL, NULL, "1", "//1"},
        {NULL, "rtmp://203.0.113.9/live?token=x", "1", "rtmp://203.0.113.9/live?token=x/1"},
        {"a", "rtmp://h/a", "", "rtmp://h/a/"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        begin(&talk, FEED_WHOLE);
        struct buf client = buf_make(1 << 20);
        put_handshake(&client, 0);
        put_message(&client, plain, RTMP_COMMAND, connect_command(rows[i].app, rows[i].tc_url));
        put_message(&client, plain, RTMP_COMMAND, stream_command("play", rows[i].name));
        say(&talk, CLIENT, &client);
        char expected[128];
        snprintf(expected, sizeof expected, "signs rtmp-play %s\n", rows[i].url);
        finish(&talk, expected);
    }
}

/* A command over the cap is cut and counted once; what stands in its front is read. */
static void test_cap(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, FEED_WHOLE);
    talk.talk.settings.command_bytes = 512;
    struct buf client = buf_make(1 << 20);
    put_handshake(&client, 0);
    struct buf connect = connect_command("live", TC_URL);
    struct buf much = filler(5000);
    buf_append(&connect, buf_slice(&much));
    buf_free(&much);
    put_message(&client, plain, RTMP_COMMAND, connect);
    put_message(&client, plain, RTMP_COMMAND, stream_command("play", NAME));
    say(&talk, CLIENT, &client);
    assert_int_equal(counter_get(talk.talk.counters, APP_COMMAND_CAP), 1);
    assert_true(inspector_memory(talk.talk.inspector, talk.talk.flow.shard) < 16384);
    finish(&talk, "signs rtmp-play " TC_URL "/" NAME "\n");
}

/* What begins alike and is none: the flow is nobody's. */
static void test_other_protocols(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00", 19}, /* RDP */
        {"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02", 16},             /* S7 */
        {"\x03\x00\x01\x02\x08\x02\x12\x34\x05\x04\x03\x88\x93\xa5\x28\x0c", 16},             /* H.323 */
        {"\x03\x11\x22\x33\x44\x55\x66\x77\x88", 9},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (unsigned feed = FEED_WHOLE; feed <= FEED_BYTES; feed++) {
            struct talk talk;
            begin(&talk, feed);
            conversation_say(&talk.talk, CLIENT, rows[i].bytes, rows[i].len, feed);
            assert_int_equal(counter_get(talk.talk.counters, APP_RTMP_FLOWS), 0);
            assert_null(inspector_protocol(&talk.talk.flow));
            finish(&talk, "");
        }
    }
    /* The handshake of one, and no commands in chunks behind it. */
    struct talk talk;
    begin(&talk, FEED_WHOLE);
    struct buf client = buf_make(1 << 16);
    put_handshake(&client, 0);
    buf_append_text(&client, "\xc5no chunk at all");
    say(&talk, CLIENT, &client);
    assert_true(talk.talk.unknown);
    finish(&talk, "");
}

/* A hole in the handshake or in a picture is borne, one in a command is not. */
static void test_gaps(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, FEED_WHOLE);
    struct buf client = buf_make(1 << 20);
    put_handshake(&client, 0);
    put_message(&client, plain, RTMP_COMMAND, connect_command("live", TC_URL));
    put_message(&client, plain, RTMP_COMMAND, stream_command("play", NAME));
    struct slice all = buf_slice(&client);
    conversation_say(&talk.talk, CLIENT, all.data, 100, FEED_WHOLE);
    assert_int_equal(inspector_gap(talk.talk.inspector, &talk.talk.flow, CLIENT, 1000, talk.talk.now_us),
                     INSPECTION_MORE);
    struct slice rest = slice_from(all, 1100);
    conversation_say(&talk.talk, CLIENT, rest.data, rest.len, FEED_WHOLE);
    buf_free(&client);
    struct buf server = buf_make(1 << 20);
    put_handshake(&server, 0);
    put_message(&server, plain, RTMP_COMMAND, command("_result"));
    put_basic(&server, 0, 4);
    put_be(&server, 0, 3);
    put_be(&server, 1000, 3);
    buf_append_byte(&server, 18);
    put_be(&server, 0, 4);
    say(&talk, SERVER, &server);
    assert_int_equal(inspector_gap(talk.talk.inspector, &talk.talk.flow, SERVER, 127, talk.talk.now_us),
                     INSPECTION_MORE);
    assert_int_equal(inspector_gap(talk.talk.inspector, &talk.talk.flow, SERVER, 200, talk.talk.now_us),
                     INSPECTION_SKIP);
    finish(&talk, "signs rtmp-play " TC_URL "/" NAME "\n"); /* its answer can be read no more */
}

/* Chunk streams beyond the cap lose the bounds; so do sizes of nothing. */
static void test_bounds(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct talk talk;
        begin(&talk, FEED_WHOLE);
        open_session(&talk, plain);
        struct buf client = buf_make(1 << 20);
        if (kind == 0) {
            put_chunk_size(&client, plain, 0);
        } else if (kind == 1) {
            put_chunk_size(&client, plain, 0x80000001);
        }
        for (uint32_t stream = 10; kind == 2 && stream < 10 + RTMP_CHUNK_STREAMS; stream++) {
            put_message(&client, (struct chunking){128, stream, false}, RTMP_AUDIO, filler(9));
        }
        put_message(&client, plain, RTMP_COMMAND, stream_command("play", NAME));
        say(&talk, CLIENT, &client);
        assert_true(talk.talk.ignored[CLIENT]);
        assert_int_equal(counter_get(talk.talk.counters, APP_BOUNDS_LOST), 1);
        finish(&talk, "");
    }
}

static void test_commands(void **state)
{
    (void)state;
    struct rtmp_command read;
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } rows[] = {
        {"", 0, false},
        {"\x02", 1, false},
        {"\x02\x00\x04play", 7, false},
        {"\x02\x00\x04play\x00\0\0\0\0\0\0\0", 15, false},
        {"\x02\x00\x04play\x00\0\0\0\0\0\0\0\0", 16, true},
        {"\x02\x00\x00\x00\0\0\0\0\0\0\0\0", 12, false},
        {"\x02\xff\xffplay\x00\0\0\0\0\0\0\0\0", 16, false},
        {"\x00\0\0\0\0\0\0\0\0", 9, false},
        {"\x02\x00\x04play\x00\0\0\0\0\0\0\0\0\x03\x00\x01x\x0a", 21, true}, /* a type that nobody reads */
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(rtmp_command_read(slice_make(rows[i].bytes, rows[i].len), &read), rows[i].good);
    }
    /* Cut at every byte: never more than stands there. */
    struct buf whole = connect_command("live", TC_URL);
    for (size_t len = 0; len <= whole.len; len++) {
        uint8_t *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, whole.data, len);
        bool good = rtmp_command_read(slice_make(copy, len), &read);
        assert_int_equal(good, len >= 1 + 2 + 7 + 9);
        assert_true(read.tc_url.len == 0 || slice_equal(read.tc_url, slice_text(TC_URL)));
        free(copy);
    }
    buf_free(&whole);
    /* Objects in objects, deeper than any stack. */
    struct buf deep = command("connect");
    for (unsigned i = 0; i < 10000; i++) {
        buf_append(&deep, slice_make("\x03\x00\x01k", 4));
    }
    assert_true(rtmp_command_read(buf_slice(&deep), &read));
    assert_int_equal(read.tc_url.len, 0);
    buf_free(&deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_play),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_interleaved),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_publish),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_client_half),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_other_protocols),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
