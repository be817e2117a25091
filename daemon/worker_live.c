/*
 * Live: a worker's thread. It reads its capture handles, hands packets that are another worker's over to it,
 * takes what others hand over, and sleeps on the descriptors of all of them where there is nothing to do.
 */
#include "daemon/worker_priv.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    LIVE_BATCH = 256,     /* packets of all handles before others get their turn */
    PEER_BATCHES = 8,     /* of one other worker, likewise */
    IDLE_MS = 100,        /* longest sleep: timers act though no packet comes */
    LEFTOVERS_US = 50000, /* how long a stopping worker looks for packets that came before */
    LEFTOVERS_WAIT_US = 100,
    ROOM_BATCHES = 9, /* of a hand-over: what LIVE_BATCH packets of usual size may fill, and one */
    CALM_BATCHES = HANDOVER_LIVE / 4,
    HOLD_BACK_US = 100000, /* how long packets are left to the kernel's ring for a worker that is behind */
    HOLD_PAUSE_US = 200,
};

static void take_client_key(struct worker *worker)
{
    const struct client_key *next = atomic_load_explicit(&worker->client_key, memory_order_acquire);
    if (next != atomic_load_explicit(&worker->own_client_key, memory_order_relaxed)) {
        pipeline_set_client_key(worker->pipeline, &next->key);
        atomic_store_explicit(&worker->own_client_key, next, memory_order_release);
    }
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
        worker_take_tick(worker, time_us, worker->live_packets + 1);
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
    worker_take_packet(worker, &packet);
}

static size_t dispatch_captures(struct worker *worker)
{
    size_t all = 0;
    for (size_t i = 0; i < worker->capture_count; i++) {
        size_t limit = LIVE_BATCH / worker->capture_count + 1; /* see ROOM_BATCHES */
        size_t handed = 0;
        enum capture_status status =
            capture_dispatch(worker->captures[i], limit, take_live_packet, worker, &handed);
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

/* A batch is published where its taker has next to nothing to do, or where nothing more comes now; else it
 * grows, so that a worker that is behind finds a few large ones and the ring holds many packets. Nobody
 * sleeps on one that was published because it was large. */
static void publish_batches(struct worker *worker, bool all)
{
    for (unsigned i = 0; i < worker->count; i++) {
        if (i == worker->index) {
            continue;
        }
        struct handover *outgoing = worker->peers[i].incoming[worker->index];
        if (handover_pending(outgoing) && (all || handover_waiting(outgoing) <= 1) &&
            !handover_flush(outgoing, 0)) {
            assert(!"a batch under way can always be published");
        }
        handover_wake(outgoing);
    }
}

static size_t take_batches(struct worker *worker)
{
    size_t batches = 0;
    for (unsigned i = 0; i < worker->count; i++) {
        uint64_t covered = 0;
        for (size_t n = 0;
             i != worker->index && n < PEER_BATCHES &&
             handover_take(worker->incoming[i], worker_take_item, worker_foresee_item, worker, &covered);
             n++) {
            batches++;
        }
    }
    return batches;
}

/*
 * The kernel's ring holds many times what a hand-over does: while another worker is behind for a moment,
 * packets are better left there. One that stays behind loses packets alone: the others do not wait for it
 * again before it has caught up.
 */
static bool must_hold_back(struct worker *worker, int64_t now)
{
    size_t most = 0;
    for (unsigned i = 0; i < worker->count; i++) {
        size_t waiting = i == worker->index ? 0 : handover_waiting(worker->peers[i].incoming[worker->index]);
        most = waiting > most ? waiting : most;
    }
    if (most <= CALM_BATCHES) {
        worker->held_us = 0;
    }
    if (most + ROOM_BATCHES <= HANDOVER_LIVE) {
        return false;
    }
    worker->held_us = worker->held_us == 0 ? now : worker->held_us;
    return now - worker->held_us < HOLD_BACK_US;
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
        size_t packets = dispatch_captures(worker);
        publish_batches(worker, true);
        if (packets + take_batches(worker) == 0) {
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

/* One turn; false where there was nothing to do. */
static bool take_turn(struct worker *worker, int64_t now)
{
    bool held = must_hold_back(worker, now);
    size_t packets = held ? 0 : dispatch_captures(worker);
    publish_batches(worker, packets == 0);
    size_t batches = take_batches(worker);
    counter_add(worker->cells.worker, WORKER_HELD_BACK, held);
    if (held && batches == 0) {
        usleep(HOLD_PAUSE_US);
    }
    return held || packets + batches > 0;
}

void *worker_run_live(void *context)
{
    struct worker *worker = context;
    int64_t now = clock_monotonic_us();
    while (!atomic_load_explicit(&worker->stop, memory_order_relaxed)) {
        worker_take_rules(worker);
        take_client_key(worker);
        take_order(worker);
        bool busy = take_turn(worker, now);
        now = clock_monotonic_us();
        live_tick(worker, now);
        tell_main(worker, now, !busy);
        atomic_fetch_add_explicit(&worker->turns, 1, memory_order_relaxed);
        if (!busy) {
            sleep_live(worker);
            now = clock_monotonic_us();
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
