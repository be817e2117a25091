/*
 * What a packet costs, and what a flow takes, by how many flows there are at a time: a table of medians.
 *
 * usage: bench_flows [RUNS [FLOWS]...]
 *
 * All flows send and answer in turn, so that between two packets of a flow there is one of each of the
 * others: nothing is in a cache by chance, as it would be with real traffic. The packets are TCP over IPv4
 * with bytes that no parser of ours knows: after its first ones a flow is only followed. A million packets a
 * second, by their time stamps.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decode/decode.h"
#include "handover.h"
#include "pipeline.h"
#include "tests/bench/measure.h"

enum stage { STAGE_DECODE, STAGE_FLOW, STAGE_WHOLE, STAGE_COUNT };

enum {
    SIZES_MAX = 16,
    RUNS_DEFAULT = 3,
    RUNS_MAX = 25,
    PACKETS = 1 << 23,
    ROUNDS_FIRST = 4,
    SWEEP_BUDGET = 4096
};
static uint32_t sizes[SIZES_MAX] = {10000, 100000, 1000000, 2000000};
static size_t size_count = 4;

enum { ETHERNET = 14, IPV4 = 20, TCP = 20, PAYLOAD = 60, FRAME = ETHERNET + IPV4 + TCP + PAYLOAD };

struct result {
    double nanoseconds; /* a packet */
    double mebibytes;   /* the most that was resident */
};

enum { WINDOW = HANDOVER_FORESIGHT };

struct bench {
    struct flow_settings flow_settings;
    struct app_settings app_settings;
    struct flow_table *flows;
    struct pipeline *pipeline;
    uint64_t sent, taken;
    struct packet window[WINDOW];
    uint8_t frames[WINDOW][FRAME];
    struct counter_cell decode_cells[DECODE_COUNTERS_COUNT];
    struct counter_cell flow_cells[FLOW_COUNTERS_COUNT];
    struct counter_cell app_cells[APP_COUNTERS_COUNT];
    struct counter_cell rule_cells[RULE_COUNTERS_COUNT];
    struct counter_cell pipeline_cells[PIPELINE_COUNTERS_COUNT];
};

static void put(uint8_t *at, size_t bytes, uint32_t value)
{
    while (bytes-- > 0) {
        at[bytes] = (uint8_t)value;
        value >>= 8;
    }
}

/* The packet of this flow in this round: the client's in even ones, the server's answer in odd ones; a
 * handshake in the first two. */
static void write_frame(uint8_t frame[FRAME], uint32_t flow, uint32_t round)
{
    bool answer = round % 2 == 1;
    uint8_t *ip = frame + ETHERNET;
    uint8_t *tcp = ip + IPV4;
    uint32_t client = UINT32_C(10) << 24 | flow;
    uint32_t server = UINT32_C(198) << 24 | UINT32_C(18) << 16 | flow % 65521;
    put(frame + 12, 2, 0x0800);
    ip[0] = 0x45;
    put(ip + 4, 2, round);
    ip[9] = 6;
    put(ip + 12, 4, answer ? server : client);
    put(ip + 16, 4, answer ? client : server);
    put(tcp + (answer ? 2 : 0), 2, 1024 + flow % 60000);
    put(tcp + (answer ? 0 : 2), 2, 4433);
    uint32_t said = round < 2 ? 0 : 1 + (round - 2) / 2 * PAYLOAD; /* each side begins with 1 */
    uint32_t heard = round == 0 ? 0 : 1 + (round < 2 ? 0 : (round - 1) / 2 * PAYLOAD);
    put(ip + 2, 2, FRAME - ETHERNET - (round < 2 ? PAYLOAD : 0));
    put(tcp + 4, 4, said);
    put(tcp + 8, 4, heard);
    tcp[12] = TCP / 4 << 4;
    tcp[13] = (uint8_t)((round < 2 ? TCP_SYN : 0) | (round == 0 ? 0 : TCP_ACK));
}

