/*
 * The cadence of control words. A scrambled channel changes its key each crypto-period, about every 10 s: a
 * receiver sends an ECM, the server answers with a control word within a second. So requests and answers of
 * the right sizes that follow each other at that pace, for a while, are somebody watching.
 *
 * A beat is an exchange some seconds after the beat before. A few exchanges between two beats are allowed (a
 * second receiver, a change of channel); many of them are another protocol's. Times are packet times.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cadence {
    int64_t asked_us;
    int64_t beat_us;
    uint8_t beats; /* in a row */
    uint8_t extra; /* exchanges since the last beat */
    bool asked;    /* a request waits for its answer */
};

enum { CADENCE_EXTRA_MAX = 2 };
#define CADENCE_ANSWER_US INT64_C(3000000)  /* an answer comes within */
#define CADENCE_MIN_US    INT64_C(4000000)  /* from beat to beat, at least */
#define CADENCE_MAX_US    INT64_C(20000000) /* and at most */

/* A request of the right size went out; one that still waits is forgotten. */
void cadence_ask(struct cadence *cadence, int64_t time_us);
/* An answer of the right size came; returns how many beats stand in a row now. */
unsigned cadence_answer(struct cadence *cadence, int64_t time_us);
