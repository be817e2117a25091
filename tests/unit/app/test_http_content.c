/* Bodies: undoing gzip and deflate, kinds, parsers, caps, and what costs nothing. */
#include "daemon/app/body_kind_priv.h"
#include "tests/unit/app/answers.h"

struct coding_row {
    const char *fields;
    enum packing packing;
};

static void test_codings(void **state)
{
    (void)state;
    static const struct coding_row rows[] = {
        {"Content-Encoding: gzip\r\n", PACK_GZIP},   {"Content-Encoding: x-gzip\r\n", PACK_GZIP},
        {"Content-Encoding: gzip\r\n", PACK_ZLIB},   {"Content-Encoding: deflate\r\n", PACK_ZLIB},
        {"Content-Encoding: deflate\r\n", PACK_RAW}, {"Content-Encoding: deflate\r\n", PACK_GZIP},
        {"Transfer-Encoding: gzip\r\n", PACK_GZIP},
    };
    struct buf list = make_list(300);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf packed = pack(buf_slice(&list), rows[i].packing);
        struct conversation talk;
        check_answer(&talk, rows[i].fields, buf_slice(&packed), as_is);
        assert_true(was_told(&talk, "kind=m3u "));
        assert_true(was_told(
            &talk, "complete=1 length=0 chunked=0 encoded=1 coded=0 cut=0 entries=300 own=300 whole=1"));
        assert_int_equal(counter_get(talk.counters, APP_INFLATED), 1);
        assert_int_equal(counter_get(talk.counters, APP_PLAYLISTS), 1);
        assert_int_equal(counter_get(talk.counters, APP_PLAYLIST_ENTRIES), 300);
        conversation_free(&talk);
        buf_free(&packed);
    }
    buf_free(&list);
}

/* Two gzip members (RFC 1952, 2.2), then padding. */
static void test_gzip_members(void **state)
{
    (void)state;
    struct buf list = make_list(100);
    struct slice all = buf_slice(&list);
    struct buf body = pack(slice_part(all, 0, 5000), PACK_GZIP);
    struct buf second = pack(slice_from(all, 5000), PACK_GZIP);
    buf_append(&body, buf_slice(&second));
    buf_append(&body, slice_make("\0\0\0", 3));
    struct conversation talk;
    check_answer(&talk, "Content-Encoding: gzip\r\n", buf_slice(&body), as_is);
    assert_true(was_told(&talk, "cut=0 entries=100 own=100 whole=1"));
    conversation_free(&talk);
    buf_free(&second);
    buf_free(&body);
    buf_free(&list);
}

static void test_gzip_is_plain(void **state)
{
    (void)state;
    struct conversation talk;
    check_answer(&talk, "Content-Encoding: gzip\r\n", slice_text("{\"a\":1}"), as_is);
    assert_true(was_told(&talk, "kind=json bytes=7 complete=1 length=0 chunked=0 encoded=0"));
    assert_int_equal(counter_get(talk.counters, APP_INFLATE_ERRORS), 1);
    conversation_free(&talk);
    check_answer(&talk, "Content-Encoding: gzip\r\n", slice_text("x"), as_is);
    assert_true(was_told(&talk, "kind=text bytes=1 complete=1"));
    conversation_free(&talk);
    check_answer(&talk, "Content-Encoding: gzip\r\n", slice_text(""), as_is);
    assert_true(was_told(&talk, "kind=empty bytes=0 complete=1"));
    conversation_free(&talk);
}

static void test_gzip_breaks(void **state)
{
    (void)state;
    struct buf list = make_list(2000);
    struct buf packed = pack(buf_slice(&list), PACK_GZIP);
    struct conversation talk;
    /* Cut off. */
    check_answer(&talk, "Content-Encoding: gzip\r\n", slice_part(buf_slice(&packed), 0, packed.len - 1),
                 as_is);
    assert_true(was_told(&talk, "cut=1 entries=2000 own=2000 whole=0"));
    assert_int_equal(counter_get(talk.counters, APP_INFLATE_ERRORS), 1);
    conversation_free(&talk);
    /* Broken in its second half: the first is counted. */
    for (size_t i = packed.len / 2; i < packed.len / 2 + 40; i++) {
        packed.data[i] ^= 0x55;
    }
    check_answer(&talk, "Content-Encoding: gzip\r\n", buf_slice(&packed), as_is);
    assert_true(was_told(&talk, "kind=m3u "));
    assert_true(was_told(&talk, " whole=0"));
    assert_int_equal(counter_get(talk.counters, APP_INFLATE_ERRORS), 1);
    conversation_free(&talk);
    /* Broken in its header. */
    packed.data[3] = 0xff;
    check_answer(&talk, "Content-Encoding: gzip\r\n", buf_slice(&packed), as_is);
    assert_true(was_told(&talk, "kind=none bytes=0 complete=0"));
    conversation_free(&talk);
    buf_free(&packed);
    buf_free(&list);
}

