/* Transaction records of HTTP, and of the playlists that it carried. */
#include "app/redact.h"
#include "base/attr.h"
#include "event_json_priv.h"

/* What is cut here was longer before it was redacted, too: more than any parser keeps. */
enum { REDACTED_MAX = 64 * 1024 };

/* An object of the record with what was cut of it. */
struct section {
    const struct event_context *context;
    struct redact_subscribers subscribers;
    json_t *object;
    bool truncated;
};

static void put_plain(struct section *section, const char *key, struct slice text)
{
    section->truncated = !json_put_text(section->object, key, text, EVENT_TEXT_MAX) || section->truncated;
}

/* Looks at each part of a URI or header by itself: a whole one may be too long to be looked at. */
static bool names_subscriber(struct slice text, const struct redact_subscribers *who)
{
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && memchr("/?&=;# ", text.data[i], 7) == NULL) {
            continue;
        }
        if (redact_names_subscriber(slice_part(text, begin, i - begin), who)) {
            return true;
        }
        begin = i + 1;
    }
    return false;
}

/* Whether text may be shown as it is: only on a tester's own captures. Where clients are pseudonyms, their
 * addresses are not told by it either. */
static bool is_kept(const struct section *section, struct slice text)
{
    const struct event_privacy *privacy = &section->context->privacy;
    return privacy->keep_credentials &&
           (privacy->keep_clients || !names_subscriber(text, &section->subscribers));
}

static const struct redact_subscribers *subscribers_of(const struct section *section)
{
    return section->context->privacy.keep_clients ? NULL : &section->subscribers;
}

static void put_redacted(struct section *section, const char *key, struct slice text,
                         void (*redact)(struct buf *out, struct slice text,
                                        const struct redact_subscribers *who))
{
    if (text.len == 0 || is_kept(section, text)) {
        put_plain(section, key, text);
        return;
    }
    struct buf redacted = buf_make(REDACTED_MAX);
    redact(&redacted, text, subscribers_of(section));
    section->truncated = section->truncated || redacted.truncated;
    put_plain(section, key, buf_slice(&redacted));
    buf_free(&redacted);
}

/* A normalised host as it may be shown. */
static struct slice shown_host(const struct section *section, struct slice host)
{
    bool shown = host.len == 0 || is_kept(section, host) || redact_host_told(host, subscribers_of(section));
    return shown ? host : slice_text("*");
}

static void redact_referer(struct buf *out, struct slice text, const struct redact_subscribers *who)
{
    redact_header(out, slice_text("Referer"), text, who);
}

static void redact_location(struct buf *out, struct slice text, const struct redact_subscribers *who)
{
    redact_header(out, slice_text("Location"), text, who);
}

static void redact_type(struct buf *out, struct slice text, const struct redact_subscribers *who)
{
    redact_header(out, slice_text("Content-Type"), text, who);
}

static struct section section_make(const struct event_context *context, const struct flow *flow)
{
    return (struct section){
        .context = context,
        .subscribers = {.client = &flow_client(flow)->address, .home = context->home},
        .object = json_have(json_object()),
    };
}

/* Puts the section into the record; nothing where nothing is known. */
static void section_end(struct section *section, json_t *event, const char *key)
{
    if (section->truncated) {
        json_put(section->object, "truncated", json_true());
    }
    if (json_object_size(section->object) == 0) {
        json_decref(section->object);
    } else {
        json_put(event, key, section->object);
    }
}

