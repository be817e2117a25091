/*
 * Memory of flow entries: large chunks with a free list, so that a flood of short flows costs no allocator,
 * and huge pages where the machine gives them: packets come in no order of memory, so that with small pages
 * nearly each of them misses the table of addresses, too.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "daemon/flow/flow_priv.h"

enum { CHUNK_BYTES = 2 * 1024 * 1024 }; /* a huge page */

struct flow_chunk {
    struct flow_chunk *next;
    size_t used; /* entries that were handed out once; what lies behind them was never touched */
    struct flow_entry entries[];
};

enum { CHUNK_ENTRIES = (CHUNK_BYTES - sizeof(struct flow_chunk)) / sizeof(struct flow_entry) };

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
    struct flow_chunk *chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
    if (chunk == NULL) {
        abort();
    }
    (void)madvise(chunk, CHUNK_BYTES, MADV_HUGEPAGE); /* where it is refused, small pages do */
    *chunk = (struct flow_chunk){.next = table->chunks};
    table->chunks = chunk;
}

struct flow_entry *flow_pool_take(struct flow_table *table)
{
    struct flow_entry *entry = table->free_entries;
    if (entry != NULL) {
        table->free_entries = entry->next_same_bucket;
    } else {
        if (table->chunks == NULL || table->chunks->used == CHUNK_ENTRIES) {
            pool_grow(table);
        }
        entry = &table->chunks->entries[table->chunks->used++];
    }
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
