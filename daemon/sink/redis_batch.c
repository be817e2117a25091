/* One batch: sending a run of detections in one go and reading what became of them. */
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "json_priv.h"
#include "redis_sink_priv.h"

enum {
    BATCH_MAX = 256,
    BATCH_BYTES = 256 * 1024, /* about what a socket holds */
    HEARTBEAT_SECONDS = 10,
    HEARTBEAT_EXPIRE = 7 * 24 * 3600, /* a sensor that is gone stays visible for a week */
};

/* Script loading -------------------------------------------------------------------------------------- */

/* A batch must never wait inside of a call: the ring wants to be emptied meanwhile. Both halves of the switch
 * are hiredis's own marks of a connection that does not block. */
static bool set_blocking(redisContext *context, bool blocking)
{
    int flags = fcntl(context->fd, F_GETFL);
    if (flags < 0 || fcntl(context->fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) < 0) {
        return false;
    }
    context->flags = blocking ? context->flags | REDIS_BLOCK : context->flags & ~REDIS_BLOCK;
    return true;
}

static redisReply *ask_to_load(redisContext *context)
{
    const char *words[] = {"SCRIPT", "LOAD", sink_script()};
    redisReply *reply = set_blocking(context, true) ? redisCommandArgv(context, 3, words, NULL) : NULL;
    if (reply != NULL && !set_blocking(context, false)) {
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

bool batch_load_script(struct redis_sink *sink, char reason[REDIS_ANSWER_TEXT_SIZE], bool *forbidden)
{
    redisReply *reply = ask_to_load(sink->context);
    *forbidden = false;
    if (reply == NULL) {
        snprintf(reason, REDIS_ANSWER_TEXT_SIZE, "%s", redis_error_text(sink->context));
        return false;
    }
    bool good = reply->type == REDIS_REPLY_STRING && strlen(reply->str) == SCRIPT_SHA_SIZE - 1;
    if (good) {
        memcpy(sink->caller.sha, reply->str, SCRIPT_SHA_SIZE);
    } else if (reply->type == REDIS_REPLY_ERROR) {
        *forbidden = redis_answer_of(reply) == REDIS_ANSWER_FORBIDDEN;
        redis_answer_print(&sink->settings.target, reply, reason);
    } else {
        snprintf(reason, REDIS_ANSWER_TEXT_SIZE, "SCRIPT LOAD was answered by something else");
    }
    freeReplyObject(reply);
    return good;
}

/* Sending --------------------------------------------------------------------------------------------- */

static size_t push_size(const struct push *push)
{
    return strlen(push->facts) + strlen(push->event);
}

void batch_flush(struct redis_sink *sink, int64_t now)
{
    int done = 0;
    if (redisBufferWrite(sink->context, &done) != REDIS_OK) {
        redis_sink_lose(sink, now, redis_error_text(sink->context), false);
        return;
    }
    sink->unsent = done == 0;
    sink->deadline = now + sink->settings.target.reply_timeout;
}

static void send_batch(struct redis_sink *sink, int64_t now)
{
    redis_sink_set_state(sink, REDIS_SINK_BUSY);
    batch_flush(sink, now);
}

void batch_send(struct redis_sink *sink, int64_t now)
{
    sink->batch = (struct batch){.at = &sink->first};
    uint64_t after = 0;
    size_t bytes = 0;
    for (struct push *push = sink->first; push != NULL && sink->batch.sent < BATCH_MAX && bytes < BATCH_BYTES;
         push = push->next) {
        script_append_detection(sink->context, &sink->caller, push, after);
        if (push->sent) {
            counter_add(sink->counters, SINK_RETRIES, 1);
        }
        push->sent = true;
        after = push->seq;
        bytes += push_size(push);
        sink->batch.sent++;
    }
    send_batch(sink, now);
}

static char *heartbeat_facts(const struct redis_sink *sink)
{
    const struct sensor_status *status = &sink->status;
    const struct producer *producer = sink->settings.producer;
    uint64_t flows = status->flows_clear + status->flows_name_only + status->flows_nothing;
    double visibility = flows == 0 ? 0 : (double)status->flows_clear / (double)flows;
    json_t *fields = json_have(json_object());
    json_put(fields, "epoch", json_string(producer->epoch));
    json_put(fields, "version", json_string(producer->version));
    json_put(fields, "rules", json_string(producer->rules_digest));
    json_put(fields, "packets", json_sprintf("%llu", (unsigned long long)status->packets));
    json_put(fields, "drops", json_sprintf("%llu", (unsigned long long)status->drops));
    json_put(fields, "flows_clear", json_sprintf("%llu", (unsigned long long)status->flows_clear));
    json_put(fields, "flows_name_only", json_sprintf("%llu", (unsigned long long)status->flows_name_only));
    json_put(fields, "flows_nothing", json_sprintf("%llu", (unsigned long long)status->flows_nothing));
    json_put(fields, "loss", json_sprintf("%.6f", status->loss));
    json_put(fields, "visibility", json_sprintf("%.4f", visibility));
    json_t *facts = json_have(json_object());
    json_put(facts, "sensor", json_string(producer->sensor));
    json_put(facts, "prefix", json_string(sink->settings.prefix));
    json_put_number(facts, "keep", sink->settings.keep);
    json_put_number(facts, "expire", HEARTBEAT_EXPIRE);
    json_put(facts, "fields", fields);
    return json_line(facts);
}

void batch_send_heartbeat(struct redis_sink *sink, int64_t now)
{
    sink->batch = (struct batch){.at = &sink->first, .sent = 1, .heartbeat = true};
    sink->next_heartbeat = now + HEARTBEAT_SECONDS * TIME_SECOND;
    char *facts = heartbeat_facts(sink);
    script_append_heartbeat(sink->context, &sink->caller, facts);
    free(facts);
    send_batch(sink, now);
}

/* Receiving ------------------------------------------------------------------------------------------- */

static void leave_queue(struct redis_sink *sink)
{
    struct push *push = *sink->batch.at;
    *sink->batch.at = push->next;
    if (push->next == NULL) {
        sink->last = sink->batch.at;
    }
    sink->pending--;
    counter_set(sink->counters, SINK_QUEUED, sink->pending);
    push_free(push);
}

static void note_trouble(struct redis_sink *sink, bool *kind, const redisReply *reply)
{
    *kind = true;
    if (sink->batch.reason[0] == '\0') {
        redis_answer_print(&sink->settings.target, reply, sink->batch.reason);
    }
}

/* The first word of a script's answer. */
static const char *answer_word(const redisReply *reply)
{
    bool list = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
    return list && reply->element[0]->type == REDIS_REPLY_STRING ? reply->element[0]->str : "";
}

/* A reply that is no error; false where no script of ours could have answered so. */
static bool take_good_answer(struct redis_sink *sink, const redisReply *reply)
{
    const char *word = answer_word(reply);
    if (sink->batch.heartbeat) {
        return strcmp(word, "beat") == 0;
    }
    if (strcmp(word, "again") == 0) {
        counter_add(sink->counters, SINK_REDIS_AGAIN, 1);
    } else if (strcmp(word, "taken") == 0) {
        counter_add(sink->counters, SINK_REDIS_TAKEN, 1);
        bool refused = reply->elements > 3 && reply->element[3]->type == REDIS_REPLY_INTEGER &&
                       reply->element[3]->integer != 0;
        counter_add(sink->counters, SINK_BLOCKS_REFUSED, refused ? 1 : 0);
    } else {
        return false;
    }
    leave_queue(sink);
    return true;
}

static void refuse(struct redis_sink *sink, const redisReply *reply)
{
    if (sink->batch.heartbeat) {
        return;
    }
    if (counter_get(sink->counters, SINK_REDIS_REFUSED) == 0) {
        char text[REDIS_ANSWER_TEXT_SIZE];
        log_warning("Redis refuses a detection for good: %s (further ones are only counted)",
                    redis_answer_print(&sink->settings.target, reply, text));
    }
    counter_add(sink->counters, SINK_REDIS_REFUSED, 1);
    sink->batch.success = true; /* Redis is there and works */
    leave_queue(sink);
}

/* Judges the next reply of the batch. Only what is taken or refused for good leaves the queue; the others
 * stay where they are, and so does everything behind them (the script sees to that). */
static bool take_reply(struct redis_sink *sink, const redisReply *reply)
{
    struct batch *batch = &sink->batch;
    size_t before = sink->pending;
    switch (redis_answer_of(reply)) {
    case REDIS_ANSWER_GOOD:
        if (!take_good_answer(sink, reply)) {
            return false;
        }
        batch->success = true;
        break;
    case REDIS_ANSWER_PASSING:
        note_trouble(sink, &batch->passing, reply);
        break;
    case REDIS_ANSWER_REPLICA:
        note_trouble(sink, &batch->replica, reply);
        break;
    case REDIS_ANSWER_NO_SCRIPT:
        note_trouble(sink, &batch->no_script, reply);
        break;
    case REDIS_ANSWER_FORBIDDEN:
        note_trouble(sink, &batch->forbidden, reply);
        break;
    case REDIS_ANSWER_GAP:
        break;
    case REDIS_ANSWER_REFUSED:
        refuse(sink, reply);
        break;
    }
    batch->answered++;
    if (sink->pending == before && !batch->heartbeat) {
        batch->at = &(*batch->at)->next;
    }
    return true;
}

static void wait_for_redis(struct redis_sink *sink, int64_t now)
{
    sink->not_before = now + backoff_next(&sink->refusal_backoff);
    if (sink->away_since < 0) {
        sink->away_since = now;
    }
    redis_sink_tell(sink, TOLD_REFUSING, sink->batch.reason);
}

static void reload_script(struct redis_sink *sink, int64_t now)
{
    if (sink->script_missed) {
        wait_for_redis(sink, now);
    }
    sink->script_missed = true;
    char reason[REDIS_ANSWER_TEXT_SIZE];
    bool forbidden;
    if (!batch_load_script(sink, reason, &forbidden)) {
        redis_sink_lose(sink, now, reason, forbidden);
    }
}

static void finish(struct redis_sink *sink, int64_t now)
{
    struct batch *batch = &sink->batch;
    redis_sink_set_state(sink, REDIS_SINK_READY);
    if (batch->success) {
        sink->away_since = -1;
        sink->script_missed = false;
    }
    if (batch->forbidden || batch->replica) {
        redis_sink_lose(sink, now, batch->reason, batch->forbidden);
    } else if (batch->no_script) {
        reload_script(sink, now);
    } else if (batch->passing) {
        wait_for_redis(sink, now);
    } else if (batch->success) {
        backoff_reset(&sink->refusal_backoff);
        redis_sink_tell(sink, TOLD_UP, "");
    }
}

void batch_receive(struct redis_sink *sink, int64_t now)
{
    if (redisBufferRead(sink->context) != REDIS_OK) {
        redis_sink_lose(sink, now, redis_error_text(sink->context), false);
        return;
    }
    for (;;) {
        void *raw = NULL;
        if (redisGetReplyFromReader(sink->context, &raw) != REDIS_OK) {
            redis_sink_lose(sink, now, redis_error_text(sink->context), false);
            return;
        }
        if (raw == NULL) {
            return;
        }
        bool expected = sink->state == REDIS_SINK_BUSY && take_reply(sink, raw);
        freeReplyObject(raw);
        if (!expected) {
            redis_sink_lose(sink, now, "what answers there is no Redis, or not for us", false);
            return;
        }
        sink->deadline = now + sink->settings.target.reply_timeout;
        if (sink->batch.answered == sink->batch.sent) {
            finish(sink, now);
            return;
        }
    }
}
