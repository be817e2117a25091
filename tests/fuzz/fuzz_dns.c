/*
 * app/dns: any message in a block of exactly its size, and any datagrams and streams of a flow on port 53.
 * What is read keeps its bounds; what a flow held is given back at its end; every answer that counts was
 * asked for. The first two bytes of each piece say its length, side and transport's doing.
 */
#include "app/app.h"
#include "base/clock.h"
#include "tests/fuzz/splitter.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_name(const struct dns_name *name)
{
    require(name->len <= DNS_NAME_MAX && (!name->host || name->len > 0));
}

static void check_message(const struct dns_message *message, size_t size)
{
    require(message->answer_count <= DNS_ANSWERS_MAX && message->answers_end <= size);
    require(message->error_count <= DNS_ERRORS_MAX && (message->error_count == 0 || !message->cut));
    check_name(&message->name);
    for (uint32_t i = 0; i < message->answer_count; i++) {
        const struct dns_answer *answer = &message->answers[i];
        check_name(&answer->owner);
        if (answer->understood && (answer->type == DNS_HTTPS || answer->type == DNS_SVCB)) {
            struct slice rest = answer->service.alpn;
            struct slice protocol;
            size_t bytes = 0;
            while (dns_alpn_next(&rest, &protocol)) {
                bytes += 1 + protocol.len;
            }
            require(bytes == answer->service.alpn.len);
            check_name(&answer->target);
        }
    }
}

struct listener {
    uint64_t asked;
};

static void take_event(void *context, const struct app_event *event)
{
    struct listener *listener = context;
    if (event->type != APP_DNS) {
        return;
    }
    const struct dns_exchange *exchange = event->dns;
    require(exchange->asked || exchange->answer != NULL);
    require(exchange->name.len <= DNS_NAME_MAX);
    listener->asked += exchange->asked;
    if (exchange->answer != NULL) {
        check_message(exchange->answer, UINT16_MAX);
    }
}

static void run_flow(struct slice rest, enum transport transport)
{
    enum { LENGTH_UNIT = 4 };
    static const struct hash_key key = {{1, 2}};
    struct app_settings settings = {0};
    struct counter_cell counters[APP_COUNTERS_COUNT] = {0};
    struct flow flow = {.transport = transport, .syn_seen = true};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    struct listener listener = {0};
    flow.ends[0].port = 40000;
    flow.ends[1].port = DNS_PORT;
    option_set_defaults(&app_options, &settings);
    settings.dns_waiting = 4;
    struct inspector *inspector = inspector_create(&settings, &key, counters, take_event, &listener);
    int64_t now_us = 1000 * TIME_SECOND;
    while (rest.len > 2) {
        unsigned side = rest.data[1] & 1;
        size_t len = (size_t)rest.data[0] * LENGTH_UNIT + (rest.data[1] >> 1 & 3) + 1;
        void *block;
        struct slice piece = splitter_copy(slice_part(rest, 2, len), &block);
        flow_count_packet(&flow, side, piece.len);
        now_us += (rest.data[1] >> 3) * TIME_SECOND / 16;
        if (transport == TRANSPORT_UDP) {
            (void)inspector_datagram(inspector, &flow, side, piece, now_us);
        } else if (rest.data[1] == UINT8_MAX) {
            (void)inspector_gap(inspector, &flow, side, len, now_us);
        } else {
            (void)inspector_data(inspector, &flow, side, piece, now_us);
        }
        inspector_tick(inspector, flow.shard, now_us);
        free(block);
        rest = slice_from(rest, 2 + piece.len);
    }
    inspector_flow_end(inspector, &flow, now_us);
    require(flow_inspection(&flow) == NULL && inspector_memory(inspector, flow.shard) == 0);
    if (flow.protocol == APP_PROTOCOL_DNS) {
        require(listener.asked == counter_get(counters, APP_DNS_QUESTIONS));
    }
    inspector_free(inspector);
    option_free(&app_options, &settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *block;
    struct dns_message message;
    struct slice bytes = splitter_copy(slice_make(data, size), &block);
    if (dns_message_parse(bytes, &message)) {
        check_message(&message, size);
    }
    struct address address;
    (void)dns_reverse_address(bytes, &address);
    free(block);
    run_flow(slice_make(data, size), TRANSPORT_UDP);
    run_flow(slice_make(data, size), TRANSPORT_TCP);
    return 0;
}
