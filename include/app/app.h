/*
 * The app stage's door: record 3 of 5 (struct app_event), and the inspector that makes them out of flows.
 *
 * An inspector belongs to one worker. It recognises a flow's protocol by its first payload bytes (each
 * protocol is a const struct app_proto and a row in app.c), keeps its state in the flow's inspection, and
 * calls the receiver with events in the order of the bytes. Events borrow everything; they are valid during
 * the call only.
 */
#pragma once

#include "app/dns.h"
#include "app/http.h"
#include "app/mpegts.h"
#include "app/quic.h"
#include "app/sign.h"
#include "app/tls.h"
#include "base/counter.h"
#include "base/hash.h"
#include "base/option.h"
#include "flow/flow.h"

enum app_event_type {
    APP_HTTP_SETTLED,
    APP_HTTP_ENDED,
    APP_ENTRY, /* one entry of a document that stands in an answer */
    APP_SIGN,  /* a sign that a protocol other than HTTP gives */
    /* The first bytes of a direction of a TCP flow that no parser of ours knows, or that one only watches. */
    APP_UNREAD,
    APP_TS,   /* what a transport stream carries: once a stream, in an answer or in datagrams */
    APP_TLS,  /* a handshake, once, as soon as nothing more of it is readable */
    APP_DNS,  /* a question and its answer, or one of them alone */
    APP_QUIC, /* a client's hello, once */
};

struct app_event {
    enum app_event_type type;
    int64_t time_us;
    struct flow *flow; /* the receiver may set its note */
    /* For an entry and a stream the transaction whose body it stands in; NULL for a stream in datagrams, with
     * APP_SIGN, APP_UNREAD, APP_TLS, APP_DNS and APP_QUIC. */
    const struct http_transaction *http;
    const struct catalogue_entry *entry; /* APP_ENTRY */
    const struct mpegts_facts *stream;   /* APP_TS */
    const struct app_sign *sign;         /* APP_SIGN */
    const struct tls_handshake *tls;     /* APP_TLS */
    const struct dns_exchange *dns;      /* APP_DNS */
    const struct quic_hello *quic;       /* APP_QUIC */
    unsigned side;                       /* APP_UNREAD: who sent `bytes` */
    struct slice bytes;
};

/* What a parser of ours knows a flow as; their names are those of flow records. */
#define APP_PROTOCOLS(X)                                                                                     \
    X(APP_PROTOCOL_MPEGTS, "mpegts")                                                                         \
    X(APP_PROTOCOL_HTTP, "http")                                                                             \
    X(APP_PROTOCOL_TLS, "tls")                                                                               \
    X(APP_PROTOCOL_RTSP, "rtsp")                                                                             \
    X(APP_PROTOCOL_RTMP, "rtmp")                                                                             \
    X(APP_PROTOCOL_CCCAM, "cccam")                                                                           \
    X(APP_PROTOCOL_NEWCAMD, "newcamd")                                                                       \
    X(APP_PROTOCOL_CAMD35, "camd35")                                                                         \
    X(APP_PROTOCOL_DNS, "dns")                                                                               \
    X(APP_PROTOCOL_QUIC, "quic")

#define APP_PROTOCOL_ENTRY(id, name) id,
enum app_protocol { APP_PROTOCOL_UNKNOWN, APP_PROTOCOLS(APP_PROTOCOL_ENTRY) APP_PROTOCOL_COUNT };

