/* vigiectl list: the operators' lists in Redis, which every sensor follows. */
#include <hiredis/hiredis.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/option.h"
#include "list_priv.h"

static enum exit_status usage(const char *what, const char *about)
{
    ctl_complain("vigiectl: list: %s%s; vigiectl -h tells more", what, about);
    return EXIT_STATUS_USAGE;
}

/* ---- what stands beside entries */

static void copy_text(char *out, size_t size, const char *text)
{
    struct buf clean = buf_make(size - 1);
    (void)text_append_clean(&clean, slice_text(text == NULL ? "" : text), size - 1);
    memcpy(out, clean.len == 0 ? (const void *)"" : clean.data, clean.len);
    out[clean.len] = '\0';
    buf_free(&clean);
}

/* Who is at the keyboard: behind sudo too. */
static const char *login_name(void)
{
    const char *sudo = getenv("SUDO_USER");
    if (sudo != NULL && sudo[0] != '\0') {
        return sudo;
    }
    const struct passwd *user = getpwuid(getuid());
    return user == NULL ? "unknown" : user->pw_name;
}

static bool read_until(const struct list_options *options, int64_t now, int64_t *until)
{
    static const struct option lasting = {.name = "for", .type = OPTION_DURATION, .min = 1};
    int64_t duration = 0;
    char error[OPTION_ERROR_SIZE];
    if (options->until == NULL) {
        return true;
    }
    if (options->lasting) {
        if (!option_set_text(&lasting, &duration, options->until, error)) {
            usage("--for: expected a duration like 12h or 30d, not ", options->until);
            return false;
        }
        *until = now + (duration + TIME_SECOND - 1) / TIME_SECOND;
        return true;
    }
    if (!redis_list_time_parse(slice_text(options->until), until) || *until <= now) {
        usage("--until: expected a time to come, like 2026-12-31 or 2026-12-31T20:00:00Z, not ",
              options->until);
        return false;
    }
    return true;
}

/* False where an option is wrong, which was printed. */
static bool read_value(const struct list_options *options, int64_t now, struct redis_list_value *value)
{
    *value = (struct redis_list_value){.at = now};
    if (options->state != NULL && !watch_state_parse(slice_text(options->state), &value->state)) {
        usage("--state: expected active, seized or official, not ", options->state);
        return false;
    }
    copy_text(value->by, sizeof value->by, options->by == NULL ? login_name() : options->by);
    copy_text(value->why, sizeof value->why, options->why);
    copy_text(value->source, sizeof value->source, options->source);
    return read_until(options, now, &value->until);
}

bool list_value_is_over(const struct redis_list_value *value, int64_t now)
{
    return value->until != 0 && value->until <= now;
}

int64_t list_now(struct ctl *ctl)
{
    redisReply *time = CTL_ASK(ctl, "TIME");
    int64_t now = -1;
    if (!ctl_is_trouble(ctl, time) && time->elements == 2) {
        now = strtoll(ctl_text(time->element[0]), NULL, 10);
    }
    if (time != NULL) {
        freeReplyObject(time);
    }
    return now;
}

/* ---- add, del */

/* The entries in the form in which Redis has them; false where one is none, which was printed. */
static bool normalise(enum redis_list list, const struct ctl_arguments *arguments,
                      char (*entries)[WATCH_TEXT_SIZE])
{
    bool good = true;
    for (size_t i = 2; i < arguments->word_count; i++) {
        struct watch_entry entry = {0};
        struct watch_key_room room;
        const char *wrong = "";
        if (redis_list_entry_parse(list, slice_text(arguments->words[i]), &entry, &room, &wrong)) {
            watch_entry_print(&entry, entries[i - 2]);
        } else {
            ctl_complain("vigiectl: %s: %s", arguments->words[i], wrong);
            good = false;
        }
    }
    return good;
}