/* The oldest packet in the window. */
static void take(struct bench *bench)
{
    const struct packet *packet = &bench->window[bench->taken++ % WINDOW];
    if (packet->time_us % TIME_SECOND == 0 && bench->flows != NULL) {
        flow_table_sweep(bench->flows, packet->time_us, SWEEP_BUDGET);
    } else if (packet->time_us % TIME_SECOND == 0 && bench->pipeline != NULL) {
        pipeline_take_tick(bench->pipeline, packet->time_us, packet->number);
    }
    unsigned side = 0;
    if (bench->flows != NULL) {
        (void)flow_table_take(bench->flows, packet, &side);
    } else if (bench->pipeline != NULL) {
        pipeline_take_packet(bench->pipeline, packet);
    }
}

/* A packet comes into the window, and the oldest goes on, as between reader and worker. */
static void send(struct bench *bench, uint32_t flow, uint32_t round)
{
    uint8_t *frame = bench->frames[bench->sent % WINDOW];
    struct packet *packet = &bench->window[bench->sent % WINDOW];
    write_frame(frame, flow, round);
    const struct raw_packet raw = {.link_type = 1,
                                   .time_us = 1000 * TIME_SECOND + (int64_t)bench->sent,
                                   .wire_len = FRAME,
                                   .bytes = slice_make(frame, FRAME)};
    if (decode_packet(&raw, packet, bench->decode_cells) != DECODE_PACKET) {
        abort();
    }
    packet->number = ++bench->sent;
    if (bench->flows != NULL) {
        flow_table_foresee(bench->flows, packet);
    } else if (bench->pipeline != NULL) {
        pipeline_foresee_packet(bench->pipeline, packet);
    }
    if (bench->sent >= WINDOW) {
        take(bench);
    }
}

/* Each flow's first packets, one flow after the other: they do not all begin at once. */
static void send_beginnings(struct bench *bench, uint32_t flows)
{
    for (uint32_t flow = 0; flow < flows; flow++) {
        for (uint32_t round = 0; round < ROUNDS_FIRST; round++) {
            send(bench, flow, round);
        }
    }
}

/* Each flow's next packet, then each flow's next one, until all have been sent. */
static void send_rounds(struct bench *bench, uint32_t flows)
{
    const uint64_t stride = 7368787; /* a prime that divides no size: neighbours in time are none in memory */
    for (uint64_t i = 0; i < PACKETS; i++) {
        send(bench, (uint32_t)(i * stride % flows), ROUNDS_FIRST + (uint32_t)(i / flows));
    }
}

static void no_record(void *context, const struct worker_record *record)
{
    (void)context;
    (void)record;
}

static void begin(struct bench *bench, enum stage stage, uint32_t flows)
{
    const struct hash_key key = {{1, 2}};
    option_set_defaults(&flow_options, &bench->flow_settings);
    option_set_defaults(&app_options, &bench->app_settings);
    /* Shards are filled unevenly: there is room for each. */
    bench->flow_settings.max_flows = flows + flows / 4;
    bench->flow_settings.ndpi_flows = NDPI_FLOWS_OFF;
    if (stage == STAGE_FLOW) {
        bench->flows = flow_table_create(&bench->flow_settings, &key, 0, 1, bench->flow_cells, NULL, NULL);
    } else if (stage == STAGE_WHOLE) {
        struct rule_settings rule_settings = {0};
        option_set_defaults(&rule_options, &rule_settings);
        const struct pipeline_settings settings = {.flow = &bench->flow_settings,
                                                   .app = &bench->app_settings,
                                                   .rule = &rule_settings,
                                                   .pass_over = true,
                                                   .table_key = key,
                                                   .event = {.sensor = "bench"}};
        const struct pipeline_cells cells = {.decode = bench->decode_cells,
                                             .flow = bench->flow_cells,
                                             .app = bench->app_cells,
                                             .rule = bench->rule_cells,
                                             .pipeline = bench->pipeline_cells};
        bench->pipeline = pipeline_create(&settings, NULL, 0, 1, &cells, no_record, NULL);
        option_free(&rule_options, &rule_settings);
    }
}

