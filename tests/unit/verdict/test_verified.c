/* verdict/verified: what ties a name to an address, for how long, and what a block by name takes from it. */
#include "tests/unit/verdict/fixture.h"

#include "base/attr.h"
#include "daemon/verdict/verdict_priv.h"

#define IP      "203.0.113.10"
#define HOST    "panel.example"
#define PANEL   service_at(IP, 8080, HOST)
#define FOREIGN service_at(IP, 8080, "bank.example")

enum { TTL = 300, HOLD = 3600 };

static bool is_verified(const struct fixture *f, struct service_key key)
{
    return verified_until(f->verdict, &key) != 0;
}

static void after(struct fixture *f, int64_t seconds)
{
    pass(f, seconds * TIME_SECOND);
}

static void two_clients_verify_a_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, IP, HOST, 1, TTL, false);
    give_answer(&f, IP, HOST, 1, TTL, false);
    give_answer(&f, IP, HOST, 0, TTL, false); /* nobody known */
    give_answer(&f, IP, "other.example", 2, TTL, false);
    give_answer(&f, "203.0.113.11", HOST, 3, TTL, false);
    assert_false(is_verified(&f, PANEL));
    give_answer(&f, IP, HOST, 2, TTL, false);
    assert_true(is_verified(&f, PANEL));
    assert_true(is_verified(&f, service_at(IP, 443, HOST))); /* at each of its ports */
    assert_false(is_verified(&f, service_at("203.0.113.11", 8080, HOST)));
    assert_false(is_verified(&f, service_at(IP, 8080, "other.example")));
    assert_int_equal(fixture_counter(&f, VERDICT_DNS_ANSWERS), 6);
    assert_int_equal(fixture_counter(&f, VERDICT_PAIRS), 3);
    after(&f, TTL + HOLD - 1);
    assert_true(is_verified(&f, PANEL));
    after(&f, 1);
    assert_false(is_verified(&f, PANEL));
    fixture_close(&f);
}

/* The first answer must be in force when the second comes, and the one that ends first says how long. */
static void both_answers_must_be_in_force(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, IP, HOST, 1, 60, false);
    after(&f, 60 + HOLD);
    give_answer(&f, IP, HOST, 2, TTL, false);
    assert_false(is_verified(&f, PANEL));
    after(&f, TTL + HOLD - 1);
    give_answer(&f, IP, HOST, 3, 86400, false);
    assert_true(is_verified(&f, PANEL));
    after(&f, 1);
    assert_false(is_verified(&f, PANEL));
    give_answer(&f, IP, HOST, 3, 86400, false); /* one client alone does not carry it on */
    assert_false(is_verified(&f, PANEL));
    fixture_close(&f);
}

static void a_long_time_to_live_is_cut(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, IP, HOST, 1, UINT32_MAX, true);
    after(&f, 86400 + HOLD - 1);
    assert_true(is_verified(&f, PANEL));
    after(&f, 1);
    assert_false(is_verified(&f, PANEL));
    fixture_close(&f);
}

static void a_trusted_resolver_or_a_certificate_is_enough(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, IP, HOST, 0, TTL, true);
    assert_true(is_verified(&f, PANEL));
    struct service_key server = service_at("203.0.113.12", 443, HOST);
    struct worker_record record = fact_record(&f, server, FACT_CERTIFICATE);
    give(&f, &record);
    record.service.name[0] = '\0'; /* good for nothing that is known */
    give(&f, &record);
    assert_true(is_verified(&f, server));
    assert_int_equal(fixture_counter(&f, VERDICT_CERTIFICATES), 2);
    after(&f, 86400 + HOLD);
    assert_false(is_verified(&f, server));
    fixture_close(&f);
}

