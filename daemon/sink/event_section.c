/* Objects of transaction records whose texts strangers wrote: nothing private, nothing unclean. */
#include "event_section_priv.h"

/* What is cut here was longer before it was redacted, too: more than any parser keeps. */
enum { REDACTED_MAX = 64 * 1024 };

void section_put_plain(struct section *section, const char *key, struct slice text)
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

void section_put_redacted(struct section *section, const char *key, struct slice text,
                          section_redact_fn redact)
{
    if (text.len == 0 || is_kept(section, text)) {
        section_put_plain(section, key, text);
        return;
    }
    struct buf redacted = buf_make(REDACTED_MAX);
    redact(&redacted, text, subscribers_of(section));
    section->truncated = section->truncated || redacted.truncated;
    section_put_plain(section, key, buf_slice(&redacted));
    buf_free(&redacted);
}

struct slice section_host(const struct section *section, struct slice host)
{
    bool shown = host.len == 0 || is_kept(section, host) || redact_host_told(host, subscribers_of(section));
    return shown ? host : slice_text("*");
}

struct section section_make(const struct event_context *context, const struct flow *flow)
{
    return (struct section){
        .context = context,
        .subscribers = {.client = &flow_client(flow)->address, .home = context->home},
        .object = json_have(json_object()),
    };
}

void section_end(struct section *section, json_t *event, const char *key)
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

void section_put_asked(const struct event_context *context, json_t *event, const struct app_event *told)
{
    const struct http_request *request = told->http->request;
    struct section section = section_make(context, told->flow);
    if (request != NULL) {
        section_put_plain(&section, "hostname", section_host(&section, request->host));
        section_put_redacted(&section, "url", request->uri_raw, redact_uri);
        section.truncated = section.truncated || request->truncated;
    }
    section_end(&section, event, "http");
}
