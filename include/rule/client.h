/*
 * Clients without their addresses. One IPv4 address or one IPv6 /64 is a client (design, section 5): the
 * hosts of one subscriber share a /64 and change the rest of their address at will.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/hash.h"

/* The keyed hash of a client's address (or its /64), for counting. Never 0: that means "no client". */
uint64_t client_hash(const struct hash_key *key, const struct address *client);
/* The pseudonym of a client as an address of 100::/64 (RFC 6666's discard prefix, where nobody lives). It
 * does not tell the client's hash, though it follows from the same key. */
struct address client_pseudonym(const struct hash_key *key, const struct address *client);
/* Whether an address is such a pseudonym. */
bool client_is_pseudonym(const struct address *address);
