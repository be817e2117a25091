/*
 * Transport streams in datagrams: packets one behind another, as they are or as RTP's payload type 33
 * (RFC 3551, RFC 2250). Whoever sends is the server; of a multicast stream it is the group, because that is
 * what names it.
 */
#include <stdlib.h>

#include "app/mpegts.h"
#include "base/cur.h"
#include "daemon/app/app_priv.h"
#include "flow/flow_table.h"

enum { TS_SYNC_BYTE = 0x47, TS_PACKET = 188 };

struct stream_flow {
    struct inspector *inspector;
    struct flow *flow;
    struct mpegts_parser *parser;
};

/* What RTP carries, where this is RTP of that payload type; else the datagram itself. */
static struct slice undo_rtp(struct slice datagram)
{
    enum {
        VERSION_BITS = 0xc0,
        VERSION = 0x80,
        EXTENDED = 0x10,
        SOURCES = 0x0f,
        TYPE_BITS = 0x7f,
        TYPE_TS = 33
    };
    enum { SEQUENCE_TO_SOURCE = 10, SOURCE = 4, EXTENSION_ID = 2 };
    struct cur cur = cur_make(datagram);
    uint8_t first = cur_u8(&cur);
    uint8_t type = cur_u8(&cur);
    if ((first & VERSION_BITS) != VERSION || (type & TYPE_BITS) != TYPE_TS) {
        return datagram;
    }
    cur_skip(&cur, SEQUENCE_TO_SOURCE + (size_t)(first & SOURCES) * SOURCE);
    if ((first & EXTENDED) != 0) {
        cur_skip(&cur, EXTENSION_ID);
        cur_skip(&cur, (size_t)cur_be16(&cur) * sizeof(uint32_t));
    }
    return cur_rest(&cur);
}

/* Whole packets and nothing else; each with a sync byte and a control field that is not the reserved one. */
static bool is_stream(struct slice packets)
{
    enum { CONTROL_AT = 3, CONTROL_BITS = 0x30 };
    bool good = packets.len > 0 && packets.len % TS_PACKET == 0;
    for (size_t at = 0; good && at < packets.len; at += TS_PACKET) {
        good = packets.data[at] == TS_SYNC_BYTE && (packets.data[at + CONTROL_AT] & CONTROL_BITS) != 0;
    }
    return good;
}

static bool stream_probe(const struct flow *flow, unsigned side, struct slice payload)
{
    (void)flow;
    (void)side;
    return is_stream(undo_rtp(payload));
}

static void *stream_create(struct inspector *inspector, struct flow *flow)
{
    struct stream_flow *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        abort();
    }
    *stream = (struct stream_flow){.inspector = inspector, .flow = flow, .parser = mpegts_create()};
    return stream;
}

static void stream_drop(void *state)
{
    struct stream_flow *stream = state;
    mpegts_free(stream->parser);
    free(stream);
}

static void tell(const struct stream_flow *stream, int64_t time_us)
{
    struct app_event event = {
        .type = APP_TS, .time_us = time_us, .flow = stream->flow, .stream = mpegts_facts_of(stream->parser)};
    counter_add(stream->inspector->counters, APP_STREAMS, 1);
    stream->inspector->event(stream->inspector->context, &event);
}

/* A row of packets was found: nothing else looks so. */
static void recognise(struct flow *flow, unsigned side)
{
    bool multicast = address_classify(&flow->ends[side ^ 1].address) == ADDRESS_MULTICAST;
    flow_set_client(flow, multicast ? side : side ^ 1, ORIENTATION_PAYLOAD);
    flow->visibility = VISIBILITY_CLEAR;
    flow->protocol = APP_PROTOCOL_MPEGTS;
}

static enum inspection stream_data(void *state, unsigned side, struct slice payload, int64_t time_us)
{
    struct stream_flow *stream = state;
    struct slice packets = undo_rtp(payload);
    bool known = mpegts_facts_of(stream->parser)->packets > 0;
    if (!is_stream(packets)) {
        return known ? INSPECTION_MORE : INSPECTION_UNKNOWN; /* a word of RTCP, or somebody's answer */
    }
    while (mpegts_feed(stream->parser, &packets)) {
        /* In one flow nothing is known from another one: reading goes on. */
    }
    if (!known && mpegts_facts_of(stream->parser)->packets > 0) {
        recognise(stream->flow, side);
    }
    if (!mpegts_is_enough(stream->parser)) {
        return INSPECTION_MORE;
    }
    tell(stream, time_us);
    return INSPECTION_SKIP;
}

static void stream_finish(void *state, int64_t time_us)
{
    struct stream_flow *stream = state;
    bool recognised = mpegts_facts_of(stream->parser)->packets > 0;
    if (recognised && !mpegts_is_enough(stream->parser)) {
        mpegts_finish(stream->parser);
        tell(stream, time_us);
    }
    stream_drop(stream);
}

static size_t stream_memory(const void *state)
{
    (void)state;
    return sizeof(struct stream_flow) + mpegts_memory();
}

const struct datagram_proto mpegts_datagram_proto = {
    .probe = stream_probe,
    .create = stream_create,
    .data = stream_data,
    .finish = stream_finish,
    .drop = stream_drop,
    .memory = stream_memory,
};
