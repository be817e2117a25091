/*
 * HTTP/1 in both directions of a flow, as a table of states with what each does with bytes and with a gap:
 *
 *     HEAD ──▶ (PEEK) ──▶ BODY ──▶ HEAD ...
 *       └── no message, or bounds lost ──▶ SEARCH ──▶ HEAD
 *     SKIP: tunnels, other protocols after an upgrade, ended directions
 */
#include <assert.h>
#include <stdlib.h>

#include "daemon/app/http_priv.h"
#include "daemon/app/tls_flow_priv.h"

struct state_row {
    /* Takes bytes off the front of `*input`, or changes the state. */
    void (*take)(struct http_flow *http, unsigned side, struct slice *input);
    void (*gap)(struct http_flow *http, unsigned side, uint64_t missing);
};

static void count(const struct http_flow *http, enum app_counter counter)
{
    counter_add(http->inspector->counters, counter, 1);
}

void http_begin_head(struct http_direction *direction)
{
    buf_free(&direction->held);
    direction->state = HTTP_HEAD;
    direction->start_read = false;
    direction->searched = false;
    direction->lines = 0;
    direction->line_len = 0;
    direction->line_is_cr = false;
}

/* The bounds of messages are lost: `held` has what to search in first. */
void http_begin_search(struct http_flow *http, unsigned side)
{
    struct http_direction *direction = &http->directions[side];
    direction->state = HTTP_SEARCH;
    direction->start_read = false;
    if (http_is_server(http, side)) {
        http->answers_lost = true;
        if (http->current != NULL) {
            http_content_end(http, false);
        }
    } else {
        http->uploading = NULL;
    }
}

/* What came is no message. */
void http_reject(struct http_flow *http, unsigned side)
{
    struct http_direction *direction = &http->directions[side];
    http->unknown = !http->recognised;
    if (!direction->searched) {
        count(http, APP_HTTP_MALFORMED);
    }
    http_begin_search(http, side);
}

void http_begin_skip(struct http_flow *http, unsigned side)
{
    http_begin_head(&http->directions[side]);
    http->directions[side].state = HTTP_SKIP;
}

void http_begin_body(struct http_direction *direction, enum http_body_form form, uint64_t length)
{
    http_begin_head(direction);
    direction->state = HTTP_BODY;
    direction->body = http_body_make(form, length);
}

void http_take_body(struct http_flow *http, unsigned side, struct slice *input)
{
    struct http_direction *direction = &http->directions[side];
    struct slice content;
    enum http_body_status status = http_body_take(&direction->body, input, &content);
    bool server = http_is_server(http, side);
    if (content.len > 0 && server) {
        http_content_take(http, content);
    } else if (content.len > 0 && http->uploading != NULL) {
        http_exchange_upload(http->uploading, content);
    }
    if (status == HTTP_BODY_BROKEN) {
        http_reject(http, side);
    } else if (status == HTTP_BODY_DONE) {
        http_begin_head(direction);
        if (server) {
            http_content_end(http, true);
        } else {
            http->uploading = NULL;
        }
    }
}

void http_gap_body(struct http_flow *http, unsigned side, uint64_t missing)
{
    struct http_direction *direction = &http->directions[side];
    enum http_body_status status = http_body_gap(&direction->body, missing);
    if (status == HTTP_BODY_BROKEN) {
        http_begin_search(http, side);
        return;
    }
    if (http_is_server(http, side)) {
        http_content_gap(http, missing);
        if (status == HTTP_BODY_DONE) {
            http_begin_head(direction);
            http_content_end(http, true);
        }
        return;
    }
    if (http->uploading != NULL) {
        http->uploading->request.truncated = true;
        http->uploading = NULL;
    }
    if (status == HTTP_BODY_DONE) {
        http_begin_head(direction);
    }
}

/* Nobody keeps these bytes of a body: the upload's first ones are together, or it is no longer known whose it
 * is. */
static bool is_upload_idle(const struct http_flow *http)
{
    return http->uploading == NULL || http->uploading->request_body.truncated;
}

