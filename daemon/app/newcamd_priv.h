/*
 * newcamd 525 and 524 (signatures.md, 6.2): a server sends 14 random bytes first; everything behind them is
 * frames of a length in clear (big endian, 2 bytes, itself not counted) and encrypted blocks of 8 bytes, the
 * last of them the initialisation vector. The order and the sizes of the first frames follow from what they
 * are: a login with a password's crypt text, a bare command, a bare command, a card's description.
 */
#pragma once

#include "app/sign.h"
#include "daemon/app/cadence_priv.h"

enum { NEWCAMD_GREETING_BYTES = 14 };

/* Whether a length field may be that of a frame. */
bool newcamd_length_fits(unsigned length);

enum newcamd_stage { NEWCAMD_LOGIN, NEWCAMD_ANSWER, NEWCAMD_CARD_REQUEST, NEWCAMD_CARD, NEWCAMD_WORK };

/* A direction's frame that comes. */
struct newcamd_frame {
    uint8_t head[2];
    uint8_t head_len;
    uint16_t length; /* behind the head */
    uint16_t left;
};

struct newcamd {
    struct newcamd_frame frames[2]; /* client's, server's */
    enum newcamd_stage stage;
    bool over; /* it is none, its bounds are lost, or all was told */
    uint32_t frame_count;
    struct cadence cadence;
};

/* Bytes behind the greeting; returns bits of the signs that they complete. */
uint64_t newcamd_take(struct newcamd *newcamd, bool from_client, struct slice bytes, int64_t time_us);
