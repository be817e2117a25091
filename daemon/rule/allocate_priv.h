/* Memory of what is loaded. Without it there are no rules, and nobody can go on. */
#pragma once

#include <stdlib.h>

/* Zeroed; of one element at least, so that it is never NULL. */
static inline void *rule_allocate(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}
