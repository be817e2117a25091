/*
 * The table that base and overlay of a list are: records one behind the other in an arena, a table of open
 * addressing that holds their offsets, and beside it one byte of each record's hash, so that a key that is
 * not there costs no look at the arena.
 *
 *     record: flags (1) | length of the key (1) | key | until (8) | offset of the source (4)
 *             | length of the note (1) | note         the last three where flags say so
 *
 * A source stands once, as a record of its own kind. A prefix's key is its address (4 or 16 bytes) and its
 * bits.
 */
#pragma once

#include "base/hash.h"
#include "rule/watch_list.h"

/* Kinds of records beside enum watch_kind; with them they fit three bits. */
enum { RECORD_SOURCE = WATCH_KIND_COUNT, RECORD_DEAD, RECORD_KIND_COUNT };
_Static_assert(RECORD_KIND_COUNT <= 8, "three bits of the flags hold the kind");

enum { NO_RECORD = 0, PREFIX_KEY_MAX = 17, PREFIX_LENGTHS = 129 };

struct watch_table {
    struct hash_key key; /* what is looked up comes from strangers */
    uint8_t *arena;      /* begins with a byte that is no record, so that no offset is NO_RECORD */
    size_t arena_len;
    size_t arena_room;
    uint8_t *tags;   /* 0: empty */
    uint32_t *slots; /* offsets in the arena; as many as tags */
    size_t slot_count;
    size_t used; /* slots */
    size_t counts[WATCH_KIND_COUNT];
    size_t removed;                      /* entries that say that there is none */
    uint32_t lengths[2][PREFIX_LENGTHS]; /* prefixes of IPv6 and IPv4 that have so many bits of 128 */
};

void watch_table_init(struct watch_table *table, const struct hash_key *key, size_t expected);
void watch_table_free(struct watch_table *table);
/* Gives back what was kept for growth. */
void watch_table_trim(struct watch_table *table);
/* `removed`: the entry says that there is none. The later one of the same kind and key holds. */
bool watch_table_add(struct watch_table *table, const struct watch_entry *entry, bool removed);
/* The record of the smallest of `kinds` (bits) that has this key; NO_RECORD where there is none. */
uint32_t watch_table_find(const struct watch_table *table, unsigned kinds, struct slice key, uint64_t hash);
/* What a record says; `*removed` whether it is a deletion. */
void watch_table_read(const struct watch_table *table, uint32_t record, struct watch_entry *entry,
                      bool *removed);
/* The record behind this one (behind NO_RECORD: the first) that holds an entry; NO_RECORD behind the last. */
uint32_t watch_table_next(const struct watch_table *table, uint32_t record);
size_t watch_table_bytes(const struct watch_table *table);

/* A prefix as a record's key; returns its length. */
size_t watch_prefix_key(const struct prefix *prefix, uint8_t key[PREFIX_KEY_MAX]);
