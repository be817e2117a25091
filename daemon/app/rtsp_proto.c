/*
 * RTSP in both directions of a flow: which URL a client plays, whether the server takes it, and whether what
 * comes is an MPEG transport stream. Who announces or records a stream brings it: that is no sign.
 */
#include <stdlib.h>

#include "base/attr.h"
#include "daemon/app/app_priv.h"
#include "daemon/app/rtsp_priv.h"
#include "flow/flow_table.h"

enum rtsp_play { PLAY_NONE, PLAY_ASKED, PLAY_DONE };

struct rtsp_flow {
    struct inspector *inspector;
    struct flow *flow;
    struct rtsp_direction directions[2];
    struct buf url; /* of the first DESCRIBE, SETUP or PLAY */
    enum rtsp_play play;
    uint64_t sequence; /* of the PLAY that waits */
    bool mpegts;       /* the server says so */
    bool recognised;
    bool over;
    bool cut_told;
    uint8_t speaker;
    uint32_t messages;
    int64_t now_us;
    int64_t asked_us;
};

enum { MESSAGES_MAX = 256, URL_MAX = 4096 };

static unsigned server_of(const struct rtsp_flow *rtsp)
{
    return rtsp->flow->client ^ 1U;
}

static void tell(struct rtsp_flow *rtsp, uint64_t signs)
{
    const struct app_sign found = {.signs = signs, .rtsp_url = buf_slice(&rtsp->url)};
    rtsp->play = PLAY_DONE;
    inspector_tell_sign(rtsp->inspector, rtsp->flow, &found, rtsp->now_us);
}

static void release(struct rtsp_flow *rtsp)
{
    if (rtsp->play == PLAY_ASKED) {
        tell(rtsp, UINT64_C(1) << SIGN_RTSP_PLAY);
    }
}

static void accept(struct rtsp_flow *rtsp)
{
    tell(rtsp, UINT64_C(1) << SIGN_RTSP_ACCEPTED | (uint64_t)rtsp->mpegts << SIGN_RTSP_MPEGTS);
    rtsp->over = true;
}

static bool is_word(struct slice text, const char *word)
{
    return slice_equal(text, slice_text(word));
}

static void keep_url(struct rtsp_flow *rtsp, struct slice url)
{
    if (rtsp->url.len == 0) {
        (void)buf_append(&rtsp->url, url);
    }
}

static void take_request(struct rtsp_flow *rtsp, const struct rtsp_message *message)
{
    if (is_word(message->method, "DESCRIBE") || is_word(message->method, "SETUP")) {
        keep_url(rtsp, message->url);
    } else if (is_word(message->method, "PLAY")) {
        keep_url(rtsp, message->url);
        rtsp->sequence = message->sequence;
        rtsp->play = PLAY_ASKED;
        rtsp->asked_us = rtsp->now_us;
    } else if (is_word(message->method, "ANNOUNCE") || is_word(message->method, "RECORD")) {
        rtsp->over = true;
    }
}

static bool contains(struct slice text, const char *part)
{
    return slice_find(text, slice_text(part)) != SIZE_MAX;
}

/* In a transport (MP2T/TCP, MP2T/RTP/UDP), or by a description: payload type 33 (RFC 3551, section 6). */
static bool says_mpegts(const struct rtsp_message *message)
{
    return slice_starts(message->transport, slice_text("MP2T")) || contains(message->body, " MP2T/") ||
           contains(message->body, "RTP/AVP 33\r\n") || contains(message->body, "RTP/AVP 33\n");
}

static void take_answer(struct rtsp_flow *rtsp, const struct rtsp_message *message)
{
    bool good = message->status >= 200 && message->status < 300;
    rtsp->mpegts = rtsp->mpegts || (good && says_mpegts(message));
    if (rtsp->play != PLAY_ASKED || message->sequence != rtsp->sequence || message->status < 200) {
        return;
    }
    if (good) {
        accept(rtsp);
    } else {
        rtsp->play = PLAY_NONE; /* it may be asked for again, with a password */
    }
}

static void take_message(void *context, const struct rtsp_message *message)
{
    struct rtsp_flow *rtsp = context;
    if (!rtsp->recognised) {
        rtsp->recognised = true;
        flow_set_client(rtsp->flow, message->request ? rtsp->speaker : rtsp->speaker ^ 1U,
                        ORIENTATION_PAYLOAD);
        rtsp->flow->visibility = VISIBILITY_CLEAR;
        rtsp->flow->protocol = APP_PROTOCOL_RTSP;
        counter_add(rtsp->inspector->counters, APP_RTSP_FLOWS, 1);
    }
    if (rtsp->over) {
        return;
    }
    bool from_server = rtsp->speaker == server_of(rtsp);
    if (message->request && !from_server) {
        take_request(rtsp, message);
    } else if (!message->request && from_server) {
        take_answer(rtsp, message);
    }
    rtsp->over = rtsp->over || ++rtsp->messages >= MESSAGES_MAX;
}

