/*
 * One blocking connection to Redis: where it goes (a URL), how it greets, what an error reply means.
 * For the sink's thread and for vigiectl. hiredis's calls are the ones that 0.14.1 and 1.x have in common.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/slice.h"

struct redisContext;
struct redisReply;

/* Where Redis is and who we are there. Owned texts; redis_target_free. */
struct redis_target {
    char *host; /* NULL for a Unix socket */
    uint16_t port;
    char *path;     /* the Unix socket */
    char *user;     /* NULL: the default user */
    char *password; /* NULL: none */
    uint32_t database;
    int64_t connect_timeout; /* microseconds */
    int64_t reply_timeout;
};

/*
 * Reads redis://[user[:password]@]host[:port][/db] and unix://[user[:password]@]/path[?db=N]; user and
 * password may be percent-encoded. False fills `failure` (78): a wrong URL, or rediss:// where hiredis has no
 * TLS. The failure's text never holds a user or a password.
 */
bool redis_target_parse(const char *url, struct redis_target *target, struct failure *failure) MUST_CHECK;
/* Sets user and password of their own options ("" leaves what the URL says); the password is the first line
 * of the file. False fills `failure`: 66 or 77 where the file cannot be read, 78 where it is empty. */
bool redis_target_login(struct redis_target *target, const char *user, const char *password_file,
                        struct failure *failure) MUST_CHECK;
void redis_target_free(struct redis_target *target);

/* The URL for messages: user and password are `*`. */
enum { REDIS_TARGET_TEXT_SIZE = 320 };
const char *redis_target_print(const struct redis_target *target, char out[REDIS_TARGET_TEXT_SIZE]);

/*
 * Connects and greets: AUTH and SELECT where the target asks for them, else PING. Takes at most the connect
 * time-out and one reply time-out. NULL fills `failure` (69; 77 where Redis refuses the login) with the
 * reason alone: the place and the login do not stand in it. The caller frees with redisFree.
 */
struct redisContext *redis_connect(const struct redis_target *target, struct failure *failure) MUST_CHECK;

/* What a reply asks of its sender. */
enum redis_answer {
    REDIS_ANSWER_GOOD,
    REDIS_ANSWER_PASSING,   /* Redis cannot now: loading, busy, full, disk trouble, failing over */
    REDIS_ANSWER_REPLICA,   /* this one cannot write: look for the primary with a new connection */
    REDIS_ANSWER_NO_SCRIPT, /* the script is not known (any more) */
    REDIS_ANSWER_GAP,       /* the detection before this one was not taken */
    REDIS_ANSWER_FORBIDDEN, /* login, rights or a cluster's other node: only an operator can help */
    REDIS_ANSWER_REFUSED,   /* for good: sending it again gives the same */
};

/* Judges by the error's code, which older versions hide inside the message of a script's error. */
enum redis_answer redis_answer_of(const struct redisReply *reply);

/* An error reply for messages: one line, cut, with `*` where Redis repeats the user's name. */
enum { REDIS_ANSWER_TEXT_SIZE = 256 };
const char *redis_answer_print(const struct redis_target *target, const struct redisReply *reply,
                               char out[REDIS_ANSWER_TEXT_SIZE]);
/* Why the last call on the context failed, for messages. */
const char *redis_error_text(const struct redisContext *context);
