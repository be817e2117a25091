/* The metrics as text: Prometheus' exposition format 0.0.4. No socket is known here. */
#include "daemon/control/metrics_priv.h"

#include <stdio.h>

uint64_t metrics_sum(const struct metrics_source *source, size_t counter)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < source->cells_count; i++) {
        sum += counter_get(source->cells[i], counter);
    }
    return sum;
}

bool metrics_is_gauge(const struct counter_row *row)
{
    return slice_ends(slice_text(row->help), slice_text(" now")) ||
           slice_ends(slice_text(row->name), slice_text("_up"));
}

const char *metrics_name(const char *stage, const struct counter_row *row, char out[METRICS_NAME_SIZE])
{
    snprintf(out, METRICS_NAME_SIZE, "vigie_%s_%s%s", stage, row->name,
             metrics_is_gauge(row) ? "" : "_total");
    return out;
}

/* The two comment lines of one metric; in the help, a backslash and a newline are written as escapes. */
static void append_head(struct buf *out, const char *name, const char *help, const char *type)
{
    buf_append_format(out, "# HELP %s ", name);
    for (const char *at = help; *at != '\0'; at++) {
        if (*at == '\\' || *at == '\n') {
            buf_append_text(out, *at == '\\' ? "\\\\" : "\\n");
        } else {
            buf_append_byte(out, (uint8_t)*at);
        }
    }
    buf_append_format(out, "\n# TYPE %s %s\n", name, type);
}

static void append_source(struct buf *out, const struct metrics_source *source)
{
    for (size_t i = 0; i < source->table->count; i++) {
        const struct counter_row *row = &source->table->rows[i];
        char name[METRICS_NAME_SIZE];
        metrics_name(source->table->stage, row, name);
        append_head(out, name, row->help, metrics_is_gauge(row) ? "gauge" : "counter");
        buf_append_format(out, "%s %llu\n", name, (unsigned long long)metrics_sum(source, i));
    }
}

void metrics_append_text(struct buf *out, const struct metrics_source *sources, size_t source_count)
{
    for (size_t i = 0; i < source_count; i++) {
        append_source(out, &sources[i]);
    }
}
