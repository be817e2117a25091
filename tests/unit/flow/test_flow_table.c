/* The table: keys, expiry, eviction, order of ends, and that workers do not matter. */
#include "talk.h"

#include <stdlib.h>

enum { LOG_SIZE = 1 << 20 };

/* A table whose ends are written down as "port@shard " in a log of its own for each shard. */
struct world {
    struct flow_settings settings;
    struct counter_cell counters[FLOW_COUNTERS_COUNT];
    struct flow_table *tables[FLOW_SHARDS];
    unsigned workers;
    char *logs[FLOW_SHARDS];
    size_t lens[FLOW_SHARDS];
};

static void write_end(void *context, struct flow *flow)
{
    struct world *world = context;
    char **log = &world->logs[flow->shard];
    size_t *len = &world->lens[flow->shard];
    if (*log == NULL) {
        *log = calloc(1, LOG_SIZE);
    }
    unsigned port = flow->ends[0].port < flow->ends[1].port ? flow->ends[1].port : flow->ends[0].port;
    *len += (size_t)snprintf(*log + *len, LOG_SIZE - *len, "%u:%llu ", port,
                             (unsigned long long)(flow->sides[0].packets + flow->sides[1].packets));
    assert_true(*len < LOG_SIZE);
}

static void world_start(struct world *world, unsigned workers, uint64_t max_flows)
{
    static const struct hash_key key = {{3, 4}};
    memset(world, 0, sizeof *world);
    option_set_defaults(&flow_options, &world->settings);
    world->settings.max_flows = max_flows;
    world->workers = workers;
    for (unsigned i = 0; i < workers; i++) {
        world->tables[i] =
            flow_table_create(&world->settings, &key, i, workers, world->counters, write_end, world);
    }
}

/* Ends the flows that are left; the logs stay until world_forget. */
static void world_stop(struct world *world)
{
    for (unsigned i = 0; i < world->workers; i++) {
        flow_table_free(world->tables[i]);
        world->tables[i] = NULL;
    }
    option_free(&flow_options, &world->settings);
}

static void world_forget(struct world *world)
{
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        free(world->logs[i]);
    }
}

static struct packet make_packet(unsigned host, uint16_t port, enum transport transport, int64_t time_us)
{
    uint8_t client[4] = {198, 51, (uint8_t)(host >> 8), (uint8_t)host};
    static const uint8_t server[4] = {203, 0, 113, 9};
    struct packet packet = {
        .time_us = time_us,
        .source = address_from_v4(client),
        .destination = address_from_v4(server),
        .source_port = port,
        .destination_port = 443,
        .transport = transport,
        .tcp_flags = TCP_ACK,
    };
    packet.address_hash = packet_address_hash(&packet);
    return packet;
}

static unsigned long long flows_now(const struct world *world)
{
    return counter_get(world->counters, FLOW_CREATED) - counter_get(world->counters, FLOW_ENDED);
}

static struct flow *world_take(struct world *world, const struct packet *packet)
{
    unsigned side;
    return flow_table_take(world->tables[flow_shard_of(packet) % world->workers], packet, &side);
}

static struct flow *take(struct world *world, uint16_t port, enum transport transport, int64_t time_us)
{
    struct packet packet = make_packet(1, port, transport, time_us);
    return world_take(world, &packet);
}

static const char *only_log(const struct world *world)
{
    const char *found = "";
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        if (world->logs[i] != NULL) {
            assert_string_equal(found, "");
            found = world->logs[i];
        }
    }
    return found;
}

static void test_both_directions_are_one_flow(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 1024);
    struct packet there = make_packet(1, 40000, TRANSPORT_UDP, 0);
    struct packet back = there;
    back.source = there.destination;
    back.destination = there.source;
    back.source_port = there.destination_port;
    back.destination_port = there.source_port;
    unsigned side_there, side_back;
    struct flow *flow = flow_table_take(world.tables[0], &there, &side_there);
    assert_ptr_equal(flow_table_take(world.tables[0], &back, &side_back), flow);
    assert_int_equal(side_there ^ side_back, 1);
    assert_int_equal(flow->client, side_there);
    assert_memory_equal(&flow_client(flow)->address, &there.source, sizeof there.source);
    assert_int_equal(flow_client(flow)->port, 40000);
    assert_int_equal(flow_server(flow)->port, 443);
    assert_int_equal(flow->shard, flow_shard_of(&there));
    assert_ptr_not_equal(take(&world, 40000, TRANSPORT_TCP, 0), flow);
    assert_ptr_not_equal(take(&world, 40001, TRANSPORT_UDP, 0), flow);
    assert_int_equal(flows_now(&world), 3);
    world_stop(&world);
    world_forget(&world);
}

