/* Keys: which option one names, and which one it was probably meant to be. */
#include "daemon/control/config_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

enum { KEY_MAX_SHOWN = 100 };    /* bytes of an unknown key in its message */
enum { NAME_MAX_COMPARED = 63 }; /* longer names are not compared: nobody mistypes those */

size_t config_count_options(const struct config_section *sections, size_t count)
{
    size_t options = 0;
    for (size_t i = 0; i < count; i++) {
        options += sections[i].table->count;
    }
    return options;
}

bool config_find_option(const struct config_section *sections, size_t count, struct slice key,
                        struct config_slot *slot)
{
    size_t index = 0;
    for (size_t i = 0; i < count; i++) {
        const struct option_table *table = sections[i].table;
        for (size_t row = 0; row < table->count; row++, index++) {
            if (slice_equal(slice_text(table->rows[row].name), key)) {
                *slot = (struct config_slot){&table->rows[row], sections[i].settings, index};
                return true;
            }
        }
    }
    return false;
}

bool config_is_section(const struct config_section *sections, size_t count, struct slice key)
{
    for (size_t i = 0; i < count; i++) {
        const struct option_table *table = sections[i].table;
        for (size_t row = 0; row < table->count; row++) {
            struct slice name = slice_text(table->rows[row].name);
            if (name.len > key.len && name.data[key.len] == '.' && slice_starts(name, key)) {
                return true;
            }
        }
    }
    return false;
}

char *config_show_key(struct slice key)
{
    struct buf shown = buf_make(KEY_MAX_SHOWN + sizeof "...");
    bool whole = text_append_clean(&shown, key, KEY_MAX_SHOWN);
    buf_append_text(&shown, key.len == 0 ? "\"\"" : whole ? "" : "...");
    buf_append_byte(&shown, '\0');
    return (char *)shown.data;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * How many letters must be put in, left out, replaced or swapped with their neighbour to make b of a (the
 * optimal string alignment distance); upper and lower case are the same. Both are at most NAME_MAX_COMPARED
 * long. Three rows of the usual matrix are enough: the current one, the last, and the one before it.
 */
static size_t edit_distance(struct slice a, struct slice b)
{
    size_t rows[3][NAME_MAX_COMPARED + 1];
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            uint8_t x = byte_lower(a.data[i - 1]);
            uint8_t y = byte_lower(b.data[j - 1]);
            now[j] = min_size(min_size(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == byte_lower(b.data[j - 2]) && y == byte_lower(a.data[i - 2])) {
                now[j] = min_size(now[j], before[j - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

/* The best name so far, and how far it is from the key. */
struct nearest {
    struct slice key;
    struct slice name;
    size_t distance; /* a name must be nearer than this */
};

static void consider(struct nearest *nearest, struct slice name)
{
    size_t difference =
        name.len > nearest->key.len ? name.len - nearest->key.len : nearest->key.len - name.len;
    if (name.len > NAME_MAX_COMPARED || difference >= nearest->distance) {
        return;
    }
    size_t distance = edit_distance(nearest->key, name);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->name = name;
    }
}

const char *config_suggest(const struct config_section *sections, size_t count, struct slice key,
                           char out[CONFIG_KEY_SIZE])
{
    out[0] = '\0';
    if (key.len == 0 || key.len > NAME_MAX_COMPARED) {
        return out;
    }
    struct nearest nearest = {.key = key, .distance = key.len / 3 + 2};
    for (size_t i = 0; i < count; i++) {
        const struct option_table *table = sections[i].table;
        for (size_t row = 0; row < table->count; row++) {
            struct slice name = slice_text(table->rows[row].name);
            consider(&nearest, name);
            for (size_t at = 0; at < name.len; at++) { /* and each section above it */
                if (name.data[at] == '.') {
                    consider(&nearest, slice_part(name, 0, at));
                }
            }
        }
    }
    if (nearest.name.len > 0) {
        snprintf(out, CONFIG_KEY_SIZE, "; did you mean %.*s?", (int)nearest.name.len,
                 (const char *)nearest.name.data);
    }
    return out;
}
