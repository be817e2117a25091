/*
 * Questions and answers of DNS as records: what rules say of a name that was asked for, which addresses a
 * resolver gave to it, and the lines of --events dns.
 *
 * A question says nothing of any server: its hits are about the name alone and bear no server (port 0).
 * An answer's addresses are told only where the question was seen before it in the same flow.
 */
#include "pipeline_priv.h"

#include <string.h>

#include "rule/client.h"

void pipeline_clear_addresses(struct pipeline *pipeline)
{
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        hash_set_clear(&pipeline->told_addresses[i].hashes);
    }
}

/* The question's name as services are named by. False where it is none, or a subscriber's. */
static bool service_name(const struct pipeline *pipeline, const struct app_event *event,
                         char name[HOST_NAME_SIZE])
{
    struct redact_subscribers subscribers;
    uint16_t port;
    return event->dns->host && host_normalise(event->dns->name, name, &port) && !host_is_literal(name) &&
           redact_host_told(slice_text(name), pipeline_subscribers(pipeline, event->flow, &subscribers));
}

static uint64_t client_of(const struct pipeline *pipeline, const struct flow *flow)
{
    return client_hash(&pipeline->event.privacy.client_key, &flow_client(flow)->address);
}

/* ---- hits */

static void tell_hits(struct pipeline *pipeline, const struct app_event *event,
                      const struct service_key *service)
{
    struct rule_match matches[RULE_MATCHES_MAX];
    size_t count = rule_match_event(pipeline->rules, pipeline->scratch, event, matches);
    for (size_t i = 0; i < count; i++) {
        struct worker_record record = {.type = RECORD_HIT,
                                       .time_us = event->time_us,
                                       .service = *service,
                                       .name_from = NAME_FROM_DNS,
                                       .client = client_of(pipeline, event->flow)};
        pipeline_fill_hit(&record.hit, &matches[i]);
        record.hit.asked = true;
        record.hit.directions =
            (uint8_t)(DIRECTION_TO_SERVER | (event->dns->answer != NULL ? DIRECTION_TO_CLIENT : 0));
        pipeline_tell(pipeline, &record);
        counter_add(pipeline->counters, PIPELINE_HITS_TOLD, 1);
    }
}

/* ---- addresses of the name */

/* The name to which the answer's own aliases lead from the question; lowers `*ttl` to the shortest of
 * theirs. Aliases stand in any order, and each is followed once. */
static struct dns_name follow_aliases(const struct dns_exchange *exchange, uint32_t *ttl)
{
    const struct dns_message *answer = exchange->answer;
    struct dns_name name = {.len = (uint8_t)exchange->name.len};
    uint64_t followed = 0;
    memcpy(name.text, exchange->name.data, exchange->name.len);
    for (uint32_t i = 0; i < answer->answer_count; i++) {
        const struct dns_answer *alias = &answer->answers[i];
        if ((followed & UINT64_C(1) << i) != 0 || alias->type != DNS_CNAME || !alias->understood ||
            !dns_name_equal(&alias->owner, &name)) {
            continue;
        }
        name = alias->target;
        *ttl = alias->ttl < *ttl ? alias->ttl : *ttl;
        followed |= UINT64_C(1) << i;
        i = UINT32_MAX; /* from the first one again */
    }
    return name;
}

_Static_assert(DNS_ANSWERS_MAX <= 64, "a bit for each answer");

