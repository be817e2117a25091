/* Filling a struct failure: the text is one clean line, cut where it is too long. */
#include "base/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool failure_set(struct failure *failure, enum exit_status status, const char *format, ...)
{
    char raw[sizeof failure->text];
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    if (printed < 0) {
        raw[0] = '\0';
    }
    /* File names and configuration values come from outside: they may hold a newline. */
    struct buf clean = buf_make(sizeof failure->text - 1);
    text_append_clean(&clean, slice_text(raw), sizeof failure->text - 1);
    if (clean.len > 0) {
        memcpy(failure->text, clean.data, clean.len);
    }
    failure->text[clean.len] = '\0';
    failure->status = status;
    buf_free(&clean);
    return false;
}