static void clients_of_two_keys_are_not_added(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, IP, HOST, 1, TTL, false);
    verdict_set_client_key(f.verdict, "fedcba9876543210");
    give_answer(&f, IP, HOST, 2, TTL, false); /* may be the same client */
    assert_false(is_verified(&f, PANEL));
    give_answer(&f, IP, HOST, 3, TTL, false);
    verdict_set_client_key(f.verdict, "0123456789abcdef");
    assert_true(is_verified(&f, PANEL)); /* what was verified stays so */
    fixture_close(&f);
}

static void servers_of_nobody_s_business_are_left_out(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, "192.168.1.1", "router.example", 1, TTL, true);
    give_answer(&f, IP, IP, 1, TTL, true);
    assert_int_equal(fixture_counter(&f, VERDICT_PAIRS), 0);
    fixture_close(&f);
}

/* ---- blocks by name */

/* The panel answers under its own name and under a stranger's, each asked for by five clients. */
static void give_both(struct fixture *f)
{
    give_confirmed(f, PANEL, 1, 5);
    give_confirmed(f, FOREIGN, 11, 5);
    give_name(f, PANEL);
    give_name(f, FOREIGN);
}

static const struct detection *last_of(const struct fixture *f, const char *name)
{
    const struct detection *last = NULL;
    for (size_t i = 0; i < f->count; i++) {
        last = strcmp(f->seen[i]->service.name, name) == 0 ? f->seen[i] : last;
    }
    assert_non_null(last);
    return last;
}

static void only_the_name_that_dns_ties_is_eligible(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, IP, HOST, 1, 7200, false); /* a name is resolved before it is asked for something */
    give_answer(&f, IP, HOST, 2, 7200, false);
    give_answer(&f, "198.51.100.80", "bank.example", 11, 7200, false);
    give_answer(&f, "198.51.100.80", "bank.example", 12, 7200, false);
    give_both(&f);
    after(&f, 600);
    const struct detection *panel = last_of(&f, HOST);
    assert_true(panel->host_verified);
    assert_true(panel->block.eligible);
    assert_int_equal(panel->block.scope, SCOPE_HOST);
    after(&f, 3600);
    give_confirmed(&f, FOREIGN, 11, 9);
    after(&f, 600);
    for (size_t i = 0; i < f.count; i++) {
        bool foreign = strcmp(f.seen[i]->service.name, "bank.example") == 0;
        assert_false(foreign && (f.seen[i]->block.eligible || f.seen[i]->host_verified));
    }
    assert_int_equal(last_of(&f, "bank.example")->level, LEVEL_CONFIRMED);
    fixture_close(&f);
}

static void a_name_may_be_tied_later(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_both(&f);
    after(&f, 600);
    assert_false(last_of(&f, HOST)->block.eligible);
    size_t before = f.count;
    give_answer(&f, IP, HOST, 1, TTL, false);
    assert_int_equal(f.count, before);
    give_answer(&f, IP, HOST, 2, TTL, false);
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_ELIGIBLE);
    assert_true(fixture_last(&f)->block.eligible);
    fixture_close(&f);
}

/* Nobody resolved the name for a while: it may be proposed no more, but what was proposed runs out by itself.
 */
static void what_was_verified_is_not_retracted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_both(&f);
    give_answer(&f, IP, HOST, 1, TTL, true);
    after(&f, 600);
    assert_true(last_of(&f, HOST)->block.eligible);
    after(&f, TTL + HOLD - 601);
    assert_true(last_of(&f, HOST)->block.eligible);
    fixture_forget(&f);
    after(&f, 1);
    const struct detection *ended = last_of(&f, HOST);
    assert_int_equal(ended->state, STATE_REFRESH);
    assert_int_equal(ended->cause, CAUSE_ELIGIBLE);
    assert_int_equal(ended->block.reason, REASON_UNVERIFIED);
    assert_int_equal(ended->level, LEVEL_CONFIRMED);
    assert_false(ended->block.eligible);
    assert_false(ended->block.withdraw);
    assert_false(ended->host_verified);
    give_answer(&f, IP, HOST, 1, TTL, true);
    assert_true(last_of(&f, HOST)->block.eligible);
    fixture_close(&f);
}