static void low_inflate_cap(struct conversation *talk)
{
    talk->settings.inflate_bytes = 100000;
}

static void low_document_cap(struct conversation *talk)
{
    talk->settings.document_bytes = 65536;
}

static void test_caps(void **state)
{
    (void)state;
    struct buf list = make_list(2000);
    struct buf packed = pack(buf_slice(&list), PACK_GZIP);
    struct conversation talk;
    check_answer(&talk, "Content-Encoding: gzip\r\n", buf_slice(&packed), low_inflate_cap);
    assert_true(was_told(&talk, " bytes=100000 complete=0"));
    assert_int_equal(counter_get(talk.counters, APP_INFLATE_CAP), 1);
    conversation_free(&talk);
    check_answer(&talk, "", buf_slice(&list), low_document_cap);
    char bytes[64];
    snprintf(bytes, sizeof bytes, "kind=m3u bytes=%zu complete=0", list.len);
    assert_true(was_told(&talk, bytes));
    assert_true(was_told(&talk, " whole=0"));
    assert_int_equal(counter_get(talk.counters, APP_DOCUMENT_CAP), 1);
    conversation_free(&talk);
    buf_free(&packed);
    buf_free(&list);
}

/* A bomb is left at the ratio; a list, which repeats itself, is not. */
static void test_ratio(void **state)
{
    (void)state;
    struct buf zeros = buf_make(SIZE_MAX);
    for (int i = 0; i < 1 << 20; i++) {
        buf_append_byte(&zeros, '\0');
    }
    struct buf packed = pack(buf_slice(&zeros), PACK_GZIP);
    struct buf list = buf_make(SIZE_MAX); /* read on, unlike a binary body */
    buf_append_text(&list, "#EXTM3U\n");
    buf_append(&list, buf_slice(&zeros));
    struct buf bomb = pack(buf_slice(&list), PACK_GZIP);
    struct conversation talk;
    check_answer(&talk, "Content-Encoding: gzip\r\n", buf_slice(&bomb), as_is);
    assert_int_equal(counter_get(talk.counters, APP_INFLATE_CAP), 1);
    assert_true(was_told(&talk, " bytes=81920 complete=0"));
    conversation_free(&talk);
    char bytes[128];
    snprintf(bytes, sizeof bytes, "Content-Encoding: gzip\r\nContent-Length: %zu\r\n", packed.len);
    check_answer(&talk, bytes, buf_slice(&packed), as_is);
    assert_int_equal(counter_get(talk.counters, APP_INFLATE_CAP), 0);
    snprintf(bytes, sizeof bytes, "kind=binary bytes=%zu complete=1", packed.len);
    assert_true(was_told(&talk, bytes)); /* nobody reads it: counted as it was sent */
    conversation_free(&talk);
    buf_free(&bomb);
    buf_free(&list);
    buf_free(&packed);
    buf_free(&zeros);
}

static void test_unknown_coding(void **state)
{
    (void)state;
    struct conversation talk;
    check_answer(&talk, "Content-Encoding: br\r\n", slice_make("\x0b\x02\x80{}\x03", 6), as_is);
    assert_true(was_told(&talk, "kind=binary bytes=6 complete=1 length=0 chunked=0 encoded=0 coded=1"));
    conversation_free(&talk);
}

/* A gap in a coded body ends its reading, not the message. */
static void test_gap_in_coded(void **state)
{
    (void)state;
    struct buf list = make_list(2000);
    struct buf packed = pack(buf_slice(&list), PACK_GZIP);
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
             packed.len);
    conversation_say(&talk, SERVER, head, strlen(head), FEED_WHOLE);
    size_t half = packed.len / 2;
    conversation_say(&talk, SERVER, packed.data, half, FEED_WHOLE);
    const struct step gap = LOSES(SERVER, 100);
    conversation_step(&talk, &gap, FEED_WHOLE);
    conversation_say(&talk, SERVER, packed.data + half + 100, packed.len - half - 100, FEED_WHOLE);
    conversation_say(&talk, SERVER, "HTTP/1.1 204 \r\n\r\n", 17, FEED_WHOLE);
    conversation_end(&talk);
    assert_true(was_told(&talk, "cut=1 entries="));
    assert_true(slice_ends(buf_slice(&talk.brief), slice_text("S2 ? 204 none\nE2 0 complete\n")));
    conversation_free(&talk);
    buf_free(&packed);
    buf_free(&list);
}

