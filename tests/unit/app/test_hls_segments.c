/* Segments of live playlists: which references are one, how long they are remembered, who may ask for them.
 */
#include "daemon/app/hls_segments_priv.h"
#include "tests/unit/app/answers.h"

static const struct hash_key key = {{1, 2}};

static uint64_t hash_of(const char *host, const char *base, const char *reference)
{
    struct hls_parties parties = {.client = {{1}}, .server = {{2}}};
    return hls_segment_hash(&key, &parties, slice_text(host), slice_text(base), slice_text(reference));
}

static void references_are_resolved(void **state)
{
    (void)state;
    static const struct {
        const char *base;
        const char *reference;
        const char *target;
    } rows[] = {
        {"/a/list.m3u8", "1.ts", "/a/1.ts"},
        {"/a/list.m3u8?token=/x/y", "1.ts?token=z", "/a/1.ts"},
        {"/a/b/list.m3u8", "../1.ts", "/a/1.ts"},
        {"/a/b/list.m3u8", "./c/./1.ts", "/a/b/c/1.ts"},
        {"/a/list.m3u8", "../../../1.ts", "/1.ts"},
        {"/a/list.m3u8", "/c/1.ts", "/c/1.ts"},
        {"/a/list.m3u8", "http://h.example/c/1.ts", "/c/1.ts"},
        {"/a/list.m3u8", "HTTPS://H.example:8443/c/1.ts#x", "/c/1.ts"},
        {"/a/list.m3u8", "//h.example/c/1.ts", "/c/1.ts"},
        {"/a/list.m3u8", "http://h.example", "/"},
        {"/list.m3u8", "2026/01/31/20/45/00-06000.ts", "/2026/01/31/20/45/00-06000.ts"},
        {"", "1.ts", "1.ts"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint64_t listed = hash_of("h.example", rows[i].base, rows[i].reference);
        assert_int_not_equal(listed, 0);
        if (listed != hash_of("h.example", "/elsewhere/list.m3u8", rows[i].target) &&
            rows[i].base[0] != '\0') {
            fail_msg("%s in %s is not %s", rows[i].reference, rows[i].base, rows[i].target);
        }
    }
    assert_int_not_equal(hash_of("h.example", "/a/l", "1.ts"), hash_of("h.example", "/b/l", "1.ts"));
    assert_int_not_equal(hash_of("h.example", "/a/l", "1.ts"), hash_of("g.example", "/a/l", "1.ts"));
    assert_int_not_equal(hash_of("h.example", "/a/l", "http://g.example/a/1.ts"),
                         hash_of("h.example", "/a/l", "1.ts"));
    assert_int_equal(hash_of("h.example", "/a/l", ""), 0);
    assert_int_equal(hash_of("h.example", "/a/l", "?x"), 0);
    assert_int_equal(hash_of("h.example", "/a/l", "rtmp://h.example/a"), 0);
    assert_int_equal(hash_of("h.example", "/a/l", "http://[/a"), 0);
}

static void other_parties_do_not_share(void **state)
{
    (void)state;
    struct hls_parties one = {.client = {{1}}, .server = {{2}}};
    struct hls_parties other = {.client = {{3}}, .server = {{2}}};
    struct slice host = slice_text("h.example"), base = slice_text("/l"), uri = slice_text("1.ts");
    assert_int_not_equal(hls_segment_hash(&key, &one, host, base, uri),
                         hls_segment_hash(&key, &other, host, base, uri));
}

static void tables_are_bounded(void **state)
{
    (void)state;
    enum { CAP = 64 };
    struct hls_segments segments = {.slots = NULL};
    assert_false(hls_segments_holds(&segments, 7, 0));
    assert_false(hls_segments_add(&segments, CAP, 7, 0));
    assert_true(hls_segments_holds(&segments, 7, 0));
    assert_true(hls_segments_holds(&segments, 7, 300 * TIME_SECOND - 1));
    assert_false(hls_segments_holds(&segments, 7, 300 * TIME_SECOND));
    assert_false(hls_segments_holds(&segments, 8, 0));
    /* Four of a set, then the oldest of them goes. */
    for (uint64_t i = 1; i < 4; i++) {
        assert_false(hls_segments_add(&segments, CAP, 7 + i * CAP, (int64_t)i));
    }
    assert_true(hls_segments_add(&segments, CAP, 7 + 4 * CAP, 10));
    assert_false(hls_segments_holds(&segments, 7, 10));
    assert_true(hls_segments_holds(&segments, 7 + CAP, 10));
    assert_false(hls_segments_add(&segments, CAP, 7 + CAP, 20)); /* the same one again */
    assert_true(hls_segments_add(&segments, CAP, 7 + 5 * CAP, 30));
    assert_false(hls_segments_holds(&segments, 7 + 2 * CAP, 30));
    assert_false(hls_segments_add(&segments, CAP, 7 + 6 * CAP, 400 * TIME_SECOND)); /* it was over anyhow */
    hls_segments_free(&segments);
}

static void get(struct conversation *talk, const char *target, const char *answer)
{
    struct buf request = buf_make(SIZE_MAX);
    buf_append_format(&request, "GET %s HTTP/1.1\r\nHost: h.example\r\n\r\n", target);
    conversation_say(talk, CLIENT, request.data, request.len, FEED_WHOLE);
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(answer));
    conversation_say(talk, SERVER, head, strlen(head), FEED_WHOLE);
    conversation_say(talk, SERVER, answer, strlen(answer), FEED_WHOLE);
    conversation_end(talk);
    talk->ignored[CLIENT] = talk->ignored[SERVER] = false;
    buf_free(&request);
}

