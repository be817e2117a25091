/* Events in, matches out: candidates by the literal databases, verified one by one in the set's order. */
#include <stdlib.h>
#include <string.h>

#include "app/title.h"
#include "base/clock.h"
#include "daemon/rule/set_priv.h"
#include "daemon/rule/value_priv.h"

struct rule_scratch {
    const struct rule_set *set;
    struct pcre_scratch library;
    struct prefilter_scratch prefilter;
    struct counter_cell *counters;
    uint32_t *stamps; /* one a rule: the last event at which it became a candidate */
    uint32_t stamp;
    uint32_t *candidates; /* indices of rules */
    size_t candidate_count;
    struct repeats *repeats;    /* borrowed; may be NULL */
    struct repeats_found found; /* of the last settled transaction */
};

struct rule_scratch *rule_scratch_create(const struct rule_set *set, struct counter_cell *counters)
{
    struct rule_scratch *scratch = calloc(1, sizeof *scratch);
    size_t count = set->count > 0 ? set->count : 1;
    if (scratch == NULL || (scratch->stamps = calloc(count, sizeof *scratch->stamps)) == NULL ||
        (scratch->candidates = calloc(count, sizeof *scratch->candidates)) == NULL) {
        abort();
    }
    scratch->set = set;
    scratch->counters = counters;
    scratch->prefilter = prefilter_scratch_make(set->prefilter, &scratch->library.library);
    return scratch;
}

void rule_scratch_free(struct rule_scratch *scratch)
{
    if (scratch == NULL) {
        return;
    }
    prefilter_scratch_free(&scratch->prefilter);
    pcre_scratch_free(&scratch->library);
    free(scratch->stamps);
    free(scratch->candidates);
    free(scratch);
}

void rule_scratch_remember(struct rule_scratch *scratch, struct repeats *repeats)
{
    scratch->repeats = repeats;
}

const struct repeats_found *rule_scratch_found(const struct rule_scratch *scratch)
{
    return &scratch->found;
}

static void add_candidate(void *context, uint32_t rule)
{
    struct rule_scratch *scratch = context;
    if (scratch->stamps[rule] != scratch->stamp) {
        scratch->stamps[rule] = scratch->stamp;
        scratch->candidates[scratch->candidate_count++] = rule;
    }
}

