/* base/log: what arrives on standard error, seen from a child process each. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_SIZE = 16384 };

/* Runs `write_log` in a child whose standard error is a pipe; `out` gets all of it. */
static void run_child(void (*write_log)(void), char out[OUTPUT_SIZE])
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        write_log();
        _exit(0);
    }
    close(ends[1]);
    size_t len = 0;
    ssize_t got;
    while ((got = read(ends[0], out + len, OUTPUT_SIZE - 1 - len)) > 0) {
        len += (size_t)got;
    }
    out[len] = '\0';
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void log_each_level(void)
{
    log_error("error %d", 1);
    log_warning("warning %d", 2);
    log_info("info %d", 3);
    log_debug("debug %d", 4);
}

static void log_each_level_at_info(void)
{
    log_set_level(LOG_LEVEL_INFO);
    log_each_level();
}

static void log_each_level_at_debug_to_journal(void)
{
    struct stat status;
    char stream[64];
    fstat(STDERR_FILENO, &status);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_set_level(LOG_LEVEL_DEBUG);
    log_each_level();
}

static void log_with_somebody_elses_journal(void)
{
    setenv("JOURNAL_STREAM", "1:2", 1);
    log_error("plain");
}

static void log_control_characters(void)
{
    log_error("a\nb\x1b[31m\xff");
}

static void log_long_message(void)
{
    char text[9000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_error("%s", text);
    log_error("after");
}

static void log_and_look_at_errno(void)
{
    errno = ENOENT;
    log_error("first");
    log_error("%s", errno == ENOENT ? "kept" : "lost");
}

static void the_level_decides(void **state)
{
    (void)state;
    char out[OUTPUT_SIZE];
    run_child(log_each_level, out);
    assert_string_equal(out, "error 1\nwarning 2\n");
    run_child(log_each_level_at_info, out);
    assert_string_equal(out, "error 1\nwarning 2\ninfo 3\n");
}

static void the_journal_gets_priorities(void **state)
{
    (void)state;
    char out[OUTPUT_SIZE];
    run_child(log_each_level_at_debug_to_journal, out);
    assert_string_equal(out, "<3>error 1\n<4>warning 2\n<6>info 3\n<7>debug 4\n");
    run_child(log_with_somebody_elses_journal, out);
    assert_string_equal(out, "plain\n");
}

static void one_line_a_message(void **state)
{
    (void)state;
    char out[OUTPUT_SIZE];
    run_child(log_control_characters, out);
    assert_string_equal(out, "a\xef\xbf\xbd"
                             "b\xef\xbf\xbd[31m\xef\xbf\xbd\n");
    run_child(log_long_message, out);
    const char *end = strchr(out, '\n');
    assert_non_null(end);
    assert_true(end - out > 4000 && end - out <= 4096);
    assert_string_equal(end, "\nafter\n");
}

static void errno_survives(void **state)
{
    (void)state;
    char out[OUTPUT_SIZE];
    run_child(log_and_look_at_errno, out);
    assert_string_equal(out, "first\nkept\n");
}

int main(void)
{
    unsetenv("JOURNAL_STREAM");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_level_decides),
        cmocka_unit_test(the_journal_gets_priorities),
        cmocka_unit_test(one_line_a_message),
        cmocka_unit_test(errno_survives),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
