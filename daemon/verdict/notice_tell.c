/* What is told of names in whose place a notice stands: at once, refreshes, and the end. */
#include <stdio.h>

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

/* What a notice alone says: rights holders or police took the name; somebody blocks it, for whatever. */
static const uint8_t notice_scores[NOTICE_COUNT] = {
    [NOTICE_SEIZED] = SCORE_SUSPECTED,
    [NOTICE_BLOCKED] = SCORE_OBSERVED,
};

/* ---- what is told */

const struct service *notice_best_service(const struct verdict *verdict, const char *name)
{
    const struct service *best = NULL;
    struct table_node *node = table_find(&verdict->names, hash_name(verdict, name));
    for (; node != NULL; node = table_find_next(node)) {
        const struct service *service = service_of_name(node);
        bool known = strcmp(service->key.name, name) == 0 &&
                     (service->evidence.count > 0 || service->borrows_from != NULL);
        if (known && (best == NULL || service->score > best->score ||
                      (service->score == best->score && service->number < best->number))) {
            best = service;
        }
    }
    return best;
}

uint8_t notice_score(const struct notice_record *record, const struct service *best)
{
    uint8_t score = notice_scores[record->notice];
    return best != NULL && best->score > score ? best->score : score;
}

/* What the name's servers showed of it before. */
static void describe_known(const struct verdict *verdict, struct detection *detection,
                           const struct service *best)
{
    struct view view;
    struct score score;
    view_make(&view, best);
    view_score(verdict, &view, SCORE_ALL, &score);
    detection->family = describe_family(&view);
    detection->roles |= describe_roles(verdict, &view, &score);
    snprintf(detection->make, sizeof detection->make, "%s", describe_make(&view));
    describe_content(detection, &view);
}

/* Where no notice stands any more, what stands against a block of the name at its best server. */
static enum block_reason reason_of(const struct verdict *verdict, const struct notice_record *record,
                                   const struct service *best)
{
    if (record->notice != NOTICE_NONE || best == NULL) {
        return REASON_NOTICE;
    }
    struct view view;
    struct score score;
    struct block_judgement block;
    view_make(&view, best);
    view_score(verdict, &view, SCORE_ALL, &score);
    block_judge(verdict, &view, &score, &block);
    uint32_t against = block.against | block.against_name;
    return against == 0 ? REASON_NOTICE : (enum block_reason)__builtin_ctz(against);
}

static void describe_clients(const struct verdict *verdict, struct detection *detection,
                             const struct notice_record *record)
{
    uint64_t clients = clients_count(&record->clients, NULL);
    detection->clients = clients < record->told.clients ? record->told.clients : clients;
    memcpy(detection->client_key, verdict->client_key, sizeof detection->client_key);
    detection->new_clients_count = clients_untold(&record->clients, NULL, detection->new_clients);
}

static struct detection *describe_name(const struct verdict *verdict, const struct notice_record *record)
{
    struct detection *detection = memory_zeroed(1, sizeof *detection);
    const struct service *best = notice_best_service(verdict, record->name);
    detection->time_us = verdict->now_us;
    detection->replay = verdict->replay;
    detection->subject_host = true;
    text_id(record->name, detection->id);
    snprintf(detection->service.name, sizeof detection->service.name, "%s", record->name);
    detection->host_from = name_source_name(NAME_FROM_HTTP);
    struct service_key shown = {.address = record->server};
    memcpy(shown.name, record->name, strlen(record->name) + 1);
    detection->host_verified = verified_until(verdict, &shown) != 0;
    detection->score = notice_score(record, best);
    detection->level = detection->score < SCORE_OBSERVED ? LEVEL_OBSERVED : score_level(detection->score);
    detection->family = record->family;
    detection->roles = record->roles;
    detection->directions = DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT;
    detection->answered = true;
    for (size_t i = 0; i < record->evidence.count; i++) {
        describe_evidence_of(&detection->evidence[detection->evidence_count++], &record->evidence.items[i],
                             false);
    }
    if (best != NULL) {
        describe_known(verdict, detection, best);
    }
    describe_clients(verdict, detection, record);
    detection->first_us = record->first_us;
    detection->last_us = record->last_us;
    detection->block.reason = reason_of(verdict, record, best);
    detection->expire = verdict->settings.expire;
    return detection;
}

