/*
 * What a mirror adds to the traffic: the same packet again, from two ports of one path, or from before and
 * behind a router. It counts once. The same is: addresses, ports, IP's identification, TCP's numbers, length
 * and the ends of the payload; what a router changes (time to live, checksum) and what stands around the
 * innermost packet do not count. A sender's own repetition comes after a round trip at the earliest, and is
 * another packet to IP; where it is taken for the mirror's nothing is lost, its bytes came before.
 */
#pragma once

#include "base/hash.h"
#include "flow/flow_table.h"

struct mirror;

/* One for each worker. Settings and counters must outlive it. Never NULL. */
struct mirror *mirror_create(const struct flow_settings *settings, const struct hash_key *key,
                             struct counter_cell *counters);
void mirror_free(struct mirror *mirror); /* NULL is allowed */
size_t mirror_memory(void);              /* of one, in bytes */
/* Whether this packet was seen a moment ago (flow.duplicates); counted. */
bool mirror_repeats(struct mirror *mirror, const struct packet *packet);
