/*
 * Memory of the flow table: one reservation for the most that its cap allows, made at the start and given out
 * piece by piece, so that a flood of short flows costs no allocator and a flow's number is its place. What
 * was never used is never touched, so takes no memory. Huge pages where the machine gives them: packets come
 * in no order of memory, so that with small pages nearly each of them misses the table of addresses, too.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "daemon/flow/stream_priv.h"

enum { HUGE_PAGE = 2 * 1024 * 1024 };

void *flow_allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static size_t round_up(size_t size)
{
    return (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

/* Parts lie behind each other, each from a huge page's begin. */
static uint8_t *part(uint8_t **next, size_t size)
{
    uint8_t *begin = *next;
    *next += round_up(size);
    return begin;
}

/* Slot 0 stays free: its number means none. */
static size_t slab_size(size_t stride, size_t slots)
{
    return stride * (slots + 1);
}

void flow_memory_reserve(struct flow_memory *memory, size_t flows, size_t index_lines)
{
    size_t index = index_lines * INDEX_LINE;
    memory->size = HUGE_PAGE + round_up(index) + round_up(slab_size(sizeof(struct flow), flows)) +
                   round_up(slab_size(sizeof(struct flow_attachment), flows)) +
                   round_up(slab_size(sizeof(struct stream), flows));
    memory->whole =
        mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory->whole == MAP_FAILED) {
        log_error(
            "flow.max: addresses of %zu MiB for so many flows cannot be had: set it lower, or the limit "
            "of the process (RLIMIT_AS, vm.overcommit_memory) higher",
            memory->size >> 20);
        abort();
    }
    (void)madvise(memory->whole, memory->size, MADV_HUGEPAGE); /* where it is refused, small pages do */
    uint8_t *next = (uint8_t *)round_up((size_t)memory->whole);
    memory->lines = part(&next, index);
    memory->flows = (struct slab){.base = part(&next, slab_size(sizeof(struct flow), flows)),
                                  .stride = sizeof(struct flow)};
    memory->attachments = (struct slab){.base = part(&next, slab_size(sizeof(struct flow_attachment), flows)),
                                        .stride = sizeof(struct flow_attachment)};
    memory->streams = (struct slab){.base = part(&next, slab_size(sizeof(struct stream), flows)),
                                    .stride = sizeof(struct stream)};
}

void flow_memory_free(struct flow_memory *memory)
{
    (void)munmap(memory->whole, memory->size);
}

void *slab_take(struct slab *slab)
{
    uint32_t number = slab->free;
    if (number == 0) {
        return slab->base + ++slab->used * slab->stride; /* fresh from the system: zeroed */
    }
    uint8_t *slot = slab->base + number * slab->stride;
    memcpy(&slab->free, slot, sizeof slab->free);
    memset(slot, 0, slab->stride);
    return slot;
}

void slab_give(struct slab *slab, void *slot)
{
    memcpy(slot, &slab->free, sizeof slab->free);
    slab->free = (uint32_t)((size_t)((uint8_t *)slot - slab->base) / slab->stride);
}

uint64_t flow_memory_followed(const struct flow_settings *settings)
{
    uint32_t shard_flows = flow_shard_cap(settings);
    return FLOW_SHARDS * ((uint64_t)shard_flows * sizeof(struct flow) +
                          (uint64_t)flow_index_lines(shard_flows) * INDEX_LINE);
}

uint64_t flow_memory_inspected(const struct flow_settings *settings)
{
    uint64_t each = sizeof(struct flow_attachment) + sizeof(struct stream);
    return FLOW_SHARDS * flow_shard_cap(settings) * each;
}
