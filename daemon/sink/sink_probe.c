/* A look at Redis before one relies on it: reach, login, and the rights that the script needs. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "settings_priv.h"

/* The commands of the detection script and of following the lists, on keys of its own that it deletes again.
 */
static const char probe_script[] =
    "redis.call('TIME') redis.call('TYPE', KEYS[1]) redis.call('EXISTS', KEYS[1])\n"
    "redis.call('HSET', KEYS[1], 'a', 1) redis.call('HGETALL', KEYS[1]) redis.call('HEXISTS', KEYS[1], 'a')\n"
    "redis.call('HDEL', KEYS[1], 'b') redis.call('EXPIRE', KEYS[1], 60)\n"
    "redis.call('ZADD', KEYS[2], 'GT', 1, 'a') redis.call('ZSCORE', KEYS[2], 'a')\n"
    "redis.call('ZCARD', KEYS[2]) redis.call('ZRANGE', KEYS[2], 0, 0) redis.call('ZRANDMEMBER', KEYS[2], 1)\n"
    "redis.call('ZRANGEBYSCORE', KEYS[2], 2, 2) redis.call('ZREM', KEYS[2], 'b')\n"
    "redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10, '*', 'a', 1)\n"
    "redis.call('HLEN', KEYS[1]) redis.call('HMGET', KEYS[1], 'a') redis.call('HSCAN', KEYS[1], 0)\n"
    "redis.call('ZREVRANGE', KEYS[2], 0, 0) redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)\n"
    "redis.call('XREAD', 'COUNT', 1, 'STREAMS', KEYS[3], '0')\n"
    "redis.call('PFADD', KEYS[4], 'a') redis.call('PFCOUNT', KEYS[4])\n"
    "redis.call('SET', KEYS[5], 1, 'EX', 60) redis.call('GET', KEYS[5]) redis.call('INCR', KEYS[5])\n"
    "redis.call('DEL', unpack(KEYS))\n"
    "return 'good'\n";

enum { PROBE_KEYS = 5, KEY_SIZE = 128 };

static redisReply *run_probe(redisContext *context, const char *prefix)
{
    static const char *const names[PROBE_KEYS] = {"hash", "zset", "stream", "clients", "number"};
    char keys[PROBE_KEYS][KEY_SIZE];
    const char *words[3 + PROBE_KEYS] = {"EVAL", probe_script, "5"};
    for (size_t i = 0; i < PROBE_KEYS; i++) {
        snprintf(keys[i], KEY_SIZE, "%s:probe:%s", prefix, names[i]);
        words[3 + i] = keys[i];
    }
    return redisCommandArgv(context, (int)ARRAY_COUNT(words), words, NULL);
}

/* The daemon itself loads its script. */
static redisReply *try_script_load(redisContext *context)
{
    const char *words[] = {"SCRIPT", "LOAD", "return 1"};
    return redisCommandArgv(context, (int)ARRAY_COUNT(words), words, NULL);
}

static bool judge(redisContext *context, const struct redis_target *target, redisReply *reply,
                  struct failure *failure)
{
    if (reply == NULL) {
        return failure_set(failure, EXIT_STATUS_UNAVAILABLE, "%s", redis_error_text(context));
    }
    bool good = reply->type != REDIS_REPLY_ERROR;
    if (!good) {
        char text[REDIS_ANSWER_TEXT_SIZE];
        enum redis_answer answer = redis_answer_of(reply);
        failure_set(failure,
                    answer == REDIS_ANSWER_FORBIDDEN ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_UNAVAILABLE,
                    "%s", redis_answer_print(target, reply, text));
    }
    freeReplyObject(reply);
    return good;
}

/* Block lists bear no time to live of their own: only the policies for all keys may throw them away. Where we
 * have no right to ask, there is nothing to tell. */
static void look_at_policy(redisContext *context, struct failure *failure)
{
    const char *words[] = {"CONFIG", "GET", "maxmemory-policy"};
    redisReply *reply = redisCommandArgv(context, (int)ARRAY_COUNT(words), words, NULL);
    if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
        reply->element[1]->type == REDIS_REPLY_STRING &&
        strncmp(reply->element[1]->str, "allkeys-", strlen("allkeys-")) == 0) {
        failure_set(failure, EXIT_STATUS_GOOD,
                    "maxmemory-policy %s may throw block lists away; set noeviction or volatile-ttl",
                    reply->element[1]->str);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
}

static bool probe(const struct redis_target *target, const char *prefix, struct failure *failure)
{
    redisContext *context = redis_connect(target, failure);
    if (context == NULL) {
        return false;
    }
    bool good = judge(context, target, run_probe(context, prefix), failure) &&
                judge(context, target, try_script_load(context), failure);
    if (good) {
        *failure = (struct failure){0};
        look_at_policy(context, failure);
    }
    redisFree(context);
    return good;
}

bool sink_probe(const struct sink_settings *settings, struct failure *failure)
{
    struct redis_target target;
    if (!sink_settings_check(settings, failure) || !sink_settings_target(settings, &target, failure)) {
        return false;
    }
    struct failure reason = {0};
    bool good = probe(&target, settings->redis_prefix, &reason);
    char place[REDIS_TARGET_TEXT_SIZE];
    redis_target_print(&target, place);
    if (reason.text[0] == '\0') {
        *failure = reason;
    } else {
        failure_set(failure, reason.status, "%s: %s", place, reason.text);
    }
    redis_target_free(&target);
    return good;
}
