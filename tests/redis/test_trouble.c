/* A Redis that goes away, hangs, is full, refuses us, or is none: nothing is lost that could wait, nothing is
 * stored twice, the order stays. */
#include "server.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/sink/redis_sink_priv.h"

static void test_killed_and_started_empty(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    pusher_push(pusher, 50);
    pusher_await(pusher, SINK_REDIS_TAKEN, 50, 5);
    server_kill(server);
    pusher_push(pusher, 300);
    pause_ms(300);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_UP), 0);
    server_run(server);
    pusher_await(pusher, SINK_REDIS_TAKEN, 350, 10);
    assert_stream(server, 51, 350);
    assert_int_equal(pusher_stop(pusher, TIME_SECOND), EXIT_STATUS_GOOD);
    assert_int_equal(pusher_count(pusher, SINK_LOST_AT_END), 0);
    assert_int_equal(pusher_count(pusher, SINK_QUEUE_FULL), 0);
    pusher_free(pusher);
}

static void test_hangs_and_goes_on(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    pusher_push(pusher, 20);
    pusher_await(pusher, SINK_REDIS_TAKEN, 20, 5);
    kill(server->pid, SIGSTOP);
    pusher_push(pusher, 400);
    pause_ms(2600); /* longer than the reply time-out */
    assert_int_equal(pusher_count(pusher, SINK_REDIS_UP), 0);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 20);
    pusher_push(pusher, 80);
    kill(server->pid, SIGCONT);
    int64_t end = clock_monotonic_us() + 15 * TIME_SECOND;
    while (pusher_count(pusher, SINK_QUEUED) > 0 && clock_monotonic_us() < end) {
        pause_ms(10);
    }
    assert_int_equal(pusher_stop(pusher, TIME_SECOND), EXIT_STATUS_GOOD);
    /* What the first connection had sent was taken from there, and known when it came again. */
    assert_true(pusher_count(pusher, SINK_REDIS_AGAIN) > 0);
    assert_true(pusher_count(pusher, SINK_RETRIES) > 0);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN) + pusher_count(pusher, SINK_REDIS_AGAIN), 500);
    assert_stream(server, 1, 500);
    pusher_free(pusher);
}

static void test_full(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    pusher_push(pusher, 10);
    pusher_await(pusher, SINK_REDIS_TAKEN, 10, 5);
    server_tell(server, "CONFIG SET maxmemory 1");
    pusher_push(pusher, 300);
    pusher_await(pusher, SINK_QUEUED, 300, 5);
    pusher_await(pusher, SINK_RETRIES, 1, 5);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 10);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_UP), 1); /* the connection is none the worse */
    server_tell(server, "CONFIG SET maxmemory 0");
    pusher_await(pusher, SINK_REDIS_TAKEN, 310, 10);
    assert_stream(server, 1, 310);
    assert_int_equal(pusher_count(pusher, SINK_CONNECTS), 1);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    pusher_free(pusher);
}

static void test_replica_then_primary(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    pusher_push(pusher, 5);
    pusher_await(pusher, SINK_REDIS_TAKEN, 5, 5);
    server_tell(server, "REPLICAOF 127.0.0.1 1");
    pusher_push(pusher, 5);
    pause_ms(300);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 5);
    server_tell(server, "REPLICAOF NO ONE");
    pusher_await(pusher, SINK_REDIS_TAKEN, 10, 10);
    assert_true(pusher_count(pusher, SINK_CONNECTS) > 1); /* it looked for the primary anew */
    assert_stream(server, 1, 10);
    pusher_free(pusher);
}

static void test_wrong_password_then_right(void **state)
{
    struct server *server = *state;
    server_tell(server, "CONFIG SET requirepass right");
    server_tell(server, "AUTH right");
    char url[128];
    snprintf(url, sizeof url, "unix://:wrong@%s", server->path);
    struct pusher *pusher = pusher_open(url, false);
    pusher_push(pusher, 5);
    pusher_await(pusher, SINK_CONNECT_FAILURES, 1, 5);
    pusher_await(pusher, SINK_QUEUED, 5, 5);
    assert_int_equal(pusher_count(pusher, SINK_CONNECTS), 0);
    server_tell(server, "CONFIG SET requirepass wrong");
    pusher_await(pusher, SINK_REDIS_TAKEN, 5, 10);
    assert_true(pusher_count(pusher, SINK_CONNECT_FAILURES) <= 2); /* there was no hurry */
    assert_stream(server, 1, 5);
    pusher_free(pusher);
}

