/*
 * Transport streams: finding packets. A packet is read where it lies, and copied only where a piece of the
 * stream ends within it.
 */
#include "daemon/app/mpegts_priv.h"

#include <assert.h>
#include <stdlib.h>

#include "base/attr.h"

size_t mpegts_memory(void)
{
    return sizeof(struct mpegts_parser);
}

struct mpegts_parser *mpegts_create(void)
{
    struct mpegts_parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL) {
        abort();
    }
    parser->pmt_pid = TS_PID_NONE;
    parser->clock_pid = TS_PID_NONE;
    return parser;
}

void mpegts_free(struct mpegts_parser *parser)
{
    free(parser);
}

const struct mpegts_facts *mpegts_facts_of(const struct mpegts_parser *parser)
{
    return &parser->facts;
}

bool mpegts_is_enough(const struct mpegts_parser *parser)
{
    return parser->enough;
}

static bool stops(const struct mpegts_parser *parser)
{
    return parser->enough || parser->changed;
}

/* TS_PACKET bytes that begin with the sync byte. Most are of film: nothing but payload, and no table. */
static void take_packet(struct mpegts_parser *parser, struct slice packet)
{
    assert(packet.len == TS_PACKET);
    uint16_t head = (uint16_t)(packet.data[1] << 8 | packet.data[2]);
    uint16_t pid = head & TS_PID_BITS;
    uint8_t control = packet.data[3];
    parser->facts.packets++;
    if ((head & TS_BROKEN) == 0 && pid != TS_PID_NONE) {
        bool payload_only = (control & (TS_HAS_FIELD | TS_HAS_PAYLOAD)) == TS_HAS_PAYLOAD;
        if (payload_only && pid > TS_PID_TABLES_MAX && pid != parser->pmt_pid) {
            ts_count_content(parser, pid, control);
        } else {
            ts_packet_read(parser, head, control, slice_from(packet, TS_HEADER));
        }
    }
    if (parser->facts.packets == TS_ENOUGH_BARE || parser->facts.packets == TS_ENOUGH) {
        ts_judge_enough(parser);
    }
}

/* The headers of a row of packets stand there, as far as the window reaches: a sync byte, and an
 * adaptation_field_control that is not the reserved one (2.4.3.3). */
static size_t count_row(struct slice window, size_t at, size_t stride)
{
    enum { CONTROL_AT = 3, CONTROL_BITS = 0x30 };
    size_t count = 0;
    while (count < TS_ROW && at + CONTROL_AT < window.len && window.data[at] == TS_SYNC_BYTE &&
           (window.data[at + CONTROL_AT] & CONTROL_BITS) != 0) {
        count++;
        at += stride;
    }
    return count;
}

static const size_t strides[] = {TS_PACKET, 192, TS_STRIDE_MAX};

/* Finds a row of `wanted` packets that begins within one packet of the window's front. */
static bool find_row(struct mpegts_parser *parser, size_t wanted, size_t *at)
{
    struct slice window = slice_make(parser->window, parser->window_len);
    for (*at = 0; *at < TS_STRIDE_MAX && *at < window.len; (*at)++) {
        if (window.data[*at] != TS_SYNC_BYTE) {
            continue;
        }
        for (size_t i = 0; i < ARRAY_COUNT(strides); i++) {
            if (count_row(window, *at, strides[i]) >= wanted) {
                parser->stride = strides[i];
                return true;
            }
        }
    }
    return false;
}

static void drop_front(struct mpegts_parser *parser, size_t len)
{
    parser->window_len -= len;
    if (parser->window_len > 0) {
        memmove(parser->window, parser->window + len, parser->window_len);
    }
}

static void lose_packets(struct mpegts_parser *parser)
{
    parser->stride = 0;
    parser->facts.resyncs++;
    parser->clock_read = false;
}

