/* Lists: a base and an overlay that are looked up together, and changes that make another overlay. */
#include "rule/watch_list.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/allocate_priv.h"
#include "daemon/rule/watch_table_priv.h"

/* Shared by all lists that differ by their overlays only. */
struct watch_base {
    atomic_uint holders;
    struct watch_table table;
};

struct watch_list {
    atomic_uint holders;
    struct watch_base *base;
    struct watch_table overlay; /* hashed with the base's key; no slots where it is empty */
    size_t counts[WATCH_KIND_COUNT];
};

struct watch_builder {
    struct watch_table table;
};

/* ---- building */

struct watch_builder *watch_builder_create(size_t expected)
{
    struct watch_builder *builder = rule_allocate(1, sizeof *builder);
    struct hash_key key;
    hash_key_random(&key);
    watch_table_init(&builder->table, &key, expected);
    return builder;
}

bool watch_builder_add(struct watch_builder *builder, const struct watch_entry *entry)
{
    return watch_table_add(&builder->table, entry, false);
}

static size_t sum(const size_t counts[WATCH_KIND_COUNT])
{
    size_t total = 0;
    for (size_t i = 0; i < WATCH_KIND_COUNT; i++) {
        total += counts[i];
    }
    return total;
}

size_t watch_builder_count(const struct watch_builder *builder)
{
    return sum(builder->table.counts);
}

void watch_builder_free(struct watch_builder *builder)
{
    if (builder != NULL) {
        watch_table_free(&builder->table);
        free(builder);
    }
}

struct watch_list *watch_builder_finish(struct watch_builder *builder)
{
    struct watch_list *list = rule_allocate(1, sizeof *list);
    list->base = rule_allocate(1, sizeof *list->base);
    atomic_init(&list->holders, 1);
    atomic_init(&list->base->holders, 1);
    watch_table_trim(&builder->table);
    list->base->table = builder->table;
    memcpy(list->counts, builder->table.counts, sizeof list->counts);
    free(builder);
    return list;
}

struct watch_list *watch_list_hold(const struct watch_list *list)
{
    struct watch_list *held = (struct watch_list *)list; /* the count of holders is no part of its value */
    if (held != NULL) {
        atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    }
    return held;
}

void watch_list_release(const struct watch_list *list)
{
    struct watch_list *held = (struct watch_list *)list;
    if (held == NULL || atomic_fetch_sub_explicit(&held->holders, 1, memory_order_acq_rel) > 1) {
        return;
    }
    if (atomic_fetch_sub_explicit(&held->base->holders, 1, memory_order_acq_rel) == 1) {
        watch_table_free(&held->base->table);
        free(held->base);
    }
    watch_table_free(&held->overlay);
    free(held);
}

size_t watch_list_count(const struct watch_list *list)
{
    return list == NULL ? 0 : sum(list->counts);
}

size_t watch_list_bytes(const struct watch_list *list)
{
    return list == NULL ? 0
                        : sizeof *list + sizeof *list->base + watch_table_bytes(&list->base->table) +
                              watch_table_bytes(&list->overlay);
}

/* ---- look-ups */

/* The record of the smallest of `kinds`, the overlay's before the base's; false where neither has one. */
static bool find_record(const struct watch_list *list, unsigned kinds, struct slice key, uint64_t hash,
                        struct watch_entry *entry, bool *removed)
{
    const struct watch_table *base = &list->base->table;
    bool in_overlay = false;
    if (list->overlay.used > 0) {
        uint32_t record = watch_table_find(&list->overlay, kinds, key, hash);
        if (record != NO_RECORD) {
            watch_table_read(&list->overlay, record, entry, removed);
            in_overlay = true;
            kinds &= (1U << entry->kind) - 1; /* the base may have a smaller one */
        }
    }
    uint32_t record = kinds == 0 ? NO_RECORD : watch_table_find(base, kinds, key, hash);
    if (record != NO_RECORD) {
        watch_table_read(base, record, entry, removed);
    }
    return in_overlay || record != NO_RECORD;
}

static bool find_key(const struct watch_list *list, unsigned kinds, struct slice key, int64_t now,
                     struct watch_entry *found)
{
    const struct watch_table *base = &list->base->table;
    uint64_t hash = hash_bytes(&base->key, key.data, key.len);
    bool removed;
    while (kinds != 0 && find_record(list, kinds, key, hash, found, &removed)) {
        if (!removed && (found->until == 0 || now < found->until)) {
            return true;
        }
        kinds &= ~(1U << found->kind);
    }
    return false;
}

