/*
 * Records of DNS, one a message, with the names of Suricata's `dns` (version 2). Names may be a subscriber's:
 * reverse names of home or private addresses, names with an address or a token in them, names of one label.
 */
#include <stdio.h>

#include "base/attr.h"
#include "event_section_priv.h"

/* One IPv6 /64 is one client. */
static bool is_client(const struct section *section, const struct address *address)
{
    const struct address *client = section->subscribers.client;
    size_t compared = address_is_v4(client) ? sizeof client->bytes : sizeof client->bytes / 2;
    return memcmp(client->bytes, address->bytes, compared) == 0;
}

static bool is_subscriber(const struct section *section, const struct address *address)
{
    const struct prefix_list *home = section->subscribers.home;
    return is_client(section, address) || address_classify(address) != ADDRESS_PUBLIC ||
           (home != NULL && prefix_list_contains(home, address));
}

/* The name of a subscriber's address, without the address. */
static bool append_reverse(const struct section *section, struct slice name, struct buf *out)
{
    struct address address;
    if (section->context->privacy.keep_clients || !dns_reverse_address(name, &address) ||
        !is_subscriber(section, &address)) {
        return false;
    }
    buf_append_text(out, address_is_v4(&address) ? "*.in-addr.arpa" : "*.ip6.arpa");
    return true;
}

/* Labels that are tokens become `*`. */
static void append_labels(const struct section *section, struct slice name, struct buf *out)
{
    bool keep = section->context->privacy.keep_credentials;
    for (bool first = true; name.len > 0; first = false) {
        struct slice label = slice_split(&name, '.');
        buf_append_text(out, first ? "" : ".");
        buf_append(out, !keep && redact_is_token(label) ? slice_text("*") : label);
    }
}

static void put_name(struct section *section, json_t *object, const char *key, struct slice name)
{
    struct buf shown = buf_make(EVENT_TEXT_MAX);
    struct address address;
    if (!append_reverse(section, name, &shown)) {
        bool reverse = dns_reverse_address(name, &address);
        struct slice told = reverse ? name : section_host(section, name);
        append_labels(section, told, &shown);
    }
    (void)json_put_text(object, key, buf_slice(&shown), EVENT_TEXT_MAX);
    buf_free(&shown);
}

static void put_number_name(json_t *object, const char *key, const char *name, const char *prefix,
                            unsigned number)
{
    char text[32];
    if (name == NULL) {
        snprintf(text, sizeof text, "%s%u", prefix, number);
        name = text;
    }
    json_put(object, key, json_string(name));
}

static void put_type(json_t *object, unsigned type)
{
    put_number_name(object, "rrtype", dns_type_name(type), "TYPE", type);
}

static json_t *address_json(const struct section *section, const struct address *address)
{
    return event_address_json(section->context, address, is_client(section, address));
}

static json_t *hints_json(const struct section *section, struct slice hints, size_t size)
{
    json_t *list = json_have(json_array());
    for (; hints.len >= size; hints = slice_from(hints, size)) {
        struct address address;
        if (size == sizeof address.bytes) {
            memcpy(address.bytes, hints.data, size);
        } else {
            address = address_from_v4(hints.data);
        }
        json_array_append_new(list, address_json(section, &address));
    }
    return list;
}

static void put_protocols(json_t *object, struct slice alpn)
{
    struct buf text = buf_make(EVENT_TEXT_MAX);
    struct slice protocol;
    while (dns_alpn_next(&alpn, &protocol)) {
        buf_append_text(&text, text.len > 0 ? "," : "");
        buf_append(&text, protocol);
    }
    (void)json_put_text(object, "alpn", buf_slice(&text), EVENT_TEXT_MAX);
    buf_free(&text);
}

/* Suricata 7 has no names for these. */
static void put_service(struct section *section, json_t *object, const struct dns_answer *answer)
{
    enum { HINT4_BYTES = 4, HINT6_BYTES = 16 };
    const struct dns_service *service = &answer->service;
    json_t *item = json_have(json_object());
    json_put_number(item, "priority", service->priority);
    put_name(section, item, "target", slice_make(answer->target.text, answer->target.len));
    put_protocols(item, service->alpn);
    if (service->has_port) {
        json_put_number(item, "port", service->port);
    }
    if (service->hints4.len > 0) {
        json_put(item, "ipv4hint", hints_json(section, service->hints4, HINT4_BYTES));
    }
    if (service->hints6.len > 0) {
        json_put(item, "ipv6hint", hints_json(section, service->hints6, HINT6_BYTES));
    }
    json_put(object, "svcb", item);
}

