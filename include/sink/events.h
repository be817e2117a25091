/* The events that --events and jsonl.events may ask for, and their names: one table. */
#pragma once

enum event_bits {
    EVENT_DETECTION = 1,
    EVENT_HTTP = 2,
    EVENT_FLOW = 4,
    EVENT_M3U = 8,
    EVENT_STATS = 16,
    EVENT_MPEGTS = 32,
    EVENT_TLS = 64,
    EVENT_DNS = 128,
    EVENT_QUIC = 256
};

/* NULL-terminated, for option tables. */
extern const char *const event_choices[];
/* The bit of a name; 0 where there is none. */
unsigned event_bit(const char *name);

#define EVENT_NAMES(X)                                                                                       \
    X(EVENT_DETECTION, "detection")                                                                          \
    X(EVENT_HTTP, "http")                                                                                    \
    X(EVENT_TLS, "tls")                                                                                      \
    X(EVENT_FLOW, "flow")                                                                                    \
    X(EVENT_M3U, "m3u")                                                                                      \
    X(EVENT_MPEGTS, "mpegts")                                                                                \
    X(EVENT_QUIC, "quic")                                                                                    \
    X(EVENT_DNS, "dns")                                                                                      \
    X(EVENT_STATS, "stats")
