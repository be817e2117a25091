/* What the flow stage counts and what an operator may set of it. */
#include "base/clock.h"
#include "flow/flow_table.h"

COUNTER_TABLE(flow, FLOW_COUNTERS);

static const char *const ndpi_flows_names[] = {
    [NDPI_FLOWS_OFF] = "off", [NDPI_FLOWS_UNKNOWN] = "unknown", [NDPI_FLOWS_ALL] = "all", NULL};

enum { MILLISECOND = 1000, KIBIBYTE = 1024, MEBIBYTE = 1024 * 1024 };

static const struct option rows[] = {
    {.name = "flow.max",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct flow_settings, max_flows),
     .default_text = "1048576",
     .min = FLOW_SHARDS,
     .max = UINT64_C(1) << 26,
     .help =
         "Flows that are followed at a time, in all workers together. Each takes 128 bytes, of which 7 are "
         "taken "
         "at the start, and more while its payload is inspected. The table has 64 parts with an equal share "
         "each; where a part is full, its least recently used flow is ended early (counter "
         "vigie_flow_evicted_total)."},
    {.name = "flow.tcp_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct flow_settings, tcp_timeout),
     .default_text = "10min",
     .min = 100 * MILLISECOND,
     .help = "A TCP flow that carried payload ends after so long without a packet."},
    {.name = "flow.closed_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct flow_settings, tcp_closed_timeout),
     .default_text = "10s",
     .min = 100 * MILLISECOND,
     .help = "A TCP flow that was closed (by a reset, or by a FIN of each side that the mirror shows) ends "
             "after so long without a packet."},
    {.name = "flow.new_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct flow_settings, tcp_new_timeout),
     .default_text = "30s",
     .min = 100 * MILLISECOND,
     .help = "A TCP flow that has carried no payload yet ends after so long without a packet. A short time "
             "keeps port scans and SYN floods from filling the table."},
    {.name = "flow.udp_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct flow_settings, udp_timeout),
     .default_text = "60s",
     .min = 100 * MILLISECOND,
     .help = "A UDP flow ends after so long without a packet."},
    {.name = "flow.duplicates",
     .type = OPTION_DURATION,
     .offset = offsetof(struct flow_settings, duplicates),
     .default_text = "20ms",
     .max = 1000 * MILLISECOND,
     .help =
         "The same packet again within this time is the mirror's doing (two ports of one path, before and "
         "behind a "
         "router) and counts once: counter vigie_flow_duplicates_total. 0 takes every packet as it comes."},
    {.name = "stream.depth",
     .type = OPTION_SIZE,
     .offset = offsetof(struct flow_settings, stream_depth),
     .default_text = "0",
     .help =
         "Bytes of each direction of a TCP flow that are inspected; what follows is only counted. 0 means "
         "no limit: bodies that need no look are passed over cheaply, and a connection that is kept open "
         "carries its next request behind them."},
    {.name = "stream.hold",
     .type = OPTION_SIZE,
     .offset = offsetof(struct flow_settings, stream_hold),
     .default_text = "256KiB",
     .min = 4 * KIBIBYTE,
     .max = 64 * MEBIBYTE,
     .help =
         "Bytes that came out of order and are held for one direction of a TCP flow until the missing ones "
         "come. Each segment counts for at least 256 bytes. Where it is full, the missing bytes are given "
         "up (counter vigie_flow_hold_full_total)."},
    {.name = "stream.memory",
     .type = OPTION_SIZE,
     .offset = offsetof(struct flow_settings, stream_memory),
     .default_text = "256MiB",
     .min = FLOW_SHARDS * 64 * KIBIBYTE,
     .help = "Bytes that came out of order and are held for all flows together. Each of the 64 parts of the "
             "flow table has an equal share; where that is full, missing bytes are given up at once."},
    {.name = "network.home",
     .type = OPTION_PREFIX_LIST,
     .offset = offsetof(struct flow_settings, home),
     .default_text = "",
     .help =
         "Addresses and prefixes of your own access network, where your subscribers are. Where the "
         "beginning of a flow was not seen, the side inside them is the client. A server inside them is a "
         "subscriber: it is never named and never proposed for blocking."},
    {.name = "network.resolvers",
     .type = OPTION_PREFIX_LIST,
     .offset = offsetof(struct flow_settings, resolvers),
     .default_text = "",
     .help =
         "Addresses and prefixes of DNS resolvers whose answers you trust: your own. What others answer may "
         "be forged by anybody, so a name that only they tied to an address counts for less."},
    {.name = "ndpi.flows",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct flow_settings, ndpi_flows),
     .default_text = "unknown",
     .choices = ndpi_flows_names,
     .help =
         "Which flows are also given to nDPI, whose protocol labels rules may ask for: off (none), unknown "
         "(those that no parser of vigie recognises, while a rule asks for labels or records of flows are "
         "printed: nobody else reads them), or all. all costs the most processor time."},
    {.name = "ndpi.packets",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct flow_settings, ndpi_packets),
     .default_text = "8",
     .min = 1,
     .max = 32,
     .help =
         "Packets with payload of one flow that nDPI is given. Of 1,284 flows of nDPI's own test captures "
         "that it calls something, it calls 2 otherwise after 8 packets than after 32, 9 after 4, and 171 "
         "after 3."},
};

const struct option_table flow_options = {
    .stage = "flow", .rows = rows, .count = ARRAY_COUNT(rows), .settings_size = sizeof(struct flow_settings)};
