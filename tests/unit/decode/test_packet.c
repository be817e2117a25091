/* The hash of the address pair: the same in both directions and in every run, and well spread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attr.h"
#include "decode/packet.h"

static uint32_t hash_of(const char *source, const char *destination)
{
    struct packet packet = {0};
    assert_true(address_parse(source, &packet.source));
    assert_true(address_parse(destination, &packet.destination));
    return packet_address_hash(&packet);
}

static void test_both_directions_agree(void **state)
{
    (void)state;
    assert_int_equal(hash_of("192.0.2.1", "203.0.113.10"), hash_of("203.0.113.10", "192.0.2.1"));
    assert_int_equal(hash_of("2001:db8::1", "2001:db8::2"), hash_of("2001:db8::2", "2001:db8::1"));
    assert_int_not_equal(hash_of("192.0.2.1", "203.0.113.10"), hash_of("192.0.2.1", "203.0.113.11"));
    assert_int_not_equal(hash_of("192.0.2.1", "192.0.2.1"), hash_of("192.0.2.2", "192.0.2.2"));
}

static void test_ports_do_not_matter(void **state)
{
    (void)state;
    struct packet packet = {0};
    assert_true(address_parse("192.0.2.1", &packet.source));
    assert_true(address_parse("203.0.113.10", &packet.destination));
    uint32_t whole = packet_address_hash(&packet);
    packet.source_port = 40000;
    packet.destination_port = 80;
    assert_int_equal(packet_address_hash(&packet), whole);
}

/* Which shard evicts is part of what a run puts out: a new version must not move flows. */
static void test_values_are_fixed(void **state)
{
    (void)state;
    assert_int_equal(hash_of("192.0.2.1", "203.0.113.10"), 0x667216f2);
    assert_int_equal(hash_of("2001:db8::1", "2001:db8::2"), 0x87880344);
}

enum { CLIENTS = 64000, BUCKETS_MAX = 64 };

/* Neighbouring clients of one server, split as owners (hash % workers) and shards (hash % 64) are. */
static void expect_spread(bool v6, size_t buckets)
{
    size_t counts[BUCKETS_MAX] = {0};
    struct packet packet = {0};
    assert_true(address_parse(v6 ? "2001:db8::" : "10.0.0.0", &packet.source));
    assert_true(address_parse("203.0.113.10", &packet.destination));
    size_t high = v6 ? 6 : 14;
    for (uint32_t client = 0; client < CLIENTS; client++) {
        packet.source.bytes[high] = (uint8_t)(client >> 8);
        packet.source.bytes[high + 1] = (uint8_t)client;
        counts[packet_address_hash(&packet) % buckets]++;
    }
    size_t expected = CLIENTS / buckets;
    for (size_t i = 0; i < buckets; i++) {
        /* Six standard deviations of a fair spread are under 20 % in 64 buckets, and less in fewer. */
        assert_in_range(counts[i], expected - expected / 5, expected + expected / 5);
    }
}

static void test_spread(void **state)
{
    (void)state;
    static const size_t buckets[] = {2, 3, 4, 5, 7, 8, 16, 64};
    for (size_t i = 0; i < ARRAY_COUNT(buckets); i++) {
        expect_spread(false, buckets[i]);
        expect_spread(true, buckets[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_directions_agree),
        cmocka_unit_test(test_ports_do_not_matter),
        cmocka_unit_test(test_values_are_fixed),
        cmocka_unit_test(test_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
