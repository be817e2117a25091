/*
 * Replay: captures in, events on standard output. Nothing is dropped: every stage waits for the next.
 *
 * Records come from several workers and must be taken in the order of the packets that made them, whatever
 * the number of workers. A record is due when no worker can still make an earlier one: each worker's ring
 * is either not empty (its head is its earliest) or has been drained up to the worker's progress.
 */
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "stats.h"

enum { MERGE_WAIT_MS = 10 };

/* With several workers: what has been taken off one worker's ring and waits for its turn. Main always empties
 * the rings into these queues, so that no worker (and so not the reader) waits for another one through main.
 */
struct merge_queue {
    struct worker_record *items; /* a circle of `room` records */
    size_t room;
    size_t first;
    size_t count;
    uint64_t progress;
    bool ended;
};

static void queue_push(struct merge_queue *queue, const struct worker_record *record)
{
    if (queue->count == queue->room) {
        size_t room = queue->room == 0 ? 256 : queue->room * 2;
        struct worker_record *grown = reallocarray(NULL, room, sizeof *grown);
        if (grown == NULL) {
            abort();
        }
        for (size_t i = 0; i < queue->count; i++) {
            worker_record_copy(&grown[i], &queue->items[(queue->first + i) % queue->room]);
        }
        free(queue->items);
        queue->items = grown;
        queue->room = room;
        queue->first = 0;
    }
    worker_record_copy(&queue->items[(queue->first + queue->count++) % queue->room], record);
}

static const struct worker_record *queue_head(const struct merge_queue *queue)
{
    return queue->count == 0 ? NULL : &queue->items[queue->first];
}

static void queue_pop(struct merge_queue *queue)
{
    queue->first = (queue->first + 1) % queue->room;
    queue->count--;
}

static void drain(struct merge_queue *queue, struct worker *worker)
{
    /* Progress first: what was made before it is then surely in the ring. */
    queue->progress = atomic_load_explicit(&worker->progress, memory_order_acquire);
    const struct worker_record *record = NULL;
    while ((record = ring_peek(worker->records)) != NULL) {
        queue_push(queue, record);
        ring_release(worker->records);
    }
}

/* The queue whose head is due, or NULL. */
static struct merge_queue *earliest(struct merge_queue *queues, unsigned count)
{
    struct merge_queue *best = NULL;
    for (unsigned i = 0; i < count; i++) {
        const struct worker_record *head = queue_head(&queues[i]);
        if (head != NULL &&
            (best == NULL || record_order_compare(&head->order, &queue_head(best)->order) < 0)) {
            best = &queues[i];
        }
    }
    for (unsigned i = 0; best != NULL && i < count; i++) {
        bool may_come = queues[i].count == 0 && !queues[i].ended;
        if (may_come && queues[i].progress < queue_head(best)->order.packet) {
            return NULL;
        }
    }
    return best;
}

/* False for the last one of its worker. */
static bool take_record(struct run *run, const struct worker_record *record, uint64_t *last_tick)
{
    switch (record->type) {
    case RECORD_TICK:
        /* Every worker passes each tick on; the first of them counts. */
        if (record->order.packet != *last_tick) {
            *last_tick = record->order.packet;
            verdict_take(run->verdict, record);
        }
        break;
    case RECORD_HIT:
    case RECORD_FACT:
        verdict_take(run->verdict, record);
        break;
    case RECORD_TEXT:
        verdict_take(run->verdict, record); /* what came of earlier packets is told before it */
        puts(record->text);
        free(record->text);
        break;
    case RECORD_END:
        return false;
    }
    return true;
}

static void wait_for_records(struct run *run)
{
    bool asleep = true;
    for (unsigned i = 0; i < run->worker_count; i++) {
        asleep = ring_sleep_begin(run->workers[i].records) && asleep;
    }
    if (asleep) {
        /* Progress alone wakes nobody, hence the short time. */
        struct pollfd wake = {.fd = run->main_fd, .events = POLLIN};
        (void)poll(&wake, 1, MERGE_WAIT_MS);
    }
    for (unsigned i = 0; i < run->worker_count; i++) {
        ring_sleep_end(run->workers[i].records);
    }
    ring_clear_wakes(run->main_fd);
}

/* One worker's records are in order already, and taken where they lie. */
static void take_one(struct run *run)
{
    struct ring *records = run->workers[0].records;
    uint64_t last_tick = 0;
    for (bool more = true; more;) {
        const struct worker_record *record = ring_peek(records);
        if (record == NULL) {
            wait_for_records(run);
            continue;
        }
        more = take_record(run, record, &last_tick);
        ring_release(records);
    }
}