static json_t *answer_json(struct section *section, const struct dns_answer *answer)
{
    json_t *item = json_have(json_object());
    put_name(section, item, "rrname", slice_make(answer->owner.text, answer->owner.len));
    put_type(item, answer->type);
    json_put_number(item, "ttl", answer->ttl);
    if (!answer->understood) {
        return item;
    }
    if (answer->type == DNS_A || answer->type == DNS_AAAA) {
        json_put(item, "rdata", address_json(section, &answer->address));
    } else if (answer->type == DNS_CNAME) {
        put_name(section, item, "rdata", slice_make(answer->target.text, answer->target.len));
    } else {
        put_service(section, item, answer);
    }
    return item;
}

/* Flags that are not set have no key, as in Suricata's records. */
static void put_flags(json_t *object, const struct dns_message *message)
{
    static const struct {
        const char *key;
        unsigned bit;
    } flags[] = {
        {"qr", DNS_FLAG_RESPONSE},          {"aa", DNS_FLAG_AUTHORITATIVE},       {"tc", DNS_FLAG_TRUNCATED},
        {"rd", DNS_FLAG_RECURSION_DESIRED}, {"ra", DNS_FLAG_RECURSION_AVAILABLE},
    };
    char text[8];
    snprintf(text, sizeof text, "%x", message->flags);
    json_put(object, "flags", json_string(text));
    for (size_t i = 0; i < ARRAY_COUNT(flags); i++) {
        if ((message->flags & flags[i].bit) != 0) {
            json_put(object, flags[i].key, json_true());
        }
    }
}

/* Suricata 7 has no name for these, either. */
static void put_errors(json_t *object, const struct dns_message *message)
{
    json_t *list = message->error_count == 0 ? NULL : json_have(json_array());
    for (uint32_t i = 0; i < message->error_count; i++) {
        json_t *item = json_have(json_object());
        const char *purpose = dns_error_name(message->errors[i]);
        json_put_number(item, "code", message->errors[i]);
        if (purpose != NULL) {
            json_put(item, "purpose", json_string(purpose));
        }
        json_array_append_new(list, item);
    }
    if (list != NULL) {
        json_put(object, "ede", list);
    }
}

static void put_question(struct section *section, const struct dns_exchange *exchange)
{
    put_name(section, section->object, "rrname", exchange->name);
    put_type(section->object, exchange->type);
}

char *event_json_dns_query(const struct event_context *context, const struct app_event *event)
{
    const struct dns_exchange *exchange = event->dns;
    json_t *line = event_begin(context, "dns", event->flow, exchange->asked_us, "dns");
    struct section section = section_make(context, event->flow);
    json_put(section.object, "type", json_string("query"));
    json_put_number(section.object, "id", exchange->id);
    put_question(&section, exchange);
    json_put(section.object, "answered", json_boolean(exchange->answer != NULL));
    section.truncated = section.truncated || exchange->several;
    section_end(&section, line, "dns");
    return event_end(context, line);
}

char *event_json_dns_answer(const struct event_context *context, const struct app_event *event)
{
    const struct dns_exchange *exchange = event->dns;
    const struct dns_message *answer = exchange->answer;
    json_t *line = event_begin(context, "dns", event->flow, event->time_us, "dns");
    struct section section = section_make(context, event->flow);
    json_put_number(section.object, "version", 2);
    json_put(section.object, "type", json_string("answer"));
    json_put_number(section.object, "id", exchange->id);
    put_flags(section.object, answer);
    put_question(&section, exchange);
    unsigned rcode = dns_rcode(answer);
    put_number_name(section.object, "rcode", dns_rcode_name(rcode), "RCODE", rcode);
    if (answer->answer_count > 0) {
        json_t *list = json_have(json_array());
        for (uint32_t i = 0; i < answer->answer_count; i++) {
            json_array_append_new(list, answer_json(&section, &answer->answers[i]));
        }
        json_put(section.object, "answers", list);
    }
    put_errors(section.object, answer);
    json_put(section.object, "asked", json_boolean(exchange->asked));
    section.truncated = section.truncated || answer->cut || answer->capped;
    section_end(&section, line, "dns");
    return event_end(context, line);
}
