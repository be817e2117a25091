/* For the tests of transport streams: packets and tables as a multiplexer writes them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "tests/unit/app/test_mpegts_facts.h"

enum { PAT_PID = 0, CAT_PID = 1, SDT_PID = 0x11, PMT_PID = 0x1000, VIDEO_PID = 0x100, AUDIO_PID = 0x101 };
enum { PACKET_BYTES = 188, PAYLOAD_BYTES = 184, PROGRAM = 7 };

/* A stream that is written. */
struct mux {
    struct buf out;
    size_t before; /* bytes that stand before each packet, and behind it */
    size_t behind;
    uint8_t counters[0x2000];
};

static inline struct mux mux_make(size_t before, size_t behind)
{
    return (struct mux){.out = buf_make(SIZE_MAX), .before = before, .behind = behind};
}

/* 32 bits of 0x04c11db7, one bit at a time: not the way of the code under test. */
static inline uint32_t mux_crc(struct slice bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len * 8; i++) {
        uint32_t bit = bytes.data[i / 8] >> (7 - i % 8) & 1U;
        crc = (crc >> 31 ^ bit) != 0 ? crc << 1 ^ 0x04c11db7U : crc << 1;
    }
    return crc;
}

static inline void put16(struct buf *out, unsigned value)
{
    buf_append_byte(out, (uint8_t)(value >> 8));
    buf_append_byte(out, (uint8_t)value);
}

static inline void put32(struct buf *out, uint32_t value)
{
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}

static inline void put_repeated(struct buf *out, uint8_t byte, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_byte(out, byte);
    }
}

/* One packet: `field` is the adaptation field behind its length (none where empty); the payload, of at most
 * what fits, is filled up by 0xff as multiplexers do with sections. */
static inline void mux_packet(struct mux *mux, unsigned pid, unsigned flags, struct slice field,
                              struct slice payload)
{
    put_repeated(&mux->out, 0x11, mux->before);
    size_t start = mux->out.len;
    buf_append_byte(&mux->out, 0x47);
    put16(&mux->out, pid | (flags & 0xe000));
    unsigned control = (field.len > 0 ? 0x20U : 0) | (payload.len > 0 ? 0x10U : 0) | (flags & 0xc0);
    buf_append_byte(&mux->out, (uint8_t)(control | mux->counters[pid]));
    mux->counters[pid] = (uint8_t)((mux->counters[pid] + (payload.len > 0)) & 15);
    if (field.len > 0) {
        size_t room = payload.len > 0 ? field.len : PAYLOAD_BYTES - 1;
        buf_append_byte(&mux->out, (uint8_t)room);
        buf_append(&mux->out, field);
        put_repeated(&mux->out, 0xff, room - field.len);
    }
    buf_append(&mux->out, payload);
    assert_true(mux->out.len - start <= PACKET_BYTES);
    put_repeated(&mux->out, 0xff, PACKET_BYTES - (mux->out.len - start));
    put_repeated(&mux->out, 0x22, mux->behind);
}

enum { MUX_BEGINS = 0x4000, MUX_BROKEN = 0x8000, MUX_SCRAMBLED = 0x80 };

/* Film: any bytes but 0x47, so that packets are found where they are. */
static inline void mux_content(struct mux *mux, unsigned pid, unsigned flags, size_t packets)
{
    uint8_t film[PAYLOAD_BYTES];
    memset(film, 0x5a, sizeof film);
    for (size_t i = 0; i < packets; i++) {
        mux_packet(mux, pid, flags, slice_make(NULL, 0), slice_make(film, sizeof film));
    }
}

/* A packet with nothing but the clock, in 1/27 microseconds. */
static inline void mux_clock(struct mux *mux, unsigned pid, uint64_t ticks, uint8_t more_flags)
{
    uint64_t value = ticks / 300 << 15 | UINT64_C(0x7e00) | ticks % 300;
    uint8_t field[7] = {(uint8_t)(0x10 | more_flags)};
    for (size_t i = 0; i < 6; i++) {
        field[1 + i] = (uint8_t)(value >> (40 - 8 * i));
    }
    mux_packet(mux, pid, 0, slice_make(field, sizeof field), slice_make(NULL, 0));
}

/* Appends a whole section to `out`. */
static inline void section_write(struct buf *out, uint8_t table, unsigned extension, unsigned number,
                                 unsigned last, struct slice body)
{
    size_t start = out->len;
    buf_append_byte(out, table);
    put16(out, 0xb000 | (unsigned)(body.len + 9));
    put16(out, extension);
    buf_append_byte(out, 0xc1); /* version 0, current */
    buf_append_byte(out, (uint8_t)number);
    buf_append_byte(out, (uint8_t)last);
    buf_append(out, body);
    put32(out, mux_crc(slice_make(out->data + start, out->len - start)));
}

/* Sends bytes of sections with a pointer field of 0 before them. */
static inline void mux_sections(struct mux *mux, unsigned pid, struct slice sections)
{
    struct buf bytes = buf_make(SIZE_MAX);
    buf_append_byte(&bytes, 0);
    buf_append(&bytes, sections);
    struct slice rest = buf_slice(&bytes);
    unsigned flags = MUX_BEGINS;
    while (rest.len > 0) {
        mux_packet(mux, pid, flags, slice_make(NULL, 0), slice_part(rest, 0, PAYLOAD_BYTES));
        rest = slice_from(rest, PAYLOAD_BYTES);
        flags = 0;
    }
    buf_free(&bytes);
}

