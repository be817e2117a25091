/* The matcher beside the language: flows, budgets, caps, counters, threads, ten thousand rules. */
#include "helper.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/clock.h"

#define META "metadata: family p2p, role stream, weight 20; "

static void fill_request(struct http_request *request, const char *uri)
{
    *request = (struct http_request){
        .method = slice_text("GET"), .uri = slice_text(uri), .uri_raw = slice_text(uri)};
}

/* Asks about one request without answer; returns how many rules match. */
static size_t match_request(const struct rule_set *set, struct rule_scratch *scratch, struct slice uri,
                            struct rule_match out[RULE_MATCHES_MAX])
{
    struct http_request request;
    fill_request(&request, "");
    request.uri = request.uri_raw = uri;
    struct flow flow = {.client = 0};
    struct http_transaction http = {.number = 1, .request = &request};
    struct app_event event = {.type = APP_HTTP_SETTLED, .flow = &flow, .http = &http};
    return rule_match_event(set, scratch, &event, out);
}

static uint16_t protocol_id(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "BitTorrent") == 0 ? 37 : 0;
}

static struct rule_set *load_with_ndpi(const char *text, bool parsed, size_t mistakes)
{
    struct rule_settings settings = {0};
    struct diagnostics diagnostics = {0};
    char *folder = folder_make();
    folder_write(folder, "t.vigie.rules", text);
    char *path = folder_path(folder, "t.vigie.rules");
    option_set_defaults(&rule_options, &settings);
    settings.files = (struct text_list){.items = &path, .count = 1};
    struct rule_set *set = rule_set_load(&settings, NULL, protocol_id, NULL, parsed, false, &diagnostics);
    assert_int_equal(diagnostics.count, mistakes);
    diagnostics_free(&diagnostics);
    free(path);
    folder_remove(folder);
    return set;
}

static uint32_t flow_sids(const struct rule_set *set, struct rule_scratch *scratch, struct flow *flow,
                          unsigned sender, const char *payload)
{
    struct rule_match matches[RULE_MATCHES_MAX];
    size_t count = rule_match_flow(set, scratch, flow, sender, slice_text(payload), matches);
    uint32_t sids = 0;
    for (size_t i = 0; i < count; i++) {
        sids |= UINT32_C(1) << matches[i].rule->sid;
    }
    return sids;
}

static void test_flows(void **state)
{
    (void)state;
    struct rule_set *set = load_with_ndpi(
        "alert tcp any any -> any any (msg:\"1\"; sid:1; flow:to_server; content:\"hello\"; startswith; " META
        ")\n"
        "alert tcp any any -> any any (msg:\"2\"; sid:2; flow:to_client; content:\"hello\"; " META ")\n"
        "alert udp any any -> any any (msg:\"3\"; sid:3; content:\"hello\"; " META ")\n"
        "alert tcp any any -> any 7000 (msg:\"4\"; sid:4; content:\"hello\"; dsize:5; " META ")\n"
        "alert tcp any any -> any any (msg:\"5\"; sid:5; ndpi-protocol:BitTorrent; " META ")\n"
        "alert tcp any any -> any any (msg:\"6\"; sid:6; ndpi-protocol:!BitTorrent; " META ")\n"
        "alert tcp any any -> any any (msg:\"7\"; sid:7; dsize:>5; " META ")\n",
        false, 0);
    assert_int_equal(rule_set_at(set, 0)->kind, EVIDENCE_CLAIM);
    assert_int_equal(rule_set_at(set, 1)->kind, EVIDENCE_PROOF);
    assert_int_equal(rule_set_at(set, 2)->kind, EVIDENCE_CLAIM);
    assert_int_equal(rule_set_at(set, 4)->kind, EVIDENCE_CLAIM);
    assert_string_equal(rule_set_at(set, 0)->field, "payload");
    assert_true(rule_set_asks_labels(set));
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct flow flow = {.client = 1, .transport = TRANSPORT_TCP};
    flow.ends[0].port = 7000;
    flow.ends[1].port = 40000;
    assert_int_equal(flow_sids(set, scratch, &flow, 1, "hello"), 1 << 1 | 1 << 4);
    assert_int_equal(flow_sids(set, scratch, &flow, 0, "hello"), 1 << 2);
    assert_int_equal(flow_sids(set, scratch, &flow, 1, "hello!"), 1 << 1 | 1 << 7);
    assert_int_equal(flow_sids(set, scratch, &flow, 1, "hell"), 0);
    assert_int_equal(flow_sids(set, scratch, &flow, 1, ""), 0);
    flow.ndpi_protocol = 37;
    assert_int_equal(flow_sids(set, scratch, &flow, 1, ""), 1 << 5);
    flow.ndpi_protocol = 38;
    assert_int_equal(flow_sids(set, scratch, &flow, 1, ""), 1 << 6);
    flow.transport = TRANSPORT_UDP;
    assert_int_equal(flow_sids(set, scratch, &flow, 0, "hello"), 1 << 3);
    rule_scratch_free(scratch);
    rule_set_free(set);
    assert_null(load_with_ndpi(
        "alert tcp any any -> any any (msg:\"5\"; sid:5; ndpi-protocol:Foo; " META ")\n", false, 1));
    const char *http =
        "alert http any any -> any any (msg:\"5\"; sid:5; ndpi-protocol:BitTorrent; " META ")\n";
    assert_null(load_with_ndpi(http, false, 1));
    set = load_with_ndpi(http, true, 0);
    assert_non_null(set);
    assert_true(rule_set_asks_labels(set));
    rule_set_free(set);
    set = load_with_ndpi("alert tcp any any -> any any (msg:\"1\"; sid:1; content:\"hello\"; " META ")\n"
                         "alert udp any any -> any any (msg:\"2\"; sid:2; dsize:5; " META ")\n",
                         false, 0);
    assert_false(rule_set_asks_labels(set));
    rule_set_free(set);
    set = load_with_ndpi("alert tcp any any -> any 7000 (msg:\"1\"; sid:1; " META ")\n", false, 0);
    assert_true(rule_set_asks_labels(set)); /* it matches once nDPI has decided */
    rule_set_free(set);
}

