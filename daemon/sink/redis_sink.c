/* The queue, the connection's state, and what the operator is told of it. */
#include "redis_sink_priv.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define CONNECT_WAIT_FIRST   (TIME_SECOND / 10)
#define CONNECT_WAIT_MOST    (30 * TIME_SECOND)
#define REFUSAL_WAIT_FIRST   (TIME_SECOND / 10)
#define REFUSAL_WAIT_MOST    (5 * TIME_SECOND)
#define FORBIDDEN_WAIT       (5 * TIME_SECOND) /* only an operator helps: no hurry */
#define CONNECTION_IS_STABLE (5 * TIME_SECOND)
enum { ENOUGH_WAIT = 512 }; /* two batches */

struct redis_sink *redis_sink_create(const struct redis_sink_settings *settings,
                                     struct counter_cell *counters, int64_t now)
{
    struct redis_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL) {
        abort();
    }
    sink->settings = *settings;
    sink->caller = (struct script_caller){
        .prefix = settings->prefix, .sensor = settings->producer->sensor, .epoch = settings->producer->epoch};
    sink->counters = counters;
    sink->last = &sink->first;
    sink->state = REDIS_SINK_AWAY;
    sink->next_attempt = now;
    sink->away_since = now;
    sink->connect_backoff = backoff_make(CONNECT_WAIT_FIRST, CONNECT_WAIT_MOST);
    sink->refusal_backoff = backoff_make(REFUSAL_WAIT_FIRST, REFUSAL_WAIT_MOST);
    return sink;
}

void redis_sink_free(struct redis_sink *sink)
{
    if (sink == NULL) {
        return;
    }
    while (sink->first != NULL) {
        struct push *next = sink->first->next;
        push_free(sink->first);
        sink->first = next;
    }
    if (sink->context != NULL) {
        redisFree(sink->context);
    }
    redis_target_free(&sink->settings.target);
    free(sink);
}

void redis_sink_take(struct redis_sink *sink, const struct detection *detection, char *event)
{
    if (sink->gave_up || sink->pending >= sink->settings.queue) {
        counter_add(sink->counters, sink->gave_up ? SINK_LOST_AT_END : SINK_QUEUE_FULL, 1);
        free(event);
        return;
    }
    struct push *push = push_create(detection, sink->settings.producer, sink->settings.keep, event);
    *sink->last = push;
    sink->last = &push->next;
    sink->pending++;
    counter_set(sink->counters, SINK_QUEUED, sink->pending);
}

bool redis_sink_is_full(const struct redis_sink *sink)
{
    return sink->pending >= ENOUGH_WAIT || sink->pending >= sink->settings.queue;
}

bool redis_sink_is_idle(const struct redis_sink *sink)
{
    return sink->pending == 0 && sink->state != REDIS_SINK_BUSY;
}

void redis_sink_abandon(struct redis_sink *sink)
{
    counter_add(sink->counters, SINK_LOST_AT_END, sink->pending);
    while (sink->first != NULL) {
        struct push *next = sink->first->next;
        push_free(sink->first);
        sink->first = next;
    }
    sink->last = &sink->first;
    sink->pending = 0;
    counter_set(sink->counters, SINK_QUEUED, 0);
}

void redis_sink_set_state(struct redis_sink *sink, enum redis_sink_state state)
{
    sink->state = state;
    counter_set(sink->counters, SINK_REDIS_UP, state == REDIS_SINK_AWAY ? 0 : 1);
}

/* One line a change: neither an attempt nor a detection is told of its own. */
void redis_sink_tell(struct redis_sink *sink, enum redis_sink_told what, const char *reason)
{
    if (sink->told == what) {
        return;
    }
    char place[REDIS_TARGET_TEXT_SIZE];
    redis_target_print(&sink->settings.target, place);
    switch (what) {
    case TOLD_UP:
        log_info("%s: %s", place, sink->told == TOLD_REFUSING ? "takes detections again" : "connected");
        break;
    case TOLD_AWAY:
        log_warning("%s: away: %s; detections wait", place, reason);
        break;
    case TOLD_FORBIDDEN:
        log_error("%s: refuses us: %s; detections wait", place, reason);
        break;
    case TOLD_REFUSING:
        log_warning("%s: refuses for now: %s; detections wait", place, reason);
        break;
    case TOLD_NOTHING:
        break;
    }
    sink->told = what;
}

