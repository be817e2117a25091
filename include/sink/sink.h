/*
 * Sinks: where detections go. Redis and the JSON-lines file stand on a thread of their own behind a ring;
 * nothing there ever stops verdicts or packets. In replay the producer waits for the ring instead of
 * dropping.
 */
#pragma once

#include "base/counter.h"
#include "base/failure.h"
#include "base/option.h"
#include "sink/redis_link.h"
#include "verdict/detection.h"

struct sink_settings {
    char *redis_url;               /* redis.url: "" no Redis */
    char *redis_password_file;     /* redis.password_file */
    char *redis_user;              /* redis.user */
    char *redis_prefix;            /* redis.prefix: "{vigie}" */
    uint64_t redis_keep;           /* redis.keep: entries of the detections stream (MAXLEN ~) */
    int64_t redis_connect_timeout; /* 1 s */
    int64_t redis_reply_timeout;   /* 2 s */
    uint64_t redis_queue;          /* redis.queue: detections waiting in memory while Redis is away */
    bool redis_lists;              /* redis.lists: follow the operators' lists there */
    char *jsonl_path;              /* jsonl.path: "" none */
    struct text_list jsonl_events; /* jsonl.events: which events it gets */
    char *sensor;                  /* sensor: "" is <hostname>-<interface>, or replay */
};

#define SINK_COUNTERS(X)                                                                                     \
    X(SINK_QUEUED, "queued", "Detections waiting for Redis now")                                             \
    X(SINK_REDIS_TAKEN, "redis_taken", "Detections that Redis took")                                         \
    X(SINK_REDIS_AGAIN, "redis_again", "Detections that Redis had already taken")                            \
    X(SINK_REDIS_REFUSED, "redis_refused", "Detections lost: Redis refused them for good")                   \
    X(SINK_BLOCKS_REFUSED, "blocks_refused",                                                                 \
      "Blocks not proposed because Redis's own lists or other sensors speak against them")                   \
    X(SINK_QUEUE_FULL, "queue_full", "Detections lost: the queue was full while Redis was away")             \
    X(SINK_RING_FULL, "ring_full", "Detections lost: they came faster than the sink takes them")             \
    X(SINK_LINES_FULL, "lines_full", "Transaction records lost: they came faster than the file takes them")  \
    X(SINK_LOST_AT_END, "lost_at_end", "Detections lost: Redis was away when the daemon stopped")            \
    X(SINK_CONNECTS, "connects", "Connections to Redis made")                                                \
    X(SINK_CONNECT_FAILURES, "connect_failures", "Connections to Redis that failed")                         \
    X(SINK_RETRIES, "retries", "Detections sent again after an unknown outcome or a passing refusal")        \
    X(SINK_REDIS_UP, "redis_up", "1 while connected to Redis")                                               \
    X(SINK_LISTS_UP, "lists_up", "1 while the operators' lists in Redis are followed")                       \
    X(SINK_LISTS_AGE, "lists_age", "Seconds that what is known of the lists is old now")                     \
    X(SINK_LIST_ALLOW, "list_allow", "Entries of the list allow now")                                        \
    X(SINK_LIST_OFFICIAL, "list_official", "Entries of the list official now")                               \
    X(SINK_LIST_ORDER, "list_order", "Entries of the list order now")                                        \
    X(SINK_LISTS_READS, "lists_reads", "Lists read whole: at the start, after a gap or a large import")      \
    X(SINK_LISTS_CHANGES, "lists_changes", "Changes of single entries taken from Redis")                     \
    X(SINK_LISTS_SAMPLED, "lists_sampled",                                                                   \
      "Lists read whole because a sample showed entries that nobody had told")                               \
    X(SINK_LISTS_REFUSED, "lists_refused",                                                                   \
      "Lists in Redis not taken because they had become too short (lists.max_shrink)")                       \
    X(SINK_LISTS_BAD, "lists_bad", "Entries of lists in Redis that are no name, address or prefix")          \
    X(SINK_LISTS_LEFT_OUT, "lists_left_out", "Entries of lists in Redis beyond lists.max_entries")           \
    X(SINK_SHARED_TOLD, "shared_told",                                                                       \
      "Addresses of other sensors' services told as shared because other names were seen there")             \
    X(SINK_SHARED_LOST, "shared_lost", "Such addresses not told because Redis was away or slow")             \
    X(SINK_JSONL_LINES, "jsonl_lines", "Lines written to jsonl.path")                                        \
    X(SINK_JSONL_ERRORS, "jsonl_errors", "Lines lost: jsonl.path could not be written")

