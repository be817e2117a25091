/* Names that clients asked DNS for: kept for their servers, and told by themselves where an order names them.
 */
#include <stdio.h>

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

/* ---- the table */

static struct asked_name *asked_of(struct list_link *link)
{
    return link == NULL ? NULL : (struct asked_name *)((char *)link - offsetof(struct asked_name, by_seen));
}

static struct asked_name *first_asked(const struct verdict *verdict)
{
    return asked_of(list_first(&verdict->asked_by_seen));
}

static struct asked_name *next_asked(const struct verdict *verdict, const struct asked_name *asked)
{
    return asked_of(list_next(&verdict->asked_by_seen, &asked->by_seen));
}

const struct asked_name *asked_next(const struct verdict *verdict, const struct asked_name *asked)
{
    return asked == NULL ? first_asked(verdict) : next_asked(verdict, asked);
}

static struct asked_name *find(const struct verdict *verdict, const char *name)
{
    if (verdict->asked.count == 0) {
        return NULL;
    }
    for (struct table_node *node = table_find(&verdict->asked, hash_name(verdict, name)); node != NULL;
         node = table_find_next(node)) {
        struct asked_name *asked = (struct asked_name *)((char *)node - offsetof(struct asked_name, node));
        if (strcmp(asked->name, name) == 0) {
            return asked;
        }
    }
    return NULL;
}

static void forget(struct verdict *verdict, struct asked_name *asked)
{
    table_remove(&verdict->asked, &asked->node);
    list_remove(&asked->by_seen);
    evidence_set_free(&verdict->rules, &asked->evidence);
    clients_free(&asked->clients);
    free(asked->name);
    free(asked);
    counter_set(verdict->counters, VERDICT_ASKED, verdict->asked.count);
}

static void shrink(struct verdict *verdict, uint64_t most)
{
    while (verdict->asked.count > most) {
        forget(verdict, first_asked(verdict));
        counter_add(verdict->counters, VERDICT_ASKED_EVICTED, 1);
    }
}

static struct asked_name *ensure(struct verdict *verdict, const char *name)
{
    struct asked_name *asked = find(verdict, name);
    if (asked == NULL) {
        shrink(verdict, verdict->settings.max_asked - 1);
        asked = memory_zeroed(1, sizeof *asked);
        asked->name = memory_text(name);
        asked->first_us = verdict->now_us;
        table_insert(&verdict->asked, &asked->node, hash_name(verdict, name));
    }
    list_remove(&asked->by_seen);
    list_append(&verdict->asked_by_seen, &asked->by_seen);
    counter_set(verdict->counters, VERDICT_ASKED, verdict->asked.count);
    return asked;
}

void asked_free(struct verdict *verdict)
{
    while (first_asked(verdict) != NULL) {
        forget(verdict, first_asked(verdict));
    }
    table_free(&verdict->asked);
}

/* ---- what is told of a name alone */

static const struct evidence *listed_evidence(const struct asked_name *asked)
{
    return evidence_find(&asked->evidence, VERDICT_SID_LISTED_CLAIM);
}

/* Where a server or a notice is known under the name, these speak for it. */
static bool is_told_otherwise(const struct verdict *verdict, const struct asked_name *asked)
{
    return notice_best_service(verdict, asked->name) != NULL || notice_find(verdict, asked->name) != NULL;
}

