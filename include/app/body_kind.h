/* What a body is, judged by its first bytes and never by Content-Type alone (design, section 7). */
#pragma once

#include "base/slice.h"

enum body_kind {
    BODY_NONE, /* no body was seen: HEAD, 204, 304, a cut before the first byte */
    BODY_EMPTY,
    BODY_M3U,  /* #EXTM3U first, after an optional byte order mark, blanks and messages of PHP */
    BODY_JSON, /* an object or array, after the same */
    BODY_XML,
    BODY_HTML,
    BODY_MPEGTS, /* 0x47 every 188 bytes (also 192 and 204), five in a row or as many as fit, at least two */
    BODY_MEDIA,  /* MP4, Matroska, AVI, FLV, Ogg, MPEG audio, ... */
    BODY_IMAGE,
    BODY_ARCHIVE, /* archives and executables */
    BODY_TEXT,    /* printable text of no kind above */
    BODY_BINARY,
    BODY_KIND_COUNT,
};

/* "none", "empty", "m3u", "json", ...: the names that rules use. */
const char *body_kind_name(enum body_kind kind);
/* By name; BODY_KIND_COUNT where there is none. */
enum body_kind body_kind_by_name(struct slice name);

/* Judges the first decoded bytes; `complete` says that no more will come. BODY_NONE means "more bytes are
 * needed to tell" and is never the answer for a complete body or for 1,024 bytes and more. */
enum body_kind body_kind_detect(struct slice first, bool complete);
/* What remains of a body's first bytes behind messages of PHP ("Warning: ... on line 7"): all of it, mostly.
 */
struct slice body_without_notices(struct slice first);
