/*
 * For fuzz targets of protocols that come through the inspector's door: one conversation goes to two
 * inspectors, to one in whole slices and to the other in pieces, and both must tell the same signs and
 * handshakes. When the flow is over nothing is held.
 *
 * The input, behind the splits' seed and a byte of flags, is steps: a byte that says what happens (side, time
 * that passes, a gap, an end) and how many bytes it takes, then those bytes.
 */
#pragma once

#include "app/app.h"
#include "base/clock.h"
#include "tests/fuzz/splitter.h"

struct feed {
    struct app_settings settings;
    struct counter_cell counters[APP_COUNTERS_COUNT];
    struct inspector *inspector;
    struct flow flow;
    struct flow_attachment kept;
    bool ignored[2];
    int64_t now_us;
    bool handshake; /* was told */
    uint64_t told;  /* a hash over all signs and the handshake */
};

static inline void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static inline void feed_mix(struct feed *feed, const void *bytes, size_t len)
{
    const struct hash_key key = {{feed->told, len}};
    feed->told = hash_bytes(&key, bytes, len);
}

static inline void feed_mix_slice(struct feed *feed, struct slice slice)
{
    feed_mix(feed, slice.len == 0 ? "" : (const char *)slice.data, slice.len);
}

static inline void feed_take_handshake(struct feed *feed, const struct tls_handshake *tls)
{
    require(tls->client != NULL || tls->server != NULL);
    require(!feed->handshake);
    feed->handshake = true;
    if (tls->client != NULL) {
        feed_mix_slice(feed, tls->client->sni);
        feed_mix_slice(feed, tls->client->alpn);
        feed_mix_slice(feed, slice_text(tls->client->ja3));
        feed_mix_slice(feed, slice_text(tls->client->ja4));
    }
    if (tls->server != NULL) {
        feed_mix_slice(feed, tls->server->alpn);
        feed_mix(feed, &tls->server->version, sizeof tls->server->version);
    }
    if (tls->certificate != NULL) {
        feed_mix_slice(feed, slice_text(tls->certificate->subject));
        feed_mix_slice(feed, slice_text(tls->certificate->sha256));
    }
    feed_mix(feed, &tls->refused, sizeof tls->refused);
}

static inline void feed_take_event(void *context, const struct app_event *event)
{
    struct feed *feed = context;
    require(event->flow == &feed->flow);
    if (event->type == APP_TLS) {
        feed_take_handshake(feed, event->tls);
        return;
    }
    if (event->type != APP_SIGN) {
        return;
    }
    require(event->sign->signs != 0 && event->sign->signs < UINT64_C(1) << SIGN_COUNT);
    feed_mix(feed, &event->sign->signs, sizeof event->sign->signs);
    feed_mix(feed, event->sign->rtmp_url.len == 0 ? "" : (const char *)event->sign->rtmp_url.data,
             event->sign->rtmp_url.len);
    feed_mix(feed, event->sign->rtsp_url.len == 0 ? "" : (const char *)event->sign->rtsp_url.data,
             event->sign->rtsp_url.len);
}

static inline void feed_begin(struct feed *feed, uint8_t flags)
{
    static const struct hash_key key = {{1, 2}};
    memset(feed, 0, sizeof *feed);
    option_set_defaults(&app_options, &feed->settings);
    if ((flags & 1) != 0) {
        feed->settings.command_bytes = 512;
        feed->settings.tls_hello_bytes = 64;
        feed->settings.tls_certificate_bytes = 256;
    }
    feed->inspector = inspector_create(&feed->settings, &key, feed->counters, feed_take_event, feed);
    inspector_read_hellos(feed->inspector, TLS_FOR_FINGERPRINTS);
    flow_attach(&feed->flow, &feed->kept);
    feed->flow.syn_seen = (flags & 2) == 0;
    feed->flow.orientation = feed->flow.syn_seen ? ORIENTATION_HANDSHAKE : ORIENTATION_GUESS;
    feed->flow.shard = 5;
    feed->now_us = 1000 * TIME_SECOND;
}

