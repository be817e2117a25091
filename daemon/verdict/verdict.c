/* The door: records in, each turned into evidence, facts or time. */
#include "verdict/verdict.h"

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

/* How many different names are taken in one span: a bound for what strangers can make main keep. */
enum { NAMES_LEAST = 65536, NAMES_PER_ADDRESS = 4 };

struct verdict *verdict_create(const struct verdict_settings *settings, const struct verdict_guards *guards,
                               const struct hash_key *table_key, const char *client_key, bool replay,
                               struct counter_cell *counters, verdict_emit_fn emit, void *context)
{
    struct verdict *verdict = memory_zeroed(1, sizeof *verdict);
    verdict->settings = *settings;
    verdict->guards = *guards;
    verdict->key = *table_key;
    snprintf(verdict->client_key, sizeof verdict->client_key, "%s", client_key);
    verdict->replay = replay;
    verdict->counters = counters;
    verdict->emit = emit;
    verdict->context = context;
    verdict->now_us = INT64_MIN;
    verdict->dns_us = INT64_MIN;
    store_init(verdict);
    return verdict;
}

void verdict_free(struct verdict *verdict)
{
    if (verdict != NULL) {
        store_free(verdict);
        hash_set_clear(&verdict->shown);
        free(verdict);
    }
}

void verdict_set_settings(struct verdict *verdict, const struct verdict_settings *settings,
                          const struct verdict_guards *guards)
{
    judge_settle(verdict);
    verdict->settings = *settings;
    /* Where a list of files is taken away, it is known too what no order names any more. */
    bool of_files = verdict->guards.order != NULL || guards->order != NULL;
    verdict->list_known[VERDICT_LIST_ORDER] = verdict->list_known[VERDICT_LIST_ORDER] || of_files;
    verdict->guards = *guards;
    verdict->recheck = true;
}

/* ---- after a reload, after a restart, at midnight */

void verdict_set_client_key(struct verdict *verdict, const char *client_key)
{
    judge_settle(verdict); /* what was counted under the old key is told under it */
    snprintf(verdict->client_key, sizeof verdict->client_key, "%s", client_key);
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = next_seen_service(verdict, service)) {
        clients_carry(&service->clients);
        clients_carry(&service->served);
        claimants_carry(&service->facts.claimants);
        for (size_t i = 0; i < service->evidence.count; i++) {
            claimants_carry(&service->evidence.items[i].claimants);
        }
    }
    for (struct notice_record *record = notice_first(verdict); record != NULL;
         record = notice_next(verdict, record)) {
        clients_carry(&record->clients);
        claimants_carry(&record->seizers);
    }
    asked_carry_clients(verdict);
    verified_forget_clients(verdict);
}

/* The first record after a restart: nobody watched since the state was saved, so that time counts for no
 * watch; and a clock that was wrong then does not hold up the timers now. */
static void resume(struct verdict *verdict, int64_t time_us)
{
    int64_t unwatched = time_us > verdict->saved_us ? time_us - verdict->saved_us : 0;
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = next_seen_service(verdict, service)) {
        if (first_at_address(service->address) == service) {
            service->address->first_us += unwatched;
        }
        service->seen_us = service->seen_us > time_us ? time_us : service->seen_us;
        service->told.time_us = service->told.time_us > time_us ? time_us : service->told.time_us;
    }
    for (struct notice_record *record = notice_first(verdict); record != NULL;
         record = notice_next(verdict, record)) {
        record->last_us = record->last_us > time_us ? time_us : record->last_us;
        record->told.time_us = record->told.time_us > time_us ? time_us : record->told.time_us;
    }
    verdict->saved_us = 0;
    verdict->now_us = time_us;
}

