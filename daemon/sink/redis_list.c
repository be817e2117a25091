/* The operators' lists as they stand in Redis. */
#include "sink/redis_list.h"

#include <string.h>
#include <time.h>

#include "json_priv.h"
#include "sink/list_follow.h"

enum { FEW_ENTRIES = 20 }; /* as of the lists in files */
enum { ORDER_BITS_LEAST_V4 = 96 + 16, ORDER_BITS_LEAST_V6 = 32 };

#define REDIS_LIST_NAME(id, name) [id] = name,
static const char *const list_names[REDIS_LIST_COUNT] = {REDIS_LISTS(REDIS_LIST_NAME)};

const char *redis_list_name(enum redis_list list)
{
    return list_names[list];
}

bool redis_list_parse(struct slice text, enum redis_list *out)
{
    for (size_t i = 0; i < REDIS_LIST_COUNT; i++) {
        if (slice_equal(text, slice_text(list_names[i]))) {
            *out = (enum redis_list)i;
            return true;
        }
    }
    return false;
}

bool list_may_shrink(const struct list_limits *limits, uint64_t before, uint64_t after)
{
    return before < FEW_ENTRIES || after >= before || (before - after) * 100 <= before * limits->max_shrink;
}

/* ---- times */

const char *redis_list_time_print(int64_t seconds, char out[REDIS_LIST_TIME_SIZE])
{
    time_t time = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&time, &parts) == NULL ||
        strftime(out, REDIS_LIST_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
    return out;
}

bool redis_list_time_parse(struct slice text, int64_t *out)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"};
    enum { LAST = 9999 };
    char copy[REDIS_LIST_TIME_SIZE];
    uint64_t number = 0;
    if (text_parse_u64(text, &number)) {
        *out = (int64_t)number;
        return number <= INT64_MAX / 2;
    }
    if (text.len == 0 || text.len >= sizeof copy || slice_index(text, 0) != SIZE_MAX) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        struct tm parts = {0};
        const char *end = strptime(copy, forms[i], &parts);
        if (end != NULL && *end == '\0' && parts.tm_year + 1900 <= LAST) {
            *out = (int64_t)timegm(&parts);
            return *out >= 0;
        }
    }
    return false;
}

/* ---- values */

static void put_text(json_t *object, const char *key, const char *text)
{
    (void)json_put_text(object, key, slice_text(text), REDIS_LIST_TEXT_MAX);
}

static void put_time(json_t *object, const char *key, int64_t seconds)
{
    char text[REDIS_LIST_TIME_SIZE];
    if (seconds > 0) {
        json_put(object, key, json_string(redis_list_time_print(seconds, text)));
    }
}

char *redis_list_value_print(const struct redis_list_value *value)
{
    json_t *object = json_have(json_object());
    put_text(object, "by", value->by);
    put_time(object, "at", value->at);
    put_text(object, "why", value->why);
    put_text(object, "source", value->source);
    put_time(object, "until", value->until);
    json_put(object, "state", json_string(watch_state_name(value->state)));
    return json_line(object);
}

static void read_text(json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    struct buf clean = buf_make(size - 1);
    (void)text_append_clean(&clean, slice_text(text == NULL ? "" : text), size - 1);
    memcpy(out, clean.len == 0 ? (const void *)"" : clean.data, clean.len);
    out[clean.len] = '\0';
    buf_free(&clean);
}

static int64_t read_time(json_t *object, const char *key)
{
    json_t *item = json_object_get(object, key);
    int64_t seconds = 0;
    if (json_is_number(item)) {
        double number = json_number_value(item);
        return number > 0 && number < 1e15 ? (int64_t)number : 0;
    }
    const char *text = json_string_value(item);
    return text != NULL && redis_list_time_parse(slice_text(text), &seconds) ? seconds : 0;
}

void redis_list_value_read(struct slice text, struct redis_list_value *value)
{
    *value = (struct redis_list_value){0};
    json_t *object = json_loadb((const char *)text.data, text.len, 0, NULL);
    read_text(object, "by", value->by, sizeof value->by);
    read_text(object, "why", value->why, sizeof value->why);
    read_text(object, "source", value->source, sizeof value->source);
    value->at = read_time(object, "at");
    value->until = read_time(object, "until");
    const char *state = json_string_value(json_object_get(object, "state"));
    if (state == NULL || !watch_state_parse(slice_text(state), &value->state)) {
        value->state = WATCH_ACTIVE;
    }
    json_decref(object);
}

/* ---- entries */

enum watch_suffixes redis_list_suffixes(enum redis_list list)
{
    return list == REDIS_LIST_ORDER ? WATCH_SUFFIXES_NONE : WATCH_SUFFIXES_PRIVATE;
}

bool redis_list_entry_check(enum redis_list list, const struct watch_entry *entry, const char **wrong)
{
    if (entry->kind == WATCH_HASH || entry->kind == WATCH_TEXT) {
        *wrong = "the lists in Redis hold names, addresses and prefixes";
        return false;
    }
    bool v4 = entry->kind == WATCH_PREFIX && address_is_v4(&entry->prefix.address);
    if (list == REDIS_LIST_ORDER && entry->kind == WATCH_PREFIX &&
        entry->prefix.bits < (v4 ? ORDER_BITS_LEAST_V4 : ORDER_BITS_LEAST_V6)) {
        *wrong = "an order's prefix is at least a /16 (IPv6: /32)";
        return false;
    }
    return true;
}

bool redis_list_entry_parse(enum redis_list list, struct slice text, struct watch_entry *entry,
                            struct watch_key_room *room, const char **wrong)
{
    /* Behind the asterisk stands what an entry with sub-domains is written like, and refused like. */
    bool below = slice_starts(text, slice_text("*."));
    if (!watch_entry_parse_host(slice_from(text, below), redis_list_suffixes(list), entry, room, wrong)) {
        return false;
    }
    entry->kind = below ? WATCH_BELOW : entry->kind;
    return redis_list_entry_check(list, entry, wrong);
}
