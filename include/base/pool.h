/*
 * Blocks of one size that are taken and given back all the time, by one thread: those that came back go out
 * again, the last one first, while its bytes are near. At most POOL_SPARE_MAX are kept beyond those in use.
 */
#pragma once

#include <stddef.h>

/* Under a sanitizer none is: so the use of a block that was given back shows. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { POOL_SPARE_MAX = 0 };
#else
enum { POOL_SPARE_MAX = 1024 };
#endif

struct pool_spare {
    struct pool_spare *next;
};

struct pool {
    size_t size; /* of a block */
    struct pool_spare *spare;
    size_t spare_count;
};

struct pool pool_make(size_t size);
/* Frees the spare blocks. */
void pool_clear(struct pool *pool);

/* These two where no block is spare, or enough are. */
void *pool_allocate(const struct pool *pool);
void pool_release(void *block);

/* Its bytes are anything. Aborts where no memory is to be had. */
static inline void *pool_take(struct pool *pool)
{
    struct pool_spare *block = pool->spare;
    if (block == NULL) {
        return pool_allocate(pool);
    }
    pool->spare = block->next;
    pool->spare_count--;
    return block;
}

static inline void pool_give(struct pool *pool, void *block)
{
    if (pool->spare_count + 1 > POOL_SPARE_MAX) {
        pool_release(block);
        return;
    }
    struct pool_spare *spare = block;
    spare->next = pool->spare;
    pool->spare = spare;
    pool->spare_count++;
}