/* The prefix that rules see, and the point where a transaction is settled. */
static void test_prefix(void **state)
{
    (void)state;
    struct buf list = make_list(2000);
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    conversation_say(&talk, SERVER, "HTTP/1.1 200 OK\r\n\r\n", 19, FEED_WHOLE);
    conversation_say(&talk, SERVER, list.data, 16 * 1024 - 1, FEED_WHOLE);
    assert_text(&talk.brief, "");
    conversation_say(&talk, SERVER, list.data + 16 * 1024 - 1, 1, FEED_WHOLE);
    assert_true(
        slice_starts(buf_slice(&talk.brief), slice_text("S1 GET /get.php?username=bob&password=pw 200 m3u\n"
                                                        "M1 FR| Chaine 0\n")));
    assert_true(was_told(&talk, " body[16384]=#EXTM3U\r\n"));
    conversation_end(&talk);
    conversation_free(&talk);
    buf_free(&list);
}

/* A transport stream is settled by its first kilobyte, read for a while, and then the stream gives no more of
 * it. */
static void test_endless(void **state)
{
    (void)state;
    uint8_t packets[188 * 8];
    memset(packets, 0xff, sizeof packets);
    for (size_t i = 0; i < sizeof packets; i += 188) {
        packets[i] = 0x47;
    }
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n";
    conversation_say(&talk, SERVER, head, sizeof head - 1, FEED_WHOLE);
    conversation_say(&talk, SERVER, packets, BODY_KIND_ENOUGH - 1, FEED_WHOLE);
    assert_text(&talk.brief, "");
    assert_false(talk.ignored[SERVER]);
    conversation_say(&talk, SERVER, packets + BODY_KIND_ENOUGH - 1, sizeof packets - BODY_KIND_ENOUGH + 1,
                     FEED_WHOLE);
    assert_true(was_told(&talk, " body[1024]="));
    assert_false(talk.ignored[SERVER]);
    size_t reading = inspector_memory(talk.inspector, talk.flow.shard);
    assert_true(reading < 16 * 1024);
    for (int i = 0; i < 1000; i++) {
        conversation_say(&talk, SERVER, packets, sizeof packets, FEED_WHOLE);
        assert_true(inspector_memory(talk.inspector, talk.flow.shard) <= reading);
    }
    assert_true(talk.ignored[SERVER]);
    assert_true(inspector_memory(talk.inspector, talk.flow.shard) < 8 * 1024);
    conversation_end(&talk);
    assert_text(&talk.brief, "S1 GET /get.php?username=bob&password=pw 200 mpegts\nT1 / 0\nE1 1505504 cut\n");
    conversation_free(&talk);
}

#define LOGIN                                                                                                \
    "{\"user_info\":{\"auth\":1,\"status\":\"Active\",\"max_connections\":\"1\","                            \
    "\"allowed_output_formats\":[\"ts\"]},\"server_info\":{\"url\":\"panel.example\","                       \
    "\"port\":\"8080\",\"server_protocol\":\"http\"}}"

static void test_json(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "\xef\xbb\xbf " LOGIN,
        "\nWarning: Undefined array key \"x\" in /home/x/player_api.php on line 7\n" LOGIN,
        "<br />\n<b>Notice</b>:  x[0] {} in <b>/home/x.php</b> on line <b>12</b><br />\n" LOGIN,
    };
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        struct conversation talk;
        check_answer(&talk, "Content-Type: text/html\r\n", slice_text(bodies[i]), as_is);
        assert_true(was_told(&talk, "kind=json "));
        assert_true(was_told(&talk, " named=1"));
        char shapes[32];
        snprintf(shapes, sizeof shapes, " shapes=%x whole=1", 1U << API_LOGIN | 1U << API_SERVER_INFO);
        assert_true(was_told(&talk, shapes));
        assert_int_equal(counter_get(talk.counters, APP_API_ANSWERS), 1);
        conversation_free(&talk);
    }
}

static void test_redirect(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    static const char request[] = "GET /live/bob/pw/7.ts HTTP/1.1\r\n\r\n";
    static const char answer[] = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                                 "Location: http://lb.example:25461/live/bob/pw/7.ts?token=x5Gh7w2Q\r\n\r\n";
    conversation_say(&talk, CLIENT, request, sizeof request - 1, FEED_BYTES);
    conversation_say(&talk, SERVER, answer, sizeof answer - 1, FEED_BYTES);
    conversation_end(&talk);
    assert_true(was_told(&talk, "number=1 late=0 server=0 answered=0 repeats=1 named=1"));
    conversation_free(&talk);
}

