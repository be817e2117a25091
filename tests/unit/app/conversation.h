/*
 * Conversations for tests of the inspector: a list of steps on one TCP flow, fed whole, byte by byte or in
 * random pieces, and what the inspector told, as text: `told` with every field (to compare ways of feeding),
 * `brief` one short line an event (to state what is expected):
 *
 *     S1 GET /path 200 json      settled: number, method, URI, status, kind of body
 *     E1 17 complete             ended: bytes of the body, complete or cut
 *     M1 title                   an entry of a playlist
 *     T1 provider/service 1500   a transport stream and its kilobits a second; T0 in datagrams
 *     signs a b URL              signs of another protocol
 *     tls client[4]=name ja4 server=version/cipher/alpn certificate=subject refused proxy
 *
 * and `unread`: `unread 0 5` for five first bytes of side 0 that no parser knows.
 *
 * `?` stands for a request, `-` for a status that was not seen.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "base/attr.h"
#include "base/clock.h"

enum step_kind { STEP_BYTES, STEP_GAP, STEP_END, STEP_TICK };

enum { CLIENT = 0, SERVER = 1 };

struct step {
    enum step_kind kind;
    unsigned side;
    const char *bytes;
    size_t amount; /* bytes, bytes missing, or seconds that pass before the tick */
};

#define SAYS(who, text)                                                                                      \
    {                                                                                                        \
        STEP_BYTES, (who), (text), sizeof(text) - 1                                                          \
    }
#define LOSES(who, many)                                                                                     \
    {                                                                                                        \
        STEP_GAP, (who), NULL, (many)                                                                        \
    }
#define ENDS(who)                                                                                            \
    {                                                                                                        \
        STEP_END, (who), NULL, 0                                                                             \
    }
#define TICK(seconds)                                                                                        \
    {                                                                                                        \
        STEP_TICK, 0, NULL, (seconds)                                                                        \
    }
#define STEPS_MAX 16

/* How the bytes of a step are cut. */
enum { FEED_WHOLE = 0, FEED_BYTES = 1, FEED_RANDOM = 2 /* and above: seeds */ };

struct conversation {
    struct app_settings settings;
    struct counter_cell counters[APP_COUNTERS_COUNT];
    struct inspector *inspector;
    struct flow flow;
    struct flow_attachment kept;
    struct buf told;
    struct buf brief;
    struct buf unread; /* how many first bytes were told depends on how they are cut */
    bool ignored[2];
    bool unknown;
    int64_t now_us;
    uint64_t random;
    uint64_t passed; /* bytes that nobody would have read */
};

static inline void tell_slice(struct buf *out, const char *name, struct slice value)
{
    buf_append_format(out, " %s[%zu]=", name, value.len);
    buf_append(out, value);
}

static inline void tell_request(struct buf *out, const struct http_request *request)
{
    tell_slice(out, "method", request->method);
    tell_slice(out, "uri", request->uri);
    tell_slice(out, "raw", request->uri_raw);
    tell_slice(out, "host", request->host);
    tell_slice(out, "agent", request->user_agent);
    tell_slice(out, "referer", request->referer);
    tell_slice(out, "referer-host", request->referer_host);
    tell_slice(out, "origin-host", request->origin_host);
    tell_slice(out, "cookie", request->cookie);
    tell_slice(out, "headers", request->headers);
    tell_slice(out, "body", request->body);
    tell_slice(out, "user", request->credentials_user);
    tell_slice(out, "password", request->credentials_password);
    buf_append_format(out, " port=%u proxy=%d truncated=%d", request->host_port, request->proxy,
                      request->truncated);
}

static inline void tell_response(struct buf *out, const struct http_response *response)
{
    tell_slice(out, "code", response->stat_code);
    tell_slice(out, "location", response->location);
    tell_slice(out, "location-host", response->location_host);
    tell_slice(out, "server", response->server);
    tell_slice(out, "type", response->content_type);
    tell_slice(out, "headers", response->headers);
    tell_slice(out, "body", response->body);
    buf_append_format(out, " kind=%s bytes=%llu complete=%d length=%d chunked=%d encoded=%d coded=%d cut=%d",
                      body_kind_name(response->kind), (unsigned long long)response->body_bytes,
                      response->body_complete, response->has_length, response->chunked, response->encoded,
                      response->coded, response->cut);
}

