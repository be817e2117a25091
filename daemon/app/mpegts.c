/*
 * Transport streams: finding packets, and what each of them adds. A packet is read where it lies, and copied
 * only where a piece of the stream ends within it.
 */
#include "daemon/app/mpegts_priv.h"

#include <assert.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/cur.h"

/* Where reading stops; mpegts.h says why. */
enum {
    ENOUGH_PACKETS = 4 * 1024 * 1024 / TS_PACKET,
    ENOUGH_PACKETS_BARE = 512 * 1024 / TS_PACKET, /* a PAT comes each half second and more often */
    ENOUGH_LOST_BYTES = 64 * 1024,
    ENOUGH_CLOCK_US = 1000 * 1000,
    ENOUGH_CLOCK_UNNAMED_US = 5 * 1000 * 1000,
    RATE_CLOCK_US = 250 * 1000,
};

/* program_clock_reference (ISO/IEC 13818-1, 2.4.3.5): 33 bits of 90 kHz, each of 300 ticks. */
enum { TICKS_A_BASE = 300, TICKS_A_MICROSECOND = 27 };
#define CLOCK_WRAP     ((UINT64_C(1) << 33) * TICKS_A_BASE)
#define CLOCK_STEP_MAX UINT64_C(27000000) /* it comes each tenth of a second; beyond, it was set anew */

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

/* Asked behind whatever changes the answer, so that it does not depend on how the bytes were cut. */
static void judge_enough(struct mpegts_parser *parser)
{
    const struct mpegts_facts *facts = &parser->facts;
    parser->enough = (facts->described && facts->has_pmt && facts->clock_us >= ENOUGH_CLOCK_US) ||
                     facts->clock_us >= ENOUGH_CLOCK_UNNAMED_US || facts->packets >= ENOUGH_PACKETS ||
                     (!facts->has_pat && facts->packets >= ENOUGH_PACKETS_BARE) ||
                     parser->lost_bytes >= ENOUGH_LOST_BYTES;
}

static bool stops(const struct mpegts_parser *parser)
{
    return parser->enough || parser->changed;
}

static void update_rate(struct mpegts_parser *parser)
{
    struct mpegts_facts *facts = &parser->facts;
    facts->clock_us = (int64_t)(parser->clock_sum / TICKS_A_MICROSECOND);
    facts->kilobits = 0;
    if (facts->clock_us >= RATE_CLOCK_US) {
        uint64_t bits = parser->clock_sum_packets * TS_PACKET * 8;
        facts->kilobits = (uint32_t)(bits * 1000 / (uint64_t)facts->clock_us);
    }
}

static void take_clock(struct mpegts_parser *parser, uint64_t clock, bool set_anew)
{
    uint64_t step = (clock + CLOCK_WRAP - parser->clock) % CLOCK_WRAP;
    if (parser->clock_read && !set_anew && step > 0 && step <= CLOCK_STEP_MAX) {
        parser->clock_sum += step;
        parser->clock_sum_packets += parser->facts.packets - parser->clock_packets;
        update_rate(parser);
        judge_enough(parser);
    }
    parser->clock_read = true;
    parser->clock = clock;
    parser->clock_packets = parser->facts.packets;
}

static void take_adaptation(struct mpegts_parser *parser, uint16_t pid, struct cur field)
{
    enum { SET_ANEW = 0x80, HAS_CLOCK = 0x10, CLOCK_BYTES = 6, EXTENSION_BITS = 0x1ff };
    uint8_t flags = cur_u8(&field);
    if ((flags & HAS_CLOCK) == 0 || (pid != parser->clock_pid && parser->clock_given)) {
        return;
    }
    uint64_t read = cur_big_endian(&field, CLOCK_BYTES);
    if (!cur_ok(&field)) {
        return;
    }
    if (parser->clock_pid == TS_PID_NONE) {
        parser->clock_pid = pid;
    }
    if (pid == parser->clock_pid) {
        uint64_t clock = (read >> 15) * TICKS_A_BASE + (read & EXTENSION_BITS);
        take_clock(parser, clock % CLOCK_WRAP, (flags & SET_ANEW) != 0);
    }
}

