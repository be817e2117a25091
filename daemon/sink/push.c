/* Making the script's facts out of a detection; script/facts.lua says what it expects. */
#include "push_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "json_priv.h"

enum { FACT_TEXT_MAX = 256, SECONDS_TEXT_SIZE = 32 };

/* Facts are all there, also empty ones: the script checks their types. */
static void put(json_t *object, const char *key, const char *text)
{
    if (text[0] == '\0') {
        json_put(object, key, json_string(""));
    } else {
        (void)json_put_text(object, key, slice_text(text), FACT_TEXT_MAX);
    }
}

static uint64_t whole_seconds(int64_t duration_us)
{
    return duration_us <= 0 ? 1 : (uint64_t)((duration_us + TIME_SECOND - 1) / TIME_SECOND);
}

static json_t *evidence_facts(const struct detection *detection)
{
    json_t *list = json_have(json_array());
    for (uint32_t i = 0; i < detection->evidence_count; i++) {
        const struct detection_evidence *evidence = &detection->evidence[i];
        json_t *item = json_have(json_object());
        json_put_number(item, "sid", evidence->sid);
        json_put_number(item, "weight", evidence->weight);
        put(item, "kind", evidence_kind_name(evidence->kind));
        put(item, "reason", evidence->reason);
        json_put(item, "content", json_boolean(evidence->content));
        json_put(item, "structural", json_boolean(evidence->structural));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *block_facts(const struct detection *detection)
{
    json_t *block = json_have(json_object());
    bool eligible = detection->block.eligible;
    bool withdraw = detection->block.withdraw;
    const char *set = address_is_v4(&detection->service.address) ? "ip4" : "ip6";
    json_put(block, "touch", json_boolean(!detection->replay || eligible || withdraw));
    json_put(block, "eligible", json_boolean(eligible));
    json_put(block, "automatic", json_boolean(detection->block.automatic));
    json_put(block, "withdraw", json_boolean(withdraw));
    put(block, "scope", block_scope_name(detection->block.scope));
    put(block, "basis", block_basis_name(detection->block.basis));
    put(block, "reason", block_reason_name(detection->block.reason));
    put(block, "order", detection->block.order);
    put(block, "set", detection->subject_host ? "" : set);
    json_put_number(block, "duration", whole_seconds(detection->block.duration));
    return block;
}

static void put_server(json_t *facts, const struct detection *detection, const char *server)
{
    char address[ADDRESS_TEXT_SIZE] = "";
    char port[8] = "";
    if (!detection->subject_host) {
        address_print(&detection->service.address, address);
        snprintf(port, sizeof port, "%u", detection->service.port);
    }
    put(facts, "ip", address);
    put(facts, "port", port);
    put(facts, "host", detection->service.name);
    put(facts, "server", server);
}

/* Every prefix that holds the address, as an entry of a list would be written; for what may be proposed. */
static json_t *prefixes_of(const struct detection *detection)
{
    json_t *list = json_have(json_array());
    if (!detection->block.eligible || detection->subject_host) {
        return list;
    }
    struct prefix prefix = {.address = detection->service.address};
    int least = address_is_v4(&prefix.address) ? 96 : 0;
    for (int bits = 127; bits >= least; bits--) {
        char text[PREFIX_TEXT_SIZE];
        prefix.bits = (uint8_t)bits;
        prefix.address.bytes[bits / 8] &= (uint8_t)(0xff00 >> bits % 8);
        json_array_append_new(list, json_have(json_string(prefix_print(&prefix, text))));
    }
    return list;
}

static void put_times(json_t *facts, const struct detection *detection)
{
    json_put_time(facts, "first_seen", detection->first_us);
    json_put_time(facts, "last_seen", detection->last_us);
    char seconds[SECONDS_TEXT_SIZE];
    int64_t last = detection->last_us < 0 ? 0 : detection->last_us;
    snprintf(seconds, sizeof seconds, "%" PRId64 ".%06" PRId64, last / TIME_SECOND, last % TIME_SECOND);
    put(facts, "last_seconds", seconds);
    json_put_number(facts, "expire", whole_seconds(detection->expire));
}

static char *make_facts(const struct detection *detection, const struct producer *producer, uint64_t keep,
                        const char *server)
{
    json_t *facts = json_have(json_object());
    put(facts, "sensor", producer->sensor);
    put(facts, "epoch", producer->epoch);
    put(facts, "mode", detection->replay ? "replay" : "live");
    json_put_number(facts, "seq", detection->seq);
    put(facts, "id", detection->id);
    put(facts, "state", state_name(detection->state));
    put(facts, "level", level_name(detection->level));
    json_put_number(facts, "score", detection->score);
    put(facts, "family", family_name(detection->family));
    put_server(facts, detection, server);
    put(facts, "make", detection->make);
    json_put(facts, "roles", json_roles(detection->roles));
    put_times(facts, detection);
    json_put_number(facts, "keep", keep);
    json_put_number(facts, "clients", detection->clients);
    json_put_number(facts, "claimants", detection->claimants);
    json_put(facts, "answered", json_boolean(detection->answered));
    json_put(facts, "home", json_boolean(detection->server_is_home));
    json_put_number(facts, "other_hosts", detection->other_hosts);
    json_put(facts, "prefixes", prefixes_of(detection));
    json_put(facts, "evidence", evidence_facts(detection));
    json_put(facts, "block", block_facts(detection));
    return json_line(facts);
}

struct push *push_create(const struct detection *detection, const struct producer *producer, uint64_t keep,
                         char *event)
{
    uint32_t clients = detection->client_key[0] == '\0' ? 0 : detection->new_clients_count;
    struct push *push = calloc(1, sizeof *push + clients * sizeof push->clients[0]);
    if (push == NULL) {
        abort();
    }
    push->seq = detection->seq;
    push->event = event;
    push->clients_count = clients;
    memcpy(push->id, detection->id, sizeof push->id);
    if (detection->service.name[0] != '\0') {
        text_id(detection->service.name, push->name_id);
    }
    memcpy(push->client_key, detection->client_key, sizeof push->client_key);
    memcpy(push->clients, detection->new_clients, clients * sizeof push->clients[0]);
    /* A subscriber's server has no key of its own (design, section 5), a name alone has no address. */
    if (!detection->subject_host && !detection->server_is_home) {
        service_print(&detection->service, push->server);
    }
    push->facts = make_facts(detection, producer, keep, push->server);
    return push;
}

void push_free(struct push *push)
{
    if (push != NULL) {
        free(push->facts);
        free(push->event);
        free(push);
    }
}
