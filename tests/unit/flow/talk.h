/*
 * A conversation for tests: makes TCP and UDP packets of one client and one server, sends them through a
 * table and its streams, and writes down what the receiver is told:
 *
 *     c(GET)  bytes of the client     s[5]  a gap of 5 bytes of the server
 *     s<5>    5 bytes of the server that were passed over
 *     c.      the client's end        {c:12/34}  the flow's end, with each side's bytes on the wire
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/stream.h"

enum { CLIENT_ISN = 1000, SERVER_ISN = 5000 };
/* So many packets of a sender behind a hole that its receiver acknowledged make it a gap. */
enum { BEYOND = 16 };

struct talk {
    struct flow_settings settings;
    struct counter_cell counters[FLOW_COUNTERS_COUNT];
    struct flow_table *table;
    struct flow *flow; /* of the last packet */
    int64_t now_us;
    uint64_t number;
    uint16_t client_port;
    bool refuse;     /* the receiver wants nothing more */
    uint64_t skip;   /* bytes of the server that it will not read, behind its next ones */
    bool skip_turn;  /* the same of all until the client has payload */
    int ignore_side; /* what the receiver ignores at its next bytes: 0, 1, or -1 */
    size_t log_len;
    char log[65536];
};

/* A packet; the fields that a test does not name are those of an empty ACK. */
struct shot {
    bool server; /* the sender */
    uint8_t flags;
    uint32_t sequence, acknowledgement;
    const char *data;
    size_t len;        /* 0: strlen(data) */
    uint32_t wire_len; /* 0: len */
};

static inline void talk_note(struct talk *talk, const struct flow *flow, unsigned side, const char *format,
                             ...)
{
    va_list arguments;
    va_start(arguments, format);
    talk->log[talk->log_len++] = side == flow->client ? 'c' : 's';
    int len = vsnprintf(talk->log + talk->log_len, sizeof talk->log - talk->log_len, format, arguments);
    va_end(arguments);
    assert_true(len >= 0 && (size_t)len < sizeof talk->log - talk->log_len);
    talk->log_len += (size_t)len;
}

static inline bool talk_data(void *context, struct flow *flow, unsigned side, struct slice bytes)
{
    struct talk *talk = context;
    assert_true(bytes.len > 0);
    talk_note(talk, flow, side, "(%.*s)", (int)bytes.len, (const char *)bytes.data);
    if (talk->ignore_side >= 0) {
        stream_ignore(talk->table, flow, (unsigned)talk->ignore_side);
        talk->ignore_side = -1;
    }
    return !talk->refuse;
}

static inline bool talk_gap(void *context, struct flow *flow, unsigned side, uint64_t missing)
{
    struct talk *talk = context;
    assert_true(missing > 0);
    talk_note(talk, flow, side, "[%llu]", (unsigned long long)missing);
    return !talk->refuse;
}

static inline void talk_end(void *context, struct flow *flow, unsigned side)
{
    talk_note(context, flow, side, ".");
}

static inline uint64_t talk_skip(void *context, const struct flow *flow, unsigned side)
{
    struct talk *talk = context;
    uint64_t skip = talk->skip;
    if (side == flow->client) {
        return 0;
    }
    talk->skip = 0;
    return skip;
}

static inline bool talk_skip_turn(void *context, const struct flow *flow, unsigned side)
{
    struct talk *talk = context;
    bool skip = side != flow->client && talk->skip_turn;
    talk->skip_turn = talk->skip_turn && !skip;
    return skip;
}

static inline bool talk_pass(void *context, struct flow *flow, unsigned side, uint64_t bytes, bool turned)
{
    struct talk *talk = context;
    assert_true(bytes > 0);
    talk_note(talk, flow, side, "<%llu%s>", (unsigned long long)bytes, turned ? " turn" : "");
    return !talk->refuse;
}

static const struct stream_receiver talk_receiver = {.data = talk_data,
                                                     .gap = talk_gap,
                                                     .skip = talk_skip,
                                                     .skip_turn = talk_skip_turn,
                                                     .pass = talk_pass,
                                                     .end = talk_end};

static inline void talk_flow_end(void *context, struct flow *flow)
{
    struct talk *talk = context;
    stream_finish(talk->table, flow, &talk_receiver, talk);
    assert_null(flow_stream(flow));
    talk->log[talk->log_len++] = '{';
    talk_note(talk, flow, flow->client, ":%llu/%llu}", (unsigned long long)flow->sides[flow->client].bytes,
              (unsigned long long)flow->sides[flow->client ^ 1].bytes);
}

