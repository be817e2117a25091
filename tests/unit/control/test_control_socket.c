/* control/control_socket: commands and answers, who has to wait, what is bounded, and the place of the
 * socket. */
#include "control/control_socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/attr.h"
#include "control/control.h"

#define STATUS "{\"ok\":true,\"rules\":3}"

struct world {
    struct event_base *base;
    struct control_socket *socket;
    struct counter_cell cells[CONTROL_COUNTERS_COUNT];
    char path[80];
    uint64_t number; /* of the reload that is asked for */
    unsigned asked;
};

static char *tell_status(void *context)
{
    (void)context;
    return strdup(STATUS);
}

static uint64_t ask_reload(void *context)
{
    struct world *world = context;
    world->asked++;
    return world->number;
}

static bool start(struct world *world, const char *path, struct failure *failure)
{
    const struct control_handlers handlers = {.context = world, .status = tell_status, .reload = ask_reload};
    world->socket = control_socket_start(world->base, path, &handlers, world->cells, failure);
    return world->socket != NULL;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct failure failure = {0};
    signal(SIGPIPE, SIG_IGN);
    world->base = event_base_new();
    world->number = 1;
    snprintf(world->path, sizeof world->path, "/tmp/vigie-control-%d", (int)getpid());
    assert_true(start(world, world->path, &failure));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    control_socket_stop(world->socket);
    assert_int_equal(access(world->path, F_OK), -1);
    event_base_free(world->base);
    free(world);
    return 0;
}

