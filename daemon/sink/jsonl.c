/* The JSON-lines file. */
#include "jsonl_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sink/sink.h"

struct jsonl {
    char *path; /* owned */
    int fd;     /* -1 while it is not open */
    struct counter_cell *counters;
    int64_t retry_us; /* monotonic: not opened again before */
    bool told;        /* the operator knows that lines are being lost */
    bool torn;        /* a line was written in part and could not be taken back */
};

/* O_NONBLOCK: a FIFO without a reader must not hold the thread. */
static int open_path(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

struct jsonl *jsonl_open(const char *path, struct counter_cell *counters, struct failure *failure)
{
    int fd = open_path(path);
    if (fd < 0 && errno != ENXIO) {
        enum exit_status status =
            errno == EACCES || errno == EPERM ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_NO_INPUT;
        failure_set(failure, status, "jsonl.path %s: %s", path, strerror(errno));
        return NULL;
    }
    struct jsonl *jsonl = calloc(1, sizeof *jsonl);
    if (jsonl == NULL || (jsonl->path = strdup(path)) == NULL) {
        abort();
    }
    jsonl->fd = fd;
    jsonl->counters = counters;
    return jsonl;
}

static void lose_line(struct jsonl *jsonl, int error)
{
    counter_add(jsonl->counters, SINK_JSONL_ERRORS, 1);
    if (!jsonl->told) {
        log_warning("jsonl.path %s: %s; lines are being lost", jsonl->path, strerror(error));
        jsonl->told = true;
    }
}

static bool make_ready(struct jsonl *jsonl, int64_t now_us)
{
    if (jsonl->fd >= 0) {
        return true;
    }
    if (now_us < jsonl->retry_us) {
        counter_add(jsonl->counters, SINK_JSONL_ERRORS, 1);
        return false;
    }
    jsonl->fd = open_path(jsonl->path);
    if (jsonl->fd < 0) {
        jsonl->retry_us = now_us + TIME_SECOND;
        lose_line(jsonl, errno);
        return false;
    }
    return true;
}

/* A part of a line went out: a regular file is cut back to where it was, so that readers see whole lines. */
static void take_back(struct jsonl *jsonl, off_t end)
{
    struct stat status;
    jsonl->torn =
        fstat(jsonl->fd, &status) != 0 || !S_ISREG(status.st_mode) || ftruncate(jsonl->fd, end) != 0;
}

void jsonl_write(struct jsonl *jsonl, const char *line, int64_t now_us)
{
    if (!make_ready(jsonl, now_us)) {
        return;
    }
    struct stat before;
    bool known = fstat(jsonl->fd, &before) == 0;
    size_t len = strlen(line);
    const struct iovec parts[] = {
        {.iov_base = (void *)"\n", .iov_len = jsonl->torn ? 1 : 0},
        {.iov_base = (void *)line, .iov_len = len},
        {.iov_base = (void *)"\n", .iov_len = 1},
    };
    size_t wanted = parts[0].iov_len + len + 1;
    ssize_t written;
    do {
        written = writev(jsonl->fd, parts, 3);
    } while (written < 0 && errno == EINTR);
    if (written == (ssize_t)wanted) {
        jsonl->torn = false;
        counter_add(jsonl->counters, SINK_JSONL_LINES, 1);
        if (jsonl->told) {
            log_info("jsonl.path %s: written again", jsonl->path);
            jsonl->told = false;
        }
        return;
    }
    int error = written < 0 ? errno : ENOSPC;
    if (written > 0 && known) {
        take_back(jsonl, before.st_size);
    }
    lose_line(jsonl, error);
    if (error == EPIPE || error == EBADF || error == EIO) {
        close(jsonl->fd);
        jsonl->fd = -1;
        jsonl->torn = false;
        jsonl->retry_us = now_us + TIME_SECOND;
    }
}

void jsonl_reopen(struct jsonl *jsonl, int64_t now_us)
{
    int fd = open_path(jsonl->path);
    if (fd < 0) {
        log_warning("jsonl.path %s: %s; the file that was open stays in use", jsonl->path, strerror(errno));
        return;
    }
    if (jsonl->fd >= 0) {
        close(jsonl->fd);
    }
    jsonl->fd = fd;
    jsonl->torn = false;
    jsonl->retry_us = now_us;
}

void jsonl_free(struct jsonl *jsonl)
{
    if (jsonl == NULL) {
        return;
    }
    if (jsonl->fd >= 0) {
        close(jsonl->fd);
    }
    free(jsonl->path);
    free(jsonl);
}