void redis_sink_lose(struct redis_sink *sink, int64_t now, const char *reason, bool forbidden)
{
    redis_sink_tell(sink, forbidden ? TOLD_FORBIDDEN : TOLD_AWAY, reason);
    if (sink->context != NULL) {
        redisFree(sink->context);
        sink->context = NULL;
        if (now - sink->connected_at >= CONNECTION_IS_STABLE) {
            backoff_reset(&sink->connect_backoff);
        }
    }
    int64_t wait = backoff_next(&sink->connect_backoff);
    sink->next_attempt = now + (forbidden && wait < FORBIDDEN_WAIT ? FORBIDDEN_WAIT : wait);
    if (sink->away_since < 0) {
        sink->away_since = now;
    }
    redis_sink_set_state(sink, REDIS_SINK_AWAY);
}

static void try_connect(struct redis_sink *sink)
{
    struct failure failure = {0};
    sink->context = redis_connect(&sink->settings.target, &failure);
    int64_t now = clock_monotonic_us(); /* it may have taken seconds */
    if (sink->context == NULL) {
        counter_add(sink->counters, SINK_CONNECT_FAILURES, 1);
        redis_sink_lose(sink, now, failure.text, failure.status == EXIT_STATUS_NO_PERMISSION);
        return;
    }
    sink->connected_at = now;
    char reason[REDIS_ANSWER_TEXT_SIZE];
    bool forbidden;
    if (!batch_load_script(sink, reason, &forbidden)) {
        counter_add(sink->counters, SINK_CONNECT_FAILURES, 1);
        redis_sink_lose(sink, clock_monotonic_us(), reason, forbidden);
        return;
    }
    counter_add(sink->counters, SINK_CONNECTS, 1);
    sink->greeted = true;
    sink->script_missed = false;
    sink->not_before = now;
    sink->next_heartbeat = now;
    if (sink->pending == 0) {
        sink->away_since = -1;
    }
    redis_sink_set_state(sink, REDIS_SINK_READY); /* told with the first success */
}

static int64_t patience_end(const struct redis_sink *sink)
{
    if (!sink->settings.wait || sink->away_since < 0) {
        return INT64_MAX;
    }
    return sink->away_since + (sink->greeted ? sink->settings.later_patience : sink->settings.first_patience);
}

static void give_up(struct redis_sink *sink)
{
    char place[REDIS_TARGET_TEXT_SIZE];
    log_error("%s: given up; detections are not pushed", redis_target_print(&sink->settings.target, place));
    if (sink->context != NULL) {
        redisFree(sink->context);
        sink->context = NULL;
    }
    redis_sink_set_state(sink, REDIS_SINK_AWAY);
    sink->gave_up = true;
    redis_sink_abandon(sink);
}

static bool heartbeat_due(const struct redis_sink *sink, int64_t now)
{
    return !sink->settings.wait && now >= sink->next_heartbeat;
}

int redis_sink_fd(const struct redis_sink *sink)
{
    return sink->context == NULL ? -1 : sink->context->fd;
}

short redis_sink_events(const struct redis_sink *sink)
{
    return sink->state == REDIS_SINK_BUSY && sink->unsent ? POLLIN | POLLOUT : POLLIN;
}

int64_t redis_sink_deadline(const struct redis_sink *sink)
{
    int64_t due = INT64_MAX;
    if (sink->gave_up) {
        return due;
    }
    if (sink->state == REDIS_SINK_AWAY) {
        due = sink->next_attempt;
    } else if (sink->state == REDIS_SINK_BUSY) {
        due = sink->deadline;
    } else {
        due = sink->settings.wait ? due : sink->next_heartbeat;
        due = sink->pending > 0 && sink->not_before < due ? sink->not_before : due;
    }
    int64_t end = patience_end(sink);
    return end < due ? end : due;
}

static void step_ready(struct redis_sink *sink, int64_t now)
{
    if (heartbeat_due(sink, now)) {
        batch_send_heartbeat(sink, now);
    } else if (sink->pending > 0 && now >= sink->not_before) {
        batch_send(sink, now);
    }
}

void redis_sink_step(struct redis_sink *sink, int64_t now, short events)
{
    if (sink->gave_up) {
        return;
    }
    if ((events & ~POLLOUT) != 0 && sink->context != NULL) {
        batch_receive(sink, now);
    }
    if ((events & POLLOUT) != 0 && sink->state == REDIS_SINK_BUSY && sink->unsent) {
        batch_flush(sink, now);
    }
    if (sink->state == REDIS_SINK_BUSY && now >= sink->deadline) {
        redis_sink_lose(sink, now, "no answer in time", false);
    }
    if (now >= patience_end(sink)) {
        give_up(sink);
        return;
    }
    if (sink->state == REDIS_SINK_AWAY && now >= sink->next_attempt) {
        try_connect(sink);
    }
    if (sink->state == REDIS_SINK_READY) {
        step_ready(sink, clock_monotonic_us());
    }
}
