/*
 * Live: the main thread's loop (libevent). It drains the workers' rings into the verdict, drives timers,
 * signals, metrics and reload; it never touches a packet, and no worker ever waits for it.
 */
#include "run.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/notify.h"
#include "control/privileges.h"
#include "reload.h"
#include "stats.h"

enum {
    RECORDS_PER_TURN = 1024, /* of one ring before timers and signals get their turn */
    SIGNALS = 3,
    STOP_WAIT_US = 1000,
};

#define DAY_US (86400 * TIME_SECOND)

struct live {
    struct run *run;
    struct event_base *base;
    struct event *signals[SIGNALS];
    struct event *wake;
    struct event *timer;
    struct event *loaded;
    int loaded_fd;
    struct metrics *metrics;
    struct stats stats;
    pthread_t threads[FLOW_SHARDS];
    unsigned running;        /* threads started */
    bool ended[FLOW_SHARDS]; /* the worker's last record has been taken */
    /* Reload: the loader under way, and the generation that workers may still use. */
    struct reload *reload;
    bool reload_again;
    struct rules_snapshot *retired;
    uint64_t generation;
    int64_t key_day; /* days since 1970 of the clients' key in use */
    bool key_changing;
    int64_t next_stats_us;
    int64_t last_packet_us; /* monotonic */
    uint64_t last_packets;
    bool idle_told;
    uint64_t turns[FLOW_SHARDS];
    int64_t next_watchdog_us;
    enum exit_status status;
};

static uint64_t counted(const struct live *live, enum stats_stage stage, size_t counter)
{
    return metrics_sum(&live->stats.sources[stage], counter);
}

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

static int64_t packet_clock(const struct live *live)
{
    int64_t latest = 0;
    for (unsigned i = 0; i < live->run->worker_count; i++) {
        int64_t time_us = atomic_load_explicit(&live->run->workers[i].clock_us, memory_order_relaxed);
        latest = time_us > latest ? time_us : latest;
    }
    return latest;
}

static void watch_idle(struct live *live, int64_t now)
{
    uint64_t packets = counted(live, STATS_CAPTURE, CAPTURE_PACKETS);
    int64_t limit = live->run->settings.capture.idle_warning;
    if (packets != live->last_packets) {
        if (live->idle_told) {
            log_info("packets come again");
        }
        live->last_packets = packets;
        live->last_packet_us = now;
        live->idle_told = false;
    } else if (limit > 0 && now - live->last_packet_us >= limit && !live->idle_told) {
        log_warning("no packet for %lld s: is the mirror on?", (long long)(limit / TIME_SECOND));
        live->idle_told = true;
    }
}

/* Alive only if every worker has made a turn since the last time. */
static void feed_watchdog(struct live *live, int64_t now)
{
    int64_t interval = notify_watchdog_interval();
    if (interval == 0 || now < live->next_watchdog_us) {
        return;
    }
    live->next_watchdog_us = now + interval / 2;
    for (unsigned i = 0; i < live->run->worker_count; i++) {
        uint64_t turns = atomic_load_explicit(&live->run->workers[i].turns, memory_order_relaxed);
        if (turns == live->turns[i]) {
            return;
        }
        live->turns[i] = turns;
    }
    notify_watchdog();
}

static void tell_sink_status(struct live *live)
{
    uint64_t gaps = counted(live, STATS_FLOW, STREAM_GAP_BYTES);
    uint64_t bytes = counted(live, STATS_CAPTURE, CAPTURE_BYTES);
    const struct sensor_status status = {
        .packets = counted(live, STATS_CAPTURE, CAPTURE_PACKETS),
        .drops = counted(live, STATS_CAPTURE, CAPTURE_KERNEL_DROPS) +
                 counted(live, STATS_CAPTURE, CAPTURE_INTERFACE_DROPS) +
                 counted(live, STATS_WORKER, WORKER_HANDOVER_LOST),
        .flows_clear = counted(live, STATS_FLOW, FLOW_CLEAR),
        .flows_name_only = counted(live, STATS_FLOW, FLOW_NAME_ONLY),
        .flows_nothing = counted(live, STATS_FLOW, FLOW_NOTHING),
        .loss = bytes + gaps == 0 ? 0.0 : (double)gaps / (double)(bytes + gaps),
    };
    if (live->run->sink != NULL) {
        sink_thread_set_status(live->run->sink, &status);
    }
    notify_status("%llu packets, %llu dropped, %s, %llu detections", (unsigned long long)status.packets,
                  (unsigned long long)status.drops,
                  counter_get(live->run->sink_cells, SINK_REDIS_UP) != 0 ? "Redis up" : "Redis not connected",
                  (unsigned long long)counter_get(live->run->verdict_cells, VERDICT_DETECTIONS));
}

