/* vigiectl list import and export: whole lists at once. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diagnostics.h"
#include "list_priv.h"
#include "rule/list_reader.h"
#include "sink/list_follow.h"

/* So many changes are told one by one; of more every sensor reads the list anew. */
enum { TELL_EACH_MOST = 200, FILE_PART = 65536, LINE_MAX_BYTES = 4096 };

/* ---- all entries of a list */

bool list_each(struct ctl *ctl, enum redis_list list, list_visit_fn visit, void *context)
{
    char *key = ctl_key(ctl, ":list:", redis_list_name(list), NULL);
    char cursor[24] = "0";
    bool good = true;
    do {
        redisReply *reply = CTL_ASK(ctl, "HSCAN", key, cursor, "COUNT", "1000");
        good = !ctl_is_trouble(ctl, reply) && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
        if (good) {
            const redisReply *flat = reply->element[1];
            for (size_t i = 0; i + 1 < flat->elements; i += 2) {
                visit(context, ctl_text(flat->element[i]),
                      slice_make(flat->element[i + 1]->str, flat->element[i + 1]->len));
            }
            snprintf(cursor, sizeof cursor, "%s", ctl_text(reply->element[0]));
        }
        if (reply != NULL) {
            freeReplyObject(reply);
        }
    } while (good && strcmp(cursor, "0") != 0 && ctl_stop == 0);
    free(key);
    return good && ctl_stop == 0;
}

/* An entry of a file or of Redis. */
struct row {
    char *entry; /* owned */
    char *value; /* owned; JSON; NULL in a file that says nothing beside the entry */
    bool kept;   /* of a file: stands there already and says the same */
    bool there;  /* stands there already */
};

struct rows {
    struct row *items; /* owned */
    size_t count;
    size_t room;
};

static void add_row(struct rows *rows, const char *entry, const char *value)
{
    if (rows->count == rows->room) {
        rows->room = rows->room == 0 ? 1024 : rows->room * 2;
        rows->items = reallocarray(rows->items, rows->room, sizeof rows->items[0]);
    }
    char *copy = strdup(entry);
    char *value_copy = value == NULL ? NULL : strdup(value);
    if (rows->items == NULL || copy == NULL || (value != NULL && value_copy == NULL)) {
        abort();
    }
    rows->items[rows->count++] = (struct row){.entry = copy, .value = value_copy};
}

static int compare_rows(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->entry, ((const struct row *)b)->entry);
}

static void free_row(struct row *row)
{
    free(row->entry);
    free(row->value);
}

/* In order, each entry once: HSCAN may tell one twice, and so may a file. */
static void sort_rows(struct rows *rows)
{
    size_t kept = 0;
    if (rows->count > 0) {
        qsort(rows->items, rows->count, sizeof rows->items[0], compare_rows);
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (kept > 0 && compare_rows(&rows->items[kept - 1], &rows->items[i]) == 0) {
            free_row(&rows->items[i]);
        } else {
            rows->items[kept++] = rows->items[i];
        }
    }
    rows->count = kept;
}

static void free_rows(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free_row(&rows->items[i]);
    }
    free(rows->items);
}

/* ---- import */

static struct row *find_row(const struct rows *rows, const char *entry)
{
    const struct row wanted = {.entry = (char *)entry};
    return rows->count == 0 ? NULL
                            : bsearch(&wanted, rows->items, rows->count, sizeof rows->items[0], compare_rows);
}

struct import {
    struct rows *file;
    const struct redis_list_value *value; /* of the command line */
    struct rows gone;                     /* what stands in Redis and not in the file */
    uint64_t before;
};

/* What stands beside an entry: what the command line says, and of the rest what the file says. */
static void value_of(const struct import *import, const struct row *row, struct redis_list_value *value)
{
    struct redis_list_value own = {.state = WATCH_ACTIVE};
    if (row->value != NULL) {
        redis_list_value_read(slice_text(row->value), &own);
    }
    *value = *import->value;
    if (value->why[0] == '\0') {
        memcpy(value->why, own.why, sizeof value->why);
    }
    if (value->source[0] == '\0') {
        memcpy(value->source, own.source, sizeof value->source);
    }
    value->until = value->until == 0 ? own.until : value->until;
    value->state = value->state == WATCH_ACTIVE ? own.state : value->state;
}

/* Where neither file nor command line says anything, an entry that is there stays as it is. */
static bool says_the_same(const struct redis_list_value *wanted, const struct redis_list_value *known)
{
    bool nothing = wanted->until == 0 && wanted->state == WATCH_ACTIVE && wanted->why[0] == '\0' &&
                   wanted->source[0] == '\0';
    return nothing || (wanted->until == known->until && wanted->state == known->state &&
                       strcmp(wanted->why, known->why) == 0 && strcmp(wanted->source, known->source) == 0);
}

