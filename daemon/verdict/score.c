/* Reasons into a score; the rules stand in verdict/score.h. */
#include "verdict/score.h"

#include <assert.h>
#include <string.h>

enum { SCORE_STOP = SCORE_CONFIRMED - 1 };

/* Which kind a reason counts as when its sids differ in kind. */
static int kind_strength(enum evidence_kind kind)
{
    static const int strengths[EVIDENCE_KIND_COUNT] = {
        [EVIDENCE_PROOF] = 2,
        [EVIDENCE_CLAIM] = 1,
        [EVIDENCE_ANSWERED] = 0,
    };
    return strengths[kind];
}

static bool is_credit(const struct contribution *item)
{
    return item->kind == EVIDENCE_PROOF || (item->kind == EVIDENCE_CLAIM && !item->client_header);
}

static struct reason_group *group_of(struct score *score, const struct contribution *item)
{
    for (size_t i = 0; i < score->group_count; i++) {
        if (strcmp(score->groups[i].reason, item->reason) == 0) {
            return &score->groups[i];
        }
    }
    struct reason_group *group = &score->groups[score->group_count++];
    *group = (struct reason_group){.reason = item->reason, .sid = item->sid, .kind = item->kind};
    return group;
}

static void group_add(struct reason_group *group, const struct contribution *item)
{
    bool proof = item->kind == EVIDENCE_PROOF;
    group->weight = item->weight > group->weight ? item->weight : group->weight;
    group->kind = kind_strength(item->kind) > kind_strength(group->kind) ? item->kind : group->kind;
    group->content = group->content || (proof && item->content);
    group->structural = group->structural || (proof && item->structural);
    group->listed = group->listed || (proof && item->listed);
}

static uint8_t percent_of_doubt(double doubt)
{
    return (uint8_t)(100 - 100 * doubt + 0.000001);
}

static void unite_groups(struct score *score)
{
    double doubt[EVIDENCE_KIND_COUNT];
    for (size_t kind = 0; kind < EVIDENCE_KIND_COUNT; kind++) {
        doubt[kind] = 1;
    }
    for (size_t i = 0; i < score->group_count; i++) {
        doubt[score->groups[i].kind] *= (100 - score->groups[i].weight) / 100.0;
    }
    for (size_t kind = 0; kind < EVIDENCE_KIND_COUNT; kind++) {
        score->by_kind[kind] = percent_of_doubt(doubt[kind]);
    }
    double least = (100 - score->claims_cap) / 100.0;
    double claims = doubt[EVIDENCE_CLAIM] < least ? least : doubt[EVIDENCE_CLAIM];
    score->united = percent_of_doubt(doubt[EVIDENCE_PROOF] * claims * doubt[EVIDENCE_ANSWERED]);
}

static void count_marks(struct score *score)
{
    unsigned marked = 0;
    for (size_t i = 0; i < score->group_count; i++) {
        const struct reason_group *group = &score->groups[i];
        score->proof_groups += group->kind == EVIDENCE_PROOF;
        score->content_groups += group->content;
        score->structural_groups += group->structural;
        score->listed = score->listed || group->listed;
        marked += group->content || group->structural;
    }
    score->content_and_structure = score->content_groups > 0 && score->structural_groups > 0 && marked >= 2;
}

void score_unite(const struct contribution *items, size_t count, bool more, bool software,
                 struct score *score)
{
    assert(count <= SCORE_CONTRIBUTIONS_MAX);
    /* The groups are large and written before they are read: only what follows them is cleared. */
    memset((char *)score + offsetof(struct score, group_count), 0,
           sizeof *score - offsetof(struct score, group_count));
    score->claims_cap = more ? SCORE_CLAIMS_MORE : SCORE_CLAIMS_ONE;
    for (size_t i = 0; i < count; i++) {
        score->credited = score->credited || is_credit(&items[i]);
    }
    if (!score->credited) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        group_add(group_of(score, &items[i]), &items[i]);
    }
    unite_groups(score);
    count_marks(score);
    bool content = software || score->listed || score->content_groups > 0 || score->structural_groups >= 2;
    bool stop = score->united >= SCORE_CONFIRMED && (score->proof_groups < 2 || !content);
    score->score = stop ? SCORE_STOP : score->united;
    score->level = score_level(score->score);
}

void score_lift(struct score *score, uint8_t least)
{
    if (score->credited && score->score < least) {
        score->lifted = true;
        score->score = least;
        score->level = score_level(least);
    }
}

enum level score_level(uint8_t score)
{
    if (score >= SCORE_CONFIRMED) {
        return LEVEL_CONFIRMED;
    }
    if (score >= SCORE_SUSPECTED) {
        return LEVEL_SUSPECTED;
    }
    return score >= SCORE_OBSERVED ? LEVEL_OBSERVED : LEVEL_NONE;
}
