/* vigiectl list lookup: which entry of each list holds for a name or an address; the list is not fetched. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list_priv.h"

/* One for each length of an IPv6 prefix; a name has fewer labels. */
enum { FIELDS_MOST = 1 + 2 * 127 }; /* a name of 127 labels; prefixes are fewer */

/* What entries for the target could look like, the longest match first. */
struct candidates {
    char texts[FIELDS_MOST][WATCH_TEXT_SIZE];
    size_t count;
};

static void add_candidate(struct candidates *candidates, const char *front, const char *text)
{
    if (candidates->count < FIELDS_MOST) {
        snprintf(candidates->texts[candidates->count++], WATCH_TEXT_SIZE, "%s%.254s", front, text);
    }
}

static void list_names(struct candidates *candidates, const char *name)
{
    add_candidate(candidates, "", name);
    for (const char *rest = name; rest != NULL;) {
        add_candidate(candidates, ".", rest);
        if (rest != name) {
            add_candidate(candidates, "*.", rest);
        }
        rest = strchr(rest, '.');
        rest = rest == NULL ? NULL : rest + 1;
    }
}

static void list_prefixes(struct candidates *candidates, const struct address *address)
{
    int least = address_is_v4(address) ? 96 : 0;
    struct prefix prefix = {.address = *address};
    for (int bits = 128; bits >= least; bits--) {
        char text[PREFIX_TEXT_SIZE];
        prefix.bits = (uint8_t)bits;
        if (bits < 128) {
            prefix.address.bytes[bits / 8] &= (uint8_t)(0xff00 >> bits % 8);
        }
        add_candidate(candidates, "", prefix_print(&prefix, text));
    }
}

/* A name, an address, or a server as Redis's keys write it (its port says nothing to a list). */
static bool read_target(const char *target, struct candidates *candidates)
{
    char host[HOST_NAME_SIZE];
    uint16_t port = 0;
    struct slice text = slice_text(target);
    if (slice_ends(text, slice_text("/udp"))) {
        text.len -= strlen("/udp");
    }
    struct address address;
    if (host_normalise(text, host, &port)) {
        if (address_parse(host, &address)) {
            list_prefixes(candidates, &address);
        } else {
            list_names(candidates, host);
        }
        return true;
    }
    struct watch_entry entry = {0};
    struct watch_key_room room;
    const char *wrong = "";
    if (!redis_list_entry_parse(REDIS_LIST_ALLOW, text, &entry, &room, &wrong) || entry.kind != WATCH_NAME) {
        return false;
    }
    snprintf(host, sizeof host, "%.*s", (int)entry.key.len, (const char *)entry.key.data);
    list_names(candidates, host);
    return true;
}

static void print_entry(enum redis_list list, const char *entry, const struct redis_list_value *value,
                        int64_t now)
{
    char time[CTL_TIME_SIZE];
    struct buf line = buf_make(4096);
    buf_append_format(&line, "%-8s %s", redis_list_name(list), entry);
    if (value->state != WATCH_ACTIVE) {
        buf_append_format(&line, " %s", watch_state_name(value->state));
    }
    if (value->until != 0) {
        buf_append_format(&line, " %s %s", list_value_is_over(value, now) ? "EXPIRED" : "until",
                          ctl_time(value->until, time));
    }
    if (value->by[0] != '\0') {
        buf_append_format(&line, " by %s", value->by);
    }
    if (value->at != 0) {
        buf_append_format(&line, " at %s", ctl_time(value->at, time));
    }
    if (value->source[0] != '\0') {
        buf_append_format(&line, " source %s", value->source);
    }
    if (value->why[0] != '\0') {
        buf_append_format(&line, ": %s", value->why);
    }
    ctl_print("%.*s", (int)line.len, (const char *)line.data);
    buf_free(&line);
}

/* Prints the entry that holds, and expired ones that stood before it; false after trouble. */
static bool look(struct ctl *ctl, enum redis_list list, const struct candidates *candidates, int64_t now,
                 bool *found)
{
    const char *words[2 + FIELDS_MOST] = {"HMGET"};
    char *key = ctl_key(ctl, ":list:", redis_list_name(list), NULL);
    words[1] = key;
    for (size_t i = 0; i < candidates->count; i++) {
        words[2 + i] = candidates->texts[i];
    }
    redisReply *reply = ctl_ask(ctl, (int)(2 + candidates->count), words);
    bool good = !ctl_is_trouble(ctl, reply);
    for (size_t i = 0; good && i < reply->elements && i < candidates->count; i++) {
        const redisReply *item = reply->element[i];
        if (item->type != REDIS_REPLY_STRING) {
            continue;
        }
        struct redis_list_value value;
        redis_list_value_read(slice_make(item->str, item->len), &value);
        print_entry(list, candidates->texts[i], &value, now);
        if (!list_value_is_over(&value, now)) {
            *found = true;
            break;
        }
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    free(key);
    return good;
}

enum exit_status list_lookup(struct ctl *ctl, const char *target)
{
    struct candidates candidates = {.count = 0};
    if (!read_target(target, &candidates)) {
        ctl_complain("vigiectl: %s: expected a name, an address or ADDRESS:PORT", target);
        return EXIT_STATUS_USAGE;
    }
    int64_t now = list_now(ctl);
    bool good = now >= 0;
    bool found = false;
    for (int list = 0; good && list < REDIS_LIST_COUNT; list++) {
        good = look(ctl, (enum redis_list)list, &candidates, now, &found);
    }
    if (good && !found) {
        ctl_complain("vigiectl: %s: on no list", target);
    }
    return !good ? EXIT_STATUS_UNAVAILABLE : found ? EXIT_STATUS_GOOD : EXIT_STATUS_RUNTIME;
}
