/* vigied: finds the servers of illegal IPTV services in mirrored traffic. main() is the table of contents. */
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "control/privileges.h"
#include "run.h"

static void print_versions(void)
{
    printf("vigied %s (nDPI %s)\n", VIGIE_VERSION, classifier_version());
}

static void print_docs(struct run *run)
{
    struct diagnostics diagnostics = {0};
    config_read(run->sections, SETTINGS_SECTIONS, NULL, NULL, 0, &diagnostics);
    config_print_docs(run->sections, SETTINGS_SECTIONS, settings_counters, SETTINGS_COUNTERS, stdout);
    diagnostics_free(&diagnostics);
}

static enum exit_status run_line(struct run *run)
{
    if (run->line.help) {
        command_line_print_help(stdout);
        return EXIT_STATUS_GOOD;
    }
    if (run->line.version) {
        print_versions();
        return EXIT_STATUS_GOOD;
    }
    if (run->line.print_docs) {
        print_docs(run);
        return EXIT_STATUS_GOOD;
    }
    enum exit_status status = run_configure(run);
    if (status != EXIT_STATUS_GOOD || run->line.dump_config) {
        return status;
    }
    if (run->line.test) {
        printf("good: %zu rules\n", rule_set_count(run->rules->set));
        return EXIT_STATUS_GOOD;
    }
    return run->replay ? replay_run(run) : live_run(run);
}

int main(int argc, char **argv)
{
    privileges_forbid_cores();
    static struct run run;
    struct failure failure = {0};
    settings_sections(&run.settings, run.sections);
    if (!command_line_read(&run.line, argc, argv, &failure)) {
        log_error("vigied: %s", failure.text);
        command_line_free(&run.line);
        return (int)failure.status;
    }
    run.replay = run.line.interfaces.count == 0;
    run.events = run.line.events;
    enum exit_status status = run_line(&run);
    run_free(&run);
    if (fflush(stdout) != 0 && status == EXIT_STATUS_GOOD) {
        status = EXIT_STATUS_RUNTIME;
    }
    return (int)status;
}
