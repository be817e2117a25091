/*
 * The operators' lists in Redis (design, section 8): their names, what stands beside an entry, and the script
 * by which they change. For vigiectl, which edits them, and for the sensors, which follow them.
 *
 *     {vigie}:list:<name>   hash: entry -> JSON {by, at, why, source, until, state}
 *     {vigie}:lists         stream: each change, rev list op entry value count (entries after it)
 *     {vigie}:lists:rev     rises with each line of the stream
 *     {vigie}:lists:until   sorted set: "<list> <entry>" -> when it expires
 *
 * An entry is a name, `.name` (with its sub-domains), `*.name` (these alone), an address or a prefix.
 * `op` is add, del, expire, or many: so much changed at once that whoever follows reads the whole list again.
 * In the stream alone stands a fourth list, `shared`: an address on which a sensor saw other names than those
 * of another one's service, until the time in `value`.
 */
#pragma once

#include "rule/watch_list.h"

#define REDIS_LISTS(X)                                                                                       \
    X(REDIS_LIST_ALLOW, "allow")       /* never block */                                                     \
    X(REDIS_LIST_OFFICIAL, "official") /* never flag */                                                      \
    X(REDIS_LIST_ORDER, "order")       /* named by an order */

#define REDIS_LIST_ENTRY(id, name) id,
enum redis_list { REDIS_LISTS(REDIS_LIST_ENTRY) REDIS_LIST_COUNT };

const char *redis_list_name(enum redis_list list);
bool redis_list_parse(struct slice text, enum redis_list *out) MUST_CHECK;

enum { REDIS_LIST_TEXT_MAX = WATCH_NOTE_MAX, REDIS_LIST_BY_MAX = 64 };

/* What stands beside an entry; "" and 0 where nothing does. */
struct redis_list_value {
    char by[REDIS_LIST_BY_MAX + 1]; /* who wrote it */
    char why[REDIS_LIST_TEXT_MAX + 1];
    char source[REDIS_LIST_TEXT_MAX + 1]; /* the order, the feed, the ticket */
    int64_t at;                           /* seconds since 1970 */
    int64_t until;                        /* from then on it does not hold; 0: for ever */
    enum watch_state state;
};

/* JSON, malloc'ed; clean text, absent facts are absent keys. */
char *redis_list_value_print(const struct redis_list_value *value);
/* What somebody wrote by hand may be anything: it then says nothing beside the entry, which holds. */
void redis_list_value_read(struct slice text, struct redis_list_value *value);

/* Seconds since 1970 as 2026-01-31T20:45:01Z. */
enum { REDIS_LIST_TIME_SIZE = 24 };
const char *redis_list_time_print(int64_t seconds, char out[REDIS_LIST_TIME_SIZE]);
/* The same back, or a date alone (its first second), or a number. */
bool redis_list_time_parse(struct slice text, int64_t *out) MUST_CHECK;

/* An entry in text form, normalised; false with the reason in `*wrong`. Of an order, prefixes that stand for
 * more than a network's worth of servers are refused: nobody's order means them. */
bool redis_list_entry_parse(enum redis_list list, struct slice text, struct watch_entry *entry,
                            struct watch_key_room *room, const char **wrong) MUST_CHECK;

/* The same of an entry that a reader of lists gave. */
bool redis_list_entry_check(enum redis_list list, const struct watch_entry *entry,
                            const char **wrong) MUST_CHECK;
/* Which public suffixes may stand in the list. */
enum watch_suffixes redis_list_suffixes(enum redis_list list);

/* The script of changes; what it takes and answers stands at its head (daemon/sink/script/lists.lua). */
const char *redis_list_script(void);
