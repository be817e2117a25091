/*
 * The sink's thread: takes detections off the ring, writes their lines to the file, hands them to Redis's
 * queue, and sleeps on the ring's eventfd and Redis's socket together.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/thread.h"
#include "jsonl_priv.h"
#include "sink/events.h"
#include "redis_sink_priv.h"
#include "settings_priv.h"
#include "sink/sink.h"

enum {
    RING_LEAST = 1024,
    RING_MOST = 4096, /* what may come while a connection is being made; tens of kilobytes each */
    RING_REPLAY = 256,
    RING_LINES = 8192,
    PUSH_WAIT_US = 500,
    TAKEN_AT_A_TIME = 32, /* detections: making their JSON takes milliseconds, and the first of them waits */
};
#define FIRST_PATIENCE (10 * TIME_SECOND)
#define LATER_PATIENCE (60 * TIME_SECOND)

struct sink_thread {
    struct producer producer; /* the thread's, once it runs */
    char digest_in_use[SHA256_HEX_SIZE];
    char *prefix; /* owned */
    bool wait;
    struct counter_cell *counters;
    int wake_fd;
    struct ring *ring;  /* of struct detection * */
    struct ring *lines; /* of char *: transaction records and stats, for the file alone */
    pthread_t thread;

    struct jsonl *jsonl;      /* the thread's; NULL where there is no file */
    bool jsonl_detections;    /* jsonl.events names them */
    struct redis_sink *redis; /* the thread's; NULL where there is no Redis */

    _Atomic uint64_t ring_full;  /* detections that the producer could not even put on the ring */
    _Atomic uint64_t lines_full; /* lines likewise */
    _Atomic bool reopen;
    _Atomic bool stop;
    _Atomic int64_t stop_deadline; /* monotonic; written before `stop` */

    pthread_mutex_t orders_lock;
    struct sensor_status status;        /* under orders_lock, as the next */
    char rules_digest[SHA256_HEX_SIZE]; /* of the rules in force; `producer` has the thread's own copy */
};

/* The thread ------------------------------------------------------------------------------------------ */

static void take_one(struct sink_thread *sink, struct detection *detection, int64_t now)
{
    if (sink->jsonl != NULL || sink->redis != NULL) {
        char *event = detection_json(detection, &sink->producer);
        if (sink->jsonl != NULL && sink->jsonl_detections) {
            jsonl_write(sink->jsonl, event, now);
        }
        if (sink->redis != NULL) {
            redis_sink_take(sink->redis, detection, event);
        } else {
            free(event);
        }
    }
    detection_free(detection);
}

/* In replay the producer waits while Redis is behind: the ring is then left full. */
static bool wants_more(const struct sink_thread *sink)
{
    return !sink->wait || sink->redis == NULL || !redis_sink_is_full(sink->redis);
}

static void take_ring(struct sink_thread *sink, size_t limit, int64_t now)
{
    for (size_t i = 0; i < limit && wants_more(sink); i++) {
        struct detection **slot = ring_peek(sink->ring);
        if (slot == NULL) {
            return;
        }
        struct detection *detection = *slot;
        ring_release(sink->ring);
        take_one(sink, detection, now);
    }
}

static void take_lines(struct sink_thread *sink, int64_t now)
{
    char **slot;
    while ((slot = ring_peek(sink->lines)) != NULL) {
        char *line = *slot;
        ring_release(sink->lines);
        if (sink->jsonl != NULL) {
            jsonl_write(sink->jsonl, line, now);
        }
        free(line);
    }
}

static void take_orders(struct sink_thread *sink, int64_t now)
{
    if (atomic_exchange(&sink->reopen, false) && sink->jsonl != NULL) {
        jsonl_reopen(sink->jsonl, now);
    }
    pthread_mutex_lock(&sink->orders_lock);
    memcpy(sink->digest_in_use, sink->rules_digest, sizeof sink->digest_in_use);
    if (sink->redis != NULL) {
        sink->redis->status = sink->status;
    }
    pthread_mutex_unlock(&sink->orders_lock);
}

/* Whether a stop that was asked for can happen now. A replay also waits to learn whether Redis is there. */
static bool is_done(struct sink_thread *sink, int64_t now)
{
    if (!atomic_load(&sink->stop)) {
        return false;
    }
    if (sink->redis == NULL || sink->redis->gave_up) {
        return ring_used(sink->ring) == 0;
    }
    bool sent = ring_used(sink->ring) == 0 && redis_sink_is_idle(sink->redis);
    if (sink->wait) {
        return sent && sink->redis->greeted;
    }
    return sent || now >= atomic_load(&sink->stop_deadline);
}

