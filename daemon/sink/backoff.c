/* Exponential back-off. */
#include "backoff_priv.h"

enum { JITTER_PERMILLE = 200 };

struct backoff backoff_make(int64_t first, int64_t most)
{
    struct backoff backoff = {.first = first, .most = most};
    hash_key_random(&backoff.key);
    return backoff;
}

int64_t backoff_next(struct backoff *backoff)
{
    int64_t wait = backoff->next == 0 ? backoff->first : backoff->next;
    backoff->next = wait > backoff->most / 2 ? backoff->most : wait * 2;
    backoff->step++;
    uint64_t dice = hash_bytes(&backoff->key, &backoff->step, sizeof backoff->step);
    int64_t permille = 1000 - JITTER_PERMILLE + (int64_t)(dice % (2 * JITTER_PERMILLE + 1));
    return wait * permille / 1000;
}

void backoff_reset(struct backoff *backoff)
{
    backoff->next = 0;
}
