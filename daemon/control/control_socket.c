/* The control socket: a few clients of this host, one command and one answer at a time each. */
#include "control/control_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "base/attr.h"
#include "control/control.h"

enum { PATIENCE_SECONDS = 10, BACKLOG = 8, SOCKET_MODE = 0660 };

static const char too_many[] = "{\"ok\":false,\"error\":\"too many connections; try again\"}\n";
static const char too_long[] = "{\"ok\":false,\"error\":\"a line of more than 128 bytes\"}\n";
static const char unknown[] = "{\"ok\":false,\"error\":\"unknown command; expected reload or status\"}\n";

/* A place is free where it has no stream. */
struct client {
    struct control_socket *owner;
    struct bufferevent *stream;
    uint64_t awaited; /* the reload that answers it; 0 where it awaits none */
    bool ended;       /* it sends no more: gone once it has its answer */
};

struct control_socket {
    struct control_handlers handlers;
    struct counter_cell *cells;
    struct event_base *base;
    struct evconnlistener *listener;
    struct client clients[CONTROL_CLIENTS_MAX];
    struct sockaddr_un address;
    struct stat place; /* of what stands at the address */
};

static const char *const command_names[CONTROL_COMMAND_COUNT] = {
    [CONTROL_COMMAND_RELOAD] = "reload", [CONTROL_COMMAND_STATUS] = "status"};

bool control_command_parse(struct slice line, enum control_command *out)
{
    bool carriage = slice_ends(line, slice_text("\r"));
    struct slice word = slice_trim(slice_part(line, 0, line.len - carriage));
    for (size_t i = 0; i < CONTROL_COMMAND_COUNT; i++) {
        if (slice_equal(word, slice_text(command_names[i]))) {
            *out = (enum control_command)i;
            return true;
        }
    }
    return false;
}

/* ---- clients */

static void let_go(struct client *client)
{
    bufferevent_free(client->stream);
    *client = (struct client){0};
}

static void answer(struct client *client, const char *text, size_t len)
{
    bufferevent_write(client->stream, text, len);
}

static void answer_line(struct client *client, const char *text)
{
    answer(client, text, strlen(text));
    answer(client, "\n", 1);
}

static void take_command(struct client *client, struct slice line)
{
    struct control_socket *socket = client->owner;
    enum control_command command = CONTROL_COMMAND_COUNT;
    if (!control_command_parse(line, &command)) {
        counter_add(socket->cells, CONTROL_COMMANDS_REFUSED, 1);
        answer(client, unknown, sizeof unknown - 1);
        return;
    }
    counter_add(socket->cells, CONTROL_COMMANDS_TAKEN, 1);
    switch (command) {
    case CONTROL_COMMAND_STATUS: {
        char *text = socket->handlers.status(socket->handlers.context);
        answer_line(client, text);
        free(text);
        return;
    }
    case CONTROL_COMMAND_RELOAD:
        bufferevent_disable(client->stream, EV_READ); /* it may wait for longer than for a line */
        client->awaited = socket->handlers.reload(socket->handlers.context);
        return;
    case CONTROL_COMMAND_COUNT:
        return;
    }
}

/* What a client sent, a line at a time: the next one when the last answer has gone. */
static void go_on(struct client *client)
{
    struct evbuffer *input = bufferevent_get_input(client->stream);
    struct evbuffer *output = bufferevent_get_output(client->stream);
    while (client->awaited == 0 && evbuffer_get_length(output) == 0) {
        size_t len = 0;
        char *line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);
        if (line == NULL) {
            break;
        }
        take_command(client, slice_make(line, len));
        free(line);
    }
    if (client->awaited != 0 || evbuffer_get_length(output) > 0) {
        return;
    }
    if (evbuffer_get_length(input) > CONTROL_LINE_MAX) {
        counter_add(client->owner->cells, CONTROL_COMMANDS_REFUSED, 1);
        bufferevent_disable(client->stream, EV_READ);
        client->ended = true;
        (void)evbuffer_drain(input, evbuffer_get_length(input));
        answer(client, too_long, sizeof too_long - 1);
    } else if (client->ended) {
        let_go(client);
    }
}

static void on_read(struct bufferevent *stream, void *context)
{
    (void)stream;
    go_on(context);
}

static void on_written(struct bufferevent *stream, void *context)
{
    (void)stream;
    go_on(context);
}

