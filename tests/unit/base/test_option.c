/* base/option: every type with its borders, lists, printing, and errors that say what was expected. */
#include "base/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const modes[] = {"manual", "auto", NULL};
static const char *const bases[] = {"content", "listed", "software", NULL};

struct settings {
    bool on;
    uint64_t number;
    uint64_t size;
    int64_t duration;
    char *text;
    char *password;
    int mode;
    struct text_list files;
    struct text_list bases;
    struct prefix_list home;
};

enum {
    ON,
    NUMBER,
    ANY_NUMBER,
    SIZE,
    ANY_SIZE,
    DURATION,
    ANY_DURATION,
    TEXT,
    PASSWORD,
    MODE,
    FILES,
    BASES,
    HOME
};

#define FIELD(member) .offset = offsetof(struct settings, member)

static const struct option rows[] = {
    [ON] = {"test.on", OPTION_BOOL, FIELD(on), .default_text = "true", .help = "On."},
    [NUMBER] = {"test.number", OPTION_NUMBER, FIELD(number), .default_text = "3", .min = 1, .max = 100,
                .help = "N."},
    [ANY_NUMBER] = {"test.any", OPTION_NUMBER, FIELD(number), .default_text = "7", .help = "N."},
    [SIZE] = {"test.size", OPTION_SIZE, FIELD(size), .default_text = "64KiB", .min = 1024, .max = 1 << 30,
              .help = "S."},
    [ANY_SIZE] = {"test.anysize", OPTION_SIZE, FIELD(size), .default_text = "8MiB", .help = "S."},
    [DURATION] = {"test.duration", OPTION_DURATION, FIELD(duration), .default_text = "10s", .min = 1000,
                  .max = 86400000000, .help = "D."},
    [ANY_DURATION] = {"test.anyduration", OPTION_DURATION, FIELD(duration), .default_text = "0",
                      .help = "D."},
    [TEXT] = {"test.text", OPTION_TEXT, FIELD(text), .default_text = "", .help = "T."},
    [PASSWORD] = {"test.password", OPTION_TEXT, FIELD(password), .default_text = "", .secret = true,
                  .help = "P."},
    [MODE] = {"test.mode", OPTION_CHOICE, FIELD(mode), .default_text = "manual", .choices = modes,
              .help = "M."},
    [FILES] = {"test.files", OPTION_TEXT_LIST, FIELD(files), .default_text = "a.rules, b.rules",
               .help = "F."},
    [BASES] = {"test.bases", OPTION_TEXT_LIST, FIELD(bases), .default_text = "content, listed",
               .choices = bases, .help = "B."},
    [HOME] = {"test.home", OPTION_PREFIX_LIST, FIELD(home), .default_text = "", .help = "H."},
};

static const struct option_table table = {"test", rows, ARRAY_COUNT(rows), sizeof(struct settings)};

static int set_up(void **state)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL) {
        return -1;
    }
    option_set_defaults(&table, settings);
    *state = settings;
    return 0;
}

static int tear_down(void **state)
{
    static const struct settings zero;
    option_free(&table, *state);
    int same = memcmp(*state, &zero, sizeof zero);
    free(*state);
    return same;
}

static void assert_set(struct settings *settings, size_t row, const char *text)
{
    char error[OPTION_ERROR_SIZE] = "";
    bool good = option_set_text(&rows[row], settings, text, error);
    assert_string_equal(error, "");
    assert_true(good);
}

static void assert_printed(const struct settings *settings, size_t row, const char *wanted)
{
    char *text = option_print(&rows[row], settings);
    assert_string_equal(text, wanted);
    free(text);
}

/* The text is refused with this error, and the value stays what it was. */
static void assert_refused(struct settings *settings, size_t row, const char *text, const char *wanted)
{
    char *before = option_print(&rows[row], settings);
    char error[OPTION_ERROR_SIZE] = "";
    assert_false(option_set_text(&rows[row], settings, text, error));
    assert_string_equal(error, wanted);
    assert_printed(settings, row, before);
    free(before);
}