static uint64_t http_skip(const void *state, unsigned side)
{
    const struct http_flow *http = state;
    const struct http_direction *direction = &http->directions[side];
    if (http->unknown || direction->state != HTTP_BODY) {
        return 0;
    }
    bool idle = http_is_server(http, side) ? http_content_is_idle(http) : is_upload_idle(http);
    return idle ? http_body_content_left(&direction->body) : 0;
}

/* A body in chunks that has gone on for so long goes on, or its end and the next request come later than what
 * the kernel has taken for us already. */
#define TURN_BYTES_MIN (UINT64_C(1) << 20)

/* Only where the client has nothing more to be answered is the next thing that it says the next request. */
static bool http_skip_turn(const void *state, unsigned side)
{
    const struct http_flow *http = state;
    const struct http_direction *direction = &http->directions[side];
    return !http->unknown && http_is_server(http, side) && direction->state == HTTP_BODY &&
           direction->body.form == HTTP_BODY_CHUNKED && http_content_is_idle(http) &&
           http->content.sent >= TURN_BYTES_MIN && http->oldest == NULL && http->uploading == NULL;
}

/* The client has gone on to the next request, so the body is over; but what if it has not waited? The next
 * answer is searched for. */
static void end_turn(struct http_flow *http, unsigned side)
{
    http_content_end(http, true);
    http_begin_head(&http->directions[side]);
    http->directions[side].state = HTTP_SEARCH;
}

static void pass_body(struct http_flow *http, unsigned side, uint64_t bytes)
{
    struct http_direction *direction = &http->directions[side];
    bool server = http_is_server(http, side);
    bool done = http_body_gap(&direction->body, bytes) == HTTP_BODY_DONE;
    if (server) {
        http_content_pass(http, bytes);
    }
    if (done) {
        http_begin_head(direction);
        if (server) {
            http_content_end(http, true);
        } else {
            http->uploading = NULL;
        }
    }
}

static void take_skip(struct http_flow *http, unsigned side, struct slice *input)
{
    (void)http;
    (void)side;
    *input = slice_make(NULL, 0);
}

static void gap_skip(struct http_flow *http, unsigned side, uint64_t missing)
{
    (void)http;
    (void)side;
    (void)missing;
}

static const struct state_row states[HTTP_STATE_COUNT] = {
    [HTTP_HEAD] = {http_take_head, http_gap_head}, [HTTP_PEEK] = {http_take_peek, http_gap_peek},
    [HTTP_BODY] = {http_take_body, http_gap_body}, [HTTP_SEARCH] = {http_take_search, http_gap_search},
    [HTTP_SKIP] = {take_skip, gap_skip},
};

static enum probe http_probe(struct slice first)
{
    switch (http_start_probe(first)) {
    case HTTP_START_NO:
        return PROBE_NO;
    case HTTP_START_MORE:
        return PROBE_MORE;
    case HTTP_START_REQUEST:
    case HTTP_START_RESPONSE:
        break;
    }
    return PROBE_YES;
}

static void *http_create(struct inspector *inspector, struct flow *flow)
{
    struct http_flow *http = pool_take(&inspector->http_flows);
    *http = (struct http_flow){.inspector = inspector, .flow = flow};
    for (unsigned side = 0; side < 2; side++) {
        http->directions[side].held = buf_make(inspector->settings->http_header_bytes);
    }
    return http;
}

/* Whether all that comes of this direction is the body of one answer that nobody reads. */
static bool is_endless(const struct http_flow *http, unsigned side)
{
    const struct http_direction *direction = &http->directions[side];
    return http_is_server(http, side) && direction->state == HTTP_BODY &&
           direction->body.form == HTTP_BODY_UNTIL_CLOSE && http_content_is_idle(http);
}

static enum inspection http_answer(struct http_flow *http, unsigned side)
{
    if (http->unknown) {
        return INSPECTION_UNKNOWN;
    }
    if (is_endless(http, side)) {
        http->content.passed_over = true;
        return INSPECTION_SKIP;
    }
    if (http->tls != NULL) { /* which has just begun */
        return INSPECTION_MORE;
    }
    return http->directions[side].state == HTTP_SKIP ? INSPECTION_SKIP : INSPECTION_MORE;
}

