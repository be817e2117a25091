#include "daemon/verdict/related_priv.h"

#include "daemon/verdict/memory_priv.h"
#include "verdict/detection.h"

static void related_free(struct table *index, struct related *related)
{
    table_remove(index, &related->node);
    free(related->host);
    free(related);
}

/* Takes out the one that was named least often, the youngest of those, if `count` is more. */
static bool displace_rarer(struct table *index, struct related_set *set, uint64_t count)
{
    size_t rarest = 0;
    for (size_t i = 1; i < set->count; i++) {
        if (set->items[i]->count <= set->items[rarest]->count) {
            rarest = i;
        }
    }
    if (set->items[rarest]->count >= count) {
        return false;
    }
    related_free(index, set->items[rarest]);
    set->count--;
    memmove(&set->items[rarest], &set->items[rarest + 1], (set->count - rarest) * sizeof set->items[0]);
    return true;
}

enum related_change related_add(struct table *index, struct related_set *set, struct service *owner,
                                const struct named_server *named, uint64_t hash, struct related **added)
{
    uint64_t count = named->count == 0 ? 1 : named->count;
    for (size_t i = 0; i < set->count; i++) {
        struct related *related = set->items[i];
        if (related->port == named->port && related->relation == named->relation &&
            strcmp(related->host, named->host) == 0) {
            related->count += count;
            return RELATED_COUNTED;
        }
    }
    if (set->count == DETECTION_RELATED_MAX && !displace_rarer(index, set, count)) {
        return RELATED_REFUSED;
    }
    struct related *related = memory_zeroed(1, sizeof *related);
    *related = (struct related){.owner = owner,
                                .host = memory_text(named->host),
                                .port = named->port,
                                .relation = named->relation,
                                .count = count};
    table_insert(index, &related->node, hash);
    set->items = memory_grow(set->items, sizeof(struct related *), set->count + 1, &set->room);
    set->items[set->count++] = related;
    *added = related;
    return RELATED_NEW;
}

void related_set_free(struct table *index, struct related_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        related_free(index, set->items[i]);
    }
    free(set->items);
    *set = (struct related_set){0};
}
