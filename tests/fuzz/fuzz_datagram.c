/*
 * app: any datagrams of a UDP flow, in both directions. Nothing is read beyond one, nothing of it is kept,
 * and what a flow held is given back at its end. The first two bytes of each piece say its length and side.
 */
#include "app/app.h"
#include "base/clock.h"
#include "tests/fuzz/splitter.h"

static void take_event(void *context, const struct app_event *event)
{
    size_t *events = context;
    (*events)++;
    if (event->type == APP_TS && event->stream->packets == 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LENGTH_UNIT = 8 };
    static const struct hash_key key = {{1, 2}};
    struct app_settings settings = {0};
    struct counter_cell counters[APP_COUNTERS_COUNT] = {0};
    struct flow flow = {.transport = TRANSPORT_UDP};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    size_t events = 0;
    option_set_defaults(&app_options, &settings);
    struct inspector *inspector = inspector_create(&settings, &key, counters, take_event, &events);
    struct slice rest = slice_make(data, size);
    int64_t now_us = 1000 * TIME_SECOND;
    while (rest.len > 2) {
        unsigned side = rest.data[1] & 1;
        size_t len = (size_t)rest.data[0] * LENGTH_UNIT + (rest.data[1] >> 1 & 7) + 1;
        void *block;
        struct slice datagram = splitter_copy(slice_part(rest, 2, len), &block);
        flow_count_packet(&flow, side, datagram.len);
        now_us += rest.data[1] * 4000;
        (void)inspector_datagram(inspector, &flow, side, datagram, now_us);
        free(block);
        rest = slice_from(rest, 2 + datagram.len);
    }
    inspector_flow_end(inspector, &flow, now_us);
    if (flow_inspection(&flow) != NULL || inspector_memory(inspector, flow.shard) != 0) {
        abort();
    }
    inspector_free(inspector);
    option_free(&app_options, &settings);
    return 0;
}
