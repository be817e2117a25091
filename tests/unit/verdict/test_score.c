/* verdict/score: the arithmetic, the caps, what `confirmed` needs. */
#include "verdict/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#define CLAIM(id, percent, why)                                                                              \
    {                                                                                                        \
        .sid = (id), .reason = (why), .weight = (percent), .kind = EVIDENCE_CLAIM                            \
    }
#define PROOF(id, percent, why)                                                                              \
    {                                                                                                        \
        .sid = (id), .reason = (why), .weight = (percent), .kind = EVIDENCE_PROOF                            \
    }
#define LISTED(id, percent, why)                                                                             \
    {                                                                                                        \
        .sid = (id), .reason = (why), .weight = (percent), .kind = EVIDENCE_PROOF, .listed = true            \
    }
#define ANSWERED(id, percent, why)                                                                           \
    {                                                                                                        \
        .sid = (id), .reason = (why), .weight = (percent), .kind = EVIDENCE_ANSWERED                         \
    }

struct row {
    const char *what;
    struct contribution items[8];
    size_t count;
    bool more;
    uint8_t score;
};

static void scores(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"nothing", {{0}}, 0, false, 0},
        {"one proof", {PROOF(1, 85, "a")}, 1, false, 85},
        {"two proofs unite", {PROOF(1, 60, "a"), PROOF(2, 50, "b")}, 2, false, 80},
        {"one reason counts once, largest",
         {PROOF(1, 40, "a"), PROOF(2, 75, "a"), PROOF(3, 60, "a")},
         3,
         false,
         75},
        {"whole in decimals", {PROOF(1, 60, "a"), PROOF(2, 75, "b")}, 2, false, 89}, /* 90, stopped */
        {"the floor", {PROOF(1, 45, "a"), PROOF(2, 10, "b")}, 2, false, 50},         /* 50.5 */
        {"one claim", {CLAIM(1, 40, "a")}, 1, false, 40},
        {"claims of one client", {CLAIM(1, 40, "a"), CLAIM(2, 40, "b")}, 2, false, 45},
        {"the cap itself", {CLAIM(1, 45, "a")}, 1, false, 45},
        {"claims of more clients", {CLAIM(1, 40, "a"), CLAIM(2, 40, "b")}, 2, true, 64},
        {"claims of more clients, cap",
         {CLAIM(1, 45, "a"), CLAIM(2, 45, "b"), CLAIM(3, 45, "c")},
         3,
         true,
         65},
        {"a claim and its proof are one reason", {CLAIM(1, 40, "a"), PROOF(2, 70, "a")}, 2, false, 70},
        {"a claim heavier than its proof", {CLAIM(1, 45, "a"), PROOF(2, 30, "a")}, 2, false, 45},
        {"claims count beside proof, capped",
         {CLAIM(1, 45, "a"), CLAIM(2, 45, "b"), PROOF(3, 50, "c")},
         3,
         false,
         72},
        {"answered alone", {ANSWERED(1, 20, "a")}, 1, false, 0},
        {"answered beside a claim", {CLAIM(1, 45, "a"), ANSWERED(2, 20, "b")}, 2, false, 56},
        {"answered is outside the cap",
         {CLAIM(1, 45, "a"), CLAIM(2, 45, "b"), ANSWERED(3, 20, "c")},
         3,
         false,
         56},
        {"a hundred", {PROOF(1, 100, "a")}, 1, false, 89},
        {"listed alone", {LISTED(1, 100, "a")}, 1, false, 89},
        {"listed and proof", {PROOF(1, 60, "a"), LISTED(2, 75, "b")}, 2, false, 90},
        {"listed and a claim", {CLAIM(1, 45, "a"), LISTED(2, 95, "b")}, 2, false, 89},
        {"of one reason", {PROOF(1, 95, "a"), LISTED(2, 75, "a")}, 2, false, 89},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct score score;
        score_unite(rows[i].items, rows[i].count, rows[i].more, false, &score);
        if (score.score != rows[i].score) {
            fail_msg("%s: %u, expected %u", rows[i].what, score.score, rows[i].score);
        }
        assert_int_equal(score.level, score_level(rows[i].score));
    }
}

static void levels_begin_at_their_thresholds(void **state)
{
    (void)state;
    assert_int_equal(score_level(0), LEVEL_NONE);
    assert_int_equal(score_level(19), LEVEL_NONE);
    assert_int_equal(score_level(20), LEVEL_OBSERVED);
    assert_int_equal(score_level(49), LEVEL_OBSERVED);
    assert_int_equal(score_level(50), LEVEL_SUSPECTED);
    assert_int_equal(score_level(89), LEVEL_SUSPECTED);
    assert_int_equal(score_level(90), LEVEL_CONFIRMED);
    assert_int_equal(score_level(100), LEVEL_CONFIRMED);
}

