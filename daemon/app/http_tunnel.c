/*
 * Tunnels through proxies: what follows a CONNECT that was granted (RFC 9110, section 9.3.6), or a SOCKS
 * greeting (socks_proto.c). Where it is HTTP in clear, requests and answers go on as on any connection, but
 * what they are about is the server that the proxy was asked for, and never the proxy's own address. Where it
 * is TLS, its handshake is read.
 */
#include <stdlib.h>

#include "daemon/app/http_priv.h"
#include "daemon/app/tls_flow_priv.h"

static void skip_both(struct http_flow *http)
{
    http_begin_skip(http, 0);
    http_begin_skip(http, 1);
}

void http_tunnel_begin(struct http_flow *http, const struct http_tunnel *server)
{
    free(http->tunnel);
    http->tunnel = NULL;
    if (server->name[0] == '\0') {
        skip_both(http);
        return;
    }
    http->tunnel = malloc(sizeof *http->tunnel);
    if (http->tunnel == NULL) {
        abort();
    }
    *http->tunnel = *server;
    http->tunnel_opens = true;
    http_begin_head(&http->directions[0]);
    http_begin_head(&http->directions[1]);
}

bool http_tunnel_closes(struct http_flow *http)
{
    if (!http->tunnel_opens) {
        return false;
    }
    skip_both(http);
    return true;
}

bool http_tunnel_takes(struct http_flow *http, unsigned side, struct slice *input)
{
    /* Of a client that is seen alone nobody knows whether it was granted. */
    bool tunnel = http->tunnel_opens || http->tunnel_asked;
    if (!tunnel || http->directions[side].held.len > 0 || !tls_may_begin(*input)) {
        return http_tunnel_closes(http);
    }
    http->tls = tls_flow_nested(http->inspector, http->flow, true);
    skip_both(http);
    (void)http_tunnel_data(http, side, *input);
    *input = slice_make(NULL, 0);
    return true;
}

enum inspection http_tunnel_data(struct http_flow *http, unsigned side, struct slice bytes)
{
    enum inspection answer = tls_proto.data(http->tls, side, bytes, http->now_us);
    if (answer != INSPECTION_UNKNOWN) {
        return answer;
    }
    tls_proto.drop(http->tls);
    http->tls = NULL;
    return INSPECTION_SKIP;
}

void http_tunnel_name(struct http_flow *http, struct http_request *request)
{
    bool connect = slice_equal(request->method, slice_text("CONNECT"));
    http->tunnel_opens = false;
    if (http->tunnel != NULL && !connect) {
        request->host = slice_text(http->tunnel->name);
        request->host_port = http->tunnel->port;
    }
    request->proxy = request->proxy || http->tunnel != NULL || http->tunnel_asked;
    http->tunnel_asked = http->tunnel_asked || connect;
}
