/*
 * The control socket: a Unix stream socket on which the operator's tool asks a running daemon. A command is a
 * word on a line, its answer a JSON object on a line, with `ok`; several commands may follow each other. It
 * lives on the main thread (libevent) and never waits: at most 8 clients, lines of at most 128 bytes, 10
 * seconds for a line or for taking an answer, one answer at a time.
 *
 * Whoever may open the socket may ask: its mode is 0660, its group the daemon's.
 */
#pragma once

#include <stdint.h>

#include "base/counter.h"
#include "base/failure.h"
#include "base/slice.h"

struct event_base;

enum { CONTROL_LINE_MAX = 128, CONTROL_CLIENTS_MAX = 8 };

enum control_command {
    CONTROL_COMMAND_RELOAD, /* "reload" */
    CONTROL_COMMAND_STATUS, /* "status" */
    CONTROL_COMMAND_COUNT,
};

/* A line without its end; blanks around the word and a carriage return mean nothing. False where it is no
 * command. */
bool control_command_parse(struct slice line, enum control_command *out);

struct control_handlers {
    void *context;
    /* The answer, without a newline; malloc'ed. */
    char *(*status)(void *context);
    /* Asks for a reload and returns the number of the one that will have seen all that is there now; its
     * answer comes by control_socket_tell_reload. */
    uint64_t (*reload)(void *context);
};

struct control_socket;

/* `cells` are the control stage's and borrowed, as is `path`'s file, which is removed at the stop. A socket
 * that nobody listens on any more is replaced. NULL fills `failure`. */
struct control_socket *control_socket_start(struct event_base *base, const char *path,
                                            const struct control_handlers *handlers,
                                            struct counter_cell *cells, struct failure *failure);
/* Answers all who wait for this reload or an earlier one. NULL as socket is allowed. */
void control_socket_tell_reload(struct control_socket *socket, uint64_t number, const char *answer);
void control_socket_stop(struct control_socket *socket); /* NULL is allowed */
