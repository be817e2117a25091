/* Options: the table's doors. How one type's text reads and prints stands in option_scalar.c and
 * option_list.c. */
#include "base/option.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/base/option_priv.h"

static const struct option_kind *const option_kinds[OPTION_TYPE_COUNT] = {
    [OPTION_BOOL] = &option_kind_bool,           [OPTION_NUMBER] = &option_kind_number,
    [OPTION_SIZE] = &option_kind_size,           [OPTION_DURATION] = &option_kind_duration,
    [OPTION_TEXT] = &option_kind_text,           [OPTION_CHOICE] = &option_kind_choice,
    [OPTION_TEXT_LIST] = &option_kind_text_list, [OPTION_PREFIX_LIST] = &option_kind_prefix_list,
};

static const struct option_kind *kind_of(const struct option *option)
{
    assert((unsigned)option->type < OPTION_TYPE_COUNT);
    return option_kinds[option->type];
}

static void *field_of(const struct option *option, void *settings)
{
    return (char *)settings + option->offset;
}

bool option_error(char error[OPTION_ERROR_SIZE], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(error, OPTION_ERROR_SIZE, format, arguments);
    va_end(arguments);
    if (printed < 0) {
        error[0] = '\0';
    }
    return false;
}

void option_set_defaults(const struct option_table *table, void *settings)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        char error[OPTION_ERROR_SIZE];
        if (!option_set_text(option, settings, option->default_text, error)) {
            log_error("the default of option %s is wrong: %s", option->name, error);
            abort();
        }
    }
}

/* Cuts the text of a list at its commas and sets the items. */
static bool set_list_text(const struct option *option, void *settings, struct slice text,
                          char error[OPTION_ERROR_SIZE])
{
    if (text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']') {
        text = slice_trim(slice_part(text, 1, text.len - 2));
    }
    if (text.len == 0) {
        return option_set_list(option, settings, NULL, 0, error);
    }
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == ',';
    }
    char *copy = option_copy_text(text);
    const char **items = calloc(count, sizeof *items);
    if (items == NULL) {
        abort();
    }
    char *rest = copy;
    for (size_t i = 0; i < count; i++) {
        items[i] = strsep(&rest, ",");
    }
    bool good = option_set_list(option, settings, items, count, error);
    free(items);
    free(copy);
    return good;
}

bool option_set_text(const struct option *option, void *settings, const char *text,
                     char error[OPTION_ERROR_SIZE])
{
    const struct option_kind *kind = kind_of(option);
    if (kind->parse_items != NULL) {
        return set_list_text(option, settings, slice_trim(slice_text(text)), error);
    }
    return kind->parse(option, slice_text(text), field_of(option, settings), error);
}

bool option_set_list(const struct option *option, void *settings, const char *const *items, size_t count,
                     char error[OPTION_ERROR_SIZE])
{
    const struct option_kind *kind = kind_of(option);
    if (kind->parse_items == NULL) {
        return option_error(error, "expected one %s, not a list", kind->name);
    }
    return kind->parse_items(option, items, count, field_of(option, settings), error);
}

char *option_print(const struct option *option, const void *settings)
{
    struct buf out = buf_make(SIZE_MAX);
    kind_of(option)->print(option, (const char *)settings + option->offset, &out);
    if (option->secret && out.len > 0) {
        buf_clear(&out);
        buf_append_byte(&out, '*');
    }
    buf_append_byte(&out, '\0');
    return (char *)out.data;
}

void option_free(const struct option_table *table, void *settings)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option_kind *kind = kind_of(&table->rows[i]);
        if (kind->release != NULL) {
            kind->release(field_of(&table->rows[i], settings));
        }
    }
    memset(settings, 0, table->settings_size);
}

const char *option_type_name(enum option_type type)
{
    assert((unsigned)type < OPTION_TYPE_COUNT);
    return option_kinds[type]->name;
}
