/* Lists by name and use, over reloads. */
#include "rule/list_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "daemon/rule/list_file_priv.h"

COUNTER_TABLE(lists, LISTS_COUNTERS);

enum { SHRINK_FLOOR = 20 /* entries; a smaller list may lose all it has */ };

/* One file of a list as it was read. */
struct list_part {
    char *path;
    struct stat stat;
};

struct list_item {
    char name[LIST_NAME_MAX + 1];
    enum list_use use;
    struct watch_list *list; /* held; NULL where no folder has the list */
    struct list_part *parts;
    size_t part_count;
    uint8_t digest[SHA256_SIZE];
    bool kept; /* not what its files say: the next load looks at them again */
};

struct list_items {
    struct list_item *items;
    size_t count;
};

struct list_store {
    struct list_items in_force;
    struct list_items next; /* of the load that is under way */
    struct list_settings settings;
    struct diagnostics *diagnostics;
    struct diagnostics kept; /* mistakes of lists that stay as they were */
    struct list_change *changes;
    size_t change_count;
    struct counter_cell *counters;
};

const char *list_outcome_name(enum list_outcome outcome)
{
    static const char *const names[LIST_OUTCOME_COUNT] = {
        [LIST_TAKEN] = "taken", [LIST_SHRUNK] = "shrunk", [LIST_BROKEN] = "broken"};
    return names[outcome];
}

static const struct {
    const char *suffix;
    enum watch_format format;
} formats[] = {
    {".list", WATCH_FORMAT_LINES}, {".txt", WATCH_FORMAT_ANY},     {".csv", WATCH_FORMAT_CSV},
    {".rpz", WATCH_FORMAT_RPZ},    {".hosts", WATCH_FORMAT_HOSTS},
};

static const char *const protecting[] = {"official",        "allow",       "platforms",
                                         "video-platforms", "paste-hosts", "shared-prefixes"};

bool list_name_is_good(struct slice name)
{
    bool good = name.len > 0 && name.len <= LIST_NAME_MAX;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = byte_lower(name.data[i]);
        good = good &&
               ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_');
    }
    return good;
}

bool list_protects(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(protecting); i++) {
        if (strcmp(protecting[i], name) == 0) {
            return true;
        }
    }
    return false;
}

struct list_store *list_store_create(struct counter_cell *counters)
{
    struct list_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        abort();
    }
    store->counters = counters;
    return store;
}

static void free_item(struct list_item *item)
{
    watch_list_release(item->list);
    for (size_t i = 0; i < item->part_count; i++) {
        free(item->parts[i].path);
    }
    free(item->parts);
}

static void free_items(struct list_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        free_item(&items->items[i]);
    }
    free(items->items);
    *items = (struct list_items){0};
}

void list_store_free(struct list_store *store)
{
    if (store != NULL) {
        free_items(&store->in_force);
        free_items(&store->next);
        diagnostics_free(&store->kept);
        free(store->changes);
        free(store);
    }
}

static void count(struct list_store *store, enum lists_counter counter, uint64_t amount)
{
    if (store->counters != NULL) {
        counter_add(store->counters, counter, amount);
    }
}

static struct list_item *find_item(const struct list_items *items, const char *name, enum list_use use)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->items[i].use == use && strcmp(items->items[i].name, name) == 0) {
            return &items->items[i];
        }
    }
    return NULL;
}

/* ---- files */

static void add_part(struct list_item *item, const char *path, const struct stat *stat)
{
    item->parts = reallocarray(item->parts, item->part_count + 1, sizeof *item->parts);
    char *copy = strdup(path);
    if (item->parts == NULL || copy == NULL) {
        abort();
    }
    item->parts[item->part_count++] = (struct list_part){.path = copy, .stat = *stat};
}

typedef void (*visit_path_fn)(struct list_store *store, const char *path, enum watch_format format,
                              void *context);

