/*
 * How many clients a service has: exact up to CLIENTS_EXACT_MAX keyed hashes, estimated beyond (HyperLogLog
 * of 1,024 registers, 3 % off), and which of them no detection has told yet. A number carried over from an
 * earlier key is never added: of two counts the larger holds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verdict/detection.h"

enum { CLIENTS_EXACT_MAX = 64 };

struct clients_estimate;

struct clients {
    uint64_t *exact; /* owned; in the order they came */
    size_t exact_count;
    size_t exact_room;
    size_t told;                       /* so many of `exact` were told */
    struct clients_estimate *estimate; /* owned; NULL until a client beyond the exact ones came */
    uint64_t carried;                  /* counted under an earlier key */
};

void clients_free(struct clients *clients);
/* The key has changed: the count is carried, the hashes are forgotten. */
void clients_carry(struct clients *clients);
/* `client` is not 0. True where the exact number grew. */
bool clients_add(struct clients *clients, uint64_t client);
/* Distinct clients of one service, or of two together (`lent` may be NULL). */
uint64_t clients_count(const struct clients *own, const struct clients *lent);
/* Hashes not told yet, each once, at most DETECTION_CLIENTS_MAX; what does not fit is not told. */
uint32_t clients_untold(const struct clients *own, const struct clients *lent,
                        uint64_t out[DETECTION_CLIENTS_MAX]);
void clients_mark_told(struct clients *clients);
/* What one of them may own. */
size_t clients_memory_most(void);

/* Who made claims: distinct clients, counted to two. */
struct claimants {
    uint64_t clients[2];
    uint8_t count;
    uint8_t carried; /* counted under an earlier key, or made by nobody known */
};

/* `client` 0 is somebody unknown: one at least. True where the count grew. */
bool claimants_add(struct claimants *claimants, uint64_t client);
void claimants_merge(struct claimants *into, const struct claimants *from);
uint32_t claimants_count(const struct claimants *claimants);
void claimants_carry(struct claimants *claimants);
