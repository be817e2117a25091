/* Inside capture: the handle, and what its files (capture.c, capture_file.c, capture_live.c) share. */
#pragma once

#include <pcap/pcap.h>

#include "capture/capture.h"

/*
 * The early time of a fanout group. A handle that has bound to the interface and not joined yet gets every
 * packet, and so does the first member until the second has come: what was taken before the last handle
 * joined would be seen twice or by the wrong member, and is thrown away.
 *
 * Packets are told apart by their kernel time. Since the system's clock may be set back just then, two more
 * things end the early time: a ring found empty at a time when the kernel must have handed over all that it
 * held, and as many packets as a ring can hold.
 */
struct capture_early {
    bool active;
    int64_t joined_us;           /* of the system's clock, just after the last handle joined */
    int64_t joined_monotonic_us; /* the same moment */
    uint64_t budget;             /* packets that may still be thrown away */
};

void capture_early_begin(struct capture_early *early, int64_t realtime_us, int64_t monotonic_us,
                         uint64_t ring_bytes);
/* Whether a packet of this time is to be thrown away; may end the early time. */
bool capture_early_drops(struct capture_early *early, int64_t packet_us);
/* The ring was found empty. */
void capture_early_empty(struct capture_early *early, int64_t monotonic_us);

struct capture {
    pcap_t *pcap;
    char *name;        /* of the file or interface, for messages; owned */
    char *file_buffer; /* of a file's stream; owned */
    bool live;
    int link_type;
    struct counter_cell *counters;
    struct failure failure;
    enum capture_status status; /* of the last dispatch; no longer CAPTURE_MORE: nothing is read any more */

    /* Files: the filter runs here and not in libpcap, so that a dispatch with a limit ends and a file that
     * was cut after its first packets is known from one in which nothing could be read. Live: where the
     * cut-off has the handle's place for filters. */
    struct bpf_program filter;
    bool filtered;
    uint64_t packets_read; /* whether the filter took them or not */

    struct capture_early early;
    int interface_index; /* 0 for "any" */
    bool cut_off;        /* the cut-off's filter is attached */
    bool group_first;    /* the interface's drops are the whole group's: its first handle counts them */
    uint32_t kernel_drops;
    uint32_t interface_drops; /* as libpcap last told both */
    int64_t state_checked_us; /* monotonic */
};

/* Makes an empty handle around `pcap`, which it owns from then on. */
struct capture *capture_wrap(pcap_t *pcap, const char *name, struct counter_cell *counters);
/* False fills `failure` with 64. An empty filter is none: the program is left empty. */
bool capture_compile(pcap_t *pcap, const char *filter, struct bpf_program *program,
                     struct failure *failure) MUST_CHECK;
/* False fills `failure` with 65. */
bool capture_check_link(const struct capture *capture, bool (*link_known)(int link_type),
                        struct failure *failure) MUST_CHECK;
/* Microseconds since 1970 of a packet header, never negative, never beyond the year 9999. */
int64_t capture_time(const struct timeval *time);
/* What a 32-bit counter rose by since `*last`, which is brought up to date. */
uint32_t capture_counter_rise(uint32_t *last, uint32_t now);

/* Live, the ring was found empty: CAPTURE_LOST where the interface is gone or down. */
enum capture_status capture_live_idle(struct capture *capture);
