/* Getters: what a keyword reads from an event. A half that was not seen gives nothing. */
#include "daemon/rule/fields_priv.h"

#include "app/redact.h"

static const struct slice absent = {.data = NULL, .len = 0};

struct slice field_method(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->method;
}

struct slice field_uri(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->uri;
}

struct slice field_uri_raw(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->uri_raw;
}

struct slice field_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->host;
}

struct slice field_user_agent(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->user_agent;
}

struct slice field_referer(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->referer;
}

struct slice field_cookie(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->cookie;
}

struct slice field_header(const struct rule_view *view, enum rule_side side)
{
    if (side == SIDE_REQUEST) {
        return view->request == NULL ? absent : view->request->headers;
    }
    return view->response == NULL ? absent : view->response->headers;
}

struct slice field_request_body(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->body;
}

struct slice field_stat_code(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->response == NULL ? absent : view->response->stat_code;
}

struct slice field_location(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->response == NULL ? absent : view->response->location;
}

struct slice field_server(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->response == NULL ? absent : view->response->server;
}

struct slice field_content_type(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->response == NULL ? absent : view->response->content_type;
}

struct slice field_response_body(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->response == NULL ? absent : view->response->body;
}

/* M3U, or a box's own format, which is counted as one; a page's links and items of JSON lists are no
 * playlist. */
static bool is_in_playlist(const struct rule_view *view)
{
    return view->entry != NULL && (view->entry->source == ENTRY_M3U || view->entry->source == ENTRY_LIST);
}

struct slice field_entry_uri(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return is_in_playlist(view) ? view->entry->uri : absent;
}

struct slice field_entry_title(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return is_in_playlist(view) ? view->entry->title : absent;
}

struct slice field_entry_group(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return is_in_playlist(view) ? view->entry->group : absent;
}

struct slice field_api_title(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->entry == NULL || view->entry->source != ENTRY_API ? absent : view->entry->title;
}

struct slice field_payload(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->payload;
}

bool field_payload_size(const struct rule_view *view, uint64_t *number)
{
    *number = view->payload.len;
    return view->payload.len > 0;
}

bool field_ndpi(const struct rule_view *view, uint64_t *number)
{
    *number = view->flow == NULL ? 0 : view->flow->ndpi_protocol;
    return *number != 0;
}

bool field_answered(const struct rule_view *view, uint64_t *number)
{
    bool unseen = view->request != NULL && view->response == NULL && !view->http->server_bytes;
    *number = unseen ? view->http->answered_bytes : 0;
    return unseen;
}

bool field_body_kind(const struct rule_view *view, uint64_t *words)
{
    if (view->response == NULL) {
        return false;
    }
    *words = UINT64_C(1) << view->response->kind;
    return true;
}

const char *field_body_kind_name(unsigned word)
{
    return word < BODY_KIND_COUNT ? body_kind_name((enum body_kind)word) : NULL;
}

struct slice field_rtmp_url(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->sign == NULL ? absent : view->sign->rtmp_url;
}

struct slice field_rtsp_url(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->sign == NULL ? absent : view->sign->rtsp_url;
}

bool field_signs(const struct rule_view *view, uint64_t *words)
{
    *words = view->sign == NULL ? 0 : view->sign->signs;
    return view->sign != NULL;
}

const char *field_sign_name(unsigned word)
{
    return word < SIGN_COUNT ? sign_name((enum sign)word) : NULL;
}

bool field_location_repeats(const struct rule_view *view)
{
    return view->response != NULL && view->http->location_repeats;
}

/* An answer that ends only with its connection: neither a length nor chunks announce its end (RFC 9112, 6.3).
 */
bool field_endless(const struct rule_view *view)
{
    const struct http_response *response = view->response;
    return response != NULL && response->status >= 200 && response->status < 300 && !response->has_length &&
           !response->chunked;
}
