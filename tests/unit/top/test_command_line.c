/* The command line: what is taken, what is refused, and that each refusal has the documented status. */
#include "command_line.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sink/events.h"

enum { WORDS_MAX = 16 };

static bool read_words(struct command_line *line, const char *const *words, struct failure *failure)
{
    char *argv[WORDS_MAX + 2] = {strdup("vigied")};
    int argc = 1;
    while (words[argc - 1] != NULL && argc <= WORDS_MAX) {
        argv[argc] = strdup(words[argc - 1]);
        argc++;
    }
    char *kept[WORDS_MAX + 2]; /* getopt moves the words */
    memcpy(kept, argv, sizeof kept);
    optind = 0; /* glibc: begin anew */
    bool good = command_line_read(line, argc, argv, failure);
    for (int i = 0; i < argc; i++) {
        free(kept[i]);
    }
    return good;
}

static void refused(const char *const *words)
{
    struct command_line line;
    struct failure failure = {0};
    assert_false(read_words(&line, words, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_USAGE);
    assert_true(strlen(failure.text) > 0);
    command_line_free(&line);
}

static void takes_captures_and_a_filter(void **state)
{
    (void)state;
    struct command_line line;
    struct failure failure = {0};
    const char *words[] = {"-r",  "a.pcap", "-r", "-", "--events", "detection, http",
                           "tcp", "port",   "80", NULL};
    assert_true(read_words(&line, words, &failure));
    assert_int_equal(line.captures.count, 2);
    assert_string_equal(line.captures.items[1], "-");
    assert_int_equal(line.events, EVENT_DETECTION | EVENT_HTTP);
    assert_string_equal(line.filter, "tcp port 80");
    command_line_free(&line);
}

static void turns_shorthands_into_overrides(void **state)
{
    (void)state;
    struct command_line line;
    struct failure failure = {0};
    const char *words[] = {"-i",        "eth1",  "--workers", "3",   "--redis",
                           "unix:///r", "--set", "user=x",    "-vv", NULL};
    assert_true(read_words(&line, words, &failure));
    assert_int_equal(line.overrides.count, 3);
    assert_string_equal(line.overrides.items[0], "workers=3");
    assert_string_equal(line.overrides.items[1], "redis.url=unix:///r");
    assert_string_equal(line.overrides.items[2], "user=x");
    assert_int_equal(line.verbose, 2);
    assert_string_equal(line.filter, "");
    command_line_free(&line);
}

static void refuses_what_makes_no_sense(void **state)
{
    (void)state;
    static const char *const lines[][WORDS_MAX] = {
        {NULL},
        {"--no-such-option", NULL},
        {"-r", NULL},
        {"-r", "a", "-i", "eth0", NULL},
        {"--explain", "-i", "eth0", NULL},
        {"-r", "a", "--events", "detection,nonsense", NULL},
        {"tcp", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        refused(lines[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_captures_and_a_filter),
        cmocka_unit_test(turns_shorthands_into_overrides),
        cmocka_unit_test(refuses_what_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
