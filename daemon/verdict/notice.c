/* Names and the notices in their place: which stands there now, and since when their servers answer again. */
#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

/*
 * A pirate can send a client to a notice to get a block withdrawn. So a name is active again with the next
 * proof of a server of its own, and after that a notice counts only where no such proof was seen for so long.
 * The first notice counts at once: clients go on asking the old address for hours after a seizure.
 */
#define QUIET_BEFORE_ANOTHER (60 * 60 * TIME_SECOND)

/* ---- the table */

static struct notice_record *record_of(struct list_link *link)
{
    return link == NULL ? NULL
                        : (struct notice_record *)((char *)link - offsetof(struct notice_record, by_seen));
}

struct notice_record *notice_first(const struct verdict *verdict)
{
    return record_of(list_first(&verdict->notices_by_seen));
}

struct notice_record *notice_next(const struct verdict *verdict, const struct notice_record *record)
{
    return record_of(list_next(&verdict->notices_by_seen, &record->by_seen));
}

struct notice_record *notice_find(const struct verdict *verdict, const char *name)
{
    if (verdict->notices.count == 0) {
        return NULL;
    }
    for (struct table_node *node = table_find(&verdict->notices, hash_name(verdict, name)); node != NULL;
         node = table_find_next(node)) {
        struct notice_record *record =
            (struct notice_record *)((char *)node - offsetof(struct notice_record, node));
        if (strcmp(record->name, name) == 0) {
            return record;
        }
    }
    return NULL;
}

static void count(struct verdict *verdict)
{
    counter_set(verdict->counters, VERDICT_NOTICED, verdict->notices.count);
}

void notice_remove(struct verdict *verdict, struct notice_record *record)
{
    table_remove(&verdict->notices, &record->node);
    list_remove(&record->by_seen);
    list_remove(&record->timer);
    list_remove(&record->dirty);
    evidence_set_free(&verdict->rules, &record->evidence);
    clients_free(&record->clients);
    free(record->name);
    free(record);
    count(verdict);
}

static void shrink(struct verdict *verdict, uint64_t most)
{
    while (verdict->notices.count > most) {
        notice_remove(verdict, notice_first(verdict));
        counter_add(verdict->counters, VERDICT_NOTICED_EVICTED, 1);
    }
}

struct notice_record *notice_ensure(struct verdict *verdict, const char *name)
{
    struct notice_record *record = notice_find(verdict, name);
    if (record != NULL) {
        return record;
    }
    if (verdict->notices.count >= verdict->settings.max_notices) {
        notice_settle(verdict); /* nobody is forgotten before being told */
        shrink(verdict, verdict->settings.max_notices - 1);
    }
    record = memory_zeroed(1, sizeof *record);
    record->name = memory_text(name);
    record->number = ++verdict->notice_number;
    record->active_us = INT64_MIN;
    record->first_us = verdict->now_us;
    record->last_us = verdict->now_us;
    table_insert(&verdict->notices, &record->node, hash_name(verdict, name));
    list_append(&verdict->notices_by_seen, &record->by_seen);
    count(verdict);
    return record;
}

void notice_free(struct verdict *verdict)
{
    for (struct notice_record *record = notice_first(verdict); record != NULL;
         record = notice_first(verdict)) {
        notice_remove(verdict, record);
    }
    table_free(&verdict->notices);
}

/* ---- who may have one */

/* Names of platforms and hosts of other people's files redirect anywhere, official ones to whom they like:
 * why a name has none; REASON_NONE where it may have one. */
static enum block_reason refuse(const struct verdict *verdict, const char *name)
{
    if (guard_is_paste_host(verdict, name)) {
        return REASON_PASTE_HOST;
    }
    return guard_is_platform(verdict, name) ? REASON_PLATFORM : REASON_NONE;
}

