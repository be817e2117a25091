/*
 * From events to records: what the rules say of an event, with whom it is about, and the facts beside it.
 * Everything that leaves here is by value and redacted; the client is a keyed hash.
 */
#include "pipeline_priv.h"

#include <stdlib.h>

#include "app/redact.h"
#include "base/site.h"
#include "rule/client.h"

void pipeline_tell(struct pipeline *pipeline, struct worker_record *record)
{
    record->order = pipeline->order;
    if (pipeline->ending_flows) {
        record->order.place = ORDER_PLACE_ENDS + pipeline->order_shard;
    }
    pipeline->order.index++;
    pipeline->record(pipeline->context, record);
}

void pipeline_tell_text(struct pipeline *pipeline, char *text, int64_t time_us)
{
    struct worker_record record = {.type = RECORD_TEXT, .time_us = time_us};
    record.text = text;
    pipeline_tell(pipeline, &record);
}

const struct redact_subscribers *pipeline_subscribers(const struct pipeline *pipeline,
                                                      const struct flow *flow,
                                                      struct redact_subscribers *subscribers)
{
    *subscribers = (struct redact_subscribers){.client = &flow_client(flow)->address, .home = pipeline->home};
    return pipeline->event.privacy.keep_clients ? NULL : subscribers;
}

/* The name under which the request asked; none where it is a subscriber's address. */
static struct slice asked_name(const struct pipeline *pipeline, const struct flow *flow,
                               const struct http_transaction *http)
{
    struct redact_subscribers subscribers;
    struct slice none = slice_make(NULL, 0);
    if (http->request == NULL ||
        redact_names_subscriber(http->request->host, pipeline_subscribers(pipeline, flow, &subscribers))) {
        return none;
    }
    return http->request->host;
}

void pipeline_name_service(const struct pipeline *pipeline, const struct flow *flow, struct slice host,
                           struct service_key *service)
{
    const struct endpoint *server = flow_server(flow);
    *service =
        (struct service_key){.address = server->address, .port = server->port, .transport = flow->transport};
    if (prefix_list_contains(pipeline->home, &server->address)) {
        service->address = client_pseudonym(&pipeline->event.privacy.client_key, &server->address);
    }
    if (host.len > 0 && host.len < sizeof service->name) {
        memcpy(service->name, host.data, host.len);
    }
}

/* `out` is zeroed. */
static void copy_text(char *out, size_t size, const char *text)
{
    if (text != NULL) {
        memcpy(out, text, strnlen(text, size - 1));
    }
}

static bool answered_ok(const struct http_response *response)
{
    return response != NULL && response->status >= 200 && response->status < 400;
}

void pipeline_fill_hit(struct rule_hit *hit, const struct rule_match *match)
{
    const struct rule *rule = match->rule;
    *hit = (struct rule_hit){
        .sid = rule->sid,
        .rev = rule->rev,
        .weight = rule->weight,
        .kind = rule->kind,
        .family = rule->family,
        .roles = rule->roles,
        .content = rule->content,
        .structural = rule->structural,
        .test = rule->test,
        .client_header = rule->client_header,
        .notice = rule->notice,
    };
    copy_text(hit->msg, sizeof hit->msg, rule->msg);
    copy_text(hit->reason, sizeof hit->reason, rule->reason);
    copy_text(hit->make, sizeof hit->make, rule->make);
    copy_text(hit->field, sizeof hit->field, rule->field);
    copy_text(hit->value, sizeof hit->value, match->value);
}

/* The first hit of a flow makes its note, by which its volume is told at its end. */
static void note_service(struct flow *flow, const struct service_key *service, enum name_source name_from)
{
    struct flow_note *note = flow_note(flow);
    if (note == NULL) {
        note = malloc(sizeof *note);
        if (note == NULL) {
            return; /* only the volume is lost with it */
        }
        flow_attached(flow)->note = note;
    }
    note->service = *service;
    note->name_from = name_from;
}