/* Which table this PID carries; TS_TABLE_COUNT for none. */
static enum ts_table table_of(const struct mpegts_parser *parser, uint16_t pid)
{
    enum { PAT_PID = 0x0000, CAT_PID = 0x0001, SDT_PID = 0x0011 };
    return pid == PAT_PID           ? TS_PAT
           : pid == CAT_PID         ? TS_CAT
           : pid == SDT_PID         ? TS_SDT
           : pid == parser->pmt_pid ? TS_PMT
                                    : TS_TABLE_COUNT;
}

struct table_context {
    struct mpegts_parser *parser;
    enum ts_table table;
};

static void take_section(void *context, struct slice section)
{
    const struct table_context *table = context;
    ts_table_take(table->parser, table->table, section);
}

static void take_table(struct mpegts_parser *parser, enum ts_table table, const struct ts_payload *payload)
{
    const struct mpegts_facts *facts = &parser->facts;
    uint32_t pat = facts->pat_crc;
    uint32_t pmt = facts->pmt_crc;
    uint32_t sdt = facts->sdt_crc;
    struct table_context context = {.parser = parser, .table = table};
    parser->facts.bad_sections += ts_section_feed(&parser->sections[table], payload, take_section, &context);
    parser->changed =
        parser->changed || facts->pat_crc != pat || facts->pmt_crc != pmt || facts->sdt_crc != sdt;
    judge_enough(parser);
}

static void count_content(struct mpegts_parser *parser, uint16_t pid, bool scrambled)
{
    for (size_t i = 0; i < parser->stream_count; i++) {
        if (parser->streams[i] == pid) {
            parser->facts.content_packets++;
            parser->facts.scrambled_packets += scrambled;
            return;
        }
    }
}

/* What stands behind the header; most packets are of film and end in count_content. */
static void read_packet(struct mpegts_parser *parser, uint16_t head, uint8_t control, struct cur cur)
{
    enum { BEGINS = 0x4000, PID_BITS = 0x1fff, COUNTER_BITS = 0x0f };
    enum { SCRAMBLED = 0x80, SCRAMBLING_BITS = 0xc0, HAS_FIELD = 0x20, HAS_PAYLOAD = 0x10 };
    uint16_t pid = head & PID_BITS;
    if ((control & HAS_FIELD) != 0) {
        struct cur field = cur_sub(&cur, cur_u8(&cur));
        if (!cur_ok(&cur)) {
            return;
        }
        take_adaptation(parser, pid, field);
    }
    if ((control & HAS_PAYLOAD) == 0) {
        return;
    }
    enum ts_table table = table_of(parser, pid);
    if (table == TS_TABLE_COUNT) {
        count_content(parser, pid, (control & SCRAMBLED) != 0);
    } else if ((control & SCRAMBLING_BITS) == 0) {
        struct ts_payload payload = {
            .bytes = cur_rest(&cur), .counter = control & COUNTER_BITS, .begins = (head & BEGINS) != 0};
        take_table(parser, table, &payload);
    }
}

/* TS_PACKET bytes that begin with the sync byte. */
static void take_packet(struct mpegts_parser *parser, struct slice packet)
{
    enum { HEADER = 4, BROKEN = 0x8000, PID_BITS = 0x1fff };
    assert(packet.len == TS_PACKET);
    uint16_t head = (uint16_t)(packet.data[1] << 8 | packet.data[2]);
    parser->facts.packets++;
    if ((head & BROKEN) == 0 && (head & PID_BITS) != TS_PID_NONE) {
        read_packet(parser, head, packet.data[3], cur_make(slice_from(packet, HEADER)));
    }
    if (parser->facts.packets >= ENOUGH_PACKETS_BARE) {
        judge_enough(parser);
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
    memmove(parser->window, parser->window + len, parser->window_len);
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
        judge_enough(parser);
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
    while (bytes.len >= parser->stride && bytes.data[0] == TS_SYNC_BYTE && !stops(parser)) {
        take_packet(parser, slice_part(bytes, 0, TS_PACKET));
        bytes = slice_from(bytes, parser->stride);
    }
    return bytes;
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
    if (parser->stride > 0) {
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
