/* Getters of pages: which page a request comes from, where an answer sends the client, what a page holds. */
#include "base/site.h"
#include "daemon/rule/fields_priv.h"

static const struct slice absent = {.data = NULL, .len = 0};

struct slice field_referer_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->referer_host;
}

struct slice field_origin_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->request == NULL ? absent : view->request->origin_host;
}

struct slice field_location_host(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->response == NULL ? absent : view->response->location_host;
}

bool field_cross_site(const struct rule_view *view)
{
    const struct http_request *request = view->request;
    if (request == NULL || request->host.len == 0) {
        return false;
    }
    struct slice page = request->origin_host.len > 0 ? request->origin_host : request->referer_host;
    return page.len > 0 && !site_same(request->host, page);
}
