/* Lines of a rule file, joined into statements, with the places that messages need. */
#include <stdlib.h>

#include "daemon/rule/parse_priv.h"

struct source source_make(const char *file, struct slice text)
{
    return (struct source){.file = file, .rest = text, .line = 1, .text = buf_make(SIZE_MAX)};
}

void source_free(struct source *source)
{
    buf_free(&source->text);
    free(source->lines);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v';
}

static struct slice trim_end(struct slice text)
{
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static void add_line(struct source *source, unsigned line)
{
    if (source->line_count == source->line_room) {
        source->line_room = source->line_room * 2 + 4;
        source->lines = reallocarray(source->lines, source->line_room, sizeof *source->lines);
        if (source->lines == NULL) {
            abort();
        }
    }
    source->lines[source->line_count++] = (struct source_line){.at = source->text.len, .line = line};
}

static bool is_comment(struct slice line)
{
    size_t at = 0;
    while (at < line.len && is_blank(line.data[at])) {
        at++;
    }
    return at == line.len || line.data[at] == '#';
}

bool source_next(struct source *source)
{
    buf_clear(&source->text);
    source->line_count = 0;
    bool goes_on = false;
    while (source->rest.len > 0 && (source->line_count == 0 || goes_on)) {
        struct slice line = trim_end(slice_split(&source->rest, '\n'));
        unsigned number = source->line++;
        if (source->line_count == 0 && is_comment(line)) {
            continue;
        }
        goes_on = line.len > 0 && line.data[line.len - 1] == '\\';
        line.len -= goes_on;
        add_line(source, number);
        buf_append(&source->text, line);
    }
    return source->line_count > 0;
}

void source_place(const struct source *source, size_t at, unsigned *line, unsigned *column)
{
    size_t i = source->line_count - 1;
    while (i > 0 && source->lines[i].at > at) {
        i--;
    }
    *line = source->lines[i].line;
    *column = (unsigned)(at - source->lines[i].at + 1);
}
