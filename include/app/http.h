/*
 * HTTP/1 transactions (RFC 9110, 9112): what a request asked and what came back. Requests wait for their
 * answer, so that rules see both at once; either half alone where the other is missing.
 *
 * Life of a transaction: a request's head and body arrive; the answer's head and first body bytes arrive;
 * then it is *settled* and told once (APP_HTTP_SETTLED): when app.body_prefix decoded bytes of the body are
 * there (1,024 of a stream, film, picture, archive or other binary), when the body ended or broke off, or
 * app.answer_timeout after its request by a tick, with what stands then. Entries of a playlist
 * (APP_ENTRY) follow behind that. When the body is over it is told again (APP_HTTP_ENDED), once for each
 * settled transaction that had an answer, with what the body's parsers found. A transaction that gets no
 * readable answer is settled by the server's end, by the end of the flow, by an answer to a later request,
 * by a tick, or, where the mirror shows no packet of the server, by the next request behind an
 * acknowledgement.
 *
 * An answer that comes after its request was told alone makes a second transaction with the same request
 * (`late`).
 *
 * What the rules' buffers see follows Suricata 7's documentation: `uri` is decoded once, with runs of '/' in
 * the path joined; field values are without blanks at both ends, folded lines joined by one blank. Where it
 * joins several fields of one name, the first one stands here; all of them are in `headers`.
 */
#pragma once

#include "app/api.h"
#include "app/body_kind.h"
#include "app/m3u.h"
#include "app/page.h"
#include "base/slice.h"

struct http_request {
    struct slice method;
    struct slice uri;     /* origin form, percent-decoded once (path and query), as Suricata's http.uri */
    struct slice uri_raw; /* origin form as sent; of an absolute URI the part behind the authority */
    /* Normalised: lower case, no port; empty where there was none or it was no name. An authority in the
     * target goes before Host (RFC 9112, section 3.2.2). */
    struct slice host;
    uint16_t host_port; /* written with it, or 0 */
    struct slice user_agent;
    struct slice referer;
    /* Of the pages that Referer and Origin name, normalised as `host`; empty where they name none. Browsers
     * send no more than the page's origin to other sites (Referrer Policy, strict-origin-when-cross-origin).
     */
    struct slice referer_host;
    struct slice origin_host;
    struct slice cookie;
    struct slice headers; /* "Name: value\r\n" of all headers but Cookie; order as sent, folding undone */
    struct slice body;    /* first bytes of a request body (forms), up to the cap */
    struct slice credentials_user; /* user name and password in query, form or path: raw; empty where none */
    struct slice credentials_password;
    bool proxy;     /* absolute URI or CONNECT: the server is somebody's proxy */
    bool truncated; /* a cap cut something */
};

struct http_response {
    uint16_t status;
    struct slice stat_code; /* its three digits */
    struct slice location;
    struct slice location_host; /* of an absolute Location, normalised */
    struct slice server;
    struct slice content_type;
    struct slice headers; /* as in the request, without Set-Cookie */
    /* First decoded bytes, up to app.body_prefix; with APP_HTTP_ENDED empty where no parser read the body. */
    struct slice body;
    enum body_kind kind;
    /* Decoded bytes until now. At the end of a coded body that no parser read: bytes as they were sent; of
     * one whose coding broke or met a cap: what was decoded. */
    uint64_t body_bytes;
    bool body_complete; /* ended as announced; without length or chunks: with the connection */
    bool has_length;    /* Content-Length */
    bool chunked;
    bool encoded;   /* gzip or deflate, undone */
    bool coded;     /* a coding that is not undone (br, zstd, ...): kind is that of the coded bytes */
    bool truncated; /* a cap cut the head */
    bool cut;       /* a gap, a cap or the flow's end within the body */
};

enum { HTTP_MEMO_SIDS = 15, HTTP_MEMO_HOLDERS = 128, HTTP_MEMO_NAMES = 256 };

/* Whose pay channels the live entries of one document name (rule/rule_set.h). */
struct rights_tally {
    uint64_t set;   /* the set of holders that the numbers below belong to; 0: nothing was counted */
    uint32_t names; /* distinct names of pay channels; at most three quarters of the table */
    uint16_t owned[HTTP_MEMO_HOLDERS]; /* ... that count for each holder; each counts for one */
    uint16_t fits[HTTP_MEMO_HOLDERS];  /* ... that fit each holder */
    uint64_t hashes[HTTP_MEMO_NAMES];  /* open addressing; 0 where free */
};

/* The rule stage's memory of one document: sids over its entries that have been told once, and whose channels
 * they name. The app stage makes it, zeroed, with the first entry. It lives as long as the transaction, or as
 * the list of which the transaction carries a part. */
struct http_memo {
    uint32_t sids[HTTP_MEMO_SIDS];
    uint32_t count;
    struct rights_tally rights;
};

struct http_transaction {
    uint64_t number;                      /* counted within the flow, from 1 */
    const struct http_request *request;   /* NULL where that half was not seen */
    const struct http_response *response; /* NULL where no readable answer was seen */
    int64_t request_us;
    int64_t response_us;
    bool late;               /* the request was told before, alone */
    bool server_bytes;       /* the server sent payload, but nothing that reads as an answer */
    uint64_t answered_bytes; /* without server bytes: what the client acknowledged since this request */
    /* A 3xx whose Location bears the request's path (or its last two segments) and a new token, or that path
     * on another bare address */
    bool location_repeats;
    bool live_segment;                 /* the request asks for what a live playlist listed to this client */
    const struct named_servers *named; /* Location's server; at the end also the body's; NULL where none */
    const struct m3u_facts *m3u;       /* APP_HTTP_ENDED only, where the body was one */
    const struct api_facts *api;
    const struct page_facts *page;
    struct http_memo *memo; /* NULL until an entry was told */
};
