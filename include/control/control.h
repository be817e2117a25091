/* The control plane's own options, and the privacy switches that several stages obey. */
#pragma once

#include "base/counter.h"
#include "base/option.h"

enum privacy_credentials { PRIVACY_CREDENTIALS_MASK, PRIVACY_CREDENTIALS_KEEP };
enum privacy_clients { PRIVACY_CLIENTS_PSEUDONYM, PRIVACY_CLIENTS_ADDRESS };

struct control_settings {
    char *metrics_listen;    /* metrics.listen: 127.0.0.1:9142; "" none */
    char *socket;            /* control.socket: "" the instance's own place, "none" */
    char *user;              /* user: run as this user after the interfaces are open; "" stays */
    int privacy_credentials; /* privacy.credentials */
    int privacy_clients;     /* privacy.clients */
    char *privacy_key_file;  /* privacy.key_file: the site's shared secret; "" a random key at start */
    int64_t stats_interval;  /* stats.interval: one stats event in this time */
    int log_level;           /* log.level: error, warning, info, debug */
    uint64_t workers;        /* workers */
    int64_t drain;           /* drain: how long SIGTERM waits for the sinks */
};

extern const struct option_table control_options; /* over struct control_settings */

/* Of the main thread alone, and never one of metrics_start's sources: it adds them itself. */
#define CONTROL_COUNTERS(X)                                                                                  \
    X(CONTROL_SCRAPES, "scrapes", "Times that the metrics were read")                                        \
    X(CONTROL_HTTP_REFUSED, "http_refused", "HTTP requests for another method or path, refused")             \
    X(CONTROL_HTTP_FULL, "http_full", "Times that the cap of HTTP connections was reached")                  \
    X(CONTROL_RELOADS, "reloads", "Reloads, by a signal or the control socket")                              \
    X(CONTROL_RELOADS_REFUSED, "reloads_refused",                                                            \
      "... of which something was refused: the configuration, the rules or a list")                          \
    X(CONTROL_RULES_REFUSED, "rules_refused", "... of which the rules were refused for mistakes in them")    \
    X(CONTROL_COMMANDS_TAKEN, "commands", "Commands taken on the control socket")                            \
    X(CONTROL_COMMANDS_REFUSED, "commands_refused", "Lines on it that were no command, or too long")         \
    X(CONTROL_CLIENTS_FULL, "clients_full", "Connections to it refused because there were too many")

enum COUNTER_ENUM(control, CONTROL_COUNTERS);
extern const struct counter_table control_counters;
