#include "daemon/rule/list_file_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_CHUNK = 1 << 16 };

struct reading {
    const struct list_file *file;
    struct list_file_sink *sink;
    size_t mistakes;
    size_t too_many;
};

static void take_entry(void *context, const struct watch_entry *entry)
{
    struct reading *reading = context;
    struct list_file_sink *sink = reading->sink;
    if (watch_builder_count(sink->builder) >= sink->max_entries || !watch_builder_add(sink->builder, entry)) {
        reading->too_many++;
    }
}

static void take_mistake(void *context, unsigned line, unsigned column, const char *text)
{
    struct reading *reading = context;
    if (reading->mistakes++ < LIST_FILE_MISTAKES_MAX) {
        diagnostics_add(reading->sink->diagnostics, reading->file->path, line, column, "%s", text);
    }
}

static void tell_rest(const struct reading *reading)
{
    struct diagnostics *diagnostics = reading->sink->diagnostics;
    if (reading->mistakes > LIST_FILE_MISTAKES_MAX) {
        diagnostics_add(diagnostics, reading->file->path, 0, 0, "has %zu more mistakes",
                        reading->mistakes - LIST_FILE_MISTAKES_MAX);
    }
    if (reading->too_many > 0) {
        diagnostics_add(diagnostics, reading->file->path, 0, 0,
                        "has %zu entries more than lists.max_entries allows one list to have: %llu",
                        reading->too_many, (unsigned long long)reading->sink->max_entries);
    }
}

/* False where the file cannot be read to its end. */
static bool read_all(int fd, struct list_reader *reader, struct sha256_context *digest)
{
    uint8_t *chunk = malloc(READ_CHUNK);
    ssize_t len;
    if (chunk == NULL) {
        abort();
    }
    while ((len = read(fd, chunk, READ_CHUNK)) > 0 || (len < 0 && errno == EINTR)) {
        if (len > 0) {
            struct slice bytes = slice_make(chunk, (size_t)len);
            sha256_update(digest, bytes);
            list_reader_feed(reader, bytes);
        }
    }
    int reason = errno;
    free(chunk);
    errno = reason;
    return len == 0;
}

enum list_file_result list_file_load(const struct list_file *file, struct list_file_sink *sink,
                                     struct stat *stat)
{
    struct reading reading = {.file = file, .sink = sink};
    const struct list_receiver receiver = {.entry = take_entry, .mistake = take_mistake, .context = &reading};
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? LIST_FILE_ABSENT : LIST_FILE_UNREADABLE;
    }
    struct list_reader *reader = list_reader_create(file->format, file->use, file->suffixes, &receiver);
    bool good = fstat(fd, stat) == 0 && read_all(fd, reader, sink->digest);
    int reason = errno;
    list_reader_finish(reader);
    close(fd);
    tell_rest(&reading);
    errno = reason;
    return good ? LIST_FILE_READ : LIST_FILE_UNREADABLE;
}
