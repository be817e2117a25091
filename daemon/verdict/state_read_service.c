/* Reading services back: what they are, what they have, and what ties them. */
#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/state_value_priv.h"

static void read_rule(struct state_reader *reader, const json_t *value, struct evidence_rule *rule)
{
    *rule = (struct evidence_rule){0};
    rule->sid = (uint32_t)state_get_number(reader, value, "sid", 1, UINT32_MAX);
    rule->rev = (uint32_t)state_get_number(reader, value, "rev", 0, UINT32_MAX);
    rule->weight = (uint8_t)state_get_number(reader, value, "weight", 0, 100);
    rule->kind = (enum evidence_kind)state_get_choice(reader, value, "kind", state_kind, EVIDENCE_KIND_COUNT);
    rule->family = (enum family)state_get_choice(reader, value, "family", state_family, FAMILY_COUNT + 1);
    rule->roles = (uint16_t)state_get_number(reader, value, "roles", 0, (1 << ROLE_COUNT) - 1);
    rule->content = state_get_mark(reader, value, "content");
    rule->structural = state_get_mark(reader, value, "structural");
    rule->client_header = state_get_mark(reader, value, "client_header");
    state_get_text(reader, value, "msg", rule->msg, sizeof rule->msg);
    state_get_text(reader, value, "reason", rule->reason, sizeof rule->reason);
    state_get_text(reader, value, "make", rule->make, sizeof rule->make);
    state_get_text(reader, value, "field", rule->field, sizeof rule->field);
}

void state_read_evidence(struct state_reader *reader, struct evidence_set *set, const json_t *value)
{
    struct evidence_rule rule;
    char shown[RULE_VALUE_SIZE];
    read_rule(reader, value, &rule);
    state_get_text(reader, value, "value", shown, sizeof shown);
    uint64_t count = state_get_count(reader, value, "count");
    int64_t first_us = state_get_time(reader, value, "first");
    int64_t last_us = state_get_time(reader, value, "last");
    uint8_t claimants = (uint8_t)state_get_number(reader, value, "claimants", 0, 2);
    bool asked = state_get_mark(reader, value, "asked");
    if (reader->failed) {
        return;
    }
    struct evidence *evidence = evidence_restore(&reader->verdict->rules, set, &rule);
    if (evidence == NULL) {
        state_fail(reader, "a sid that stands once", "sid");
        return;
    }
    evidence->count = count;
    evidence->first_us = first_us;
    evidence->last_us = last_us;
    evidence->claimants.carried = claimants;
    evidence->asked = asked;
    evidence->value = memory_text(shown);
}

static void read_related(struct state_reader *reader, struct service *service, const json_t *value)
{
    struct verdict *verdict = reader->verdict;
    struct named_server named = {0};
    state_get_host(reader, value, "host", named.host);
    named.port = (uint16_t)state_get_number(reader, value, "port", 0, UINT16_MAX);
    named.relation =
        (enum relation)state_get_choice(reader, value, "relation", state_relation, RELATION_COUNT);
    named.count = state_get_count(reader, value, "count");
    struct related *added;
    if (!reader->failed &&
        related_add(&verdict->related, &service->related, service, &named,
                    hash_name_port(verdict, named.host, named.port), &added) != RELATED_NEW) {
        state_fail(reader, "a named server that stands once", "related");
    }
}

static struct catalogue read_catalogue(struct state_reader *reader, const json_t *service, const char *key)
{
    json_t *value = state_get(reader, service, key, JSON_OBJECT, "an object");
    return value == NULL ? (struct catalogue){0}
                         : (struct catalogue){.live = state_get_count(reader, value, "live"),
                                              .movies = state_get_count(reader, value, "movies"),
                                              .series = state_get_count(reader, value, "series"),
                                              .groups = state_get_count(reader, value, "groups")};
}

