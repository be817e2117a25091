/* Transport streams: packets, sections, tables, the clock. Text is tested in test_mpegts_text.c. */
#include "tests/unit/app/test_mpegts_help.h"

static const struct slice nothing = {.data = NULL, .len = 0};

static void assert_usual(const struct mpegts_facts *facts)
{
    assert_true(facts->has_pat && facts->has_pmt && facts->has_sdt && !facts->has_cat);
    assert_int_equal(facts->programs, 1);
    assert_int_equal(facts->program, PROGRAM);
    assert_int_equal(facts->video, 1);
    assert_int_equal(facts->audio, 1);
    assert_true(facts->described);
    assert_string_equal(facts->service_name, "Nord TV");
    assert_string_equal(facts->provider, "Nord");
    assert_int_equal(facts->bad_sections, 0);
}

static void a_stream_is_described(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 5);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_usual(&facts);
    assert_int_equal(facts.packet_size, PACKET_BYTES);
    assert_int_equal(facts.packets, 3 + 6 * 100);
    assert_int_equal(facts.content_packets, 6 * 99);
    assert_int_equal(facts.scrambled_packets, 0);
    assert_int_equal(facts.clock_us, 500000);
    assert_int_equal(facts.kilobits, 100 * 188 * 8 * 10 / 1000); /* 100 packets a tenth of a second */
    buf_free(&mux.out);
}

static void strides_and_beginnings_are_found(void **state)
{
    (void)state;
    static const struct {
        size_t before, behind, packet_size;
    } shapes[] = {{0, 0, 188}, {4, 0, 192}, {0, 16, 204}};
    for (size_t i = 0; i < ARRAY_COUNT(shapes); i++) {
        for (size_t lost = 0; lost < 204; lost += 7) {
            struct mux mux = mux_make(shapes[i].before, shapes[i].behind);
            mux_content(&mux, VIDEO_PID, 0, 2);
            mux_usual(&mux, 1);
            struct mpegts_facts facts = parse(slice_from(buf_slice(&mux.out), lost));
            assert_usual(&facts);
            assert_int_equal(facts.packet_size, shapes[i].packet_size);
            buf_free(&mux.out);
        }
    }
}

static void packets_are_found_again(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_content(&mux, VIDEO_PID, 0, 20);
    put_repeated(&mux.out, 0, 1000);
    mux_usual(&mux, 1);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_usual(&facts);
    assert_int_equal(facts.resyncs, 1);
    buf_free(&mux.out);
}

static void a_short_stream_is_read_at_its_end(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_sdt(&mux, "Nord", "Nord TV");
    mux_pat(&mux);
    mux_pmt(&mux, nothing);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_usual(&facts);
    /* Without its last byte the last packet is none. */
    facts = parse(slice_part(buf_slice(&mux.out), 0, mux.out.len - 1));
    assert_true(facts.described && !facts.has_pmt);
    facts = parse(slice_part(buf_slice(&mux.out), 0, PACKET_BYTES + 3));
    assert_int_equal(facts.packets, 0);
    buf_free(&mux.out);
}

static void what_is_no_stream_is_given_up(void **state)
{
    (void)state;
    struct mpegts_parser *parser = mpegts_create();
    uint8_t zeros[1024] = {0};
    size_t fed = 0;
    while (!mpegts_is_enough(parser) && fed < 1000) {
        parser_feed(parser, slice_make(zeros, sizeof zeros), SIZE_MAX);
        fed++;
    }
    assert_in_range(fed, 60, 70);
    assert_int_equal(mpegts_facts_of(parser)->packets, 0);
    mpegts_finish(parser);
    mpegts_free(parser);
}

/* Two sections of one table, cut at each byte into two packets by an adaptation field, the second section
 * beginning in the second packet. */
