/* The log: each message is one write(2) to standard error, so that lines of threads do not mix. */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum { LOG_MESSAGE_SIZE = 4096 };

/* syslog's numbers, as sd-daemon(3) has them. */
static const char priority_of_level[] = {
    [LOG_LEVEL_ERROR] = '3',
    [LOG_LEVEL_WARNING] = '4',
    [LOG_LEVEL_INFO] = '6',
    [LOG_LEVEL_DEBUG] = '7',
};

static _Atomic int highest_level = LOG_LEVEL_WARNING;
static bool journal_reads;

/* JOURNAL_STREAM is inherited by children: only where it names our own standard error does systemd read. */
static void journal_look(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device;
    uintmax_t inode;
    struct stat status;
    journal_reads = stream != NULL && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) == 2 &&
                    fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&highest_level, (int)level, memory_order_relaxed);
}

static void write_all(struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(STDERR_FILENO, bytes.data, bytes.len);
        if (written > 0) {
            bytes = slice_from(bytes, (size_t)written);
        } else if (written == 0 || errno != EINTR) {
            return; /* there is nobody left to tell */
        }
    }
}

void log_message(enum log_level level, const char *format, ...)
{
    if ((int)level > atomic_load_explicit(&highest_level, memory_order_relaxed)) {
        return;
    }
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, journal_look);
    int saved_errno = errno;
    char raw[LOG_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    if (printed < 0) {
        raw[0] = '\0';
    }
    struct buf line = buf_make(LOG_MESSAGE_SIZE + 8);
    if (journal_reads) {
        buf_append_format(&line, "<%c>", priority_of_level[level]);
    }
    text_append_clean(&line, slice_text(raw), LOG_MESSAGE_SIZE);
    buf_append_byte(&line, '\n');
    write_all(buf_slice(&line));
    buf_free(&line);
    errno = saved_errno;
}