/* Suricata's order of the keys. */
static void put_http(struct section *section, const struct http_transaction *http)
{
    const struct http_request *request = http->request;
    const struct http_response *response = http->response;
    if (request != NULL) {
        put_plain(section, "hostname", shown_host(section, request->host));
        json_put_count(section->object, "http_port", request->host_port);
        put_redacted(section, "url", request->uri_raw, redact_uri);
        put_redacted(section, "http_user_agent", request->user_agent, redact_text);
    }
    if (response != NULL) {
        put_redacted(section, "http_content_type", response->content_type, redact_type);
    }
    if (request != NULL) {
        put_redacted(section, "http_refer", request->referer, redact_referer);
        put_plain(section, "http_method", request->method);
        section->truncated = section->truncated || request->truncated;
    }
    if (response != NULL) {
        json_put_number(section->object, "status", response->status);
        put_redacted(section, "redirect", response->location, redact_location);
        json_put_number(section->object, "length", response->body_bytes);
        section->truncated = section->truncated || response->truncated;
    }
}

char *event_json_http(const struct event_context *context, const struct app_event *event)
{
    json_t *line = event_begin(context, "http", event->flow, event->time_us, "http");
    json_put_number(line, "tx_id", event->http->number - 1);
    struct section section = section_make(context, event->flow);
    put_http(&section, event->http);
    section_end(&section, line, "http");
    return event_end(context, line);
}

static void put_m3u(json_t *object, const struct m3u_facts *facts)
{
    const struct {
        const char *key;
        uint64_t number;
    } numbers[] = {
        {"lines", facts->lines},
        {"entries", facts->entries},
        {"live", facts->live},
        {"movies", facts->movies},
        {"series", facts->series},
        {"radio", facts->radio},
        {"groups", facts->groups},
        {"hosts", facts->hosts},
        {"country_prefixes", facts->country_prefixes},
        {"prefixed_titles", facts->prefixed_titles},
        {"credential_uris", facts->credential_uris},
        {"same_credentials", facts->same_credentials},
        {"request_credentials", facts->request_credentials},
        {"odd_ports", facts->odd_ports},
    };
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        json_put_number(object, numbers[i].key, numbers[i].number);
    }
    const struct {
        const char *key;
        bool set;
    } marks[] = {
        {"epg_credentials", facts->epg_credentials},
        {"epg_request_credentials", facts->epg_request_credentials},
        {"panel_tag_xui", facts->panel_tag_xui},
        {"panel_tag_xc_vm", facts->panel_tag_xc_vm},
        {"hls_master", facts->hls_master},
        {"hls_media", facts->hls_media},
        {"hls_ended", facts->hls_ended},
        {"hls_key_first", facts->hls_key_first},
        {"hls_numbered_segments", facts->hls_numbered_segments},
        {"complete", facts->complete},
    };
    for (size_t i = 0; i < ARRAY_COUNT(marks); i++) {
        json_put(object, marks[i].key, json_boolean(marks[i].set));
    }
}

static json_t *named_json(const struct section *section, const struct named_servers *named)
{
    json_t *list = json_have(json_array());
    for (uint32_t i = 0; i < named->count; i++) {
        json_t *item = json_have(json_object());
        struct slice host = shown_host(section, slice_text(named->items[i].host));
        (void)json_put_text(item, "host", host, EVENT_TEXT_MAX);
        json_put_number(item, "port", named->items[i].port);
        json_put(item, "relation", json_string(relation_name(named->items[i].relation)));
        json_put_number(item, "count", named->items[i].count);
        json_array_append_new(list, item);
    }
    return list;
}

char *event_json_m3u(const struct event_context *context, const struct app_event *event)
{
    json_t *line = event_begin(context, "m3u", event->flow, event->time_us, "http");
    json_put_number(line, "tx_id", event->http->number - 1);
    struct section section = section_make(context, event->flow);
    if (event->http->request != NULL) {
        put_plain(&section, "hostname", shown_host(&section, event->http->request->host));
        put_redacted(&section, "url", event->http->request->uri_raw, redact_uri);
        section.truncated = section.truncated || event->http->request->truncated;
    }
    section_end(&section, line, "http");
    json_t *facts = json_have(json_object());
    put_m3u(facts, event->http->m3u);
    if (event->http->m3u->named.count > 0) {
        json_put(facts, "named", named_json(&section, &event->http->m3u->named));
    }
    json_put(line, "m3u", facts);
    return event_end(context, line);
}