static void free_retired(struct live *live)
{
    if (live->retired == NULL) {
        return;
    }
    for (unsigned i = 0; i < live->run->worker_count; i++) {
        uint64_t used = atomic_load_explicit(&live->run->workers[i].rules_generation, memory_order_acquire);
        if (used <= live->retired->generation) {
            return;
        }
    }
    rules_snapshot_free(live->retired, live->run->worker_count);
    live->retired = NULL;
}

/* The site's secret gives a key for each UTC date. It is read again then, and workers take it up between two
 * packets; once all have, counts go on under its name. */
static void change_client_key(struct live *live)
{
    struct run *run = live->run;
    int64_t now_us = clock_realtime_us();
    if (run->settings.control.privacy_key_file[0] == '\0' || now_us / DAY_US == live->key_day) {
        return;
    }
    struct failure failure = {0};
    struct client_key *next = &run->client_keys[run->client_key_used ^ 1];
    live->key_day = now_us / DAY_US;
    if (!run_derive_client_key(run, now_us, next, &failure)) {
        log_error("%s; a random key takes its place", failure.text);
        run_make_random_key(next);
    }
    run->client_key_used ^= 1;
    for (unsigned i = 0; i < run->worker_count; i++) {
        atomic_store_explicit(&run->workers[i].client_key, next, memory_order_release);
    }
    live->key_changing = true;
}

static void finish_client_key(struct live *live)
{
    struct run *run = live->run;
    const struct client_key *key = &run->client_keys[run->client_key_used];
    for (unsigned i = 0; i < run->worker_count; i++) {
        if (atomic_load_explicit(&run->workers[i].own_client_key, memory_order_acquire) != key) {
            return;
        }
    }
    verdict_set_client_key(run->verdict, key->name);
    live->key_changing = false;
}

static void start_reload(struct live *live)
{
    if (live->reload != NULL || live->retired != NULL) {
        live->reload_again = true; /* two generations at most */
        return;
    }
    live->reload_again = false;
    notify_reloading();
    live->reload = reload_start(live->run, ++live->generation, live->loaded_fd);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct live *live = context;
    (void)fd;
    (void)what;
    int64_t now = clock_monotonic_us();
    int64_t time_us = packet_clock(live);
    if (time_us > 0) {
        struct worker_record tick = {.type = RECORD_TICK, .time_us = time_us};
        verdict_take(live->run->verdict, &tick);
    }
    watch_idle(live, now);
    feed_watchdog(live, now);
    tell_sink_status(live);
    free_retired(live);
    change_client_key(live);
    if (live->key_changing) {
        finish_client_key(live);
    }
    if (live->reload_again) {
        start_reload(live);
    }
    if (now >= live->next_stats_us) {
        live->next_stats_us = now + live->run->settings.control.stats_interval;
        char *line = stats_json(live->run, &live->stats, clock_realtime_us());
        log_info("%s", line);
        if ((live->run->events & EVENT_STATS) != 0) {
            sink_thread_push_line(live->run->sink, line);
        } else {
            free(line);
        }
    }
}

