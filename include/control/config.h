/*
 * Configuration: YAML text over the stages' option tables. The tables are handed in by vigied.c, which
 * alone knows all stages; this file knows none.
 */
#pragma once

#include <stdio.h>

#include "base/counter.h"
#include "base/diagnostics.h"
#include "base/option.h"

struct config_section {
    const struct option_table *table;
    void *settings; /* zeroed or valid; config_read fills it */
};

/*
 * Sets every option to its default, reads `path` over it (NULL: no file), then `overrides` ("KEY=VALUE",
 * from --set). All mistakes go to `diagnostics` with file, line and column ("--set" as the file of the
 * overrides): unknown keys (with the nearest known one), wrong types and ranges, a key given twice, YAML
 * that does not parse, aliases and anchors (refused). Keys may be nested or dotted: `flow: {max: 10}` and
 * `flow.max: 10` are the same. False where there was a mistake; what was read stays usable for -T.
 */
bool config_read(const struct config_section *sections, size_t count, const char *path,
                 const char *const *overrides, size_t override_count, struct diagnostics *diagnostics);
void config_free(const struct config_section *sections, size_t count);

/* Every option with its value in force, as YAML that config_read reads back; secrets are *. */
void config_dump(const struct config_section *sections, size_t count, FILE *out);

/* Names of options without `reload` whose values differ, one line each, for the log at SIGHUP; returns how
 * many. Both arrays have the same tables in the same order. */
size_t config_print_restart_needed(const struct config_section *running, const struct config_section *read,
                                   size_t count, FILE *out);

/* CONFIG.md: every option (name, type, default, range, reload, help) by stage, then every counter. */
void config_print_docs(const struct config_section *sections, size_t count,
                       const struct counter_table *const *counters, size_t counter_count, FILE *out);
