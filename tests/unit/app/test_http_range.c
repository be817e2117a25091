/* Answers with parts of a list, on one connection and on several, through the inspector's door. */
#include <zlib.h>

#include "daemon/app/http_head_priv.h"
#include "tests/unit/app/answers.h"

enum { FLOWS = 4, SHARD = 9, ENTRIES = 300 };

/* Several connections between one client and one server. */
struct client {
    struct app_settings settings;
    struct counter_cell counters[APP_COUNTERS_COUNT];
    struct inspector *inspector;
    struct flow flows[FLOWS];
    struct flow_attachment kept[FLOWS];
    struct m3u_facts facts; /* of the last list that was told */
    unsigned lists;
    unsigned entries;
    enum body_kind kind; /* of the last answer that was settled */
    bool coded;
    int64_t now_us;
};

static void take_event(void *context, const struct app_event *event)
{
    struct client *client = context;
    if (event->type == APP_ENTRY) {
        client->entries++;
    } else if (event->type == APP_HTTP_SETTLED && event->http->response != NULL) {
        client->kind = event->http->response->kind;
        client->coded = event->http->response->coded;
    } else if (event->type == APP_HTTP_ENDED && event->http->m3u != NULL) {
        client->lists++;
        client->facts = *event->http->m3u;
    }
}

static void client_begin(struct client *client)
{
    static const struct hash_key key = {{3, 4}};
    memset(client, 0, sizeof *client);
    option_set_defaults(&app_options, &client->settings);
    client->inspector = inspector_create(&client->settings, &key, client->counters, take_event, client);
    client->now_us = 1000 * TIME_SECOND;
    for (size_t i = 0; i < FLOWS; i++) {
        struct flow *flow = &client->flows[i];
        flow_attach(flow, &client->kept[i]);
        flow->syn_seen = true;
        flow->shard = SHARD;
        flow->client = CLIENT;
        flow->ends[CLIENT].address.bytes[15] = 7;
        flow->ends[CLIENT].port = (uint16_t)(40000 + i);
        flow->ends[SERVER].address.bytes[15] = 10;
        flow->ends[SERVER].port = 8080;
    }
}

static void client_end(struct client *client)
{
    for (size_t i = 0; i < FLOWS; i++) {
        inspector_flow_end(client->inspector, &client->flows[i], client->now_us);
    }
    inspector_tick(client->inspector, SHARD, client->now_us + client->settings.range_timeout);
    assert_int_equal(inspector_memory(client->inspector, SHARD), 0);
    inspector_free(client->inspector);
    option_free(&app_options, &client->settings);
}

static void say(struct client *client, size_t flow, unsigned side, struct slice bytes)
{
    flow_count_packet(&client->flows[flow], side, bytes.len);
    (void)inspector_data(client->inspector, &client->flows[flow], side, bytes, client->now_us);
}

static void ask(struct client *client, size_t flow, const char *host, const char *target)
{
    char text[512];
    int len =
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=0-\r\n\r\n", target, host);
    say(client, flow, CLIENT, slice_make(text, (size_t)len));
}

static void ask_list(struct client *client, size_t flow)
{
    ask(client, flow, "panel.example:8080", "/get.php?username=bob&password=pw&type=m3u_plus");
}

/* The head of an answer with `len` bytes from `from` on; `total` 0 is not told. */
static void answer_head(struct client *client, size_t flow, size_t from, size_t len, size_t total,
                        const char *fields)
{
    char text[512], whole[32] = "*";
    if (total > 0) {
        snprintf(whole, sizeof whole, "%zu", total);
    }
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 206 Partial Content\r\nContent-Length: %zu\r\n%sContent-Range: bytes "
                        "%zu-%zu/%s\r\n\r\n",
                        len, fields, from, from + len - 1, whole);
    say(client, flow, SERVER, slice_make(text, (size_t)size));
}

static void answer_part(struct client *client, size_t flow, struct slice all, size_t from, size_t len)
{
    struct slice part = slice_part(all, from, len);
    answer_head(client, flow, from, part.len, all.len, "");
    say(client, flow, SERVER, part);
}

static uint64_t counted(const struct client *client, enum app_counter counter)
{
    return counter_get(client->counters, counter);
}

