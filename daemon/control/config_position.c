/* Places in a configuration file: from libyaml's lines and characters to lines and bytes. */
#include "daemon/control/config_priv.h"

#include <stdlib.h>

/* The length of the line break in front, or 0. libyaml follows YAML 1.1, section 4.2: NEL (U+0085), LS and PS
 * (U+2028, U+2029) break lines too. */
static size_t line_break_len(struct slice text)
{
    static const char *const breaks[] = {"\r\n", "\r", "\n", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (size_t i = 0; i < ARRAY_COUNT(breaks); i++) {
        if (slice_starts(text, slice_text(breaks[i]))) {
            return slice_text(breaks[i]).len;
        }
    }
    return 0;
}

static void add_line(struct config_lines *lines, size_t start)
{
    if ((lines->count & (lines->count - 1)) == 0) { /* full at each power of two */
        size_t room = lines->count == 0 ? 1 : 2 * lines->count;
        size_t *starts = reallocarray(lines->starts, room, sizeof *starts);
        if (starts == NULL) {
            abort();
        }
        lines->starts = starts;
    }
    lines->starts[lines->count++] = start;
}

struct config_lines config_lines_make(struct slice text)
{
    struct config_lines lines = {.text = text};
    add_line(&lines, 0);
    for (size_t at = 0; at < text.len;) {
        size_t len = line_break_len(slice_from(text, at));
        at += len > 0 ? len : 1;
        if (len > 0) {
            add_line(&lines, at);
        }
    }
    return lines;
}

void config_lines_free(struct config_lines *lines)
{
    free(lines->starts);
    *lines = (struct config_lines){0};
}

struct config_position config_position_of_byte(const struct config_lines *lines, size_t offset)
{
    size_t line = 0;
    while (line + 1 < lines->count && lines->starts[line + 1] <= offset) {
        line++;
    }
    return (struct config_position){(unsigned)line + 1, (unsigned)(offset - lines->starts[line]) + 1};
}

struct config_position config_position_of_mark(const struct config_lines *lines, size_t line,
                                               size_t character)
{
    if (line >= lines->count) { /* libyaml puts the end of a text without a last line break behind it */
        return config_position_of_byte(lines, lines->text.len);
    }
    struct slice rest = slice_from(lines->text, lines->starts[line]);
    size_t column = 0;
    while (character > 0 && column < rest.len) {
        column++;
        while (column < rest.len && rest.data[column] >> 6 == 2) { /* the rest of a UTF-8 character */
            column++;
        }
        character--;
    }
    return (struct config_position){(unsigned)line + 1, (unsigned)column + 1};
}
