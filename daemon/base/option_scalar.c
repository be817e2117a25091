/* Options of one value: how their text reads and prints. No error repeats the value: it may be a secret. */
#include "daemon/base/option_priv.h"

#include <stdlib.h>

#include "base/text.h"

static const char *const bool_words[] = {"false", "true", "no", "yes", "off", "on", NULL};

static bool parse_bool(const struct option *option, struct slice text, void *field,
                       char error[OPTION_ERROR_SIZE])
{
    (void)option;
    int found = option_find_choice(bool_words, slice_trim(text));
    if (found < 0) {
        return option_error(error, "expected true or false (or yes, no, on, off)");
    }
    *(bool *)field = found % 2 == 1;
    return true;
}

static void print_bool(const struct option *option, const void *field, struct buf *out)
{
    (void)option;
    buf_append_text(out, *(const bool *)field ? "true" : "false");
}

/* The words behind a number, smallest first; the first row is that of a bare number. */
struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit number_units[] = {{"", 1}, {NULL, 0}};

static const struct unit size_units[] = {
    {"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}, {NULL, 0},
};

/* A duration without a unit can only be 0, which the factor 0 says. */
static const struct unit duration_units[] = {
    {"", 0},
    {"us", 1},
    {"ms", 1000},
    {"s", 1000000},
    {"min", 60 * UINT64_C(1000000)},
    {"h", 3600 * UINT64_C(1000000)},
    {"d", 86400 * UINT64_C(1000000)},
    {NULL, 0},
};

static bool parse_with_unit(const struct unit *units, struct slice text, uint64_t *out)
{
    size_t digits = 0;
    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9') {
        digits++;
    }
    uint64_t number;
    if (!text_parse_u64(slice_part(text, 0, digits), &number)) {
        return false;
    }
    struct slice name = slice_trim(slice_from(text, digits));
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        if (!slice_equal(name, slice_text(unit->name))) {
            continue;
        }
        if (unit->factor == 0 ? number != 0 : number > UINT64_MAX / unit->factor) {
            return false;
        }
        *out = number * unit->factor;
        return true;
    }
    return false;
}

/* In the largest unit that leaves no rest; 0 stands alone. */
static void print_with_unit(const struct unit *units, uint64_t value, struct buf *out)
{
    const struct unit *best = units;
    for (const struct unit *unit = units; unit->name != NULL && value != 0; unit++) {
        if (unit->factor != 0 && value % unit->factor == 0) {
            best = unit;
        }
    }
    buf_append_format(out, "%llu%s", (unsigned long long)(best->factor == 0 ? value : value / best->factor),
                      best->name);
}

/* How numbers of one type read. */
struct number_form {
    const struct unit *units;
    const char *expected;
    uint64_t limit; /* of the field's own type */
};

static const struct number_form number_form = {number_units, "a whole decimal number", UINT64_MAX};
static const struct number_form size_form = {
    size_units, "a size: a whole decimal number of bytes, or one with KiB, MiB or GiB behind it", UINT64_MAX};
static const struct number_form duration_form = {
    duration_units, "a duration: a whole decimal number with us, ms, s, min, h or d behind it", INT64_MAX};

static bool number_error(const struct option *option, const struct number_form *form,
                         char error[OPTION_ERROR_SIZE])
{
    struct buf text = buf_make(OPTION_ERROR_SIZE);
    buf_append_format(&text, "expected %s, ", form->expected);
    uint64_t max = option->max > 0 && option->max < form->limit ? option->max : form->limit;
    buf_append_text(&text, option->min > 0 ? "from " : "at most ");
    if (option->min > 0) {
        print_with_unit(form->units, option->min, &text);
        buf_append_text(&text, " to ");
    }
    print_with_unit(form->units, max, &text);
    option_error(error, "%.*s", (int)text.len, (const char *)text.data);
    buf_free(&text);
    return false;
}

static bool parse_number(const struct option *option, const struct number_form *form, struct slice text,
                         uint64_t *value, char error[OPTION_ERROR_SIZE])
{
    bool good = parse_with_unit(form->units, slice_trim(text), value) && *value <= form->limit &&
                *value >= option->min && (option->max == 0 || *value <= option->max);
    return good || number_error(option, form, error);
}

static bool parse_plain_number(const struct option *option, struct slice text, void *field,
                               char error[OPTION_ERROR_SIZE])
{
    uint64_t value;
    if (!parse_number(option, &number_form, text, &value, error)) {
        return false;
    }
    *(uint64_t *)field = value;
    return true;
}

static void print_plain_number(const struct option *option, const void *field, struct buf *out)
{
    (void)option;
    print_with_unit(number_units, *(const uint64_t *)field, out);
}

static bool parse_size(const struct option *option, struct slice text, void *field,
                       char error[OPTION_ERROR_SIZE])
{
    uint64_t value;
    if (!parse_number(option, &size_form, text, &value, error)) {
        return false;
    }
    *(uint64_t *)field = value;
    return true;
}

static void print_size(const struct option *option, const void *field, struct buf *out)
{
    (void)option;
    print_with_unit(size_units, *(const uint64_t *)field, out);
}

static bool parse_duration(const struct option *option, struct slice text, void *field,
                           char error[OPTION_ERROR_SIZE])
{
    uint64_t value;
    if (!parse_number(option, &duration_form, text, &value, error)) {
        return false;
    }
    *(int64_t *)field = (int64_t)value;
    return true;
}

static void print_duration(const struct option *option, const void *field, struct buf *out)
{
    (void)option;
    print_with_unit(duration_units, (uint64_t) * (const int64_t *)field, out);
}

static bool parse_text(const struct option *option, struct slice text, void *field,
                       char error[OPTION_ERROR_SIZE])
{
    (void)option;
    if (option_has_controls(text)) {
        return option_error(error, "expected a text without control characters");
    }
    char **owned = field;
    free(*owned);
    *owned = option_copy_text(text);
    return true;
}

static void print_text(const struct option *option, const void *field, struct buf *out)
{
    (void)option;
    const char *text = *(char *const *)field;
    buf_append_text(out, text == NULL ? "" : text);
}

static void release_text(void *field)
{
    char **owned = field;
    free(*owned);
    *owned = NULL;
}

static bool parse_choice(const struct option *option, struct slice text, void *field,
                         char error[OPTION_ERROR_SIZE])
{
    int found = option_find_choice(option->choices, slice_trim(text));
    if (found < 0) {
        struct buf choices = buf_make(OPTION_ERROR_SIZE);
        option_print_choices(option->choices, &choices);
        option_error(error, "expected %.*s", (int)choices.len, (const char *)choices.data);
        buf_free(&choices);
        return false;
    }
    *(int *)field = found;
    return true;
}

static void print_choice(const struct option *option, const void *field, struct buf *out)
{
    buf_append_text(out, option->choices[*(const int *)field]);
}

const struct option_kind option_kind_bool = {.name = "bool", .parse = parse_bool, .print = print_bool};
const struct option_kind option_kind_number = {
    .name = "number", .parse = parse_plain_number, .print = print_plain_number};
const struct option_kind option_kind_size = {.name = "size", .parse = parse_size, .print = print_size};
const struct option_kind option_kind_duration = {
    .name = "duration", .parse = parse_duration, .print = print_duration};
const struct option_kind option_kind_text = {
    .name = "text", .parse = parse_text, .print = print_text, .release = release_text};
const struct option_kind option_kind_choice = {
    .name = "choice", .parse = parse_choice, .print = print_choice};
