/* An object of a transaction record (`http`, `mpegts`): texts go in clean and redacted. */
#pragma once

#include "app/redact.h"
#include "event_json_priv.h"

/* With what was cut of it. */
struct section {
    const struct event_context *context;
    struct redact_subscribers subscribers;
    json_t *object;
    bool truncated;
};

typedef void (*section_redact_fn)(struct buf *out, struct slice text, const struct redact_subscribers *who);

struct section section_make(const struct event_context *context, const struct flow *flow);
/* Text in which nothing can be private. */
void section_put_plain(struct section *section, const char *key, struct slice text);
void section_put_redacted(struct section *section, const char *key, struct slice text,
                          section_redact_fn redact);
/* A normalised host as it may be shown. */
struct slice section_host(const struct section *section, struct slice host);
/* A name as a hello or a certificate has it; an empty one sets no key. */
void section_put_name(struct section *section, const char *key, struct slice name);
/* What a client's hello shows beside the name: JA3, JA4, protocols. */
void section_put_prints(struct section *section, const struct tls_client_hello *client);
/* Name and target of a transaction, as `http`; nothing where the request was not seen. */
void section_put_asked(const struct event_context *context, json_t *event, const struct app_event *told);
/* Puts the section into the record; nothing where nothing is known. */
void section_end(struct section *section, json_t *event, const char *key);
