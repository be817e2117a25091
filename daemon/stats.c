#include "stats.h"

#include <stdlib.h>

#include "base/clock.h"

const struct counter_table *const settings_counters[SETTINGS_COUNTERS] = {
    &capture_counters, &decode_counters, &flow_counters,     &app_counters,
    &rule_counters,    &worker_counters, &pipeline_counters, &lists_counters,
    &verdict_counters, &sink_counters,   &control_counters,
};

static void add_cells(struct stats *stats, enum stats_stage stage, const struct counter_cell *cells)
{
    struct metrics_source *source = &stats->sources[stage];
    stats->cells[stage][source->cells_count++] = cells;
}

static void add_worker(struct stats *stats, const struct worker_cells *cells)
{
    add_cells(stats, STATS_CAPTURE, cells->capture);
    add_cells(stats, STATS_DECODE, cells->decode);
    add_cells(stats, STATS_FLOW, cells->flow);
    add_cells(stats, STATS_APP, cells->app);
    add_cells(stats, STATS_RULE, cells->rule);
    add_cells(stats, STATS_WORKER, cells->worker);
    add_cells(stats, STATS_PIPELINE, cells->pipeline);
}

void stats_gather(struct stats *stats, const struct run *run, const struct worker_cells *reader)
{
    *stats = (struct stats){0};
    for (size_t i = 0; i < SETTINGS_SOURCES; i++) {
        stats->sources[i].table = settings_counters[i];
        stats->sources[i].cells = stats->cells[i];
    }
    for (unsigned i = 0; i < run->worker_count; i++) {
        add_worker(stats, &run->workers[i].cells);
    }
    if (reader != NULL) {
        add_worker(stats, reader);
    }
    add_cells(stats, STATS_LISTS, run->list_cells);
    add_cells(stats, STATS_VERDICT, run->verdict_cells);
    add_cells(stats, STATS_SINK, run->sink_cells);
}

void stats_add_source(json_t *stages, const struct metrics_source *source)
{
    json_t *counters = json_object();
    for (size_t row = 0; row < source->table->count; row++) {
        json_object_set_new(counters, source->table->rows[row].name,
                            json_integer((json_int_t)metrics_sum(source, row)));
    }
    json_object_set_new(stages, source->table->stage, counters);
}

json_t *stats_counters(const struct stats *stats)
{
    json_t *stages = json_object();
    for (size_t i = 0; i < SETTINGS_SOURCES; i++) {
        stats_add_source(stages, &stats->sources[i]);
    }
    return stages;
}

char *stats_json(const struct run *run, const struct stats *stats, int64_t time_us)
{
    char time_text[TIME_TEXT_SIZE];
    json_t *event = json_pack("{s:s,s:s,s:s}", "timestamp", time_print(time_us, time_text), "event_type",
                              "stats", "sensor", run->producer.sensor);
    json_object_set_new(event, "stats", stats_counters(stats));
    char *line = json_dumps(event, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(event);
    if (line == NULL) {
        abort();
    }
    return line;
}