static void read_facts(struct state_reader *reader, struct service *service, const json_t *value)
{
    struct service_facts *facts = &service->facts;
    facts->first_us = state_get_time(reader, value, "first");
    facts->last_us = state_get_time(reader, value, "last");
    service->seen_us = state_get_time(reader, value, "seen");
    facts->flows = state_get_count(reader, value, "flows");
    facts->bytes = state_get_count(reader, value, "bytes");
    service->clients.carried = state_get_count(reader, value, "clients");
    service->served.carried = state_get_count(reader, value, "served");
    facts->claimants.carried = (uint8_t)state_get_number(reader, value, "claimants", 0, 2);
    facts->directions =
        (uint8_t)state_get_number(reader, value, "directions", 0, DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT);
    facts->answered = state_get_mark(reader, value, "answered");
    facts->proxy = state_get_mark(reader, value, "proxy");
    facts->test = state_get_mark(reader, value, "test");
    service->noticed = state_get_mark(reader, value, "noticed");
    facts->whole = read_catalogue(reader, value, "whole");
    facts->cut = read_catalogue(reader, value, "cut");
}

static void read_rights(struct state_reader *reader, struct service *service, const json_t *ids)
{
    struct rights_holders rights = {0};
    size_t index;
    json_t *id;
    if (!json_is_array(ids) || json_array_size(ids) > RIGHTS_HOLDERS_MAX) {
        state_fail(reader, "a short list", "rights");
        return;
    }
    json_array_foreach(ids, index, id)
    {
        state_take_text(reader, id, "rights", rights.ids[rights.count], RIGHTS_HOLDER_SIZE);
        rights.count++;
    }
    bool lost;
    if (!reader->failed) {
        (void)facts_add_rights(service, &rights, &lost);
    }
}

static void read_stream(struct state_reader *reader, struct service *service, const json_t *value)
{
    struct stream_description stream;
    state_get_text(reader, value, "container", stream.container, sizeof stream.container);
    state_get_text(reader, value, "service_name", stream.service_name, sizeof stream.service_name);
    state_get_text(reader, value, "provider", stream.provider, sizeof stream.provider);
    stream.kilobits = (uint32_t)state_get_number(reader, value, "kilobits", 0, UINT32_MAX);
    int64_t time_us = state_get_time(reader, value, "time");
    if (!reader->failed) {
        facts_set_stream(service, &stream, time_us);
    }
}

/* What only some services have. */
static void read_content(struct state_reader *reader, struct service *service, const json_t *value)
{
    const json_t *rights = json_object_get(value, "rights");
    const json_t *stream = json_object_get(value, "stream");
    if (rights != NULL) {
        read_rights(reader, service, rights);
    }
    if (stream != NULL) {
        read_stream(reader, service, stream);
    }
}

static void read_told(struct state_reader *reader, struct service *service, const json_t *value)
{
    struct told *told = &service->told;
    told->number = (uint64_t)state_get_number(reader, value, "number", 1, INT64_MAX - 1);
    told->time_us = state_get_time(reader, value, "time");
    told->level = (enum level)state_get_choice(reader, value, "level", state_level, LEVEL_COUNT);
    told->eligible = state_get_mark(reader, value, "eligible");
    told->scope = (enum block_scope)state_get_choice(reader, value, "scope", state_scope, BLOCK_SCOPE_COUNT);
    told->clients = state_get_count(reader, value, "clients");
    told->moved = state_get_mark(reader, value, "moved");
    if (told->eligible != (told->scope != SCOPE_NONE)) {
        state_fail(reader, "a scope of what is eligible", "scope");
    }
    if (!reader->failed && told->number > reader->verdict->told_number) {
        reader->verdict->told_number = told->number;
    }
}

/* 16 hex digits; `text` is what stands there. */
static bool is_id(const char *text)
{
    return strlen(text) == DETECTION_ID_SIZE - 1 && strspn(text, "0123456789abcdef") == DETECTION_ID_SIZE - 1;
}

