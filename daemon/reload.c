#include "reload.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

struct reload {
    const struct run *run;
    uint64_t generation;
    int done_fd;
    pthread_t thread;
    struct reloaded *made;
};

static void tell_mistakes(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        if (item->line == 0) {
            log_error("%s: %s", item->file, item->text);
        } else {
            log_error("%s:%u:%u: %s", item->file, item->line, item->column, item->text);
        }
    }
    if (diagnostics->omitted > 0) {
        log_error("and %zu more mistakes", diagnostics->omitted);
    }
}

static void load_all(const struct reload *reload, struct reloaded *made)
{
    const struct run *run = reload->run;
    struct diagnostics rules = {0};
    run_read_settings(run, &made->settings, &made->mistakes);
    made->good = made->mistakes.count == 0;
    const struct list_settings lists = rule_list_settings(&made->settings.rule);
    list_store_begin(run->lists, &lists, &rules);
    made->rules = run_reload_rules(run, &made->settings, reload->generation, &rules);
    made->rules_refused = rules.count > 0;
    guards_load(&made->guards, run->lists, &rules);
    rules_snapshot_prepare(made->rules, run->workers, run->worker_count);
    made->rules->order = watch_list_hold(made->guards.order);
    diagnostics_move(&made->mistakes, &rules);
    diagnostics_move(&made->mistakes, list_store_mistakes(run->lists));
}

static void *load(void *context)
{
    struct reload *reload = context;
    load_all(reload, reload->made);
    tell_mistakes(&reload->made->mistakes);
    uint64_t one = 1;
    ssize_t written = write(reload->done_fd, &one, sizeof one);
    (void)written; /* an eventfd that is full is readable too */
    return NULL;
}

struct reload *reload_start(const struct run *run, uint64_t generation, int done_fd)
{
    struct reload *reload = calloc(1, sizeof *reload);
    struct reloaded *made = calloc(1, sizeof *made);
    if (reload == NULL || made == NULL) {
        abort();
    }
    *reload = (struct reload){.run = run, .generation = generation, .done_fd = done_fd, .made = made};
    if (pthread_create(&reload->thread, NULL, load, reload) != 0) {
        abort();
    }
    return reload;
}

struct reloaded *reload_finish(struct reload *reload)
{
    pthread_join(reload->thread, NULL);
    struct reloaded *made = reload->made;
    free(reload);
    return made;
}

void reloaded_free(struct reloaded *reloaded, unsigned workers)
{
    struct config_section sections[SETTINGS_SECTIONS];
    settings_sections(&reloaded->settings, sections);
    config_free(sections, SETTINGS_SECTIONS);
    rules_snapshot_free(reloaded->rules, workers);
    guards_free(&reloaded->guards);
    diagnostics_free(&reloaded->mistakes);
    free(reloaded);
}
