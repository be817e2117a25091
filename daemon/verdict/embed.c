/*
 * Pages that send their visitors to other people's streams. The page's host is the word of a client's header:
 * it is shown at the stream's service, and ties a portal that is known for evidence of its own to the servers
 * it plays from; whoever has none is only shown. A page's port says nothing of it and is not kept.
 */
#include <stdio.h>

#include "daemon/verdict/verdict_priv.h"
#include "rule/client.h"

static void add(struct verdict *verdict, struct service *service, const struct named_server *named)
{
    struct related *added;
    enum related_change change = related_add(&verdict->related, &service->related, service, named,
                                             hash_name_port(verdict, named->host, named->port), &added);
    counter_add(verdict->counters, VERDICT_RELATED_FULL, change == RELATED_REFUSED);
    if (change == RELATED_NEW) {
        struct service *told = service->lends_to == NULL ? service : service->lends_to;
        told->numbers_changed = true;
        tell_later(verdict, told);
        if (service->names_others) {
            naming_give(verdict, added);
        }
    }
}

/* The portal plays from this server. */
static void add_stream(struct verdict *verdict, struct service *portal, const struct service_key *stream)
{
    struct named_server named = {.port = stream->port, .relation = RELATION_EMBED, .count = 1};
    char literal[ADDRESS_TEXT_SIZE];
    snprintf(named.host, sizeof named.host, "%s",
             stream->name[0] == '\0' ? address_print(&stream->address, literal) : stream->name);
    if (!client_is_pseudonym(&portal->key.address) &&
        address_compare(&portal->key.address, &stream->address) != 0) {
        add(verdict, portal, &named);
    }
}

/* Names of many people's pages are nobody's portal, and official ones may embed what they like. */
static bool may_be_portal(const struct verdict *verdict, const struct service_key *stream,
                          const struct named_server *page)
{
    return guard_shows_related(verdict, page) && strcmp(page->host, stream->name) != 0 &&
           (host_is_literal(page->host) || !guard_is_platform(verdict, page->host));
}

void embed_take(struct verdict *verdict, const struct service_key *stream, const struct named_server *page)
{
    struct named_server portal = *page;
    portal.port = 0;
    portal.count = 1;
    if (!may_be_portal(verdict, stream, page) || client_is_pseudonym(&stream->address)) {
        return;
    }
    struct service *service = service_find(verdict, stream);
    if (service != NULL) {
        add(verdict, service, &portal);
    }
    struct table_node *node = table_find(&verdict->names, hash_name(verdict, portal.host));
    for (; node != NULL; node = table_find_next(node)) {
        struct service *known = service_of_name(node);
        if (known->evidence.count > 0 && strcmp(known->key.name, portal.host) == 0) {
            add_stream(verdict, known, stream);
        }
    }
}

/* The streams whose clients this portal sent, by the order in which they were met: the next one after
 * `number`. */
static const struct service *next_stream(const struct verdict *verdict, const struct service *portal,
                                         uint64_t number)
{
    const struct service *next = NULL;
    struct table_node *node = table_find(&verdict->related, hash_name_port(verdict, portal->key.name, 0));
    for (; node != NULL; node = table_find_next(node)) {
        const struct related *related = related_of_node(node);
        if (related->relation == RELATION_EMBED && related->port == 0 && related->owner->number > number &&
            strcmp(related->host, portal->key.name) == 0 &&
            (next == NULL || related->owner->number < next->number)) {
            next = related->owner;
        }
    }
    return next;
}

void embed_find(struct verdict *verdict, struct service *portal)
{
    if (portal->key.name[0] == '\0') {
        return;
    }
    const struct service *stream = next_stream(verdict, portal, 0);
    for (size_t i = 0; i < DETECTION_RELATED_MAX && stream != NULL; i++) {
        add_stream(verdict, portal, &stream->key);
        stream = next_stream(verdict, portal, stream->number);
    }
}
