/* nDPI behind its one file. What it finds is its own business: tested is that well-known payload settles,
 * that state comes and goes when it should, and the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow/classifier.h"

struct fixture {
    struct counter_cell counters[FLOW_COUNTERS_COUNT];
    struct flow_settings settings;
    struct flow_table *table;
    struct classifier *classifier;
    uint8_t ip[1500];
    uint32_t sequence[2];
};

static void drop_at_end(void *context, struct flow *flow)
{
    (void)context;
    classifier_drop(flow);
}

static int start(void **state)
{
    static struct fixture fixture;
    static const struct hash_key key = {{1, 2}};
    memset(&fixture, 0, sizeof fixture);
    option_set_defaults(&flow_options, &fixture.settings);
    fixture.table = flow_table_create(&fixture.settings, &key, 0, 1, fixture.counters, drop_at_end, NULL);
    struct failure failure = {0};
    fixture.classifier = classifier_create(&fixture.settings, fixture.counters, &failure);
    assert_non_null(fixture.classifier);
    assert_int_equal(failure.status, EXIT_STATUS_GOOD);
    fixture.sequence[0] = 1000;
    fixture.sequence[1] = 9000;
    *state = &fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    flow_table_free(fixture->table);
    classifier_free(fixture->classifier);
    option_free(&flow_options, &fixture->settings);
    return 0;
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* An IPv4 packet with a TCP segment, from side 0 (10.0.0.1:40000) or side 1 (198.51.100.9:8080). */
static const void *classifier_state(const struct flow *flow)
{
    const struct flow_attachment *kept = flow_attachment(flow);
    return kept == NULL ? NULL : kept->classifier;
}

static bool send(struct fixture *fixture, unsigned side, const char *payload, struct flow **flow)
{
    static const uint8_t addresses[2][4] = {{10, 0, 0, 1}, {198, 51, 100, 9}};
    static const uint16_t ports[2] = {40000, 8080};
    size_t len = strlen(payload);
    uint8_t *ip = fixture->ip;
    assert_true(40 + len <= sizeof fixture->ip);
    memset(ip, 0, 40);
    ip[0] = 0x45;
    put16(ip + 2, 40 + len);
    ip[8] = 64;
    ip[9] = 6;
    memcpy(ip + 12, addresses[side], 4);
    memcpy(ip + 16, addresses[side ^ 1], 4);
    put16(ip + 20, ports[side]);
    put16(ip + 22, ports[side ^ 1]);
    put32(ip + 24, fixture->sequence[side]);
    put32(ip + 28, fixture->sequence[side ^ 1]);
    ip[32] = 0x50;
    ip[33] = TCP_ACK | TCP_PSH;
    put16(ip + 34, 65535);
    memcpy(ip + 40, payload, len);
    struct packet packet = {
        .time_us = 1000000,
        .source = address_from_v4(addresses[side]),
        .destination = address_from_v4(addresses[side ^ 1]),
        .source_port = ports[side],
        .destination_port = ports[side ^ 1],
        .transport = TRANSPORT_TCP,
        .tcp_flags = TCP_ACK | TCP_PSH,
        .tcp_sequence = fixture->sequence[side],
        .tcp_acknowledgement = fixture->sequence[side ^ 1],
        .ip = slice_make(ip, 40 + len),
        .payload = slice_make(ip + 40, len),
        .payload_wire_len = (uint32_t)len,
    };
    fixture->sequence[side] += (uint32_t)len;
    unsigned sender;
    *flow = flow_table_take(fixture->table, &packet, &sender);
    flow_table_attach(fixture->table, *flow);
    assert_int_equal(sender, side);
    return classifier_take(fixture->classifier, *flow, &packet, sender);
}

static void test_http_settles(void **state)
{
    struct fixture *fixture = *state;
    struct flow *flow;
    assert_true(send(fixture, 0, "", &flow));
    assert_null(classifier_state(flow)); /* no payload, no state */
    send(fixture, 0, "GET /live/index.m3u8 HTTP/1.1\r\nHost: panel.example\r\nUser-Agent: VLC/3.0\r\n\r\n",
         &flow);
    send(fixture, 1,
         "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
         &flow);
    uint16_t http = classifier_protocol_id(fixture->classifier, "HTTP");
    assert_int_not_equal(http, 0);
    assert_int_equal(flow->ndpi_protocol, http);
    assert_string_equal(classifier_protocol_name(fixture->classifier, flow->ndpi_protocol), "HTTP");
    for (unsigned i = 0; i < 40; i++) {
        send(fixture, 1, "more", &flow);
    }
    assert_true(flow->classified);
    assert_null(classifier_state(flow));
    assert_int_equal(flow->ndpi_protocol, http);
    assert_true(counter_get(fixture->counters, NDPI_FLOWS_STARTED) == 1);
    uint64_t packets = counter_get(fixture->counters, NDPI_PACKETS);
    assert_true(packets >= 2 && packets <= 8);
    assert_false(send(fixture, 1, "more", &flow));
    assert_true(counter_get(fixture->counters, NDPI_PACKETS) == packets);
}

/* Also where nothing is guessed from ports. */
static void test_unknown_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    struct flow *flow;
    for (unsigned i = 1; i <= 8; i++) {
        bool more = send(fixture, i % 2, "\x01\xfe\x93zq#", &flow);
        if (more) {
            assert_non_null(classifier_state(flow));
        }
        assert_true(i < 8 || !more);
    }
    assert_null(classifier_state(flow));
    assert_true(flow->classified);
    assert_int_equal(flow->ndpi_protocol, 0);
}

static void test_dropped_flow_gets_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct flow *flow;
    assert_true(send(fixture, 0, "\x01\xfe", &flow));
    assert_non_null(classifier_state(flow));
    classifier_drop(flow);
    assert_null(classifier_state(flow));
    assert_false(send(fixture, 0, "\x02\xfd", &flow));
    assert_null(classifier_state(flow));
    classifier_drop(flow);
    assert_true(counter_get(fixture->counters, NDPI_PACKETS) == 1);
}

/* State that is left when the table goes belongs to nobody else: LeakSanitizer looks. */
static void test_state_left_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct flow *flow;
    assert_true(send(fixture, 0, "\x01\xfe", &flow));
    assert_non_null(classifier_state(flow));
}

static void test_names(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(classifier_protocol_id(fixture->classifier, "http"),
                     classifier_protocol_id(fixture->classifier, "HTTP"));
    assert_int_equal(classifier_protocol_id(fixture->classifier, "no such protocol"), 0);
    assert_int_equal(classifier_protocol_id(fixture->classifier, ""), 0);
    assert_string_equal(classifier_protocol_name(fixture->classifier, 0), "Unknown");
    assert_non_null(classifier_protocol_name(fixture->classifier, UINT16_MAX));
    unsigned major, minor;
    assert_int_equal(sscanf(classifier_version(), "%u.%u", &major, &minor), 2);
    assert_true(major >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_http_settles, start, stop),
        cmocka_unit_test_setup_teardown(test_unknown_is_given_up, start, stop),
        cmocka_unit_test_setup_teardown(test_dropped_flow_gets_no_more, start, stop),
        cmocka_unit_test_setup_teardown(test_state_left_at_the_end, start, stop),
        cmocka_unit_test_setup_teardown(test_names, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