enum COUNTER_ENUM(sink, SINK_COUNTERS);
extern const struct counter_table sink_counters;
extern const struct option_table sink_options; /* over struct sink_settings */

enum { SENSOR_NAME_SIZE = 128, EPOCH_SIZE = 33 };

/* What every detection of this run bears. */
struct producer {
    char sensor[SENSOR_NAME_SIZE];
    char epoch[EPOCH_SIZE]; /* 32 hex digits */
    const char *version;
    const char *rules_digest; /* borrowed; hex SHA-256 */
    bool keep_credentials;    /* privacy.credentials: keep; events say so */
    bool keep_clients;
};

/* The detection's JSON: one line without newline, at most 16 KiB (weakest evidence is left out first and
 * told as evidence_omitted). malloc'ed; the caller frees. */
char *detection_json(const struct detection *detection, const struct producer *producer);

struct sink_thread;

/* What heartbeats carry: filled by the owner from any thread through sink_thread_set_status. */
struct sensor_status {
    uint64_t packets;
    uint64_t drops;
    uint64_t flows_clear, flows_name_only, flows_nothing;
    double loss; /* share of TCP bytes missing */
};

/* Whether the settings can work, without touching Redis: the URL, the password file, the prefix, the name of
 * the sensor (printable ASCII without blanks and braces; "" is the caller's default). For -T and the start.
 */
bool sink_settings_check(const struct sink_settings *settings, struct failure *failure) MUST_CHECK;

/* What jsonl.events asks for: enum event_bits; 0 where there is no file. */
unsigned sink_settings_events(const struct sink_settings *settings);

/* The target of redis.url with login and time-outs; redis_target_free. False fills `failure` (78, 66, 77). */
bool sink_settings_target(const struct sink_settings *settings, struct redis_target *target,
                          struct failure *failure) MUST_CHECK;

/*
 * Starts the thread. `wait` (replay): sink_thread_push waits while the ring is full, and Redis is required:
 * without a first connection in 10 s, or after 60 s without success later, the sink gives up (what was not
 * pushed is counted in SINK_LOST_AT_END). Live it tries for ever; what does not fit redis.queue any more is
 * counted in SINK_QUEUE_FULL. Everything is copied but the producer's version.
 * NULL fills `failure`: 78 settings, 66 or 77 a file that cannot be opened.
 */
struct sink_thread *sink_thread_start(const struct sink_settings *settings, const struct producer *producer,
                                      bool wait, struct counter_cell *counters,
                                      struct failure *failure) MUST_CHECK;
/* Takes ownership. From one thread. Never blocks when live. */
void sink_thread_push(struct sink_thread *sink, struct detection *detection);
/* A line for the JSON-lines file alone (a transaction record, a stats event), without newline. Takes
 * ownership. From the same thread as sink_thread_push. Never blocks; what does not fit is counted. */
void sink_thread_push_line(struct sink_thread *sink, char *line);
void sink_thread_set_status(struct sink_thread *sink, const struct sensor_status *status);
/* After a reload: the digest that detections made from now on bear. Copied. */
void sink_thread_set_rules(struct sink_thread *sink, const char *rules_digest);
/* SIGHUP: reopens the JSON-lines file. */
void sink_thread_reopen(struct sink_thread *sink);
/* Sends what is queued (live: for `drain_us`, and what a connection that is just being made takes; replay:
 * until done or given up), stops the thread, frees it. With `wait` returns EXIT_STATUS_UNAVAILABLE where the
 * sink gave up on Redis, EXIT_STATUS_RUNTIME where Redis refused detections for good. NULL is good. */
enum exit_status sink_thread_stop(struct sink_thread *sink, int64_t drain_us);
/*
 * Whether Redis is reachable and lets us do what the sink does, for --check: connects, writes keys of every
 * type under <prefix>:probe:..., deletes them. False fills `failure` with one line. On true `failure->text`
 * is empty, or says what is doubtful (maxmemory-policy may throw block lists away).
 */
bool sink_probe(const struct sink_settings *settings, struct failure *failure) MUST_CHECK;
