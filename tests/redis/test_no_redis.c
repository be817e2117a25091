/* A replay that requires Redis and finds none: ten seconds of patience, then status 69 and exact numbers. */
#include "server.h"

static void test_ten_seconds(void **state)
{
    struct server *server = *state;
    struct pusher *pusher = pusher_open(server->url, true);
    pusher_push(pusher, 3);
    int64_t begun = clock_monotonic_us();
    assert_int_equal(pusher_stop(pusher, 0), EXIT_STATUS_UNAVAILABLE);
    assert_in_range(clock_monotonic_us() - begun, 9 * TIME_SECOND, 12 * TIME_SECOND);
    assert_int_equal(pusher_count(pusher, SINK_LOST_AT_END), 3);
    assert_true(pusher_count(pusher, SINK_CONNECT_FAILURES) > 3);
    pusher_free(pusher);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_ten_seconds, server_setup, server_teardown),
};

SERVER_TESTS_MAIN("test_no_redis", tests)
