/*
 * The lists of a site: NAME.list, NAME.txt, NAME.csv, NAME.rpz and NAME.hosts of all folders of rules.lists
 * together are the list NAME, so that a site adds to a shipped list without touching it. Guards and rules
 * share them, and a list whose files have not changed is not read again at a reload.
 *
 * One thread at a time: the loader's between begin and end, main's at other times.
 */
#pragma once

#include "base/counter.h"
#include "base/hash.h"
#include "base/text_list.h"
#include "rule/list_reader.h"

struct list_settings {
    const struct text_list *folders; /* rules.lists; borrowed until the end of the load */
    uint64_t max_entries;            /* lists.max_entries: of one list */
    uint64_t max_shrink; /* lists.max_shrink: percent of its entries that a list may lose at once */
};

#define LISTS_COUNTERS(X)                                                                                    \
    X(LISTS_IN_FORCE, "in_force", "Lists in force now")                                                      \
    X(LISTS_ENTRIES, "entries", "Entries of all lists in force now")                                         \
    X(LISTS_BYTES, "bytes", "Bytes of memory that lists take now")                                           \
    X(LISTS_LOADED, "loaded", "Lists read from their files")                                                 \
    X(LISTS_REUSED, "reused", "Lists that a reload left alone because no file of theirs had changed")        \
    X(LISTS_ADDED, "added", "Entries that lists grew by at reloads")                                         \
    X(LISTS_LOST, "lost", "Entries that lists shrank by at reloads")                                         \
    X(LISTS_REFUSED, "refused", "Lists refused at a reload because they had lost too much")                  \
    X(LISTS_BROKEN, "broken", "Lists left as they were at a reload because of mistakes in their files")

enum COUNTER_ENUM(lists, LISTS_COUNTERS);
extern const struct counter_table lists_counters;

/* What became of a list at a reload. */
enum list_outcome {
    LIST_TAKEN,  /* it has other files, or others' contents */
    LIST_SHRUNK, /* refused: it had lost too much */
    LIST_BROKEN, /* refused: mistakes in its files, or none of them there any more */
    LIST_OUTCOME_COUNT,
};

enum { LIST_NAME_MAX = 64 };

struct list_change {
    char name[LIST_NAME_MAX + 1];
    enum list_outcome outcome;
    size_t before; /* entries */
    size_t now;    /* those in its files, where it was refused for what it lost; else those in force */
};

const char *list_outcome_name(enum list_outcome outcome); /* "taken" */

struct list_store;

/* `counters` has LISTS_COUNTERS_COUNT cells; NULL where nobody counts. */
struct list_store *list_store_create(struct counter_cell *counters);
void list_store_free(struct list_store *store);

/* A load begins: what is asked for until its end is what will be in force. Mistakes in lists that no load has
 * asked for before go to `diagnostics`; a list that was known stays as it is, and its mistakes are kept for
 * list_store_mistakes. */
void list_store_begin(struct list_store *store, const struct list_settings *settings,
                      struct diagnostics *diagnostics);
/*
 * A list, held once for the caller; NULL where no folder has a file of it. A list with mistakes in its files,
 * or one that has lost more than max_shrink since it was in force, is refused: the old one is handed out, and
 * that is told in the log and counted.
 */
struct watch_list *list_store_get(struct list_store *store, const char *name, enum list_use use);
/* Whether a name can be that of a list: letters, digits, - and _, at most 64. */
bool list_name_is_good(struct slice name);
/* Whether a list of this name says who is left alone (official, platforms, ...): all of its entries count,
 * whatever their state, and it may hold the public suffixes of companies. */
bool list_protects(const char *name);
/* SHA-256 over the files of a list that was asked for in this load. */
void list_store_digest(const struct list_store *store, const char *name, enum list_use use,
                       uint8_t out[SHA256_SIZE]);
/* A list was asked for in this load and is not there any more, but cannot be done without: the former one
 * stays, held for the caller as list_store_get does. NULL where none was in force. */
struct watch_list *list_store_keep(struct list_store *store, const char *name, enum list_use use);
/* The mistakes of lists that stay as they were; the caller may move them away. */
struct diagnostics *list_store_mistakes(struct list_store *store);
/* What the last load changed or refused, one row a list; valid until the next one begins. */
const struct list_change *list_store_changes(const struct list_store *store, size_t *count);
/* The load ends. `good`: what it asked for is in force now and the log says what has changed; else all stays
 * as it was before. */
void list_store_end(struct list_store *store, bool good);