/* Every name below one label: there are no entries of one label alone. */
static bool find_name(const struct watch_list *list, struct slice name, int64_t now,
                      struct watch_entry *found)
{
    unsigned kinds = 1U << WATCH_NAME | 1U << WATCH_WIDE;
    size_t dot;
    if (list->counts[WATCH_NAME] + list->counts[WATCH_WIDE] + list->counts[WATCH_BELOW] == 0 ||
        name.len > WATCH_KEY_MAX) {
        return false;
    }
    for (struct slice end = name; (dot = slice_index(end, '.')) != SIZE_MAX; end = slice_from(end, dot + 1)) {
        if (find_key(list, kinds, end, now, found)) {
            return true;
        }
        kinds = 1U << WATCH_WIDE | 1U << WATCH_BELOW;
    }
    return false;
}

static void mask_address(struct address *address, unsigned bits)
{
    size_t whole = bits / 8;
    if (whole < sizeof address->bytes) {
        address->bytes[whole] &= (uint8_t)(0xff00U >> bits % 8);
        memset(address->bytes + whole + 1, 0, sizeof address->bytes - whole - 1);
    }
}

static bool find_address(const struct watch_list *list, const struct address *address, int64_t now,
                         struct watch_entry *found)
{
    bool v4 = address_is_v4(address);
    const uint32_t *in_base = list->base->table.lengths[v4];
    const uint32_t *in_overlay = list->overlay.lengths[v4];
    struct prefix prefix = {.address = *address};
    for (unsigned bits = PREFIX_LENGTHS; bits-- > 0;) {
        if (in_base[bits] + in_overlay[bits] == 0) {
            continue;
        }
        uint8_t key[PREFIX_KEY_MAX];
        mask_address(&prefix.address, bits);
        prefix.bits = (uint8_t)bits;
        struct slice bytes = slice_make(key, watch_prefix_key(&prefix, key));
        if (find_key(list, 1U << WATCH_PREFIX, bytes, now, found)) {
            return true;
        }
    }
    return false;
}

static bool find_literal(const struct watch_list *list, struct slice host, int64_t now,
                         struct watch_entry *found)
{
    struct address address;
    return list->counts[WATCH_PREFIX] > 0 && address_parse_slice(host, &address) &&
           find_address(list, &address, now, found);
}

bool watch_list_find_host(const struct watch_list *list, struct slice host, int64_t now,
                          struct watch_entry *found)
{
    struct watch_entry own;
    found = found == NULL ? &own : found;
    return list != NULL && host.len > 0 &&
           (find_name(list, host, now, found) || find_literal(list, host, now, found));
}

bool watch_list_find_address(const struct watch_list *list, const struct address *address, int64_t now,
                             struct watch_entry *found)
{
    struct watch_entry own;
    return list != NULL && list->counts[WATCH_PREFIX] > 0 &&
           find_address(list, address, now, found == NULL ? &own : found);
}

static bool find_plain(const struct watch_list *list, enum watch_kind kind, struct slice key, int64_t now,
                       struct watch_entry *found)
{
    struct watch_entry own;
    return list != NULL && list->counts[kind] > 0 && key.len > 0 && key.len <= WATCH_KEY_MAX &&
           find_key(list, 1U << kind, key, now, found == NULL ? &own : found);
}

bool watch_list_find_hash(const struct watch_list *list, struct slice bytes, int64_t now,
                          struct watch_entry *found)
{
    return find_plain(list, WATCH_HASH, bytes, now, found);
}

bool watch_list_find_text(const struct watch_list *list, struct slice text, int64_t now,
                          struct watch_entry *found)
{
    return find_plain(list, WATCH_TEXT, text, now, found);
}

static struct slice entry_key(const struct watch_entry *entry, uint8_t prefix_key[PREFIX_KEY_MAX])
{
    return entry->kind == WATCH_PREFIX ? slice_make(prefix_key, watch_prefix_key(&entry->prefix, prefix_key))
                                       : entry->key;
}

