/* What hits and facts change: evidence, names, numbers; and who is judged again for it. */
#include "daemon/verdict/verdict_priv.h"

static struct service *told_as(struct service *service)
{
    return service->lends_to == NULL ? service : service->lends_to;
}

static void note_source(struct service *service, const struct worker_record *record)
{
    if (record->name_from < service->name_from) {
        service->name_from = record->name_from;
    }
}

/* A service that lends and the one it lends to are one server: they are seen together. */
static void see(struct verdict *verdict, struct service *service, const struct worker_record *record)
{
    struct service *other = service->lends_to == NULL ? service->borrows_from : service->lends_to;
    if (other != NULL) {
        service_touch(verdict, other);
    }
    service_touch(verdict, service);
    if (service->name_from == NAME_SOURCE_COUNT) {
        note_source(service, record); /* of what follows its hits, these have told */
    }
    struct service_facts *facts = &service->facts;
    facts->first_us = record->time_us < facts->first_us ? record->time_us : facts->first_us;
    facts->last_us = record->time_us > facts->last_us ? record->time_us : facts->last_us;
    told_as(service)->numbers_changed = true;
}

static bool count_client(struct service *service, const struct worker_record *record)
{
    return record->client != 0 && clients_add(&service->clients, record->client);
}

/* A client that asked and was answered. */
static bool count_served(struct service *service, const struct worker_record *record)
{
    return record->client != 0 && hit_was_asked(&record->hit) &&
           service->served.exact_count < CLIENTS_EXACT_MAX && clients_add(&service->served, record->client);
}

/* True where it changed what the address or this server is known by. */
static bool show_name(struct verdict *verdict, struct address_record *record, const struct service_key *key,
                      enum name_source from)
{
    address_record_forget_names(record, verdict->now_us - verdict->settings.expire);
    bool dropped_before = record->names_dropped;
    enum name_shown shown =
        address_record_show(record, key, from, verdict->now_us, verdict->settings.max_names);
    counter_add(verdict->counters, VERDICT_NAMES_FULL, shown == NAME_NOT_KEPT);
    return shown == NAME_NEW || (shown == NAME_NOT_KEPT && !dropped_before);
}

void take_back(struct verdict *verdict, struct service *service, enum block_reason reason)
{
    enum cause cause = reason == REASON_OFFICIAL ? CAUSE_LIST : CAUSE_GUARD;
    struct service *lender = service->borrows_from;
    tell_end(verdict, service, STATE_WITHDRAWN, cause, reason);
    service_remove(verdict, service);
    if (lender != NULL) {
        judge_later(verdict, lender, cause);
    }
}

/* Another name at this server: it may be the one that nameless evidence is about, and no service of the
 * address may be blocked by address any more. */
static void names_changed(struct verdict *verdict, struct address_record *record,
                          const struct service_key *server)
{
    judge_lending(verdict, record, server, true);
    listed_compare_elsewhere(verdict, record);
    for (struct service *service = first_at_address(record); service != NULL;
         service = next_at_address(record, service)) {
        judge_later(verdict, service, CAUSE_SHARED);
    }
}

/* ---- hits */

static bool has_credit(const struct evidence_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct evidence_rule *rule = set->items[i].rule;
        if (rule->kind == EVIDENCE_PROOF || evidence_is_path_claim(rule)) {
            return true;
        }
    }
    return false;
}

/* Takes the marks of a hit that are not its rule's; true where one is new. */
static bool take_marks(struct service_facts *facts, const struct worker_record *record)
{
    const struct rule_hit *hit = &record->hit;
    struct service_facts before = *facts;
    facts->directions |= hit->directions;
    facts->answered =
        facts->answered || (hit_was_asked(hit) && (hit->answered_ok || hit->kind == EVIDENCE_PROOF));
    facts->proxy = facts->proxy || hit->proxy;
    facts->test = facts->test || hit->test;
    bool claimant = hit->kind == EVIDENCE_CLAIM && !hit->client_header &&
                    claimants_add(&facts->claimants, record->client);
    return claimant || facts->answered != before.answered || facts->proxy != before.proxy ||
           facts->test != before.test;
}

