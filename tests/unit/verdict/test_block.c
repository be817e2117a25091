/* verdict/block: what must come together before a block is proposed, and what ends one. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

/* Everything is there but the time. */
static void open_confirmed(struct fixture *f)
{
    fixture_open(f);
    fixture_start(f, false);
    give_confirmed(f, PANEL, 1, 3);
}

static void open_eligible(struct fixture *f)
{
    open_confirmed(f);
    pass(f, MINUTES(60));
    assert_true(fixture_last(f)->block.eligible);
}

static enum block_reason reason_now(struct fixture *f)
{
    give_hit(f, PANEL, 1, &login_proof);
    f->now_us += MINUTES(10); /* a refresh tells the reason of the moment */
    pass(f, MINUTES(10));
    return fixture_last(f)->block.reason;
}

static void age_and_watch_ripen_by_ticks(void **state)
{
    (void)state;
    struct fixture f;
    open_confirmed(&f);
    size_t before = f.count;
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    assert_false(fixture_last(&f)->block.eligible);
    pass(&f, MINUTES(10) - 1);
    pass(&f, MINUTES(50));
    assert_true(f.count > before); /* a refresh: the clients came after the last telling */
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_int_equal(fixture_last(&f)->block.basis, BASIS_CONTENT);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_WATCH);
    before = f.count;
    pass(&f, 1);
    assert_int_equal(f.count, before + 1);
    const struct detection *told = fixture_last(&f);
    assert_int_equal(told->state, STATE_REFRESH);
    assert_int_equal(told->cause, CAUSE_ELIGIBLE);
    assert_true(told->block.eligible);
    assert_int_equal(told->block.scope, SCOPE_IP_PORT);
    assert_int_equal(told->block.basis, BASIS_CONTENT);
    assert_int_equal(told->block.reason, REASON_NONE);
    assert_int_equal(told->block.duration, MINUTES(60));
    assert_false(told->block.automatic);
    assert_false(told->block.withdraw);
    pass(&f, MINUTES(60));
    assert_int_equal(f.count, before + 1); /* told once */
    fixture_close(&f);
}

static void a_young_service_waits_for_its_age(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "block.min_watch", "0");
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 3);
    pass(&f, MINUTES(10) - 1);
    assert_false(fixture_last(&f)->block.eligible);
    pass(&f, 1);
    assert_true(fixture_last(&f)->block.eligible);
    fixture_close(&f);
}

static void clients_are_counted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 2);
    give_hit(&f, PANEL, 0, &login_proof); /* nobody known */
    pass(&f, MINUTES(90));
    assert_int_equal(fixture_last(&f)->block.reason, REASON_FEW_CLIENTS);
    give_hit(&f, PANEL, 3, &login_proof);
    assert_true(fixture_last(&f)->block.eligible);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_ELIGIBLE);
    fixture_close(&f);
}

static void two_names_are_never_blocked_by_address(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key second = service_at("203.0.113.10", 8080, "second.example");
    give_confirmed(&f, PANEL, 1, 5);
    give_confirmed(&f, second, 1, 5);
    pass(&f, MINUTES(120));
    give_confirmed(&f, PANEL, 1, 9);
    give_confirmed(&f, second, 1, 9);
    pass(&f, MINUTES(120));
    for (size_t i = 0; i < f.count; i++) {
        assert_false(f.seen[i]->block.eligible);
    }
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_SHARED);
    fixture_close(&f);
}

/* Clients that send a stranger's name to a panel, which answers whatever it is called. */
static void a_forged_name_is_never_eligible(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key bank = service_at("203.0.113.10", 8080, "bank.example");
    give_confirmed(&f, PANEL, 1, 5);
    give_name(&f, PANEL);
    pass(&f, MINUTES(120));
    give_confirmed(&f, bank, 1, 5);
    pass(&f, MINUTES(120));
    give_confirmed(&f, bank, 1, 8);
    pass(&f, MINUTES(120));
    bool told = false;
    for (size_t i = 0; i < f.count; i++) {
        if (strcmp(f.seen[i]->service.name, "bank.example") == 0) {
            told = true;
            assert_false(f.seen[i]->block.eligible);
            assert_int_not_equal(f.seen[i]->block.scope, SCOPE_HOST);
            assert_false(f.seen[i]->host_verified);
        }
    }
    assert_true(told);
    fixture_close(&f);
}

