/* Tables: which programs there are, of which streams one is made, what it is called. */
#include "daemon/app/mpegts_priv.h"

#include "base/cur.h"

enum {
    PID_BITS = 0x1fff,
    PID_FIRST = 0x0010, /* below are those of tables with fixed places */
    LENGTH_BITS = 0x0fff,
    CRC = 4,
};

/* The header that all tables have. */
struct table_header {
    uint8_t id;
    uint16_t extension; /* the program's number, the transport stream's id */
    bool current;
    uint8_t number; /* of this section, from 0 */
    uint8_t last;
};

/* Reads it, and leaves the table's own bytes, without the CRC, in `*body`. */
static bool read_header(struct slice section, struct table_header *header, struct cur *body)
{
    enum { SECTION_LENGTH = 2, CURRENT = 1 };
    struct cur cur = cur_make(slice_part(section, 0, section.len - CRC));
    header->id = cur_u8(&cur);
    cur_skip(&cur, SECTION_LENGTH);
    header->extension = cur_be16(&cur);
    header->current = (cur_u8(&cur) & CURRENT) != 0;
    header->number = cur_u8(&cur);
    header->last = cur_u8(&cur);
    *body = cur;
    return cur_ok(&cur) && header->current;
}

/* The CRC that stands at a section's end. */
static uint32_t crc_of(struct slice section)
{
    struct cur cur = cur_make(slice_from(section, section.len - CRC));
    return cur_be32(&cur);
}

static void forget_program(struct mpegts_parser *parser)
{
    struct mpegts_facts *facts = &parser->facts;
    ts_section_reset(&parser->sections[TS_PMT]);
    parser->stream_count = 0;
    facts->has_pmt = false;
    facts->pmt_crc = 0;
    facts->video = 0;
    facts->audio = 0;
    facts->ca_descriptors = false;
    facts->content_packets = 0;
    facts->scrambled_packets = 0;
    parser->clock_given = false;
}

/* What the SDT says counts where it is about this program, and where it can be about no other. */
static void publish_description(struct mpegts_parser *parser)
{
    struct mpegts_facts *facts = &parser->facts;
    const struct ts_description *description = &parser->description;
    bool ours = facts->has_pat && description->service == facts->program;
    facts->described = description->known && (ours || description->alone || !facts->has_pat);
    facts->sdt_crc = facts->described ? description->crc : 0;
    memcpy(facts->service_name, description->name, sizeof facts->service_name);
    memcpy(facts->provider, description->provider, sizeof facts->provider);
    if (!facts->described) {
        facts->service_name[0] = '\0';
        facts->provider[0] = '\0';
    }
}

/* Another program than before: what was said of the one before does not hold. */
static void choose_program(struct mpegts_parser *parser, uint16_t program, uint16_t pid)
{
    struct mpegts_facts *facts = &parser->facts;
    bool same = facts->has_pat && facts->program == program && parser->pmt_pid == pid;
    if (same) {
        return;
    }
    forget_program(parser);
    facts->program = program;
    parser->pmt_pid = pid;
}

static void take_pat(struct mpegts_parser *parser, const struct table_header *header, struct cur body,
                     uint32_t crc)
{
    enum { TABLE = 0x00 };
    if (header->id != TABLE || header->number != 0) {
        return;
    }
    uint32_t programs = 0;
    uint16_t lowest = 0;
    uint16_t lowest_pid = TS_PID_NONE;
    for (;;) {
        uint16_t program = cur_be16(&body);
        uint16_t pid = cur_be16(&body) & PID_BITS;
        if (!cur_ok(&body)) {
            break;
        }
        if (program == 0 || pid < PID_FIRST || pid == TS_PID_NONE) {
            continue; /* 0 is the network's own table */
        }
        programs++;
        if (lowest_pid == TS_PID_NONE || program < lowest) {
            lowest = program;
            lowest_pid = pid;
        }
    }
    choose_program(parser, lowest, lowest_pid);
    parser->facts.has_pat = true;
    parser->facts.programs = programs;
    parser->facts.pat_crc = crc;
    publish_description(parser);
}

/* Whether a CA descriptor (ISO/IEC 13818-1, 2.6.16) stands among these. */
static bool has_ca_descriptor(struct cur descriptors)
{
    enum { CA_TAG = 9 };
    while (descriptors.left > 0) {
        uint8_t tag = cur_u8(&descriptors);
        cur_skip(&descriptors, cur_u8(&descriptors));
        if (!cur_ok(&descriptors)) {
            return false;
        }
        if (tag == CA_TAG) {
            return true;
        }
    }
    return false;
}

/* stream_type (ISO/IEC 13818-1, table 2-34, and ATSC A/53 for 0x81 and 0x87). Private streams (0x06) may be
 * anything. */
static void count_stream(struct mpegts_facts *facts, uint8_t type)
{
    static const uint8_t video[] = {0x01, 0x02, 0x10, 0x1b, 0x20, 0x21, 0x24, 0x25, 0x33, 0x42, 0xd2, 0xea};
    static const uint8_t audio[] = {0x03, 0x04, 0x0f, 0x11, 0x1c, 0x81, 0x87};
    facts->video += memchr(video, type, sizeof video) != NULL;
    facts->audio += memchr(audio, type, sizeof audio) != NULL;
}

