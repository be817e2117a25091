/* The sums of --dump-config: every table and buffer that traffic fills, at its cap. */
#include "memory.h"

#include "flow/classifier.h"
#include "flow/mirror.h"
#include "handover.h"
#include "worker.h"

/* No detection is written with more (design, section 5). */
enum { LINE_MAX_BYTES = 16 * 1024 };

struct share {
    const char *what;
    const char *by; /* the options that bound it */
    uint64_t bytes;
};

void memory_print(const struct settings *settings, FILE *out)
{
    const struct flow_settings *flow = &settings->flow;
    uint64_t workers = settings->control.workers;
    bool labels = flow->ndpi_flows != NDPI_FLOWS_OFF;
    const struct share shares[] = {
        {"flows that are followed", "flow.max", flow_memory_followed(flow)},
        {"what inspected flows have besides", "flow.max", flow_memory_inspected(flow)},
        {"segments out of order", "stream.memory", flow->stream_memory},
        {"what nDPI keeps of flows", "flow.max, ndpi.flows",
         labels ? flow->max_flows * classifier_flow_memory() : 0},
        {"messages and answers that are read", "app.memory", settings->app.memory},
        {"fragments", "decode.fragment_memory, workers", workers * settings->decode.fragment_memory},
        {"packets seen a moment ago", "workers", workers * mirror_memory()},
        {"packets between workers", "workers", workers * (workers - 1) * handover_memory()},
        {"records for the main thread", "workers", workers * WORKER_RECORDS * sizeof(struct worker_record)},
        {"services, addresses, names, cases", "verdict.max_*", verdict_memory_most(&settings->verdict)},
        {"detections waiting for Redis", "redis.queue",
         settings->sink.redis_queue * (sizeof(struct detection) + LINE_MAX_BYTES)},
    };
    uint64_t sum = 0;
    fprintf(out, "\n# memory: the most that this configuration allows, in MiB\n");
    for (size_t i = 0; i < ARRAY_COUNT(shares); i++) {
        sum += shares[i].bytes;
        fprintf(out, "# %8.1f  %s (%s)\n", (double)shares[i].bytes / (1 << 20), shares[i].what, shares[i].by);
    }
    fprintf(out, "# %8.1f  in all, beside rules, lists and what is loaded with them\n",
            (double)sum / (1 << 20));
    fprintf(out, "# %8.1f  for each interface and worker, in the kernel (capture.ring)\n",
            (double)settings->capture.ring_bytes / (1 << 20));
}
