/*
 * Record 4 of 5, and the facts beside it: what a worker puts on its ring to main. Everything is by value
 * and already redacted: no client address, no credential, no pointer into packets or rules.
 *
 * `order` makes replay the same for any number of workers: main takes records in its order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/named_server.h"
#include "base/address.h"
#include "base/text.h"
#include "decode/packet.h"
#include "rule/evidence.h"

/* What evidence is about (design, section 5). `name` is normalised, "" where only the address was seen. */
struct service_key {
    struct address address;
    uint16_t port; /* host order */
    enum transport transport;
    char name[HOST_NAME_SIZE];
};

enum direction_bits { DIRECTION_TO_SERVER = 1, DIRECTION_TO_CLIENT = 2 };

enum {
    RULE_MSG_SIZE = 128,
    RULE_REASON_SIZE = 48,
    RULE_MAKE_SIZE = 32,
    RULE_FIELD_SIZE = 24,
    RULE_VALUE_SIZE = 257,
};

struct rule_hit {
    uint32_t sid;
    uint32_t rev;
    uint8_t weight; /* 1..100 */
    enum evidence_kind kind;
    enum family family;
    uint16_t roles;     /* bits of enum role */
    bool content;       /* content evidence */
    bool structural;    /* a structural sign of signatures 3.3 and 3.4 */
    bool test;          /* a canary: never eligible */
    enum notice notice; /* not NOTICE_NONE: about the asked name, not about the server that answered */
    bool client_header; /* rests on a client's header alone (agent, cookie, token): see design, section 7 */
    bool answered_ok;   /* the server answered 2xx or 3xx in this transaction */
    bool asked;         /* the client's request of this transaction was seen (without transactions: bytes of
                           the client in this flow) */
    bool proxy;         /* absolute URI or CONNECT: never scope ip_port */
    uint8_t directions; /* enum direction_bits: the halves that were seen */
    char msg[RULE_MSG_SIZE];
    char reason[RULE_REASON_SIZE]; /* sids with the same reason count once */
    char make[RULE_MAKE_SIZE];     /* "" where the rule names none */
    char field[RULE_FIELD_SIZE];
    char value[RULE_VALUE_SIZE]; /* masked, clean UTF-8 */
};

enum fact_type {
    FACT_NAME,      /* the server answered 2xx or 3xx under service.name; see names_span */
    FACT_CATALOGUE, /* what a playlist or an API answer of this service holds */
    FACT_RELATED,   /* this service's answer names another server */
    FACT_VOLUME,    /* flows and bytes of a service, at a flow's end */
    FACT_RIGHTS,    /* whose pay channels a document of this service lists */
    FACT_STREAM,    /* what a stream of this service carries */
    FACT_TIE,       /* what ties services of one system: see enum tie */
    FACT_EMBEDDED,  /* somebody's page sent the client to this service: `named` is that page's host */
    /* A DNS answer to a client's question gave service.name this service.address (port 0). The record bears
     * the client that asked. */
    FACT_ADDRESS,
    FACT_CERTIFICATE, /* a readable certificate of this server is good for service.name */
};

/*
 * Fingerprints by which services of one system know each other (design, section 5: case). None of them is an
 * account's: they are the same for every subscriber.
 */
#define TIES(X)                                                                                              \
    X(TIE_HOST, "host")               /* the same name, proven at each address */                            \
    X(TIE_PANEL_TOKEN, "panel-token") /* the panel's part of its tokens (signatures.md 1.6) */               \
    X(TIE_CATALOGUE, "catalogue")     /* the same channels under the same numbers */

enum tie { TIES(EVIDENCE_ENTRY) TIE_COUNT };
const char *tie_name(enum tie tie);

enum { RIGHTS_HOLDERS_MAX = 16, RIGHTS_HOLDER_SIZE = 32 };

/* Ids of rights holders (rules/datasets/rights-holders.yaml), ordered by byte, each once. */
struct rights_holders {
    uint32_t count;
    char ids[RIGHTS_HOLDERS_MAX][RIGHTS_HOLDER_SIZE];
};

enum { STREAM_NAME_SIZE = 129 };

/* Clean, redacted text; "" and 0 where unknown. */
struct stream_description {
    char container[16]; /* "mpegts" */
    char service_name[STREAM_NAME_SIZE];
    char provider[STREAM_NAME_SIZE];
    uint32_t kilobits; /* per second */
};

/*
 * A busy site's name is not told with each of its answers. Workers tell it once in each of these spans of
 * packet time, which begin with a tick; main, which gets it from each worker, takes the first one. So what
 * counts is the same for any number of workers, whatever each of them has forgotten meanwhile.
 */
#define NAMES_SPAN_US INT64_C(300000000)

static inline int64_t names_span(int64_t time_us)
{
    return time_us / NAMES_SPAN_US;
}

struct catalogue {
    uint64_t live;
    uint64_t movies;
    uint64_t series;
    uint64_t groups;
    bool whole; /* one document that ended well, not a page or a cut list */
};

/* Where the name of a service was read; `host_from` of a detection. */
#define NAME_SOURCES(X)                                                                                      \
    X(NAME_FROM_HTTP, "http.host")                                                                           \
    X(NAME_FROM_TLS, "tls.sni")                                                                              \
    X(NAME_FROM_QUIC, "quic.sni")                                                                            \
    X(NAME_FROM_DNS, "dns")                                                                                  \
    X(NAME_FROM_CERTIFICATE, "certificate")                                                                  \
    X(NAME_FROM_LIST, "list")

enum name_source { NAME_SOURCES(EVIDENCE_ENTRY) NAME_SOURCE_COUNT };
const char *name_source_name(enum name_source source);

struct fact {
    enum fact_type type;
    union {
        struct catalogue catalogue;
        struct named_server named;
        struct rights_holders rights;
        struct stream_description stream;
        struct {
            enum tie type;
            uint64_t print;
        } tie;
        struct {
            uint64_t flows;
            uint64_t bytes;
        } volume;
        struct {
            uint32_t ttl; /* seconds: the shortest of the answers that lead from the name to the address */
            bool trusted; /* from a resolver of network.resolvers */
        } address;        /* FACT_ADDRESS */
    };
};

enum record_type {
    RECORD_TICK, /* packet time has passed a full second: timers act */
    RECORD_HIT,
    RECORD_FACT,
    RECORD_TEXT, /* a transaction record's JSON line; main prints and frees it */
    RECORD_END,  /* nothing more will come from this worker */
};

/* The order of records in replay: by packet, then within it. Ticks and what they cause stand before the
 * packet that crossed the second; what they cause is ordered by shard. */
struct record_order {
    uint64_t packet;
    uint32_t
        place; /* 0: the tick itself; then, by shard, what timers and ended flows cause; then the packet's */
    uint32_t index; /* within the place */
};

struct worker_record {
    enum record_type type;
    struct record_order order;
    int64_t time_us;
    struct service_key service; /* of hits and facts; of hits with NAME_FROM_DNS the name alone */
    /* What shows names in flows of this sort, also where this one shows none: NAME_FROM_TLS and _QUIC say
     * that nothing of the server was seen in the clear. */
    enum name_source name_from;
    uint64_t client; /* keyed hash of the client's address (or /64); 0 where there is none */
    union {
        struct rule_hit hit;
        struct fact fact;
        char *text; /* owned by the record */
    };
};

static inline int record_order_compare(const struct record_order *a, const struct record_order *b)
{
    if (a->packet != b->packet) {
        return a->packet < b->packet ? -1 : 1;
    }
    if (a->place != b->place) {
        return a->place < b->place ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}