bool watch_list_find_same(const struct watch_list *list, const struct watch_entry *entry,
                          struct watch_entry *found)
{
    uint8_t prefix_key[PREFIX_KEY_MAX];
    return list != NULL && find_key(list, 1U << entry->kind, entry_key(entry, prefix_key), 0, found);
}

/* ---- walks and changes */

static bool overlay_has(const struct watch_list *list, const struct watch_entry *entry)
{
    uint8_t prefix_key[PREFIX_KEY_MAX];
    struct slice key = entry_key(entry, prefix_key);
    return list->overlay.used > 0 &&
           watch_table_find(&list->overlay, 1U << entry->kind, key,
                            hash_bytes(&list->overlay.key, key.data, key.len)) != NO_RECORD;
}

void watch_list_each(const struct watch_list *list, watch_list_visit_fn visit, void *context)
{
    struct watch_entry entry;
    bool removed;
    if (list == NULL) {
        return;
    }
    for (uint32_t record = NO_RECORD; (record = watch_table_next(&list->base->table, record)) != NO_RECORD;) {
        watch_table_read(&list->base->table, record, &entry, &removed);
        if (!overlay_has(list, &entry)) {
            visit(context, &entry);
        }
    }
    for (uint32_t record = NO_RECORD; (record = watch_table_next(&list->overlay, record)) != NO_RECORD;) {
        watch_table_read(&list->overlay, record, &entry, &removed);
        if (!removed) {
            visit(context, &entry);
        }
    }
}

static void copy_overlay(struct watch_list *to, const struct watch_table *from)
{
    for (uint32_t record = NO_RECORD; (record = watch_table_next(from, record)) != NO_RECORD;) {
        struct watch_entry entry;
        bool removed;
        watch_table_read(from, record, &entry, &removed);
        watch_table_add(&to->overlay, &entry, removed);
    }
}

static bool base_has(const struct watch_base *base, const struct watch_entry *entry)
{
    uint8_t prefix_key[PREFIX_KEY_MAX];
    struct slice key = entry_key(entry, prefix_key);
    return watch_table_find(&base->table, 1U << entry->kind, key,
                            hash_bytes(&base->table.key, key.data, key.len)) != NO_RECORD;
}

static void count_all(struct watch_list *list)
{
    memcpy(list->counts, list->base->table.counts, sizeof list->counts);
    for (uint32_t record = NO_RECORD; (record = watch_table_next(&list->overlay, record)) != NO_RECORD;) {
        struct watch_entry entry;
        bool removed;
        watch_table_read(&list->overlay, record, &entry, &removed);
        bool stood = base_has(list->base, &entry);
        list->counts[entry.kind] -= removed && stood;
        list->counts[entry.kind] += !removed && !stood;
    }
}

static size_t overlay_size(const struct watch_list *list)
{
    return sum(list->overlay.counts) + list->overlay.removed;
}

struct watch_list *watch_list_change(const struct watch_list *list, const struct watch_change *changes,
                                     size_t count)
{
    struct watch_list *empty = list == NULL ? watch_builder_finish(watch_builder_create(0)) : NULL;
    const struct watch_list *from = list == NULL ? empty : list;
    struct watch_list *made = rule_allocate(1, sizeof *made);
    atomic_init(&made->holders, 1);
    made->base = from->base;
    atomic_fetch_add_explicit(&made->base->holders, 1, memory_order_relaxed);
    watch_table_init(&made->overlay, &made->base->table.key, overlay_size(from));
    copy_overlay(made, &from->overlay);
    for (size_t i = 0; i < count && overlay_size(made) <= WATCH_OVERLAY_MAX; i++) {
        watch_table_add(&made->overlay, &changes[i].entry, changes[i].remove);
    }
    watch_list_release(empty);
    if (overlay_size(made) > WATCH_OVERLAY_MAX) {
        watch_list_release(made);
        return NULL;
    }
    count_all(made);
    return made;
}

static void add_to_builder(void *context, const struct watch_entry *entry)
{
    struct watch_builder *builder = context;
    (void)watch_builder_add(builder, entry); /* as much as was there fits */
}

struct watch_list *watch_list_flatten(const struct watch_list *list)
{
    struct watch_builder *builder = watch_builder_create(watch_list_count(list));
    watch_list_each(list, add_to_builder, builder);
    return watch_builder_finish(builder);
}
