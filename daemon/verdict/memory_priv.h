/* Memory of the verdict's tables. Their caps are options: memory that cannot be had is a mistake of the
 * configuration, not of the traffic, and aborts. */
#pragma once

#include <stdlib.h>
#include <string.h>

static inline void *memory_zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* An array of `*room` items of `size` bytes made large enough for `count`; what is new is not cleared. */
static inline void *memory_grow(void *items, size_t size, size_t count, size_t *room)
{
    if (count <= *room) {
        return items;
    }
    size_t wanted = *room == 0 ? 4 : *room * 2;
    wanted = wanted < count ? count : wanted;
    void *grown = reallocarray(items, wanted, size);
    if (grown == NULL) {
        abort();
    }
    *room = wanted;
    return grown;
}

static inline char *memory_text(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        abort();
    }
    return copy;
}
