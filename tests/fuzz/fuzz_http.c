/*
 * app/http through the inspector's door. A byte of the input turns the direction, loses bytes, lets time pass
 * or ends a direction; all else is payload. The same conversation goes to two inspectors, cut in different
 * ways: both must tell the same. Each transaction is settled once, ends at most once and behind that, its
 * entries stand between, and when the flow is over nothing is held.
 */
#include <stdint.h>
#include <stdio.h>

#include "app/app.h"
#include "base/clock.h"
#include "tests/fuzz/splitter.h"

enum mark { MARK_TURN = 0x1e, MARK_GAP = 0x1d, MARK_TICK = 0x1c, MARK_END = 0x1f };

enum { NUMBERS_MAX = 4096 };

struct listener {
    struct app_settings settings;
    struct counter_cell counters[APP_COUNTERS_COUNT];
    struct inspector *inspector;
    struct flow flow;
    struct flow_attachment kept;
    bool ignored[2];
    int64_t now_us;
    uint64_t told; /* a hash over all that was told */
    uint8_t settled[NUMBERS_MAX];
    uint8_t ended[NUMBERS_MAX];
};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void mix(struct listener *listener, const void *bytes, size_t len)
{
    const struct hash_key key = {{listener->told, len}};
    listener->told = hash_bytes(&key, bytes, len);
}

static void mix_number(struct listener *listener, uint64_t number)
{
    mix(listener, &number, sizeof number);
}

static void mix_slice(struct listener *listener, struct slice slice)
{
    mix(listener, slice.len == 0 ? "" : (const char *)slice.data, slice.len);
}

static void mix_request(struct listener *listener, const struct http_request *request)
{
    mix_slice(listener, request->method);
    mix_slice(listener, request->uri);
    mix_slice(listener, request->uri_raw);
    mix_slice(listener, request->host);
    mix_slice(listener, request->user_agent);
    mix_slice(listener, request->referer);
    mix_slice(listener, request->referer_host);
    mix_slice(listener, request->origin_host);
    mix_slice(listener, request->cookie);
    mix_slice(listener, request->headers);
    mix_slice(listener, request->body);
    mix_slice(listener, request->credentials_user);
    mix_slice(listener, request->credentials_password);
    mix_number(listener, request->host_port);
    mix_number(listener, request->proxy);
    mix_number(listener, request->truncated);
}

static void mix_response(struct listener *listener, const struct http_response *response)
{
    mix_slice(listener, response->stat_code);
    mix_slice(listener, response->location);
    mix_slice(listener, response->server);
    mix_slice(listener, response->content_type);
    mix_slice(listener, response->headers);
    mix_slice(listener, response->body);
    mix_number(listener, response->kind);
    mix_number(listener, response->body_bytes);
    mix_number(listener, response->body_complete);
    mix_number(listener, response->encoded);
    mix_number(listener, response->cut);
    require(!response->body_complete || !response->cut);
}

static void check_event(struct listener *listener, const struct app_event *event)
{
    const struct http_transaction *http = event->http;
    require(event->flow == &listener->flow);
    require(http->number > 0 && http->number < NUMBERS_MAX);
    require(http->request != NULL || http->response != NULL);
    uint8_t *settled = &listener->settled[http->number];
    uint8_t *ended = &listener->ended[http->number];
    if (event->type == APP_HTTP_SETTLED) {
        require(*settled == 0 && *ended == 0);
        *settled = http->response != NULL ? 2 : 1;
        require(http->m3u == NULL && http->api == NULL);
    } else {
        require(*settled == 2 && *ended == 0 && http->response != NULL);
        *ended = event->type == APP_HTTP_ENDED;
    }
}

static void take_event(void *context, const struct app_event *event)
{
    struct listener *listener = context;
    const struct http_transaction *http = event->http;
    if (event->type == APP_UNREAD || event->type == APP_SIGN) {
        return;
    }
    if (event->type == APP_TLS) { /* in a proxy's tunnel */
        require(event->tls->proxy && (event->tls->client != NULL || event->tls->server != NULL));
        mix_number(listener, event->tls->client != NULL);
        mix_number(listener, event->tls->server != NULL);
        return;
    }
    check_event(listener, event);
    mix_number(listener, event->type);
    mix_number(listener, http->number);
    if (event->type == APP_ENTRY) {
        mix_slice(listener, event->entry->uri);
        return;
    }
    mix_number(listener, http->late);
    mix_number(listener, http->server_bytes);
    mix_number(listener, http->answered_bytes);
    mix_number(listener, http->location_repeats);
    mix_number(listener, http->named == NULL ? 0 : http->named->count);
    if (http->request != NULL) {
        mix_request(listener, http->request);
    }
    if (http->response != NULL) {
        mix_response(listener, http->response);
    }
    if (http->m3u != NULL) {
        mix_number(listener, http->m3u->entries);
        mix_number(listener, http->m3u->complete);
    }
    if (http->api != NULL) {
        mix_number(listener, http->api->shapes);
    }
}

