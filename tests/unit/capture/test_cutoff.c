/*
 * The cut-off's filter as the kernel runs it (BPF_PROG_TEST_RUN), packet by packet, and its table. Needs
 * CAP_BPF; elsewhere every test says SKIP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "daemon/capture/cutoff_priv.h"

#ifdef HAVE_LIBBPF
#include <bpf/bpf.h>

enum { SNAPLEN = 4321, ENTRIES = 4, FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static struct cutoff *cutoff;

/* What a test sets of a packet from the server; the rest is a segment of 100 bytes. */
struct shot {
    bool client; /* the sender */
    bool ipv6;
    unsigned tags; /* VLAN tags in front */
    unsigned options;
    uint8_t flags;
    uint32_t sequence;
    uint16_t payload; /* 0: 100 */
    bool empty;       /* no payload */
    uint16_t fragment;
    uint8_t protocol; /* IP's; 0: TCP */
    size_t cut_to;    /* bytes of the frame that there are; 0: all */
};

static uint16_t client_port = 50000;

static struct cutoff_direction direction_of(bool client, bool ipv6)
{
    static const uint8_t v4[2][4] = {{203, 0, 113, 9}, {198, 51, 100, 7}};
    struct address ends[2];
    for (unsigned i = 0; i < 2; i++) {
        ends[i] = address_from_v4(v4[i]);
        if (ipv6) {
            ends[i] = (struct address){.bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)(i + 1)}};
        }
    }
    return (struct cutoff_direction){.source = ends[client],
                                     .destination = ends[!client],
                                     .source_port = client ? client_port : 80,
                                     .destination_port = client ? 80 : client_port};
}

static void put(uint8_t **at, const void *bytes, size_t len)
{
    memcpy(*at, bytes, len);
    *at += len;
}

static void put16(uint8_t **at, uint16_t value)
{
    put(at, (uint16_t[]){htons(value)}, 2);
}

static size_t write_frame(uint8_t *frame, const struct shot *shot)
{
    uint8_t *at = frame + 12;
    struct cutoff_direction direction = direction_of(shot->client, shot->ipv6);
    uint16_t header = (uint16_t)(20 + 4 * shot->options), tcp = 32; /* with 12 bytes of options */
    for (unsigned i = 0; i < shot->tags; i++) {
        put16(&at, i + 1 < shot->tags ? 0x88a8 : 0x8100);
        put16(&at, (uint16_t)(100 + i));
    }
    put16(&at, shot->ipv6 ? 0x86dd : 0x0800);
    uint8_t *ip = at;
    uint8_t protocol = shot->protocol == 0 ? 6 : shot->protocol;
    if (shot->ipv6) {
        ip[0] = 0x60;
        at = ip + 4;
        put16(&at, (uint16_t)(tcp + shot->payload));
        ip[6] = protocol;
        memcpy(ip + 8, direction.source.bytes, 16);
        memcpy(ip + 24, direction.destination.bytes, 16);
        at = ip + 40;
    } else {
        ip[0] = (uint8_t)(0x40 | header / 4);
        at = ip + 2;
        put16(&at, (uint16_t)(header + tcp + shot->payload));
        at = ip + 6;
        put16(&at, shot->fragment);
        ip[9] = protocol;
        memcpy(ip + 12, direction.source.bytes + 12, 4);
        memcpy(ip + 16, direction.destination.bytes + 12, 4);
        at = ip + header;
    }
    put16(&at, direction.source_port);
    put16(&at, direction.destination_port);
    put(&at, (uint32_t[]){htonl(shot->sequence)}, 4);
    at += 4;
    *at++ = (uint8_t)(tcp / 4 << 4);
    *at++ = shot->flags == 0 ? ACK : shot->flags;
    at += tcp - 14;
    size_t whole = (size_t)(at - frame) + shot->payload;
    return shot->cut_to == 0 ? whole : shot->cut_to;
}

/* Whether the filter takes the packet. */
static bool passes(struct shot shot)
{
    /* The kernel's test takes the first Ethernet header off for this kind of program. */
    enum { HEADER = 14 };
    static uint8_t bytes[65536];
    memset(bytes, 0, sizeof bytes);
    shot.payload = shot.empty ? 0 : shot.payload == 0 ? 100 : shot.payload;
    size_t len = write_frame(bytes + HEADER, &shot);
    struct bpf_test_run_opts options = {
        .sz = sizeof options, .data_in = bytes, .data_size_in = (uint32_t)(HEADER + len)};
    assert_int_equal(bpf_prog_test_run_opts(cutoff_program(cutoff), &options), 0);
    assert_true(options.retval == 0 || options.retval == SNAPLEN);
    return options.retval != 0;
}

