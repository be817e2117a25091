/*
 * Services and address records: their tables, their lists and their caps. A service always has its address
 * record; a record with services is never forgotten before them.
 */
#include <assert.h>

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

uint64_t hash_service(const struct verdict *verdict, const struct service_key *key)
{
    uint8_t bytes[sizeof key->address.bytes + 3 + sizeof key->name];
    size_t len = sizeof key->address.bytes;
    memcpy(bytes, key->address.bytes, len);
    bytes[len++] = (uint8_t)(key->port >> 8);
    bytes[len++] = (uint8_t)key->port;
    bytes[len++] = (uint8_t)key->transport;
    size_t name_len = strlen(key->name);
    memcpy(bytes + len, key->name, name_len);
    return hash_bytes(&verdict->key, bytes, len + name_len);
}

uint64_t hash_name(const struct verdict *verdict, const char *name)
{
    return hash_bytes(&verdict->key, name, strlen(name));
}

uint64_t hash_name_port(const struct verdict *verdict, const char *name, uint16_t port)
{
    return hash_name(verdict, name) + port;
}

static uint64_t hash_address(const struct verdict *verdict, const struct address *address)
{
    return hash_bytes(&verdict->key, address->bytes, sizeof address->bytes);
}

static bool same_key(const struct service_key *a, const struct service_key *b)
{
    return address_compare(&a->address, &b->address) == 0 && a->port == b->port &&
           a->transport == b->transport && strcmp(a->name, b->name) == 0;
}

static struct service *find_hashed(const struct verdict *verdict, const struct service_key *key,
                                   uint64_t hash)
{
    for (struct table_node *node = table_find(&verdict->services, hash); node != NULL;
         node = table_find_next(node)) {
        struct service *service = (struct service *)((char *)node - offsetof(struct service, by_key));
        if (same_key(&service->key, key)) {
            return service;
        }
    }
    return NULL;
}

struct service *service_find(const struct verdict *verdict, const struct service_key *key)
{
    return find_hashed(verdict, key, hash_service(verdict, key));
}

struct address_record *address_find(const struct verdict *verdict, const struct address *address)
{
    for (struct table_node *node = table_find(&verdict->addresses, hash_address(verdict, address));
         node != NULL; node = table_find_next(node)) {
        struct address_record *record =
            (struct address_record *)((char *)node - offsetof(struct address_record, node));
        if (address_compare(&record->address, address) == 0) {
            return record;
        }
    }
    return NULL;
}

void store_count(struct verdict *verdict)
{
    counter_set(verdict->counters, VERDICT_SERVICES, verdict->with_evidence);
    counter_set(verdict->counters, VERDICT_ADDRESSES, verdict->addresses.count);
    counter_set(verdict->counters, VERDICT_OBSERVED, verdict->at_level[LEVEL_OBSERVED]);
    counter_set(verdict->counters, VERDICT_SUSPECTED, verdict->at_level[LEVEL_SUSPECTED]);
    counter_set(verdict->counters, VERDICT_CONFIRMED, verdict->at_level[LEVEL_CONFIRMED]);
}

/* ---- services */

/* The one to forget: of the lowest level, then the longest unseen; never `keep`. */
static struct service *choose_victim(const struct verdict *verdict, const struct service *keep)
{
    for (size_t level = 0; level < LEVEL_COUNT; level++) {
        const struct list_link *list = &verdict->by_rank[level];
        struct list_link *link = list_first(list);
        if (link != NULL && service_of(link, offsetof(struct service, by_rank)) == keep) {
            link = list_next(list, link);
        }
        if (link != NULL) {
            return service_of(link, offsetof(struct service, by_rank));
        }
    }
    return NULL;
}

/* The same among those at one address. */
static struct service *choose_victim_at(const struct address_record *record, const struct service *keep)
{
    struct service *victim = NULL;
    for (struct service *service = first_at_address(record); service != NULL;
         service = next_at_address(record, service)) {
        if (service != keep && (victim == NULL || service->level < victim->level ||
                                (service->level == victim->level && service->seen_us < victim->seen_us))) {
            victim = service;
        }
    }
    return victim;
}

