/* Lists as tables: RFC 4180 with a head line. */
#include <stdlib.h>
#include <time.h>

#include "daemon/rule/list_priv.h"

static const struct {
    const char *name;
    enum csv_column column;
} columns[] = {
    {"name", COLUMN_HOST},     {"domain", COLUMN_HOST}, {"host", COLUMN_HOST},   {"ip", COLUMN_HOST},
    {"address", COLUMN_HOST},  {"prefix", COLUMN_HOST}, {"hash", COLUMN_HASH},   {"sha256", COLUMN_HASH},
    {"md5", COLUMN_HASH},      {"ja3", COLUMN_HASH},    {"ja4", COLUMN_TEXT},    {"note", COLUMN_NOTE},
    {"source", COLUMN_SOURCE}, {"state", COLUMN_STATE}, {"until", COLUMN_UNTIL},
};

/* One cell: its text without quotes, and where it begins. */
struct cell {
    struct slice text;
    const uint8_t *at;
};

/* Where the texts of quoted cells are put together: no longer than the line that they stand in. */
struct quoted {
    uint8_t bytes[LIST_LINE_MAX];
    size_t len;
};

/* A quoted cell, in which two quotes are one. False where it does not end. */
static bool take_quoted(struct slice *rest, struct quoted *room, struct cell *cell)
{
    size_t from = room->len;
    size_t i = 1;
    for (; i < rest->len; i++) {
        if (rest->data[i] == '"' && (i + 1 == rest->len || rest->data[i + 1] != '"')) {
            break;
        }
        i += rest->data[i] == '"';
        room->bytes[room->len++] = rest->data[i];
    }
    if (i >= rest->len) {
        return false;
    }
    cell->text = slice_make(room->bytes + from, room->len - from);
    *rest = slice_from(*rest, i + 1);
    return true;
}

/* The cells of a line; SIZE_MAX where one is wrong, which was told. Quoted ones borrow from `room`. */
static size_t split_cells(const struct list_reader *reader, struct slice line, struct quoted *room,
                          struct cell cells[CSV_COLUMNS_MAX])
{
    size_t count = 0;
    room->len = 0;
    uint8_t separator = reader->csv.separator;
    struct slice rest = line;
    for (bool more = true; more && count < CSV_COLUMNS_MAX; count++) {
        while (rest.len > 0 && list_is_blank(rest.data[0])) {
            rest = slice_from(rest, 1);
        }
        struct cell *cell = &cells[count];
        cell->at = rest.len > 0 ? rest.data : line.data + line.len;
        bool quoted = rest.len > 0 && rest.data[0] == '"';
        if (quoted && !take_quoted(&rest, room, cell)) {
            list_tell_mistake(reader, cell->at, "this quote has no other one on its line");
            return SIZE_MAX;
        }
        size_t end = slice_index(rest, separator);
        struct slice behind = slice_trim(slice_part(rest, 0, end));
        if (quoted && behind.len > 0) {
            list_tell_mistake(reader, behind.data, "expected a separator behind the quote");
            return SIZE_MAX;
        }
        cell->text = quoted ? cell->text : behind;
        more = end != SIZE_MAX;
        rest = more ? slice_from(rest, end + 1) : slice_make(NULL, 0);
    }
    return count;
}

static void read_head(struct list_reader *reader, struct slice line)
{
    struct csv_head *head = &reader->csv;
    struct cell cells[CSV_COLUMNS_MAX];
    struct quoted room;
    head->read = true;
    head->useless = true;
    head->separator = slice_index(line, ',') == SIZE_MAX && slice_index(line, ';') != SIZE_MAX ? ';' : ',';
    size_t count = split_cells(reader, line, &room, cells);
    head->count = count == SIZE_MAX ? 0 : count;
    for (size_t i = 0; i < head->count; i++) {
        for (size_t j = 0; j < ARRAY_COUNT(columns); j++) {
            if (slice_equal_nocase(cells[i].text, slice_text(columns[j].name))) {
                head->columns[i] = columns[j].column;
                head->useless = head->useless && columns[j].column > COLUMN_TEXT;
            }
        }
    }
    if (head->useless && count != SIZE_MAX) {
        list_tell_mistake(reader, line.data,
                          "expected a head line with a column name, domain, host, ip, address, prefix, hash, "
                          "sha256, md5, ja3 or ja4");
    }
}

