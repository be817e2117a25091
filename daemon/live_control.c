/* Live: what the control socket is asked, and where it stands. */
#include "daemon/live_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static const char installed_state[] = "/var/lib/vigie";

enum { MISTAKES_TOLD = 100, FOLDER_MODE = 0750 };

static char *print_json(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(object);
    if (text == NULL) {
        abort();
    }
    return text;
}

static void put_text(json_t *object, const char *key, const char *text)
{
    json_t *value = json_string(text);
    json_object_set_new(object, key, value != NULL ? value : json_string("?")); /* a path that is no UTF-8 */
}

static void put_number(json_t *object, const char *key, uint64_t number)
{
    json_object_set_new(object, key, json_integer((json_int_t)number));
}

/* ---- status */

static json_t *health_of(const struct live *live)
{
    json_t *health = json_object();
    for (size_t row = 0; row < HEALTH_ROW_COUNT; row++) {
        put_text(health, health_row_name((enum health_row)row), health_grade_name(live->grades[row]));
    }
    return health;
}

static char *make_status(void *context)
{
    struct live *live = context;
    const struct run *run = live->run;
    const struct counter_cell *cells[] = {run->control_cells};
    const struct metrics_source control = {&control_counters, cells, 1};
    json_t *status = json_object();
    json_object_set_new(status, "ok", json_true());
    put_text(status, "sensor", run->producer.sensor);
    put_text(status, "version", run->producer.version);
    put_number(status, "pid", (uint64_t)getpid());
    put_number(status, "workers", run->worker_count);
    put_number(status, "rules", rule_set_count(run->rules->set));
    put_text(status, "rules_digest", rule_set_digest(run->rules->set));
    json_object_set_new(status, "reloading", json_boolean(live->reload != NULL));
    json_object_set_new(status, "health", health_of(live));
    json_t *counters = stats_counters(&live->stats);
    stats_add_source(counters, &control);
    json_object_set_new(status, "counters", counters);
    return print_json(status);
}

/* ---- reload */

static uint64_t ask_reload(void *context)
{
    return live_reload_ask(context);
}

static json_t *rules_of(const struct live *live, const struct reloaded *made, size_t before)
{
    json_t *rules = json_object();
    bool refused = !made->good || made->rules_refused;
    put_text(rules, "outcome", refused ? "refused" : "taken");
    put_number(rules, "before", before);
    put_number(rules, "now", rule_set_count(live->run->rules->set));
    return rules;
}

/* `*refused` becomes true where one was. */
static json_t *lists_of(const struct live *live, bool *refused)
{
    json_t *lists = json_array();
    size_t count = 0;
    const struct list_change *changes = list_store_changes(live->run->lists, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *list = json_object();
        put_text(list, "name", changes[i].name);
        put_text(list, "outcome", list_outcome_name(changes[i].outcome));
        put_number(list, "before", changes[i].before);
        put_number(list, "now", changes[i].now);
        json_array_append_new(lists, list);
        *refused = *refused || changes[i].outcome != LIST_TAKEN;
    }
    return lists;
}

static void put_mistakes(json_t *answer, const struct diagnostics *diagnostics)
{
    json_t *mistakes = json_array();
    size_t told = diagnostics->count < MISTAKES_TOLD ? diagnostics->count : MISTAKES_TOLD;
    for (size_t i = 0; i < told; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        json_t *mistake = json_object();
        put_text(mistake, "file", item->file);
        if (item->line > 0) {
            put_number(mistake, "line", item->line);
            put_number(mistake, "column", item->column);
        }
        put_text(mistake, "text", item->text);
        json_array_append_new(mistakes, mistake);
    }
    json_object_set_new(answer, "mistakes", mistakes);
    put_number(answer, "mistakes_omitted", diagnostics->count - told + diagnostics->omitted);
}

void live_control_tell_reload(struct live *live, const struct reloaded *made, size_t rules_before,
                              const char *waiting)
{
    struct counter_cell *cells = live->run->control_cells;
    bool refused = made->mistakes.count > 0;
    json_t *answer = json_object();
    json_t *lists = lists_of(live, &refused);
    json_object_set_new(answer, "ok", json_boolean(!refused));
    put_text(answer, "configuration", made->good ? "taken" : "refused");
    if (waiting[0] != '\0') {
        put_text(answer, "restart_needed", waiting);
    }
    json_object_set_new(answer, "rules", rules_of(live, made, rules_before));
    json_object_set_new(answer, "lists", lists);
    put_mistakes(answer, &made->mistakes);
    counter_add(cells, CONTROL_RELOADS_REFUSED, refused);
    counter_add(cells, CONTROL_RULES_REFUSED, made->rules_refused);
    char *text = print_json(answer);
    control_socket_tell_reload(live->control, live->reloads, text);
    free(text);
}

/* ---- its place */

/* malloc'ed; NULL where there is no state folder. */
static char *own_place(const char *sensor)
{
    const char *state = getenv("STATE_DIRECTORY"); /* of systemd; the first of several */
    size_t len = state == NULL ? 0 : strcspn(state, ":");
    char *path = NULL;
    if (len == 0) {
        state = installed_state;
        len = strlen(state);
    }
    if (strchr(sensor, '/') != NULL || asprintf(&path, "%.*s/%s", (int)len, state, sensor) < 0) {
        return NULL;
    }
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST) {
        free(path);
        return NULL;
    }
    char *place = NULL;
    if (asprintf(&place, "%s/control", path) < 0) {
        abort();
    }
    free(path);
    return place;
}

/* A place of its own that cannot be had is no reason not to watch; one that was asked for is. */
bool live_control_start(struct live *live, struct failure *failure)
{
    const char *configured = live->run->settings.control.socket;
    if (live->run->line.check > 0 || strcmp(configured, "none") == 0) {
        return true;
    }
    const struct control_handlers handlers = {.context = live, .status = make_status, .reload = ask_reload};
    char *own = configured[0] == '\0' ? own_place(live->run->producer.sensor) : NULL;
    const char *path = configured[0] == '\0' ? own : configured;
    if (path != NULL) {
        live->control = control_socket_start(live->base, path, &handlers, live->run->control_cells, failure);
    }
    bool good = live->control != NULL || configured[0] == '\0';
    if (path != NULL && live->control == NULL && good) {
        log_warning("%s; there is no control socket", failure->text);
        *failure = (struct failure){0};
    }
    free(own);
    return good;
}

void live_control_stop(struct live *live)
{
    control_socket_stop(live->control);
    live->control = NULL;
}