static void test_password_needed(void **state)
{
    struct server *server = *state;
    server_tell(server, "CONFIG SET requirepass right");
    struct failure failure = {0};
    struct sink_settings settings = {0};
    option_set_defaults(&sink_options, &settings);
    free(settings.redis_url);
    settings.redis_url = strdup(server->url);
    assert_false(sink_probe(&settings, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_PERMISSION);
    assert_non_null(strstr(failure.text, "NOAUTH"));
    option_free(&sink_options, &settings);
}

static void test_queue_has_an_end(void **state)
{
    struct server *server = *state;
    server_kill(server);
    struct pusher *pusher = pusher_make(server->url);
    pusher_set(pusher, "redis.queue", "50");
    char path[96];
    snprintf(path, sizeof path, "%s/out.jsonl", server->folder);
    pusher_set(pusher, "jsonl.path", path);
    pusher_start(pusher, false);
    pusher_push(pusher, 80);
    pusher_await(pusher, SINK_JSONL_LINES, 80, 5); /* the file does not wait for Redis */
    pusher_await(pusher, SINK_QUEUE_FULL, 30, 5);
    assert_int_equal(pusher_count(pusher, SINK_QUEUED), 50);
    int64_t begun = clock_monotonic_us();
    assert_int_equal(pusher_stop(pusher, TIME_SECOND / 5), EXIT_STATUS_GOOD);
    assert_in_range(clock_monotonic_us() - begun, TIME_SECOND / 5, TIME_SECOND);
    assert_int_equal(pusher_count(pusher, SINK_LOST_AT_END), 50);
    assert_int_equal(pusher_count(pusher, SINK_QUEUED), 0);
    pusher_free(pusher);
}

static void test_stop_does_not_hang_with_redis(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    pusher_await(pusher, SINK_CONNECTS, 1, 5);
    pause_ms(100);
    kill(server->pid, SIGSTOP);
    pusher_push(pusher, 10);
    pause_ms(100);
    int64_t begun = clock_monotonic_us();
    assert_int_equal(pusher_stop(pusher, TIME_SECOND / 5), EXIT_STATUS_GOOD);
    assert_in_range(clock_monotonic_us() - begun, 0, TIME_SECOND);
    assert_int_equal(pusher_count(pusher, SINK_LOST_AT_END), 10);
    kill(server->pid, SIGCONT);
    pusher_free(pusher);
}

/* In replay the producer waits: more than ring and queue hold, and Redis away for a while. */
static void test_replay_waits(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_make(server->url);
    pusher_set(pusher, "redis.queue", "10");
    pusher_start(pusher, true);
    kill(server->pid, SIGSTOP);
    pid_t waker = fork();
    if (waker == 0) {
        pause_ms(800);
        kill(server->pid, SIGCONT);
        _exit(0);
    }
    int64_t begun = clock_monotonic_us();
    pusher_push(pusher, 1500);
    assert_true(clock_monotonic_us() - begun >= TIME_SECOND / 2);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    waitpid(waker, NULL, 0);
    assert_int_equal(pusher_count(pusher, SINK_QUEUE_FULL) + pusher_count(pusher, SINK_RING_FULL), 0);
    assert_stream(server, 1, 1500);
    pusher_free(pusher);
}

/* Other programs on the socket ------------------------------------------------------------------------- */

struct impostor {
    int listener;
    const char *answer; /* NULL: says nothing */
    pthread_t thread;
    _Atomic unsigned visits;
};

static void *impersonate(void *context)
{
    struct impostor *impostor = context;
    int fd;
    int silent[64];
    size_t count = 0;
    while ((fd = accept(impostor->listener, NULL, NULL)) >= 0) {
        impostor->visits++;
        if (impostor->answer != NULL) {
            char ignored[4096];
            (void)!read(fd, ignored, sizeof ignored);
            (void)!write(fd, impostor->answer, strlen(impostor->answer));
        }
        if (impostor->answer == NULL && count < ARRAY_COUNT(silent)) {
            silent[count++] = fd;
        } else {
            close(fd);
        }
    }
    while (count > 0) {
        close(silent[--count]);
    }
    return NULL;
}

static void impostor_start(struct impostor *impostor, const char *path, const char *answer)
{
    *impostor = (struct impostor){.answer = answer};
    impostor->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(impostor->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(impostor->listener, 8), 0);
    assert_int_equal(pthread_create(&impostor->thread, NULL, impersonate, impostor), 0);
}

static void impostor_stop(struct impostor *impostor)
{
    shutdown(impostor->listener, SHUT_RDWR);
    close(impostor->listener);
    pthread_join(impostor->thread, NULL);
}

static void test_not_a_redis(void **state)
{
    struct server *server = *state;
    static const char *const answers[] = {
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "220 mail.example ESMTP\r\n",
        "+PONG\r\n+PONG\r\n+PONG\r\n",
        "",
        "$1000000000\r\n",
        "*-5\r\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
        struct impostor impostor;
        impostor_start(&impostor, server->path, answers[i]);
        struct pusher *pusher = pusher_open(server->url, false);
        pusher_push(pusher, 3);
        pusher_await(pusher, SINK_CONNECT_FAILURES, 1, 5);
        assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
        assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 0);
        assert_int_equal(pusher_count(pusher, SINK_LOST_AT_END), 3);
        pusher_free(pusher);
        impostor_stop(&impostor);
        unlink(server->path);
    }
}

