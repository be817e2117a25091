/* RTMP's handshake and chunk stream, sections 5.2 and 5.3, for one direction. */
#include "daemon/app/rtmp_priv.h"

#include "base/cur.h"

enum {
    VERSION = 3,
    CHUNK_SIZE_DEFAULT = 128,
    CHUNK_SIZE_MAX = 0xffffff, /* no message is longer */
    EXTENDED = 0xffffff,       /* stands for a time that is written behind the head */
};

struct rtmp_direction rtmp_direction_make(size_t body_cap)
{
    return (struct rtmp_direction){.phase = RTMP_GREETING,
                                   .handshake_left = RTMP_HANDSHAKE_BYTES,
                                   .chunk_size = CHUNK_SIZE_DEFAULT,
                                   .body_cap = body_cap};
}

void rtmp_direction_free(struct rtmp_direction *direction)
{
    for (size_t i = 0; i < direction->stream_count; i++) {
        buf_free(&direction->streams[i].body);
    }
    direction->stream_count = 0;
}

size_t rtmp_direction_memory(const struct rtmp_direction *direction)
{
    size_t memory = 0;
    for (size_t i = 0; i < direction->stream_count; i++) {
        memory += direction->streams[i].body.room;
    }
    return memory;
}

static void lose(struct rtmp_direction *direction)
{
    rtmp_direction_free(direction);
    direction->phase = RTMP_LOST;
    direction->current = NULL;
}

static bool is_kept(uint8_t type)
{
    return type == RTMP_SET_CHUNK_SIZE || type == RTMP_ABORT || type == RTMP_COMMAND ||
           type == RTMP_COMMAND_AMF3;
}

/* Bytes of the basic head: the chunk stream's number is in its first byte, or behind it. */
static size_t basic_len(uint8_t first)
{
    unsigned id = first & 0x3f;
    return id == 0 ? 2 : id == 1 ? 3 : 1;
}

static uint32_t chunk_stream_id(const uint8_t *head)
{
    unsigned id = head[0] & 0x3f;
    return id == 0 ? 64U + head[1] : id == 1 ? 64U + head[1] + 256U * head[2] : id;
}

/* Bytes of the message's head behind it, by the first byte's form. */
static size_t message_head_len(uint8_t first)
{
    static const uint8_t lens[] = {11, 7, 3, 0};
    return lens[first >> 6];
}

static struct rtmp_chunk_stream *find_stream(struct rtmp_direction *direction, uint32_t id)
{
    for (size_t i = 0; i < direction->stream_count; i++) {
        if (direction->streams[i].id == id) {
            return &direction->streams[i];
        }
    }
    return NULL;
}

/* How many bytes the head has, as far as those that are there tell; it grows with them. */
static size_t head_needs(struct rtmp_direction *direction)
{
    const uint8_t *head = direction->head;
    if (direction->head_len == 0) {
        return 1;
    }
    size_t basic = basic_len(head[0]);
    size_t len = basic + message_head_len(head[0]);
    if (direction->head_len < len) {
        return len;
    }
    bool extended;
    if (len > basic) {
        struct cur cur = cur_make(slice_make(head + basic, 3));
        extended = cur_be24(&cur) == EXTENDED;
    } else {
        const struct rtmp_chunk_stream *stream = find_stream(direction, chunk_stream_id(head));
        extended = stream != NULL && stream->extended;
    }
    return len + (extended ? 4 : 0);
}

static struct rtmp_chunk_stream *open_stream(struct rtmp_direction *direction, uint32_t id)
{
    struct rtmp_chunk_stream *stream = find_stream(direction, id);
    if (stream == NULL && direction->stream_count < RTMP_CHUNK_STREAMS) {
        stream = &direction->streams[direction->stream_count++];
        *stream = (struct rtmp_chunk_stream){.id = id, .body = buf_make(direction->body_cap)};
    }
    return stream;
}

/* A head is complete: a message begins or goes on. False where it cannot be one. */
static bool begin_chunk(struct rtmp_direction *direction)
{
    const uint8_t *head = direction->head;
    unsigned form = head[0] >> 6;
    uint32_t id = chunk_stream_id(head);
    bool known = find_stream(direction, id) != NULL;
    struct rtmp_chunk_stream *stream = open_stream(direction, id);
    if (stream == NULL || (form > 0 && !known)) {
        return false;
    }
    if (form < 3) {
        if (stream->left > 0) {
            return false; /* a message within a message of the same chunk stream */
        }
        struct cur cur = cur_make(slice_make(head + basic_len(head[0]), message_head_len(head[0])));
        stream->extended = cur_be24(&cur) == EXTENDED;
        if (form < 2) {
            stream->length = cur_be24(&cur);
            stream->type = cur_u8(&cur);
        }
    }
    if (stream->left == 0) {
        stream->left = stream->length;
        buf_clear(&stream->body);
    }
    direction->chunk_left = stream->left < direction->chunk_size ? stream->left : direction->chunk_size;
    direction->current = stream;
    direction->head_len = 0;
    return true;
}

