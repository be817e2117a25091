/*
 * The daemon's stages switched on one after another, in one thread and without the main thread's part.
 *
 * usage: bench_stages STAGE FILE [RULES_FOLDER [MORE_FOLDER]]
 *
 *     decode   capture and decode
 *     flow     and the flow table
 *     stream   and TCP byte order, to a receiver that wants everything and reads nothing
 *     app      and the parsers, to a receiver that reads no event
 *     rules    the whole pipeline without nDPI
 *     whole    the whole pipeline, nDPI on what no parser of ours knows (the default)
 *     all      the whole pipeline, nDPI on every flow
 *
 * rules, whole and all load RULES_FOLDER (default: rules), and rules and lists of MORE_FOLDER beside them.
 */
#include <string.h>

#include "decode/decode.h"
#include "flow/stream.h"
#include "pipeline.h"
#include "tests/bench/measure.h"

enum { SWEEP_BUDGET = 4096 }; /* the pipeline's */

struct bench {
    struct flow_settings flow_settings;
    struct app_settings app_settings;
    struct flow_table *flows;
    struct inspector *inspector;
    struct pipeline *pipeline;
    struct rule_set *rules;
    struct rule_scratch *scratch;
    uint64_t packets;
    uint64_t records;
    int64_t now_us;
    int64_t second;
    struct counter_cell capture_cells[CAPTURE_COUNTERS_COUNT];
    struct counter_cell decode_cells[DECODE_COUNTERS_COUNT];
    struct counter_cell flow_cells[FLOW_COUNTERS_COUNT];
    struct counter_cell app_cells[APP_COUNTERS_COUNT];
    struct counter_cell rule_cells[RULE_COUNTERS_COUNT];
    struct counter_cell pipeline_cells[PIPELINE_COUNTERS_COUNT];
};

struct stage {
    const char *name;
    bool streams;
    bool parses;
    bool matches; /* the pipeline as it is */
    enum ndpi_flows ndpi_flows;
    bool tracks;
};

static const struct stage stages[] = {
    {.name = "decode"},
    {.name = "flow", .tracks = true},
    {.name = "stream", .tracks = true, .streams = true},
    {.name = "app", .tracks = true, .streams = true, .parses = true},
    {.name = "rules", .matches = true, .ndpi_flows = NDPI_FLOWS_OFF},
    {.name = "whole", .matches = true, .ndpi_flows = NDPI_FLOWS_UNKNOWN},
    {.name = "all", .matches = true, .ndpi_flows = NDPI_FLOWS_ALL},
};

/* The receivers of the stages below the pipeline. */

static bool receive_data(void *context, struct flow *flow, unsigned side, struct slice bytes)
{
    struct bench *bench = context;
    return bench->inspector == NULL ||
           inspector_data(bench->inspector, flow, side, bytes, bench->now_us) == INSPECTION_MORE;
}

static bool receive_gap(void *context, struct flow *flow, unsigned side, uint64_t missing)
{
    struct bench *bench = context;
    return bench->inspector == NULL ||
           inspector_gap(bench->inspector, flow, side, missing, bench->now_us) == INSPECTION_MORE;
}

static void receive_end(void *context, struct flow *flow, unsigned side)
{
    struct bench *bench = context;
    if (bench->inspector != NULL) {
        inspector_end(bench->inspector, flow, side, bench->now_us);
    }
}

static const struct stream_receiver receiver = {.data = receive_data, .gap = receive_gap, .end = receive_end};

static void flow_ended(void *context, struct flow *flow)
{
    struct bench *bench = context;
    if (flow->transport == TRANSPORT_TCP) {
        stream_finish(bench->flows, flow, &receiver, bench);
    }
    if (bench->inspector != NULL) {
        inspector_flow_end(bench->inspector, flow, flow->last_us);
    }
}

static void receive_event(void *context, const struct app_event *event)
{
    struct bench *bench = context;
    bench->records += event->type != APP_ENTRY;
}

static void receive_record(void *context, const struct worker_record *record)
{
    struct bench *bench = context;
    bench->records += record->type == RECORD_HIT || record->type == RECORD_FACT;
}

