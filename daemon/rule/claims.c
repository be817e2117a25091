/*
 * What an answer does to the claims of its request (design, section 7). A claim is what the client's bytes
 * alone say; strangers and scanners say the same. So it stands only where the answer does not contradict it.
 */
#include "daemon/rule/rule_priv.h"

/* A body that was cut before this many bytes has not shown what it is: body_kind_detect is sure from here. */
enum { KIND_SURE_BYTES = 1024 };

enum policy {
    POLICY_KEEP,
    POLICY_DROP_ALL,
    POLICY_REDIRECT, /* kept where Location repeats what was asked */
    POLICY_KIND,     /* judged by each claim's own kinds of body */
};

/* Whether a 2xx shows no body that could be judged: HEAD, 204, empty, cut in its first bytes, or in a coding
 * that is not undone. */
static bool body_is_unseen(const struct http_transaction *http)
{
    const struct http_response *response = http->response;
    bool head = http->request != NULL && slice_equal(http->request->method, slice_text("HEAD"));
    return head || response->coded || response->status == 204 || response->kind == BODY_NONE ||
           response->kind == BODY_EMPTY || (response->cut && response->body_bytes < KIND_SURE_BYTES);
}

static bool is_success(const struct http_response *response)
{
    return response->status >= 200 && response->status < 300;
}

bool claims_answer_is_mute(const struct http_transaction *http)
{
    return http->response != NULL && is_success(http->response) && body_is_unseen(http);
}

static enum policy policy_of(const struct http_transaction *http)
{
    const struct http_response *response = http->response;
    if (response == NULL || response->status < 200) {
        return POLICY_KEEP; /* no answer, or none yet */
    }
    if (response->status >= 400) {
        return POLICY_DROP_ALL;
    }
    if (response->status >= 300) {
        return POLICY_REDIRECT;
    }
    if (body_is_unseen(http)) {
        return POLICY_KEEP;
    }
    return response->kind == BODY_HTML ? POLICY_DROP_ALL : POLICY_KIND;
}

static bool is_claim(const struct rule_match *match)
{
    return match->rule->kind == EVIDENCE_CLAIM;
}

static bool kind_contradicts(const struct rule_match *match, enum body_kind kind)
{
    return (rule_body_of(match->rule)->answer_kinds & UINT32_C(1) << kind) == 0;
}

/* A redirect repeats what was asked: by the path, or by a form that a rule over Location knows. */
static bool redirect_repeats(const struct http_transaction *http, const struct rule_match *matches,
                             size_t count)
{
    bool repeats = http->location_repeats;
    for (size_t i = 0; i < count; i++) {
        repeats = repeats || (!is_claim(&matches[i]) && rule_body_of(matches[i].rule)->reads_location);
    }
    return repeats;
}

/* Client headers go with the last claim that rests on more than them. */
static bool headers_go(const struct rule_match *matches, size_t count, enum body_kind kind)
{
    bool dropped = false;
    bool kept = false;
    for (size_t i = 0; i < count; i++) {
        if (is_claim(&matches[i]) && !matches[i].rule->client_header) {
            dropped = dropped || kind_contradicts(&matches[i], kind);
            kept = kept || !kind_contradicts(&matches[i], kind);
        }
    }
    return dropped && !kept;
}

static bool claim_is_dropped(const struct rule_match *match, enum policy policy, enum body_kind kind,
                             bool without_headers)
{
    return policy == POLICY_DROP_ALL || kind_contradicts(match, kind) ||
           (without_headers && match->rule->client_header);
}

size_t claims_filter(const struct http_transaction *http, struct rule_match *matches, size_t count)
{
    enum policy policy = policy_of(http);
    if (policy == POLICY_REDIRECT) {
        policy = redirect_repeats(http, matches, count) ? POLICY_KEEP : POLICY_DROP_ALL;
    }
    if (policy == POLICY_KEEP) {
        return count;
    }
    enum body_kind kind = http->response->kind;
    bool without_headers = headers_go(matches, count, kind);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool dropped = is_claim(&matches[i]) && claim_is_dropped(&matches[i], policy, kind, without_headers);
        if (!dropped) {
            matches[kept++] = matches[i];
        }
    }
    return kept;
}
