/* The file of lines: rotation, and everything that can go wrong with a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/sink/jsonl_priv.h"
#include "sink/sink.h"

struct place {
    char folder[64];
    char path[96];
    struct counter_cell cells[SINK_COUNTERS_COUNT];
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL) {
        return -1;
    }
    snprintf(place->folder, sizeof place->folder, "/tmp/vigie-jsonl-XXXXXX");
    if (mkdtemp(place->folder) == NULL) {
        return -1;
    }
    snprintf(place->path, sizeof place->path, "%s/out.jsonl", place->folder);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", place->folder);
    int result = system(command);
    free(place);
    return result;
}

static void assert_file(const char *path, const char *wanted)
{
    char text[4096] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = '\0';
    assert_string_equal(text, wanted);
}

static struct jsonl *open_it(struct place *place)
{
    struct failure failure = {0};
    struct jsonl *jsonl = jsonl_open(place->path, place->cells, &failure);
    assert_non_null(jsonl);
    return jsonl;
}

static void test_append_and_rotate(void **state)
{
    struct place *place = *state;
    struct jsonl *jsonl = open_it(place);
    jsonl_write(jsonl, "{\"a\":1}", 0);
    jsonl_free(jsonl);
    jsonl = open_it(place);
    jsonl_write(jsonl, "{\"a\":2}", 0);
    char moved[128];
    snprintf(moved, sizeof moved, "%s.1", place->path);
    assert_int_equal(rename(place->path, moved), 0);
    jsonl_write(jsonl, "{\"a\":3}", 0);
    jsonl_reopen(jsonl, 0);
    jsonl_write(jsonl, "{\"a\":4}", 0);
    jsonl_free(jsonl);
    assert_file(moved, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    assert_file(place->path, "{\"a\":4}\n");
    assert_int_equal(counter_get(place->cells, SINK_JSONL_LINES), 4);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_ERRORS), 0);
    struct stat status;
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0007, 0);
}

static void test_no_such_folder(void **state)
{
    struct place *place = *state;
    struct failure failure = {0};
    assert_null(jsonl_open("/nonexistent/out.jsonl", place->cells, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_INPUT);
    /* Gone while it runs: the file that is open stays in use. */
    struct jsonl *jsonl = open_it(place);
    char moved[128];
    snprintf(moved, sizeof moved, "%s.moved", place->folder);
    assert_int_equal(rename(place->folder, moved), 0);
    jsonl_reopen(jsonl, 0);
    jsonl_write(jsonl, "{}", 0);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_LINES), 1);
    assert_int_equal(rename(moved, place->folder), 0);
    jsonl_free(jsonl);
    assert_file(place->path, "{}\n");
}

static void test_full_disk(void **state)
{
    struct place *place = *state;
    struct failure failure = {0};
    struct jsonl *jsonl = jsonl_open("/dev/full", place->cells, &failure);
    assert_non_null(jsonl);
    jsonl_write(jsonl, "{}", 0);
    jsonl_write(jsonl, "{}", 0);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_ERRORS), 2);
    jsonl_free(jsonl);
}

/* The disk is full in the middle of a line: what was written of it is taken back. */
static void test_torn_line(void **state)
{
    struct place *place = *state;
    struct jsonl *jsonl = open_it(place);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit small = {.rlim_cur = 20, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    jsonl_write(jsonl, "{\"a\":1}", 0);
    jsonl_write(jsonl, "{\"a\":\"twelve bytes and more\"}", 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    jsonl_write(jsonl, "{\"a\":2}", 0);
    jsonl_free(jsonl);
    assert_file(place->path, "{\"a\":1}\n{\"a\":2}\n");
    assert_int_equal(counter_get(place->cells, SINK_JSONL_LINES), 2);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_ERRORS), 1);
}

static void test_fifo(void **state)
{
    struct place *place = *state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(mkfifo(place->path, 0600), 0);
    struct jsonl *jsonl = open_it(place); /* nobody reads: this must not hang */
    jsonl_write(jsonl, "{}", TIME_SECOND);
    jsonl_write(jsonl, "{}", TIME_SECOND);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_ERRORS), 2);
    int reader = open(place->path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    jsonl_write(jsonl, "{}", TIME_SECOND + TIME_SECOND / 2); /* too early to look again */
    jsonl_write(jsonl, "{\"a\":1}", 2 * TIME_SECOND);
    char text[64] = "";
    assert_int_equal(read(reader, text, sizeof text - 1), 8);
    assert_string_equal(text, "{\"a\":1}\n");
    close(reader);
    jsonl_write(jsonl, "{}", 3 * TIME_SECOND);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_ERRORS), 4);
    reader = open(place->path, O_RDONLY | O_NONBLOCK);
    jsonl_write(jsonl, "{\"a\":2}", 4 * TIME_SECOND);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_LINES), 2);
    close(reader);
    jsonl_free(jsonl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_append_and_rotate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_such_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fifo, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
