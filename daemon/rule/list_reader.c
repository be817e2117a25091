/* From parts of any size to lines, and from lines to the format that reads them. */
#include <limits.h>
#include <stdlib.h>

#include "daemon/rule/list_priv.h"

typedef void (*read_line_fn)(struct list_reader *reader, struct slice line);

static const read_line_fn readers[WATCH_FORMAT_COUNT] = {
    [WATCH_FORMAT_LINES] = list_read_plain,    [WATCH_FORMAT_CSV] = list_read_csv,
    [WATCH_FORMAT_RPZ] = list_read_rpz,        [WATCH_FORMAT_HOSTS] = list_read_hosts,
    [WATCH_FORMAT_STRINGS] = list_read_string,
};

static const struct {
    unsigned kinds; /* bits */
    const char *wrong;
} uses[LIST_USE_COUNT] = {
    [LIST_USE_ANY] = {UINT_MAX, NULL},
    [LIST_USE_ADDRESSES] = {1U << WATCH_PREFIX,
                            "this is no address and no prefix; expected one a line, host bits zero"},
    [LIST_USE_DIGESTS] = {1U << WATCH_HASH,
                          "this is no digest; expected 32 hexadecimal digits (MD5, JA3) or 64 (SHA-256)"},
    [LIST_USE_STRINGS] = {1U << WATCH_TEXT, "expected a text"},
};

struct list_reader *list_reader_create(enum watch_format format, enum list_use use,
                                       enum watch_suffixes suffixes, const struct list_receiver *receiver)
{
    struct list_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        abort();
    }
    *reader = (struct list_reader){
        .format = format,
        .use = use,
        .suffixes = suffixes,
        .receiver = *receiver,
        .partial = buf_make(LIST_LINE_MAX),
        .rpz = {.record = buf_make(LIST_LINE_MAX)},
    };
    return reader;
}

void list_tell_mistake(const struct list_reader *reader, const uint8_t *at, const char *text)
{
    reader->receiver.mistake(reader->receiver.context, reader->line, (unsigned)(at - reader->line_at) + 1,
                             text);
}

/* `wrong` says why the text is no key; NULL where it is one. */
static void tell(const struct list_reader *reader, const uint8_t *at, const struct watch_entry *entry,
                 const char *wrong)
{
    bool fits = wrong == NULL && (uses[reader->use].kinds & 1U << entry->kind) != 0;
    if (fits) {
        reader->receiver.entry(reader->receiver.context, entry);
    } else {
        list_tell_mistake(reader, at, uses[reader->use].wrong != NULL ? uses[reader->use].wrong : wrong);
    }
}

void list_tell_host(const struct list_reader *reader, const uint8_t *at, struct slice text,
                    const struct watch_entry *entry)
{
    struct watch_entry told = *entry;
    struct watch_key_room room;
    const char *wrong = NULL;
    bool below = slice_starts(text, slice_text("*."));
    /* Behind the asterisk stands what an entry with sub-domains is written like, and refused like. */
    bool good = watch_entry_parse_host(slice_from(text, below), reader->suffixes, &told, &room, &wrong);
    told.kind = below ? WATCH_BELOW : told.kind;
    tell(reader, at, &told, good ? NULL : wrong);
}

void list_tell_hash(const struct list_reader *reader, const uint8_t *at, struct slice text,
                    const struct watch_entry *entry)
{
    struct watch_entry told = *entry;
    struct watch_key_room room;
    const char *wrong = NULL;
    bool good = watch_entry_parse_hash(text, &told, &room, &wrong);
    tell(reader, at, &told, good ? NULL : wrong);
}

void list_tell_text(const struct list_reader *reader, const uint8_t *at, struct slice text,
                    const struct watch_entry *entry)
{
    struct watch_entry told = *entry;
    const char *wrong = NULL;
    bool good = watch_entry_parse_text(text, &told, &wrong);
    tell(reader, at, &told, good ? NULL : wrong);
}

/* ---- which format it is */

static bool is_address(struct slice text)
{
    struct address address;
    return address_parse_slice(text, &address);
}

/* By the first line that says something. */
static enum watch_format guess_format(struct slice line)
{
    struct slice rest = line;
    struct slice first = list_take_word(&rest);
    struct slice second = list_take_word(&rest);
    if (first.len > 0 && (first.data[0] == '$' || first.data[0] == ';' || first.data[0] == '@')) {
        return WATCH_FORMAT_RPZ;
    }
    if (second.len > 0 && is_address(first)) {
        return second.data[0] == '#' ? WATCH_FORMAT_LINES : WATCH_FORMAT_HOSTS;
    }
    bool comma = slice_index(slice_part(line, 0, slice_index(line, '#')), ',') != SIZE_MAX;
    return comma ? WATCH_FORMAT_CSV : WATCH_FORMAT_LINES;
}

static bool says_nothing(struct slice line)
{
    struct slice rest = line;
    struct slice first = list_take_word(&rest);
    return first.len == 0 || first.data[0] == '#';
}

/* ---- lines */

static void read_line(struct list_reader *reader, struct slice line)
{
    if (reader->line == 1 && slice_starts(line, slice_text("\xef\xbb\xbf"))) {
        line = slice_from(line, 3); /* editors put a mark before UTF-8 */
    }
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    reader->line_at = line.data;
    if (line.len > LIST_LINE_MAX) {
        list_tell_mistake(reader, line.data, "this line is longer than 16384 bytes");
        return;
    }
    if (reader->format == WATCH_FORMAT_ANY && !says_nothing(line)) {
        reader->format = guess_format(line);
    }
    if (reader->format != WATCH_FORMAT_ANY) {
        readers[reader->format](reader, line);
    }
}

static void keep_partial(struct list_reader *reader, struct slice bytes)
{
    if (!buf_append(&reader->partial, bytes)) {
        reader->too_long = true;
    }
}

static void end_line(struct list_reader *reader)
{
    reader->line++;
    if (reader->too_long) {
        reader->line_at = reader->partial.data;
        list_tell_mistake(reader, reader->partial.data, "this line is longer than 16384 bytes");
    } else {
        read_line(reader, buf_slice(&reader->partial));
    }
    reader->too_long = false;
    buf_clear(&reader->partial);
}

void list_reader_feed(struct list_reader *reader, struct slice bytes)
{
    size_t end;
    while ((end = slice_index(bytes, '\n')) != SIZE_MAX) {
        struct slice line = slice_part(bytes, 0, end);
        bytes = slice_from(bytes, end + 1);
        if (reader->partial.len > 0 || reader->too_long) {
            keep_partial(reader, line);
            end_line(reader);
        } else {
            reader->line++;
            read_line(reader, line);
        }
    }
    keep_partial(reader, bytes);
}

void list_reader_finish(struct list_reader *reader)
{
    if (reader->partial.len > 0 || reader->too_long) {
        end_line(reader);
    }
    if (reader->format == WATCH_FORMAT_RPZ) {
        list_end_rpz(reader);
    }
    buf_free(&reader->partial);
    buf_free(&reader->rpz.record);
    free(reader);
}