/* Takes the packets that the window holds whole, after they were found in it. */
static void take_window(struct mpegts_parser *parser)
{
    size_t at = 0;
    while (parser->stride > 0 && parser->window_len - at >= parser->stride && !stops(parser)) {
        if (parser->window[at] == TS_SYNC_BYTE) {
            take_packet(parser, slice_make(parser->window + at, TS_PACKET));
            at += parser->stride;
        } else {
            lose_packets(parser);
        }
    }
    drop_front(parser, at);
    if (parser->stride > 0 && parser->window_len > 0 && parser->window[0] != TS_SYNC_BYTE) {
        lose_packets(parser);
    }
}

static void search(struct mpegts_parser *parser, size_t wanted)
{
    size_t at;
    if (!find_row(parser, wanted, &at)) {
        size_t lost = parser->window_len < TS_STRIDE_MAX ? parser->window_len : TS_STRIDE_MAX;
        parser->lost_bytes += lost;
        drop_front(parser, lost);
        ts_judge_enough(parser);
        return;
    }
    parser->facts.packet_size = (uint32_t)parser->stride;
    parser->lost_bytes += at;
    drop_front(parser, at);
    take_window(parser);
}

/* Fills the window up to `len` bytes; returns what is left. */
static struct slice fill_window(struct mpegts_parser *parser, struct slice bytes, size_t len)
{
    struct slice part = slice_part(bytes, 0, len - parser->window_len);
    memcpy(parser->window + parser->window_len, part.data, part.len);
    parser->window_len += part.len;
    return slice_from(bytes, part.len);
}

/* Packets that lie whole at the front, while the window is empty. */
static struct slice take_whole(struct mpegts_parser *parser, struct slice bytes)
{
    size_t at = 0;
    while (bytes.len - at >= parser->stride && bytes.data[at] == TS_SYNC_BYTE && !stops(parser)) {
        take_packet(parser, slice_make(bytes.data + at, TS_PACKET));
        at += parser->stride;
    }
    return slice_from(bytes, at);
}

/* Reads on where packets are found: those that lie whole in `bytes`, and the one that they end within. */
static struct slice take_packets(struct mpegts_parser *parser, struct slice bytes)
{
    if (parser->window_len == 0) {
        bytes = take_whole(parser, bytes);
        if (stops(parser) || bytes.len == 0) {
            return bytes;
        }
        if (bytes.data[0] != TS_SYNC_BYTE) {
            lose_packets(parser);
            return bytes;
        }
    }
    bytes = fill_window(parser, bytes, parser->stride);
    if (parser->window_len == parser->stride) {
        take_window(parser);
    }
    return bytes;
}

bool mpegts_feed(struct mpegts_parser *parser, struct slice *bytes)
{
    parser->changed = false;
    if (parser->stride > 0 && parser->window_len >= parser->stride) {
        take_window(parser); /* what was left where the last call stopped */
    }
    while (bytes->len > 0 && !stops(parser)) {
        if (parser->stride > 0) {
            *bytes = take_packets(parser, *bytes);
            continue;
        }
        *bytes = fill_window(parser, *bytes, TS_WINDOW);
        if (parser->window_len == TS_WINDOW) {
            search(parser, TS_ROW);
        }
    }
    return parser->changed && !parser->enough;
}

void mpegts_gap(struct mpegts_parser *parser, uint64_t missing)
{
    (void)missing;
    parser->lost_bytes += parser->window_len;
    parser->window_len = 0;
    parser->stride = 0;
    parser->clock_read = false;
    for (size_t i = 0; i < TS_TABLE_COUNT; i++) {
        ts_section_reset(&parser->sections[i]);
    }
}

void mpegts_finish(struct mpegts_parser *parser)
{
    /* A stream too short for a whole row still shows itself by two packets; the last one of a wide stride may
     * lack its end. */
    enum { SHORT_ROW = 2 };
    while (parser->window_len >= TS_PACKET && !parser->enough) {
        parser->changed = false;
        if (parser->stride == 0) {
            search(parser, SHORT_ROW);
        } else if (parser->window_len >= parser->stride) {
            take_window(parser);
        } else {
            take_packet(parser, slice_make(parser->window, TS_PACKET));
            parser->window_len = 0;
        }
    }
}
