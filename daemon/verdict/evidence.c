/* Evidence of one service, and the rules' own words shared between services. */
#include "daemon/verdict/evidence_priv.h"

#include <stdio.h>

#include "daemon/verdict/memory_priv.h"

static struct evidence_rule *rule_of_node(struct table_node *node)
{
    return (struct evidence_rule *)((char *)node - offsetof(struct evidence_rule, node));
}

static bool rule_equal(const struct evidence_rule *a, const struct evidence_rule *b)
{
    return a->sid == b->sid && a->rev == b->rev && a->weight == b->weight && a->kind == b->kind &&
           a->family == b->family && a->roles == b->roles && a->content == b->content &&
           a->structural == b->structural && a->client_header == b->client_header &&
           strcmp(a->msg, b->msg) == 0 && strcmp(a->reason, b->reason) == 0 &&
           strcmp(a->make, b->make) == 0 && strcmp(a->field, b->field) == 0;
}

static struct evidence_rule *rule_take(struct evidence_rules *rules, const struct evidence_rule *like)
{
    uint64_t hash = hash_bytes(&rules->key, &like->sid, sizeof like->sid);
    for (struct table_node *node = table_find(&rules->table, hash); node != NULL;
         node = table_find_next(node)) {
        struct evidence_rule *rule = rule_of_node(node);
        if (rule_equal(rule, like)) {
            rule->references++;
            return rule;
        }
    }
    struct evidence_rule *rule = memory_zeroed(1, sizeof *rule);
    *rule = *like;
    rule->node = (struct table_node){0};
    rule->references = 1;
    table_insert(&rules->table, &rule->node, hash);
    return rule;
}

static void rule_release(struct evidence_rules *rules, struct evidence_rule *rule)
{
    rule->references--;
    if (rule->references == 0) {
        table_remove(&rules->table, &rule->node);
        free(rule);
    }
}

void evidence_rules_free(struct evidence_rules *rules)
{
    table_free(&rules->table); /* every set is gone, and with it every reference */
}

void evidence_hit_from(struct evidence_hit *out, const struct worker_record *record)
{
    const struct rule_hit *hit = &record->hit;
    *out = (struct evidence_hit){
        .rule = {.sid = hit->sid,
                 .rev = hit->rev,
                 .weight = hit->weight > 100 ? 100 : hit->weight,
                 .kind = hit->kind,
                 .family = hit->family,
                 .roles = hit->roles,
                 .content = hit->content,
                 .structural = hit->structural,
                 .client_header = hit->client_header && hit->kind == EVIDENCE_CLAIM},
        .value = hit->value,
        .client = record->client,
        .time_us = record->time_us,
        .asked = hit_was_asked(hit),
    };
    memcpy(out->rule.msg, hit->msg, sizeof out->rule.msg);
    memcpy(out->rule.reason, hit->reason, sizeof out->rule.reason);
    memcpy(out->rule.make, hit->make, sizeof out->rule.make);
    memcpy(out->rule.field, hit->field, sizeof out->rule.field);
}

int evidence_compare_strength(const struct evidence_rule *a, const struct evidence_rule *b)
{
    static const int strengths[EVIDENCE_KIND_COUNT] = {
        [EVIDENCE_PROOF] = 2, [EVIDENCE_ANSWERED] = 1, [EVIDENCE_CLAIM] = 0};
    int difference = strengths[a->kind] - strengths[b->kind];
    if (difference == 0) {
        difference = (int)b->client_header - (int)a->client_header;
    }
    if (difference == 0) {
        difference = (int)a->weight - (int)b->weight;
    }
    return difference != 0 ? difference : (a->sid < b->sid ? 1 : a->sid > b->sid ? -1 : 0);
}

