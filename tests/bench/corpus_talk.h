/*
 * Conversations: what two ends say to each other message by message, cut into packets and interleaved in
 * time with all other conversations under way.
 */
#pragma once

#include "tests/bench/corpus_wire.h"

/* Splitmix64: the same numbers on every machine. */
struct dice {
    uint64_t state;
};

uint64_t dice_roll(struct dice *dice, uint64_t sides); /* 0 .. sides - 1 */

enum { CLIENT, SERVER };

/* What follows a message's head. */
enum filler { FILLER_RANDOM, FILLER_MPEGTS, FILLER_COUNT };

struct message {
    unsigned sender; /* CLIENT or SERVER */
    uint64_t delay_us;
    char *head; /* malloc'ed; may be NULL */
    uint64_t head_len;
    enum filler filler;
    uint64_t filler_len;
};

enum { MESSAGES_MAX = 8 };

struct talk {
    struct place ends[2]; /* by CLIENT and SERVER */
    bool ipv6, udp;
    uint32_t pace_us;     /* between two packets of one message */
    uint32_t acked_after; /* packets of a message between two bare acknowledgements; 0: none at all */
    bool endless;         /* cut off by the corpus's end; else it closes */
    /* Says what comes next by talk_say; saying nothing ends the conversation. */
    void (*next)(struct talk *talk, struct dice *dice);
    unsigned turns; /* for `next`: how often it still speaks */
    unsigned site;  /* for `next`: which of the corpus's sites */
    /* The scheduler's own. */
    uint64_t time_us, serial;
    struct message messages[MESSAGES_MAX];
    unsigned message, message_count;
    uint64_t offset;
    uint64_t filler_from[2];
    uint32_t numbers[2], since_ack;
    unsigned step;
};

/* From `next` only. The head passes to the talk; with `head` NULL there is the filler alone. */
void talk_say(struct talk *talk, unsigned sender, uint64_t delay_us, char *head, uint64_t head_len,
              enum filler filler, uint64_t filler_len);

/* `make` begins conversation number `index` at `gap_us` times `index`; there are `count`. The output ends
 * when all have, or at `bytes_max` (0: no limit). */
struct corpus {
    uint64_t count;
    double gap_us;
    uint64_t bytes_max;
    void (*make)(uint64_t index, struct talk *talk, struct dice *dice);
    uint64_t seed;
};
void corpus_write(const struct corpus *corpus, struct wire *wire);
