/* Who is in which case: joining, leaving, making one of two, and the bound of it all. */
#include <stdio.h>

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"
#include "rule/client.h"

static struct service *member_of(struct list_link *link)
{
    return link == NULL ? NULL : (struct service *)((char *)link - offsetof(struct service, membership.link));
}

struct service *case_first(const struct case_record *record)
{
    return member_of(list_first(&record->members));
}

struct service *case_next(const struct case_record *record, struct service *member)
{
    return member_of(list_next(&record->members, &member->membership.link));
}

bool case_is_elder(const struct case_record *a, const struct case_record *b)
{
    return a->since_us != b->since_us ? a->since_us < b->since_us : strcmp(a->id, b->id) < 0;
}

bool case_met_before(const struct service *a, const struct service *b)
{
    return a->facts.first_us != b->facts.first_us ? a->facts.first_us < b->facts.first_us
                                                  : a->number < b->number;
}

void case_count(struct verdict *verdict)
{
    counter_set(verdict->counters, VERDICT_CASES, verdict->cases.count);
}

/* ---- the table */

static struct case_record *find(const struct verdict *verdict, const char *id)
{
    for (struct table_node *node = table_find(&verdict->cases, hash_name(verdict, id)); node != NULL;
         node = table_find_next(node)) {
        struct case_record *record =
            (struct case_record *)((char *)node - offsetof(struct case_record, by_id));
        if (strcmp(record->id, id) == 0) {
            return record;
        }
    }
    return NULL;
}

static void forget(struct verdict *verdict, struct case_record *record)
{
    table_remove(&verdict->cases, &record->by_id);
    list_remove(&record->by_use);
    free(record);
    case_count(verdict);
}

/* Takes a service out of its case, which may be left empty. */
static void take_out(struct service *service)
{
    struct case_membership *membership = &service->membership;
    list_remove(&membership->link);
    membership->of->member_count--;
    membership->of->by_name -= membership->by_name;
    membership->of = NULL;
    membership->by_name = false;
    membership->moves = false;
}

/* Its members remember what they showed, and may make it anew when they are judged next. They are not judged
 * for this: two cases for which there is no room would bring each other back for ever. */
static void dissolve(struct verdict *verdict, struct case_record *record)
{
    counter_add(verdict->counters, VERDICT_CASES_EVICTED, 1);
    for (struct service *member = case_first(record); member != NULL; member = case_first(record)) {
        tie_release_quietly(verdict, member);
        take_out(member);
    }
    forget(verdict, record);
}

static struct case_record *longest_unused(const struct verdict *verdict)
{
    struct list_link *link = list_first(&verdict->cases_by_use);
    return link == NULL ? NULL : (struct case_record *)((char *)link - offsetof(struct case_record, by_use));
}

void case_shrink(struct verdict *verdict)
{
    while (verdict->cases.count > verdict->settings.max_cases) {
        dissolve(verdict, longest_unused(verdict));
    }
}

/* A new case has no member yet: the caller gives it one at once. */
static struct case_record *create(struct verdict *verdict, const char *id, int64_t since_us)
{
    while (verdict->cases.count >= verdict->settings.max_cases) {
        dissolve(verdict, longest_unused(verdict));
    }
    struct case_record *record = memory_zeroed(1, sizeof *record);
    snprintf(record->id, sizeof record->id, "%s", id);
    record->since_us = since_us;
    list_init(&record->members);
    table_insert(&verdict->cases, &record->by_id, hash_name(verdict, id));
    list_append(&verdict->cases_by_use, &record->by_use);
    case_count(verdict);
    return record;
}

struct case_record *case_ensure(struct verdict *verdict, const char *text)
{
    char id[DETECTION_ID_SIZE];
    text_id(text, id);
    struct case_record *record = find(verdict, id);
    return record == NULL ? create(verdict, id, verdict->now_us) : record;
}

/* ---- members */

static void use(struct verdict *verdict, struct case_record *record)
{
    list_remove(&record->by_use);
    list_append(&verdict->cases_by_use, &record->by_use);
}

static void show_again(struct verdict *verdict, struct service *member)
{
    member->evidence_changed = true;
    tell_later(verdict, member);
}

/* Puts a service that is in none into the case; false where that is full. */
static bool put_in(struct verdict *verdict, struct case_record *record, struct service *service, bool by_name)
{
    if (record->member_count >= verdict->settings.max_per_case) {
        counter_add(verdict->counters, VERDICT_CASE_FULL, 1);
        return false;
    }
    struct case_membership *membership = &service->membership;
    membership->of = record;
    membership->by_name = by_name;
    list_append(&record->members, &membership->link);
    record->member_count++;
    record->by_name += by_name;
    use(verdict, record);
    return true;
}