static void tell_name(struct verdict *verdict, struct notice_record *record, enum state state,
                      enum cause cause)
{
    struct detection *detection = describe_name(verdict, record);
    detection->block.withdraw = state == STATE_SEIZED; /* whoever proposed or approved it */
    if (record->told.number == 0) {
        record->told.number = ++verdict->told_number;
    }
    record->told.time_us = verdict->now_us;
    record->told.notice = record->notice == NOTICE_NONE ? record->told.notice : record->notice;
    record->told.clients = detection->clients;
    record->changed = false;
    clients_mark_told(&record->clients);
    list_remove(&record->timer);
    list_append(&verdict->notices_waiting, &record->timer);
    tell_emit(verdict, detection, state, cause);
}

static void tell_change(struct verdict *verdict, struct notice_record *record)
{
    static const enum state states[NOTICE_COUNT] = {
        [NOTICE_NONE] = STATE_RAISED,
        [NOTICE_SEIZED] = STATE_SEIZED,
        [NOTICE_BLOCKED] = STATE_BLOCKED,
    };
    tell_name(verdict, record, states[record->notice], CAUSE_EVIDENCE);
}

void notice_settle(struct verdict *verdict)
{
    for (struct list_link *link = list_first(&verdict->notices_dirty); link != NULL;
         link = list_first(&verdict->notices_dirty)) {
        list_remove(link);
        tell_change(verdict, (struct notice_record *)((char *)link - offsetof(struct notice_record, dirty)));
    }
}

void notice_tell_end(struct verdict *verdict, struct notice_record *record, enum state state,
                     enum cause cause, enum block_reason reason)
{
    if (record->told.number == 0) {
        return;
    }
    struct detection *detection = describe_name(verdict, record);
    detection->block.reason = reason;
    tell_emit(verdict, detection, state, cause);
}

/* ---- refreshes: as those of services (timers.c) */

static struct notice_record *first_timed(const struct list_link *list)
{
    struct list_link *link = list_first(list);
    return link == NULL ? NULL
                        : (struct notice_record *)((char *)link - offsetof(struct notice_record, timer));
}

void notice_tell_later(struct verdict *verdict, struct notice_record *record)
{
    record->changed = true;
    if (record->told.number != 0 && !list_is_linked(&record->timer)) {
        list_append(&verdict->notices_due, &record->timer);
    }
}

void notice_tick(struct verdict *verdict)
{
    for (struct notice_record *record = first_timed(&verdict->notices_waiting);
         record != NULL && verdict->now_us - record->told.time_us >= verdict->settings.refresh;
         record = first_timed(&verdict->notices_waiting)) {
        list_remove(&record->timer);
        if (record->changed) {
            list_append(&verdict->notices_due, &record->timer);
        }
    }
    for (struct notice_record *record = first_timed(&verdict->notices_due); record != NULL;
         record = first_timed(&verdict->notices_due)) {
        tell_name(verdict, record, STATE_REFRESH, CAUSE_NUMBERS);
    }
    int64_t before_us = verdict->now_us - verdict->settings.expire;
    for (struct notice_record *record = notice_first(verdict); record != NULL && record->last_us <= before_us;
         record = notice_first(verdict)) {
        notice_tell_end(verdict, record, STATE_EXPIRED, CAUSE_SILENCE, REASON_SILENT);
        notice_remove(verdict, record);
        counter_add(verdict->counters, VERDICT_EXPIRED, 1);
    }
}

static int compare_told(const void *a, const void *b)
{
    const struct notice_record *left = *(struct notice_record *const *)a;
    const struct notice_record *right = *(struct notice_record *const *)b;
    return left->told.number < right->told.number ? -1 : left->told.number > right->told.number;
}

void notice_finish(struct verdict *verdict)
{
    struct notice_record **told = memory_zeroed(verdict->notices.count + 1, sizeof(struct notice_record *));
    size_t count = 0;
    for (struct notice_record *record = notice_first(verdict); record != NULL;
         record = notice_next(verdict, record)) {
        if (record->told.number != 0 && record->changed) {
            told[count++] = record;
        }
    }
    qsort(told, count, sizeof(struct notice_record *), compare_told);
    for (size_t i = 0; i < count; i++) {
        tell_name(verdict, told[i], STATE_REFRESH, CAUSE_NUMBERS);
    }
    free(told);
}
