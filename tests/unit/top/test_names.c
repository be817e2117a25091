/* pipeline_names: which handshakes make an address show a name, and which certificates tie the name to it. */
#include "tests/unit/top/stand.h"

#define NOW 1795400000 /* Unix time */

struct world {
    struct stand stand;
    unsigned names;
    unsigned certificates;
    struct worker_record last;
};

static void take(void *context, const struct worker_record *record)
{
    struct world *world = context;
    assert_int_equal(record->type, RECORD_FACT);
    assert_int_equal(record->name_from, NAME_FROM_TLS);
    world->names += record->fact.type == FACT_NAME;
    world->certificates += record->fact.type == FACT_CERTIFICATE;
    world->last = *record;
}

static void begin(struct world *world)
{
    memset(world, 0, sizeof *world);
    stand_defaults(&world->stand);
    stand_begin(&world->stand, "203.0.113.20", 443, take, world);
}

static void end(struct world *world)
{
    stand_end(&world->stand);
}

struct visit {
    const char *sni; /* NULL: no hello was seen */
    bool answered;
    const char *certificate; /* its common name; NULL: none */
    bool self_signed;
    int64_t not_before, not_after;
    bool proxy;
    unsigned names;
    unsigned certificates;
};

static void visit(struct world *world, const struct visit *visit)
{
    const struct tls_client_hello client = {.sni = slice_text(visit->sni == NULL ? "" : visit->sni)};
    const struct tls_server_hello server = {.version = 0x0303};
    const struct tls_certificate certificate = {
        .common_name = slice_text(visit->certificate == NULL ? "" : visit->certificate),
        .self_signed = visit->self_signed,
        .not_before = visit->not_before,
        .not_after = visit->not_after,
    };
    const struct tls_handshake tls = {
        .client = visit->sni == NULL ? NULL : &client,
        .server = visit->answered ? &server : NULL,
        .certificate = visit->certificate == NULL ? NULL : &certificate,
        .proxy = visit->proxy,
    };
    const struct app_event event = {
        .type = APP_TLS, .time_us = NOW * TIME_SECOND, .flow = &world->stand.flow, .tls = &tls};
    pipeline_take_event(world->stand.pipeline, &event);
}

static void test_visits(void **state)
{
    static const struct visit visits[] = {
        {"tv.example", true, NULL, false, 0, 0, false, 1, 0},
        {"TV.Example.", true, "tv.example", false, NOW, NOW, false, 1, 1},
        {"tv.example", true, "*.tv.example", false, NOW, NOW, false, 1, 0},
        {"a.tv.example", true, "*.tv.example", false, 0, NOW + 1, false, 1, 1},
        /* What proves nothing: another name, one's own signature, not yet, no more, a proxy. */
        {"tv.example", true, "other.example", false, NOW, NOW, false, 1, 0},
        {"tv.example", true, "tv.example", true, NOW, NOW, false, 1, 0},
        {"tv.example", true, "tv.example", false, NOW + 1, NOW + 2, false, 1, 0},
        {"tv.example", true, "tv.example", false, NOW - 2, NOW - 1, false, 1, 0},
        {"tv.example", true, "tv.example", false, NOW, NOW, true, 0, 0},
        /* No answer, no name, no hello, an address, the client's own one. */
        {"tv.example", false, NULL, false, 0, 0, false, 0, 0},
        {"", true, "tv.example", false, NOW, NOW, false, 0, 0},
        {NULL, true, "tv.example", false, NOW, NOW, false, 0, 0},
        {"203.0.113.20", true, "203.0.113.20", false, NOW, NOW, false, 0, 0},
        {"tv.example:443", true, NULL, false, 0, 0, false, 0, 0},
        {"host-198-51-100-7.isp.example", true, NULL, false, 0, 0, false, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(visits); i++) {
        struct world world;
        begin(&world);
        visit(&world, &visits[i]);
        if (world.names != visits[i].names || world.certificates != visits[i].certificates) {
            print_error("visit %zu\n", i);
        }
        assert_int_equal(world.names, visits[i].names);
        assert_int_equal(world.certificates, visits[i].certificates);
        if (visits[i].names > 0) {
            assert_int_equal(world.last.service.port, 443);
            assert_true(strchr(world.last.service.name, 'T') == NULL);
        }
        visit(&world, &visits[i]);
        assert_int_equal(world.names, visits[i].names); /* once in a while */
        end(&world);
    }
}

/* A server among the subscribers bears a pseudonym. */
static void test_home(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    struct prefix prefix;
    assert_true(prefix_parse("203.0.113.0/24", &prefix));
    world.stand.flow_settings.home.items = &prefix;
    world.stand.flow_settings.home.count = 1;
    const struct visit home = {"tv.example", true, NULL, false, 0, 0, false, 1, 0};
    visit(&world, &home);
    assert_int_equal(world.names, 1);
    assert_true(client_is_pseudonym(&world.last.service.address));
    world.stand.flow_settings.home.items = NULL;
    world.stand.flow_settings.home.count = 0;
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_visits), cmocka_unit_test(test_home)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
