/* Facts of a transport stream as text, for tests and the fuzz target: two of them compare. */
#pragma once

#include <inttypes.h>
#include <stdio.h>

#include "app/mpegts.h"

enum { MPEGTS_TEXT_SIZE = 1024 };

static inline void facts_print_mpegts(const struct mpegts_facts *facts, char out[MPEGTS_TEXT_SIZE])
{
    snprintf(out, MPEGTS_TEXT_SIZE,
             "packets=%" PRIu64
             "x%u resyncs=%u bad=%u tables=%d%d%d%d programs=%u program=%u video=%u audio=%u "
             "ca=%d content=%" PRIu64 " scrambled=%" PRIu64 " described=%d name=%s provider=%s kilobits=%u "
             "clock=%" PRId64,
             facts->packets, facts->packet_size, facts->resyncs, facts->bad_sections, facts->has_pat,
             facts->has_pmt, facts->has_cat, facts->has_sdt, facts->programs, facts->program, facts->video,
             facts->audio, facts->ca_descriptors, facts->content_packets, facts->scrambled_packets,
             facts->described, facts->service_name, facts->provider, facts->kilobits, facts->clock_us);
}
