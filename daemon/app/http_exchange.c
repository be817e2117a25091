/* Transactions: which answer belongs to which request, when both are told, and how long they are kept. */
#include <assert.h>
#include <stdlib.h>

#include "daemon/app/http_priv.h"

static struct counter_cell *counters_of(const struct http_flow *http)
{
    return http->inspector->counters;
}

static struct http_exchange *exchange_create(struct http_flow *http)
{
    struct http_exchange *exchange = pool_take(&http->inspector->exchanges);
    http->numbers++;
    *exchange = (struct http_exchange){
        .view.number = http->numbers,
        .request_body = buf_make(http->inspector->settings->request_body),
        .body = buf_make(http->inspector->settings->body_prefix),
        .http = http,
    };
    return exchange;
}

static struct waiting_list *exchanges_of(const struct http_flow *http)
{
    return &http->inspector->shards[http->flow->shard].exchanges;
}

void http_exchange_free(struct http_exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    waiting_remove(exchanges_of(exchange->http), &exchange->waiting);
    if (exchange->http->uploading == exchange) {
        exchange->http->uploading = NULL;
    }
    http_store_free(&exchange->request_store);
    http_store_free(&exchange->response_store);
    buf_free(&exchange->request_body);
    buf_free(&exchange->body);
    free(exchange->named);
    free(exchange->own_memo);
    free(exchange->listing);
    pool_give(&exchange->http->inspector->exchanges, exchange);
}

size_t http_exchange_memory(const struct http_exchange *exchange)
{
    size_t named = exchange->named == NULL ? 0 : sizeof *exchange->named;
    size_t memo = exchange->own_memo == NULL ? 0 : sizeof *exchange->own_memo;
    size_t listing = exchange->listing == NULL ? 0 : http_hls_listing_memory();
    return sizeof *exchange + named + memo + listing + exchange->request_store.room +
           exchange->response_store.room + exchange->request_body.room + exchange->body.room;
}

/* Brings the queue's account in line with what an exchange in it holds now. */
static void queue_account(struct http_flow *http, struct http_exchange *exchange, size_t memory)
{
    http->queued_memory = http->queued_memory - exchange->queued_memory + memory;
    exchange->queued_memory = memory;
}

void http_exchange_upload(struct http_exchange *exchange, struct slice bytes)
{
    buf_append(&exchange->request_body, bytes);
    if (exchange->queued_memory > 0) {
        queue_account(exchange->http, exchange, http_exchange_memory(exchange));
    }
}

static void queue_push(struct http_flow *http, struct http_exchange *exchange)
{
    if (http->newest == NULL) {
        http->oldest = exchange;
    } else {
        http->newest->next = exchange;
    }
    http->newest = exchange;
    http->queued++;
    queue_account(http, exchange, http_exchange_memory(exchange));
}

static struct http_exchange *queue_pop(struct http_flow *http)
{
    struct http_exchange *exchange = http->oldest;
    if (exchange != NULL) {
        http->oldest = exchange->next;
        http->newest = http->oldest == NULL ? NULL : http->newest;
        exchange->next = NULL;
        http->queued--;
        queue_account(http, exchange, 0);
    }
    return exchange;
}

/* Tells the oldest request if it was not told, and forgets it. */
static void queue_drop(struct http_flow *http)
{
    struct http_exchange *exchange = queue_pop(http);
    if (!exchange->settled) {
        http_exchange_settle(exchange);
    }
    http_exchange_free(exchange);
}

void http_queue_clear(struct http_flow *http)
{
    while (http->oldest != NULL) {
        queue_drop(http);
    }
}

void http_queue_remove(struct http_flow *http, struct http_exchange *exchange)
{
    struct http_exchange **link = &http->oldest;
    struct http_exchange *before = NULL;
    while (*link != exchange) {
        before = *link;
        link = &before->next;
    }
    *link = exchange->next;
    http->newest = http->newest == exchange ? before : http->newest;
    http->queued--;
    queue_account(http, exchange, 0);
    http_exchange_free(exchange);
}

/* They stand in the URI or in the body, of which more may have come since. */
static void find_credentials(struct http_exchange *exchange)
{
    struct slice body = buf_slice(&exchange->request_body);
    exchange->request.body = body;
    if (!exchange->credentials_sought || exchange->credentials_body != body.len) {
        http_credentials_find(&exchange->request);
        exchange->credentials_sought = true;
        exchange->credentials_body = body.len;
    }
}

