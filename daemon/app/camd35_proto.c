/*
 * camd35's two doors: datagrams, and a stream whose client speaks first. Nothing in the first message says
 * what it is, so both only watch.
 */
#include <stdlib.h>

#include "daemon/app/app_priv.h"
#include "daemon/app/camd35_priv.h"
#include "flow/flow_table.h"

struct camd35_flow {
    struct inspector *inspector;
    struct flow *flow;
    struct camd35_stream stream; /* of datagrams only its `camd35` */
};

static void *camd35_create(struct inspector *inspector, struct flow *flow)
{
    struct camd35_flow *camd35 = calloc(1, sizeof *camd35);
    if (camd35 == NULL) {
        abort();
    }
    camd35->inspector = inspector;
    camd35->flow = flow;
    return camd35;
}

static void tell_signs(const struct camd35_flow *camd35, uint64_t signs, int64_t time_us)
{
    if (signs == 0) {
        return;
    }
    flow_set_client(camd35->flow, camd35->stream.camd35.client, ORIENTATION_PAYLOAD);
    camd35->flow->protocol = APP_PROTOCOL_CAMD35;
    const struct app_sign sign = {.signs = signs};
    inspector_tell_sign(camd35->inspector, camd35->flow, &sign, time_us);
}

static size_t camd35_memory(const void *state)
{
    (void)state;
    return sizeof(struct camd35_flow);
}

static enum probe stream_probe(const struct opening *opening)
{
    const struct flow *flow = opening->flow;
    bool opens = flow->syn_seen && flow->orientation == ORIENTATION_HANDSHAKE &&
                 flow->client == opening->side && flow->sides[opening->side ^ 1].bytes == 0 &&
                 opening->delivered[opening->side] <= CAMD35_MESSAGE_MAX;
    if (!opens || !camd35_looks_encrypted(opening->first)) {
        return PROBE_NO;
    }
    return opening->first.len < PROBE_BYTES_MAX ? PROBE_MORE : PROBE_YES;
}

static enum inspection stream_answer(const struct camd35_flow *camd35)
{
    bool known = camd35->flow->protocol != APP_PROTOCOL_UNKNOWN;
    return !camd35->stream.camd35.over ? INSPECTION_MORE : known ? INSPECTION_SKIP : INSPECTION_UNKNOWN;
}

static enum inspection stream_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct camd35_flow *camd35 = state;
    if (!camd35->stream.camd35.over) {
        tell_signs(camd35, camd35_stream_take(&camd35->stream, side, bytes, time_us), time_us);
    }
    return stream_answer(camd35);
}

static enum inspection stream_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    (void)side;
    (void)missing;
    (void)time_us;
    struct camd35_flow *camd35 = state;
    camd35->stream.camd35.over = true;
    return stream_answer(camd35);
}

static void stream_end(void *state, unsigned side, int64_t time_us)
{
    (void)side;
    struct camd35_flow *camd35 = state;
    tell_signs(camd35, camd35_stream_end(&camd35->stream), time_us);
}

static void stream_finish(void *state, int64_t time_us)
{
    stream_end(state, 0, time_us);
    free(state);
}

const struct app_proto camd35_stream_proto = {
    .probe_opening = stream_probe,
    .watches = true,
    .create = camd35_create,
    .data = stream_data,
    .gap = stream_gap,
    .end = stream_end,
    .finish = stream_finish,
    .drop = free,
    .memory = camd35_memory,
};

static bool datagram_probe(const struct flow *flow, unsigned side, struct slice payload)
{
    (void)flow;
    (void)side;
    return camd35_length_fits(payload.len) &&
           camd35_looks_encrypted(slice_part(payload, 0, CAMD35_BLOCK_BYTES)) &&
           camd35_looks_encrypted(slice_part(payload, CAMD35_BLOCK_BYTES, CAMD35_BLOCK_BYTES));
}

static enum inspection datagram_data(void *state, unsigned side, struct slice payload, int64_t time_us)
{
    struct camd35_flow *flow = state;
    struct camd35 *camd35 = &flow->stream.camd35;
    struct slice prefix = slice_part(payload, 0, CAMD35_PREFIX_BYTES);
    uint64_t signs = camd35_take(camd35, side, prefix, payload.len, time_us);
    tell_signs(flow, signs, time_us);
    if (!camd35->over) {
        return INSPECTION_MORE;
    }
    return signs != 0 ? INSPECTION_SKIP : INSPECTION_UNKNOWN;
}

static void datagram_finish(void *state, int64_t time_us)
{
    (void)time_us;
    free(state);
}

const struct datagram_proto camd35_datagram_proto = {
    .probe = datagram_probe,
    .create = camd35_create,
    .data = datagram_data,
    .finish = datagram_finish,
    .drop = free,
    .memory = camd35_memory,
};
