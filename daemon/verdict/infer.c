/*
 * What plain text showed of a server says something of its other ports and names, of which TLS shows no more
 * than a name (verdict/verdict.h). It is inferred, and marked so: a claim of its own sid, by no client, that
 * is taken back when what it rests on is gone.
 */
#include <stdio.h>

#include "base/site.h"
#include "daemon/verdict/verdict_priv.h"
#include "rule/client.h"

enum { INFERRED_WEIGHT = 45 };

static bool is_encrypted(enum name_source from)
{
    return from == NAME_FROM_TLS || from == NAME_FROM_QUIC;
}

/* Confirmed by plain text; where nothing but names was seen, an order's list may confirm. */
static bool is_source(const struct service *service)
{
    return service->membership.confirmed && !is_encrypted(service->name_from) && service->lends_to == NULL &&
           !service->facts.proxy && !service->facts.test && !service->noticed;
}

static bool is_related(const char *a, const char *b)
{
    return a[0] == '\0' || b[0] == '\0' || site_same(slice_text(a), slice_text(b));
}

/* One site's names and no other's were seen at this address. */
static bool is_one_site(const struct address_record *record, const char *name)
{
    for (size_t i = 0; i < record->name_count; i++) {
        if (!is_related(record->names[i].name, name)) {
            return false;
        }
    }
    return !record->names_dropped;
}

static const struct service *find_at_address(const struct verdict *verdict, const struct service_key *key)
{
    const struct address_record *record = address_find(verdict, &key->address);
    struct service *service = record == NULL ? NULL : first_at_address(record);
    while (service != NULL && !(is_source(service) && is_related(service->key.name, key->name))) {
        service = next_at_address(record, service);
    }
    bool alone = service != NULL && !service->shared_prefix && is_one_site(record, key->name);
    return alone ? service : NULL;
}

/* The name must be its own at both addresses: panels answer under any name. What rests on another address
 * already stands while the source does, whether DNS was seen lately or not. */
static bool name_ties(const struct verdict *verdict, const struct service_key *key,
                      const struct service *source, bool stands)
{
    if (stands && address_compare(&source->key.address, &key->address) != 0) {
        return true;
    }
    return verified_until(verdict, key) != 0 && verified_until(verdict, &source->key) != 0;
}

static const struct service *find_by_name(const struct verdict *verdict, const struct service_key *key,
                                          bool stands)
{
    const struct service *found = NULL;
    struct table_node *node =
        key->name[0] == '\0' ? NULL : table_find(&verdict->names, hash_name(verdict, key->name));
    for (; node != NULL; node = table_find_next(node)) {
        const struct service *service = service_of_name(node);
        if (strcmp(service->key.name, key->name) == 0 && is_source(service) &&
            name_ties(verdict, key, service, stands) && (found == NULL || service->number < found->number)) {
            found = service;
        }
    }
    return found;
}

/* Names that stand for many, and subscribers: nothing is inferred of them. */
static bool is_nobodys(const struct verdict *verdict, const struct service_key *key)
{
    return client_is_pseudonym(&key->address) || guard_is_paste_host(verdict, key->name) ||
           (key->name[0] != '\0' && guard_is_platform(verdict, key->name));
}

/* Which service's evidence speaks for this one; NULL where none does. Asked for each name that a server
 * shows: most have no confirmed service near them, and that is looked at first. */
static const struct service *find_source(const struct verdict *verdict, const struct service_key *key,
                                         bool stands)
{
    const struct service *source = find_at_address(verdict, key);
    if (source == NULL) {
        source = find_by_name(verdict, key, stands);
    }
    return source == NULL || is_nobodys(verdict, key) ? NULL : source;
}

