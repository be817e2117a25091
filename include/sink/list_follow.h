/*
 * Following the operators' lists in Redis, live: a thread with a connection of its own reads them whole at
 * the start and after a gap, then every change as it comes (sink/redis_list.h), and tells the main thread. It
 * also exchanges with the other sensors which addresses are shared: who has a service where (from the stream
 * of detections), and at which addresses other names were seen.
 *
 * Nobody waits for it. While Redis is away the main thread keeps what it was told last.
 */
#pragma once

#include "sink/redis_list.h"
#include "sink/sink.h"

enum list_news_type {
    LIST_NEWS_LIST,   /* a list is another one now */
    LIST_NEWS_SHARED, /* a sensor saw other names at an address */
    LIST_NEWS_SEEN,   /* another sensor has a service at an address, under a name */
};

enum { LIST_NEWS_TOUCHED = 64 };

/* An entry that came, went or changed. */
struct list_touched {
    struct watch_entry entry; /* borrows from `room` */
    struct watch_key_room room;
};

struct list_news {
    enum list_news_type type;
    /* LIST_NEWS_LIST */
    enum redis_list list;
    const struct watch_list *now; /* held by the news; NULL is an empty one */
    size_t touched_count;         /* 0: anything may have changed */
    struct list_touched *touched; /* owned */
    /* LIST_NEWS_SHARED, LIST_NEWS_SEEN */
    struct address address;
    int64_t until;             /* Unix time, seconds */
    char name[HOST_NAME_SIZE]; /* "" where the other sensor knows none */
};

struct list_follow;

/* How large a list may be, and how much shorter it may become where vigiectl did not write (percent; one of
 * few entries may lose all). */
struct list_limits {
    uint64_t max_entries; /* lists.max_entries */
    uint64_t max_shrink;  /* lists.max_shrink */
};

/* Whether a list of so many entries may become one of so many. */
bool list_may_shrink(const struct list_limits *limits, uint64_t before, uint64_t after);

/* `news_fd`, an eventfd of the caller's, wakes the one who takes news. Counts in SINK_COUNTERS. NULL fills
 * `failure`. */
struct list_follow *list_follow_start(const struct sink_settings *settings, const struct list_limits *limits,
                                      const char *sensor, int news_fd, struct counter_cell *counters,
                                      struct failure *failure) MUST_CHECK;
/* The main thread's: the next news, list_news_free; NULL where there is none (then `news_fd` tells of more).
 */
struct list_news *list_follow_take(struct list_follow *follow);
void list_news_free(struct list_news *news);
/* The main thread's: for so many seconds this address is one on which names were seen besides those of other
 * sensors' services. Never waits; what does not fit is counted. */
void list_follow_tell_shared(struct list_follow *follow, const struct address *address, int64_t seconds);
void list_follow_stop(struct list_follow *follow); /* NULL is good */
