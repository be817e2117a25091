/*
 * Transaction records (--events http,flow,m3u): EVE lines with Suricata's names, made in the worker,
 * redacted there. Clients are written as pseudonyms of 100::/64 unless privacy.clients says address.
 */
#pragma once

#include "app/app.h"
#include "flow/flow.h"

struct event_privacy {
    bool keep_credentials;
    bool keep_clients;
    struct hash_key client_key;
};

struct event_context {
    const char *sensor;
    struct event_privacy privacy;
};

/* Each returns one line without newline, malloc'ed, the caller frees. */
char *event_json_http(const struct event_context *context, const struct app_event *event);
char *event_json_m3u(const struct event_context *context, const struct app_event *event);
/* `protocol_name`: our parser's name for the flow ("http"), else nDPI's, else NULL. */
char *event_json_flow(const struct event_context *context, const struct flow *flow, const char *protocol_name);

/* The keyed hash of a client: the address, or its /64. Never 0. */
uint64_t client_hash(const struct hash_key *key, const struct address *client);
/* The pseudonym of a client as an address of 100::/64 (RFC 6666's discard prefix). */
struct address client_pseudonym(const struct hash_key *key, const struct address *client);
