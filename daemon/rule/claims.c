/*
 * What an answer does to the claims of its request (design, section 7). A claim is what the client's bytes
 * alone say; strangers and scanners say the same. So it stands only where the answer does not contradict it.
 */
#include "daemon/rule/rule_priv.h"
#include "daemon/rule/token_priv.h"

/* A body that was cut before this many bytes has not shown what it is: body_kind_detect is sure from here.
 * Two kinds are told by marks of their own, however little of them came; films and sound by theirs as soon as
 * more than a mark of two bytes stands there. */
enum { KIND_SURE_BYTES = 1024, MEDIA_SURE_BYTES = 64 };

static bool kind_is_sure(const struct http_response *response)
{
    return !response->cut || response->body_bytes >= KIND_SURE_BYTES || response->kind == BODY_M3U ||
           response->kind == BODY_MPEGTS ||
           (response->kind == BODY_MEDIA && response->body_bytes >= MEDIA_SURE_BYTES);
}

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
           response->kind == BODY_EMPTY || !kind_is_sure(response);
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

static struct slice skip_until(struct slice text, const char *set)
{
    size_t len = 0;
    while (len < text.len && (text.data[len] == '\0' || strchr(set, text.data[len]) == NULL)) {
        len++;
    }
    return slice_from(text, len);
}

static bool is_any_of(struct slice word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(word, slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether an object begins with a key that panels and portals answer with; their lists are arrays, or objects
 * with numbers for keys. Interfaces of another kind answer any path with an error's object. */
static bool is_panel_json(struct slice body)
{
    static const char *const keys[] = {
        "user_info", "server_info", "epg_listings", "available_channels", "categories",
        "info",      "movie_data",  "seasons",      "episodes",           "details",
        "valid",     "js",          "text",         "iptvstreams_list",
    };
    struct slice text = skip_until(body_without_notices(body), "{[");
    if (text.len == 0 || text.data[0] == '[') {
        return true;
    }
    text = skip_until(text, "\"}");
    if (text.len == 0 || text.data[0] == '}') {
        return true; /* empty, or cut before its first key */
    }
    text = slice_from(text, 1);
    struct slice key = slice_part(text, 0, slice_index(text, '"'));
    bool number = key.len > 0 && key.data[0] >= '0' && key.data[0] <= '9';
    return number || key.len == text.len || is_any_of(key, keys, ARRAY_COUNT(keys));
}

/* Whether the first element is that of a guide, of an Enigma2 list or of a box's list. */
static bool is_panel_xml(struct slice body)
{
    static const char *const roots[] = {"tv", "items", "webtvs", "NETDBS_TXT_VER_1"};
    struct slice text = skip_until(body, "<");
    while (text.len > 1 && (text.data[1] == '?' || text.data[1] == '!')) {
        text = skip_until(slice_from(text, 1), "<");
    }
    struct slice name = slice_from(text, 1);
    struct slice behind = skip_until(name, " \t\r\n>/");
    return behind.len == 0 ||
           is_any_of(slice_part(name, 0, name.len - behind.len), roots, ARRAY_COUNT(roots));
}

/* Whether the body is of the kind that panels answer with, but not of their form. */
static bool body_is_foreign(const struct http_response *response)
{
    if (response->body.len == 0) {
        return false;
    }
    return (response->kind == BODY_JSON && !is_panel_json(response->body)) ||
           (response->kind == BODY_XML && !is_panel_xml(response->body));
}

static bool is_claim(const struct rule_match *match)
{
    return match->rule->kind == EVIDENCE_CLAIM;
}

/* What the answer's body is, as far as claims are judged by it. */
struct body_look {
    enum body_kind kind;
    bool foreign;
};

static bool kind_contradicts(const struct rule_match *match, struct body_look look)
{
    const struct rule_body *body = rule_body_of(match->rule);
    bool of_panel = match->rule->family == FAMILY_XTREAM || match->rule->family == FAMILY_STALKER;
    return (body->answer_kinds & UINT32_C(1) << look.kind) == 0 ||
           (look.foreign && of_panel && body->states_answer);
}

/* A redirect repeats what was asked: by the path, or by the form of a panel's link. What other rules say of
 * it must not matter: they may stand in a file that is not loaded. */
static bool redirect_repeats(const struct http_transaction *http)
{
    return http->location_repeats || token_is_panel_link(http->response->location, http->request);
}

/* Client headers go with the last claim that rests on more than them. */
static bool headers_go(const struct rule_match *matches, size_t count, struct body_look look)
{
    bool dropped = false;
    bool kept = false;
    for (size_t i = 0; i < count; i++) {
        if (is_claim(&matches[i]) && !matches[i].rule->client_header) {
            dropped = dropped || kind_contradicts(&matches[i], look);
            kept = kept || !kind_contradicts(&matches[i], look);
        }
    }
    return dropped && !kept;
}

static bool claim_is_dropped(const struct rule_match *match, enum policy policy, struct body_look look,
                             bool without_headers)
{
    return policy == POLICY_DROP_ALL || kind_contradicts(match, look) ||
           (without_headers && match->rule->client_header);
}

size_t claims_filter(const struct http_transaction *http, struct rule_match *matches, size_t count)
{
    enum policy policy = policy_of(http);
    if (policy == POLICY_REDIRECT) {
        policy = redirect_repeats(http) ? POLICY_KEEP : POLICY_DROP_ALL;
    }
    if (policy == POLICY_KEEP) {
        return count;
    }
    struct body_look look = {.kind = http->response->kind, .foreign = body_is_foreign(http->response)};
    bool without_headers = headers_go(matches, count, look);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool dropped = is_claim(&matches[i]) && claim_is_dropped(&matches[i], policy, look, without_headers);
        if (!dropped) {
            matches[kept++] = matches[i];
        }
    }
    return kept;
}
