/*
 * Evidence of one service: what each sid found, how often, when and first with which value. What a rule says
 * of itself is kept once for all services (struct evidence_rule, counted references): a service costs tens of
 * bytes a sid.
 */
#pragma once

#include "base/hash.h"
#include "daemon/verdict/clients_priv.h"
#include "daemon/verdict/table_priv.h"
#include "rule/rule_hit.h"

struct evidence_rule {
    struct table_node node;
    size_t references;
    uint32_t sid;
    uint32_t rev;
    uint8_t weight;
    enum evidence_kind kind;
    enum family family; /* FAMILY_COUNT: speaks for none */
    uint16_t roles;
    bool content;
    bool structural;
    bool client_header;
    char msg[RULE_MSG_SIZE];
    char reason[RULE_REASON_SIZE];
    char make[RULE_MAKE_SIZE];
    char field[RULE_FIELD_SIZE];
};

/* All rules that evidence refers to. */
struct evidence_rules {
    struct table table;
    struct hash_key key;
};

struct evidence {
    struct evidence_rule *rule;
    uint64_t count;
    int64_t first_us;
    int64_t last_us;
    bool asked;                 /* of one hit at least the request and both directions were seen */
    struct claimants claimants; /* of claims */
    char *value;                /* owned; of the first hit */
};

struct evidence_set {
    struct evidence *items; /* owned; by sid */
    size_t count;
    size_t room;
};

enum evidence_change {
    EVIDENCE_COUNTED, /* known already: only counts moved */
    EVIDENCE_CHANGED, /* a new sid or revision, one claimant more, asked for: what follows may move */
    EVIDENCE_REFUSED, /* no room, and the weakest kept is not weaker */
};

/* A hit as evidence: what `struct rule_hit` says of its rule (`node` and `references` are ignored), and the
 * occurrence. */
struct evidence_hit {
    struct evidence_rule rule;
    const char *value;
    uint64_t client;
    int64_t time_us;
    bool asked;
};

/* Whether somebody asked for what was found. Bytes of a server alone may be anybody's who writes its address
 * into packets. */
static inline bool hit_was_asked(const struct rule_hit *hit)
{
    return hit->asked && hit->directions == (DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT);
}

void evidence_rules_free(struct evidence_rules *rules);
void evidence_hit_from(struct evidence_hit *hit, const struct worker_record *record);
/* `max` is the set's cap; `*displaced` tells that another sid had to go. */
enum evidence_change evidence_add(struct evidence_rules *rules, struct evidence_set *set,
                                  const struct evidence_hit *hit, size_t max, bool *displaced);
/* For a state file: an empty record of `rule`'s sid, or NULL where the set has it already. Not capped. */
struct evidence *evidence_restore(struct evidence_rules *rules, struct evidence_set *set,
                                  const struct evidence_rule *rule);
const struct evidence *evidence_find(const struct evidence_set *set, uint32_t sid);
/* True where it was there. */
bool evidence_drop(struct evidence_rules *rules, struct evidence_set *set, uint32_t sid);
void evidence_set_free(struct evidence_rules *rules, struct evidence_set *set);

static inline bool evidence_is_path_claim(const struct evidence_rule *rule)
{
    return rule->kind == EVIDENCE_CLAIM && !rule->client_header;
}
/* Negative where `a` is the weaker one, so the first to go: client headers, then other claims, then answered
 * bytes, then proof; the lighter first; the larger sid first. Never 0 for two sids. */
int evidence_compare_strength(const struct evidence_rule *a, const struct evidence_rule *b);