static void listener_begin(struct listener *listener, uint8_t flags)
{
    static const struct hash_key key = {{1, 2}};
    memset(listener, 0, sizeof *listener);
    option_set_defaults(&app_options, &listener->settings);
    if ((flags & 1) != 0) {
        listener->settings.http_header_bytes = 1024;
        listener->settings.http_headers = 8;
        listener->settings.uri_bytes = 256;
        listener->settings.body_prefix = 2048;
        listener->settings.request_body = 256;
        listener->settings.pipeline_depth = 3;
        listener->settings.inflate_bytes = 64 * 1024;
        listener->settings.inflate_ratio = 10;
        listener->settings.document_bytes = 64 * 1024;
    }
    listener->inspector =
        inspector_create(&listener->settings, &key, listener->counters, take_event, listener);
    flow_attach(&listener->flow, &listener->kept);
    listener->flow.syn_seen = (flags & 4) == 0;
    listener->flow.shard = 5;
    listener->flow.sides[1].packets = (flags & 8) != 0;
    listener->now_us = 1000 * TIME_SECOND;
}

static void heed(struct listener *listener, unsigned side, enum inspection answer)
{
    listener->ignored[side] = listener->ignored[side] || answer != INSPECTION_MORE;
    require(answer != INSPECTION_UNKNOWN || flow_inspection(&listener->flow) == NULL);
}

static void say(struct listener *listener, unsigned side, struct slice bytes, struct splitter *splitter,
                bool cut)
{
    flow_count_packet(&listener->flow, side, bytes.len);
    listener->flow.sides[side ^ 1].acked += 100;
    while (bytes.len > 0 && !listener->ignored[side]) {
        size_t len = cut ? splitter_random(splitter, bytes.len < 9 ? bytes.len : 9) + 1 : bytes.len;
        void *block;
        struct slice piece = splitter_copy(slice_part(bytes, 0, len), &block);
        heed(listener, side,
             inspector_data(listener->inspector, &listener->flow, side, piece, listener->now_us));
        free(block);
        bytes = slice_from(bytes, len);
    }
}

static void listener_end(struct listener *listener)
{
    inspector_flow_end(listener->inspector, &listener->flow, listener->now_us);
    require(flow_inspection(&listener->flow) == NULL);
    inspector_tick(listener->inspector, listener->flow.shard, INT64_MAX);
    require(inspector_memory(listener->inspector, listener->flow.shard) == 0);
    for (size_t i = 0; i < NUMBERS_MAX; i++) {
        require(listener->settled[i] != 2 || listener->ended[i] == 1);
    }
    inspector_free(listener->inspector);
    option_free(&app_options, &listener->settings);
}

static size_t mark_length(struct slice rest)
{
    size_t len = 0;
    while (len < rest.len && (rest.data[len] < MARK_TICK || rest.data[len] > MARK_END)) {
        len++;
    }
    return len;
}

static void apply_mark(struct listener *listener, unsigned side, uint8_t mark, uint8_t argument)
{
    if (mark == MARK_GAP && !listener->ignored[side]) {
        heed(listener, side,
             inspector_gap(listener->inspector, &listener->flow, side, 1 + (uint64_t)argument * argument,
                           listener->now_us));
    } else if (mark == MARK_TICK) {
        listener->now_us += (argument & 15) * TIME_SECOND;
        inspector_tick(listener->inspector, listener->flow.shard, listener->now_us);
    } else if (mark == MARK_END && !listener->ignored[side]) {
        inspector_end(listener->inspector, &listener->flow, side, listener->now_us);
        listener->ignored[side] = true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct listener whole;
    static struct listener pieces;
    struct splitter splitter = splitter_make(data, size);
    uint8_t flags = splitter.rest.len > 0 ? splitter.rest.data[0] : 0;
    struct slice rest = slice_from(splitter.rest, 1);
    listener_begin(&whole, flags);
    listener_begin(&pieces, flags);
    /* Without its beginning a flow is recognised at the front of slices, so they matter. */
    bool comparable = whole.flow.syn_seen;
    unsigned side = 0;
    while (rest.len > 0) {
        size_t len = mark_length(rest);
        say(&whole, side, slice_part(rest, 0, len), &splitter, false);
        say(&pieces, side, slice_part(rest, 0, len), &splitter, true);
        rest = slice_from(rest, len);
        if (rest.len > 0) {
            uint8_t mark = rest.data[0];
            uint8_t argument = rest.len > 1 ? rest.data[1] : 0;
            rest = slice_from(rest, mark == MARK_GAP || mark == MARK_TICK ? 2 : 1);
            comparable = comparable && (mark != MARK_GAP || inspector_recognised(&whole.flow));
            apply_mark(&whole, side, mark, argument);
            apply_mark(&pieces, side, mark, argument);
            side ^= mark == MARK_TURN;
        }
    }
    listener_end(&whole);
    listener_end(&pieces);
    require(!comparable || whole.told == pieces.told);
    return 0;
}
