/*
 * Live: the main thread's loop (libevent). It drains the workers' rings into the verdict, drives timers,
 * signals, metrics and reload; it never touches a packet, and no worker ever waits for it.
 */
#include "daemon/live_priv.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "check.h"
#include "control/notify.h"
#include "control/privileges.h"

enum {
    RECORDS_PER_TURN = 1024, /* of one ring before timers and signals get their turn */
    STOP_WAIT_US = 1000,
};

static void take_detection(void *context, struct detection *detection)
{
    struct run *run = context;
    if (run->sink != NULL) {
        sink_thread_push(run->sink, detection);
    } else {
        detection_free(detection);
    }
}

/* Takes what stands in one ring; returns whether there may be more. `*ended` becomes true with the worker's
 * last record. */
static bool drain(struct run *run, struct worker *worker, size_t limit, bool *ended)
{
    for (size_t i = 0; i < limit; i++) {
        const struct worker_record *record = ring_peek(worker->records);
        if (record == NULL) {
            verdict_settle(run->verdict);
            return false;
        }
        *ended = *ended || record->type == RECORD_END;
        if (record->type == RECORD_HIT || record->type == RECORD_FACT) {
            verdict_take(run->verdict, record);
        } else if (record->type == RECORD_TEXT) {
            sink_thread_push_line(run->sink, record->text);
        }
        ring_release(worker->records);
    }
    verdict_settle(run->verdict);
    return true;
}

