/* Writing a configuration: one dotted key a line, in YAML that config_read and other YAML readers read back.
 */
#include "daemon/control/config_priv.h"

#include <stdlib.h>

#include "base/buf.h"

char *config_hide_user(const char *text)
{
    struct slice whole = slice_text(text);
    struct slice mark = slice_text("://");
    struct buf out = buf_make(SIZE_MAX);
    size_t scheme = slice_find(whole, mark);
    struct slice rest = scheme == SIZE_MAX ? slice_make(NULL, 0) : slice_from(whole, scheme + mark.len);
    /* Up to the last @, since a password may hold one, and a slash too; unix:///path@1 has no user. */
    const uint8_t *at = rest.len == 0 || rest.data[0] == '/' ? NULL : memrchr(rest.data, '@', rest.len);
    if (at != NULL) {
        buf_append(&out, slice_part(whole, 0, scheme + mark.len));
        buf_append_byte(&out, '*');
        buf_append(&out, slice_from(rest, (size_t)(at - rest.data)));
    } else {
        buf_append(&out, whole);
    }
    buf_append_byte(&out, '\0');
    return (char *)out.data;
}

static bool is_letter(uint8_t byte)
{
    return byte_lower(byte) >= 'a' && byte_lower(byte) <= 'z';
}

/* Whether every YAML reader takes the text for a text without quotes: a path or a name. */
static bool is_plain(struct slice text)
{
    static const char *const other_meaning[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
    if (text.len == 0 || !(is_letter(text.data[0]) || text.data[0] == '/')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (!is_letter(byte) && !(byte >= '0' && byte <= '9') && strchr("_./-", byte) == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_COUNT(other_meaning); i++) {
        if (slice_equal_nocase(text, slice_text(other_meaning[i]))) {
            return false;
        }
    }
    return true;
}

/* Settings are clean text (config_text_is_clean): in quotes only these two mean something else. */
static void print_text(const char *text, FILE *out)
{
    if (is_plain(slice_text(text))) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            fputc('\\', out);
        }
        fputc(*at, out);
    }
    fputc('"', out);
}

static void print_visible_text(const char *text, FILE *out)
{
    char *visible = config_hide_user(text == NULL ? "" : text);
    print_text(visible, out);
    free(visible);
}

static void print_text_list(const struct text_list *list, FILE *out)
{
    fputc('[', out);
    for (size_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_visible_text(list->items[i], out);
    }
    fputc(']', out);
}

static void print_prefix_list(const struct prefix_list *list, FILE *out)
{
    fputc('[', out);
    for (size_t i = 0; i < list->count; i++) {
        char text[PREFIX_TEXT_SIZE];
        fputs(i > 0 ? ", " : "", out);
        print_text(prefix_print(&list->items[i], text), out);
    }
    fputc(']', out);
}

static void print_value(const struct option *option, const void *settings, FILE *out)
{
    const void *field = (const char *)settings + option->offset;
    char *text = option_print(option, settings); /* a secret is * in it, whatever its type */
    if (option->secret) {
        print_text(text, out);
    } else if (option->type == OPTION_TEXT) {
        print_visible_text(text, out);
    } else if (option->type == OPTION_TEXT_LIST) {
        print_text_list(field, out);
    } else if (option->type == OPTION_PREFIX_LIST) {
        print_prefix_list(field, out);
    } else if (option->type == OPTION_CHOICE) {
        print_text(text, out);
    } else {
        fputs(text, out); /* bool, number, size, duration */
    }
    free(text);
}

void config_dump(const struct config_section *sections, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct option_table *table = sections[i].table;
        fprintf(out, "%s# %s\n", i > 0 ? "\n" : "", table->stage);
        for (size_t row = 0; row < table->count; row++) {
            fprintf(out, "%s: ", table->rows[row].name);
            print_value(&table->rows[row], sections[i].settings, out);
            fputc('\n', out);
        }
    }
}
