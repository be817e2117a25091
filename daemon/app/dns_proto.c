/*
 * DNS's two doors: datagrams (RFC 1035, section 4.2.1), and streams of messages behind their length (section
 * 4.2.2, RFC 7766). On other ports than 53 DNS is known by a plain query and the answer to it.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/cur.h"
#include "daemon/app/dns_priv.h"

/* ---- datagrams */

static bool datagram_probe(const struct flow *flow, unsigned side, struct slice payload)
{
    (void)side;
    bool sure;
    bool fits = dns_port_fits(flow, &sure);
    if (flow->protocol == APP_PROTOCOL_DNS || (fits && sure)) {
        return payload.len >= DNS_HEADER_BYTES;
    }
    return fits && flow->protocol == APP_PROTOCOL_UNKNOWN && dns_is_plain_query(payload);
}

static void *datagram_create(struct inspector *inspector, struct flow *flow)
{
    struct dns_flow *dns = pool_take(&inspector->dns_flows);
    *dns = (struct dns_flow){.inspector = inspector, .flow = flow};
    return dns;
}

static enum inspection datagram_data(void *state, unsigned side, struct slice payload, int64_t time_us)
{
    dns_take(state, side, payload, time_us);
    return INSPECTION_MORE;
}

static void datagram_drop(void *state)
{
    struct dns_flow *dns = state;
    dns_drop(dns);
    pool_give(&dns->inspector->dns_flows, dns);
}

static void datagram_finish(void *state, int64_t time_us)
{
    struct dns_flow *dns = state;
    dns_finish(dns, time_us);
    pool_give(&dns->inspector->dns_flows, dns);
}

static size_t datagram_memory(const void *state)
{
    const struct dns_flow *dns = state;
    return sizeof *dns + dns->memory;
}

static bool datagram_rests(const void *state)
{
    const struct dns_flow *dns = state;
    return dns->oldest == NULL;
}

const struct datagram_proto dns_datagram_proto = {
    .probe = datagram_probe,
    .create = datagram_create,
    .data = datagram_data,
    .finish = datagram_finish,
    .drop = datagram_drop,
    .memory = datagram_memory,
    .rests = datagram_rests,
};

/* ---- streams */

enum { LENGTH_BYTES = 2, MESSAGE_MAX = LENGTH_BYTES + UINT16_MAX };

struct dns_stream {
    struct dns_flow dns;
    struct buf parts[2]; /* of each side: what came of a message that is not whole */
    bool lost[2];        /* where messages begin is not known any more */
};

static enum probe stream_probe(const struct opening *opening)
{
    enum { HEADER_SEEN = LENGTH_BYTES + 6 };
    const struct endpoint *ends = opening->flow->ends;
    bool from_port = ends[opening->side].port == DNS_PORT;
    bool to_port = ends[opening->side ^ 1].port == DNS_PORT;
    if (!from_port && !to_port) {
        return PROBE_NO;
    }
    if (opening->first.len < HEADER_SEEN) {
        return PROBE_MORE;
    }
    struct cur cur = cur_make(opening->first);
    bool long_enough = cur_be16(&cur) >= DNS_HEADER_BYTES;
    struct slice header = cur_rest(&cur);
    bool fits = (from_port && dns_header_fits(header, true)) || (to_port && dns_header_fits(header, false));
    return long_enough && fits ? PROBE_YES : PROBE_NO;
}

static void *stream_create(struct inspector *inspector, struct flow *flow)
{
    struct dns_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        abort();
    }
    stream->dns.inspector = inspector;
    stream->dns.flow = flow;
    stream->parts[0] = buf_make(MESSAGE_MAX);
    stream->parts[1] = buf_make(MESSAGE_MAX);
    return stream;
}

/* A message's bytes with its length, as far as that is known. */
static size_t message_size(struct slice bytes)
{
    struct cur cur = cur_make(bytes);
    size_t len = cur_be16(&cur);
    return cur_ok(&cur) ? LENGTH_BYTES + len : LENGTH_BYTES;
}

/* Moves bytes to the end of the part until that is a whole message; false where they are too few. */
static bool complete(struct buf *part, struct slice *bytes)
{
    for (size_t size = message_size(buf_slice(part)); part->len < size;
         size = message_size(buf_slice(part))) {
        if (bytes->len == 0) {
            return false;
        }
        struct slice more = slice_part(*bytes, 0, size - part->len);
        (void)buf_append(part, more);
        *bytes = slice_from(*bytes, more.len);
    }
    return true;
}

static enum inspection stream_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct dns_stream *stream = state;
    struct buf *part = &stream->parts[side];
    while (bytes.len > 0 && !stream->lost[side]) {
        size_t size = message_size(bytes);
        if (part->len == 0 && size > LENGTH_BYTES && size <= bytes.len) {
            dns_take(&stream->dns, side, slice_part(bytes, LENGTH_BYTES, size - LENGTH_BYTES), time_us);
            bytes = slice_from(bytes, size);
        } else if (complete(part, &bytes)) {
            dns_take(&stream->dns, side, slice_from(buf_slice(part), LENGTH_BYTES), time_us);
            buf_free(part);
        }
    }
    return stream->lost[side] ? INSPECTION_SKIP : INSPECTION_MORE;
}

static enum inspection stream_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    (void)missing;
    (void)time_us;
    struct dns_stream *stream = state;
    counter_add(stream->dns.inspector->counters, APP_BOUNDS_LOST, !stream->lost[side]);
    stream->lost[side] = true;
    buf_free(&stream->parts[side]);
    return INSPECTION_SKIP;
}

static void stream_end(void *state, unsigned side, int64_t time_us)
{
    (void)side;
    (void)time_us;
    (void)state;
}

static void stream_drop(void *state)
{
    struct dns_stream *stream = state;
    dns_drop(&stream->dns);
    buf_free(&stream->parts[0]);
    buf_free(&stream->parts[1]);
    free(stream);
}

static void stream_finish(void *state, int64_t time_us)
{
    struct dns_stream *stream = state;
    dns_finish(&stream->dns, time_us);
    stream_drop(stream);
}

static size_t stream_memory(const void *state)
{
    const struct dns_stream *stream = state;
    return sizeof *stream + stream->dns.memory + stream->parts[0].room + stream->parts[1].room;
}

const struct app_proto dns_stream_proto = {
    .probe_opening = stream_probe,
    .create = stream_create,
    .data = stream_data,
    .gap = stream_gap,
    .end = stream_end,
    .finish = stream_finish,
    .drop = stream_drop,
    .memory = stream_memory,
};
