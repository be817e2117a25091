/*
 * The cap of the open HTTP connections and of their age.
 *
 * A place holds a reference to the connection's bufferevent, which keeps its descriptor from being given to
 * anybody else. evhttp lets go of a connection by taking its callbacks off: that is how an empty place shows.
 */
#include "daemon/control/metrics_priv.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "base/clock.h"
#include "control/control.h"

enum { READ_AHEAD_MAX = 16 * 1024 }; /* bytes that libevent reads before evhttp takes them */

struct place {
    struct bufferevent *socket; /* one reference is ours; NULL where the place is free */
    int64_t deadline_us;        /* monotonic */
};

struct metrics_connections {
    struct place places[METRICS_CONNECTIONS_MAX];
    struct event *sweep; /* each second while a place is taken */
    struct evconnlistener *listener;
    struct counter_cell *counters;
    bool full; /* the listener sleeps */
};

static bool is_over(const struct place *place)
{
    bufferevent_data_cb read = NULL;
    bufferevent_event_cb event = NULL;
    bufferevent_getcb(place->socket, &read, NULL, &event, NULL);
    return read == NULL && event == NULL;
}

static void release(struct place *place)
{
    bufferevent_decref(place->socket);
    place->socket = NULL;
}

/* Frees the places of connections that are over, ends those that are too old; returns how many are taken. */
static size_t sweep_places(struct metrics_connections *connections)
{
    size_t taken = 0;
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < METRICS_CONNECTIONS_MAX; i++) {
        struct place *place = &connections->places[i];
        if (place->socket == NULL) {
            continue;
        }
        if (is_over(place)) {
            release(place);
            continue;
        }
        taken++;
        if (now_us >= place->deadline_us) {
            /* evhttp reads the end of the stream and lets go: the next sweep frees the place. */
            shutdown(bufferevent_getfd(place->socket), SHUT_RDWR);
        }
    }
    if (connections->full && taken < METRICS_CONNECTIONS_MAX) {
        connections->full = false;
        evconnlistener_enable(connections->listener);
    }
    return taken;
}

static void on_sweep(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct metrics_connections *connections = context;
    if (sweep_places(connections) == 0) {
        event_del(connections->sweep);
    }
}

struct metrics_connections *metrics_connections_create(struct event_base *base, struct counter_cell *counters)
{
    struct metrics_connections *connections = calloc(1, sizeof *connections);
    if (connections == NULL) {
        abort();
    }
    connections->counters = counters;
    connections->sweep = event_new(base, -1, EV_PERSIST, on_sweep, connections);
    if (connections->sweep == NULL) {
        abort();
    }
    return connections;
}

void metrics_connections_free(struct metrics_connections *connections)
{
    for (size_t i = 0; i < METRICS_CONNECTIONS_MAX; i++) {
        if (connections->places[i].socket != NULL) {
            release(&connections->places[i]);
        }
    }
    event_free(connections->sweep);
    free(connections);
}

void metrics_connections_set_listener(struct metrics_connections *connections,
                                      struct evconnlistener *listener)
{
    connections->listener = listener;
}

static struct place *find_free(struct metrics_connections *connections)
{
    for (size_t i = 0; i < METRICS_CONNECTIONS_MAX; i++) {
        if (connections->places[i].socket == NULL) {
            return &connections->places[i];
        }
    }
    return NULL;
}

struct bufferevent *metrics_connections_add(struct event_base *base, void *context)
{
    struct metrics_connections *connections = context;
    struct bufferevent *socket = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (socket == NULL) {
        abort();
    }
    size_t taken = sweep_places(connections);
    struct place *place = find_free(connections);
    if (place != NULL) { /* always: the listener sleeps while there is none */
        bufferevent_incref(socket);
        bufferevent_setwatermark(socket, EV_READ, 0, READ_AHEAD_MAX);
        *place = (struct place){socket, clock_monotonic_us() + METRICS_CONNECTION_SECONDS * TIME_SECOND};
        taken++;
    }
    if (taken == METRICS_CONNECTIONS_MAX && !connections->full) {
        connections->full = true;
        counter_add(connections->counters, CONTROL_HTTP_FULL, 1);
        evconnlistener_disable(connections->listener);
    }
    static const struct timeval second = {.tv_sec = 1};
    if (!event_pending(connections->sweep, EV_TIMEOUT, NULL)) {
        event_add(connections->sweep, &second);
    }
    return socket;
}