static void another_name_withdraws(void **state)
{
    (void)state;
    struct fixture f;
    open_eligible(&f);
    size_t before = f.count;
    give_name(&f, service_at("203.0.113.10", 80, "shop.example"));
    assert_int_equal(f.count, before + 1);
    const struct detection *told = fixture_last(&f);
    assert_int_equal(told->state, STATE_WITHDRAWN);
    assert_int_equal(told->cause, CAUSE_SHARED);
    assert_string_equal(told->service.name, "panel.example");
    assert_int_equal(told->level, LEVEL_CONFIRMED);
    assert_false(told->block.eligible);
    assert_true(told->block.withdraw);
    assert_int_equal(told->block.scope, SCOPE_NONE);
    assert_int_equal(told->block.reason, REASON_SHARED);
    assert_int_equal(told->other_hosts, 1);
    give_name(&f, service_at("203.0.113.10", 80, "third.example"));
    assert_int_equal(f.count, before + 1);
    assert_int_equal(reason_now(&f), REASON_SHARED);
    assert_false(fixture_last(&f)->block.withdraw);
    fixture_close(&f);
}

static void its_own_literal_is_no_other_name(void **state)
{
    (void)state;
    struct fixture f;
    open_eligible(&f);
    give_name(&f, service_at("203.0.113.10", 80, "203.0.113.10"));
    give_name(&f, service_at("203.0.113.10", 80, "panel.example"));
    assert_true(fixture_last(&f)->block.eligible);
    give_name(&f, service_at("203.0.113.10", 80, "203.0.113.11"));
    assert_false(fixture_last(&f)->block.eligible);
    fixture_close(&f);
}

static void a_dropped_name_makes_an_address_shared(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_names", "2");
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 3);
    give_name(&f, service_at("203.0.113.10", 81, "panel.example"));
    pass(&f, MINUTES(60));
    assert_true(fixture_last(&f)->block.eligible);
    give_name(&f, service_at("203.0.113.10", 82, "other.example"));
    assert_int_equal(fixture_counter(&f, VERDICT_NAMES_FULL), 1);
    assert_true(fixture_last(&f)->block.withdraw);
    assert_int_equal(fixture_last(&f)->other_hosts, 1);
    fixture_close(&f);
}

static void a_name_can_be_a_scope_where_it_may_be_unverified(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "block.require_verified", "false");
    fixture_set(&f, "block.min_age", "0");
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 3);
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_HOST); /* the address is not watched long enough */
    give_name(&f, service_at("203.0.113.10", 80, "other.example"));
    pass(&f, MINUTES(120));
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_HOST);
    for (size_t i = 0; i < f.count; i++) {
        assert_false(f.seen[i]->block.withdraw);
    }
    fixture_close(&f);
}

static void a_scope_changes_by_way_of_a_withdrawal(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "block.require_verified", "false");
    fixture_set(&f, "block.min_age", "0");
    fixture_set(&f, "block.min_watch", "0");
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 3);
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_IP_PORT);
    size_t before = f.count;
    give_name(&f, service_at("203.0.113.10", 80, "other.example"));
    assert_int_equal(f.count, before + 2);
    assert_int_equal(f.seen[before]->state, STATE_WITHDRAWN);
    assert_true(f.seen[before]->block.withdraw);
    assert_false(f.seen[before]->block.eligible);
    assert_int_equal(f.seen[before + 1]->state, STATE_REFRESH);
    assert_int_equal(f.seen[before + 1]->cause, CAUSE_ELIGIBLE);
    assert_true(f.seen[before + 1]->block.eligible);
    assert_int_equal(f.seen[before + 1]->block.scope, SCOPE_HOST);
    fixture_close(&f);
}

static void names_that_are_no_ones_own_are_no_scope(void **state)
{
    (void)state;
    static const char *const names[] = {"localhost", "co.uk",       "github.io",  "com",
                                        "panel",     "203.0.113.9", "2001:db8::9"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct fixture f;
        fixture_open(&f);
        fixture_set(&f, "block.require_verified", "false");
        fixture_set(&f, "block.min_age", "0");
        fixture_start(&f, false);
        give_name(&f, service_at("203.0.113.10", 80, "other.example"));
        give_confirmed(&f, service_at("203.0.113.10", 8080, names[i]), 1, 3);
        pass(&f, MINUTES(120));
        for (size_t n = 0; n < f.count; n++) {
            assert_false(f.seen[n]->block.eligible);
        }
        fixture_close(&f);
    }
}

