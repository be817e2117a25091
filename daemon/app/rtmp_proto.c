/*
 * RTMP in both directions of a flow: which stream was asked for and whether the server plays it. The URL is
 * connect's tcUrl, a slash and the stream's name. A flow that publishes is somebody's own broadcast and never
 * a sign. When a stream plays, or is published, nothing more is read: what follows is media.
 */
#include <stdlib.h>

#include "daemon/app/app_priv.h"
#include "daemon/app/rtmp_priv.h"
#include "flow/flow_table.h"

enum rtmp_play { PLAY_NONE, PLAY_ASKED, PLAY_DONE };

struct rtmp_flow {
    struct inspector *inspector;
    struct flow *flow;
    struct rtmp_direction directions[2];
    struct buf base; /* tcUrl */
    struct buf url;  /* what was asked for */
    enum rtmp_play play;
    bool recognised; /* a command was read */
    bool over;       /* nothing more is of interest */
    bool cut_told;
    uint8_t speaker; /* the side whose bytes are taken now */
    uint32_t messages;
    int64_t now_us;
    int64_t asked_us;
};

enum { MESSAGES_MAX = 1024, TEXT_MAX = 2048 };

static bool is_word(struct slice text, const char *word)
{
    return slice_equal(text, slice_text(word));
}

static void tell(struct rtmp_flow *rtmp, enum sign sign)
{
    const struct app_sign found = {.signs = UINT64_C(1) << sign, .rtmp_url = buf_slice(&rtmp->url)};
    rtmp->play = PLAY_DONE;
    inspector_tell_sign(rtmp->inspector, rtmp->flow, &found, rtmp->now_us);
}

static unsigned server_of(const struct rtmp_flow *rtmp)
{
    return rtmp->flow->client ^ 1U;
}

/* Whether the mirror shows nothing of the server's that could be read. */
static bool is_unanswerable(const struct rtmp_flow *rtmp)
{
    unsigned server = server_of(rtmp);
    return rtmp->flow->sides[server].packets == 0 || rtmp->directions[server].phase == RTMP_LOST;
}

/* What was asked stands as a claim, where nobody accepted or refused it. */
static void release(struct rtmp_flow *rtmp)
{
    if (rtmp->play == PLAY_ASKED) {
        tell(rtmp, SIGN_RTMP_PLAY);
    }
}

static void recognise(struct rtmp_flow *rtmp, unsigned client)
{
    if (!rtmp->recognised) {
        rtmp->recognised = true;
        flow_set_client(rtmp->flow, client, ORIENTATION_PAYLOAD);
        rtmp->flow->visibility = VISIBILITY_CLEAR;
        rtmp->flow->protocol = APP_PROTOCOL_RTMP;
        counter_add(rtmp->inspector->counters, APP_RTMP_FLOWS, 1);
    }
}

static void take_connect(struct rtmp_flow *rtmp, const struct rtmp_command *command)
{
    buf_clear(&rtmp->base);
    if (command->tc_url.len > 0) {
        (void)buf_append(&rtmp->base, command->tc_url);
    } else {
        (void)buf_append_byte(&rtmp->base, '/');
        (void)buf_append(&rtmp->base, command->app);
    }
}

static void take_play(struct rtmp_flow *rtmp, const struct rtmp_command *command)
{
    release(rtmp);
    buf_clear(&rtmp->url);
    (void)buf_append(&rtmp->url, buf_slice(&rtmp->base));
    (void)buf_append_byte(&rtmp->url, '/');
    (void)buf_append(&rtmp->url, command->stream);
    rtmp->play = PLAY_ASKED;
    rtmp->asked_us = rtmp->now_us;
}

static void take_status(struct rtmp_flow *rtmp, const struct rtmp_command *command)
{
    if (rtmp->play != PLAY_ASKED) {
        return;
    }
    if (is_word(command->code, "NetStream.Play.Start")) {
        tell(rtmp, SIGN_RTMP_ACCEPTED);
        rtmp->over = true;
    } else if (slice_starts(command->code, slice_text("NetStream.Play.")) &&
               !is_word(command->code, "NetStream.Play.Reset")) {
        rtmp->play = PLAY_DONE; /* refused, not found, at its end */
    } else if (is_word(command->name, "_error")) {
        rtmp->play = PLAY_DONE;
    }
}

static bool publishes(struct slice name)
{
    return is_word(name, "publish") || is_word(name, "releaseStream") || is_word(name, "FCPublish");
}

static void take_command(struct rtmp_flow *rtmp, const struct rtmp_command *command)
{
    if (is_word(command->name, "connect")) {
        recognise(rtmp, rtmp->speaker);
        take_connect(rtmp, command);
        return;
    }
    bool answers = is_word(command->name, "_result") || is_word(command->name, "_error") ||
                   is_word(command->name, "onStatus");
    recognise(rtmp, answers ? rtmp->speaker ^ 1U : rtmp->speaker);
    if (rtmp->speaker == server_of(rtmp)) {
        take_status(rtmp, command);
    } else if (is_word(command->name, "play")) {
        take_play(rtmp, command);
    } else if (publishes(command->name)) {
        rtmp->play = PLAY_DONE;
        rtmp->over = true;
    }
}

