/* The state as lines of JSON. */
#include <inttypes.h>
#include <jansson.h>

#include "daemon/verdict/state_priv.h"
#include "rule/client.h"

const char *state_transport(size_t index)
{
    return transport_name((enum transport)index);
}

const char *state_kind(size_t index)
{
    return evidence_kind_name((enum evidence_kind)index);
}

const char *state_family(size_t index)
{
    return index == FAMILY_COUNT ? "" : family_name((enum family)index);
}

const char *state_level(size_t index)
{
    return level_name((enum level)index);
}

const char *state_scope(size_t index)
{
    return block_scope_name((enum block_scope)index);
}

const char *state_relation(size_t index)
{
    return relation_name((enum relation)index);
}

const char *state_tie(size_t index)
{
    return tie_name((enum tie)index);
}

const char *state_source(size_t index)
{
    return name_source_name((enum name_source)index);
}

const char *state_notice(size_t index)
{
    return notice_name((enum notice)index);
}

/* ---- values; a NULL in the middle ends as a failed set, which aborts like all memory here */

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) {
        abort();
    }
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_t *value = json_string(text);
    set(object, key, value == NULL ? json_string("") : value); /* NULL: no UTF-8, which is worth nothing */
}

static void set_time(json_t *object, const char *key, int64_t time_us)
{
    set(object, key, json_integer(time_us));
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
    set(object, key, json_integer(count > INT64_MAX ? INT64_MAX : (int64_t)count));
}

static void set_mark(json_t *object, const char *key, bool mark)
{
    if (mark) {
        set(object, key, json_true());
    }
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        abort();
    }
}