static void sections_may_be_cut_everywhere(void **state)
{
    (void)state;
    struct buf services = buf_make(SIZE_MAX);
    struct buf sections = buf_make(SIZE_MAX);
    write_service(&services, 99, slice_text("Other"), slice_text("Other TV"));
    write_sdt(&sections, 0x46, buf_slice(&services));
    buf_clear(&services);
    write_service(&services, PROGRAM, slice_text("Nord"), slice_text("Nord TV"));
    size_t second = sections.len;
    write_sdt(&sections, 0x42, buf_slice(&services));
    struct slice bytes = buf_slice(&sections);
    for (size_t cut = 1; cut < second; cut++) {
        struct mux mux = mux_make(0, 0);
        mux_pat(&mux);
        uint8_t field[PAYLOAD_BYTES] = {0};
        uint8_t payload[PAYLOAD_BYTES] = {0};
        memcpy(payload + 1, bytes.data, cut);
        mux_packet(&mux, SDT_PID, MUX_BEGINS, slice_make(field, PAYLOAD_BYTES - 1 - (cut + 1)),
                   slice_make(payload, cut + 1));
        payload[0] = (uint8_t)(second - cut);
        memcpy(payload + 1, bytes.data + cut, bytes.len - cut);
        mux_packet(&mux, SDT_PID, MUX_BEGINS, nothing, slice_make(payload, bytes.len - cut + 1));
        mux_content(&mux, VIDEO_PID, 0, 5);
        struct mpegts_facts facts = parse(buf_slice(&mux.out));
        assert_string_equal(facts.service_name, "Nord TV");
        assert_int_equal(facts.bad_sections, 0);
        buf_free(&mux.out);
    }
    buf_free(&services);
    buf_free(&sections);
}

/* A section over several packets, and every single byte of it wrong once. */
static void a_wrong_byte_takes_the_section(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    struct buf services = buf_make(SIZE_MAX);
    struct buf section = buf_make(SIZE_MAX);
    write_service(&services, PROGRAM, slice_text("p"), slice_text(name));
    services.data[4] = (uint8_t)(services.len - 5); /* lengths of 255 and more do not fit a descriptor */
    services.data[3] = (uint8_t)(0x80 | (services.len - 5) >> 8);
    write_sdt(&section, 0x42, buf_slice(&services));
    assert_true(section.len > PAYLOAD_BYTES);
    for (size_t wrong = 0; wrong < section.len; wrong++) {
        struct mux mux = mux_make(0, 0);
        section.data[wrong] ^= 0x01;
        mux_sections(&mux, SDT_PID, buf_slice(&section));
        section.data[wrong] ^= 0x01;
        mux_content(&mux, VIDEO_PID, 0, 5);
        struct mpegts_facts facts = parse_pieces(buf_slice(&mux.out), SIZE_MAX);
        assert_false(facts.has_sdt);
        buf_free(&mux.out);
    }
    struct mux mux = mux_make(0, 0);
    mux_sections(&mux, SDT_PID, buf_slice(&section));
    mux_content(&mux, VIDEO_PID, 0, 5);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_true(facts.has_sdt);
    buf_free(&mux.out);
    buf_free(&services);
    buf_free(&section);
}

/* The sections of a table cut short at each length, with a right CRC: no read beyond them. */
static void bodies_may_end_everywhere(void **state)
{
    (void)state;
    static const struct {
        unsigned pid;
        uint8_t table;
    } tables[] = {{PAT_PID, 0x00}, {CAT_PID, 0x01}, {PMT_PID, 0x02}, {SDT_PID, 0x42}};
    struct buf whole[ARRAY_COUNT(tables)];
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        whole[i] = buf_make(SIZE_MAX);
    }
    struct buf services = buf_make(SIZE_MAX);
    write_service(&services, PROGRAM, slice_text("Nord"), slice_text("Nord TV"));
    write_pat(&whole[0], PROGRAM, PMT_PID);
    section_write(&whole[1], 0x01, 0xffff, 0, 0, slice_make("\x09\x04\x01\x00\xe0\x20", 6));
    write_pmt(&whole[2], PROGRAM, slice_make("\x09\x04\x01\x00\xe0\x20", 6));
    write_sdt(&whole[3], 0x42, buf_slice(&services));
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        enum { HEADER = 8, CRC = 4 };
        struct slice body = slice_part(buf_slice(&whole[i]), HEADER, whole[i].len - HEADER - CRC);
        for (size_t len = 0; len <= body.len; len++) {
            struct mux mux = mux_make(0, 0);
            struct buf section = buf_make(SIZE_MAX);
            mux_pat(&mux);
            section_write(&section, tables[i].table, i == 2 ? PROGRAM : 1, 0, 0, slice_part(body, 0, len));
            mux_sections(&mux, tables[i].pid, buf_slice(&section));
            mux_content(&mux, VIDEO_PID, 0, 5);
            struct mpegts_facts facts = parse(buf_slice(&mux.out));
            assert_int_equal(facts.bad_sections, 0);
            assert_int_equal(facts.described, i == 3 && len == body.len);
            buf_free(&section);
            buf_free(&mux.out);
        }
        buf_free(&whole[i]);
    }
    buf_free(&services);
}

