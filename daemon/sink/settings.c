/* What the options must fulfil beyond their type: their texts become parts of Redis's keys. */
#include "settings_priv.h"

#include <string.h>

#include "sink/events.h"

enum { PREFIX_MAX = 64 };

static bool is_key_text(const char *text, const char *besides)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~' || strchr(besides, *text) != NULL) {
            return false;
        }
    }
    return true;
}

bool sink_sensor_check(const char *sensor, struct failure *failure)
{
    if (strlen(sensor) < SENSOR_NAME_SIZE && is_key_text(sensor, "{}")) {
        return true;
    }
    return failure_set(failure, EXIT_STATUS_CONFIG,
                       "sensor: expected at most %d printable ASCII characters without blanks and braces",
                       SENSOR_NAME_SIZE - 1);
}

bool sink_prefix_check(const char *prefix, struct failure *failure)
{
    const char *open = strchr(prefix, '{');
    const char *close = open == NULL ? NULL : strchr(open, '}');
    if (strlen(prefix) <= PREFIX_MAX && is_key_text(prefix, "") && close != NULL && close > open + 1) {
        return true;
    }
    return failure_set(
        failure, EXIT_STATUS_CONFIG,
        "redis.prefix: expected at most %d printable ASCII characters with a hash tag in braces, as "
        "{vigie}",
        PREFIX_MAX);
}

bool sink_settings_target(const struct sink_settings *settings, struct redis_target *target,
                          struct failure *failure)
{
    if (!redis_target_parse(settings->redis_url, target, failure)) {
        return false;
    }
    target->connect_timeout = settings->redis_connect_timeout;
    target->reply_timeout = settings->redis_reply_timeout;
    if (!redis_target_login(target, settings->redis_user, settings->redis_password_file, failure)) {
        redis_target_free(target);
        return false;
    }
    return true;
}

bool sink_settings_check(const struct sink_settings *settings, struct failure *failure)
{
    if (!sink_sensor_check(settings->sensor, failure) ||
        !sink_prefix_check(settings->redis_prefix, failure)) {
        return false;
    }
    if (settings->redis_url[0] == '\0') {
        return true;
    }
    struct redis_target target;
    if (!sink_settings_target(settings, &target, failure)) {
        return false;
    }
    redis_target_free(&target);
    return true;
}

unsigned sink_settings_events(const struct sink_settings *settings)
{
    unsigned events = 0;
    for (size_t i = 0; settings->jsonl_path[0] != '\0' && i < settings->jsonl_events.count; i++) {
        events |= event_bit(settings->jsonl_events.items[i]);
    }
    return events;
}
