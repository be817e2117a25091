/* vigiectl: what its commands have in common. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/failure.h"
#include "base/slice.h"
#include "sink/redis_link.h"

struct redisReply;

/* The options of `list`; NULL where they were not given. */
struct list_options {
    const char *by;
    const char *why;
    const char *source;
    const char *until; /* a time, or a duration from now with `lasting` */
    bool lasting;
    const char *state;
    const char *format; /* export: "json" or "csv" */
    bool replace;       /* import: what is not in the file goes */
    bool force;         /* also where the list becomes much shorter */
    bool given;         /* one of them was */
};

/* The command line. */
struct ctl_arguments {
    const char *config;       /* -c; NULL where it was not given */
    const char *redis;        /* --redis */
    const char *socket;       /* --socket: reload, status */
    const char *command;      /* the first word */
    const char *target;       /* the second; NULL where there is none */
    const char *const *words; /* all behind the command */
    size_t word_count;
    const char *level; /* tail: nothing below */
    const char *group; /* tail: a consumer group to share */
    bool from_start;   /* tail: from the stream's first entry */
    uint64_t count;    /* tail: end after so many lines; 0 never */
    struct list_options list;
};

struct ctl {
    struct redis_target target;   /* owned */
    char *prefix;                 /* owned */
    uint64_t keep;                /* redis.keep */
    uint64_t max_shrink;          /* lists.max_shrink */
    struct redisContext *context; /* NULL while not connected */
};

/* Set by SIGINT and SIGTERM. */
extern volatile sig_atomic_t ctl_stop;

/* Reads the configuration (-c, or the installed one where --redis was not given either) and fills target and
 * prefix. False: mistakes were printed, `*status` says which. */
bool ctl_read_settings(struct ctl *ctl, const struct ctl_arguments *arguments,
                       enum exit_status *status) MUST_CHECK;
void ctl_free(struct ctl *ctl);
/* What the configuration says of the control socket: malloc'ed, NULL where it is the daemon's own place.
 * False: mistakes were printed, or there is none by configuration; `*status` says which. */
bool ctl_read_socket(const struct ctl_arguments *arguments, char **path, enum exit_status *status) MUST_CHECK;

/* Redis ------------------------------------------------------------------------------------------------ */

bool ctl_connect(struct ctl *ctl, struct failure *failure) MUST_CHECK;
void ctl_disconnect(struct ctl *ctl);
/* One command; NULL where the connection broke (it is then closed). An error reply is a reply. */
struct redisReply *ctl_ask(struct ctl *ctl, int count, const char *const *words) MUST_CHECK;
#define CTL_ASK(ctl, ...)                                                                                    \
    ctl_ask(ctl, (int)ARRAY_COUNT(((const char *const[]){__VA_ARGS__})), (const char *const[]){__VA_ARGS__})
/* For commands that end with their first trouble: prints it and returns true where the reply is NULL or an
 * error. */
bool ctl_is_trouble(const struct ctl *ctl, const struct redisReply *reply);
/* "{vigie}" and the parts behind it, malloc'ed. The list ends with NULL. */
char *ctl_key(const struct ctl *ctl, const char *part, ...) __attribute__((sentinel));
/* The text of a string reply, "" for everything else. */
const char *ctl_text(const struct redisReply *reply);
/* The value behind `name` in a flat list of names and values, "" where there is none. */
const char *ctl_field(const struct redisReply *fields, const char *name);

/* Output ----------------------------------------------------------------------------------------------- */

/* One line on standard output; whatever it holds, it is safe for a terminal. */
void ctl_print(const char *format, ...) PRINTF_LIKE(1, 2);
void ctl_complain(const char *format, ...) PRINTF_LIKE(1, 2);
/* Seconds since 1970 as RFC 3339 without fraction. */
enum { CTL_TIME_SIZE = 32 };
const char *ctl_time(int64_t seconds, char out[CTL_TIME_SIZE]);

/* Commands --------------------------------------------------------------------------------------------- */

enum exit_status ctl_tail(struct ctl *ctl, const struct ctl_arguments *arguments);
enum exit_status ctl_show(struct ctl *ctl, const struct ctl_arguments *arguments);
enum exit_status ctl_blocks(struct ctl *ctl, const struct ctl_arguments *arguments);
enum exit_status ctl_list(struct ctl *ctl, const struct ctl_arguments *arguments);
/* Without Redis: `ctl` is empty. */
enum exit_status ctl_reload(struct ctl *ctl, const struct ctl_arguments *arguments);
enum exit_status ctl_status(struct ctl *ctl, const struct ctl_arguments *arguments);

/* Services --------------------------------------------------------------------------------------------- */

/* Calls `visit` for every service, last seen first, with the reply of HMGET for `fields` (as many as
 * `count`). False: trouble, which was printed. */
typedef void (*ctl_service_fn)(void *context, const char *id, const struct redisReply *values);
bool ctl_each_service(struct ctl *ctl, const char *const *fields, int count, ctl_service_fn visit,
                      void *context) MUST_CHECK;
