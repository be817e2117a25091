/*
 * Card sharing where the server speaks first: CCcam greets with 16 bytes, newcamd with 14, then the server
 * waits. Which of the two it is shows with the client's first byte. Both only watch: until they know, and
 * behind a mistake, the flow is nobody's.
 */
#include <stdlib.h>

#include "daemon/app/app_priv.h"
#include "daemon/app/cccam_priv.h"
#include "daemon/app/newcamd_priv.h"
#include "flow/flow_table.h"

enum greeting_kind { GREETING_OPEN, GREETING_CCCAM, GREETING_NEWCAMD, GREETING_NEITHER };

struct greeting_flow {
    struct inspector *inspector;
    struct flow *flow;
    enum greeting_kind kind;
    uint8_t bytes[CCCAM_GREETING_BYTES];
    uint8_t len;
    uint8_t server; /* the side that speaks first */
    union {
        struct cccam cccam;
        struct newcamd newcamd;
    };
};

/* Nobody knows who opened a flow whose handshake was not seen; then only a whole greeting is taken for one.
 */
static enum probe probe_server(const struct opening *opening)
{
    const struct flow *flow = opening->flow;
    bool client = flow->orientation == ORIENTATION_HANDSHAKE && flow->client == opening->side;
    uint64_t delivered = opening->delivered[opening->side];
    bool second = flow->sides[opening->side ^ 1].bytes > 0;
    if (client || second || delivered > CCCAM_GREETING_BYTES) {
        return PROBE_NO;
    }
    if (delivered == CCCAM_GREETING_BYTES && opening->first.len == CCCAM_GREETING_BYTES) {
        return cccam_greeting_marked(opening->first.data) ? PROBE_YES : PROBE_NO;
    }
    return flow->syn_seen ? PROBE_MORE : PROBE_NO;
}

static enum probe probe_client(const struct opening *opening)
{
    struct slice first = opening->first;
    bool greeted = opening->delivered[opening->side ^ 1] == NEWCAMD_GREETING_BYTES &&
                   opening->other.len == NEWCAMD_GREETING_BYTES;
    if (!greeted) {
        return PROBE_NO;
    }
    if (first.len < 2) {
        return PROBE_MORE;
    }
    return newcamd_length_fits((unsigned)(first.data[0] << 8 | first.data[1])) ? PROBE_YES : PROBE_NO;
}

static enum probe greeting_probe(const struct opening *opening)
{
    return opening->delivered[opening->side ^ 1] == 0 ? probe_server(opening) : probe_client(opening);
}

static void *greeting_create(struct inspector *inspector, struct flow *flow)
{
    struct greeting_flow *greeting = calloc(1, sizeof *greeting);
    if (greeting == NULL) {
        abort();
    }
    greeting->inspector = inspector;
    greeting->flow = flow;
    return greeting;
}

static bool is_over(const struct greeting_flow *greeting)
{
    return greeting->kind == GREETING_NEITHER || (greeting->kind == GREETING_CCCAM && greeting->cccam.over) ||
           (greeting->kind == GREETING_NEWCAMD && greeting->newcamd.over);
}

static enum inspection greeting_answer(const struct greeting_flow *greeting)
{
    bool known = greeting->flow->protocol != APP_PROTOCOL_UNKNOWN;
    return !is_over(greeting) ? INSPECTION_MORE : known ? INSPECTION_SKIP : INSPECTION_UNKNOWN;
}

static void begin(struct greeting_flow *greeting)
{
    if (greeting->len == CCCAM_GREETING_BYTES) {
        greeting->kind = GREETING_CCCAM;
        cccam_begin(&greeting->cccam, greeting->bytes);
    } else if (greeting->len == NEWCAMD_GREETING_BYTES) {
        greeting->kind = GREETING_NEWCAMD;
    } else {
        greeting->kind = GREETING_NEITHER;
    }
}

/* More of the greeting, or, from the other side, the end of it. */
static void take_greeting(struct greeting_flow *greeting, unsigned side, struct slice bytes)
{
    if (greeting->len == 0) {
        greeting->server = (uint8_t)side;
    }
    if (side != greeting->server) {
        begin(greeting);
    } else if (bytes.len > sizeof greeting->bytes - greeting->len) {
        greeting->kind = GREETING_NEITHER;
    } else {
        memcpy(greeting->bytes + greeting->len, bytes.data, bytes.len);
        greeting->len = (uint8_t)(greeting->len + bytes.len);
    }
}

static void tell_signs(const struct greeting_flow *greeting, uint64_t signs, int64_t time_us)
{
    if (signs == 0) {
        return;
    }
    flow_set_client(greeting->flow, greeting->server ^ 1U, ORIENTATION_PAYLOAD);
    greeting->flow->protocol = greeting->kind == GREETING_CCCAM ? APP_PROTOCOL_CCCAM : APP_PROTOCOL_NEWCAMD;
    const struct app_sign sign = {.signs = signs};
    inspector_tell_sign(greeting->inspector, greeting->flow, &sign, time_us);
}

static enum inspection greeting_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct greeting_flow *greeting = state;
    if (greeting->kind == GREETING_OPEN) {
        take_greeting(greeting, side, bytes);
    }
    bool from_client = side != greeting->server;
    uint64_t signs = 0;
    if (greeting->kind == GREETING_CCCAM) {
        signs = cccam_take(&greeting->cccam, from_client, bytes, time_us);
    } else if (greeting->kind == GREETING_NEWCAMD) {
        signs = newcamd_take(&greeting->newcamd, from_client, bytes, time_us);
    }
    tell_signs(greeting, signs, time_us);
    return greeting_answer(greeting);
}

/* Of a stream cipher a part may be missing, of frames not. */
static enum inspection greeting_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    (void)missing;
    (void)time_us;
    struct greeting_flow *greeting = state;
    if (greeting->kind == GREETING_CCCAM) {
        cccam_gap(&greeting->cccam, side != greeting->server);
    } else {
        greeting->kind = GREETING_NEITHER;
    }
    return greeting_answer(greeting);
}

static void greeting_end(void *state, unsigned side, int64_t time_us)
{
    (void)state;
    (void)side;
    (void)time_us;
}

static void greeting_finish(void *state, int64_t time_us)
{
    (void)time_us;
    free(state);
}

static size_t greeting_memory(const void *state)
{
    (void)state;
    return sizeof(struct greeting_flow);
}

const struct app_proto greeting_proto = {
    .probe_opening = greeting_probe,
    .watches = true,
    .create = greeting_create,
    .data = greeting_data,
    .gap = greeting_gap,
    .end = greeting_end,
    .finish = greeting_finish,
    .drop = free,
    .memory = greeting_memory,
};
