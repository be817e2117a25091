/*
 * nDPI on the first packets of every flow, over our own decode and flow stages, and nothing else: what the
 * daemon would cost if nDPI were its only parser.
 *
 * usage: bench_ndpi FILE
 */
#include "decode/decode.h"
#include "flow/classifier.h"
#include "tests/bench/measure.h"

struct bench {
    struct flow_table *flows;
    struct classifier *classifier;
    uint64_t packets;
    int64_t second;
    struct counter_cell capture_cells[CAPTURE_COUNTERS_COUNT];
    struct counter_cell decode_cells[DECODE_COUNTERS_COUNT];
    struct counter_cell flow_cells[FLOW_COUNTERS_COUNT];
};

enum { SWEEP_BUDGET = 4096 }; /* the pipeline's */

static void take(void *context, const struct raw_packet *raw)
{
    struct bench *bench = context;
    struct packet packet;
    bench->packets++;
    if (raw->time_us / TIME_SECOND > bench->second) {
        bench->second = raw->time_us / TIME_SECOND;
        flow_table_sweep(bench->flows, raw->time_us, SWEEP_BUDGET);
    }
    if (decode_packet(raw, &packet, bench->decode_cells) != DECODE_PACKET) {
        return;
    }
    packet.number = bench->packets;
    unsigned side = 0;
    struct flow *flow = flow_table_take(bench->flows, &packet, &side);
    if (flow != NULL && packet.payload.len > 0 && !flow->classified) {
        flow_table_attach(bench->flows, flow);
        (void)classifier_take(bench->classifier, flow, &packet, side);
        flow_table_settle(bench->flows, flow);
    }
}

static void flow_ended(void *context, struct flow *flow)
{
    (void)context;
    classifier_drop(flow);
}

int main(int count, char **arguments)
{
    static struct bench bench;
    struct flow_settings settings = {0};
    struct hash_key key = {{1, 2}};
    struct failure failure = {0};
    if (count != 2) {
        (void)fprintf(stderr, "usage: bench_ndpi FILE\n");
        return EXIT_STATUS_USAGE;
    }
    option_set_defaults(&flow_options, &settings);
    settings.ndpi_packets = 32; /* what nDPI itself takes at most, up to 4.2 */
    bench.classifier = classifier_create(&settings, bench.flow_cells, &failure);
    if (bench.classifier == NULL) {
        (void)fprintf(stderr, "%s\n", failure.text);
        return (int)failure.status;
    }
    bench.flows = flow_table_create(&settings, &key, 0, 1, bench.flow_cells, flow_ended, NULL);
    struct capture *capture = measure_open(arguments[1], bench.capture_cells);
    int64_t begun_us = measure_cpu_us();
    measure_read(capture, take, &bench);
    flow_table_free(bench.flows);
    measure_print("ndpi", begun_us, bench.packets);
    classifier_free(bench.classifier);
    option_free(&flow_options, &settings);
    return EXIT_STATUS_GOOD;
}
