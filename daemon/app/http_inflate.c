/* zlib behind http_inflate_priv.h. */
#include "daemon/app/http_inflate_priv.h"

#include <limits.h>
#include <stdlib.h>

#include <zlib.h>

enum {
    CHUNK = 16 * 1024,
    SNIFF_BYTES = 2,
    WINDOW_BITS = 15,
    WINDOW_GZIP = WINDOW_BITS + 16,
    ZLIB_STATE = 7 * 1024, /* zlib's zconf.h: about 7 KiB beside the window */
};

enum inflate_form {
    FORM_UNKNOWN, /* fewer than SNIFF_BYTES have come */
    FORM_CODED,
    FORM_PLAIN,
    FORM_ENDED, /* the stream's end: what follows is padding, or for gzip another member */
    FORM_DEAD,
};

struct http_inflater {
    enum http_coding coding;
    enum inflate_form form;
    bool gzip;
    uint64_t max_bytes;
    uint64_t max_ratio;
    uint64_t in;
    uint64_t out;
    uint8_t first[SNIFF_BYTES];
    size_t first_len;
    bool begun; /* zlib's state exists */
    z_stream stream;
    uint8_t chunk[CHUNK];
};

struct http_inflater *http_inflater_create(struct http_inflater *spare, enum http_coding coding,
                                           uint64_t max_bytes, uint64_t max_ratio)
{
    struct http_inflater *inflater = spare != NULL ? spare : calloc(1, sizeof *inflater);
    if (inflater == NULL) {
        abort();
    }
    inflater->coding = coding;
    inflater->form = FORM_UNKNOWN;
    inflater->gzip = false;
    inflater->max_bytes = max_bytes;
    inflater->max_ratio = max_ratio;
    inflater->in = 0;
    inflater->out = 0;
    inflater->first_len = 0;
    return inflater;
}

void http_inflater_free(struct http_inflater *inflater)
{
    if (inflater != NULL) {
        if (inflater->begun) {
            inflateEnd(&inflater->stream);
        }
        free(inflater);
    }
}

size_t http_inflater_memory(void)
{
    return sizeof(struct http_inflater) + ((size_t)1 << WINDOW_BITS) + ZLIB_STATE;
}

bool http_inflater_is_plain(const struct http_inflater *inflater)
{
    return inflater->form == FORM_PLAIN;
}

bool http_inflater_is_complete(const struct http_inflater *inflater)
{
    return inflater->form == FORM_ENDED || inflater->form == FORM_PLAIN;
}

/*
 * What two bytes tell: a gzip member (RFC 1952, 2.3.1), a zlib header (RFC 1950, 2.2), or where deflate was
 * announced the bare stream that some servers send. Everything else was sent plain.
 */
static void choose_form(struct http_inflater *inflater)
{
    unsigned first = inflater->first[0];
    unsigned second = inflater->first[1];
    int window = 0;
    if (first == 0x1f && second == 0x8b) {
        window = WINDOW_GZIP;
        inflater->gzip = true;
    } else if ((first & 0x0f) == Z_DEFLATED && (first << 8 | second) % 31 == 0) {
        window = WINDOW_BITS;
    } else if (inflater->coding == HTTP_CODING_DEFLATE) {
        window = -WINDOW_BITS;
    }
    if (window == 0) {
        inflater->form = FORM_PLAIN;
        return;
    }
    int result =
        inflater->begun ? inflateReset2(&inflater->stream, window) : inflateInit2(&inflater->stream, window);
    if (result != Z_OK) {
        abort();
    }
    inflater->begun = true;
    inflater->form = FORM_CODED;
}

/* Room up to the next multiple of CHUNK decoded bytes: the caps are judged there, whatever came in. */
static size_t room_of(const struct http_inflater *inflater)
{
    uint64_t room = CHUNK - inflater->out % CHUNK;
    uint64_t left = inflater->max_bytes - inflater->out;
    return (size_t)(room < left ? room : left);
}

static bool is_over_cap(const struct http_inflater *inflater)
{
    if (inflater->out >= inflater->max_bytes) {
        return true;
    }
    return inflater->out % CHUNK == 0 && inflater->out > HTTP_INFLATE_FREE &&
           inflater->out / inflater->max_ratio > inflater->in;
}