/* `value` is NULL where they are to go. */
static enum exit_status change(struct ctl *ctl, enum redis_list list, const struct ctl_arguments *arguments,
                               const struct redis_list_value *value)
{
    size_t count = arguments->word_count - 2;
    char(*entries)[WATCH_TEXT_SIZE] = calloc(count, sizeof *entries);
    if (entries == NULL) {
        abort();
    }
    enum exit_status status = EXIT_STATUS_USAGE;
    if (normalise(list, arguments, entries)) {
        struct list_changes changes = list_changes_begin(ctl, list, LIST_TELL_EACH);
        for (size_t i = 0; i < count; i++) {
            list_changes_add(&changes, entries[i], value);
        }
        status = EXIT_STATUS_UNAVAILABLE;
        if (list_changes_end(&changes)) {
            list_changes_print(&changes);
            bool missing = value == NULL && changes.same > 0;
            status = missing ? EXIT_STATUS_RUNTIME : EXIT_STATUS_GOOD;
        }
    }
    free(entries);
    return status;
}

/* ---- all */

enum action { ACTION_ADD, ACTION_DEL, ACTION_IMPORT, ACTION_EXPORT, ACTION_LOOKUP, ACTION_COUNT };

struct action_row {
    const char *name;
    size_t least; /* words behind `list`, this one among them */
    size_t most;
    bool takes_value;
    const char *needs;
};

static const struct action_row actions[ACTION_COUNT] = {
    [ACTION_ADD] = {"add", 3, SIZE_MAX, true, "add needs a list and entries"},
    [ACTION_DEL] = {"del", 3, SIZE_MAX, false, "del needs a list and entries"},
    [ACTION_IMPORT] = {"import", 3, 3, true, "import needs a list and a file"},
    [ACTION_EXPORT] = {"export", 2, 2, false, "export needs a list"},
    [ACTION_LOOKUP] = {"lookup", 2, 2, false, "lookup needs a name or an address"},
};

/* ACTION_COUNT where the line is wrong, which was printed. */
static enum action find_action(const struct ctl_arguments *arguments)
{
    const struct list_options *options = &arguments->list;
    enum action action = ACTION_ADD;
    while (action < ACTION_COUNT && strcmp(actions[action].name, arguments->words[0]) != 0) {
        action++;
    }
    if (action == ACTION_COUNT) {
        usage("expected add, del, import, export or lookup, not ", arguments->words[0]);
        return ACTION_COUNT;
    }
    const struct action_row *row = &actions[action];
    if (arguments->word_count < row->least || arguments->word_count > row->most) {
        usage(row->needs, "");
        return ACTION_COUNT;
    }
    bool value = options->by != NULL || options->why != NULL || options->source != NULL ||
                 options->until != NULL || options->state != NULL;
    bool misplaced = (value && !row->takes_value) ||
                     ((options->replace || options->force) && action != ACTION_IMPORT) ||
                     (options->format != NULL && action != ACTION_EXPORT);
    if (misplaced) {
        usage(row->name, " does not take one of these options");
        return ACTION_COUNT;
    }
    return action;
}

enum exit_status ctl_list(struct ctl *ctl, const struct ctl_arguments *arguments)
{
    enum action action = find_action(arguments);
    enum redis_list list = REDIS_LIST_ALLOW;
    if (action == ACTION_COUNT) {
        return EXIT_STATUS_USAGE;
    }
    if (action == ACTION_LOOKUP) {
        return list_lookup(ctl, arguments->words[1]);
    }
    if (!redis_list_parse(slice_text(arguments->words[1]), &list)) {
        return usage("expected the list allow, official or order, not ", arguments->words[1]);
    }
    int64_t now = list_now(ctl);
    struct redis_list_value value;
    if (now < 0) {
        return EXIT_STATUS_UNAVAILABLE;
    }
    if (!read_value(&arguments->list, now, &value)) {
        return EXIT_STATUS_USAGE;
    }
    switch (action) {
    case ACTION_ADD:
        return change(ctl, list, arguments, &value);
    case ACTION_DEL:
        return change(ctl, list, arguments, NULL);
    case ACTION_IMPORT:
        return list_import(ctl, list, arguments->words[2], &arguments->list, &value);
    default:
        return list_export(ctl, list, arguments->list.format);
    }
}
