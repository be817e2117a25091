/* app/quic: Google's QUIC, whose first packets are in clear up to version 46, and its own hello. */
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
#include "daemon/app/quic_priv.h"
#include "tests/unit/app/quic_packets.h"

enum { CLIENT = 0, SERVER = 1 };

#define BYTES(text)          slice_make((text), sizeof(text) - 1)
#define BYTES_AND_SIZE(text) (text), sizeof(text) - 1
#define ID                   "connect!"
#define HASH                 "123456789012"
#define ENTRY(tag, end)      tag end "\0\0\0"
#define TWO_ENTRIES(end)     "CHLO\2\0\0\0" ENTRY("PAD\0", "\3") ENTRY("SNI\0", end)

static const char hello[] = TWO_ENTRIES("\x10") "---panel.example";

/* A packet with a hello as version `number` writes it; returns where the message stands. */
static size_t make_packet(struct buf *packet, unsigned number, struct slice message)
{
    const char version[] = {'Q', '0', (char)('0' + number / 10), (char)('0' + number % 10)};
    bool is_long = number >= 44;
    *packet = buf_make(SIZE_MAX);
    if (is_long) {
        buf_append_byte(packet, 0xc3);
        buf_append(packet, slice_make(version, sizeof version));
        buf_append(packet, BYTES("\x50" ID "\0\0\0\1"));
    } else {
        buf_append(packet, BYTES("\x0d" ID));
        buf_append(packet, slice_make(version, sizeof version));
        buf_append_byte(packet, 1);
    }
    buf_append(packet, BYTES(HASH));
    if (number < 34) {
        buf_append_byte(packet, 0);
    }
    buf_append(packet, BYTES("\xa0\1"));
    buf_append_byte(packet, (uint8_t)(number < 39 ? message.len : 0));
    buf_append_byte(packet, (uint8_t)(number < 39 ? 0 : message.len));
    size_t at = packet->len;
    buf_append(packet, message);
    return at;
}

/* Reads it out of a block of exactly its size. */
static bool read_exact(struct slice bytes, struct slice *message, uint32_t *version)
{
    struct quic_google_packet packet;
    uint8_t *block = malloc(bytes.len + (bytes.len == 0));
    assert_non_null(block);
    if (bytes.len > 0) {
        memcpy(block, bytes.data, bytes.len);
    }
    bool good = quic_google_packet(slice_make(block, bytes.len), &packet);
    if (good) {
        assert_true(slice_equal(packet.id, BYTES(ID)));
        *message = slice_from(bytes, (size_t)(packet.message.data - block));
        *message = slice_part(*message, 0, packet.message.len);
        *version = packet.version;
    }
    free(block);
    return good;
}

/* The first version, the last one, one past; those where the form changes. Cut anywhere. */
static void packets_in_clear(void **state)
{
    (void)state;
    static const struct {
        unsigned number;
        bool good;
    } rows[] = {{23, false}, {24, true}, {33, true}, {34, true}, {38, true},
                {39, true},  {43, true}, {44, true}, {46, true}, {47, false}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf packet;
        size_t at = make_packet(&packet, rows[i].number, BYTES(hello));
        for (size_t len = 0; len <= packet.len; len++) {
            struct slice message = slice_make(NULL, 0);
            uint32_t version = 0;
            bool good = read_exact(slice_part(buf_slice(&packet), 0, len), &message, &version);
            assert_int_equal(good, rows[i].good && len >= at + 4);
            if (good) {
                assert_true(slice_equal(message, slice_part(BYTES(hello), 0, len - at)));
                assert_int_equal(version, 0x51303030 + rows[i].number / 10 * 256 + rows[i].number % 10);
            }
        }
        buf_free(&packet);
    }
}

