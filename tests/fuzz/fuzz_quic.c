/*
 * app/quic: any datagrams of a flow, and any frames of an Initial packet whose protection was removed. The
 * first byte of the input chooses. Nothing is read beyond a datagram, nothing of it is kept, and what a flow
 * held is given back at its end.
 */
#include "app/app.h"
#include "base/clock.h"
#include "daemon/app/quic_priv.h"
#include "tests/fuzz/splitter.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void take_event(void *context, const struct app_event *event)
{
    size_t *events = context;
    if (event->type == APP_QUIC) {
        (*events)++;
        require(event->quic->client != NULL && event->quic->version != 0);
    }
}

/* The assembled hello does not depend on what came twice behind it. */
static void run_frames(struct slice bytes, bool google)
{
    struct quic_assembly assembly = {.cap = 4096};
    void *block;
    struct slice rest = splitter_copy(bytes, &block);
    uint64_t offset;
    struct slice data;
    while (quic_crypto_next(&rest, google, &offset, &data)) {
        size_t ready = assembly.ready;
        uint8_t first = ready > 0 ? assembly.bytes[0] : 0;
        if (!quic_assembly_add(&assembly, offset, data)) {
            require(offset > assembly.cap || data.len > assembly.cap - offset);
            break;
        }
        require(assembly.ready >= ready && assembly.ready <= assembly.room);
        require(ready == 0 || assembly.bytes[0] == first);
    }
    free(block);
    struct slice body;
    if (quic_assembly_hello(&assembly, &body) == QUIC_HELLO_WHOLE) {
        struct tls_client_hello hello;
        (void)tls_client_hello_parse(body, true, TLS_FOR_FINGERPRINTS, &hello);
    }
    quic_assembly_free(&assembly);
}

static void run_flow(struct slice rest)
{
    enum { LENGTH_UNIT = 8 };
    static const struct hash_key key = {{1, 2}};
    struct app_settings settings = {0};
    struct counter_cell counters[APP_COUNTERS_COUNT] = {0};
    struct flow flow = {.transport = TRANSPORT_UDP};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    size_t events = 0;
    flow.ends[0].port = 40000;
    flow.ends[1].port = 443;
    option_set_defaults(&app_options, &settings);
    struct inspector *inspector = inspector_create(&settings, &key, counters, take_event, &events);
    int64_t now_us = 1000 * TIME_SECOND;
    while (rest.len > 2) {
        unsigned side = rest.data[1] & 1;
        size_t len = (size_t)rest.data[0] * LENGTH_UNIT + (rest.data[1] >> 1 & 7) + 1;
        void *block;
        struct slice datagram = splitter_copy(slice_part(rest, 2, len), &block);
        flow_count_packet(&flow, side, datagram.len);
        now_us += (rest.data[1] >> 4) * TIME_SECOND / 8;
        (void)inspector_datagram(inspector, &flow, side, datagram, now_us);
        inspector_tick(inspector, flow.shard, now_us);
        free(block);
        rest = slice_from(rest, 2 + datagram.len);
    }
    inspector_flow_end(inspector, &flow, now_us);
    require(flow_inspection(&flow) == NULL && inspector_memory(inspector, flow.shard) == 0);
    require(events == counter_get(counters, APP_QUIC_HELLOS));
    inspector_free(inspector);
    option_free(&app_options, &settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    if (size > 0 && (data[0] & 1) != 0) {
        run_frames(slice_from(input, 1), (data[0] & 2) != 0);
    } else {
        run_flow(slice_from(input, 1));
    }
    return 0;
}
