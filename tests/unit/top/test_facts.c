/* pipeline_record: what a transaction tells beside its hits: fingerprints that tie services, servers that it
 * names. */
#include "tests/unit/rule/helper.h"

#include "base/attr.h"
#include "daemon/pipeline_priv.h"

/* The catalogue's own test vector (signatures, 1.6). */
#define XOR_TOKEN "SxNaUkddFA0abSQxN0ZJRENFQFZVWGleXBtbUx4="

struct world {
    struct flow_settings flow_settings;
    struct app_settings app_settings;
    struct rule_settings rule_settings;
    struct counter_cell decode[64], flow_cells[64], app[APP_COUNTERS_COUNT], rule[64],
        cells[PIPELINE_COUNTERS_COUNT];
    struct pipeline *pipeline;
    struct rule_set *set;
    struct rule_scratch *scratch;
    struct flow flow;
    struct worker_record told[16]; /* facts, in the order of telling */
    size_t count;
};

static void take(void *context, const struct worker_record *record)
{
    struct world *world = context;
    if (record->type == RECORD_FACT && record->fact.type != FACT_NAME) {
        assert_true(world->count < ARRAY_COUNT(world->told));
        world->told[world->count++] = *record;
    }
}

static void begin(struct world *world, bool noted)
{
    memset(world, 0, sizeof *world);
    option_set_defaults(&flow_options, &world->flow_settings);
    option_set_defaults(&app_options, &world->app_settings);
    option_set_defaults(&rule_options, &world->rule_settings);
    struct pipeline_settings settings = {
        .flow = &world->flow_settings, .app = &world->app_settings, .rule = &world->rule_settings};
    struct pipeline_cells cells = {world->decode, world->flow_cells, world->app, world->rule, world->cells};
    world->pipeline = pipeline_create(&settings, NULL, 0, 1, &cells, take, world);
    world->set = rules_from(CLAIM("http.uri; content:\"/never-asked-for\";"));
    world->scratch = rule_scratch_create(world->set, world->rule);
    pipeline_set_rules(world->pipeline, world->set, world->scratch);
    assert_true(address_parse("198.51.100.7", &world->flow.ends[0].address));
    assert_true(address_parse("203.0.113.20", &world->flow.ends[1].address));
    world->flow.ends[1].port = 8080;
    world->flow.transport = TRANSPORT_TCP;
    if (noted) { /* a rule has found something in this flow */
        world->flow.note = calloc(1, sizeof(struct flow_note));
        assert_non_null(world->flow.note);
    }
}

static void end(struct world *world)
{
    free(world->flow.note);
    pipeline_free(world->pipeline);
    rule_scratch_free(world->scratch);
    rule_set_free(world->set);
    option_free(&flow_options, &world->flow_settings);
    option_free(&app_options, &world->app_settings);
    option_free(&rule_options, &world->rule_settings);
}

/* A whole transaction: settled, then ended, with what its body was. */
static void give(struct world *world, struct http_transaction *http, const struct m3u_facts *m3u,
                 const struct api_facts *api)
{
    struct app_event event = {.type = APP_HTTP_SETTLED, .flow = &world->flow, .http = http};
    pipeline_take_event(world->pipeline, &event);
    http->m3u = m3u;
    http->api = api;
    event.type = APP_HTTP_ENDED;
    pipeline_take_event(world->pipeline, &event);
}

static size_t count_of(const struct world *world, enum fact_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++) {
        count += world->told[i].fact.type == type;
    }
    return count;
}

/* A stream behind a token tells the panel's part of it; behind somebody's proxy it says nothing of the proxy,
 * and a page proves nothing. */
static void a_token_ties_its_panel(void **state)
{
    (void)state;
    static const struct {
        bool proxy;
        enum body_kind kind;
        size_t told;
    } rows[] = {{false, BODY_MPEGTS, 1}, {true, BODY_MPEGTS, 0}, {false, BODY_HTML, 0}};
    uint64_t print = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct world world;
        begin(&world, false);
        struct slice uri = slice_text("/live/rosalind/franklin/1001.ts?token=" XOR_TOKEN);
        struct http_request request = {.host = slice_text("panel.example"), .uri = uri, .uri_raw = uri};
        request.proxy = rows[i].proxy;
        struct http_response response = {.status = 200, .kind = rows[i].kind};
        struct http_transaction http = {.request = &request, .response = &response};
        give(&world, &http, NULL, NULL);
        assert_int_equal(count_of(&world, FACT_TIE), rows[i].told);
        if (rows[i].told > 0) {
            assert_int_equal(world.told[0].fact.tie.type, TIE_PANEL_TOKEN);
            assert_string_equal(world.told[0].service.name, "panel.example");
            assert_int_equal(world.told[0].service.port, 8080);
            print = world.told[0].fact.tie.print;
        }
        end(&world);
    }
    assert_true(print != 0);
}

/* A whole catalogue ties, of a playlist as of an API's list; one without a fingerprint does not, nor one in a
 * flow of which no rule has found anything. */
static void a_catalogue_ties_its_system(void **state)
{
    (void)state;
    static const struct {
        uint64_t m3u, api;
        bool noted, proxy;
        uint64_t told;
    } rows[] = {{77, 0, true, false, 77},
                {0, 78, true, false, 78},
                {0, 0, true, false, 0},
                {77, 0, false, false, 0},
                {77, 0, true, true, 0}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct world world;
        begin(&world, rows[i].noted);
        struct http_request request = {.host = slice_text("panel.example"), .proxy = rows[i].proxy};
        struct http_response response = {.status = 200, .kind = rows[i].m3u != 0 ? BODY_M3U : BODY_JSON};
        struct http_transaction http = {.request = &request, .response = &response};
        struct m3u_facts m3u = {.print = rows[i].m3u};
        struct api_facts api = {.print = rows[i].api};
        give(&world, &http, rows[i].m3u != 0 ? &m3u : NULL, &api);
        assert_int_equal(count_of(&world, FACT_TIE), rows[i].told != 0);
        if (rows[i].told != 0) {
            assert_int_equal(world.told[0].fact.tie.type, TIE_CATALOGUE);
            assert_int_equal(world.told[0].fact.tie.print, rows[i].told);
        }
        end(&world);
    }
}

/* Location's server stands in the transaction when it settles and when it ends: it was named once. */
static void a_named_server_counts_once(void **state)
{
    (void)state;
    struct world world;
    begin(&world, true);
    struct named_servers named = {.count = 1, .items = {{.host = "lb.example", .port = 80, .count = 1}}};
    struct http_request request = {.host = slice_text("panel.example")};
    struct http_response response = {.status = 302, .kind = BODY_EMPTY};
    struct http_transaction http = {.request = &request, .response = &response, .named = &named};
    give(&world, &http, NULL, NULL);
    assert_int_equal(count_of(&world, FACT_RELATED), 1);
    assert_string_equal(world.told[0].fact.named.host, "lb.example");
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_ties_its_panel),
        cmocka_unit_test(a_catalogue_ties_its_system),
        cmocka_unit_test(a_named_server_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