static void assert_whole(const struct client *client)
{
    assert_true(client->facts.complete);
    assert_int_equal(client->facts.entries, ENTRIES);
    assert_int_equal(client->facts.live, ENTRIES);
    assert_int_equal(client->facts.request_credentials, ENTRIES);
    assert_int_equal(client->facts.lines, 2 * ENTRIES + 1);
    assert_int_equal(client->entries, ENTRIES);
    assert_int_equal(counted(client, APP_PLAYLIST_ENTRIES), ENTRIES);
}

static void test_one_behind_the_other(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct client client;
    client_begin(&client);
    enum { WIDTH = 5000 };
    unsigned parts = 0;
    uint64_t entries = 0;
    for (size_t from = 0; from < list.len; from += WIDTH) {
        ask_list(&client, 0);
        answer_part(&client, 0, buf_slice(&list), from, WIDTH);
        parts++;
        assert_int_equal(client.kind, BODY_M3U);
        assert_int_equal(client.lists, parts);
        assert_int_equal(client.facts.parts, parts);
        assert_int_equal(client.facts.complete, from + WIDTH >= list.len);
        assert_true(client.facts.entries > entries);
        entries = client.facts.entries;
    }
    assert_whole(&client);
    assert_int_equal(counted(&client, APP_RANGE_PARTS), parts);
    client_end(&client);
    buf_free(&list);
}

/* On four connections at once, in turns of one segment; the last part's first bytes come first. */
static void test_at_once(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct slice all = buf_slice(&list);
    struct client client;
    client_begin(&client);
    size_t width = all.len / FLOWS + 1;
    for (size_t i = FLOWS; i-- > 0;) {
        size_t from = i * width;
        ask_list(&client, i);
        answer_head(&client, i, from, slice_part(all, from, width).len, all.len, "");
    }
    for (size_t at = 0; at < width; at += 1000) {
        for (size_t i = FLOWS; i-- > 0;) {
            struct slice part = slice_part(all, i * width, width);
            say(&client, i, SERVER, slice_part(part, at, 1000));
        }
    }
    assert_int_equal(client.lists, FLOWS);
    assert_int_equal(client.facts.parts, FLOWS);
    assert_whole(&client);
    client_end(&client);
    buf_free(&list);
}

/* What overlaps counts once; what is missing is said. */
static void test_overlap_and_hole(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct slice all = buf_slice(&list);
    struct client client;
    client_begin(&client);
    static const size_t froms[] = {20000, 0, 10000, 5000};
    for (size_t i = 0; i < ARRAY_COUNT(froms); i++) {
        ask_list(&client, i);
        answer_part(&client, i, all, froms[i], i == 0 ? SIZE_MAX : 9000);
    }
    assert_false(client.facts.complete);
    assert_in_range(client.facts.entries, ENTRIES - 30, ENTRIES - 1);
    ask_list(&client, 1);
    answer_part(&client, 1, all, 18000, 4000);
    assert_whole(&client);
    client_end(&client);
    buf_free(&list);
}

/* Bytes that the mirror lost, and a part that breaks off, are holes until they come again. */
static void test_lost_bytes(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct slice all = buf_slice(&list);
    struct client client;
    client_begin(&client);
    ask_list(&client, 0);
    answer_head(&client, 0, 0, 20000, all.len, "");
    say(&client, 0, SERVER, slice_part(all, 0, 6000));
    (void)inspector_gap(client.inspector, &client.flows[0], SERVER, 3000, client.now_us);
    say(&client, 0, SERVER, slice_part(all, 9000, 4000));
    inspector_flow_end(client.inspector, &client.flows[0], client.now_us);
    assert_false(client.facts.complete);
    ask_list(&client, 1);
    answer_part(&client, 1, all, 13000, SIZE_MAX);
    assert_false(client.facts.complete);
    ask_list(&client, 2);
    answer_part(&client, 2, all, 6000, 3000);
    assert_whole(&client);
    client_end(&client);
    buf_free(&list);
}

/* An answer 200 breaks off and the client fetches the rest, as wget -c and players do. */
static void test_fetched_on(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct slice all = buf_slice(&list);
    struct client client;
    client_begin(&client);
    ask_list(&client, 0);
    char head[128];
    int len = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", all.len);
    say(&client, 0, SERVER, slice_make(head, (size_t)len));
    say(&client, 0, SERVER, slice_part(all, 0, 30000));
    inspector_end(client.inspector, &client.flows[0], SERVER, client.now_us);
    assert_int_equal(client.lists, 1);
    assert_false(client.facts.complete);
    assert_int_equal(client.facts.parts, 0);
    ask_list(&client, 1);
    answer_part(&client, 1, all, 30000, SIZE_MAX);
    assert_int_equal(client.facts.parts, 2);
    assert_true(client.facts.complete);
    assert_int_equal(client.facts.entries, ENTRIES);
    assert_int_equal(client.entries, ENTRIES);
    client_end(&client);
    buf_free(&list);
}

