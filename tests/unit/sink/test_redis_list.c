/* sink/redis_list: names of lists, times, what stands beside an entry, what an entry may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sink/list_follow.h"

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* -1: none */
    } rows[] = {
        {"2026-01-31T20:45:01Z", 1769892301},
        {"1970-01-01", 0},
        {"2099-12-31", 4102358400},
        {"1769892301", 1769892301},
        {"0", 0},
        {"", -1},
        {"2026-01-31T20:45:01", -1},
        {"2026-01-31T20:45:01Zx", -1},
        {"2026-13-01", -1},
        {"1969-12-31", -1},
        {"-5", -1},
        {"18446744073709551615", -1},
        {"2026-01-31T20:45:01.000000Z", -1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t seconds = -1;
        bool good = redis_list_time_parse(slice_text(rows[i].text), &seconds);
        if (good != (rows[i].seconds >= 0) || (good && seconds != rows[i].seconds)) {
            fail_msg("%s: %d %lld", rows[i].text, good, (long long)seconds);
        }
    }
    char text[REDIS_LIST_TIME_SIZE];
    assert_string_equal(redis_list_time_print(1769892301, text), "2026-01-31T20:45:01Z");
}

static struct redis_list_value read_value(const char *text)
{
    struct redis_list_value value;
    redis_list_value_read(slice_text(text), &value);
    return value;
}

static void test_values(void **state)
{
    (void)state;
    struct redis_list_value value = {.by = "alice",
                                     .why = "court",
                                     .source = "o-7",
                                     .at = 1769892301,
                                     .until = 4102358400,
                                     .state = WATCH_SEIZED};
    char *json = redis_list_value_print(&value);
    assert_string_equal(
        json, "{\"by\":\"alice\",\"at\":\"2026-01-31T20:45:01Z\",\"why\":\"court\",\"source\":\"o-7\","
              "\"until\":\"2099-12-31T00:00:00Z\",\"state\":\"seized\"}");
    struct redis_list_value again = read_value(json);
    free(json);
    assert_string_equal(again.by, "alice");
    assert_string_equal(again.why, "court");
    assert_string_equal(again.source, "o-7");
    assert_true(again.at == value.at && again.until == value.until && again.state == WATCH_SEIZED);
    json = redis_list_value_print(&(struct redis_list_value){0});
    assert_string_equal(json, "{\"state\":\"active\"}");
    free(json);
}

static void test_values_by_hand(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "x",
                                        "[]",
                                        "5",
                                        "null",
                                        "{",
                                        "{\"until\":\"soon\",\"state\":\"dead\",\"why\":7}",
                                        "{\"until\":-5}",
                                        "{\"until\":1e300}",
                                        "\xff\xfe"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct redis_list_value value = read_value(texts[i]);
        assert_true(value.until == 0 && value.state == WATCH_ACTIVE && value.why[0] == '\0');
    }
    assert_int_equal(read_value("{\"until\":1769892301}").until, 1769892301);
    assert_int_equal(read_value("{\"until\":1769892301.5}").until, 1769892301);
    assert_string_equal(read_value("{\"why\":\"a\\u001b[31mb\"}").why, "a\xef\xbf\xbd[31mb");
    char text[1024];
    char room[600];
    memset(room, 'x', sizeof room - 1);
    room[sizeof room - 1] = '\0';
    snprintf(text, sizeof text, "{\"source\":\"%s\"}", room);
    assert_int_equal(strlen(read_value(text).source), REDIS_LIST_TEXT_MAX);
}

static void test_entries(void **state)
{
    (void)state;
    static const struct {
        enum redis_list list;
        const char *text;
        const char *printed; /* NULL: refused */
    } rows[] = {
        {REDIS_LIST_ORDER, "Panel.Example", "panel.example"},
        {REDIS_LIST_ORDER, ".panel.example", ".panel.example"},
        {REDIS_LIST_ORDER, "203.0.113.0/24", "203.0.113.0/24"},
        {REDIS_LIST_ORDER, "203.0.0.0/16", "203.0.0.0/16"},
        {REDIS_LIST_ORDER, "202.0.0.0/15", NULL},
        {REDIS_LIST_ALLOW, "202.0.0.0/15", "202.0.0.0/15"},
        {REDIS_LIST_ORDER, "2001:db8::/32", "2001:db8::/32"},
        {REDIS_LIST_ORDER, "2001:db8::/31", NULL},
        {REDIS_LIST_ORDER, ".github.io", NULL},
        {REDIS_LIST_OFFICIAL, ".github.io", ".github.io"},
        {REDIS_LIST_OFFICIAL, ".co.uk", NULL},
        {REDIS_LIST_ORDER, "203.0.113.300", NULL},
        {REDIS_LIST_ORDER, "*.Panel.example", "*.panel.example"},
        {REDIS_LIST_ORDER, "*.github.io", NULL},
        {REDIS_LIST_ALLOW, "*.github.io", "*.github.io"},
        {REDIS_LIST_ALLOW, "*.co.uk", NULL},
        {REDIS_LIST_ALLOW, "*panel.example", NULL},
        {REDIS_LIST_ALLOW, "*.*.panel.example", NULL},
        {REDIS_LIST_ALLOW, "*.203.0.113.9", NULL},
        {REDIS_LIST_ORDER, "panel.7", NULL},
        {REDIS_LIST_ORDER, "7.panel.example", "7.panel.example"},
        {REDIS_LIST_ORDER, "", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct watch_entry entry = {0};
        struct watch_key_room room;
        const char *wrong = NULL;
        char text[WATCH_TEXT_SIZE];
        bool good = redis_list_entry_parse(rows[i].list, slice_text(rows[i].text), &entry, &room, &wrong);
        if (good != (rows[i].printed != NULL)) {
            fail_msg("%s: %d", rows[i].text, good);
        }
        if (good) {
            assert_string_equal(watch_entry_print(&entry, text), rows[i].printed);
        } else {
            assert_non_null(wrong);
        }
    }
    const char *wrong = NULL;
    const struct watch_entry digest = {.kind = WATCH_HASH};
    assert_false(redis_list_entry_check(REDIS_LIST_ORDER, &digest, &wrong));
}

static void test_names(void **state)
{
    (void)state;
    for (int list = 0; list < REDIS_LIST_COUNT; list++) {
        enum redis_list again = REDIS_LIST_COUNT;
        assert_true(redis_list_parse(slice_text(redis_list_name((enum redis_list)list)), &again));
        assert_int_equal(again, list);
    }
    enum redis_list none;
    assert_false(redis_list_parse(slice_text("shared"), &none));
    assert_false(redis_list_parse(slice_text(""), &none));
}

static void test_shrinking(void **state)
{
    (void)state;
    const struct list_limits half = {.max_shrink = 50};
    assert_true(list_may_shrink(&half, 100, 50));
    assert_false(list_may_shrink(&half, 100, 49));
    assert_true(list_may_shrink(&half, 19, 0));
    assert_false(list_may_shrink(&half, 20, 0));
    assert_true(list_may_shrink(&half, 20, 30));
    const struct list_limits none = {.max_shrink = 0};
    assert_true(list_may_shrink(&none, 100, 100));
    assert_false(list_may_shrink(&none, 100, 99));
    const struct list_limits all = {.max_shrink = 100};
    assert_true(list_may_shrink(&all, 100, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),   cmocka_unit_test(test_values), cmocka_unit_test(test_values_by_hand),
        cmocka_unit_test(test_entries), cmocka_unit_test(test_names),  cmocka_unit_test(test_shrinking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
