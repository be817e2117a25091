/* pipeline_listed: which transactions, handshakes and flows an order's list names, and what is told of them.
 */
#include "tests/unit/top/stand.h"

#include "base/clock.h"
#include "verdict/verdict.h"

#define NOW INT64_C(1700000000)

struct world {
    struct stand stand;
    struct watch_list *list;
    unsigned told;
    struct worker_record last;
};

static void take(void *context, const struct worker_record *record)
{
    struct world *world = context;
    if (record->type == RECORD_HIT) {
        world->told++;
        world->last = *record;
    }
}

static void add(struct watch_builder *builder, const char *text, enum watch_state state, int64_t until)
{
    struct watch_entry entry = {0};
    struct watch_key_room room;
    const char *wrong;
    assert_true(watch_entry_parse_host(slice_text(text), WATCH_SUFFIXES_NONE, &entry, &room, &wrong));
    entry.state = state;
    entry.until = until;
    assert_true(watch_builder_add(builder, &entry));
}

static void begin(struct world *world, const char *server)
{
    memset(world, 0, sizeof *world);
    stand_defaults(&world->stand);
    stand_begin(&world->stand, server, 8080, take, world);
    struct watch_builder *builder = watch_builder_create(0);
    add(builder, "panel.example", WATCH_ACTIVE, 0);
    add(builder, ".wide.example", WATCH_ACTIVE, 0);
    add(builder, "good.wide.example", WATCH_OFFICIAL, 0);
    add(builder, "seized.example", WATCH_SEIZED, 0);
    add(builder, "old.example", WATCH_ACTIVE, NOW);
    add(builder, "soon.example", WATCH_ACTIVE, NOW + 1);
    add(builder, "203.0.113.0/28", WATCH_ACTIVE, 0);
    world->list = watch_builder_finish(builder);
    pipeline_set_order(world->stand.pipeline, ORDER_OF_SENSORS, world->list);
    world->stand.flow.sides[0].bytes = 100;
    world->stand.flow.sides[1].bytes = 100;
}

static void end(struct world *world)
{
    stand_end(&world->stand);
    watch_list_release(world->list);
}

static void ask(struct world *world, const char *host, uint16_t status, bool proxy)
{
    struct http_request request = {.host = slice_text(host), .proxy = proxy};
    struct http_response response = {.status = status};
    struct http_memo memo = {.count = 0};
    struct http_transaction http = {
        .request = &request, .response = status == 0 ? NULL : &response, .memo = &memo};
    struct app_event event = {
        .type = APP_HTTP_SETTLED, .flow = &world->stand.flow, .http = &http, .time_us = NOW * TIME_SECOND};
    pipeline_take_event(world->stand.pipeline, &event);
}

struct row {
    const char *server, *host;
    uint16_t status; /* 0: no answer */
    bool proxy;
    uint32_t sid;      /* 0: nothing is told */
    const char *entry; /* that names it */
};

