/* A detection as one line of JSON: design section 5's example, key by key in its order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_priv.h"
#include "rule/evidence.h"
#include "sink/sink.h"

enum { DETECTION_TEXT_MAX = 256, DETECTION_LINE_MAX = 16 * 1024, DIGEST_TEXT_SIZE = 80 };

static void put_text(json_t *object, const char *key, const char *text)
{
    (void)json_put_text(object, key, slice_text(text), DETECTION_TEXT_MAX);
}

static json_t *server_json(const struct detection *detection)
{
    json_t *server = json_have(json_object());
    char address[ADDRESS_TEXT_SIZE];
    put_text(server, "ip", address_print(&detection->service.address, address));
    json_put_number(server, "port", detection->service.port);
    put_text(server, "transport", transport_name(detection->service.transport));
    json_put_number(server, "other_hosts", detection->other_hosts);
    return server;
}

static json_t *evidence_json(const struct detection_evidence *evidence)
{
    json_t *item = json_have(json_object());
    json_put_number(item, "sid", evidence->sid);
    json_put_number(item, "rev", evidence->rev);
    put_text(item, "msg", evidence->msg);
    put_text(item, "kind", evidence_kind_name(evidence->kind));
    put_text(item, "reason", evidence->reason);
    json_put(item, "content", json_boolean(evidence->content));
    json_put_number(item, "weight", evidence->weight);
    put_text(item, "field", evidence->field);
    put_text(item, "value", evidence->value);
    json_put_number(item, "count", evidence->count);
    json_put_time(item, "first", evidence->first_us);
    json_put_time(item, "last", evidence->last_us);
    return item;
}

static json_t *related_json(const struct detection_related *related)
{
    json_t *item = json_have(json_object());
    if (host_is_literal(related->server.host)) {
        put_text(item, "ip", related->server.host);
    } else {
        put_text(item, "host", related->server.host);
        put_text(item, "ip", related->address);
    }
    json_put_count(item, "port", related->server.port);
    put_text(item, "relation", relation_name(related->server.relation));
    return item;
}

static void put_catalogue(json_t *line, const struct detection *detection)
{
    const struct rights_holders *rights = &detection->rights_holders;
    if (!detection->has_catalogue && rights->count == 0) {
        return;
    }
    json_t *item = json_have(json_object());
    if (detection->has_catalogue) {
        json_put_count(item, "live", detection->catalogue.live);
        json_put_count(item, "movies", detection->catalogue.movies);
        json_put_count(item, "series", detection->catalogue.series);
        json_put_count(item, "groups", detection->catalogue.groups);
    }
    if (rights->count > 0) {
        json_t *ids = json_have(json_array());
        for (uint32_t i = 0; i < rights->count; i++) {
            json_array_append_new(ids, json_have(json_string(rights->ids[i])));
        }
        json_put(item, "rights_holders", ids);
    }
    json_put(line, "catalogue", item);
}

/* Rates below 0.05 Mbit/s are none. */
static void put_stream(json_t *line, const struct stream_description *stream)
{
    json_t *item = json_have(json_object());
    put_text(item, "container", stream->container);
    put_text(item, "service_name", stream->service_name);
    put_text(item, "provider", stream->provider);
    uint32_t tenths = stream->kilobits / 100 + (stream->kilobits % 100 >= 50);
    if (tenths > 0) {
        json_put(item, "mbps", json_real(tenths / 10.0));
    }
    if (json_object_size(item) > 0) {
        json_put(line, "stream", item);
    } else {
        json_decref(item);
    }
}

static void put_case(json_t *line, const struct detection *detection)
{
    json_t *by = json_have(json_array());
    for (unsigned type = 0; type < TIE_COUNT; type++) {
        if ((detection->in_case.by >> type & 1) != 0) {
            json_array_append_new(by, json_have(json_string(tie_name((enum tie)type))));
        }
    }
    json_t *item = json_have(json_object());
    put_text(item, "id", detection->in_case.id);
    json_put(item, "by", by);
    json_put_number(item, "services", detection->in_case.services);
    json_put(line, "case", item);
}

static json_t *block_json(const struct detection *detection)
{
    json_t *item = json_have(json_object());
    json_put(item, "eligible", json_boolean(detection->block.eligible));
    if (detection->block.basis != BASIS_NONE) {
        put_text(item, "basis", block_basis_name(detection->block.basis));
    }
    put_text(item, "scope", block_scope_name(detection->block.scope));
    put_text(item, "reason", block_reason_name(detection->block.reason));
    put_text(item, "order", detection->block.order);
    return item;
}

