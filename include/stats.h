/* What a run has counted: the sources of /metrics, and the `stats` event made of them. */
#pragma once

#include <jansson.h>

#include "control/metrics.h"
#include "run.h"

/* One source for each stage, in the order of settings_counters; the pointers live as long as `stats`. */
struct stats {
    struct metrics_source sources[SETTINGS_SOURCES];
    const struct counter_cell *cells[SETTINGS_SOURCES][FLOW_SHARDS + 1];
};

/* `reader` are the cells of replay's reader, or NULL when live. */
void stats_gather(struct stats *stats, const struct run *run, const struct worker_cells *reader);

/* All counters: an object of objects, stage and name; the caller's. */
json_t *stats_counters(const struct stats *stats);
/* Adds a stage's to it. */
void stats_add_source(json_t *stages, const struct metrics_source *source);

/* The stats event: one JSON line without newline; malloc'ed, the caller frees. */
char *stats_json(const struct run *run, const struct stats *stats, int64_t time_us);

/* Indices into sources, for those who look at single counters. */
enum stats_stage {
    STATS_CAPTURE,
    STATS_DECODE,
    STATS_FLOW,
    STATS_APP,
    STATS_RULE,
    STATS_WORKER,
    STATS_PIPELINE,
    STATS_LISTS,
    STATS_VERDICT,
    STATS_SINK,
};