/* A restreamer among the subscribers is counted; told of is the origin alone. */
static bool is_upstream_pull(const struct pipeline *pipeline, const struct flow *flow,
                             const struct rule_hit *hit)
{
    return hit->kind == EVIDENCE_PROOF && (hit->roles & 1U << ROLE_ORIGIN) != 0 &&
           prefix_list_contains(pipeline->home, &flow_client(flow)->address);
}

void pipeline_tell_hit(struct pipeline *pipeline, struct flow *flow, const struct told_about *about,
                       struct worker_record *record)
{
    record->type = RECORD_HIT;
    record->name_from = about->name_from;
    record->client = client_hash(&pipeline->event.privacy.client_key, &flow_client(flow)->address);
    record->hit.answered_ok = about->answered_ok;
    record->hit.asked = about->asked;
    record->hit.proxy = about->proxy;
    record->hit.directions = (uint8_t)((flow->sides[flow->client].bytes > 0 ? DIRECTION_TO_SERVER : 0) |
                                       (flow->sides[flow->client ^ 1].bytes > 0 ? DIRECTION_TO_CLIENT : 0));
    note_service(flow, &record->service, about->name_from);
    pipeline_tell(pipeline, record);
}

static void tell_hits(struct pipeline *pipeline, struct flow *flow, const struct told_about *about,
                      const struct rule_match *matches, size_t count, int64_t time_us)
{
    for (size_t i = 0; i < count; i++) {
        struct worker_record record = {.time_us = time_us};
        pipeline_name_service(pipeline, flow, about->host, &record.service);
        pipeline_fill_hit(&record.hit, &matches[i]);
        pipeline_tell_hit(pipeline, flow, about, &record);
        counter_add(pipeline->counters, PIPELINE_HITS_TOLD, 1);
        counter_add(pipeline->counters, PIPELINE_UPSTREAM_PULLS,
                    is_upstream_pull(pipeline, flow, &record.hit));
    }
}

static size_t match_event(struct pipeline *pipeline, const struct app_event *event,
                          struct rule_match matches[RULE_MATCHES_MAX])
{
    return pipeline->rules == NULL ? 0 : rule_match_event(pipeline->rules, pipeline->scratch, event, matches);
}

void pipeline_match_event(struct pipeline *pipeline, const struct app_event *event,
                          const struct told_about *about)
{
    struct rule_match matches[RULE_MATCHES_MAX];
    size_t count = match_event(pipeline, event, matches);
    tell_hits(pipeline, event->flow, about, matches, count, event->time_us);
}

static struct told_about about_http(const struct http_transaction *http, struct slice host)
{
    return (struct told_about){
        .host = host,
        .name_from = NAME_FROM_HTTP,
        .answered_ok = answered_ok(http->response),
        .asked = http->request != NULL,
        .proxy = http->request != NULL && http->request->proxy,
    };
}

static struct told_about about_flow(const struct flow *flow)
{
    return (struct told_about){.asked = flow->sides[flow->client].bytes > 0};
}

void pipeline_tell_fact(struct pipeline *pipeline, const struct service_key *service,
                        enum name_source name_from, const struct fact *fact, int64_t time_us)
{
    struct worker_record record = {.type = RECORD_FACT, .time_us = time_us, .name_from = name_from};
    record.service = *service;
    record.fact = *fact;
    pipeline_tell(pipeline, &record);
    counter_add(pipeline->counters, PIPELINE_FACTS_TOLD, 1);
}

static uint64_t service_hash(const struct pipeline *pipeline, const struct service_key *service)
{
    struct {
        struct address address;
        uint16_t port;
        char name[HOST_NAME_SIZE];
    } key = {.address = service->address, .port = service->port};
    size_t len = strlen(service->name);
    memcpy(key.name, service->name, len);
    return hash_bytes(&pipeline->table_key, &key, offsetof(__typeof__(key), name) + len);
}

