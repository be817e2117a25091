/* Reload while running: a loader thread makes the next generation of rules and settings, this file puts it in
 * the place of the present one. Two generations exist at most. */
#include "daemon/live_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "control/notify.h"

static void free_retired(struct live *live)
{
    if (live->retired == NULL) {
        return;
    }
    for (unsigned i = 0; i < live->run->worker_count; i++) {
        uint64_t used = atomic_load_explicit(&live->run->workers[i].rules_generation, memory_order_acquire);
        if (used <= live->retired->generation) {
            return;
        }
    }
    rules_snapshot_free(live->retired, live->run->worker_count);
    live->retired = NULL;
}

static void start(struct live *live)
{
    if (live->reload != NULL || live->retired != NULL) {
        live->reload_again = true; /* two generations at most */
        return;
    }
    live->reload_again = false;
    live->reloads++;
    counter_add(live->run->control_cells, CONTROL_RELOADS, 1);
    notify_reloading();
    live->reload = reload_start(live->run, ++live->generation, live->loaded_fd);
}

uint64_t live_reload_ask(struct live *live)
{
    if (live->run->sink != NULL) {
        sink_thread_reopen(live->run->sink);
    }
    start(live);
    return live->reload_again ? live->reloads + 1 : live->reloads;
}

/* Takes up what of the configuration may change while running; the rest is told as needing a restart, and
 * handed out: malloc'ed, "" where there is none. */
static char *take_settings(struct live *live, struct reloaded *made)
{
    struct run *run = live->run;
    struct config_section read[SETTINGS_SECTIONS];
    settings_sections(&made->settings, read);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        abort();
    }
    size_t restart = config_print_restart_needed(run->sections, read, SETTINGS_SECTIONS, out);
    fclose(out);
    for (size_t i = 0; i < size; i++) {
        text[i] = text[i] == '\n' ? (i + 1 < size ? ' ' : '\0') : text[i];
    }
    if (restart > 0) {
        log_warning("reload: these wait for a restart: %s", text);
    }
    /* Swapped in place: the verdict borrows from where they stand, and what was goes with `made`. */
    struct verdict_settings old_verdict = run->settings.verdict;
    struct rule_settings old_rule = run->settings.rule;
    struct guards old_guards = run->guards;
    run->settings.verdict = made->settings.verdict;
    run->settings.rule = made->settings.rule;
    run->guards = made->guards;
    made->settings.verdict = old_verdict;
    made->settings.rule = old_rule;
    made->guards = old_guards;
    run->settings.control.stats_interval = made->settings.control.stats_interval;
    run->settings.control.drain = made->settings.control.drain;
    run->settings.control.log_level = made->settings.control.log_level;
    struct verdict_guards guards = guards_view(&run->guards, &run->settings.flow.home);
    verdict_set_settings(run->verdict, &run->settings.verdict, &guards);
    log_set_level((enum log_level)made->settings.control.log_level + run->line.verbose);
    return text;
}

static void tell_taken(const struct reloaded *made, size_t rules, bool compiled)
{
    if (made->rules_refused) {
        log_error(
            "reload: the rules are refused for their mistakes: the %zu that were there stay; lists anew",
            rules);
    } else {
        log_info("reload: %zu rules in force%s", rules, compiled ? "" : ", as they were; lists anew");
    }
}

void live_reload_finish(struct live *live)
{
    struct reloaded *made = reload_finish(live->reload);
    live->reload = NULL;
    size_t rules_before = rule_set_count(live->run->rules->set);
    char *waiting = NULL;
    list_store_end(live->run->lists, made->good);
    if (made->good) {
        waiting = take_settings(live, made);
        bool compiled = made->rules->lists == NULL;
        live->retired = live->run->rules;
        live->run->rules = made->rules;
        if (!compiled) { /* the lists that were in force go with the generation that used them */
            rule_lists_swap(made->rules->lists);
            live->retired->lists = made->rules->lists;
            made->rules->lists = NULL;
        }
        made->rules = NULL;
        for (unsigned i = 0; i < live->run->worker_count; i++) {
            atomic_store_explicit(&live->run->workers[i].rules, live->run->rules, memory_order_release);
        }
        if (live->run->sink != NULL) {
            sink_thread_set_rules(live->run->sink, rule_set_digest(live->run->rules->set));
        }
        tell_taken(made, rule_set_count(live->run->rules->set), compiled);
    } else {
        log_error("reload: refused; what was in force stays so");
    }
    live_control_tell_reload(live, made, rules_before, waiting == NULL ? "" : waiting);
    free(waiting);
    reloaded_free(made, live->run->worker_count);
    notify_ready();
}

void live_reload_upkeep(struct live *live)
{
    free_retired(live);
    if (live->reload_again) {
        start(live);
    }
}

void live_reload_end(struct live *live)
{
    if (live->reload != NULL) {
        reloaded_free(reload_finish(live->reload), live->run->worker_count);
    }
    rules_snapshot_free(live->retired, live->run->worker_count);
}
