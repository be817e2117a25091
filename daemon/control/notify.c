/* Telling systemd how we are: through libsystemd where it is there, else by our own datagram, which is all
 * that libsystemd sends (sd_notify(3), "Notes" and "Environment"). */
#include "control/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"

enum { STATUS_MAX = 256 }; /* bytes of a status line */

#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>

static void send_state(const char *state)
{
    /* Without systemd, or where it does not listen, there is nobody to tell. */
    (void)sd_notify(0, state);
}

/* Microseconds within which systemd wants to hear from us, or 0. */
static uint64_t watchdog_usec(void)
{
    uint64_t usec = 0;
    return sd_watchdog_enabled(0, &usec) > 0 ? usec : 0;
}
#else
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void send_state(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path == NULL ? 0 : strlen(path);
    if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* an abstract name: unix(7) */
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    close(fd);
}

static bool environment_number(const char *name, uint64_t *out)
{
    const char *text = getenv(name);
    return text != NULL && text_parse_u64(slice_text(text), out);
}

static uint64_t watchdog_usec(void)
{
    uint64_t usec = 0;
    uint64_t pid = 0;
    if (!environment_number("WATCHDOG_USEC", &usec)) {
        return 0;
    }
    /* The variable may have been meant for a parent of ours. */
    if (getenv("WATCHDOG_PID") != NULL &&
        !(environment_number("WATCHDOG_PID", &pid) && pid == (uint64_t)getpid())) {
        return 0;
    }
    return usec;
}
#endif

void notify_ready(void)
{
    send_state("READY=1");
}

void notify_reloading(void)
{
    char state[64];
    /* The time is what Type=notify-reload of systemd 253 asks for; older ones pass it over. */
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_us());
    send_state(state);
}

void notify_stopping(void)
{
    send_state("STOPPING=1");
}

void notify_status(const char *format, ...)
{
    char raw[STATUS_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    /* Without controls: a newline would begin another assignment. */
    struct buf state = buf_make(STATUS_MAX + sizeof "STATUS=");
    buf_append_text(&state, "STATUS=");
    text_append_clean(&state, slice_text(raw), STATUS_MAX);
    buf_append_byte(&state, '\0');
    send_state((const char *)state.data);
    buf_free(&state);
}

void notify_watchdog(void)
{
    send_state("WATCHDOG=1");
}

int64_t notify_watchdog_interval(void)
{
    uint64_t half = watchdog_usec() / 2;
    return half > INT64_MAX ? INT64_MAX : (int64_t)half;
}
