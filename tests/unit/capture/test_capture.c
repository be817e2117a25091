/* What needs neither file nor interface: options, counters, the early time, and the list of a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/capture/capture_priv.h"

static void test_options(void **state)
{
    (void)state;
    struct capture_settings settings = {0};
    option_set_defaults(&capture_options, &settings);
    assert_int_equal(settings.ring_bytes, 64 << 20);
    assert_int_equal(settings.snaplen, 65535);
    assert_true(settings.promiscuous);
    assert_int_equal(settings.idle_warning, 30000000);
    char error[OPTION_ERROR_SIZE];
    const struct option *ring = &capture_options.rows[0];
    assert_string_equal(ring->name, "capture.ring");
    assert_true(option_set_text(ring, &settings, "1GiB", error));
    assert_false(option_set_text(ring, &settings, "2GiB", error));
    assert_false(option_set_text(ring, &settings, "4KiB", error));
    option_free(&capture_options, &settings);
}

static void test_counters_grow_beyond_32_bits(void **state)
{
    (void)state;
    uint32_t last = 0;
    assert_int_equal(capture_counter_rise(&last, 0), 0);
    assert_int_equal(capture_counter_rise(&last, UINT32_MAX), UINT32_MAX);
    assert_int_equal(capture_counter_rise(&last, UINT32_MAX), 0);
    assert_int_equal(capture_counter_rise(&last, 0), 1);
    assert_int_equal(capture_counter_rise(&last, 5), 5);
}

enum { JOINED = 1000000000, GRACE = 100000, RING = 1 << 20 };

static struct capture_early early_make(void)
{
    struct capture_early early;
    capture_early_begin(&early, JOINED, 500, RING);
    return early;
}

static void test_early_by_time(void **state)
{
    (void)state;
    struct capture_early early = early_make();
    assert_true(capture_early_drops(&early, JOINED - 1));
    assert_false(capture_early_drops(&early, JOINED));
    /* Two processors may write their packets in another order than that of their times. */
    assert_true(capture_early_drops(&early, JOINED - 1));
    assert_false(capture_early_drops(&early, JOINED + GRACE - 1));
    assert_true(early.active);
    assert_false(capture_early_drops(&early, JOINED + GRACE));
    assert_false(early.active);
}

static void test_early_ends_with_an_empty_ring(void **state)
{
    (void)state;
    struct capture_early early = early_make();
    capture_early_empty(&early, 500 + GRACE - 1);
    assert_true(early.active);
    capture_early_empty(&early, 500 + GRACE);
    assert_false(early.active);
}

static void test_early_ends_after_a_ring_of_packets(void **state)
{
    (void)state;
    struct capture_early early = early_make();
    for (size_t i = 0; i < RING / 64; i++) {
        assert_true(capture_early_drops(&early, 0)); /* the clock was set back by years */
    }
    assert_false(capture_early_drops(&early, 0));
    assert_false(early.active);
}

static char folder[] = "/tmp/vigie-list-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void touch(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int descriptor = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(descriptor >= 0);
    (void)close(descriptor);
}

static void test_folder_is_sorted_by_byte(void **state)
{
    (void)state;
    struct text_list files = {0};
    struct failure failure = {0};
    assert_false(capture_list_files(folder, &files, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_INPUT);
    static const char *const names[] = {"b.pcap", "a10.pcap", "\xc3\xa9.pcap", "a2.pcap", ".hidden",
                                        "B.pcap", "a"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        touch(names[i]);
    }
    char path[128];
    (void)snprintf(path, sizeof path, "%s/inner", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/link", folder);
    assert_int_equal(symlink("a2.pcap", path), 0);
    static const char *const expected[] = {"B.pcap", "a",    "a10.pcap",     "a2.pcap",
                                           "b.pcap", "link", "\xc3\xa9.pcap"};
    static const char *const endings[] = {"", "/"};
    for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
        char with_ending[128];
        (void)snprintf(with_ending, sizeof with_ending, "%s%s", folder, endings[i]);
        assert_true(capture_list_files(with_ending, &files, &failure));
        assert_int_equal(files.count, ARRAY_COUNT(expected));
        for (size_t j = 0; j < files.count; j++) {
            (void)snprintf(path, sizeof path, "%s/%s", folder, expected[j]);
            assert_string_equal(files.items[j], path);
        }
        text_list_free(&files);
    }
    assert_null(files.items);
}

static void test_paths_append(void **state)
{
    (void)state;
    struct text_list files = {0};
    struct failure failure = {0};
    assert_true(capture_list_files("-", &files, &failure));
    assert_true(capture_list_files("/dev/null", &files, &failure));
    assert_false(capture_list_files("/nowhere/x.pcap", &files, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_INPUT);
    assert_non_null(strstr(failure.text, "/nowhere/x.pcap: "));
    assert_false(capture_list_files("", &files, &failure));
    assert_int_equal(files.count, 2);
    assert_string_equal(files.items[0], "-");
    assert_string_equal(files.items[1], "/dev/null");
    text_list_free(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_counters_grow_beyond_32_bits),
        cmocka_unit_test(test_early_by_time),
        cmocka_unit_test(test_early_ends_with_an_empty_ring),
        cmocka_unit_test(test_early_ends_after_a_ring_of_packets),
        cmocka_unit_test(test_folder_is_sorted_by_byte),
        cmocka_unit_test(test_paths_append),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
