/* The same packet twice counts once; what differs in anything but a router's marks counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/mirror.h"

struct bench {
    struct flow_settings settings;
    struct counter_cell cells[FLOW_COUNTERS_COUNT];
    struct mirror *mirror;
};

static void bench_open(struct bench *bench, int64_t duplicates)
{
    static const struct hash_key key = {{5, 6}};
    *bench = (struct bench){.settings = {.duplicates = duplicates}};
    bench->mirror = mirror_create(&bench->settings, &key, bench->cells);
}

static uint8_t ip[20] = {0x45, [4] = 0x12, [5] = 0x34, [8] = 64};

static struct packet make_packet(struct slice payload)
{
    return (struct packet){
        .time_us = TIME_SECOND,
        .source = address_from_v4((const uint8_t[]){192, 0, 2, 1}),
        .destination = address_from_v4((const uint8_t[]){203, 0, 113, 10}),
        .source_port = 40000,
        .destination_port = 8080,
        .transport = TRANSPORT_TCP,
        .tcp_flags = TCP_ACK,
        .tcp_window = 512,
        .tcp_sequence = 1,
        .tcp_acknowledgement = 2,
        .ip = slice_make(ip, sizeof ip),
        .payload = payload,
        .payload_wire_len = (uint32_t)payload.len,
    };
}

static void test_every_length(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, 20000);
    for (size_t len = 0; len <= 40; len++) {
        uint8_t *bytes = malloc(len > 0 ? len : 1); /* exactly so long: reading on is seen */
        assert_non_null(bytes);
        memset(bytes, (int)len, len);
        struct packet packet = make_packet(slice_make(bytes, len));
        assert_false(mirror_repeats(bench.mirror, &packet));
        ip[8]--; /* a router */
        assert_true(mirror_repeats(bench.mirror, &packet));
        free(bytes);
    }
    assert_int_equal(counter_get(bench.cells, MIRROR_DUPLICATES), 41);
    mirror_free(bench.mirror);
}

static void test_time(void **state)
{
    (void)state;
    static const struct {
        int64_t later_us;
        bool repeats;
    } cases[] = {{0, true}, {20000, true}, {20001, false}, {-20000, true}, {-20001, false}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bench bench;
        bench_open(&bench, 20000);
        struct packet packet = make_packet(slice_text("hello"));
        assert_false(mirror_repeats(bench.mirror, &packet));
        packet.time_us += cases[i].later_us;
        assert_int_equal(mirror_repeats(bench.mirror, &packet), cases[i].repeats);
        mirror_free(bench.mirror);
    }
}

static void test_what_differs(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, 20000);
    struct packet first = make_packet(slice_text("hello, world"));
    assert_false(mirror_repeats(bench.mirror, &first));
    struct packet others[] = {first, first, first, first, first, first, first, first, first, first, first};
    others[0].source.bytes[15] ^= 1;
    others[1].destination.bytes[12] ^= 1;
    others[2].source_port++;
    others[3].destination_port++;
    others[4].tcp_sequence++;
    others[5].tcp_acknowledgement++;
    others[6].tcp_window++;
    others[7].tcp_flags = TCP_ACK | TCP_PSH;
    others[8].payload = slice_text("jello, world");
    others[9].payload = slice_text("hello, world!");
    others[9].payload_wire_len = 13;
    others[10].transport = TRANSPORT_UDP;
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        assert_false(mirror_repeats(bench.mirror, &others[i]));
    }
    ip[5] ^= 1;
    assert_false(mirror_repeats(bench.mirror, &first)); /* another packet to IP: its sender repeated it */
    assert_int_equal(counter_get(bench.cells, MIRROR_DUPLICATES), 0);
    mirror_free(bench.mirror);
}

static void test_off(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, 0);
    struct packet packet = make_packet(slice_text("hello"));
    assert_false(mirror_repeats(bench.mirror, &packet));
    assert_false(mirror_repeats(bench.mirror, &packet));
    mirror_free(bench.mirror);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_what_differs),
        cmocka_unit_test(test_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
