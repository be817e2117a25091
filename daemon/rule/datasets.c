/*
 * Data sets of a rule set: the lists that its rules name. A list changes while rules are in force by the swap
 * of one pointer; who reads it takes the pointer once for a look-up.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/rule_priv.h"

struct datasets {
    struct list_store *store; /* borrowed while rules are loaded */
    struct dataset **items;   /* by name and use once they are loaded; each stays where it is */
    size_t count;
};

enum { MD5_SIZE = 16 };

static const struct {
    const char *name;
    enum list_use use;
} types[DATASET_TYPE_COUNT] = {
    [DATASET_HOST] = {.name = "host", .use = LIST_USE_ANY},
    [DATASET_IP] = {.name = "ip", .use = LIST_USE_ADDRESSES},
    [DATASET_STRING] = {.name = "string", .use = LIST_USE_STRINGS},
    [DATASET_MD5] = {.name = "md5", .use = LIST_USE_DIGESTS},
    [DATASET_SHA256] = {.name = "sha256", .use = LIST_USE_DIGESTS},
};

bool dataset_type_parse(struct slice text, enum dataset_type *out)
{
    for (size_t i = 0; i < DATASET_TYPE_COUNT; i++) {
        if (slice_equal(text, slice_text(types[i].name))) {
            *out = (enum dataset_type)i;
            return true;
        }
    }
    return false;
}

struct datasets *datasets_create(struct list_store *store)
{
    struct datasets *datasets = calloc(1, sizeof *datasets);
    if (datasets == NULL) {
        abort();
    }
    datasets->store = store;
    return datasets;
}

void datasets_free(struct datasets *datasets)
{
    if (datasets == NULL) {
        return;
    }
    for (size_t i = 0; i < datasets->count; i++) {
        watch_list_release(atomic_load(&datasets->items[i]->list));
        free(datasets->items[i]);
    }
    free(datasets->items);
    free(datasets);
}

const struct dataset *datasets_find(struct datasets *datasets, struct slice name, enum dataset_type type)
{
    enum list_use use = types[type].use;
    if (!list_name_is_good(name)) {
        return NULL;
    }
    for (size_t i = 0; i < datasets->count; i++) {
        struct dataset *known = datasets->items[i];
        if (known->use == use && slice_equal(slice_text(known->name), name)) {
            return atomic_load(&known->list) == NULL ? NULL : known;
        }
    }
    struct dataset *made = calloc(1, sizeof *made);
    datasets->items = reallocarray(datasets->items, datasets->count + 1, sizeof *datasets->items);
    if (made == NULL || datasets->items == NULL) {
        abort();
    }
    memcpy(made->name, name.data, name.len);
    made->use = use;
    made->protects = list_protects(made->name);
    atomic_init(&made->list, list_store_get(datasets->store, made->name, use));
    datasets->items[datasets->count++] = made;
    return atomic_load(&made->list) == NULL ? NULL : made;
}

/* ---- look-ups */

static bool find_literal(const struct watch_list *list, struct slice text, int64_t now,
                         struct watch_entry *found)
{
    struct address address;
    return address_parse_slice(text, &address) && watch_list_find_address(list, &address, now, found);
}

/* A digest's bytes, or their text in hexadecimal digits. */
static bool find_digest(const struct watch_list *list, struct slice buffer, size_t size, int64_t now,
                        struct watch_entry *found)
{
    struct watch_entry key;
    struct watch_key_room room;
    const char *wrong;
    if (buffer.len == size) {
        return watch_list_find_hash(list, buffer, now, found);
    }
    return buffer.len == 2 * size && watch_entry_parse_hash(buffer, &key, &room, &wrong) &&
           watch_list_find_hash(list, key.key, now, found);
}

/* Whether normalising could change a name: capitals, a port, brackets, the root's dot. */
static bool is_spelt_freely(struct slice name)
{
    bool freely = name.len > 0 && name.data[name.len - 1] == '.';
    for (size_t i = 0; i < name.len && !freely; i++) {
        uint8_t byte = name.data[i];
        freely = byte_lower(byte) != byte || byte == ':' || byte == '[';
    }
    return freely;
}

/* A name is mostly normalised already; one in a hello may be spelt otherwise. */
static bool find_host(const struct watch_list *list, struct slice buffer, int64_t now,
                      struct watch_entry *found)
{
    char name[HOST_NAME_SIZE];
    uint16_t port;
    return watch_list_find_host(list, buffer, now, found) ||
           (is_spelt_freely(buffer) && host_normalise(buffer, name, &port) && port == 0 &&
            !slice_equal(buffer, slice_text(name)) &&
            watch_list_find_host(list, slice_text(name), now, found));
}

bool dataset_contains(const struct dataset *dataset, enum dataset_type type, struct slice buffer, int64_t now,
                      struct watch_entry *found)
{
    const struct watch_list *list = atomic_load_explicit(&dataset->list, memory_order_acquire);
    bool contains = false;
    switch (type) {
    case DATASET_HOST:
        contains = find_host(list, buffer, now, found);
        break;
    case DATASET_IP:
        contains = find_literal(list, buffer, now, found);
        break;
    case DATASET_STRING:
        contains = watch_list_find_text(list, buffer, now, found);
        break;
    case DATASET_MD5:
    case DATASET_SHA256:
        contains = find_digest(list, buffer, type == DATASET_MD5 ? MD5_SIZE : SHA256_SIZE, now, found);
        break;
    case DATASET_TYPE_COUNT:
        break;
    }
    return contains && (dataset->protects || found->state != WATCH_OFFICIAL);
}

/* ---- loads */

static int compare_names(const void *left, const void *right)
{
    const struct dataset *a = *(struct dataset *const *)left;
    const struct dataset *b = *(struct dataset *const *)right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (int)a->use - (int)b->use;
}

void datasets_digest(struct datasets *datasets, const struct list_store *store, struct sha256_context *digest)
{
    if (datasets->count > 0) {
        qsort(datasets->items, datasets->count, sizeof *datasets->items, compare_names);
    }
    for (size_t i = 0; i < datasets->count; i++) {
        uint8_t bytes[SHA256_SIZE];
        list_store_digest(store, datasets->items[i]->name, datasets->items[i]->use, bytes);
        sha256_update(digest, slice_make(bytes, sizeof bytes));
    }
}

struct watch_list **datasets_read(const struct datasets *datasets, struct list_store *store)
{
    struct watch_list **lists = calloc(datasets->count + 1, sizeof *lists);
    if (lists == NULL) {
        abort();
    }
    for (size_t i = 0; i < datasets->count; i++) {
        const struct dataset *dataset = datasets->items[i];
        lists[i] = list_store_get(store, dataset->name, dataset->use);
        if (lists[i] == NULL) { /* rules ask for it */
            lists[i] = list_store_keep(store, dataset->name, dataset->use);
        }
    }
    return lists;
}

void datasets_swap(struct datasets *datasets, struct watch_list **lists)
{
    for (size_t i = 0; i < datasets->count; i++) {
        const struct watch_list *before =
            atomic_exchange_explicit(&datasets->items[i]->list, lists[i], memory_order_acq_rel);
        lists[i] = (struct watch_list *)before;
    }
}

void datasets_release(const struct datasets *datasets, struct watch_list **lists)
{
    for (size_t i = 0; i < datasets->count; i++) {
        watch_list_release(lists[i]);
    }
    free(lists);
}
