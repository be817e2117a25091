/*
 * Names that something else than a request ties to an address: answers of DNS and certificates
 * (verdict/verdict.h). A pair of name and address stands for itself, whether a service is known there or not:
 * a name is resolved before anybody asks it for something.
 *
 * Strangers fill this: whoever resolves ever new names puts a pair in for each. So a pair is 24 bytes,
 * without its texts: a keyed hash of 64 bits stands for both. Two pairs of n may have the same one by chance
 * only (n * n / 2^65), not by anybody's doing, and then one name would pass for tied where it is not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct service;
struct service_key;
struct verdict;
struct worker_record;

/* Seconds of packet time; 0 where there is none. */
struct verified_pair {
    uint64_t hash;           /* of address and name; 0: a free place */
    uint32_t client;         /* of the answer heard last: a part of its hash; 0 where it is nobody known */
    uint32_t heard_until;    /* so long the answer that this client saw is in force */
    uint32_t verified_until; /* so long the name is verified */
    bool kept;               /* a service is known under this name at this address */
};

/*
 * Groups of VERIFIED_GROUP places; the lowest bits of the hash choose the group, in which the pair that was
 * met last stands first. It grows by doubling to the cap; then, in a group without a free place, the first of
 * these goes that there is, each time the one longest not met:
 *   - what is in force no more,
 *   - what one client alone heard of, if at least VERIFIED_WAITING of the group are such: so nobody alone can
 *     push out what others verified, and yet there is always room to wait for the second client,
 *   - what is verified, - what one client heard of, - what serves a known service.
 */
enum { VERIFIED_GROUP = 8, VERIFIED_WAITING = 2 };

/* No answer ties for longer than this: twice what verdict.verified_ttl and verdict.verified_hold may be. */
#define VERIFIED_MOST_US (60 * 24 * 60 * 60 * TIME_SECOND)

struct verified {
    struct verified_pair *pairs; /* owned; NULL until the first comes */
    size_t groups;               /* a power of two; 0 where there are none */
    size_t count;
};

/* An answer of DNS (FACT_ADDRESS), a certificate (FACT_CERTIFICATE). True where the name came to be verified
 * by it, which it was not before. */
bool verified_take_answer(struct verdict *verdict, const struct service_key *key,
                          const struct worker_record *record);
bool verified_take_certificate(struct verdict *verdict, const struct service_key *key);
/* Until when (microseconds) the name is verified for the address; 0 where it is not now. */
int64_t verified_until(const struct verdict *verdict, const struct service_key *key);
/* Whether any answer in force ties the name to the address, be it one that one client alone saw. */
bool verified_is_heard(const struct verdict *verdict, const struct service_key *key);
/* The service came to be known, or is going. */
void verified_keep(struct verdict *verdict, const struct service *service);
void verified_release(struct verdict *verdict, const struct service *service);
/* For a state file. */
void verified_restore(struct verdict *verdict, const struct service_key *key, int64_t until_us);
/* Clients are hashed under another key: who was the only one to see an answer is nobody known. */
void verified_forget_clients(struct verdict *verdict);
/* Forgets what is beyond the cap of a reload. */
void verified_shrink(struct verdict *verdict);
void verified_free(struct verdict *verdict);
