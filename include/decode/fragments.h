/*
 * Fragments of IPv4 (RFC 791) and IPv6 (RFC 8200, section 4.5) put together, outer and inner ones alike:
 * bounded, by packet time, one table for each thread that decodes.
 *
 * Pieces that say the same twice (a mirror of two ports) are fine; where they overlap with other content the
 * whole datagram is given up, as RFC 5722 wants it: nobody can tell which of the two its receiver took. After
 * a second of silence other content is another datagram's, whose sender has used all identities once.
 */
#pragma once

#include "base/hash.h"
#include "decode/decode.h"

struct fragments;

/* Settings and counters must outlive the table. Never NULL. */
struct fragments *fragments_create(const struct decode_settings *settings, const struct hash_key *key,
                                   struct counter_cell *counters);
void fragments_free(struct fragments *table); /* NULL is allowed */

/*
 * Takes a fragment. True where it completes its datagram and a packet stands in that: `packet` then is that
 * packet, with the number, time and encapsulation of its last piece; its slices borrow from the table until
 * the next call. Fragments inside of what was put together are taken, too. The first piece of a datagram of
 * UDP that the snapshot length cut is such a packet as well, with a payload that is cut: nothing can ever
 * complete it.
 */
bool fragments_take(struct fragments *table, struct packet *packet);