static void merge(struct run *run)
{
    struct merge_queue *queues = calloc(run->worker_count, sizeof *queues);
    if (queues == NULL) {
        abort();
    }
    uint64_t last_tick = 0;
    unsigned ended = 0;
    while (ended < run->worker_count) {
        for (unsigned i = 0; i < run->worker_count; i++) {
            drain(&queues[i], &run->workers[i]);
        }
        struct merge_queue *due = earliest(queues, run->worker_count);
        if (due == NULL) {
            wait_for_records(run);
        }
        for (; due != NULL; due = earliest(queues, run->worker_count)) {
            due->ended = !take_record(run, queue_head(due), &last_tick);
            queue_pop(due);
        }
        ended = 0;
        for (unsigned i = 0; i < run->worker_count; i++) {
            ended += queues[i].ended;
        }
    }
    for (unsigned i = 0; i < run->worker_count; i++) {
        free(queues[i].items);
    }
    free(queues);
}

static void take_detection(void *context, struct detection *detection)
{
    struct run *run = context;
    if ((run->events & EVENT_DETECTION) != 0 && !run->line.explain) {
        char *line = detection_json(detection, &run->producer);
        puts(line);
        free(line);
    }
    if (run->sink != NULL) {
        sink_thread_push(run->sink, detection);
    } else {
        detection_free(detection);
    }
}

struct reader_thread {
    struct reader *reader;
    struct run *run;
};

static void *read_all(void *context)
{
    struct reader_thread *thread = context;
    struct run *run = thread->run;
    if (run->worker_count == 1) {
        worker_take_rules(&run->workers[0]); /* this thread is then the worker, too */
    }
    reader_run(thread->reader, run->workers, run->worker_count, &run->settings.decode, &run->table_key);
    return NULL;
}

static void run_threads(struct run *run, struct reader *reader)
{
    pthread_t reader_id;
    pthread_t worker_ids[FLOW_SHARDS];
    struct reader_thread thread = {.reader = reader, .run = run};
    unsigned consumers = run->worker_count > 1 ? run->worker_count : 0;
    for (unsigned i = 0; i < consumers; i++) {
        if (pthread_create(&worker_ids[i], NULL, worker_run_replay, &run->workers[i]) != 0) {
            abort();
        }
    }
    if (pthread_create(&reader_id, NULL, read_all, &thread) != 0) {
        abort();
    }
    if (run->worker_count == 1) {
        take_one(run);
    } else {
        merge(run);
    }
    pthread_join(reader_id, NULL);
    for (unsigned i = 0; i < consumers; i++) {
        pthread_join(worker_ids[i], NULL);
    }
}

static enum exit_status list_files(struct run *run)
{
    enum exit_status status = EXIT_STATUS_GOOD;
    for (size_t i = 0; i < run->line.captures.count; i++) {
        struct failure failure = {0};
        if (!capture_list_files(run->line.captures.items[i], &run->files, &failure)) {
            log_error("%s", failure.text);
            status = status == EXIT_STATUS_GOOD ? failure.status : status;
        }
    }
    return status;
}

enum exit_status replay_run(struct run *run)
{
    static struct worker_cells reader_cells;
    enum exit_status status = list_files(run);
    struct reader *reader = reader_open(&run->files, run->line.filter, &reader_cells);
    struct failure failure = {0};
    if (reader_status(reader) == EXIT_STATUS_USAGE) {
        reader_free(reader);
        return EXIT_STATUS_USAGE; /* a wrong filter is wrong for every file */
    }
    if (!run_start(run, reader_seed(reader), take_detection, &failure) || !run_start_sink(run, &failure)) {
        log_error("%s", failure.text);
        reader_free(reader);
        return failure.status;
    }
    run_threads(run, reader);
    verdict_finish(run->verdict);
    if (run->line.explain) {
        verdict_explain(run->verdict, stdout);
    }
    if ((run->events & EVENT_STATS) != 0) {
        struct stats stats;
        stats_gather(&stats, run, &reader_cells);
        char *line = stats_json(run, &stats, reader_time(reader));
        puts(line);
        free(line);
    }
    enum exit_status pushed = run->sink == NULL ? EXIT_STATUS_GOOD : sink_thread_stop(run->sink, 0);
    if (status == EXIT_STATUS_GOOD) {
        status = reader_status(reader);
    }
    if (status == EXIT_STATUS_GOOD) {
        status = pushed;
    }
    reader_free(reader);
    return fflush(stdout) == 0 ? status : EXIT_STATUS_RUNTIME;
}