static inline void talk_stop(struct talk *talk)
{
    flow_table_free(talk->table);
    option_free(&flow_options, &talk->settings);
    talk->table = NULL;
}

/* Begins with the options' defaults; a test that wants others sets them and calls talk_table. */
static inline void talk_table(struct talk *talk)
{
    static const struct hash_key key = {{1, 2}};
    flow_table_free(talk->table);
    talk->table = flow_table_create(&talk->settings, &key, 0, 1, talk->counters, talk_flow_end, talk);
    talk->log_len = 0;
    memset(talk->counters, 0, sizeof talk->counters);
}

static inline void talk_start(struct talk *talk)
{
    memset(talk, 0, sizeof *talk);
    option_set_defaults(&flow_options, &talk->settings);
    talk->now_us = 1000 * TIME_SECOND;
    talk->client_port = 40000;
    talk->ignore_side = -1;
    talk_table(talk);
}

static inline const char *talk_log(struct talk *talk)
{
    talk->log[talk->log_len] = '\0';
    return talk->log;
}

/* Says what was told since the last time. */
static inline void talk_expect(struct talk *talk, const char *expected)
{
    assert_string_equal(talk_log(talk), expected);
    talk->log_len = 0;
}

static inline uint64_t talk_count(const struct talk *talk, enum flow_counter counter)
{
    return counter_get(talk->counters, counter);
}

static inline struct packet talk_packet(struct talk *talk, bool server)
{
    static const uint8_t client_address[4] = {198, 51, 100, 7}, server_address[4] = {203, 0, 113, 9};
    struct address client = address_from_v4(client_address), other = address_from_v4(server_address);
    talk->now_us += 1000;
    return (struct packet){
        .number = ++talk->number,
        .time_us = talk->now_us,
        .source = server ? other : client,
        .destination = server ? client : other,
        .source_port = server ? 8080 : talk->client_port,
        .destination_port = server ? talk->client_port : 8080,
        .tcp_window = 65535,
    };
}

static inline void talk_take(struct talk *talk, const struct packet *packet)
{
    unsigned side;
    talk->flow = flow_table_take(talk->table, packet, &side);
    assert_non_null(talk->flow);
    assert_memory_equal(&talk->flow->ends[side].address, &packet->source, sizeof packet->source);
    stream_take(talk->table, talk->flow, packet, side, &talk_receiver, talk);
}

/* The payload lies in a block of its own size, so that ASan sees a byte read beyond it. */
static inline void talk_send(struct talk *talk, struct shot shot)
{
    size_t len = shot.len > 0 || shot.data == NULL ? shot.len : strlen(shot.data);
    uint8_t *block = test_malloc(len + 1);
    struct packet packet = talk_packet(talk, shot.server);
    packet.transport = TRANSPORT_TCP;
    packet.tcp_flags = shot.flags == 0 ? TCP_ACK : shot.flags;
    packet.tcp_sequence = shot.sequence;
    packet.tcp_acknowledgement = shot.acknowledgement;
    if (len > 0) {
        memcpy(block + 1, shot.data, len);
    }
    packet.payload = slice_make(block + 1, len);
    packet.payload_wire_len = shot.wire_len > 0 ? shot.wire_len : (uint32_t)len;
    talk_take(talk, &packet);
    test_free(block);
}

#define SEND(talk, ...) talk_send(talk, (struct shot){__VA_ARGS__})
/* By position in the stream: 0 is the first byte. */
#define CLIENT(position)     .sequence = CLIENT_ISN + 1 + (uint32_t)(position)
#define SERVER(position)     .server = true, .sequence = SERVER_ISN + 1 + (uint32_t)(position)
#define ACK_SERVER(position) .acknowledgement = SERVER_ISN + 1 + (uint32_t)(position)
#define ACK_CLIENT(position) .acknowledgement = CLIENT_ISN + 1 + (uint32_t)(position)

static inline void talk_handshake(struct talk *talk)
{
    SEND(talk, .flags = TCP_SYN, .sequence = CLIENT_ISN);
    SEND(talk, .server = true, .flags = TCP_SYN | TCP_ACK, .sequence = SERVER_ISN, ACK_CLIENT(0));
    SEND(talk, CLIENT(0), ACK_SERVER(0));
}
