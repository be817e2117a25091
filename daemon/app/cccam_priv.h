/*
 * CCcam (signatures.md, 6.1): what a server sends first, what only a CCcam client can answer, and what comes
 * behind that. Everything is encrypted; but the first answer follows from the greeting alone, so that it can
 * be computed and compared, all 160 bits of it, without any password.
 *
 *     S 16 greeting · C 20 answer · C 20 user · C 6 check of the password · S 20 acknowledgement · frames
 */
#pragma once

#include "app/sign.h"
#include "daemon/app/cadence_priv.h"

enum { CCCAM_GREETING_BYTES = 16, CCCAM_ANSWER_BYTES = 20 };

/* Whether these 16 bytes bear one of the two marks that servers put into them. */
bool cccam_greeting_marked(const uint8_t greeting[CCCAM_GREETING_BYTES]);
/* The client's answer to this greeting. */
void cccam_expected_answer(const uint8_t greeting[CCCAM_GREETING_BYTES], uint8_t answer[CCCAM_ANSWER_BYTES]);

/* Bytes of one side without a turn or a pause between them. */
struct cccam_burst {
    uint64_t bytes;
    int64_t first_us;
    int64_t last_us;
    bool from_client;
    bool broken; /* some of it was lost */
};

struct cccam {
    uint8_t expected[CCCAM_ANSWER_BYTES];
    uint64_t client_bytes;
    uint64_t server_bytes; /* behind the greeting */
    bool accepted;
    bool over; /* it is none, or all was told */
    struct cccam_burst burst;
    struct cadence cadence;
};

void cccam_begin(struct cccam *cccam, const uint8_t greeting[CCCAM_GREETING_BYTES]);
/* Bytes behind the greeting; returns bits of the signs that they complete. */
uint64_t cccam_take(struct cccam *cccam, bool from_client, struct slice bytes, int64_t time_us);
void cccam_gap(struct cccam *cccam, bool from_client);