/* The whole as one part (Range: bytes=0-) is nothing special. */
static void test_whole_as_part(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct client client;
    client_begin(&client);
    ask_list(&client, 0);
    answer_part(&client, 0, buf_slice(&list), 0, SIZE_MAX);
    assert_whole(&client);
    assert_int_equal(client.facts.parts, 0);
    assert_int_equal(counted(&client, APP_RANGE_PARTS), 0);
    client_end(&client);
    buf_free(&list);
}

/* Other names, targets and lengths are other lists; so is the same one later. */
static void test_other_lists(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct slice all = buf_slice(&list);
    struct client client;
    client_begin(&client);
    static const char *const hosts[] = {"a.example", "b.example", "a.example", "a.example"};
    static const char *const targets[] = {"/1.m3u", "/1.m3u", "/2.m3u", "/1.m3u"};
    for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
        ask(&client, 0, hosts[i], targets[i]);
        size_t from = i == 3 ? 10000 : 0;
        answer_part(&client, 0, all, from, 10000);
        assert_int_equal(client.facts.parts, i == 3 ? 2 : 1);
    }
    ask(&client, 0, "a.example", "/1.m3u");
    answer_part(&client, 0, slice_part(all, 0, all.len - 1), 10000, 10000);
    assert_int_equal(client.facts.parts, 1);
    client.now_us += client.settings.range_timeout;
    ask(&client, 0, "a.example", "/1.m3u");
    answer_part(&client, 0, all, 20000, SIZE_MAX);
    assert_int_equal(client.facts.parts, 1);
    assert_false(client.facts.complete);
    client_end(&client);
    buf_free(&list);
}

/* Of a length that nobody tells parts are put together, but never whole. */
static void test_unknown_total(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct slice all = buf_slice(&list);
    struct client client;
    client_begin(&client);
    for (size_t i = 0; i < 2; i++) {
        struct slice part = i == 0 ? slice_part(all, 0, 15000) : slice_from(all, 15000);
        ask_list(&client, i);
        answer_head(&client, i, i * 15000, part.len, 0, "");
        say(&client, i, SERVER, part);
    }
    assert_false(client.facts.complete);
    assert_int_equal(client.facts.entries, ENTRIES);
    client_end(&client);
    buf_free(&list);
}

/* A part that has no entry's beginning in it is a list's only where the list is known. */
static void test_recognised(void **state)
{
    (void)state;
    struct buf text = buf_make(SIZE_MAX);
    buf_append_text(&text, "#EXTM3U\n");
    size_t front = text.len;
    for (unsigned i = 0; i < 60; i++) {
        buf_append_format(&text, "http://line.example:8080/live/bob/pw/%u.ts\n", i);
    }
    struct slice all = buf_slice(&text);
    struct client client;
    client_begin(&client);
    ask_list(&client, 0);
    answer_part(&client, 0, all, front + 3, SIZE_MAX);
    assert_int_equal(client.kind, BODY_TEXT);
    assert_int_equal(client.lists, 0);
    ask_list(&client, 0);
    answer_part(&client, 0, all, 0, front + 3);
    ask_list(&client, 0);
    answer_part(&client, 0, all, front + 3, SIZE_MAX);
    assert_int_equal(client.kind, BODY_M3U);
    assert_true(client.facts.complete);
    assert_int_equal(client.facts.entries, 60);
    client_end(&client);
    buf_free(&text);
}

/* Parts of pages and films are not collected. */
static void test_other_kinds(void **state)
{
    (void)state;
    struct client client;
    client_begin(&client);
    char film[8000];
    memset(film, 0x11, sizeof film);
    ask(&client, 0, "h.example", "/film.mp4");
    answer_head(&client, 0, 100000, sizeof film, 5000000, "Content-Type: video/mp4\r\n");
    say(&client, 0, SERVER, slice_make(film, sizeof film));
    assert_int_equal(client.kind, BODY_BINARY);
    ask(&client, 0, "h.example", "/page");
    answer_head(&client, 0, 10, 50, 5000, "");
    say(&client, 0, SERVER, slice_text("<p>text</p> and #EXTINF: within a line, no beginning"));
    assert_int_equal(client.lists, 0);
    assert_int_equal(counted(&client, APP_RANGE_PARTS), 0);
    client_end(&client);
}