struct good_row {
    const char *text;
    uint64_t value;
    const char *printed;
};

static void defaults_are_taken(void **state)
{
    const struct settings *settings = *state;
    assert_true(settings->on);
    assert_int_equal(settings->number, 7); /* the later row of the same field */
    assert_int_equal(settings->size, 8 << 20);
    assert_int_equal(settings->duration, 0);
    assert_string_equal(settings->text, "");
    assert_int_equal(settings->mode, 0);
    assert_int_equal(settings->files.count, 2);
    assert_string_equal(settings->files.items[0], "a.rules");
    assert_string_equal(settings->files.items[1], "b.rules");
    assert_int_equal(settings->home.count, 0);
}

static void every_type_has_a_name(void **state)
{
    (void)state;
    for (size_t type = 0; type < OPTION_TYPE_COUNT; type++) {
        assert_true(strlen(option_type_name((enum option_type)type)) > 0);
    }
    assert_string_equal(option_type_name(OPTION_DURATION), "duration");
}

static void a_wrong_default_is_a_bug(void **state)
{
    (void)state;
    static const struct option wrong = {"test.wrong", OPTION_BOOL, FIELD(on), .default_text = "maybe",
                                        .help = "W."};
    static const struct option_table wrong_table = {"test", &wrong, 1, sizeof(struct settings)};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct settings settings = {0};
        fclose(stderr);
        close(STDERR_FILENO);
        option_set_defaults(&wrong_table, &settings);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void bools(void **state)
{
    struct settings *settings = *state;
    static const struct good_row good[] = {
        {"true", 1, "true"}, {"false", 0, "false"}, {"yes", 1, "true"},    {"no", 0, "false"},
        {"on", 1, "true"},   {"off", 0, "false"},   {" true ", 1, "true"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        assert_set(settings, ON, good[i].text);
        assert_int_equal(settings->on, good[i].value);
        assert_printed(settings, ON, good[i].printed);
    }
    static const char *const bad[] = {"", "1", "0", "True", "yess", "y"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_refused(settings, ON, bad[i], "expected true or false (or yes, no, on, off)");
    }
}

static void numbers(void **state)
{
    struct settings *settings = *state;
    static const struct good_row good[] = {
        {"1", 1, "1"}, {"100", 100, "100"}, {"007", 7, "7"}, {" 8 ", 8, "8"}};
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        assert_set(settings, NUMBER, good[i].text);
        assert_int_equal(settings->number, good[i].value);
        assert_printed(settings, NUMBER, good[i].printed);
    }
    static const char *const bad[] = {
        "", "0", "101", "-1", "1.5", "0x10", "ten", "1k", "18446744073709551616", "1 2"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_refused(settings, NUMBER, bad[i], "expected a whole decimal number, from 1 to 100");
    }
    assert_set(settings, ANY_NUMBER, "0");
    assert_set(settings, ANY_NUMBER, "18446744073709551615");
    assert_true(settings->number == UINT64_MAX);
    assert_printed(settings, ANY_NUMBER, "18446744073709551615");
    assert_refused(settings, ANY_NUMBER, "18446744073709551616",
                   "expected a whole decimal number, at most 18446744073709551615");
}

static void sizes(void **state)
{
    struct settings *settings = *state;
    static const struct good_row good[] = {
        {"1024", 1024, "1KiB"},
        {"1025", 1025, "1025"},
        {"64KiB", 65536, "64KiB"},
        {"1 MiB", 1 << 20, "1MiB"},
        {"1024KiB", 1 << 20, "1MiB"},
        {"1GiB", 1 << 30, "1GiB"},
        {"1536KiB", 1536 << 10, "1536KiB"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        assert_set(settings, SIZE, good[i].text);
        assert_int_equal(settings->size, good[i].value);
        assert_printed(settings, SIZE, good[i].printed);
    }
    static const char *const bad[] = {
        "",     "0",     "1023", "1073741825", "2GiB",   "64kb",  "64K",
        "64KB", "64kib", "KiB",  "-1KiB",      "1.5MiB", "1KiBx", "17179869185GiB", /* 2^64 + 2^30 */
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_refused(
            settings, SIZE, bad[i],
            "expected a size: a whole decimal number of bytes, or one with KiB, MiB or GiB behind it, "
            "from 1KiB to 1GiB");
    }
    assert_set(settings, ANY_SIZE, "17179869183GiB");
    assert_printed(settings, ANY_SIZE, "17179869183GiB");
    assert_set(settings, ANY_SIZE, "0");
    assert_printed(settings, ANY_SIZE, "0");
}

static void durations(void **state)
{
    struct settings *settings = *state;
    static const struct good_row good[] = {
        {"1ms", 1000, "1ms"},          {"1000us", 1000, "1ms"},        {"1001us", 1001, "1001us"},
        {"1500ms", 1500000, "1500ms"}, {"10s", 10000000, "10s"},       {"90s", 90000000, "90s"},
        {"60s", 60000000, "1min"},     {"10 min", 600000000, "10min"}, {"2h", 7200000000, "2h"},
        {"1d", 86400000000, "1d"},     {"24h", 86400000000, "1d"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        assert_set(settings, DURATION, good[i].text);
        assert_int_equal(settings->duration, good[i].value);
        assert_printed(settings, DURATION, good[i].printed);
    }
    static const char *const bad[] = {"",    "0",      "10",  "999us", "86401s", "2d",
                                      "10m", "10 sec", "-1s", "1.5s",  "s",      "1S"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_refused(settings, DURATION, bad[i],
                       "expected a duration: a whole decimal number with us, ms, s, min, h or d behind it, "
                       "from 1ms to 1d");
    }
    assert_set(settings, ANY_DURATION, "9223372036854775807us");
    assert_true(settings->duration == INT64_MAX);
    assert_printed(settings, ANY_DURATION, "9223372036854775807us");
    static const char *const too_long[] = {"9223372036854775808us", "106751992d", "18446744073709551615d",
                                           "5"};
    for (size_t i = 0; i < ARRAY_COUNT(too_long); i++) {
        assert_refused(settings, ANY_DURATION, too_long[i],
                       "expected a duration: a whole decimal number with us, ms, s, min, h or d behind it, "
                       "at most 9223372036854775807us");
    }
    static const char *const zeros[] = {"0", "0s", "0d", "000"};
    for (size_t i = 0; i < ARRAY_COUNT(zeros); i++) {
        assert_set(settings, ANY_DURATION, "1s");
        assert_set(settings, ANY_DURATION, zeros[i]);
        assert_int_equal(settings->duration, 0);
        assert_printed(settings, ANY_DURATION, "0");
    }
}

static void texts_and_secrets(void **state)
{
    struct settings *settings = *state;
    assert_set(settings, TEXT, "mirror-1");
    assert_set(settings, TEXT, " with [blanks], and commas ");
    assert_string_equal(settings->text, " with [blanks], and commas ");
    assert_printed(settings, TEXT, " with [blanks], and commas ");
    assert_refused(settings, TEXT, "two\nlines", "expected a text without control characters");
    assert_refused(settings, TEXT, "\x7f", "expected a text without control characters");
    assert_printed(settings, PASSWORD, "");
    assert_set(settings, PASSWORD, "hunter2");
    assert_string_equal(settings->password, "hunter2");
    assert_printed(settings, PASSWORD, "*");
    char error[OPTION_ERROR_SIZE];
    assert_false(option_set_text(&rows[PASSWORD], settings, "hunter3\n", error));
    assert_null(strstr(error, "hunter3"));
}

static void choices(void **state)
{
    struct settings *settings = *state;
    assert_set(settings, MODE, "auto");
    assert_int_equal(settings->mode, 1);
    assert_printed(settings, MODE, "auto");
    assert_set(settings, MODE, " manual");
    assert_int_equal(settings->mode, 0);
    static const char *const bad[] = {"", "Auto", "aut", "autos", "manual, auto"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_refused(settings, MODE, bad[i], "expected manual or auto");
    }
}

static void text_lists(void **state)
{
    struct settings *settings = *state;
    static const struct {
        const char *text;
        size_t count;
        const char *printed;
    } good[] = {
        {"one", 1, "one"},
        {" a ,b,  c", 3, "a, b, c"},
        {"[a, b]", 2, "a, b"},
        {"[a]", 1, "a"},
        {"", 0, ""},
        {"[]", 0, ""},
        {"[ ]", 0, ""},
        {"[ab]*.rules", 1, "[ab]*.rules"},
        {"[[a]*, *[b]]", 2, "[[a]*, *[b]]"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        assert_set(settings, FILES, good[i].text);
        assert_int_equal(settings->files.count, good[i].count);
        assert_printed(settings, FILES, good[i].printed);
        assert_set(settings, FILES, good[i].printed);
        assert_int_equal(settings->files.count, good[i].count);
        assert_printed(settings, FILES, good[i].printed);
    }
    const char *empty_item =
        "item 2: expected a text that is not empty, without comma and control characters";
    assert_refused(settings, FILES, "a,,b", empty_item);
    assert_refused(settings, FILES, "a,", empty_item);
    assert_refused(settings, FILES, "a, \x01", empty_item);
    assert_set(settings, BASES, "software, content");
    assert_printed(settings, BASES, "software, content");
    assert_refused(settings, BASES, "content, hearsay", "item 2: expected content, listed or software");
}

static void lists_by_items(void **state)
{
    struct settings *settings = *state;
    char error[OPTION_ERROR_SIZE] = "";
    assert_true(option_set_list(&rows[FILES], settings, (const char *const[]){" x ", "y"}, 2, error));
    assert_printed(settings, FILES, "x, y");
    assert_false(option_set_list(&rows[FILES], settings, (const char *const[]){"x,y"}, 1, error));
    assert_string_equal(error,
                        "item 1: expected a text that is not empty, without comma and control characters");
    assert_printed(settings, FILES, "x, y");
    assert_true(option_set_list(&rows[FILES], settings, NULL, 0, error));
    assert_int_equal(settings->files.count, 0);
    assert_false(option_set_list(&rows[NUMBER], settings, (const char *const[]){"5"}, 1, error));
    assert_string_equal(error, "expected one number, not a list");
}

static void prefix_lists(void **state)
{
    struct settings *settings = *state;
    assert_set(settings, HOME, "[192.0.2.0/24, 2001:DB8::/32,203.0.113.7]");
    assert_int_equal(settings->home.count, 3);
    assert_printed(settings, HOME, "192.0.2.0/24, 2001:db8::/32, 203.0.113.7");
    struct address inside;
    assert_true(address_parse("2001:db8::5", &inside));
    assert_true(prefix_list_contains(&settings->home, &inside));
    assert_refused(
        settings, HOME, "192.0.2.0/24, 192.0.2.1/24",
        "item 2: expected an address or a prefix such as 192.0.2.0/24 or 2001:db8::/32, without bits set "
        "behind its length");
    assert_refused(
        settings, HOME, "example.com",
        "item 1: expected an address or a prefix such as 192.0.2.0/24 or 2001:db8::/32, without bits set "
        "behind its length");
    assert_set(settings, HOME, "");
    assert_int_equal(settings->home.count, 0);
    assert_null(settings->home.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_are_taken, set_up, tear_down),
        cmocka_unit_test(every_type_has_a_name),
        cmocka_unit_test(a_wrong_default_is_a_bug),
        cmocka_unit_test_setup_teardown(bools, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(durations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_and_secrets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(choices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_lists, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_by_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prefix_lists, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("base/option", tests, NULL, NULL);
}