static enum probe probe_word(struct slice first, const char *word)
{
    if (first.data[0] != (uint8_t)word[0]) {
        return PROBE_NO;
    }
    struct slice wanted = slice_part(slice_text(word), 0, PROBE_BYTES_MAX);
    size_t len = first.len < wanted.len ? first.len : wanted.len;
    if (memcmp(first.data, wanted.data, len) != 0) {
        return PROBE_NO;
    }
    return len == wanted.len ? PROBE_YES : PROBE_MORE;
}

static enum probe rtsp_probe(struct slice first)
{
    static const char *const words[] = {
        "OPTIONS rtsp://", "OPTIONS * RTSP/1.", "DESCRIBE rtsp://", "SETUP rtsp://",
        "PLAY rtsp://",    "ANNOUNCE rtsp://",  "RTSP/1.",
    };
    enum probe best = PROBE_NO;
    for (size_t i = 0; i < ARRAY_COUNT(words) && best != PROBE_YES; i++) {
        enum probe probe = probe_word(first, words[i]);
        best = probe == PROBE_NO ? best : probe;
    }
    return best;
}

static void *rtsp_create(struct inspector *inspector, struct flow *flow)
{
    struct rtsp_flow *rtsp = calloc(1, sizeof *rtsp);
    if (rtsp == NULL) {
        abort();
    }
    rtsp->inspector = inspector;
    rtsp->flow = flow;
    rtsp->url = buf_make(URL_MAX);
    rtsp->directions[0] = rtsp_direction_make(inspector->settings->command_bytes);
    rtsp->directions[1] = rtsp_direction_make(inspector->settings->command_bytes);
    return rtsp;
}

static enum inspection rtsp_answer(struct rtsp_flow *rtsp, unsigned side)
{
    const struct rtsp_direction *direction = &rtsp->directions[side];
    if (direction->cut && !rtsp->cut_told) {
        rtsp->cut_told = true;
        counter_add(rtsp->inspector->counters, APP_COMMAND_CAP, 1);
    }
    if (direction->phase == RTSP_LOST && !rtsp->recognised) {
        return INSPECTION_UNKNOWN;
    }
    if (direction->phase == RTSP_LOST) {
        counter_add(rtsp->inspector->counters, APP_BOUNDS_LOST, 1);
        return INSPECTION_SKIP;
    }
    return rtsp->over ? INSPECTION_SKIP : INSPECTION_MORE;
}

/* Whether the mirror shows nothing of the server's that could be read. */
static bool is_unanswerable(const struct rtsp_flow *rtsp)
{
    unsigned server = server_of(rtsp);
    return rtsp->flow->sides[server].packets == 0 || rtsp->directions[server].phase == RTSP_LOST;
}

static enum inspection rtsp_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct rtsp_flow *rtsp = state;
    rtsp->now_us = time_us;
    rtsp->speaker = (uint8_t)side;
    if (!rtsp->over) {
        rtsp_direction_take(&rtsp->directions[side], bytes, take_message, rtsp);
    }
    bool waits = rtsp->play == PLAY_ASKED;
    if (waits && side == server_of(rtsp) && rtsp->directions[side].packets) {
        accept(rtsp); /* it plays, whatever it says */
    } else if (waits && is_unanswerable(rtsp) &&
               time_us - rtsp->asked_us >= rtsp->inspector->settings->answer_timeout) {
        release(rtsp);
        rtsp->over = true;
    }
    return rtsp_answer(rtsp, side);
}

static enum inspection rtsp_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    struct rtsp_flow *rtsp = state;
    rtsp->now_us = time_us;
    rtsp_direction_gap(&rtsp->directions[side], missing);
    return rtsp_answer(rtsp, side);
}

static void rtsp_end(void *state, unsigned side, int64_t time_us)
{
    (void)state;
    (void)side;
    (void)time_us;
}

static void rtsp_drop(void *state)
{
    struct rtsp_flow *rtsp = state;
    rtsp_direction_free(&rtsp->directions[0]);
    rtsp_direction_free(&rtsp->directions[1]);
    buf_free(&rtsp->url);
    free(rtsp);
}

static void rtsp_finish(void *state, int64_t time_us)
{
    struct rtsp_flow *rtsp = state;
    rtsp->now_us = time_us;
    release(rtsp);
    rtsp_drop(rtsp);
}

static size_t rtsp_memory(const void *state)
{
    const struct rtsp_flow *rtsp = state;
    return sizeof *rtsp + rtsp->url.room + rtsp_direction_memory(&rtsp->directions[0]) +
           rtsp_direction_memory(&rtsp->directions[1]);
}

const struct app_proto rtsp_proto = {
    .probe = rtsp_probe,
    .create = rtsp_create,
    .data = rtsp_data,
    .gap = rtsp_gap,
    .end = rtsp_end,
    .finish = rtsp_finish,
    .drop = rtsp_drop,
    .memory = rtsp_memory,
};
