/*
 * TLS over TCP: recognised by a hello at the front of a direction, read until both sides have said what is
 * readable (the client its hello; the server its hello and, up to TLS 1.2, its certificate), told once, and
 * left. Sides that are not mirrored, or stay away, are waited for no longer than app.answer_timeout.
 */
#include <stdlib.h>

#include "daemon/app/tls_flow_priv.h"
#include "flow/flow_table.h"

enum { TLS_1_3 = 0x0304 };

static void count(const struct tls_flow *tls, enum app_counter counter)
{
    counter_add(tls->inspector->counters, counter, 1);
}

/* What is asked for within the first record: the rest may stand in another one. */
static enum probe tls_probe(struct slice first)
{
    enum { HANDSHAKE = 22, MAJOR = 3, MINOR_MAX = 4, AT_TYPE = 5, AT_LENGTH, AT_VERSION = 9 };
    static const struct {
        uint8_t at;
        uint8_t min;
        uint8_t max;
    } bounds[] = {{0, HANDSHAKE, HANDSHAKE},  {1, MAJOR, MAJOR},
                  {2, 0, MINOR_MAX},          {AT_TYPE, TLS_CLIENT_HELLO, TLS_SERVER_HELLO},
                  {AT_LENGTH, 0, 0}, /* the first of three bytes */
                  {AT_VERSION, MAJOR, MAJOR}, {AT_VERSION + 1, 0, MINOR_MAX}};
    size_t end = AT_VERSION + 2;
    if (first.len >= TLS_RECORD_HEAD) {
        size_t record = (size_t)first.data[3] << 8 | first.data[4];
        if (record == 0 || record > 16384) {
            return PROBE_NO;
        }
        end = record < end - TLS_RECORD_HEAD ? TLS_RECORD_HEAD + record : end;
    }
    for (size_t i = 0; i < ARRAY_COUNT(bounds) && bounds[i].at < end && bounds[i].at < first.len; i++) {
        uint8_t byte = first.data[bounds[i].at];
        if (byte < bounds[i].min || byte > bounds[i].max) {
            return PROBE_NO;
        }
    }
    return first.len < end ? PROBE_MORE : PROBE_YES;
}

static void *tls_create(struct inspector *inspector, struct flow *flow)
{
    struct tls_flow *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        abort();
    }
    tls->inspector = inspector;
    tls->flow = flow;
    for (unsigned side = 0; side < 2; side++) {
        tls->directions[side].reader =
            tls_reader_make(inspector->settings->tls_hello_bytes, inspector->settings->tls_certificate_bytes);
    }
    return tls;
}

struct tls_flow *tls_flow_nested(struct inspector *inspector, struct flow *flow, bool proxy)
{
    struct tls_flow *tls = tls_create(inspector, flow);
    tls->nested = true;
    tls->proxy = proxy;
    return tls;
}

static void tell(const struct tls_flow *tls, const struct tls_certificate *certificate)
{
    const struct tls_handshake handshake = {
        .client = tls->has_client ? &tls->client_hello : NULL,
        .server = tls->has_server ? &tls->server_hello : NULL,
        .certificate = certificate,
        .refused = tls->refused,
        .proxy = tls->proxy,
    };
    const struct app_event event = {
        .type = APP_TLS, .time_us = tls->now_us, .flow = tls->flow, .tls = &handshake};
    bool named = certificate != NULL || (tls->has_client && tls->client_hello.sni.len > 0);
    if (named && tls->flow->visibility < VISIBILITY_NAME) {
        tls->flow->visibility = VISIBILITY_NAME;
    }
    tls->inspector->event(tls->inspector->context, &event);
}

static struct waiting_list *handshakes_of(const struct tls_flow *tls)
{
    return &tls->inspector->shards[tls->flow->shard].handshakes;
}

void tls_flow_settle(struct tls_flow *tls)
{
    waiting_remove(handshakes_of(tls), &tls->waiting);
    if (tls->settled) {
        return;
    }
    tls->settled = true;
    if (tls->has_client || tls->has_server) {
        struct tls_certificate certificate;
        struct slice der = tls_reader_certificate(&tls->directions[tls->client ^ 1U].reader);
        bool readable = tls->has_certificate && tls_certificate_parse(der, &certificate);
        if (tls->has_certificate) {
            count(tls, readable ? APP_TLS_CERTIFICATES : APP_TLS_MALFORMED);
        }
        if (tls->has_client && !tls->has_server && !tls->refused) {
            count(tls, APP_TLS_UNANSWERED);
        }
        tell(tls, readable ? &certificate : NULL);
    }
    tls_reader_free(&tls->directions[0].reader);
    tls_reader_free(&tls->directions[1].reader);
}

void tls_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us)
{
    struct waiting *due;
    while ((due = waiting_due(&inspector->shards[shard].handshakes, now_us,
                              inspector->settings->answer_timeout)) != NULL) {
        struct tls_flow *tls = (struct tls_flow *)((char *)due - offsetof(struct tls_flow, waiting));
        struct flow *flow = tls->flow;
        tls->now_us = now_us;
        tls_flow_settle(tls);
        inspector_settled(inspector, flow);
    }
}

/* A direction's first message has begun: whose it is. */
static void recognise(struct tls_flow *tls, unsigned side, bool client)
{
    tls->recognised = true;
    tls->client = client ? side : side ^ 1;
    flow_set_client(tls->flow, tls->client, ORIENTATION_PAYLOAD);
    if (tls->flow->protocol == APP_PROTOCOL_UNKNOWN) {
        tls->flow->protocol = APP_PROTOCOL_TLS;
    }
    waiting_add(handshakes_of(tls), &tls->waiting, tls->now_us);
    count(tls, APP_TLS_FLOWS);
}