static inline void tell_brief(struct buf *out, const struct app_event *event)
{
    const struct http_transaction *http = event->http;
    unsigned long long number = http == NULL ? 0 : http->number;
    if (event->type == APP_ENTRY) {
        assert_non_null(http->memo);
        buf_append_format(out, "M%llu ", number);
        buf_append(out, event->entry->title);
    } else if (event->type == APP_TS) {
        buf_append_format(out, "T%llu %s/%s %u", number, event->stream->provider, event->stream->service_name,
                          event->stream->kilobits);
    } else if (event->type == APP_HTTP_ENDED) {
        buf_append_format(out, "E%llu %llu %s", number, (unsigned long long)http->response->body_bytes,
                          http->response->cut ? "cut" : "complete");
    } else {
        buf_append_format(out, "S%llu%s ", number, http->late ? " late" : "");
        if (http->request == NULL) {
            buf_append_text(out, "?");
        } else {
            buf_append(out, http->request->method);
            buf_append_text(out, " ");
            buf_append(out, http->request->uri);
        }
        if (http->response == NULL) {
            buf_append_text(out, " -");
        } else {
            buf_append_format(out, " %u %s", http->response->status, body_kind_name(http->response->kind));
        }
    }
    buf_append_text(out, "\n");
}

static inline void tell_signs(struct buf *out, const struct app_sign *found)
{
    buf_append_text(out, "signs");
    for (unsigned sign = 0; sign < SIGN_COUNT; sign++) {
        if ((found->signs & UINT64_C(1) << sign) != 0) {
            buf_append_format(out, " %s", sign_name((enum sign)sign));
        }
    }
    if (found->rtmp_url.len > 0) {
        buf_append_byte(out, ' ');
        buf_append(out, found->rtmp_url);
    }
    if (found->rtsp_url.len > 0) {
        buf_append_byte(out, ' ');
        buf_append(out, found->rtsp_url);
    }
    buf_append_text(out, "\n");
}

static inline void tell_tls(struct buf *out, const struct tls_handshake *tls)
{
    buf_append_text(out, "tls");
    if (tls->client != NULL) {
        tell_slice(out, "client", tls->client->sni);
        buf_append_format(out, " %s", tls->client->ja4);
    }
    if (tls->server != NULL) {
        buf_append_format(out, " server=%04x/%04x/", tls->server->version, tls->server->cipher);
        buf_append(out, tls->server->alpn);
    }
    if (tls->certificate != NULL) {
        buf_append_format(out, " certificate=%s", tls->certificate->subject);
    }
    buf_append_format(out, "%s%s\n", tls->refused ? " refused" : "", tls->proxy ? " proxy" : "");
}

static inline void conversation_take(void *context, const struct app_event *event)
{
    struct conversation *talk = context;
    const struct http_transaction *http = event->http;
    if (event->type == APP_UNREAD) {
        assert_true(event->bytes.len > 0);
        buf_append_format(&talk->unread, "unread %u %zu\n", event->side, event->bytes.len);
        return;
    }
    assert_ptr_equal(event->flow, &talk->flow);
    if (event->type == APP_SIGN) {
        assert_true(event->sign->signs != 0);
        tell_signs(&talk->brief, event->sign);
        tell_signs(&talk->told, event->sign);
        return;
    }
    if (event->type == APP_TLS) {
        assert_true(event->tls->client != NULL || event->tls->server != NULL);
        tell_tls(&talk->brief, event->tls);
        tell_tls(&talk->told, event->tls);
        return;
    }
    if (http == NULL) {
        assert_int_equal(event->type, APP_TS);
        tell_brief(&talk->brief, event);
        return;
    }
    assert_true(http->request != NULL || http->response != NULL);
    assert_true(event->type == APP_HTTP_SETTLED || http->response != NULL);
    tell_brief(&talk->brief, event);
    if (event->type == APP_ENTRY) {
        tell_slice(&talk->told, "entry", event->entry->uri);
        return;
    }
    if (event->type == APP_TS) {
        const struct mpegts_facts *stream = event->stream;
        buf_append_format(&talk->told, "stream packets=%llu program=%u described=%d clock=%lld\n",
                          (unsigned long long)stream->packets, stream->program, stream->described,
                          (long long)stream->clock_us);
        return;
    }
    buf_append_format(&talk->told, "event %d number=%llu late=%d server=%d answered=%llu repeats=%d named=%u",
                      (int)event->type, (unsigned long long)http->number, http->late, http->server_bytes,
                      (unsigned long long)http->answered_bytes, http->location_repeats,
                      http->named == NULL ? 0 : http->named->count);
    if (http->request != NULL) {
        tell_request(&talk->told, http->request);
    }
    if (http->response != NULL) {
        tell_response(&talk->told, http->response);
    }
    if (http->m3u != NULL) {
        buf_append_format(&talk->told, " entries=%llu own=%llu whole=%d",
                          (unsigned long long)http->m3u->entries,
                          (unsigned long long)http->m3u->request_credentials, http->m3u->complete);
    }
    if (http->api != NULL) {
        buf_append_format(&talk->told, " shapes=%x whole=%d", http->api->shapes, http->api->complete);
    }
    buf_append_text(&talk->told, "\n");
}