static void on_wake(evutil_socket_t fd, short what, void *context)
{
    struct live *live = context;
    (void)what;
    ring_clear_wakes(fd);
    bool more = false;
    for (unsigned i = 0; i < live->run->worker_count; i++) {
        struct worker *worker = &live->run->workers[i];
        ring_sleep_end(worker->records);
        more = drain(live->run, worker, RECORDS_PER_TURN, &live->ended[i]) || more;
        more = !ring_sleep_begin(worker->records) || more;
        if (atomic_load(&worker->lost) && live->status == EXIT_STATUS_GOOD) {
            log_error("%s", worker->failure.text);
            live->status = worker->failure.status;
            event_base_loopbreak(live->base);
        }
    }
    if (more) {
        event_active(live->wake, EV_READ, 0);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct live *live = context;
    (void)fd;
    (void)what;
    live_upkeep(live);
    live_reload_upkeep(live);
}

static void on_loaded(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    ring_clear_wakes(fd);
    live_reload_finish(context);
}

static void on_signal(evutil_socket_t number, short what, void *context)
{
    struct live *live = context;
    (void)what;
    if (number != SIGHUP) {
        log_info("stopping");
        event_base_loopbreak(live->base);
        return;
    }
    (void)live_reload_ask(live);
}

static bool open_interfaces(struct run *run, struct failure *failure)
{
    unsigned workers = (unsigned)run->settings.control.workers;
    struct counter_cell *counters[FLOW_SHARDS];
    for (unsigned i = 0; i < workers; i++) {
        counters[i] = run->workers[i].cells.capture;
        run->workers[i].captures = calloc(run->line.interfaces.count, sizeof(struct capture *));
        if (run->workers[i].captures == NULL) {
            abort();
        }
    }
    for (size_t n = 0; n < run->line.interfaces.count; n++) {
        struct capture *handles[FLOW_SHARDS];
        if (!capture_open_live(run->line.interfaces.items[n], run->line.filter, &run->settings.capture,
                               run->cutoff, decode_link_known, workers, counters, handles, failure)) {
            return false;
        }
        for (unsigned i = 0; i < workers; i++) {
            run->workers[i].captures[run->workers[i].capture_count++] = handles[i];
        }
    }
    return true;
}

static bool start_loop(struct live *live, struct failure *failure)
{
    static const int numbers[LIVE_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    struct run *run = live->run;
    live->base = event_base_new();
    live->loaded_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (live->base == NULL || live->loaded_fd < 0) {
        return failure_set(failure, EXIT_STATUS_RUNTIME, "cannot make the event loop");
    }
    for (size_t i = 0; i < LIVE_SIGNALS; i++) {
        live->signals[i] = evsignal_new(live->base, numbers[i], on_signal, live);
        event_add(live->signals[i], NULL);
    }
    live->wake = event_new(live->base, run->main_fd, EV_READ | EV_PERSIST, on_wake, live);
    live->loaded = event_new(live->base, live->loaded_fd, EV_READ | EV_PERSIST, on_loaded, live);
    live->timer = event_new(live->base, -1, EV_PERSIST, on_timer, live);
    const struct timeval second = {.tv_sec = 1};
    event_add(live->wake, NULL);
    event_add(live->loaded, NULL);
    event_add(live->timer, &second);
    event_active(live->wake, EV_READ, 0); /* announces the first sleep */
    stats_gather(&live->stats, run, NULL);
    if (run->line.check == 0 && run->settings.control.metrics_listen[0] != '\0') {
        live->metrics = metrics_start(live->base, run->settings.control.metrics_listen, live->stats.sources,
                                      SETTINGS_SOURCES, run->control_cells, failure);
        if (live->metrics == NULL) {
            return false;
        }
    }
    return live_control_start(live, failure);
}

static void start_workers(struct live *live)
{
    for (unsigned i = 0; i < live->run->worker_count; i++) {
        if (thread_start(&live->threads[i], worker_run_live, &live->run->workers[i]) != 0) {
            abort();
        }
        live->running++;
    }
}

static void stop_workers(struct live *live)
{
    struct run *run = live->run;
    for (unsigned i = 0; i < live->running; i++) {
        atomic_store(&run->workers[i].stop, true);
        uint64_t one = 1;
        ssize_t written = write(run->workers[i].wake_fd, &one, sizeof one);
        (void)written;
    }
    for (unsigned i = 0; i < live->running; i++) {
        while (!live->ended[i]) {
            if (!drain(run, &run->workers[i], RECORDS_PER_TURN, &live->ended[i])) {
                usleep(STOP_WAIT_US);
            }
        }
        pthread_join(live->threads[i], NULL);
    }
}

static void stop_loop(struct live *live)
{
    live_control_stop(live);
    metrics_stop(live->metrics);
    live_reload_end(live);
    struct event *events[] = {live->wake,       live->loaded,     live->timer,
                              live->signals[0], live->signals[1], live->signals[2]};
    for (size_t i = 0; i < ARRAY_COUNT(events); i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    if (live->base != NULL) {
        event_base_free(live->base);
    }
    if (live->loaded_fd > 0) {
        close(live->loaded_fd);
    }
}

static void load_state(struct run *run)
{
    struct failure failure = {0};
    const char *path = run->settings.verdict.state_file;
    if (run->line.check == 0 && path[0] != '\0' && !verdict_load(run->verdict, path, &failure)) {
        log_warning("%s", failure.text);
    }
}

static void save_state(struct run *run)
{
    struct failure failure = {0};
    const char *path = run->settings.verdict.state_file;
    if (run->line.check == 0 && path[0] != '\0' && !verdict_save(run->verdict, path, &failure)) {
        log_error("%s", failure.text);
    }
}

enum exit_status live_run(struct run *run)
{
    struct live live = {.run = run, .generation = 1};
    struct failure failure = {0};
    signal(SIGPIPE, SIG_IGN);
    bool good = run_start(run, slice_make(NULL, 0), take_detection, &failure) &&
                open_interfaces(run, &failure) && privileges_drop(run->settings.control.user, &failure) &&
                (run->line.check > 0 || run_start_sink(run, &failure)) && start_loop(&live, &failure);
    if (good) {
        load_state(run);
        good = live_lists_start(&live, &failure);
    }
    if (good) {
        live_upkeep_begin(&live);
        start_workers(&live);
        notify_ready();
        log_info("vigied %s: %zu rules, %u workers", VIGIE_VERSION, rule_set_count(run->rules->set),
                 run->worker_count);
        event_base_dispatch(live.base);
        notify_stopping();
        stop_workers(&live);
        save_state(run);
        if (run->line.check > 0 && live.status == EXIT_STATUS_GOOD) {
            live.status = check_report(run, &live.stats, live_packet_clock(&live));
        }
    } else {
        log_error("%s", failure.text);
        live.status = failure.status;
    }
    if (run->sink != NULL) {
        (void)sink_thread_stop(run->sink, run->settings.control.drain);
    }
    live_lists_stop(&live);
    stop_loop(&live);
    return live.status;
}
