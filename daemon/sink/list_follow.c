/* The follower's thread: its connection, what it does when, and the rings to and from the main thread. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "list_follow_priv.h"
#include "settings_priv.h"

enum { READ_SHARE = 4 }; /* whole lists are read for no more than a fifth of the time */
enum { NEWS_RING = 1024, SHARED_RING = 1024, PUSH_WAIT_MS = 1 };
#define WAIT_FIRST (TIME_SECOND / 10)
#define WAIT_MOST  (5 * TIME_SECOND)
#define LOOK_EVERY TIME_SECOND
#define WAIT_LINES (TIME_SECOND / 4)

/* ---- asking */

const char *follow_text(const struct redisReply *reply, size_t at)
{
    bool there =
        reply->type == REDIS_REPLY_ARRAY && at < reply->elements &&
        (reply->element[at]->type == REDIS_REPLY_STRING || reply->element[at]->type == REDIS_REPLY_STATUS);
    return there ? reply->element[at]->str : "";
}

int64_t follow_number(const struct redisReply *reply, size_t at)
{
    bool there = reply->type == REDIS_REPLY_ARRAY && at < reply->elements;
    if (there && reply->element[at]->type == REDIS_REPLY_INTEGER) {
        return reply->element[at]->integer;
    }
    uint64_t number = 0;
    return text_parse_u64(slice_text(follow_text(reply, at)), &number) && number <= INT64_MAX
               ? (int64_t)number
               : 0;
}

char *follow_key(const struct list_follow *follow, const char *rest)
{
    char *key = NULL;
    if (asprintf(&key, "%s%s", follow->prefix, rest) < 0) {
        abort();
    }
    return key;
}

/* One line a change: neither an attempt nor an answer is told of its own. */
static void tell_away(struct list_follow *follow, const char *reason)
{
    if (!follow->told_away) {
        char place[REDIS_TARGET_TEXT_SIZE];
        log_warning("%s: lists are not followed: %s; what was known holds",
                    redis_target_print(&follow->target, place), reason);
        follow->told_away = true;
    }
}

static void disconnect(struct list_follow *follow)
{
    if (follow->context != NULL) {
        redisFree(follow->context);
        follow->context = NULL;
    }
    counter_set(follow->counters, SINK_LISTS_UP, 0);
}

static void clear_wake(struct list_follow *follow)
{
    ring_clear_wakes(follow->wake_fd);
}

/* Until the answer comes, or a stop. */
static bool wait_for_answer(struct list_follow *follow)
{
    while (!atomic_load(&follow->stop)) {
        struct pollfd polled[] = {{.fd = follow->context->fd, .events = POLLIN},
                                  {.fd = follow->wake_fd, .events = POLLIN}};
        int timeout = (int)(follow->target.reply_timeout / 1000) + 1;
        int ready = poll(polled, ARRAY_COUNT(polled), timeout);
        if (ready < 0 && errno != EINTR) {
            return false;
        }
        if (ready == 0) {
            return true; /* the read below tells that none came in time */
        }
        if (ready > 0 && polled[0].revents != 0) {
            return true;
        }
        clear_wake(follow);
    }
    return false;
}

