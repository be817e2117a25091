/* app/dns: questions and answers in flows, over UDP and TCP. */
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

enum { CLIENT = 0, SERVER = 1, CLIENT_PORT = 40000 };

struct talk {
    struct app_settings settings;
    struct counter_cell counters[APP_COUNTERS_COUNT];
    struct inspector *inspector;
    struct flow flow;
    struct flow_attachment kept;
    struct buf told; /* "asked NAME TYPE ID -> ADDRESSES" an event; ? for what was not seen */
    int64_t now_us;
};

static void take_event(void *context, const struct app_event *event)
{
    struct talk *talk = context;
    if (event->type == APP_UNREAD) {
        return;
    }
    assert_int_equal(event->type, APP_DNS);
    assert_ptr_equal(event->flow, &talk->flow);
    const struct dns_exchange *exchange = event->dns;
    buf_append_format(&talk->told, "%s ", exchange->asked ? "asked" : "unasked");
    buf_append(&talk->told, exchange->name);
    buf_append_format(&talk->told, " %u %u ->", exchange->type, exchange->id);
    if (exchange->answer == NULL) {
        buf_append_text(&talk->told, " ?");
    }
    for (uint32_t i = 0; exchange->answer != NULL && i < exchange->answer->answer_count; i++) {
        char text[ADDRESS_TEXT_SIZE];
        buf_append_format(&talk->told, " %s", address_print(&exchange->answer->answers[i].address, text));
    }
    buf_append_text(&talk->told, "\n");
}

static void talk_begin_at(struct talk *talk, enum transport transport, uint16_t client_port,
                          uint16_t server_port)
{
    static const struct hash_key key = {{1, 2}};
    *talk = (struct talk){.now_us = 1000 * TIME_SECOND, .told = buf_make(SIZE_MAX)};
    flow_attach(&talk->flow, &talk->kept);
    option_set_defaults(&app_options, &talk->settings);
    talk->inspector = inspector_create(&talk->settings, &key, talk->counters, take_event, talk);
    talk->flow.transport = transport;
    talk->flow.syn_seen = true;
    talk->flow.client = SERVER; /* a guess that the messages correct */
    talk->flow.ends[CLIENT].port = client_port;
    talk->flow.ends[SERVER].port = server_port;
}

static void talk_begin(struct talk *talk)
{
    talk_begin_at(talk, TRANSPORT_UDP, CLIENT_PORT, DNS_PORT);
}