/* ---- bounds */

static void flood(struct fixture *f, uint64_t client, unsigned names)
{
    static unsigned number;
    for (unsigned i = 0; i < names; i++) {
        char name[64];
        snprintf(name, sizeof name, "n%u.flood.example", number++);
        give_answer(f, "203.0.113.66", name, client, 86400, false);
    }
}

static void a_flood_pushes_out_nothing_that_counts(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_verified", "1500");
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &path_claim); /* known, of whatever level */
    give_answer(&f, IP, HOST, 1, 60, false);
    give_answer(&f, IP, "shop.example", 1, 60, false);
    give_answer(&f, IP, "shop.example", 2, 60, false);
    give_answer(&f, IP, "alone.example", 1, 60, false);
    flood(&f, 666, 20000);
    assert_int_equal(fixture_counter(&f, VERDICT_PAIRS), 1024); /* rounded down */
    assert_true(fixture_counter(&f, VERDICT_PAIRS_EVICTED) >= 20000 - 1024);
    assert_true(is_verified(&f, service_at(IP, 443, "shop.example")));
    struct service_key alone = service_at(IP, 0, "alone.example");
    assert_false(verified_is_heard(f.verdict, &alone));
    give_answer(&f, IP, HOST, 2, 60, false);
    assert_true(is_verified(&f, PANEL));
    for (unsigned i = 0; i < 200; i++) { /* and there is room for the second client's answer meanwhile */
        flood(&f, 666, 2);
        char name[64];
        snprintf(name, sizeof name, "m%u.example", i);
        give_answer(&f, IP, name, 1, 60, false);
        flood(&f, 666, 2);
        give_answer(&f, IP, name, 2, 60, false);
        assert_true(is_verified(&f, service_at(IP, 80, name)));
    }
    fixture_close(&f);
}

static void a_smaller_cap_keeps_what_counts(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_verified", "8192");
    fixture_start(&f, false);
    flood(&f, 666, 4000);
    give_answer(&f, IP, HOST, 1, 60, true);
    flood(&f, 666, 4000);
    fixture_set(&f, "verdict.max_verified", "1024");
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    after(&f, 1);
    assert_int_equal(fixture_counter(&f, VERDICT_PAIRS), 1024);
    assert_true(is_verified(&f, PANEL));
    fixture_close(&f);
}

static void what_is_over_makes_room(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_verified", "1024");
    fixture_start(&f, false);
    flood(&f, 666, 3000);
    uint64_t pairs = fixture_counter(&f, VERDICT_PAIRS);
    after(&f, 86400 + HOLD);
    give_hit(&f, PANEL, 1, &path_claim);
    give_answer(&f, IP, HOST, 1, TTL, false);
    assert_int_equal(fixture_counter(&f, VERDICT_PAIRS), pairs); /* in a place that was free again */
    give_answer(&f, IP, HOST, 2, TTL, false);
    assert_true(is_verified(&f, PANEL));
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_clients_verify_a_name),
        cmocka_unit_test(both_answers_must_be_in_force),
        cmocka_unit_test(a_long_time_to_live_is_cut),
        cmocka_unit_test(a_trusted_resolver_or_a_certificate_is_enough),
        cmocka_unit_test(clients_of_two_keys_are_not_added),
        cmocka_unit_test(servers_of_nobody_s_business_are_left_out),
        cmocka_unit_test(only_the_name_that_dns_ties_is_eligible),
        cmocka_unit_test(a_name_may_be_tied_later),
        cmocka_unit_test(what_was_verified_is_not_retracted),
        cmocka_unit_test(a_flood_pushes_out_nothing_that_counts),
        cmocka_unit_test(a_smaller_cap_keeps_what_counts),
        cmocka_unit_test(what_is_over_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
