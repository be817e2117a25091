/* Changes as they come: lines of the lists' stream, and of the detections' one, where other sensors tell of
 * their services. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "list_follow_priv.h"

enum { LINES_MOST = 500 };
#define LINES "500"

/* Changes to one list that came in one go. */
struct changes {
    struct watch_change *items; /* LINES_MOST */
    struct list_touched *touched;
    char (*notes)[2][REDIS_LIST_TEXT_MAX + 1]; /* why and source of each */
    size_t count;
};

static const char *field(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        if (strcmp(follow_text(fields, i), name) == 0) {
            return follow_text(fields, i + 1);
        }
    }
    return "";
}

static void free_changes(struct changes *changes)
{
    free(changes->items);
    free(changes->touched);
    free(changes->notes);
    *changes = (struct changes){0};
}

static void make_changes(struct changes *changes)
{
    changes->items = calloc(LINES_MOST, sizeof changes->items[0]);
    changes->touched = calloc(LINES_MOST, sizeof changes->touched[0]);
    changes->notes = calloc(LINES_MOST, sizeof changes->notes[0]);
    if (changes->items == NULL || changes->touched == NULL || changes->notes == NULL) {
        abort();
    }
}

/* One line about one entry. */
static void add_change(struct list_follow *follow, struct changes *changes, enum redis_list list,
                       const redisReply *fields)
{
    if (changes->items == NULL) {
        make_changes(changes);
    }
    struct watch_change *change = &changes->items[changes->count];
    struct list_touched *touched = &changes->touched[changes->count];
    const char *wrong;
    *change = (struct watch_change){.remove = strcmp(field(fields, "op"), "add") != 0};
    if (!redis_list_entry_parse(list, slice_text(field(fields, "entry")), &touched->entry, &touched->room,
                                &wrong)) {
        counter_add(follow->counters, SINK_LISTS_BAD, 1);
        return;
    }
    struct redis_list_value value;
    redis_list_value_read(slice_text(field(fields, "value")), &value);
    change->entry = touched->entry;
    change->entry.state = value.state;
    change->entry.until = value.until;
    char(*notes)[REDIS_LIST_TEXT_MAX + 1] = changes->notes[changes->count];
    memcpy(notes[0], value.why, sizeof value.why);
    memcpy(notes[1], value.source, sizeof value.source);
    change->entry.note = slice_text(notes[0]);
    change->entry.source = slice_text(notes[1]);
    changes->count++;
}

/* The list with the changes made; an overlay that is full becomes part of its base. */
static void apply(struct list_follow *follow, enum redis_list list, const struct changes *changes)
{
    struct followed *known = &follow->lists[list];
    struct watch_list *now = watch_list_change(known->list, changes->items, changes->count);
    if (now == NULL) {
        struct watch_list *flat = watch_list_flatten(known->list);
        now = watch_list_change(flat, changes->items, changes->count);
        watch_list_release(flat);
    }
    if (now == NULL || watch_list_count(now) > follow->limits.max_entries) {
        watch_list_release(now);
        known->stale = true;
        follow->look_us = 0;
        return;
    }
    watch_list_release(known->list);
    known->list = now;
    counter_add(follow->counters, SINK_LISTS_CHANGES, changes->count);
}

/* Main judges anew what the touched entries are about; of many it judges everything. */
static bool tell_changes(struct list_follow *follow, enum redis_list list, const struct changes *changes)
{
    struct list_touched *touched = NULL;
    size_t count = changes->count <= LIST_NEWS_TOUCHED ? changes->count : 0;
    list_note_expiry(follow, list);
    if (count > 0) {
        touched = calloc(count, sizeof *touched);
        if (touched == NULL) {
            abort();
        }
        for (size_t i = 0; i < count; i++) {
            const char *wrong;
            char text[WATCH_TEXT_SIZE];
            watch_entry_print(&changes->touched[i].entry, text);
            if (!redis_list_entry_parse(list, slice_text(text), &touched[i].entry, &touched[i].room,
                                        &wrong)) {
                free(touched);
                return follow_tell_list(follow, list, NULL, 0);
            }
        }
    }
    return follow_tell_list(follow, list, touched, count);
}