/* Where `sid` stands, or would stand. */
static size_t index_of(const struct evidence_set *set, uint32_t sid)
{
    size_t from = 0;
    size_t to = set->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (set->items[middle].rule->sid < sid) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static bool stands_at(const struct evidence_set *set, size_t at, uint32_t sid)
{
    return at < set->count && set->items[at].rule->sid == sid;
}

static void remove_at(struct evidence_rules *rules, struct evidence_set *set, size_t at)
{
    rule_release(rules, set->items[at].rule);
    free(set->items[at].value);
    set->count--;
    memmove(&set->items[at], &set->items[at + 1], (set->count - at) * sizeof set->items[0]);
}

/* Makes room for `rule` by dropping the weakest, if that is weaker. */
static bool displace_weaker(struct evidence_rules *rules, struct evidence_set *set,
                            const struct evidence_rule *rule)
{
    size_t weakest = 0;
    for (size_t i = 1; i < set->count; i++) {
        if (evidence_compare_strength(set->items[i].rule, set->items[weakest].rule) < 0) {
            weakest = i;
        }
    }
    if (set->count == 0 || evidence_compare_strength(set->items[weakest].rule, rule) >= 0) {
        return false;
    }
    remove_at(rules, set, weakest);
    return true;
}

static struct evidence *insert(struct evidence_rules *rules, struct evidence_set *set,
                               const struct evidence_rule *rule)
{
    size_t at = index_of(set, rule->sid);
    set->items = memory_grow(set->items, sizeof *set->items, set->count + 1, &set->room);
    memmove(&set->items[at + 1], &set->items[at], (set->count - at) * sizeof set->items[0]);
    set->items[at] = (struct evidence){.rule = rule_take(rules, rule)};
    set->count++;
    return &set->items[at];
}

static enum evidence_change count_hit(struct evidence_rules *rules, struct evidence *evidence,
                                      const struct evidence_hit *hit)
{
    bool changed = false;
    if (!rule_equal(evidence->rule, &hit->rule)) { /* after a reload */
        rule_release(rules, evidence->rule);
        evidence->rule = rule_take(rules, &hit->rule);
        changed = true;
    }
    changed = changed || (hit->asked && !evidence->asked);
    evidence->asked = evidence->asked || hit->asked;
    evidence->count++;
    evidence->first_us = hit->time_us < evidence->first_us ? hit->time_us : evidence->first_us;
    evidence->last_us = hit->time_us > evidence->last_us ? hit->time_us : evidence->last_us;
    if (hit->rule.kind == EVIDENCE_CLAIM) {
        changed = claimants_add(&evidence->claimants, hit->client) || changed;
    }
    return changed ? EVIDENCE_CHANGED : EVIDENCE_COUNTED;
}

enum evidence_change evidence_add(struct evidence_rules *rules, struct evidence_set *set,
                                  const struct evidence_hit *hit, size_t max, bool *displaced)
{
    *displaced = false;
    size_t at = index_of(set, hit->rule.sid);
    if (stands_at(set, at, hit->rule.sid)) {
        return count_hit(rules, &set->items[at], hit);
    }
    while (set->count >= max) { /* more than once where a reload lowered the cap */
        if (!displace_weaker(rules, set, &hit->rule)) {
            return EVIDENCE_REFUSED;
        }
        *displaced = true;
    }
    struct evidence *evidence = insert(rules, set, &hit->rule);
    evidence->first_us = hit->time_us;
    evidence->last_us = hit->time_us;
    evidence->value = memory_text(hit->value);
    count_hit(rules, evidence, hit);
    return EVIDENCE_CHANGED;
}

struct evidence *evidence_restore(struct evidence_rules *rules, struct evidence_set *set,
                                  const struct evidence_rule *rule)
{
    return stands_at(set, index_of(set, rule->sid), rule->sid) ? NULL : insert(rules, set, rule);
}

const struct evidence *evidence_find(const struct evidence_set *set, uint32_t sid)
{
    size_t at = index_of(set, sid);
    return stands_at(set, at, sid) ? &set->items[at] : NULL;
}

bool evidence_drop(struct evidence_rules *rules, struct evidence_set *set, uint32_t sid)
{
    size_t at = index_of(set, sid);
    bool there = stands_at(set, at, sid);
    if (there) {
        remove_at(rules, set, at);
    }
    return there;
}

void evidence_set_free(struct evidence_rules *rules, struct evidence_set *set)
{
    while (set->count > 0) {
        remove_at(rules, set, set->count - 1);
    }
    free(set->items);
    *set = (struct evidence_set){0};
}
