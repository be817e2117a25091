/* What the operators' lists say, and what other sensors tell of addresses. */
#include <stdio.h>

#include "base/text.h"
#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

/* ---- looking up */

static int64_t now_seconds(const struct verdict *verdict)
{
    return verdict->now_us > 0 ? verdict->now_us / TIME_SECOND : 0;
}

/* What became of a name that an order once named is no evidence. */
static bool holds(enum verdict_list list, bool found, const struct watch_entry *entry)
{
    return found && (list != VERDICT_LIST_ORDER || entry->state == WATCH_ACTIVE);
}

/* Of orders, what all sensors know, and what this site has in files. */
static const struct watch_list *list_at(const struct verdict *verdict, enum verdict_list list, size_t place)
{
    return place == 0 ? verdict->lists[list] : list == VERDICT_LIST_ORDER ? verdict->guards.order : NULL;
}

enum { LIST_PLACES = 2 };

bool listed_find_name(const struct verdict *verdict, enum verdict_list list, const char *name,
                      struct watch_entry *found)
{
    struct watch_entry own;
    found = found == NULL ? &own : found;
    *found = (struct watch_entry){0};
    for (size_t i = 0; i < LIST_PLACES && name[0] != '\0'; i++) {
        bool good =
            watch_list_find_host(list_at(verdict, list, i), slice_text(name), now_seconds(verdict), found);
        if (holds(list, good, found)) {
            return true;
        }
    }
    return false;
}

bool listed_find(const struct verdict *verdict, enum verdict_list list, const struct service_key *key,
                 struct watch_entry *found)
{
    struct watch_entry own;
    found = found == NULL ? &own : found;
    if (listed_find_name(verdict, list, key->name, found)) {
        return true;
    }
    for (size_t i = 0; i < LIST_PLACES; i++) {
        bool good =
            watch_list_find_address(list_at(verdict, list, i), &key->address, now_seconds(verdict), found);
        if (holds(list, good, found)) {
            return true;
        }
    }
    return false;
}

bool listed_verifies(const struct verdict *verdict, const char *name)
{
    return listed_find_name(verdict, VERDICT_LIST_ORDER, name, NULL);
}

void listed_name_order(const struct verdict *verdict, const struct service_key *key,
                       char out[DETECTION_ORDER_SIZE])
{
    struct watch_entry entry;
    char text[WATCH_TEXT_SIZE];
    if (!listed_find(verdict, VERDICT_LIST_ORDER, key, &entry)) {
        return;
    }
    struct slice order = entry.source.len > 0 ? entry.source : entry.note;
    if (order.len == 0) {
        order = slice_text(watch_entry_print(&entry, text));
    }
    struct buf clean = buf_make(DETECTION_ORDER_SIZE - 1);
    (void)text_append_clean(&clean, order, DETECTION_ORDER_SIZE - 1);
    memcpy(out, clean.len == 0 ? (const void *)"" : clean.data, clean.len);
    out[clean.len] = '\0';
    buf_free(&clean);
}

/* ---- a list that is another one */

void listed_refresh(struct verdict *verdict, struct service *service)
{
    if (!verdict->list_known[VERDICT_LIST_ORDER] || service->evidence.count == 0 ||
        listed_find(verdict, VERDICT_LIST_ORDER, &service->key, NULL)) {
        return;
    }
    bool proof = evidence_drop(&verdict->rules, &service->evidence, VERDICT_SID_LISTED);
    bool claim = evidence_drop(&verdict->rules, &service->evidence, VERDICT_SID_LISTED_CLAIM);
    if (!proof && !claim) {
        return;
    }
    service->evidence_changed = true;
    if (service->lends_to != NULL) {
        judge_later(verdict, service->lends_to, CAUSE_LIST);
    }
    if (service->evidence.count == 0) {
        verdict->with_evidence--;
        store_count(verdict);
    }
}

static bool names_name(const struct watch_entry *entry, struct slice name)
{
    if (slice_equal(name, entry->key)) {
        return entry->kind != WATCH_BELOW;
    }
    return (entry->kind == WATCH_WIDE || entry->kind == WATCH_BELOW) && name.len > entry->key.len &&
           slice_ends(name, entry->key) && name.data[name.len - entry->key.len - 1] == '.';
}

bool listed_touches_name(const char *name, const struct watch_entry *touched, size_t count)
{
    bool found = count == 0;
    for (size_t i = 0; i < count && !found; i++) {
        found = touched[i].kind != WATCH_PREFIX && names_name(&touched[i], slice_text(name));
    }
    return found;
}