bool service_take_evidence(struct verdict *verdict, struct service *service,
                           const struct worker_record *record)
{
    struct evidence_hit hit;
    evidence_hit_from(&hit, record);
    bool first = service->evidence.count == 0;
    bool displaced;
    enum evidence_change change =
        evidence_add(&verdict->rules, &service->evidence, &hit, verdict->settings.max_evidence, &displaced);
    counter_add(verdict->counters, VERDICT_EVIDENCE_FULL, displaced || change == EVIDENCE_REFUSED);
    if (first) {
        verdict->with_evidence++;
        store_count(verdict);
        naming_find(verdict, service);
        embed_find(verdict, service);
        (void)asked_credit(verdict, service);
    }
    if (hit.rule.client_header && !has_credit(&service->evidence) &&
        (service->borrows_from == NULL || !has_credit(&service->borrows_from->evidence))) {
        counter_add(verdict->counters, VERDICT_UNCREDITED, 1);
    }
    return change == EVIDENCE_CHANGED;
}

/* Proof that somebody asked for: what a notice said of this server and this name is over. */
static void take_answer(struct verdict *verdict, struct service *service, const struct rule_hit *hit)
{
    if (hit->kind == EVIDENCE_PROOF && !listed_is_evidence(hit->sid) && hit_was_asked(hit)) {
        service->noticed = false;
        told_as(service)->noticed = false;
        notice_answered(verdict, service->key.name);
    }
}

void take_hit(struct verdict *verdict, const struct worker_record *record)
{
    struct service_key key = record->service;
    counter_add(verdict->counters, VERDICT_HITS, 1);
    if (record->name_from == NAME_FROM_DNS) {
        asked_take(verdict, record);
        return;
    }
    if (record->hit.notice != NOTICE_NONE) {
        notice_take(verdict, record);
        return;
    }
    guard_normalise(&key);
    enum block_reason guard = guard_drops(verdict, &key);
    if (guard != REASON_NONE) {
        guard_note(verdict, &key, guard);
        return;
    }
    counter_add(verdict->counters, VERDICT_ALLOWED, guard_allows(verdict, &key));
    struct service *service = service_ensure(verdict, &key, NULL);
    note_source(service, record);
    bool shown = key.name[0] != '\0' && record->hit.answered_ok && !record->hit.proxy &&
                 show_name(verdict, service->address, &key, record->name_from);
    bool marked = take_marks(&service->facts, record);
    bool evidence = service_take_evidence(verdict, service, record);
    bool client = count_client(service, record);
    client = count_served(service, record) || client;
    if (shown || key.name[0] == '\0') {
        judge_lending(verdict, service->address, &key, true);
    }
    see(verdict, service, record);
    take_answer(verdict, service, &record->hit);
    struct service *told = told_as(service);
    told->evidence_changed = told->evidence_changed || evidence;
    if (shown || marked || evidence || client) {
        judge_later(verdict, service, CAUSE_EVIDENCE);
        if (told != service) {
            judge_later(verdict, told, CAUSE_EVIDENCE);
        }
    } else {
        tell_later(verdict, told);
    }
    if (shown) {
        names_changed(verdict, service->address, &key);
    }
}

/* ---- facts */

static void take_name(struct verdict *verdict, const struct service_key *key,
                      const struct worker_record *record)
{
    struct address_record *address = address_ensure(verdict, &key->address, NULL);
    bool shown = key->name[0] != '\0' && show_name(verdict, address, key, record->name_from);
    struct service *service = service_find(verdict, key);
    if (service != NULL) {
        note_source(service, record);
        see(verdict, service, record);
        if (count_client(service, record)) {
            judge_later(verdict, told_as(service), CAUSE_EVIDENCE);
        } else {
            tell_later(verdict, told_as(service));
        }
    }
    if (shown) {
        names_changed(verdict, address, key);
    }
}

static void take_volume(struct verdict *verdict, const struct service_key *key,
                        const struct worker_record *record)
{
    struct service *service = service_find(verdict, key);
    if (service == NULL) {
        return; /* nothing but its volume is known: nobody asks for it */
    }
    service->facts.flows += record->fact.volume.flows;
    service->facts.bytes += record->fact.volume.bytes;
    see(verdict, service, record);
    if (count_client(service, record)) {
        judge_later(verdict, told_as(service), CAUSE_EVIDENCE);
    } else {
        tell_later(verdict, told_as(service));
    }
}

static void take_catalogue(struct verdict *verdict, const struct service_key *key,
                           const struct worker_record *record)
{
    struct service *service = service_ensure(verdict, key, NULL);
    facts_add_catalogue(&service->facts, &record->fact.catalogue);
    see(verdict, service, record);
    tell_later(verdict, told_as(service));
}