/* Contents that fit in very many ways and a chain that never closes: the budget ends it. */
static void test_budget(void **state)
{
    (void)state;
    struct rule_set *set = rules_from(
        CLAIM("http.uri; content:\"a\"; content:\"a\"; distance:0; content:\"a\"; distance:0; "
              "content:\"a\"; distance:0; content:\"a\"; distance:0; content:\"z\"; distance:9000;"));
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct rule_match matches[RULE_MATCHES_MAX];
    char uri[8192];
    memset(uri, 'a', sizeof uri);
    uri[sizeof uri - 1] = 'z';
    int64_t begin = clock_monotonic_us();
    assert_int_equal(match_request(set, scratch, slice_make(uri, sizeof uri), matches), 0);
    assert_true(clock_monotonic_us() - begin < TIME_SECOND);
    assert_int_equal(counter_get(cells, RULE_STEPS_OUT), 1);
    assert_int_equal(counter_get(cells, RULE_CANDIDATES), 0); /* it has no literal of three bytes */
    assert_int_equal(counter_get(cells, RULE_EVALUATIONS), 1);
    assert_int_equal(counter_get(cells, RULE_HITS), 0);
    rule_scratch_free(scratch);
    rule_set_free(set);
}

static void append_rule(struct buf *text, unsigned sid, const char *options)
{
    buf_append_format(text, "alert http any any -> any any (msg:\"m\"; sid:%u; %s " META ")\n", sid, options);
}

static struct rule_set *rules_from_buf(struct buf *text)
{
    buf_append_byte(text, '\0');
    struct rule_set *set = rules_from((const char *)text->data);
    buf_free(text);
    return set;
}

static void test_matches_are_capped_in_order_of_sid(void **state)
{
    (void)state;
    struct buf text = buf_make(1 << 20);
    for (unsigned sid = 200; sid >= 100; sid--) {
        append_rule(&text, sid, "http.uri; content:\"same\";");
    }
    struct rule_set *set = rules_from_buf(&text);
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct rule_match matches[RULE_MATCHES_MAX];
    assert_int_equal(match_request(set, scratch, slice_text("/same"), matches), RULE_MATCHES_MAX);
    for (unsigned i = 0; i < RULE_MATCHES_MAX; i++) {
        assert_int_equal(matches[i].rule->sid, 100 + i);
    }
    assert_int_equal(counter_get(cells, RULE_CANDIDATES), 101);
    assert_int_equal(counter_get(cells, RULE_HITS), RULE_MATCHES_MAX);
    rule_scratch_free(scratch);
    rule_set_free(set);
}