static inline void conversation_begin(struct conversation *talk)
{
    static const struct hash_key key = {{1, 2}};
    memset(talk, 0, sizeof *talk);
    option_set_defaults(&app_options, &talk->settings);
    talk->inspector = inspector_create(&talk->settings, &key, talk->counters, conversation_take, talk);
    inspector_read_hellos(talk->inspector, TLS_FOR_FINGERPRINTS);
    talk->told = buf_make(SIZE_MAX);
    talk->brief = buf_make(SIZE_MAX);
    talk->unread = buf_make(SIZE_MAX);
    flow_attach(&talk->flow, &talk->kept);
    talk->flow.syn_seen = true;
    talk->flow.shard = 7;
    talk->flow.client = CLIENT;
    talk->flow.orientation = ORIENTATION_HANDSHAKE;
    talk->now_us = 1000 * TIME_SECOND;
}

static inline size_t conversation_random(struct conversation *talk, size_t bound)
{
    talk->random = talk->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(talk->random >> 33) % bound;
}

static inline void conversation_heed(struct conversation *talk, unsigned side, enum inspection answer)
{
    talk->ignored[side] = talk->ignored[side] || answer != INSPECTION_MORE;
    if (answer == INSPECTION_UNKNOWN) {
        talk->unknown = true;
        assert_null(flow_inspection(&talk->flow));
    }
}

/* In every second of the random ways, what nobody will read is passed over. Returns how many bytes were. */
static inline size_t conversation_pass(struct conversation *talk, unsigned side, size_t len, unsigned feed)
{
    uint64_t skip = feed >= FEED_RANDOM && feed % 2 == 1 ? inspector_skip(&talk->flow, side) : 0;
    size_t piece = skip < len ? (size_t)skip : len;
    if (piece > 0) {
        talk->passed += piece;
        conversation_heed(talk, side,
                          inspector_pass(talk->inspector, &talk->flow, side, piece, false, talk->now_us));
    }
    return piece;
}

/* Each piece lies in memory of its own, so that ASan sees what is read beyond it or kept. */
static inline void conversation_say(struct conversation *talk, unsigned side, const void *bytes, size_t len,
                                    unsigned feed)
{
    const uint8_t *at = bytes;
    flow_count_packet(&talk->flow, side, len);
    while (len > 0 && !talk->ignored[side]) {
        size_t piece = feed == FEED_WHOLE ? len : feed == FEED_BYTES ? 1 : conversation_random(talk, len) + 1;
        uint8_t *copy = malloc(piece);
        assert_non_null(copy);
        memcpy(copy, at, piece);
        conversation_heed(
            talk, side,
            inspector_data(talk->inspector, &talk->flow, side, slice_make(copy, piece), talk->now_us));
        free(copy);
        piece += talk->ignored[side] ? 0 : conversation_pass(talk, side, len - piece, feed);
        at += piece;
        len -= piece;
    }
}

/* A whole datagram, in memory of its own. */
static inline void conversation_datagram(struct conversation *talk, unsigned side, struct slice bytes)
{
    flow_count_packet(&talk->flow, side, bytes.len);
    uint8_t *copy = malloc(bytes.len);
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.len);
    enum inspection answer =
        inspector_datagram(talk->inspector, &talk->flow, side, slice_make(copy, bytes.len), talk->now_us);
    free(copy);
    talk->ignored[side] = talk->ignored[side] || answer == INSPECTION_SKIP;
    talk->unknown = talk->unknown || answer == INSPECTION_UNKNOWN;
}