static struct result measure(enum stage stage, uint32_t flows)
{
    static struct bench bench;
    begin(&bench, stage, flows);
    for (size_t i = 0; i < WINDOW; i++) {
        memset(bench.frames[i] + FRAME - PAYLOAD, 0xa5, PAYLOAD);
    }
    send_beginnings(&bench, flows);
    int64_t before_us = measure_cpu_us();
    send_rounds(&bench, flows);
    int64_t took_us = measure_cpu_us() - before_us;
    if (stage != STAGE_DECODE && counter_get(bench.flow_cells, FLOW_CREATED) != flows) {
        (void)fprintf(stderr, "bench_flows: %llu flows in place of %u\n",
                      (unsigned long long)counter_get(bench.flow_cells, FLOW_CREATED), flows);
        exit(EXIT_STATUS_RUNTIME);
    }
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        abort();
    }
    return (struct result){.nanoseconds = (double)took_us * NANOSECONDS_PER_US / PACKETS,
                           .mebibytes = (double)usage.ru_maxrss / 1024};
}

/* In a process of its own, so that it finds no memory that another one left. */
static struct result measure_apart(enum stage stage, uint32_t flows)
{
    struct result result;
    int ends[2];
    if (pipe(ends) != 0) {
        abort();
    }
    pid_t child = fork();
    if (child == 0) {
        result = measure(stage, flows);
        _exit(write(ends[1], &result, sizeof result) == sizeof result ? EXIT_STATUS_GOOD
                                                                      : EXIT_STATUS_RUNTIME);
    }
    close(ends[1]);
    int status = 1;
    bool good = child > 0 && read(ends[0], &result, sizeof result) == sizeof result;
    close(ends[0]);
    if (child <= 0 || waitpid(child, &status, 0) != child || !good || status != 0) {
        exit(EXIT_STATUS_RUNTIME);
    }
    return result;
}

static int compare(const void *a, const void *b)
{
    double first = ((const struct result *)a)->nanoseconds;
    double second = ((const struct result *)b)->nanoseconds;
    return (first > second) - (first < second);
}

int main(int count, char **arguments)
{
    static struct result results[SIZES_MAX][STAGE_COUNT][RUNS_MAX];
    int runs = count > 1 ? atoi(arguments[1]) : RUNS_DEFAULT;
    for (int i = 2; i < count && i - 2 < SIZES_MAX; i++) {
        sizes[i - 2] = (uint32_t)atoi(arguments[i]);
        size_count = (size_t)i - 1;
    }
    runs = runs < 1 ? 1 : runs > RUNS_MAX ? RUNS_MAX : runs;
    for (int run = 0; run < runs; run++) {
        for (size_t size = 0; size < size_count; size++) {
            for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
                results[size][stage][run] = measure_apart(stage, sizes[size]);
            }
        }
    }
    (void)printf("| flows | decode ns | flow ns | ratio | flow MiB | whole ns | ratio | whole MiB |\n"
                 "|---|---|---|---|---|---|---|---|\n");
    struct result before[STAGE_COUNT] = {{0}};
    for (size_t size = 0; size < size_count; size++) {
        struct result middle[STAGE_COUNT];
        for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
            qsort(results[size][stage], (size_t)runs, sizeof(struct result), compare);
            middle[stage] = results[size][stage][runs / 2];
            before[stage] = size == 0 ? middle[stage] : before[stage];
        }
        (void)printf("| %u | %.0f | %.0f | %.2f | %.0f | %.0f | %.2f | %.0f |\n", sizes[size],
                     middle[STAGE_DECODE].nanoseconds, middle[STAGE_FLOW].nanoseconds,
                     middle[STAGE_FLOW].nanoseconds / before[STAGE_FLOW].nanoseconds,
                     middle[STAGE_FLOW].mebibytes, middle[STAGE_WHOLE].nanoseconds,
                     middle[STAGE_WHOLE].nanoseconds / before[STAGE_WHOLE].nanoseconds,
                     middle[STAGE_WHOLE].mebibytes);
        memcpy(before, middle, sizeof before);
    }
    return EXIT_STATUS_GOOD;
}
