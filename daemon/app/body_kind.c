/*
 * What a body is. Every kind but the last two shows itself by a signature at its front; a decision once made
 * on a prefix holds for every longer prefix, so that it does not depend on how the bytes arrived.
 */
#include "app/body_kind.h"

#include "base/attr.h"
#include "daemon/app/body_kind_priv.h"

static const char *const kind_names[BODY_KIND_COUNT] = {
    [BODY_NONE] = "none",   [BODY_EMPTY] = "empty",     [BODY_M3U] = "m3u",       [BODY_JSON] = "json",
    [BODY_XML] = "xml",     [BODY_HTML] = "html",       [BODY_MPEGTS] = "mpegts", [BODY_MEDIA] = "media",
    [BODY_IMAGE] = "image", [BODY_ARCHIVE] = "archive", [BODY_TEXT] = "text",     [BODY_BINARY] = "binary",
};

const char *body_kind_name(enum body_kind kind)
{
    return kind_names[kind];
}

enum body_kind body_kind_by_name(struct slice name)
{
    for (int kind = 0; kind < BODY_KIND_COUNT; kind++) {
        if (slice_equal(name, slice_text(kind_names[kind]))) {
            return (enum body_kind)kind;
        }
    }
    return BODY_KIND_COUNT;
}

/* How many sync bytes in a row make a transport stream for certain, and how far a body that begins within a
 * packet is searched for the first one. */
enum { TS_SYNC_BYTE = 0x47, TS_ROW = 5, TS_ROW_MIN = 2, TS_PACKET_MAX = 204 };

/* Packets of ISO/IEC 13818-1 as they are; behind the four-byte times of M2TS; with Reed-Solomon bytes. */
struct ts_shape {
    size_t first; /* where the first sync byte stands */
    size_t packet;
};

static const struct ts_shape ts_shapes[] = {{0, 188}, {4, 192}, {0, 204}};

/* Whether a packet may begin so: a sync byte, and where it is there, an adaptation_field_control that is not
 * the reserved one (ISO/IEC 13818-1, 2.4.3.3). Runs of one byte do not. */
static bool ts_header_at(struct slice first, size_t at)
{
    enum { CONTROL_AT = 3, CONTROL_BITS = 0x30 };
    struct slice header = slice_from(first, at);
    return header.data[0] == TS_SYNC_BYTE &&
           (header.len <= CONTROL_AT || (header.data[CONTROL_AT] & CONTROL_BITS) != 0);
}

/* Counts headers up to the first place where one is missing; `*missing` says that there was such a place. */
static size_t ts_count(struct slice first, const struct ts_shape *shape, bool *missing)
{
    size_t count = 0;
    *missing = false;
    for (size_t at = shape->first; at < first.len && count < TS_ROW; at += shape->packet) {
        /* The last one's control bits may not be there yet; what is decided must hold for more bytes. */
        bool last = count == TS_ROW - 1;
        if (last ? first.data[at] != TS_SYNC_BYTE : !ts_header_at(first, at)) {
            *missing = true;
            return count;
        }
        count++;
    }
    return count;
}

static enum signature_match match_mpegts(struct slice first, bool complete)
{
    bool possible = false;
    for (size_t i = 0; i < ARRAY_COUNT(ts_shapes); i++) {
        bool missing;
        size_t count = ts_count(first, &ts_shapes[i], &missing);
        if (count == TS_ROW || (complete && !missing && count >= TS_ROW_MIN)) {
            return SIGNATURE_YES;
        }
        possible = possible || !missing;
    }
    return possible && !complete ? SIGNATURE_MAYBE : SIGNATURE_NO;
}

/* Whether a full row of headers begins there, within the first packet of its shape. */
static bool begins_row(struct slice first, size_t at)
{
    for (size_t i = 0; i < ARRAY_COUNT(ts_shapes); i++) {
        struct ts_shape shape = {.first = at, .packet = ts_shapes[i].packet};
        bool missing;
        if (at < shape.packet && ts_count(first, &shape, &missing) == TS_ROW) {
            return true;
        }
    }
    return false;
}

/* A stream that is joined within a packet, as relays and ranges do; only a full row of headers shows it. */
static enum signature_match match_mpegts_within(struct slice first, bool complete)
{
    struct slice front = slice_part(first, 0, TS_PACKET_MAX);
    size_t at = 1;
    size_t step;
    for (; (step = slice_index(slice_from(front, at), TS_SYNC_BYTE)) != SIZE_MAX; at++) {
        at += step;
        if (begins_row(first, at)) {
            return SIGNATURE_YES;
        }
    }
    return complete ? SIGNATURE_NO : SIGNATURE_MAYBE;
}

struct kind_row {
    enum signature_match (*match)(struct slice first, bool complete);
    enum body_kind kind;
};

/* The first that matches; one that may still match with more bytes keeps those below it waiting. */
static const struct kind_row kind_rows[] = {
    {body_match_m3u, BODY_M3U},  {body_match_json, BODY_JSON},       {body_match_html, BODY_HTML},
    {body_match_xml, BODY_XML},  {body_match_image, BODY_IMAGE},     {body_match_media, BODY_MEDIA},
    {match_mpegts, BODY_MPEGTS}, {body_match_archive, BODY_ARCHIVE}, {match_mpegts_within, BODY_MPEGTS},
};

/* How many bytes behind this one belong to its character in UTF-8; SIZE_MAX where it begins none. */
static size_t utf8_following(uint8_t lead)
{
    if (lead < 0x80) {
        return 0;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return SIZE_MAX;
    }
    return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

/* Structure alone; the last character may be cut. */
static bool looks_like_utf8(struct slice text)
{
    size_t following = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (following > 0) {
            if ((text.data[i] & 0xc0) != 0x80) {
                return false;
            }
            following--;
        } else {
            following = utf8_following(text.data[i]);
            if (following == SIZE_MAX) {
                return false;
            }
        }
    }
    return true;
}

/* No control but those of layout, and beyond ASCII either UTF-8 or so little that it is another alphabet's
 * single bytes between ASCII's. */
static bool is_text(struct slice first)
{
    enum { HIGH_SHARE = 4 };
    size_t high = 0;
    for (size_t i = 0; i < first.len; i++) {
        uint8_t byte = first.data[i];
        bool layout = (byte >= '\t' && byte <= '\r') || byte == 0x1b;
        if ((byte < ' ' && !layout) || byte == 0x7f) {
            return false;
        }
        high += byte >= 0x80;
    }
    return high <= first.len / HIGH_SHARE || looks_like_utf8(first);
}

enum body_kind body_kind_detect(struct slice first, bool complete)
{
    if (first.len == 0) {
        return complete ? BODY_EMPTY : BODY_NONE;
    }
    bool enough = first.len >= BODY_KIND_ENOUGH;
    first = slice_part(first, 0, BODY_KIND_ENOUGH);
    complete = complete || enough;
    for (size_t i = 0; i < ARRAY_COUNT(kind_rows); i++) {
        switch (kind_rows[i].match(first, complete)) {
        case SIGNATURE_YES:
            return kind_rows[i].kind;
        case SIGNATURE_MAYBE:
            return BODY_NONE;
        case SIGNATURE_NO:
            break;
        }
    }
    if (!complete) {
        return BODY_NONE;
    }
    return is_text(first) ? BODY_TEXT : BODY_BINARY;
}