void notice_recheck(struct verdict *verdict)
{
    shrink(verdict, verdict->settings.max_notices);
    struct notice_record *next;
    for (struct notice_record *record = notice_first(verdict); record != NULL; record = next) {
        next = notice_next(verdict, record);
        enum block_reason reason = refuse(verdict, record->name);
        if (reason != REASON_NONE) {
            notice_tell_end(verdict, record, STATE_WITHDRAWN, CAUSE_LIST, reason);
            notice_remove(verdict, record);
        }
    }
}

/* ---- taking notices */

static void make_dirty(struct verdict *verdict, struct notice_record *record)
{
    if (!list_is_linked(&record->dirty)) {
        list_append(&verdict->notices_dirty, &record->dirty);
    }
}

static void take_evidence(struct verdict *verdict, struct notice_record *record,
                          const struct worker_record *from)
{
    struct evidence_hit hit;
    bool displaced;
    evidence_hit_from(&hit, from);
    enum evidence_change change =
        evidence_add(&verdict->rules, &record->evidence, &hit, NOTICE_EVIDENCE_MAX, &displaced);
    counter_add(verdict->counters, VERDICT_EVIDENCE_FULL, displaced || change == EVIDENCE_REFUSED);
    if (from->client != 0) {
        (void)clients_add(&record->clients, from->client);
    }
}

/* What could be proposed of the name, or of the address that shows the notice, is judged again. */
static void judge_name(struct verdict *verdict, const char *name)
{
    struct table_node *node = table_find(&verdict->names, hash_name(verdict, name));
    for (; node != NULL; node = table_find_next(node)) {
        struct service *service = service_of_name(node);
        if (strcmp(service->key.name, name) == 0) {
            judge_later(verdict, service, CAUSE_EVIDENCE);
        }
    }
}

/* The notice came from an address where services stood: they are gone from there until they answer again. */
static void mark_server(struct verdict *verdict, const struct service_key *server)
{
    const struct address_record *record = address_find(verdict, &server->address);
    for (struct service *service = record == NULL ? NULL : first_at_address(record); service != NULL;
         service = next_at_address(record, service)) {
        if (service->key.port == server->port && service->key.transport == server->transport) {
            service->noticed = true;
            judge_later(verdict, service, CAUSE_EVIDENCE);
        }
    }
}

/* Whether it counts, or its servers answered lately after another notice. */
static bool is_believed(const struct verdict *verdict, const struct notice_record *record)
{
    return record->told.notice != NOTICE_SEIZED || record->notice == NOTICE_SEIZED ||
           record->active_us <= verdict->now_us - QUIET_BEFORE_ANOTHER;
}

static bool has_proof_since(const struct service *service, int64_t since_us)
{
    for (size_t i = 0; i < service->evidence.count; i++) {
        const struct evidence *evidence = &service->evidence.items[i];
        if (evidence_is_own_proof(evidence->rule) && evidence->asked && evidence->last_us > since_us) {
            return true;
        }
    }
    return false;
}

/* A server at another address, for which the name is verified, served under it lately. */
static bool serves_elsewhere(const struct verdict *verdict, const struct service_key *server)
{
    for (struct table_node *node = table_find(&verdict->names, hash_name(verdict, server->name));
         node != NULL; node = table_find_next(node)) {
        const struct service *service = service_of_name(node);
        if (strcmp(service->key.name, server->name) == 0 &&
            address_compare(&service->key.address, &server->address) != 0 &&
            verified_until(verdict, &service->key) != 0 &&
            has_proof_since(service, verdict->now_us - QUIET_BEFORE_ANOTHER)) {
            return true;
        }
    }
    return false;
}

static bool sees_dns(const struct verdict *verdict)
{
    return verdict->dns_us != INT64_MIN && verdict->dns_us > verdict->now_us - QUIET_BEFORE_ANOTHER;
}

/* One client and one server can make up a notice for any name: what else speaks for this one? */
static bool is_vouched_for(const struct verdict *verdict, const struct notice_record *record,
                           const struct service_key *server)
{
    if (claimants_count(&record->seizers) >= 2 || verified_until(verdict, server) != 0) {
        return true;
    }
    return !serves_elsewhere(verdict, server) && (!sees_dns(verdict) || verified_is_heard(verdict, server));
}

