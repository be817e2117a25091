#include "daemon/rule/watch_table_priv.h"

#include <stdlib.h>
#include <string.h>

/* A table is at most four fifths full; a probe that fails then reads 13 tags on average. */
enum { SLOTS_FIRST = 16, ARENA_FIRST = 256, ENTRY_BYTES_EXPECTED = 24, V4_BITS = 96 };

enum {
    FLAG_KIND = 7,
    FLAG_STATE_SHIFT = 3, /* two bits */
    FLAG_STATE = 3,
    FLAG_UNTIL = 1 << 5,
    FLAG_SOURCE = 1 << 6,
    FLAG_NOTE = 1 << 7,
    STATE_REMOVED = 3, /* in place of a state */
    RECORD_HEAD = 2,
};
_Static_assert((int)WATCH_STATE_COUNT <= (int)STATE_REMOVED, "two bits of the flags hold the state");

static void *grow(void *old, size_t size)
{
    void *grown = realloc(old, size);
    if (grown == NULL) {
        abort();
    }
    return grown;
}

static void make_slots(struct watch_table *table, size_t count)
{
    table->slot_count = count;
    table->tags = calloc(count, 1);
    table->slots = malloc(count * sizeof *table->slots);
    if (table->tags == NULL || table->slots == NULL) {
        abort();
    }
}

void watch_table_init(struct watch_table *table, const struct hash_key *key, size_t expected)
{
    *table = (struct watch_table){.key = *key, .arena_len = 1};
    table->arena_room = ARENA_FIRST + expected * ENTRY_BYTES_EXPECTED;
    table->arena = grow(NULL, table->arena_room);
    table->arena[0] = RECORD_DEAD;
    make_slots(table, SLOTS_FIRST + expected + expected / 4);
}

void watch_table_free(struct watch_table *table)
{
    free(table->arena);
    free(table->tags);
    free(table->slots);
    *table = (struct watch_table){0};
}

/* ---- records */

static unsigned record_kind(const struct watch_table *table, uint32_t record)
{
    return table->arena[record] & FLAG_KIND;
}

static struct slice record_key(const struct watch_table *table, uint32_t record)
{
    return slice_make(table->arena + record + RECORD_HEAD, table->arena[record + 1]);
}

static size_t record_size(const struct watch_table *table, uint32_t record)
{
    uint8_t flags = table->arena[record];
    size_t size = (size_t)RECORD_HEAD + table->arena[record + 1];
    size += (flags & FLAG_UNTIL) != 0 ? sizeof(int64_t) : 0;
    size += (flags & FLAG_SOURCE) != 0 ? sizeof(uint32_t) : 0;
    return size + ((flags & FLAG_NOTE) != 0 ? (size_t)1 + table->arena[record + size] : 0);
}

static bool record_is_entry(const struct watch_table *table, uint32_t record)
{
    return record_kind(table, record) < WATCH_KIND_COUNT;
}

uint32_t watch_table_next(const struct watch_table *table, uint32_t record)
{
    size_t at = record == NO_RECORD ? 1 : record + record_size(table, record);
    while (at < table->arena_len && !record_is_entry(table, (uint32_t)at)) {
        at += record_size(table, (uint32_t)at);
    }
    return at < table->arena_len ? (uint32_t)at : NO_RECORD;
}

static void read_prefix(struct slice key, struct prefix *prefix)
{
    size_t len = key.len - 1;
    *prefix = (struct prefix){.bits = key.data[len]};
    if (len == 4) {
        prefix->address = address_from_v4(key.data);
    } else {
        memcpy(prefix->address.bytes, key.data, sizeof prefix->address.bytes);
    }
}

size_t watch_prefix_key(const struct prefix *prefix, uint8_t key[PREFIX_KEY_MAX])
{
    bool v4 = address_is_v4(&prefix->address) && prefix->bits >= V4_BITS;
    size_t len = v4 ? 4 : sizeof prefix->address.bytes;
    memcpy(key, prefix->address.bytes + sizeof prefix->address.bytes - len, len);
    key[len] = prefix->bits;
    return len + 1;
}