static void test_same_address_orders_by_port(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 1024);
    struct packet packet = make_packet(1, 40000, TRANSPORT_TCP, 0);
    packet.destination = packet.source;
    unsigned side;
    struct flow *flow = flow_table_take(world.tables[0], &packet, &side);
    assert_int_equal(side, 1);
    assert_int_equal(flow->ends[0].port, 443);
    assert_int_equal(flow->client, 1);
    world_stop(&world);
    world_forget(&world);
}

static void test_packets_without_flow(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 1024);
    struct packet packet = make_packet(1, 40000, TRANSPORT_OTHER, 0);
    unsigned side;
    assert_null(flow_table_take(world.tables[0], &packet, &side));
    packet.transport = TRANSPORT_UDP;
    packet.fragment = true;
    assert_null(flow_table_take(world.tables[0], &packet, &side));
    assert_int_equal(flows_now(&world), 0);
    world_stop(&world);
}

/* Each life has its timeout, and the packet that comes later decides, whether or not a sweep came before. */
static void test_expiry(void **state)
{
    (void)state;
    static const struct {
        enum transport transport;
        uint8_t flags;
        uint32_t payload;
        int64_t timeout;
    } rows[] = {
        {TRANSPORT_UDP, 0, 10, 60 * TIME_SECOND},
        {TRANSPORT_TCP, TCP_SYN, 0, 30 * TIME_SECOND},
        {TRANSPORT_TCP, TCP_ACK, 10, 600 * TIME_SECOND},
        {TRANSPORT_TCP, TCP_ACK | TCP_FIN, 10, 10 * TIME_SECOND}, /* the only side that is seen */
        {TRANSPORT_TCP, TCP_RST, 0, 10 * TIME_SECOND},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (unsigned variant = 0; variant < 4; variant++) {
            bool sweep = (variant & 1) != 0;
            bool late = (variant & 2) != 0;
            struct world world;
            world_start(&world, 1, 1024);
            struct packet packet = make_packet(1, 40000, rows[i].transport, 5 * TIME_SECOND);
            packet.tcp_flags = rows[i].flags;
            packet.payload_wire_len = rows[i].payload;
            world_take(&world, &packet);
            packet.time_us += rows[i].timeout + (late ? 1 : 0);
            packet.tcp_flags = TCP_ACK;
            if (sweep) {
                flow_table_sweep(world.tables[0], packet.time_us, SIZE_MAX);
                assert_int_equal(flows_now(&world), late ? 0 : 1);
            }
            struct flow *flow = world_take(&world, &packet);
            assert_true(flow->first_us == (late ? packet.time_us : 5 * TIME_SECOND));
            assert_string_equal(only_log(&world), late ? "40000:1 " : "");
            world_stop(&world);
            world_forget(&world);
        }
    }
}

/* A clock that goes backwards expires nothing and does not make a flow older. */
static void test_time_goes_backwards(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 1024);
    struct flow *flow = take(&world, 40000, TRANSPORT_UDP, 100 * TIME_SECOND);
    assert_ptr_equal(take(&world, 40000, TRANSPORT_UDP, 10 * TIME_SECOND), flow);
    assert_true(flow->last_us == 100 * TIME_SECOND);
    assert_ptr_equal(take(&world, 40000, TRANSPORT_UDP, 159 * TIME_SECOND), flow);
    world_stop(&world);
    world_forget(&world);
}

/* What was used within the same eight seconds need not be in the order of use. */
enum { LATER = 9 * TIME_SECOND };

static void test_sweep_has_a_budget_for_each_shard(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 4096);
    for (uint16_t port = 1; port <= 5; port++) {
        take(&world, port, TRANSPORT_UDP, port * LATER);
        struct packet elsewhere = make_packet(2, port, TRANSPORT_UDP, port * LATER);
        world_take(&world, &elsewhere);
    }
    take(&world, 1, TRANSPORT_UDP, 6 * LATER); /* no longer the oldest */
    flow_table_sweep(world.tables[0], 1000 * TIME_SECOND, 2);
    assert_int_equal(flows_now(&world), 6);
    struct packet packet = make_packet(1, 1, TRANSPORT_UDP, 0);
    assert_string_equal(world.logs[flow_shard_of(&packet)], "443:1 443:1 ");
    flow_table_sweep(world.tables[0], 1000 * TIME_SECOND, 2);
    flow_table_sweep(world.tables[0], 1000 * TIME_SECOND, 2);
    assert_int_equal(flows_now(&world), 0);
    world_stop(&world);
    world_forget(&world);
}

