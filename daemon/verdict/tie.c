/*
 * Fingerprints that services show. A record stands for each one that somebody bears, and counts how many do
 * and how many of these are confirmed by evidence of their own: only those who bear the very same fingerprint
 * lift each other, never those that are in the same case by way of others.
 */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

static struct tie_record *find(const struct verdict *verdict, enum tie type, uint64_t print, uint64_t *hash)
{
    uint64_t words[2] = {(uint64_t)type, print};
    *hash = hash_bytes(&verdict->key, words, sizeof words);
    for (struct table_node *node = table_find(&verdict->ties, *hash); node != NULL;
         node = table_find_next(node)) {
        struct tie_record *record = (struct tie_record *)((char *)node - offsetof(struct tie_record, node));
        if (record->type == type && record->print == print) {
            return record;
        }
    }
    return NULL;
}

static bool bears(const struct service *service, const struct tie_record *record)
{
    const struct service_ties *ties = service->membership.ties;
    for (size_t i = 0; ties != NULL && i < ties->count; i++) {
        if (ties->items[i].record == record) {
            return true;
        }
    }
    return false;
}

/* The first bearer came to be confirmed, or the last one is not any more. */
static void judge_bearers(struct verdict *verdict, const struct tie_record *record, const struct service *but)
{
    struct case_record *leads_to = record->leads_to;
    for (struct service *member = leads_to == NULL ? NULL : case_first(leads_to); member != NULL;
         member = case_next(leads_to, member)) {
        if (member != but && bears(member, record)) {
            judge_later(verdict, member, CAUSE_CASE);
        }
    }
}

static void lead_to(struct tie_record *record, struct case_record *leads_to)
{
    record->leads_to = leads_to;
    leads_to->ties[record->type]++;
    leads_to->shared[record->type] += record->bearers >= 2;
}

/* ---- bearing */

static void bear(struct verdict *verdict, struct service *service, struct service_tie *tie)
{
    uint64_t hash;
    struct tie_record *record = find(verdict, tie->type, tie->print, &hash);
    if (record == NULL) {
        record = memory_zeroed(1, sizeof *record);
        record->type = tie->type;
        record->print = tie->print;
        table_insert(&verdict->ties, &record->node, hash);
    }
    tie->record = record;
    record->bearers++;
    if (record->bearers == 2 && record->leads_to != NULL) {
        record->leads_to->shared[record->type]++;
    }
    record->confirmed += service->membership.confirmed;
}

static void drop(struct verdict *verdict, struct service *service, struct service_tie *tie, bool quietly)
{
    struct tie_record *record = tie->record;
    struct case_record *leads_to = record->leads_to;
    tie->record = NULL;
    record->bearers--;
    record->confirmed -= service->membership.confirmed;
    if (service->membership.confirmed && record->confirmed == 0 && !quietly) {
        judge_bearers(verdict, record, service);
    }
    if (record->bearers == 1 && leads_to != NULL) {
        leads_to->shared[record->type]--;
    }
    if (record->bearers == 0) {
        if (leads_to != NULL) {
            leads_to->ties[record->type]--;
        }
        table_remove(&verdict->ties, &record->node);
        free(record);
    }
}

static void release(struct verdict *verdict, struct service *service, bool quietly)
{
    struct service_ties *ties = service->membership.ties;
    for (size_t i = 0; ties != NULL && i < ties->count; i++) {
        if (ties->items[i].record != NULL) {
            drop(verdict, service, &ties->items[i], quietly);
        }
    }
}

void tie_release(struct verdict *verdict, struct service *service)
{
    release(verdict, service, false);
}

void tie_release_quietly(struct verdict *verdict, struct service *service)
{
    release(verdict, service, true);
}

/* ---- showing */

/* Room for one more of this kind: the one shown first goes. */
static void make_room(struct verdict *verdict, struct service *service, enum tie type)
{
    struct service_ties *ties = service->membership.ties;
    size_t oldest = ties->count;
    size_t same = 0;
    for (size_t i = 0; i < ties->count; i++) {
        oldest = ties->items[i].type == type && oldest == ties->count ? i : oldest;
        same += ties->items[i].type == type;
    }
    if (same < SERVICE_TIES_EACH) {
        return;
    }
    counter_add(verdict->counters, VERDICT_TIES_FULL, 1);
    if (ties->items[oldest].record != NULL) {
        drop(verdict, service, &ties->items[oldest], false);
    }
    ties->count--;
    memmove(&ties->items[oldest], &ties->items[oldest + 1], (ties->count - oldest) * sizeof ties->items[0]);
}

