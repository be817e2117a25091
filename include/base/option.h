/*
 * Options. A stage lists its own once, as a table of rows over its settings struct; from the tables come
 * defaults, the configuration file, --set, --dump-config and CONFIG.md (control builds them).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/attr.h"
#include "base/text_list.h"

/* What the row's field in the settings struct is, and how its text reads. */
enum option_type {
    OPTION_BOOL,      /* bool: true, false, yes, no, on, off */
    OPTION_NUMBER,    /* uint64_t: decimal */
    OPTION_SIZE,      /* uint64_t, bytes: decimal with KiB, MiB or GiB behind it, or none */
    OPTION_DURATION,  /* int64_t, microseconds: decimal with us, ms, s, min, h or d behind it; 0 needs none */
    OPTION_TEXT,      /* char *, owned; "" where unset */
    OPTION_CHOICE,    /* int: index into `choices` */
    OPTION_TEXT_LIST, /* struct text_list: [a, b] or one item */
    OPTION_PREFIX_LIST, /* struct prefix_list: addresses or prefixes */
    OPTION_TYPE_COUNT,
};

struct option {
    const char *name; /* the whole key: "flow.max" */
    enum option_type type;
    size_t offset;            /* of the field in the stage's settings struct */
    const char *default_text; /* read by the same code as an operator's value; lists: items joined by ", " */
    uint64_t min, max; /* of NUMBER, SIZE (bytes) and DURATION (microseconds); max 0: unbounded above */
    const char *const *choices; /* CHOICE: NULL-terminated; TEXT_LIST: the allowed items, or NULL */
    bool reload;                /* taken up by SIGHUP; else only at start */
    bool secret;                /* printed as * */
    const char *help;           /* sentences for CONFIG.md */
};

struct option_table {
    const char *stage; /* the heading in CONFIG.md */
    const struct option *rows;
    size_t count;
    size_t settings_size; /* sizeof of the settings struct */
};

enum { OPTION_ERROR_SIZE = 256 };

/* Fills a zeroed settings struct with the defaults; a default that does not parse is a bug (assert). */
void option_set_defaults(const struct option_table *table, void *settings);
/* Replaces a scalar option's value; on false `error` says what was expected (it never repeats the value,
 * which may be a secret) and nothing has changed. For a list the text is its items joined by commas, in
 * brackets or without. */
bool option_set_text(const struct option *option, void *settings, const char *text,
                     char error[OPTION_ERROR_SIZE]) MUST_CHECK;
/* Replaces a list option by these items; for a scalar option it is an error. */
bool option_set_list(const struct option *option, void *settings, const char *const *items, size_t count,
                     char error[OPTION_ERROR_SIZE]) MUST_CHECK;
/* The value as text that option_set_text reads back; malloc'ed, the caller frees. A secret prints as "*", and
 * as "" where it is unset. */
char *option_print(const struct option *option, const void *settings);
/* Frees what the fields own and zeroes the struct. */
void option_free(const struct option_table *table, void *settings);
const char *option_type_name(enum option_type type); /* "size", "duration", ... for CONFIG.md */