static void a_lost_packet_takes_the_section(void **state)
{
    (void)state;
    char name[240];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct mux mux = mux_make(0, 0);
    mux_sdt(&mux, "p", name);
    assert_int_equal(mux.out.len, 2 * PACKET_BYTES);
    struct mux lost = mux_make(0, 0);
    buf_append(&lost.out, slice_part(buf_slice(&mux.out), 0, PACKET_BYTES));
    lost.counters[SDT_PID] = 5;
    uint8_t rest[PAYLOAD_BYTES] = {0};
    mux_packet(&lost, SDT_PID, 0, nothing, slice_make(rest, sizeof rest));
    mux_content(&lost, VIDEO_PID, 0, 5);
    struct mpegts_facts facts = parse(buf_slice(&lost.out));
    assert_false(facts.has_sdt);
    assert_int_equal(facts.bad_sections, 0);

    /* The same packet twice is no new one. */
    struct mux twice = mux_make(0, 0);
    buf_append(&twice.out, slice_part(buf_slice(&mux.out), 0, PACKET_BYTES));
    buf_append(&twice.out, slice_part(buf_slice(&mux.out), 0, PACKET_BYTES));
    buf_append(&twice.out, slice_from(buf_slice(&mux.out), PACKET_BYTES));
    mux_content(&twice, VIDEO_PID, 0, 5);
    facts = parse(buf_slice(&twice.out));
    assert_true(facts.has_sdt);
    buf_free(&mux.out);
    buf_free(&lost.out);
    buf_free(&twice.out);
}

/* A length one above the standard's, and a pointer beyond the packet. */
static void lengths_are_not_believed(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    uint8_t payload[PAYLOAD_BYTES] = {0, 0x42, 0xb3, 0xfe};
    mux_packet(&mux, SDT_PID, MUX_BEGINS, nothing, slice_make(payload, sizeof payload));
    payload[0] = PAYLOAD_BYTES;
    mux_packet(&mux, SDT_PID, MUX_BEGINS, nothing, slice_make(payload, sizeof payload));
    uint8_t short_payload[1] = {0};
    uint8_t field[PAYLOAD_BYTES - 2] = {0};
    mux_packet(&mux, SDT_PID, MUX_BEGINS, slice_make(field, sizeof field), slice_make(short_payload, 1));
    mux_usual(&mux, 1);
    /* An adaptation field that is longer than its packet. */
    mux.out.data[2 * PACKET_BYTES + 4] = 184;
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_int_equal(facts.bad_sections, 2);
    assert_string_equal(facts.service_name, "Nord TV");
    buf_free(&mux.out);
}