static int join(const struct world *world)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, world->path, strlen(world->path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void turn(struct world *world)
{
    for (int i = 0; i < 20; i++) {
        event_base_loop(world->base, EVLOOP_NONBLOCK);
    }
}

static void say(struct world *world, int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    turn(world);
}

/* All that came; "" where nothing did, NULL at the end. */
static const char *hear(int fd)
{
    static char bytes[4096];
    ssize_t len = recv(fd, bytes, sizeof bytes - 1, 0);
    if (len == 0) {
        return NULL;
    }
    assert_true(len > 0 || errno == EAGAIN);
    bytes[len > 0 ? len : 0] = '\0';
    return bytes;
}

static void lines_are_commands(void **state)
{
    static const struct {
        const char *line;
        bool good;
        enum control_command command;
    } rows[] = {
        {"reload", true, CONTROL_COMMAND_RELOAD},    {"status", true, CONTROL_COMMAND_STATUS},
        {" status\r", true, CONTROL_COMMAND_STATUS}, {"\treload  ", true, CONTROL_COMMAND_RELOAD},
        {"", false, CONTROL_COMMAND_COUNT},          {" ", false, CONTROL_COMMAND_COUNT},
        {"statu", false, CONTROL_COMMAND_COUNT},     {"statuss", false, CONTROL_COMMAND_COUNT},
        {"Status", false, CONTROL_COMMAND_COUNT},    {"status reload", false, CONTROL_COMMAND_COUNT},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        enum control_command command = CONTROL_COMMAND_COUNT;
        assert_int_equal(control_command_parse(slice_text(rows[i].line), &command), rows[i].good);
        assert_int_equal(command, rows[i].command);
    }
    enum control_command command = CONTROL_COMMAND_COUNT;
    assert_false(control_command_parse(slice_make("status\0", 7), &command));
}

static void a_status_is_told(void **state)
{
    struct world *world = *state;
    int fd = join(world);
    say(world, fd, "sta");
    assert_string_equal(hear(fd), "");
    say(world, fd, "tus\n");
    assert_string_equal(hear(fd), STATUS "\n");
    say(world, fd, "nonsense\nstatus\n");
    const char *heard = hear(fd);
    assert_non_null(strstr(heard, "\"ok\":false"));
    assert_non_null(strstr(heard, "\n" STATUS "\n"));
    assert_int_equal(counter_get(world->cells, CONTROL_COMMANDS_TAKEN), 2);
    assert_int_equal(counter_get(world->cells, CONTROL_COMMANDS_REFUSED), 1);
    close(fd);
    turn(world);
}

static void a_reload_is_waited_for(void **state)
{
    struct world *world = *state;
    int first = join(world);
    int second = join(world);
    int third = join(world);
    say(world, first, "reload\nstatus\n");
    world->number = 2;
    say(world, second, "reload\n");
    say(world, third, "status\n");
    assert_string_equal(hear(third), STATUS "\n"); /* nobody waits for others */
    assert_string_equal(hear(first), "");
    assert_int_equal(world->asked, 2);
    control_socket_tell_reload(world->socket, 1, "{\"ok\":true}");
    turn(world);
    assert_string_equal(hear(first), "{\"ok\":true}\n" STATUS "\n");
    assert_string_equal(hear(second), "");
    control_socket_tell_reload(world->socket, 2, "{\"ok\":false}");
    turn(world);
    assert_string_equal(hear(second), "{\"ok\":false}\n");
    assert_string_equal(hear(first), "");
    control_socket_tell_reload(world->socket, 3, "{}");
    turn(world);
    assert_string_equal(hear(second), "");
    say(world, second, "status\n");
    assert_string_equal(hear(second), STATUS "\n");
    close(first);
    close(second);
    close(third);
    turn(world);
}

/* As `echo status | nc -N`: the end comes before the answer. */
static void half_closed_clients_are_answered(void **state)
{
    struct world *world = *state;
    int fd = join(world);
    int waiting = join(world);
    int silent = join(world);
    assert_int_equal(send(fd, "status\n", 7, 0), 7);
    assert_int_equal(send(waiting, "reload\n", 7, 0), 7);
    shutdown(fd, SHUT_WR);
    shutdown(waiting, SHUT_WR);
    shutdown(silent, SHUT_WR);
    turn(world);
    assert_string_equal(hear(fd), STATUS "\n");
    assert_null(hear(fd));
    assert_null(hear(silent));
    assert_string_equal(hear(waiting), "");
    control_socket_tell_reload(world->socket, 1, "{}");
    turn(world);
    assert_string_equal(hear(waiting), "{}\n");
    assert_null(hear(waiting));
    close(fd);
    close(waiting);
    close(silent);
}

static void gone_clients_harm_nobody(void **state)
{
    struct world *world = *state;
    int fd = join(world);
    say(world, fd, "reload\n");
    close(fd);
    turn(world);
    control_socket_tell_reload(world->socket, 1, "{}");
    turn(world);
    fd = join(world);
    say(world, fd, "status\n");
    assert_string_equal(hear(fd), STATUS "\n");
    close(fd);
    turn(world);
}

static void lines_are_bounded(void **state)
{
    struct world *world = *state;
    char line[CONTROL_LINE_MAX + 8];
    memset(line, 'x', sizeof line);
    line[CONTROL_LINE_MAX] = '\0';
    int fd = join(world);
    say(world, fd, line);
    assert_string_equal(hear(fd), "");
    say(world, fd, "\nstatus\n");
    assert_non_null(strstr(hear(fd), STATUS "\n"));
    line[CONTROL_LINE_MAX] = 'x';
    line[CONTROL_LINE_MAX + 1] = '\0';
    say(world, fd, line);
    assert_non_null(strstr(hear(fd), "more than 128 bytes"));
    assert_null(hear(fd));
    close(fd);
}

static void clients_are_bounded(void **state)
{
    struct world *world = *state;
    int fds[CONTROL_CLIENTS_MAX + 1];
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
        fds[i] = join(world);
        turn(world);
    }
    assert_non_null(strstr(hear(fds[CONTROL_CLIENTS_MAX]), "too many"));
    assert_null(hear(fds[CONTROL_CLIENTS_MAX]));
    assert_int_equal(counter_get(world->cells, CONTROL_CLIENTS_FULL), 1);
    close(fds[0]);
    turn(world);
    close(fds[CONTROL_CLIENTS_MAX]);
    fds[0] = join(world);
    say(world, fds[0], "status\n");
    assert_string_equal(hear(fds[0]), STATUS "\n");
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        close(fds[i]);
    }
    turn(world);
}