static inline void feed_heed(struct feed *feed, unsigned side, enum inspection answer)
{
    feed->ignored[side] = feed->ignored[side] || answer != INSPECTION_MORE;
    require(answer != INSPECTION_UNKNOWN || flow_inspection(&feed->flow) == NULL);
}

/* `splitter` cuts the bytes; without one they come whole. */
static inline void feed_say(struct feed *feed, unsigned side, struct slice bytes, struct splitter *splitter)
{
    flow_count_packet(&feed->flow, side, bytes.len);
    while (bytes.len > 0 && !feed->ignored[side]) {
        size_t len =
            splitter == NULL ? bytes.len : splitter_random(splitter, bytes.len < 9 ? bytes.len : 9) + 1;
        void *block;
        struct slice piece = splitter_copy(slice_part(bytes, 0, len), &block);
        feed_heed(feed, side, inspector_data(feed->inspector, &feed->flow, side, piece, feed->now_us));
        free(block);
        bytes = slice_from(bytes, len);
    }
}

enum feed_event { FEED_SAY, FEED_PAUSE, FEED_GAP, FEED_END };

static inline void feed_step(struct feed *feed, unsigned side, enum feed_event event, struct slice bytes,
                             struct splitter *splitter)
{
    if (event == FEED_SAY) {
        feed_say(feed, side, bytes, splitter);
    } else if (event == FEED_PAUSE) {
        feed->now_us += (int64_t)bytes.len * 200000;
        inspector_tick(feed->inspector, feed->flow.shard, feed->now_us);
    } else if (event == FEED_GAP && !feed->ignored[side]) {
        feed_heed(feed, side,
                  inspector_gap(feed->inspector, &feed->flow, side, bytes.len * bytes.len + 1, feed->now_us));
    } else if (event == FEED_END && !feed->ignored[side]) {
        inspector_end(feed->inspector, &feed->flow, side, feed->now_us);
        feed->ignored[side] = true;
    }
}

static inline void feed_finish(struct feed *feed)
{
    inspector_flow_end(feed->inspector, &feed->flow, feed->now_us);
    require(flow_inspection(&feed->flow) == NULL);
    require(inspector_memory(feed->inspector, feed->flow.shard) == 0);
    inspector_free(feed->inspector);
    option_free(&app_options, &feed->settings);
}

/* What stands before the input in each direction, so that the fuzzer need not find it: by step, or NULL. */
typedef void (*feed_opening_fn)(struct feed *feed, struct splitter *splitter, uint8_t flags);

static inline void feeds_run(const uint8_t *data, size_t size, feed_opening_fn opening)
{
    static struct feed whole;
    static struct feed pieces;
    struct splitter splitter = splitter_make(data, size);
    uint8_t flags = splitter.rest.len > 0 ? splitter.rest.data[0] : 0;
    struct slice rest = slice_from(splitter.rest, 1);
    feed_begin(&whole, flags);
    feed_begin(&pieces, flags);
    /* Without its beginning a flow is recognised at the front of slices, so they matter. */
    bool comparable = whole.flow.syn_seen;
    opening(&whole, NULL, flags);
    opening(&pieces, &splitter, flags);
    while (rest.len > 1) {
        unsigned side = rest.data[0] & 1;
        enum feed_event event = (enum feed_event)(rest.data[0] >> 1 & 3);
        struct slice bytes = slice_part(rest, 2, rest.data[1]);
        rest = slice_from(rest, 2 + bytes.len);
        comparable = comparable && (event != FEED_GAP || inspector_protocol(&whole.flow) != NULL);
        feed_step(&whole, side, event, bytes, NULL);
        feed_step(&pieces, side, event, bytes, &splitter);
    }
    feed_finish(&whole);
    feed_finish(&pieces);
    require(!comparable || whole.told == pieces.told);
}