/* Whether this was told in the present span; what does not fit may be told again. */
static bool told_before(struct pipeline *pipeline, uint64_t hash)
{
    enum hash_set_added added = hash_set_add(&pipeline->told_names, hash, TOLD_NAMES_MAX);
    if (added == HASH_SET_FULL) {
        hash_set_clear(&pipeline->told_names);
    }
    return added == HASH_SET_KNOWN;
}

void pipeline_tell_name(struct pipeline *pipeline, const struct service_key *service,
                        enum name_source name_from, int64_t time_us)
{
    if (told_before(pipeline, service_hash(pipeline, service))) {
        return;
    }
    struct fact fact = {.type = FACT_NAME};
    pipeline_tell_fact(pipeline, service, name_from, &fact, time_us);
    counter_add(pipeline->counters, PIPELINE_NAMES_TOLD, 1);
}

/* Servers that are a subscriber's address, or no name at all, are not told. */
static void tell_named(struct pipeline *pipeline, const struct flow *flow, const struct service_key *service,
                       const struct named_servers *named, int64_t time_us)
{
    struct redact_subscribers subscribers;
    const struct redact_subscribers *who = pipeline_subscribers(pipeline, flow, &subscribers);
    for (uint32_t i = 0; named != NULL && i < named->count; i++) {
        if (!redact_host_told(slice_text(named->items[i].host), who)) {
            continue;
        }
        struct fact fact = {.type = FACT_RELATED, .named = named->items[i]};
        pipeline_tell_fact(pipeline, service, NAME_FROM_HTTP, &fact, time_us);
    }
}

/* A stream as browsers' players fetch it: a playlist of HLS, its segments, a manifest of DASH. Known for
 * certain with the event at which this is asked. */
static bool is_stream(const struct app_event *event)
{
    const struct http_transaction *http = event->http;
    const struct http_response *response = http->response;
    if (response == NULL || response->status < 200 || response->status >= 300) {
        return false;
    }
    if (event->type == APP_HTTP_ENDED) {
        return http->m3u != NULL && (http->m3u->hls_master || http->m3u->hls_media);
    }
    return response->kind == BODY_MPEGTS ||
           (response->kind == BODY_XML && slice_find(response->body, slice_text("<MPD")) != SIZE_MAX);
}

/* The host of somebody's page that sent the client to this stream; empty where none did. */
static struct slice embedding_page(const struct app_event *event)
{
    struct slice none = slice_make(NULL, 0);
    const struct http_request *request = event->http->request;
    if (request == NULL || request->proxy || request->host.len == 0) {
        return none;
    }
    struct slice page = request->origin_host.len > 0 ? request->origin_host : request->referer_host;
    bool embeds = page.len > 0 && page.len < HOST_NAME_SIZE && !site_same(page, request->host);
    return embeds && is_stream(event) ? page : none;
}

/* Its host is told once in a while. */
static void tell_embedded(struct pipeline *pipeline, const struct app_event *event, struct slice page,
                          const struct service_key *service)
{
    const struct http_request *request = event->http->request;
    struct redact_subscribers subscribers;
    if (page.len == 0 || !redact_host_told(page, pipeline_subscribers(pipeline, event->flow, &subscribers))) {
        return;
    }
    /* Another hash than the name's of a service, also where both are equal. */
    uint64_t hash = hash_bytes(&pipeline->table_key, page.data, page.len) + 1;
    if (told_before(pipeline, hash ^ service_hash(pipeline, service))) {
        return;
    }
    struct fact fact = {.type = FACT_EMBEDDED};
    bool by_referer = named_server_from_url(request->referer, RELATION_EMBED, &fact.named);
    if (!by_referer || !slice_equal(slice_text(fact.named.host), page)) {
        fact.named =
            (struct named_server){.relation = RELATION_EMBED, .count = 1}; /* its port is not known */
        memcpy(fact.named.host, page.data, page.len);
    }
    pipeline_tell_fact(pipeline, service, NAME_FROM_HTTP, &fact, event->time_us);
}

