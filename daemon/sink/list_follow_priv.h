/* What the files of the follower share: list_follow.c (thread, connection, news), list_read.c (whole lists),
 * list_sample.c (what was written past us), list_stream.c (changes as they come). All but the rings belongs
 * to the follower's thread. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "backoff_priv.h"
#include "base/ring.h"
#include "sink/list_follow.h"

struct redisContext;
struct redisReply;

enum { STREAM_ID_SIZE = 48 };

/* One list as the follower knows it. */
struct followed {
    struct watch_list *list; /* held */
    uint64_t fields;         /* entries that Redis has, also those that are none to us */
    int64_t next_expiry;     /* Unix time of the first entry that runs out; 0: none does */
    bool stale;              /* to be read again */
    bool refused;            /* what Redis has was not taken: it had become too short */
    /* list_sample.c: where the next page begins, and whether the last one was not as known. */
    char cursor[24];
    bool doubted;
    uint64_t doubt_rev;     /* at which rev of the stream */
    int64_t quiet_until_us; /* monotonic: no further doubts until then */
};

struct list_follow {
    struct redis_target target;
    char *prefix; /* owned */
    char sensor[SENSOR_NAME_SIZE];
    uint64_t keep; /* lines of the streams */
    struct list_limits limits;
    struct counter_cell *counters;
    pthread_t thread;
    int wake_fd;
    _Atomic bool stop;
    struct ring *news;   /* of struct list_news *, to main */
    struct ring *shared; /* of struct shared_telling, from main */
    _Atomic uint64_t shared_lost;

    struct redisContext *context;
    struct backoff backoff;
    bool told_away;
    bool known;      /* everything was read once */
    bool on_purpose; /* what is to be read again was written by vigiectl, which asked whether it may shrink */
    uint64_t rev;
    char at_lists[STREAM_ID_SIZE]; /* the streams' lines that were taken last */
    char at_detections[STREAM_ID_SIZE];
    int64_t clock;     /* Redis's, Unix time, at the last look */
    int64_t look_us;   /* monotonic: when the next look is due */
    int64_t synced_us; /* monotonic: when all was last known to be as in Redis; -1 before */
    struct followed lists[REDIS_LIST_COUNT];
};

/* What main has to tell. */
struct shared_telling {
    struct address address;
    int64_t seconds;
};

/* What Redis has, seen at one moment. */
struct list_look {
    int64_t clock;
    uint64_t rev;
    char at_lists[STREAM_ID_SIZE];
    char at_detections[STREAM_ID_SIZE];
    uint64_t fields[REDIS_LIST_COUNT];
};

/* ---- list_follow.c */

/* One command and its answer; NULL where the connection broke, Redis refused or the follower is to stop: the
 * caller gives up then, and `reason` says why. An answer that is an error is no answer. */
struct redisReply *follow_ask(struct list_follow *follow, int count, const char *const *words);
#define FOLLOW_ASK(follow, ...)                                                                              \
    follow_ask(follow, (int)ARRAY_COUNT(((const char *const[]){__VA_ARGS__})),                               \
               (const char *const[]){__VA_ARGS__})
/* "{vigie}" and what stands behind it, malloc'ed. */
char *follow_key(const struct list_follow *follow, const char *rest);
/* Waits while main is behind; takes over the news. False where the follower is to stop. */
bool follow_tell(struct list_follow *follow, struct list_news *news);
/* Main learns that a list is another one; takes the touched entries over (NULL: anything). */
bool follow_tell_list(struct list_follow *follow, enum redis_list list, struct list_touched *touched,
                      size_t count);
bool follow_tell_address(struct list_follow *follow, enum list_news_type type, const char *ip,
                         const char *name, int64_t until);
/* An element's text, "" where it is none. */
const char *follow_text(const struct redisReply *reply, size_t at);
int64_t follow_number(const struct redisReply *reply, size_t at);

/* ---- list_read.c */

bool list_look(struct list_follow *follow, struct list_look *look);
/* Reads whole lists that are stale; false: give up the connection. */
bool list_read_stale(struct list_follow *follow, const struct list_look *look);
/* At the start: addresses that are shared, and where other sensors have services. */
bool list_read_addresses(struct list_follow *follow);
/* Looks for the entry that runs out first. */
void list_note_expiry(struct list_follow *follow, enum redis_list list);
/* Takes what has run out off the list and tells main; false where the follower is to stop. */
bool list_drop_expired(struct list_follow *follow, enum redis_list list);

/* ---- list_sample.c */

/* Compares a page of each list with what is known; false: give up the connection. */
bool list_sample(struct list_follow *follow);

/* ---- list_stream.c */

/* Waits a moment for changes and takes what has come; false: give up the connection. */
bool list_stream_take(struct list_follow *follow, int64_t wait_us);
