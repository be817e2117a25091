/*
 * RTSP 1.0 (RFC 2326): heads of requests and answers, bodies of a length, and interleaved data between them,
 * for one direction.
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

enum rtsp_phase { RTSP_HEAD, RTSP_BODY, RTSP_PACKET_HEAD, RTSP_PACKET, RTSP_LOST };

struct rtsp_direction {
    enum rtsp_phase phase;
    struct buf head;
    struct buf body;    /* first bytes of it */
    uint64_t body_left; /* of the body, or of an interleaved packet */
    uint8_t packet_head[4];
    uint8_t packet_head_len;
    bool packets; /* interleaved data came */
    bool cut;     /* a head was over its cap: the bounds are lost with it */
};

/* Slices of one message's head and body. */
struct rtsp_message {
    bool request;
    struct slice method;
    struct slice url;
    uint16_t status;   /* of an answer */
    uint64_t sequence; /* CSeq; 0 where there is none */
    struct slice transport;
    struct slice body;
};

typedef void (*rtsp_message_fn)(void *context, const struct rtsp_message *message);

struct rtsp_direction rtsp_direction_make(size_t cap);
void rtsp_direction_free(struct rtsp_direction *direction);
size_t rtsp_direction_memory(const struct rtsp_direction *direction);
/* Calls for each message when its body is over, or the first bytes of it are there. */
void rtsp_direction_take(struct rtsp_direction *direction, struct slice bytes, rtsp_message_fn message,
                         void *context);
/* Bytes were lost: bearable in a body and in a packet. */
void rtsp_direction_gap(struct rtsp_direction *direction, uint64_t missing);

/* Reads a head, its empty line included. False where it is none. */
bool rtsp_head_read(struct slice head, struct rtsp_message *out, uint64_t *body_length);
