/*
 * Transactions that are not settled, one list a shard, in order of their coming. All wait equally long, so
 * the oldest stands first and a tick looks at no more than it settles.
 */
#include <assert.h>

#include "daemon/app/http_priv.h"

static struct inspector_shard *shard_of(const struct http_exchange *exchange)
{
    return &exchange->http->inspector->shards[exchange->http->flow->shard];
}

void http_waiting_add(struct http_exchange *exchange)
{
    assert(!exchange->waits);
    struct inspector_shard *shard = shard_of(exchange);
    exchange->deadline_us = exchange->http->now_us + exchange->http->inspector->settings->answer_timeout;
    exchange->waits = true;
    exchange->waiting_next = NULL;
    exchange->waiting_previous = shard->newest;
    if (shard->newest == NULL) {
        shard->oldest = exchange;
    } else {
        shard->newest->waiting_next = exchange;
    }
    shard->newest = exchange;
}

void http_waiting_remove(struct http_exchange *exchange)
{
    if (!exchange->waits) {
        return;
    }
    struct inspector_shard *shard = shard_of(exchange);
    if (exchange->waiting_previous == NULL) {
        shard->oldest = exchange->waiting_next;
    } else {
        exchange->waiting_previous->waiting_next = exchange->waiting_next;
    }
    if (exchange->waiting_next == NULL) {
        shard->newest = exchange->waiting_previous;
    } else {
        exchange->waiting_next->waiting_previous = exchange->waiting_previous;
    }
    exchange->waits = false;
}

void http_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us)
{
    struct http_exchange *exchange;
    while ((exchange = inspector->shards[shard].oldest) != NULL && exchange->deadline_us <= now_us) {
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