static void other_packets(void **state)
{
    (void)state;
    static const struct {
        unsigned number;
        size_t at;
        uint8_t byte;
        bool good;
    } rows[] = {
        {43, 0, 0x0d, true},   {43, 0, 0x09, true},   {43, 0, 0x0c, false}, /* without the version */
        {43, 0, 0x0f, false},                                               /* a reset */
        {43, 0, 0x05, false},                                               /* without the connection's id */
        {43, 0, 0x4d, false},  {43, 9, 'T', false},   {43, 10, '1', false}, {43, 11, '/', false},
        {43, 12, ':', false},  {43, 26, 0xa1, false}, /* a stream's number of two bytes */
        {43, 26, 0x40, false},                        /* an acknowledgement */
        {43, 27, 3, false},                           /* another stream */
        {43, 30, 'D', false},                         /* another message */
        {46, 5, 0x05, false},                         /* from the server */
        {46, 0, 0xc3, true},   {46, 0, 0xc2, false},  /* a shorter number */
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf packet;
        make_packet(&packet, rows[i].number, BYTES(hello));
        packet.data[rows[i].at] = rows[i].byte;
        struct quic_google_packet read;
        assert_int_equal(quic_google_packet(buf_slice(&packet), &read), rows[i].good);
        buf_free(&packet);
    }
    struct quic_google_packet read;
    assert_true(
        quic_google_packet(BYTES("\x0d" ID "Q043\1" HASH "\x80\1CHLOrest"), &read)); /* up to the end */
    assert_int_equal(read.message.len, 8);
    assert_true(quic_google_packet(BYTES("\x0d" ID "Q043\1" HASH "\xa4\1\4\0\0\4CHLOrest"), &read));
    assert_int_equal(read.message.len, 4);
    assert_true(
        quic_google_packet(BYTES("\x3d" ID "Q043\0\0\0\0\0\1" HASH "\xbc\1\0\0\0\0\0\0\4\0\0\4CHLO"), &read));
}

static void names_of_hellos(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        size_t len;
        enum quic_hello_state hello;
        const char *name;
    } rows[] = {
        {hello, sizeof hello - 1, QUIC_HELLO_WHOLE, "panel.example"},
        {hello, sizeof hello - 2, QUIC_HELLO_PART, NULL},
        {BYTES_AND_SIZE(TWO_ENTRIES("\x03") "---"), QUIC_HELLO_WHOLE, ""},
        {BYTES_AND_SIZE(TWO_ENTRIES("\x02") "---"), QUIC_HELLO_NONE, NULL}, /* ends before it begins */
        {BYTES_AND_SIZE("CHLO\0\0\0\0"), QUIC_HELLO_WHOLE, ""},
        {BYTES_AND_SIZE("CHLO\0\0\0"), QUIC_HELLO_PART, NULL},
        {BYTES_AND_SIZE("CHLO\1\0\xff\xff" ENTRY("PAD\0", "\0")), QUIC_HELLO_WHOLE, ""},
        {BYTES_AND_SIZE("CHLO\x80\0\0\0"), QUIC_HELLO_PART, NULL},
        {BYTES_AND_SIZE("CHLO\x81\0\0\0"), QUIC_HELLO_NONE, NULL},
        {BYTES_AND_SIZE("CHLO\1\0\0\0SNI\0\xff\xff\xff\xffpanel"), QUIC_HELLO_PART, NULL},
        {BYTES_AND_SIZE("REJ\0\1\0\0\0"), QUIC_HELLO_NONE, NULL},
        {BYTES_AND_SIZE("CH"), QUIC_HELLO_PART, NULL},
        {BYTES_AND_SIZE("CO"), QUIC_HELLO_NONE, NULL},
        {BYTES_AND_SIZE(""), QUIC_HELLO_PART, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice name;
        assert_int_equal(quic_google_hello(slice_make(rows[i].message, rows[i].len), &name), rows[i].hello);
        if (rows[i].name != NULL) {
            assert_true(slice_equal(name, slice_text(rows[i].name)));
        }
    }
    for (size_t len = 0; len < sizeof hello - 1; len++) {
        uint8_t *block = malloc(len + (len == 0));
        assert_non_null(block);
        memcpy(block, hello, len);
        struct slice name;
        assert_int_equal(quic_google_hello(slice_make(block, len), &name), QUIC_HELLO_PART);
        free(block);
    }
}