static void test_eviction_of_the_least_recently_used(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 3 * FLOW_SHARDS + 63); /* three a shard */
    take(&world, 2001, TRANSPORT_TCP, 1 * LATER);
    take(&world, 2002, TRANSPORT_UDP, 2 * LATER);
    take(&world, 2003, TRANSPORT_TCP, 3 * LATER);
    take(&world, 2001, TRANSPORT_TCP, 4 * LATER);
    take(&world, 2004, TRANSPORT_TCP, 5 * LATER);
    assert_string_equal(only_log(&world), "2002:1 ");
    take(&world, 2005, TRANSPORT_UDP, 6 * LATER);
    assert_string_equal(only_log(&world), "2002:1 2003:1 ");
    take(&world, 2006, TRANSPORT_UDP, 7 * LATER);
    assert_string_equal(only_log(&world), "2002:1 2003:1 2001:2 ");
    assert_int_equal(flows_now(&world), 3);
    assert_true(counter_get(world.counters, FLOW_EVICTED) == 3);
    assert_true(counter_get(world.counters, FLOW_CREATED) == 6);
    world_stop(&world);
    assert_string_equal(only_log(&world), "2002:1 2003:1 2001:2 2004:1 2005:1 2006:1 ");
    assert_true(counter_get(world.counters, FLOW_ENDED) == 6);
    assert_true(counter_get(world.counters, FLOW_NOTHING) == 6);
    world_forget(&world);
}

static void test_all_end_in_order_of_creation(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 4096);
    for (uint16_t port = 2000; port < 2010; port++) {
        take(&world, port, port % 3 == 0 ? TRANSPORT_UDP : TRANSPORT_TCP, port);
    }
    for (uint16_t port = 2009; port >= 2000; port = (uint16_t)(port - 2)) {
        take(&world, port, port % 3 == 0 ? TRANSPORT_UDP : TRANSPORT_TCP, 3000 - port);
    }
    flow_table_end_all(world.tables[0]);
    assert_int_equal(flows_now(&world), 0);
    assert_string_equal(only_log(&world),
                        "2000:1 2001:2 2002:1 2003:2 2004:1 2005:2 2006:1 2007:2 2008:1 2009:2 ");
    take(&world, 2000, TRANSPORT_TCP, 5000); /* and goes on with the next file */
    assert_int_equal(flows_now(&world), 1);
    world_stop(&world);
    world_forget(&world);
}

/* A table grows far beyond its first buckets and finds everything again. */
static void test_many_flows(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 1 << 20);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 200000; i++) {
            struct packet packet = make_packet(i >> 10, (uint16_t)(i & 1023), TRANSPORT_UDP, i);
            struct flow *flow = world_take(&world, &packet);
            assert_true(flow->sides[0].packets + flow->sides[1].packets == round + 1);
        }
    }
    assert_int_equal(flows_now(&world), 200000);
    world_stop(&world);
    world_forget(&world);
}

/* The same packets through 1, 2, 3, 7 and 64 workers: each shard ends the same flows in the same order. */
static void play(struct world *world)
{
    uint64_t random = 12345;
    int64_t now_us = 0;
    for (unsigned i = 0; i < 60000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        unsigned value = (unsigned)(random >> 33);
        now_us += value % 2000;
        struct packet packet = make_packet(value % 97, (uint16_t)(2000 + value / 97 % 50),
                                           value % 5 == 0 ? TRANSPORT_UDP : TRANSPORT_TCP, now_us);
        packet.tcp_flags = value % 11 == 0 ? TCP_SYN : value % 13 == 0 ? TCP_RST | TCP_ACK : TCP_ACK;
        packet.tcp_sequence = value;
        packet.payload_wire_len = value % 3 == 0 ? 100 : 0;
        world_take(world, &packet);
        if (i % 1000 == 0) {
            for (unsigned worker = 0; worker < world->workers; worker++) {
                flow_table_sweep(world->tables[worker], now_us, 3);
            }
        }
    }
}

static void test_workers_do_not_matter(void **state)
{
    (void)state;
    static const unsigned workers[] = {1, 2, 3, 7, FLOW_SHARDS};
    struct world first = {0};
    for (size_t i = 0; i < ARRAY_COUNT(workers); i++) {
        struct world world;
        world_start(&world, workers[i], 20 * FLOW_SHARDS);
        world.settings.udp_timeout = world.settings.tcp_new_timeout = TIME_SECOND;
        play(&world);
        world_stop(&world);
        if (i == 0) {
            first = world;
            assert_true(counter_get(first.counters, FLOW_EVICTED) > 1000);
            assert_true(counter_get(first.counters, FLOW_REUSED) > 100);
            continue;
        }
        for (size_t shard = 0; shard < FLOW_SHARDS; shard++) {
            assert_true((first.logs[shard] == NULL) == (world.logs[shard] == NULL));
            if (first.logs[shard] != NULL) {
                assert_string_equal(first.logs[shard], world.logs[shard]);
            }
        }
        world_forget(&world);
    }
    world_forget(&first);
}

