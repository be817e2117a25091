/* Doubly linked lists through links inside their elements: they give every table here an order that does not
 * depend on hashing. A list is a link that stands for itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list_link {
    struct list_link *previous; /* NULL while it stands in no list */
    struct list_link *next;
};

static inline void list_init(struct list_link *list)
{
    list->previous = list;
    list->next = list;
}

static inline bool list_is_linked(const struct list_link *link)
{
    return link->previous != NULL;
}

static inline struct list_link *list_first(const struct list_link *list)
{
    return list->next == list ? NULL : list->next;
}

/* The one behind `link`, or NULL at the end. */
static inline struct list_link *list_next(const struct list_link *list, const struct list_link *link)
{
    return link->next == list ? NULL : link->next;
}

static inline void list_append(struct list_link *list, struct list_link *link)
{
    link->previous = list->previous;
    link->next = list;
    list->previous->next = link;
    list->previous = link;
}

/* Harmless for a link that stands in no list. */
static inline void list_remove(struct list_link *link)
{
    if (link->previous != NULL) {
        link->previous->next = link->next;
        link->next->previous = link->previous;
        link->previous = NULL;
        link->next = NULL;
    }
}