static void evict(struct verdict *verdict, struct service *victim)
{
    assert(victim != NULL); /* every cap is above 1 */
    service_remove(verdict, victim);
    counter_add(verdict->counters, VERDICT_SERVICES_EVICTED, 1);
}

/* Who is forgotten is chosen by level, and nobody before it was judged. */
static void evict_service(struct verdict *verdict, const struct service *keep)
{
    judge_settle(verdict);
    evict(verdict, choose_victim(verdict, keep));
}

void service_lend(struct verdict *verdict, struct service *nameless, struct service *named)
{
    verdict->at_level[nameless->level] -= nameless->lends_to == NULL;
    if (nameless->lends_to != NULL) {
        nameless->lends_to->borrows_from = NULL;
    }
    nameless->lends_to = named;
    if (named != NULL) {
        named->borrows_from = nameless;
    }
    verdict->at_level[nameless->level] += nameless->lends_to == NULL;
    store_count(verdict);
}

static void untie(struct verdict *verdict, struct service *service)
{
    service_lend(verdict, service, NULL);
    if (service->borrows_from != NULL) {
        service_lend(verdict, service->borrows_from, NULL);
    }
}

void service_remove(struct verdict *verdict, struct service *service)
{
    untie(verdict, service);
    case_forget(verdict, service);
    if (service->membership.confirmed) {
        service->membership.confirmed = false;
        infer_follow(verdict, service, false);
    }
    table_remove(&verdict->services, &service->by_key);
    table_remove(&verdict->names, &service->by_name);
    verified_release(verdict, service);
    list_remove(&service->by_seen);
    list_remove(&service->by_rank);
    verdict->at_level[service->level]--;
    list_remove(&service->at_address);
    list_remove(&service->timer);
    list_remove(&service->ripening);
    list_remove(&service->dirty);
    service->address->service_count--;
    if (service->address->service_count == 0) {
        service->address->last_us = verdict->now_us;
        list_append(&verdict->idle_addresses, &service->address->idle);
    }
    verdict->with_evidence -= service->evidence.count > 0;
    evidence_set_free(&verdict->rules, &service->evidence);
    related_set_free(&verdict->related, &service->related);
    facts_free(service);
    clients_free(&service->clients);
    clients_free(&service->served);
    free(service);
    store_count(verdict);
}

struct service *service_ensure(struct verdict *verdict, const struct service_key *key,
                               const struct service *keep)
{
    uint64_t hash = hash_service(verdict, key);
    struct service *service = find_hashed(verdict, key, hash);
    if (service != NULL) {
        return service;
    }
    while (verdict->services.count >= verdict->settings.max_services) {
        evict_service(verdict, keep);
    }
    struct address_record *record = address_ensure(verdict, &key->address, keep);
    while (record->service_count >= verdict->settings.max_per_address) {
        judge_settle(verdict);
        evict(verdict, choose_victim_at(record, keep));
    }
    service = memory_zeroed(1, sizeof *service);
    service->key = *key;
    service->name_from = NAME_SOURCE_COUNT;
    service->number = ++verdict->service_number;
    service->address = record;
    service->shared_prefix = guard_is_shared_prefix(verdict, &key->address);
    service->facts.first_us = verdict->now_us;
    service->facts.last_us = verdict->now_us;
    service->seen_us = verdict->now_us;
    table_insert(&verdict->services, &service->by_key, hash);
    if (key->name[0] != '\0') {
        table_insert(&verdict->names, &service->by_name, hash_name(verdict, key->name));
        verified_keep(verdict, service);
    }
    list_append(&verdict->by_seen, &service->by_seen);
    list_append(&verdict->by_rank[LEVEL_NONE], &service->by_rank);
    verdict->at_level[LEVEL_NONE]++;
    list_append(&record->services, &service->at_address);
    record->service_count++;
    list_remove(&record->idle);
    return service;
}

void service_touch(struct verdict *verdict, struct service *service)
{
    service->seen_us = verdict->now_us;
    list_remove(&service->by_seen);
    list_append(&verdict->by_seen, &service->by_seen);
    list_remove(&service->by_rank);
    list_append(&verdict->by_rank[service->level], &service->by_rank);
}