static inline void conversation_step(struct conversation *talk, const struct step *step, unsigned feed)
{
    switch (step->kind) {
    case STEP_BYTES:
        conversation_say(talk, step->side, step->bytes, step->amount, feed);
        break;
    case STEP_GAP:
        if (!talk->ignored[step->side]) {
            conversation_heed(
                talk, step->side,
                inspector_gap(talk->inspector, &talk->flow, step->side, step->amount, talk->now_us));
        }
        break;
    case STEP_END:
        if (!talk->ignored[step->side]) {
            inspector_end(talk->inspector, &talk->flow, step->side, talk->now_us);
        }
        break;
    case STEP_TICK:
        talk->now_us += (int64_t)step->amount * TIME_SECOND;
        inspector_tick(talk->inspector, talk->flow.shard, talk->now_us);
        break;
    }
}

/* Ends the flow; nothing may be left of it. */
static inline void conversation_end(struct conversation *talk)
{
    inspector_flow_end(talk->inspector, &talk->flow, talk->now_us);
    assert_null(flow_inspection(&talk->flow));
    inspector_tick(talk->inspector, talk->flow.shard, INT64_MAX); /* nobody waits any more, no list is kept */
    assert_int_equal(inspector_memory(talk->inspector, talk->flow.shard), 0);
}

static inline void conversation_free(struct conversation *talk)
{
    inspector_free(talk->inspector);
    buf_free(&talk->told);
    buf_free(&talk->brief);
    buf_free(&talk->unread);
    option_free(&app_options, &talk->settings);
}

static inline void conversation_run(struct conversation *talk, const struct step *steps, size_t count,
                                    unsigned feed)
{
    talk->random = feed;
    for (size_t i = 0; i < count; i++) {
        conversation_step(talk, &steps[i], feed);
    }
    conversation_end(talk);
}

static inline void assert_text(const struct buf *buf, const char *expected)
{
    char *text = malloc(buf->len + 1);
    assert_non_null(text);
    if (buf->len > 0) {
        memcpy(text, buf->data, buf->len);
    }
    text[buf->len] = '\0';
    assert_string_equal(text, expected);
    free(text);
}

/* Fails with what stands around the first difference. */
static inline void assert_same(const struct buf *a, const struct buf *b)
{
    enum { AROUND = 120 };
    if (slice_equal(buf_slice(a), buf_slice(b))) {
        return;
    }
    size_t at = 0;
    while (at < a->len && at < b->len && a->data[at] == b->data[at]) {
        at++;
    }
    size_t from = at < AROUND ? 0 : at - AROUND;
    struct slice one = slice_part(buf_slice(a), from, 2 * AROUND);
    struct slice other = slice_part(buf_slice(b), from, 2 * AROUND);
    print_error("--- one, at %zu\n%.*s\n", at, (int)one.len, (const char *)one.data);
    print_error("--- other\n%.*s\n", (int)other.len, (const char *)other.data);
    fail();
}

struct talk_row {
    const char *name;
    struct step steps[STEPS_MAX]; /* a step without amount that is no end ends the list */
    const char *expected;
    bool midstream;
};

static inline size_t talk_steps(const struct talk_row *row)
{
    size_t count = 0;
    while (count < STEPS_MAX && (row->steps[count].amount > 0 || row->steps[count].kind == STEP_END)) {
        count++;
    }
    return count;
}

/* Runs a row whole, byte by byte and in random pieces: what is told must be the same. */
static inline void check_talk(const struct talk_row *row)
{
    enum { SEEDS = 24 };
    struct conversation whole;
    conversation_begin(&whole);
    whole.flow.syn_seen = !row->midstream;
    conversation_run(&whole, row->steps, talk_steps(row), FEED_WHOLE);
    if (!slice_equal(buf_slice(&whole.brief), slice_text(row->expected))) {
        print_error("%s:\n", row->name);
    }
    assert_text(&whole.brief, row->expected);
    for (unsigned feed = FEED_BYTES; feed < FEED_RANDOM + SEEDS && !row->midstream; feed++) {
        struct conversation talk;
        conversation_begin(&talk);
        conversation_run(&talk, row->steps, talk_steps(row), feed);
        assert_same(&whole.told, &talk.told);
        for (size_t i = 0; i < APP_COUNTERS_COUNT; i++) {
            assert_int_equal(counter_get(whole.counters, i), counter_get(talk.counters, i));
        }
        conversation_free(&talk);
    }
    conversation_free(&whole);
}
