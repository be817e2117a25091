/*
 * Files that lie compressed on the server (list.m3u.gz) and are sent as they are: no Content-Encoding tells
 * it, their first bytes do (RFC 1952, 2.3.1). Those that hold a list are undone, all others are archives.
 */
#include "app/body_kind.h"
#include "app/box_list.h"
#include "daemon/app/body_kind_priv.h"
#include "daemon/app/http_inflate_priv.h"

/* The decoded beginning, as much of it as tells the kind. */
struct decoded_front {
    uint8_t bytes[BODY_KIND_ENOUGH];
    size_t len;
};

static bool keep_front(void *context, struct slice decoded)
{
    struct decoded_front *front = context;
    struct slice fits = slice_part(decoded, 0, sizeof front->bytes - front->len);
    memcpy(front->bytes + front->len, fits.data, fits.len);
    front->len += fits.len;
    return front->len < sizeof front->bytes;
}

bool http_gzip_file_holds_list(struct slice sent, bool over)
{
    enum { DECODED_MAX = 64 * 1024, RATIO_MAX = 1032 };
    if (!slice_starts(sent, slice_text("\x1f\x8b\x08"))) {
        return false;
    }
    struct http_inflater *inflater = http_inflater_create(NULL, HTTP_CODING_GZIP, DECODED_MAX, RATIO_MAX);
    struct decoded_front front = {.len = 0};
    (void)http_inflater_feed(inflater, sent, keep_front, &front);
    http_inflater_free(inflater);
    struct slice decoded = slice_make(front.bytes, front.len);
    enum body_kind kind = body_kind_detect(decoded, over || front.len == sizeof front.bytes);
    return kind == BODY_M3U || box_list_detect(kind, decoded, over) != LIST_M3U;
}