void service_set_level(struct verdict *verdict, struct service *service, enum level level)
{
    if (service->level != level) {
        verdict->at_level[service->level] -= service->lends_to == NULL;
        verdict->at_level[level] += service->lends_to == NULL;
        store_count(verdict);
        service->level = level;
        list_remove(&service->by_rank);
        list_append(&verdict->by_rank[level], &service->by_rank);
    }
}

/* ---- address records */

static struct address_record *first_idle(const struct verdict *verdict)
{
    struct list_link *link = list_first(&verdict->idle_addresses);
    return link == NULL ? NULL
                        : (struct address_record *)((char *)link - offsetof(struct address_record, idle));
}

static void forget_address(struct verdict *verdict, struct address_record *record)
{
    table_remove(&verdict->addresses, &record->node);
    list_remove(&record->inferring);
    list_remove(&record->idle);
    address_record_free(record);
    store_count(verdict);
}

/* Forgets the longest unused record; where each has services, the least of these go until one has none. */
static void evict_address(struct verdict *verdict, const struct service *keep)
{
    while (first_idle(verdict) == NULL) {
        evict_service(verdict, keep);
    }
    forget_address(verdict, first_idle(verdict));
    counter_add(verdict->counters, VERDICT_ADDRESSES_EVICTED, 1);
}

struct address_record *address_ensure(struct verdict *verdict, const struct address *address,
                                      const struct service *keep)
{
    struct address_record *record = address_find(verdict, address);
    if (record == NULL) {
        while (verdict->addresses.count >= verdict->settings.max_addresses) {
            evict_address(verdict, keep);
        }
        record = address_record_create(address, verdict->now_us);
        table_insert(&verdict->addresses, &record->node, hash_address(verdict, address));
        list_append(&verdict->idle_addresses, &record->idle);
        store_count(verdict);
    }
    record->last_us = verdict->now_us;
    if (list_is_linked(&record->idle)) {
        list_remove(&record->idle);
        list_append(&verdict->idle_addresses, &record->idle);
    }
    return record;
}

void address_expire(struct verdict *verdict, int64_t before_us)
{
    for (struct address_record *record = first_idle(verdict); record != NULL && record->last_us < before_us;
         record = first_idle(verdict)) {
        forget_address(verdict, record);
    }
}

/* ---- all */

void store_shrink(struct verdict *verdict)
{
    struct service *next;
    for (struct service *service = first_seen_service(verdict); service != NULL; service = next) {
        next = next_seen_service(verdict, service);
        if (service->address->service_count > verdict->settings.max_per_address) {
            evict(verdict, service);
        }
    }
    while (verdict->services.count > verdict->settings.max_services) {
        evict_service(verdict, NULL);
    }
    while (verdict->addresses.count > verdict->settings.max_addresses) {
        evict_address(verdict, NULL);
    }
    case_shrink(verdict);
    verified_shrink(verdict);
}

void store_init(struct verdict *verdict)
{
    list_init(&verdict->by_seen);
    for (size_t level = 0; level < LEVEL_COUNT; level++) {
        list_init(&verdict->by_rank[level]);
    }
    list_init(&verdict->waiting);
    list_init(&verdict->due);
    list_init(&verdict->ripening);
    list_init(&verdict->dirty);
    list_init(&verdict->idle_addresses);
    list_init(&verdict->inferring);
    list_init(&verdict->cases_by_use);
    list_init(&verdict->notices_by_seen);
    list_init(&verdict->notices_waiting);
    list_init(&verdict->notices_due);
    list_init(&verdict->notices_dirty);
    list_init(&verdict->asked_by_seen);
    verdict->rules.key = verdict->key;
}

void store_free(struct verdict *verdict)
{
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = first_seen_service(verdict)) {
        service_remove(verdict, service);
    }
    while (first_idle(verdict) != NULL) {
        forget_address(verdict, first_idle(verdict));
    }
    notice_free(verdict);
    asked_free(verdict);
    verified_free(verdict);
    table_free(&verdict->services);
    table_free(&verdict->names);
    table_free(&verdict->addresses);
    table_free(&verdict->related);
    table_free(&verdict->cases);
    table_free(&verdict->ties);
    evidence_rules_free(&verdict->rules);
}
