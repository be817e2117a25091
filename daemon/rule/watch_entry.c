/* The text form of entries: names in IDNA and without public suffixes, addresses, hashes. */
#include <idn2.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "rule/watch_list.h"

enum { NAME_TEXT_MAX = 4 * HOST_NAME_SIZE };

static const char *const state_names[WATCH_STATE_COUNT] = {
    [WATCH_ACTIVE] = "active",
    [WATCH_SEIZED] = "seized",
    [WATCH_OFFICIAL] = "official",
};

const char *watch_state_name(enum watch_state state)
{
    return state_names[state];
}

bool watch_state_parse(struct slice text, enum watch_state *out)
{
    for (size_t i = 0; i < WATCH_STATE_COUNT; i++) {
        if (slice_equal_nocase(text, slice_text(state_names[i]))) {
            *out = (enum watch_state)i;
            return true;
        }
    }
    return false;
}

/* ---- names */

/* Names that are ASCII and hold no A-label need nothing but lower case. */
static bool needs_idna(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool label = i == 0 || text.data[i - 1] == '.';
        if (text.data[i] >= 0x80 || (label && slice_starts_nocase(slice_from(text, i), slice_text("xn--")))) {
            return true;
        }
    }
    return false;
}

/* A-labels are checked, U-labels are turned into them (RFC 5891). */
static bool to_ascii(struct slice text, char out[HOST_NAME_SIZE])
{
    char copy[NAME_TEXT_MAX];
    uint16_t port = 0;
    if (text.len == 0 || text.len >= sizeof copy || text.data[0] == '.' || memchr(text.data, 0, text.len)) {
        return false;
    }
    if (!needs_idna(text)) {
        return slice_index(text, ':') == SIZE_MAX && host_normalise(text, out, &port);
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    char *label = NULL;
    bool good = idn2_to_ascii_8z(copy, &label, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
                slice_index(slice_text(label), ':') == SIZE_MAX &&
                host_normalise(slice_text(label), out, &port);
    idn2_free(label);
    return good;
}

/* Whether all names below this one may belong to different people. */
static bool is_refused_suffix(const char *name, enum watch_suffixes suffixes)
{
    const psl_ctx_t *list = psl_builtin();
    int types = suffixes == WATCH_SUFFIXES_PRIVATE ? PSL_TYPE_ICANN : PSL_TYPE_ANY;
    return list == NULL || psl_is_public_suffix2(list, name, types) != 0;
}

/* No top-level domain is a number (RFC 3696, 2): such a name is an address with a mistake in it. */
static bool ends_with_number(const char *name)
{
    uint64_t number;
    const char *dot = strrchr(name, '.');
    return text_parse_u64(slice_text(dot == NULL ? name : dot + 1), &number);
}

static bool parse_name(struct slice text, bool wide, enum watch_suffixes suffixes, char out[HOST_NAME_SIZE],
                       const char **wrong)
{
    if (!to_ascii(text, out)) {
        *wrong =
            "this is no name; expected name.example, .name.example for it and its sub-domains, an address "
            "or a prefix";
        return false;
    }
    if (!host_is_literal(out) && ends_with_number(out)) {
        *wrong = "this is no address, and no name: no name ends with a number";
        return false;
    }
    if (strchr(out, '.') == NULL) {
        *wrong = "a single label is no name of a host; expected name.example";
        return false;
    }
    if (wide && is_refused_suffix(out, suffixes)) {
        *wrong = "this is a public suffix: its sub-domains belong to many; expected a name below it";
        return false;
    }
    return true;
}

/* All prefixes end in a digit or hold a colon, and few names do. */
static bool may_be_prefix(struct slice text)
{
    uint8_t last = text.len > 0 ? text.data[text.len - 1] : 0;
    return (last >= '0' && last <= '9') || slice_index(text, ':') != SIZE_MAX;
}

/* `*looks_so`: it is none, but means to be one. */
static bool parse_prefix(struct slice text, struct prefix *out, bool *looks_so)
{
    char copy[PREFIX_TEXT_SIZE];
    *looks_so = false;
    if (text.len == 0 || text.len >= sizeof copy || memchr(text.data, 0, text.len) != NULL) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (prefix_parse(copy, out)) {
        return true;
    }
    char *slash = strchr(copy, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    *looks_so = host_is_literal(copy);
    return false;
}

bool watch_entry_parse_host(struct slice text, enum watch_suffixes suffixes, struct watch_entry *entry,
                            struct watch_key_room *room, const char **wrong)
{
    bool wide = text.len > 0 && text.data[0] == '.';
    bool looks_so = false;
    if (!wide && may_be_prefix(text) && parse_prefix(text, &entry->prefix, &looks_so)) {
        entry->kind = WATCH_PREFIX;
        entry->key = slice_make(NULL, 0);
        return true;
    }
    if (looks_so) {
        *wrong = "this is no prefix; expected ADDRESS/BITS with all bits behind those zero";
        return false;
    }
    _Static_assert(sizeof room->text >= HOST_NAME_SIZE, "names fit");
    if (!parse_name(slice_from(text, wide), wide, suffixes, room->text, wrong)) {
        return false;
    }
    if (host_is_literal(room->text)) {
        *wrong = "an address has no sub-domains; expected a name behind the dot";
        return false;
    }
    entry->kind = wide ? WATCH_WIDE : WATCH_NAME;
    entry->key = slice_text(room->text);
    return true;
}

/* ---- hashes and texts */

static int hex_value(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return lower >= '0' && lower <= '9' ? lower - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool watch_entry_parse_hash(struct slice text, struct watch_entry *entry, struct watch_key_room *room,
                            const char **wrong)
{
    bool good = text.len == 32 || text.len == 64;
    for (size_t i = 0; good && i < text.len; i += 2) {
        int high = hex_value(text.data[i]);
        int low = hex_value(text.data[i + 1]);
        good = high >= 0 && low >= 0;
        room->text[i / 2] = (char)(good ? high * 16 + low : 0);
    }
    if (!good) {
        *wrong = "this is no digest; expected 32 hexadecimal digits (MD5, JA3) or 64 (SHA-256)";
        return false;
    }
    entry->kind = WATCH_HASH;
    entry->key = slice_make(room->text, text.len / 2);
    return true;
}

bool watch_entry_parse_text(struct slice text, struct watch_entry *entry, const char **wrong)
{
    if (text.len == 0 || text.len > WATCH_KEY_MAX) {
        *wrong = "expected a text of 1 to 255 bytes";
        return false;
    }
    entry->kind = WATCH_TEXT;
    entry->key = text;
    return true;
}

const char *watch_entry_print(const struct watch_entry *entry, char out[WATCH_TEXT_SIZE])
{
    if (entry->kind == WATCH_PREFIX) {
        return prefix_print(&entry->prefix, out);
    }
    if (entry->kind == WATCH_HASH) {
        hex_print(entry->key.data, entry->key.len, out);
        return out;
    }
    static const char *const fronts[WATCH_KIND_COUNT] = {[WATCH_WIDE] = ".", [WATCH_BELOW] = "*."};
    const char *front = fronts[entry->kind] == NULL ? "" : fronts[entry->kind];
    snprintf(out, WATCH_TEXT_SIZE, "%s%.*s", front, (int)entry->key.len, (const char *)entry->key.data);
    return out;
}