/* Each of these returns whether the direction is done. */
static bool take_client_hello(struct tls_flow *tls, struct slice body)
{
    tls->has_client = tls_client_hello_parse(body, false, tls->inspector->hellos_for, &tls->client_hello);
    count(tls, tls->has_client ? APP_TLS_CLIENT_HELLOS : APP_TLS_MALFORMED);
    return true;
}

static bool take_server_hello(struct tls_flow *tls, struct slice body)
{
    struct tls_server_hello *hello = &tls->server_hello;
    tls->has_server = tls_server_hello_parse(body, hello);
    count(tls, tls->has_server ? APP_TLS_SERVER_HELLOS : APP_TLS_MALFORMED);
    if (!tls->has_server) {
        return true;
    }
    if (hello->alpn.len > 0) { /* what comes next takes the message's place */
        memcpy(tls->alpn, hello->alpn.data, hello->alpn.len);
        hello->alpn.data = tls->alpn;
    }
    return hello->version >= TLS_1_3;
}

static bool take_message(struct tls_flow *tls, unsigned side)
{
    const struct tls_reader *reader = &tls->directions[side].reader;
    struct slice body = buf_slice(&reader->message);
    uint8_t type = reader->message_head[0];
    if (side == tls->client) {
        return type == TLS_CLIENT_HELLO ? take_client_hello(tls, body) : true;
    }
    if (type == TLS_SERVER_HELLO && !tls->has_server) {
        return take_server_hello(tls, body);
    }
    tls->has_certificate =
        type == TLS_CERTIFICATE && tls->has_server && tls_reader_certificate(reader).len > 0;
    return true;
}

/* A warning other than the end's leaves the handshake going on (RFC 5246, section 7.2; RFC 6066, section 3).
 */
static bool take_alert(struct tls_flow *tls, unsigned side)
{
    enum { WARNING = 1, CLOSE_NOTIFY = 0 };
    const uint8_t *alert = tls->directions[side].reader.message_head;
    if (alert[0] == WARNING && alert[1] != CLOSE_NOTIFY) {
        return false;
    }
    tls->refused = tls->refused || (side != tls->client && !tls->has_server);
    tls->directions[side ^ 1].done = true;
    return true;
}

static bool take_item(struct tls_flow *tls, unsigned side, enum tls_item item)
{
    const struct tls_reader *reader = &tls->directions[side].reader;
    switch (item) {
    case TLS_MESSAGE:
        return take_message(tls, side);
    case TLS_ALERT:
        return take_alert(tls, side);
    case TLS_CAPPED:
        count(tls, reader->message_head[0] == TLS_CERTIFICATE ? APP_TLS_CERTIFICATE_CAP : APP_TLS_HELLO_CAP);
        return true;
    case TLS_BROKEN:
        count(tls, APP_TLS_MALFORMED);
        return true;
    default:
        return item == TLS_OPAQUE;
    }
}

/* Whether it may go on: a hello has begun, or may still do so. */
static bool judge_first(struct tls_flow *tls, unsigned side, enum tls_item item)
{
    uint8_t first = tls->directions[side].reader.first;
    if (first == TLS_CLIENT_HELLO || first == TLS_SERVER_HELLO) {
        recognise(tls, side, first == TLS_CLIENT_HELLO);
        return true;
    }
    return first == 0 && item == TLS_NOTHING;
}

static enum inspection tls_answer(struct tls_flow *tls, unsigned side)
{
    if (tls->directions[0].done && tls->directions[1].done) {
        tls_flow_settle(tls);
    }
    return tls->directions[side].done ? INSPECTION_SKIP : INSPECTION_MORE;
}

static enum inspection tls_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct tls_flow *tls = state;
    struct tls_direction *direction = &tls->directions[side];
    tls->now_us = time_us;
    while (!tls->settled && !direction->done && bytes.len > 0) {
        enum tls_item item = tls_reader_next(&direction->reader, &bytes);
        if (!tls->recognised && !judge_first(tls, side, item)) {
            return INSPECTION_UNKNOWN;
        }
        direction->done = take_item(tls, side, item);
    }
    return tls->settled ? INSPECTION_SKIP : tls_answer(tls, side);
}

static enum inspection tls_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    (void)missing;
    struct tls_flow *tls = state;
    tls->now_us = time_us;
    if (!tls->recognised) {
        return INSPECTION_UNKNOWN;
    }
    tls->directions[side].done = true;
    return tls_answer(tls, side);
}

static void tls_end(void *state, unsigned side, int64_t time_us)
{
    struct tls_flow *tls = state;
    tls->now_us = time_us;
    tls->directions[side].done = true;
    (void)tls_answer(tls, side);
}

static void tls_drop(void *state)
{
    struct tls_flow *tls = state;
    waiting_remove(handshakes_of(tls), &tls->waiting);
    tls_reader_free(&tls->directions[0].reader);
    tls_reader_free(&tls->directions[1].reader);
    free(tls);
}

static void tls_finish(void *state, int64_t time_us)
{
    struct tls_flow *tls = state;
    tls->now_us = time_us;
    tls_flow_settle(tls);
    tls_drop(tls);
}

static size_t tls_memory(const void *state)
{
    const struct tls_flow *tls = state;
    return sizeof *tls + tls->directions[0].reader.message.room + tls->directions[1].reader.message.room;
}

static bool tls_is_over(const void *state)
{
    const struct tls_flow *tls = state;
    return tls->settled && !tls->nested;
}

const struct app_proto tls_proto = {
    .probe = tls_probe,
    .create = tls_create,
    .data = tls_data,
    .gap = tls_gap,
    .end = tls_end,
    .finish = tls_finish,
    .drop = tls_drop,
    .memory = tls_memory,
    .is_over = tls_is_over,
};
