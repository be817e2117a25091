/* app/quic: packets of RFC 9001 and RFC 9369, hellos in flows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "daemon/app/quic_priv.h"
#include "tests/unit/app/quic_packets.h"

enum { CLIENT = 0, SERVER = 1 };

static const uint8_t rfc_id[] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};

#define BYTES(text)  slice_make((text), sizeof(text) - 1)
#define WHOLE(array) slice_make((array), sizeof(array))

static void assert_hex(const uint8_t *bytes, size_t len, const char *hex)
{
    char text[65];
    hex_print(bytes, len, text);
    assert_string_equal(text, hex);
}

/* RFC 9001, A.1; RFC 9369, A.1. */
static void keys_of_the_rfcs(void **state)
{
    (void)state;
    static const struct {
        uint32_t version;
        const char *key, *iv, *header;
    } rows[] = {
        {QUIC_V1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
         "9f50449e04a0e810283a1e9933adedd2"},
        {QUIC_V2, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
         "45b95e15235d6f45a6b19cbcb0294ba9"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct quic_keys keys;
        quic_keys_make(quic_rules_of(rows[i].version, 0), WHOLE(rfc_id), &keys);
        assert_hex(keys.key, sizeof keys.key, rows[i].key);
        assert_hex(keys.iv, sizeof keys.iv, rows[i].iv);
        assert_hex(keys.header, sizeof keys.header, rows[i].header);
    }
}

struct opened {
    struct quic_packet packet;
    struct quic_keys keys;
    int64_t largest;
    uint8_t frames[QUIC_PACKET_MAX];
    size_t len;
};

/* Opens a datagram that is one Initial packet; returns the rules of its version. */
static const struct quic_rules *open_initial(struct slice datagram, struct opened *opened)
{
    struct quic_packet none;
    opened->largest = -1;
    assert_true(quic_packet_next(&datagram, &opened->packet));
    assert_int_equal(opened->packet.type, QUIC_INITIAL);
    assert_int_equal(datagram.len, 0);
    assert_false(quic_packet_next(&datagram, &none));
    const struct quic_rules *rules = quic_rules_of(opened->packet.version, 0);
    quic_keys_make(rules, opened->packet.destination_id, &opened->keys);
    assert_true(
        quic_packet_open(&opened->keys, &opened->packet, &opened->largest, opened->frames, &opened->len));
    return rules;
}

/* The hello of RFC 9001 is the next thing in the frames. */
static void assert_hello_next(struct slice *frames, bool google)
{
    struct slice data;
    uint64_t offset;
    assert_true(quic_crypto_next(frames, google, &offset, &data));
    assert_int_equal(offset, 0);
    assert_int_equal(data.len, 241);
}

static void assert_no_crypto(struct slice frames, bool google)
{
    struct slice data;
    uint64_t offset;
    assert_false(quic_crypto_next(&frames, google, &offset, &data));
}

/* Packets of RFC 9001, A.2 and RFC 9369, A.2; a changed bit anywhere keeps them shut. */
static void packets_of_the_rfcs(void **state)
{
    (void)state;
    const struct slice packets[] = {WHOLE(packet_v1), WHOLE(packet_v2), WHOLE(packet_draft_29)};
    for (size_t i = 0; i < ARRAY_COUNT(packets); i++) {
        struct opened opened;
        open_initial(packets[i], &opened);
        assert_true(slice_equal(opened.packet.destination_id, WHOLE(rfc_id)));
        assert_int_equal(opened.packet.source_id.len, 0);
        assert_int_equal(opened.packet.number_at, 18);
        assert_int_equal(opened.largest, 2);
        assert_int_equal(opened.len, 1162);
        struct slice rest = slice_make(opened.frames, opened.len);
        assert_hello_next(&rest, false);
        assert_no_crypto(rest, false);
        for (size_t at = 0; at < packets[i].len; at += 37) {
            uint8_t changed[1200];
            memcpy(changed, packets[i].data, sizeof changed);
            changed[at] ^= 1;
            struct slice again = WHOLE(changed);
            struct quic_packet packet;
            uint8_t frames[QUIC_PACKET_MAX];
            size_t len;
            int64_t none = -1;
            if (quic_packet_next(&again, &packet)) {
                assert_false(quic_packet_open(&opened.keys, &packet, &none, frames, &len));
            }
        }
    }
}

/* The first number, the last one, and one past. */
static void rules_of_versions(void **state)
{
    (void)state;
    static const struct {
        uint32_t version;
        unsigned rules; /* so many to try */
    } rows[] = {
        {0, 0},          {QUIC_V1, 1},       {2, 0},
        {0xff000015, 0}, {QUIC_DRAFT_22, 1}, {QUIC_DRAFT_34, 1},
        {0xff000023, 0}, {0x0a0a0a0a, 2},    {0xfafafafa, 2},
        {0x0a0a0a0b, 0}, {QUIC_Q050 - 1, 0}, {QUIC_T051 + 1, 0},
        {UINT32_MAX, 0}, {0xfaceb00d, 0},    {0xfaceb00f, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (unsigned attempt = 0; attempt < 4; attempt++) {
            bool known = quic_rules_of(rows[i].version, attempt) != NULL;
            assert_int_equal(known, attempt < rows[i].rules);
        }
    }
    assert_memory_equal(quic_rules_of(0xff00001c, 0)->salt, quic_rules_of(0xff000017, 0)->salt,
                        QUIC_SALT_BYTES);
    assert_memory_equal(quic_rules_of(0xff000020, 0)->salt, quic_rules_of(0xff00001d, 0)->salt,
                        QUIC_SALT_BYTES);
    assert_memory_equal(quic_rules_of(0xff000021, 0)->salt, quic_rules_of(QUIC_V1, 0)->salt, QUIC_SALT_BYTES);
    assert_memory_equal(quic_rules_of(QUIC_MVFST_22, 0)->salt, quic_rules_of(QUIC_DRAFT_22, 0)->salt,
                        QUIC_SALT_BYTES);
    assert_memory_equal(quic_rules_of(QUIC_MVFST_27, 0)->salt, quic_rules_of(0xff00001b, 0)->salt,
                        QUIC_SALT_BYTES);
}

static void packets_of_other_versions(void **state)
{
    (void)state;
    const struct slice packets[] = {WHOLE(packet_draft_22),    WHOLE(packet_draft_23),
                                    WHOLE(packet_v2_draft_00), WHOLE(packet_v2_draft_01),
                                    WHOLE(packet_t050),        WHOLE(packet_t051)};
    for (size_t i = 0; i < ARRAY_COUNT(packets); i++) {
        struct opened opened;
        const struct quic_rules *rules = open_initial(packets[i], &opened);
        struct slice frames = slice_make(opened.frames, opened.len);
        assert_no_crypto(frames, !rules->frames_google);
        assert_hello_next(&frames, rules->frames_google);
    }
}

/* In a block of exactly its size nothing is read beyond it. */
static void cut_packets(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof packet_v1; len++) {
        uint8_t *block = malloc(len + (len == 0));
        assert_non_null(block);
        memcpy(block, packet_v1, len);
        struct slice datagram = slice_make(block, len);
        struct quic_packet packet;
        assert_false(quic_packet_next(&datagram, &packet));
        free(block);
    }
}

static void what_is_no_packet(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
        enum quic_packet_type type;
    } rows[] = {
        {"\x40 short", 7, true, QUIC_SHORT},
        {"\x00 short", 7, true, QUIC_SHORT}, /* without the fixed bit: RFC 9287 */
        {"\x80\0\0\0\1\0\0\0\0", 9, true, QUIC_INITIAL},
        {"\xc0\0\0\0\2\0\0\0\0", 9, false, QUIC_SHORT}, /* an unknown version */
        {"\xc0\0\0\0\0\0\0\0\0", 9, false, QUIC_SHORT}, /* a negotiation of versions */
        {"\xc0\0\0\0\1\0\0\0\0", 9, true, QUIC_INITIAL},
        {"\xd0\0\0\0\1\0\0\0", 8, true, QUIC_ZERO_RTT},
        {"\xe0\0\0\0\1\0\0\0", 8, true, QUIC_HANDSHAKE},
        {"\xf0\0\0\0\1\0\0", 7, true, QUIC_RETRY},
        {"\xc0\x6b\x33\x43\xcf\0\0", 7, true, QUIC_RETRY},
        {"\xd0\x6b\x33\x43\xcf\0\0\0\0", 9, true, QUIC_INITIAL},
        {"\xf0\x6b\x33\x43\xcf\0\0\0", 8, true, QUIC_HANDSHAKE},
        {"\xc0\0\0\0\1\x15 123456789012345678901", 27, false, QUIC_SHORT}, /* an id of 21 bytes */
        {"\xe0\0\0\0\1\0\0\1", 8, false, QUIC_SHORT},
        {"\xe0\0\0\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 15, false, QUIC_SHORT},
        {"\xc0\0\0\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0", 16, false, QUIC_SHORT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice datagram = slice_make(rows[i].bytes, rows[i].len);
        struct quic_packet packet;
        bool good = quic_packet_next(&datagram, &packet);
        assert_int_equal(good, rows[i].good);
        if (good) {
            assert_int_equal(packet.type, rows[i].type);
        }
    }
}

static void frames_before_crypto(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
        uint64_t offset;
    } rows[] = {
        {"\6\0\1x", 4, true, 0},
        {"\0\1\0\6\x41\0\1x", 8, true, 256},
        {"\2\1\0\1\0\0\0\6\5\1x", 11, true, 5},   /* behind an ACK of two ranges */
        {"\3\1\0\0\0\1\1\1\6\5\1x", 12, true, 5}, /* ... with ECN */
        {"\x1c\0\0\0\6\0\1x", 8, false, 0},       /* the connection's close */
        {"\6\0\2x", 4, false, 0},
        {"\6\0", 2, false, 0},
        {"\2\1\0\xff\xff\xff\xff\xff\xff\xff\xff\0", 12, false, 0},
        {"\0\0\0", 3, false, 0},
        {"", 0, false, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice rest = slice_make(rows[i].bytes, rows[i].len);
        struct slice data;
        uint64_t offset;
        bool good = quic_crypto_next(&rest, false, &offset, &data);
        assert_int_equal(good, rows[i].good);
        if (good) {
            assert_int_equal(offset, rows[i].offset);
            assert_true(slice_equal(data, slice_text("x")));
        }
    }
}

static void bytes_in_any_order(void **state)
{
    (void)state;
    struct quic_assembly assembly = {.cap = 16};
    struct slice body;
    assert_int_equal(quic_assembly_hello(&assembly, &body), QUIC_HELLO_PART);
    assert_true(quic_assembly_add(&assembly, 5, slice_text("bc")));
    assert_int_equal(assembly.ready, 0);
    assert_true(quic_assembly_add(&assembly, 0, slice_make("\1\0\0\4", 4)));
    assert_int_equal(assembly.ready, 4);
    assert_true(
        quic_assembly_add(&assembly, 4, slice_text("axx"))); /* of what comes twice the first counts */
    assert_int_equal(quic_assembly_hello(&assembly, &body), QUIC_HELLO_PART);
    assert_true(quic_assembly_add(&assembly, 7, slice_text("d")));
    assert_int_equal(quic_assembly_hello(&assembly, &body), QUIC_HELLO_WHOLE);
    assert_true(slice_equal(body, slice_text("abcd")));
    assert_true(quic_assembly_add(&assembly, 15, slice_text("x")));
    assert_false(quic_assembly_add(&assembly, 15, slice_text("xx")));
    assert_false(quic_assembly_add(&assembly, UINT64_MAX, slice_text("x")));
    quic_assembly_free(&assembly);
    assert_true(quic_assembly_add(&assembly, 0, slice_make("\1\0\0\15", 4)));
    assert_int_equal(quic_assembly_hello(&assembly, &body), QUIC_HELLO_TOO_LONG);
    quic_assembly_free(&assembly);
    assert_true(quic_assembly_add(&assembly, 0, slice_make("\2", 1)));
    assert_int_equal(quic_assembly_hello(&assembly, &body), QUIC_HELLO_NONE);
    quic_assembly_free(&assembly);
}

/* ---- flows */

struct talk {
    struct app_settings settings;
    struct counter_cell counters[APP_COUNTERS_COUNT];
    struct inspector *inspector;
    struct flow flow;
    struct flow_attachment kept;
    struct buf told;  /* "NAME answered" or "NAME alone" */
    uint32_t version; /* of the last one */
    int64_t now_us;
};

static void take_event(void *context, const struct app_event *event)
{
    struct talk *talk = context;
    assert_int_equal(event->type, APP_QUIC);
    buf_append(&talk->told, event->quic->client->sni);
    buf_append_text(&talk->told, event->quic->answered ? " answered\n" : " alone\n");
    assert_int_equal(event->quic->client->ja4[0], 'q');
    talk->version = event->quic->version;
}

static void talk_begin(struct talk *talk)
{
    static const struct hash_key key = {{1, 2}};
    *talk = (struct talk){.now_us = 1000 * TIME_SECOND, .told = buf_make(SIZE_MAX)};
    flow_attach(&talk->flow, &talk->kept);
    option_set_defaults(&app_options, &talk->settings);
    talk->inspector = inspector_create(&talk->settings, &key, talk->counters, take_event, talk);
    inspector_read_hellos(talk->inspector, TLS_FOR_FINGERPRINTS);
    talk->flow.transport = TRANSPORT_UDP;
    talk->flow.client = SERVER; /* a guess that the hello corrects */
    talk->flow.ends[CLIENT].port = 40000;
    talk->flow.ends[SERVER].port = 443;
}

static void talk_end(struct talk *talk)
{
    inspector_flow_end(talk->inspector, &talk->flow, talk->now_us);
    assert_null(flow_inspection(&talk->flow));
    assert_int_equal(inspector_memory(talk->inspector, 0), 0);
    inspector_tick(talk->inspector, 0, INT64_MAX);
    inspector_free(talk->inspector);
    option_free(&app_options, &talk->settings);
    buf_free(&talk->told);
}

static void assert_told(struct talk *talk, const char *text)
{
    buf_append_byte(&talk->told, '\0');
    assert_string_equal((const char *)talk->told.data, text);
    buf_clear(&talk->told);
}

static void send_bytes(struct talk *talk, unsigned side, struct slice datagram)
{
    talk->flow.sides[side].packets++;
    (void)inspector_datagram(talk->inspector, &talk->flow, side, datagram, talk->now_us);
}

/* A Handshake packet for this client: one byte of it, which nobody can read. */
static void server_goes_on(struct talk *talk, const char *id)
{
    uint8_t packet[64] = {0xe0, 0, 0, 0, 1, (uint8_t)strlen(id)};
    memcpy(packet + 6, id, strlen(id));
    size_t len = 6 + strlen(id);
    packet[len++] = 0;
    packet[len++] = 1;
    packet[len++] = 0;
    send_bytes(talk, SERVER, slice_make(packet, len));
}

#define CLIENT_ID "\xc1\xc2\xc3\xc4"

/* The packet as a client writes it that tries its server with a version made up for that. */
static struct slice make_reserved(uint8_t out[1200], const uint8_t packet[1200], const uint8_t tag[16])
{
    static const uint8_t version[] = {0x1a, 0x2a, 0x3a, 0x4a};
    memcpy(out, packet, 1200);
    memcpy(out + 1, version, sizeof version);
    memcpy(out + 1200 - 16, tag, 16);
    return slice_make(out, 1200);
}

static void hellos_are_told_once(void **state)
{
    (void)state;
    uint8_t reserved_v1[1200];
    uint8_t reserved_draft_29[1200];
    const struct slice packets[] = {WHOLE(packet_v1),
                                    WHOLE(packet_v2),
                                    WHOLE(packet_draft_29),
                                    make_reserved(reserved_v1, packet_v1, tag_reserved_v1),
                                    make_reserved(reserved_draft_29, packet_draft_29, tag_reserved_draft_29),
                                    WHOLE(packet_draft_23),
                                    WHOLE(packet_t051)};
    for (size_t i = 0; i < ARRAY_COUNT(packets); i++) {
        struct talk talk;
        talk_begin(&talk);
        send_bytes(&talk, CLIENT, packets[i]);
        assert_int_equal(talk.told.len, 0);
        assert_int_equal(talk.flow.client, CLIENT);
        assert_int_equal(talk.flow.visibility, VISIBILITY_NAME);
        assert_string_equal(inspector_protocol(&talk.flow), "quic");
        server_goes_on(&talk, "other");
        assert_int_equal(talk.told.len, 0);
        server_goes_on(&talk, "");
        assert_told(&talk, "example.com answered\n");
        assert_null(
            flow_inspection(&talk.flow)); /* nothing is kept of it, and nothing of it is looked at again */
        send_bytes(&talk, CLIENT, packets[i]);
        assert_null(flow_inspection(&talk.flow));
        assert_int_equal(counter_get(talk.counters, APP_QUIC_HELLOS), 1);
        talk_end(&talk);
    }
}

static void hellos_without_an_answer(void **state)
{
    (void)state;
    for (int by_end = 0; by_end < 2; by_end++) {
        struct talk talk;
        talk_begin(&talk);
        send_bytes(&talk, CLIENT, WHOLE(packet_v1));
        if (by_end) {
            inspector_flow_end(talk.inspector, &talk.flow, talk.now_us);
        } else {
            inspector_tick(talk.inspector, 0, talk.now_us + talk.settings.answer_timeout - 1);
            assert_int_equal(talk.told.len, 0);
            inspector_tick(talk.inspector, 0, talk.now_us + talk.settings.answer_timeout);
        }
        assert_told(&talk, "example.com alone\n");
        assert_null(flow_inspection(&talk.flow));
        assert_int_equal(counter_get(talk.counters, APP_QUIC_UNANSWERED), 1);
        talk_end(&talk);
    }
}

/* In either order, with the server's new id, and with what does not open between them. */
static void hellos_in_two_packets(void **state)
{
    (void)state;
    const struct slice orders[][2] = {
        {WHOLE(packet_first_half), WHOLE(packet_second_half)},
        {WHOLE(packet_second_half), WHOLE(packet_first_half)},
        {WHOLE(packet_first_half), WHOLE(packet_second_half_new_id)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(orders); i++) {
        struct talk talk;
        talk_begin(&talk);
        send_bytes(&talk, CLIENT, orders[i][0]);
        assert_null(inspector_protocol(&talk.flow));
        uint8_t forged[sizeof packet_v1];
        memcpy(forged, packet_v1, sizeof forged);
        forged[600] ^= 1;
        send_bytes(&talk, CLIENT, WHOLE(forged));
        send_bytes(&talk, CLIENT, orders[i][1]);
        server_goes_on(&talk, CLIENT_ID);
        assert_told(&talk, "example.com answered\n");
        assert_int_equal(counter_get(talk.counters, APP_QUIC_FORGED), 1);
        talk_end(&talk);
    }
}

static void a_retry_changes_the_keys(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    send_bytes(&talk, CLIENT, WHOLE(packet_first_half));
    send_bytes(&talk, SERVER, slice_make("\xf0\0\0\0\1\4" CLIENT_ID "\0retry", 16));
    send_bytes(&talk, CLIENT, WHOLE(packet_after_retry));
    assert_string_equal(inspector_protocol(&talk.flow), "quic");
    send_bytes(&talk, SERVER, slice_make("\x40" CLIENT_ID "short", 10));
    assert_told(&talk, "example.com answered\n");
    talk_end(&talk);
}

/* A client whose version the server does not speak takes another one; what only looks like that does not. */
static void a_version_is_negotiated(void **state)
{
    (void)state;
    uint8_t reserved[1200];
    struct talk talk;
    talk_begin(&talk);
    send_bytes(&talk, CLIENT, make_reserved(reserved, packet_draft_29, tag_reserved_draft_29));
    send_bytes(&talk, SERVER, BYTES("\x80\0\0\0\0\0\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\0\0\0\1"));
    uint8_t forged[sizeof packet_v2];
    memcpy(forged, packet_v2, sizeof forged);
    forged[600] ^= 1;
    for (int i = 0; i < 30; i++) { /* more than are tried */
        send_bytes(&talk, CLIENT, i == 1 ? WHOLE(packet_v1) : WHOLE(forged));
    }
    assert_int_equal(talk.told.len, 0);
    assert_int_equal(talk.version, 0);
    server_goes_on(&talk, "");
    assert_told(&talk, "example.com answered\n");
    assert_int_equal(talk.version, QUIC_V1);
    assert_int_equal(counter_get(talk.counters, APP_QUIC_HELLOS), 1);
    assert_int_equal(counter_get(talk.counters, APP_QUIC_TRIES_CAP), 0);
    talk_end(&talk);
}

/* Several packets in one datagram. */
static void packets_behind_one_another(void **state)
{
    (void)state;
    uint8_t both[sizeof packet_first_half + sizeof packet_second_half];
    memcpy(both, packet_first_half, sizeof packet_first_half);
    memcpy(both + sizeof packet_first_half, packet_second_half, sizeof packet_second_half);
    struct talk talk;
    talk_begin(&talk);
    send_bytes(&talk, CLIENT, WHOLE(both));
    server_goes_on(&talk, CLIENT_ID);
    assert_told(&talk, "example.com answered\n");
    talk_end(&talk);
}

static void what_is_given_up(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    send_bytes(&talk, CLIENT, WHOLE(packet_no_hello));
    assert_int_equal(counter_get(talk.counters, APP_QUIC_MALFORMED), 1);
    send_bytes(&talk, CLIENT, WHOLE(packet_v1)); /* once given up, nothing is tried again */
    assert_int_equal(counter_get(talk.counters, APP_QUIC_HELLOS), 0);
    talk_end(&talk);
    talk_begin(&talk);
    talk.settings.tls_hello_bytes = 100;
    send_bytes(&talk, CLIENT, WHOLE(packet_v1));
    assert_int_equal(counter_get(talk.counters, APP_QUIC_HELLO_CAP), 1);
    talk_end(&talk);
    talk_begin(&talk);
    uint8_t forged[sizeof packet_v1];
    memcpy(forged, packet_v1, sizeof forged);
    forged[600] ^= 1;
    for (int i = 0; i < 25; i++) {
        assert_int_equal(counter_get(talk.counters, APP_QUIC_TRIES_CAP), 0);
        send_bytes(&talk, CLIENT, WHOLE(forged));
    }
    assert_int_equal(counter_get(talk.counters, APP_QUIC_TRIES_CAP), 1);
    assert_int_equal(counter_get(talk.counters, APP_QUIC_FORGED), 24);
    talk_end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_the_rfcs),
        cmocka_unit_test(packets_of_the_rfcs),
        cmocka_unit_test(rules_of_versions),
        cmocka_unit_test(packets_of_other_versions),
        cmocka_unit_test(cut_packets),
        cmocka_unit_test(what_is_no_packet),
        cmocka_unit_test(frames_before_crypto),
        cmocka_unit_test(bytes_in_any_order),
        cmocka_unit_test(hellos_are_told_once),
        cmocka_unit_test(hellos_without_an_answer),
        cmocka_unit_test(hellos_in_two_packets),
        cmocka_unit_test(a_retry_changes_the_keys),
        cmocka_unit_test(a_version_is_negotiated),
        cmocka_unit_test(packets_behind_one_another),
        cmocka_unit_test(what_is_given_up),
    };
    return cmocka_run_group_tests_name("app/quic", tests, NULL, NULL);
}
