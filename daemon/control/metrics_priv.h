/* What the files of control/metrics share: the text, and the cap of HTTP connections. */
#pragma once

#include "base/buf.h"
#include "control/metrics.h"

struct bufferevent;
struct evconnlistener;

enum { METRICS_NAME_SIZE = 128 };

/* Whether a counter is a level of now instead of a total: its help ends in " now" or its name in _up. */
bool metrics_is_gauge(const struct counter_row *row);
/* vigie_<stage>_<name>, with _total where it is no gauge; returns `out`. */
const char *metrics_name(const char *stage, const struct counter_row *row, char out[METRICS_NAME_SIZE]);
/* The whole answer to a scrape. */
void metrics_append_text(struct buf *out, const struct metrics_source *sources, size_t source_count);

/*
 * The open HTTP connections. evhttp of libevent 2.1 neither limits their number nor how long one may drip
 * byte by byte; both would let anybody on the host use up the daemon's descriptors.
 */
struct metrics_connections;
struct metrics_connections *metrics_connections_create(struct event_base *base,
                                                       struct counter_cell *counters);
/* After evhttp is gone. */
void metrics_connections_free(struct metrics_connections *connections);
/* Accepting stops while all places are taken. Not owned. */
void metrics_connections_set_listener(struct metrics_connections *connections,
                                      struct evconnlistener *listener);
/* For evhttp_set_bevcb: a bufferevent for a connection that was just accepted. */
struct bufferevent *metrics_connections_add(struct event_base *base, void *connections);

enum {
    METRICS_CONNECTIONS_MAX = 32,
    METRICS_CONNECTION_SECONDS = 10, /* from its acceptance to its answer */
};
