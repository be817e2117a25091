/* control/notify: what systemd's socket hears, by path and by abstract name, and the watchdog's time. */
#include "control/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/slice.h"

struct listener {
    int fd;
    char path[80]; /* "@..." where the name is abstract */
};

static void listen_on(struct listener *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(listener->path);
    memcpy(address.sun_path, listener->path, len);
    if (listener->path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    listener->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener->fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    setenv("NOTIFY_SOCKET", listener->path, 1);
}

static int set_up(void **state)
{
    struct listener *listener = calloc(1, sizeof *listener);
    snprintf(listener->path, sizeof listener->path, "/tmp/vigie-notify-%d", (int)getpid());
    listen_on(listener);
    *state = listener;
    return 0;
}

static int tear_down(void **state)
{
    struct listener *listener = *state;
    close(listener->fd);
    unlink(listener->path);
    free(listener);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return 0;
}

static void assert_heard(const struct listener *listener, const char *wanted)
{
    char text[1024];
    ssize_t got = recv(listener->fd, text, sizeof text - 1, 0);
    assert_true(got >= 0);
    text[got] = '\0';
    assert_string_equal(text, wanted);
}

static void states_are_told(void **state)
{
    const struct listener *listener = *state;
    notify_ready();
    assert_heard(listener, "READY=1");
    notify_stopping();
    assert_heard(listener, "STOPPING=1");
    notify_watchdog();
    assert_heard(listener, "WATCHDOG=1");
    notify_status("%d packets, %s", 12, "all well");
    assert_heard(listener, "STATUS=12 packets, all well");
    notify_reloading();
    char text[256] = "";
    assert_true(recv(listener->fd, text, sizeof text - 1, 0) > 0);
    long long time_us;
    assert_int_equal(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%lld", &time_us), 1);
    assert_true(time_us > 0);
}

static void a_status_is_one_clean_line(void **state)
{
    const struct listener *listener = *state;
    notify_status("a\nREADY=1");
    assert_heard(listener, "STATUS=a\xef\xbf\xbdREADY=1");
    char large[1000];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    notify_status("%s", large);
    char text[1024];
    ssize_t got = recv(listener->fd, text, sizeof text, 0);
    assert_in_range(got, 200, 300);
}

static void abstract_names_are_reached(void **state)
{
    (void)state;
    struct listener abstract;
    snprintf(abstract.path, sizeof abstract.path, "@vigie-notify-%d", (int)getpid());
    listen_on(&abstract);
    notify_ready();
    assert_heard(&abstract, "READY=1");
    close(abstract.fd);
}

static void without_systemd_nothing_happens(void **state)
{
    const struct listener *listener = *state;
    static const char *const others[] = {"", "/", "@", "relative", "/nonexistent/socket"};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        setenv("NOTIFY_SOCKET", others[i], 1);
        notify_ready();
        notify_status("x");
    }
    char large[300];
    memset(large, '/', sizeof large);
    large[sizeof large - 1] = '\0';
    setenv("NOTIFY_SOCKET", large, 1);
    notify_ready();
    unsetenv("NOTIFY_SOCKET");
    notify_ready();
    char byte;
    assert_int_equal(recv(listener->fd, &byte, 1, 0), -1);
}

static void the_watchdog_is_half_of_its_time(void **state)
{
    (void)state;
    char pid[32];
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(notify_watchdog_interval(), 0);
    setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(notify_watchdog_interval(), 15000000);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(notify_watchdog_interval(), 15000000);
    snprintf(pid, sizeof pid, "%d", (int)getpid() + 1);
    setenv("WATCHDOG_PID", pid, 1); /* it was meant for somebody else */
    assert_int_equal(notify_watchdog_interval(), 0);
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", "soon", 1);
    assert_int_equal(notify_watchdog_interval(), 0);
    setenv("WATCHDOG_USEC", "0", 1);
    assert_int_equal(notify_watchdog_interval(), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(states_are_told),
        TEST(a_status_is_one_clean_line),
        TEST(abstract_names_are_reached),
        TEST(without_systemd_nothing_happens),
        TEST(the_watchdog_is_half_of_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