static bool is_touched(const struct service_key *key, const struct watch_entry *touched, size_t count)
{
    struct slice name = slice_text(key->name);
    for (size_t i = 0; i < count; i++) {
        bool hit = touched[i].kind == WATCH_PREFIX ? prefix_contains(&touched[i].prefix, &key->address)
                                                   : name.len > 0 && names_name(&touched[i], name);
        if (hit) {
            return true;
        }
    }
    return count == 0;
}

static void judge_anew(struct verdict *verdict, struct service *service)
{
    enum block_reason guard = guard_drops(verdict, &service->key);
    if (guard != REASON_NONE) {
        take_back(verdict, service, guard);
        return;
    }
    listed_refresh(verdict, service);
    if (service->key.name[0] == '\0') {
        judge_lending(verdict, service->address, &service->key, false);
    }
    judge_service(verdict, service, CAUSE_LIST);
}

void verdict_set_list(struct verdict *verdict, enum verdict_list list, const struct watch_list *now,
                      const struct watch_entry *touched, size_t count)
{
    verdict->lists[list] = now;
    verdict->list_known[list] = true;
    if (verdict->now_us == INT64_MIN || verdict->saved_us != 0 || verdict->recheck) {
        verdict->recheck = true; /* with the first record, which tells the time */
        return;
    }
    judge_settle(verdict);
    struct service *next;
    for (struct service *service = first_seen_service(verdict); service != NULL; service = next) {
        next = next_seen_service(verdict, service);
        if (is_touched(&service->key, touched, count)) {
            judge_anew(verdict, service);
        }
    }
    notice_recheck(verdict);
    asked_recheck(verdict, touched, count);
    judge_settle(verdict);
}

/* ---- addresses as other sensors see them */

void verdict_set_shared_teller(struct verdict *verdict, verdict_shared_fn teller, void *context)
{
    verdict->tell_shared = teller;
    verdict->tell_shared_context = context;
}

bool listed_is_shared(const struct verdict *verdict, const struct address_record *record)
{
    return record->shared_until_us > verdict->now_us;
}

/* A service without a name is that of the one name that its address shows; of two it cannot be. */
static bool differs_from(const struct address_record *record, const char *elsewhere)
{
    const char *name = elsewhere[0] != '\0' || record->name_count == 0 ? elsewhere : record->names[0].name;
    return address_record_other_names(record, name) > 0;
}

void listed_compare_elsewhere(struct verdict *verdict, struct address_record *record)
{
    bool lately = record->shared_told_us != 0 &&
                  verdict->now_us - record->shared_told_us < verdict->settings.expire / 2;
    if (record->elsewhere == NULL || lately || verdict->tell_shared == NULL ||
        !differs_from(record, record->elsewhere)) {
        return;
    }
    record->shared_told_us = verdict->now_us;
    verdict->tell_shared(verdict->tell_shared_context, &record->address, verdict->settings.expire);
}

/* Nobody's business, or a subscriber's. */
static bool is_judged(const struct verdict *verdict, const struct address *address)
{
    const struct service_key key = {.address = *address};
    enum block_reason guard = guard_drops(verdict, &key);
    return guard != REASON_GUARD && guard != REASON_HOME;
}

void verdict_take_seen(struct verdict *verdict, const struct address *address, const char *name)
{
    if (verdict->now_us == INT64_MIN || !is_judged(verdict, address)) {
        return;
    }
    struct address_record *record = address_ensure(verdict, address, NULL);
    if (record->elsewhere == NULL || (name[0] != '\0' && strcmp(record->elsewhere, name) != 0)) {
        free(record->elsewhere);
        record->elsewhere = memory_text(name);
    }
    listed_compare_elsewhere(verdict, record);
}

void verdict_take_shared(struct verdict *verdict, const struct address *address, int64_t until_us)
{
    if (verdict->now_us == INT64_MIN || !is_judged(verdict, address)) {
        return;
    }
    judge_settle(verdict);
    struct address_record *record = address_ensure(verdict, address, NULL);
    bool before = listed_is_shared(verdict, record);
    record->shared_until_us = until_us > record->shared_until_us ? until_us : record->shared_until_us;
    if (before || !listed_is_shared(verdict, record)) {
        return;
    }
    for (struct service *service = first_at_address(record); service != NULL;
         service = next_at_address(record, service)) {
        judge_later(verdict, service, CAUSE_SHARED);
    }
    judge_settle(verdict);
}
