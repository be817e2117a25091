/* From evidence to score and level, and what of it is told at once. */
#include <assert.h>

#include "daemon/verdict/verdict_priv.h"

enum level settings_min_level(const struct verdict *verdict)
{
    return (enum level)(LEVEL_OBSERVED + verdict->settings.min_level);
}

void view_make(struct view *view, const struct service *service)
{
    static const struct evidence_set nothing;
    view->own = service;
    view->lent = service->borrows_from;
    view->facts = service->facts;
    view->evidence_count = 0;
    const struct evidence_set *own = &service->evidence;
    const struct evidence_set *lent = &nothing;
    if (view->lent != NULL) {
        lent = &view->lent->evidence;
        facts_merge(&view->facts, &view->lent->facts);
    }
    assert(own->count + lent->count <= SCORE_CONTRIBUTIONS_MAX);
    size_t from_own = 0;
    size_t from_lent = 0;
    while (from_own < own->count || from_lent < lent->count) {
        bool take_own =
            from_lent == lent->count ||
            (from_own < own->count && own->items[from_own].rule->sid <= lent->items[from_lent].rule->sid);
        view->evidence[view->evidence_count++] =
            take_own ? &own->items[from_own++] : &lent->items[from_lent++];
    }
}

bool view_has_content(const struct verdict *verdict, const struct view *view)
{
    return !guard_is_paste_host(verdict, view->own->key.name);
}

static bool counts(const struct evidence *evidence, enum score_part part)
{
    switch (part) {
    case SCORE_OWN:
        return evidence->rule->sid != VERDICT_SID_NAMED && evidence->rule->sid != VERDICT_SID_INFERRED &&
               !listed_is_evidence(evidence->rule->sid);
    case SCORE_ASKED:
        return evidence->asked;
    default:
        return true;
    }
}

void view_score(const struct verdict *verdict, const struct view *view, enum score_part part,
                struct score *score)
{
    struct contribution items[SCORE_CONTRIBUTIONS_MAX];
    size_t count = 0;
    bool content = view_has_content(verdict, view);
    for (size_t i = 0; i < view->evidence_count; i++) {
        const struct evidence_rule *rule = view->evidence[i]->rule;
        if (counts(view->evidence[i], part)) {
            bool listed = listed_is_evidence(rule->sid);
            items[count++] = (struct contribution){.sid = rule->sid,
                                                   .reason = rule->reason,
                                                   .weight = rule->weight,
                                                   .kind = rule->kind,
                                                   .content = content && rule->content && !listed,
                                                   .listed = content && listed,
                                                   .structural = content && rule->structural,
                                                   .client_header = rule->client_header};
        }
    }
    bool more = claimants_count(&view->facts.claimants) >= 2;
    score_unite(items, count, more, content && block_has_basis(verdict, BASIS_SOFTWARE), score);
    if (part == SCORE_ALL &&
        (tie_lifts(view->own) || evidence_find(&view->own->evidence, VERDICT_SID_INFERRED) != NULL)) {
        score_lift(score, SCORE_SUSPECTED);
    }
}

/* ---- what is told */

static bool ends_by_guard(enum block_reason reason)
{
    switch (reason) {
    case REASON_GUARD:
    case REASON_HOME:
    case REASON_ALLOWED:
    case REASON_OFFICIAL:
    case REASON_SHARED_PREFIX:
    case REASON_SHARED:
    case REASON_PLATFORM:
    case REASON_PASTE_HOST:
        return true;
    default:
        return false;
    }
}

static enum cause cause_of_reason(enum block_reason reason)
{
    switch (reason) {
    case REASON_GUARD:
    case REASON_HOME:
        return CAUSE_GUARD;
    case REASON_SHARED:
        return CAUSE_SHARED;
    default:
        return CAUSE_LIST;
    }
}

static enum state state_of_fall(enum level level)
{
    return level == LEVEL_NONE ? STATE_WITHDRAWN : STATE_LOWERED;
}

