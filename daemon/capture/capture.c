/* What files and interfaces have in common: options, counters, the handle, and the dispatch of packets. */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include "base/clock.h"
#include "capture_priv.h"

COUNTER_TABLE(capture, CAPTURE_COUNTERS);

/* libpcap takes a ring's size as an int, and no snapshot length beyond 256 KiB. */
#define MEBIBYTE ((uint64_t)1 << 20)
enum { RING_MAX_MEBIBYTES = 1024, SNAPLEN_MIN = 128, SNAPLEN_MAX = 262144 };
/* The end of the year 2999: a flow keeps its times in 56 bits (flow/flow.h). */
static const int64_t time_max_seconds = 32503679999;

static const char *const cutoff_names[] = {[CAPTURE_CUTOFF_OFF] = "off",
                                           [CAPTURE_CUTOFF_WORKER] = "worker",
                                           [CAPTURE_CUTOFF_KERNEL] = "kernel",
                                           NULL};
enum { CUTOFF_ENTRIES_MIN = 64, CUTOFF_ENTRIES_MAX = 1 << 24 };

static const struct option capture_option_rows[] = {
    {.name = "capture.ring",
     .type = OPTION_SIZE,
     .offset = offsetof(struct capture_settings, ring_bytes),
     .default_text = "64MiB",
     .min = MEBIBYTE,
     .max = RING_MAX_MEBIBYTES * MEBIBYTE,
     .help =
         "Size of the ring in which the kernel keeps packets until they are read; every worker has one for "
         "each interface. A larger one outlasts longer bursts. Where the kernel cannot have the memory in "
         "one piece it is made smaller."},
    {.name = "capture.snaplen",
     .type = OPTION_SIZE,
     .offset = offsetof(struct capture_settings, snaplen),
     .default_text = "65535",
     .min = SNAPLEN_MIN,
     .max = SNAPLEN_MAX,
     .help = "Bytes taken of a packet. Below the size of the largest packets, detection works with gaps."},
    {.name = "capture.promiscuous",
     .type = OPTION_BOOL,
     .offset = offsetof(struct capture_settings, promiscuous),
     .default_text = "true",
     .help = "Whether packets for other machines are taken, which is what a mirror port gets."},
    {.name = "capture.cutoff",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct capture_settings, cutoff),
     .default_text = "worker",
     .choices = cutoff_names,
     .help =
         "What is done with packets of which nobody reads the bytes: the rest of a film's segment, an "
         "endless "
         "stream that is known, what is encrypted. worker: they are counted and cost a look-up. off: bodies "
         "that nobody reads are put in order as well. kernel: as worker, and those of large TCP flows are "
         "dropped by an eBPF filter before they reach the ring (counter vigie_flow_cut_packets_total); it "
         "needs CAP_BPF at the start, Linux 5.19 where the daemon gives up its privileges, and Ethernet. "
         "Where "
         "that is missing it is said once and worker does it."},
    {.name = "capture.cutoff_entries",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct capture_settings, cutoff_entries),
     .default_text = "65536",
     .min = CUTOFF_ENTRIES_MIN,
     .max = CUTOFF_ENTRIES_MAX,
     .help =
         "Directions of flows that the kernel cuts off at a time; each takes about 128 bytes of its memory. "
         "Where the table is full, further ones are not cut off (counter vigie_flow_cut_full_total)."},
    {.name = "capture.idle_warning",
     .type = OPTION_DURATION,
     .offset = offsetof(struct capture_settings, idle_warning),
     .default_text = "30s",
     .max = (uint64_t)(24 * 3600 * TIME_SECOND),
     .help = "An interface without any packet for so long is a warning; 0 is never."},
};

const struct option_table capture_options = {.stage = "capture",
                                             .rows = capture_option_rows,
                                             .count = ARRAY_COUNT(capture_option_rows),
                                             .settings_size = sizeof(struct capture_settings)};

struct capture *capture_wrap(pcap_t *pcap, const char *name, struct counter_cell *counters)
{
    struct capture *capture = calloc(1, sizeof *capture);
    char *copy = strdup(name);
    if (capture == NULL || copy == NULL) {
        abort();
    }
    *capture = (struct capture){.pcap = pcap, .name = copy, .counters = counters, .status = CAPTURE_MORE};
    return capture;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL) {
        return;
    }
    if (capture->filtered) {
        pcap_freecode(&capture->filter);
    }
    pcap_close(capture->pcap);
    free(capture->file_buffer);
    free(capture->name);
    free(capture);
}

