/* Whole lists out of Redis, page by page, at the start and after a gap. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "list_follow_priv.h"

enum {
    SHARED_MOST = 100000, /* addresses taken at the start; their services are refused by the script anyway */
    SERVICES_MOST = 10000,
    SERVICES_PAGE = 500,
    EXPIRED_MOST = 500,
};
#define PAGE "1000"

/* All at one moment, which several commands are not. */
static const char look_script[] =
    "local function last(key)\n"
    "    local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)\n"
    "    return entry[1] and entry[1][1] or '0-0'\n"
    "end\n"
    "return {redis.call('TIME')[1], redis.call('GET', KEYS[1]) or '0', last(KEYS[2]), last(KEYS[3]),\n"
    "    redis.call('HLEN', KEYS[4]), redis.call('HLEN', KEYS[5]), redis.call('HLEN', KEYS[6])}\n";

bool list_look(struct list_follow *follow, struct list_look *look)
{
    static const char *const names[] = {":lists:rev",  ":lists",         ":detections",
                                        ":list:allow", ":list:official", ":list:order"};
    const char *words[3 + ARRAY_COUNT(names)] = {"EVAL", look_script, "6"};
    char *keys[ARRAY_COUNT(names)];
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        keys[i] = follow_key(follow, names[i]);
        words[3 + i] = keys[i];
    }
    redisReply *reply = follow_ask(follow, (int)ARRAY_COUNT(words), words);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        free(keys[i]);
    }
    if (reply == NULL) {
        return false;
    }
    look->clock = follow_number(reply, 0);
    look->rev = (uint64_t)follow_number(reply, 1);
    snprintf(look->at_lists, STREAM_ID_SIZE, "%s", follow_text(reply, 2));
    snprintf(look->at_detections, STREAM_ID_SIZE, "%s", follow_text(reply, 3));
    for (size_t i = 0; i < REDIS_LIST_COUNT; i++) {
        look->fields[i] = (uint64_t)follow_number(reply, 4 + i);
    }
    freeReplyObject(reply);
    return true;
}

/* ---- one list */

struct reading {
    struct list_follow *follow;
    enum redis_list list;
    struct watch_builder *builder;
};

static void take_field(struct reading *reading, const redisReply *field, const redisReply *text)
{
    struct list_follow *follow = reading->follow;
    struct watch_entry entry = {0};
    struct watch_key_room room;
    const char *wrong;
    if (watch_builder_count(reading->builder) >= follow->limits.max_entries) {
        counter_add(follow->counters, SINK_LISTS_LEFT_OUT, 1);
        return;
    }
    if (!redis_list_entry_parse(reading->list, slice_make(field->str, field->len), &entry, &room, &wrong)) {
        counter_add(follow->counters, SINK_LISTS_BAD, 1);
        return;
    }
    struct redis_list_value value;
    redis_list_value_read(slice_make(text->str, text->len), &value);
    entry.state = value.state;
    entry.until = value.until;
    entry.note = slice_text(value.why);
    entry.source = slice_text(value.source);
    if (!watch_builder_add(reading->builder, &entry)) {
        counter_add(follow->counters, SINK_LISTS_LEFT_OUT, 1);
    }
}

/* False where the connection is of no use any more. */
static bool scan(struct reading *reading)
{
    char rest[32];
    snprintf(rest, sizeof rest, ":list:%s", redis_list_name(reading->list));
    char *key = follow_key(reading->follow, rest);
    char cursor[24] = "0";
    bool good = true;
    do {
        redisReply *reply = FOLLOW_ASK(reading->follow, "HSCAN", key, cursor, "COUNT", PAGE);
        good = reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
               reply->element[1]->type == REDIS_REPLY_ARRAY;
        const redisReply *flat = good ? reply->element[1] : NULL;
        for (size_t i = 0; good && i + 1 < flat->elements; i += 2) {
            take_field(reading, flat->element[i], flat->element[i + 1]);
        }
        if (good) {
            snprintf(cursor, sizeof cursor, "%s", follow_text(reply, 0));
        }
        if (reply != NULL) {
            freeReplyObject(reply);
        }
    } while (good && strcmp(cursor, "0") != 0);
    free(key);
    return good;
}

struct first_expiry {
    int64_t now;
    int64_t first;
};

static void find_first(void *context, const struct watch_entry *entry)
{
    struct first_expiry *found = context;
    if (entry->until > found->now && (found->first == 0 || entry->until < found->first)) {
        found->first = entry->until;
    }
}

void list_note_expiry(struct list_follow *follow, enum redis_list list)
{
    struct first_expiry found = {.now = clock_realtime_us() / TIME_SECOND};
    watch_list_each(follow->lists[list].list, find_first, &found);
    follow->lists[list].next_expiry = found.first;
}

/* What has run out, as far as it fits into one change of the list. */
struct expired {
    int64_t now;
    struct watch_change *changes; /* EXPIRED_MOST; they borrow from the list */
    size_t count;
};

static void find_expired(void *context, const struct watch_entry *entry)
{
    struct expired *expired = context;
    if (entry->until != 0 && entry->until <= expired->now && expired->count < EXPIRED_MOST) {
        expired->changes[expired->count++] = (struct watch_change){.remove = true, .entry = *entry};
    }
}