static void test_somebody_who_says_nothing(void **state)
{
    struct server *server = *state;
    struct impostor impostor;
    impostor_start(&impostor, server->path, NULL);
    struct pusher *pusher = pusher_make(server->url);
    pusher_set(pusher, "redis.reply_timeout", "200ms");
    pusher_start(pusher, false);
    pusher_push(pusher, 3);
    pusher_await(pusher, SINK_CONNECT_FAILURES, 2, 5);
    impostor_stop(&impostor);
    unlink(server->path);
    server_run(server);
    pusher_await(pusher, SINK_REDIS_TAKEN, 3, 10);
    assert_stream(server, 1, 3);
    pusher_free(pusher);
}

/* Giving up in replay, with a patience that a test has ----------------------------------------------------
 */

static struct redis_sink *patient_sink(const struct producer *producer, const char *url,
                                       struct counter_cell *cells)
{
    struct redis_sink_settings settings = {.prefix = PREFIX,
                                           .producer = producer,
                                           .keep = 1000,
                                           .queue = 1000,
                                           .wait = true,
                                           .first_patience = TIME_SECOND / 2,
                                           .later_patience = TIME_SECOND};
    struct failure failure = {0};
    assert_true(redis_target_parse(url, &settings.target, &failure));
    return redis_sink_create(&settings, cells, clock_monotonic_us());
}

static void run_for(struct redis_sink *sink, int64_t duration_us)
{
    int64_t end = clock_monotonic_us() + duration_us;
    while (clock_monotonic_us() < end) {
        struct pollfd polled = {.fd = redis_sink_fd(sink), .events = redis_sink_events(sink)};
        (void)poll(&polled, 1, 5);
        redis_sink_step(sink, clock_monotonic_us(), polled.revents);
    }
}

static void take(struct redis_sink *sink, const struct producer *producer, uint64_t seq)
{
    struct detection *detection = sample_detection();
    detection->seq = seq;
    redis_sink_take(sink, detection, detection_json(detection, producer));
    detection_free(detection);
}

static void test_patience(void **state)
{
    struct server *server = *state;
    struct producer producer = sample_producer();
    struct counter_cell cells[SINK_COUNTERS_COUNT] = {0};
    struct redis_sink *sink = patient_sink(&producer, server->url, cells);
    take(sink, &producer, 1);
    run_for(sink, TIME_SECOND / 4);
    assert_int_equal(counter_get(cells, SINK_REDIS_TAKEN), 1);
    run_for(sink, 2 * TIME_SECOND); /* nothing to do is no trouble */
    assert_false(sink->gave_up);
    server_kill(server);
    take(sink, &producer, 2);
    run_for(sink, TIME_SECOND / 2);
    assert_false(sink->gave_up);
    run_for(sink, TIME_SECOND);
    assert_true(sink->gave_up);
    assert_true(redis_sink_is_idle(sink));
    take(sink, &producer, 3);
    assert_int_equal(counter_get(cells, SINK_LOST_AT_END), 2);
    redis_sink_free(sink);

    memset(cells, 0, sizeof cells);
    sink = patient_sink(&producer, server->url, cells);
    run_for(sink, TIME_SECOND * 3 / 4);
    assert_true(sink->gave_up);
    redis_sink_free(sink);
}

/* A Redis that is there but takes nothing ends a replay's patience, too. */
static void test_patience_with_a_full_one(void **state)
{
    struct server *server = *state;
    server_tell(server, "CONFIG SET maxmemory 1");
    struct producer producer = sample_producer();
    struct counter_cell cells[SINK_COUNTERS_COUNT] = {0};
    struct redis_sink *sink = patient_sink(&producer, server->url, cells);
    take(sink, &producer, 1);
    run_for(sink, TIME_SECOND / 2);
    assert_true(sink->greeted);
    assert_false(sink->gave_up);
    run_for(sink, TIME_SECOND);
    assert_true(sink->gave_up);
    assert_int_equal(counter_get(cells, SINK_LOST_AT_END), 1);
    redis_sink_free(sink);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_killed_and_started_empty, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_hangs_and_goes_on, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_full, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_replica_then_primary, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_wrong_password_then_right, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_password_needed, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_queue_has_an_end, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_stop_does_not_hang_with_redis, server_setup_running,
                                    server_teardown),
    cmocka_unit_test_setup_teardown(test_replay_waits, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_not_a_redis, server_setup, server_teardown),
    cmocka_unit_test_setup_teardown(test_somebody_who_says_nothing, server_setup, server_teardown),
    cmocka_unit_test_setup_teardown(test_patience, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_patience_with_a_full_one, server_setup_running, server_teardown),
};

SERVER_TESTS_MAIN("test_trouble", tests)
