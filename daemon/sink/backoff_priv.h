/* Waiting longer after each failure, with jitter, so that a hundred sensors do not knock together. */
#pragma once

#include <stdint.h>

#include "base/hash.h"

struct backoff {
    int64_t first; /* microseconds */
    int64_t most;
    int64_t next; /* without jitter; 0 before the first failure */
    uint64_t step;
    struct hash_key key; /* of the jitter */
};

struct backoff backoff_make(int64_t first, int64_t most);
/* How long to wait now: doubled with each call, 20 % more or less. */
int64_t backoff_next(struct backoff *backoff);
void backoff_reset(struct backoff *backoff);
