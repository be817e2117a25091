/*
 * Inside the HTTP parser:
 *
 *     http_proto.c        the state of each direction, bodies, and the flow's beginning and end
 *     http_message.c      collecting a head; what kind of body follows it
 *     http_tunnel.c       what goes on in clear behind a proxy's answer
 *     http_search.c       finding a message's beginning where it is not known
 *     http_exchange.c     pairing requests with answers, settling, telling
 *     http_content.c      what is done with an answer's body: decoding, its kind
 *     http_documents.c    the parsers of bodies
 *     http_stream.c       a transport stream in a body
 *     http_hls.c          segments that live playlists list
 *     http_range.c        parts of bodies, and the lists (range_list.c, range_table.c) that they belong to
 *     http_head.c, http_start.c, http_uri.c, http_credentials.c, http_body.c, http_inflate.c
 *                         grammar, without state of a flow
 */
#pragma once

#include "app/http.h"
#include "base/buf.h"
#include "daemon/app/app_priv.h"
#include "daemon/app/http_body_priv.h"
#include "daemon/app/http_head_priv.h"
#include "daemon/app/http_inflate_priv.h"

struct http_flow;
struct hls_listing;
struct tls_flow;

/* One transaction and everything that its record borrows. */
struct http_exchange {
    struct http_transaction view;
    struct http_request request;
    struct http_response response;
    struct http_memo *own_memo;       /* what view.memo is, but for a part of a list */
    struct hls_listing *listing;      /* what a media playlist lists; NULL elsewhere */
    struct named_servers *named;      /* NULL until an answer names one: seldom, and they are large */
    struct http_store request_store;  /* empty: no request */
    struct http_store response_store; /* empty: no answer */
    struct buf request_body;
    size_t credentials_body; /* bytes of it in which the credentials were looked for */
    bool credentials_sought;
    struct buf body; /* the answer's first decoded bytes */
    struct http_flow *http;
    struct http_exchange *next; /* in the flow's queue */
    size_t queued_memory;       /* accounted there; 0 outside of it */
    struct waiting waiting;     /* in the shard's exchanges */
    bool settled;
    struct flow_side server_before; /* the server's side when the request came */
};

/* What the parsers of an answer's body found; NULL where it was none of their kind. */
struct http_documents {
    const struct m3u_facts *m3u;
    const struct api_facts *api;
    const struct page_facts *page;
};

/* A parser of bodies, as http_content.c drives it. */
struct content_parser;

/* The body of the present answer. */
struct http_content {
    struct http_inflater *inflater;      /* NULL where nothing is coded */
    const struct content_parser *parser; /* NULL where none reads the body, or not yet */
    void *parser_state;
    struct http_range range; /* of an answer with a part of the whole; else not present */
    uint64_t total;   /* bytes of a plain whole that may be fetched on where it breaks off; 0: unknown */
    uint64_t sent;    /* bytes of it that came, as they were sent */
    uint64_t parsed;  /* decoded bytes that the parser was given */
    bool judged;      /* the body's kind is certain */
    bool chosen;      /* ... and its parser, if any, has the first bytes */
    bool deaf;        /* broken or over a cap: what comes is only counted */
    bool passed_over; /* the stream gives no more of it: the flow's own counter tells the rest */
};

enum http_state {
    HTTP_HEAD,
    HTTP_PEEK, /* before the body of an answer to an unknown request, which may have been HEAD */
    HTTP_BODY,
    HTTP_SEARCH, /* no message's bounds are known: until one begins */
    HTTP_SKIP,
    HTTP_STATE_COUNT,
};

struct http_direction {
    enum http_state state;
    struct buf held; /* the beginning of a head; in PEEK and SEARCH a few bytes */
    bool start_read; /* the head's start line is whole and good */
    bool searched;   /* the head was found by searching */
    size_t lines;    /* of the head behind its start line that ended */
    size_t line_len; /* of the present one */
    bool line_is_cr; /* ... which is a CR so far */
    struct http_body body;
};

/* The server that a proxy was asked for. */
struct http_tunnel {
    char name[HOST_NAME_SIZE];
    uint16_t port;
};

struct http_flow {
    struct inspector *inspector;
    struct flow *flow;
    int64_t now_us;
    bool recognised; /* a start line was read, so `client` is known */
    bool unknown;    /* it was another protocol after all */
    unsigned client; /* side */
    struct http_direction directions[2];
    uint64_t numbers;             /* transactions so far */
    struct http_exchange *oldest; /* requests whose answers have not begun; told ones too */
    struct http_exchange *newest;
    size_t queued;
    size_t queued_memory;            /* of the queue's exchanges */
    bool answers_lost;               /* some answers may be missing between the last one and the next */
    struct http_exchange *uploading; /* the request whose body comes; in the queue or `current` */
    struct http_exchange *current;   /* the answer that comes; in no queue */
    struct http_content content;     /* of `current` */
    struct http_tunnel *tunnel;      /* owned; NULL where there is none */
    bool tunnel_opens;               /* nothing in it was read yet: it may be anything */
    bool tunnel_asked;               /* by a CONNECT that was not refused, as far as was seen */
    struct tls_flow *tls;            /* owned: what the tunnel carries; NULL where it is not TLS */
};

static inline unsigned http_server(const struct http_flow *http)
{
    return http->client ^ 1;
}