static const struct {
    const char *bytes;
    size_t len;
    bool goes_on;
} server_packets[] = {
    {BYTES_AND_SIZE("\x08" ID "\1rest"), true},
    {BYTES_AND_SIZE("\x0c" ID), true},
    {BYTES_AND_SIZE("\x0c"
                    "connect"),
     false},
    {BYTES_AND_SIZE("\x08"
                    "another!\1"),
     false},
    {BYTES_AND_SIZE("\x09" ID "Q043"), false}, /* versions that it speaks */
    {BYTES_AND_SIZE("\x0a" ID), false},        /* a reset */
    {BYTES_AND_SIZE("\x00\1rest"), false},
    {BYTES_AND_SIZE("\xc3Q046\x05" ID "\0\0\0\1"), true},
    {BYTES_AND_SIZE("\xc3Q046\x05"
                    "another!"),
     false},
    {BYTES_AND_SIZE("\xc3\0\0\0\0\x05" ID), false},
    {BYTES_AND_SIZE("\x40"), true},
    {BYTES_AND_SIZE(""), false},
};

static void servers_go_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(server_packets); i++) {
        struct slice datagram = slice_make(server_packets[i].bytes, server_packets[i].len);
        assert_int_equal(quic_google_goes_on(datagram, BYTES(ID)), server_packets[i].goes_on);
    }
}

/* ---- flows */

static void take_event(void *context, const struct app_event *event)
{
    struct buf *told = context;
    assert_int_equal(event->type, APP_QUIC);
    assert_string_equal(event->quic->client->ja4, "");
    buf_append(told, event->quic->client->sni);
    buf_append_format(told, " %08x %s\n", event->quic->version, event->quic->answered ? "answered" : "alone");
}

static void assert_flow(struct slice first, struct slice answer, const char *wanted)
{
    static const struct hash_key key = {{1, 2}};
    struct app_settings settings;
    struct counter_cell counters[APP_COUNTERS_COUNT] = {0};
    struct flow flow = {.transport = TRANSPORT_UDP, .client = SERVER};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    struct buf told = buf_make(SIZE_MAX);
    flow.ends[CLIENT].port = 40000;
    flow.ends[SERVER].port = 443;
    option_set_defaults(&app_options, &settings);
    struct inspector *inspector = inspector_create(&settings, &key, counters, take_event, &told);
    inspector_read_hellos(inspector, TLS_FOR_FINGERPRINTS);
    flow.sides[CLIENT].packets = 1;
    (void)inspector_datagram(inspector, &flow, CLIENT, first, TIME_SECOND);
    assert_int_equal(told.len, 0);
    flow.sides[SERVER].packets = 1;
    (void)inspector_datagram(inspector, &flow, SERVER, answer, TIME_SECOND);
    inspector_flow_end(inspector, &flow, TIME_SECOND);
    assert_int_equal(inspector_memory(inspector, 0), 0);
    buf_append_byte(&told, '\0');
    assert_string_equal((const char *)told.data, wanted);
    assert_int_equal(flow.client, wanted[0] == '\0' ? SERVER : CLIENT);
    inspector_free(inspector);
    option_free(&app_options, &settings);
    buf_free(&told);
}

static void hellos_in_flows(void **state)
{
    (void)state;
    struct buf packet;
    make_packet(&packet, 43, BYTES(hello));
    for (size_t i = 0; i < ARRAY_COUNT(server_packets); i++) {
        assert_flow(buf_slice(&packet), slice_make(server_packets[i].bytes, server_packets[i].len),
                    server_packets[i].goes_on ? "panel.example 51303433 answered\n"
                                              : "panel.example 51303433 alone\n");
    }
    buf_free(&packet);
    make_packet(&packet, 46,
                slice_part(BYTES(hello), 0, sizeof hello - 2)); /* the name is cut: nothing is told */
    assert_flow(buf_slice(&packet), BYTES("\x40"), "");
    buf_free(&packet);
    make_packet(&packet, 46, BYTES("CHLO\xff\xff\0\0"));
    assert_flow(buf_slice(&packet), BYTES("\x40"), "");
    buf_free(&packet);
    assert_flow(slice_make(packet_q050, sizeof packet_q050), BYTES("\x40"),
                "example.com 51303530 answered\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_in_clear), cmocka_unit_test(other_packets),
        cmocka_unit_test(names_of_hellos),  cmocka_unit_test(servers_go_on),
        cmocka_unit_test(hellos_in_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
