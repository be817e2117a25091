/* A worker's records to main, its packets, and its thread in replay; worker_live.c has the thread of live. */
#include "daemon/worker_priv.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

COUNTER_TABLE(worker, WORKER_COUNTERS);

enum {
    IDLE_MS = 100,        /* longest sleep */
    REPLAY_WAIT_US = 500, /* pause of a producer whose ring is full: main takes as long for a part of it */
    WAKE_RECORDS = 512,   /* main is woken when so many are new, long before the ring is full */
};

void worker_init(struct worker *worker, unsigned index, unsigned count, bool replay, int main_fd)
{
    *worker = (struct worker){.index = index, .count = count, .waits = replay};
    worker->records = ring_create(sizeof(struct worker_record), WORKER_RECORDS, main_fd);
    worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (worker->wake_fd < 0) {
        abort();
    }
}

void worker_free(struct worker *worker)
{
    pipeline_free(worker->pipeline);
    fragments_free(worker->fragments);
    for (size_t i = 0; i < worker->capture_count; i++) {
        capture_close(worker->captures[i]);
    }
    free(worker->captures);
    for (unsigned i = 0; worker->incoming != NULL && i < worker->count; i++) {
        handover_free(worker->incoming[i]);
    }
    free(worker->incoming);
    ring_free(worker->records);
    watch_list_release(atomic_load(&worker->order_next));
    watch_list_release(worker->order_list);
    close(worker->wake_fd);
}

static size_t record_size(const struct worker_record *record)
{
    switch (record->type) {
    case RECORD_TICK:
    case RECORD_END:
        return offsetof(struct worker_record, service);
    case RECORD_TEXT:
        return offsetof(struct worker_record, text) + sizeof record->text;
    case RECORD_FACT:
        return record->fact.type == FACT_NAME
                   ? offsetof(struct worker_record, fact.type) + sizeof record->fact.type
                   : offsetof(struct worker_record, fact) + sizeof record->fact;
    case RECORD_HIT:
        break;
    }
    return sizeof *record;
}

void worker_record_copy(struct worker_record *out, const struct worker_record *record)
{
    memcpy(out, record, record_size(record));
}

static void count_lost(struct worker *worker, const struct worker_record *record)
{
    switch (record->type) {
    case RECORD_HIT:
        counter_add(worker->cells.worker, WORKER_HITS_LOST, 1);
        break;
    case RECORD_FACT:
        counter_add(worker->cells.worker, WORKER_FACTS_LOST, 1);
        break;
    case RECORD_TEXT:
        counter_add(worker->cells.worker, WORKER_TEXTS_LOST, 1);
        free(record->text);
        break;
    case RECORD_TICK:
    case RECORD_END:
        break;
    }
}

void worker_wake_main(struct worker *worker)
{
    worker->unwoken = 0;
    ring_wake(worker->records);
}

void worker_put_record(void *context, const struct worker_record *record)
{
    struct worker *worker = context;
    struct worker_record *slot = ring_reserve(worker->records);
    while (slot == NULL && worker->waits) {
        worker_wake_main(worker);
        usleep(REPLAY_WAIT_US);
        slot = ring_reserve(worker->records);
    }
    if (slot == NULL) {
        count_lost(worker, record);
        return;
    }
    worker_record_copy(slot, record);
    ring_commit_quiet(worker->records);
    if (++worker->unwoken == WAKE_RECORDS) {
        worker_wake_main(worker);
    }
}

void worker_take_rules(struct worker *worker)
{
    const struct rules_snapshot *next = atomic_load_explicit(&worker->rules, memory_order_acquire);
    if (next == NULL || next->generation == worker->own_generation) {
        return;
    }
    pipeline_set_rules(worker->pipeline, next->set, next->scratches[worker->index]);
    pipeline_set_order(worker->pipeline, ORDER_OF_FILES, next->order);
    worker->own_generation = next->generation;
    atomic_store_explicit(&worker->rules_generation, next->generation, memory_order_release);
}

void worker_offer_order(struct worker *worker, const struct watch_list *order)
{
    watch_list_release(atomic_exchange(&worker->order_next, order)); /* one that it had not taken yet */
    const uint64_t one = 1;
    ssize_t written = write(worker->wake_fd, &one, sizeof one);
    (void)written;
}

void worker_take_tick(struct worker *worker, int64_t time_us, uint64_t number)
{
    struct worker_record record = {
        .type = RECORD_TICK, .order = {.packet = number, .place = 0}, .time_us = time_us};
    worker_put_record(worker, &record);
    pipeline_take_tick(worker->pipeline, time_us, number);
}

static void hand_to_owner(struct worker *worker, unsigned owner, const struct packet *packet)
{
    struct handover_item item = {.type = HANDOVER_PACKET, .packet = *packet};
    if (handover_put(worker->peers[owner].incoming[worker->index], &item)) {
        counter_add(worker->cells.worker, WORKER_HANDED_OVER, 1);
    } else {
        counter_add(worker->cells.worker, WORKER_HANDOVER_LOST, 1);
    }
}

void worker_take_packet(struct worker *worker, struct packet *packet)
{
    unsigned owner = pipeline_owner(packet, worker->count);
    if (owner == worker->index && packet->fragment) {
        if (!fragments_take(worker->fragments, packet)) {
            return;
        }
        owner = pipeline_owner(packet, worker->count);
    }
    if (owner == worker->index) {
        pipeline_take_packet(worker->pipeline, packet);
    } else {
        hand_to_owner(worker, owner, packet);
    }
}

void worker_foresee_item(void *context, const struct handover_item *item)
{
    const struct worker *worker = context;
    if (item->type == HANDOVER_PACKET && !item->packet.fragment) {
        pipeline_foresee_packet(worker->pipeline, &item->packet);
    }
}

void worker_take_item(void *context, const struct handover_item *item)
{
    struct worker *worker = context;
    switch (item->type) {
    case HANDOVER_PACKET:
        if (item->packet.fragment) { /* live: the reader of a replay has joined them */
            struct packet packet = item->packet;
            worker_take_packet(worker, &packet);
        } else {
            pipeline_take_packet(worker->pipeline, &item->packet);
        }
        break;
    case HANDOVER_TICK:
        worker_take_tick(worker, item->time_us, item->number);
        break;
    case HANDOVER_FILE_END:
        pipeline_take_file_end(worker->pipeline, item->time_us, item->number);
        break;
    case HANDOVER_END: {
        struct worker_record record = {
            .type = RECORD_END, .order = {.packet = UINT64_MAX}, .time_us = item->time_us};
        worker_put_record(worker, &record);
        worker_wake_main(worker);
        atomic_store(&worker->stop, true);
        break;
    }
    }
}

void *worker_run_replay(void *context)
{
    struct worker *worker = context;
    struct handover *from_reader = worker->incoming[0];
    worker_take_rules(worker);
    while (!atomic_load_explicit(&worker->stop, memory_order_relaxed)) {
        uint64_t covered = 0;
        if (handover_take(from_reader, worker_take_item, worker_foresee_item, worker, &covered)) {
            if (covered > 0) {
                atomic_store_explicit(&worker->progress, covered, memory_order_release);
            }
            continue;
        }
        if (handover_sleep_begin(from_reader)) {
            struct pollfd wake = {.fd = worker->wake_fd, .events = POLLIN};
            (void)poll(&wake, 1, IDLE_MS);
        }
        handover_sleep_end(from_reader);
        ring_clear_wakes(worker->wake_fd);
    }
    return NULL;
}