#define SHOT(...) passes((struct shot){__VA_ARGS__})

static void cut(bool client, bool ipv6, enum cutoff_kind kind, uint32_t resume)
{
    struct cutoff_direction direction = direction_of(client, ipv6);
    assert_int_equal(cutoff_set(cutoff, &direction, kind, resume), CUTOFF_DONE);
}

static void expect_volume(bool client, bool ipv6, uint64_t packets, uint64_t bytes)
{
    struct cutoff_direction direction = direction_of(client, ipv6);
    struct cutoff_volume seen = cutoff_look(cutoff, &direction), taken = cutoff_take(cutoff, &direction);
    assert_int_equal(seen.packets, packets);
    assert_int_equal(seen.bytes, bytes);
    assert_int_equal(taken.packets, packets);
    assert_int_equal(taken.bytes, bytes);
    assert_int_equal(cutoff_look(cutoff, &direction).packets, 0);
}

static void test_without_entry(void **state)
{
    (void)state;
    assert_true(SHOT(.tags = 0));
    assert_true(SHOT(.client = true));
    assert_true(SHOT(.ipv6 = true));
    cut(false, false, CUTOFF_FOR_EVER, 0);
    assert_true(SHOT(.client = true)); /* one direction */
    assert_true(SHOT(.ipv6 = true));   /* of one flow */
    client_port++;
    assert_true(SHOT(.tags = 0));
    client_port--;
    assert_false(SHOT(.tags = 0));
    expect_volume(false, false, 1, 100);
    assert_true(SHOT(.tags = 0));
}

static void test_where_it_reads(void **state)
{
    (void)state;
    for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
        cut(false, ipv6, CUTOFF_FOR_EVER, 0);
        for (unsigned tags = 0; tags < 4; tags++) {
            assert_true(SHOT(.ipv6 = ipv6, .tags = tags) == (tags == 3));
        }
        assert_true(SHOT(.ipv6 = ipv6, .protocol = 17));
        size_t headers = 14 + (ipv6 ? 40 : 20) + 16;
        for (size_t len = 14; len < headers; len++) {
            assert_true(SHOT(.ipv6 = ipv6, .cut_to = len));
        }
        assert_false(SHOT(.ipv6 = ipv6, .cut_to = headers)); /* the payload need not be there */
        expect_volume(false, ipv6, 4, 400);
    }
    cut(false, true, CUTOFF_FOR_EVER, 0);
    assert_true(SHOT(.ipv6 = true, .protocol = 0x2c)); /* an extension header */
    expect_volume(false, true, 0, 0);
    cut(false, false, CUTOFF_FOR_EVER, 0);
    for (unsigned options = 0; options <= 10; options++) {
        assert_false(SHOT(.options = options));
    }
    assert_true(SHOT(.fragment = 0x2000)); /* more follow */
    assert_true(SHOT(.fragment = 0x0001));
    assert_true(SHOT(.fragment = 0x1fff));
    assert_false(SHOT(.fragment = 0x4000)); /* "don't fragment" */
    expect_volume(false, false, 12, 1200);
}

static void test_resume(void **state)
{
    (void)state;
    static const uint32_t places[] = {1100, 0, 50, UINT32_MAX, 0x80000000U};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uint32_t resume = places[i];
        cut(false, false, CUTOFF_RESUME, resume);
        assert_false(SHOT(.sequence = resume - 100)); /* ends there */
        assert_true(SHOT(.sequence = resume - 99));   /* one byte beyond */
        assert_true(SHOT(.sequence = resume));
        assert_true(SHOT(.sequence = resume, .empty = true));
        assert_true(SHOT(.sequence = resume + 1));
        assert_true(SHOT(.sequence = resume + 0x7fffffffU));
        assert_false(SHOT(.sequence = resume - 1, .payload = 1));
        assert_false(SHOT(.sequence = resume - 1, .empty = true));
        assert_false(SHOT(.sequence = resume - 0x7fffff00U));
        expect_volume(false, false, 4, 201);
    }
}