static bool take_line(struct list_follow *follow, struct changes all[REDIS_LIST_COUNT],
                      const redisReply *fields)
{
    uint64_t rev = 0;
    uint64_t count = 0;
    enum redis_list list;
    if (!text_parse_u64(slice_text(field(fields, "rev")), &rev) || rev <= follow->rev) {
        return true; /* what was read whole has it already */
    }
    if (rev != follow->rev + 1) {
        for (size_t i = 0; i < REDIS_LIST_COUNT; i++) {
            follow->lists[i].stale = true;
        }
        follow->on_purpose = true;
        follow->look_us = 0;
    }
    follow->rev = rev;
    const char *op = field(fields, "op");
    if (strcmp(field(fields, "list"), "shared") == 0) {
        int64_t until = 0;
        return !redis_list_time_parse(slice_text(field(fields, "value")), &until) ||
               follow_tell_address(follow, LIST_NEWS_SHARED, field(fields, "entry"), "", until);
    }
    if (!redis_list_parse(slice_text(field(fields, "list")), &list)) {
        return true;
    }
    if (text_parse_u64(slice_text(field(fields, "count")), &count)) {
        follow->lists[list].fields = count;
    }
    if (strcmp(op, "many") == 0) {
        follow->lists[list].stale = true;
        follow->on_purpose = true;
    } else {
        add_change(follow, &all[list], list, fields);
    }
    return true;
}

static bool take_lines(struct list_follow *follow, const redisReply *lines)
{
    struct changes all[REDIS_LIST_COUNT] = {0};
    bool good = true;
    for (size_t i = 0; good && i < lines->elements && i < LINES_MOST; i++) {
        const redisReply *line = lines->element[i];
        if (line->elements == 2 && line->element[1]->type == REDIS_REPLY_ARRAY) {
            good = take_line(follow, all, line->element[1]);
            snprintf(follow->at_lists, STREAM_ID_SIZE, "%s", follow_text(line, 0));
        }
    }
    for (int i = 0; i < REDIS_LIST_COUNT; i++) {
        if (good && all[i].count > 0) {
            apply(follow, (enum redis_list)i, &all[i]);
            good = tell_changes(follow, (enum redis_list)i, &all[i]);
        }
        free_changes(&all[i]);
    }
    return good;
}

/* Another sensor's service: which names did we see at its address? */
static bool take_detections(struct list_follow *follow, const redisReply *lines)
{
    bool good = true;
    for (size_t i = 0; good && i < lines->elements; i++) {
        const redisReply *line = lines->element[i];
        const redisReply *fields = line->elements == 2 ? line->element[1] : NULL;
        if (fields == NULL || fields->type != REDIS_REPLY_ARRAY) {
            continue;
        }
        const char *state = field(fields, "state");
        bool other = strcmp(field(fields, "sensor"), follow->sensor) != 0 && field(fields, "ip")[0] != '\0' &&
                     strcmp(state, "withdrawn") != 0 && strcmp(state, "expired") != 0 &&
                     strcmp(field(fields, "mode"), "live") == 0;
        if (other) {
            good = follow_tell_address(follow, LIST_NEWS_SEEN, field(fields, "ip"), field(fields, "host"), 0);
        }
        snprintf(follow->at_detections, STREAM_ID_SIZE, "%s", follow_text(line, 0));
    }
    return good;
}

bool list_stream_take(struct list_follow *follow, int64_t wait_us)
{
    char wait[24];
    int64_t longest = follow->target.reply_timeout / 2;
    wait_us = wait_us > longest ? longest : wait_us;
    snprintf(wait, sizeof wait, "%lld", (long long)(wait_us / 1000 + 1)); /* 0 would wait for ever */
    char *lists = follow_key(follow, ":lists");
    char *detections = follow_key(follow, ":detections");
    redisReply *reply = FOLLOW_ASK(follow, "XREAD", "COUNT", LINES, "BLOCK", wait, "STREAMS", lists,
                                   detections, follow->at_lists, follow->at_detections);
    bool good = reply != NULL;
    for (size_t i = 0; good && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        const redisReply *stream = reply->element[i];
        if (stream->elements == 2 && stream->element[1]->type == REDIS_REPLY_ARRAY) {
            bool changes = strcmp(follow_text(stream, 0), lists) == 0;
            good = changes ? take_lines(follow, stream->element[1])
                           : take_detections(follow, stream->element[1]);
        }
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    free(lists);
    free(detections);
    return good;
}