/* One answer at a time: who does not read is not written to without end. */
static void answers_are_bounded(void **state)
{
    struct world *world = *state;
    int fd = join(world);
    size_t sent = 0;
    for (int i = 0; i < 20000; i++) {
        ssize_t len = send(fd, "status\n", 7, MSG_NOSIGNAL);
        sent += len == 7;
        if (len != 7) {
            break;
        }
        event_base_loop(world->base, EVLOOP_NONBLOCK);
    }
    turn(world);
    assert_true(counter_get(world->cells, CONTROL_COMMANDS_TAKEN) <= sent);
    assert_true(sent < 20000); /* its lines wait in its own socket */
    close(fd);
    turn(world);
}

static void its_place(void **state)
{
    struct world *world = *state;
    struct stat found;
    struct failure failure = {0};
    assert_int_equal(stat(world->path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0660);
    struct world other = {.base = world->base};
    assert_false(start(&other, world->path, &failure)); /* somebody listens */
    assert_int_equal(failure.status, EXIT_STATUS_RUNTIME);
    turn(world);
    char path[200];
    snprintf(path, sizeof path, "%s.left", world->path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd); /* as after a kill */
    assert_true(start(&other, path, &failure));
    control_socket_stop(other.socket);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(symlink(world->path, path), 0); /* what a link leads to is nobody's to replace */
    failure = (struct failure){0};
    assert_false(start(&other, path, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
    unlink(path);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    failure = (struct failure){0};
    assert_false(start(&other, path, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_CONFIG);
    unlink(path);
    memset(path, 'p', 108);
    path[108] = '\0';
    assert_false(start(&other, path, &failure));
    failure = (struct failure){0};
    assert_false(start(&other, "/tmp/vigie-no-such-folder/control", &failure));
    assert_int_equal(failure.status, EXIT_STATUS_RUNTIME);
}

/* Somebody takes the socket away, and another daemon has its own there: the first one's end leaves it. */
static void a_place_that_was_lost(void **state)
{
    struct world *world = *state;
    struct failure failure = {0};
    char path[100];
    struct world first = {.base = world->base};
    struct world second = {.base = world->base};
    snprintf(path, sizeof path, "%s.lost", world->path);
    assert_true(start(&first, path, &failure));
    assert_int_equal(unlink(path), 0);
    assert_true(start(&second, path, &failure));
    control_socket_stop(first.socket);
    assert_int_equal(access(path, F_OK), 0);
    control_socket_stop(second.socket);
    assert_int_equal(access(path, F_OK), -1);
}

/* Who may not connect does not know that nobody listens. Root may always. */
static void a_place_that_is_closed(void **state)
{
    struct world *world = *state;
    struct failure failure = {0};
    struct world other = {.base = world->base};
    assert_int_equal(chmod(world->path, 0), 0);
    assert_false(start(&other, world->path, &failure));
    assert_int_equal(failure.status, EXIT_STATUS_RUNTIME);
    assert_int_equal(access(world->path, F_OK), 0);
    turn(world);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_are_commands),
        TEST(a_status_is_told),
        TEST(a_reload_is_waited_for),
        TEST(half_closed_clients_are_answered),
        TEST(gone_clients_harm_nobody),
        TEST(lines_are_bounded),
        TEST(clients_are_bounded),
        TEST(answers_are_bounded),
        TEST(its_place),
        TEST(a_place_that_was_lost),
        TEST(a_place_that_is_closed),
    };
    return cmocka_run_group_tests_name("control/control_socket", tests, NULL, NULL);
}
