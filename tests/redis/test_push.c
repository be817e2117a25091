/* The sink and a Redis that is well, or has trouble with single detections. */
#include "server.h"

#include <fcntl.h>

static void test_taken_and_again(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    pusher_push(pusher, 3);
    assert_int_equal(pusher_stop(pusher, 2 * TIME_SECOND), EXIT_STATUS_GOOD);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 3);
    assert_stream(server, 1, 3);
    /* The same run once more, as a replay that is pushed twice. */
    pusher->seq = 0;
    pusher_start(pusher, true);
    pusher_push(pusher, 4);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_AGAIN), 3);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 4);
    assert_int_equal(pusher_count(pusher, SINK_QUEUED), 0);
    assert_stream(server, 1, 4);
    pusher_free(pusher);
}

static void test_what_stands_in_redis(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, true);
    struct detection *detection = sample_detection();
    struct producer producer = pusher->producer;
    char *event = detection_json(detection, &producer);
    sink_thread_push(pusher->sink, detection);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    redisReply *reply = server_ask(server, "XRANGE " PREFIX ":detections - +");
    assert_int_equal(reply->elements, 1);
    redisReply *fields = reply->element[0]->element[1];
    static const char *const expected[][2] = {
        {"sensor", "mirror-1"},
        {"epoch", "00112233445566778899aabbccddeeff"},
        {"seq", "41"},
        {"mode", "live"},
        {"id", "486bf455cc15c7e7"},
        {"state", "new"},
        {"level", "confirmed"},
        {"score", "97"},
        {"family", "xtream"},
        {"ip", "203.0.113.10"},
        {"port", "8080"},
        {"host", "panel.example"},
        {"first", "1"},
        {"event", NULL},
    };
    assert_int_equal(fields->elements, 2 * ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        assert_string_equal(fields->element[2 * i]->str, expected[i][0]);
        assert_string_equal(fields->element[2 * i + 1]->str, expected[i][1] == NULL ? event : expected[i][1]);
    }
    freeReplyObject(reply);
    free(event);
    static const char *const keys[] = {
        "EXISTS " PREFIX ":service:486bf455cc15c7e7",
        "EXISTS " PREFIX ":endpoint:203.0.113.10:8080",
        "EXISTS " PREFIX ":endpoint:203.0.113.10:8080:ids",
        "EXISTS " PREFIX ":services",
        "EXISTS " PREFIX ":clients:0123456789abcdef:486bf455cc15c7e7",
        "EXISTS " PREFIX ":seq:mirror-1:00112233445566778899aabbccddeeff",
    };
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        assert_int_equal(server_number(server, keys[i]), 1);
    }
    assert_int_equal(server_number(server, "DBSIZE"), 7);
    pusher_free(pusher);
}

static void test_order_of_many(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, true);
    pusher_push(pusher, 5000);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 5000);
    assert_int_equal(pusher_count(pusher, SINK_RETRIES), 0);
    assert_stream(server, 1, 5000);
    pusher_free(pusher);
}

/* One service's key holds something else: its detections are lost, those around them are not. */
static void test_refused_for_good(void **state)
{
    struct server *server = *state;
    server_tell(server, "LPUSH " PREFIX ":endpoint:203.0.113.10:8007 x");
    struct pusher *pusher = pusher_open(server->url, true);
    pusher_push(pusher, 300);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_RUNTIME);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_REFUSED), 3);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 297);
    redisReply *reply = server_ask(server, "XRANGE " PREFIX ":detections - +");
    assert_int_equal(reply->elements, 297);
    uint64_t last = 0;
    for (size_t i = 0; i < reply->elements; i++) {
        uint64_t seq = strtoull(reply->element[i]->element[1]->element[5]->str, NULL, 10);
        assert_true(seq > last);
        assert_int_not_equal(seq % 100, 7);
        last = seq;
    }
    freeReplyObject(reply);
    pusher_free(pusher);
}

static void test_blocks_that_lists_forbid(void **state)
{
    struct server *server = *state;
    server_tell(server, "HSET " PREFIX ":list:official .example {}");
    struct pusher *pusher = pusher_open(server->url, true);
    struct detection *detection = sample_detection();
    detection->block.eligible = true;
    detection->block.scope = SCOPE_IP_PORT;
    sink_thread_push(pusher->sink, detection);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    assert_int_equal(pusher_count(pusher, SINK_BLOCKS_REFUSED), 1);
    assert_int_equal(server_number(server, "EXISTS " PREFIX ":propose:ip4"), 0);
    pusher_free(pusher);
}

static void test_script_forgotten(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    pusher_push(pusher, 10);
    pusher_await(pusher, SINK_REDIS_TAKEN, 10, 5);
    server_tell(server, "SCRIPT FLUSH");
    pusher_push(pusher, 500);
    pusher_await(pusher, SINK_REDIS_TAKEN, 510, 5);
    assert_int_equal(pusher_count(pusher, SINK_CONNECTS), 1);
    assert_stream(server, 1, 510);
    pusher_free(pusher);
}

