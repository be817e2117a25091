/* vigiectl blocks: what is blocked now and what is proposed. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl_priv.h"

enum { PAGE = 1000 };

/* A service that proposed a target: why it stands there. */
struct reason {
    char *target; /* owned */
    char *text;   /* owned */
};

struct reasons {
    struct reason *items; /* owned */
    size_t count;
    size_t room;
};

static const char *const service_fields[] = {"target_ip", "target_host", "basis", "order",
                                             "level",     "score",       "family"};
enum { FIELD_IP, FIELD_HOST, FIELD_BASIS, FIELD_ORDER, FIELD_LEVEL, FIELD_SCORE, FIELD_FAMILY };

static void add_reason(struct reasons *reasons, const char *target, const char *text)
{
    if (reasons->count == reasons->room) {
        reasons->room = reasons->room == 0 ? 64 : reasons->room * 2;
        reasons->items = realloc(reasons->items, reasons->room * sizeof reasons->items[0]);
    }
    char *target_copy = strdup(target);
    char *text_copy = strdup(text);
    if (reasons->items == NULL || target_copy == NULL || text_copy == NULL) {
        abort();
    }
    reasons->items[reasons->count++] = (struct reason){.target = target_copy, .text = text_copy};
}

static void note_service(void *context, const char *id, const struct redisReply *values)
{
    const char *order = ctl_text(values->element[FIELD_ORDER]);
    for (int field = FIELD_IP; field <= FIELD_HOST; field++) {
        const char *target = ctl_text(values->element[field]);
        if (target[0] == '\0') {
            continue;
        }
        char *text = NULL;
        if (asprintf(&text, "basis %s%s%s, %s %s, %s, service %s", ctl_text(values->element[FIELD_BASIS]),
                     order[0] == '\0' ? "" : ", order ", order, ctl_text(values->element[FIELD_LEVEL]),
                     ctl_text(values->element[FIELD_SCORE]), ctl_text(values->element[FIELD_FAMILY]),
                     id) < 0) {
            abort();
        }
        add_reason(context, target, text);
        free(text);
    }
}

static int compare_reasons(const void *a, const void *b)
{
    const struct reason *left = a;
    const struct reason *right = b;
    int order = strcmp(left->target, right->target);
    return order != 0 ? order : strcmp(left->text, right->text);
}

static const char *find_reason(const struct reasons *reasons, const char *target)
{
    size_t low = 0;
    size_t high = reasons->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(reasons->items[middle].target, target) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < reasons->count && strcmp(reasons->items[low].target, target) == 0;
    return found ? reasons->items[low].text : "no service known that asks for it";
}

static void free_reasons(struct reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        free(reasons->items[i].target);
        free(reasons->items[i].text);
    }
    free(reasons->items);
}

static void print_members(const redisReply *members, const char *what, const char *set, int64_t now,
                          const struct reasons *reasons)
{
    for (size_t i = 0; i + 1 < members->elements; i += 2) {
        const char *target = ctl_text(members->element[i]);
        int64_t expires = strtoll(ctl_text(members->element[i + 1]), NULL, 10);
        int64_t minutes = (expires - now) / 60;
        char time[CTL_TIME_SIZE];
        ctl_print("%-8s %-4s %s until %s (%" PRId64 " h %" PRId64 " min) %s", what, set, target,
                  ctl_time(expires, time), minutes / 60, minutes % 60, find_reason(reasons, target));
    }
}

/* Prints one set; false where there was trouble. */
static bool print_set(struct ctl *ctl, const char *kind, const char *what, const char *set, const char *now,
                      const struct reasons *reasons)
{
    char *key = ctl_key(ctl, kind, set, NULL);
    char after[32];
    snprintf(after, sizeof after, "(%s", now);
    bool good = true;
    size_t found = PAGE * 2;
    for (unsigned long long offset = 0; good && found == PAGE * 2; offset += PAGE) {
        char from[24];
        snprintf(from, sizeof from, "%llu", offset);
        redisReply *members =
            CTL_ASK(ctl, "ZRANGEBYSCORE", key, after, "+inf", "WITHSCORES", "LIMIT", from, "1000");
        good = !ctl_is_trouble(ctl, members);
        found = good ? members->elements : 0;
        if (good) {
            print_members(members, what, set, strtoll(now, NULL, 10), reasons);
        }
        if (members != NULL) {
            freeReplyObject(members);
        }
    }
    free(key);
    return good;
}

static bool print_all(struct ctl *ctl, const char *now, const struct reasons *reasons)
{
    static const char *const sets[] = {"ip4", "ip6", "host"};
    bool good = true;
    for (size_t i = 0; good && i < ARRAY_COUNT(sets); i++) {
        good = print_set(ctl, ":block:", "block", sets[i], now, reasons);
    }
    for (size_t i = 0; good && i < ARRAY_COUNT(sets); i++) {
        good = print_set(ctl, ":propose:", "proposal", sets[i], now, reasons);
    }
    return good;
}

enum exit_status ctl_blocks(struct ctl *ctl, const struct ctl_arguments *arguments)
{
    (void)arguments;
    struct reasons reasons = {0};
    redisReply *time = CTL_ASK(ctl, "TIME");
    bool good =
        !ctl_is_trouble(ctl, time) && time->elements == 2 &&
        ctl_each_service(ctl, service_fields, (int)ARRAY_COUNT(service_fields), note_service, &reasons);
    if (good) {
        if (reasons.count > 0) {
            qsort(reasons.items, reasons.count, sizeof reasons.items[0], compare_reasons);
        }
        good = print_all(ctl, ctl_text(time->element[0]), &reasons);
    }
    if (time != NULL) {
        freeReplyObject(time);
    }
    free_reasons(&reasons);
    return good ? EXIT_STATUS_GOOD : EXIT_STATUS_UNAVAILABLE;
}