static void add(struct verdict *verdict, struct service *service, const struct service *source,
                const struct worker_record *record)
{
    char server[SERVER_TEXT_SIZE];
    char value[RULE_VALUE_SIZE];
    struct view view;
    view_make(&view, source);
    snprintf(value, sizeof value, "%.100s; plain text confirmed %s%s%.80s", service->key.name,
             service_print(&source->key, server), source->key.name[0] == '\0' ? "" : " ", source->key.name);
    struct evidence_hit hit = {
        .rule = {.sid = VERDICT_SID_INFERRED,
                 .rev = 1,
                 .weight = INFERRED_WEIGHT,
                 .kind = EVIDENCE_CLAIM,
                 .family = describe_family(&view),
                 .msg = "Inferred from plain text: a name under TLS at a confirmed server",
                 .reason = "inferred from plain text"},
        .value = value,
        .time_us = record->time_us,
    };
    snprintf(hit.rule.field, sizeof hit.rule.field, "%s", name_source_name(service->name_from));
    bool first = service->evidence.count == 0;
    bool displaced;
    enum evidence_change change =
        evidence_add(&verdict->rules, &service->evidence, &hit, verdict->settings.max_evidence, &displaced);
    counter_add(verdict->counters, VERDICT_EVIDENCE_FULL, displaced || change == EVIDENCE_REFUSED);
    counter_add(verdict->counters, VERDICT_INFERRED, change == EVIDENCE_CHANGED);
    if (first && service->evidence.count > 0) {
        verdict->with_evidence++;
        asked_credit(verdict, service);
    }
    store_count(verdict);
    if (change == EVIDENCE_CHANGED) {
        service->evidence_changed = true;
        judge_later(verdict, service, CAUSE_EVIDENCE);
    }
}

static void judge_inferred(struct verdict *verdict, struct service *service)
{
    if (evidence_find(&service->evidence, VERDICT_SID_INFERRED) != NULL) {
        judge_later(verdict, service, CAUSE_EVIDENCE);
    }
}

void infer_take(struct verdict *verdict, const struct service_key *key, const struct worker_record *record)
{
    if (!is_encrypted(record->name_from)) {
        return;
    }
    if (find_source(verdict, key, false) == NULL) {
        struct service *stale = service_find(verdict, key);
        if (stale != NULL) {
            judge_inferred(verdict, stale);
        }
        return;
    }
    struct service *service = service_ensure(verdict, key, NULL);
    const struct service *source = find_source(verdict, key, false); /* may have gone for room */
    if (service->name_from == NAME_SOURCE_COUNT) {
        service->name_from = record->name_from;
        service->facts.directions = DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT;
    }
    if (source != NULL && is_encrypted(service->name_from)) {
        add(verdict, service, source, record);
    }
}

void infer_recheck(struct verdict *verdict, struct service *service)
{
    if (evidence_find(&service->evidence, VERDICT_SID_INFERRED) == NULL ||
        find_source(verdict, &service->key, true) != NULL) {
        return;
    }
    (void)evidence_drop(&verdict->rules, &service->evidence, VERDICT_SID_INFERRED);
    service->evidence_changed = true;
    verdict->with_evidence -= service->evidence.count == 0;
    store_count(verdict);
}

/* ---- what follows when a source comes or goes */

void infer_follow(struct verdict *verdict, struct service *source, bool confirmed)
{
    struct address_record *record = source->address;
    if (confirmed) {
        if (!list_is_linked(&record->inferring)) {
            list_append(&verdict->inferring, &record->inferring);
        }
        return;
    }
    for (struct service *service = first_at_address(record); service != NULL;
         service = next_at_address(record, service)) {
        judge_inferred(verdict, service);
    }
    struct table_node *node = source->key.name[0] == '\0'
                                  ? NULL
                                  : table_find(&verdict->names, hash_name(verdict, source->key.name));
    for (; node != NULL; node = table_find_next(node)) {
        struct service *service = service_of_name(node);
        if (service->address != record && strcmp(service->key.name, source->key.name) == 0) {
            judge_inferred(verdict, service);
        }
    }
}

bool infer_settle(struct verdict *verdict)
{
    struct list_link *link = list_first(&verdict->inferring);
    if (link == NULL) {
        return false;
    }
    struct address_record *record =
        (struct address_record *)((char *)link - offsetof(struct address_record, inferring));
    list_remove(link);
    struct service_key key = {.address = record->address};
    for (size_t i = 0; i < record->name_count; i++) {
        const struct shown_name *shown = &record->names[i];
        struct worker_record told = {.time_us = shown->last_us, .name_from = shown->from};
        key.port = shown->port;
        key.transport = shown->transport;
        snprintf(key.name, sizeof key.name, "%s", shown->name);
        if (guard_drops(verdict, &key) == REASON_NONE) {
            infer_take(verdict, &key, &told);
        }
    }
    return true;
}