static void compare_with_redis(void *context, const char *entry, struct slice text)
{
    struct import *import = context;
    struct row *row = find_row(import->file, entry);
    if (row == NULL) {
        add_row(&import->gone, entry, NULL);
        return;
    }
    struct redis_list_value known;
    struct redis_list_value value;
    redis_list_value_read(text, &known);
    value_of(import, row, &value);
    row->there = true;
    row->kept = says_the_same(&value, &known);
}

/* What reads a file into rows. */
struct reading {
    const char *name;
    enum redis_list list;
    struct rows *rows;
    struct diagnostics diagnostics;
};

static void take_entry(void *context, const struct watch_entry *entry)
{
    struct reading *reading = context;
    char text[WATCH_TEXT_SIZE];
    const char *wrong = "";
    watch_entry_print(entry, text);
    if (!redis_list_entry_check(reading->list, entry, &wrong)) {
        diagnostics_add(&reading->diagnostics, reading->name, 0, 0, "%s: %s", text, wrong);
        return;
    }
    struct redis_list_value value = {.until = entry->until, .state = entry->state};
    snprintf(value.why, sizeof value.why, "%.*s", (int)entry->note.len, (const char *)entry->note.data);
    snprintf(value.source, sizeof value.source, "%.*s", (int)entry->source.len,
             (const char *)entry->source.data);
    bool says =
        value.until != 0 || value.state != WATCH_ACTIVE || value.why[0] != '\0' || value.source[0] != '\0';
    char *json = says ? redis_list_value_print(&value) : NULL;
    add_row(reading->rows, text, json);
    free(json);
}

static void take_mistake(void *context, unsigned line, unsigned column, const char *text)
{
    struct reading *reading = context;
    diagnostics_add(&reading->diagnostics, reading->name, line, column, "%s", text);
}

/* Lines, CSV, RPZ or hosts, whatever the first line looks like. */
static bool read_rows(FILE *file, struct reading *reading)
{
    const struct list_receiver receiver = {.entry = take_entry, .mistake = take_mistake, .context = reading};
    struct list_reader *reader =
        list_reader_create(WATCH_FORMAT_ANY, LIST_USE_ANY, redis_list_suffixes(reading->list), &receiver);
    static char bytes[FILE_PART];
    size_t got;
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) {
        list_reader_feed(reader, slice_make(bytes, got));
    }
    list_reader_finish(reader);
    return ferror(file) == 0;
}

static enum exit_status read_file(const char *path, enum redis_list list, struct rows *rows)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    struct reading reading = {.name = path, .list = list, .rows = rows};
    bool good = file != NULL && read_rows(file, &reading);
    if (!good) {
        ctl_complain("vigiectl: %s: %s", path, strerror(errno));
    }
    if (file != NULL && !standard) {
        fclose(file);
    }
    bool mistakes = reading.diagnostics.count > 0;
    diagnostics_print(&reading.diagnostics, stderr);
    diagnostics_free(&reading.diagnostics);
    return !good ? EXIT_STATUS_NO_INPUT : mistakes ? EXIT_STATUS_NO_CAPTURE : EXIT_STATUS_GOOD;
}

static void count_rows(const struct rows *rows, uint64_t *fresh, uint64_t *written)
{
    for (size_t i = 0; i < rows->count; i++) {
        *fresh += !rows->items[i].there;
        *written += !rows->items[i].kept;
    }
}

/* False where the list would become too short, which was printed. */
static bool may_shrink(const struct ctl *ctl, enum redis_list list, uint64_t before, uint64_t after)
{
    const struct list_limits limits = {.max_shrink = ctl->max_shrink};
    if (list_may_shrink(&limits, before, after)) {
        return true;
    }
    ctl_complain("vigiectl: %s: refused: %" PRIu64 " entries would become %" PRIu64 ", more than %" PRIu64
                 " %% less (lists.max_shrink); --force does it nevertheless",
                 redis_list_name(list), before, after, ctl->max_shrink);
    return false;
}

static bool write_import(struct ctl *ctl, enum redis_list list, struct import *import,
                         enum list_telling telling)
{
    struct list_changes changes = list_changes_begin(ctl, list, telling);
    for (size_t i = 0; i < import->file->count; i++) {
        const struct row *row = &import->file->items[i];
        if (!row->kept) {
            struct redis_list_value value;
            value_of(import, row, &value);
            list_changes_add(&changes, row->entry, &value);
        }
    }
    for (size_t i = 0; i < import->gone.count; i++) {
        list_changes_add(&changes, import->gone.items[i].entry, NULL);
    }
    if (!list_changes_end(&changes)) {
        return false;
    }
    uint64_t before = import->before;
    ctl_print("%s: %" PRIu64 " added, %" PRIu64 " changed, %" PRIu64 " removed; %" PRIu64 " before, %" PRIu64
              " now",
              redis_list_name(list), changes.added, changes.changed, changes.removed, before,
              before + changes.added - changes.removed);
    return true;
}