bool tie_show(struct verdict *verdict, struct service *service, enum tie type, uint64_t print)
{
    struct case_membership *membership = &service->membership;
    if (membership->ties == NULL) {
        membership->ties = memory_zeroed(1, sizeof *membership->ties);
    }
    struct service_ties *ties = membership->ties;
    for (size_t i = 0; i < ties->count; i++) {
        if (ties->items[i].type == type && ties->items[i].print == print) {
            return false;
        }
    }
    make_room(verdict, service, type);
    ties->items[ties->count++] = (struct service_tie){.type = type, .print = print};
    return true;
}

void tie_hand_over(struct verdict *verdict, struct service *from, struct service *to)
{
    struct service_ties *ties = from->membership.ties;
    tie_release(verdict, from);
    bool news = false;
    for (size_t i = 0; ties != NULL && i < ties->count; i++) {
        news = tie_show(verdict, to, ties->items[i].type, ties->items[i].print) || news;
    }
    free(ties);
    from->membership.ties = NULL;
    if (news) {
        judge_later(verdict, to, CAUSE_CASE);
    }
}

/* ---- settling */

/* The case that all of these lead to; those that stood apart become one (`*merged`), or, where that would be
 * too large, the service does not bear what leads to the other. */
static struct case_record *unite(struct verdict *verdict, struct service *service, bool *merged)
{
    struct service_ties *ties = service->membership.ties;
    struct case_record *united = service->membership.by_name ? NULL : service->membership.of;
    for (size_t i = 0; i < ties->count; i++) {
        struct case_record *leads_to = ties->items[i].record->leads_to;
        if (leads_to == NULL || leads_to == united) {
            continue;
        }
        if (united == NULL) {
            united = leads_to;
        } else if (case_can_merge(verdict, united, leads_to)) {
            united = case_merge(verdict, united, leads_to);
            *merged = true;
        } else {
            drop(verdict, service, &ties->items[i], true);
        }
    }
    if (united == NULL) {
        char text[64];
        snprintf(text, sizeof text, "%s|%016" PRIx64, tie_name(ties->items[0].type), ties->items[0].print);
        united = case_ensure(verdict, text);
    }
    return united;
}

/* A new bearer that is confirmed lifts those who were there before. */
static void lift_others(struct verdict *verdict, const struct service *service, const bool *news)
{
    const struct service_ties *ties = service->membership.ties;
    for (size_t i = 0; i < ties->count; i++) {
        const struct tie_record *record = ties->items[i].record;
        if (news[i] && service->membership.confirmed && record != NULL && record->confirmed == 1) {
            judge_bearers(verdict, record, service);
        }
    }
}

/* True where it bears anything that is new; `news` says which. */
static bool bear_all(struct verdict *verdict, struct service *service, bool news[SERVICE_TIES_MAX])
{
    struct service_ties *ties = service->membership.ties;
    bool any = false;
    for (size_t i = 0; i < ties->count; i++) {
        news[i] = ties->items[i].record == NULL;
        any = any || news[i];
        if (news[i]) {
            bear(verdict, service, &ties->items[i]);
        }
    }
    return any;
}

void tie_settle(struct verdict *verdict, struct service *service)
{
    struct case_membership *membership = &service->membership;
    struct service_ties *ties = membership->ties;
    bool news[SERVICE_TIES_MAX];
    bool merged = false;
    if (!bear_all(verdict, service, news)) {
        return;
    }
    struct case_record *united = unite(verdict, service, &merged);
    bool borne = false;
    for (size_t i = 0; i < ties->count; i++) {
        struct tie_record *record = ties->items[i].record;
        borne = borne || record != NULL;
        if (record != NULL && record->leads_to == NULL) {
            lead_to(record, united);
        }
    }
    if (!borne) {
        case_leave(verdict, service); /* all that it shows now leads elsewhere */
        return;
    }
    if (membership->of != united) {
        case_move(verdict, united, service, false);
    } else {
        united->by_name -= membership->by_name;
        membership->by_name = false;
        if (merged) {
            case_note_move(verdict, service);
        }
    }
    lift_others(verdict, service, news);
}

void tie_confirm(struct verdict *verdict, struct service *service, bool confirmed)
{
    struct case_membership *membership = &service->membership;
    if (membership->confirmed == confirmed) {
        return;
    }
    membership->confirmed = confirmed;
    struct service_ties *ties = membership->ties;
    for (size_t i = 0; ties != NULL && i < ties->count; i++) {
        struct tie_record *record = ties->items[i].record;
        if (record != NULL) {
            record->confirmed = confirmed ? record->confirmed + 1 : record->confirmed - 1;
            if (record->confirmed == (confirmed ? 1 : 0)) {
                judge_bearers(verdict, record, service);
            }
        }
    }
}

bool tie_lifts(const struct service *service)
{
    const struct service_ties *ties = service->membership.ties;
    for (size_t i = 0; ties != NULL && i < ties->count; i++) {
        const struct tie_record *record = ties->items[i].record;
        if (record != NULL && record->confirmed > (service->membership.confirmed ? 1 : 0)) {
            return true;
        }
    }
    return false;
}
