/*
 * Inside the parser of transport streams: finding packets (mpegts.c), reading them (mpegts_packet.c), the
 * sections that packets carry (mpegts_section.c), the tables that sections are (mpegts_table.c), text
 * (mpegts_text.c) and its character sets (mpegts_charset.c).
 */
#pragma once

#include "app/mpegts.h"

enum {
    TS_SYNC_BYTE = 0x47,
    TS_PACKET = 188,
    TS_STRIDE_MAX = 204,
    TS_ROW = 5, /* sync bytes that are asked for where packets are sought */
    /* Enough to find a row of any stride that begins within the first packet. */
    TS_WINDOW = TS_STRIDE_MAX * TS_ROW + 4,
    TS_SECTION_MAX = 1024, /* PAT, CAT, PMT and SDT; with their header */
    TS_PID_NONE = 0x1fff,  /* that of empty packets */
    TS_STREAMS_MAX = 16,   /* of a program */
    /* Packets after which reading stops; mpegts.h says why. */
    TS_ENOUGH = 4 * 1024 * 1024 / TS_PACKET,
    TS_ENOUGH_BARE = 512 * 1024 / TS_PACKET, /* a PAT comes each half second and more often */
};

/* A packet's header (ISO/IEC 13818-1, 2.4.3.2): the second and third byte, then the fourth. */
enum {
    TS_HEADER = 4,
    TS_BROKEN = 0x8000,
    TS_BEGINS = 0x4000,
    TS_PID_BITS = 0x1fff,
    TS_PID_TABLES_MAX = 0x0011, /* the SDT's; film has higher ones */
    TS_SCRAMBLED = 0x80,
    TS_SCRAMBLING_BITS = 0xc0,
    TS_HAS_FIELD = 0x20,
    TS_HAS_PAYLOAD = 0x10,
    TS_COUNTER_BITS = 0x0f,
};

/* The section that a PID's packets carry now. */
struct ts_section {
    uint8_t bytes[TS_SECTION_MAX];
    size_t len;      /* collected */
    size_t whole;    /* its length; 0 until its first bytes have told it */
    bool open;       /* it has begun and is not over */
    bool counted;    /* `counter` holds */
    uint8_t counter; /* continuity_counter of the last packet */
};

/* One packet's payload. */
struct ts_payload {
    struct slice bytes;
    uint8_t counter;
    bool begins; /* payload_unit_start_indicator */
};

typedef void (*ts_section_fn)(void *context, struct slice section);

/* Calls `take` with each section that the payload completes and whose CRC is right; returns how many were
 * wrong. */
uint32_t ts_section_feed(struct ts_section *section, const struct ts_payload *payload, ts_section_fn take,
                         void *context);
void ts_section_reset(struct ts_section *section);
/* CRC-32 of ISO/IEC 13818-1, annex A; 0 over a section with its own CRC. */
uint32_t ts_crc32(struct slice bytes);

/* The tables of which sections are read. */
enum ts_table { TS_PAT, TS_CAT, TS_SDT, TS_PMT, TS_TABLE_COUNT };

/* The best that the SDT has said so far. */
struct ts_description {
    bool known;
    bool alone;       /* the SDT describes one service only */
    uint16_t service; /* its number: that of a program */
    uint32_t crc;
    char name[MPEGTS_NAME_SIZE];
    char provider[MPEGTS_NAME_SIZE];
};

struct mpegts_parser {
    struct mpegts_facts facts;
    size_t stride;             /* from one sync byte to the next; 0 while they are sought */
    uint8_t window[TS_WINDOW]; /* bytes in which they are sought; else the beginning of a packet */
    size_t window_len;
    uint64_t lost_bytes; /* outside of packets */
    bool enough;
    bool changed; /* a CRC in the facts, since the feed began */
    struct ts_section sections[TS_TABLE_COUNT];
    uint16_t pmt_pid;
    uint16_t streams[TS_STREAMS_MAX]; /* PIDs of the program's streams */
    size_t stream_count;
    struct ts_description description;
    /* The clock: program_clock_reference in 1/27 microseconds. */
    uint16_t clock_pid;
    bool clock_given; /* by the PMT; else it is the first PID that bears one */
    bool clock_read;  /* `clock` holds */
    uint64_t clock;
    uint64_t clock_packets; /* packets read when it came */
    uint64_t clock_sum;     /* differences between clocks that followed one another */
    uint64_t clock_sum_packets;
};

/* A packet that may have more than a stream's payload; `behind` its header. */
void ts_packet_read(struct mpegts_parser *parser, uint16_t head, uint8_t control, struct slice behind);
/* A packet of a PID that bears no table. */
static inline void ts_count_content(struct mpegts_parser *parser, uint16_t pid, uint8_t control)
{
    for (size_t i = 0; i < parser->stream_count; i++) {
        if (parser->streams[i] == pid) {
            parser->facts.content_packets++;
            parser->facts.scrambled_packets += (control & TS_SCRAMBLED) != 0;
            return;
        }
    }
}
/* Asked behind whatever changes the answer, so that it does not depend on how the bytes were cut. */
void ts_judge_enough(struct mpegts_parser *parser);

/* Whole sections with right CRCs, with their header. */
void ts_table_take(struct mpegts_parser *parser, enum ts_table table, struct slice section);

/* mpegts_charset.c */
enum {
    MPEGTS_HIGH_FIRST = 0xa0,
    MPEGTS_HIGH_COUNT = 96,
    MPEGTS_PART_6937 = 0, /* a number that no part of ISO/IEC 8859 has */
    MPEGTS_MARK_FIRST = 0xc0,
};

/* Unicode's codes of the bytes from 0xa0 on, 0 where one has none; NULL where there is no such part. */
const uint16_t *mpegts_high_codes(unsigned part);
/* Whether the byte of ISO/IEC 6937 is a mark, which stands before its letter. */
bool mpegts_is_mark(uint8_t byte);
/* The mark as a combining character; 0 where it has none. */
uint32_t mpegts_mark_code(uint8_t mark);
/* The letter with its mark as one character; 0 where there is none. */
uint32_t mpegts_accented_code(uint8_t mark, uint8_t letter);
