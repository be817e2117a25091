/* Records and messages are cut independently of each other, so both heads are collected byte by byte. */
#include "daemon/app/tls_reader_priv.h"

#include "base/cur.h"

enum content_type {
    CONTENT_CHANGE_CIPHER = 20,
    CONTENT_ALERT = 21,
    CONTENT_HANDSHAKE = 22,
    CONTENT_DATA = 23
};

/* In a Certificate: the length of the list, then that of its first element. */
enum { LIST_HEAD = 3, CERTIFICATE_HEAD = 6, RECORD_MAX = 16384 + 2048 };

struct tls_reader tls_reader_make(size_t hello_cap, size_t certificate_cap)
{
    return (struct tls_reader){.hello_cap = hello_cap,
                               .certificate_cap = certificate_cap,
                               .message =
                                   buf_make(hello_cap > certificate_cap ? hello_cap : certificate_cap)};
}

void tls_reader_free(struct tls_reader *reader)
{
    buf_free(&reader->message);
}

static size_t message_length(const struct tls_reader *reader)
{
    const uint8_t *head = reader->message_head;
    return (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
}

/* Moves bytes of the input up to `want` into a head. */
static bool fill_head(uint8_t *head, uint8_t *len, size_t want, struct slice *input)
{
    struct slice part = slice_part(*input, 0, want - *len);
    if (part.len > 0) {
        memcpy(head + *len, part.data, part.len);
        *len = (uint8_t)(*len + part.len);
        *input = slice_from(*input, part.len);
    }
    return *len == want;
}

/* A record's head is whole. */
static enum tls_item open_record(struct tls_reader *reader)
{
    enum { MAJOR = 3 };
    const uint8_t *head = reader->head;
    size_t length = (size_t)head[3] << 8 | head[4];
    if (head[1] != MAJOR || length > RECORD_MAX) {
        return TLS_BROKEN;
    }
    reader->record_left = length;
    switch (head[0]) {
    case CONTENT_HANDSHAKE:
        return TLS_NOTHING;
    case CONTENT_ALERT:
        /* Never inside a message; its bytes take the place of a message's head. */
        return reader->message_head_len > 0 ? TLS_BROKEN
               : length == TLS_ALERT_SIZE   ? TLS_NOTHING
                                            : TLS_OPAQUE;
    case CONTENT_CHANGE_CIPHER:
    case CONTENT_DATA:
        return TLS_OPAQUE;
    default:
        return TLS_BROKEN;
    }
}

static size_t message_cap(const struct tls_reader *reader)
{
    switch (reader->message_head[0]) {
    case TLS_CLIENT_HELLO:
    case TLS_SERVER_HELLO:
        return reader->hello_cap;
    case TLS_CERTIFICATE:
        return reader->certificate_cap;
    default:
        return 0;
    }
}

/* A message's head is whole: how much of the message is wanted. */
static void open_message(struct tls_reader *reader)
{
    size_t length = message_length(reader);
    bool certificate = reader->message_head[0] == TLS_CERTIFICATE;
    reader->first = reader->first == 0 ? reader->message_head[0] : reader->first;
    reader->needed = message_cap(reader) == 0                   ? 0
                     : certificate && length > CERTIFICATE_HEAD ? CERTIFICATE_HEAD
                                                                : length;
}

/* All that was wanted is there; of a Certificate the length of the first one may have been all. */
static enum tls_item take_needed(struct tls_reader *reader)
{
    bool certificate = reader->message_head[0] == TLS_CERTIFICATE;
    if (certificate && reader->message.len == CERTIFICATE_HEAD && reader->needed == CERTIFICATE_HEAD) {
        struct cur cur = cur_make(buf_slice(&reader->message));
        cur_skip(&cur, LIST_HEAD);
        reader->needed += cur_be24(&cur);
        if (reader->needed > message_length(reader)) {
            return TLS_BROKEN;
        }
        if (reader->needed > CERTIFICATE_HEAD) {
            return reader->needed > message_cap(reader) ? TLS_CAPPED : TLS_NOTHING;
        }
    }
    reader->message_head_len = 0;
    return TLS_MESSAGE;
}

/* Handshake bytes within the present record. */
static enum tls_item read_message(struct tls_reader *reader, struct slice *fragment)
{
    if (reader->message_head_len < TLS_MESSAGE_HEAD) {
        if (reader->message_head_len == 0) {
            buf_clear(&reader->message);
        }
        if (!fill_head(reader->message_head, &reader->message_head_len, TLS_MESSAGE_HEAD, fragment)) {
            return TLS_NOTHING;
        }
        open_message(reader);
        if (reader->needed > message_cap(reader)) {
            return TLS_CAPPED;
        }
    }
    struct slice part = slice_part(*fragment, 0, reader->needed - reader->message.len);
    (void)buf_append(&reader->message, part);
    *fragment = slice_from(*fragment, part.len);
    return reader->message.len == reader->needed ? take_needed(reader) : TLS_NOTHING;
}

static enum tls_item read_alert(struct tls_reader *reader, struct slice *fragment)
{
    if (!fill_head(reader->message_head, &reader->message_head_len, TLS_ALERT_SIZE, fragment)) {
        return TLS_NOTHING;
    }
    reader->message_head_len = 0;
    return TLS_ALERT;
}

/* Bytes of the present record's content. */
static enum tls_item read_record(struct tls_reader *reader, struct slice *input)
{
    struct slice fragment = slice_part(*input, 0, reader->record_left);
    size_t before = fragment.len;
    enum tls_item item =
        reader->head[0] == CONTENT_ALERT ? read_alert(reader, &fragment) : read_message(reader, &fragment);
    size_t taken = before - fragment.len;
    reader->record_left -= taken;
    *input = slice_from(*input, taken);
    return item;
}

enum tls_item tls_reader_next(struct tls_reader *reader, struct slice *input)
{
    while (input->len > 0) {
        enum tls_item item = TLS_NOTHING;
        if (reader->record_left == 0) {
            reader->head_len = reader->head_len == TLS_RECORD_HEAD ? 0 : reader->head_len;
            if (fill_head(reader->head, &reader->head_len, TLS_RECORD_HEAD, input)) {
                item = open_record(reader);
            }
        } else {
            item = read_record(reader, input);
        }
        if (item != TLS_NOTHING) {
            return item;
        }
    }
    return TLS_NOTHING;
}

struct slice tls_reader_certificate(const struct tls_reader *reader)
{
    return slice_from(buf_slice(&reader->message), CERTIFICATE_HEAD);
}
