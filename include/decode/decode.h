/*
 * Decode: link type by link type, header by header, down to the transport payload. One table row and one
 * function for each header (struct decode_layer in decode_priv.h); an encapsulation is added by a row.
 */
#pragma once

#include <stdbool.h>

#include "base/counter.h"
#include "base/option.h"
#include "capture/capture.h"
#include "decode/packet.h"

enum decode_result {
    DECODE_PACKET,    /* TCP or UDP with ports, or a fragment or other transport with addresses */
    DECODE_NOT_IP,    /* ARP, LLDP, ...: counted, nothing more */
    DECODE_MALFORMED, /* cut short, wrong lengths, too many layers: counted by reason */
};

#define DECODE_COUNTERS(X)                                                                                   \
    X(DECODE_IPV4, "ipv4", "IPv4 packets")                                                                   \
    X(DECODE_IPV6, "ipv6", "IPv6 packets")                                                                   \
    X(DECODE_TCP, "tcp", "TCP segments")                                                                     \
    X(DECODE_UDP, "udp", "UDP datagrams")                                                                    \
    X(DECODE_OTHER_TRANSPORT, "other_transport", "IP packets of another transport")                          \
    X(DECODE_FRAGMENTS, "fragments", "IP fragments")                                                         \
    X(FRAGMENTS_JOINED, "fragments_joined", "IP datagrams put together from fragments")                      \
    X(FRAGMENTS_CONFLICTS, "fragments_conflicts",                                                            \
      "IP datagrams given up because fragments overlap with other content, or contradict its length")        \
    X(FRAGMENTS_REPEATED, "fragments_repeated",                                                              \
      "Fragments of an IP datagram that was put together a moment ago: the mirror's repetition")             \
    X(FRAGMENTS_CUT, "fragments_cut",                                                                        \
      "Fragments of which the snapshot length cut a part: nothing to join, of UDP the beginning is read")    \
    X(FRAGMENTS_EXPIRED, "fragments_expired", "IP datagrams given up because a fragment never came")         \
    X(FRAGMENTS_EVICTED, "fragments_evicted", "IP datagrams given up because too many were waiting")         \
    X(FRAGMENTS_HELD, "fragments_held", "IP datagrams waiting for fragments now")                            \
    X(DECODE_NOT_TUNNELLED, "not_tunnelled",                                                                 \
      "UDP datagrams on a tunnel's port that hold no packet: taken as what they are")                        \
    X(DECODE_OTHER_LINK, "not_ip", "Frames that carry no IP")                                                \
    X(DECODE_CUT, "cut", "Packets that end inside a header")                                                 \
    X(DECODE_BAD_LENGTH, "bad_length", "Packets whose lengths contradict each other")                        \
    X(DECODE_BAD_VERSION, "bad_version", "Packets whose IP version contradicts the layer below")             \
    X(DECODE_SHORTENED, "shortened", "IP packets longer than their frame, cut before they came to us")       \
    X(DECODE_TOO_DEEP, "too_deep", "Packets with more headers than the cap")                                 \
    ENCAPSULATIONS(X, DECODE_IN_) /* a packet counts once for each kind */

enum COUNTER_ENUM(decode, DECODE_COUNTERS);
extern const struct counter_table decode_counters;

struct decode_settings {
    uint64_t fragments; /* decode.fragments: datagrams that wait for fragments, of each thread that decodes */
    uint64_t fragment_memory; /* decode.fragment_memory: bytes of them */
    int64_t fragment_timeout; /* decode.fragment_timeout: by packet time */
};

extern const struct option_table decode_options; /* over struct decode_settings */

/* Whether decode has a first layer for this DLT_. */
bool decode_link_known(int link_type);

/*
 * Fills all of `packet` but its number; what it holds after DECODE_MALFORMED is not for use. `ip` and
 * `payload` borrow from `raw`. A fragment (fragments.h joins them) and another transport have addresses and
 * `ip`, no ports and TRANSPORT_OTHER; a fragment's payload is its piece, another transport has none.
 * Checksums are not looked at: a mirror of a host with offloads shows wrong ones.
 */
enum decode_result decode_packet(const struct raw_packet *raw, struct packet *packet,
                                 struct counter_cell *counters);