/* Its tokens tie a service to the others of its panel. What somebody's proxy hands on says nothing of it. */
static void tell_tie(struct pipeline *pipeline, const struct service_key *service,
                     const struct http_transaction *http, int64_t time_us)
{
    const struct repeats_found *found = rule_scratch_found(pipeline->scratch);
    if (found->tied && (http->request == NULL || !http->request->proxy)) {
        struct fact fact = {.type = FACT_TIE, .tie = {.type = TIE_PANEL_TOKEN, .print = found->print}};
        pipeline_tell_fact(pipeline, service, NAME_FROM_HTTP, &fact, time_us);
    }
}

/* A whole catalogue ties it to those that have the same channels under the same numbers. */
static void tell_print(struct pipeline *pipeline, const struct service_key *service,
                       const struct http_transaction *http, int64_t time_us)
{
    uint64_t print = http->m3u != NULL ? http->m3u->print : http->api != NULL ? http->api->print : 0;
    if (print != 0 && (http->request == NULL || !http->request->proxy)) {
        struct fact fact = {.type = FACT_TIE, .tie = {.type = TIE_CATALOGUE, .print = print}};
        pipeline_tell_fact(pipeline, service, NAME_FROM_HTTP, &fact, time_us);
    }
}

/* What a whole document of this service holds; a playlist that is an HLS one holds no catalogue. */
static void tell_catalogue(struct pipeline *pipeline, const struct service_key *service,
                           const struct http_transaction *http, int64_t time_us)
{
    struct fact fact = {.type = FACT_CATALOGUE};
    if (http->m3u != NULL && !http->m3u->hls_master && !http->m3u->hls_media) {
        fact.catalogue = (struct catalogue){.live = http->m3u->live,
                                            .movies = http->m3u->movies,
                                            .series = http->m3u->series,
                                            .groups = http->m3u->groups,
                                            .whole = http->m3u->complete};
    } else if (http->api != NULL) {
        fact.catalogue = (struct catalogue){.live = http->api->live + http->api->stalker_channels,
                                            .movies = http->api->movies,
                                            .series = http->api->series,
                                            .groups = http->api->categories,
                                            .whole = http->api->complete};
    }
    if (fact.catalogue.live + fact.catalogue.movies + fact.catalogue.series > 0) {
        pipeline_tell_fact(pipeline, service, NAME_FROM_HTTP, &fact, time_us);
    }
}

/* Whose pay channels a document of this service lists. */
static void tell_rights(struct pipeline *pipeline, const struct service_key *service,
                        const struct http_transaction *http, int64_t time_us)
{
    struct fact fact = {.type = FACT_RIGHTS};
    if (pipeline->rules != NULL && rule_set_rights(pipeline->rules, http, &fact.rights)) {
        pipeline_tell_fact(pipeline, service, NAME_FROM_HTTP, &fact, time_us);
    }
}

static void tell_transaction_record(struct pipeline *pipeline, const struct app_event *event)
{
    bool last = event->type == APP_HTTP_ENDED || event->http->response == NULL;
    if (last && (pipeline->events & EVENT_HTTP) != 0) {
        pipeline_tell_text(pipeline, event_json_http(&pipeline->event, event), event->time_us);
    }
    if (event->type == APP_HTTP_ENDED && event->http->m3u != NULL && (pipeline->events & EVENT_M3U) != 0) {
        pipeline_tell_text(pipeline, event_json_m3u(&pipeline->event, event), event->time_us);
    }
}

_Static_assert((int)STREAM_NAME_SIZE == (int)MPEGTS_NAME_SIZE, "names of streams fit into records");

