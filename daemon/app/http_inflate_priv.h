/*
 * Undoing gzip and deflate (RFC 1950 to 1952) as a stream, capped in size and in ratio. What is decoded, and
 * where a cap strikes, does not depend on how the bytes are cut.
 */
#pragma once

#include "base/slice.h"
#include "daemon/app/http_head_priv.h"

struct http_inflater;

enum http_inflate_status {
    HTTP_INFLATE_MORE,
    HTTP_INFLATE_CAP,    /* decodes no further: too much, or too much out of too little */
    HTTP_INFLATE_BROKEN, /* no such stream (any more) */
};

/* Decoded bytes, valid during the call. False: no more, please. */
typedef bool (*http_inflate_fn)(void *context, struct slice decoded);

/* `coding` is GZIP or DEFLATE. `max_ratio` counts from HTTP_INFLATE_FREE decoded bytes on. `spare` is one
 * that has done its work, of which only the memory is taken, or NULL. */
struct http_inflater *http_inflater_create(struct http_inflater *spare, enum http_coding coding,
                                           uint64_t max_bytes, uint64_t max_ratio);
void http_inflater_free(struct http_inflater *inflater);

enum { HTTP_INFLATE_FREE = 64 * 1024 };

enum http_inflate_status http_inflater_feed(struct http_inflater *inflater, struct slice bytes,
                                            http_inflate_fn decoded, void *context);
/* No more will come: hands out what was too short to be told from a body that is not coded at all. */
void http_inflater_finish(struct http_inflater *inflater, http_inflate_fn decoded, void *context);
/* The server said that the body was coded and sent it plain. */
bool http_inflater_is_plain(const struct http_inflater *inflater);
/* Whether the coded stream reached its end. */
bool http_inflater_is_complete(const struct http_inflater *inflater);
/* What one takes of the heap. */
size_t http_inflater_memory(void);

/* Whether a body's first bytes, as they were sent, are those of a gzip file that holds a playlist; `over`: no
 * more of it will come. (http_gzip_file.c) */
bool http_gzip_file_holds_list(struct slice sent, bool over);