/* Packets into the stages, by what is switched on. */

static bool begins_second(struct bench *bench, const struct raw_packet *raw)
{
    bench->packets++;
    bench->now_us = raw->time_us;
    if (raw->time_us / TIME_SECOND <= bench->second) {
        return false;
    }
    bench->second = raw->time_us / TIME_SECOND;
    return true;
}

static bool decode(struct bench *bench, const struct raw_packet *raw, struct packet *packet)
{
    bool good = decode_packet(raw, packet, bench->decode_cells) == DECODE_PACKET;
    packet->number = bench->packets;
    return good;
}

static void take_decode(void *context, const struct raw_packet *raw)
{
    struct bench *bench = context;
    struct packet packet;
    (void)begins_second(bench, raw);
    (void)decode(bench, raw, &packet);
}

static struct flow *track(struct bench *bench, const struct raw_packet *raw, struct packet *packet,
                          unsigned *side)
{
    if (begins_second(bench, raw)) {
        flow_table_sweep(bench->flows, raw->time_us, SWEEP_BUDGET);
    }
    return decode(bench, raw, packet) ? flow_table_take(bench->flows, packet, side) : NULL;
}

static void take_flow(void *context, const struct raw_packet *raw)
{
    struct packet packet;
    unsigned side = 0;
    (void)track(context, raw, &packet, &side);
}

static void take_stream(void *context, const struct raw_packet *raw)
{
    struct bench *bench = context;
    struct packet packet;
    unsigned side = 0;
    struct flow *flow = track(bench, raw, &packet, &side);
    if (flow != NULL && packet.transport == TRANSPORT_TCP) {
        stream_take(bench->flows, flow, &packet, side, &receiver, bench);
    }
}

static void take_whole(void *context, const struct raw_packet *raw)
{
    struct bench *bench = context;
    struct packet packet;
    if (begins_second(bench, raw)) {
        pipeline_take_tick(bench->pipeline, raw->time_us, bench->packets);
    }
    if (decode(bench, raw, &packet)) {
        pipeline_take_packet(bench->pipeline, &packet);
    }
}

/* Making and ending the stages. */

static uint16_t protocol_id(void *context, const char *name)
{
    return classifier_protocol_id(context, name);
}

