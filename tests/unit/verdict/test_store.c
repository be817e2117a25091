/* verdict/store: caps, who is forgotten first, and that nothing dangles. */
#include "tests/unit/verdict/fixture.h"

static struct service_key number_at(unsigned number, const char *name)
{
    char ip[32];
    snprintf(ip, sizeof ip, "198.51.%u.%u", number / 256 % 256, number % 256);
    return service_at(ip, 80, name);
}

static void the_least_and_longest_unseen_is_forgotten(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_services", "16");
    fixture_start(&f, false);
    for (unsigned i = 0; i < 16; i++) {
        give_hit(&f, number_at(i, "a.example"), 1, i < 4 ? &login_proof : &path_claim);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 16);
    assert_int_equal(f.count, 4);
    give_hit(&f, number_at(4, "a.example"), 2, &path_claim); /* seen again: 5 is the oldest claim now */
    give_hit(&f, number_at(100, "a.example"), 1, &path_claim);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 16);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES_EVICTED), 1);
    give_volume(&f, number_at(4, "a.example"), 1, 1);
    for (unsigned i = 200; i < 300; i++) {
        give_hit(&f, number_at(i, "a.example"), 1, &path_claim);
        assert_int_equal(fixture_counter(&f, VERDICT_SUSPECTED), 4);
        assert_int_equal(fixture_counter(&f, VERDICT_OBSERVED), 12);
    }
    /* Those with a higher level outlive a flood, and go by age among themselves. */
    for (unsigned i = 300; i < 316; i++) {
        give_hit(&f, number_at(i, "a.example"), 1, &stream_proof);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_SUSPECTED), 16);
    size_t before = f.count;
    give_hit(&f, number_at(3, "a.example"), 1, &login_proof); /* 0 to 3 are gone */
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_MOVED); /* its namesakes are known elsewhere */
    fixture_close(&f);
}

static void services_of_one_address_are_capped(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_per_address", "8");
    fixture_start(&f, false);
    give_hit(&f, service_at("203.0.113.10", 8080, "panel.example"), 1, &login_proof);
    char name[32];
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "forged%u.example", i);
        give_hit(&f, service_at("203.0.113.10", 8080, name), 1, &path_claim);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 8);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES_EVICTED), 993);
    size_t before = f.count;
    give_hit(&f, service_at("203.0.113.10", 8080, "panel.example"), 1, &pay_names);
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_RAISED);
    fixture_close(&f);
}

static void addresses_without_services_go_first(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_addresses", "16");
    fixture_start(&f, false);
    struct service_key panel = service_at("203.0.113.10", 8080, "panel.example");
    give_confirmed(&f, panel, 1, 3);
    give_name(&f, service_at("203.0.113.10", 80, "other.example"));
    for (unsigned i = 0; i < 1000; i++) {
        give_name(&f, number_at(i, "site.example"));
    }
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES), 16);
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES_EVICTED), 1000 - 15);
    pass(&f, MINUTES(90));
    assert_int_equal(fixture_last(&f)->other_hosts, 1); /* still known */
    fixture_close(&f);
}

/* What a worker tells again comes to nothing: not even the clock moves. */
static void a_name_is_taken_once_in_its_span(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_addresses", "16");
    fixture_start(&f, false);
    pass(&f, 0);
    for (unsigned i = 0; i < 100; i++) {
        give_name(&f, number_at(i, "site.example"));
    }
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES_EVICTED), 84);
    int64_t now_us = f.now_us;
    f.now_us += TIME_SECOND; /* of packets that lie before others in the capture */
    give_name(&f, number_at(0, "site.example"));
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES_EVICTED), 84);
    f.now_us = now_us;
    give_hit(&f, service_at("203.0.113.10", 8080, "panel.example"), 1, &login_proof);
    assert_int_equal(fixture_last(&f)->time_us, now_us);
    give_name(&f, number_at(0, "other.example"));
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES_EVICTED), 86);
    pass(&f, MINUTES(5));
    give_name(&f, number_at(1, "site.example"));
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES_EVICTED), 87);
    assert_int_equal(fixture_counter(&f, VERDICT_NAMES_LOST), 0);
    fixture_close(&f);
}

static void names_beyond_their_cap_are_lost(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_addresses", "16");
    fixture_start(&f, false);
    for (unsigned i = 0; i < 65536 + 4 * 16; i++) {
        give_name(&f, number_at(i, i < 65536 ? "site.example" : "second.example"));
    }
    assert_int_equal(fixture_counter(&f, VERDICT_NAMES_LOST), 0);
    give_name(&f, number_at(0, "other.example"));
    assert_int_equal(fixture_counter(&f, VERDICT_NAMES_LOST), 1);
    pass(&f, MINUTES(5));
    give_name(&f, number_at(0, "other.example"));
    assert_int_equal(fixture_counter(&f, VERDICT_NAMES_LOST), 1);
    fixture_close(&f);
}

static void more_services_than_addresses(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_addresses", "16");
    fixture_start(&f, false);
    for (unsigned i = 0; i < 200; i++) {
        give_hit(&f, number_at(i, "a.example"), 1, &path_claim);
        give_hit(&f, number_at(i, ""), 1, &login_proof);
        give_name(&f, number_at(i, "a.example"));
    }
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES), 16);
    assert_true(fixture_counter(&f, VERDICT_SERVICES) <= 32);
    fixture_close(&f);
}

static void a_reload_with_smaller_caps_shrinks(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    char name[32];
    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "n%u.example", i);
        give_hit(&f, number_at(i % 50, name), 1, i % 20 == 0 ? &login_proof : &path_claim);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 200);
    fixture_set(&f, "verdict.max_services", "30");
    fixture_set(&f, "verdict.max_addresses", "16");
    fixture_set(&f, "verdict.max_per_address", "4");
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    pass(&f, TIME_SECOND);
    assert_true(fixture_counter(&f, VERDICT_SERVICES) <= 30);
    assert_true(fixture_counter(&f, VERDICT_ADDRESSES) <= 16);
    assert_true(fixture_counter(&f, VERDICT_SUSPECTED) >= 5);
    fixture_close(&f);
}

static void names_are_forgotten_with_time(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key panel = service_at("203.0.113.10", 8080, "panel.example");
    give_confirmed(&f, panel, 1, 3);
    give_name(&f, service_at("203.0.113.10", 80, "moved.example"));
    for (unsigned day = 0; day < 9; day++) {
        pass(&f, 24 * MINUTES(60));
        give_hit(&f, panel, 1, &login_proof);
    }
    pass(&f, MINUTES(20));
    assert_int_equal(fixture_last(&f)->other_hosts, 0);
    assert_true(fixture_last(&f)->block.eligible);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_and_longest_unseen_is_forgotten),
        cmocka_unit_test(services_of_one_address_are_capped),
        cmocka_unit_test(addresses_without_services_go_first),
        cmocka_unit_test(a_name_is_taken_once_in_its_span),
        cmocka_unit_test(names_beyond_their_cap_are_lost),
        cmocka_unit_test(more_services_than_addresses),
        cmocka_unit_test(a_reload_with_smaller_caps_shrinks),
        cmocka_unit_test(names_are_forgotten_with_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
