/*
 * A bounded single-producer single-consumer ring of records of one size, by value. Producer and consumer
 * are one thread each; head and tail stand on cache lines of their own, each side keeps a copy of the
 * other's index and looks again only when the copy says full or empty.
 *
 * A consumer that has nothing to do sleeps on `ring_wake_fd`: the producer writes to it only when the
 * consumer said that it would sleep.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* What two threads write stands at least so far apart. */
enum { CACHE_LINE = 64 };

struct ring;

/* `capacity` is rounded up to a power of two. With `wake_fd` >= 0 (an eventfd that the caller owns, shared
 * by all rings of one consumer) a push wakes a sleeping consumer. Aborts without memory. */
struct ring *ring_create(size_t record_size, size_t capacity, int wake_fd);
void ring_free(struct ring *ring);

/* Producer. A slot to fill in place, or NULL where the ring is full; ring_commit publishes it. */
void *ring_reserve(struct ring *ring) MUST_CHECK;
void ring_commit(struct ring *ring);
/* Publishes without waking: for batches; ring_wake ends the batch. */
void ring_commit_quiet(struct ring *ring);
void ring_wake(struct ring *ring);

/* Consumer. The oldest record, valid until ring_release, or NULL where the ring is empty. */
void *ring_peek(struct ring *ring);
void ring_release(struct ring *ring);
/* Announces that the consumer is about to sleep on the eventfd; returns false where a record has come
 * meanwhile and it must not (the announcement is then taken back already). ring_sleep_end takes the
 * announcement back; the consumer calls it for each of its rings after sleeping, or where another ring said
 * no. The eventfd may become readable once more after that: a wake-up too many is harmless. */
bool ring_sleep_begin(struct ring *ring);
void ring_sleep_end(struct ring *ring);
/* After a sleep: takes the wake-ups off a non-blocking eventfd, whether there were any or not. */
void ring_clear_wakes(int wake_fd);

size_t ring_used(const struct ring *ring); /* any thread, a moment's value */
size_t ring_capacity(const struct ring *ring);