/* Parts of compressed bodies: only the first one can be read, and it is no whole list. */
static void test_coded(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct buf packed = pack(buf_slice(&list), PACK_GZIP);
    struct slice all = buf_slice(&packed);
    for (int announced = 0; announced < 2; announced++) {
        struct client client;
        client_begin(&client);
        for (size_t i = 0; i < 2; i++) {
            struct slice part = i == 0 ? slice_part(all, 0, 2000) : slice_from(all, 2000);
            ask_list(&client, 0);
            answer_head(&client, 0, i * 2000, part.len, all.len,
                        announced == 1 ? "Content-Encoding: gzip\r\n" : "Content-Type: application/gzip\r\n");
            say(&client, 0, SERVER, part);
        }
        assert_int_equal(client.lists, 1);
        assert_false(client.facts.complete);
        assert_true(client.facts.entries > 0 && client.facts.entries < ENTRIES);
        assert_int_equal(client.coded, announced);
        assert_int_equal(counted(&client, APP_RANGE_CODED), announced == 1 ? 2 : 1);
        assert_int_equal(counted(&client, APP_RANGE_PARTS), 0);
        client_end(&client);
    }
    buf_free(&packed);
    buf_free(&list);
}

/* While answers come of as many lists as are remembered, another part is read alone. */
static void test_too_many(void **state)
{
    (void)state;
    struct buf list = make_list(ENTRIES);
    struct slice all = buf_slice(&list);
    struct client client;
    client_begin(&client);
    client.settings.range_lists = FLOW_SHARDS; /* one in each shard */
    ask(&client, 0, "a.example", "/1.m3u");
    answer_head(&client, 0, 0, 20000, all.len, "");
    say(&client, 0, SERVER, slice_part(all, 0, 18000));
    ask(&client, 1, "a.example", "/2.m3u");
    answer_part(&client, 1, all, 0, 20000);
    assert_int_equal(counted(&client, APP_RANGE_LISTS_CAP), 1);
    assert_int_equal(client.lists, 1);
    assert_int_equal(client.facts.parts, 0);
    assert_false(client.facts.complete);
    uint64_t entries = client.facts.entries;
    ask(&client, 1, "a.example", "/2.m3u");
    answer_part(&client, 1, all, 20000, 20000);
    assert_false(client.facts.complete);
    assert_true(client.facts.entries > 0 && client.facts.entries <= entries + 1);
    client_end(&client);
    buf_free(&list);
}

struct range_row {
    const char *value;
    bool good;
    uint64_t first, last, total;
};

static void test_content_range(void **state)
{
    (void)state;
    static const struct range_row rows[] = {
        {"bytes 0-0/1", true, 0, 0, 1},
        {"bytes 0-499/1234", true, 0, 499, 1234},
        {"Bytes 5-9/*", true, 5, 9, UINT64_MAX},
        {"bytes  5 - 9 / 10 ", true, 5, 9, 10},
        {"bytes 5-9/9", false, 0, 0, 0},
        {"bytes 9-5/20", false, 0, 0, 0},
        {"bytes */1234", false, 0, 0, 0},
        {"items 0-4/5", false, 0, 0, 0},
        {"bytes 0-18446744073709551615/*", false, 0, 0, 0},
        {"bytes 0-18446744073709551614/18446744073709551615", true, 0, UINT64_MAX - 1, UINT64_MAX},
        {"bytes 0-499", false, 0, 0, 0},
        {"bytes", false, 0, 0, 0},
        {"", false, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct http_range range;
        assert_int_equal(http_range_read(slice_text(rows[i].value), &range), rows[i].good);
        if (rows[i].good) {
            assert_int_equal(range.first, rows[i].first);
            assert_int_equal(range.last, rows[i].last);
            assert_int_equal(range.total, rows[i].total);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_behind_the_other),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_overlap_and_hole),
        cmocka_unit_test(test_lost_bytes),
        cmocka_unit_test(test_fetched_on),
        cmocka_unit_test(test_whole_as_part),
        cmocka_unit_test(test_other_lists),
        cmocka_unit_test(test_unknown_total),
        cmocka_unit_test(test_recognised),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_coded),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_content_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