static enum inspection http_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct http_flow *http = state;
    http->now_us = time_us;
    if (http->tls != NULL) {
        return http_tunnel_data(http, side, bytes);
    }
    while (bytes.len > 0 && !http->unknown) {
        enum http_state before = http->directions[side].state;
        size_t len = bytes.len;
        states[before].take(http, side, &bytes);
        assert(bytes.len < len || http->directions[side].state != before);
        (void)len;
    }
    return http_answer(http, side);
}

static enum inspection http_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    struct http_flow *http = state;
    http->now_us = time_us;
    if (http->tls != NULL) {
        return tls_proto.gap(http->tls, side, missing, time_us);
    }
    if (!http->recognised) {
        return http_tunnel_closes(http) ? INSPECTION_SKIP : INSPECTION_UNKNOWN;
    }
    count(http, APP_HTTP_GAPS);
    states[http->directions[side].state].gap(http, side, missing);
    return http_answer(http, side);
}

static enum inspection http_pass(void *state, unsigned side, uint64_t bytes, bool turned, int64_t time_us)
{
    struct http_flow *http = state;
    http->now_us = time_us;
    if (turned) {
        http_content_pass(http, bytes);
        end_turn(http, side);
    } else {
        pass_body(http, side, bytes);
    }
    return http_answer(http, side);
}

/* The answer that comes ends here. */
static void end_answer(struct http_flow *http, bool closed)
{
    const struct http_direction *direction = &http->directions[http_server(http)];
    if (direction->state == HTTP_PEEK) {
        http_end_peek(http, http_server(http));
    }
    if (http->current != NULL) {
        http_content_end(http, closed && direction->body.form == HTTP_BODY_UNTIL_CLOSE);
    }
}

static void http_end(void *state, unsigned side, int64_t time_us)
{
    struct http_flow *http = state;
    http->now_us = time_us;
    if (http->tls != NULL) {
        tls_proto.end(http->tls, side, time_us);
    }
    if (http_is_server(http, side)) {
        end_answer(http, true);
        http_queue_clear(http);
    } else {
        http->uploading = NULL;
    }
    http_begin_skip(http, side);
}

static void http_drop(void *state)
{
    struct http_flow *http = state;
    http_exchange_free(http->current);
    while (http->oldest != NULL) {
        http_queue_remove(http, http->oldest);
    }
    http_content_free(http);
    if (http->tls != NULL) {
        tls_proto.drop(http->tls);
    }
    buf_free(&http->directions[0].held);
    buf_free(&http->directions[1].held);
    free(http->tunnel);
    pool_give(&http->inspector->http_flows, http);
}

static void http_finish(void *state, int64_t time_us)
{
    struct http_flow *http = state;
    http->now_us = time_us;
    if (http->recognised) {
        end_answer(http, false);
        http_queue_clear(http);
    }
    if (http->tls != NULL) {
        tls_proto.finish(http->tls, time_us);
        http->tls = NULL;
    }
    http_drop(http);
}

static size_t http_memory(const void *state)
{
    const struct http_flow *http = state;
    size_t held = http->directions[0].held.room + http->directions[1].held.room;
    size_t current = http->current == NULL ? 0 : http_exchange_memory(http->current);
    size_t tunnel = http->tunnel == NULL ? 0 : sizeof *http->tunnel;
    size_t tls = http->tls == NULL ? 0 : tls_proto.memory(http->tls);
    return sizeof *http + tunnel + tls + held + http_content_memory(&http->content) + current +
           http->queued_memory;
}

const struct app_proto http_proto = {
    .probe = http_probe,
    .create = http_create,
    .data = http_data,
    .gap = http_gap,
    .skip = http_skip,
    .skip_turn = http_skip_turn,
    .pass = http_pass,
    .end = http_end,
    .finish = http_finish,
    .drop = http_drop,
    .memory = http_memory,
};