/* What stood eligible ends: the service is told as withdrawn where a guard, a list or other names did it. A
 * name that nobody asked DNS for any more is not retracted: what was proposed of it runs out by itself. */
static void tell_block_end(struct verdict *verdict, struct service *service, const struct view *view,
                           const struct score *score, const struct block_judgement *block)
{
    uint32_t against = service->told.scope == SCOPE_HOST ? block->against_name : block->against_address;
    struct block_judgement ended = *block; /* may be eligible under another scope: this one ends first */
    ended.eligible = false;
    ended.scope = SCOPE_NONE;
    ended.reason = (enum block_reason)__builtin_ctz(block->against | against);
    if (score->level < service->told.level) {
        tell(verdict, service, state_of_fall(score->level), service->fall_cause, view, score, &ended, true);
    } else if (ends_by_guard(ended.reason)) {
        tell(verdict, service, STATE_WITHDRAWN, cause_of_reason(ended.reason), view, score, &ended, true);
    } else {
        bool retracted = ended.reason != REASON_UNVERIFIED || service->fall_cause == CAUSE_OPERATOR;
        tell(verdict, service, STATE_REFRESH, CAUSE_ELIGIBLE, view, score, &ended, retracted);
    }
}

/* The first telling, also after nothing was left of it, and changes of the level; true where something was
 * told. */
static bool tell_level(struct verdict *verdict, struct service *service, const struct view *view,
                       const struct score *score, const struct block_judgement *block)
{
    enum level least = settings_min_level(verdict);
    const struct told *told = &service->told;
    bool shown = score->level >= least;
    if (shown &&
        (told->level == LEVEL_NONE ? case_is_known_elsewhere(verdict, service) : service->membership.moves)) {
        tell(verdict, service, STATE_MOVED, CAUSE_CASE, view, score, block, false);
        return true;
    }
    if (shown && told->level == LEVEL_NONE) {
        tell(verdict, service, STATE_NEW, service->rise_cause, view, score, block, false);
        return true;
    }
    if (told->level == LEVEL_NONE || told->level == score->level) {
        return false;
    }
    if (shown && score->level > told->level) {
        enum cause cause = score->lifted && tie_lifts(service) ? CAUSE_CASE : service->rise_cause;
        tell(verdict, service, STATE_RAISED, cause, view, score, block, false);
        return true;
    }
    if (score->level < told->level && told->level >= least) {
        tell(verdict, service, state_of_fall(score->level), service->fall_cause, view, score, block, false);
        return true;
    }
    return false;
}

static void tell_changes(struct verdict *verdict, struct service *service, const struct view *view,
                         const struct score *score, bool moved)
{
    struct block_judgement block;
    block_judge(verdict, view, score, &block);
    service->ripe_us = block.ripe_us;
    list_remove(&service->ripening);
    if (block.ripe_us != 0) {
        list_append(&verdict->ripening, &service->ripening);
    }
    if (service->told.eligible && (!block.eligible || block.scope != service->told.scope)) {
        tell_block_end(verdict, service, view, score, &block);
    }
    if (service->lends_to != NULL) {
        return; /* the one that it lends to is told instead */
    }
    if (tell_level(verdict, service, view, score, &block)) {
        return;
    }
    if (service->told.number == 0 || score->level < settings_min_level(verdict)) {
        counter_add(verdict->counters, VERDICT_BELOW, moved);
    } else if (block.eligible && !service->told.eligible) {
        tell(verdict, service, STATE_REFRESH, CAUSE_ELIGIBLE, view, score, &block, false);
    } else if (service->numbers_changed || service->evidence_changed) {
        tell_later(verdict, service);
    }
}

/* ---- judging */

static void judge_level(struct verdict *verdict, struct service *service)
{
    struct view view;
    struct score score;
    view_make(&view, service);
    view_score(verdict, &view, SCORE_ALL, &score);
    bool moved = score.score != service->score;
    service->score = score.score;
    service_set_level(verdict, service, score.level);
    if (service->borrows_from != NULL && service->borrows_from->level < score.level) {
        service_set_level(verdict, service->borrows_from, score.level); /* is kept as long as this one */
    }
    if (view.evidence_count > 0 || service->told.number != 0) {
        tell_changes(verdict, service, &view, &score, moved);
    }
}

