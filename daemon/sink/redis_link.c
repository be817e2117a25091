/* Making a connection to Redis and greeting it. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "sink/redis_link.h"

enum { KEEPALIVE_SECONDS = 15, KEEPALIVE_PROBES = 3 };

static struct timeval timeval_of(int64_t microseconds)
{
    return (struct timeval){.tv_sec = microseconds / TIME_SECOND, .tv_usec = microseconds % TIME_SECOND};
}

/* A peer that vanished without a word is noticed by the kernel too, while nothing is due. What a kernel does
 * not know is no reason to do without the connection. */
static void set_socket_options(int fd, int64_t reply_timeout)
{
    const int on = 1;
    const int seconds = KEEPALIVE_SECONDS;
    const int probes = KEEPALIVE_PROBES;
    const unsigned user_timeout = (unsigned)(reply_timeout / 1000 + KEEPALIVE_SECONDS * 1000);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* hiredis calls a receive time-out "Resource temporarily unavailable"; an operator reads what it means. */
const char *redis_error_text(const struct redisContext *context)
{
    if (context->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return "no answer in time";
    }
    if (context->err == REDIS_ERR_PROTOCOL) {
        return "what answers there is no Redis";
    }
    return context->errstr;
}

/* Reads one reply of the greeting. */
static bool take_greeting(redisContext *context, const struct redis_target *target, struct failure *failure)
{
    void *raw = NULL;
    if (redisGetReply(context, &raw) != REDIS_OK) {
        return failure_set(failure, EXIT_STATUS_UNAVAILABLE, "%s", redis_error_text(context));
    }
    redisReply *reply = raw;
    enum redis_answer answer = redis_answer_of(reply);
    if (answer != REDIS_ANSWER_GOOD) {
        char text[REDIS_ANSWER_TEXT_SIZE];
        failure_set(failure,
                    answer == REDIS_ANSWER_FORBIDDEN ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_UNAVAILABLE,
                    "%s", redis_answer_print(target, reply, text));
    }
    freeReplyObject(reply);
    return answer == REDIS_ANSWER_GOOD;
}

static void append(redisContext *context, int count, const char **words)
{
    redisAppendCommandArgv(context, count, words, NULL);
}

/* Everything in one go, so that a Redis that hangs costs one reply time-out; the first error reply decides.
 */
static bool greet(redisContext *context, const struct redis_target *target, struct failure *failure)
{
    int replies = 0;
    if (target->password != NULL) {
        const char *words[3] = {"AUTH", target->user, target->password};
        if (target->user == NULL) {
            words[1] = target->password;
        }
        append(context, target->user == NULL ? 2 : 3, words);
        replies++;
    }
    if (target->database != 0) {
        char database[16];
        snprintf(database, sizeof database, "%u", target->database);
        append(context, 2, (const char *[]){"SELECT", database});
        replies++;
    }
    append(context, 1, (const char *[]){"PING"});
    replies++;
    for (; replies > 0; replies--) {
        if (!take_greeting(context, target, failure)) {
            return false;
        }
    }
    return true;
}

static redisContext *open_link(const struct redis_target *target)
{
    struct timeval timeout = timeval_of(target->connect_timeout);
    return target->path != NULL ? redisConnectUnixWithTimeout(target->path, timeout)
                                : redisConnectWithTimeout(target->host, target->port, timeout);
}

struct redisContext *redis_connect(const struct redis_target *target, struct failure *failure)
{
    /* A connection that breaks while we write must be an error here, not a signal to the process. */
    sigset_t pipe_signal;
    sigset_t before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);

    struct failure reason = {.status = EXIT_STATUS_UNAVAILABLE, .text = "out of memory"};
    redisContext *context = open_link(target);
    bool good = context != NULL && context->err == 0;
    if (context != NULL && !good) {
        failure_set(&reason, EXIT_STATUS_UNAVAILABLE, "%s", redis_error_text(context));
    }
    if (good) {
        set_socket_options(context->fd, target->reply_timeout);
        good = redisSetTimeout(context, timeval_of(target->reply_timeout)) == REDIS_OK &&
               greet(context, target, &reason);
    }
    if (!good) {
        *failure = reason;
        if (context != NULL) {
            redisFree(context);
        }
        context = NULL;
    }
    /* A signal that came meanwhile is taken away before the mask is as it was. */
    const struct timespec none = {0};
    if (!sigismember(&before, SIGPIPE)) {
        while (sigtimedwait(&pipe_signal, NULL, &none) == SIGPIPE) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return context;
}