static void header_claims_want_a_path_claim_or_proof(void **state)
{
    (void)state;
    struct contribution items[] = {CLAIM(1, 40, "agent"), CLAIM(2, 10, "path")};
    items[0].client_header = true;
    struct score score;
    score_unite(items, 1, false, false, &score);
    assert_int_equal(score.score, 0);
    assert_false(score.credited);
    assert_int_equal(score.group_count, 0);
    score_unite(items, 2, false, false, &score);
    assert_int_equal(score.score, 45);
    struct contribution proven[] = {CLAIM(1, 40, "agent"), PROOF(2, 10, "path")};
    proven[0].client_header = true;
    score_unite(proven, 2, false, false, &score);
    assert_int_equal(score.score, 46);
}

static void no_number_of_claims_confirms(void **state)
{
    (void)state;
    static char reasons[SCORE_CONTRIBUTIONS_MAX][8];
    static struct contribution items[SCORE_CONTRIBUTIONS_MAX];
    for (size_t i = 0; i < SCORE_CONTRIBUTIONS_MAX; i++) {
        snprintf(reasons[i], sizeof reasons[i], "r%zu", i);
        items[i] = (struct contribution){.sid = (uint32_t)i + 1,
                                         .reason = reasons[i],
                                         .weight = 45,
                                         .kind = EVIDENCE_CLAIM,
                                         .content = true, /* counts on proof only */
                                         .structural = true};
    }
    struct score score;
    score_unite(items, SCORE_CONTRIBUTIONS_MAX, false, true, &score);
    assert_int_equal(score.score, 45);
    assert_int_equal(score.level, LEVEL_OBSERVED);
    score_unite(items, SCORE_CONTRIBUTIONS_MAX, true, true, &score);
    assert_int_equal(score.score, 65);
    assert_int_equal(score.level, LEVEL_SUSPECTED);
    assert_int_equal(score.content_groups + score.structural_groups, 0);
    assert_int_equal(score.group_count, SCORE_CONTRIBUTIONS_MAX);
}

static void confirmed_needs_two_proofs_and_content(void **state)
{
    (void)state;
    struct score score;
    struct contribution items[] = {PROOF(1, 95, "login"), PROOF(2, 95, "list"), PROOF(3, 30, "sign")};

    score_unite(items, 3, false, false, &score);
    assert_int_equal(score.score, 89); /* no content */
    assert_int_equal(score.united, 99);
    assert_int_equal(score.level, LEVEL_SUSPECTED);

    items[1].content = true;
    score_unite(items, 3, false, false, &score);
    assert_int_equal(score.level, LEVEL_CONFIRMED);
    assert_false(score.content_and_structure);

    score_unite(items + 1, 1, false, false, &score);
    assert_int_equal(score.score, 89); /* content, but one reason */

    items[1].content = false;
    items[1].structural = true;
    score_unite(items, 3, false, false, &score);
    assert_int_equal(score.score, 89); /* one structural sign */
    items[2].structural = true;
    score_unite(items, 3, false, false, &score);
    assert_int_equal(score.level, LEVEL_CONFIRMED); /* two */
    assert_false(score.content_and_structure);

    items[2].reason = "list";
    score_unite(items, 3, false, false, &score);
    assert_int_equal(score.score, 89); /* two sids, one sign */
}

static void software_lifts_the_stop_for_content_only(void **state)
{
    (void)state;
    struct score score;
    struct contribution items[] = {PROOF(1, 95, "login"), PROOF(2, 95, "list")};
    score_unite(items, 2, false, true, &score);
    assert_int_equal(score.level, LEVEL_CONFIRMED);
    score_unite(items, 1, false, true, &score);
    assert_int_equal(score.score, 89);
}

static void a_basis_needs_content_and_another_sign(void **state)
{
    (void)state;
    struct score score;
    struct contribution items[] = {PROOF(1, 95, "login"), PROOF(2, 95, "list")};
    items[1].content = true;
    items[1].structural = true;
    score_unite(items, 2, false, false, &score);
    assert_int_equal(score.level, LEVEL_CONFIRMED);
    assert_false(score.content_and_structure);
    items[0].structural = true;
    score_unite(items, 2, false, false, &score);
    assert_true(score.content_and_structure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores),
        cmocka_unit_test(levels_begin_at_their_thresholds),
        cmocka_unit_test(header_claims_want_a_path_claim_or_proof),
        cmocka_unit_test(no_number_of_claims_confirms),
        cmocka_unit_test(confirmed_needs_two_proofs_and_content),
        cmocka_unit_test(software_lifts_the_stop_for_content_only),
        cmocka_unit_test(a_basis_needs_content_and_another_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