static void abort_message(struct rtmp_direction *direction, uint32_t id)
{
    struct rtmp_chunk_stream *stream = find_stream(direction, id);
    if (stream != NULL) {
        stream->left = 0;
        buf_clear(&stream->body);
    }
}

/* Messages of the protocol itself. */
static bool take_control(struct rtmp_direction *direction, const struct rtmp_chunk_stream *stream)
{
    struct cur cur = cur_make(buf_slice(&stream->body));
    uint32_t value = cur_be32(&cur);
    if (!cur_ok(&cur)) {
        return false;
    }
    if (stream->type == RTMP_ABORT) {
        abort_message(direction, value);
        return true;
    }
    direction->chunk_size = value < CHUNK_SIZE_MAX ? value : CHUNK_SIZE_MAX;
    return value > 0 && value <= INT32_MAX;
}

static void end_message(struct rtmp_direction *direction, struct rtmp_chunk_stream *stream,
                        rtmp_message_fn message, void *context)
{
    bool control = stream->type == RTMP_SET_CHUNK_SIZE || stream->type == RTMP_ABORT;
    if (control && !take_control(direction, stream)) {
        lose(direction);
        return;
    }
    direction->cut = direction->cut || stream->body.truncated;
    const struct rtmp_message told = {
        .type = stream->type, .length = stream->length, .body = buf_slice(&stream->body)};
    if (!control) {
        message(context, &told);
    }
    buf_free(&stream->body);
}

static void take_payload(struct rtmp_direction *direction, struct slice *bytes, rtmp_message_fn message,
                         void *context)
{
    struct rtmp_chunk_stream *stream = direction->current;
    struct slice part = slice_part(*bytes, 0, direction->chunk_left);
    *bytes = slice_from(*bytes, part.len);
    if (is_kept(stream->type) && part.len > 0) {
        (void)buf_append(&stream->body, part);
    }
    direction->chunk_left -= (uint32_t)part.len;
    stream->left -= (uint32_t)part.len;
    if (direction->chunk_left > 0) {
        return;
    }
    direction->current = NULL;
    if (stream->left == 0) {
        end_message(direction, stream, message, context);
    }
}

/* Puts together the head's bytes, then, of messages without body, the whole message. */
static void take_head(struct rtmp_direction *direction, struct slice *bytes, rtmp_message_fn message,
                      void *context)
{
    size_t needed;
    while ((needed = head_needs(direction)) > direction->head_len) {
        struct slice part = slice_part(*bytes, 0, needed - direction->head_len);
        if (part.len == 0) {
            return;
        }
        memcpy(direction->head + direction->head_len, part.data, part.len);
        direction->head_len = (uint8_t)(direction->head_len + part.len);
        *bytes = slice_from(*bytes, part.len);
    }
    if (!begin_chunk(direction)) {
        lose(direction);
    } else if (direction->chunk_left == 0) {
        struct slice nothing = slice_make(NULL, 0);
        take_payload(direction, &nothing, message, context);
    }
}

static void end_handshake_part(struct rtmp_direction *direction)
{
    direction->phase = direction->phase == RTMP_GREETING ? RTMP_ECHO : RTMP_CHUNKS;
    direction->handshake_left = RTMP_HANDSHAKE_BYTES;
}

static void take_handshake(struct rtmp_direction *direction, struct slice *bytes)
{
    if (!direction->begun) {
        direction->begun = true;
        bool right = bytes->data[0] == VERSION;
        *bytes = slice_from(*bytes, 1);
        if (!right) {
            lose(direction);
        }
        return;
    }
    struct slice part = slice_part(*bytes, 0, direction->handshake_left);
    *bytes = slice_from(*bytes, part.len);
    direction->handshake_left -= (uint32_t)part.len;
    if (direction->handshake_left == 0) {
        end_handshake_part(direction);
    }
}

void rtmp_direction_take(struct rtmp_direction *direction, struct slice bytes, rtmp_message_fn message,
                         void *context)
{
    while (bytes.len > 0 && direction->phase != RTMP_LOST) {
        if (direction->phase != RTMP_CHUNKS) {
            take_handshake(direction, &bytes);
        } else if (direction->current != NULL) {
            take_payload(direction, &bytes, message, context);
        } else {
            take_head(direction, &bytes, message, context);
        }
    }
}

void rtmp_direction_gap(struct rtmp_direction *direction, uint64_t missing)
{
    bool handshake = direction->phase == RTMP_GREETING || direction->phase == RTMP_ECHO;
    struct rtmp_chunk_stream *stream = direction->current;
    if (handshake && direction->begun && missing < direction->handshake_left) {
        direction->handshake_left -= (uint32_t)missing;
    } else if (stream != NULL && !is_kept(stream->type) && missing < direction->chunk_left) {
        direction->chunk_left -= (uint32_t)missing;
        stream->left -= (uint32_t)missing;
    } else {
        lose(direction);
    }
}
