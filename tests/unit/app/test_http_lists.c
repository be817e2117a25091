/* Long lists, and lists that lie compressed on the server, through the inspector's door. */
#include "daemon/app/body_kind_priv.h"
#include "tests/unit/app/answers.h"

static void test_gzip_file(void **state)
{
    (void)state;
    static const char *const types[] = {
        "Content-Type: application/gzip\r\n",
        "Content-Type: application/x-gzip\r\n",
        "Content-Type: application/octet-stream\r\n",
        "Content-Type: audio/x-mpegurl\r\n",
        "",
    };
    static const unsigned sizes[] = {1, 3, 300}; /* below and above the bytes that tell a kind, packed */
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(sizes); j++) {
            struct buf list = make_list(sizes[j]);
            struct buf packed = pack(buf_slice(&list), PACK_GZIP);
            struct conversation talk;
            check_answer(&talk, types[i], buf_slice(&packed), as_is);
            char wanted[128];
            snprintf(wanted, sizeof wanted, "encoded=1 coded=0 cut=0 entries=%u own=%u whole=1", sizes[j],
                     sizes[j]);
            assert_true(was_told(&talk, "kind=m3u "));
            assert_true(was_told(&talk, wanted));
            assert_int_equal(counter_get(talk.counters, APP_INFLATED), 1);
            conversation_free(&talk);
            buf_free(&packed);
            buf_free(&list);
        }
    }
}

/* What stands in the file is text of another kind: it stays what it is. */
static void test_gzip_file_of_something_else(void **state)
{
    (void)state;
    struct buf other = buf_make(SIZE_MAX);
    buf_append_text(&other, "<?xml version=\"1.0\"?><tv generator-info-name=\"x\">");
    for (unsigned i = 0; i < 2000; i++) {
        buf_append_format(&other, "<programme start=\"%u\"><title>%u</title></programme>", i, i * 7919);
    }
    static const size_t lengths[] = {60, SIZE_MAX};
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        struct buf packed = pack(slice_part(buf_slice(&other), 0, lengths[i]), PACK_GZIP);
        char length[64];
        char wanted[128];
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", packed.len);
        snprintf(wanted, sizeof wanted, "kind=archive bytes=%zu complete=1 length=1 chunked=0 encoded=0",
                 packed.len);
        struct conversation talk;
        check_answer(&talk, length, buf_slice(&packed), as_is);
        assert_true(was_told(&talk, wanted));
        assert_int_equal(counter_get(talk.counters, APP_INFLATED), 0);
        assert_int_equal(counter_get(talk.counters, APP_INFLATE_ERRORS), 0);
        conversation_free(&talk);
        buf_free(&packed);
    }
    buf_free(&other);
}

/* The front of such a file, at each length around those that matter. */
static void test_gzip_file_cut(void **state)
{
    (void)state;
    struct buf list = make_list(300);
    struct buf packed = pack(buf_slice(&list), PACK_GZIP);
    const size_t lengths[] = {
        1, 2, 3, 17, 18, 100, BODY_KIND_ENOUGH - 1, BODY_KIND_ENOUGH, BODY_KIND_ENOUGH + 1, packed.len - 1};
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        struct conversation talk;
        check_answer(&talk, "", slice_part(buf_slice(&packed), 0, lengths[i]), as_is);
        bool seen = lengths[i] >= 100;
        assert_int_equal(was_told(&talk, "kind=m3u "), seen);
        assert_int_equal(was_told(&talk, " whole=1"), false);
        assert_int_equal(counter_get(talk.counters, APP_INFLATE_ERRORS), seen);
        conversation_free(&talk);
    }
    buf_free(&packed);
    buf_free(&list);
}

