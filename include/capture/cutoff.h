/*
 * The cut-off in the kernel (capture.cutoff: kernel): an eBPF socket filter on our capture handles that drops
 * packets of which nobody needs anything but their number, before they are copied to a ring. It works on any
 * interface and in a fanout group, and costs a look-up or two a packet.
 *
 * An entry of its table cuts ONE direction of ONE TCP connection. Whatever its kind, packets with SYN, FIN or
 * RST pass, and so does what the filter does not understand: it reads IPv4 and IPv6 (without extension
 * headers) in Ethernet behind at most two VLAN tags; tunnels and fragments pass.
 *
 * The filter itself opens an entry again, since user space would be too late for the next answer: a SYN of
 * either side opens any, payload of the other side those that are not CUTOFF_FOR_EVER. An open entry drops
 * nothing more and keeps its count until it is taken.
 *
 * One object serves all handles and may be used by all threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/attr.h"
#include "base/failure.h"

enum cutoff_kind {
    CUTOFF_OPEN,       /* nothing is dropped */
    CUTOFF_RESUME,     /* packets that end at or before a sequence number, until the other side has payload */
    CUTOFF_UNTIL_SAID, /* everything, until the other side has payload */
    CUTOFF_FOR_EVER,   /* everything, until another connection begins on these ports */
};

/* Who sends to whom; ports in host order. */
struct cutoff_direction {
    struct address source, destination;
    uint16_t source_port, destination_port;
};

struct cutoff_volume {
    uint64_t packets;
    uint64_t bytes; /* of TCP payload on the wire */
};

enum cutoff_answer {
    CUTOFF_DONE,
    CUTOFF_FULL,    /* the table has no room */
    CUTOFF_REFUSED, /* the kernel no longer lets us: said once, and not tried again */
};

struct cutoff;

/* A table of `entries` and the filter, which takes `snaplen` bytes of what passes. NULL fills `failure`: 77
 * no permission (CAP_BPF), 1 another reason, among them that we were built without libbpf. */
struct cutoff *cutoff_create(uint64_t entries, uint32_t snaplen, struct failure *failure) MUST_CHECK;
void cutoff_free(struct cutoff *cutoff); /* NULL is allowed */
/* The filter's descriptor, for SO_ATTACH_BPF. */
int cutoff_program(const struct cutoff *cutoff);

/* Cuts a direction, in the place of what its entry said before; `resume` is read for CUTOFF_RESUME alone. */
enum cutoff_answer cutoff_set(struct cutoff *cutoff, const struct cutoff_direction *direction,
                              enum cutoff_kind kind, uint32_t resume);
/* What a direction's entry has dropped until now; nothing where there is none. */
struct cutoff_volume cutoff_look(struct cutoff *cutoff, const struct cutoff_direction *direction);
/* The same, and removes the entry. */
struct cutoff_volume cutoff_take(struct cutoff *cutoff, const struct cutoff_direction *direction);
