/* verdict/block: what nobody asked for is told, and never blocked: anybody can write another's address into
 * packets, nobody can make that one be asked and answer. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

static struct sign unasked(struct sign sign)
{
    sign.unasked = true;
    return sign;
}

static void give_unasked(struct fixture *f, uint64_t first, uint64_t clients)
{
    const struct sign signs[] = {unasked(login_proof), unasked(pay_names), unasked(prefixes_sign)};
    for (uint64_t client = first; client < first + clients; client++) {
        for (size_t i = 0; i < ARRAY_COUNT(signs); i++) {
            give_hit(f, PANEL, client, &signs[i]);
        }
    }
}

static void assert_never_eligible(struct fixture *f, enum block_reason reason)
{
    give_name(f, PANEL);
    pass(f, MINUTES(90));
    give_volume(f, PANEL, 0, 1000);
    pass(f, MINUTES(90));
    for (size_t i = 0; i < f->count; i++) {
        assert_false(f->seen[i]->block.eligible);
    }
    assert_int_equal(fixture_last(f)->level, LEVEL_CONFIRMED);
    assert_int_equal(fixture_last(f)->block.reason, reason);
}

static void spoofed_answers_are_no_answers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_unasked(&f, 1, 20);
    assert_never_eligible(&f, REASON_NO_ANSWER);
    assert_false(fixture_last(&f)->answered);
    assert_int_equal(fixture_last(&f)->directions, DIRECTION_TO_CLIENT);
    assert_int_equal(fixture_last(&f)->clients, 20);
    fixture_close(&f);
}

static void what_was_asked_must_be_enough_by_itself(void **state)
{
    (void)state;
    struct sign answered_claim = path_claim;
    answered_claim.answered = true;
    const struct sign *const asked[] = {&answered_claim, &login_proof, &stream_proof};
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_unasked(&f, 1, 5);
    for (size_t i = 0; i < ARRAY_COUNT(asked); i++) {
        for (uint64_t client = 1; client <= 5; client++) {
            give_hit(&f, PANEL, client, asked[i]);
        }
    }
    assert_never_eligible(&f, REASON_NO_ANSWER);
    assert_true(fixture_last(&f)->answered);
    give_hit(&f, PANEL, 1, &pay_names); /* confirmed by what was asked, but no structural sign */
    assert_false(fixture_last(&f)->block.eligible);
    give_hit(&f, PANEL, 1, &prefixes_sign);
    assert_true(fixture_last(&f)->block.eligible);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_ELIGIBLE);
    fixture_close(&f);
}

static void the_request_alone_is_no_second_direction(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct sign silent[] = {login_proof, pay_names, prefixes_sign};
    for (uint64_t client = 1; client <= 5; client++) {
        for (size_t i = 0; i < ARRAY_COUNT(silent); i++) {
            silent[i].answered = false; /* nothing of the server's was seen in this flow */
            give_hit(&f, PANEL, client, &silent[i]);
        }
    }
    assert_never_eligible(&f, REASON_NO_ANSWER);
    fixture_close(&f);
}

static void clients_that_did_not_ask_do_not_count(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 2);
    give_unasked(&f, 10, 30);
    assert_never_eligible(&f, REASON_FEW_CLIENTS);
    assert_int_equal(fixture_last(&f)->clients, 32);
    give_hit(&f, PANEL, 10, &login_proof);
    assert_true(fixture_last(&f)->block.eligible);
    fixture_close(&f);
}

static void the_largest_number_of_clients_can_be_reached(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "block.min_clients", "64");
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 63);
    pass(&f, MINUTES(90));
    assert_int_equal(fixture_last(&f)->block.reason, REASON_FEW_CLIENTS);
    give_confirmed(&f, PANEL, 64, 40);
    assert_true(fixture_last(&f)->block.eligible);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spoofed_answers_are_no_answers),
        cmocka_unit_test(what_was_asked_must_be_enough_by_itself),
        cmocka_unit_test(the_request_alone_is_no_second_direction),
        cmocka_unit_test(clients_that_did_not_ask_do_not_count),
        cmocka_unit_test(the_largest_number_of_clients_can_be_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