/* Tells an event, of which type and what belongs to it alone are set, with the exchange as it stands. */
static void tell_event(struct http_flow *http, struct http_exchange *exchange, struct app_event *event)
{
    struct http_transaction *view = &exchange->view;
    view->request = NULL;
    view->response = NULL;
    if (exchange->request_store.data != NULL) {
        find_credentials(exchange);
        view->request = &exchange->request;
    }
    if (exchange->response_store.data != NULL) {
        exchange->response.body = buf_slice(&exchange->body);
        view->response = &exchange->response;
    }
    event->time_us = http->now_us;
    event->flow = http->flow;
    event->http = view;
    http->inspector->event(http->inspector->context, event);
}

void http_tell(struct http_flow *http, enum app_event_type type, struct http_exchange *exchange,
               const struct catalogue_entry *entry)
{
    struct app_event event = {.type = type, .entry = entry};
    tell_event(http, exchange, &event);
}

void http_tell_stream(struct http_flow *http, struct http_exchange *exchange,
                      const struct mpegts_facts *stream)
{
    struct app_event event = {.type = APP_TS, .stream = stream};
    tell_event(http, exchange, &event);
}

static void tell_unanswered(struct http_exchange *exchange)
{
    struct http_flow *http = exchange->http;
    const struct flow_side *now = &http->flow->sides[http_server(http)];
    const struct flow_side *before = &exchange->server_before;
    exchange->view.server_bytes = now->bytes > before->bytes;
    if (!exchange->view.server_bytes && now->acked > before->acked) {
        exchange->view.answered_bytes = now->acked - before->acked;
    }
    counter_add(counters_of(http), APP_HTTP_UNANSWERED, 1);
    http_tell(http, APP_HTTP_SETTLED, exchange, NULL);
}

void http_exchange_settle(struct http_exchange *exchange)
{
    assert(!exchange->settled);
    waiting_remove(exchanges_of(exchange->http), &exchange->waiting);
    exchange->settled = true;
    if (exchange->response_store.data == NULL) {
        tell_unanswered(exchange);
        return;
    }
    assert(exchange == exchange->http->current);
    http_content_judge(exchange->http);
    http_tell(exchange->http, APP_HTTP_SETTLED, exchange, NULL);
}

void http_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us)
{
    struct waiting *due;
    while ((due = waiting_due(&inspector->shards[shard].exchanges, now_us,
                              inspector->settings->answer_timeout)) != NULL) {
        struct http_exchange *exchange =
            (struct http_exchange *)((char *)due - offsetof(struct http_exchange, waiting));
        struct http_flow *http = exchange->http;
        http->now_us = now_us;
        http_exchange_settle(exchange);
        bool one_sided = http->flow->sides[http_server(http)].packets == 0;
        if (one_sided && exchange != http->current) {
            http_queue_remove(http, exchange);
        }
        inspector_account(inspector, http->flow);
    }
}

/* Where the mirror shows no packet of the server, the client's acknowledgements tell which of its requests
 * were answered before the next one. */
static void drop_answered_unseen(struct http_flow *http)
{
    const struct flow_side *server = &http->flow->sides[http_server(http)];
    while (server->packets == 0 && http->oldest != NULL &&
           (http->oldest->settled || server->acked > http->oldest->server_before.acked)) {
        queue_drop(http);
    }
}

void http_take_request(struct http_flow *http, const struct http_head *head, struct http_framing *framing)
{
    const struct app_settings *settings = http->inspector->settings;
    const struct flow_side *server = &http->flow->sides[http_server(http)];
    struct http_exchange *exchange = exchange_create(http);
    http_request_read(head, settings, &exchange->request_store, &exchange->request, framing);
    if (framing->bad_length) {
        http->numbers--;
        http_exchange_free(exchange);
        return;
    }
    http_tunnel_name(http, &exchange->request);
    counter_add(counters_of(http), APP_HTTP_REQUESTS, 1);
    counter_add(counters_of(http), APP_HTTP_HEAD_CAP, exchange->request.truncated);
    drop_answered_unseen(http);
    if (http->queued >= settings->pipeline_depth) {
        counter_add(counters_of(http), APP_HTTP_PIPELINE_CAP, !http->oldest->settled);
        queue_drop(http);
    }
    exchange->view.request_us = http->now_us;
    exchange->view.live_segment = http_hls_asks(http, &exchange->request);
    exchange->server_before = *server;
    queue_push(http, exchange);
    waiting_add(exchanges_of(http), &exchange->waiting, http->now_us);
    http->uploading = exchange;
}

