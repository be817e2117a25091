/*
 * Entries lie one behind the other in an arena, as `name\0` or `.name\0`; a table of open addressing holds
 * their offsets. A look-up asks for the whole name, then for each of its ends that begins with a dot, longest
 * first: these ends are what an entry with sub-domains is written like.
 */
#include "rule/name_set.h"

#include <idn2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

struct name_set {
    struct hash_key key; /* names that are looked up come from strangers */
    char *arena;
    size_t arena_len;
    size_t arena_room;
    uint32_t *slots;   /* offset in the arena + 1; 0 where empty */
    size_t slot_count; /* a power of two, or 0 before the first entry */
    size_t count;
};

/* Offsets have 32 bits: about 200 million names of usual length. */
enum { SLOTS_FIRST = 64, ARENA_FIRST = 4096 };

struct name_set *name_set_create(void)
{
    struct name_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        abort();
    }
    hash_key_random(&set->key);
    return set;
}

void name_set_free(struct name_set *set)
{
    if (set == NULL) {
        return;
    }
    free(set->arena);
    free(set->slots);
    free(set);
}

size_t name_set_count(const struct name_set *set)
{
    return set->count;
}

static uint32_t *find_slot(const struct name_set *set, struct slice text)
{
    size_t mask = set->slot_count - 1;
    size_t at = (size_t)hash_bytes(&set->key, text.data, text.len) & mask;
    while (set->slots[at] != 0) {
        const char *entry = set->arena + set->slots[at] - 1;
        if (strncmp(entry, (const char *)text.data, text.len) == 0 && entry[text.len] == '\0') {
            break;
        }
        at = (at + 1) & mask;
    }
    return &set->slots[at];
}

/* Three quarters full is where the table doubles: 1.3 to 2.7 slots of four bytes an entry. */
static void grow_slots(struct name_set *set)
{
    if (set->count + 1 <= set->slot_count / 4 * 3) {
        return;
    }
    uint32_t *old = set->slots;
    set->slot_count = set->slot_count == 0 ? SLOTS_FIRST : set->slot_count * 2;
    set->slots = calloc(set->slot_count, sizeof *set->slots);
    if (set->slots == NULL) {
        abort();
    }
    for (size_t at = 0; at < set->arena_len;) {
        struct slice text = slice_text(set->arena + at);
        *find_slot(set, text) = (uint32_t)at + 1;
        at += text.len + 1;
    }
    free(old);
}

static uint32_t store_text(struct name_set *set, struct slice text)
{
    if (set->arena_room - set->arena_len < text.len + 1) {
        size_t room = set->arena_room + set->arena_room / 2 + ARENA_FIRST;
        char *grown = room > UINT32_MAX ? NULL : realloc(set->arena, room);
        if (grown == NULL) {
            abort();
        }
        set->arena = grown;
        set->arena_room = room;
    }
    uint32_t at = (uint32_t)set->arena_len;
    memcpy(set->arena + at, text.data, text.len);
    set->arena[at + text.len] = '\0';
    set->arena_len += text.len + 1;
    return at;
}

/* The A-label form of a name in UTF-8 (RFC 5891), or the text itself where it is all ASCII. */
static bool to_ascii(struct slice text, char out[HOST_NAME_SIZE])
{
    char copy[4 * HOST_NAME_SIZE];
    if (text.len == 0 || text.len >= sizeof copy || memchr(text.data, 0, text.len) != NULL) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    bool ascii = true;
    for (size_t i = 0; i < text.len; i++) {
        ascii = ascii && text.data[i] < 0x80;
    }
    uint16_t port = 0;
    if (ascii) {
        bool is_name = slice_index(text, ':') == SIZE_MAX || host_is_literal(copy);
        return is_name && text.data[0] != '.' && host_normalise(text, out, &port);
    }
    char *label = NULL;
    bool good = idn2_to_ascii_8z(copy, &label, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
                slice_index(slice_text(label), ':') == SIZE_MAX &&
                host_normalise(slice_text(label), out, &port);
    idn2_free(label);
    return good;
}

bool name_set_add(struct name_set *set, struct slice entry, const char *file, unsigned line,
                  struct diagnostics *diagnostics)
{
    bool with_domains = entry.len > 0 && entry.data[0] == '.';
    char text[1 + HOST_NAME_SIZE] = ".";
    if (!to_ascii(slice_from(entry, with_domains), text + 1)) {
        if (file != NULL) {
            diagnostics_add(diagnostics, file, line, 1,
                            "this is no name; expected name.example, or .name.example for it and its "
                            "sub-domains");
        }
        return false;
    }
    struct slice stored = slice_text(with_domains ? text : text + 1);
    grow_slots(set);
    uint32_t *slot = find_slot(set, stored);
    if (*slot == 0) {
        *slot = store_text(set, stored) + 1;
        set->count++;
    }
    return true;
}

bool name_set_load(struct name_set *set, const char *path, struct diagnostics *diagnostics)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    for (unsigned number = 1; (len = getline(&line, &room, file)) >= 0; number++) {
        struct slice rest = slice_make(line, (size_t)len);
        rest = slice_part(rest, 0, slice_index(rest, '\n'));
        rest = slice_part(rest, 0, slice_index(rest, '\r'));
        struct slice entry = slice_trim(slice_split(&rest, '#'));
        if (entry.len > 0) {
            (void)name_set_add(set, entry, path, number, diagnostics);
        }
    }
    bool good = ferror(file) == 0;
    free(line);
    fclose(file);
    return good;
}

static const char *find_entry(const struct name_set *set, struct slice text)
{
    uint32_t slot = *find_slot(set, text);
    return slot == 0 ? NULL : set->arena + slot - 1;
}

bool name_set_contains(const struct name_set *set, struct slice name, const char **entry)
{
    char dotted[1 + HOST_NAME_SIZE] = ".";
    if (set->count == 0 || name.len == 0 || name.len >= HOST_NAME_SIZE || slice_index(name, 0) != SIZE_MAX) {
        return false;
    }
    memcpy(dotted + 1, name.data, name.len);
    const char *found = find_entry(set, name);
    struct slice end = slice_make(dotted, name.len + 1);
    while (found == NULL && end.len > 0) {
        found = find_entry(set, end);
        size_t dot = slice_index(slice_from(end, 1), '.');
        end = dot == SIZE_MAX ? slice_make(NULL, 0) : slice_from(end, 1 + dot);
    }
    if (found != NULL && entry != NULL) {
        *entry = found;
    }
    return found != NULL;
}