/* ---- rows */

/* A date, or a date and time with its zone (RFC 3339), as seconds since 1970. */
static bool parse_date(struct slice text, int64_t *out)
{
    char copy[32];
    struct tm when = {0};
    if (text.len >= sizeof copy || slice_index(text, 0) != SIZE_MAX) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    const char *behind = strptime(copy, "%Y-%m-%d", &when);
    if (behind != NULL && *behind != '\0') {
        behind = *behind == 'T' || *behind == 't' || *behind == ' '
                     ? strptime(behind + 1, "%H:%M:%S%z", &when)
                     : NULL;
    }
    if (behind == NULL || *behind != '\0') {
        return false;
    }
    long offset = when.tm_gmtoff; /* timegm takes it for nothing */
    *out = (int64_t)timegm(&when) - offset;
    return true;
}

static bool parse_until(struct slice text, int64_t *out)
{
    uint64_t seconds;
    if (text_parse_u64(text, &seconds)) {
        *out = (int64_t)seconds;
        return seconds <= INT64_MAX;
    }
    return parse_date(text, out) && *out > 0;
}

/* What a cell says of the row's entries; false where it is wrong, which was told. */
static bool take_fact(const struct list_reader *reader, enum csv_column column, const struct cell *cell,
                      struct watch_entry *entry)
{
    switch (column) {
    case COLUMN_NOTE:
        entry->note = cell->text;
        return true;
    case COLUMN_SOURCE:
        entry->source = cell->text;
        return true;
    case COLUMN_STATE:
        if (cell->text.len == 0 || watch_state_parse(cell->text, &entry->state)) {
            return true;
        }
        list_tell_mistake(reader, cell->at, "expected active, seized or official");
        return false;
    case COLUMN_UNTIL:
        if (cell->text.len == 0 || parse_until(cell->text, &entry->until)) {
            return true;
        }
        list_tell_mistake(reader, cell->at,
                          "expected seconds since 1970, 2026-12-31 or 2026-12-31T20:00:00Z");
        return false;
    default:
        return true;
    }
}

typedef void (*tell_key_fn)(const struct list_reader *reader, const uint8_t *at, struct slice text,
                            const struct watch_entry *entry);

/* Rows may be shorter than the head: what is missing is empty. */
static void read_row(struct list_reader *reader, const struct cell *cells, size_t count)
{
    static const tell_key_fn tell[] = {
        [COLUMN_HOST] = list_tell_host, [COLUMN_HASH] = list_tell_hash, [COLUMN_TEXT] = list_tell_text};
    const struct csv_head *head = &reader->csv;
    struct watch_entry entry = {0};
    bool good = true;
    count = count < head->count ? count : head->count;
    for (size_t i = 0; i < count; i++) {
        good = take_fact(reader, head->columns[i], &cells[i], &entry) && good;
    }
    bool keyed = false;
    for (size_t i = 0; good && i < count; i++) {
        bool key = head->columns[i] != COLUMN_IGNORED && head->columns[i] <= COLUMN_TEXT;
        if (key && cells[i].text.len > 0) {
            keyed = true;
            tell[head->columns[i]](reader, cells[i].at, cells[i].text, &entry);
        }
    }
    if (good && !keyed) {
        list_tell_mistake(reader, reader->line_at, "this row has no name, address or hash");
    }
}

void list_read_csv(struct list_reader *reader, struct slice line)
{
    struct slice text = slice_trim(line);
    if (text.len == 0 || text.data[0] == '#') {
        return;
    }
    if (!reader->csv.read) {
        read_head(reader, line);
        return;
    }
    if (reader->csv.useless) {
        return;
    }
    struct cell cells[CSV_COLUMNS_MAX];
    struct quoted room;
    size_t count = split_cells(reader, line, &room, cells);
    if (count != SIZE_MAX) {
        read_row(reader, cells, count);
    }
}
