/* Serving the metrics: two paths over evhttp, one answer a connection. */
#include "control/metrics.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "base/address.h"
#include "base/log.h"
#include "base/text.h"
#include "control/control.h"
#include "daemon/control/metrics_priv.h"

enum {
    HEADERS_MAX = 8 * 1024,       /* of a request */
    BODY_MAX = 1024,              /* of a request; none is expected */
    ANSWER_MAX = 4 * 1024 * 1024, /* several hundred counters are 100 KiB */
    IDLE_SECONDS = 5,             /* without a byte */
    BACKLOG = 16,
};

struct metrics {
    struct evhttp *http;
    struct evconnlistener *listener; /* owned by `http` */
    struct metrics_connections *connections;
    struct metrics_source *sources; /* the caller's, and one for `cells` */
    size_t source_count;
    struct counter_cell *cells;
    const struct counter_cell *cells_list[1];
};

/* With `body` NULL the answer has none. */
static void answer(struct evhttp_request *request, int status, const char *reason, const char *type,
                   const struct buf *body)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    evhttp_add_header(headers, "Connection", "close");
    evhttp_add_header(headers, "Cache-Control", "no-store");
    struct evbuffer *out = evbuffer_new();
    if (out == NULL) {
        abort();
    }
    if (body != NULL) {
        evhttp_add_header(headers, "Content-Type", type);
        evbuffer_add(out, body->data, body->len);
    }
    evhttp_send_reply(request, status, reason, out);
    evbuffer_free(out);
}

static bool is_get(struct metrics *metrics, struct evhttp_request *request)
{
    if (evhttp_request_get_command(request) == EVHTTP_REQ_GET) {
        return true;
    }
    counter_add(metrics->cells, CONTROL_HTTP_REFUSED, 1);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET");
    answer(request, HTTP_BADMETHOD, "Method Not Allowed", NULL, NULL);
    return false;
}

static void serve_metrics(struct evhttp_request *request, void *context)
{
    struct metrics *metrics = context;
    if (!is_get(metrics, request)) {
        return;
    }
    counter_add(metrics->cells, CONTROL_SCRAPES, 1);
    struct buf text = buf_make(ANSWER_MAX);
    metrics_append_text(&text, metrics->sources, metrics->source_count);
    answer(request, HTTP_OK, "OK", "text/plain; version=0.0.4; charset=utf-8", &text);
    buf_free(&text);
}

/* That the main loop turns is all that this says; Redis and drops are in the metrics. */
static void serve_health(struct evhttp_request *request, void *context)
{
    struct metrics *metrics = context;
    if (!is_get(metrics, request)) {
        return;
    }
    struct buf text = buf_make(sizeof "ok\n");
    buf_append_text(&text, "ok\n");
    answer(request, HTTP_OK, "OK", "text/plain; charset=utf-8", &text);
    buf_free(&text);
}

static void serve_nothing(struct evhttp_request *request, void *context)
{
    struct metrics *metrics = context;
    counter_add(metrics->cells, CONTROL_HTTP_REFUSED, 1);
    answer(request, HTTP_NOTFOUND, "Not Found", NULL, NULL);
}

/* "192.0.2.1:80" or "[2001:db8::1]:80". */
static bool parse_listen(const char *listen, struct address *address, uint16_t *port)
{
    struct slice text = slice_text(listen);
    const uint8_t *colon = text.len == 0 ? NULL : memrchr(text.data, ':', text.len);
    if (colon == NULL) {
        return false;
    }
    struct slice host = slice_part(text, 0, (size_t)(colon - text.data));
    uint64_t number;
    if (!text_parse_u64(slice_from(text, host.len + 1), &number) || number > UINT16_MAX) {
        return false;
    }
    bool brackets = slice_starts(host, slice_text("[")) && slice_ends(host, slice_text("]"));
    if (brackets) {
        host = slice_part(host, 1, host.len - 2);
    }
    if (brackets != (slice_index(host, ':') != SIZE_MAX)) {
        return false;
    }
    *port = (uint16_t)number;
    return address_parse_slice(host, address);
}

