/*
 * A redis-server of our own on a Unix socket in a temporary folder, for tests in C, and the sink that pushes
 * into it. Where redis-server is not installed, the tests are skipped.
 */
#pragma once

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/sink/sample.h"

#define PREFIX "{vigie}"

struct server {
    char folder[48];
    char path[64];
    char url[80];
    pid_t pid;
    redisContext *client; /* the test's own view */
};

static inline void pause_ms(int64_t milliseconds)
{
    nanosleep(&(struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000},
              NULL);
}

static inline bool server_installed(void)
{
    return system("command -v redis-server >/dev/null 2>&1") == 0;
}

static inline void server_look(struct server *server)
{
    if (server->client != NULL) {
        redisFree(server->client);
    }
    for (int i = 0; i < 250; i++) {
        server->client = redisConnectUnix(server->path);
        assert_non_null(server->client);
        if (server->client->err == 0) {
            return;
        }
        redisFree(server->client);
        server->client = NULL;
        pause_ms(20);
    }
    fail_msg("redis-server does not start");
}

static inline void server_run(struct server *server)
{
    pid_t parent = getpid();
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies takes its server with it */
        if (getppid() != parent || freopen("/dev/null", "w", stdout) == NULL) {
            _exit(1);
        }
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", server->path, "--dir",
               server->folder, "--save", "", "--appendonly", "no", "--loglevel", "warning", (char *)NULL);
        _exit(1);
    }
    server_look(server);
}

static inline void server_kill(struct server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
    if (server->client != NULL) {
        redisFree(server->client);
        server->client = NULL;
    }
    unlink(server->path);
}

static inline int server_setup(void **state)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return -1;
    }
    snprintf(server->folder, sizeof server->folder, "/tmp/vigie-redis-XXXXXX");
    if (mkdtemp(server->folder) == NULL) {
        return -1;
    }
    snprintf(server->path, sizeof server->path, "%s/redis.sock", server->folder);
    snprintf(server->url, sizeof server->url, "unix://%s", server->path);
    *state = server;
    return 0;
}

static inline int server_setup_running(void **state)
{
    if (server_setup(state) != 0) {
        return -1;
    }
    server_run(*state);
    return 0;
}

static inline int server_teardown(void **state)
{
    struct server *server = *state;
    server_kill(server);
    char command[80];
    snprintf(command, sizeof command, "rm -rf '%s'", server->folder);
    int result = system(command);
    free(server);
    return result;
}

/* A command of words without blanks inside; its reply is the caller's. */
static inline redisReply *server_ask(struct server *server, const char *words)
{
    char copy[1024];
    snprintf(copy, sizeof copy, "%s", words);
    const char *argv[64];
    int count = 0;
    char *rest = copy;
    for (char *word; count < 64 && (word = strsep(&rest, " ")) != NULL;) {
        argv[count++] = word;
    }
    redisReply *reply = redisCommandArgv(server->client, count, argv, NULL);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR) {
        fail_msg("%s: %s", words, reply->str);
    }
    return reply;
}

static inline void server_tell(struct server *server, const char *words)
{
    freeReplyObject(server_ask(server, words));
}

static inline long long server_number(struct server *server, const char *words)
{
    redisReply *reply = server_ask(server, words);
    long long number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
    freeReplyObject(reply);
    return number;
}

static inline long long server_entries(struct server *server)
{
    return server_number(server, "XLEN " PREFIX ":detections");
}

/* Asserts that the stream holds exactly the seqs from `first` to `last` (in steps of one), in order. */
static inline void assert_stream(struct server *server, uint64_t first, uint64_t last)
{
    redisReply *reply = server_ask(server, "XRANGE " PREFIX ":detections - +");
    assert_int_equal(reply->elements, last + 1 - first);
    for (size_t i = 0; i < reply->elements; i++) {
        redisReply *fields = reply->element[i]->element[1];
        assert_string_equal(fields->element[4]->str, "seq");
        assert_int_equal(strtoull(fields->element[5]->str, NULL, 10), first + i);
    }
    freeReplyObject(reply);
}

/* The sink --------------------------------------------------------------------------------------------- */

struct pusher {
    struct sink_settings settings;
    struct producer producer;
    struct counter_cell cells[SINK_COUNTERS_COUNT];
    struct sink_thread *sink;
    uint64_t seq; /* of the last detection pushed */
};

static inline void pusher_set(struct pusher *pusher, const char *name, const char *value)
{
    for (size_t i = 0; i < sink_options.count; i++) {
        if (strcmp(sink_options.rows[i].name, name) == 0) {
            char error[OPTION_ERROR_SIZE];
            assert_true(option_set_text(&sink_options.rows[i], &pusher->settings, value, error));
            return;
        }
    }
    fail();
}

static inline struct pusher *pusher_make(const char *url)
{
    struct pusher *pusher = calloc(1, sizeof *pusher);
    assert_non_null(pusher);
    option_set_defaults(&sink_options, &pusher->settings);
    pusher_set(pusher, "redis.url", url);
    pusher->producer = sample_producer();
    return pusher;
}

static inline void pusher_start(struct pusher *pusher, bool wait)
{
    struct failure failure = {0};
    pusher->sink = sink_thread_start(&pusher->settings, &pusher->producer, wait, pusher->cells, &failure);
    if (pusher->sink == NULL) {
        fail_msg("%s", failure.text);
    }
}

static inline struct pusher *pusher_open(const char *url, bool wait)
{
    struct pusher *pusher = pusher_make(url);
    pusher_start(pusher, wait);
    return pusher;
}

/* Detections of a hundred services. */
static inline void pusher_push(struct pusher *pusher, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct detection *detection = sample_detection();
        detection->seq = ++pusher->seq;
        detection->service.port = (uint16_t)(8000 + detection->seq % 100);
        service_id(&detection->service, detection->id);
        sink_thread_push(pusher->sink, detection);
    }
}

static inline uint64_t pusher_count(const struct pusher *pusher, enum sink_counter counter)
{
    return counter_get(pusher->cells, counter);
}

static inline void pusher_await(struct pusher *pusher, enum sink_counter counter, uint64_t least,
                                int64_t seconds)
{
    int64_t end = clock_monotonic_us() + seconds * TIME_SECOND;
    while (pusher_count(pusher, counter) < least) {
        if (clock_monotonic_us() > end) {
            fail_msg("%s is %llu, not %llu, after %d s", sink_counters.rows[counter].name,
                     (unsigned long long)pusher_count(pusher, counter), (unsigned long long)least,
                     (int)seconds);
        }
        pause_ms(5);
    }
}

static inline enum exit_status pusher_stop(struct pusher *pusher, int64_t drain_us)
{
    enum exit_status status = sink_thread_stop(pusher->sink, drain_us);
    pusher->sink = NULL;
    return status;
}

static inline void pusher_free(struct pusher *pusher)
{
    if (pusher->sink != NULL) {
        (void)sink_thread_stop(pusher->sink, 0);
    }
    option_free(&sink_options, &pusher->settings);
    free(pusher);
}

/* main() of a test program: without a redis-server every test is skipped, and that is said. */
#define SERVER_TESTS_MAIN(name, tests)                                                                       \
    int main(void)                                                                                           \
    {                                                                                                        \
        signal(SIGPIPE, SIG_IGN);                                                                            \
        if (!server_installed()) {                                                                           \
            puts("SKIP " name ": redis-server is not installed");                                            \
            return 0;                                                                                        \
        }                                                                                                    \
        return cmocka_run_group_tests(tests, NULL, NULL);                                                    \
    }
