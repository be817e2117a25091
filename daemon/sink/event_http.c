/* Transaction records of HTTP, and of the playlists that it carried. */
#include "base/attr.h"
#include "event_section_priv.h"

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

/* Suricata's order of the keys. */
static void put_http(struct section *section, const struct http_transaction *http)
{
    const struct http_request *request = http->request;
    const struct http_response *response = http->response;
    if (request != NULL) {
        section_put_plain(section, "hostname", section_host(section, request->host));
        json_put_count(section->object, "http_port", request->host_port);
        section_put_redacted(section, "url", request->uri_raw, redact_uri);
        section_put_redacted(section, "http_user_agent", request->user_agent, redact_text);
    }
    if (response != NULL) {
        section_put_redacted(section, "http_content_type", response->content_type, redact_type);
    }
    if (request != NULL) {
        section_put_redacted(section, "http_refer", request->referer, redact_referer);
        section_put_plain(section, "http_method", request->method);
        section->truncated = section->truncated || request->truncated;
    }
    if (response != NULL) {
        json_put_number(section->object, "status", response->status);
        section_put_redacted(section, "redirect", response->location, redact_location);
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
        {"country_prefixes", facts->titles.country_prefixes},
        {"prefixed_titles", facts->titles.prefixed_titles},
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

/* What most lists have none of. */
static void put_rare(json_t *object, const struct m3u_facts *facts)
{
    json_put_count(object, "clear_keys", facts->clear_keys);
    json_put_count(object, "cookies", facts->cookies);
    json_put_count(object, "foreign_referers", facts->foreign_referers);
    json_put_count(object, "p2p", facts->p2p);
    json_put_count(object, "marked_titles", facts->marked_titles);
    if (facts->format != LIST_M3U) {
        json_put(object, "format", json_string(list_format_name(facts->format)));
    }
    json_put_count(object, "parts", facts->parts);
}

static json_t *named_json(const struct section *section, const struct named_servers *named)
{
    json_t *list = json_have(json_array());
    for (uint32_t i = 0; i < named->count; i++) {
        json_t *item = json_have(json_object());
        struct slice host = section_host(section, slice_text(named->items[i].host));
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
    section_put_asked(context, line, event);
    struct section section = section_make(context, event->flow);
    put_m3u(section.object, event->http->m3u);
    put_rare(section.object, event->http->m3u);
    if (event->http->m3u->named.count > 0) {
        json_put(section.object, "named", named_json(&section, &event->http->m3u->named));
    }
    section_end(&section, line, "m3u");
    return event_end(context, line);
}
