/* What the tests of card sharing share: bytes that look encrypted, pauses, and how a conversation ends. */
#pragma once

#include "tests/unit/app/conversation.h"

enum { CARD_BYTES_MAX = 4096 };

/* `len` bytes as a cipher would make them, other ones each time. */
static inline void card_fill(struct conversation *talk, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)conversation_random(talk, 256);
    }
}

static inline void card_say(struct conversation *talk, unsigned side, size_t len, unsigned feed)
{
    uint8_t bytes[CARD_BYTES_MAX];
    assert_true(len <= sizeof bytes);
    card_fill(talk, bytes, len);
    conversation_say(talk, side, bytes, len, feed);
}

static inline void card_wait(struct conversation *talk, int64_t milliseconds)
{
    talk->now_us += milliseconds * 1000;
}

static inline void card_finish(struct conversation *talk, const char *expected)
{
    conversation_end(talk);
    assert_text(&talk->brief, expected);
    conversation_free(talk);
}
