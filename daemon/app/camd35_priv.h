/*
 * camd35 over UDP and its twin over TCP, cs378x (signatures.md, 6.2): each message is a checksum of the
 * account's name, 4 bytes in clear, the same in both directions and for ever, and encrypted blocks of 16. A
 * message has 20 bytes of head; with an ECM it has five blocks and more, with a control word it has three.
 */
#pragma once

#include "app/sign.h"
#include "daemon/app/cadence_priv.h"

enum { CAMD35_PREFIX_BYTES = 4, CAMD35_BLOCK_BYTES = 16, CAMD35_MESSAGE_MIN = 36, CAMD35_MESSAGE_MAX = 612 };

/* Whether a whole message may have this length. */
bool camd35_length_fits(size_t len);
/* Whether a message may begin with these bytes, up to 16: encrypted bytes are neither text nor numbers. */
bool camd35_looks_encrypted(struct slice first);

struct camd35 {
    uint8_t prefix[CAMD35_PREFIX_BYTES];
    bool begun;
    bool over; /* it is none, or all was told */
    uint32_t messages;
    struct cadence cadences[2]; /* of either side's requests */
    unsigned client;            /* with the sign: who asks */
};

/* A whole message; returns bits of the signs that it completes. */
uint64_t camd35_take(struct camd35 *camd35, unsigned side, struct slice prefix, size_t len, int64_t time_us);

/* Messages out of the two directions of a stream: they end where the prefix comes again, with the other
 * side's turn, or with a pause. */
struct camd35_stream {
    struct camd35 camd35;
    size_t len;                         /* of the message that comes */
    uint8_t ahead[CAMD35_PREFIX_BYTES]; /* at the end of a block: another prefix, or more of the message? */
    uint8_t ahead_len;
    uint8_t side;
    int64_t last_us;
};

uint64_t camd35_stream_take(struct camd35_stream *stream, unsigned side, struct slice bytes, int64_t time_us);
/* Nothing more comes: what stands there is the last message. */
uint64_t camd35_stream_end(struct camd35_stream *stream);
