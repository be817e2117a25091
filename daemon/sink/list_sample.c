/*
 * What was written past vigiectl and left the number of entries as it was: each second a page of each list is
 * compared with what is known. A list of up to 500 entries is looked through at once, a million in half an
 * hour.
 *
 * A difference counts where it is still there at the next look though no change was told meanwhile; then the
 * list is read anew. Two spellings of one entry, written by hand, differ for ever: so that happens to a list
 * no more than once in ten minutes.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "list_follow_priv.h"

#define PAGE  "500"
#define QUIET (10 * 60 * TIME_SECOND)

/* What is no entry to us, or has run out, is not known to anybody. */
static bool is_known(const struct list_follow *follow, enum redis_list list, struct slice field,
                     struct slice text)
{
    struct watch_entry entry = {0};
    struct watch_entry found;
    struct watch_key_room room;
    struct redis_list_value value;
    const char *wrong;
    if (!redis_list_entry_parse(list, field, &entry, &room, &wrong)) {
        return true;
    }
    redis_list_value_read(text, &value);
    int64_t here = clock_realtime_us() / TIME_SECOND;
    int64_t now = here > follow->clock ? here : follow->clock;
    if (value.until != 0 && value.until <= now + 1) {
        return true;
    }
    return watch_list_find_same(follow->lists[list].list, &entry, &found) && found.state == value.state &&
           found.until == value.until && slice_equal(found.note, slice_text(value.why)) &&
           slice_equal(found.source, slice_text(value.source));
}

static bool page_is_known(const struct list_follow *follow, enum redis_list list, const redisReply *flat)
{
    bool known = true;
    for (size_t i = 0; known && i + 1 < flat->elements; i += 2) {
        const redisReply *field = flat->element[i];
        const redisReply *text = flat->element[i + 1];
        known = is_known(follow, list, slice_make(field->str, field->len), slice_make(text->str, text->len));
    }
    return known;
}

static void doubt(struct list_follow *follow, struct followed *known)
{
    if (known->doubted && known->doubt_rev == follow->rev) {
        known->stale = true; /* the look that comes next reads it */
        known->quiet_until_us = clock_monotonic_us() + QUIET;
        known->doubted = false;
        counter_add(follow->counters, SINK_LISTS_SAMPLED, 1);
        return;
    }
    known->doubted = true;
    known->doubt_rev = follow->rev;
}

static bool sample(struct list_follow *follow, enum redis_list list)
{
    struct followed *known = &follow->lists[list];
    char rest[32];
    snprintf(rest, sizeof rest, ":list:%s", redis_list_name(list));
    char *key = follow_key(follow, rest);
    redisReply *reply = FOLLOW_ASK(follow, "HSCAN", key, known->cursor, "COUNT", PAGE);
    free(key);
    bool good = reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                reply->element[1]->type == REDIS_REPLY_ARRAY;
    if (good && !page_is_known(follow, list, reply->element[1])) {
        doubt(follow, known); /* the same page again */
    } else if (good) {
        known->doubted = false;
        snprintf(known->cursor, sizeof known->cursor, "%s", follow_text(reply, 0));
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return good;
}

bool list_sample(struct list_follow *follow)
{
    int64_t now = clock_monotonic_us();
    for (int i = 0; i < REDIS_LIST_COUNT; i++) {
        const struct followed *known = &follow->lists[i];
        bool differs_anyway = known->stale || known->refused || now < known->quiet_until_us ||
                              known->fields > follow->limits.max_entries;
        if (known->fields > 0 && !differs_anyway && !sample(follow, (enum redis_list)i)) {
            return false;
        }
    }
    return true;
}
