/* Makes masked values: a sorted list of what may be shown, and `*` for each hole in it. */
#include "rule/mask.h"

#include <stdlib.h>
#include <string.h>

#include "app/redact.h"
#include "base/buf.h"

/* Contents of one buffer, and as many query keys or slashes: what does not fit is masked. */
enum { SPANS_MAX = 192 };

struct shown {
    struct mask_span spans[SPANS_MAX];
    size_t count;
};

static void show(struct shown *shown, size_t from, size_t to)
{
    if (shown->count < SPANS_MAX && from < to) {
        shown->spans[shown->count++] = (struct mask_span){.from = from, .to = to};
    }
}

/* Names of known keys in `a=b&c=d`, with the byte before them and the `=` behind them. */
static void show_keys(struct shown *shown, struct slice buffer, size_t begin)
{
    while (begin < buffer.len) {
        size_t length = slice_index(slice_from(buffer, begin), '&');
        size_t end = length == SIZE_MAX ? buffer.len : begin + length;
        struct slice pair = slice_part(buffer, begin, end - begin);
        size_t equals = slice_index(pair, '=');
        struct slice key = slice_part(pair, 0, equals);
        if (key.len > 0 && redact_key_known(key)) {
            show(shown, begin > 0 ? begin - 1 : 0, begin + key.len + (equals != SIZE_MAX));
        }
        begin = end + 1;
    }
}

/* Says what kind of file is asked for and nothing of who asks. */
static bool extension_is_harmless(struct slice extension)
{
    static const char *const harmless[] = {
        ".ts",  ".m3u8", ".m3u",  ".mp4", ".mkv", ".avi", ".php", ".xml",  ".gz", ".mpd",
        ".flv", ".mov",  ".webm", ".aac", ".mp3", ".jpg", ".png", ".json", ".js", ".html",
    };
    for (size_t i = 0; i < ARRAY_COUNT(harmless); i++) {
        if (slice_equal_nocase(extension, slice_text(harmless[i]))) {
            return true;
        }
    }
    return false;
}

static void show_path(struct shown *shown, struct slice path)
{
    size_t segment = 0;
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] == '/') {
            show(shown, i, i + 1);
            segment = i + 1;
        }
    }
    size_t dot = path.len;
    while (dot > segment && path.data[dot - 1] != '.') {
        dot--;
    }
    if (dot > segment && extension_is_harmless(slice_from(path, dot - 1))) {
        show(shown, dot - 1, path.len);
    }
}

static int compare_spans(const void *left, const void *right)
{
    const struct mask_span *a = left;
    const struct mask_span *b = right;
    return (a->from > b->from) - (a->from < b->from);
}

/* Spans in order; each hole between them, whatever its size, becomes one `*`. */
static void print_spans(const struct shown *shown, struct slice buffer, char out[RULE_VALUE_SIZE])
{
    struct buf text = buf_make(RULE_VALUE_SIZE - 1);
    size_t at = 0;
    for (size_t i = 0; i < shown->count; i++) {
        struct mask_span span = shown->spans[i];
        if (span.to <= at) {
            continue;
        }
        if (span.from > at) {
            buf_append_byte(&text, '*');
            at = span.from;
        }
        text_append_clean(&text, slice_part(buffer, at, span.to - at), RULE_VALUE_SIZE);
        at = span.to;
    }
    if (at < buffer.len) {
        buf_append_byte(&text, '*');
    }
    memcpy(out, text.len > 0 ? (const char *)text.data : "", text.len);
    out[text.len] = '\0';
    buf_free(&text);
}

void mask_value(struct slice buffer, const struct mask_span *spans, size_t count, enum mask_form form,
                char out[RULE_VALUE_SIZE])
{
    struct shown shown = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        show(&shown, spans[i].from, spans[i].to < buffer.len ? spans[i].to : buffer.len);
    }
    size_t query = slice_index(buffer, '?');
    if (form == MASK_SHAPE) {
        show_path(&shown, slice_part(buffer, 0, query));
    }
    if (form == MASK_QUERY) {
        show_keys(&shown, buffer, 0);
    } else if (form != MASK_FIXED && query != SIZE_MAX) {
        show_keys(&shown, buffer, query + 1);
    }
    qsort(shown.spans, shown.count, sizeof *shown.spans, compare_spans);
    print_spans(&shown, buffer, out);
}
