/*
 * A worker: one thread that owns a pipeline, its flows, a ring of records to the main thread, and (live)
 * its capture handles. It shares nothing but rings and snapshot pointers with anybody.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "capture/capture.h"
#include "decode/fragments.h"
#include "handover.h"
#include "pipeline.h"

#define WORKER_COUNTERS(X)                                                                                   \
    X(WORKER_HANDED_OVER, "handed_over", "Packets handed to the worker that owns their addresses")           \
    X(WORKER_HANDOVER_LOST, "handover_lost", "Packets lost because their owner's ring was full")             \
    X(WORKER_HELD_BACK, "held_back",                                                                         \
      "Times that packets were left to the kernel's ring for a worker that was behind")                      \
    X(WORKER_HITS_LOST, "hits_lost", "Hits lost because the ring to the main thread was full")               \
    X(WORKER_FACTS_LOST, "facts_lost", "Facts lost because the ring to the main thread was full")            \
    X(WORKER_TEXTS_LOST, "texts_lost", "Transaction records lost because that ring was full")

enum COUNTER_ENUM(worker, WORKER_COUNTERS);
extern const struct counter_table worker_counters;

/* One worker's cells of every stage on its thread. */
struct worker_cells {
    struct counter_cell capture[CAPTURE_COUNTERS_COUNT];
    struct counter_cell decode[DECODE_COUNTERS_COUNT];
    struct counter_cell flow[FLOW_COUNTERS_COUNT];
    struct counter_cell app[APP_COUNTERS_COUNT];
    struct counter_cell rule[RULE_COUNTERS_COUNT];
    struct counter_cell pipeline[PIPELINE_COUNTERS_COUNT];
    struct counter_cell worker[WORKER_COUNTERS_COUNT];
};

/* The key under which clients are hashed; a day's, where it is the site's shared secret. */
struct client_key {
    struct hash_key key;
    char name[17]; /* 16 hex digits: which key it is, without telling it */
};

/* One generation of the rules, with a scratch for each worker. Built by the loader, read-only afterwards. */
struct rules_snapshot {
    uint64_t generation;
    struct rule_set *set;
    struct rule_scratch **scratches; /* one for each worker */
    /* Where only lists have changed: before it is in force the new ones, while it is nothing, and in the one
     * before it those that it has replaced. */
    struct rule_lists *lists;
    struct watch_list *order; /* the order list of files, held; NULL where there is none */
};

/* Each group stands on cache lines of its own: what one thread writes all the time never lies beside what
 * another one reads. */
struct worker {
    /* Set before the threads start, then only read: by this worker, and by those that hand over to it. */
    _Alignas(CACHE_LINE) unsigned index;
    unsigned count;
    int wake_fd; /* what wakes this worker */
    struct pipeline *pipeline;
    struct ring *records;        /* struct worker_record, to main */
    struct worker *peers;        /* all workers, this one among them */
    struct handover **incoming;  /* from each worker, none from itself; in replay [0] is the reader's */
    struct fragments *fragments; /* live: those of the address pairs that this worker owns */
    struct capture **captures;   /* live */
    size_t capture_count;

    /* From main. */
    _Alignas(CACHE_LINE) _Atomic(const struct rules_snapshot *) rules; /* what it is to use next */
    _Atomic(const struct client_key *) client_key; /* what it is to use next; NULL until it changes */
    _Atomic(const struct watch_list *) order_next; /* what orders name, held for it until it takes it */
    atomic_bool stop;

    /* To main, once a batch, a turn or a change. */
    _Alignas(CACHE_LINE) _Atomic uint64_t progress;    /* records of packets up to this one are in the ring */
    _Atomic uint64_t rules_generation;                 /* what it uses now */
    _Atomic(const struct client_key *) own_client_key; /* what it uses now, where that has changed */
    _Atomic int64_t clock_us;                          /* packet_time_us for main */
    _Atomic uint64_t turns;                            /* turns of the loop: the watchdog's sign of life */
    atomic_bool lost;                                  /* a capture was lost; `failure` says why */
    struct failure failure;

    /* Its own. */
    _Alignas(CACHE_LINE) bool waits;     /* for a full ring to main, instead of dropping: in replay, and when
                                            stopping */
    unsigned unwoken;                    /* records since main was last woken */
    uint64_t own_generation;             /* rules_generation, its own copy */
    const struct watch_list *order_list; /* what orders name, held */
    /* Live only. */
    uint64_t live_packets;
    int64_t packet_time_us; /* largest packet time */
    int64_t clocked_us;     /* that of the last turn, and */
    int64_t monotonic_us;   /* when that was */
    int64_t tick_second;
    int64_t woken_us; /* monotonic: when main was last woken */
    int64_t held_us;  /* monotonic: since when another worker is behind; 0 where none is */

    _Alignas(CACHE_LINE) struct worker_cells cells; /* main reads them now and then */
};

enum {
    WORKER_RECORDS = 4096, /* of a worker's ring to main */
    WORKER_WAKE_US = 2000, /* live: how long a busy worker lets records wait before it wakes main */
};

/* `main_fd` wakes the main thread. The worker's pipeline and captures are set by the caller. */
void worker_init(struct worker *worker, unsigned index, unsigned count, bool replay, int main_fd);
void worker_free(struct worker *worker);
/* Copies what a record of its type has: most have no hit, which is the largest part. */
void worker_record_copy(struct worker_record *out, const struct worker_record *record);
/* The pipeline's receiver: onto the ring to main. Live, main is woken within WORKER_WAKE_US and a turn; in
 * replay it looks by itself every few milliseconds. */
void worker_put_record(void *context, const struct worker_record *record);
/* Takes up a new generation of rules, if there is one: between two packets only. */
void worker_take_rules(struct worker *worker);
/* From main: the worker uses this list from its next packets on; takes over the caller's hold. */
void worker_offer_order(struct worker *worker, const struct watch_list *order);
/* What a hand-over batch or the reader itself brings. */
void worker_take_item(void *context, const struct handover_item *item);
/* The same item, some items earlier. */
void worker_foresee_item(void *context, const struct handover_item *item);

/* Thread bodies. Replay: what the reader hands over, until HANDOVER_END. Live: captures, until `stop`. */
void *worker_run_replay(void *worker);
void *worker_run_live(void *worker);
