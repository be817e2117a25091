/*
 * MPEG transport streams (ISO/IEC 13818-1) with DVB's description of services (ETSI EN 300 468): bytes in,
 * facts out, in constant memory. Bytes may come in any pieces; what is missing between them is said. The
 * facts are the same for any way of cutting the bytes.
 *
 * Packets of 188 bytes, of 192 (a time before each) and of 204 (error correction behind each) are found by
 * their sync bytes, again wherever they are lost. A table is believed only with its CRC.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/slice.h"

/* In bytes with the NUL: what a record shows of a name. */
enum { MPEGTS_NAME_SIZE = 129 };

struct mpegts_facts {
    uint64_t packets;      /* read */
    uint32_t packet_size;  /* 188, 192 or 204; 0 where none was found */
    uint32_t resyncs;      /* times that the packets were lost and sought again */
    uint32_t bad_sections; /* sections with a wrong CRC or a length beyond the standard's */
    /* The tables that were read. */
    bool has_pat;
    bool has_pmt; /* of `program` */
    bool has_cat;
    bool has_sdt;      /* of this stream ("actual") */
    uint32_t programs; /* in the PAT's first section, without the network's own entry */
    uint16_t program;  /* the lowest one's number: all below is about this one */
    uint32_t video;    /* its streams */
    uint32_t audio;
    bool ca_descriptors; /* its PMT names a system of conditional access */
    /* Packets of its streams since the PMT was read, and those of them whose bits say that they are
     * scrambled. */
    uint64_t content_packets;
    uint64_t scrambled_packets;
    /* The SDT's words for it; without a PAT, or where the SDT describes nothing else, for the lowest service
     * there. Clean UTF-8 without blanks at both ends; "" where unknown. */
    bool described;
    char service_name[MPEGTS_NAME_SIZE];
    char provider[MPEGTS_NAME_SIZE];
    uint32_t
        kilobits; /* per second of the whole stream, by its own clock; 0 where less than 0.25 s were seen */
    int64_t clock_us; /* so much of its clock was seen */
    uint32_t pat_crc; /* the CRCs that those tables bear: what a stream is known again by */
    uint32_t pmt_crc;
    uint32_t sdt_crc; /* of the section that `described` comes from */
};

struct mpegts_parser;

/* What one parser takes of the heap, in bytes; fixed. */
size_t mpegts_memory(void);
/* Never NULL. */
struct mpegts_parser *mpegts_create(void);
void mpegts_free(struct mpegts_parser *parser);
/* Takes bytes off the front of `*bytes`. True: one of the tables whose CRCs stand in the facts has changed;
 * call again for the rest. False: all bytes are read, or enough is known. */
bool mpegts_feed(struct mpegts_parser *parser, struct slice *bytes) MUST_CHECK;
/* `missing` bytes were lost (more than 0): sections that were open are given up, packets are sought again. */
void mpegts_gap(struct mpegts_parser *parser, uint64_t missing);
/* Whether reading on is not worth it: the service is described and a second of the clock was seen; or 5 s of
 * it, or 4 MiB, have told no more; or 512 KiB held no PAT; or 64 KiB were no transport stream. What follows
 * is not read. */
bool mpegts_is_enough(const struct mpegts_parser *parser);
/* No more bytes come. Call it once. */
void mpegts_finish(struct mpegts_parser *parser);
/* What is known so far; lives and changes with the parser. */
const struct mpegts_facts *mpegts_facts_of(const struct mpegts_parser *parser);

/* DVB's text (EN 300 468, annex A) as clean UTF-8, cut between characters; NUL-terminated. */
void mpegts_text_decode(struct slice text, char out[MPEGTS_NAME_SIZE]);
