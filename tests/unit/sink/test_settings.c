/* Options, what they must fulfil together, and the waiting after failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/clock.h"
#include "daemon/sink/backoff_priv.h"
#include "daemon/sink/script_priv.h"
#include "sink/sink.h"

static void set(struct sink_settings *settings, const char *name, const char *value)
{
    for (size_t i = 0; i < sink_options.count; i++) {
        if (strcmp(sink_options.rows[i].name, name) == 0) {
            char error[OPTION_ERROR_SIZE];
            assert_true(option_set_text(&sink_options.rows[i], settings, value, error));
            return;
        }
    }
    fail();
}

static void test_defaults(void **state)
{
    (void)state;
    struct sink_settings settings = {0};
    option_set_defaults(&sink_options, &settings);
    assert_string_equal(settings.redis_url, "");
    assert_string_equal(settings.redis_prefix, "{vigie}");
    assert_int_equal(settings.redis_keep, 100000);
    assert_int_equal(settings.redis_queue, 10000);
    assert_int_equal(settings.redis_connect_timeout, TIME_SECOND);
    assert_int_equal(settings.redis_reply_timeout, 2 * TIME_SECOND);
    struct failure failure = {0};
    assert_true(sink_settings_check(&settings, &failure));
    option_free(&sink_options, &settings);
}

static void test_secrets_are_not_printed(void **state)
{
    (void)state;
    struct sink_settings settings = {0};
    option_set_defaults(&sink_options, &settings);
    set(&settings, "redis.url", "redis://user:secret@h");
    set(&settings, "redis.user", "user");
    for (size_t i = 0; i < sink_options.count; i++) {
        char *text = option_print(&sink_options.rows[i], &settings);
        assert_null(strstr(text, "secret"));
        assert_null(strstr(text, "user"));
        free(text);
    }
    option_free(&sink_options, &settings);
}

static void test_parts_of_keys(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool good;
    } rows[] = {
        {"redis.prefix", "{vigie}", true}, {"redis.prefix", "tv:{a}:b", true},
        {"redis.prefix", "vigie", false},  {"redis.prefix", "{}", false},
        {"redis.prefix", "}{", false},     {"redis.prefix", "{a b}", false},
        {"redis.prefix", "", false},       {"sensor", "", true},
        {"sensor", "host-eth0.100", true}, {"sensor", "host-eth0+eth1", true},
        {"sensor", "a b", false},          {"sensor", "{vigie}", false},
        {"sensor", "\xc3\xa9", false},     {"redis.url", "redis://h", true},
        {"redis.url", "http://h", false},  {"redis.url", "rediss://h", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct sink_settings settings = {0};
        option_set_defaults(&sink_options, &settings);
        set(&settings, rows[i].name, rows[i].value);
        struct failure failure = {0};
        assert_int_equal(sink_settings_check(&settings, &failure), rows[i].good);
        assert_int_equal(failure.status, rows[i].good ? EXIT_STATUS_GOOD : EXIT_STATUS_CONFIG);
        option_free(&sink_options, &settings);
    }
}

static void test_bad_settings_start_nothing(void **state)
{
    (void)state;
    struct sink_settings settings = {0};
    option_set_defaults(&sink_options, &settings);
    struct producer producer = {.sensor = "a b", .epoch = "e", .version = "1", .rules_digest = "d"};
    struct counter_cell cells[SINK_COUNTERS_COUNT] = {0};
    struct failure failure = {0};
    assert_null(sink_thread_start(&settings, &producer, false, cells, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
    strcpy(producer.sensor, "s");
    set(&settings, "jsonl.path", "/nonexistent/x");
    assert_null(sink_thread_start(&settings, &producer, false, cells, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_INPUT);
    assert_int_equal(sink_thread_stop(NULL, 0), EXIT_STATUS_GOOD);
    option_free(&sink_options, &settings);
}

static void test_backoff(void **state)
{
    (void)state;
    struct backoff backoff = backoff_make(100000, 30 * TIME_SECOND);
    int64_t expected = 100000;
    bool differs = false;
    for (int i = 0; i < 20; i++) {
        int64_t wait = backoff_next(&backoff);
        assert_in_range(wait, expected * 8 / 10, expected * 12 / 10);
        differs = differs || wait != expected;
        expected = expected * 2 > 30 * TIME_SECOND ? 30 * TIME_SECOND : expected * 2;
    }
    assert_true(differs);
    backoff_reset(&backoff);
    assert_in_range(backoff_next(&backoff), 80000, 120000);
}

static void test_the_script_is_inside(void **state)
{
    (void)state;
    const char *script = sink_script();
    assert_true(strlen(script) > 10000);
    assert_ptr_equal(strstr(script, "-- What a sensor tells Redis"), script);
    assert_non_null(strstr(script, "take_heartbeat()\n"));
    assert_int_equal(script[strlen(script) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),      cmocka_unit_test(test_secrets_are_not_printed),
        cmocka_unit_test(test_parts_of_keys), cmocka_unit_test(test_bad_settings_start_nothing),
        cmocka_unit_test(test_backoff),       cmocka_unit_test(test_the_script_is_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