static void take_seizure(struct verdict *verdict, struct notice_record *record,
                         const struct service_key *server)
{
    if (!is_believed(verdict, record)) {
        counter_add(verdict->counters, VERDICT_NOTICES_DOUBTED, 1);
        return;
    }
    record->waits = record->notice != NOTICE_SEIZED && !is_vouched_for(verdict, record, server);
    if (record->waits) {
        counter_add(verdict->counters, VERDICT_NOTICES_ALONE, 1);
        return;
    }
    record->noticed_us = verdict->now_us;
    if (record->notice != NOTICE_SEIZED) {
        record->notice = NOTICE_SEIZED;
        make_dirty(verdict, record);
        judge_name(verdict, record->name);
    }
    mark_server(verdict, server);
}

static void take_block(struct verdict *verdict, struct notice_record *record)
{
    if (record->notice == NOTICE_NONE && !record->was_blocked) {
        record->notice = NOTICE_BLOCKED;
        record->noticed_us = verdict->now_us;
        record->was_blocked = true;
        make_dirty(verdict, record);
    }
}

void notice_take(struct verdict *verdict, const struct worker_record *from)
{
    const struct rule_hit *hit = &from->hit;
    verdict->notice_server = from->service;
    verdict->notice_packet = from->order.packet;
    verdict->noticed = true;
    enum block_reason refused = refuse(verdict, from->service.name);
    if (!hit_was_asked(hit) || refused != REASON_NONE) {
        counter_add(verdict->counters, VERDICT_NOTICES_DROPPED, 1);
        if (refused != REASON_NONE && from->service.name[0] != '\0') {
            guard_note(verdict, &from->service, refused);
        }
        return;
    }
    counter_add(verdict->counters, VERDICT_NOTICES, 1);
    struct notice_record *record = notice_ensure(verdict, from->service.name);
    record->last_us = verdict->now_us;
    record->family = record->evidence.count == 0 ? hit->family : record->family;
    record->roles |= hit->roles;
    list_remove(&record->by_seen);
    list_append(&verdict->notices_by_seen, &record->by_seen);
    take_evidence(verdict, record, from);
    if (hit->notice == NOTICE_SEIZED) {
        record->server = from->service.address;
        record->port = from->service.port;
        record->transport = from->service.transport;
        (void)claimants_add(&record->seizers, from->client);
        take_seizure(verdict, record, &from->service);
    } else {
        take_block(verdict, record);
    }
    notice_tell_later(verdict, record);
}

void notice_verified(struct verdict *verdict, const struct service_key *key)
{
    struct notice_record *record = notice_find(verdict, key->name);
    if (record == NULL || !record->waits || address_compare(&record->server, &key->address) != 0) {
        return;
    }
    struct service_key server = *key;
    server.port = record->port;
    server.transport = record->transport;
    take_seizure(verdict, record, &server);
}

bool notice_covers(const struct verdict *verdict, const struct worker_record *record)
{
    const struct service_key *server = &verdict->notice_server;
    return verdict->noticed && record->order.packet == verdict->notice_packet &&
           address_compare(&record->service.address, &server->address) == 0 &&
           record->service.port == server->port && strcmp(record->service.name, server->name) == 0;
}

void notice_answered(struct verdict *verdict, const char *name)
{
    struct notice_record *record = name[0] == '\0' ? NULL : notice_find(verdict, name);
    if (record == NULL) {
        return;
    }
    record->active_us = verdict->now_us;
    record->waits = false;
    record->seizers = (struct claimants){0};
    if (record->notice == NOTICE_SEIZED && verdict->now_us > record->noticed_us) {
        record->notice = NOTICE_NONE;
        make_dirty(verdict, record);
        judge_name(verdict, name);
    }
}

bool notice_is_seized(const struct verdict *verdict, const char *name)
{
    const struct notice_record *record = name[0] == '\0' ? NULL : notice_find(verdict, name);
    return record != NULL && record->notice == NOTICE_SEIZED;
}
