/*
 * What waits for the other side's answer: in each shard one list a kind, in order of its coming. All of a
 * kind wait equally long, so the oldest stands first and a tick looks at no more than it settles.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A member of what waits. */
struct waiting {
    struct waiting *next;
    struct waiting *previous;
    int64_t since_us;
    bool waits; /* stands in the list */
};

struct waiting_list {
    struct waiting *oldest;
    struct waiting *newest;
};

void waiting_add(struct waiting_list *list, struct waiting *waiting, int64_t now_us);
/* Does nothing where it does not wait. */
void waiting_remove(struct waiting_list *list, struct waiting *waiting);
/* The oldest, where it has waited for `timeout_us`; else NULL. It stays in the list. */
struct waiting *waiting_due(const struct waiting_list *list, int64_t now_us, int64_t timeout_us);
