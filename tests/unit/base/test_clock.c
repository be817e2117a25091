/* base/clock: clocks that go on, and the text of times. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/attr.h"

static void prints_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        int64_t time_us;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {999999, "1970-01-01T00:00:00.999999Z"},
        {1000000, "1970-01-01T00:00:01.000000Z"},
        {1769892301123456, "2026-01-31T20:45:01.123456Z"},
        {1709164800000000, "2024-02-29T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {-1000000, "1969-12-31T23:59:59.000000Z"},
        {253402300799999999, "9999-12-31T23:59:59.999999Z"},
        {253402300800000000, "10000-01-01T00:00:00.000000Z"},
        {INT64_MAX, "294247-01-10T04:00:54.775807Z"},
        {INT64_MIN, "-290308-12-21T19:59:05.224192Z"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char out[TIME_TEXT_SIZE];
        assert_string_equal(time_print(rows[i].time_us, out), rows[i].text);
    }
}

static void clocks_go_on(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_us();
    assert_true(clock_monotonic_us() >= before);
    assert_true(clock_realtime_us() >
                1700000000 * TIME_SECOND); /* microseconds, not milliseconds or seconds */
    assert_true(clock_realtime_us() < 10000000000 * TIME_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_rfc_3339),
        cmocka_unit_test(clocks_go_on),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