static void talk_end(struct talk *talk)
{
    inspector_flow_end(talk->inspector, &talk->flow, talk->now_us);
    assert_null(flow_inspection(&talk->flow));
    assert_int_equal(inspector_memory(talk->inspector, talk->flow.shard), 0);
    inspector_tick(talk->inspector, talk->flow.shard, INT64_MAX);
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

static uint64_t counted(const struct talk *talk, enum app_counter id)
{
    return counter_get(talk->counters, id);
}

/* `addresses` answers of 203.0.113.9. */
static size_t put_message(uint8_t *out, unsigned id, const char *name, unsigned type, bool response,
                          unsigned addresses)
{
    const uint8_t head[] = {(uint8_t)(id >> 8),
                            (uint8_t)id,
                            response ? 0x81 : 0x01,
                            response ? 0x80 : 0,
                            0,
                            1,
                            0,
                            (uint8_t)addresses,
                            0,
                            0,
                            0,
                            0};
    static const uint8_t answer[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 203, 0, 113, 9};
    size_t len = sizeof head;
    memcpy(out, head, len);
    struct slice rest = slice_text(name);
    while (rest.len > 0) {
        struct slice label = slice_split(&rest, '.');
        out[len++] = (uint8_t)label.len;
        memcpy(out + len, label.data, label.len);
        len += label.len;
    }
    const uint8_t end[] = {0, (uint8_t)(type >> 8), (uint8_t)type, 0, 1};
    memcpy(out + len, end, sizeof end);
    len += sizeof end;
    for (unsigned i = 0; i < addresses; i++) {
        memcpy(out + len, answer, sizeof answer);
        len += sizeof answer;
    }
    return len;
}

static void send_bytes(struct talk *talk, unsigned side, const void *bytes, size_t len)
{
    flow_count_packet(&talk->flow, side, len);
    if (talk->flow.transport == TRANSPORT_UDP) {
        (void)inspector_datagram(talk->inspector, &talk->flow, side, slice_make(bytes, len), talk->now_us);
    } else {
        (void)inspector_data(talk->inspector, &talk->flow, side, slice_make(bytes, len), talk->now_us);
    }
}

static void asks(struct talk *talk, unsigned side, unsigned id, const char *name, unsigned type)
{
    uint8_t bytes[512];
    send_bytes(talk, side, bytes, put_message(bytes, id, name, type, false, 0));
}

static void answers(struct talk *talk, unsigned side, unsigned id, const char *name, unsigned type)
{
    uint8_t bytes[512];
    send_bytes(talk, side, bytes, put_message(bytes, id, name, type, true, 1));
}

static void an_answer_counts_for_its_question(void **state)
{
    (void)state;
    static const struct {
        unsigned side, id;
        const char *name;
        unsigned type;
        bool good;
    } rows[] = {
        {SERVER, 7, "panel.example", DNS_A, true},     {SERVER, 7, "PANEL.Example", DNS_A, true},
        {SERVER, 8, "panel.example", DNS_A, false},    {SERVER, 7, "other.example", DNS_A, false},
        {SERVER, 7, "panel.example", DNS_AAAA, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        talk_begin(&talk);
        asks(&talk, CLIENT, 7, "panel.example", DNS_A);
        assert_int_equal(talk.flow.client, CLIENT);
        assert_string_equal(inspector_protocol(&talk.flow), "dns");
        assert_true(inspector_recognised(&talk.flow));
        assert_int_equal(talk.told.len, 0);
        answers(&talk, rows[i].side, rows[i].id, rows[i].name, rows[i].type);
        assert_int_equal(counted(&talk, APP_DNS_ANSWERED), rows[i].good);
        assert_int_equal(counted(&talk, APP_DNS_UNASKED), !rows[i].good);
        if (rows[i].good) {
            assert_told(&talk, "asked panel.example 1 7 -> 203.0.113.9\n");
            assert_null(flow_inspection(&talk.flow)); /* nothing is kept of an answered flow */
        } else {
            buf_clear(&talk.told);
            answers(&talk, SERVER, 7, "panel.example", DNS_A); /* the real one still counts */
            assert_told(&talk, "asked panel.example 1 7 -> 203.0.113.9\n");
        }
        talk_end(&talk);
    }
}

static void each_question_has_one_answer(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    asks(&talk, CLIENT, 7, "panel.example", DNS_A);
    asks(&talk, CLIENT, 7, "panel.example", DNS_A); /* again, as stubs do */
    for (int i = 0; i < 3; i++) {
        answers(&talk, SERVER, 7, "panel.example", DNS_A);
    }
    assert_told(&talk, "asked panel.example 1 7 -> 203.0.113.9\n"
                       "asked panel.example 1 7 -> 203.0.113.9\n"
                       "unasked panel.example 1 7 -> 203.0.113.9\n");
    assert_int_equal(counted(&talk, APP_DNS_QUESTIONS), 2);
    assert_int_equal(counted(&talk, APP_DNS_FLOWS), 1);
    talk_end(&talk);
}

/* Far more than the datagrams that are probed. */
static void a_flow_bears_many_messages(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    for (unsigned i = 0; i < 100; i++) {
        asks(&talk, CLIENT, i, "panel.example", DNS_A);
        answers(&talk, SERVER, i, "panel.example", DNS_A);
    }
    assert_int_equal(counted(&talk, APP_DNS_ANSWERED), 100);
    assert_int_equal(counted(&talk, APP_DNS_FLOWS), 1);
    talk_end(&talk);
}

static void answers_in_another_order(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    asks(&talk, CLIENT, 1, "a.example", DNS_A);
    asks(&talk, CLIENT, 2, "b.example", DNS_A);
    asks(&talk, CLIENT, 3, "c.example", DNS_A);
    answers(&talk, SERVER, 2, "b.example", DNS_A);
    answers(&talk, SERVER, 3, "c.example", DNS_A);
    asks(&talk, CLIENT, 4, "d.example", DNS_A);
    answers(&talk, SERVER, 4, "d.example", DNS_A);
    answers(&talk, SERVER, 1, "a.example", DNS_A);
    assert_told(&talk, "asked b.example 1 2 -> 203.0.113.9\n"
                       "asked c.example 1 3 -> 203.0.113.9\n"
                       "asked d.example 1 4 -> 203.0.113.9\n"
                       "asked a.example 1 1 -> 203.0.113.9\n");
    talk_end(&talk);
}

static void an_answer_alone_is_unasked(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    answers(&talk, SERVER, 7, "panel.example", DNS_A);
    assert_told(&talk, "unasked panel.example 1 7 -> 203.0.113.9\n");
    assert_int_equal(talk.flow.client, CLIENT);
    talk_end(&talk);
}

static void questions_wait_so_long(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    asks(&talk, CLIENT, 7, "panel.example", DNS_A);
    talk.now_us += 1;
    asks(&talk, CLIENT, 8, "panel.example", DNS_A);
    inspector_tick(talk.inspector, 0, talk.now_us + talk.settings.answer_timeout - 2);
    assert_int_equal(talk.told.len, 0);
    inspector_tick(talk.inspector, 0, talk.now_us + talk.settings.answer_timeout - 1);
    assert_told(&talk, "asked panel.example 1 7 -> ?\n");
    assert_non_null(flow_inspection(&talk.flow));
    inspector_tick(talk.inspector, 0, talk.now_us + talk.settings.answer_timeout);
    assert_told(&talk, "asked panel.example 1 8 -> ?\n");
    assert_null(flow_inspection(&talk.flow));
    answers(&talk, SERVER, 8, "panel.example", DNS_A);
    assert_told(&talk, "unasked panel.example 1 8 -> 203.0.113.9\n");
    asks(&talk, CLIENT, 9, "panel.example", DNS_A);
    inspector_flow_end(talk.inspector, &talk.flow, talk.now_us);
    assert_told(&talk, "asked panel.example 1 9 -> ?\n");
    assert_int_equal(counted(&talk, APP_DNS_UNANSWERED), 3);
    talk_end(&talk);
}

static void too_many_questions_wait(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    talk.settings.dns_waiting = 2;
    for (unsigned id = 1; id <= 3; id++) {
        asks(&talk, CLIENT, id, "panel.example", DNS_A);
    }
    assert_told(&talk, "asked panel.example 1 1 -> ?\n");
    assert_int_equal(counted(&talk, APP_DNS_WAITING_CAP), 1);
    answers(&talk, SERVER, 3, "panel.example", DNS_A);
    answers(&talk, SERVER, 2, "panel.example", DNS_A);
    assert_int_equal(counted(&talk, APP_DNS_ANSWERED), 2);
    talk_end(&talk);
}

static void the_wrong_side_and_garbage(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk);
    asks(&talk, SERVER, 7, "panel.example", DNS_A);
    answers(&talk, CLIENT, 7, "panel.example", DNS_A);
    send_bytes(&talk, CLIENT, "garbage on port 53", 18);
    assert_int_equal(talk.told.len, 0);
    assert_int_equal(counted(&talk, APP_DNS_MALFORMED), 3);
    assert_null(inspector_protocol(&talk.flow));
    asks(&talk, CLIENT, 7, "panel.example", DNS_A); /* which hides nothing that comes later */
    answers(&talk, SERVER, 7, "panel.example", DNS_A);
    assert_told(&talk, "asked panel.example 1 7 -> 203.0.113.9\n");
    talk_end(&talk);
}

/* Such an answer is one, and says nothing. */
static void several_questions(void **state)
{
    (void)state;
    static const char asks_two[] = "\0\7\1\0\0\2\0\0\0\0\0\0\5panel\7example\0\0\1\0\1\xc0\x0c\0\x1c\0\1";
    static const char answers_two[] =
        "\0\7\x81\x80\0\2\0\1\0\0\0\0\5panel\7example\0\0\1\0\1\xc0\x0c\0\x1c\0\1"
        "\xc0\x0c\0\1\0\1\0\0\0\7\0\4\xcb\0\x71\x09";
    struct talk talk;
    talk_begin(&talk);
    send_bytes(&talk, CLIENT, asks_two, sizeof asks_two - 1);
    send_bytes(&talk, SERVER, answers_two, sizeof answers_two - 1);
    assert_told(&talk, "asked panel.example 1 7 ->\n");
    talk_end(&talk);
}

/* Servers that cannot read a question leave it out. */
static void a_refusal_without_its_question(void **state)
{
    (void)state;
    for (unsigned rcode = 0; rcode <= 1; rcode++) {
        struct talk talk;
        talk_begin(&talk);
        asks(&talk, CLIENT, 7, "panel.example", DNS_A);
        const uint8_t refusal[12] = {0, 7, 0x80, (uint8_t)rcode};
        send_bytes(&talk, SERVER, refusal, sizeof refusal);
        assert_told(&talk, rcode != 0 ? "asked panel.example 1 7 ->\n" : "unasked  0 7 ->\n");
        talk_end(&talk);
    }
}

static void other_ports(void **state)
{
    (void)state;
    static const struct {
        uint16_t client, server;
        bool good;
    } rows[] = {
        {CLIENT_PORT, 5300, true},  {53, 53, true},   {CLIENT_PORT, 5353, false},
        {CLIENT_PORT, 5355, false}, {5353, 53, true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        talk_begin_at(&talk, TRANSPORT_UDP, rows[i].client, rows[i].server);
        asks(&talk, CLIENT, 7, "panel.example", DNS_A);
        assert_int_equal(inspector_recognised(&talk.flow), rows[i].client == 53 || rows[i].server == 53);
        answers(&talk, SERVER, 7, "panel.example", DNS_A);
        assert_int_equal(inspector_recognised(&talk.flow), rows[i].good);
        assert_int_equal(counted(&talk, APP_DNS_QUESTIONS), rows[i].good);
        assert_told(&talk, rows[i].good ? "asked panel.example 1 7 -> 203.0.113.9\n" : "");
        assert_int_equal(talk.flow.client, rows[i].good ? CLIENT : SERVER);
        talk_end(&talk);
    }
}

/* On another port one half says nothing, and a question has to be a plain one. */
static void halves_on_other_ports(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin_at(&talk, TRANSPORT_UDP, CLIENT_PORT, 5300);
    answers(&talk, SERVER, 7, "panel.example", DNS_A);
    asks(&talk, CLIENT, 7, "a b.example", DNS_A);
    asks(&talk, CLIENT, 7, "panel.example", 777);
    assert_null(flow_inspection(&talk.flow));
    asks(&talk, CLIENT, 7, "panel.example", DNS_A);
    assert_non_null(flow_inspection(&talk.flow));
    answers(&talk, SERVER, 8, "panel.example", DNS_A);
    asks(&talk, CLIENT, 9, "a b.example", DNS_A);
    inspector_tick(talk.inspector, 0, talk.now_us + talk.settings.answer_timeout);
    assert_null(flow_inspection(&talk.flow));
    assert_told(&talk, "");
    assert_null(inspector_protocol(&talk.flow));
    for (enum app_counter id = APP_DNS_FLOWS; id <= APP_DNS_ANSWERS_CAP; id++) {
        assert_int_equal(counted(&talk, id), 0);
    }
    talk_end(&talk);
}

/* Messages behind their lengths, cut everywhere. */
static void streams_of_messages(void **state)
{
    (void)state;
    uint8_t question[512];
    uint8_t answer[512];
    size_t question_len = 0;
    size_t answer_len = 0;
    for (unsigned id = 1; id <= 2; id++) {
        size_t len = put_message(question + question_len + 2, id, "panel.example", DNS_A, false, 0);
        question[question_len] = 0;
        question[question_len + 1] = (uint8_t)len;
        question_len += 2 + len;
        len = put_message(answer + answer_len + 2, id, "panel.example", DNS_A, true, 2);
        answer[answer_len] = 0;
        answer[answer_len + 1] = (uint8_t)len;
        answer_len += 2 + len;
    }
    for (size_t cut = 1; cut <= question_len; cut++) {
        struct talk talk;
        talk_begin_at(&talk, TRANSPORT_TCP, CLIENT_PORT, DNS_PORT);
        for (size_t at = 0; at < question_len; at += cut) {
            send_bytes(&talk, CLIENT, question + at, cut < question_len - at ? cut : question_len - at);
        }
        for (size_t at = 0; at < answer_len; at += cut) {
            send_bytes(&talk, SERVER, answer + at, cut < answer_len - at ? cut : answer_len - at);
        }
        assert_told(&talk, "asked panel.example 1 1 -> 203.0.113.9 203.0.113.9\n"
                           "asked panel.example 1 2 -> 203.0.113.9 203.0.113.9\n");
        assert_string_equal(inspector_protocol(&talk.flow), "dns");
        talk_end(&talk);
    }
}

/* Behind a gap nobody knows where a message begins; what the other side asks is still told. */
static void a_stream_with_a_gap(void **state)
{
    (void)state;
    uint8_t bytes[512];
    size_t len = put_message(bytes + 2, 7, "panel.example", DNS_A, false, 0);
    bytes[0] = 0;
    bytes[1] = (uint8_t)len;
    struct talk talk;
    talk_begin_at(&talk, TRANSPORT_TCP, CLIENT_PORT, DNS_PORT);
    send_bytes(&talk, CLIENT, bytes, len + 2);
    assert_int_equal(inspector_gap(talk.inspector, &talk.flow, SERVER, 10, talk.now_us), INSPECTION_SKIP);
    send_bytes(&talk, SERVER, "\0\14xxxxxxxxxxxx", 14);
    send_bytes(&talk, CLIENT, bytes, len + 2);
    inspector_flow_end(talk.inspector, &talk.flow, talk.now_us);
    assert_told(&talk, "asked panel.example 1 7 -> ?\nasked panel.example 1 7 -> ?\n");
    assert_int_equal(counted(&talk, APP_BOUNDS_LOST), 1);
    talk_end(&talk);
}

static void streams_of_other_protocols(void **state)
{
    (void)state;
    static const struct {
        uint16_t port;
        const char *bytes;
        bool good;
    } rows[] = {
        {53, "\0\x21\0\1\1\0\0\1\0\0\0\0\0\0\0\0", true},
        {53, "\0\x0b\0\1\1\0\0\1\0\0\0\0\0\0\0\0", false},   /* shorter than a header */
        {53, "\0\x21\0\1\x81\0\0\1\0\0\0\0\0\0\0\0", false}, /* an answer of the client's */
        {53, "\0\x21\0\1\1\0\0\2\0\0\0\0\0\0\0\0", false},
        {5300, "\0\x21\0\1\1\0\0\1\0\0\0\0\0\0\0\0", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct talk talk;
        talk_begin_at(&talk, TRANSPORT_TCP, CLIENT_PORT, rows[i].port);
        send_bytes(&talk, CLIENT, rows[i].bytes, 16);
        assert_int_equal(counted(&talk, APP_UNKNOWN_FLOWS), !rows[i].good);
        talk_end(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_counts_for_its_question),
        cmocka_unit_test(each_question_has_one_answer),
        cmocka_unit_test(a_flow_bears_many_messages),
        cmocka_unit_test(answers_in_another_order),
        cmocka_unit_test(an_answer_alone_is_unasked),
        cmocka_unit_test(questions_wait_so_long),
        cmocka_unit_test(too_many_questions_wait),
        cmocka_unit_test(the_wrong_side_and_garbage),
        cmocka_unit_test(several_questions),
        cmocka_unit_test(a_refusal_without_its_question),
        cmocka_unit_test(other_ports),
        cmocka_unit_test(halves_on_other_ports),
        cmocka_unit_test(streams_of_messages),
        cmocka_unit_test(a_stream_with_a_gap),
        cmocka_unit_test(streams_of_other_protocols),
    };
    return cmocka_run_group_tests_name("app/dns exchanges", tests, NULL, NULL);
}
