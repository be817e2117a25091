/* The servers that one service named (playlist, redirect, server_info), bounded; and the index by which a
 * server finds who named it. */
#pragma once

#include "app/named_server.h"
#include "daemon/verdict/table_priv.h"

struct service;

struct related {
    struct table_node node; /* by host and port, in the verdict's index */
    struct service *owner;
    char *host; /* owned */
    uint16_t port;
    enum relation relation;
    uint64_t count;
};

struct related_set {
    struct related **items; /* owned; in the order in which they came */
    size_t count;
    size_t room;
};

enum related_change { RELATED_COUNTED, RELATED_NEW, RELATED_REFUSED };

/* Counts `named`, or takes it up: where the set is full (DETECTION_RELATED_MAX), in the place of one that was
 * named less often. `hash` is that of host and port. The new one goes to `*added`. */
enum related_change related_add(struct table *index, struct related_set *set, struct service *owner,
                                const struct named_server *named, uint64_t hash, struct related **added);
void related_set_free(struct table *index, struct related_set *set);

static inline struct related *related_of_node(struct table_node *node)
{
    return (struct related *)((char *)node - offsetof(struct related, node));
}