void watch_table_read(const struct watch_table *table, uint32_t record, struct watch_entry *entry,
                      bool *removed)
{
    uint8_t flags = table->arena[record];
    unsigned state = flags >> FLAG_STATE_SHIFT & FLAG_STATE;
    struct slice key = record_key(table, record);
    const uint8_t *at = key.data + key.len;
    *entry = (struct watch_entry){.kind = (enum watch_kind)(flags & FLAG_KIND), .key = key};
    entry->state = state == STATE_REMOVED ? WATCH_ACTIVE : (enum watch_state)state;
    *removed = state == STATE_REMOVED;
    if (entry->kind == WATCH_PREFIX) {
        read_prefix(key, &entry->prefix);
        entry->key = slice_make(NULL, 0);
    }
    if ((flags & FLAG_UNTIL) != 0) {
        memcpy(&entry->until, at, sizeof entry->until);
        at += sizeof entry->until;
    }
    if ((flags & FLAG_SOURCE) != 0) {
        uint32_t source;
        memcpy(&source, at, sizeof source);
        at += sizeof source;
        entry->source = record_key(table, source);
    }
    if ((flags & FLAG_NOTE) != 0) {
        entry->note = slice_make(at + 1, at[0]);
    }
}

/* ---- the table of offsets */

/* The upper half of the hash says where to look first, its lowest byte is the tag. */
static size_t first_slot(const struct watch_table *table, uint64_t hash)
{
    return (size_t)((hash >> 32) * table->slot_count >> 32);
}

static uint8_t tag_of(uint64_t hash)
{
    uint8_t tag = (uint8_t)hash;
    return tag == 0 ? 1 : tag;
}

static size_t next_slot(const struct watch_table *table, size_t slot)
{
    return slot + 1 == table->slot_count ? 0 : slot + 1;
}

uint32_t watch_table_find(const struct watch_table *table, unsigned kinds, struct slice key, uint64_t hash)
{
    uint8_t tag = tag_of(hash);
    uint32_t found = NO_RECORD;
    unsigned found_kind = RECORD_KIND_COUNT;
    for (size_t slot = first_slot(table, hash); table->tags[slot] != 0; slot = next_slot(table, slot)) {
        uint32_t record = table->slots[slot];
        if (table->tags[slot] != tag) {
            continue;
        }
        unsigned kind = record_kind(table, record);
        if ((kinds & 1U << kind) != 0 && kind < found_kind && slice_equal(record_key(table, record), key)) {
            found = record;
            found_kind = kind;
        }
    }
    return found;
}

static void fill_slot(struct watch_table *table, uint32_t record, uint64_t hash)
{
    size_t slot = first_slot(table, hash);
    while (table->tags[slot] != 0) {
        slot = next_slot(table, slot);
    }
    table->tags[slot] = tag_of(hash);
    table->slots[slot] = record;
    table->used++;
}

/* Records that no longer count are left out. */
static void make_slots_anew(struct watch_table *table, size_t count)
{
    free(table->tags);
    free(table->slots);
    make_slots(table, count);
    table->used = 0;
    for (size_t at = 1; at < table->arena_len; at += record_size(table, (uint32_t)at)) {
        if (record_kind(table, (uint32_t)at) != RECORD_DEAD) {
            struct slice key = record_key(table, (uint32_t)at);
            fill_slot(table, (uint32_t)at, hash_bytes(&table->key, key.data, key.len));
        }
    }
}

void watch_table_trim(struct watch_table *table)
{
    size_t needed = table->used + table->used / 4 + SLOTS_FIRST;
    if (needed < table->slot_count) {
        make_slots_anew(table, needed);
    }
    table->arena_room = table->arena_len;
    table->arena = grow(table->arena, table->arena_room);
}

/* ---- adding */

static bool reserve(struct watch_table *table, size_t len)
{
    if (table->used + 1 > table->slot_count / 5 * 4) {
        make_slots_anew(table, table->slot_count + table->slot_count / 2);
    }
    if (table->arena_room - table->arena_len >= len) {
        return true;
    }
    size_t room = table->arena_room + table->arena_room / 2 + len;
    if (room > UINT32_MAX) {
        return false;
    }
    table->arena = grow(table->arena, room);
    table->arena_room = room;
    return true;
}

