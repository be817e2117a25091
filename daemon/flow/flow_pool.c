/* Memory of flow entries: chunks with a free list, so that a flood of short flows costs no allocator. */
#include <stdlib.h>

#include "daemon/flow/flow_priv.h"

enum { CHUNK_ENTRIES = 256 };

struct flow_chunk {
    struct flow_chunk *next;
    struct flow_entry entries[CHUNK_ENTRIES];
};

void *flow_allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void pool_grow(struct flow_table *table)
{
    struct flow_chunk *chunk = flow_allocate(sizeof *chunk);
    chunk->next = table->chunks;
    table->chunks = chunk;
    for (size_t i = CHUNK_ENTRIES; i > 0; i--) {
        flow_pool_give(table, &chunk->entries[i - 1]);
    }
}

struct flow_entry *flow_pool_take(struct flow_table *table)
{
    if (table->free_entries == NULL) {
        pool_grow(table);
    }
    struct flow_entry *entry = table->free_entries;
    table->free_entries = entry->next_same_bucket;
    *entry = (struct flow_entry){0};
    return entry;
}

void flow_pool_give(struct flow_table *table, struct flow_entry *entry)
{
    entry->next_same_bucket = table->free_entries;
    table->free_entries = entry;
}

void flow_pool_free(struct flow_table *table)
{
    while (table->chunks != NULL) {
        struct flow_chunk *chunk = table->chunks;
        table->chunks = chunk->next;
        free(chunk);
    }
    table->free_entries = NULL;
}