static enum http_inflate_status die(struct http_inflater *inflater, enum http_inflate_status reason)
{
    inflater->form = FORM_DEAD;
    return reason;
}

/* A member has ended: the next byte may begin another (RFC 1952, 2.2), anything else is padding. */
static bool begins_member(struct http_inflater *inflater, struct slice bytes)
{
    if (!inflater->gzip || bytes.data[0] != 0x1f) {
        return false;
    }
    inflateReset(&inflater->stream);
    inflater->form = FORM_CODED;
    return true;
}

static enum http_inflate_status inflate_bytes(struct http_inflater *inflater, struct slice bytes,
                                              http_inflate_fn decoded, void *context)
{
    z_stream *stream = &inflater->stream;
    bool pending = true; /* zlib may hold decoded bytes that had no room */
    while (bytes.len > 0 || pending) {
        if (inflater->form == FORM_ENDED && (bytes.len == 0 || !begins_member(inflater, bytes))) {
            return HTTP_INFLATE_MORE;
        }
        size_t given = bytes.len < UINT_MAX ? bytes.len : UINT_MAX;
        size_t room = room_of(inflater);
        stream->next_in = (z_const Bytef *)bytes.data;
        stream->avail_in = (uInt)given;
        stream->next_out = inflater->chunk;
        stream->avail_out = (uInt)room;
        int result = inflate(stream, Z_NO_FLUSH);
        size_t taken = given - stream->avail_in;
        size_t made = room - stream->avail_out;
        bytes = slice_from(bytes, taken);
        inflater->in += taken;
        inflater->out += made;
        pending = made == room;
        if (made > 0 && !decoded(context, slice_make(inflater->chunk, made))) {
            return die(inflater, HTTP_INFLATE_MORE);
        }
        if (result == Z_STREAM_END) {
            inflater->form = FORM_ENDED;
            pending = false;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return die(inflater, HTTP_INFLATE_BROKEN);
        }
        if (inflater->form != FORM_ENDED && is_over_cap(inflater)) {
            return die(inflater, HTTP_INFLATE_CAP);
        }
    }
    return HTTP_INFLATE_MORE;
}

static enum http_inflate_status sniff(struct http_inflater *inflater, struct slice *bytes,
                                      http_inflate_fn decoded, void *context)
{
    while (inflater->first_len < SNIFF_BYTES && bytes->len > 0) {
        inflater->first[inflater->first_len] = bytes->data[0];
        inflater->first_len++;
        *bytes = slice_from(*bytes, 1);
    }
    if (inflater->first_len < SNIFF_BYTES) {
        return HTTP_INFLATE_MORE;
    }
    choose_form(inflater);
    struct slice first = slice_make(inflater->first, inflater->first_len);
    if (inflater->form == FORM_PLAIN) {
        return decoded(context, first) ? HTTP_INFLATE_MORE : die(inflater, HTTP_INFLATE_MORE);
    }
    return inflate_bytes(inflater, first, decoded, context);
}

enum http_inflate_status http_inflater_feed(struct http_inflater *inflater, struct slice bytes,
                                            http_inflate_fn decoded, void *context)
{
    if (inflater->form == FORM_UNKNOWN) {
        enum http_inflate_status status = sniff(inflater, &bytes, decoded, context);
        if (status != HTTP_INFLATE_MORE) {
            return status;
        }
    }
    if (bytes.len == 0 || inflater->form == FORM_DEAD || inflater->form == FORM_UNKNOWN) {
        return HTTP_INFLATE_MORE;
    }
    if (inflater->form == FORM_PLAIN) {
        return decoded(context, bytes) ? HTTP_INFLATE_MORE : die(inflater, HTTP_INFLATE_MORE);
    }
    return inflate_bytes(inflater, bytes, decoded, context);
}

void http_inflater_finish(struct http_inflater *inflater, http_inflate_fn decoded, void *context)
{
    if (inflater->form == FORM_UNKNOWN && inflater->first_len > 0) {
        inflater->form = FORM_PLAIN;
        (void)decoded(context, slice_make(inflater->first, inflater->first_len));
    }
}
