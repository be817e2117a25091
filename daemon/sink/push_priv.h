/* A detection as it waits for Redis: texts only, a few kilobytes, so that ten thousand of them may wait. */
#pragma once

#include "sink/sink.h"

struct push {
    struct push *next; /* the queue's link */
    uint64_t seq;
    char *facts; /* owned; the script's argument */
    char *event; /* owned */
    char id[DETECTION_ID_SIZE];
    char name_id[DETECTION_ID_SIZE]; /* of the name alone; "" where there is none */
    char server[SERVER_TEXT_SIZE];   /* "" where there is no endpoint to keep */
    char client_key[CLIENT_KEY_SIZE];
    bool sent; /* at least once: the outcome may be unknown */
    uint32_t clients_count;
    uint64_t clients[]; /* keyed hashes */
};

/* Takes over `event` (malloc'ed). */
struct push *push_create(const struct detection *detection, const struct producer *producer, uint64_t keep,
                         char *event);
void push_free(struct push *push);
