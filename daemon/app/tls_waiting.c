/* Handshakes that are not settled, one list a shard, in order of their coming, as http_waiting.c has it. */
#include <assert.h>

#include "daemon/app/tls_flow_priv.h"

static struct inspector_shard *shard_of(const struct tls_flow *tls)
{
    return &tls->inspector->shards[tls->flow->shard];
}

void tls_waiting_add(struct tls_flow *tls)
{
    assert(!tls->waits);
    struct inspector_shard *shard = shard_of(tls);
    tls->deadline_us = tls->now_us + tls->inspector->settings->answer_timeout;
    tls->waits = true;
    tls->waiting_next = NULL;
    tls->waiting_previous = shard->newest_tls;
    if (shard->newest_tls == NULL) {
        shard->oldest_tls = tls;
    } else {
        shard->newest_tls->waiting_next = tls;
    }
    shard->newest_tls = tls;
}

void tls_waiting_remove(struct tls_flow *tls)
{
    if (!tls->waits) {
        return;
    }
    struct inspector_shard *shard = shard_of(tls);
    if (tls->waiting_previous == NULL) {
        shard->oldest_tls = tls->waiting_next;
    } else {
        tls->waiting_previous->waiting_next = tls->waiting_next;
    }
    if (tls->waiting_next == NULL) {
        shard->newest_tls = tls->waiting_previous;
    } else {
        tls->waiting_next->waiting_previous = tls->waiting_previous;
    }
    tls->waits = false;
}

void tls_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us)
{
    struct tls_flow *tls;
    while ((tls = inspector->shards[shard].oldest_tls) != NULL && tls->deadline_us <= now_us) {
        struct flow *flow = tls->flow;
        tls->now_us = now_us;
        tls_flow_settle(tls);
        inspector_settled(inspector, flow);
    }
}