static inline bool http_is_server(const struct http_flow *http, unsigned side)
{
    return http->recognised && side == http_server(http);
}

/* http_proto.c. A direction enters another state. */
void http_begin_head(struct http_direction *direction);
void http_begin_body(struct http_direction *direction, enum http_body_form form, uint64_t length);
void http_begin_skip(struct http_flow *http, unsigned side);
/* The bounds of messages are lost; what `held` has is searched first. */
void http_begin_search(struct http_flow *http, unsigned side);
/* The same, because what came is no message. */
void http_reject(struct http_flow *http, unsigned side);
/* In the state BODY. */
void http_take_body(struct http_flow *http, unsigned side, struct slice *input);
void http_gap_body(struct http_flow *http, unsigned side, uint64_t missing);

/* http_message.c: in the state HEAD. */
void http_take_head(struct http_flow *http, unsigned side, struct slice *input);
void http_gap_head(struct http_flow *http, unsigned side, uint64_t missing);
/* What the first bytes of `held` and `input` together begin. */
enum http_start http_probe_joined(const struct buf *held, struct slice input);

/* http_tunnel.c. Both directions begin anew, for that server; without a name what follows is skipped. */
void http_tunnel_begin(struct http_flow *http, const struct http_tunnel *server);
/* What comes is no HTTP: skips both directions where nothing of the tunnel was read yet, else false. */
bool http_tunnel_closes(struct http_flow *http);
/* The same, with what comes: where a handshake of TLS may begin with it, all bytes of the flow go to `tls`.
 */
bool http_tunnel_takes(struct http_flow *http, unsigned side, struct slice *input);
/* What follows, while there is `tls`. */
enum inspection http_tunnel_data(struct http_flow *http, unsigned side, struct slice bytes);
/* A request's head was read: what is asked through a proxy is not about the proxy. */
void http_tunnel_name(struct http_flow *http, struct http_request *request);

/* http_search.c: in the states PEEK and SEARCH. */
void http_take_peek(struct http_flow *http, unsigned side, struct slice *input);
void http_gap_peek(struct http_flow *http, unsigned side, uint64_t missing);
/* No more bytes come to look at: what was held before a body is part of it. */
void http_end_peek(struct http_flow *http, unsigned side);
void http_take_search(struct http_flow *http, unsigned side, struct slice *input);
void http_gap_search(struct http_flow *http, unsigned side, uint64_t missing);

/* http_exchange.c. A request's head is complete. */
void http_take_request(struct http_flow *http, const struct http_head *head, struct http_framing *framing);
/* The head of a final answer is complete: it becomes `current`. */
void http_take_response(struct http_flow *http, struct http_head *head, struct http_framing *framing);
/* Tells the exchange for the first time. */
void http_exchange_settle(struct http_exchange *exchange);
/* Tells the present answer's end with what its parsers found, and forgets it. */
void http_current_end(struct http_flow *http, const struct http_documents *found);
/* No answer will come any more. */
void http_queue_clear(struct http_flow *http);
void http_queue_remove(struct http_flow *http, struct http_exchange *exchange);
void http_tell(struct http_flow *http, enum app_event_type type, struct http_exchange *exchange,
               const struct catalogue_entry *entry);
void http_tell_stream(struct http_flow *http, struct http_exchange *exchange,
                      const struct mpegts_facts *stream);
size_t http_exchange_memory(const struct http_exchange *exchange);
/* The request's body goes on. */
void http_exchange_upload(struct http_exchange *exchange, struct slice bytes);
void http_exchange_free(struct http_exchange *exchange);

/* Settles transactions of one shard that have waited for app.answer_timeout, oldest first. */
void http_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us);

/* http_stream.c: a parser of bodies; see struct content_parser. */
void *http_stream_create(struct http_flow *http);
void http_stream_feed(void *state, struct slice bytes);
void http_stream_gap(void *state, uint64_t missing);
void http_stream_finish(void *state);
void http_stream_free(void *state);
size_t http_stream_memory(const void *state);
/* Whether the stream is told: nobody needs more of it. */
bool http_stream_done(const void *state);

/* http_hls.c. The present answer, a playlist, lists a segment. */
void http_hls_list(struct http_flow *http, struct slice uri);
/* What it lists is live: requests for it will be known. */
void http_hls_remember(struct http_flow *http);
size_t http_hls_listing_memory(void);
bool http_hls_asks(const struct http_flow *http, const struct http_request *request);

/* http_content.c. All about `current`. */
void http_content_begin(struct http_flow *http, const struct http_framing *framing);
/* Bytes of the body as they were sent. */
void http_content_take(struct http_flow *http, struct slice bytes);
/* Bytes that are only counted have gone by. */
void http_content_pass(struct http_flow *http, uint64_t bytes);
void http_content_gap(struct http_flow *http, uint64_t missing);
/* The body is over, or what follows of it is lost: settles and ends the transaction. */
void http_content_end(struct http_flow *http, bool complete);
/* The answer has none: settles and ends the transaction. */
void http_content_none(struct http_flow *http);
/* Whether the body's bytes are only counted. */
bool http_content_is_idle(const struct http_flow *http);
/* Judges the body's kind by what has come, before `current` is told. */
void http_content_judge(struct http_flow *http);
size_t http_content_memory(const struct http_content *content);
void http_content_free(struct http_flow *http);
