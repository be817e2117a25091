/*
 * The hand-over between decode and flow: packets travel in batches from the thread that read them to the
 * worker that owns their address pair. A batch is one slot of a ring: items one behind the other, each a
 * packet record with a copy of its bytes, a tick, or the end of a file.
 */
#pragma once

#include "base/ring.h"
#include "decode/packet.h"

enum handover_type { HANDOVER_PACKET, HANDOVER_TICK, HANDOVER_FILE_END, HANDOVER_END };

struct handover_item {
    enum handover_type type;
    union {
        struct packet packet; /* HANDOVER_PACKET */
        struct {
            int64_t time_us; /* the largest packet time so far */
            uint64_t number; /* of a tick: the packet that comes next; of a file's end: its own */
        };
    };
};

/* Producer's side: batches under way, one ring for each consumer. */
struct handover;

/* Batches of a ring. In replay the reader waits for room, and what few there are stays in the processors'
 * cache; live, what has no room is lost. Powers of two. */
enum { HANDOVER_REPLAY = 8, HANDOVER_LIVE = 32 };

/* One ring to one consumer; `wake_fd` is the consumer's eventfd. */
struct handover *handover_create(int wake_fd, size_t batches);
void handover_free(struct handover *handover);
/* Of one of the larger kind, in bytes. */
size_t handover_memory(void);

/* Producer. False where the ring is full: the caller counts (live) or calls again (replay). */
bool handover_put(struct handover *handover, const struct handover_item *item) MUST_CHECK;
/* Publishes the batch under way, also an empty one, and says that all packets up to `covered` have been put.
 * A batch that has grown large is published by itself. False as above. */
bool handover_flush(struct handover *handover, uint64_t covered) MUST_CHECK;
/* Wakes a consumer that sleeps though batches were published by themselves. */
void handover_wake(struct handover *handover);

/* Whether a batch is under way that nobody has seen yet. */
bool handover_pending(const struct handover *handover);
/* Batches that were published and wait, or are being taken. */
size_t handover_waiting(const struct handover *handover);

/* Consumer. Calls `take` for each item of the oldest batch, in order; false where there is none. `foresee`
 * (may be NULL) sees each of them HANDOVER_FORESIGHT items earlier. What the batch covers goes to `*covered`.
 */
enum { HANDOVER_FORESIGHT = 8 };
typedef void (*handover_take_fn)(void *context, const struct handover_item *item);
bool handover_take(struct handover *handover, handover_take_fn take, handover_take_fn foresee, void *context,
                   uint64_t *covered);
bool handover_sleep_begin(struct handover *handover);
void handover_sleep_end(struct handover *handover);