struct redisReply *follow_ask(struct list_follow *follow, int count, const char *const *words)
{
    int done = 0;
    void *raw = NULL;
    redisAppendCommandArgv(follow->context, count, (const char **)words, NULL);
    while (done == 0) {
        if (redisBufferWrite(follow->context, &done) != REDIS_OK) {
            tell_away(follow, redis_error_text(follow->context));
            return NULL;
        }
    }
    if (!wait_for_answer(follow)) {
        return NULL;
    }
    if (redisGetReply(follow->context, &raw) != REDIS_OK) {
        tell_away(follow, redis_error_text(follow->context));
        return NULL;
    }
    redisReply *reply = raw;
    if (reply->type == REDIS_REPLY_ERROR) {
        char text[REDIS_ANSWER_TEXT_SIZE];
        tell_away(follow, redis_answer_print(&follow->target, reply, text));
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

/* ---- news */

bool follow_tell(struct list_follow *follow, struct list_news *news)
{
    struct list_news **slot;
    while ((slot = ring_reserve(follow->news)) == NULL) {
        if (atomic_load(&follow->stop)) {
            list_news_free(news);
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = PUSH_WAIT_MS * 1000000L}, NULL);
    }
    *slot = news;
    ring_commit(follow->news);
    return true;
}

static struct list_news *make_news(enum list_news_type type)
{
    struct list_news *news = calloc(1, sizeof *news);
    if (news == NULL) {
        abort();
    }
    news->type = type;
    return news;
}

bool follow_tell_list(struct list_follow *follow, enum redis_list list, struct list_touched *touched,
                      size_t count)
{
    struct list_news *news = make_news(LIST_NEWS_LIST);
    news->list = list;
    news->now = watch_list_hold(follow->lists[list].list);
    news->touched = touched;
    news->touched_count = count;
    counter_set(follow->counters, SINK_LIST_ALLOW + (size_t)list, watch_list_count(news->now));
    return follow_tell(follow, news);
}

bool follow_tell_address(struct list_follow *follow, enum list_news_type type, const char *ip,
                         const char *name, int64_t until)
{
    struct list_news *news = make_news(type);
    uint16_t port = 0;
    news->until = until;
    bool good = address_parse(ip, &news->address);
    if (name[0] != '\0') {
        good = good && host_normalise(slice_text(name), news->name, &port);
    }
    if (!good) {
        list_news_free(news);
        return true; /* of no use to anybody */
    }
    return follow_tell(follow, news);
}

void list_news_free(struct list_news *news)
{
    if (news != NULL) {
        watch_list_release(news->now);
        free(news->touched);
        free(news);
    }
}

struct list_news *list_follow_take(struct list_follow *follow)
{
    ring_sleep_end(follow->news);
    struct list_news **slot = ring_peek(follow->news);
    if (slot == NULL && ring_sleep_begin(follow->news)) {
        return NULL;
    }
    slot = ring_peek(follow->news);
    if (slot == NULL) {
        return NULL;
    }
    struct list_news *news = *slot;
    ring_release(follow->news);
    return news;
}

/* ---- what main tells */

void list_follow_tell_shared(struct list_follow *follow, const struct address *address, int64_t seconds)
{
    struct shared_telling *slot = ring_reserve(follow->shared);
    if (slot == NULL) {
        atomic_fetch_add(&follow->shared_lost, 1);
        return;
    }
    *slot = (struct shared_telling){.address = *address, .seconds = seconds};
    ring_commit_quiet(follow->shared);
}

static bool send_shared(struct list_follow *follow, const struct shared_telling *telling)
{
    char address[ADDRESS_TEXT_SIZE];
    char seconds[24];
    char keep[24];
    snprintf(seconds, sizeof seconds, "%lld", (long long)telling->seconds);
    snprintf(keep, sizeof keep, "%llu", (unsigned long long)follow->keep);
    char *keys[] = {follow_key(follow, ":list:allow"), follow_key(follow, ":lists"),
                    follow_key(follow, ":lists:rev"), follow_key(follow, ":lists:until"),
                    follow_key(follow, ":shared:ip")};
    redisReply *reply =
        FOLLOW_ASK(follow, "EVAL", redis_list_script(), "5", keys[0], keys[1], keys[2], keys[3], keys[4],
                   "shared", keep, "each", "add", address_print(&telling->address, address), "", seconds);
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        free(keys[i]);
    }
    if (reply == NULL) {
        return false;
    }
    counter_add(follow->counters, SINK_SHARED_TOLD, 1);
    freeReplyObject(reply);
    return true;
}

static bool send_all_shared(struct list_follow *follow)
{
    struct shared_telling *telling;
    counter_set(follow->counters, SINK_SHARED_LOST, atomic_load(&follow->shared_lost));
    while ((telling = ring_peek(follow->shared)) != NULL) {
        if (!send_shared(follow, telling)) {
            return false;
        }
        ring_release(follow->shared);
    }
    return true;
}

/* ---- the thread */

static bool wait_a_little(struct list_follow *follow, int64_t wait_us)
{
    struct pollfd polled = {.fd = follow->wake_fd, .events = POLLIN};
    if (poll(&polled, 1, (int)(wait_us / 1000) + 1) > 0) {
        clear_wake(follow);
    }
    return !atomic_load(&follow->stop);
}

static void connect_again(struct list_follow *follow)
{
    struct failure failure = {0};
    follow->context = redis_connect(&follow->target, &failure);
    if (follow->context == NULL) {
        tell_away(follow, failure.text);
        (void)wait_a_little(follow, backoff_next(&follow->backoff));
        return;
    }
    follow->look_us = 0;
}

static void mark_all_stale(struct list_follow *follow)
{
    for (size_t i = 0; i < REDIS_LIST_COUNT; i++) {
        follow->lists[i].stale = true;
    }
}

/* An entry that ran out holds no more, though nobody took it away yet and Redis may be away. */
static void drop_expired(struct list_follow *follow)
{
    for (int i = 0; i < REDIS_LIST_COUNT; i++) {
        int64_t next = follow->lists[i].next_expiry;
        if (next != 0 && clock_realtime_us() / TIME_SECOND >= next &&
            !list_drop_expired(follow, (enum redis_list)i)) {
            return;
        }
    }
}

/* Takes the lines up to the look; where some were trimmed away before we came, everything is read again. */
static bool catch_up(struct list_follow *follow, const struct list_look *look)
{
    for (uint64_t before = UINT64_MAX; follow->rev < look->rev && follow->rev != before;) {
        before = follow->rev;
        if (!list_stream_take(follow, 0)) {
            return false;
        }
    }
    if (follow->rev < look->rev) {
        mark_all_stale(follow);
        follow->on_purpose = true;
        follow->rev = look->rev;
        snprintf(follow->at_lists, STREAM_ID_SIZE, "%s", look->at_lists);
    }
    return true;
}

