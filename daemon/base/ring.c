/*
 * The ring. Positions count records since the start and never wrap in practice (size_t); a slot is
 * position & mask, so that used = tail - head needs no spare slot.
 *
 *     head: next record to read, written by the consumer      tail: next to fill, written by the producer
 *
 * Sleeping: the consumer announces itself and then looks at the tail; the producer moves the tail and then
 * takes the announcement. Both sides go through a read-modify-write of `sleeping`, and those are in one
 * order: either the producer's comes second and sees the announcement, or the consumer's comes second,
 * acquires what the producer released, and sees the new tail. No wake-up is lost, without a fence
 * (ThreadSanitizer does not understand fences).
 */
#include "base/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ring {
    /* Written before the threads start, then only read. */
    alignas(CACHE_LINE) uint8_t *slots; /* owned */
    size_t stride;
    size_t mask;
    int wake_fd;

    /* The producer's line. `sleeping` stands here: the consumer touches it only when it has nothing to do. */
    alignas(CACHE_LINE) _Atomic size_t tail;
    size_t head_seen;
    _Atomic bool sleeping;

    /* The consumer's line. */
    alignas(CACHE_LINE) _Atomic size_t head;
    size_t tail_seen;
};

static void *aligned_new(size_t size)
{
    void *memory = aligned_alloc(CACHE_LINE, (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

struct ring *ring_create(size_t record_size, size_t capacity, int wake_fd)
{
    assert(record_size > 0 && capacity > 0);
    size_t slots = 1;
    while (slots < capacity) {
        assert(slots <= SIZE_MAX / 2);
        slots *= 2;
    }
    size_t alignment = alignof(max_align_t);
    size_t stride = (record_size + alignment - 1) / alignment * alignment;
    if (slots > (SIZE_MAX - CACHE_LINE) / stride) {
        abort();
    }
    struct ring *ring = aligned_new(sizeof *ring);
    memset(ring, 0, sizeof *ring);
    ring->slots = aligned_new(slots * stride);
    ring->stride = stride;
    ring->mask = slots - 1;
    ring->wake_fd = wake_fd;
    return ring;
}

void ring_free(struct ring *ring)
{
    if (ring == NULL) {
        return;
    }
    free(ring->slots);
    free(ring);
}

static void *ring_slot(const struct ring *ring, size_t position)
{
    return ring->slots + (position & ring->mask) * ring->stride;
}

void *ring_reserve(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail - ring->head_seen > ring->mask) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail - ring->head_seen > ring->mask) {
            return NULL;
        }
    }
    return ring_slot(ring, tail);
}

void ring_commit_quiet(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    assert(tail - ring->head_seen <= ring->mask); /* a commit without its reserve */
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

void ring_wake(struct ring *ring)
{
    if (ring->wake_fd < 0 || !atomic_exchange_explicit(&ring->sleeping, false, memory_order_acq_rel)) {
        return;
    }
    const uint64_t one = 1;
    while (write(ring->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
    /* EAGAIN: the eventfd's count is at its end, so it is readable and the consumer wakes anyway. */
}

void ring_commit(struct ring *ring)
{
    ring_commit_quiet(ring);
    ring_wake(ring);
}

void *ring_peek(struct ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head == ring->tail_seen) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head == ring->tail_seen) {
            return NULL;
        }
    }
    return ring_slot(ring, head);
}

void ring_release(struct ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    assert(head != ring->tail_seen); /* a release without its peek */
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

bool ring_sleep_begin(struct ring *ring)
{
    (void)atomic_exchange_explicit(&ring->sleeping, true, memory_order_acq_rel);
    if (ring_peek(ring) == NULL) {
        return true;
    }
    ring_sleep_end(ring);
    return false;
}

void ring_sleep_end(struct ring *ring)
{
    /* An exchange here too: a plain store would cut the chain from the producer's exchange to our next one.
     */
    (void)atomic_exchange_explicit(&ring->sleeping, false, memory_order_acq_rel);
}

size_t ring_used(const struct ring *ring)
{
    /* The head first: the tail read later is never behind it. Both may have moved between. */
    size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    size_t used = tail - head;
    return used <= ring->mask ? used : ring->mask + 1;
}

size_t ring_capacity(const struct ring *ring)
{
    return ring->mask + 1;
}

void ring_clear_wakes(int wake_fd)
{
    uint64_t wakes = 0;
    ssize_t got = read(wake_fd, &wakes, sizeof wakes);
    (void)got; /* EAGAIN where nobody woke us */
}