static void the_description_is_the_programs(void **state)
{
    (void)state;
    struct buf services = buf_make(SIZE_MAX);
    struct buf section = buf_make(SIZE_MAX);
    write_service(&services, 3, slice_text("A"), slice_text("Three"));
    write_service(&services, PROGRAM, slice_text("B"), slice_text("Seven"));
    write_service(&services, 9, slice_text("C"), slice_text("Nine"));
    write_sdt(&section, 0x42, buf_slice(&services));
    for (int pat_first = 0; pat_first < 2; pat_first++) {
        struct mux mux = mux_make(0, 0);
        if (pat_first) {
            mux_pat(&mux);
        }
        mux_sections(&mux, SDT_PID, buf_slice(&section));
        mux_sections(&mux, SDT_PID, buf_slice(&section));
        if (!pat_first) {
            mux_pat(&mux);
            mux_content(&mux, VIDEO_PID, 0, 5);
            struct mpegts_facts facts = parse(buf_slice(&mux.out));
            assert_false(facts.described); /* of the lowest one, which it is not */
            assert_string_equal(facts.service_name, "");
        }
        mux_sections(&mux, SDT_PID, buf_slice(&section));
        mux_content(&mux, VIDEO_PID, 0, 5);
        struct mpegts_facts facts = parse(buf_slice(&mux.out));
        assert_string_equal(facts.service_name, "Seven");
        assert_string_equal(facts.provider, "B");
        buf_free(&mux.out);
    }
    struct mux mux = mux_make(0, 0);
    mux_sections(&mux, SDT_PID, buf_slice(&section));
    mux_content(&mux, VIDEO_PID, 0, 5);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_string_equal(facts.service_name, "Three");
    buf_free(&mux.out);
    buf_free(&services);
    buf_free(&section);
}

/* Multiplexers that renumber programs and leave the SDT as it was. */
static void an_only_service_is_the_programs(void **state)
{
    (void)state;
    struct buf services = buf_make(SIZE_MAX);
    struct buf section = buf_make(SIZE_MAX);
    write_service(&services, 1234, slice_text("A"), slice_text("Alone"));
    write_sdt(&section, 0x42, buf_slice(&services));
    struct mux mux = mux_make(0, 0);
    mux_pat(&mux);
    mux_sections(&mux, SDT_PID, buf_slice(&section));
    mux_content(&mux, VIDEO_PID, 0, 5);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_string_equal(facts.service_name, "Alone");
    buf_free(&mux.out);
    buf_free(&services);
    buf_free(&section);
}

static void conditional_access_is_seen(void **state)
{
    (void)state;
    static const char ca[] = "\x09\x04\x05\x00\xe0\x20";
    for (unsigned scrambled = 0; scrambled < 2; scrambled++) {
        struct mux mux = mux_make(0, 0);
        mux_pat(&mux);
        mux_content(&mux, VIDEO_PID, 0, 3); /* before the PMT nobody knows whose they are */
        mux_pmt(&mux, slice_make(ca, 6));
        mux_content(&mux, VIDEO_PID, scrambled ? MUX_SCRAMBLED : 0, 40);
        mux_content(&mux, 0x777, MUX_SCRAMBLED, 4);
        mux_content(&mux, VIDEO_PID, MUX_BROKEN, 4);
        struct mpegts_facts facts = parse(buf_slice(&mux.out));
        assert_true(facts.ca_descriptors);
        assert_int_equal(facts.content_packets, 40);
        assert_int_equal(facts.scrambled_packets, scrambled ? 40 : 0);
        buf_free(&mux.out);
    }
}

static void the_clock_may_wrap_and_be_set_anew(void **state)
{
    (void)state;
    const uint64_t wrap = (UINT64_C(1) << 33) * 300;
    struct mux mux = mux_make(0, 0);
    mux_pat(&mux);
    mux_pmt(&mux, nothing);
    for (uint64_t i = 0; i < 6; i++) {
        mux_clock(&mux, VIDEO_PID, (wrap - 2700000 * 3 + i * 2700000) % wrap, 0);
        mux_content(&mux, VIDEO_PID, 0, 9);
    }
    mux_clock(&mux, VIDEO_PID, 27000000, 0x80);              /* said to be set anew */
    mux_clock(&mux, VIDEO_PID, UINT64_C(27000000) * 900, 0); /* not said */
    mux_clock(&mux, AUDIO_PID, UINT64_C(27000000) * 901, 0); /* not the program's clock */
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_int_equal(facts.clock_us, 500000);
    assert_int_equal(facts.kilobits, 10 * 188 * 8 * 10 / 1000);
    buf_free(&mux.out);
}