static socklen_t make_socket_address(const struct address *address, uint16_t port,
                                     struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (address_is_v4(address)) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        memcpy(&v4->sin_addr, address->bytes + 12, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    memcpy(&v6->sin6_addr, address->bytes, sizeof address->bytes);
    return sizeof *v6;
}

static struct evconnlistener *bind_listener(struct event_base *base, const char *listen,
                                            struct failure *failure)
{
    struct address address;
    uint16_t port;
    if (!parse_listen(listen, &address, &port)) {
        failure_set(failure, EXIT_STATUS_CONFIG,
                    "metrics.listen: expected ADDRESS:PORT, such as 127.0.0.1:9142 or [::1]:9142");
        return NULL;
    }
    struct sockaddr_storage socket_address;
    socklen_t len = make_socket_address(&address, port, &socket_address);
    struct evconnlistener *listener = evconnlistener_new_bind(
        base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
        (const struct sockaddr *)&socket_address, (int)len);
    if (listener == NULL) {
        int reason = errno;
        enum exit_status status = reason == EACCES          ? EXIT_STATUS_NO_PERMISSION
                                  : reason == EADDRNOTAVAIL ? EXIT_STATUS_CONFIG
                                                            : EXIT_STATUS_RUNTIME;
        failure_set(failure, status, "metrics.listen: cannot listen on %s: %s", listen, strerror(reason));
        return NULL;
    }
    if (address_classify(&address) != ADDRESS_LOOPBACK) {
        log_warning("metrics.listen is %s, which is not loopback: whoever reaches it reads the metrics",
                    listen);
    }
    return listener;
}

static void *copy_items(const void *items, size_t count, size_t room, size_t size)
{
    void *copy = calloc(room, size);
    if (copy == NULL) {
        abort();
    }
    if (count > 0) {
        memcpy(copy, items, count * size);
    }
    return copy;
}

static void set_up_http(struct metrics *metrics, struct event_base *base, struct evconnlistener *listener)
{
    metrics->http = evhttp_new(base);
    if (metrics->http == NULL) {
        abort();
    }
    evhttp_set_max_headers_size(metrics->http, HEADERS_MAX);
    evhttp_set_max_body_size(metrics->http, BODY_MAX);
    evhttp_set_timeout(metrics->http, IDLE_SECONDS);
    /* All of them reach us, so that the answer to the wrong one says which is right (RFC 9110, 15.5.6). */
    evhttp_set_allowed_methods(metrics->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                                  EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
                                                  EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
    evhttp_set_cb(metrics->http, "/metrics", serve_metrics, metrics);
    evhttp_set_cb(metrics->http, "/healthz", serve_health, metrics);
    evhttp_set_gencb(metrics->http, serve_nothing, metrics);
    metrics->connections = metrics_connections_create(base, metrics->cells);
    metrics_connections_set_listener(metrics->connections, listener);
    evhttp_set_bevcb(metrics->http, metrics_connections_add, metrics->connections);
    if (evhttp_bind_listener(metrics->http, listener) == NULL) {
        abort();
    }
    metrics->listener = listener;
}

struct metrics *metrics_start(struct event_base *base, const char *listen,
                              const struct metrics_source *sources, size_t source_count,
                              struct counter_cell *cells, struct failure *failure)
{
    struct evconnlistener *listener = bind_listener(base, listen, failure);
    if (listener == NULL) {
        return NULL;
    }
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL) {
        abort();
    }
    metrics->sources = copy_items(sources, source_count, source_count + 1, sizeof *sources);
    metrics->cells = cells;
    metrics->cells_list[0] = cells;
    metrics->sources[source_count] = (struct metrics_source){&control_counters, metrics->cells_list, 1};
    metrics->source_count = source_count + 1;
    set_up_http(metrics, base, listener);
    return metrics;
}

uint16_t metrics_port(const struct metrics *metrics)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getsockname(evconnlistener_get_fd(metrics->listener), (struct sockaddr *)&address, &len) != 0) {
        return 0;
    }
    /* The port stands at the same place in both families. */
    return ntohs(((const struct sockaddr_in *)&address)->sin_port);
}

void metrics_stop(struct metrics *metrics)
{
    if (metrics == NULL) {
        return;
    }
    evhttp_free(metrics->http);
    metrics_connections_free(metrics->connections);
    free(metrics->sources);
    free(metrics);
}
