/* A flow of TLS: both directions until all that is readable was read, and then one event. */
#pragma once

#include "daemon/app/app_priv.h"
#include "daemon/app/tls_priv.h"
#include "daemon/app/tls_reader_priv.h"

struct tls_direction {
    struct tls_reader reader;
    bool done; /* nothing more of it is readable, or wanted */
};

struct tls_flow {
    struct inspector *inspector;
    struct flow *flow;
    int64_t now_us;
    bool recognised; /* a hello has begun, so `client` is known */
    bool settled;    /* the event, if there is any, was told */
    bool nested;     /* inside another parser's flow, which frees it */
    bool proxy;      /* ... and through a proxy */
    bool refused;
    bool has_client;
    bool has_server;
    bool has_certificate; /* the server's reader holds it */
    unsigned client;      /* side */
    struct tls_direction directions[2];
    struct tls_client_hello client_hello; /* borrows the client's reader's message */
    struct tls_server_hello server_hello;
    uint8_t alpn[UINT8_MAX]; /* of the server */
    struct waiting waiting;  /* in the shard's handshakes */
};

/* Whether bytes that are not empty may begin a record with a handshake; by the first of them alone, so that
 * it does not matter how they are cut. */
static inline bool tls_may_begin(struct slice bytes)
{
    enum { HANDSHAKE = 22 };
    return bytes.data[0] == HANDSHAKE;
}

/* A state of tls_proto inside another parser's. `data` answers UNKNOWN where no hello begins. */
struct tls_flow *tls_flow_nested(struct inspector *inspector, struct flow *flow, bool proxy);

/* Settles handshakes whose other side stays away. */
void tls_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us);
/* Tells what was read. */
void tls_flow_settle(struct tls_flow *tls);