static bool load_rules(struct bench *bench, const char *folder, const char *more, struct classifier *names,
                       bool parsed_ndpi)
{
    struct rule_settings settings = {0};
    option_set_defaults(&rule_options, &settings);
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/*.rules", folder);
    text_list_free(&settings.files);
    text_list_add(&settings.files, path);
    (void)snprintf(path, sizeof path, "%s/datasets", folder);
    text_list_free(&settings.lists);
    text_list_add(&settings.lists, path);
    if (more != NULL) {
        (void)snprintf(path, sizeof path, "%s/*.rules", more);
        text_list_add(&settings.files, path);
        text_list_add(&settings.lists, more);
    }
    struct diagnostics diagnostics = {0};
    /* Eagerly, so that no compilation stands in the measured time. */
    bench->rules = rule_set_load(&settings, NULL, names == NULL ? NULL : protocol_id, names, parsed_ndpi,
                                 true, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_free(&diagnostics);
    option_free(&rule_options, &settings);
    return bench->rules != NULL;
}

static bool make_pipeline(struct bench *bench, const struct stage *stage, const char *folder,
                          const char *more)
{
    struct failure failure = {0};
    struct classifier *classifier = NULL;
    if (stage->ndpi_flows != NDPI_FLOWS_OFF) {
        classifier = classifier_create(&bench->flow_settings, bench->flow_cells, &failure);
        if (classifier == NULL) {
            (void)fprintf(stderr, "%s\n", failure.text);
            return false;
        }
    }
    if (!load_rules(bench, folder, more, classifier, stage->ndpi_flows == NDPI_FLOWS_ALL)) {
        classifier_free(classifier);
        return false;
    }
    bench->flow_settings.ndpi_flows = (int)stage->ndpi_flows;
    struct rule_settings rule_settings = {0};
    option_set_defaults(&rule_options, &rule_settings);
    const struct pipeline_settings settings = {
        .pass_over = true, /* capture.cutoff: worker, the default */
        .flow = &bench->flow_settings,
        .app = &bench->app_settings,
        .rule = &rule_settings,
        .table_key = {{1, 2}},
        .event = {.sensor = "bench", .privacy = {.client_key = {{3, 4}}}},
    };
    const struct pipeline_cells cells = {.decode = bench->decode_cells,
                                         .flow = bench->flow_cells,
                                         .app = bench->app_cells,
                                         .rule = bench->rule_cells,
                                         .pipeline = bench->pipeline_cells};
    bench->pipeline = pipeline_create(&settings, classifier, 0, 1, &cells, receive_record, bench);
    option_free(&rule_options, &rule_settings);
    bench->scratch = rule_scratch_create(bench->rules, bench->rule_cells);
    pipeline_set_rules(bench->pipeline, bench->rules, bench->scratch);
    return true;
}

static void make_lower_stages(struct bench *bench, const struct stage *stage)
{
    const struct hash_key key = {{1, 2}};
    if (stage->tracks) {
        bench->flows = flow_table_create(&bench->flow_settings, &key, 0, 1, bench->flow_cells,
                                         stage->streams ? flow_ended : NULL, bench);
    }
    if (stage->parses) {
        bench->inspector =
            inspector_create(&bench->app_settings, &key, bench->app_cells, receive_event, bench);
    }
}

static capture_packet_fn take_of(const struct stage *stage)
{
    if (stage->matches) {
        return take_whole;
    }
    return stage->streams ? take_stream : stage->tracks ? take_flow : take_decode;
}

/* Not inline: the profile counts it, too, for flows end here. */
__attribute__((noipa)) static void end_stages(struct bench *bench)
{
    if (bench->pipeline != NULL) {
        pipeline_take_file_end(bench->pipeline, bench->now_us, bench->packets + 1);
    }
    pipeline_free(bench->pipeline);
    flow_table_free(bench->flows);
    inspector_free(bench->inspector);
}

/* What was made before the first packet, and so is no part of what is measured. */
static void free_rules(struct bench *bench)
{
    rule_scratch_free(bench->scratch);
    rule_set_free(bench->rules);
    option_free(&flow_options, &bench->flow_settings);
    option_free(&app_options, &bench->app_settings);
}

static const struct stage *find_stage(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(stages); i++) {
        if (strcmp(stages[i].name, name) == 0) {
            return &stages[i];
        }
    }
    return NULL;
}

int main(int count, char **arguments)
{
    static struct bench bench;
    const struct stage *stage = count >= 3 && count <= 5 ? find_stage(arguments[1]) : NULL;
    if (stage == NULL) {
        (void)fprintf(stderr, "usage: bench_stages STAGE FILE [RULES_FOLDER [MORE_FOLDER]]\n");
        return EXIT_STATUS_USAGE;
    }
    option_set_defaults(&flow_options, &bench.flow_settings);
    option_set_defaults(&app_options, &bench.app_settings);
    make_lower_stages(&bench, stage);
    if (stage->matches &&
        !make_pipeline(&bench, stage, count > 3 ? arguments[3] : "rules", count > 4 ? arguments[4] : NULL)) {
        return EXIT_STATUS_CONFIG;
    }
    struct capture *capture = measure_open(arguments[2], bench.capture_cells);
    int64_t begun_us = measure_cpu_us();
    measure_read(capture, take_of(stage), &bench);
    end_stages(&bench);
    measure_print(stage->name, begun_us, bench.packets);
    (void)printf("flows=%llu requests=%llu records=%llu\n",
                 (unsigned long long)counter_get(bench.flow_cells, FLOW_CREATED),
                 (unsigned long long)counter_get(bench.app_cells, APP_HTTP_REQUESTS),
                 (unsigned long long)bench.records);
    free_rules(&bench);
    return EXIT_STATUS_GOOD;
}