static void test_visibility_is_counted(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 1024);
    take(&world, 1, TRANSPORT_UDP, 0)->visibility = VISIBILITY_CLEAR;
    take(&world, 2, TRANSPORT_UDP, 0)->visibility = VISIBILITY_NAME;
    take(&world, 3, TRANSPORT_UDP, 0)->visibility = VISIBILITY_NAME;
    take(&world, 4, TRANSPORT_UDP, 0);
    world_stop(&world);
    assert_true(counter_get(world.counters, FLOW_CLEAR) == 1);
    assert_true(counter_get(world.counters, FLOW_NAME_ONLY) == 2);
    assert_true(counter_get(world.counters, FLOW_NOTHING) == 1);
    world_forget(&world);
}

static void test_defaults(void **state)
{
    (void)state;
    struct flow_settings settings = {0};
    option_set_defaults(&flow_options, &settings);
    assert_true(settings.max_flows == 1048576);
    assert_true(settings.tcp_timeout == 600 * TIME_SECOND);
    assert_true(settings.tcp_closed_timeout == 10 * TIME_SECOND);
    assert_true(settings.tcp_new_timeout == 30 * TIME_SECOND);
    assert_true(settings.udp_timeout == 60 * TIME_SECOND);
    assert_true(settings.stream_depth == 0 && settings.stream_hold == 262144);
    assert_true(settings.stream_memory == 268435456);
    assert_true(settings.home.count == 0);
    assert_int_equal(settings.ndpi_flows, NDPI_FLOWS_UNKNOWN);
    assert_true(settings.ndpi_packets == 8);
    option_free(&flow_options, &settings);
}

/* What is kept of a flow that is inspected: made once, freed when nothing is in it, empty when it is made
 * again. */
static void test_attachment(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, 1, 4096);
    struct flow *flow = take(&world, 40000, TRANSPORT_TCP, 1);
    struct flow *other = take(&world, 40001, TRANSPORT_TCP, 1);
    assert_null(flow_attachment(flow));
    flow_table_settle(world.tables[0], flow);
    flow_table_attach(world.tables[0], flow);
    flow_table_attach(world.tables[0], other);
    struct flow_attachment *kept = flow_attached(flow);
    assert_ptr_not_equal(kept, flow_attached(other));
    flow_table_attach(world.tables[0], flow);
    assert_ptr_equal(flow_attached(flow), kept);
    kept->rule_bits = 1;
    kept->rule_names = 2;
    flow_table_settle(world.tables[0], flow);
    assert_ptr_equal(flow_attachment(flow), kept); /* rules remember something */
    kept->rule_bits = 0;
    flow_table_settle(world.tables[0], flow);
    assert_null(flow_attachment(flow));
    assert_non_null(flow_attachment(other));
    flow_table_attach(world.tables[0], flow);
    assert_ptr_equal(flow_attached(flow), kept); /* the same place, cleared */
    assert_true(kept->rule_names == 0);
    world_stop(&world); /* frees what is left */
    world_forget(&world);
}

/* With its place in the index, whatever the cap; only what is rounded up to a line of each shard comes on
 * top. */
static void test_memory_of_a_flow(void **state)
{
    (void)state;
    for (uint64_t flows = FLOW_SHARDS; flows <= UINT64_C(1) << 26; flows *= 2) {
        const struct flow_settings settings = {.max_flows = flows};
        assert_true(flow_memory_followed(&settings) <= 128 * flows + 64 * FLOW_SHARDS);
        assert_true(flow_memory_followed(&settings) >= sizeof(struct flow) * flows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_directions_are_one_flow),
        cmocka_unit_test(test_same_address_orders_by_port),
        cmocka_unit_test(test_packets_without_flow),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_time_goes_backwards),
        cmocka_unit_test(test_sweep_has_a_budget_for_each_shard),
        cmocka_unit_test(test_eviction_of_the_least_recently_used),
        cmocka_unit_test(test_attachment),
        cmocka_unit_test(test_memory_of_a_flow),
        cmocka_unit_test(test_all_end_in_order_of_creation),
        cmocka_unit_test(test_many_flows),
        cmocka_unit_test(test_workers_do_not_matter),
        cmocka_unit_test(test_visibility_is_counted),
        cmocka_unit_test(test_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
