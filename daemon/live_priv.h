/* What the files of the live loop share: live.c (the loop), live_upkeep.c (what each second asks for),
 * live_reload.c (another generation of rules and settings). */
#pragma once

#include "run.h"

#include <event2/event.h>

#include "control/control_socket.h"
#include "health.h"
#include "reload.h"
#include "sink/list_follow.h"
#include "stats.h"

enum { LIVE_SIGNALS = 3 };

struct live {
    struct run *run;
    struct event_base *base;
    struct event *signals[LIVE_SIGNALS];
    struct event *wake;
    struct event *timer;
    struct event *loaded;
    int loaded_fd;
    /* The operators' lists in Redis; NULL where they are not followed. */
    struct list_follow *follow;
    struct event *news;
    int news_fd;
    const struct watch_list *lists[VERDICT_LIST_COUNT]; /* held: the verdict borrows them */
    struct metrics *metrics;
    struct control_socket *control; /* NULL where there is none */
    struct stats stats;
    pthread_t threads[FLOW_SHARDS];
    unsigned running;        /* threads started */
    bool ended[FLOW_SHARDS]; /* the worker's last record has been taken */
    /* Reload: the loader under way, and the generation that workers may still use. */
    struct reload *reload;
    bool reload_again;
    struct rules_snapshot *retired;
    uint64_t generation;
    uint64_t reloads; /* begun */
    int64_t key_day;  /* days since 1970 of the clients' key in use */
    bool key_changing;
    int64_t next_stats_us;
    int64_t end_us;         /* of a check; monotonic */
    int64_t last_packet_us; /* monotonic */
    uint64_t last_packets;
    bool idle_told;
    uint64_t turns[FLOW_SHARDS];
    int64_t next_watchdog_us;
    /* The mirror's health: figures of the last look, grades that were told last. */
    struct health_figures health;
    enum health_grade grades[HEALTH_ROW_COUNT];
    enum exit_status status;
};

/* live_upkeep.c: once a second. */
void live_upkeep(struct live *live);
/* The first look at the clocks, before the workers start. */
void live_upkeep_begin(struct live *live);

/* The latest packet's time, 0 without any. */
int64_t live_packet_clock(const struct live *live);

/* live_lists.c: what Redis's lists and other sensors tell, while running. */
bool live_lists_start(struct live *live, struct failure *failure) MUST_CHECK;
void live_lists_stop(struct live *live);

/* live_control.c: the control socket. */
bool live_control_start(struct live *live, struct failure *failure) MUST_CHECK;
void live_control_stop(struct live *live);
/* A reload is over: its answer goes to those who asked for it. `rules_before`: how many were in force. */
void live_control_tell_reload(struct live *live, const struct reloaded *made, size_t rules_before,
                              const char *waiting);

/* live_reload.c */
/* A reload of all files, those of the sinks too. Returns the number of the one that will see all of them as
 * they are now: where one is under way, that is the next. */
uint64_t live_reload_ask(struct live *live);
/* The loader is done: takes up what it made, or keeps what is in force. */
void live_reload_finish(struct live *live);
/* Frees the former generation once no worker uses it, and starts a reload that was waiting for that. */
void live_reload_upkeep(struct live *live);
/* At the stop. */
void live_reload_end(struct live *live);
