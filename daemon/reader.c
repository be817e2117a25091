#include "reader.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    DISPATCH_LIMIT = 4096, /* packets between two flushes of all hand-overs */
    WAIT_US = 200,         /* pause while a worker's ring is full: of that it has taken a part meanwhile */
    SEED_BYTES = 4096,     /* of the first packet, for the key */
};

struct reader {
    const struct text_list *files;
    const char *filter;
    struct worker_cells *cells;
    size_t next_file;
    struct capture *capture; /* of the file under way */
    struct worker *workers;
    unsigned count;
    struct fragments *fragments;
    uint64_t number; /* of the packet taken last */
    int64_t time_us; /* largest so far */
    int64_t tick_second;
    enum exit_status status;
    /* The first packet, read before the workers were there. */
    bool first_waiting;
    struct raw_packet first;
    uint8_t *first_bytes;
    struct buf seed;
};

static void fail(struct reader *reader, const struct failure *failure)
{
    log_error("%s", failure->text);
    if (reader->status == EXIT_STATUS_GOOD) {
        reader->status = failure->status;
    }
}

static bool open_next(struct reader *reader)
{
    while (reader->next_file < reader->files->count) {
        struct failure failure = {0};
        reader->capture = capture_open_file(reader->files->items[reader->next_file++], reader->filter,
                                            decode_link_known, reader->cells->capture, &failure);
        if (reader->capture != NULL) {
            return true;
        }
        fail(reader, &failure);
    }
    return false;
}

static void deliver_to(struct reader *reader, unsigned owner, const struct handover_item *item)
{
    struct worker *worker = &reader->workers[owner];
    if (reader->count == 1) {
        worker_take_item(worker, item);
        return;
    }
    while (!handover_put(worker->incoming[0], item)) {
        usleep(WAIT_US);
    }
}

static void deliver_to_all(struct reader *reader, const struct handover_item *item)
{
    for (unsigned i = 0; i < reader->count; i++) {
        deliver_to(reader, i, item);
    }
}

/* Publishes what is under way, and that every worker has been served up to the packet taken last. One worker
 * was served at once, and main takes its records without asking for that. */
static void flush(struct reader *reader)
{
    for (unsigned i = 0; reader->count > 1 && i < reader->count; i++) {
        while (!handover_flush(reader->workers[i].incoming[0], reader->number)) {
            usleep(WAIT_US);
        }
    }
}

static void take_packet(void *context, const struct raw_packet *raw)
{
    struct reader *reader = context;
    reader->number++;
    if (raw->time_us > reader->time_us) {
        reader->time_us = raw->time_us;
    }
    if (reader->time_us / TIME_SECOND > reader->tick_second) {
        reader->tick_second = reader->time_us / TIME_SECOND;
        struct handover_item tick = {
            .type = HANDOVER_TICK, .time_us = reader->time_us, .number = reader->number};
        deliver_to_all(reader, &tick);
    }
    struct handover_item item; /* decode fills the packet in: nothing is cleared twice */
    item.type = HANDOVER_PACKET;
    item.packet.number = reader->number;
    if (decode_packet(raw, &item.packet, reader->cells->decode) != DECODE_PACKET) {
        return;
    }
    if (item.packet.fragment && !fragments_take(reader->fragments, &item.packet)) {
        return;
    }
    deliver_to(reader, pipeline_owner(&item.packet, reader->count), &item);
}

static void keep_first(void *context, const struct raw_packet *raw)
{
    struct reader *reader = context;
    reader->first = *raw;
    reader->first_bytes = malloc(raw->bytes.len == 0 ? 1 : raw->bytes.len);
    if (reader->first_bytes == NULL) {
        abort();
    }
    if (raw->bytes.len > 0) {
        memcpy(reader->first_bytes, raw->bytes.data, raw->bytes.len);
    }
    reader->first.bytes.data = reader->first_bytes;
    reader->first_waiting = true;
    buf_append(&reader->seed, slice_make(&raw->time_us, sizeof raw->time_us));
    buf_append(&reader->seed, slice_make(&raw->wire_len, sizeof raw->wire_len));
    buf_append(&reader->seed, raw->bytes);
}

/* A file's end, good or not; one of which nothing could be read is a failure. */
static void close_file(struct reader *reader, enum capture_status status)
{
    const struct failure *failure = capture_failure(reader->capture);
    if (status != CAPTURE_END && failure->status != EXIT_STATUS_GOOD) {
        fail(reader, failure);
    } else if (status != CAPTURE_END) {
        log_warning("%s: processed the packets up to there", failure->text);
    }
    capture_close(reader->capture);
    reader->capture = NULL;
}

static enum capture_status dispatch(struct reader *reader, size_t limit, capture_packet_fn take)
{
    size_t handed = 0;
    return capture_dispatch(reader->capture, limit, take, reader, &handed);
}

struct reader *reader_open(const struct text_list *files, const char *filter, struct worker_cells *cells)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        abort();
    }
    *reader = (struct reader){.files = files, .filter = filter, .cells = cells};
    reader->seed = buf_make(SEED_BYTES);
    while (!reader->first_waiting && open_next(reader)) {
        enum capture_status status = CAPTURE_MORE;
        while (!reader->first_waiting && status == CAPTURE_MORE) {
            status = dispatch(reader, 1, keep_first);
        }
        if (!reader->first_waiting) {
            close_file(reader, status);
        }
    }
    return reader;
}

struct slice reader_seed(const struct reader *reader)
{
    return buf_slice(&reader->seed);
}

/* A file's end takes a number of its own, as if it were a packet: what it causes has its place in the order.
 */
static void end_of_file(struct reader *reader)
{
    struct handover_item end = {
        .type = HANDOVER_FILE_END, .time_us = reader->time_us, .number = ++reader->number};
    deliver_to_all(reader, &end);
}

void reader_run(struct reader *reader, struct worker *workers, unsigned count,
                const struct decode_settings *settings, const struct hash_key *key)
{
    reader->fragments = fragments_create(settings, key, reader->cells->decode);
    reader->workers = workers;
    reader->count = count;
    if (reader->first_waiting) {
        take_packet(reader, &reader->first);
        reader->first_waiting = false;
    }
    while (reader->capture != NULL || open_next(reader)) {
        enum capture_status status = dispatch(reader, DISPATCH_LIMIT, take_packet);
        if (status != CAPTURE_MORE) {
            close_file(reader, status);
            end_of_file(reader);
        }
        flush(reader);
    }
    struct handover_item end = {.type = HANDOVER_END, .time_us = reader->time_us};
    deliver_to_all(reader, &end);
    flush(reader);
}

enum exit_status reader_status(const struct reader *reader)
{
    return reader->status;
}

int64_t reader_time(const struct reader *reader)
{
    return reader->time_us;
}

void reader_free(struct reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->capture != NULL) {
        capture_close(reader->capture);
    }
    fragments_free(reader->fragments);
    buf_free(&reader->seed);
    free(reader->first_bytes);
    free(reader);
}
