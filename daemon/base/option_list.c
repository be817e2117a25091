/* Options that are lists, and the text helpers that both option files use. */
#include "daemon/base/option_priv.h"

#include <stdlib.h>

bool option_has_controls(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

char *option_copy_text(struct slice text)
{
    char *copy = malloc(text.len + 1);
    if (copy == NULL) {
        abort();
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

int option_find_choice(const char *const *choices, struct slice text)
{
    for (int i = 0; choices[i] != NULL; i++) {
        if (slice_equal(slice_text(choices[i]), text)) {
            return i;
        }
    }
    return -1;
}

void option_print_choices(const char *const *choices, struct buf *out)
{
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (i > 0) {
            buf_append_text(out, choices[i + 1] == NULL ? " or " : ", ");
        }
        buf_append_text(out, choices[i]);
    }
}

static void *new_items(size_t count, size_t size)
{
    void *items = count == 0 ? NULL : calloc(count, size);
    if (count > 0 && items == NULL) {
        abort();
    }
    return items;
}

static void release_text_list(void *field)
{
    text_list_free(field);
}

/* `number` counts from 1, for the operator. */
static bool check_text_item(const struct option *option, struct slice item, size_t number,
                            char error[OPTION_ERROR_SIZE])
{
    if (option->choices != NULL && option_find_choice(option->choices, item) < 0) {
        struct buf choices = buf_make(OPTION_ERROR_SIZE);
        option_print_choices(option->choices, &choices);
        option_error(error, "item %zu: expected %.*s", number, (int)choices.len, (const char *)choices.data);
        buf_free(&choices);
        return false;
    }
    if (item.len == 0 || slice_index(item, ',') != SIZE_MAX || option_has_controls(item)) {
        return option_error(
            error, "item %zu: expected a text that is not empty, without comma and control characters",
            number);
    }
    return true;
}

static bool parse_text_list(const struct option *option, const char *const *items, size_t count, void *field,
                            char error[OPTION_ERROR_SIZE])
{
    struct text_list list = {.items = new_items(count, sizeof *list.items)};
    for (; list.count < count; list.count++) {
        struct slice item = slice_trim(slice_text(items[list.count]));
        if (!check_text_item(option, item, list.count + 1, error)) {
            release_text_list(&list);
            return false;
        }
        list.items[list.count] = option_copy_text(item);
    }
    release_text_list(field);
    *(struct text_list *)field = list;
    return true;
}

static void print_text_list(const struct option *option, const void *field, struct buf *out)
{
    (void)option;
    const struct text_list *list = field;
    size_t start = out->len;
    for (size_t i = 0; i < list->count; i++) {
        buf_append_text(out, i > 0 ? ", " : "");
        buf_append_text(out, list->items[i]);
    }
    /* Items such as "[a]*" and "*[b]" would lose their own brackets when they are read back. */
    if (out->len > start && out->data[start] == '[' && out->data[out->len - 1] == ']') {
        struct slice joined = slice_from(buf_slice(out), start);
        char *copy = option_copy_text(joined);
        out->len = start;
        buf_append_format(out, "[%s]", copy);
        free(copy);
    }
}

static void release_prefix_list(void *field)
{
    struct prefix_list *list = field;
    free(list->items);
    *list = (struct prefix_list){0};
}

static bool parse_prefix_list(const struct option *option, const char *const *items, size_t count,
                              void *field, char error[OPTION_ERROR_SIZE])
{
    (void)option;
    struct prefix_list list = {.items = new_items(count, sizeof *list.items)};
    for (; list.count < count; list.count++) {
        char *item = option_copy_text(slice_trim(slice_text(items[list.count])));
        bool good = prefix_parse(item, &list.items[list.count]);
        free(item);
        if (!good) {
            option_error(error,
                         "item %zu: expected an address or a prefix such as 192.0.2.0/24 or 2001:db8::/32, "
                         "without bits set behind its length",
                         list.count + 1);
            release_prefix_list(&list);
            return false;
        }
    }
    release_prefix_list(field);
    *(struct prefix_list *)field = list;
    return true;
}

static void print_prefix_list(const struct option *option, const void *field, struct buf *out)
{
    (void)option;
    const struct prefix_list *list = field;
    for (size_t i = 0; i < list->count; i++) {
        char text[PREFIX_TEXT_SIZE];
        buf_append_text(out, i > 0 ? ", " : "");
        buf_append_text(out, prefix_print(&list->items[i], text));
    }
}

const struct option_kind option_kind_text_list = {
    .name = "list of texts",
    .parse_items = parse_text_list,
    .print = print_text_list,
    .release = release_text_list,
};
const struct option_kind option_kind_prefix_list = {
    .name = "list of prefixes",
    .parse_items = parse_prefix_list,
    .print = print_prefix_list,
    .release = release_prefix_list,
};
