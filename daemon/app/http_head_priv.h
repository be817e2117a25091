/*
 * Heads of HTTP/1 messages (RFC 9112, sections 2 to 6): start lines, fields, and what they say of the body.
 * Everything here looks at whole lines; http_proto.c collects them.
 */
#pragma once

#include "app/app.h"
#include "app/http.h"

/* The copies that outlive a head's bytes: one block of fixed size, so that slices into it stay valid. */
struct http_store {
    uint8_t *data;
    size_t used;
    size_t room;
};

void http_store_free(struct http_store *store);

enum http_coding {
    HTTP_CODING_IDENTITY,
    HTTP_CODING_GZIP,
    HTTP_CODING_DEFLATE,
    HTTP_CODING_OTHER, /* br, zstd, several: not undone */
};

/* What of the whole a body is (Content-Range of RFC 9110, section 14.4, in bytes). */
struct http_range {
    bool present;
    uint64_t first;
    uint64_t last;
    uint64_t total; /* UINT64_MAX where the server does not tell */
};

/* False for another unit, an unsatisfied range, or numbers that contradict one another. */
bool http_range_read(struct slice value, struct http_range *out);

/* How the body is delimited and coded (RFC 9112, section 6.3). */
struct http_framing {
    bool has_length;
    bool bad_length; /* no number, or several that differ: the body's end cannot be known */
    uint64_t length;
    bool chunked;
    bool other_transfer; /* a transfer coding besides: without chunked it lasts until close */
    enum http_coding coding;
    struct http_range range;
};

enum http_start { HTTP_START_NO, HTTP_START_MORE, HTTP_START_REQUEST, HTTP_START_RESPONSE };

/* So many bytes are enough to judge a start. */
enum { HTTP_START_BYTES = 8 };

/* Judges a message's first bytes: a method and a blank, or "HTTP/1." or "ICY ". */
enum http_start http_start_probe(struct slice first);

/* So many bytes have to follow a place to find a message's start there. */
enum { HTTP_FIND_BYTES = 13 };

/* Where behind garbage a message may begin again: a request line's front, or a status line's up to its code.
 * SIZE_MAX where no place with HTTP_FIND_BYTES behind it is one. */
size_t http_start_find(struct slice bytes, bool request);

struct http_request_line {
    struct slice method;
    struct slice target;
};

struct http_status_line {
    uint16_t status;
    struct slice code;
};

/* The line without its end. False where it is none. */
bool http_request_line_read(struct slice line, struct http_request_line *out);
/* The parts of one that is known to be good. */
struct http_request_line http_request_line_cut(struct slice line);
bool http_status_line_read(struct slice line, struct http_status_line *out);

/* A head that was collected, start line included, which is known to be good. */
struct http_head {
    struct slice bytes;
    size_t lines; /* no fewer than it has */
    bool cut;     /* its end is missing, or a cap cut something */
};

/* Slices go into `store`, which is made here. */
void http_request_read(const struct http_head *head, const struct app_settings *settings,
                       struct http_store *store, struct http_request *request, struct http_framing *framing);
/* `head->cut` is set where a cap cut something. */
void http_response_read(struct http_head *head, const struct app_settings *settings, struct http_store *store,
                        struct http_response *response, struct http_framing *framing);

/* Where a request's target leads (RFC 9112, section 3.2). */
struct http_target {
    struct slice authority; /* of the absolute and the authority form; without user information */
    struct slice origin;    /* path and query as sent */
    bool proxy;
};

struct http_target http_target_split(struct slice method, struct slice target);

/* Writes the normal form of an origin to `out`, which has room for as many bytes; returns its length. */
size_t http_uri_normalise(struct slice origin, uint8_t *out);

/* Sets the request's credentials_*. */
void http_credentials_find(struct http_request *request);

/* Whether a Location repeats what was asked, as redirects to a panel's load balancer do: its path is the
 * request's, or ends with the last two segments of it (a file's ending may stand behind), and either its
 * query bears a token that the request did not, or its host is an address that is not the request's `host`
 * (normalised, may be empty). What web servers do for any path, another scheme or another name before the
 * same target, repeats nothing. */
bool http_location_repeats(struct slice location, struct slice uri_raw, struct slice host);
