/*
 * Capture: packets in, from files and from interfaces, through libpcap. This stage knows how to get bytes
 * with a time and a link type; what stands in them is decode's business.
 *
 * A handle belongs to one thread. Live handles are non-blocking: the owner polls capture_fd() together
 * with its own eventfd and a time-out, then dispatches (on an idle link pcap_dispatch would never return).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/failure.h"
#include "base/option.h"
#include "base/slice.h"

struct raw_packet {
    struct slice bytes; /* captured bytes; valid only during the callback */
    uint32_t wire_len;  /* length on the wire, at least bytes.len */
    int link_type;      /* DLT_... of this packet's interface */
    int64_t time_us;    /* nanosecond captures are rounded down */
};

enum capture_status {
    CAPTURE_MORE, /* live: nothing more now; file: call again */
    CAPTURE_END,  /* the file ended well */
    /* The file cannot be read on: a truncated record, a pcapng that libpcap cannot follow. What came before
     * has been handed out. capture_failure() says why; its status is 65 where not one packet could be read,
     * else 0. */
    CAPTURE_CUT,
    CAPTURE_LOST, /* live: the interface is gone or down, or the handle failed; capture_failure() has 1 */
};

struct capture_settings {
    uint64_t ring_bytes;     /* capture.ring: a handle's ring in the kernel */
    uint64_t snaplen;        /* capture.snaplen: bytes of a packet */
    bool promiscuous;        /* capture.promiscuous */
    int cutoff;              /* capture.cutoff: enum capture_cutoff */
    uint64_t cutoff_entries; /* capture.cutoff_entries: directions cut off in the kernel at a time */
    int64_t idle_warning;    /* capture.idle_warning: no packet for so long is a warning; 0 never */
};

/* What is done with packets of which nobody reads the bytes. */
enum capture_cutoff {
    CAPTURE_CUTOFF_OFF,    /* they are put in order as all others */
    CAPTURE_CUTOFF_WORKER, /* they are only counted */
    CAPTURE_CUTOFF_KERNEL, /* live, the kernel drops them before they reach the ring: capture/cutoff.h */
};

/* The drops of an interface are counted by the first handle of its group only: a sum over all is right. */
#define CAPTURE_COUNTERS(X)                                                                                  \
    X(CAPTURE_PACKETS, "packets", "Packets taken from captures or interfaces")                               \
    X(CAPTURE_BYTES, "bytes", "Bytes of these packets on the wire")                                          \
    X(CAPTURE_KERNEL_DROPS, "kernel_drops", "Packets that the kernel dropped because our ring was full")     \
    X(CAPTURE_INTERFACE_DROPS, "interface_drops", "Packets that the interface dropped before the kernel")    \
    X(CAPTURE_EARLY, "early", "Packets thrown away because the fanout group was not whole yet")              \
    X(CAPTURE_FILES, "files", "Capture files opened")                                                        \
    X(CAPTURE_FILES_CUT, "files_cut", "Capture files that could not be read to their end")

enum COUNTER_ENUM(capture, CAPTURE_COUNTERS);
extern const struct counter_table capture_counters;
extern const struct option_table capture_options; /* over struct capture_settings */

typedef void (*capture_packet_fn)(void *context, const struct raw_packet *packet);

struct capture;
struct cutoff;

/*
 * Opens a capture file ("-" is standard input) with a BPF filter in tcpdump's language ("" takes all).
 * NULL fills `failure`: 66 cannot be opened, 65 no capture or a link type that decode does not know
 * (`link_known` decides), 64 a wrong filter. libpcap reads a pcapng only as long as all its interfaces have
 * the link type and snapshot length of the first: another one is CAPTURE_CUT.
 *
 * This and capture_open_live() compile the filter, for which libpcap is not safe in two threads at once.
 */
struct capture *capture_open_file(const char *path, const char *filter, bool (*link_known)(int link_type),
                                  struct counter_cell *counters, struct failure *failure) MUST_CHECK;

/*
 * Opens `interface` `handles` times as one fanout group (PACKET_FANOUT_HASH, the id chosen by the kernel,
 * so that two daemons never share traffic by accident) into out[0..handles); with one handle no group is
 * made. Packets taken before the last handle joined are thrown away and counted (CAPTURE_EARLY of that
 * handle). False fills `failure` and leaves nothing open: 66 no such interface or one that is down, 77 no
 * permission, 64 a wrong filter, 65 an unknown link type, 1 another reason. "any" is all interfaces.
 * `cutoff` is NULL, or the kernel's filter for what nobody reads: where the link is not Ethernet, or the
 * kernel does not take it, that is logged once and capture goes on without.
 *
 * Open when everything else is ready, and begin to dispatch at once: the kernel takes a new block of the ring
 * (512 KiB) every 10 ms in which a packet came, so that a ring of 64 MiB lasts little over a second without
 * a reader even where traffic is low.
 */
bool capture_open_live(const char *interface, const char *filter, const struct capture_settings *settings,
                       struct cutoff *cutoff, bool (*link_known)(int link_type), size_t handles,
                       struct counter_cell *const *counters, struct capture **out,
                       struct failure *failure) MUST_CHECK;

/*
 * Hands out at most `limit` packets (not 0); their number goes to `*handed`, which may be 0 under
 * CAPTURE_MORE: the filter took none of a file's next `limit` packets, or the ring is empty. Live: call it at
 * least once a second, packets or not, so that a lost interface is noticed. Once it has returned anything
 * else than CAPTURE_MORE it returns that again.
 */
enum capture_status capture_dispatch(struct capture *capture, size_t limit, capture_packet_fn packet,
                                     void *context, size_t *handed);
/* A descriptor to poll for reading (live). */
int capture_fd(const struct capture *capture);
/* Live: reads the kernel's drop counters into the counter cells (32 to 64 bits). Call at least a minute. */
void capture_update_drops(struct capture *capture);
/* Why the last dispatch ended with CAPTURE_CUT or CAPTURE_LOST; lives as long as the handle. */
const struct failure *capture_failure(const struct capture *capture);
void capture_close(struct capture *capture); /* NULL is allowed */

/*
 * The files behind one -r PATH: the file itself, "-", or the files of a folder, sorted by byte (no
 * recursion, hidden files left out). Appends to `out`, which the caller frees (text_list_free); false fills
 * `failure` (66: it does not exist, or a folder without files).
 */
bool capture_list_files(const char *path, struct text_list *out, struct failure *failure) MUST_CHECK;
