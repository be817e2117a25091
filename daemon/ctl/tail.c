/*
 * vigiectl tail: detections as they come, through a consumer group, so that nothing is missed between two
 * reads and a restart of Redis, with its data or without, only makes a pause.
 */
#include <hiredis/hiredis.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "ctl_priv.h"
#include "verdict/detection.h"

enum { NAME_SIZE = 128, ID_SIZE = 48, BATCH_MOST = 64, LINE_SIZE = 8192 };
#define WAIT_FIRST    (TIME_SECOND / 10)
#define WAIT_MOST     (5 * TIME_SECOND)
#define CLAIM_EVERY   (60 * TIME_SECOND)
#define CLAIM_IDLE_MS "60000"
#define BLOCK_MS      "1000" /* below the reply time-out */
#define BATCH         "64"   /* BATCH_MOST */

struct tail {
    struct ctl *ctl;
    const struct ctl_arguments *arguments;
    char *stream;      /* owned: the key */
    const char *group; /* that of the arguments, or own_group */
    char consumer[NAME_SIZE];
    char own_group[NAME_SIZE + sizeof "vigiectl-"];
    int level;          /* nothing below */
    bool joined;        /* the group exists and what we had before is read */
    bool was_joined;    /* once at least */
    bool failed;        /* Redis refuses us */
    char last[ID_SIZE]; /* the entry printed last; "" before the first */
    uint64_t printed;
    int64_t next_claim;
};

static int level_rank(const char *name)
{
    for (int level = LEVEL_COUNT - 1; level > 0; level--) {
        if (strcmp(name, level_name((enum level)level)) == 0) {
            return level;
        }
    }
    return 0;
}

static bool is_over(const struct tail *tail)
{
    uint64_t count = tail->arguments->count;
    return ctl_stop != 0 || tail->failed || (count > 0 && tail->printed >= count) || ferror(stdout) != 0;
}

/* Stream ids are "milliseconds-number"; both may have any number of digits. */
static bool is_after(const char *id, const char *other)
{
    uint64_t parts[2][2] = {{0}};
    const char *texts[2] = {id, other};
    for (size_t i = 0; i < 2; i++) {
        struct slice rest = slice_text(texts[i]);
        struct slice first = slice_split(&rest, '-');
        if (!text_parse_u64(first, &parts[i][0]) || !text_parse_u64(rest, &parts[i][1])) {
            return i == 1; /* anything is after nothing */
        }
    }
    return parts[0][0] != parts[1][0] ? parts[0][0] > parts[1][0] : parts[0][1] > parts[1][1];
}

/* Lines ------------------------------------------------------------------------------------------------ */