static int compare_indices(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* Most often there is none or one. */
static void sort_candidates(struct rule_scratch *scratch)
{
    bool sorted = true;
    for (size_t i = 1; i < scratch->candidate_count && sorted; i++) {
        sorted = scratch->candidates[i - 1] < scratch->candidates[i];
    }
    if (!sorted) {
        qsort(scratch->candidates, scratch->candidate_count, sizeof *scratch->candidates, compare_indices);
    }
}

/* Puts the rules that are always candidates, which stand in order, among those that were found, from the
 * back. None is of both kinds. */
static void merge_candidates(struct rule_scratch *scratch, const uint32_t *always, size_t count)
{
    uint32_t *all = scratch->candidates;
    size_t found = scratch->candidate_count;
    scratch->candidate_count += count;
    while (count > 0) {
        bool later = found > 0 && all[found - 1] > always[count - 1];
        all[found + count - 1] = later ? all[found - 1] : always[count - 1];
        found -= later;
        count -= !later;
    }
}

/* All rules that this event may match, in the set's order. */
static void collect_candidates(const struct rule_set *set, struct rule_scratch *scratch,
                               enum rule_stage stage, const struct rule_view *view)
{
    scratch->candidate_count = 0;
    if (++scratch->stamp == 0) {
        memset(scratch->stamps, 0, set->count * sizeof *scratch->stamps);
        scratch->stamp = 1;
    }
    prefilter_scan(set->prefilter, stage, view, &scratch->prefilter, add_candidate, scratch);
    counter_add(scratch->counters, RULE_CANDIDATES, scratch->candidate_count);
    size_t count;
    const uint32_t *always = prefilter_unconditional(set->prefilter, stage, view, &count);
    sort_candidates(scratch);
    merge_candidates(scratch, always, count);
}

static bool ports_fit(const struct rule_body *body, const struct rule_view *view, unsigned sender)
{
    if (body->source_ports.count == 0 && body->destination_ports.count == 0) {
        return true;
    }
    return view->flow != NULL && port_list_contains(&body->source_ports, view->flow->ends[sender].port) &&
           port_list_contains(&body->destination_ports, view->flow->ends[sender ^ 1].port);
}

static bool condition_holds(const struct condition *condition, const struct rule_view *view)
{
    const struct keyword *keyword = condition->keyword;
    if (keyword->flag != NULL) {
        return keyword->flag(view);
    }
    uint64_t number = 0;
    if (keyword->number != NULL) {
        return keyword->number(view, &number) && number_range_contains(&condition->range, number);
    }
    return keyword->words(view, &number) && ((number & condition->words) != 0) != condition->negated;
}

/* Conditions are cheap, so they come first, then whether the buffers are there. Where all holds, `match` gets
 * the evidence. */
static bool body_matches(const struct rule_body *body, const struct rule_view *view,
                         struct rule_scratch *scratch, struct rule_match *match)
{
    if (!flowbits_hold(body, view->flow)) {
        return false;
    }
    for (size_t i = 0; i < body->condition_count; i++) {
        if (!condition_holds(&body->conditions[i], view)) {
            return false;
        }
    }
    for (size_t i = 0; i < body->group_count; i++) {
        const struct buffer_group *group = &body->groups[i];
        if (group->buffer->buffer(view, group->side).len < group->shortest) {
            return false;
        }
    }
    struct mask_span spans[GROUP_STEPS_MAX];
    struct mask_span shown[GROUP_STEPS_MAX];
    size_t count = 0;
    size_t shown_count = 0;
    for (size_t i = 0; i < body->group_count; i++) {
        const struct buffer_group *group = &body->groups[i];
        struct slice buffer = group->buffer->buffer(view, group->side);
        bool is_shown = body->shown == i;
        enum verify_result result =
            verify_group(group, buffer, view->now, scratch->set->steps, &scratch->library,
                         is_shown ? shown : spans, is_shown ? &shown_count : &count);
        if (result == VERIFY_STEPS_OUT) {
            counter_add(scratch->counters, RULE_STEPS_OUT, 1);
        }
        if (result != VERIFY_YES) {
            return false;
        }
    }
    match->rule = &body->rule;
    value_fill(body, view, shown, shown_count, match->value);
    return true;
}

/* Panel words inside HTML or text are nothing (design, section 7), unless the rule says that it means them.
 */
static bool body_is_readable(const struct rule_body *body, const struct rule_view *view)
{
    bool prose =
        view->response != NULL && (view->response->kind == BODY_HTML || view->response->kind == BODY_TEXT);
    return !body->reads_body || body->states_body_kind || !prose;
}

/* Ports and flowbits hold for messages that were not seen, too; a rule that reads nothing of them does not.
 */
static bool message_was_seen(const struct rule_body *body, const struct rule_view *view)
{
    bool reads = body->group_count + body->condition_count > 0;
    return reads || (body->sides == SIDE_ANSWER ? view->response != NULL : view->request != NULL);
}

static bool http_rule_matches(const struct rule_body *body, const struct rule_view *view,
                              struct rule_scratch *scratch, struct rule_match *match)
{
    bool from_server = body->sides == SIDE_ANSWER;
    unsigned client = view->flow == NULL ? 0 : view->flow->client;
    return body->protocol == RULE_HTTP && message_was_seen(body, view) &&
           ports_fit(body, view, from_server ? client ^ 1 : client) && body_is_readable(body, view) &&
           body_matches(body, view, scratch, match);
}

static bool told_before(const struct http_memo *memo, uint32_t sid)
{
    for (uint32_t i = 0; i < memo->count; i++) {
        if (memo->sids[i] == sid) {
            return true;
        }
    }
    return false;
}

/* A rule over entries is told once a list; a list that has used up its memory tells no further rule. */
static bool may_tell_entry(const struct http_transaction *http, uint32_t sid)
{
    return http->memo == NULL ||
           (http->memo->count < ARRAY_COUNT(http->memo->sids) && !told_before(http->memo, sid));
}

static enum rule_stage stage_of(const struct app_event *event)
{
    switch (event->type) {
    case APP_HTTP_SETTLED:
        return STAGE_SETTLED;
    case APP_HTTP_ENDED:
        return STAGE_ENDED;
    case APP_ENTRY:
        return STAGE_ENTRY;
    case APP_TS:
        return STAGE_STREAM;
    case APP_SIGN:
        return STAGE_SIGN;
    case APP_TLS:
        return STAGE_TLS;
    case APP_QUIC:
        return STAGE_QUIC;
    case APP_DNS:
        return event->dns->asked ? STAGE_DNS : STAGE_COUNT;
    default:
        return STAGE_COUNT;
    }
}

static size_t match_http(const struct rule_set *set, struct rule_scratch *scratch, enum rule_stage stage,
                         const struct rule_view *view, struct rule_match out[RULE_MATCHES_MAX])
{
    size_t count = 0;
    bool mute = stage == STAGE_SETTLED && claims_answer_is_mute(view->http);
    for (size_t i = 0; i < scratch->candidate_count && count < RULE_MATCHES_MAX; i++) {
        const struct rule_body *body = set->bodies[scratch->candidates[i]];
        bool told = !body->noalert && !(mute && body->rule.kind == EVIDENCE_PROOF) &&
                    !(stage == STAGE_ENTRY && !may_tell_entry(view->http, body->rule.sid));
        bool asked = (told || flowbits_would_change(body, view->flow)) &&
                     !(view->http->late && body->rule.kind == EVIDENCE_CLAIM); /* asked with the request */
        if (!asked || !http_rule_matches(body, view, scratch, &out[count])) {
            continue;
        }
        flowbits_set(body, view->flow);
        if (!told) {
            continue;
        }
        count++;
        if (stage == STAGE_ENTRY && view->http->memo != NULL) {
            view->http->memo->sids[view->http->memo->count++] = body->rule.sid;
        }
    }
    return count;
}

static int compare_sids(const void *left, const void *right)
{
    uint32_t a = ((const struct rule_match *)left)->rule->sid;
    uint32_t b = ((const struct rule_match *)right)->rule->sid;
    return (a > b) - (a < b);
}

/* Rules of this stage ask what a document held (finish.c), and every such condition fails where there was
 * none.
 */
static bool is_without_document(const struct app_event *event)
{
    return event->type == APP_HTTP_ENDED && event->http->m3u == NULL && event->http->api == NULL &&
           event->http->page == NULL && event->http->memo == NULL;
}

/* What was told goes out in order of sid, whatever order flowbits asked for. */
static size_t finish_matches(const struct rule_set *set, struct rule_scratch *scratch,
                             struct rule_match *matches, size_t count)
{
    if (set->uses_flowbits && count > 1) {
        qsort(matches, count, sizeof *matches, compare_sids);
    }
    counter_add(scratch->counters, RULE_HITS, count);
    return count;
}

/* Of a handshake a rule's own side must have been seen; what the server refused was asked of nobody. */
static bool handshake_fits(const struct rule_body *body, const struct tls_handshake *tls)
{
    if (tls == NULL) {
        return true;
    }
    bool asked = tls->client != NULL && !(tls->refused && body->rule.kind == EVIDENCE_CLAIM);
    bool answered = tls->server != NULL;
    return ((body->sides & SIDE_REQUEST) == 0 || asked) && ((body->sides & SIDE_ANSWER) == 0 || answered);
}

/* Rules of these stages ask what a parser has found (finish.c), not for bytes. */
static bool found_rule_matches(const struct rule_body *body, const struct rule_view *view,
                               struct rule_scratch *scratch, struct rule_match *match)
{
    const struct flow *flow = view->flow;
    bool udp = body->protocol == RULE_UDP || body->protocol == RULE_QUIC;
    enum transport transport = udp ? TRANSPORT_UDP : TRANSPORT_TCP;
    bool from_server = view->tls != NULL ? body->sides == SIDE_ANSWER : body->to_client;
    unsigned sender = from_server ? flow->client ^ 1U : flow->client;
    bool fits = body->protocol == RULE_DNS || (body->protocol != RULE_HTTP && flow->transport == transport);
    return fits && handshake_fits(body, view->tls) && ports_fit(body, view, sender) &&
           body_matches(body, view, scratch, match);
}

/* Whose pay channel a stream says it is. */
static uint64_t count_holders(const struct rule_set *set, struct rule_scratch *scratch,
                              const struct mpegts_facts *stream)
{
    if (stream == NULL || stream->service_name[0] == '\0' || set->rights->count == 0) {
        return 0;
    }
    struct title_name name;
    uint64_t found[RIGHTS_WORDS];
    uint64_t count = 0;
    title_normalise(slice_text(stream->service_name), &name);
    if (rights_find(set->rights, &scratch->library, title_name_slice(&name), found)) {
        for (size_t i = 0; i < RIGHTS_WORDS; i++) {
            count += (uint64_t)__builtin_popcountll(found[i]);
        }
    }
    return count;
}

/* A sign, a handshake, a question, or a stream in datagrams: events without a transaction. */
static size_t match_found(const struct rule_set *set, struct rule_scratch *scratch, enum rule_stage stage,
                          const struct app_event *event, struct rule_match out[RULE_MATCHES_MAX])
{
    struct rule_view view = {.now = event->time_us / TIME_SECOND,
                             .flow = event->flow,
                             .sign = event->sign,
                             .tls = event->tls,
                             .dns = event->dns,
                             .quic = event->quic,
                             .stream = event->stream,
                             .stream_holders = count_holders(set, scratch, event->stream)};
    flowbits_settle(set, event->flow);
    collect_candidates(set, scratch, stage, &view);
    size_t count = 0;
    for (size_t i = 0; i < scratch->candidate_count && count < RULE_MATCHES_MAX; i++) {
        const struct rule_body *body = set->bodies[scratch->candidates[i]];
        if (found_rule_matches(body, &view, scratch, &out[count])) {
            flowbits_set(body, event->flow);
            count += !body->noalert;
        }
    }
    return finish_matches(set, scratch, out, count);
}

size_t rule_match_event(const struct rule_set *set, struct rule_scratch *scratch,
                        const struct app_event *event, struct rule_match out[RULE_MATCHES_MAX])
{
    enum rule_stage stage = stage_of(event);
    if (stage == STAGE_COUNT || is_without_document(event)) {
        return 0;
    }
    if (event->http == NULL) {
        return match_found(set, scratch, stage, event, out);
    }
    struct rule_view view = {
        .now = event->time_us / TIME_SECOND,
        .flow = event->flow,
        .http = event->http,
        .request = event->http->request,
        .response = event->http->response,
        .entry = stage == STAGE_ENTRY ? event->entry : NULL,
        .rights = set->rights,
        .stream = stage == STAGE_STREAM ? event->stream : NULL,
    };
    if (stage == STAGE_SETTLED) {
        repeats_take(scratch->repeats, event->flow, event->http, &scratch->found);
        view.repeats = scratch->found;
        counter_add(scratch->counters, RULE_EVALUATIONS, 1);
    }
    if (stage == STAGE_STREAM) {
        view.stream_holders = count_holders(set, scratch, event->stream);
    }
    if (stage == STAGE_ENTRY) {
        rights_take_entry(set->rights, &scratch->library, event->http->memo, event->entry);
    }
    flowbits_settle(set, event->flow);
    collect_candidates(set, scratch, stage, &view);
    size_t count = match_http(set, scratch, stage, &view, out);
    if (stage == STAGE_SETTLED) {
        size_t kept = claims_filter(event->http, out, count);
        counter_add(scratch->counters, RULE_CLAIMS_DROPPED, count - kept);
        count = kept;
    }
    return finish_matches(set, scratch, out, count);
}

static bool flow_rule_matches(const struct rule_body *body, const struct rule_view *view,
                              struct rule_scratch *scratch, struct rule_match *match)
{
    const struct flow *flow = view->flow;
    enum transport transport = body->protocol == RULE_TCP ? TRANSPORT_TCP : TRANSPORT_UDP;
    bool has_payload = view->payload.len > 0;
    if (flow->transport != transport || body->reads_payload != has_payload) {
        return false;
    }
    unsigned server = flow->client ^ 1U;
    /* Without payload nobody sent anything: the rule's own direction is meant. */
    unsigned sender = has_payload ? view->sender : body->to_client ? server : flow->client;
    if ((body->to_server && sender == server) || (body->to_client && sender != server)) {
        return false;
    }
    return ports_fit(body, view, sender) && body_matches(body, view, scratch, match);
}

size_t rule_match_flow(const struct rule_set *set, struct rule_scratch *scratch, struct flow *flow,
                       unsigned sender, struct slice payload, struct rule_match out[RULE_MATCHES_MAX])
{
    struct rule_view view = {
        .now = flow->last_us / TIME_SECOND, .flow = flow, .sender = sender, .payload = payload};
    flowbits_settle(set, flow);
    collect_candidates(set, scratch, STAGE_FLOW, &view);
    size_t count = 0;
    for (size_t i = 0; i < scratch->candidate_count && count < RULE_MATCHES_MAX; i++) {
        const struct rule_body *body = set->bodies[scratch->candidates[i]];
        if (flow_rule_matches(body, &view, scratch, &out[count])) {
            flowbits_set(body, flow);
            count += !body->noalert;
        }
    }
    return finish_matches(set, scratch, out, count);
}
