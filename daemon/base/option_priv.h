/* What the files of base/option share: one row of behaviour for each option type. */
#pragma once

#include "base/buf.h"
#include "base/option.h"

struct option_kind {
    const char *name;
    /* Replaces *field, or says in `error` what was expected and changes nothing. Scalars have `parse`,
     * lists have `parse_items`. */
    bool (*parse)(const struct option *option, struct slice text, void *field, char error[OPTION_ERROR_SIZE]);
    bool (*parse_items)(const struct option *option, const char *const *items, size_t count, void *field,
                        char error[OPTION_ERROR_SIZE]);
    void (*print)(const struct option *option, const void *field, struct buf *out);
    void (*release)(void *field); /* NULL where the field owns nothing */
};

extern const struct option_kind option_kind_bool, option_kind_number, option_kind_size, option_kind_duration,
    option_kind_text, option_kind_choice, option_kind_text_list, option_kind_prefix_list;

/* Writes the error text and returns false. */
bool option_error(char error[OPTION_ERROR_SIZE], const char *format, ...) PRINTF_LIKE(2, 3);
/* "a, b or c" of a NULL-terminated list. */
void option_print_choices(const char *const *choices, struct buf *out);
/* Index of `text` in a NULL-terminated list, or -1. */
int option_find_choice(const char *const *choices, struct slice text);
bool option_has_controls(struct slice text);
/* A copy with a NUL behind it; aborts without memory. */
char *option_copy_text(struct slice text);
