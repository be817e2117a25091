/* verdict/evidence: counting, caps and who has to go, rules shared between services. */
#include "daemon/verdict/evidence_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

static struct evidence_hit hit_of(uint32_t sid, enum evidence_kind kind, uint8_t weight, int64_t time_us)
{
    return (struct evidence_hit){
        .rule = {.sid = sid, .rev = 1, .kind = kind, .weight = weight, .reason = "r", .msg = "m"},
        .value = "v",
        .client = 1,
        .time_us = time_us,
    };
}

static enum evidence_change add(struct evidence_rules *rules, struct evidence_set *set,
                                struct evidence_hit hit, size_t max)
{
    bool displaced;
    return evidence_add(rules, set, &hit, max, &displaced);
}

static void counts_and_keeps_the_first_value(void **state)
{
    (void)state;
    struct evidence_rules rules = {0};
    struct evidence_set set = {0};
    struct evidence_hit hit = hit_of(5, EVIDENCE_PROOF, 50, 100);
    assert_int_equal(add(&rules, &set, hit, 4), EVIDENCE_CHANGED);
    hit.value = "w";
    hit.time_us = 300;
    assert_int_equal(add(&rules, &set, hit, 4), EVIDENCE_COUNTED);
    hit.time_us = 50; /* another worker was behind */
    assert_int_equal(add(&rules, &set, hit, 4), EVIDENCE_COUNTED);
    const struct evidence *evidence = evidence_find(&set, 5);
    assert_non_null(evidence);
    assert_int_equal(evidence->count, 3);
    assert_int_equal(evidence->first_us, 50);
    assert_int_equal(evidence->last_us, 300);
    assert_string_equal(evidence->value, "v");
    assert_null(evidence_find(&set, 4));
    assert_null(evidence_find(&set, 6));
    evidence_set_free(&rules, &set);
    evidence_rules_free(&rules);
}

static void stands_by_sid(void **state)
{
    (void)state;
    struct evidence_rules rules = {0};
    struct evidence_set set = {0};
    static const uint32_t sids[] = {7, 3, 9, 1, UINT32_MAX, 5};
    for (size_t i = 0; i < ARRAY_COUNT(sids); i++) {
        add(&rules, &set, hit_of(sids[i], EVIDENCE_PROOF, 50, 1), 10);
    }
    assert_int_equal(set.count, ARRAY_COUNT(sids));
    for (size_t i = 1; i < set.count; i++) {
        assert_true(set.items[i - 1].rule->sid < set.items[i].rule->sid);
    }
    evidence_set_free(&rules, &set);
    evidence_rules_free(&rules);
}

static void the_weakest_goes_first(void **state)
{
    (void)state;
    struct evidence_rules rules = {0};
    struct evidence_set set = {0};
    struct evidence_hit header = hit_of(1, EVIDENCE_CLAIM, 45, 1);
    header.rule.client_header = true;
    add(&rules, &set, header, 4);
    add(&rules, &set, hit_of(2, EVIDENCE_CLAIM, 40, 1), 4);
    add(&rules, &set, hit_of(3, EVIDENCE_CLAIM, 30, 1), 4);
    add(&rules, &set, hit_of(4, EVIDENCE_PROOF, 10, 1), 4);
    assert_int_equal(set.count, 4);

    assert_int_equal(add(&rules, &set, hit_of(5, EVIDENCE_PROOF, 20, 1), 4), EVIDENCE_CHANGED);
    assert_null(evidence_find(&set, 1));
    assert_int_equal(add(&rules, &set, hit_of(6, EVIDENCE_CLAIM, 30, 1), 4), EVIDENCE_REFUSED);
    assert_int_equal(add(&rules, &set, hit_of(7, EVIDENCE_CLAIM, 35, 1), 4), EVIDENCE_CHANGED);
    assert_null(evidence_find(&set, 3));
    assert_int_equal(add(&rules, &set, hit_of(8, EVIDENCE_ANSWERED, 5, 1), 4), EVIDENCE_CHANGED);
    assert_null(evidence_find(&set, 7));
    assert_int_equal(add(&rules, &set, hit_of(2, EVIDENCE_CLAIM, 40, 1), 4), EVIDENCE_COUNTED);
    assert_int_equal(set.count, 4);
    evidence_set_free(&rules, &set);
    evidence_rules_free(&rules);
}

static void a_flood_of_claims_does_not_keep_proof_out(void **state)
{
    (void)state;
    struct evidence_rules rules = {0};
    struct evidence_set set = {0};
    for (uint32_t sid = 1; sid <= 1000; sid++) {
        add(&rules, &set, hit_of(sid, EVIDENCE_CLAIM, 45, 1), 64);
    }
    assert_int_equal(set.count, 64);
    assert_int_equal(add(&rules, &set, hit_of(2000, EVIDENCE_PROOF, 1, 1), 64), EVIDENCE_CHANGED);
    assert_int_equal(set.count, 64);
    assert_int_equal(rules.table.count, 64);
    evidence_set_free(&rules, &set);
    assert_int_equal(rules.table.count, 0);
    evidence_rules_free(&rules);
}

static void rules_are_kept_once(void **state)
{
    (void)state;
    struct evidence_rules rules = {0};
    struct evidence_set a = {0};
    struct evidence_set b = {0};
    add(&rules, &a, hit_of(1, EVIDENCE_PROOF, 50, 1), 4);
    add(&rules, &b, hit_of(1, EVIDENCE_PROOF, 50, 1), 4);
    assert_ptr_equal(a.items[0].rule, b.items[0].rule);
    assert_int_equal(rules.table.count, 1);

    struct evidence_hit revised = hit_of(1, EVIDENCE_PROOF, 60, 2); /* after a reload */
    revised.rule.rev = 2;
    assert_int_equal(add(&rules, &a, revised, 4), EVIDENCE_CHANGED);
    assert_int_equal(a.items[0].rule->weight, 60);
    assert_int_equal(a.items[0].count, 2);
    assert_int_equal(b.items[0].rule->weight, 50);
    assert_int_equal(rules.table.count, 2);
    evidence_set_free(&rules, &a);
    evidence_set_free(&rules, &b);
    assert_int_equal(rules.table.count, 0);
    evidence_rules_free(&rules);
}

static void another_claimant_changes_a_claim_only(void **state)
{
    (void)state;
    struct evidence_rules rules = {0};
    struct evidence_set set = {0};
    struct evidence_hit claim = hit_of(1, EVIDENCE_CLAIM, 40, 1);
    add(&rules, &set, claim, 4);
    claim.client = 2;
    assert_int_equal(add(&rules, &set, claim, 4), EVIDENCE_CHANGED);
    claim.client = 3;
    assert_int_equal(add(&rules, &set, claim, 4), EVIDENCE_COUNTED);
    assert_int_equal(claimants_count(&set.items[0].claimants), 2);
    struct evidence_hit proof = hit_of(2, EVIDENCE_PROOF, 40, 1);
    add(&rules, &set, proof, 4);
    proof.client = 2;
    assert_int_equal(add(&rules, &set, proof, 4), EVIDENCE_COUNTED);
    evidence_set_free(&rules, &set);
    evidence_rules_free(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_keeps_the_first_value),
        cmocka_unit_test(stands_by_sid),
        cmocka_unit_test(the_weakest_goes_first),
        cmocka_unit_test(a_flood_of_claims_does_not_keep_proof_out),
        cmocka_unit_test(rules_are_kept_once),
        cmocka_unit_test(another_claimant_changes_a_claim_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
