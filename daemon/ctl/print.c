/* Lines for people: what strangers sent stands in them, so every line is made safe as a whole. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "ctl_priv.h"

enum { LINE_MAX_BYTES = 16 * 1024 };

static void print_clean(FILE *out, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void print_clean(FILE *out, const char *format, va_list arguments)
{
    char *raw = NULL;
    int len = vasprintf(&raw, format, arguments);
    if (len < 0) {
        abort();
    }
    struct buf line = buf_make(LINE_MAX_BYTES);
    text_append_clean(&line, slice_make(raw, (size_t)len), LINE_MAX_BYTES - 1);
    buf_append_byte(&line, '\n');
    fwrite(line.data, 1, line.len, out);
    buf_free(&line);
    free(raw);
}

void ctl_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_clean(stdout, format, arguments);
    va_end(arguments);
}

void ctl_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_clean(stderr, format, arguments);
    va_end(arguments);
}

const char *ctl_time(int64_t seconds, char out[CTL_TIME_SIZE])
{
    time_t time = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&time, &parts) == NULL || strftime(out, CTL_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        snprintf(out, CTL_TIME_SIZE, "%lld", (long long)seconds);
    }
    return out;
}