static struct detection *describe_asked(const struct verdict *verdict, const struct asked_name *asked)
{
    struct detection *detection = memory_zeroed(1, sizeof *detection);
    const struct evidence *listed = listed_evidence(asked);
    uint64_t clients = clients_count(&asked->clients, NULL);
    detection->time_us = verdict->now_us;
    detection->replay = verdict->replay;
    detection->subject_host = true;
    text_id(asked->name, detection->id);
    snprintf(detection->service.name, sizeof detection->service.name, "%s", asked->name);
    detection->host_from = name_source_name(NAME_FROM_DNS);
    detection->score = listed == NULL ? 0 : listed->rule->weight;
    detection->level = LEVEL_OBSERVED;
    detection->family = FAMILY_TLS_PANEL;
    detection->directions = DIRECTION_TO_SERVER;
    if (listed != NULL) {
        describe_evidence_of(&detection->evidence[0], listed, false);
        detection->evidence_count = 1;
        detection->family = listed->rule->family;
        detection->claimants = claimants_count(&listed->claimants);
    }
    detection->clients = clients < asked->told.clients ? asked->told.clients : clients;
    memcpy(detection->client_key, verdict->client_key, sizeof detection->client_key);
    detection->new_clients_count = clients_untold(&asked->clients, NULL, detection->new_clients);
    detection->first_us = asked->first_us;
    detection->last_us = asked->last_us;
    detection->block.reason = REASON_LEVEL;
    detection->expire = verdict->settings.expire;
    return detection;
}

static void tell_asked(struct verdict *verdict, struct asked_name *asked, enum state state, enum cause cause)
{
    if (settings_min_level(verdict) > LEVEL_OBSERVED) {
        counter_add(verdict->counters, VERDICT_BELOW, state == STATE_NEW && asked->told.number == 0);
        return;
    }
    struct detection *detection = describe_asked(verdict, asked);
    if (asked->told.number == 0) {
        asked->told.number = ++verdict->told_number;
    }
    asked->told.time_us = verdict->now_us;
    asked->told.clients = detection->clients;
    asked->changed = false;
    clients_mark_told(&asked->clients);
    tell_emit(verdict, detection, state, cause);
}

/* At once; then at most one refresh in detection.refresh, told with the question that comes after it. */
static void tell_question(struct verdict *verdict, struct asked_name *asked)
{
    if (listed_evidence(asked) == NULL || is_told_otherwise(verdict, asked)) {
        return;
    }
    if (asked->told.number == 0) {
        tell_asked(verdict, asked, STATE_NEW, CAUSE_EVIDENCE);
    } else if (verdict->now_us - asked->told.time_us >= verdict->settings.refresh) {
        tell_asked(verdict, asked, STATE_REFRESH, CAUSE_NUMBERS);
    }
}

static void tell_last(struct verdict *verdict, struct asked_name *asked, enum state state, enum cause cause,
                      enum block_reason reason)
{
    if (asked->told.number == 0 || is_told_otherwise(verdict, asked)) {
        return;
    }
    struct detection *detection = describe_asked(verdict, asked);
    detection->block.reason = reason;
    tell_emit(verdict, detection, state, cause);
}

/* ---- taking */

static bool is_official(const struct verdict *verdict, const char *name)
{
    return watch_list_find_host(verdict->guards.official, slice_text(name), verdict->now_us / TIME_SECOND,
                                NULL) ||
           listed_find_name(verdict, VERDICT_LIST_OFFICIAL, name, NULL);
}

static void credit_known(struct verdict *verdict, const struct worker_record *record)
{
    bool known = false;
    struct table_node *node = table_find(&verdict->names, hash_name(verdict, record->service.name));
    for (; node != NULL; node = table_find_next(node)) {
        struct service *service = service_of_name(node);
        if (strcmp(service->key.name, record->service.name) != 0 || service->evidence.count == 0) {
            continue;
        }
        known = true;
        if (service_take_evidence(verdict, service, record)) {
            struct service *told = service->lends_to == NULL ? service : service->lends_to;
            told->evidence_changed = true;
            judge_later(verdict, service, CAUSE_EVIDENCE);
        }
    }
    counter_add(verdict->counters, VERDICT_ASKED_UNKNOWN, !known);
}

void asked_take(struct verdict *verdict, const struct worker_record *record)
{
    const char *name = record->service.name;
    if (is_official(verdict, name)) {
        counter_add(verdict->counters, VERDICT_OFFICIAL, 1);
        return;
    }
    credit_known(verdict, record);
    struct asked_name *asked = ensure(verdict, name);
    struct evidence_hit hit;
    bool displaced;
    evidence_hit_from(&hit, record);
    enum evidence_change change =
        evidence_add(&verdict->rules, &asked->evidence, &hit, ASKED_EVIDENCE_MAX, &displaced);
    counter_add(verdict->counters, VERDICT_EVIDENCE_FULL, displaced || change == EVIDENCE_REFUSED);
    if (record->client != 0) {
        (void)clients_add(&asked->clients, record->client);
    }
    asked->last_us = verdict->now_us;
    asked->changed = true;
    if (listed_is_evidence(record->hit.sid)) {
        tell_question(verdict, asked);
    }
}

