/* verdict/timers: refreshes, expiry, the end of a replay. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

static void a_refresh_comes_at_most_once_in_its_time(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(f.count, 1);
    for (unsigned second = 0; second < 3600; second++) {
        give_hit(&f, PANEL, 1 + second % 7, &login_proof);
        pass(&f, TIME_SECOND);
    }
    assert_int_equal(f.count, 1 + 6);
    for (size_t i = 1; i < f.count; i++) {
        assert_int_equal(f.seen[i]->state, STATE_REFRESH);
        assert_int_equal(f.seen[i]->cause, CAUSE_NUMBERS);
        assert_int_equal(f.seen[i]->time_us - f.seen[i - 1]->time_us, MINUTES(10));
        assert_true(f.seen[i]->evidence[0].count > f.seen[i - 1]->evidence[0].count);
        assert_int_equal(f.seen[i]->clients, 7);
        assert_int_equal(f.seen[i]->new_clients_count, i == 1 ? 6 : 0);
    }
    fixture_close(&f);
}

static void nothing_changed_nothing_told(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    pass(&f, MINUTES(10));
    pass(&f, MINUTES(100));
    assert_int_equal(f.count, 1);
    /* Told long ago: what changes now is told with the next tick. */
    give_volume(&f, PANEL, 1, 1000);
    assert_int_equal(f.count, 1);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_NUMBERS);
    assert_int_equal(fixture_last(&f)->bytes, 1000);
    pass(&f, MINUTES(100));
    assert_int_equal(f.count, 2);
    fixture_close(&f);
}

static void new_evidence_is_the_cause_of_a_refresh(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, PANEL, 1, &stream_proof);
    pass(&f, MINUTES(10) - 1);
    assert_int_equal(f.count, 1);
    pass(&f, 1);
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_EVIDENCE);
    assert_int_equal(fixture_last(&f)->evidence_count, 2);
    fixture_close(&f);
}

static void a_silent_service_expires(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, service_at("203.0.113.11", 80, "quiet.example"), 1, &path_claim); /* never told */
    pass(&f, 3 * 24 * MINUTES(60));
    give_volume(&f, PANEL, 1, 5);
    pass(&f, TIME_SECOND);
    size_t before = f.count;
    pass(&f, 7 * 24 * MINUTES(60) - 2 * TIME_SECOND);
    assert_int_equal(f.count, before);
    assert_int_equal(fixture_counter(&f, VERDICT_EXPIRED), 1);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_EXPIRED);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_SILENCE);
    assert_int_equal(fixture_last(&f)->level, LEVEL_SUSPECTED);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_SILENT);
    assert_false(fixture_last(&f)->block.withdraw);
    assert_int_equal(fixture_last(&f)->expire, 7 * 24 * MINUTES(60));
    assert_int_equal(fixture_counter(&f, VERDICT_EXPIRED), 2);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 0);
    pass(&f, 7 * 24 * MINUTES(60));
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES), 1); /* at the limit, not beyond it */
    pass(&f, 1);
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES), 0);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(fixture_last(&f)->state, STATE_NEW);
    fixture_close(&f);
}

/* Much at once is told in pieces, one each tick; what no tick was left for is told at the end. */
static void many_expire_in_pieces(void **state)
{
    enum { MANY = 300, PIECE = 128 };
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    for (uint16_t port = 1; port <= MANY; port++) {
        give_hit(&f, service_at("203.0.113.10", port, ""), 1, &login_proof);
    }
    assert_int_equal(f.count, MANY);
    pass(&f, 7 * 24 * MINUTES(60));
    assert_int_equal(fixture_counter(&f, VERDICT_EXPIRED), PIECE);
    pass(&f, TIME_SECOND);
    assert_int_equal(fixture_counter(&f, VERDICT_EXPIRED), 2 * PIECE);
    assert_int_equal(f.count, MANY + 2 * PIECE);
    verdict_finish(f.verdict);
    assert_int_equal(fixture_counter(&f, VERDICT_EXPIRED), MANY);
    assert_int_equal(f.count, 2 * MANY);
    for (size_t i = MANY; i < f.count; i++) {
        assert_int_equal(f.seen[i]->state, STATE_EXPIRED);
    }
    fixture_close(&f);
}

static void a_pair_expires_together(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_name(&f, PANEL);
    give_hit(&f, service_at("203.0.113.10", 8080, ""), 1, &login_proof);
    give_hit(&f, PANEL, 1, &path_claim);
    for (unsigned day = 0; day < 20; day++) { /* the nameless evidence is old, its service is alive */
        pass(&f, 24 * MINUTES(60));
        give_volume(&f, PANEL, 1, 5);
    }
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_int_equal(fixture_last(&f)->evidence_count, 2);
    pass(&f, 7 * 24 * MINUTES(60));
    assert_int_equal(fixture_last(&f)->state, STATE_EXPIRED);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    fixture_close(&f);
}

static void the_end_of_a_replay_tells_final_numbers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    struct service_key second = service_at("203.0.113.11", 80, "b.example");
    struct service_key third = service_at("203.0.113.12", 80, "c.example");
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, second, 1, &login_proof);
    give_hit(&f, third, 1, &login_proof);
    give_volume(&f, third, 1, 30);
    give_volume(&f, PANEL, 1, 10);
    verdict_finish(f.verdict);
    assert_int_equal(f.count, 5); /* nothing changed of the second */
    assert_string_equal(f.seen[3]->service.name, "panel.example");
    assert_int_equal(f.seen[3]->bytes, 10);
    assert_int_equal(f.seen[3]->state, STATE_REFRESH);
    assert_string_equal(f.seen[4]->service.name, "c.example");
    assert_int_equal(f.seen[4]->bytes, 30);
    assert_true(f.seen[4]->replay);
    verdict_finish(f.verdict);
    assert_int_equal(f.count, 5);
    fixture_close(&f);
}

static void time_never_runs_back(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    int64_t begun_us = f.now_us;
    f.now_us -= MINUTES(5); /* another worker is behind */
    give_hit(&f, PANEL, 1, &pay_names);
    assert_int_equal(fixture_last(&f)->time_us, begun_us);
    assert_int_equal(fixture_last(&f)->first_us, f.now_us);
    assert_int_equal(fixture_last(&f)->last_us, begun_us);
    fixture_close(&f);
}

static void a_lower_least_level_tells_what_is_known(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &path_claim);
    fixture_set(&f, "detection.min_level", "observed");
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    assert_int_equal(f.count, 0);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_NEW);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_OPERATOR);
    fixture_set(&f, "detection.min_level", "confirmed");
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    give_hit(&f, PANEL, 2, &login_proof);
    pass(&f, MINUTES(20));
    assert_int_equal(f.count, 1);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refresh_comes_at_most_once_in_its_time),
        cmocka_unit_test(nothing_changed_nothing_told),
        cmocka_unit_test(new_evidence_is_the_cause_of_a_refresh),
        cmocka_unit_test(a_silent_service_expires),
        cmocka_unit_test(many_expire_in_pieces),
        cmocka_unit_test(a_pair_expires_together),
        cmocka_unit_test(the_end_of_a_replay_tells_final_numbers),
        cmocka_unit_test(time_never_runs_back),
        cmocka_unit_test(a_lower_least_level_tells_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
