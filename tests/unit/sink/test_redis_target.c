/* URLs of Redis, the password file, and what messages show of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/attr.h"
#include "sink/redis_link.h"

struct good_row {
    const char *url;
    const char *host, *path, *user, *password;
    unsigned port, database;
    const char *shown;
};

static const struct good_row good_rows[] = {
    {"redis://localhost", "localhost", NULL, NULL, NULL, 6379, 0, "redis://localhost:6379/0"},
    {"redis://10.0.0.1:7000/3", "10.0.0.1", NULL, NULL, NULL, 7000, 3, "redis://10.0.0.1:7000/3"},
    {"redis://h:65535/", "h", NULL, NULL, NULL, 65535, 0, "redis://h:65535/0"},
    {"redis://[::1]", "::1", NULL, NULL, NULL, 6379, 0, "redis://[::1]:6379/0"},
    {"redis://[2001:db8::1]:1/9", "2001:db8::1", NULL, NULL, NULL, 1, 9, "redis://[2001:db8::1]:1/9"},
    {"redis://user:pa%20ss@h", "h", NULL, "user", "pa ss", 6379, 0, "redis://*@h:6379/0"},
    {"redis://:p@s@h:1", "h", NULL, NULL, "p@s", 1, 0, "redis://*@h:1/0"},
    {"redis://user@h", "h", NULL, "user", NULL, 6379, 0, "redis://*@h:6379/0"},
    {"unix:///run/redis.sock", NULL, "/run/redis.sock", NULL, NULL, 0, 0, "unix:///run/redis.sock?db=0"},
    {"unix:///r%3f.sock?db=12", NULL, "/r?.sock", NULL, NULL, 0, 12, "unix:///r?.sock?db=12"},
    {"unix://u:p@/r.sock", NULL, "/r.sock", "u", "p", 0, 0, "unix://*@/r.sock?db=0"},
};

static void assert_text(const char *got, const char *wanted)
{
    if (wanted == NULL) {
        assert_null(got);
    } else {
        assert_non_null(got);
        assert_string_equal(got, wanted);
    }
}

static void test_good_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(good_rows); i++) {
        const struct good_row *row = &good_rows[i];
        struct redis_target target;
        struct failure failure = {0};
        assert_true(redis_target_parse(row->url, &target, &failure));
        assert_text(target.host, row->host);
        assert_text(target.path, row->path);
        assert_text(target.user, row->user);
        assert_text(target.password, row->password);
        assert_int_equal(target.port, row->port);
        assert_int_equal(target.database, row->database);
        char shown[REDIS_TARGET_TEXT_SIZE];
        assert_string_equal(redis_target_print(&target, shown), row->shown);
        redis_target_free(&target);
    }
}

static void test_bad_urls(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",
        "localhost",
        "http://h",
        "redis:/h",
        "redis://",
        "redis:///0",
        "redis://:6379",
        "redis://h:",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:12x",
        "redis://h/x",
        "redis://h/1/2",
        "redis://h/-1",
        "redis://h/1000001",
        "redis://[::1",
        "redis://[::1]x",
        "redis://h h",
        "redis://secret%0a:x@h",
        "redis://a:secret%00@h",
        "unix://run/redis.sock",
        "unix:///r?x=1",
        "unix:///r?db=",
        "unix:///r?db=1&x=2&db=x",
        "rediss://user:secret@h",
    };
    for (size_t i = 0; i < ARRAY_COUNT(urls) - 2; i++) {
        struct redis_target target;
        struct failure failure = {0};
        assert_false(redis_target_parse(urls[i], &target, &failure));
        assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
        assert_null(strstr(failure.text, "secret"));
    }
    struct redis_target target;
    struct failure failure = {0};
    assert_false(redis_target_parse("rediss://user:secret@h", &target, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
    assert_non_null(strstr(failure.text, "TLS"));
    char url[200] = "unix:///";
    memset(url + 8, 'a', 107);
    assert_false(redis_target_parse(url, &target, &failure));
    url[8 + 106] = '\0';
    assert_true(redis_target_parse(url, &target, &failure));
    redis_target_free(&target);
}

static void write_file(char path[64], const char *text)
{
    snprintf(path, 64, "/tmp/vigie-password-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void test_login(void **state)
{
    (void)state;
    struct redis_target target;
    struct failure failure = {0};
    char path[64];
    write_file(path, "from the file\r\nsecond line\n");
    assert_true(redis_target_parse("redis://u:url@h", &target, &failure));
    assert_true(redis_target_login(&target, "", "", &failure));
    assert_string_equal(target.password, "url");
    assert_true(redis_target_login(&target, "other", path, &failure));
    assert_string_equal(target.user, "other");
    assert_string_equal(target.password, "from the file");
    redis_target_free(&target);
    unlink(path);

    assert_true(redis_target_parse("redis://h", &target, &failure));
    assert_false(redis_target_login(&target, "", path, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_NO_INPUT);
    assert_false(redis_target_login(&target, "user", "", &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
    redis_target_free(&target);

    write_file(path, "\nsecret\n");
    assert_true(redis_target_parse("redis://h", &target, &failure));
    assert_false(redis_target_login(&target, "", path, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
    redis_target_free(&target);
    unlink(path);
}

static void test_no_connection(void **state)
{
    (void)state;
    struct redis_target target;
    struct failure failure = {0};
    assert_true(redis_target_parse("unix://me:secret@/nonexistent/redis.sock", &target, &failure));
    assert_null(redis_connect(&target, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_UNAVAILABLE);
    assert_string_equal(failure.text, "No such file or directory");
    redis_target_free(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_urls),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_login),
        cmocka_unit_test(test_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