/* A name is what anybody wrote into a stream: free text. */
static void copy_redacted(const struct pipeline *pipeline, const struct flow *flow, const char *name,
                          char out[STREAM_NAME_SIZE])
{
    struct redact_subscribers subscribers;
    struct buf redacted = buf_make(STREAM_NAME_SIZE - 1);
    redact_text(&redacted, slice_text(name), pipeline_subscribers(pipeline, flow, &subscribers));
    struct buf clean = buf_make(STREAM_NAME_SIZE - 1);
    (void)text_append_clean(&clean, buf_slice(&redacted), STREAM_NAME_SIZE - 1);
    memcpy(out, clean.data == NULL ? (const void *)"" : clean.data, clean.len);
    out[clean.len] = '\0';
    buf_free(&clean);
    buf_free(&redacted);
}

/* What a service's stream carries. */
static void tell_stream(struct pipeline *pipeline, const struct service_key *service,
                        const struct app_event *event)
{
    const struct mpegts_facts *stream = event->stream;
    struct fact fact = {.type = FACT_STREAM, .stream = {.container = "mpegts", .kilobits = stream->kilobits}};
    copy_redacted(pipeline, event->flow, stream->service_name, fact.stream.service_name);
    copy_redacted(pipeline, event->flow, stream->provider, fact.stream.provider);
    pipeline_tell_fact(pipeline, service, NAME_FROM_HTTP, &fact, event->time_us);
}

static void take_stream(struct pipeline *pipeline, const struct app_event *event)
{
    struct flow *flow = event->flow;
    struct slice host = event->http == NULL ? slice_make(NULL, 0) : asked_name(pipeline, flow, event->http);
    const struct told_about about = event->http != NULL ? about_http(event->http, host) : about_flow(flow);
    pipeline_match_event(pipeline, event, &about);
    if (flow_note(flow) != NULL) {
        struct service_key service;
        pipeline_name_service(pipeline, flow, host, &service);
        tell_stream(pipeline, &service, event);
    }
    if ((pipeline->events & EVENT_MPEGTS) != 0) {
        pipeline_tell_text(pipeline, event_json_mpegts(&pipeline->event, event), event->time_us);
    }
}

/* Of a flow without names the address may stand on an order's list; told where the server has spoken. */
static void tell_listed_flow(struct pipeline *pipeline, struct flow *flow, const struct told_about *about,
                             int64_t time_us)
{
    if (flow->sides[flow->client ^ 1].bytes > 0) {
        pipeline_tell_listed(pipeline, flow, about, true, time_us);
    }
}

static void take_sign(struct pipeline *pipeline, const struct app_event *event)
{
    if (pipeline->rules == NULL) {
        return;
    }
    const struct told_about about = about_flow(event->flow);
    pipeline_match_event(pipeline, event, &about);
    tell_listed_flow(pipeline, event->flow, &about, event->time_us);
}

/* Of a list's entries hardly any is a hit: whom one is about is looked at then. */
static void take_entry(struct pipeline *pipeline, const struct app_event *event)
{
    struct rule_match matches[RULE_MATCHES_MAX];
    size_t count = match_event(pipeline, event, matches);
    if (count > 0) {
        const struct told_about about =
            about_http(event->http, asked_name(pipeline, event->flow, event->http));
        tell_hits(pipeline, event->flow, &about, matches, count, event->time_us);
    }
}

/* What is known with the first telling of a transaction. */
static void tell_settled(struct pipeline *pipeline, const struct app_event *event,
                         const struct told_about *about, const struct service_key *service)
{
    const struct http_transaction *http = event->http;
    if (http->response == NULL || http->response->status < 400) {
        pipeline_tell_listed(pipeline, event->flow, about, about->answered_ok, event->time_us);
    }
    if (pipeline->rules != NULL) {
        tell_tie(pipeline, service, http, event->time_us);
    }
    if (service->name[0] != '\0' && about->answered_ok && !about->proxy) {
        pipeline_tell_name(pipeline, service, NAME_FROM_HTTP, event->time_us);
    }
}

/* ... and with its end. */
static void tell_ended(struct pipeline *pipeline, const struct app_event *event,
                       const struct service_key *service)
{
    const struct http_transaction *http = event->http;
    tell_named(pipeline, event->flow, service, http->named, event->time_us);
    tell_catalogue(pipeline, service, http, event->time_us);
    tell_print(pipeline, service, http, event->time_us);
    tell_rights(pipeline, service, http, event->time_us);
}