static json_t *producer_json(const struct producer *producer)
{
    json_t *item = json_have(json_object());
    put_text(item, "version", producer->version);
    char digest[DIGEST_TEXT_SIZE];
    snprintf(digest, sizeof digest, "sha256:%s", producer->rules_digest);
    put_text(item, "rules", digest);
    return item;
}

static void put_head(json_t *line, const struct detection *detection, const struct producer *producer)
{
    json_put_number(line, "schema", 1);
    json_put_time(line, "timestamp", detection->time_us);
    put_text(line, "event_type", "detection");
    put_text(line, "sensor", producer->sensor);
    put_text(line, "mode", detection->replay ? "replay" : "live");
    json_put_number(line, "seq", detection->seq);
    put_text(line, "id", detection->id);
    put_text(line, "subject", detection->subject_host ? "host" : "service");
    put_text(line, "state", state_name(detection->state));
    put_text(line, "cause", cause_name(detection->cause));
    put_text(line, "level", level_name(detection->level));
    json_put_number(line, "score", detection->score);
    put_text(line, "family", family_name(detection->family));
}

static void put_subject(json_t *line, const struct detection *detection)
{
    if (!detection->subject_host) {
        json_put(line, "server", server_json(detection));
    }
    put_text(line, "host", detection->service.name);
    if (detection->service.name[0] != '\0' && detection->host_from != NULL) {
        put_text(line, "host_from", detection->host_from);
    }
    if (detection->service.name[0] != '\0') {
        json_put(line, "host_verified", json_boolean(detection->host_verified));
    }
    if (detection->roles != 0) {
        json_put(line, "roles", json_roles(detection->roles));
    }
    static const char *const direction_names[] = {
        "",
        [DIRECTION_TO_SERVER] = "to_server",
        [DIRECTION_TO_CLIENT] = "to_client",
        [DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT] = "both",
    };
    put_text(line, "directions", direction_names[detection->directions & 3]);
    put_text(line, "make", detection->make);
}

/* `kept`: which evidence is told, by its place. */
static void put_evidence(json_t *line, const struct detection *detection,
                         const bool kept[DETECTION_EVIDENCE_MAX])
{
    json_t *list = json_have(json_array());
    uint32_t omitted = detection->evidence_omitted;
    for (uint32_t i = 0; i < detection->evidence_count; i++) {
        if (kept[i]) {
            json_array_append_new(list, evidence_json(&detection->evidence[i]));
        } else {
            omitted++;
        }
    }
    json_put(line, "evidence", list);
    json_put_count(line, "evidence_omitted", omitted);
}

static void put_rest(json_t *line, const struct detection *detection, const struct producer *producer)
{
    put_catalogue(line, detection);
    if (detection->has_stream) {
        put_stream(line, &detection->stream);
    }
    if (detection->related_count > 0) {
        json_t *list = json_have(json_array());
        for (uint32_t i = 0; i < detection->related_count; i++) {
            json_array_append_new(list, related_json(&detection->related[i]));
        }
        json_put(line, "related", list);
    }
    if (detection->has_case) {
        put_case(line, detection);
    }
    json_put_count(line, "clients", detection->clients);
    json_put_count(line, "flows", detection->flows);
    json_put_count(line, "bytes", detection->bytes);
    json_put_time(line, "first_seen", detection->first_us);
    json_put_time(line, "last_seen", detection->last_us);
    json_put(line, "block", block_json(detection));
    json_put(line, "producer", producer_json(producer));
    json_put_privacy(line, producer->keep_credentials, producer->keep_clients);
}

/* The weakest of what is still told; of equals the last. */
static uint32_t weakest_evidence(const struct detection *detection, const bool kept[DETECTION_EVIDENCE_MAX])
{
    uint32_t weakest = UINT32_MAX;
    for (uint32_t i = 0; i < detection->evidence_count; i++) {
        if (kept[i] &&
            (weakest == UINT32_MAX || detection->evidence[i].weight <= detection->evidence[weakest].weight)) {
            weakest = i;
        }
    }
    return weakest;
}

char *detection_json(const struct detection *detection, const struct producer *producer)
{
    bool kept[DETECTION_EVIDENCE_MAX];
    for (size_t i = 0; i < DETECTION_EVIDENCE_MAX; i++) {
        kept[i] = true;
    }
    for (;;) {
        json_t *line = json_have(json_object());
        put_head(line, detection, producer);
        put_subject(line, detection);
        put_evidence(line, detection, kept);
        put_rest(line, detection, producer);
        char *text = json_line(line);
        uint32_t weakest = weakest_evidence(detection, kept);
        if (strlen(text) <= DETECTION_LINE_MAX || weakest == UINT32_MAX) {
            return text;
        }
        free(text);
        kept[weakest] = false;
    }
}