static void each_condition_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value;
        struct sign sign;
        enum block_reason reason;
    } rows[] = {
        {"detection.refresh",
         "10min",
         {.sid = 900, .weight = 10, .kind = EVIDENCE_PROOF, .reason = "t", .test = true},
         REASON_TEST},
        {"detection.refresh",
         "10min",
         {.sid = 900, .weight = 10, .kind = EVIDENCE_PROOF, .reason = "p", .proxy = true},
         REASON_PROXY},
        {"block.basis",
         "listed",
         {.sid = 900, .weight = 10, .kind = EVIDENCE_PROOF, .reason = "p"},
         REASON_NO_BASIS},
        {"block.min_clients",
         "64",
         {.sid = 900, .weight = 10, .kind = EVIDENCE_PROOF, .reason = "p"},
         REASON_FEW_CLIENTS},
        {"block.min_age",
         "1d",
         {.sid = 900, .weight = 10, .kind = EVIDENCE_PROOF, .reason = "p"},
         REASON_TOO_YOUNG},
        {"block.min_watch",
         "1d",
         {.sid = 900, .weight = 10, .kind = EVIDENCE_PROOF, .reason = "p"},
         REASON_WATCH},
        {"block.shared_prefixes",
         "203.0.113.0/24",
         {.sid = 900, .weight = 10, .kind = EVIDENCE_PROOF, .reason = "p"},
         REASON_SHARED_PREFIX},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct fixture f;
        fixture_open(&f);
        fixture_set(&f, rows[i].option, rows[i].value);
        fixture_start(&f, false);
        give_hit(&f, PANEL, 1, &rows[i].sign);
        give_confirmed(&f, PANEL, 1, 4);
        pass(&f, MINUTES(90));
        give_confirmed(&f, PANEL, 1, 4);
        pass(&f, MINUTES(90));
        assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
        assert_false(fixture_last(&f)->block.eligible);
        if (fixture_last(&f)->block.reason != rows[i].reason) {
            fail_msg("row %zu: %s", i, block_reason_name(fixture_last(&f)->block.reason));
        }
        fixture_close(&f);
    }
}

static void replay_proposes_only_where_it_is_told_to(void **state)
{
    (void)state;
    for (int may = 0; may <= 1; may++) {
        struct fixture f;
        fixture_open(&f);
        fixture_set(&f, "block.replay", may ? "true" : "false");
        fixture_start(&f, true);
        give_confirmed(&f, PANEL, 1, 3);
        pass(&f, MINUTES(60));
        verdict_finish(f.verdict);
        assert_int_equal(fixture_last(&f)->block.eligible, may);
        assert_int_equal(fixture_last(&f)->block.reason, may ? REASON_NONE : REASON_REPLAY);
        fixture_close(&f);
    }
}

static void a_replay_that_proposes_nothing_withdraws_nothing(void **state)
{
    (void)state;
    for (int may = 0; may <= 1; may++) {
        struct fixture f;
        fixture_open(&f);
        fixture_set(&f, "block.replay", "true");
        fixture_start(&f, true);
        give_confirmed(&f, PANEL, 1, 3);
        pass(&f, MINUTES(60));
        assert_true(fixture_last(&f)->block.eligible);
        fixture_set(&f, "block.replay", may ? "true" : "false");
        verdict_set_settings(f.verdict, &f.settings, &f.guards);
        give_name(&f, service_at("203.0.113.10", 80, "other.example"));
        assert_false(fixture_last(&f)->block.eligible);
        for (size_t i = 0; i < f.count; i++) {
            assert_int_equal(f.seen[i]->block.withdraw, may && i + 1 == f.count);
        }
        fixture_close(&f);
    }
}

static void software_is_a_basis_where_an_operator_says_so(void **state)
{
    (void)state;
    for (int may = 0; may <= 1; may++) {
        struct fixture f;
        fixture_open(&f);
        fixture_set(&f, "block.basis", may ? "software" : "content");
        fixture_start(&f, false);
        for (uint64_t client = 1; client < 5; client++) {
            give_hit(&f, PANEL, client, &login_proof);
            give_hit(&f, PANEL, client, &stream_proof);
        }
        pass(&f, MINUTES(60));
        assert_int_equal(fixture_last(&f)->level, may ? LEVEL_CONFIRMED : LEVEL_SUSPECTED);
        assert_int_equal(fixture_last(&f)->block.eligible, may);
        assert_int_equal(fixture_last(&f)->block.basis, may ? BASIS_SOFTWARE : BASIS_NONE);
        fixture_close(&f);
    }
}