/* The level by evidence of its own. */
static enum level own_level(const struct verdict *verdict, const struct service *service)
{
    if (service->level < LEVEL_SUSPECTED ||
        (evidence_find(&service->evidence, VERDICT_SID_NAMED) == NULL &&
         evidence_find(&service->evidence, VERDICT_SID_INFERRED) == NULL &&
         evidence_find(&service->evidence, VERDICT_SID_LISTED) == NULL && !tie_lifts(service))) {
        return service->level;
    }
    struct view view;
    struct score score;
    view_make(&view, service);
    view_score(verdict, &view, SCORE_OWN, &score);
    return score.level;
}

static void judge(struct verdict *verdict, struct service *service)
{
    list_remove(&service->dirty);
    infer_recheck(verdict, service);
    case_settle(verdict, service);
    judge_level(verdict, service);
    enum level own = own_level(verdict, service);
    bool was_confirmed = service->membership.confirmed;
    tie_confirm(verdict, service, own == LEVEL_CONFIRMED);
    if (service->membership.confirmed != was_confirmed) {
        infer_follow(verdict, service, !was_confirmed);
    }
    bool names_others = own >= LEVEL_SUSPECTED;
    bool begins = names_others && !service->names_others;
    service->names_others = names_others;
    for (size_t i = 0; begins && i < service->related.count; i++) {
        naming_give(verdict, service->related.items[i]);
    }
}

void judge_service(struct verdict *verdict, struct service *service, enum cause cause)
{
    service->rise_cause = cause;
    service->fall_cause = cause;
    judge(verdict, service);
}

void judge_later(struct verdict *verdict, struct service *service, enum cause cause)
{
    if (!list_is_linked(&service->dirty)) {
        list_append(&verdict->dirty, &service->dirty);
        service->rise_cause = cause;
        service->fall_cause = cause;
    } else if (cause == CAUSE_EVIDENCE) {
        service->rise_cause = cause;
    } else if (service->fall_cause == CAUSE_EVIDENCE) {
        service->fall_cause = cause;
    }
}

void judge_settle(struct verdict *verdict)
{
    for (struct list_link *link = list_first(&verdict->dirty); link != NULL;
         link = list_first(&verdict->dirty)) {
        judge(verdict, service_of(link, offsetof(struct service, dirty)));
    }
    notice_settle(verdict);
}

void judge_lending(struct verdict *verdict, struct address_record *record, const struct service_key *server,
                   bool make)
{
    struct service_key key = *server;
    key.name[0] = '\0';
    struct service *nameless = service_find(verdict, &key);
    if (nameless == NULL) {
        return;
    }
    /* A client can call any server by an official name: that neither takes nameless evidence nor frees from
     * it. */
    const struct watch_list *const official[] = {verdict->guards.official,
                                                 verdict->lists[VERDICT_LIST_OFFICIAL]};
    const char *name = address_record_sole_name(record, server, official, ARRAY_COUNT(official),
                                                verdict->now_us / TIME_SECOND);
    struct service *before = nameless->lends_to;
    if (before != NULL && (name == NULL || strcmp(before->key.name, name) != 0)) {
        service_lend(verdict, nameless, NULL);
        judge_later(verdict, before, CAUSE_SHARED);
        judge_later(verdict, nameless, CAUSE_SHARED);
    }
    if (name != NULL && nameless->lends_to == NULL && nameless->evidence.count > 0) {
        memcpy(key.name, name, strlen(name) + 1);
        struct service *named = make ? service_ensure(verdict, &key, nameless) : service_find(verdict, &key);
        if (named != NULL) {
            if (nameless->name_from < named->name_from) {
                named->name_from = nameless->name_from;
            }
            service_lend(verdict, nameless, named);
        }
    }
}