static void on_event(struct bufferevent *stream, short what, void *context)
{
    struct client *client = context;
    (void)stream;
    if ((what & BEV_EVENT_EOF) == 0) {
        let_go(client); /* an error, or its patience with us or ours with it is at an end */
        return;
    }
    client->ended = true; /* it may have sent its line and closed that half */
    go_on(client);
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
                      void *context)
{
    struct control_socket *socket = context;
    struct client *client = NULL;
    (void)listener;
    (void)address;
    (void)len;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        client = socket->clients[i].stream == NULL ? &socket->clients[i] : client;
    }
    if (client == NULL) {
        counter_add(socket->cells, CONTROL_CLIENTS_FULL, 1);
        (void)send(fd, too_many, sizeof too_many - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        close(fd);
        return;
    }
    static const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    *client = (struct client){.owner = socket,
                              .stream = bufferevent_socket_new(socket->base, fd, BEV_OPT_CLOSE_ON_FREE)};
    if (client->stream == NULL) {
        abort();
    }
    bufferevent_setcb(client->stream, on_read, on_written, on_event, client);
    bufferevent_setwatermark(client->stream, EV_READ, 0, CONTROL_LINE_MAX + 1);
    bufferevent_set_timeouts(client->stream, &patience, &patience);
    bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

void control_socket_tell_reload(struct control_socket *socket, uint64_t number, const char *text)
{
    for (size_t i = 0; socket != NULL && i < CONTROL_CLIENTS_MAX; i++) {
        struct client *client = &socket->clients[i];
        if (client->stream != NULL && client->awaited != 0 && client->awaited <= number) {
            client->awaited = 0;
            answer_line(client, text);
            bufferevent_enable(client->stream, EV_READ);
        }
    }
}

/* ---- the socket */

/* Nobody listens only where that is said: who may not connect, or has no file left for it, cannot know. */
static bool is_in_use(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool used = fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
                errno != ECONNREFUSED;
    if (fd >= 0) {
        close(fd);
    }
    return used;
}

/* Takes a socket away that a daemon left behind which did not end well. */
static bool clear_place(const struct sockaddr_un *address, struct failure *failure)
{
    const char *path = address->sun_path;
    struct stat stat;
    if (lstat(path, &stat) != 0) {
        return true; /* bind tells what else is wrong */
    }
    if (!S_ISSOCK(stat.st_mode)) {
        return failure_set(failure, EXIT_STATUS_CONFIG, "control.socket: %s is there and is no socket", path);
    }
    if (is_in_use(address)) {
        return failure_set(failure, EXIT_STATUS_RUNTIME, "control.socket: another daemon listens on %s",
                           path);
    }
    return unlink(path) == 0 ||
           failure_set(failure, EXIT_STATUS_RUNTIME, "control.socket: %s: %s", path, strerror(errno));
}

/* Nobody gets in before the mode is right: it does not listen until then. -1 fills `failure`. */
static int bind_socket(const struct sockaddr_un *address, struct failure *failure)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
        chmod(address->sun_path, SOCKET_MODE) == 0) {
        return fd;
    }
    int reason = errno;
    if (fd >= 0) {
        close(fd);
    }
    failure_set(failure, reason == EACCES ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_RUNTIME,
                "control.socket: cannot listen on %s: %s", address->sun_path, strerror(reason));
    return -1;
}

struct control_socket *control_socket_start(struct event_base *base, const char *path,
                                            const struct control_handlers *handlers,
                                            struct counter_cell *cells, struct failure *failure)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        failure_set(failure, EXIT_STATUS_CONFIG, "control.socket: %s: expected a path of at most %zu bytes",
                    path, sizeof address.sun_path - 1);
        return NULL;
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = clear_place(&address, failure) ? bind_socket(&address, failure) : -1;
    if (fd < 0) {
        return NULL;
    }
    struct control_socket *made = calloc(1, sizeof *made);
    if (made == NULL) {
        abort();
    }
    *made = (struct control_socket){.handlers = *handlers, .cells = cells, .base = base, .address = address};
    (void)lstat(path, &made->place);
    made->listener =
        evconnlistener_new(base, on_client, made, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
    if (made->listener == NULL) {
        abort();
    }
    return made;
}

/* Another's socket may stand there by now, where somebody had taken ours away. */
static void give_place_up(const struct control_socket *socket)
{
    struct stat now;
    if (lstat(socket->address.sun_path, &now) == 0 && now.st_dev == socket->place.st_dev &&
        now.st_ino == socket->place.st_ino) {
        (void)unlink(socket->address.sun_path);
    }
}

void control_socket_stop(struct control_socket *socket)
{
    if (socket == NULL) {
        return;
    }
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        if (socket->clients[i].stream != NULL) {
            let_go(&socket->clients[i]);
        }
    }
    give_place_up(socket); /* while it listens: who starts meanwhile leaves it where it is */
    evconnlistener_free(socket->listener);
    free(socket);
}