static bool join(struct verdict *verdict, struct case_record *record, struct service *service, bool by_name)
{
    if (!put_in(verdict, record, service, by_name)) {
        return false;
    }
    show_again(verdict, service);
    if (record->member_count == 2) {
        show_again(verdict, case_first(record)); /* it was alone, and perhaps not shown as a case */
    }
    case_note_move(verdict, service);
    return true;
}

/* Those whom its name brought here may follow it. */
static void judge_namesakes(struct verdict *verdict, const struct case_record *record,
                            const struct service *service)
{
    for (struct service *member = case_first(record); member != NULL; member = case_next(record, member)) {
        if (member->membership.by_name && strcmp(member->key.name, service->key.name) == 0) {
            judge_later(verdict, member, CAUSE_CASE);
        }
    }
}

static void leave(struct verdict *verdict, struct service *service)
{
    struct case_record *record = service->membership.of;
    if (record != NULL) {
        take_out(service);
        show_again(verdict, service);
        if (record->member_count == 0) {
            forget(verdict, record);
        } else if (record->by_name > 0) {
            judge_namesakes(verdict, record, service);
        }
    }
}

void case_leave(struct verdict *verdict, struct service *service)
{
    tie_release(verdict, service);
    leave(verdict, service);
}

void case_move(struct verdict *verdict, struct case_record *record, struct service *service, bool by_name)
{
    leave(verdict, service);
    if (!join(verdict, record, service, by_name)) {
        tie_release_quietly(verdict, service);
        if (record->member_count == 0) {
            forget(verdict, record);
        }
    }
}

bool case_can_merge(struct verdict *verdict, const struct case_record *a, const struct case_record *b)
{
    bool fits = a->member_count + b->member_count <= verdict->settings.max_per_case;
    counter_add(verdict->counters, VERDICT_CASE_FULL, !fits);
    return fits;
}

struct case_record *case_merge(struct verdict *verdict, struct case_record *a, struct case_record *b)
{
    struct case_record *elder = case_is_elder(a, b) ? a : b;
    struct case_record *younger = elder == a ? b : a;
    counter_add(verdict->counters, VERDICT_CASES_MERGED, 1);
    for (struct service *member = case_first(younger); member != NULL; member = case_first(younger)) {
        struct service_ties *ties = member->membership.ties;
        for (size_t i = 0; ties != NULL && i < ties->count; i++) {
            if (ties->items[i].record != NULL) {
                ties->items[i].record->leads_to = elder;
            }
        }
        list_remove(&member->membership.link);
        list_append(&elder->members, &member->membership.link);
        member->membership.of = elder;
        show_again(verdict, member);
    }
    elder->member_count += younger->member_count;
    elder->by_name += younger->by_name;
    for (size_t type = 0; type < TIE_COUNT; type++) {
        elder->ties[type] += younger->ties[type];
        elder->shared[type] += younger->shared[type];
    }
    forget(verdict, younger);
    use(verdict, elder);
    return elder;
}

/* ---- settling */

static bool has_asked_proof(const struct service *service)
{
    return namesake_has_proof(service) ||
           (service->borrows_from != NULL && namesake_has_proof(service->borrows_from));
}

/* Who answers as a system at all: not a proxy, no host of other people's files, no subscriber. */
static bool may_join(const struct verdict *verdict, const struct service *service)
{
    return has_asked_proof(service) && !service->facts.proxy && !client_is_pseudonym(&service->key.address) &&
           !guard_is_paste_host(verdict, service->key.name);
}

void case_settle(struct verdict *verdict, struct service *service)
{
    struct case_membership *membership = &service->membership;
    if (service->lends_to != NULL) {
        tie_hand_over(verdict, service, service->lends_to);
        case_leave(verdict, service);
        return;
    }
    if (!may_join(verdict, service)) {
        case_leave(verdict, service);
        membership->name_holds = false;
        return;
    }
    if (membership->ties != NULL && membership->ties->count > 0) {
        tie_settle(verdict, service);
    }
    namesake_settle(verdict, service);
    if (membership->of != NULL) {
        use(verdict, membership->of);
    }
}

void case_forget(struct verdict *verdict, struct service *service)
{
    case_leave(verdict, service);
    free(service->membership.ties);
    service->membership.ties = NULL;
}

void case_restore(struct verdict *verdict, struct service *service, const char *id, int64_t since_us,
                  bool by_name)
{
    struct case_record *record = find(verdict, id);
    if (record == NULL) {
        record = create(verdict, id, since_us);
    }
    record->since_us = since_us < record->since_us ? since_us : record->since_us;
    (void)put_in(verdict, record, service, by_name);
}
