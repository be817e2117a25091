#include "worker.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

COUNTER_TABLE(worker, WORKER_COUNTERS);

enum {
    LIVE_BATCH = 256,     /* packets of one handle before others get their turn */
    IDLE_MS = 100,        /* longest sleep: timers act though no packet comes */
    LEFTOVERS_US = 50000, /* how long a stopping worker looks for packets that came before */
    LEFTOVERS_WAIT_US = 100,
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

/* Once for many records: waking costs more than making one. */
static void worker_wake_main(struct worker *worker)
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

static void take_client_key(struct worker *worker)
{
    const struct client_key *next = atomic_load_explicit(&worker->client_key, memory_order_acquire);
    if (next != atomic_load_explicit(&worker->own_client_key, memory_order_relaxed)) {
        pipeline_set_client_key(worker->pipeline, &next->key);
        atomic_store_explicit(&worker->own_client_key, next, memory_order_release);
    }
}

void worker_offer_order(struct worker *worker, const struct watch_list *order)
{
    watch_list_release(atomic_exchange(&worker->order_next, order)); /* one that it had not taken yet */
    const uint64_t one = 1;
    ssize_t written = write(worker->wake_fd, &one, sizeof one);
    (void)written;
}

static void take_order(struct worker *worker)
{
    if (atomic_load_explicit(&worker->order_next, memory_order_relaxed) == NULL) {
        return;
    }
    const struct watch_list *next = atomic_exchange(&worker->order_next, NULL);
    pipeline_set_order(worker->pipeline, ORDER_OF_SENSORS, next);
    watch_list_release(worker->order_list);
    worker->order_list = next;
}

static void take_tick(struct worker *worker, int64_t time_us, uint64_t number)
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

/* A fragment goes to the owner of its addresses, so that all of a datagram's meet; what they hold together
 * may be another's again. */
static void take_or_hand_over(struct worker *worker, struct packet *packet)
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

void worker_take_item(void *context, const struct handover_item *item)
{
    struct worker *worker = context;
    switch (item->type) {
    case HANDOVER_PACKET:
        if (item->packet.fragment) { /* live: the reader of a replay has joined them */
            struct packet packet = item->packet;
            take_or_hand_over(worker, &packet);
        } else {
            pipeline_take_packet(worker->pipeline, &item->packet);
        }
        break;
    case HANDOVER_TICK:
        take_tick(worker, item->time_us, item->number);
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
        if (handover_take(from_reader, worker_take_item, worker, &covered)) {
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

/* Live: ticks by packet time, which the monotonic clock moves on while no packet comes. */
static void live_tick(struct worker *worker, int64_t now)
{
    if (worker->packet_time_us == 0) {
        return;
    }
    if (worker->packet_time_us > worker->clocked_us) {
        worker->clocked_us = worker->packet_time_us;
        worker->monotonic_us = now;
    }
    int64_t time_us = worker->packet_time_us + (now - worker->monotonic_us);
    atomic_store_explicit(&worker->clock_us, time_us, memory_order_relaxed);
    if (time_us / TIME_SECOND > worker->tick_second) {
        worker->tick_second = time_us / TIME_SECOND;
        take_tick(worker, time_us, worker->live_packets + 1);
        for (size_t i = 0; i < worker->capture_count; i++) {
            capture_update_drops(worker->captures[i]);
        }
    }
}

static void take_live_packet(void *context, const struct raw_packet *raw)
{
    struct worker *worker = context;
    if (raw->time_us > worker->packet_time_us) {
        worker->packet_time_us = raw->time_us;
    }
    struct packet packet;
    if (decode_packet(raw, &packet, worker->cells.decode) != DECODE_PACKET) {
        return;
    }
    packet.number = ++worker->live_packets;
    take_or_hand_over(worker, &packet);
}

static size_t dispatch_captures(struct worker *worker)
{
    size_t all = 0;
    for (size_t i = 0; i < worker->capture_count; i++) {
        size_t handed = 0;
        enum capture_status status =
            capture_dispatch(worker->captures[i], LIVE_BATCH, take_live_packet, worker, &handed);
        all += handed;
        if (status == CAPTURE_LOST) {
            worker->failure = *capture_failure(worker->captures[i]);
            atomic_store(&worker->lost, true);
            atomic_store(&worker->stop, true);
            worker_wake_main(worker);
        }
    }
    return all;
}

static size_t exchange_with_peers(struct worker *worker)
{
    size_t batches = 0;
    for (unsigned i = 0; i < worker->count; i++) {
        if (i == worker->index) {
            continue;
        }
        struct handover *outgoing = worker->peers[i].incoming[worker->index];
        if (handover_pending(outgoing) && !handover_flush(outgoing, 0)) {
            assert(!"a batch under way can always be published");
        }
        uint64_t covered = 0;
        while (handover_take(worker->incoming[i], worker_take_item, worker, &covered)) {
            batches++;
        }
    }
    return batches;
}

static void sleep_live(struct worker *worker)
{
    struct pollfd fds[1 + 64];
    size_t count = 0;
    fds[count++] = (struct pollfd){.fd = worker->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < worker->capture_count && count < ARRAY_COUNT(fds); i++) {
        fds[count++] = (struct pollfd){.fd = capture_fd(worker->captures[i]), .events = POLLIN};
    }
    bool asleep = true;
    for (unsigned i = 0; i < worker->count; i++) {
        asleep = (i == worker->index || handover_sleep_begin(worker->incoming[i])) && asleep;
    }
    if (asleep && poll(fds, (nfds_t)count, IDLE_MS) < 0 && errno != EINTR) {
        log_error("worker %u: poll: %s", worker->index, strerror(errno));
    }
    for (unsigned i = 0; i < worker->count; i++) {
        if (i != worker->index) {
            handover_sleep_end(worker->incoming[i]);
        }
    }
    ring_clear_wakes(worker->wake_fd);
}

/* Told to stop: what the kernel's rings and the other workers still hold is taken, for as long as a ring's
 * block may take to come (capture's to_ms, some times over). */
static void take_leftovers(struct worker *worker)
{
    int64_t deadline = clock_monotonic_us() + LEFTOVERS_US;
    while (clock_monotonic_us() < deadline) {
        if (dispatch_captures(worker) + exchange_with_peers(worker) == 0) {
            usleep(LEFTOVERS_WAIT_US);
        }
    }
}

/* A wake-up costs both threads more than the few records of one turn do. */
static void tell_main(struct worker *worker, int64_t now, bool idle)
{
    if (worker->unwoken > 0 && (idle || now - worker->woken_us >= WORKER_WAKE_US)) {
        worker->woken_us = now;
        worker_wake_main(worker);
    }
}

void *worker_run_live(void *context)
{
    struct worker *worker = context;
    while (!atomic_load_explicit(&worker->stop, memory_order_relaxed)) {
        worker_take_rules(worker);
        take_client_key(worker);
        take_order(worker);
        size_t packets = dispatch_captures(worker);
        bool idle = packets + exchange_with_peers(worker) == 0;
        int64_t now = clock_monotonic_us();
        live_tick(worker, now);
        tell_main(worker, now, idle);
        atomic_fetch_add_explicit(&worker->turns, 1, memory_order_relaxed);
        if (idle) {
            sleep_live(worker);
        }
    }
    take_leftovers(worker);
    /* The last words of all flows: no packet waits any longer, so this may, for main to make room. */
    worker->waits = true;
    pipeline_take_file_end(worker->pipeline, worker->packet_time_us, worker->live_packets + 1);
    struct worker_record record = {.type = RECORD_END, .order = {.packet = UINT64_MAX}};
    worker_put_record(worker, &record);
    worker_wake_main(worker);
    return NULL;
}
