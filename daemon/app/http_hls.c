/* HLS over transactions: what a live playlist lists, and whether a request asks for it. */
#include <stdlib.h>

#include "daemon/app/http_priv.h"

/* The last segments of a list: a live one has few, and players begin near its end. */
enum { LISTED_MAX = 16 };

struct hls_listing {
    uint64_t hashes[LISTED_MAX]; /* a ring once it is full */
    size_t count;
};

static struct hls_parties parties_of(const struct flow *flow)
{
    return (struct hls_parties){.client = flow_client(flow)->address, .server = flow_server(flow)->address};
}

static uint64_t hash_of(const struct http_flow *http, const struct http_request *request,
                        struct slice reference)
{
    struct hls_parties parties = parties_of(http->flow);
    return hls_segment_hash(&http->inspector->key, &parties, request->host, request->uri_raw, reference);
}

static struct hls_segments *segments_of(const struct http_flow *http)
{
    return &http->inspector->shards[http->flow->shard].segments;
}

void http_hls_list(struct http_flow *http, struct slice uri)
{
    struct http_exchange *exchange = http->current;
    if (exchange->request_store.data == NULL) {
        return; /* nobody knows where a relative reference leads */
    }
    if (exchange->listing == NULL) {
        exchange->listing = calloc(1, sizeof *exchange->listing);
        if (exchange->listing == NULL) {
            abort();
        }
    }
    struct hls_listing *listing = exchange->listing;
    listing->hashes[listing->count % LISTED_MAX] = hash_of(http, &exchange->request, uri);
    listing->count++;
}

size_t http_hls_listing_memory(void)
{
    return sizeof(struct hls_listing);
}

void http_hls_remember(struct http_flow *http)
{
    const struct hls_listing *listing = http->current->listing;
    struct counter_cell *counters = http->inspector->counters;
    size_t count = listing == NULL ? 0 : listing->count;
    size_t cap = http->inspector->settings->hls_segments / FLOW_SHARDS;
    for (size_t i = count < LISTED_MAX ? 0 : count - LISTED_MAX; i < count; i++) {
        uint64_t hash = listing->hashes[i % LISTED_MAX];
        if (hash != 0) {
            bool early = hls_segments_add(segments_of(http), cap, hash, http->now_us);
            counter_add(counters, APP_HLS_SEGMENTS_FULL, early);
        }
    }
}

bool http_hls_asks(const struct http_flow *http, const struct http_request *request)
{
    const struct hls_segments *segments = segments_of(http);
    if (segments->slots == NULL || request->uri_raw.len == 0) {
        return false;
    }
    uint64_t hash = hash_of(http, request, request->uri_raw);
    bool held = hash != 0 && hls_segments_holds(segments, hash, http->now_us);
    counter_add(http->inspector->counters, APP_HLS_SEGMENTS_ASKED, held);
    return held;
}
