/* The look at Redis for --check. */
#include "server.h"

#include "sink/redis_link.h"

static bool probe(const char *url, struct failure *failure)
{
    struct sink_settings settings = {0};
    option_set_defaults(&sink_options, &settings);
    free(settings.redis_url);
    settings.redis_url = strdup(url);
    *failure = (struct failure){0};
    bool good = sink_probe(&settings, failure);
    option_free(&sink_options, &settings);
    return good;
}

static void test_good(void **state)
{
    struct server *server = *state;
    struct failure failure;
    assert_true(probe(server->url, &failure));
    assert_string_equal(failure.text, "");
    assert_int_equal(failure.status, EXIT_STATUS_GOOD);
    assert_int_equal(server_number(server, "DBSIZE"), 0); /* it cleaned up */
}

static void test_doubtful(void **state)
{
    struct server *server = *state;
    server_tell(server, "CONFIG SET maxmemory-policy allkeys-lru");
    struct failure failure;
    assert_true(probe(server->url, &failure));
    assert_non_null(strstr(failure.text, "allkeys-lru"));
}

static void test_rights(void **state)
{
    struct server *server = *state;
    char url[128];
    snprintf(url, sizeof url, "unix://probe:secret@%s", server->path);
    struct failure failure;
    assert_false(probe(url, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_PERMISSION);
    assert_non_null(strstr(failure.text, "WRONGPASS"));
    static const char *const rights[] = {
        "ACL SETUSER probe on >secret ~{vigie}:* +@all -zadd",
        "ACL SETUSER probe reset on >secret ~other:* +@all",
        "ACL SETUSER probe reset on >secret ~{vigie}:* +@all -script",
    };
    for (size_t i = 0; i < ARRAY_COUNT(rights); i++) {
        server_tell(server, rights[i]);
        assert_false(probe(url, &failure));
        assert_int_equal(failure.status, EXIT_STATUS_NO_PERMISSION);
        assert_null(strstr(failure.text, "probe"));
    }
    /* The rights that CONFIG.md asks for are enough. */
    server_tell(server,
                "ACL SETUSER probe reset on >secret resetchannels ~{vigie}:* +@connection +evalsha "
                "+eval +script|load +time +type +exists +get +set +incr +del +expire +hset +hget +hgetall "
                "+hexists +hdel +zadd +zscore +zcard +zrange +zrem +zrangebyscore +zrandmember +xadd +pfadd "
                "+pfcount +hlen +hmget +hscan +zrevrange +xrevrange +xread");
    if (!probe(url, &failure)) {
        fail_msg("%s", failure.text);
    }
    struct pusher *pusher = pusher_open(url, true);
    pusher_push(pusher, 3);
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_GOOD);
    assert_stream(server, 1, 3);
    pusher_free(pusher);
}

static void test_trouble(void **state)
{
    struct server *server = *state;
    struct failure failure;
    server_tell(server, "CONFIG SET maxmemory 1");
    assert_false(probe(server->url, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_UNAVAILABLE);
    assert_non_null(strstr(failure.text, "OOM"));
    server_kill(server);
    assert_false(probe(server->url, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_UNAVAILABLE);
    assert_false(probe("rediss://h", &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_good, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_doubtful, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_rights, server_setup_running, server_teardown),
    cmocka_unit_test_setup_teardown(test_trouble, server_setup_running, server_teardown),
};

SERVER_TESTS_MAIN("test_probe", tests)