/* Every path at which a file of the list may stand. */
static void visit_paths(struct list_store *store, const char *name, visit_path_fn visit, void *context)
{
    const struct text_list *folders = store->settings.folders;
    for (size_t i = 0; i < folders->count; i++) {
        for (size_t j = 0; j < ARRAY_COUNT(formats); j++) {
            char *path = NULL;
            if (asprintf(&path, "%s/%s%s", folders->items[i], name, formats[j].suffix) < 0) {
                abort();
            }
            visit(store, path, formats[j].format, context);
            free(path);
        }
    }
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Compares what stands there now with the parts of an item, one after the other. */
struct comparison {
    const struct list_item *item;
    size_t at;
    bool same;
};

static void compare_path(struct list_store *store, const char *path, enum watch_format format, void *context)
{
    struct comparison *comparison = context;
    const struct list_item *item = comparison->item;
    struct stat now;
    (void)store;
    (void)format;
    if (stat(path, &now) != 0) {
        comparison->same = comparison->same && errno == ENOENT;
        return;
    }
    comparison->same = comparison->same && comparison->at < item->part_count &&
                       strcmp(item->parts[comparison->at].path, path) == 0 &&
                       same_file(&item->parts[comparison->at].stat, &now);
    comparison->at++;
}

static bool is_unchanged(struct list_store *store, const struct list_item *item)
{
    struct comparison comparison = {.item = item, .same = true};
    visit_paths(store, item->name, compare_path, &comparison);
    return comparison.same && comparison.at == item->part_count;
}

/* A guess at the entries of a list, so that its table need not grow: 20 bytes of its files each. */
static void add_expected(struct list_store *store, const char *path, enum watch_format format, void *context)
{
    enum { ENTRY_BYTES_EXPECTED = 20 };
    struct stat now;
    (void)store;
    (void)format;
    if (stat(path, &now) == 0 && S_ISREG(now.st_mode)) {
        *(uint64_t *)context += (uint64_t)now.st_size / ENTRY_BYTES_EXPECTED;
    }
}

struct loading {
    struct list_item *item;
    struct diagnostics mistakes;
    struct list_file_sink sink;
};

static void load_path(struct list_store *store, const char *path, enum watch_format format, void *context)
{
    struct loading *loading = context;
    struct stat stat;
    (void)store;
    struct list_item *item = loading->item;
    const struct list_file file = {
        .path = path,
        .format = item->use == LIST_USE_STRINGS ? WATCH_FORMAT_STRINGS : format,
        .use = item->use,
        .suffixes = list_protects(item->name) ? WATCH_SUFFIXES_PRIVATE : WATCH_SUFFIXES_NONE,
    };
    switch (list_file_load(&file, &loading->sink, &stat)) {
    case LIST_FILE_ABSENT:
        return;
    case LIST_FILE_UNREADABLE:
        diagnostics_add(&loading->mistakes, path, 0, 0, "cannot be read: %s", strerror(errno));
        stat = (struct stat){0}; /* like no file, so that it is tried again */
        break;
    case LIST_FILE_READ:
        break;
    }
    add_part(item, path, &stat);
}

/* Mistakes are put into `mistakes`. */
static void load_item(struct list_store *store, struct list_item *item, struct diagnostics *mistakes)
{
    uint64_t expected = 0;
    visit_paths(store, item->name, add_expected, &expected);
    expected = expected < store->settings.max_entries ? expected : store->settings.max_entries;
    struct loading loading = {
        .item = item,
        .sink = {.builder = watch_builder_create((size_t)expected),
                 .digest = sha256_begin(),
                 .max_entries = store->settings.max_entries},
    };
    loading.sink.diagnostics = &loading.mistakes;
    visit_paths(store, item->name, load_path, &loading);
    *mistakes = loading.mistakes;
    sha256_end(loading.sink.digest, item->digest);
    if (item->part_count == 0) {
        watch_builder_free(loading.sink.builder);
        return;
    }
    item->list = watch_builder_finish(loading.sink.builder);
    count(store, LISTS_LOADED, 1);
}

/* ---- loads */

void list_store_begin(struct list_store *store, const struct list_settings *settings,
                      struct diagnostics *diagnostics)
{
    free_items(&store->next);
    store->settings = *settings;
    store->diagnostics = diagnostics;
    diagnostics_free(&store->kept);
    free(store->changes);
    store->changes = NULL;
    store->change_count = 0;
}

static void note_change(struct list_store *store, const char *name, enum list_outcome outcome, size_t before,
                        size_t now)
{
    struct list_change *grown = reallocarray(store->changes, store->change_count + 1, sizeof *store->changes);
    if (grown == NULL) {
        abort();
    }
    store->changes = grown;
    struct list_change *change = &grown[store->change_count++];
    *change = (struct list_change){.outcome = outcome, .before = before, .now = now};
    snprintf(change->name, sizeof change->name, "%s", name);
}

static void copy_item(struct list_item *to, const struct list_item *from)
{
    to->list = watch_list_hold(from->list);
    memcpy(to->digest, from->digest, sizeof to->digest);
    for (size_t i = 0; i < from->part_count; i++) {
        add_part(to, from->parts[i].path, &from->parts[i].stat);
    }
}

static bool shrinks_too_much(const struct list_store *store, size_t before, size_t now)
{
    return before >= SHRINK_FLOOR && now < before &&
           (before - now) * 100 > before * (size_t)store->settings.max_shrink;
}

static void keep_former(struct list_item *item, const struct list_item *before)
{
    watch_list_release(item->list);
    item->list = watch_list_hold(before->list);
    memcpy(item->digest, before->digest, sizeof item->digest);
    item->kept = true;
}

static void refuse_shrunk(struct list_store *store, struct list_item *item, const struct list_item *before)
{
    size_t old = watch_list_count(before->list);
    size_t now = watch_list_count(item->list);
    log_error("list %s: refused: %zu entries are left of %zu, and lists.max_shrink allows a loss of %llu %%; "
              "the former list stays in force",
              item->name, now, old, (unsigned long long)store->settings.max_shrink);
    count(store, LISTS_REFUSED, 1);
    note_change(store, item->name, LIST_SHRUNK, old, now);
    keep_former(item, before);
}

static void tell_broken(struct list_store *store, const char *name, const struct watch_list *former)
{
    size_t entries = watch_list_count(former);
    log_error("list %s: refused for its mistakes; the former list stays in force, %zu entries", name,
              entries);
    count(store, LISTS_BROKEN, 1);
    note_change(store, name, LIST_BROKEN, entries, entries);
}

static void load_anew(struct list_store *store, struct list_item *item, const struct list_item *before)
{
    struct diagnostics mistakes;
    load_item(store, item, &mistakes);
    bool good = mistakes.count == 0;
    diagnostics_move(before != NULL ? &store->kept : store->diagnostics, &mistakes);
    if (before != NULL && !good) {
        tell_broken(store, item->name, before->list);
        keep_former(item, before);
    } else if (before != NULL &&
               shrinks_too_much(store, watch_list_count(before->list), watch_list_count(item->list))) {
        refuse_shrunk(store, item, before);
    }
}

struct watch_list *list_store_get(struct list_store *store, const char *name, enum list_use use)
{
    struct list_item *asked = find_item(&store->next, name, use);
    if (asked != NULL) {
        return watch_list_hold(asked->list);
    }
    struct list_item item = {.use = use};
    const struct list_item *before = find_item(&store->in_force, name, use);
    snprintf(item.name, sizeof item.name, "%s", name);
    if (before != NULL && !before->kept && is_unchanged(store, before)) {
        copy_item(&item, before);
        count(store, LISTS_REUSED, item.list != NULL);
    } else {
        load_anew(store, &item, before);
    }
    struct list_item *grown = reallocarray(store->next.items, store->next.count + 1, sizeof *grown);
    if (grown == NULL) {
        abort();
    }
    grown[store->next.count++] = item;
    store->next.items = grown;
    return watch_list_hold(item.list);
}

struct watch_list *list_store_keep(struct list_store *store, const char *name, enum list_use use)
{
    struct list_item *item = find_item(&store->next, name, use);
    const struct list_item *before = find_item(&store->in_force, name, use);
    if (item == NULL || before == NULL || before->list == NULL) {
        return NULL;
    }
    diagnostics_add(&store->kept, name, 0, 0,
                    "no folder of rules.lists has this list any more, and it cannot be done without");
    tell_broken(store, name, before->list);
    keep_former(item, before);
    return watch_list_hold(item->list);
}

struct diagnostics *list_store_mistakes(struct list_store *store)
{
    return &store->kept;
}

const struct list_change *list_store_changes(const struct list_store *store, size_t *number)
{
    *number = store->change_count;
    return store->changes;
}

void list_store_digest(const struct list_store *store, const char *name, enum list_use use,
                       uint8_t out[SHA256_SIZE])
{
    const struct list_item *item = find_item(&store->next, name, use);
    if (item == NULL) {
        item = find_item(&store->in_force, name, use);
    }
    memset(out, 0, SHA256_SIZE);
    if (item != NULL) {
        memcpy(out, item->digest, SHA256_SIZE);
    }
}

static void tell_change(struct list_store *store, const struct list_item *item)
{
    const struct list_item *before = find_item(&store->in_force, item->name, item->use);
    if (before == NULL || before->list == item->list) {
        return;
    }
    size_t old = watch_list_count(before->list);
    size_t now = watch_list_count(item->list);
    log_info("list %s: %zu entries before, %zu now", item->name, old, now);
    note_change(store, item->name, LIST_TAKEN, old, now);
    count(store, now > old ? LISTS_ADDED : LISTS_LOST, now > old ? now - old : old - now);
}

static void count_in_force(struct list_store *store)
{
    size_t lists = 0;
    size_t entries = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < store->in_force.count; i++) {
        const struct watch_list *list = store->in_force.items[i].list;
        lists += list != NULL;
        entries += watch_list_count(list);
        bytes += watch_list_bytes(list);
    }
    if (store->counters != NULL) {
        counter_set(store->counters, LISTS_IN_FORCE, lists);
        counter_set(store->counters, LISTS_ENTRIES, entries);
        counter_set(store->counters, LISTS_BYTES, bytes);
    }
}

void list_store_end(struct list_store *store, bool good)
{
    if (good) {
        for (size_t i = 0; i < store->next.count; i++) {
            tell_change(store, &store->next.items[i]);
        }
        free_items(&store->in_force);
        store->in_force = store->next;
        store->next = (struct list_items){0};
        count_in_force(store);
    } else {
        free_items(&store->next);
    }
    store->diagnostics = NULL;
}