static void test_ten_thousand_rules(void **state)
{
    (void)state;
    enum { RULES = 10000, EVENTS = 20000 };
    struct buf text = buf_make(16 << 20);
    for (unsigned sid = 1; sid <= RULES; sid++) {
        char options[128];
        snprintf(options, sizeof options, "http.uri; content:\"/path-%u/\"; content:\"name=\"; distance:0;",
                 sid * 7);
        append_rule(&text, sid, options);
    }
    int64_t begin = clock_monotonic_us();
    struct rule_set *set = rules_from_buf(&text);
    int64_t loaded = clock_monotonic_us();
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct rule_match matches[RULE_MATCHES_MAX];
    struct slice uri = slice_text("/static/scripts/main.bundle.js?version=20260131&lang=en&path-7");
    for (int i = 0; i < EVENTS; i++) {
        assert_int_equal(match_request(set, scratch, uri, matches), 0);
    }
    int64_t asked = clock_monotonic_us();
    print_message("10,000 rules: loaded in %lld ms, %.2f us for a request that none fits\n",
                  (long long)((loaded - begin) / 1000), (double)(asked - loaded) / EVENTS);
    assert_int_equal(counter_get(cells, RULE_CANDIDATES), 0);
    assert_int_equal(match_request(set, scratch, slice_text("/path-700/?name=x"), matches), 1);
    assert_int_equal(matches[0].rule->sid, 100);
    assert_string_equal(matches[0].value, "/path-700/?name=*");
    rule_scratch_free(scratch);
    rule_set_free(set);
}

struct worker {
    const struct rule_set *set;
    size_t matches;
};

static void *run_worker(void *context)
{
    struct worker *worker = context;
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(worker->set, cells);
    struct rule_match matches[RULE_MATCHES_MAX];
    for (int i = 0; i < 2000; i++) {
        worker->matches += match_request(worker->set, scratch, slice_text("/abc/123/def"), matches);
    }
    rule_scratch_free(scratch);
    return NULL;
}

/* Patterns of libhs are compiled by whichever thread comes first. */
static void test_threads_share_a_set(void **state)
{
    (void)state;
    struct buf text = buf_make(1 << 20);
    for (unsigned sid = 1; sid <= 20; sid++) {
        char options[128];
        snprintf(options, sizeof options, "http.uri; pcre:\"/^\\/[a-c]+\\/[[:digit:]]{1,%u}\\/def$/\";",
                 sid + 2);
        append_rule(&text, sid, options);
    }
    struct rule_set *set = rules_from_buf(&text);
    struct worker workers[4];
    pthread_t threads[ARRAY_COUNT(workers)];
    for (size_t i = 0; i < ARRAY_COUNT(workers); i++) {
        workers[i] = (struct worker){.set = set};
        assert_int_equal(pthread_create(&threads[i], NULL, run_worker, &workers[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_COUNT(workers); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].matches, 20 * 2000);
    }
    rule_set_free(set);
}

/* A rule over entries is told once a list, and no more rules than the list's memory holds. */
static void test_entries_are_told_once(void **state)
{
    (void)state;
    struct buf text = buf_make(1 << 20);
    for (unsigned sid = 1; sid <= 20; sid++) {
        append_rule(&text, sid, "m3u.title; content:\"one\";");
    }
    struct rule_set *set = rules_from_buf(&text);
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct rule_match matches[RULE_MATCHES_MAX];
    struct http_memo memo = {.count = 0};
    struct flow flow = {.client = 0};
    struct http_transaction http = {.number = 1, .memo = &memo};
    struct catalogue_entry entry = {.title = slice_text("two")};
    struct app_event event = {.type = APP_ENTRY, .flow = &flow, .http = &http, .entry = &entry};
    assert_int_equal(rule_match_event(set, scratch, &event, matches), 0);
    entry.title = slice_text("one");
    assert_int_equal(rule_match_event(set, scratch, &event, matches), ARRAY_COUNT(memo.sids));
    assert_int_equal(memo.count, ARRAY_COUNT(memo.sids));
    assert_int_equal(rule_match_event(set, scratch, &event, matches), 0);
    rule_scratch_free(scratch);
    rule_set_free(set);
}

static void test_nothing_loaded(void **state)
{
    (void)state;
    struct rule_settings settings = {0};
    struct diagnostics diagnostics = {0};
    option_set_defaults(&rule_options, &settings);
    struct rule_set *set = rule_set_load(&settings, NULL, NULL, NULL, false, true, &diagnostics);
    assert_non_null(set);
    assert_int_equal(rule_set_count(set), 0);
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct rule_match matches[RULE_MATCHES_MAX];
    assert_int_equal(match_request(set, scratch, slice_text("/"), matches), 0);
    assert_int_equal(match_request(set, scratch, slice_make(NULL, 0), matches), 0);
    rule_scratch_free(scratch);
    rule_set_free(set);
    rule_set_free(NULL);
    rule_scratch_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flows),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_matches_are_capped_in_order_of_sid),
        cmocka_unit_test(test_ten_thousand_rules),
        cmocka_unit_test(test_threads_share_a_set),
        cmocka_unit_test(test_entries_are_told_once),
        cmocka_unit_test(test_nothing_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
