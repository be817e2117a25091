/*
 * Transaction records (--events http,tls,flow,m3u,mpegts,dns,quic): EVE lines with Suricata's names, made in
 * the worker, redacted there. Clients, and servers inside the operator's own prefixes, are written as
 * pseudonyms of 100::/64 unless privacy.clients says address.
 */
#pragma once

#include "app/app.h"
#include "flow/flow.h"
#include "rule/client.h"

struct event_privacy {
    bool keep_credentials;
    bool keep_clients;
    struct hash_key client_key;
};

struct event_context {
    const char *sensor;
    struct event_privacy privacy;
    const struct prefix_list *home; /* network.home: servers inside it are subscribers; may be NULL */
};

/* Each returns one line without newline, malloc'ed, the caller frees. Texts are clean UTF-8 of at most 8 KiB;
 * where something was cut there, or by the parser, the object says "truncated":true. */
char *event_json_http(const struct event_context *context, const struct app_event *event);
char *event_json_m3u(const struct event_context *context, const struct app_event *event);
/* Of an APP_TS event. */
char *event_json_mpegts(const struct event_context *context, const struct app_event *event);
/* Of an APP_TLS event. */
char *event_json_tls(const struct event_context *context, const struct app_event *event);
/* Of an APP_QUIC event. */
char *event_json_quic(const struct event_context *context, const struct app_event *event);
/* Of an APP_DNS event: the question where it was seen, and the answer where one was. */
char *event_json_dns_query(const struct event_context *context, const struct app_event *event);
char *event_json_dns_answer(const struct event_context *context, const struct app_event *event);
/* `protocol_name`: our parser's name for the flow ("http"), else nDPI's, else NULL. */
char *event_json_flow(const struct event_context *context, const struct flow *flow,
                      const char *protocol_name);