static void reading_stops_when_enough_is_known(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 100);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_int_equal(facts.clock_us, 1000000);
    assert_int_equal(facts.packets, 3 + 10 * 100 + 1);
    buf_clear(&mux.out);
    for (unsigned i = 0; i < 100; i++) {
        mux_clock(&mux, VIDEO_PID, i * UINT64_C(2700000), 0);
        mux_content(&mux, VIDEO_PID, 0, 9);
    }
    facts = parse(buf_slice(&mux.out));
    assert_int_equal(facts.clock_us, 5000000);
    buf_clear(&mux.out);
    mux_content(&mux, VIDEO_PID, 0, 6000);
    facts = parse_pieces(buf_slice(&mux.out), SIZE_MAX);
    assert_int_equal(facts.packets, 512 * 1024 / 188);
    buf_clear(&mux.out);
    mux_pat(&mux);
    mux_content(&mux, VIDEO_PID, 0, 4 * 1024 * 1024 / 188 + 100);
    facts = parse_pieces(buf_slice(&mux.out), SIZE_MAX);
    assert_int_equal(facts.packets, 4 * 1024 * 1024 / 188);
    buf_free(&mux.out);
}

static void gaps_are_survived(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 3);
    struct slice bytes = buf_slice(&mux.out);
    for (size_t from = 0; from < 8 * PACKET_BYTES; from += 11) {
        struct mpegts_parser *parser = mpegts_create();
        parser_feed(parser, slice_part(bytes, 0, from), 100);
        mpegts_gap(parser, 500);
        parser_feed(parser, slice_from(bytes, from + 500), 100);
        parser_feed(parser, bytes, 100);
        mpegts_finish(parser);
        assert_usual(mpegts_facts_of(parser));
        mpegts_free(parser);
    }
    buf_free(&mux.out);
}

static void a_table_that_is_not_in_force_is_left(void **state)
{
    (void)state;
    struct buf section = buf_make(SIZE_MAX);
    write_pat(&section, PROGRAM, PMT_PID);
    section.data[5] = 0xc0; /* next, not current */
    section.len -= 4;
    put32(&section, mux_crc(buf_slice(&section)));
    struct mux mux = mux_make(0, 0);
    mux_sections(&mux, PAT_PID, buf_slice(&section));
    mux_content(&mux, VIDEO_PID, 0, 5);
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_false(facts.has_pat);
    assert_int_equal(facts.bad_sections, 0);
    buf_free(&mux.out);
    buf_free(&section);
}

static void a_new_program_forgets_the_old_one(void **state)
{
    (void)state;
    struct mux mux = mux_make(0, 0);
    mux_usual(&mux, 1);
    struct buf section = buf_make(SIZE_MAX);
    write_pat(&section, PROGRAM + 1, PMT_PID + 1);
    mux_sections(&mux, PAT_PID, buf_slice(&section));
    struct mpegts_facts facts = parse(buf_slice(&mux.out));
    assert_int_equal(facts.program, PROGRAM + 1);
    assert_false(facts.has_pmt);
    assert_int_equal(facts.content_packets, 0);
    buf_free(&section);
    buf_free(&mux.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_described),
        cmocka_unit_test(strides_and_beginnings_are_found),
        cmocka_unit_test(packets_are_found_again),
        cmocka_unit_test(a_short_stream_is_read_at_its_end),
        cmocka_unit_test(what_is_no_stream_is_given_up),
        cmocka_unit_test(sections_may_be_cut_everywhere),
        cmocka_unit_test(a_wrong_byte_takes_the_section),
        cmocka_unit_test(bodies_may_end_everywhere),
        cmocka_unit_test(a_lost_packet_takes_the_section),
        cmocka_unit_test(lengths_are_not_believed),
        cmocka_unit_test(the_description_is_the_programs),
        cmocka_unit_test(an_only_service_is_the_programs),
        cmocka_unit_test(conditional_access_is_seen),
        cmocka_unit_test(the_clock_may_wrap_and_be_set_anew),
        cmocka_unit_test(reading_stops_when_enough_is_known),
        cmocka_unit_test(gaps_are_survived),
        cmocka_unit_test(a_table_that_is_not_in_force_is_left),
        cmocka_unit_test(a_new_program_forgets_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
