/* pipeline_dns: which addresses an answer ties to a name, for whom, and how many of them. */
#include <stdio.h>

#include "tests/unit/top/stand.h"

#define NOW (INT64_C(1795400000) * TIME_SECOND)

struct world {
    struct stand stand;
    struct dns_message message;
    struct dns_exchange exchange;
    unsigned told;
    struct worker_record last;
};

static void take(void *context, const struct worker_record *record)
{
    struct world *world = context;
    assert_int_equal(record->type, RECORD_FACT);
    assert_int_equal(record->name_from, NAME_FROM_DNS);
    assert_int_equal(record->fact.type, FACT_ADDRESS);
    assert_int_equal(record->service.port, 0);
    assert_true(record->client != 0);
    world->told++;
    world->last = *record;
}

static void set(const struct option_table *table, void *settings, const char *name, const char *text)
{
    char error[OPTION_ERROR_SIZE];
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, name) == 0) {
            assert_true(option_set_text(&table->rows[i], settings, text, error));
            return;
        }
    }
    fail_msg("no option %s", name);
}

static void begin(struct world *world)
{
    memset(world, 0, sizeof *world);
    stand_defaults(&world->stand);
    set(&flow_options, &world->stand.flow_settings, "network.home", "198.51.100.0/24");
    set(&flow_options, &world->stand.flow_settings, "network.resolvers", "203.0.113.53");
    set(&app_options, &world->stand.app_settings, "app.dns_addresses", "3");
    stand_begin(&world->stand, "203.0.113.53", 0, take, world);
    world->stand.flow.transport = TRANSPORT_UDP;
    world->exchange = (struct dns_exchange){.asked = true,
                                            .type = DNS_A,
                                            .class = DNS_CLASS_IN,
                                            .name = slice_text("Panel.Example"),
                                            .host = true,
                                            .answer = &world->message};
}

static void end(struct world *world)
{
    stand_end(&world->stand);
}

static void set_name(struct dns_name *name, const char *text)
{
    name->len = (uint8_t)strlen(text);
    memcpy(name->text, text, name->len);
}

static void add_address(struct world *world, const char *owner, const char *address, uint32_t ttl)
{
    struct dns_answer *answer = &world->message.answers[world->message.answer_count++];
    *answer = (struct dns_answer){.type = DNS_A, .ttl = ttl, .understood = true};
    set_name(&answer->owner, owner);
    assert_true(address_parse(address, &answer->address));
}

static void add_alias(struct world *world, const char *owner, const char *target, uint32_t ttl)
{
    struct dns_answer *answer = &world->message.answers[world->message.answer_count++];
    *answer = (struct dns_answer){.type = DNS_CNAME, .ttl = ttl, .understood = true};
    set_name(&answer->owner, owner);
    set_name(&answer->target, target);
}

static unsigned answer(struct world *world, int64_t time_us)
{
    const struct app_event event = {
        .type = APP_DNS, .time_us = time_us, .flow = &world->stand.flow, .dns = &world->exchange};
    unsigned before = world->told;
    pipeline_take_event(world->stand.pipeline, &event);
    return world->told - before;
}

static void aliases_are_followed(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    add_address(&world, "edge.cdn.example", "203.0.113.23", 300);
    add_alias(&world, "panel.cdn.example", "edge.cdn.example", 20);
    add_alias(&world, "panel.example", "PANEL.cdn.example", 60);
    add_address(&world, "stranger.example", "203.0.113.24", 300);
    add_alias(&world, "edge.cdn.example.", "panel.example", 1);
    assert_int_equal(answer(&world, NOW), 1);
    char text[ADDRESS_TEXT_SIZE];
    assert_string_equal(address_print(&world.last.service.address, text), "203.0.113.23");
    assert_string_equal(world.last.service.name, "panel.example");
    assert_int_equal(world.last.fact.address.ttl, 20);
    assert_true(world.last.fact.address.trusted);
    assert_int_equal(answer(&world, NOW + 1), 0); /* told once in a span */
    assert_true(address_parse("203.0.113.54", &world.stand.flow.ends[1].address));
    assert_int_equal(answer(&world, NOW + 2), 1);
    assert_false(world.last.fact.address.trusted);
    end(&world);
}