struct app_settings {
    uint64_t http_header_bytes; /* app.http_header_bytes: a message head's bytes */
    uint64_t http_headers;      /* app.http_headers: its number of header lines */
    uint64_t uri_bytes;         /* app.uri_bytes: kept of a URI */
    uint64_t body_prefix;       /* app.body_prefix: decoded bytes of an answer that rules see */
    uint64_t request_body;      /* app.request_body: bytes of a request's body that are kept */
    uint64_t pipeline_depth;    /* app.pipeline_depth: requests of one flow that wait for answers */
    uint64_t inflate_bytes;     /* app.inflate_bytes: decoded bytes of one compressed body */
    uint64_t inflate_ratio; /* app.inflate_ratio: decoded bytes per compressed byte, after the first 64 KiB */
    uint64_t document_bytes; /* app.document_bytes: bytes of one playlist or JSON answer that are parsed */
    uint64_t page_bytes;     /* app.page_bytes: bytes of one page or script that are read */
    uint64_t command_bytes; /* app.command_bytes: kept of one RTMP command, of the head of one RTSP message */
    uint64_t tls_hello_bytes;       /* app.tls_hello_bytes: kept of one hello */
    uint64_t tls_certificate_bytes; /* app.tls_certificate_bytes: kept of one server's certificates */
    uint64_t memory;        /* app.memory: of all inspections of the daemon; a shard has its 64th part */
    uint64_t known_streams; /* app.known_streams: streams that are known again; a shard has its 64th part */
    uint64_t hls_segments;  /* app.hls_segments: segments of live playlists; a shard has its 64th part */
    int64_t answer_timeout; /* app.answer_timeout: a request without answer is settled after so long (5 s) */
    uint64_t range_lists;   /* app.range_lists: lists that come in parts; a shard has its 64th part */
    int64_t range_timeout;  /* app.range_timeout: one of which no part came for so long is forgotten */
    uint64_t dns_addresses; /* app.dns_addresses: addresses of names that a shard tells in a second */
    uint64_t dns_waiting;   /* app.dns_waiting: questions of one flow that wait for answers */
};