/*
 * The request that the next answer belongs to: the oldest (RFC 9112, section 9.3.2). Where answers may have
 * been lost it is the newest, because nearly every client waits for an answer before it asks again.
 */
static struct http_exchange *take_asked(struct http_flow *http)
{
    if (http->answers_lost) {
        while (http->queued > 1) {
            queue_drop(http);
        }
    }
    http->answers_lost = false;
    struct http_exchange *exchange = queue_pop(http);
    if (exchange == NULL) {
        exchange = exchange_create(http);
        waiting_add(exchanges_of(http), &exchange->waiting, http->now_us);
        return exchange;
    }
    counter_add(counters_of(http), APP_HTTP_PAIRED, 1);
    if (exchange->settled) {
        http->numbers++;
        exchange->view.number = http->numbers;
        exchange->view.late = true;
        exchange->view.server_bytes = false;
        exchange->view.answered_bytes = 0;
        exchange->settled = false;
        waiting_add(exchanges_of(http), &exchange->waiting, http->now_us);
    }
    return exchange;
}

static void add_named(struct http_exchange *exchange, const struct named_server *server)
{
    if (exchange->named == NULL) {
        exchange->named = calloc(1, sizeof *exchange->named);
        if (exchange->named == NULL) {
            abort();
        }
        exchange->view.named = exchange->named;
    }
    named_servers_add(exchange->named, server);
}

static void read_location(struct http_exchange *exchange)
{
    struct slice location = exchange->response.location;
    unsigned class = exchange->response.status / 100;
    if (class != 3 || location.len == 0) {
        return;
    }
    exchange->view.location_repeats =
        exchange->request_store.data != NULL &&
        http_location_repeats(location, exchange->request.uri_raw, exchange->request.host);
    struct named_server server;
    if (named_server_from_url(location, RELATION_REDIRECT, &server)) {
        add_named(exchange, &server);
    }
}

void http_take_response(struct http_flow *http, struct http_head *head, struct http_framing *framing)
{
    struct http_store store;
    struct http_response response;
    http_response_read(head, http->inspector->settings, &store, &response, framing);
    if (framing->bad_length) {
        http_store_free(&store);
        return;
    }
    counter_add(counters_of(http), APP_HTTP_RESPONSES, 1);
    counter_add(counters_of(http), APP_HTTP_HEAD_CAP, head->cut);
    struct http_exchange *exchange = take_asked(http);
    exchange->response = response;
    exchange->response_store = store;
    exchange->response.truncated = head->cut;
    exchange->response.has_length = framing->has_length;
    exchange->response.chunked = framing->chunked;
    exchange->view.response_us = http->now_us;
    read_location(exchange);
    assert(http->current == NULL);
    http->current = exchange;
}

static void add_all_named(struct http_exchange *exchange, const struct named_servers *found)
{
    for (uint32_t i = 0; i < found->count; i++) {
        add_named(exchange, &found->items[i]);
    }
}

void http_current_end(struct http_flow *http, const struct http_documents *found)
{
    struct http_exchange *exchange = http->current;
    exchange->view.m3u = found->m3u;
    exchange->view.api = found->api;
    exchange->view.page = found->page;
    if (found->m3u != NULL) {
        add_all_named(exchange, &found->m3u->named);
    }
    if (found->api != NULL) {
        add_all_named(exchange, &found->api->named);
    }
    if (found->page != NULL) {
        for (uint32_t i = 0; i < found->page->stream_count; i++) {
            add_named(exchange, &found->page->streams[i].server);
        }
        add_all_named(exchange, &found->page->frame_servers);
    }
    http_tell(http, APP_HTTP_ENDED, exchange, NULL);
    http->current = NULL;
    http_exchange_free(exchange);
}