static void take_rights(struct verdict *verdict, const struct service_key *key,
                        const struct worker_record *record)
{
    struct service *service = service_ensure(verdict, key, NULL);
    bool lost;
    bool added = facts_add_rights(service, &record->fact.rights, &lost);
    counter_add(verdict->counters, VERDICT_RIGHTS_FULL, lost);
    see(verdict, service, record);
    told_as(service)->evidence_changed = told_as(service)->evidence_changed || added;
    tell_later(verdict, told_as(service));
}

static void take_stream(struct verdict *verdict, const struct service_key *key,
                        const struct worker_record *record)
{
    struct service *service = service_ensure(verdict, key, NULL);
    facts_set_stream(service, &record->fact.stream, record->time_us);
    see(verdict, service, record);
    tell_later(verdict, told_as(service));
}

static void take_tie(struct verdict *verdict, const struct service_key *key,
                     const struct worker_record *record)
{
    struct service *service = service_ensure(verdict, key, NULL);
    see(verdict, service, record);
    struct service *told = told_as(service);
    if (record->fact.tie.type != TIE_HOST &&
        tie_show(verdict, told, record->fact.tie.type, record->fact.tie.print)) {
        judge_later(verdict, told, CAUSE_CASE);
    } else {
        tell_later(verdict, told);
    }
}

static bool names_itself(const struct service_key *key, const struct named_server *named)
{
    return named->port == key->port &&
           (strcmp(named->host, key->name) == 0 || guard_is_literal_of(named->host, &key->address));
}

static void take_related(struct verdict *verdict, const struct service_key *key,
                         const struct worker_record *record)
{
    const struct named_server *named = &record->fact.named;
    if (!guard_shows_related(verdict, named) || names_itself(key, named)) {
        return;
    }
    struct service *service = service_ensure(verdict, key, NULL);
    struct related *added;
    enum related_change change = related_add(&verdict->related, &service->related, service, named,
                                             hash_name_port(verdict, named->host, named->port), &added);
    counter_add(verdict->counters, VERDICT_RELATED_FULL, change == RELATED_REFUSED);
    see(verdict, service, record);
    tell_later(verdict, told_as(service));
    if (change == RELATED_NEW && service->names_others) {
        naming_give(verdict, added);
    }
}

/* An answer or a certificate ties a name to an address: what may be said of the services there changes. */
static void take_verification(struct verdict *verdict, const struct service_key *key,
                              const struct worker_record *record)
{
    bool answer = record->fact.type == FACT_ADDRESS;
    counter_add(verdict->counters, answer ? VERDICT_DNS_ANSWERS : VERDICT_CERTIFICATES, 1);
    verdict->dns_us = answer ? verdict->now_us : verdict->dns_us;
    if (key->name[0] == '\0' ||
        !(answer ? verified_take_answer(verdict, key, record) : verified_take_certificate(verdict, key))) {
        return;
    }
    notice_verified(verdict, key);
    for (struct table_node *node = table_find(&verdict->names, hash_name(verdict, key->name)); node != NULL;
         node = table_find_next(node)) {
        struct service *service = service_of_name(node);
        if (strcmp(service->key.name, key->name) == 0) {
            service->evidence_changed = true;
            judge_later(verdict, service, CAUSE_EVIDENCE);
        }
    }
}

void take_fact(struct verdict *verdict, const struct worker_record *record)
{
    struct service_key key = record->service;
    guard_normalise(&key);
    enum block_reason guard = guard_drops(verdict, &key);
    if (record->fact.type == FACT_NAME && (guard == REASON_NONE || guard == REASON_OFFICIAL)) {
        take_name(verdict, &key, record); /* official names make an address shared like any other */
        if (guard == REASON_NONE && key.name[0] != '\0') {
            infer_take(verdict, &key, record);
        }
        return;
    }
    if (guard != REASON_NONE || notice_covers(verdict, record)) {
        return;
    }
    switch (record->fact.type) {
    case FACT_NAME:
        break;
    case FACT_CATALOGUE:
        take_catalogue(verdict, &key, record);
        break;
    case FACT_RELATED:
        take_related(verdict, &key, record);
        break;
    case FACT_RIGHTS:
        take_rights(verdict, &key, record);
        break;
    case FACT_STREAM:
        take_stream(verdict, &key, record);
        break;
    case FACT_TIE:
        take_tie(verdict, &key, record);
        break;
    case FACT_ADDRESS:
    case FACT_CERTIFICATE:
        take_verification(verdict, &key, record);
        break;
    case FACT_EMBEDDED:
        embed_take(verdict, &key, &record->fact.named);
        break;
    case FACT_VOLUME:
        take_volume(verdict, &key, record);
        break;
    }
}