bool list_drop_expired(struct list_follow *follow, enum redis_list list)
{
    struct followed *known = &follow->lists[list];
    struct expired expired = {.now = clock_realtime_us() / TIME_SECOND,
                              .changes = calloc(EXPIRED_MOST, sizeof(struct watch_change))};
    if (expired.changes == NULL) {
        abort();
    }
    watch_list_each(known->list, find_expired, &expired);
    struct watch_list *now = watch_list_change(known->list, expired.changes, expired.count);
    if (now == NULL) { /* its overlay is full */
        struct watch_list *flat = watch_list_flatten(known->list);
        watch_list_release(known->list);
        known->list = flat;
        free(expired.changes);
        return true; /* the next round finds them again */
    }
    watch_list_release(known->list);
    known->list = now;
    free(expired.changes);
    bool more = expired.count == EXPIRED_MOST;
    if (!more) {
        list_note_expiry(follow, list);
    }
    return follow_tell_list(follow, list, NULL, 0);
}

/* Whether a list may be taken that is so much shorter. Who used vigiectl was asked already. */
static bool may_shrink(struct list_follow *follow, enum redis_list list, uint64_t before, uint64_t after)
{
    if (follow->on_purpose || list_may_shrink(&follow->limits, before, after)) {
        return true;
    }
    counter_add(follow->counters, SINK_LISTS_REFUSED, 1);
    log_warning("list %s: refused: %" PRIu64 " entries would become %" PRIu64
                ", more than lists.max_shrink allows, and not by vigiectl; what was known holds "
                "(vigiectl list import --force makes it so)",
                redis_list_name(list), before, after);
    return false;
}

static bool read_list(struct list_follow *follow, enum redis_list list, const struct list_look *look)
{
    struct followed *known = &follow->lists[list];
    struct reading reading = {
        .follow = follow, .list = list, .builder = watch_builder_create((size_t)look->fields[list])};
    if (!scan(&reading)) {
        watch_builder_free(reading.builder);
        return false;
    }
    struct watch_list *now = watch_builder_finish(reading.builder);
    uint64_t before = watch_list_count(known->list);
    uint64_t after = watch_list_count(now);
    counter_add(follow->counters, SINK_LISTS_READS, 1);
    known->fields = look->fields[list]; /* also where it is refused: once is enough */
    known->stale = false;
    known->refused = !may_shrink(follow, list, before, after);
    if (known->refused) {
        watch_list_release(now);
        return true;
    }
    watch_list_release(known->list);
    known->list = now;
    list_note_expiry(follow, list);
    if (before != after || follow->known) {
        log_info("list %s: %" PRIu64 " entries before, %" PRIu64 " now", redis_list_name(list), before,
                 after);
    }
    return follow_tell_list(follow, list, NULL, 0);
}

bool list_read_stale(struct list_follow *follow, const struct list_look *look)
{
    for (int i = 0; i < REDIS_LIST_COUNT; i++) {
        if (follow->lists[i].stale && !read_list(follow, (enum redis_list)i, look)) {
            return false;
        }
    }
    follow->on_purpose = false;
    return true;
}

/* ---- addresses */

static bool read_shared(struct list_follow *follow)
{
    char now[32];
    snprintf(now, sizeof now, "(%lld", (long long)follow->clock);
    char *key = follow_key(follow, ":shared:ip");
    bool good = true;
    size_t found = 1;
    for (unsigned long long at = 0; good && found > 0 && at < SHARED_MOST; at += found) {
        char from[24];
        snprintf(from, sizeof from, "%llu", at);
        redisReply *reply =
            FOLLOW_ASK(follow, "ZRANGEBYSCORE", key, now, "+inf", "WITHSCORES", "LIMIT", from, PAGE);
        good = reply != NULL && reply->type == REDIS_REPLY_ARRAY;
        found = good ? reply->elements / 2 : 0;
        for (size_t i = 0; good && i < found; i++) {
            good = follow_tell_address(follow, LIST_NEWS_SHARED, follow_text(reply, 2 * i), "",
                                       follow_number(reply, 2 * i + 1));
        }
        if (reply != NULL) {
            freeReplyObject(reply);
        }
    }
    free(key);
    return good;
}

/* Where somebody else has a service. */
static bool take_service(struct list_follow *follow, const char *id)
{
    char rest[64];
    snprintf(rest, sizeof rest, ":service:%.32s", id);
    char *key = follow_key(follow, rest);
    redisReply *reply = FOLLOW_ASK(follow, "HMGET", key, "ip", "host", "sensors");
    free(key);
    if (reply == NULL) {
        return false;
    }
    const char *sensors = follow_text(reply, 2);
    bool others = sensors[0] != '\0' && strcmp(sensors, follow->sensor) != 0;
    bool good = !others || follow_text(reply, 0)[0] == '\0' ||
                follow_tell_address(follow, LIST_NEWS_SEEN, follow_text(reply, 0), follow_text(reply, 1), 0);
    freeReplyObject(reply);
    return good;
}

static bool read_services(struct list_follow *follow)
{
    char *key = follow_key(follow, ":services");
    bool good = true;
    size_t found = SERVICES_PAGE;
    for (unsigned at = 0; good && found == SERVICES_PAGE && at < SERVICES_MOST; at += SERVICES_PAGE) {
        char first[16];
        char last[16];
        snprintf(first, sizeof first, "%u", at);
        snprintf(last, sizeof last, "%u", at + SERVICES_PAGE - 1);
        redisReply *ids = FOLLOW_ASK(follow, "ZREVRANGE", key, first, last);
        good = ids != NULL && ids->type == REDIS_REPLY_ARRAY;
        found = good ? ids->elements : 0;
        for (size_t i = 0; good && i < found; i++) {
            good = take_service(follow, follow_text(ids, i));
        }
        if (ids != NULL) {
            freeReplyObject(ids);
        }
    }
    free(key);
    return good;
}

bool list_read_addresses(struct list_follow *follow)
{
    return read_shared(follow) && read_services(follow);
}