static void take_http(struct pipeline *pipeline, const struct app_event *event)
{
    struct flow *flow = event->flow;
    struct rule_match matches[RULE_MATCHES_MAX];
    size_t count = match_event(pipeline, event, matches);
    struct slice page = embedding_page(event);
    bool settled = event->type == APP_HTTP_SETTLED;
    bool ended = !settled && (count > 0 || flow_note(flow) != NULL);
    /* Nearly all ends tell nothing, so that nobody asks whom they are about. */
    if (settled || ended || page.len > 0) {
        const struct told_about about = about_http(event->http, asked_name(pipeline, flow, event->http));
        struct service_key service;
        pipeline_name_service(pipeline, flow, about.host, &service);
        tell_hits(pipeline, flow, &about, matches, count, event->time_us);
        if (settled) {
            tell_settled(pipeline, event, &about, &service);
        }
        tell_embedded(pipeline, event, page, &service);
        if (ended) {
            tell_ended(pipeline, event, &service);
        }
    }
    tell_transaction_record(pipeline, event);
}

void pipeline_take_event(void *context, const struct app_event *event)
{
    struct pipeline *pipeline = context;
    switch (event->type) {
    case APP_HTTP_SETTLED:
    case APP_HTTP_ENDED:
        take_http(pipeline, event);
        break;
    case APP_ENTRY:
        take_entry(pipeline, event);
        break;
    case APP_SIGN:
        take_sign(pipeline, event);
        break;
    case APP_UNREAD:
        pipeline_match_flow(pipeline, event->flow, event->side, event->bytes);
        break;
    case APP_TS:
        take_stream(pipeline, event);
        break;
    case APP_TLS:
        pipeline_take_tls(pipeline, event);
        break;
    case APP_QUIC:
        pipeline_take_quic(pipeline, event);
        break;
    case APP_DNS:
        pipeline_take_dns(pipeline, event);
        break;
    }
}

void pipeline_match_flow(struct pipeline *pipeline, struct flow *flow, unsigned side, struct slice payload)
{
    if (pipeline->rules == NULL) {
        return;
    }
    struct rule_match matches[RULE_MATCHES_MAX];
    size_t count = rule_match_flow(pipeline->rules, pipeline->scratch, flow, side, payload, matches);
    const struct told_about about = about_flow(flow);
    tell_hits(pipeline, flow, &about, matches, count, pipeline->now_us);
    if (payload.len > 0 && side != flow->client) {
        tell_listed_flow(pipeline, flow, &about, pipeline->now_us);
    }
}

bool pipeline_inspect(struct pipeline *pipeline, struct flow *flow, unsigned side, struct slice bytes,
                      int64_t time_us)
{
    return inspector_data(pipeline->inspector, flow, side, bytes, time_us) == INSPECTION_MORE;
}

void pipeline_tell_flow_end(struct pipeline *pipeline, struct flow *flow)
{
    struct flow_note *note = flow_note(flow);
    if (note != NULL) {
        struct fact fact = {
            .type = FACT_VOLUME,
            .volume = {.flows = 1, .bytes = flow_sum(flow->sides[0].bytes, flow->sides[1].bytes)}};
        pipeline_tell_fact(pipeline, &note->service, note->name_from, &fact, flow->last_us);
        free(note);
        flow_attached(flow)->note = NULL;
    }
    if ((pipeline->events & EVENT_FLOW) != 0) {
        const char *protocol = inspector_protocol(flow);
        if (protocol == NULL && pipeline->classifier != NULL && flow->ndpi_protocol != 0) {
            protocol = classifier_protocol_name(pipeline->classifier, flow->ndpi_protocol);
        }
        pipeline_tell_text(pipeline, event_json_flow(&pipeline->event, flow, protocol), flow->last_us);
    }
}