static void test_transactions(void **state)
{
    static const struct row rows[] = {
        {"192.0.2.1", "panel.example", 200, false, VERDICT_SID_LISTED, "panel.example"},
        {"192.0.2.1", "panel.example", 302, false, VERDICT_SID_LISTED, "panel.example"},
        {"192.0.2.1", "panel.example", 0, false, VERDICT_SID_LISTED_CLAIM, "panel.example"},
        {"192.0.2.1", "panel.example", 404, false, 0, NULL},
        {"192.0.2.1", "panel.example", 503, false, 0, NULL},
        {"192.0.2.1", "www.panel.example", 200, false, 0, NULL},
        {"192.0.2.1", "wide.example", 200, false, VERDICT_SID_LISTED, ".wide.example"},
        {"192.0.2.1", "a.b.wide.example", 200, false, VERDICT_SID_LISTED, ".wide.example"},
        {"192.0.2.1", "good.wide.example", 200, false, 0, NULL}, /* its rightful owner's */
        {"192.0.2.1", "seized.example", 200, false, 0, NULL},
        {"192.0.2.1", "old.example", 200, false, 0, NULL},
        {"192.0.2.1", "soon.example", 200, false, VERDICT_SID_LISTED, "soon.example"},
        {"203.0.113.15", "any.example", 200, false, VERDICT_SID_LISTED, "203.0.113.0/28"},
        {"203.0.113.16", "any.example", 200, false, 0, NULL},
        {"203.0.113.15", "", 200, false, VERDICT_SID_LISTED, "203.0.113.0/28"},
        {"203.0.113.15", "panel.example", 200, false, VERDICT_SID_LISTED,
         "panel.example"}, /* the name first */
        /* What a proxy is asked for: the name, not the proxy's own address. */
        {"192.0.2.1", "panel.example", 200, true, VERDICT_SID_LISTED, "panel.example"},
        {"203.0.113.15", "any.example", 200, true, 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct world world;
        begin(&world, rows[i].server);
        ask(&world, rows[i].host, rows[i].status, rows[i].proxy);
        if (world.told != (rows[i].sid != 0)) {
            fail_msg("row %zu: %u told", i, world.told);
        }
        if (rows[i].sid != 0) {
            const struct rule_hit *hit = &world.last.hit;
            bool answered = rows[i].sid == VERDICT_SID_LISTED;
            assert_int_equal(hit->sid, rows[i].sid);
            assert_string_equal(hit->value, rows[i].entry);
            assert_string_equal(hit->field, "list");
            assert_int_equal(hit->kind, answered ? EVIDENCE_PROOF : EVIDENCE_CLAIM);
            assert_true(hit->content == answered && hit->proxy == rows[i].proxy && hit->asked);
            assert_true(answered ? hit->weight < 90 : hit->weight <= 45);
            assert_string_equal(world.last.service.name, rows[i].host);
            assert_true(world.last.client != 0);
        }
        end(&world);
    }
}

static void test_a_list_counts_from_the_next_packet(void **state)
{
    (void)state;
    struct world world;
    begin(&world, "192.0.2.1");
    pipeline_set_order(world.stand.pipeline, ORDER_OF_SENSORS, NULL);
    ask(&world, "panel.example", 200, false);
    assert_int_equal(world.told, 0);
    pipeline_set_order(world.stand.pipeline, ORDER_OF_FILES, world.list);
    ask(&world, "panel.example", 200, false);
    ask(&world, "panel.example", 200, false);
    assert_int_equal(world.told, 2);
    assert_int_equal(counter_get(world.stand.cells, PIPELINE_LISTED_TOLD), 2);
    end(&world);
}

static void shake(struct world *world, const char *name, bool answered, bool refused)
{
    struct tls_client_hello client = {.sni = slice_text(name)};
    struct tls_server_hello server = {.version = 0x0304};
    struct tls_handshake tls = {.client = &client, .server = answered ? &server : NULL, .refused = refused};
    struct app_event event = {
        .type = APP_TLS, .flow = &world->stand.flow, .tls = &tls, .time_us = NOW * TIME_SECOND};
    pipeline_take_event(world->stand.pipeline, &event);
}

static void test_handshakes(void **state)
{
    (void)state;
    struct world world;
    begin(&world, "192.0.2.1");
    shake(&world, "other.example", true, false);
    shake(&world, "TV.wide.example", false, true);
    assert_int_equal(world.told, 0);
    shake(&world, "TV.wide.example", true, false);
    assert_int_equal(world.told, 1);
    assert_int_equal(world.last.hit.sid, VERDICT_SID_LISTED);
    assert_int_equal(world.last.name_from, NAME_FROM_TLS);
    assert_string_equal(world.last.service.name, "tv.wide.example");
    shake(&world, "tv.wide.example", false, false);
    assert_int_equal(world.last.hit.sid, VERDICT_SID_LISTED_CLAIM);
    end(&world);
}

static void look_up(struct world *world, const char *name, bool answered)
{
    static struct dns_message message;
    message.answer_count = 1;
    message.answers[0] =
        (struct dns_answer){.type = DNS_A, .class = DNS_CLASS_IN, .ttl = 60, .understood = true};
    memcpy(message.answers[0].owner.text, name, strlen(name));
    message.answers[0].owner.len = (uint8_t)strlen(name);
    assert_true(address_parse("203.0.113.15", &message.answers[0].address));
    struct dns_exchange dns = {.asked = true,
                               .type = DNS_A,
                               .class = DNS_CLASS_IN,
                               .name = slice_text(name),
                               .host = true,
                               .answer = answered ? &message : NULL};
    struct app_event event = {
        .type = APP_DNS, .flow = &world->stand.flow, .dns = &dns, .time_us = NOW * TIME_SECOND};
    pipeline_take_event(world->stand.pipeline, &event);
}

/* Neither the resolver nor an answer's address is looked at, which anybody can give to his name. */
static void test_names_that_are_looked_up(void **state)
{
    (void)state;
    struct world world;
    begin(&world, "203.0.113.15");
    look_up(&world, "any.example", true);
    look_up(&world, "good.wide.example", true);
    look_up(&world, "seized.example", true);
    assert_int_equal(world.told, 0);
    for (int answered = 0; answered < 2; answered++) {
        look_up(&world, "Tv.Wide.Example", answered == 1);
        assert_int_equal(world.told, answered + 1);
        assert_int_equal(world.last.hit.sid, VERDICT_SID_LISTED_CLAIM);
        assert_int_equal(world.last.hit.kind, EVIDENCE_CLAIM);
        assert_string_equal(world.last.hit.value, ".wide.example");
        assert_int_equal(world.last.name_from, NAME_FROM_DNS);
        assert_string_equal(world.last.service.name, "tv.wide.example");
        assert_int_equal(world.last.service.port, 0);
        assert_true(world.last.client != 0);
    }
    pipeline_set_order(world.stand.pipeline, ORDER_OF_SENSORS, NULL);
    look_up(&world, "tv.wide.example", true);
    assert_int_equal(world.told, 2);
    end(&world);
}

static void test_subscribers_are_left_alone(void **state)
{
    (void)state;
    struct prefix home;
    struct world world;
    assert_true(prefix_parse("203.0.113.0/24", &home));
    begin(&world, "203.0.113.15");
    world.stand.pipeline->home = &(const struct prefix_list){.items = &home, .count = 1};
    ask(&world, "any.example", 200, false);
    assert_int_equal(world.told, 0);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_a_list_counts_from_the_next_packet),
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_names_that_are_looked_up),
        cmocka_unit_test(test_subscribers_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