/* Whether this was told in the present span, or too much in this second. */
static bool is_left_out(struct pipeline *pipeline, unsigned shard, const struct worker_record *record)
{
    struct told_addresses *told = &pipeline->told_addresses[shard];
    int64_t second = record->time_us / TIME_SECOND;
    if (second > told->second) {
        told->second = second;
        told->count = 0;
    }
    if (told->count >= pipeline->dns_addresses) {
        counter_add(pipeline->counters, PIPELINE_ADDRESSES_CAP, 1);
        return true;
    }
    struct {
        uint64_t client;
        struct address address;
        uint64_t trusted;
        char name[HOST_NAME_SIZE];
    } key = {.client = record->client,
             .address = record->service.address,
             .trusted = record->fact.address.trusted};
    size_t len = strlen(record->service.name);
    memcpy(key.name, record->service.name, len);
    uint64_t hash = hash_bytes(&pipeline->table_key, &key, offsetof(__typeof__(key), name) + len);
    enum hash_set_added added = hash_set_add(&told->hashes, hash, TOLD_ADDRESSES_MAX);
    if (added == HASH_SET_FULL) {
        hash_set_clear(&told->hashes);
    }
    told->count += added != HASH_SET_KNOWN;
    return added == HASH_SET_KNOWN;
}

static void tell_address(struct pipeline *pipeline, const struct app_event *event,
                         const struct service_key *service, const struct address *address, uint32_t ttl)
{
    const struct flow *flow = event->flow;
    if (address_classify(address) != ADDRESS_PUBLIC || prefix_list_contains(pipeline->home, address)) {
        return;
    }
    struct worker_record record = {.type = RECORD_FACT,
                                   .time_us = event->time_us,
                                   .service = *service,
                                   .name_from = NAME_FROM_DNS,
                                   .client = client_of(pipeline, flow)};
    record.service.address = *address;
    record.fact.type = FACT_ADDRESS;
    record.fact.address.ttl = ttl;
    record.fact.address.trusted = prefix_list_contains(pipeline->resolvers, &flow_server(flow)->address);
    if (!is_left_out(pipeline, flow->shard, &record)) {
        pipeline_tell(pipeline, &record);
        counter_add(pipeline->counters, PIPELINE_ADDRESSES_TOLD, 1);
        counter_add(pipeline->counters, PIPELINE_FACTS_TOLD, 1);
    }
}

/* A cut answer is asked for again over TCP; its client does not use it. */
static bool is_whole(const struct dns_message *answer)
{
    return !answer->cut && (answer->flags & DNS_FLAG_TRUNCATED) == 0 && dns_rcode(answer) == 0;
}

static void tell_addresses(struct pipeline *pipeline, const struct app_event *event,
                           const struct service_key *service)
{
    const struct dns_exchange *exchange = event->dns;
    const struct dns_message *answer = exchange->answer;
    bool asks_address = exchange->type == DNS_A || exchange->type == DNS_AAAA;
    if (answer == NULL || !asks_address || !is_whole(answer)) {
        return;
    }
    uint32_t chain_ttl = UINT32_MAX;
    struct dns_name owner = follow_aliases(exchange, &chain_ttl);
    for (uint32_t i = 0; i < answer->answer_count; i++) {
        const struct dns_answer *item = &answer->answers[i];
        if (item->type == exchange->type && item->understood && dns_name_equal(&item->owner, &owner)) {
            tell_address(pipeline, event, service, &item->address,
                         item->ttl < chain_ttl ? item->ttl : chain_ttl);
        }
    }
}

void pipeline_take_dns(struct pipeline *pipeline, const struct app_event *event)
{
    const struct dns_exchange *exchange = event->dns;
    struct service_key service = {.transport = event->flow->transport};
    if (exchange->asked && service_name(pipeline, event, service.name)) {
        if (pipeline->rules != NULL) {
            tell_hits(pipeline, event, &service);
        }
        pipeline_tell_listed_name(pipeline, &service, client_of(pipeline, event->flow),
                                  exchange->answer != NULL, event->time_us);
        tell_addresses(pipeline, event, &service);
    }
    if ((pipeline->events & EVENT_DNS) == 0) {
        return;
    }
    if (exchange->asked) {
        pipeline_tell_text(pipeline, event_json_dns_query(&pipeline->event, event), event->time_us);
    }
    if (exchange->answer != NULL) {
        pipeline_tell_text(pipeline, event_json_dns_answer(&pipeline->event, event), event->time_us);
    }
}
