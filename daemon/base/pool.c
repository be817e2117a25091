/* Blocks of one size. */
#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>

struct pool pool_make(size_t size)
{
    assert(size >= sizeof(struct pool_spare));
    return (struct pool){.size = size};
}

void pool_clear(struct pool *pool)
{
    while (pool->spare != NULL) {
        struct pool_spare *spare = pool->spare;
        pool->spare = spare->next;
        free(spare);
    }
    pool->spare_count = 0;
}

void *pool_allocate(const struct pool *pool)
{
    void *block = malloc(pool->size);
    if (block == NULL) {
        abort();
    }
    return block;
}

void pool_release(void *block)
{
    free(block);
}
