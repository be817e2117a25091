/* What the live loop does once a second: timers of the verdict, the clients' key of the day, the watchdog,
 * and what it tells of itself. */
#include "daemon/live_priv.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/notify.h"

#define DAY_US (86400 * TIME_SECOND)

static uint64_t counted(const struct live *live, enum stats_stage stage, size_t counter)
{
    return metrics_sum(&live->stats.sources[stage], counter);
}

int64_t live_packet_clock(const struct live *live)
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
    uint64_t bytes = counted(live, STATS_CAPTURE, CAPTURE_BYTES) + counted(live, STATS_FLOW, FLOW_CUT_BYTES);
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

/* The verdict's timers act on the latest packet's time. */
static void tick_verdict(struct live *live)
{
    int64_t time_us = live_packet_clock(live);
    if (time_us > 0) {
        struct worker_record tick = {.type = RECORD_TICK, .time_us = time_us};
        verdict_take(live->run->verdict, &tick);
    }
}

/* Tells the log where a grade has changed since the last look. */
static void tell_health(struct live *live)
{
    struct health_figures now = health_figures(&live->stats);
    struct health_figures since = health_since(&now, &live->health);
    live->health = now;
    for (unsigned row = HEALTH_DROPS; row < HEALTH_ROW_COUNT && since.packets > 0; row++) {
        struct health_line line = health_judge(&since, (enum health_row)row);
        if (line.too_few || line.grade == live->grades[row]) {
            continue;
        }
        live->grades[row] = line.grade;
        log_message(line.grade == HEALTH_GOOD ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
                    "mirror health: %s %s: %s%s%s", health_row_name((enum health_row)row),
                    health_grade_name(line.grade), line.text, line.advice == NULL ? "" : "; ",
                    line.advice == NULL ? "" : line.advice);
    }
}

static void tell_stats(struct live *live, int64_t now)
{
    if (now < live->next_stats_us) {
        return;
    }
    live->next_stats_us = now + live->run->settings.control.stats_interval;
    tell_health(live);
    char *line = stats_json(live->run, &live->stats, clock_realtime_us());
    log_info("%s", line);
    if ((live->run->events & EVENT_STATS) != 0) {
        sink_thread_push_line(live->run->sink, line);
    } else {
        free(line);
    }
}

void live_upkeep(struct live *live)
{
    int64_t now = clock_monotonic_us();
    tick_verdict(live);
    watch_idle(live, now);
    feed_watchdog(live, now);
    tell_sink_status(live);
    change_client_key(live);
    if (live->key_changing) {
        finish_client_key(live);
    }
    tell_stats(live, now);
    if (live->run->line.check > 0 && now >= live->end_us) {
        event_base_loopbreak(live->base);
    }
}

void live_upkeep_begin(struct live *live)
{
    live->key_day = clock_realtime_us() / DAY_US;
    live->last_packet_us = clock_monotonic_us();
    live->next_stats_us = live->last_packet_us + live->run->settings.control.stats_interval;
    live->end_us = live->last_packet_us + live->run->line.check * TIME_SECOND;
}
