/* pipeline_record: whose page sent a client to a stream, told once in a while for each stream and page. */
#include "tests/unit/top/stand.h"

struct world {
    struct stand stand;
    unsigned embedded;
    struct worker_record last;
};

static void take(void *context, const struct worker_record *record)
{
    struct world *world = context;
    if (record->type == RECORD_FACT && record->fact.type == FACT_EMBEDDED) {
        world->embedded++;
        world->last = *record;
    }
}

static void begin(struct world *world)
{
    memset(world, 0, sizeof *world);
    stand_defaults(&world->stand);
    stand_begin(&world->stand, "203.0.113.20", 8080, take, world);
}

static void end(struct world *world)
{
    stand_end(&world->stand);
}

struct visit {
    const char *host, *origin, *referer;
    enum body_kind kind;
    const char *body;
    uint16_t status;
    bool hls, proxy;
    unsigned told;
    const char *page;
    uint16_t port;
};

static struct slice host_of(const char *url, struct named_server *server)
{
    bool good = named_server_from_url(slice_text(url), RELATION_EMBED, server);
    return good ? slice_text(server->host) : slice_make(NULL, 0);
}

static void visit(struct world *world, const struct visit *visit)
{
    struct named_server origin, referer;
    struct http_request request = {.host = slice_text(visit->host), .proxy = visit->proxy};
    request.origin_host = host_of(visit->origin, &origin);
    request.referer_host = host_of(visit->referer, &referer);
    request.referer = slice_text(visit->referer);
    struct http_response response = {
        .status = visit->status, .kind = visit->kind, .body = slice_text(visit->body)};
    struct m3u_facts m3u = {.hls_media = visit->hls};
    struct http_memo memo = {.count = 0};
    struct http_transaction http = {.request = &request, .response = &response, .memo = &memo};
    struct app_event event = {.type = APP_HTTP_SETTLED, .flow = &world->stand.flow, .http = &http};
    pipeline_take_event(world->stand.pipeline, &event);
    http.m3u = visit->kind == BODY_M3U ? &m3u : NULL;
    event.type = APP_HTTP_ENDED;
    pipeline_take_event(world->stand.pipeline, &event);
}

#define PORTAL "http://watch.example:81/"

static void test_visits(void **state)
{
    static const struct visit visits[] = {
        {"cdn.example", "", PORTAL "live", BODY_M3U, "", 200, true, false, 1, "watch.example", 81},
        {"cdn.example", "http://watch.example:81", PORTAL, BODY_M3U, "", 200, true, false, 1, "watch.example",
         81},
        {"cdn.example", "https://watch.example", "", BODY_MPEGTS, "", 206, false, false, 1, "watch.example",
         0},
        {"cdn.example", "", PORTAL, BODY_XML, "<?xml version=\"1.0\"?><MPD>", 200, false, false, 1,
         "watch.example", 81},
        /* The page's own server, no stream, a refusal, a playlist that is no HLS, somebody's proxy. */
        {"cdn.watch.example", "", PORTAL, BODY_M3U, "", 200, true, false, 0, NULL, 0},
        {"cdn.example", "", PORTAL, BODY_HTML, "", 200, false, false, 0, NULL, 0},
        {"cdn.example", "", PORTAL, BODY_XML, "<rss>", 200, false, false, 0, NULL, 0},
        {"cdn.example", "", PORTAL, BODY_MPEGTS, "", 404, false, false, 0, NULL, 0},
        {"cdn.example", "", PORTAL, BODY_M3U, "", 200, false, false, 0, NULL, 0},
        {"cdn.example", "", PORTAL, BODY_M3U, "", 200, true, true, 0, NULL, 0},
        {"cdn.example", "null", "", BODY_MPEGTS, "", 200, false, false, 0, NULL, 0},
        /* Pages that are no public name or a subscriber's address. */
        {"cdn.example", "http://localhost", "", BODY_MPEGTS, "", 200, false, false, 0, NULL, 0},
        {"cdn.example", "http://198.51.100.7", "", BODY_MPEGTS, "", 200, false, false, 0, NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(visits); i++) {
        struct world world;
        begin(&world);
        visit(&world, &visits[i]);
        visit(&world, &visits[i]);
        if (world.embedded != visits[i].told) {
            print_error("visit %zu\n", i);
        }
        assert_int_equal(world.embedded, visits[i].told);
        if (visits[i].told > 0) {
            assert_string_equal(world.last.fact.named.host, visits[i].page);
            assert_int_equal(world.last.fact.named.port, visits[i].port);
            assert_int_equal(world.last.fact.named.relation, RELATION_EMBED);
            assert_string_equal(world.last.service.name, visits[i].host);
            assert_int_equal(world.last.service.port, 8080);
            assert_int_equal(world.last.client, 0);
        }
        end(&world);
    }
}

static void test_told_again(void **state)
{
    (void)state;
    struct visit one = {"cdn.example", "", PORTAL, BODY_MPEGTS, "", 200, false, false, 1, NULL, 0};
    struct visit other = one;
    other.referer = "http://other.example/";
    struct world world;
    begin(&world);
    visit(&world, &one);
    visit(&world, &other);
    visit(&world, &one);
    assert_int_equal(world.embedded, 2);
    pipeline_take_tick(world.stand.pipeline, NAMES_SPAN_US, 1);
    visit(&world, &one);
    assert_int_equal(world.embedded, 3);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_visits), cmocka_unit_test(test_told_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