static const char *json_text(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* "panel.example at 203.0.113.10:8080", either half alone where the other is not known. */
static void add_place(struct buf *line, const redisReply *fields)
{
    const char *host = ctl_field(fields, "host");
    const char *ip = ctl_field(fields, "ip");
    buf_append_text(line, host);
    if (ip[0] != '\0') {
        bool brackets = strchr(ip, ':') != NULL;
        buf_append_format(line, "%s%s%s%s:%s", host[0] == '\0' ? "" : " at ", brackets ? "[" : "", ip,
                          brackets ? "]" : "", ctl_field(fields, "port"));
    }
}

static void print_entry(const redisReply *fields)
{
    json_t *event = json_loads(ctl_field(fields, "event"), 0, NULL);
    json_t *block = json_object_get(event, "block");
    const char *time = json_text(event, "timestamp");
    const char *make = json_text(event, "make");
    struct buf line = buf_make(LINE_SIZE);
    buf_append_format(&line, "%.19s%s %-9s %3s %-9s %s", time, time[0] == '\0' ? "-" : "Z",
                      ctl_field(fields, "level"), ctl_field(fields, "score"), ctl_field(fields, "state"),
                      ctl_field(fields, "family"));
    if (make[0] != '\0') {
        buf_append_format(&line, " (%s)", make);
    }
    buf_append_byte(&line, ' ');
    add_place(&line, fields);
    if (strcmp(ctl_field(fields, "first"), "1") == 0) {
        buf_append_text(&line, " first seen");
    }
    buf_append_format(&line, " clients %" JSON_INTEGER_FORMAT,
                      json_integer_value(json_object_get(event, "clients")));
    if (json_is_true(json_object_get(block, "eligible"))) {
        buf_append_format(&line, " eligible %s", json_text(block, "scope"));
    } else {
        buf_append_format(&line, " no block: %s", json_text(block, "reason"));
    }
    buf_append_format(&line, " sensor %s id %s", ctl_field(fields, "sensor"), ctl_field(fields, "id"));
    if (strcmp(ctl_field(fields, "mode"), "replay") == 0) {
        buf_append_text(&line, " replay");
    }
    ctl_print("%.*s", (int)line.len, (const char *)line.data);
    buf_free(&line);
    json_decref(event);
}

/* Ids of one batch, acknowledged together. */
struct handled {
    const char *words[3 + BATCH_MOST];
    int count;
};

static void acknowledge(struct tail *tail, struct handled *handled)
{
    handled->words[0] = "XACK";
    handled->words[1] = tail->stream;
    handled->words[2] = tail->group;
    redisReply *reply = handled->count == 0 ? NULL : ctl_ask(tail->ctl, 3 + handled->count, handled->words);
    if (reply != NULL) {
        freeReplyObject(reply); /* where it failed the entries come again, and are then known */
    }
}

/* Prints what is new and high enough and acknowledges everything up to the end that was asked for. `again`:
 * entries that somebody else was handed before; they say nothing of how far we are. */
static void take_entries(struct tail *tail, const redisReply *entries, bool again)
{
    struct handled handled = {.count = 0};
    for (size_t i = 0; i < entries->elements && handled.count < BATCH_MOST && !is_over(tail); i++) {
        const redisReply *entry = entries->element[i];
        const char *id = entry->elements > 0 ? ctl_text(entry->element[0]) : "";
        bool whole = entry->elements == 2 && entry->element[1]->type == REDIS_REPLY_ARRAY;
        bool known = !again && !is_after(id, tail->last);
        if (whole && !known && level_rank(ctl_field(entry->element[1], "level")) >= tail->level) {
            print_entry(entry->element[1]);
            tail->printed++;
        }
        if (!again && !known) {
            snprintf(tail->last, sizeof tail->last, "%s", id);
        }
        if (id[0] != '\0') { /* one that was trimmed away meanwhile has an id and no fields */
            handled.words[3 + handled.count++] = id;
        }
    }
    fflush(stdout);
    acknowledge(tail, &handled);
}

/* The group -------------------------------------------------------------------------------------------- */

/* Whether the reply says that the group is gone: it is made again. Everything else that is no answer ends
 * the connection or, where only an operator can help, the program. */
static bool is_bad(struct tail *tail, const redisReply *reply)
{
    if (reply == NULL) {
        tail->joined = false;
        return true;
    }
    if (reply->type != REDIS_REPLY_ERROR) {
        return false;
    }
    tail->joined = false;
    if (strncmp(reply->str, "NOGROUP", strlen("NOGROUP")) == 0) {
        return true;
    }
    enum redis_answer answer = redis_answer_of(reply);
    if (answer == REDIS_ANSWER_FORBIDDEN || answer == REDIS_ANSWER_REFUSED) {
        tail->failed = ctl_is_trouble(tail->ctl, reply);
    } else {
        ctl_disconnect(tail->ctl); /* passing: a new connection comes after a pause */
    }
    return true;
}

/* Where a new group begins: behind what was printed or stood there when we came. A stream whose newest entry
 * is older than that is another one, and new to us from its first entry on. */
static void choose_start(struct tail *tail, char start[ID_SIZE])
{
    redisReply *newest = CTL_ASK(tail->ctl, "XREVRANGE", tail->stream, "+", "-", "COUNT", "1");
    bool there = newest != NULL && newest->type == REDIS_REPLY_ARRAY && newest->elements == 1;
    const char *id = there ? ctl_text(newest->element[0]->element[0]) : "0";
    snprintf(start, ID_SIZE, "0");
    if (tail->last[0] != '\0') {
        if (is_after(tail->last, id)) {
            tail->last[0] = '\0';
        } else {
            snprintf(start, ID_SIZE, "%s", tail->last);
        }
    } else if (!tail->arguments->from_start && !tail->was_joined) {
        snprintf(start, ID_SIZE, "%s", id);
        if (there && tail->arguments->group == NULL) {
            snprintf(tail->last, sizeof tail->last, "%s", id);
        }
    }
    if (newest != NULL) {
        freeReplyObject(newest);
    }
}

static bool make_group(struct tail *tail)
{
    char start[ID_SIZE];
    choose_start(tail, start);
    redisReply *reply = CTL_ASK(tail->ctl, "XGROUP", "CREATE", tail->stream, tail->group, start, "MKSTREAM");
    bool exists = reply != NULL && reply->type == REDIS_REPLY_ERROR &&
                  strncmp(reply->str, "BUSYGROUP", strlen("BUSYGROUP")) == 0;
    bool good = exists || !is_bad(tail, reply);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return good;
}

/* Reads one batch of entries from `from`: ">" new ones, "0" those handed to us and not acknowledged. Returns
 * how many there were; 0 too where something is wrong. */
static size_t read_batch(struct tail *tail, const char *from)
{
    redisReply *reply = CTL_ASK(tail->ctl, "XREADGROUP", "GROUP", tail->group, tail->consumer, "COUNT", BATCH,
                                "BLOCK", BLOCK_MS, "STREAMS", tail->stream, from);
    size_t found = 0;
    if (!is_bad(tail, reply) && reply->type == REDIS_REPLY_ARRAY && reply->elements == 1) {
        const redisReply *entries = reply->element[0]->element[1];
        found = entries->elements;
        take_entries(tail, entries, false);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return found;
}

/* In a shared group: what another follower was handed and has not acknowledged for a minute. */
static void claim_left_behind(struct tail *tail)
{
    redisReply *reply = CTL_ASK(tail->ctl, "XAUTOCLAIM", tail->stream, tail->group, tail->consumer,
                                CLAIM_IDLE_MS, "0", "COUNT", BATCH);
    if (!is_bad(tail, reply) && reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2) {
        take_entries(tail, reply->element[1], true);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
}

static void join(struct tail *tail)
{
    if (!make_group(tail)) {
        return;
    }
    tail->joined = true;
    tail->was_joined = true;
    while (tail->joined && !is_over(tail) && read_batch(tail, "0") > 0) {
    }
}

static void follow(struct tail *tail)
{
    if (!tail->joined) {
        join(tail);
        return;
    }
    read_batch(tail, ">");
    int64_t now = clock_monotonic_us();
    if (tail->arguments->group != NULL && tail->joined && now >= tail->next_claim && !is_over(tail)) {
        tail->next_claim = now + CLAIM_EVERY;
        claim_left_behind(tail);
    }
}

/* Connects again, waiting longer each time. */
static void come_back(struct tail *tail)
{
    int64_t wait = WAIT_FIRST;
    bool told = false;
    while (tail->ctl->context == NULL && !is_over(tail)) {
        struct failure failure = {0};
        if (ctl_connect(tail->ctl, &failure)) {
            break;
        }
        if (!told) {
            ctl_complain("vigiectl: Redis is away: %s; trying again", failure.text);
            told = true;
        }
        nanosleep(&(struct timespec){.tv_sec = wait / TIME_SECOND, .tv_nsec = wait % TIME_SECOND * 1000},
                  NULL);
        wait = wait > WAIT_MOST / 2 ? WAIT_MOST : wait * 2;
    }
}

static void name_group(struct tail *tail)
{
    char host[64] = "host";
    (void)gethostname(host, sizeof host - 1);
    struct hash_key dice;
    hash_key_random(&dice);
    snprintf(tail->consumer, sizeof tail->consumer, "%s-%d-%08x", host, (int)getpid(),
             (unsigned)dice.words[0]);
    snprintf(tail->own_group, sizeof tail->own_group, "vigiectl-%s", tail->consumer);
    tail->group = tail->arguments->group == NULL ? tail->own_group : tail->arguments->group;
}

/* A group of our own goes with us; of a shared one only our name, which holds nothing any more. */
static void leave(struct tail *tail)
{
    redisReply *reply =
        tail->arguments->group == NULL
            ? CTL_ASK(tail->ctl, "XGROUP", "DESTROY", tail->stream, tail->group)
            : CTL_ASK(tail->ctl, "XGROUP", "DELCONSUMER", tail->stream, tail->group, tail->consumer);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
}

enum exit_status ctl_tail(struct ctl *ctl, const struct ctl_arguments *arguments)
{
    struct tail tail = {.ctl = ctl,
                        .arguments = arguments,
                        .stream = ctl_key(ctl, ":detections", NULL),
                        .level = arguments->level == NULL ? 0 : level_rank(arguments->level)};
    name_group(&tail);
    while (!is_over(&tail)) {
        if (ctl->context == NULL) {
            come_back(&tail);
        } else {
            follow(&tail);
        }
    }
    leave(&tail);
    free(tail.stream);
    return tail.failed           ? EXIT_STATUS_NO_PERMISSION
           : ferror(stdout) != 0 ? EXIT_STATUS_RUNTIME
                                 : EXIT_STATUS_GOOD;
}
