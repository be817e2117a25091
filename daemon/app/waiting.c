/* Lists of what waits for an answer. */
#include "daemon/app/waiting_priv.h"

#include <assert.h>
#include <stddef.h>

void waiting_add(struct waiting_list *list, struct waiting *waiting, int64_t now_us)
{
    assert(!waiting->waits);
    *waiting = (struct waiting){.previous = list->newest, .since_us = now_us, .waits = true};
    *(list->newest == NULL ? &list->oldest : &list->newest->next) = waiting;
    list->newest = waiting;
}

void waiting_remove(struct waiting_list *list, struct waiting *waiting)
{
    if (!waiting->waits) {
        return;
    }
    *(waiting->previous == NULL ? &list->oldest : &waiting->previous->next) = waiting->next;
    *(waiting->next == NULL ? &list->newest : &waiting->next->previous) = waiting->previous;
    waiting->waits = false;
}

struct waiting *waiting_due(const struct waiting_list *list, int64_t now_us, int64_t timeout_us)
{
    struct waiting *oldest = list->oldest;
    return oldest != NULL && now_us - oldest->since_us >= timeout_us ? oldest : NULL;
}