static void aliases_in_a_circle_end(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    add_alias(&world, "panel.example", "other.example", 20);
    add_alias(&world, "other.example", "panel.example", 20);
    add_address(&world, "other.example", "203.0.113.23", 300);
    assert_int_equal(answer(&world, NOW), 0);
    end(&world);
}

static void what_ties_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name, *address;
        bool good, asked, host, cut;
        uint16_t flags, type;
    } rows[] = {
        {"panel.example", "203.0.113.23", true, true, true, false, 0x8180, DNS_A},
        {"panel.example", "203.0.113.23", false, false, true, false, 0x8180, DNS_A},
        {"panel.example", "203.0.113.23", false, true, false, false, 0x8180, DNS_A},
        {"panel.example", "203.0.113.23", false, true, true, true, 0x8180, DNS_A},
        {"panel.example", "203.0.113.23", false, true, true, false, 0x8380, DNS_A}, /* truncated */
        {"panel.example", "203.0.113.23", false, true, true, false, 0x8183, DNS_A}, /* no such name */
        {"panel.example", "203.0.113.23", false, true, true, false, 0x8180, 16},
        {"panel.example", "192.168.1.1", false, true, true, false, 0x8180, DNS_A},
        {"panel.example", "127.0.0.1", false, true, true, false, 0x8180, DNS_A},
        {"panel.example", "0.0.0.0", false, true, true, false, 0x8180, DNS_A},
        {"panel.example", "198.51.100.9", false, true, true, false, 0x8180, DNS_A}, /* a subscriber's */
        {"panel", "203.0.113.23", false, true, true, false, 0x8180, DNS_A},
        {"203.0.113.23", "203.0.113.23", false, true, true, false, 0x8180, DNS_A},
        {"198-51-100-7.dyn.example", "203.0.113.23", false, true, true, false, 0x8180, DNS_A},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct world world;
        begin(&world);
        add_address(&world, rows[i].name, rows[i].address, 300);
        world.exchange.name = slice_text(rows[i].name);
        world.exchange.asked = rows[i].asked;
        world.exchange.host = rows[i].host;
        world.exchange.type = rows[i].type;
        world.message.cut = rows[i].cut;
        world.message.flags = rows[i].flags;
        assert_int_equal(answer(&world, NOW), rows[i].good);
        end(&world);
    }
}

/* Three in a second, of each part of the flows. */
static void floods_are_cut(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    char address[ADDRESS_TEXT_SIZE];
    for (unsigned i = 0; i < 10; i++) {
        snprintf(address, sizeof address, "203.0.113.%u", i + 1);
        add_address(&world, "panel.example", address, 300);
    }
    assert_int_equal(answer(&world, NOW), 3);
    assert_int_equal(counter_get(world.stand.cells, PIPELINE_ADDRESSES_CAP), 7);
    assert_int_equal(answer(&world, NOW + TIME_SECOND - 1), 0);
    world.stand.flow.shard = 1;
    assert_int_equal(answer(&world, NOW), 3);
    world.stand.flow.shard = 0;
    assert_int_equal(answer(&world, NOW + TIME_SECOND), 3);
    assert_int_equal(counter_get(world.stand.cells, PIPELINE_ADDRESSES_TOLD), 9);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_are_followed),
        cmocka_unit_test(aliases_in_a_circle_end),
        cmocka_unit_test(what_ties_nothing),
        cmocka_unit_test(floods_are_cut),
    };
    return cmocka_run_group_tests_name("pipeline_dns", tests, NULL, NULL);
}