/* Takes up what of the configuration may change while running; the rest is told as needing a restart. */
static void take_settings(struct live *live, struct reloaded *made)
{
    struct run *run = live->run;
    struct config_section read[SETTINGS_SECTIONS];
    settings_sections(&made->settings, read);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        abort();
    }
    size_t restart = config_print_restart_needed(run->sections, read, SETTINGS_SECTIONS, out);
    fclose(out);
    for (size_t i = 0; i + 1 < size; i++) {
        text[i] = text[i] == '\n' ? ' ' : text[i];
    }
    if (restart > 0) {
        log_warning("reload: these wait for a restart: %.*s", (int)size - 1, text);
    }
    free(text);
    /* Swapped in place: the verdict borrows from where they stand, and what was goes with `made`. */
    struct verdict_settings old_verdict = run->settings.verdict;
    struct rule_settings old_rule = run->settings.rule;
    struct guards old_guards = run->guards;
    run->settings.verdict = made->settings.verdict;
    run->settings.rule = made->settings.rule;
    run->guards = made->guards;
    made->settings.verdict = old_verdict;
    made->settings.rule = old_rule;
    made->guards = old_guards;
    run->settings.control.stats_interval = made->settings.control.stats_interval;
    run->settings.control.drain = made->settings.control.drain;
    run->settings.control.log_level = made->settings.control.log_level;
    struct verdict_guards guards = guards_view(&run->guards, &run->settings.flow.home);
    verdict_set_settings(run->verdict, &run->settings.verdict, &guards);
    log_set_level((enum log_level)made->settings.control.log_level + run->line.verbose);
}

static void on_loaded(evutil_socket_t fd, short what, void *context)
{
    struct live *live = context;
    (void)what;
    ring_clear_wakes(fd);
    struct reloaded *made = reload_finish(live->reload);
    live->reload = NULL;
    if (made->good) {
        take_settings(live, made);
        live->retired = live->run->rules;
        live->run->rules = made->rules;
        made->rules = NULL;
        for (unsigned i = 0; i < live->run->worker_count; i++) {
            atomic_store_explicit(&live->run->workers[i].rules, live->run->rules, memory_order_release);
        }
        if (live->run->sink != NULL) {
            sink_thread_set_rules(live->run->sink, rule_set_digest(live->run->rules->set));
        }
        log_info("reload: %zu rules in force", rule_set_count(live->run->rules->set));
    } else {
        log_error("reload: refused; what was in force stays so");
    }
    reloaded_free(made, live->run->worker_count);
    notify_ready();
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
    if (live->run->sink != NULL) {
        sink_thread_reopen(live->run->sink);
    }
    start_reload(live);
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
                               decode_link_known, workers, counters, handles, failure)) {
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
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    struct run *run = live->run;
    live->base = event_base_new();
    live->loaded_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (live->base == NULL || live->loaded_fd < 0) {
        return failure_set(failure, EXIT_STATUS_RUNTIME, "cannot make the event loop");
    }
    for (size_t i = 0; i < SIGNALS; i++) {
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
    if (run->settings.control.metrics_listen[0] != '\0') {
        live->metrics = metrics_start(live->base, run->settings.control.metrics_listen, live->stats.sources,
                                      SETTINGS_SOURCES, NULL, 0, failure);
        return live->metrics != NULL;
    }
    return true;
}

static void start_workers(struct live *live)
{
    /* Signals are the main thread's business. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    for (unsigned i = 0; i < live->run->worker_count; i++) {
        if (pthread_create(&live->threads[i], NULL, worker_run_live, &live->run->workers[i]) != 0) {
            abort();
        }
        live->running++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
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
    metrics_stop(live->metrics);
    if (live->reload != NULL) {
        reloaded_free(reload_finish(live->reload), live->run->worker_count);
    }
    rules_snapshot_free(live->retired, live->run->worker_count);
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
    if (path[0] != '\0' && !verdict_load(run->verdict, path, &failure)) {
        log_warning("%s", failure.text);
    }
}

static void save_state(struct run *run)
{
    struct failure failure = {0};
    const char *path = run->settings.verdict.state_file;
    if (path[0] != '\0' && !verdict_save(run->verdict, path, &failure)) {
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
                run_start_sink(run, &failure) && start_loop(&live, &failure);
    if (good) {
        load_state(run);
        live.key_day = clock_realtime_us() / DAY_US;
        live.last_packet_us = clock_monotonic_us();
        live.next_stats_us = live.last_packet_us + run->settings.control.stats_interval;
        start_workers(&live);
        notify_ready();
        log_info("vigied %s: %zu rules, %u workers", VIGIE_VERSION, rule_set_count(run->rules->set),
                 run->worker_count);
        event_base_dispatch(live.base);
        notify_stopping();
        stop_workers(&live);
        save_state(run);
    } else {
        log_error("%s", failure.text);
        live.status = failure.status;
    }
    if (run->sink != NULL) {
        (void)sink_thread_stop(run->sink, run->settings.control.drain);
    }
    stop_loop(&live);
    return live.status;
}