#define APP_COUNTERS(X)                                                                                      \
    X(APP_HTTP_FLOWS, "http_flows", "Flows recognised as HTTP/1")                                            \
    X(APP_HTTP_REQUESTS, "http_requests", "HTTP requests read")                                              \
    X(APP_HTTP_RESPONSES, "http_responses", "HTTP answers read")                                             \
    X(APP_HTTP_PAIRED, "http_paired", "Transactions seen with request and answer")                           \
    X(APP_HTTP_UNANSWERED, "http_unanswered", "Requests settled without a readable answer")                  \
    X(APP_HTTP_GAPS, "http_gaps", "Gaps inside HTTP streams")                                                \
    X(APP_HTTP_RESYNCS, "http_resyncs", "Times that HTTP was found again behind a gap or garbage")           \
    X(APP_HTTP_MALFORMED, "http_malformed", "Messages that are no HTTP; the direction waits for the next")   \
    X(APP_HTTP_HEAD_CAP, "http_head_cap", "Message heads of which a part was over the cap, or missing")      \
    X(APP_HTTP_PIPELINE_CAP, "http_pipeline_cap", "Requests settled early because too many waited")          \
    X(APP_INFLATED, "inflated", "Compressed bodies undone")                                                  \
    X(APP_INFLATE_CAP, "inflate_cap", "Compressed bodies left at a size or ratio cap")                       \
    X(APP_INFLATE_ERRORS, "inflate_errors", "Compressed bodies that broke")                                  \
    X(APP_DOCUMENT_CAP, "document_cap", "Playlists or JSON answers over their cap; counted to there")        \
    X(APP_PLAYLISTS, "playlists", "M3U bodies parsed")                                                       \
    X(APP_PLAYLIST_ENTRIES, "playlist_entries", "Entries in them")                                           \
    X(APP_PAGES, "pages", "Web pages and scripts read")                                                      \
    X(APP_PAGE_CAP, "page_cap", "Web pages and scripts over app.page_bytes; read to there")                  \
    X(APP_API_ANSWERS, "api_answers", "JSON bodies parsed")                                                  \
    X(APP_RTMP_FLOWS, "rtmp_flows", "Flows recognised as RTMP")                                              \
    X(APP_RTSP_FLOWS, "rtsp_flows", "Flows recognised as RTSP")                                              \
    X(APP_COMMAND_CAP, "command_cap", "Flows with RTMP commands or RTSP heads over their cap, cut")          \
    X(APP_BOUNDS_LOST, "bounds_lost", "Directions of RTMP and RTSP given up: a gap, a cap, or no message")   \
    X(APP_TLS_FLOWS, "tls_flows", "Flows in which a TLS handshake began")                                    \
    X(APP_TLS_CLIENT_HELLOS, "tls_client_hellos", "ClientHellos read")                                       \
    X(APP_TLS_SERVER_HELLOS, "tls_server_hellos", "ServerHellos read")                                       \
    X(APP_TLS_CERTIFICATES, "tls_certificates", "Servers' certificates read")                                \
    X(APP_TLS_UNANSWERED, "tls_unanswered", "ClientHellos settled without a readable answer")                \
    X(APP_TLS_MALFORMED, "tls_malformed", "Records, hellos and certificates that are none")                  \
    X(APP_TLS_HELLO_CAP, "tls_hello_cap", "Hellos over their cap, not read")                                 \
    X(APP_TLS_CERTIFICATE_CAP, "tls_certificate_cap", "Certificates over their cap, not read")               \
    X(APP_SIGNS_TOLD, "signs", "Signs of protocols other than HTTP")                                         \
    X(APP_STREAMS, "streams", "Transport streams read and told")                                             \
    X(APP_STREAMS_KNOWN, "streams_known", "... of them known again by their tables, and not read on")        \
    X(APP_KNOWN_STREAMS_FULL, "known_streams_full",                                                          \
      "Streams forgotten because another one took their place")                                              \
    X(APP_RANGE_PARTS, "range_parts", "Answers with a part of a playlist, put together with its others")     \
    X(APP_RANGE_LISTS_CAP, "range_lists_cap", "Parts of playlists read alone: too many lists at once")       \
    X(APP_RANGE_LOST, "range_lost", "Playlists in parts whose count stays too low: holes or lines too many") \
    X(APP_RANGE_CODED, "range_coded", "Parts of compressed bodies, which cannot be read by themselves")      \
    X(APP_HLS_SEGMENTS_ASKED, "hls_segments_asked", "Requests for segments that a live playlist listed")     \
    X(APP_HLS_SEGMENTS_FULL, "hls_segments_full", "Listed segments forgotten early for other ones")          \
    X(APP_DNS_FLOWS, "dns_flows", "Flows recognised as DNS")                                                 \
    X(APP_DNS_QUESTIONS, "dns_questions", "Questions of DNS")                                                \
    X(APP_DNS_ANSWERED, "dns_answered", "... with an answer")                                                \
    X(APP_DNS_UNANSWERED, "dns_unanswered", "... without one in time")                                       \
    X(APP_DNS_WITHHELD, "dns_withheld",                                                                      \
      "... by which the resolver says that the name is blocked, censored or filtered (RFC 8914)")            \
    X(APP_DNS_UNASKED, "dns_unasked",                                                                        \
      "Answers of DNS that nobody was seen to ask for; many on a mirror of both directions: forged ones")    \
    X(APP_DNS_MALFORMED, "dns_malformed",                                                                    \
      "Datagrams and messages on DNS's port that are no query, no answer, or from the wrong side")           \
    X(APP_DNS_WAITING_CAP, "dns_waiting_cap", "Questions given up early because too many of a flow waited")  \
    X(APP_DNS_ANSWERS_CAP, "dns_answers_cap", "Messages with more answers than are read")                    \
    X(APP_QUIC_HELLOS, "quic_hellos", "ClientHellos of QUIC read")                                           \
    X(APP_QUIC_UNANSWERED, "quic_unanswered", "... with which the server did not go on")                     \
    X(APP_QUIC_FORGED, "quic_forged", "Initial packets of QUIC that their keys do not open")                 \
    X(APP_QUIC_MALFORMED, "quic_malformed", "Flows whose Initial packets bear no ClientHello")               \
    X(APP_QUIC_HELLO_CAP, "quic_hello_cap", "Flows whose ClientHello is over app.tls_hello_bytes, not read") \
    X(APP_QUIC_TRIES_CAP, "quic_tries_cap", "Flows given up after too many Initial packets without a hello") \
    X(APP_MEMORY_CAP, "memory_cap", "Flows left uninspected because their shard's memory was full")          \
    X(APP_UNKNOWN_FLOWS, "unknown_flows", "Flows whose first bytes no parser of ours knows")