/* A form's credentials are those of the request; the list behind it bears them. */
static void test_form_credentials(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    static const char request[] = "POST /get.php HTTP/1.1\r\nContent-Length: 25\r\n\r\n"
                                  "username=%62ob&password=p";
    static const char rest[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n#EXTM3U\nhttp://h.example/bob/p/1";
    conversation_say(&talk, CLIENT, request, sizeof request - 1, FEED_BYTES);
    conversation_say(&talk, SERVER, rest, sizeof rest - 1, FEED_BYTES);
    conversation_end(&talk);
    assert_true(was_told(&talk, " user[5]=%62ob password[1]=p "));
    conversation_free(&talk);
}

/* A body that nobody reads: how many of its bytes come does not matter, how many there are does. */
static void test_passed_over(void **state)
{
    (void)state;
    static const char *const heads[] = {"Content-Length: 100000\r\n\r\n",
                                        "Transfer-Encoding: chunked\r\n\r\n186a0\r\n"};
    static uint8_t body[100000];
    body[0] = 0x89; /* no kind that has a parser */
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++) {
        struct buf answer = buf_make(200000);
        buf_append_format(&answer, "HTTP/1.1 200 OK\r\n%s", heads[i]);
        buf_append(&answer, slice_make(body, sizeof body));
        buf_append_text(&answer, i == 0 ? "" : "\r\n0\r\n\r\n");
        buf_append_text(&answer, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
        struct conversation talk;
        conversation_begin(&talk);
        conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
        conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
        conversation_say(&talk, SERVER, answer.data, answer.len, FEED_RANDOM + 1);
        conversation_end(&talk);
        assert_text(&talk.brief,
                    "S1 GET /get.php?username=bob&password=pw 200 binary\nE1 100000 complete\nS2 GET "
                    "/get.php?username=bob&password=pw 404 empty\nE2 0 complete\n");
        assert_true(talk.passed > 0);
        conversation_free(&talk);
        buf_free(&answer);
    }
}

/* A long body in chunks of which nothing is read until the client asks again. */
static void say_long_body(struct conversation *talk)
{
    enum { CHUNK = 1 << 17, CHUNKS = 8 };
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char size[] = "20000\r\n";
    static uint8_t body[CHUNK + 2];
    body[0] = 0x89;
    memcpy(body + CHUNK, "\r\n", 2);
    conversation_say(talk, SERVER, head, sizeof head - 1, FEED_WHOLE);
    for (unsigned i = 0; i < CHUNKS; i++) {
        assert_false(inspector_skip_turn(&talk->flow, SERVER));
        conversation_say(talk, SERVER, size, sizeof size - 1, FEED_WHOLE);
        conversation_say(talk, SERVER, body, sizeof body, FEED_WHOLE);
    }
}

static void test_turned(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    say_long_body(&talk);
    assert_true(inspector_skip_turn(&talk.flow, SERVER));
    assert_false(inspector_skip_turn(&talk.flow, CLIENT));
    assert_int_equal(inspector_pass(talk.inspector, &talk.flow, SERVER, 1000, true, talk.now_us),
                     INSPECTION_MORE);
    assert_text(&talk.brief, "S1 GET /get.php?username=bob&password=pw 200 binary\nE1 1049576 complete\n");
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    static const char next[] = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
    conversation_say(&talk, SERVER, next, sizeof next - 1, FEED_WHOLE);
    conversation_end(&talk);
    assert_text(&talk.brief, "S1 GET /get.php?username=bob&password=pw 200 binary\nE1 1049576 complete\n"
                             "S2 GET /get.php?username=bob&password=pw 404 empty\nE2 0 complete\n");
    assert_int_equal(counter_get(talk.counters, APP_HTTP_PAIRED), 2);
    conversation_free(&talk);
    /* Another request waits for its answer already: no turn of the client tells where that begins. */
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    say_long_body(&talk);
    assert_false(inspector_skip_turn(&talk.flow, SERVER));
    conversation_end(&talk);
    conversation_free(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codings),
        cmocka_unit_test(test_gzip_members),
        cmocka_unit_test(test_gzip_is_plain),
        cmocka_unit_test(test_gzip_breaks),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_unknown_coding),
        cmocka_unit_test(test_gap_in_coded),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_endless),
        cmocka_unit_test(test_passed_over),
        cmocka_unit_test(test_turned),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_form_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