static enum exit_status import_rows(struct ctl *ctl, enum redis_list list, struct import *import,
                                    const struct list_options *options)
{
    if (!list_each(ctl, list, compare_with_redis, import)) {
        return EXIT_STATUS_UNAVAILABLE;
    }
    sort_rows(&import->gone);
    uint64_t fresh = 0;
    uint64_t written = 0;
    count_rows(import->file, &fresh, &written);
    uint64_t there = import->file->count - fresh;
    import->before = there + import->gone.count;
    if (!options->replace) {
        free_rows(&import->gone);
        import->gone = (struct rows){0};
    } else if (!options->force && !may_shrink(ctl, list, import->before, import->file->count)) {
        return EXIT_STATUS_RUNTIME;
    }
    bool many = written + import->gone.count > TELL_EACH_MOST;
    enum list_telling telling = options->force ? LIST_TELL_FORCED : many ? LIST_TELL_MANY : LIST_TELL_EACH;
    return write_import(ctl, list, import, telling) ? EXIT_STATUS_GOOD : EXIT_STATUS_UNAVAILABLE;
}

enum exit_status list_import(struct ctl *ctl, enum redis_list list, const char *path,
                             const struct list_options *options, const struct redis_list_value *value)
{
    struct rows rows = {0};
    enum exit_status status = read_file(path, list, &rows);
    sort_rows(&rows);
    if (status == EXIT_STATUS_GOOD) {
        struct import import = {.file = &rows, .value = value};
        status = import_rows(ctl, list, &import, options);
        free_rows(&import.gone);
    }
    free_rows(&rows);
    return status;
}

/* ---- export */

static void collect(void *context, const char *entry, struct slice value)
{
    char *text = strndup(value.len == 0 ? "" : (const char *)value.data, value.len);
    if (text == NULL) {
        abort();
    }
    add_row(context, entry, text);
    free(text);
}

static void add_field(struct buf *line, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    buf_append_text(line, quoted ? ","
                                   "\""
                                 : ",");
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            buf_append_byte(line, '"');
        }
        buf_append_byte(line, (uint8_t)*text);
    }
    buf_append_text(line, quoted ? "\"" : "");
}

/* As import and the lists in files read it back. */
static const char csv_head[] = "name,prefix,note,source,state,until,by,at";

static void print_csv(const char *entry, const struct redis_list_value *value)
{
    char at[REDIS_LIST_TIME_SIZE] = "";
    char until[REDIS_LIST_TIME_SIZE] = "";
    struct prefix prefix;
    struct buf line = buf_make(LINE_MAX_BYTES);
    bool name = !prefix_parse(entry, &prefix);
    buf_append_text(&line, name ? entry : "");
    add_field(&line, name ? "" : entry);
    add_field(&line, value->why);
    add_field(&line, value->source);
    add_field(&line, watch_state_name(value->state));
    add_field(&line, value->until == 0 ? "" : redis_list_time_print(value->until, until));
    add_field(&line, value->by);
    add_field(&line, value->at == 0 ? "" : redis_list_time_print(value->at, at));
    ctl_print("%.*s", (int)line.len, (const char *)line.data);
    buf_free(&line);
}

/* The value's own JSON with the entry before it. */
static void print_json(const char *entry, const struct redis_list_value *value, bool over)
{
    char *json = redis_list_value_print(value);
    json_t *text = json_string(entry); /* NULL where somebody wrote an entry by hand that is no text */
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    ctl_print("{\"entry\":%s,%s%s", quoted == NULL ? "\"\"" : quoted, over ? "\"expired\":true," : "",
              json + 1);
    free(quoted);
    json_decref(text);
    free(json);
}

enum exit_status list_export(struct ctl *ctl, enum redis_list list, const char *format)
{
    struct rows rows = {0};
    int64_t now = list_now(ctl);
    bool good = now >= 0 && list_each(ctl, list, collect, &rows);
    sort_rows(&rows);
    if (good && format != NULL && strcmp(format, "csv") == 0) {
        ctl_print("%s", csv_head);
    }
    for (size_t i = 0; good && i < rows.count; i++) {
        const struct row *row = &rows.items[i];
        struct redis_list_value value;
        redis_list_value_read(slice_text(row->value), &value);
        bool over = list_value_is_over(&value, now);
        if (format == NULL) {
            if (!over) { /* its time would be lost with the rest of what stands beside it */
                ctl_print("%s", row->entry);
            }
        } else if (strcmp(format, "csv") == 0) {
            print_csv(row->entry, &value);
        } else {
            print_json(row->entry, &value, over);
        }
    }
    free_rows(&rows);
    return good ? EXIT_STATUS_GOOD : EXIT_STATUS_UNAVAILABLE;
}
