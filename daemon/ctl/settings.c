/* Where Redis is, from the command line and the daemon's own configuration file. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_priv.h"

static const char installed_config[] = "/etc/vigie/vigie.yaml";

/* False where there are mistakes; they were printed. */
static bool read_all(struct settings *settings, const struct config_section *sections,
                     const struct ctl_arguments *arguments)
{
    const char *path = arguments->config;
    if (path == NULL && arguments->redis == NULL) {
        path = installed_config;
    }
    struct diagnostics diagnostics = {0};
    bool good = config_read(sections, SETTINGS_SECTIONS, path, NULL, 0, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_free(&diagnostics);
    if (good && arguments->redis != NULL) {
        free(settings->sink.redis_url);
        settings->sink.redis_url = strdup(arguments->redis);
        good = settings->sink.redis_url != NULL;
    }
    return good;
}

static bool take_settings(struct ctl *ctl, const struct sink_settings *sink, struct failure *failure)
{
    if (sink->redis_url[0] == '\0') {
        return failure_set(failure, EXIT_STATUS_CONFIG, "no Redis: give --redis URL or set redis.url");
    }
    if (!sink_settings_check(sink, failure) || !sink_settings_target(sink, &ctl->target, failure)) {
        return false;
    }
    ctl->prefix = strdup(sink->redis_prefix);
    ctl->keep = sink->redis_keep;
    return ctl->prefix != NULL;
}

bool ctl_read_settings(struct ctl *ctl, const struct ctl_arguments *arguments, enum exit_status *status)
{
    struct settings settings = {0};
    struct config_section sections[SETTINGS_SECTIONS];
    settings_sections(&settings, sections);
    struct failure failure = {.status = EXIT_STATUS_CONFIG};
    bool good = read_all(&settings, sections, arguments) && take_settings(ctl, &settings.sink, &failure);
    ctl->max_shrink = settings.rule.max_list_shrink;
    if (!good && failure.text[0] != '\0') {
        ctl_complain("vigiectl: %s", failure.text);
    }
    *status = good ? EXIT_STATUS_GOOD : failure.status;
    config_free(sections, SETTINGS_SECTIONS);
    return good;
}

void ctl_free(struct ctl *ctl)
{
    ctl_disconnect(ctl);
    redis_target_free(&ctl->target);
    free(ctl->prefix);
}

bool ctl_read_socket(const struct ctl_arguments *arguments, char **path, enum exit_status *status)
{
    struct settings settings = {0};
    struct config_section sections[SETTINGS_SECTIONS];
    settings_sections(&settings, sections);
    const char *config = arguments->config;
    if (config == NULL && access(installed_config, F_OK) == 0) {
        config = installed_config;
    }
    struct diagnostics diagnostics = {0};
    bool good = config_read(sections, SETTINGS_SECTIONS, config, NULL, 0, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_free(&diagnostics);
    *path = NULL;
    if (good && strcmp(settings.control.socket, "none") == 0) {
        ctl_complain("vigiectl: control.socket is none: this daemon has no control socket");
        good = false;
    } else if (good && settings.control.socket[0] != '\0') {
        *path = strdup(settings.control.socket);
        good = *path != NULL;
    }
    *status = good ? EXIT_STATUS_GOOD : EXIT_STATUS_CONFIG;
    config_free(sections, SETTINGS_SECTIONS);
    return good;
}