static void read_tie(struct state_reader *reader, struct service *service, const json_t *value)
{
    char print[DETECTION_ID_SIZE];
    enum tie type = (enum tie)state_get_choice(reader, value, "type", state_tie, TIE_COUNT);
    state_get_text(reader, value, "print", print, sizeof print);
    if (!reader->failed && (!is_id(print) || type == TIE_HOST)) {
        state_fail(reader, "16 hex digits of a fingerprint", "print");
    }
    if (!reader->failed) {
        (void)tie_show(reader->verdict, service, type, strtoull(print, NULL, 16));
    }
}

/* What ties it to others, and the case that it was in. */
static void read_case(struct state_reader *reader, struct service *service, const json_t *value)
{
    const json_t *record = json_object_get(value, "case");
    if (json_object_get(value, "ties") != NULL) {
        json_t *ties = state_get_array(reader, value, "ties", SERVICE_TIES_MAX);
        for (size_t i = 0; i < json_array_size(ties) && !reader->failed; i++) {
            read_tie(reader, service, json_array_get(ties, i));
        }
    }
    if (record == NULL || reader->failed) {
        return;
    }
    char id[DETECTION_ID_SIZE];
    state_get_text(reader, record, "id", id, sizeof id);
    int64_t since_us = state_get_time(reader, record, "since");
    bool by_name = state_get_mark(reader, record, "by_name");
    if (!reader->failed && (!is_id(id) || by_name == (service->membership.ties != NULL))) {
        state_fail(reader, "a case that is tied by fingerprints or by name", "case");
    }
    if (!reader->failed) {
        case_restore(reader->verdict, service, id, since_us, by_name);
    }
}

static void read_service_key(struct state_reader *reader, const json_t *value, struct service_key *key)
{
    *key = (struct service_key){0};
    state_get_address(reader, value, &key->address);
    key->port = (uint16_t)state_get_number(reader, value, "port", 0, UINT16_MAX);
    key->transport =
        (enum transport)state_get_choice(reader, value, "transport", state_transport, TRANSPORT_COUNT);
    state_get_text(reader, value, "name", key->name, sizeof key->name);
    if (key->name[0] != '\0') {
        state_get_host(reader, value, "name", key->name);
    }
    guard_normalise(key);
}

/* So long its name is verified for its address. */
static void read_verified(struct state_reader *reader, const struct service_key *key, const json_t *value)
{
    if (json_object_get(value, "verified") == NULL) {
        return;
    }
    int64_t until_us =
        state_get_number(reader, value, "verified", reader->saved_us, reader->saved_us + VERIFIED_MOST_US);
    if (key->name[0] == '\0') {
        state_fail(reader, "a name that is verified", "name");
    }
    if (!reader->failed) {
        verified_restore(reader->verdict, key, until_us);
    }
}

static void read_lists(struct state_reader *reader, struct service *service, const json_t *value)
{
    json_t *evidence = state_get_array(reader, value, "evidence", SCORE_CONTRIBUTIONS_MAX / 2);
    json_t *related = state_get_array(reader, value, "related", DETECTION_RELATED_MAX);
    for (size_t i = 0; i < json_array_size(evidence) && !reader->failed; i++) {
        state_read_evidence(reader, &service->evidence, json_array_get(evidence, i));
    }
    for (size_t i = 0; i < json_array_size(related) && !reader->failed; i++) {
        read_related(reader, service, json_array_get(related, i));
    }
}

void state_read_service(struct state_reader *reader, const json_t *value)
{
    struct verdict *verdict = reader->verdict;
    struct service_key key;
    read_service_key(reader, value, &key);
    if (!reader->failed && service_find(verdict, &key) != NULL) {
        state_fail(reader, "a service that stands once", "name");
    }
    if (reader->failed) {
        return;
    }
    struct service *service = service_ensure(verdict, &key, NULL);
    service->name_from = state_get_source(reader, value, "name_from");
    read_verified(reader, &key, value);
    read_facts(reader, service, value);
    read_content(reader, service, value);
    read_lists(reader, service, value);
    verdict->with_evidence += service->evidence.count > 0;
    json_t *told = json_object_get(value, "told");
    if (told != NULL) {
        read_told(reader, service, told);
    }
    read_case(reader, service, value);
}
