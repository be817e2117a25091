/* vigiectl list: what its files share. */
#pragma once

#include "base/buf.h"
#include "ctl_priv.h"
#include "sink/redis_list.h"

/* How lines of the stream tell a call's changes (the head of sink/script/lists.lua). */
enum list_telling { LIST_TELL_EACH, LIST_TELL_MANY, LIST_TELL_FORCED };

/* Changes under way to one list; what they came to. */
struct list_changes {
    struct ctl *ctl;
    enum redis_list list;
    enum list_telling telling;
    struct buf text; /* the words of the next call, each with its NUL */
    size_t count;    /* changes in it */
    uint64_t added, changed, removed, same, now;
    bool failed; /* it was printed */
};

struct list_changes list_changes_begin(struct ctl *ctl, enum redis_list list, enum list_telling telling);
/* `value` is NULL where the entry is to go. Sends what has come together from time to time. */
void list_changes_add(struct list_changes *changes, const char *entry, const struct redis_list_value *value);
/* Sends the rest. False where something failed, which was printed. */
bool list_changes_end(struct list_changes *changes) MUST_CHECK;
void list_changes_print(const struct list_changes *changes);

/* Calls `visit` for every entry of the list, each at least once, in no order. False: trouble, which was
 * printed. */
typedef void (*list_visit_fn)(void *context, const char *entry, struct slice value);
bool list_each(struct ctl *ctl, enum redis_list list, list_visit_fn visit, void *context) MUST_CHECK;

/* Whether its time has passed. */
bool list_value_is_over(const struct redis_list_value *value, int64_t now);
/* Redis's own clock, in seconds; -1 after trouble, which was printed. */
int64_t list_now(struct ctl *ctl);

enum exit_status list_import(struct ctl *ctl, enum redis_list list, const char *path,
                             const struct list_options *options, const struct redis_list_value *value);
enum exit_status list_export(struct ctl *ctl, enum redis_list list, const char *format);
enum exit_status list_lookup(struct ctl *ctl, const char *target);
