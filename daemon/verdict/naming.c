/* Being named by a server that is known for itself is evidence, a little (verdict/verdict.h). */
#include <stdio.h>

#include "daemon/verdict/verdict_priv.h"
#include "rule/client.h"

static bool add_named(struct verdict *verdict, struct service *service, const struct related *related)
{
    const struct service_key *by = &related->owner->key;
    char server[SERVER_TEXT_SIZE];
    char value[RULE_VALUE_SIZE];
    snprintf(value, sizeof value, "%s by %.200s", relation_name(related->relation),
             by->name[0] == '\0' ? service_print(by, server) : by->name);
    struct evidence_hit hit = {
        .rule = {.sid = VERDICT_SID_NAMED,
                 .rev = 1,
                 .weight = 10,
                 .kind = EVIDENCE_CLAIM,
                 .family = FAMILY_COUNT,
                 .client_header = true,
                 .msg = "Named by a known server",
                 .reason = "named by a known server",
                 .field = "related"},
        .value = value,
        .time_us = verdict->now_us,
    };
    bool displaced;
    if (evidence_find(&service->evidence, VERDICT_SID_NAMED) != NULL ||
        evidence_add(&verdict->rules, &service->evidence, &hit, verdict->settings.max_evidence, &displaced) !=
            EVIDENCE_CHANGED) {
        return false;
    }
    service->evidence_changed = true;
    return true;
}

/* Whether this naming counts for that service: it has evidence, the port is right, it does not stand at the
 * address of the server that names it nor at a proxy's, and the naming one is no subscriber's. */
static bool naming_counts(const struct related *related, const struct service *service)
{
    return related->owner->names_others && service->evidence.count > 0 && !service->facts.proxy &&
           (service->key.port == related->port || related->port == 0) &&
           service->address != related->owner->address && !client_is_pseudonym(&related->owner->key.address);
}

static bool is_named_as(const struct service *service, const char *host)
{
    return strcmp(service->key.name, host) == 0 || guard_is_literal_of(host, &service->key.address);
}

static void give_named(struct verdict *verdict, struct service *service, const struct related *related)
{
    if (naming_counts(related, service) && add_named(verdict, service, related)) {
        judge_later(verdict, service->lends_to == NULL ? service : service->lends_to, CAUSE_EVIDENCE);
    }
}

void naming_give(struct verdict *verdict, const struct related *related)
{
    struct address address;
    if (address_parse(related->host, &address)) {
        const struct address_record *record = address_find(verdict, &address);
        for (struct service *service = record == NULL ? NULL : first_at_address(record); service != NULL;
             service = next_at_address(record, service)) {
            give_named(verdict, service, related);
        }
        return;
    }
    struct table_node *node = table_find(&verdict->names, hash_name(verdict, related->host));
    for (; node != NULL; node = table_find_next(node)) {
        struct service *service = service_of_name(node);
        if (strcmp(service->key.name, related->host) == 0) {
            give_named(verdict, service, related);
        }
    }
}

/* Takes the first naming of this host, by the order in which the naming services were made. */
static const struct related *find_naming(const struct verdict *verdict, const struct service *service,
                                         const char *host)
{
    const struct related *found = NULL;
    const uint16_t ports[] = {service->key.port, 0};
    for (size_t i = 0; i < ARRAY_COUNT(ports); i++) {
        struct table_node *node = table_find(&verdict->related, hash_name_port(verdict, host, ports[i]));
        for (; node != NULL; node = table_find_next(node)) {
            const struct related *related = related_of_node(node);
            if (naming_counts(related, service) && is_named_as(service, related->host) &&
                (found == NULL || related->owner->number < found->owner->number)) {
                found = related;
            }
        }
    }
    return found;
}

void naming_find(struct verdict *verdict, struct service *service)
{
    char literal[ADDRESS_TEXT_SIZE];
    const struct related *related = NULL;
    if (service->key.name[0] != '\0') {
        related = find_naming(verdict, service, service->key.name);
    }
    if (related == NULL) {
        related = find_naming(verdict, service, address_print(&service->key.address, literal));
    }
    if (related != NULL) {
        add_named(verdict, service, related);
    }
}