static void approval_is_automatic_only_under_an_order(void **state)
{
    (void)state;
    static const struct {
        const char *approve, *order;
        bool good, automatic;
    } rows[] = {
        {"manual", "", true, false},
        {"manual", "order 7", true, false},
        {"auto", "", false, false},
        {"auto", "order 7", true, true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct fixture f;
        fixture_open(&f);
        fixture_set(&f, "block.approve", rows[i].approve);
        fixture_set(&f, "block.order", rows[i].order);
        struct failure failure = {0};
        assert_int_equal(verdict_settings_check(&f.settings, &failure), rows[i].good);
        assert_int_equal(failure.status, rows[i].good ? EXIT_STATUS_GOOD : EXIT_STATUS_CONFIG);
        fixture_start(&f, false);
        give_confirmed(&f, PANEL, 1, 3);
        assert_false(fixture_last(&f)->block.automatic);
        pass(&f, MINUTES(60));
        assert_true(fixture_last(&f)->block.eligible);
        assert_int_equal(fixture_last(&f)->block.automatic, rows[i].automatic);
        assert_string_equal(fixture_last(&f)->block.order, rows[i].order);
        fixture_close(&f);
    }
}

static void an_order_has_room(void **state)
{
    (void)state;
    struct fixture f;
    char order[DETECTION_ORDER_SIZE + 1];
    memset(order, 'x', sizeof order);
    order[DETECTION_ORDER_SIZE] = '\0';
    fixture_open(&f);
    struct failure failure = {0};
    fixture_set(&f, "block.order", order + 1);
    assert_true(verdict_settings_check(&f.settings, &failure));
    fixture_set(&f, "block.order", order);
    assert_false(verdict_settings_check(&f.settings, &failure));
    fixture_close(&f);
}

static void a_nameless_server_can_be_blocked_by_address(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, service_at("203.0.113.10", 8080, ""), 1, 3);
    pass(&f, MINUTES(60));
    assert_true(fixture_last(&f)->block.eligible);
    assert_string_equal(fixture_last(&f)->service.name, "");
    /* Its name shows: the named one takes over, and nothing ends meanwhile. */
    give_name(&f, PANEL);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_true(fixture_last(&f)->block.eligible);
    for (size_t i = 0; i < f.count; i++) {
        assert_false(f.seen[i]->block.withdraw);
    }
    /* A second one ends both. */
    size_t before = f.count;
    give_name(&f, service_at("203.0.113.10", 8080, "other.example"));
    unsigned ended = 0;
    for (size_t i = before; i < f.count; i++) {
        assert_false(f.seen[i]->block.eligible);
        ended += f.seen[i]->block.withdraw;
    }
    assert_int_equal(ended, 2);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(age_and_watch_ripen_by_ticks),
        cmocka_unit_test(a_young_service_waits_for_its_age),
        cmocka_unit_test(clients_are_counted),
        cmocka_unit_test(two_names_are_never_blocked_by_address),
        cmocka_unit_test(a_forged_name_is_never_eligible),
        cmocka_unit_test(another_name_withdraws),
        cmocka_unit_test(its_own_literal_is_no_other_name),
        cmocka_unit_test(a_dropped_name_makes_an_address_shared),
        cmocka_unit_test(a_name_can_be_a_scope_where_it_may_be_unverified),
        cmocka_unit_test(a_scope_changes_by_way_of_a_withdrawal),
        cmocka_unit_test(names_that_are_no_ones_own_are_no_scope),
        cmocka_unit_test(each_condition_is_told),
        cmocka_unit_test(replay_proposes_only_where_it_is_told_to),
        cmocka_unit_test(a_replay_that_proposes_nothing_withdraws_nothing),
        cmocka_unit_test(software_is_a_basis_where_an_operator_says_so),
        cmocka_unit_test(approval_is_automatic_only_under_an_order),
        cmocka_unit_test(an_order_has_room),
        cmocka_unit_test(a_nameless_server_can_be_blocked_by_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