static void append(struct watch_table *table, const void *bytes, size_t len)
{
    if (len > 0) {
        memcpy(table->arena + table->arena_len, bytes, len);
        table->arena_len += len;
    }
}

/* The record of a source; NO_RECORD where there is no room. */
static uint32_t store_source(struct watch_table *table, struct slice text)
{
    uint64_t hash = hash_bytes(&table->key, text.data, text.len);
    uint32_t record = watch_table_find(table, 1U << RECORD_SOURCE, text, hash);
    if (record == NO_RECORD && reserve(table, RECORD_HEAD + text.len)) {
        record = (uint32_t)table->arena_len;
        append(table, (uint8_t[]){RECORD_SOURCE, (uint8_t)text.len}, RECORD_HEAD);
        append(table, text.data, text.len);
        fill_slot(table, record, hash);
    }
    return record;
}

static void count(struct watch_table *table, uint32_t record, bool more)
{
    struct watch_entry entry;
    bool removed;
    watch_table_read(table, record, &entry, &removed);
    if (removed) {
        table->removed += more ? 1 : (size_t)-1;
    } else {
        table->counts[entry.kind] += more ? 1 : (size_t)-1;
    }
    if (entry.kind == WATCH_PREFIX) {
        bool v4 = record_key(table, record).len < PREFIX_KEY_MAX;
        table->lengths[v4][entry.prefix.bits] += more ? 1 : (uint32_t)-1;
    }
}

/* Its slot stays, and leads to a record that no look-up takes. */
static void kill(struct watch_table *table, uint32_t record)
{
    count(table, record, false);
    table->arena[record] = (uint8_t)((table->arena[record] & ~FLAG_KIND) | RECORD_DEAD);
}

static void append_record(struct watch_table *table, const struct watch_entry *entry, bool removed,
                          struct slice key, uint32_t source)
{
    struct slice note = slice_part(entry->note, 0, WATCH_NOTE_MAX);
    unsigned state = removed ? STATE_REMOVED : entry->state;
    unsigned flags = (unsigned)entry->kind | state << FLAG_STATE_SHIFT;
    flags |= entry->until != 0 ? FLAG_UNTIL : 0;
    flags |= source != NO_RECORD ? FLAG_SOURCE : 0;
    flags |= note.len > 0 ? FLAG_NOTE : 0;
    append(table, (uint8_t[]){(uint8_t)flags, (uint8_t)key.len}, RECORD_HEAD);
    append(table, key.data, key.len);
    append(table, &entry->until, entry->until != 0 ? sizeof entry->until : 0);
    append(table, &source, source != NO_RECORD ? sizeof source : 0);
    if (note.len > 0) {
        append(table, &(uint8_t){(uint8_t)note.len}, 1);
        append(table, note.data, note.len);
    }
}

bool watch_table_add(struct watch_table *table, const struct watch_entry *entry, bool removed)
{
    uint8_t prefix_key[PREFIX_KEY_MAX];
    struct slice key = slice_part(entry->key, 0, WATCH_KEY_MAX);
    if (entry->kind == WATCH_PREFIX) {
        key = slice_make(prefix_key, watch_prefix_key(&entry->prefix, prefix_key));
    }
    struct slice source_text = slice_part(entry->source, 0, WATCH_SOURCE_MAX);
    uint32_t source = source_text.len > 0 && !removed ? store_source(table, source_text) : NO_RECORD;
    if ((source_text.len > 0 && !removed && source == NO_RECORD) ||
        !reserve(table, RECORD_HEAD + key.len + sizeof(int64_t) + sizeof(uint32_t) + 1 + WATCH_NOTE_MAX)) {
        return false;
    }
    uint64_t hash = hash_bytes(&table->key, key.data, key.len);
    uint32_t before = watch_table_find(table, 1U << entry->kind, key, hash);
    if (before != NO_RECORD) {
        kill(table, before);
    }
    uint32_t record = (uint32_t)table->arena_len;
    append_record(table, entry, removed, key, source);
    count(table, record, true);
    fill_slot(table, record, hash);
    return true;
}

size_t watch_table_bytes(const struct watch_table *table)
{
    return table->arena_room + table->slot_count * (sizeof *table->tags + sizeof *table->slots);
}
