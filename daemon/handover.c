#include "handover.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * A batch holds at least one packet of the largest snaplen with its record, but is published as soon as
 * BATCH_ENOUGH is in it: so the bytes of a ring that are in use stay in the processors' common cache. A
 * wake-up costs as much as dozens of packets: a consumer that sleeps is woken for WAKE_BATCHES of them, or by
 * a flush.
 */
enum {
    BATCH_BYTES = 288 * 1024,
    BATCH_ENOUGH = 48 * 1024,
    WAKE_BATCHES = HANDOVER_REPLAY / 2,
    ITEM_ALIGN = 16,
};

struct batch {
    uint64_t covered;
    uint32_t used;
    uint32_t items;
    _Alignas(ITEM_ALIGN) uint8_t bytes[BATCH_BYTES];
};

struct handover {
    struct ring *ring;
    struct batch *open; /* the producer's batch under way, or NULL */
    bool unwoken;       /* batches were published since the consumer was last woken */
};

struct handover *handover_create(int wake_fd, size_t batches)
{
    struct handover *handover = calloc(1, sizeof *handover);
    if (handover == NULL) {
        abort();
    }
    handover->ring = ring_create(sizeof(struct batch), batches, wake_fd);
    return handover;
}

size_t handover_memory(void)
{
    return HANDOVER_LIVE * sizeof(struct batch);
}

void handover_free(struct handover *handover)
{
    if (handover != NULL) {
        ring_free(handover->ring);
        free(handover);
    }
}

static bool open_batch(struct handover *handover)
{
    if (handover->open == NULL) {
        handover->open = ring_reserve(handover->ring);
        if (handover->open == NULL) {
            return false;
        }
        handover->open->used = 0;
        handover->open->items = 0;
        handover->open->covered = 0;
    }
    return true;
}

void handover_wake(struct handover *handover)
{
    if (handover->unwoken) {
        handover->unwoken = false;
        ring_wake(handover->ring);
    }
}

static void close_batch(struct handover *handover)
{
    handover->open = NULL;
    ring_commit_quiet(handover->ring);
    handover->unwoken = true;
    if (ring_used(handover->ring) >= WAKE_BATCHES) {
        handover_wake(handover);
    }
}

static size_t align_up(size_t size)
{
    return (size + ITEM_ALIGN - 1) & ~(size_t)(ITEM_ALIGN - 1);
}

bool handover_put(struct handover *handover, const struct handover_item *item)
{
    struct slice bytes = item->type == HANDOVER_PACKET ? item->packet.ip : slice_make(NULL, 0);
    size_t need = align_up(sizeof *item) + align_up(bytes.len);
    assert(need <= BATCH_BYTES);
    if (!open_batch(handover)) {
        return false;
    }
    if (need > BATCH_BYTES - handover->open->used) {
        close_batch(handover);
        if (!open_batch(handover)) {
            return false;
        }
    }
    struct batch *batch = handover->open;
    struct handover_item *stored = (void *)(batch->bytes + batch->used);
    *stored = *item;
    if (item->type == HANDOVER_PACKET && bytes.len > 0) {
        /* The payload lies within the IP packet: both slices move to the copy. */
        uint8_t *copy = batch->bytes + batch->used + align_up(sizeof *stored);
        size_t offset = bytes.len - item->packet.payload.len;
        if (item->packet.payload.len > 0) {
            offset = (size_t)(item->packet.payload.data - bytes.data);
        }
        memcpy(copy, bytes.data, bytes.len);
        stored->packet.ip.data = copy;
        stored->packet.payload.data = copy + offset;
    }
    batch->used += (uint32_t)need;
    batch->items++;
    if (batch->used >= BATCH_ENOUGH) {
        close_batch(handover);
    }
    return true;
}

bool handover_flush(struct handover *handover, uint64_t covered)
{
    if (!open_batch(handover)) {
        return false;
    }
    handover->open->covered = covered;
    close_batch(handover);
    handover_wake(handover);
    return true;
}

bool handover_pending(const struct handover *handover)
{
    return handover->open != NULL;
}

size_t handover_waiting(const struct handover *handover)
{
    return ring_used(handover->ring);
}

static const struct handover_item *item_at(const struct batch *batch, size_t at)
{
    return (const void *)(batch->bytes + at);
}

static size_t item_behind(const struct batch *batch, size_t at)
{
    const struct handover_item *item = item_at(batch, at);
    size_t bytes = item->type == HANDOVER_PACKET ? align_up(item->packet.ip.len) : 0;
    return at + align_up(sizeof *item) + bytes;
}

bool handover_take(struct handover *handover, handover_take_fn take, handover_take_fn foresee, void *context,
                   uint64_t *covered)
{
    struct batch *batch = ring_peek(handover->ring);
    if (batch == NULL) {
        return false;
    }
    size_t at = 0;
    size_t ahead = 0;
    uint32_t foreseen = 0;
    for (uint32_t i = 0; i < batch->items; i++) {
        while (foresee != NULL && foreseen < batch->items && foreseen <= i + HANDOVER_FORESIGHT) {
            foresee(context, item_at(batch, ahead));
            ahead = item_behind(batch, ahead);
            foreseen++;
        }
        take(context, item_at(batch, at));
        at = item_behind(batch, at);
    }
    *covered = batch->covered;
    ring_release(handover->ring);
    return true;
}

bool handover_sleep_begin(struct handover *handover)
{
    return ring_sleep_begin(handover->ring);
}

void handover_sleep_end(struct handover *handover)
{
    ring_sleep_end(handover->ring);
}