static inline void write_pat(struct buf *out, unsigned program, unsigned pid)
{
    uint8_t body[] = {
        0,           0, 0xe0, 0x10, (uint8_t)(program >> 8), (uint8_t)program, (uint8_t)(0xe0 | pid >> 8),
        (uint8_t)pid};
    section_write(out, 0x00, 1, 0, 0, slice_make(body, sizeof body));
}

/* Video and audio; `descriptors` are the program's. */
static inline void write_pmt(struct buf *out, unsigned program, struct slice descriptors)
{
    struct buf body = buf_make(SIZE_MAX);
    put16(&body, 0xe000 | VIDEO_PID);
    put16(&body, 0xf000 | (unsigned)descriptors.len);
    buf_append(&body, descriptors);
    buf_append_byte(&body, 0x1b);
    put16(&body, 0xe000 | VIDEO_PID);
    put16(&body, 0xf000);
    buf_append_byte(&body, 0x0f);
    put16(&body, 0xe000 | AUDIO_PID);
    put16(&body, 0xf000 | 6);
    buf_append(&body, slice_make("\x0a\x04und", 6));
    section_write(out, 0x02, program, 0, 0, buf_slice(&body));
    buf_free(&body);
}

/* A service of an SDT's loop. */
static inline void write_service(struct buf *out, unsigned service, struct slice provider, struct slice name)
{
    put16(out, service);
    buf_append_byte(out, 0xfc);
    put16(out, 0x8000 | (unsigned)(provider.len + name.len + 5));
    buf_append_byte(out, 0x48);
    buf_append_byte(out, (uint8_t)(provider.len + name.len + 3));
    buf_append_byte(out, 1);
    buf_append_byte(out, (uint8_t)provider.len);
    buf_append(out, provider);
    buf_append_byte(out, (uint8_t)name.len);
    buf_append(out, name);
}

static inline void write_sdt(struct buf *out, uint8_t table, struct slice services)
{
    struct buf body = buf_make(SIZE_MAX);
    put16(&body, 1); /* original_network_id */
    buf_append_byte(&body, 0xff);
    buf_append(&body, services);
    section_write(out, table, 1, 0, 0, buf_slice(&body));
    buf_free(&body);
}

static inline void mux_pat(struct mux *mux)
{
    struct buf section = buf_make(SIZE_MAX);
    write_pat(&section, PROGRAM, PMT_PID);
    mux_sections(mux, PAT_PID, buf_slice(&section));
    buf_free(&section);
}

static inline void mux_pmt(struct mux *mux, struct slice descriptors)
{
    struct buf section = buf_make(SIZE_MAX);
    write_pmt(&section, PROGRAM, descriptors);
    mux_sections(mux, PMT_PID, buf_slice(&section));
    buf_free(&section);
}

static inline void mux_sdt(struct mux *mux, const char *provider, const char *name)
{
    struct buf services = buf_make(SIZE_MAX);
    struct buf section = buf_make(SIZE_MAX);
    write_service(&services, PROGRAM, slice_text(provider), slice_text(name));
    write_sdt(&section, 0x42, buf_slice(&services));
    mux_sections(mux, SDT_PID, buf_slice(&section));
    buf_free(&services);
    buf_free(&section);
}

/* What every stream begins with, then `seconds` of film of 100 packets a tenth of a second. */
static inline void mux_usual(struct mux *mux, unsigned tenths)
{
    mux_sdt(mux, "Nord", "Nord TV");
    mux_pat(mux);
    mux_pmt(mux, slice_make(NULL, 0));
    for (unsigned i = 0; i <= tenths; i++) {
        mux_clock(mux, VIDEO_PID, i * UINT64_C(2700000), 0);
        mux_content(mux, VIDEO_PID, 0, 98);
        mux_content(mux, AUDIO_PID, 0, 1);
    }
}

/* Feeds pieces of `piece` bytes, each in a block of exactly its size. */
static inline void parser_feed(struct mpegts_parser *parser, struct slice bytes, size_t piece)
{
    while (bytes.len > 0) {
        struct slice part = slice_part(bytes, 0, piece);
        uint8_t *block = malloc(part.len);
        assert_non_null(block);
        memcpy(block, part.data, part.len);
        struct slice rest = slice_make(block, part.len);
        while (mpegts_feed(parser, &rest)) {
            assert_true(mpegts_facts_of(parser)->packets > 0);
        }
        assert_true(rest.len == 0 || mpegts_is_enough(parser));
        free(block);
        bytes = slice_from(bytes, part.len);
    }
}

static inline struct mpegts_facts parse_pieces(struct slice bytes, size_t piece)
{
    struct mpegts_parser *parser = mpegts_create();
    parser_feed(parser, bytes, piece);
    mpegts_finish(parser);
    struct mpegts_facts facts = *mpegts_facts_of(parser);
    mpegts_free(parser);
    return facts;
}

/* The facts, which must be the same for many ways of cutting. */
static inline struct mpegts_facts parse(struct slice bytes)
{
    static const size_t pieces[] = {1, 3, 187, 188, 189, 1024, 1460};
    struct mpegts_facts facts = parse_pieces(bytes, SIZE_MAX);
    char wanted[MPEGTS_TEXT_SIZE], got[MPEGTS_TEXT_SIZE];
    facts_print_mpegts(&facts, wanted);
    for (size_t i = 0; i < ARRAY_COUNT(pieces); i++) {
        struct mpegts_facts other = parse_pieces(bytes, pieces[i]);
        facts_print_mpegts(&other, got);
        assert_string_equal(got, wanted);
    }
    return facts;
}
