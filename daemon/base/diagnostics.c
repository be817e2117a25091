#include "base/diagnostics.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void diagnostics_add(struct diagnostics *diagnostics, const char *file, unsigned line, unsigned column,
                     const char *format, ...)
{
    if (diagnostics->count == DIAGNOSTICS_MAX) {
        diagnostics->omitted++;
        return;
    }
    struct diagnostic *grown =
        realloc(diagnostics->items, (diagnostics->count + 1) * sizeof *diagnostics->items);
    if (grown == NULL) {
        abort();
    }
    diagnostics->items = grown;
    struct diagnostic *added = &grown[diagnostics->count++];
    *added = (struct diagnostic){.file = strdup(file), .line = line, .column = column};
    va_list arguments;
    va_start(arguments, format);
    if (added->file == NULL || vasprintf(&added->text, format, arguments) < 0) {
        abort();
    }
    va_end(arguments);
}

void diagnostics_move(struct diagnostics *into, struct diagnostics *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct diagnostic *item = &from->items[i];
        diagnostics_add(into, item->file, item->line, item->column, "%s", item->text);
    }
    into->omitted += from->omitted;
    diagnostics_free(from);
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *out)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        if (item->line == 0) {
            fprintf(out, "%s: %s\n", item->file, item->text);
        } else {
            fprintf(out, "%s:%u:%u: %s\n", item->file, item->line, item->column, item->text);
        }
    }
    if (diagnostics->omitted > 0) {
        fprintf(out, "and %zu more mistakes\n", diagnostics->omitted);
    }
}

void diagnostics_free(struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        free(diagnostics->items[i].file);
        free(diagnostics->items[i].text);
    }
    free(diagnostics->items);
    *diagnostics = (struct diagnostics){0};
}
