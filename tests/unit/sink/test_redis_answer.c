/* What Redis's errors mean, in the words of several versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "base/attr.h"
#include "sink/redis_link.h"

static redisReply reply_of(const char *text)
{
    return (redisReply){.type = REDIS_REPLY_ERROR, .str = (char *)text, .len = strlen(text)};
}

static const struct {
    const char *text;
    enum redis_answer answer;
} rows[] = {
    {"LOADING Redis is loading the dataset in memory", REDIS_ANSWER_PASSING},
    {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
     REDIS_ANSWER_PASSING},
    {"OOM command not allowed when used memory > 'maxmemory'.", REDIS_ANSWER_PASSING},
    {"OOM command not allowed when used memory > 'maxmemory'. script: 6f, on @user_script:1.",
     REDIS_ANSWER_PASSING},
    {"ERR Error running script (call to f_9d): @user_script:12: @user_script: 12: -OOM command not allowed",
     REDIS_ANSWER_PASSING},
    {"@user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.", REDIS_ANSWER_PASSING},
    {"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to", REDIS_ANSWER_PASSING},
    {"CLUSTERDOWN The cluster is down", REDIS_ANSWER_PASSING},
    {"TRYAGAIN Multiple keys request during rehashing of slot", REDIS_ANSWER_PASSING},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
     REDIS_ANSWER_PASSING},
    {"NOREPLICAS Not enough good replicas to write.", REDIS_ANSWER_PASSING},
    {"READONLY You can't write against a read only replica.", REDIS_ANSWER_REPLICA},
    {"ERR Error running script (call to f_9d): @user_script:3: -READONLY You can't write against",
     REDIS_ANSWER_REPLICA},
    {"NOSCRIPT No matching script. Please use EVAL.", REDIS_ANSWER_NO_SCRIPT},
    {"NOAUTH Authentication required.", REDIS_ANSWER_FORBIDDEN},
    {"WRONGPASS invalid username-password pair or user is disabled.", REDIS_ANSWER_FORBIDDEN},
    {"NOPERM this user has no permissions to run the 'evalsha' command", REDIS_ANSWER_FORBIDDEN},
    {"ERR The user executing the script can't run this command or subcommand script: 2e, on @user_script:4.",
     REDIS_ANSWER_FORBIDDEN},
    {"ERR Error running script (call to f_9d): @user_script:3: -NOPERM this user has no permissions",
     REDIS_ANSWER_FORBIDDEN},
    {"MOVED 3999 127.0.0.1:6381", REDIS_ANSWER_FORBIDDEN},
    {"CROSSSLOT Keys in request don't hash to the same slot", REDIS_ANSWER_FORBIDDEN},
    {"WRONGTYPE Operation against a key holding the wrong kind of value", REDIS_ANSWER_REFUSED},
    {"VIGIEARG seq: expected a whole number", REDIS_ANSWER_REFUSED},
    {"VIGIETYPE {vigie}:services holds a list, expected a zset", REDIS_ANSWER_REFUSED},
    {"VIGIEGAP 5 was not taken", REDIS_ANSWER_GAP},
    {"ERR unknown command 'EVALSHA'", REDIS_ANSWER_REFUSED},
    {"OOMPH is no code of ours", REDIS_ANSWER_REFUSED},
    {"OOM", REDIS_ANSWER_PASSING},
    {"", REDIS_ANSWER_REFUSED},
    {"WRONGTYPE : -OOM inside of another error", REDIS_ANSWER_REFUSED},
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        redisReply reply = reply_of(rows[i].text);
        assert_int_equal(redis_answer_of(&reply), rows[i].answer);
    }
    redisReply good = {.type = REDIS_REPLY_STATUS, .str = (char *)"OOM", .len = 3};
    assert_int_equal(redis_answer_of(&good), REDIS_ANSWER_GOOD);
}

static void test_users_are_not_shown(void **state)
{
    (void)state;
    char name[] = "probe";
    struct redis_target target = {.user = name};
    char text[REDIS_ANSWER_TEXT_SIZE];
    redisReply reply = reply_of("NOPERM User probe has no permissions (probes do); probe");
    assert_string_equal(redis_answer_print(&target, &reply, text),
                        "NOPERM User * has no permissions (probes do); *");
    target.user = NULL;
    reply = reply_of("ERR line\none");
    assert_string_equal(redis_answer_print(&target, &reply, text), "ERR line\xef\xbf\xbdone");
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    reply = (redisReply){.type = REDIS_REPLY_ERROR, .str = longer, .len = sizeof longer};
    assert_int_equal(strlen(redis_answer_print(&target, &reply, text)), REDIS_ANSWER_TEXT_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_users_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
