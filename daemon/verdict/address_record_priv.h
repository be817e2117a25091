/*
 * What is known of a server's address: since when it is watched, and which names it showed at which port. It
 * judges whether an address is shared and which name a server goes by; it has no evidence and no score.
 */
#pragma once

#include "base/address.h"
#include "daemon/verdict/list_priv.h"
#include "daemon/verdict/table_priv.h"
#include "rule/watch_list.h"
#include "rule/rule_hit.h"

struct shown_name {
    char *name; /* owned */
    uint16_t port;
    enum transport transport;
    enum name_source from; /* what showed it in the clear first of all */
    int64_t last_us;
};

struct address_record {
    struct table_node node;
    struct list_link idle; /* in the verdict's list of records without services, the longest unused first */
    struct list_link inferring; /* while its names wait to be looked at: infer.c */
    struct list_link services;  /* the services at this address, the oldest first */
    size_t service_count;
    struct address address;
    int64_t first_us; /* watched since */
    int64_t last_us;
    struct shown_name *names; /* owned; in the order in which they were first shown */
    size_t name_count;
    size_t name_room;
    bool names_dropped; /* more were shown than are kept */
    /* What other sensors tell (listed.c). */
    char *elsewhere; /* owned; the name of a service of another sensor here, "" without one; or NULL */
    int64_t shared_until_us; /* a sensor saw other names here than another one's service has */
    int64_t shared_told_us;  /* when we told that last; 0 */
};

struct address_record *address_record_create(const struct address *address, int64_t now_us);
void address_record_free(struct address_record *record);

enum name_shown {
    NAME_KNOWN,    /* at this port already */
    NAME_NEW,      /* at this port or at the address */
    NAME_NOT_KEPT, /* no room among `max` */
};

/* `name` is not "". */
enum name_shown address_record_show(struct address_record *record, const struct service_key *service,
                                    enum name_source from, int64_t now_us, size_t max);
/* The only name that this address showed at the service's port, but those in `ignored` (may be NULL); NULL
 * where there is none or are more. */
const char *address_record_sole_name(const struct address_record *record, const struct service_key *service,
                                     const struct watch_list *const *ignored, size_t ignored_count,
                                     int64_t now);
/* Names at the whole address other than `name`; one more where some were not kept. */
uint32_t address_record_other_names(const struct address_record *record, const char *name);
/* Forgets names that were last shown before `before_us`. */
void address_record_forget_names(struct address_record *record, int64_t before_us);