static int poll_timeout(struct sink_thread *sink, int64_t now)
{
    int64_t due = sink->redis == NULL ? INT64_MAX : redis_sink_deadline(sink->redis);
    if (atomic_load(&sink->stop) && !sink->wait && atomic_load(&sink->stop_deadline) < due) {
        due = atomic_load(&sink->stop_deadline);
    }
    if (due == INT64_MAX) {
        return -1;
    }
    int64_t left = due - now;
    if (left <= 0) {
        return 0;
    }
    int64_t milliseconds = left / 1000 + 1;
    return milliseconds > 60000 ? 60000 : (int)milliseconds;
}

/* Sleeps until something is due; returns what poll says of Redis's socket. */
static short sleep_well(struct sink_thread *sink)
{
    struct pollfd polled[] = {
        {.fd = sink->wake_fd, .events = POLLIN},
        {.fd = sink->redis == NULL ? -1 : redis_sink_fd(sink->redis),
         .events = sink->redis == NULL ? 0 : redis_sink_events(sink->redis)},
    };
    bool listen = wants_more(sink);
    int timeout = poll_timeout(sink, clock_monotonic_us());
    if (listen && !ring_sleep_begin(sink->ring)) {
        timeout = 0;
        listen = false;
    }
    if (!ring_sleep_begin(sink->lines)) {
        timeout = 0;
    }
    int ready = poll(polled, 2, timeout);
    if (listen) {
        ring_sleep_end(sink->ring);
    }
    ring_sleep_end(sink->lines);
    if (ready > 0 && polled[0].revents != 0) {
        uint64_t count;
        ssize_t got = read(sink->wake_fd, &count, sizeof count);
        assert(got == sizeof count || errno == EAGAIN || errno == EINTR);
        (void)got;
    }
    return ready > 0 ? polled[1].revents : (short)0;
}

static void *run(void *context)
{
    struct sink_thread *sink = context;
    short events = 0;
    for (;;) {
        int64_t now = clock_monotonic_us();
        take_orders(sink, now);
        take_ring(sink, TAKEN_AT_A_TIME, now);
        take_lines(sink, now);
        counter_set(sink->counters, SINK_RING_FULL, atomic_load(&sink->ring_full));
        counter_set(sink->counters, SINK_LINES_FULL, atomic_load(&sink->lines_full));
        if (sink->redis != NULL) {
            redis_sink_step(sink->redis, now, events);
        }
        if (is_done(sink, clock_monotonic_us())) {
            break;
        }
        events = sleep_well(sink);
    }
    take_lines(sink, clock_monotonic_us());
    if (sink->redis != NULL) {
        take_ring(sink, SIZE_MAX, clock_monotonic_us());
        redis_sink_abandon(sink->redis);
    }
    return NULL;
}

/* The door --------------------------------------------------------------------------------------------- */

static void free_sink(struct sink_thread *sink)
{
    struct detection **slot;
    while (sink->ring != NULL && (slot = ring_peek(sink->ring)) != NULL) {
        detection_free(*slot);
        ring_release(sink->ring);
    }
    char **line;
    while (sink->lines != NULL && (line = ring_peek(sink->lines)) != NULL) {
        free(*line);
        ring_release(sink->lines);
    }
    redis_sink_free(sink->redis);
    jsonl_free(sink->jsonl);
    ring_free(sink->ring);
    ring_free(sink->lines);
    if (sink->wake_fd >= 0) {
        close(sink->wake_fd);
    }
    pthread_mutex_destroy(&sink->orders_lock);
    free(sink->prefix);
    free(sink);
}

static bool open_redis(struct sink_thread *sink, const struct sink_settings *settings,
                       struct failure *failure)
{
    struct redis_sink_settings redis = {.prefix = sink->prefix,
                                        .producer = &sink->producer,
                                        .keep = settings->redis_keep,
                                        .queue = settings->redis_queue,
                                        .wait = sink->wait,
                                        .first_patience = FIRST_PATIENCE,
                                        .later_patience = LATER_PATIENCE};
    if (!sink_settings_target(settings, &redis.target, failure)) {
        return false;
    }
    sink->redis = redis_sink_create(&redis, sink->counters, clock_monotonic_us());
    return true;
}

static bool open_sinks(struct sink_thread *sink, const struct sink_settings *settings,
                       struct failure *failure)
{
    if (!sink_sensor_check(sink->producer.sensor, failure) || !sink_prefix_check(sink->prefix, failure)) {
        return false;
    }
    if (settings->jsonl_path[0] != '\0' &&
        (sink->jsonl = jsonl_open(settings->jsonl_path, sink->counters, failure)) == NULL) {
        return false;
    }
    return settings->redis_url[0] == '\0' || open_redis(sink, settings, failure);
}

