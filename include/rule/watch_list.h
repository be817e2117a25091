/*
 * A list that somebody gave us: names (exact or with their sub-domains), addresses and prefixes, hashes and
 * texts. The guards' lists, the data sets of rules, lists of orders and what Redis holds of them all are
 * this.
 *
 * A list is an immutable base with a bounded overlay of additions and deletions, immutable too. A change
 * makes a new list that shares the base and copies the overlay alone; who publishes it swaps one pointer, who
 * reads takes no lock. Lists are counted: watch_list_hold and watch_list_release are safe from any thread.
 *
 * Names are written in lower case as A-labels. The longest match wins: of `tv.example` and `.tv.example` the
 * first, of `.a.tv.example` and `.tv.example` the first, of two prefixes the longer one. An entry whose time
 * has passed does not match, and what it hid does. A million names of 20 bytes take about 28 MiB; a look-up
 * of a name costs one keyed hash a label, of an address one for each length of prefix in the list.
 */
#pragma once

#include "base/address.h"
#include "base/diagnostics.h"
#include "base/slice.h"
#include "base/text.h"

/* Ordered as they win over each other for one name. */
enum watch_kind {
    WATCH_NAME,   /* key: the name, nothing below it */
    WATCH_WIDE,   /* key: the name (without the dot in front), and all of its sub-domains */
    WATCH_BELOW,  /* key: the name; its sub-domains alone, as a wildcard of DNS */
    WATCH_PREFIX, /* key: none; `prefix`, a single address too */
    WATCH_HASH,   /* key: the digest's bytes: 16 (MD5) or 32 (SHA-256) */
    WATCH_TEXT,   /* key: bytes compared as they stand (JA4 and the like) */
    WATCH_KIND_COUNT,
};

enum watch_state {
    WATCH_ACTIVE,
    WATCH_SEIZED,   /* somebody else has taken the name over */
    WATCH_OFFICIAL, /* its rightful owner's */
    WATCH_STATE_COUNT,
};

enum { WATCH_KEY_MAX = 255, WATCH_NOTE_MAX = 255, WATCH_SOURCE_MAX = 255 };

/* All slices are borrowed: from the caller in an entry to add, from the list in one that was found. */
struct watch_entry {
    enum watch_kind kind;
    enum watch_state state;
    int64_t until; /* seconds since 1970 from which on it does not match any more; 0: never */
    struct slice key;
    struct prefix prefix; /* WATCH_PREFIX */
    struct slice note;    /* may be empty; at most WATCH_NOTE_MAX bytes are kept */
    struct slice source;  /* may be empty; at most WATCH_SOURCE_MAX bytes are kept */
};

const char *watch_state_name(enum watch_state state); /* "active", "seized", "official" */
bool watch_state_parse(struct slice text, enum watch_state *out) MUST_CHECK;

/* ---- the text form of a key: `name.example`, `.name.example`, `192.0.2.0/24`, hex of a digest, a text */

/* Which public suffixes may stand with all their sub-domains. None ever of the registries (`.co.uk`). */
enum watch_suffixes {
    WATCH_SUFFIXES_NONE,    /* nor of companies (`.github.io`): a list that accuses */
    WATCH_SUFFIXES_PRIVATE, /* those of companies: a list that protects */
};

/* What an entry that was parsed borrows from. */
struct watch_key_room {
    char text[WATCH_KEY_MAX + 1];
};

/*
 * A name, address or prefix in text form, into the kind, key and prefix of `*entry` (the rest is left alone);
 * the key borrows from `*room`. False with the reason in `*wrong` (a static text) where it is none, is a
 * single label, or a public suffix with its sub-domains. IDNA (RFC 5891) for names that are not ASCII.
 */
bool watch_entry_parse_host(struct slice text, enum watch_suffixes suffixes, struct watch_entry *entry,
                            struct watch_key_room *room, const char **wrong) MUST_CHECK;
/* Hex of 16 or 32 bytes. */
bool watch_entry_parse_hash(struct slice text, struct watch_entry *entry, struct watch_key_room *room,
                            const char **wrong) MUST_CHECK;
/* Any text of 1 to WATCH_KEY_MAX bytes. */
bool watch_entry_parse_text(struct slice text, struct watch_entry *entry, const char **wrong) MUST_CHECK;

enum { WATCH_TEXT_SIZE = 2 + WATCH_KEY_MAX + 1 }; /* room for a prefix, too */

/* The text form (of a text up to its first NUL, if it has one); returns `out`. */
const char *watch_entry_print(const struct watch_entry *entry, char out[WATCH_TEXT_SIZE]);

/* ---- building a base */

struct watch_builder;

/* Room for so many entries at once; more grow it. 0 where nobody knows. */
struct watch_builder *watch_builder_create(size_t expected);
/* The later one of two entries with the same kind and key holds. False where 4 GiB are full. */
bool watch_builder_add(struct watch_builder *builder, const struct watch_entry *entry);
size_t watch_builder_count(const struct watch_builder *builder);
void watch_builder_free(struct watch_builder *builder);

struct watch_list;

/* Takes the builder. The caller holds the list once. */
struct watch_list *watch_builder_finish(struct watch_builder *builder);

/* ---- lists; NULL is an empty one wherever a list is read */

struct watch_list *watch_list_hold(const struct watch_list *list);
void watch_list_release(const struct watch_list *list);

/* Entries; those whose time has passed count as well. */
size_t watch_list_count(const struct watch_list *list);
/* Memory of base and overlay. */
size_t watch_list_bytes(const struct watch_list *list);

/*
 * The longest match; `now` in seconds since 1970, of the packet or of the clock that the caller lives by
 * (0: nothing has expired). `found` may be NULL; what it borrows lives as long as the list.
 */
/* A normalised name, or a literal, which is looked up as an address. */
bool watch_list_find_host(const struct watch_list *list, struct slice host, int64_t now,
                          struct watch_entry *found);
bool watch_list_find_address(const struct watch_list *list, const struct address *address, int64_t now,
                             struct watch_entry *found);
/* A digest's bytes, or a text as it stands. */
bool watch_list_find_hash(const struct watch_list *list, struct slice bytes, int64_t now,
                          struct watch_entry *found);
bool watch_list_find_text(const struct watch_list *list, struct slice text, int64_t now,
                          struct watch_entry *found);

/* The entry of the same kind and key, whether its time has passed or not. */
bool watch_list_find_same(const struct watch_list *list, const struct watch_entry *entry,
                          struct watch_entry *found);

/* Calls for each entry, in the order in which they were added to the base, then those of the overlay. */
typedef void (*watch_list_visit_fn)(void *context, const struct watch_entry *entry);
void watch_list_each(const struct watch_list *list, watch_list_visit_fn visit, void *context);

/* ---- changes */

enum { WATCH_OVERLAY_MAX = 4096 }; /* entries and deletions in an overlay */

struct watch_change {
    bool remove; /* takes the entry of this kind and key away, and nothing else */
    struct watch_entry entry;
};

/*
 * A new list with the changes made in order, held once by the caller; `list` (may be NULL) stays as it is.
 * NULL where the overlay would become too large: then watch_list_flatten first, on a thread that may take
 * its time.
 */
struct watch_list *watch_list_change(const struct watch_list *list, const struct watch_change *changes,
                                     size_t count);
/* The same entries in a base of their own, with an empty overlay. Copies everything. */
struct watch_list *watch_list_flatten(const struct watch_list *list);
