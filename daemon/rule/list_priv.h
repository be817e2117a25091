/* What the formats of lists share: the reader, and how they tell entries and mistakes. */
#pragma once

#include "base/buf.h"
#include "rule/list_reader.h"

enum {
    LIST_LINE_MAX = 1 << 14, /* bytes; a longer one is a mistake */
    CSV_COLUMNS_MAX = 64,
    RPZ_TOKENS_MAX = 64, /* of one record; those of long texts behind them are not asked for */
};

enum csv_column {
    COLUMN_IGNORED,
    COLUMN_HOST,
    COLUMN_HASH,
    COLUMN_TEXT,
    COLUMN_NOTE,
    COLUMN_SOURCE,
    COLUMN_STATE,
    COLUMN_UNTIL,
};

/* The head line of a CSV file. */
struct csv_head {
    bool read;
    bool useless; /* without a column of keys: its rows say nothing */
    uint8_t separator;
    enum csv_column columns[CSV_COLUMNS_MAX];
    size_t count;
};

/* Names without a dot at the end. */
struct rpz_zone {
    char origin[HOST_NAME_SIZE];
    char apex[HOST_NAME_SIZE]; /* "" before it is known */
    char owner[HOST_NAME_SIZE];
    bool has_owner;
    unsigned depth;    /* open parentheses */
    bool skips;        /* the record that is open was told to be wrong */
    struct buf record; /* of several lines */
    unsigned record_line;
};

struct list_reader {
    enum watch_format format;
    enum list_use use;
    enum watch_suffixes suffixes;
    struct list_receiver receiver;
    struct buf partial; /* a line of which the end has not come */
    bool too_long;
    unsigned line;
    const uint8_t *line_at; /* where the present line begins: columns count from there */
    struct csv_head csv;
    struct rpz_zone rpz;
};

/* A mistake at a place of the present line. */
void list_tell_mistake(const struct list_reader *reader, const uint8_t *at, const char *text);
/* A key in text form, which stands at `at` in the line. `entry` says what else is known of it. */
void list_tell_host(const struct list_reader *reader, const uint8_t *at, struct slice text,
                    const struct watch_entry *entry);
void list_tell_hash(const struct list_reader *reader, const uint8_t *at, struct slice text,
                    const struct watch_entry *entry);
void list_tell_text(const struct list_reader *reader, const uint8_t *at, struct slice text,
                    const struct watch_entry *entry);

/* One line, without its end. */
void list_read_plain(struct list_reader *reader, struct slice line);
void list_read_hosts(struct list_reader *reader, struct slice line);
void list_read_string(struct list_reader *reader, struct slice line);
void list_read_csv(struct list_reader *reader, struct slice line);
void list_read_rpz(struct list_reader *reader, struct slice line);
/* A record that is still open is a mistake. */
void list_end_rpz(struct list_reader *reader);

static inline bool list_is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* Takes the next word off the front of `*rest`; an empty one where none is left. */
static inline struct slice list_take_word(struct slice *rest)
{
    size_t at = 0;
    while (at < rest->len && list_is_blank(rest->data[at])) {
        at++;
    }
    size_t end = at;
    while (end < rest->len && !list_is_blank(rest->data[end])) {
        end++;
    }
    struct slice word = slice_part(*rest, at, end - at);
    *rest = slice_from(*rest, end);
    return word;
}
