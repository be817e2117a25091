/* base/failure: one clean line with its status. */
#include "base/failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static void sets_status_and_text(void **state)
{
    (void)state;
    struct failure failure = {.status = EXIT_STATUS_GOOD};
    assert_false(failure_set(&failure, EXIT_STATUS_NO_INPUT, "%s: %s", "a.pcap", "no such file"));
    assert_int_equal(failure.status, EXIT_STATUS_NO_INPUT);
    assert_string_equal(failure.text, "a.pcap: no such file");
}

static void a_newline_does_not_get_through(void **state)
{
    (void)state;
    struct failure failure;
    failure_set(&failure, EXIT_STATUS_CONFIG, "%s", "two\nlines");
    assert_string_equal(failure.text, "two\xef\xbf\xbdlines");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    struct failure failure;
    char longer[2 * sizeof failure.text];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    failure_set(&failure, EXIT_STATUS_RUNTIME, "%s", longer);
    assert_int_equal(strlen(failure.text), sizeof failure.text - 1);

    /* Every newline grows to three bytes: the clean text is longer than the raw one and must still fit. */
    memset(longer, '\n', sizeof longer - 1);
    failure_set(&failure, EXIT_STATUS_RUNTIME, "%s", longer);
    assert_int_equal(strlen(failure.text), (sizeof failure.text - 1) / 3 * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_status_and_text),
        cmocka_unit_test(a_newline_does_not_get_through),
        cmocka_unit_test(long_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests_name("base/failure", tests, NULL, NULL);
}
