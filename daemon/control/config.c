/* Reading a configuration: defaults, then the file, then the overrides of the command line. */
#include "daemon/control/config_priv.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

static const char override_file[] = "--set"; /* the overrides' place in the diagnostics */

struct config_reading config_reading_begin(const struct config_section *sections, size_t count,
                                           struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < count; i++) {
        option_set_defaults(sections[i].table, sections[i].settings);
    }
    size_t options = config_count_options(sections, count);
    struct config_reading reading = {.sections = sections,
                                     .count = count,
                                     .given = calloc(options + 1, sizeof *reading.given),
                                     .diagnostics = diagnostics};
    if (reading.given == NULL) {
        abort();
    }
    return reading;
}

void config_reading_end(struct config_reading *reading)
{
    free(reading->given);
}

/* All of the file into `out`, which the caller frees; false says why not. */
static bool read_file(struct config_reading *reading, const char *path, struct buf *out)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : 1;
    while (got > 0 && !out->truncated) {
        uint8_t block[16384];
        got = read(file, block, sizeof block);
        if (got < 0 && errno == EINTR) {
            got = 1;
        } else if (got > 0) {
            buf_append(out, slice_make(block, (size_t)got));
        }
    }
    if (got < 0) {
        diagnostics_add(reading->diagnostics, path, 0, 0, "cannot be read: %s", strerror(errno));
    } else if (out->truncated) {
        diagnostics_add(reading->diagnostics, path, 0, 0,
                        "is too large: expected a configuration of at most %d bytes", CONFIG_FILE_MAX);
    }
    if (file >= 0) {
        close(file);
    }
    return got >= 0 && !out->truncated;
}

bool config_text_is_clean(struct slice text)
{
    struct buf clean = buf_make(3 * text.len); /* a byte may become the three of U+FFFD */
    text_append_clean(&clean, text, SIZE_MAX);
    bool same = slice_equal(buf_slice(&clean), text);
    buf_free(&clean);
    /* U+FFFE and U+FFFF are no characters, and YAML has no place for them. */
    return same && slice_find(text, slice_text("\xef\xbf\xbe")) == SIZE_MAX &&
           slice_find(text, slice_text("\xef\xbf\xbf")) == SIZE_MAX;
}

static void add_unknown_override(const struct config_reading *reading, struct slice key)
{
    char *shown = config_show_key(key);
    if (config_is_section(reading->sections, reading->count, key)) {
        diagnostics_add(reading->diagnostics, override_file, 0, 0,
                        "%s is a section: expected one of the keys below it", shown);
    } else {
        char suggestion[CONFIG_KEY_SIZE];
        diagnostics_add(reading->diagnostics, override_file, 0, 0, "unknown key %s%s", shown,
                        config_suggest(reading->sections, reading->count, key, suggestion));
    }
    free(shown);
}

/* One --set. No message repeats the value: it may be a secret. */
static void apply_override(const struct config_reading *reading, const char *override, size_t number)
{
    struct slice value = slice_text(override);
    size_t equals = slice_index(value, '=');
    if (equals == SIZE_MAX) {
        diagnostics_add(reading->diagnostics, override_file, 0, 0,
                        "expected KEY=VALUE, and number %zu has no =", number);
        return;
    }
    struct slice key = slice_trim(slice_split(&value, '='));
    struct config_slot slot;
    if (!config_find_option(reading->sections, reading->count, key, &slot)) {
        add_unknown_override(reading, key);
        return;
    }
    char error[OPTION_ERROR_SIZE] = CONFIG_EXPECTED_CLEAN;
    if (!config_text_is_clean(value) ||
        !option_set_text(slot.option, slot.settings, override + equals + 1, error)) {
        diagnostics_add(reading->diagnostics, override_file, 0, 0, "%s: %s", slot.option->name, error);
    }
}

static size_t mistakes(const struct diagnostics *diagnostics)
{
    return diagnostics->count + diagnostics->omitted;
}

bool config_read(const struct config_section *sections, size_t count, const char *path,
                 const char *const *overrides, size_t override_count, struct diagnostics *diagnostics)
{
    size_t before = mistakes(diagnostics);
    struct config_reading reading = config_reading_begin(sections, count, diagnostics);
    struct buf text = buf_make(CONFIG_FILE_MAX);
    if (path != NULL && read_file(&reading, path, &text)) {
        config_read_yaml(&reading, path, buf_slice(&text));
    }
    buf_free(&text);
    for (size_t i = 0; i < override_count; i++) {
        apply_override(&reading, overrides[i], i + 1);
    }
    config_reading_end(&reading);
    return mistakes(diagnostics) == before;
}

bool config_read_text(const struct config_section *sections, size_t count, const char *name,
                      struct slice text, struct diagnostics *diagnostics)
{
    size_t before = mistakes(diagnostics);
    struct config_reading reading = config_reading_begin(sections, count, diagnostics);
    config_read_yaml(&reading, name, text);
    config_reading_end(&reading);
    return mistakes(diagnostics) == before;
}

void config_free(const struct config_section *sections, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        option_free(sections[i].table, sections[i].settings);
    }
}

/* Whether the two print alike; a secret is compared, not its *. */
static bool is_same(const struct option *option, const void *a, const void *b)
{
    struct option open = *option;
    open.secret = false;
    char *text_a = option_print(&open, a);
    char *text_b = option_print(&open, b);
    bool same = strcmp(text_a, text_b) == 0;
    free(text_a);
    free(text_b);
    return same;
}

size_t config_print_restart_needed(const struct config_section *running, const struct config_section *read,
                                   size_t count, FILE *out)
{
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        const struct option_table *table = running[i].table;
        assert(table == read[i].table);
        for (size_t row = 0; row < table->count; row++) {
            const struct option *option = &table->rows[row];
            if (!option->reload && !is_same(option, running[i].settings, read[i].settings)) {
                fprintf(out, "%s\n", option->name);
                changed++;
            }
        }
    }
    return changed;
}