bool asked_credit(struct verdict *verdict, struct service *service)
{
    const struct asked_name *asked = service->key.name[0] == '\0' ? NULL : find(verdict, service->key.name);
    bool changed = false;
    for (size_t i = 0; asked != NULL && i < asked->evidence.count; i++) {
        const struct evidence *kept = &asked->evidence.items[i];
        struct evidence *added = evidence_restore(&verdict->rules, &service->evidence, kept->rule);
        if (added != NULL) {
            struct evidence_rule *rule = added->rule;
            *added = *kept;
            added->rule = rule;
            added->value = memory_text(kept->value);
            changed = true;
        }
    }
    return changed;
}

/* ---- lists, keys and time */

/* What no order names any more was no evidence of anything else. */
static bool drop_unlisted(struct verdict *verdict, struct asked_name *asked)
{
    return verdict->list_known[VERDICT_LIST_ORDER] && listed_evidence(asked) != NULL &&
           !listed_verifies(verdict, asked->name) &&
           evidence_drop(&verdict->rules, &asked->evidence, VERDICT_SID_LISTED_CLAIM);
}

void asked_recheck(struct verdict *verdict, const struct watch_entry *touched, size_t count)
{
    shrink(verdict, verdict->settings.max_asked);
    struct asked_name *next;
    for (struct asked_name *asked = first_asked(verdict); asked != NULL; asked = next) {
        next = next_asked(verdict, asked);
        if (!listed_touches_name(asked->name, touched, count)) {
            continue;
        }
        bool official = is_official(verdict, asked->name);
        if (official || drop_unlisted(verdict, asked)) {
            tell_last(verdict, asked, STATE_WITHDRAWN, CAUSE_LIST,
                      official ? REASON_OFFICIAL : REASON_NO_BASIS);
            asked->told.number = 0;
        }
        if (official || asked->evidence.count == 0) {
            forget(verdict, asked);
        }
    }
}

void asked_carry_clients(struct verdict *verdict)
{
    for (struct asked_name *asked = first_asked(verdict); asked != NULL; asked = next_asked(verdict, asked)) {
        clients_carry(&asked->clients);
        for (size_t i = 0; i < asked->evidence.count; i++) {
            claimants_carry(&asked->evidence.items[i].claimants);
        }
    }
}

void asked_tick(struct verdict *verdict)
{
    int64_t before_us = verdict->now_us - verdict->settings.expire;
    for (struct asked_name *asked = first_asked(verdict); asked != NULL && asked->last_us <= before_us;
         asked = first_asked(verdict)) {
        tell_last(verdict, asked, STATE_EXPIRED, CAUSE_SILENCE, REASON_SILENT);
        forget(verdict, asked);
    }
}

static int compare_told(const void *a, const void *b)
{
    const struct asked_name *left = *(struct asked_name *const *)a;
    const struct asked_name *right = *(struct asked_name *const *)b;
    return left->told.number < right->told.number ? -1 : left->told.number > right->told.number;
}

void asked_finish(struct verdict *verdict)
{
    struct asked_name **told = memory_zeroed(verdict->asked.count + 1, sizeof(struct asked_name *));
    size_t count = 0;
    for (struct asked_name *asked = first_asked(verdict); asked != NULL; asked = next_asked(verdict, asked)) {
        if (asked->told.number != 0 && asked->changed && !is_told_otherwise(verdict, asked)) {
            told[count++] = asked;
        }
    }
    qsort(told, count, sizeof(struct asked_name *), compare_told);
    for (size_t i = 0; i < count; i++) {
        tell_asked(verdict, told[i], STATE_REFRESH, CAUSE_NUMBERS);
    }
    free(told);
}
