/* The sums of --dump-config: the last line is that of all others, and the options that bound them do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory.h"

/* What the line with these words says. */
static double share_of(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    assert_non_null(at);
    while (at > text && at[-1] != '\n') {
        at--;
    }
    assert_int_equal(*at, '#');
    return strtod(at + 1, NULL);
}

static char *print(const struct settings *settings)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    memory_print(settings, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static double sum_of_lines(const char *text)
{
    double sum = 0;
    const char *line = strchr(strchr(text, '#'), '\n'); /* behind the heading */
    while (line != NULL && strstr(line, "in all") != NULL &&
           strstr(line, "in all") > strchr(line + 1, '\n')) {
        sum += strtod(line + 2, NULL);
        line = strchr(line + 1, '\n');
    }
    return sum;
}

static void sums_are_those_of_the_options(void **state)
{
    (void)state;
    struct settings settings = {0};
    struct config_section sections[SETTINGS_SECTIONS];
    settings_sections(&settings, sections);
    for (size_t i = 0; i < SETTINGS_SECTIONS; i++) {
        option_set_defaults(sections[i].table, sections[i].settings);
    }
    char *before = print(&settings);
    double all = share_of(before, "in all");
    assert_true(all > 0 && all - sum_of_lines(before) < 1 && sum_of_lines(before) - all < 1);
    assert_true(share_of(before, "(app.memory)") == (double)(settings.app.memory >> 20));

    settings.flow.max_flows *= 2;
    settings.verdict.max_services *= 2;
    settings.flow.ndpi_flows = NDPI_FLOWS_OFF;
    char *after = print(&settings);
    double ratio = share_of(after, "flows that are followed") / share_of(before, "flows that are followed");
    assert_true(ratio > 1.99 && ratio < 2.01);
    assert_true(share_of(after, "services") > 1.3 * share_of(before, "services"));
    assert_true(share_of(before, "nDPI") > 0 && share_of(after, "nDPI") == 0);
    free(before);
    free(after);
    config_free(sections, SETTINGS_SECTIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_the_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
