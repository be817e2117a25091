/* Transport streams: what the packets add that are not only of film: clocks, and tables. */
#include "base/cur.h"
#include "daemon/app/mpegts_priv.h"

/* Where reading stops; mpegts.h says why. */
enum {
    ENOUGH_LOST_BYTES = 64 * 1024,
    ENOUGH_CLOCK_US = 1000 * 1000,
    ENOUGH_CLOCK_UNNAMED_US = 5 * 1000 * 1000,
    RATE_CLOCK_US = 250 * 1000,
};

/* program_clock_reference (ISO/IEC 13818-1, 2.4.3.5): 33 bits of 90 kHz, each of 300 ticks. */
enum { TICKS_A_BASE = 300, TICKS_A_MICROSECOND = 27 };
#define CLOCK_WRAP     ((UINT64_C(1) << 33) * TICKS_A_BASE)
#define CLOCK_STEP_MAX UINT64_C(27000000) /* it comes each tenth of a second; beyond, it was set anew */

void ts_judge_enough(struct mpegts_parser *parser)
{
    const struct mpegts_facts *facts = &parser->facts;
    parser->enough = (facts->described && facts->has_pmt && facts->clock_us >= ENOUGH_CLOCK_US) ||
                     facts->clock_us >= ENOUGH_CLOCK_UNNAMED_US || facts->packets >= TS_ENOUGH ||
                     (!facts->has_pat && facts->packets >= TS_ENOUGH_BARE) ||
                     parser->lost_bytes >= ENOUGH_LOST_BYTES;
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
        ts_judge_enough(parser);
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
    enum { PAT_PID = 0x0000, CAT_PID = 0x0001, SDT_PID = TS_PID_TABLES_MAX };
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
    ts_judge_enough(parser);
}

void ts_packet_read(struct mpegts_parser *parser, uint16_t head, uint8_t control, struct slice behind)
{
    struct cur cur = cur_make(behind);
    uint16_t pid = head & TS_PID_BITS;
    if ((control & TS_HAS_FIELD) != 0) {
        struct cur field = cur_sub(&cur, cur_u8(&cur));
        if (!cur_ok(&cur)) {
            return;
        }
        take_adaptation(parser, pid, field);
    }
    if ((control & TS_HAS_PAYLOAD) == 0) {
        return;
    }
    enum ts_table table = table_of(parser, pid);
    if (table == TS_TABLE_COUNT) {
        ts_count_content(parser, pid, control);
    } else if ((control & TS_SCRAMBLING_BITS) == 0) {
        struct ts_payload payload = {
            .bytes = cur_rest(&cur), .counter = control & TS_COUNTER_BITS, .begins = (head & TS_BEGINS) != 0};
        take_table(parser, table, &payload);
    }
}
