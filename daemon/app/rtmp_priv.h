/*
 * RTMP (Adobe's Real Time Messaging Protocol 1.0): the handshake, messages out of chunks, and what of their
 * commands is of interest: which stream a client asks for, whether the server plays it.
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

/* Message types, section 5.4 and 7.1. */
enum rtmp_type {
    RTMP_SET_CHUNK_SIZE = 1,
    RTMP_ABORT = 2,
    RTMP_AUDIO = 8,
    RTMP_VIDEO = 9,
    RTMP_COMMAND_AMF3 = 17, /* a NUL, then AMF0 all the same */
    RTMP_COMMAND = 20,
    RTMP_AGGREGATE = 22,
};

struct rtmp_message {
    uint8_t type;
    uint32_t length;
    struct slice body; /* of commands: its first bytes; of others empty */
};

typedef void (*rtmp_message_fn)(void *context, const struct rtmp_message *message);

enum { RTMP_HANDSHAKE_BYTES = 1536, RTMP_HEAD_BYTES = 18, RTMP_CHUNK_STREAMS = 16 };

/* What is remembered of a chunk stream: later chunks leave out what has not changed. */
struct rtmp_chunk_stream {
    uint32_t id;
    uint32_t length; /* of the message */
    uint32_t left;   /* of it; 0 between two messages */
    uint8_t type;
    bool extended; /* its time stands behind the head */
    struct buf body;
};

enum rtmp_phase { RTMP_GREETING, RTMP_ECHO, RTMP_CHUNKS, RTMP_LOST };

/* One direction; both of them look the same. */
struct rtmp_direction {
    enum rtmp_phase phase;
    bool begun;              /* the version's byte was seen */
    uint32_t handshake_left; /* of the present part */
    uint32_t chunk_size;
    uint32_t chunk_left;
    uint8_t head[RTMP_HEAD_BYTES];
    uint8_t head_len;
    uint8_t stream_count;
    struct rtmp_chunk_stream *current; /* whose chunk's payload comes; NULL in a head */
    struct rtmp_chunk_stream streams[RTMP_CHUNK_STREAMS];
    size_t body_cap;
    bool cut; /* a command was longer than its cap */
};

struct rtmp_direction rtmp_direction_make(size_t body_cap);
void rtmp_direction_free(struct rtmp_direction *direction);
size_t rtmp_direction_memory(const struct rtmp_direction *direction);
/* Calls for each message that is complete. The phase is RTMP_LOST where this is no RTMP (any more). */
void rtmp_direction_take(struct rtmp_direction *direction, struct slice bytes, rtmp_message_fn message,
                         void *context);
/* Bytes were lost: bearable in the handshake and inside messages that nobody reads. */
void rtmp_direction_gap(struct rtmp_direction *direction, uint64_t missing);

/* Slices of a command's body. */
struct rtmp_command {
    struct slice name;   /* "connect", "play", "onStatus", ... */
    struct slice app;    /* connect */
    struct slice tc_url; /* connect */
    struct slice code;   /* onStatus, _error: of its information object */
    struct slice stream; /* play, publish: the stream's name */
};

/* False where the body is no AMF0 command; of a cut one what could be read. */
bool rtmp_command_read(struct slice body, struct rtmp_command *out);