bool capture_compile(pcap_t *pcap, const char *filter, struct bpf_program *program, struct failure *failure)
{
    *program = (struct bpf_program){0};
    if (*filter != '\0' && pcap_compile(pcap, program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        return failure_set(failure, EXIT_STATUS_USAGE, "filter '%s': %s", filter, pcap_geterr(pcap));
    }
    return true;
}

bool capture_check_link(const struct capture *capture, bool (*link_known)(int link_type),
                        struct failure *failure)
{
    if (link_known(capture->link_type)) {
        return true;
    }
    const char *name = pcap_datalink_val_to_name(capture->link_type);
    return failure_set(
        failure, EXIT_STATUS_NO_CAPTURE,
        "%s: link type %d (%s) is not supported; expected Ethernet, Linux cooked, raw IP or loopback",
        capture->name, capture->link_type, name == NULL ? "unknown" : name);
}

int64_t capture_time(const struct timeval *time)
{
    int64_t seconds = time->tv_sec;
    int64_t microseconds = time->tv_usec;
    if (seconds < 0 && seconds >= INT32_MIN) {
        seconds += (int64_t)UINT32_MAX + 1; /* unsigned in a pcap file; libpcap reads them as signed */
    }
    if (seconds < 0) {
        return 0;
    }
    if (seconds > time_max_seconds) {
        seconds = time_max_seconds;
    }
    if (microseconds < 0 || microseconds >= TIME_SECOND) {
        microseconds = microseconds < 0 ? 0 : TIME_SECOND - 1;
    }
    return seconds * TIME_SECOND + microseconds;
}

uint32_t capture_counter_rise(uint32_t *last, uint32_t now)
{
    uint32_t rise = now - *last;
    *last = now;
    return rise;
}

/* One call of capture_dispatch, for libpcap's callback. */
struct dispatch {
    struct capture *capture;
    capture_packet_fn packet;
    void *context;
    size_t handed;
};

static void take_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct dispatch *dispatch = (struct dispatch *)(void *)user;
    struct capture *capture = dispatch->capture;
    capture->packets_read++;
    if (capture->filtered && pcap_offline_filter(&capture->filter, header, bytes) == 0) {
        return;
    }
    struct raw_packet raw = {.bytes = slice_make(bytes, header->caplen),
                             .wire_len = header->len < header->caplen ? header->caplen : header->len,
                             .link_type = capture->link_type,
                             .time_us = capture_time(&header->ts)};
    if (capture->early.active && capture_early_drops(&capture->early, raw.time_us)) {
        counter_add(capture->counters, CAPTURE_EARLY, 1);
        return;
    }
    counter_add(capture->counters, CAPTURE_PACKETS, 1);
    counter_add(capture->counters, CAPTURE_BYTES, raw.wire_len);
    dispatch->handed++;
    dispatch->packet(dispatch->context, &raw);
}

static enum capture_status end_of_file(struct capture *capture, int result)
{
    if (result > 0) {
        return CAPTURE_MORE;
    }
    if (result == 0) {
        return CAPTURE_END;
    }
    counter_add(capture->counters, CAPTURE_FILES_CUT, 1);
    enum exit_status status = capture->packets_read == 0 ? EXIT_STATUS_NO_CAPTURE : EXIT_STATUS_GOOD;
    (void)failure_set(&capture->failure, status, "%s: cannot be read on after %llu packets: %s",
                      capture->name, (unsigned long long)capture->packets_read, pcap_geterr(capture->pcap));
    return CAPTURE_CUT;
}

static enum capture_status end_of_ring(struct capture *capture, int result)
{
    if (result < 0) {
        (void)failure_set(&capture->failure, EXIT_STATUS_RUNTIME, "%s: %s", capture->name,
                          pcap_geterr(capture->pcap));
        return CAPTURE_LOST;
    }
    return result == 0 ? capture_live_idle(capture) : CAPTURE_MORE;
}

enum capture_status capture_dispatch(struct capture *capture, size_t limit, capture_packet_fn packet,
                                     void *context, size_t *handed)
{
    assert(limit > 0); /* 0 would be "without limit" to libpcap */
    *handed = 0;
    if (capture->status != CAPTURE_MORE) {
        return capture->status;
    }
    struct dispatch dispatch = {.capture = capture, .packet = packet, .context = context};
    int result = pcap_dispatch(capture->pcap, limit > INT_MAX ? INT_MAX : (int)limit, take_packet,
                               (u_char *)&dispatch);
    *handed = dispatch.handed;
    capture->status = capture->live ? end_of_ring(capture, result) : end_of_file(capture, result);
    return capture->status;
}

const struct failure *capture_failure(const struct capture *capture)
{
    return &capture->failure;
}
