/*
 * A transport stream in an answer's body: read until it is described, told once (APP_TS), then skipped. A
 * stream that this shard has read lately is known again by its tables and told from memory.
 */
#include <stdlib.h>

#include "app/mpegts.h"
#include "base/text.h"
#include "daemon/app/http_priv.h"

/* A stream that ends within this much of its clock is not worth remembering: its rate is a guess. */
#define REMEMBERED_CLOCK_US INT64_C(1000000)

struct http_stream {
    struct http_flow *http;
    struct mpegts_parser *parser;
    bool told;
};

void *http_stream_create(struct http_flow *http)
{
    struct http_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        abort();
    }
    stream->http = http;
    stream->parser = mpegts_create();
    return stream;
}

void http_stream_free(void *state)
{
    struct http_stream *stream = state;
    mpegts_free(stream->parser);
    free(stream);
}

size_t http_stream_memory(const void *state)
{
    (void)state;
    return sizeof(struct http_stream) + mpegts_memory();
}

bool http_stream_done(const void *state)
{
    const struct http_stream *stream = state;
    return stream->told;
}

static void tell(struct http_stream *stream, const struct mpegts_facts *facts)
{
    struct http_flow *http = stream->http;
    stream->told = true;
    counter_add(http->inspector->counters, APP_STREAMS, 1);
    http_tell_stream(http, http->current, facts);
}

/* The name and folder that were asked for: channels of one server may have the same tables but for names. */
static uint64_t hash_place(const struct inspector *inspector, const struct http_request *request)
{
    struct slice path = slice_part(request->uri_raw, 0, slice_index(request->uri_raw, '?'));
    while (path.len > 0 && path.data[path.len - 1] != '/') {
        path.len--;
    }
    uint64_t parts[] = {hash_bytes(&inspector->key, request->host.data, request->host.len),
                        hash_bytes(&inspector->key, path.data, path.len)};
    return hash_bytes(&inspector->key, parts, sizeof parts);
}

/* False where the stream's tables are not known, or nothing tells it from its neighbours. */
static bool read_origin(const struct http_stream *stream, struct stream_origin *origin)
{
    const struct http_flow *http = stream->http;
    const struct mpegts_facts *facts = mpegts_facts_of(stream->parser);
    bool asked = http->current->request_store.data != NULL;
    if (!facts->has_pat || !facts->has_pmt || !(facts->described || asked)) {
        return false;
    }
    const struct endpoint *server = flow_server(http->flow);
    *origin = (struct stream_origin){
        .pat_crc = facts->pat_crc,
        .pmt_crc = facts->pmt_crc,
        .sdt_crc = facts->sdt_crc,
        .port = server->port,
    };
    memcpy(origin->server, server->address.bytes, sizeof origin->server);
    if (!facts->described) {
        origin->place = hash_place(http->inspector, &http->current->request);
    }
    return true;
}

static struct known_streams *streams_of(const struct http_flow *http)
{
    return &http->inspector->shards[http->flow->shard].streams;
}

static void recognise(struct http_stream *stream)
{
    const struct http_flow *http = stream->http;
    struct stream_origin origin;
    if (!read_origin(stream, &origin)) {
        return;
    }
    const struct mpegts_facts *known =
        known_streams_find(streams_of(http), &http->inspector->key, &origin, http->now_us);
    if (known != NULL) {
        counter_add(http->inspector->counters, APP_STREAMS_KNOWN, 1);
        tell(stream, known);
    }
}

/* Tells what was read, and remembers it. */
static void conclude(struct http_stream *stream)
{
    const struct http_flow *http = stream->http;
    const struct mpegts_facts *facts = mpegts_facts_of(stream->parser);
    struct stream_origin origin;
    if (facts->clock_us >= REMEMBERED_CLOCK_US && read_origin(stream, &origin)) {
        size_t cap = http->inspector->settings->known_streams / FLOW_SHARDS;
        bool forgotten =
            known_streams_add(streams_of(http), cap, &http->inspector->key, &origin, facts, http->now_us);
        counter_add(http->inspector->counters, APP_KNOWN_STREAMS_FULL, forgotten);
    }
    if (facts->packets > 0) {
        tell(stream, facts);
    }
    stream->told = true;
}

void http_stream_feed(void *state, struct slice bytes)
{
    struct http_stream *stream = state;
    while (!stream->told && mpegts_feed(stream->parser, &bytes)) {
        recognise(stream);
    }
    if (!stream->told && mpegts_is_enough(stream->parser)) {
        conclude(stream);
    }
}

void http_stream_gap(void *state, uint64_t missing)
{
    struct http_stream *stream = state;
    mpegts_gap(stream->parser, missing);
}

void http_stream_finish(void *state)
{
    struct http_stream *stream = state;
    mpegts_finish(stream->parser);
    conclude(stream);
}
