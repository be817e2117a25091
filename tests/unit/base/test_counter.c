/* base/counter: the table and the cells that one list gives. */
#include "base/counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SAMPLE_COUNTERS(X)                                                                                   \
    X(SAMPLE_PACKETS, "packets", "Packets seen")                                                             \
    X(SAMPLE_DROPS, "drops", "Packets dropped")

enum COUNTER_ENUM(sample, SAMPLE_COUNTERS);
extern const struct counter_table sample_counters;
COUNTER_TABLE(sample, SAMPLE_COUNTERS);

static void one_list_gives_rows_and_indices(void **state)
{
    (void)state;
    assert_int_equal(sample_counters.count, SAMPLE_COUNTERS_COUNT);
    assert_int_equal(SAMPLE_COUNTERS_COUNT, 2);
    assert_string_equal(sample_counters.stage, "sample");
    assert_string_equal(sample_counters.rows[SAMPLE_DROPS].name, "drops");
    assert_string_equal(sample_counters.rows[SAMPLE_DROPS].help, "Packets dropped");
}

static void cells_count_apart(void **state)
{
    (void)state;
    struct counter_cell cells[SAMPLE_COUNTERS_COUNT] = {0};
    counter_add(cells, SAMPLE_PACKETS, 3);
    counter_add(cells, SAMPLE_PACKETS, UINT64_C(1) << 40);
    counter_set(cells, SAMPLE_DROPS, 9);
    counter_set(cells, SAMPLE_DROPS, 4);
    assert_true(counter_get(cells, SAMPLE_PACKETS) == (UINT64_C(1) << 40) + 3);
    assert_int_equal(counter_get(cells, SAMPLE_DROPS), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_list_gives_rows_and_indices),
        cmocka_unit_test(cells_count_apart),
    };
    return cmocka_run_group_tests_name("base/counter", tests, NULL, NULL);
}