static void recheck(struct verdict *verdict)
{
    verdict->recheck = false;
    store_shrink(verdict);
    struct service *next;
    for (struct service *service = first_seen_service(verdict); service != NULL; service = next) {
        next = next_seen_service(verdict, service);
        service->shared_prefix = guard_is_shared_prefix(verdict, &service->key.address);
        enum block_reason guard = guard_drops(verdict, &service->key);
        if (guard != REASON_NONE) {
            take_back(verdict, service, guard);
        } else {
            listed_refresh(verdict, service);
            if (service->key.name[0] == '\0') { /* the list of official names may be another */
                judge_lending(verdict, service->address, &service->key, false);
            }
            if (evidence_find(&service->evidence, VERDICT_SID_INFERRED) != NULL) {
                judge_later(verdict, service, CAUSE_OPERATOR); /* what it rests on comes first */
            } else {
                judge_service(verdict, service, CAUSE_OPERATOR);
            }
        }
    }
    notice_recheck(verdict);
    asked_recheck(verdict, NULL, 0);
    judge_settle(verdict);
}

/* Inferring makes services, and so must not happen while anything is judged. */
static void settle(struct verdict *verdict)
{
    do {
        judge_settle(verdict);
    } while (infer_settle(verdict));
}

void verdict_settle(struct verdict *verdict)
{
    settle(verdict);
}

/* What each worker tells once in a span: a name that an address showed, a page that embeds a stream. */
static bool is_spanned(const struct worker_record *record)
{
    return record->type == RECORD_FACT &&
           (record->fact.type == FACT_NAME || record->fact.type == FACT_EMBEDDED);
}

/* Whether the record is one that was taken in this span already, from another worker or from one that had
 * forgotten it. Nothing at all may come of that: with one worker it would not have been told. */
static bool is_old_name(struct verdict *verdict, const struct worker_record *record)
{
    if (record->type == RECORD_TICK && names_span(record->time_us) != verdict->shown_span) {
        verdict->shown_span = names_span(record->time_us);
        hash_set_clear(&verdict->shown);
    }
    if (!is_spanned(record)) {
        return false;
    }
    uint64_t hash = hash_service(verdict, &record->service);
    if (record->fact.type == FACT_EMBEDDED) {
        hash ^= hash_name(verdict, record->fact.named.host) + 1; /* not the same where both are equal */
    }
    size_t cap = NAMES_LEAST + NAMES_PER_ADDRESS * verdict->settings.max_addresses;
    enum hash_set_added added = hash_set_add(&verdict->shown, hash, cap);
    counter_add(verdict->counters, VERDICT_NAMES_LOST, added == HASH_SET_FULL);
    return added != HASH_SET_NEW;
}

void verdict_take(struct verdict *verdict, const struct worker_record *record)
{
    if (is_old_name(verdict, record)) {
        return;
    }
    if (record->type == RECORD_TICK || record->order.packet != verdict->packet) {
        settle(verdict);
        verdict->packet = record->order.packet;
    }
    if (record->type != RECORD_TICK && record->type != RECORD_HIT && record->type != RECORD_FACT) {
        return;
    }
    if (verdict->saved_us != 0) {
        resume(verdict, record->time_us);
    }
    verdict->now_us = record->time_us > verdict->now_us ? record->time_us : verdict->now_us;
    if (verdict->recheck) {
        recheck(verdict);
    }
    if (record->type == RECORD_HIT) {
        take_hit(verdict, record);
    } else if (record->type == RECORD_FACT) {
        take_fact(verdict, record);
    } else {
        timers_tick(verdict);
        settle(verdict);
    }
}

/* ---- the end of a replay, and a look at all */

static int compare_told(const void *a, const void *b)
{
    const struct service *left = *(struct service *const *)a;
    const struct service *right = *(struct service *const *)b;
    return left->told.number < right->told.number ? -1 : left->told.number > right->told.number;
}

void verdict_finish(struct verdict *verdict)
{
    settle(verdict);
    timers_finish(verdict);
    settle(verdict);
    struct service **told = memory_zeroed(verdict->services.count + 1, sizeof(struct service *));
    size_t count = 0;
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = next_seen_service(verdict, service)) {
        if (service->told.number != 0 && (service->numbers_changed || service->evidence_changed)) {
            told[count++] = service;
        }
    }
    qsort(told, count, sizeof(struct service *), compare_told);
    for (size_t i = 0; i < count; i++) {
        timers_refresh(verdict, told[i]);
    }
    settle(verdict);
    notice_finish(verdict);
    asked_finish(verdict);
    free(told);
}
