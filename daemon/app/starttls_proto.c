/*
 * TLS behind a conversation in lines: SMTP (RFC 3207), IMAP and POP3 (RFC 2595), FTP (RFC 4217). Nothing of
 * the conversation is kept or understood; what counts is that after whole lines a hello begins. Until then
 * the flow is nobody's.
 */
#include <stdlib.h>

#include "base/attr.h"
#include "daemon/app/tls_flow_priv.h"

enum { TALK_MAX = 4096 }; /* bytes of one side before its hello */

struct starttls_flow {
    struct inspector *inspector;
    struct flow *flow;
    struct tls_flow *tls; /* owned; NULL until a hello begins */
    struct {
        size_t talked;
        bool in_line;
    } sides[2];
};

/* Greetings of servers, and what clients of SMTP and FTP begin with where they are seen alone. */
static enum probe starttls_probe(struct slice first)
{
    static const char *const openings[] = {"220 ", "220-", "* OK ", "+OK ", "EHLO ", "AUTH TLS", "AUTH SSL"};
    enum probe probe = PROBE_NO;
    for (size_t i = 0; i < ARRAY_COUNT(openings) && probe != PROBE_YES; i++) {
        struct slice opening = slice_text(openings[i]);
        if (slice_starts_nocase(first, opening)) {
            probe = PROBE_YES;
        } else if (first.len < opening.len && slice_starts_nocase(opening, first)) {
            probe = PROBE_MORE;
        }
    }
    return probe;
}

static void *starttls_create(struct inspector *inspector, struct flow *flow)
{
    struct starttls_flow *starttls = calloc(1, sizeof *starttls);
    if (starttls == NULL) {
        abort();
    }
    starttls->inspector = inspector;
    starttls->flow = flow;
    return starttls;
}

static enum inspection begin_tls(struct starttls_flow *starttls, unsigned side, struct slice bytes,
                                 int64_t time_us)
{
    starttls->tls = tls_flow_nested(starttls->inspector, starttls->flow, false);
    return tls_proto.data(starttls->tls, side, bytes, time_us);
}

static enum inspection starttls_data(void *state, unsigned side, struct slice bytes, int64_t time_us)
{
    struct starttls_flow *starttls = state;
    while (starttls->tls == NULL && bytes.len > 0) {
        if (!starttls->sides[side].in_line && tls_may_begin(bytes)) {
            return begin_tls(starttls, side, bytes, time_us);
        }
        struct slice rest = bytes;
        struct slice line = slice_split(&rest, '\n');
        starttls->sides[side].in_line = line.len == bytes.len;
        starttls->sides[side].talked += bytes.len - rest.len;
        if (starttls->sides[side].talked > TALK_MAX) {
            return INSPECTION_UNKNOWN;
        }
        bytes = rest;
    }
    return starttls->tls == NULL ? INSPECTION_MORE : tls_proto.data(starttls->tls, side, bytes, time_us);
}

/* Where a line begins is not known any more. */
static enum inspection starttls_gap(void *state, unsigned side, uint64_t missing, int64_t time_us)
{
    struct starttls_flow *starttls = state;
    return starttls->tls == NULL ? INSPECTION_UNKNOWN : tls_proto.gap(starttls->tls, side, missing, time_us);
}

static void starttls_end(void *state, unsigned side, int64_t time_us)
{
    struct starttls_flow *starttls = state;
    if (starttls->tls != NULL) {
        tls_proto.end(starttls->tls, side, time_us);
    }
}

static void starttls_drop(void *state)
{
    struct starttls_flow *starttls = state;
    if (starttls->tls != NULL) {
        tls_proto.drop(starttls->tls);
    }
    free(starttls);
}

static void starttls_finish(void *state, int64_t time_us)
{
    struct starttls_flow *starttls = state;
    if (starttls->tls != NULL) {
        tls_proto.finish(starttls->tls, time_us);
        starttls->tls = NULL;
    }
    starttls_drop(starttls);
}

static size_t starttls_memory(const void *state)
{
    const struct starttls_flow *starttls = state;
    return sizeof *starttls + (starttls->tls == NULL ? 0 : tls_proto.memory(starttls->tls));
}

static bool starttls_is_over(const void *state)
{
    const struct starttls_flow *starttls = state;
    return starttls->tls != NULL && starttls->tls->settled;
}

const struct app_proto starttls_proto = {
    .probe = starttls_probe,
    .watches = true,
    .create = starttls_create,
    .data = starttls_data,
    .gap = starttls_gap,
    .end = starttls_end,
    .finish = starttls_finish,
    .drop = starttls_drop,
    .memory = starttls_memory,
    .is_over = starttls_is_over,
};
