/* The early time of a fanout group: see capture_priv.h. */
#include "base/clock.h"
#include "capture_priv.h"

enum {
    /* How far apart the kernel's times of packets may stand that lie side by side in a ring, and how long a
     * packet may lie in a block before the kernel hands it over: both with much room. */
    GRACE_US = 100000,
    /* What a packet takes in a ring at least: its headers there alone are longer. */
    RING_BYTES_PER_PACKET = 64,
};

void capture_early_begin(struct capture_early *early, int64_t realtime_us, int64_t monotonic_us,
                         uint64_t ring_bytes)
{
    *early = (struct capture_early){.active = true,
                                    .joined_us = realtime_us,
                                    .joined_monotonic_us = monotonic_us,
                                    .budget = ring_bytes / RING_BYTES_PER_PACKET};
}

bool capture_early_drops(struct capture_early *early, int64_t packet_us)
{
    if (packet_us >= early->joined_us + GRACE_US || early->budget == 0) {
        early->active = false;
        return false;
    }
    if (packet_us >= early->joined_us) {
        return false;
    }
    early->budget--;
    return true;
}

void capture_early_empty(struct capture_early *early, int64_t monotonic_us)
{
    if (monotonic_us - early->joined_monotonic_us >= GRACE_US) {
        early->active = false;
    }
}
