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

/* So many changes are told one by one; of more every sensor reads the list anew. */
enum { TELL_EACH_MOST = 200 };

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
    char *value; /* owned; NULL in a file */
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

struct import {
    struct rows *file;
    const struct redis_list_value *value;
    bool says_more; /* the entries bear what the command line says; else those that are there stay as they are
                     */
    struct rows gone; /* what stands in Redis and not in the file */
    uint64_t before;
};

static bool says_the_same(const struct redis_list_value *a, const struct redis_list_value *b)
{
    return a->until == b->until && a->state == b->state && strcmp(a->why, b->why) == 0 &&
           strcmp(a->source, b->source) == 0;
}

static void compare_with_redis(void *context, const char *entry, struct slice text)
{
    struct import *import = context;
    const struct row wanted = {.entry = (char *)entry};
    struct row *row = import->file->count == 0 ? NULL
                                               : bsearch(&wanted, import->file->items, import->file->count,
                                                         sizeof import->file->items[0], compare_rows);
    if (row == NULL) {
        add_row(&import->gone, entry, NULL);
        return;
    }
    struct redis_list_value value;
    redis_list_value_read(text, &value);
    row->there = true;
    row->kept = !import->says_more || says_the_same(&value, import->value);
}

static bool read_rows(FILE *file, const char *name, enum redis_list list, struct rows *rows,
                      struct diagnostics *diagnostics)
{
    char *line = NULL;
    size_t room = 0;
    for (unsigned number = 1; getline(&line, &room, file) >= 0; number++) {
        struct slice rest = slice_make(line, strcspn(line, "\r\n"));
        struct slice text = slice_trim(slice_split(&rest, '#'));
        struct watch_entry entry = {0};
        struct watch_key_room key;
        char printed[WATCH_TEXT_SIZE];
        const char *wrong = "";
        if (text.len == 0) {
            continue;
        }
        if (redis_list_entry_parse(list, text, &entry, &key, &wrong)) {
            add_row(rows, watch_entry_print(&entry, printed), NULL);
        } else {
            diagnostics_add(diagnostics, name, number, (unsigned)(text.data - (uint8_t *)line) + 1, "%s",
                            wrong);
        }
    }
    bool good = ferror(file) == 0;
    free(line);
    return good;
}

static enum exit_status read_file(const char *path, enum redis_list list, struct rows *rows)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    struct diagnostics diagnostics = {0};
    bool good = file != NULL && read_rows(file, path, list, rows, &diagnostics);
    if (!good) {
        ctl_complain("vigiectl: %s: %s", path, strerror(errno));
    }
    if (file != NULL && !standard) {
        fclose(file);
    }
    bool mistakes = diagnostics.count > 0;
    diagnostics_print(&diagnostics, stderr);
    diagnostics_free(&diagnostics);
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
    if (after >= before || (before - after) * 100 <= before * ctl->max_shrink) {
        return true;
    }
    ctl_complain("vigiectl: %s: refused: %" PRIu64 " entries would become %" PRIu64 ", more than %" PRIu64
                 " %% less (redis.lists_max_shrink); --force does it nevertheless",
                 redis_list_name(list), before, after, ctl->max_shrink);
    return false;
}

static bool write_import(struct ctl *ctl, enum redis_list list, struct import *import,
                         enum list_telling telling)
{
    struct list_changes changes = list_changes_begin(ctl, list, telling);
    for (size_t i = 0; i < import->file->count; i++) {
        if (!import->file->items[i].kept) {
            list_changes_add(&changes, import->file->items[i].entry, import->value);
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
    if (status == EXIT_STATUS_GOOD) {
        sort_rows(&rows);
        bool says_more = options->why != NULL || options->source != NULL || options->until != NULL ||
                         options->state != NULL;
        struct import import = {.file = &rows, .value = value, .says_more = says_more};
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

static void print_csv(const char *entry, const struct redis_list_value *value)
{
    char at[REDIS_LIST_TIME_SIZE] = "";
    char until[REDIS_LIST_TIME_SIZE] = "";
    struct buf line = buf_make(4096);
    buf_append_text(&line, entry);
    add_field(&line, value->by);
    add_field(&line, value->at == 0 ? "" : redis_list_time_print(value->at, at));
    add_field(&line, value->why);
    add_field(&line, value->source);
    add_field(&line, value->until == 0 ? "" : redis_list_time_print(value->until, until));
    add_field(&line, watch_state_name(value->state));
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
        ctl_print("entry,by,at,why,source,until,state");
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