enum COUNTER_ENUM(app, APP_COUNTERS);
extern const struct counter_table app_counters;
extern const struct option_table app_options; /* over struct app_settings */

typedef void (*app_event_fn)(void *context, const struct app_event *event);

struct inspector;

/* `key` hashes credentials and the tables of the parsers. */
struct inspector *inspector_create(const struct app_settings *settings, const struct hash_key *key,
                                   struct counter_cell *counters, app_event_fn event, void *context);
void inspector_free(struct inspector *inspector);
/* What hellos are read for from now on; TLS_FOR_NAMES until this is called. */
void inspector_read_hellos(struct inspector *inspector, enum tls_purpose purpose);

enum inspection {
    INSPECTION_MORE,    /* wants this direction's next bytes */
    INSPECTION_SKIP,    /* this direction needs no more bytes, for ever */
    INSPECTION_UNKNOWN, /* no parser of ours knows this flow: nDPI's turn; nothing is kept */
};

/* Bytes of one direction in order. The first ones decide the protocol, and are told (APP_UNREAD, once a
 * direction) where no parser of ours knows them; a request or answer recognised also sets the flow's client
 * (flow_set_client, ORIENTATION_PAYLOAD) and visibility. Of a flow whose beginning was not seen, 64 slices or
 * 256 KiB may pass before a message begins at the front of one. */
enum inspection inspector_data(struct inspector *inspector, struct flow *flow, unsigned side,
                               struct slice bytes, int64_t time_us);
/* A whole datagram of a UDP flow. UNKNOWN: no parser of ours reads it (the first few of each side are tried).
 */
enum inspection inspector_datagram(struct inspector *inspector, struct flow *flow, unsigned side,
                                   struct slice payload, int64_t time_us);
enum inspection inspector_gap(struct inspector *inspector, struct flow *flow, unsigned side, uint64_t missing,
                              int64_t time_us);
/* How many of a direction's next bytes nobody will read, whatever they are; whether that is so of all until
 * the other side speaks, and these are many; and that so many of them, seen or not, have gone by (`turned`:
 * and the other side has spoken). */
uint64_t inspector_skip(const struct flow *flow, unsigned side);
bool inspector_skip_turn(const struct flow *flow, unsigned side);
enum inspection inspector_pass(struct inspector *inspector, struct flow *flow, unsigned side, uint64_t bytes,
                               bool turned, int64_t time_us);
/* A direction is over; with the second one everything is settled and the flow's inspection freed. */
void inspector_end(struct inspector *inspector, struct flow *flow, unsigned side, int64_t time_us);
/* The flow goes: settles and ends what is open, frees the flow's inspection. */
void inspector_flow_end(struct inspector *inspector, struct flow *flow, int64_t time_us);
/* Settles requests of one shard that have waited for app.answer_timeout, oldest first. */
void inspector_tick(struct inspector *inspector, unsigned shard, int64_t now_us);
/* Whether a parser of ours knows (or knew, after inspector_flow_end) this flow's protocol. */
bool inspector_recognised(const struct flow *flow);
/* The name of the protocol that a parser of ours knows the flow by, also after inspector_flow_end; or NULL.
 */
const char *inspector_protocol(const struct flow *flow);
/* Bytes that the inspections of one shard hold now. */
size_t inspector_memory(const struct inspector *inspector, unsigned shard);
