/* What the files of a worker share: worker.c (records, packets, replay), worker_live.c (live). */
#pragma once

#include "worker.h"

/* Once for many records: waking costs more than making one. */
void worker_wake_main(struct worker *worker);
void worker_take_tick(struct worker *worker, int64_t time_us, uint64_t number);
/* Into the pipeline, or to the worker whose it is. A fragment goes to the owner of its addresses, so that all
 * of a datagram's meet; what they hold together may be another's again. */
void worker_take_packet(struct worker *worker, struct packet *packet);