static size_t ring_size(const struct sink_settings *settings, bool wait)
{
    if (wait) {
        return RING_REPLAY;
    }
    if (settings->redis_queue > RING_MOST) {
        return RING_MOST;
    }
    return settings->redis_queue < RING_LEAST ? RING_LEAST : (size_t)settings->redis_queue;
}

struct sink_thread *sink_thread_start(const struct sink_settings *settings, const struct producer *producer,
                                      bool wait, struct counter_cell *counters, struct failure *failure)
{
    struct sink_thread *sink = calloc(1, sizeof *sink);
    if (sink == NULL || (sink->prefix = strdup(settings->redis_prefix)) == NULL) {
        abort();
    }
    pthread_mutex_init(&sink->orders_lock, NULL);
    sink_thread_set_rules(sink, producer->rules_digest);
    sink->producer = *producer;
    sink->producer.rules_digest = sink->digest_in_use;
    sink->wait = wait;
    sink->counters = counters;
    sink->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sink->wake_fd < 0) {
        failure_set(failure, EXIT_STATUS_RUNTIME, "eventfd: %s", strerror(errno));
        free_sink(sink);
        return NULL;
    }
    sink->ring = ring_create(sizeof(struct detection *), ring_size(settings, wait), sink->wake_fd);
    sink->lines = ring_create(sizeof(char *), RING_LINES, sink->wake_fd);
    sink->jsonl_detections = (sink_settings_events(settings) & EVENT_DETECTION) != 0;
    if (!open_sinks(sink, settings, failure)) {
        free_sink(sink);
        return NULL;
    }
    int error = thread_start(&sink->thread, run, sink);
    if (error != 0) {
        failure_set(failure, EXIT_STATUS_RUNTIME, "the sink's thread: %s", strerror(error));
        free_sink(sink);
        return NULL;
    }
    return sink;
}

void sink_thread_push(struct sink_thread *sink, struct detection *detection)
{
    struct detection **slot;
    while ((slot = ring_reserve(sink->ring)) == NULL) {
        if (!sink->wait) {
            atomic_fetch_add(&sink->ring_full, 1);
            detection_free(detection);
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = PUSH_WAIT_US * 1000L}, NULL);
    }
    *slot = detection;
    ring_commit(sink->ring);
}

void sink_thread_push_line(struct sink_thread *sink, char *line)
{
    char **slot = ring_reserve(sink->lines);
    if (slot == NULL) {
        atomic_fetch_add(&sink->lines_full, 1);
        free(line);
        return;
    }
    *slot = line;
    ring_commit(sink->lines);
}

void sink_thread_set_status(struct sink_thread *sink, const struct sensor_status *status)
{
    pthread_mutex_lock(&sink->orders_lock);
    sink->status = *status;
    pthread_mutex_unlock(&sink->orders_lock);
}

void sink_thread_set_rules(struct sink_thread *sink, const char *rules_digest)
{
    pthread_mutex_lock(&sink->orders_lock);
    snprintf(sink->rules_digest, sizeof sink->rules_digest, "%s", rules_digest);
    pthread_mutex_unlock(&sink->orders_lock);
}

static void wake(struct sink_thread *sink)
{
    const uint64_t one = 1;
    while (write(sink->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void sink_thread_reopen(struct sink_thread *sink)
{
    atomic_store(&sink->reopen, true);
    wake(sink);
}

static enum exit_status stop_status(const struct sink_thread *sink)
{
    if (!sink->wait || sink->redis == NULL) {
        return EXIT_STATUS_GOOD;
    }
    if (sink->redis->gave_up) {
        return EXIT_STATUS_UNAVAILABLE;
    }
    return counter_get(sink->counters, SINK_REDIS_REFUSED) > 0 ? EXIT_STATUS_RUNTIME : EXIT_STATUS_GOOD;
}

enum exit_status sink_thread_stop(struct sink_thread *sink, int64_t drain_us)
{
    if (sink == NULL) {
        return EXIT_STATUS_GOOD;
    }
    atomic_store(&sink->stop_deadline, clock_monotonic_us() + drain_us);
    atomic_store(&sink->stop, true);
    wake(sink);
    pthread_join(sink->thread, NULL);
    enum exit_status status = stop_status(sink);
    uint64_t lost = counter_get(sink->counters, SINK_LOST_AT_END);
    if (lost > 0) {
        log_warning("%llu detections were not pushed to Redis", (unsigned long long)lost);
    }
    free_sink(sink);
    return status;
}