/* Bytes are lost behind its first ones: what came before them is still a list. */
static void test_gzip_file_gap(void **state)
{
    (void)state;
    struct buf list = make_list(300);
    struct buf packed = pack(buf_slice(&list), PACK_GZIP);
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    struct buf answer = buf_make(SIZE_MAX);
    buf_append_format(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", packed.len);
    buf_append(&answer, slice_part(buf_slice(&packed), 0, 500));
    conversation_say(&talk, SERVER, answer.data, answer.len, FEED_WHOLE);
    const struct step lost = LOSES(SERVER, 100);
    conversation_step(&talk, &lost, FEED_WHOLE);
    conversation_say(&talk, SERVER, packed.data + 600, packed.len - 600, FEED_WHOLE);
    conversation_end(&talk);
    assert_true(was_told(&talk, "kind=m3u "));
    assert_true(was_told(&talk, " cut=1 "));
    assert_true(was_told(&talk, " whole=0"));
    buf_free(&answer);
    conversation_free(&talk);
    buf_free(&packed);
    buf_free(&list);
}

/* --- 206,000 entries in constant memory */

enum { LIVE = 6000, MOVIES = 150000, SERIES = 50000, MEMORY_MAX = 2 * 1024 * 1024, SEGMENT = 1400 };

static void append_entry(struct buf *list, const char *path, const char *extension, unsigned number)
{
    buf_append_format(list,
                      "#EXTINF:-1 tvg-id=\"\" tvg-name=\"FR| Titre %u\" tvg-logo=\"\" group-title=\"%s "
                      "%u\",FR| Titre %u\r\nhttp://line.example:8080/%s/bob/pw/%u.%s\r\n",
                      number, path, number % 100, number, path, 1000 + number, extension);
}

static struct buf make_catalogue(void)
{
    struct buf list = buf_make(SIZE_MAX);
    buf_append_text(&list, "#EXTM3U\r\n");
    for (unsigned i = 0; i < LIVE + MOVIES + SERIES; i++) {
        bool live = i < LIVE;
        bool movie = !live && i < LIVE + MOVIES;
        append_entry(&list, live ? "live" : movie ? "movie" : "series", live ? "ts" : "mkv", i);
    }
    return list;
}

/* An Xtream answer of as many items, in the three lists' own shapes. */
static struct buf make_items(void)
{
    struct buf list = buf_make(SIZE_MAX);
    for (unsigned i = 0; i < LIVE + MOVIES + SERIES; i++) {
        buf_append_text(&list, i == 0 ? "[" : ",");
        if (i < LIVE) {
            buf_append_format(
                &list,
                "{\"num\":%u,\"name\":\"FR| Titre %u\",\"stream_type\":\"live\",\"stream_id\":%u,"
                "\"stream_icon\":\"\",\"epg_channel_id\":null,\"added\":\"1704067200\","
                "\"tv_archive\":0,\"tv_archive_duration\":0,\"category_id\":\"7\"}",
                i, i, 1000 + i);
        } else if (i < LIVE + MOVIES) {
            buf_append_format(&list,
                              "{\"num\":%u,\"name\":\"Titre %u\",\"stream_type\":\"movie\",\"stream_id\":%u,"
                              "\"rating_5based\":3.5,\"category_id\":\"9\",\"container_extension\":\"mkv\"}",
                              i, i, 1000 + i);
        } else {
            buf_append_format(&list,
                              "{\"num\":%u,\"name\":\"Titre %u\",\"series_id\":%u,\"backdrop_path\":[],"
                              "\"episode_run_time\":\"45\",\"category_id\":\"11\"}",
                              i, i, 1000 + i);
        }
    }
    buf_append_text(&list, "]");
    return list;
}

struct facts_seen {
    struct conversation talk;
    bool ended;
    uint64_t live, movies, series;
    bool complete;
};

static void take_facts(void *context, const struct app_event *event)
{
    struct facts_seen *seen = context;
    if (event->type != APP_HTTP_ENDED) {
        return;
    }
    const struct m3u_facts *m3u = event->http->m3u;
    const struct api_facts *api = event->http->api;
    seen->ended = true;
    seen->live = m3u != NULL ? m3u->live : api->live;
    seen->movies = m3u != NULL ? m3u->movies : api->movies;
    seen->series = m3u != NULL ? m3u->series : api->series;
    seen->complete = m3u != NULL ? m3u->complete : api->complete;
}

/* Feeds one answer in segments and asks behind each of them what the shard holds: the largest answer. */
static size_t feed_answer(struct facts_seen *seen, const char *fields, struct slice body)
{
    static const struct hash_key key = {{1, 2}};
    struct conversation *talk = &seen->talk;
    memset(seen, 0, sizeof *seen);
    option_set_defaults(&app_options, &talk->settings);
    talk->inspector = inspector_create(&talk->settings, &key, talk->counters, take_facts, seen);
    flow_attach(&talk->flow, &talk->kept);
    talk->flow.syn_seen = true;
    talk->flow.client = CLIENT;
    conversation_say(talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    char head[256];
    int length =
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", body.len, fields);
    conversation_say(talk, SERVER, head, (size_t)length, FEED_WHOLE);
    size_t largest = 0;
    while (body.len > 0) {
        struct slice segment = slice_part(body, 0, SEGMENT);
        conversation_say(talk, SERVER, segment.data, segment.len, FEED_WHOLE);
        size_t memory = inspector_memory(talk->inspector, talk->flow.shard);
        largest = memory > largest ? memory : largest;
        body = slice_from(body, segment.len);
    }
    assert_true(seen->ended);
    conversation_end(talk);
    inspector_free(talk->inspector);
    return largest;
}

static void check_catalogue(const char *fields, struct slice body)
{
    struct facts_seen seen;
    size_t largest = feed_answer(&seen, fields, body);
    assert_int_equal(seen.live, LIVE);
    assert_int_equal(seen.movies, MOVIES);
    assert_int_equal(seen.series, SERIES);
    assert_true(seen.complete);
    assert_true(largest < MEMORY_MAX);
}

static void test_catalogue_memory(void **state)
{
    (void)state;
    struct buf list = make_catalogue();
    struct buf items = make_items();
    struct buf packed_list = pack(buf_slice(&list), PACK_GZIP);
    struct buf packed_items = pack(buf_slice(&items), PACK_GZIP);
    check_catalogue("Content-Type: audio/mpegurl\r\n", buf_slice(&list));
    check_catalogue("Content-Encoding: gzip\r\n", buf_slice(&packed_list));
    check_catalogue("Content-Type: application/gzip\r\n", buf_slice(&packed_list));
    check_catalogue("Content-Type: application/json\r\n", buf_slice(&items));
    check_catalogue("Content-Encoding: gzip\r\n", buf_slice(&packed_items));
    buf_free(&packed_items);
    buf_free(&packed_list);
    buf_free(&items);
    buf_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip_file),        cmocka_unit_test(test_gzip_file_of_something_else),
        cmocka_unit_test(test_gzip_file_cut),    cmocka_unit_test(test_gzip_file_gap),
        cmocka_unit_test(test_catalogue_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