/* Whether all is as it should be: the stream was followed without a gap, and nobody wrote past it. */
static bool look_around(struct list_follow *follow)
{
    struct list_look look;
    if (!list_look(follow, &look)) {
        return false;
    }
    follow->clock = look.clock;
    bool first = !follow->known;
    bool another = look.rev < follow->rev; /* Redis lost its data, or is another one */
    if (first || another) {
        mark_all_stale(follow);
        follow->rev = look.rev;
        snprintf(follow->at_lists, STREAM_ID_SIZE, "%s", look.at_lists);
        snprintf(follow->at_detections, STREAM_ID_SIZE, "%s", look.at_detections);
    } else if (!catch_up(follow, &look)) {
        return false;
    }
    for (size_t i = 0; i < REDIS_LIST_COUNT; i++) {
        if (look.rev == follow->rev && look.fields[i] != follow->lists[i].fields) {
            follow->lists[i].stale = true;
        }
    }
    if (!list_read_stale(follow, &look) || !list_sample(follow) ||
        ((first || another) && !list_read_addresses(follow))) {
        return false;
    }
    follow->known = true;
    follow->synced_us = clock_monotonic_us();
    return true;
}

static void note_good(struct list_follow *follow)
{
    counter_set(follow->counters, SINK_LISTS_UP, 1);
    backoff_reset(&follow->backoff);
    if (follow->told_away) {
        char place[REDIS_TARGET_TEXT_SIZE];
        log_info("%s: lists are followed again", redis_target_print(&follow->target, place));
        follow->told_away = false;
    }
}

static bool step(struct list_follow *follow)
{
    int64_t now = clock_monotonic_us();
    if (now >= follow->look_us) {
        if (!look_around(follow)) {
            return false;
        }
        int64_t after = clock_monotonic_us();
        int64_t pause = (after - now) * READ_SHARE; /* a large import tells each of its parts */
        follow->look_us = after + (pause > LOOK_EVERY ? pause : LOOK_EVERY);
        note_good(follow);
    }
    return list_stream_take(follow, WAIT_LINES) && send_all_shared(follow);
}

static void *run(void *context)
{
    struct list_follow *follow = context;
    while (!atomic_load(&follow->stop)) {
        if (follow->context == NULL) {
            connect_again(follow);
        } else if (!step(follow)) {
            disconnect(follow);
            if (!atomic_load(&follow->stop)) {
                (void)wait_a_little(follow, backoff_next(&follow->backoff));
            }
        }
        drop_expired(follow);
        int64_t age = follow->synced_us < 0 ? 0 : clock_monotonic_us() - follow->synced_us;
        counter_set(follow->counters, SINK_LISTS_AGE, (uint64_t)(age / TIME_SECOND));
    }
    return NULL;
}

/* ---- the door */

static void free_follow(struct list_follow *follow)
{
    struct list_news **slot;
    while ((slot = ring_peek(follow->news)) != NULL) {
        list_news_free(*slot);
        ring_release(follow->news);
    }
    for (size_t i = 0; i < REDIS_LIST_COUNT; i++) {
        watch_list_release(follow->lists[i].list);
    }
    disconnect(follow);
    ring_free(follow->news);
    ring_free(follow->shared);
    redis_target_free(&follow->target);
    free(follow->prefix);
    close(follow->wake_fd);
    free(follow);
}

struct list_follow *list_follow_start(const struct sink_settings *settings, const struct list_limits *limits,
                                      const char *sensor, int news_fd, struct counter_cell *counters,
                                      struct failure *failure)
{
    struct list_follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL || (follow->prefix = strdup(settings->redis_prefix)) == NULL ||
        (follow->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
        abort();
    }
    snprintf(follow->sensor, sizeof follow->sensor, "%s", sensor);
    follow->keep = settings->redis_keep;
    follow->limits = *limits;
    follow->counters = counters;
    follow->synced_us = -1;
    follow->backoff = backoff_make(WAIT_FIRST, WAIT_MOST);
    for (size_t i = 0; i < REDIS_LIST_COUNT; i++) {
        memcpy(follow->lists[i].cursor, "0", sizeof "0");
    }
    follow->news = ring_create(sizeof(struct list_news *), NEWS_RING, news_fd);
    follow->shared = ring_create(sizeof(struct shared_telling), SHARED_RING, -1);
    if (!sink_settings_target(settings, &follow->target, failure)) {
        free_follow(follow);
        return NULL;
    }
    int error = thread_start(&follow->thread, run, follow);
    if (error != 0) {
        failure_set(failure, EXIT_STATUS_RUNTIME, "the thread of the lists: %s", strerror(error));
        free_follow(follow);
        return NULL;
    }
    return follow;
}

void list_follow_stop(struct list_follow *follow)
{
    if (follow == NULL) {
        return;
    }
    const uint64_t one = 1;
    atomic_store(&follow->stop, true);
    while (write(follow->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
    pthread_join(follow->thread, NULL);
    free_follow(follow);
}