static void take_streams(struct mpegts_parser *parser, struct cur *body)
{
    struct mpegts_facts *facts = &parser->facts;
    parser->stream_count = 0;
    facts->video = 0;
    facts->audio = 0;
    while (body->left > 0) {
        uint8_t type = cur_u8(body);
        uint16_t pid = cur_be16(body) & PID_BITS;
        struct cur descriptors = cur_sub(body, cur_be16(body) & LENGTH_BITS);
        if (!cur_ok(body)) {
            return;
        }
        count_stream(facts, type);
        facts->ca_descriptors = facts->ca_descriptors || has_ca_descriptor(descriptors);
        if (parser->stream_count < TS_STREAMS_MAX && pid >= PID_FIRST && pid != TS_PID_NONE) {
            parser->streams[parser->stream_count++] = pid;
        }
    }
}

static void take_pmt(struct mpegts_parser *parser, const struct table_header *header, struct cur body,
                     uint32_t crc)
{
    enum { TABLE = 0x02 };
    struct mpegts_facts *facts = &parser->facts;
    if (header->id != TABLE || header->extension != facts->program) {
        return;
    }
    uint16_t clock_pid = cur_be16(&body) & PID_BITS;
    struct cur descriptors = cur_sub(&body, cur_be16(&body) & LENGTH_BITS);
    if (!cur_ok(&body)) {
        return;
    }
    facts->has_pmt = true;
    facts->pmt_crc = crc;
    facts->ca_descriptors = has_ca_descriptor(descriptors);
    take_streams(parser, &body);
    if (clock_pid == TS_PID_NONE) {
        return; /* a program without a clock of its own */
    }
    if (parser->clock_pid != clock_pid) {
        parser->clock_read = false;
        parser->clock_sum = 0;
        parser->clock_sum_packets = 0;
        facts->clock_us = 0;
        facts->kilobits = 0;
    }
    parser->clock_pid = clock_pid;
    parser->clock_given = true;
}

static void take_cat(struct mpegts_parser *parser, const struct table_header *header)
{
    enum { TABLE = 0x01 };
    parser->facts.has_cat = parser->facts.has_cat || header->id == TABLE;
}

/* The service descriptor (EN 300 468, 6.2.33) among these. */
static bool find_service(struct cur descriptors, struct slice *provider, struct slice *name)
{
    enum { SERVICE_TAG = 0x48, SERVICE_TYPE = 1 };
    while (descriptors.left > 0) {
        uint8_t tag = cur_u8(&descriptors);
        struct cur inside = cur_sub(&descriptors, cur_u8(&descriptors));
        if (tag != SERVICE_TAG) {
            continue;
        }
        cur_skip(&inside, SERVICE_TYPE);
        *provider = cur_take(&inside, cur_u8(&inside));
        *name = cur_take(&inside, cur_u8(&inside));
        return cur_ok(&inside);
    }
    return false;
}

/* The program's own service goes before all others, then the lowest. */
static bool fits_better(const struct mpegts_parser *parser, uint16_t service)
{
    const struct mpegts_facts *facts = &parser->facts;
    const struct ts_description *held = &parser->description;
    if (!held->known || service == held->service) {
        return true;
    }
    bool ours = facts->has_pat && service == facts->program;
    bool held_is_ours = facts->has_pat && held->service == facts->program;
    return ours || (!held_is_ours && service < held->service);
}

static void describe(struct mpegts_parser *parser, uint16_t service, struct cur descriptors, uint32_t crc)
{
    struct slice provider, name;
    if (!fits_better(parser, service) || !find_service(descriptors, &provider, &name)) {
        return;
    }
    struct ts_description *description = &parser->description;
    description->known = true;
    description->service = service;
    description->crc = crc;
    mpegts_text_decode(provider, description->provider);
    mpegts_text_decode(name, description->name);
}

static void take_sdt(struct mpegts_parser *parser, const struct table_header *header, struct cur body,
                     uint32_t crc)
{
    enum { TABLE_ACTUAL = 0x42, NETWORK = 2, RESERVED = 1, EIT_FLAGS = 1 };
    if (header->id != TABLE_ACTUAL) {
        return;
    }
    parser->facts.has_sdt = true;
    cur_skip(&body, NETWORK + RESERVED);
    uint32_t services = 0;
    while (body.left > 0 && cur_ok(&body)) {
        uint16_t service = cur_be16(&body);
        cur_skip(&body, EIT_FLAGS);
        struct cur descriptors = cur_sub(&body, cur_be16(&body) & LENGTH_BITS);
        if (cur_ok(&body)) {
            services++;
            describe(parser, service, descriptors, crc);
        }
    }
    parser->description.alone = header->last == 0 && services == 1;
    publish_description(parser);
}

void ts_table_take(struct mpegts_parser *parser, enum ts_table table, struct slice section)
{
    struct table_header header;
    struct cur body;
    if (!read_header(section, &header, &body)) {
        return;
    }
    uint32_t crc = crc_of(section);
    switch (table) {
    case TS_PAT:
        take_pat(parser, &header, body, crc);
        break;
    case TS_CAT:
        take_cat(parser, &header);
        break;
    case TS_SDT:
        take_sdt(parser, &header, body, crc);
        break;
    case TS_PMT:
        take_pmt(parser, &header, body, crc);
        break;
    case TS_TABLE_COUNT:
        break;
    }
}
