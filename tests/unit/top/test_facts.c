/* pipeline_record: what a transaction tells beside its hits: fingerprints that tie services, servers that it
 * names. */
#include "tests/unit/rule/helper.h"

#include "tests/unit/top/stand.h"

/* The catalogue's own test vector (signatures, 1.6). */
#define XOR_TOKEN "SxNaUkddFA0abSQxN0ZJRENFQFZVWGleXBtbUx4="

struct world {
    struct stand stand;
    struct rule_set *set;
    struct rule_scratch *scratch;
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
    stand_defaults(&world->stand);
    stand_begin(&world->stand, "203.0.113.20", 8080, take, world);
    world->set = rules_from(CLAIM("http.uri; content:\"/never-asked-for\";"));
    world->scratch = rule_scratch_create(world->set, world->stand.rule);
    pipeline_set_rules(world->stand.pipeline, world->set, world->scratch);
    if (noted) { /* a rule has found something in this flow */
        flow_attached(&world->stand.flow)->note = calloc(1, sizeof(struct flow_note));
        assert_non_null(flow_note(&world->stand.flow));
    }
}

static void end(struct world *world)
{
    stand_end(&world->stand);
    rule_scratch_free(world->scratch);
    rule_set_free(world->set);
}

/* A whole transaction: settled, then ended, with what its body was. */
static void give(struct world *world, struct http_transaction *http, const struct m3u_facts *m3u,
                 const struct api_facts *api)
{
    struct app_event event = {.type = APP_HTTP_SETTLED, .flow = &world->stand.flow, .http = http};
    pipeline_take_event(world->stand.pipeline, &event);
    http->m3u = m3u;
    http->api = api;
    event.type = APP_HTTP_ENDED;
    pipeline_take_event(world->stand.pipeline, &event);
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
