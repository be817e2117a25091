/*
 * nDPI, kept behind one file: the only one that includes nDPI's headers, for 4.2 (Debian) to 5.x. One
 * detection module a worker; state is allocated at a flow's first payload byte and freed when settled.
 * A hint, never a proof.
 */
#pragma once

#include "base/failure.h"
#include "decode/packet.h"
#include "flow/flow_table.h"

struct classifier;

/* One for each worker; must not run in parallel (nDPI's initialisation is not re-entrant). NULL fills
 * `failure` (status 1: the library is not the one whose headers we were built with, or does not start). */
struct classifier *classifier_create(const struct flow_settings *settings, struct counter_cell *counters,
                                     struct failure *failure) MUST_CHECK;
void classifier_free(struct classifier *classifier);

/* Feeds one packet of a flow (packet->ip; those without payload are passed over). Keeps flow->ndpi_protocol
 * up to date; frees the state and sets flow->classified when nDPI has settled, or given up after
 * settings->ndpi_packets.
 * Returns true while it wants more packets. */
bool classifier_take(struct classifier *classifier, struct flow *flow, const struct packet *packet,
                     unsigned side);
/* Frees the state of a flow that ends or that a parser of ours has recognised, and sets flow->classified. */
void classifier_drop(struct flow *flow);

/* Protocol names for rules and records: id by name (case-insensitive; 0 where unknown) and back. */
uint16_t classifier_protocol_id(const struct classifier *classifier, const char *name);
const char *classifier_protocol_name(const struct classifier *classifier, uint16_t protocol);
/* What nDPI keeps of a flow until it has settled, in bytes; of some protocols it takes a little more. */
size_t classifier_flow_memory(void);
/* "4.2.0" and the like: what stands in -V. */
const char *classifier_version(void);
