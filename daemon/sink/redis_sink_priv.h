/*
 * Detections into Redis, in order, each at most once, none lost while Redis is away: the queue and the state
 * of the connection, without a thread of its own. All times are of the monotonic clock, in microseconds.
 *
 *     AWAY --connected--> READY --batch sent--> BUSY --all answered--> READY
 *       ^                   |                     |
 *       +---- lost ---------+---- lost, silence --+
 *
 * A batch is a run from the front of the queue. Each of it but the first names its predecessor, so that the
 * script takes none before one that it did not take. What was taken leaves the queue as its answer comes;
 * what remains is sent again, in order: the script knows what it has.
 */
#pragma once

#include "backoff_priv.h"
#include "push_priv.h"
#include "script_priv.h"
#include "sink/redis_link.h"

struct redis_sink_settings {
    struct redis_target target; /* taken over */
    const char *prefix;         /* borrowed, as the producer */
    const struct producer *producer;
    uint64_t keep;
    uint64_t queue;         /* most detections that wait */
    bool wait;              /* replay: Redis is required, nobody is told to heartbeat */
    int64_t first_patience; /* with `wait`: how long for the first connection, */
    int64_t later_patience; /* and how long without success after one; then the sink gives up */
};

enum redis_sink_state { REDIS_SINK_AWAY, REDIS_SINK_READY, REDIS_SINK_BUSY };

/* What the operator was told last. */
enum redis_sink_told { TOLD_NOTHING, TOLD_UP, TOLD_AWAY, TOLD_FORBIDDEN, TOLD_REFUSING };

/* How the answers of one batch came out. */
struct batch {
    size_t sent;
    size_t answered;
    struct push **at; /* the link to the next one that waits for its answer */
    bool heartbeat;   /* a heartbeat alone */
    bool success;     /* something was taken, or had been */
    bool passing, replica, no_script, forbidden;
    char reason[REDIS_ANSWER_TEXT_SIZE]; /* of the first of these */
};

struct redis_sink {
    struct redis_sink_settings settings;
    struct script_caller caller;
    struct counter_cell *counters;
    struct sensor_status status;

    struct push *first; /* the queue; `last` is the link at its end */
    struct push **last;
    size_t pending;

    enum redis_sink_state state;
    struct redisContext *context; /* NULL while away; its socket does not block while READY and BUSY */
    bool unsent;                  /* BUSY: the socket did not take the whole batch yet */
    struct batch batch;
    int64_t deadline;       /* BUSY: the next answer is due */
    int64_t next_attempt;   /* AWAY: connect not before */
    int64_t not_before;     /* READY: after a passing refusal, send not before */
    int64_t next_heartbeat; /* live */
    int64_t connected_at;
    int64_t away_since; /* no success since; -1 while all is well */
    struct backoff connect_backoff;
    struct backoff refusal_backoff;
    bool script_missed; /* the script was unknown right after it was loaded */
    bool greeted;       /* there was a connection */
    bool gave_up;
    enum redis_sink_told told;
};

/* Counters of SINK_COUNTERS; never NULL. */
struct redis_sink *redis_sink_create(const struct redis_sink_settings *settings,
                                     struct counter_cell *counters, int64_t now);
void redis_sink_free(struct redis_sink *sink);

/* Queues a detection; takes over `event`, its JSON. Where the queue is full, or the sink has given up, it is
 * lost and counted. */
void redis_sink_take(struct redis_sink *sink, const struct detection *detection, char *event);
/* Enough waits: a producer that may wait should. */
bool redis_sink_is_full(const struct redis_sink *sink);
bool redis_sink_is_idle(const struct redis_sink *sink);

/* The descriptor to poll, or -1, and for what. */
int redis_sink_fd(const struct redis_sink *sink);
short redis_sink_events(const struct redis_sink *sink);
/* When redis_sink_step is to be called at the latest. */
int64_t redis_sink_deadline(const struct redis_sink *sink);
/* Does what is due. `events` is what poll said of the descriptor. Blocks for a new connection at most
 * (connect time-out and two reply time-outs). */
void redis_sink_step(struct redis_sink *sink, int64_t now, short events);
/* Counts what still waits as lost and empties the queue. */
void redis_sink_abandon(struct redis_sink *sink);

/* Between the files of the sink. */
void redis_sink_lose(struct redis_sink *sink, int64_t now, const char *reason, bool forbidden);
void redis_sink_tell(struct redis_sink *sink, enum redis_sink_told what, const char *reason);
void redis_sink_set_state(struct redis_sink *sink, enum redis_sink_state state);
void batch_send(struct redis_sink *sink, int64_t now);
void batch_send_heartbeat(struct redis_sink *sink, int64_t now);
/* Goes on sending what the socket did not take. */
void batch_flush(struct redis_sink *sink, int64_t now);
void batch_receive(struct redis_sink *sink, int64_t now);
/* Loads the script and waits for the answer; false fills `reason`. The socket does not block afterwards. */
bool batch_load_script(struct redis_sink *sink, char reason[REDIS_ANSWER_TEXT_SIZE], bool *forbidden);
