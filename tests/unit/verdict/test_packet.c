/* verdict: what the records of one packet bring is judged and told once. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

static void open_packet(struct fixture *f)
{
    fixture_open(f);
    fixture_set(f, "detection.min_level", "observed");
    fixture_start(f, false);
    f->same_packet = true;
}

static void one_packet_makes_one_detection(void **state)
{
    (void)state;
    struct fixture f;
    open_packet(&f);
    give_confirmed(&f, PANEL, 1, 2);
    give_catalogue(&f, PANEL, 900, 0, true);
    assert_int_equal(f.count, 0);
    verdict_settle(f.verdict);
    assert_int_equal(f.count, 1);
    const struct detection *told = fixture_last(&f);
    assert_int_equal(told->state, STATE_NEW);
    assert_int_equal(told->cause, CAUSE_EVIDENCE);
    assert_int_equal(told->level, LEVEL_CONFIRMED);
    assert_int_equal(told->evidence_count, 4);
    assert_int_equal(told->clients, 2);
    assert_int_equal(told->catalogue.live, 900);
    verdict_settle(f.verdict);
    verdict_finish(f.verdict);
    assert_int_equal(f.count, 1);
    fixture_close(&f);
}

static void the_next_packet_settles_the_last_one_at_its_time(void **state)
{
    (void)state;
    struct fixture f;
    open_packet(&f);
    give_hit(&f, PANEL, 1, &path_claim);
    give_hit(&f, PANEL, 1, &login_proof);
    int64_t first_us = f.now_us;
    f.packet++;
    f.now_us += 1000;
    give_hit(&f, PANEL, 1, &pay_names);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->time_us, first_us);
    assert_int_equal(fixture_last(&f)->evidence_count, 2);
    /* So does a record that is none of the verdict's. */
    struct worker_record text = {.type = RECORD_TEXT, .order = {.packet = f.packet + 1}};
    verdict_take(f.verdict, &text);
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    fixture_close(&f);
}

static void a_tick_and_the_end_settle(void **state)
{
    (void)state;
    for (int end = 0; end <= 1; end++) {
        struct fixture f;
        open_packet(&f);
        give_hit(&f, PANEL, 1, &login_proof);
        assert_int_equal(f.count, 0);
        if (end) {
            verdict_finish(f.verdict);
        } else {
            pass(&f, 0);
        }
        assert_int_equal(f.count, 1);
        fixture_close(&f);
    }
}

static void who_was_met_first_is_told_first(void **state)
{
    (void)state;
    struct fixture f;
    open_packet(&f);
    struct service_key second = service_at("203.0.113.5", 80, "second.example");
    give_hit(&f, PANEL, 1, &path_claim);
    give_hit(&f, second, 1, &login_proof);
    give_hit(&f, PANEL, 1, &login_proof);
    verdict_settle(f.verdict);
    assert_int_equal(f.count, 2);
    assert_string_equal(f.seen[0]->service.name, "panel.example");
    assert_string_equal(f.seen[1]->service.name, "second.example");
    fixture_close(&f);
}

/* Evidence tells of a rise, whatever else happened to the service in that packet. */
static void the_cause_is_what_moved_the_level(void **state)
{
    (void)state;
    struct fixture f;
    open_packet(&f);
    struct service_key bare = service_at("203.0.113.10", 8080, "");
    give_hit(&f, bare, 1, &login_proof);
    give_name(&f, PANEL);
    verdict_settle(f.verdict);
    assert_int_equal(f.count, 1);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    f.packet++;
    give_name(&f, service_at("203.0.113.10", 8080, "other.example"));
    give_hit(&f, PANEL, 1, &path_claim);
    give_hit(&f, bare, 1, &path_claim);
    verdict_settle(f.verdict);
    assert_int_equal(f.count, 3);
    assert_int_equal(f.seen[1]->state, STATE_LOWERED);
    assert_int_equal(f.seen[1]->cause, CAUSE_SHARED);
    assert_int_equal(f.seen[2]->state, STATE_NEW);
    assert_int_equal(f.seen[2]->cause, CAUSE_EVIDENCE);
    fixture_close(&f);
}

static void nobody_is_forgotten_before_being_judged(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_services", "16");
    fixture_start(&f, false);
    f.same_packet = true;
    char name[32];
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "h%u.example", i);
        give_hit(&f, service_at("203.0.113.10", 8080, name), 1, &login_proof);
    }
    verdict_settle(f.verdict);
    assert_int_equal(f.count, 40);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES_EVICTED), 24);
    fixture_close(&f);
}

static void a_reload_judges_first_by_what_was_in_force(void **state)
{
    (void)state;
    struct fixture f;
    open_packet(&f);
    give_hit(&f, PANEL, 1, &login_proof);
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    assert_int_equal(f.count, 1);
    give_hit(&f, PANEL, 2, &path_claim);
    verdict_set_client_key(f.verdict, "fedcba9876543210");
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->clients, 2);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_packet_makes_one_detection),
        cmocka_unit_test(the_next_packet_settles_the_last_one_at_its_time),
        cmocka_unit_test(a_tick_and_the_end_settle),
        cmocka_unit_test(who_was_met_first_is_told_first),
        cmocka_unit_test(the_cause_is_what_moved_the_level),
        cmocka_unit_test(nobody_is_forgotten_before_being_judged),
        cmocka_unit_test(a_reload_judges_first_by_what_was_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