static void test_flags(void **state)
{
    (void)state;
    cut(false, false, CUTOFF_FOR_EVER, 0);
    assert_true(SHOT(.flags = FIN | ACK));
    assert_true(SHOT(.flags = RST));
    assert_false(SHOT(.flags = ACK));
    assert_true(SHOT(.flags = SYN | ACK)); /* opens: what follows is another connection's */
    assert_true(SHOT(.flags = ACK));
    expect_volume(false, false, 1, 100);
    cut(false, false, CUTOFF_FOR_EVER, 0);
    assert_true(SHOT(.client = true, .flags = SYN, .empty = true));
    assert_true(SHOT(.tags = 0));
    expect_volume(false, false, 0, 0);
}

static void test_other_side_opens(void **state)
{
    (void)state;
    static const enum cutoff_kind kinds[] = {CUTOFF_RESUME, CUTOFF_UNTIL_SAID, CUTOFF_FOR_EVER};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
            cut(false, ipv6, kinds[i], 5000);
            assert_false(SHOT(.ipv6 = ipv6));
            assert_true(
                SHOT(.ipv6 = ipv6, .client = true, .empty = true)); /* an acknowledgement opens nothing */
            assert_false(SHOT(.ipv6 = ipv6));
            assert_true(SHOT(.ipv6 = ipv6, .client = true, .payload = 1));
            assert_true(SHOT(.ipv6 = ipv6) == (kinds[i] != CUTOFF_FOR_EVER));
            expect_volume(false, ipv6, kinds[i] == CUTOFF_FOR_EVER ? 3 : 2,
                          kinds[i] == CUTOFF_FOR_EVER ? 300 : 200);
        }
    }
    /* Even where it is cut itself, and with a FIN. */
    cut(false, false, CUTOFF_UNTIL_SAID, 0);
    cut(true, false, CUTOFF_RESUME, 5000);
    assert_false(SHOT(.client = true));
    assert_true(SHOT(.tags = 0));
    assert_true(SHOT(.client = true)); /* and that opened the client's */
    expect_volume(false, false, 0, 0);
    expect_volume(true, false, 1, 100);
    cut(false, false, CUTOFF_UNTIL_SAID, 0);
    assert_true(SHOT(.client = true, .flags = FIN | ACK));
    assert_true(SHOT(.tags = 0));
    expect_volume(false, false, 0, 0);
}

static void test_table_full(void **state)
{
    (void)state;
    struct cutoff_direction directions[ENTRIES + 1];
    unsigned done = 0;
    for (unsigned i = 0; i < ENTRIES + 1; i++) {
        directions[i] = direction_of(false, false);
        directions[i].destination_port = (uint16_t)(1 + i);
        done += cutoff_set(cutoff, &directions[i], CUTOFF_FOR_EVER, 0) == CUTOFF_DONE;
    }
    assert_int_equal(done, ENTRIES);
    assert_int_equal(cutoff_set(cutoff, &directions[ENTRIES], CUTOFF_FOR_EVER, 0), CUTOFF_FULL);
    for (unsigned i = 0; i < ENTRIES; i++) {
        (void)cutoff_take(cutoff, &directions[i]);
    }
    assert_int_equal(cutoff_set(cutoff, &directions[ENTRIES], CUTOFF_FOR_EVER, 0), CUTOFF_DONE);
    (void)cutoff_take(cutoff, &directions[ENTRIES]);
}

static int make_cutoff(void **state)
{
    (void)state;
    struct failure failure = {0};
    cutoff = cutoff_create(ENTRIES, SNAPLEN, &failure);
    if (cutoff == NULL) {
        print_message("SKIP: %s\n", failure.text);
        return failure.status == EXIT_STATUS_NO_PERMISSION ? 0 : -1;
    }
    return 0;
}

static int free_cutoff(void **state)
{
    (void)state;
    cutoff_free(cutoff);
    return 0;
}

static int skip_unless_possible(void **state)
{
    (void)state;
    if (cutoff == NULL) {
        skip();
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_without_entry, skip_unless_possible),
        cmocka_unit_test_setup(test_where_it_reads, skip_unless_possible),
        cmocka_unit_test_setup(test_resume, skip_unless_possible),
        cmocka_unit_test_setup(test_flags, skip_unless_possible),
        cmocka_unit_test_setup(test_other_side_opens, skip_unless_possible),
        cmocka_unit_test_setup(test_table_full, skip_unless_possible),
    };
    return cmocka_run_group_tests(tests, make_cutoff, free_cutoff);
}
#else
static void test_says_so(void **state)
{
    (void)state;
    struct failure failure = {0};
    assert_null(cutoff_create(4, 100, &failure));
    assert_non_null(strstr(failure.text, "without libbpf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_says_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
