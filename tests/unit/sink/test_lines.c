/* The sink's thread with a file and no Redis: which events go there, and in what order. */
#include <setjmp.h>

#include "sample.h"

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/events.h"

struct place {
    char folder[48];
    char path[96];
    struct sink_settings settings;
    struct counter_cell cells[SINK_COUNTERS_COUNT];
};

static void set(struct place *place, const char *name, const char *value)
{
    for (size_t i = 0; i < sink_options.count; i++) {
        if (strcmp(sink_options.rows[i].name, name) == 0) {
            char error[OPTION_ERROR_SIZE];
            assert_true(option_set_text(&sink_options.rows[i], &place->settings, value, error));
            return;
        }
    }
    fail();
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL) {
        return -1;
    }
    snprintf(place->folder, sizeof place->folder, "/tmp/vigie-lines-XXXXXX");
    if (mkdtemp(place->folder) == NULL) {
        return -1;
    }
    snprintf(place->path, sizeof place->path, "%s/out.jsonl", place->folder);
    option_set_defaults(&sink_options, &place->settings);
    set(place, "jsonl.path", place->path);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    option_free(&sink_options, &place->settings);
    unlink(place->path);
    int result = rmdir(place->folder);
    free(place);
    return result;
}

static struct sink_thread *start(struct place *place)
{
    struct producer producer = sample_producer();
    struct failure failure = {0};
    struct sink_thread *sink = sink_thread_start(&place->settings, &producer, false, place->cells, &failure);
    assert_non_null(sink);
    return sink;
}

static char *read_all(const char *path)
{
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[got] = '\0';
    return text;
}

static void test_detections_alone(void **state)
{
    struct place *place = *state;
    assert_int_equal(sink_settings_events(&place->settings), EVENT_DETECTION);
    struct sink_thread *sink = start(place);
    struct detection *detection = sample_detection();
    struct producer producer = sample_producer();
    char *line = detection_json(detection, &producer);
    sink_thread_push(sink, detection);
    assert_int_equal(sink_thread_stop(sink, 0), EXIT_STATUS_GOOD);
    char *text = read_all(place->path);
    assert_int_equal(strncmp(text, line, strlen(line)), 0);
    assert_string_equal(text + strlen(line), "\n");
    free(text);
    free(line);
}

static void test_records_in_order(void **state)
{
    struct place *place = *state;
    set(place, "jsonl.events", "http, stats");
    assert_int_equal(sink_settings_events(&place->settings), EVENT_HTTP | EVENT_STATS);
    struct sink_thread *sink = start(place);
    char expected[16384] = "";
    size_t len = 0;
    for (int i = 0; i < 1000; i++) {
        char line[32];
        snprintf(line, sizeof line, "{\"n\":%d}", i);
        len += (size_t)snprintf(expected + len, sizeof expected - len, "%s\n", line);
        sink_thread_push_line(sink, strdup(line));
        sink_thread_push(sink, sample_detection()); /* not asked for */
    }
    assert_int_equal(sink_thread_stop(sink, 0), EXIT_STATUS_GOOD);
    char *text = read_all(place->path);
    assert_string_equal(text, expected);
    free(text);
    assert_int_equal(counter_get(place->cells, SINK_JSONL_LINES), 1000);
    assert_int_equal(counter_get(place->cells, SINK_LINES_FULL), 0);
}

static void test_names_of_events(void **state)
{
    (void)state;
    for (size_t i = 0; event_choices[i] != NULL; i++) {
        assert_int_not_equal(event_bit(event_choices[i]), 0);
    }
    assert_int_equal(event_bit("detection"), EVENT_DETECTION);
    assert_int_equal(event_bit("detections"), 0);
    assert_int_equal(event_bit(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_detections_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_records_in_order, setup, teardown),
        cmocka_unit_test(test_names_of_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