static void take_message(void *context, const struct rtmp_message *message)
{
    struct rtmp_flow *rtmp = context;
    if (rtmp->over) {
        return;
    }
    struct rtmp_command command;
    struct slice body = slice_from(message->body, message->type == RTMP_COMMAND_AMF3);
    bool is_command = message->type == RTMP_COMMAND || message->type == RTMP_COMMAND_AMF3;
    bool media =
        message->type == RTMP_AUDIO || message->type == RTMP_VIDEO || message->type == RTMP_AGGREGATE;
    if (is_command && rtmp_command_read(body, &command)) {
        take_command(rtmp, &command);
    } else if (media && message->length > 0 && rtmp->play == PLAY_ASKED && rtmp->speaker == server_of(rtmp)) {
        tell(rtmp, SIGN_RTMP_ACCEPTED); /* it plays, whatever it says */
        rtmp->over = true;
    }
    rtmp->over = rtmp->over || ++rtmp->messages >= MESSAGES_MAX;
}

/* The time fields of 1.0 and of Flash 9 and later: nothing, or a version of the form n.0.x.n. */
static enum probe rtmp_probe(struct slice first)
{
    enum { VERSION = 3, PROBED = 9, MINOR_MAX = 15 };
    if (first.data[0] != VERSION) {
        return PROBE_NO;
    }
    if (first.len < PROBED) {
        return PROBE_MORE;
    }
    const uint8_t *version = first.data + 5;
    bool zero = (version[0] | version[1] | version[2] | version[3]) == 0;
    bool flash = version[0] != 0 && version[1] == 0 && version[3] != 0 && version[3] <= MINOR_MAX;
    return zero || flash ? PROBE_YES : PROBE_NO;
}

static void *rtmp_create(struct inspector *inspector, struct flow *flow)
{
    struct rtmp_flow *rtmp = calloc(1, sizeof *rtmp);
    if (rtmp == NULL) {
        abort();
    }
    rtmp->inspector = inspector;
    rtmp->flow = flow;
    rtmp->base = buf_make(TEXT_MAX);
    rtmp->url = buf_make(2 * TEXT_MAX);
    for (unsigned side = 0; side < 2; side++) {
        rtmp->directions[side] = rtmp_direction_make(inspector->settings->command_bytes);
    }
    return rtmp;
}

static enum inspection rtmp_answer(struct rtmp_flow *rtmp, unsigned side)
{
    const struct rtmp_direction *direction = &rtmp->directions[side];
    if (direction->cut && !rtmp->cut_told) {
        rtmp->cut_told = true;
        counter_add(rtmp->inspector->counters, APP_COMMAND_CAP, 1);
    }
    if (direction->phase == RTMP_LOST && !rtmp->recognised) {
        return INSPECTION_UNKNOWN;
    }
    if (direction->phase == RTMP_LOST) {
        counter_add(rtmp->inspector->counters, APP_BOUNDS_LOST, 1);
        return INSPECTION_SKIP;
    }
    return rtmp->over ? INSPECTION_SKIP : INSPECTION_MORE;
}

static enum inspection rtmp_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct rtmp_flow *rtmp = state;
    rtmp->now_us = time_us;
    rtmp->speaker = (uint8_t)side;
    if (!rtmp->over) {
        rtmp_direction_take(&rtmp->directions[side], bytes, take_message, rtmp);
    }
    bool waited =
        rtmp->play == PLAY_ASKED && time_us - rtmp->asked_us >= rtmp->inspector->settings->answer_timeout;
    if (waited && is_unanswerable(rtmp)) {
        release(rtmp);
        rtmp->over = true;
    }
    return rtmp_answer(rtmp, side);
}

static enum inspection rtmp_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    struct rtmp_flow *rtmp = state;
    rtmp->now_us = time_us;
    rtmp_direction_gap(&rtmp->directions[side], missing);
    return rtmp_answer(rtmp, side);
}

static void rtmp_end(void *state, unsigned side, int64_t time_us)
{
    (void)state;
    (void)side;
    (void)time_us;
}

static void rtmp_drop(void *state)
{
    struct rtmp_flow *rtmp = state;
    rtmp_direction_free(&rtmp->directions[0]);
    rtmp_direction_free(&rtmp->directions[1]);
    buf_free(&rtmp->base);
    buf_free(&rtmp->url);
    free(rtmp);
}

static void rtmp_finish(void *state, int64_t time_us)
{
    struct rtmp_flow *rtmp = state;
    rtmp->now_us = time_us;
    release(rtmp);
    rtmp_drop(rtmp);
}

static size_t rtmp_memory(const void *state)
{
    const struct rtmp_flow *rtmp = state;
    return sizeof *rtmp + rtmp->base.room + rtmp->url.room + rtmp_direction_memory(&rtmp->directions[0]) +
           rtmp_direction_memory(&rtmp->directions[1]);
}

const struct app_proto rtmp_proto = {
    .probe = rtmp_probe,
    .create = rtmp_create,
    .data = rtmp_data,
    .gap = rtmp_gap,
    .end = rtmp_end,
    .finish = rtmp_finish,
    .drop = rtmp_drop,
    .memory = rtmp_memory,
};