static void print_line(const char *key, json_t *value, FILE *out)
{
    json_t *line = json_object();
    set(line, key, value);
    json_dumpf(line, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(line);
}

/* ---- what is worth keeping */

static bool is_kept(const struct service *service)
{
    bool known = service->level >= LEVEL_OBSERVED || service->told.number != 0 || service->lends_to != NULL ||
                 service->borrows_from != NULL;
    return known && !client_is_pseudonym(&service->key.address);
}

/* ---- lines */

static json_t *address_value(const struct address_record *record)
{
    char text[ADDRESS_TEXT_SIZE];
    json_t *value = json_object();
    set_text(value, "ip", address_print(&record->address, text));
    set_time(value, "first", record->first_us);
    set_mark(value, "names_dropped", record->names_dropped);
    json_t *names = json_array();
    for (size_t i = 0; i < record->name_count; i++) {
        const struct shown_name *shown = &record->names[i];
        json_t *name = json_object();
        set_text(name, "name", shown->name);
        set_text(name, "transport", state_transport(shown->transport));
        set_count(name, "port", shown->port);
        if (shown->from != NAME_FROM_HTTP) {
            set_text(name, "from", state_source(shown->from));
        }
        set_time(name, "last", shown->last_us);
        append(names, name);
    }
    set(value, "names", names);
    return value;
}

static json_t *evidence_value(const struct evidence *evidence)
{
    const struct evidence_rule *rule = evidence->rule;
    json_t *value = json_object();
    set_count(value, "sid", rule->sid);
    set_count(value, "rev", rule->rev);
    set_count(value, "weight", rule->weight);
    set_text(value, "kind", state_kind(rule->kind));
    set_text(value, "family", state_family(rule->family));
    set_count(value, "roles", rule->roles);
    set_mark(value, "content", rule->content);
    set_mark(value, "structural", rule->structural);
    set_mark(value, "client_header", rule->client_header);
    set_text(value, "msg", rule->msg);
    set_text(value, "reason", rule->reason);
    set_text(value, "make", rule->make);
    set_text(value, "field", rule->field);
    set_text(value, "value", evidence->value);
    set_count(value, "count", evidence->count);
    set_time(value, "first", evidence->first_us);
    set_time(value, "last", evidence->last_us);
    set_count(value, "claimants", claimants_count(&evidence->claimants));
    set_mark(value, "asked", evidence->asked);
    return value;
}

static json_t *catalogue_value(const struct catalogue *catalogue)
{
    json_t *value = json_object();
    set_count(value, "live", catalogue->live);
    set_count(value, "movies", catalogue->movies);
    set_count(value, "series", catalogue->series);
    set_count(value, "groups", catalogue->groups);
    return value;
}

static json_t *related_value(const struct related *related)
{
    json_t *value = json_object();
    set_text(value, "host", related->host);
    set_count(value, "port", related->port);
    set_text(value, "relation", state_relation(related->relation));
    set_count(value, "count", related->count);
    return value;
}

static json_t *told_value(const struct told *told)
{
    json_t *value = json_object();
    set_count(value, "number", told->number);
    set_time(value, "time", told->time_us);
    set_text(value, "level", state_level(told->level));
    set_mark(value, "eligible", told->eligible);
    set_text(value, "scope", state_scope(told->scope));
    set_count(value, "clients", told->clients);
    set_mark(value, "moved", told->moved);
    return value;
}

static void set_facts(json_t *value, const struct service *service)
{
    const struct service_facts *facts = &service->facts;
    set_time(value, "first", facts->first_us);
    set_time(value, "last", facts->last_us);
    set_time(value, "seen", service->seen_us);
    set_count(value, "flows", facts->flows);
    set_count(value, "bytes", facts->bytes);
    set_count(value, "clients", clients_count(&service->clients, NULL));
    set_count(value, "served", clients_count(&service->served, NULL));
    set_count(value, "claimants", claimants_count(&facts->claimants));
    set_count(value, "directions", facts->directions);
    set_mark(value, "answered", facts->answered);
    set_mark(value, "proxy", facts->proxy);
    set_mark(value, "test", facts->test);
    set_mark(value, "noticed", service->noticed);
    set(value, "whole", catalogue_value(&facts->whole));
    set(value, "cut", catalogue_value(&facts->cut));
}

static void set_content(json_t *value, const struct service *service)
{
    const struct rights_holders *rights = service->rights;
    if (rights != NULL && rights->count > 0) {
        json_t *ids = json_array();
        for (uint32_t i = 0; i < rights->count; i++) {
            append(ids, json_string(rights->ids[i]));
        }
        set(value, "rights", ids);
    }
    const struct known_stream *stream = service->stream;
    if (stream != NULL) {
        json_t *known = json_object();
        set_text(known, "container", stream->is.container);
        set_text(known, "service_name", stream->is.service_name);
        set_text(known, "provider", stream->is.provider);
        set_count(known, "kilobits", stream->is.kilobits);
        set_time(known, "time", stream->time_us);
        set(value, "stream", known);
    }
}

/* Fingerprints as text: JSON's numbers have no 64 bits. */
static void set_case(json_t *value, const struct case_membership *membership)
{
    const struct service_ties *ties = membership->ties;
    if (ties != NULL && ties->count > 0) {
        json_t *list = json_array();
        for (size_t i = 0; i < ties->count; i++) {
            char print[24];
            snprintf(print, sizeof print, "%016" PRIx64, ties->items[i].print);
            json_t *tie = json_object();
            set_text(tie, "type", state_tie(ties->items[i].type));
            set_text(tie, "print", print);
            append(list, tie);
        }
        set(value, "ties", list);
    }
    if (membership->of != NULL) {
        json_t *record = json_object();
        set_text(record, "id", membership->of->id);
        set_time(record, "since", membership->of->since_us);
        set_mark(record, "by_name", membership->by_name);
        set(value, "case", record);
    }
}

static json_t *service_value(const struct verdict *verdict, const struct service *service)
{
    char text[ADDRESS_TEXT_SIZE];
    int64_t verified_us = verified_until(verdict, &service->key);
    json_t *value = json_object();
    set_text(value, "transport", state_transport(service->key.transport));
    set_text(value, "ip", address_print(&service->key.address, text));
    set_count(value, "port", service->key.port);
    set_text(value, "name", service->key.name);
    if (service->name_from != NAME_FROM_HTTP) {
        set_text(value, "name_from", state_source(service->name_from));
    }
    if (verified_us != 0) {
        set_time(value, "verified", verified_us);
    }
    set_facts(value, service);
    set_content(value, service);
    json_t *evidence = json_array();
    for (size_t i = 0; i < service->evidence.count; i++) {
        append(evidence, evidence_value(&service->evidence.items[i]));
    }
    set(value, "evidence", evidence);
    json_t *related = json_array();
    for (size_t i = 0; i < service->related.count; i++) {
        append(related, related_value(service->related.items[i]));
    }
    set(value, "related", related);
    set_case(value, &service->membership);
    if (service->told.number != 0) {
        set(value, "told", told_value(&service->told));
    }
    return value;
}

static json_t *notice_value(const struct notice_record *record)
{
    json_t *value = json_object();
    set_text(value, "name", record->name);
    set_text(value, "notice", state_notice(record->notice));
    set_mark(value, "was_blocked", record->was_blocked);
    set_time(value, "noticed", record->noticed_us);
    if (record->active_us != INT64_MIN) {
        set_time(value, "active", record->active_us);
    }
    set_time(value, "first", record->first_us);
    set_time(value, "last", record->last_us);
    set_text(value, "family", state_family(record->family));
    set_count(value, "roles", record->roles);
    set_count(value, "clients", clients_count(&record->clients, NULL));
    json_t *evidence = json_array();
    for (size_t i = 0; i < record->evidence.count; i++) {
        append(evidence, evidence_value(&record->evidence.items[i]));
    }
    set(value, "evidence", evidence);
    json_t *told = json_object();
    set_count(told, "number", record->told.number);
    set_time(told, "time", record->told.time_us);
    set_text(told, "notice", state_notice(record->told.notice));
    set_count(told, "clients", record->told.clients);
    set(value, "told", told);
    return value;
}

static bool has_kept(const struct address_record *record, const struct service *first)
{
    for (struct service *service = first_at_address(record); service != NULL;
         service = next_at_address(record, service)) {
        if (is_kept(service)) {
            return service == first; /* each record stands once, at its first kept service */
        }
    }
    return false;
}

static json_t *head_value(const struct verdict *verdict)
{
    json_t *head = json_object();
    set_count(head, "vigie_state", STATE_FORMAT);
    set_time(head, "saved", verdict->now_us < 0 ? 0 : verdict->now_us);
    return head;
}

void state_write(const struct verdict *verdict, FILE *out)
{
    json_t *head = head_value(verdict);
    json_dumpf(head, out, JSON_COMPACT);
    json_decref(head);
    fputc('\n', out);
    uint64_t lines = 0;
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = next_seen_service(verdict, service)) {
        if (has_kept(service->address, service)) {
            print_line("address", address_value(service->address), out);
            lines++;
        }
    }
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = next_seen_service(verdict, service)) {
        if (is_kept(service)) {
            print_line("service", service_value(verdict, service), out);
            lines++;
        }
    }
    for (struct notice_record *record = notice_first(verdict); record != NULL;
         record = notice_next(verdict, record)) {
        if (record->told.number != 0) {
            print_line("notice", notice_value(record), out);
            lines++;
        }
    }
    fprintf(out, "{\"end\":%" PRIu64 "}\n", lines);
}