static void test_connection_cut(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    for (unsigned round = 1; round <= 3; round++) {
        pusher_push(pusher, 200);
        server_tell(server, "CLIENT KILL TYPE normal SKIPME yes");
        pusher_await(pusher, SINK_REDIS_TAKEN, 1, 5);
    }
    int64_t end = clock_monotonic_us() + 5 * TIME_SECOND;
    while (server_entries(server) < 600 && clock_monotonic_us() < end) {
        pause_ms(10);
    }
    assert_stream(server, 1, 600);
    assert_int_equal(pusher_stop(pusher, TIME_SECOND), EXIT_STATUS_GOOD);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN) + pusher_count(pusher, SINK_REDIS_AGAIN), 600);
    assert_true(pusher_count(pusher, SINK_CONNECTS) > 1);
    pusher_free(pusher);
}

static void test_heartbeat(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, false);
    const struct sensor_status status = {
        .packets = 7, .drops = 2, .flows_clear = 3, .flows_nothing = 1, .loss = 0.25};
    sink_thread_set_status(pusher->sink, &status);
    server_run(server);
    pusher_await(pusher, SINK_CONNECTS, 1, 5);
    int64_t end = clock_monotonic_us() + 5 * TIME_SECOND;
    while (server_number(server, "EXISTS " PREFIX ":sensor:mirror-1") == 0 && clock_monotonic_us() < end) {
        pause_ms(10);
    }
    static const char *const fields[][2] = {
        {"epoch", "00112233445566778899aabbccddeeff"},
        {"version", "0.1.0"},
        {"rules", "abcdef"},
        {"drops", "2"},
        {"loss", "0.250000"},
        {"visibility", "0.7500"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        char words[128];
        snprintf(words, sizeof words, "HGET " PREFIX ":sensor:mirror-1 %s", fields[i][0]);
        redisReply *reply = server_ask(server, words);
        assert_string_equal(reply->str, fields[i][1]);
        freeReplyObject(reply);
    }
    assert_true(server_number(server, "TTL " PREFIX ":sensor:mirror-1") > 3600);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    pusher_free(pusher);
}

static void test_rules_of_a_reload(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, true);
    sink_thread_set_rules(pusher->sink, "fedcba");
    pusher_push(pusher, 1);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    redisReply *reply = server_ask(server, "XRANGE " PREFIX ":detections - +");
    const redisReply *fields = reply->element[0]->element[1];
    assert_non_null(strstr(fields->element[27]->str, "\"rules\":\"sha256:fedcba\""));
    freeReplyObject(reply);
    pusher_free(pusher);
}

static void test_lines_and_redis_together(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_make(server->url);
    char path[96];
    snprintf(path, sizeof path, "%s/out.jsonl", server->folder);
    pusher_set(pusher, "jsonl.path", path);
    pusher_start(pusher, false);
    pusher_push(pusher, 1);
    pusher_await(pusher, SINK_JSONL_LINES, 1, 5);
    char moved[112];
    snprintf(moved, sizeof moved, "%s.1", path);
    assert_int_equal(rename(path, moved), 0);
    sink_thread_reopen(pusher->sink);
    int64_t end = clock_monotonic_us() + 5 * TIME_SECOND;
    while (access(path, F_OK) != 0 && clock_monotonic_us() < end) {
        pause_ms(5);
    }
    pusher_push(pusher, 1);
    assert_int_equal(pusher_stop(pusher, TIME_SECOND), EXIT_STATUS_GOOD);
    assert_int_equal(pusher_count(pusher, SINK_JSONL_LINES), 2);
    assert_int_equal(pusher_count(pusher, SINK_REDIS_TAKEN), 2);
    FILE *file = fopen(path, "r");
    char line[16384];
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(strstr(line, "\"seq\":2,"));
    fclose(file);
    pusher_free(pusher);
}

static void test_database_and_user(void **state)
{
    struct server *server = *state;
    server_tell(server, "ACL SETUSER probe on >secret ~{vigie}:* +@all");
    char url[160];
    snprintf(url, sizeof url, "unix://probe:secret@%s?db=3", server->path);
    struct pusher *pusher = pusher_open(url, true);
    pusher_push(pusher, 1);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    assert_int_equal(server_entries(server), 0);
    server_tell(server, "SELECT 3");
    assert_int_equal(server_entries(server), 1);
    pusher_free(pusher);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_taken_and_again, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_what_stands_in_redis, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_order_of_many, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_refused_for_good, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_blocks_that_lists_forbid, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_script_forgotten, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_connection_cut, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_heartbeat, server_setup, server_teardown),
    cmocka_unit_test_setup_teardown(test_rules_of_a_reload, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_lines_and_redis_together, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_database_and_user, server_setup_running, server_teardown),
};

SERVER_TESTS_MAIN("test_push", tests)
