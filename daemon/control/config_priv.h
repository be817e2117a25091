/* What the files of control/config share: one reading of a configuration, and the keys of the options. */
#pragma once

#include "base/slice.h"
#include "control/config.h"

enum {
    CONFIG_FILE_MAX = 1024 * 1024, /* bytes of a configuration file */
    CONFIG_NEST_MAX = 16,          /* mappings and lists inside each other */
    CONFIG_KEY_SIZE = 256,         /* of a whole key; every option's name is far shorter */
};

/* One run of config_read. */
struct config_reading {
    const struct config_section *sections;
    size_t count;
    unsigned *given; /* by config_slot.index: the line in which the file gives the option, or 0 */
    struct diagnostics *diagnostics;
};

/* An option that a key names. */
struct config_slot {
    const struct option *option;
    void *settings;
    size_t index; /* among all options of all sections, in their order */
};

struct config_reading config_reading_begin(const struct config_section *sections, size_t count,
                                           struct diagnostics *diagnostics);
void config_reading_end(struct config_reading *reading);

/* Reads YAML over the settings; `name` is the file in the diagnostics. */
void config_read_yaml(struct config_reading *reading, const char *name, struct slice text);
/* config_read with the file's text instead of its path, and without overrides: for the tests. */
bool config_read_text(const struct config_section *sections, size_t count, const char *name,
                      struct slice text, struct diagnostics *diagnostics);

size_t config_count_options(const struct config_section *sections, size_t count);
bool config_find_option(const struct config_section *sections, size_t count, struct slice key,
                        struct config_slot *slot);
/* Whether there are options whose name goes on behind `key` and a dot. */
bool config_is_section(const struct config_section *sections, size_t count, struct slice key);
/* A key for a message, whatever bytes it has: clean and not too long; the caller frees. */
char *config_show_key(struct slice key);
/* What an unknown key was probably meant to be: "" or "; did you mean NAME?". */
const char *config_suggest(const struct config_section *sections, size_t count, struct slice key,
                           char out[CONFIG_KEY_SIZE]);

/* What every value has to be, so that config_dump can write it and a terminal can show it. */
bool config_text_is_clean(struct slice text);
#define CONFIG_EXPECTED_CLEAN "expected UTF-8 text without control characters and invisible ones"

/* Where the lines of a file begin; borrows the text. */
struct config_lines {
    struct slice text;
    size_t *starts; /* owned; by line from 0 */
    size_t count;   /* at least 1 */
};
struct config_lines config_lines_make(struct slice text);
void config_lines_free(struct config_lines *lines);

/* libyaml counts lines and characters from 0, or bytes of the whole; operators count lines and bytes of a
 * line from 1. */
struct config_position {
    unsigned line, column;
};
struct config_position config_position_of_mark(const struct config_lines *lines, size_t line,
                                               size_t character);
struct config_position config_position_of_byte(const struct config_lines *lines, size_t offset);

/* A copy of a setting's text in which the user and password of a URL are *; the caller frees. */
char *config_hide_user(const char *text);