#define LIST "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:7\n"

/* Each transaction in a connection of its own. */
static void requests_for_listed_segments_are_known(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    get(&talk, "/a/1.js", "x");
    get(&talk, "/a/live.m3u8?token=1", LIST "#EXTINF:6,\n1.js\n#EXTINF:6,\n2.js?token=1\n");
    get(&talk, "/a/2.js?token=1", "x");
    get(&talk, "/b/2.js", "x");
    get(&talk, "/c/ended.m3u8", LIST "#EXTINF:6,\n3.js\n#EXT-X-ENDLIST\n");
    get(&talk, "/c/3.js", "x");
    assert_int_equal(counter_get(talk.counters, APP_HLS_SEGMENTS_ASKED), 1);
    talk.flow.ends[SERVER].address.bytes[15] ^= 1;
    get(&talk, "/a/2.js", "x");
    talk.flow.ends[SERVER].address.bytes[15] ^= 1;
    talk.flow.shard++;
    get(&talk, "/a/2.js", "x");
    talk.flow.shard--;
    assert_int_equal(counter_get(talk.counters, APP_HLS_SEGMENTS_ASKED), 1);
    get(&talk, "/a/1.js", "x");
    assert_int_equal(counter_get(talk.counters, APP_HLS_SEGMENTS_ASKED), 2);
    talk.now_us += 300 * TIME_SECOND;
    get(&talk, "/a/1.js", "x");
    assert_int_equal(counter_get(talk.counters, APP_HLS_SEGMENTS_ASKED), 2);
    conversation_free(&talk);
}

static void of_long_lists_the_end_is_remembered(void **state)
{
    (void)state;
    struct buf list = buf_make(SIZE_MAX);
    buf_append_text(&list, LIST);
    for (unsigned i = 0; i < 100; i++) {
        buf_append_format(&list, "#EXTINF:6,\n%u.ts\n", i);
    }
    buf_append_byte(&list, '\0');
    struct conversation talk;
    conversation_begin(&talk);
    get(&talk, "/a/live.m3u8", (const char *)list.data);
    for (unsigned i = 0; i < 100; i++) {
        char target[32];
        snprintf(target, sizeof target, "/a/%u.ts", i);
        get(&talk, target, "x");
    }
    assert_int_equal(counter_get(talk.counters, APP_HLS_SEGMENTS_ASKED), 16);
    conversation_free(&talk);
    buf_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(other_parties_do_not_share),
        cmocka_unit_test(tables_are_bounded),
        cmocka_unit_test(requests_for_listed_segments_are_known),
        cmocka_unit_test(of_long_lists_the_end_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
