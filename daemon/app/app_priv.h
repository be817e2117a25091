/* Inside the app stage: the inspector, what it keeps of a flow, and how a protocol's parser hangs in it. */
#pragma once

#include "app/app.h"
#include "base/pool.h"
#include "daemon/app/hls_segments_priv.h"
#include "daemon/app/known_streams_priv.h"
#include "daemon/app/range_list_priv.h"
#include "daemon/app/waiting_priv.h"

struct http_inflater;

struct inspector_shard {
    size_t memory;                  /* of all inspections in this shard */
    struct waiting_list exchanges;  /* HTTP transactions that are not settled */
    struct waiting_list handshakes; /* ... of TLS */
    struct waiting_list questions;  /* of DNS */
    struct waiting_list hellos;     /* of QUIC */
    struct known_streams streams;
    struct hls_segments segments;
    struct range_table ranges; /* playlists that come in parts */
};

struct inspector {
    const struct app_settings *settings;
    struct hash_key key;
    enum tls_purpose hellos_for;
    struct counter_cell *counters;
    app_event_fn event;
    void *context;
    struct pool inspections; /* struct flow_inspection */
    struct pool http_flows;
    struct pool exchanges; /* struct http_exchange */
    struct pool dns_flows;
    struct http_inflater *spare_inflater; /* the last one that was done with, or NULL: making one is dear */
    struct inspector_shard shards[FLOW_SHARDS];
};

/* So many of a direction's first bytes are always enough to tell the protocol. */
enum { PROBE_BYTES_MAX = 16 };

enum probe { PROBE_NO, PROBE_MORE, PROBE_YES };

/* How a flow begins, for protocols that are told by who speaks first, and how much. */
struct opening {
    const struct flow *flow;
    unsigned side;             /* who speaks */
    struct slice first;        /* its first bytes, PROBE_BYTES_MAX at most */
    struct slice other;        /* those of the other side, as far as they have told nobody anything */
    const uint64_t *delivered; /* bytes of each side until now */
};

/* A protocol over TCP: one file with one of these, and one row in app.c. */
struct app_proto {
    /* Judges a direction's first bytes; MORE only for fewer than PROBE_BYTES_MAX. */
    enum probe (*probe)(struct slice first);
    /* Or, in its place, how the flow begins. */
    enum probe (*probe_opening)(const struct opening *opening);
    /* It does not know the protocol until it says so by a sign: until then the flow counts as nobody's, and a
     * parser that knows the other side's first bytes goes before it. */
    bool watches;
    void *(*create)(struct inspector *inspector, struct flow *flow);
    /* UNKNOWN from one of these two says that it was another protocol after all; `drop` follows. */
    enum inspection (*data)(void *state, unsigned side, struct slice bytes, int64_t time_us);
    enum inspection (*gap)(void *state, unsigned side, uint64_t missing, int64_t time_us);
    /* All NULL, or: how many of the direction's next bytes the parser would only count; whether it would
     * count all until the other side speaks; and that so many of them have gone by. */
    uint64_t (*skip)(const void *state, unsigned side);
    bool (*skip_turn)(const void *state, unsigned side);
    enum inspection (*pass)(void *state, unsigned side, uint64_t bytes, bool turned, int64_t time_us);
    void (*end)(void *state, unsigned side, int64_t time_us);
    /* The flow ends: tells what is open. */
    void (*finish)(void *state, int64_t time_us);
    void (*drop)(void *state);
    size_t (*memory)(const void *state);
    /* Or NULL: whether it has told all that it ever will. Then it is dropped, and its flow left alone. */
    bool (*is_over)(const void *state);
};

extern const struct app_proto dns_stream_proto;
extern const struct app_proto tls_proto;
extern const struct app_proto starttls_proto;
extern const struct app_proto http_proto;
extern const struct app_proto socks_proto;
extern const struct app_proto rtmp_proto;
extern const struct app_proto rtsp_proto;
extern const struct app_proto greeting_proto;
extern const struct app_proto camd35_stream_proto;

/* Tells a sign of this flow. */
void inspector_tell_sign(struct inspector *inspector, struct flow *flow, const struct app_sign *sign,
                         int64_t time_us);

/* So many datagrams of each side are probed. */
enum { PROBE_DATAGRAMS = 4 };

/* A protocol over UDP: one file with one of these, and one row in app.c. */
struct datagram_proto {
    /* Judges one of a flow's first datagrams by itself. */
    bool (*probe)(const struct flow *flow, unsigned side, struct slice payload);
    void *(*create)(struct inspector *inspector, struct flow *flow);
    /* A whole datagram. UNKNOWN says that it was another protocol after all; `drop` follows. SKIP: this flow
     * needs no more looks. */
    enum inspection (*data)(void *state, unsigned side, struct slice payload, int64_t time_us);
    /* The flow ends: tells what is open, and frees the state. */
    void (*finish)(void *state, int64_t time_us);
    void (*drop)(void *state);
    size_t (*memory)(const void *state);
    /* Or NULL: whether the state holds nothing now. Then it goes, and the next datagram is probed again, also
     * far behind the first ones where the flow's protocol is known. */
    bool (*rests)(const void *state);
};

extern const struct datagram_proto dns_datagram_proto;
extern const struct datagram_proto quic_proto;
extern const struct datagram_proto mpegts_datagram_proto;
extern const struct datagram_proto camd35_datagram_proto;

/* Bytes of a direction that were too few to tell the protocol. */
struct first_bytes {
    uint8_t bytes[PROBE_BYTES_MAX];
    size_t len;
};

/* The app stage's part of a flow's attachment (flow_inspection). */
struct flow_inspection {
    const struct app_proto *proto;          /* of TCP; NULL while probing */
    const struct datagram_proto *datagrams; /* of UDP; NULL once given up */
    void *state;
    struct first_bytes first[2];
    uint64_t delivered[2]; /* bytes that inspector_data was given of each side */
    size_t memory;         /* accounted in the shard */
    bool ended[2];         /* the direction is over */
    bool unread_told[2];   /* APP_UNREAD was */
    bool judged[2];        /* while one only watches: others have said no to this side */
    bool given_up;         /* nobody's: kept until the other side speaks again */
    bool midstream;        /* the beginning was not seen: wait for a message to begin */
    uint32_t tries;        /* slices in which none began */
    uint64_t tried_bytes;
};

/* Lists that may come in parts in one shard. */
static inline uint64_t inspector_range_lists(const struct inspector *inspector)
{
    return inspector->settings->range_lists / FLOW_SHARDS;
}

/* Brings the shard's account in line with what the flow's inspection holds now. */
void inspector_account(struct inspector *inspector, const struct flow *flow);
/* The same, where its parser may be over, or rest: then all that is kept of the flow goes. */
void inspector_settled(struct inspector *inspector, struct flow *flow);

/* Tells questions of DNS that have waited for app.answer_timeout, oldest first. */
void dns_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us);
/* Tells hellos of QUIC that have waited so long for the server's answer. */
void quic_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us);
