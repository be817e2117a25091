/* What the control stage counts and what an operator may set of it. */
#include "base/clock.h"
#include "base/log.h"
#include "control/control.h"

COUNTER_TABLE(control, CONTROL_COUNTERS);

static const char *const credentials_names[] = {
    [PRIVACY_CREDENTIALS_MASK] = "mask", [PRIVACY_CREDENTIALS_KEEP] = "keep", NULL};

static const char *const clients_names[] = {
    [PRIVACY_CLIENTS_PSEUDONYM] = "pseudonym", [PRIVACY_CLIENTS_ADDRESS] = "address", NULL};

static const char *const log_level_names[] = {[LOG_LEVEL_ERROR] = "error",
                                              [LOG_LEVEL_WARNING] = "warning",
                                              [LOG_LEVEL_INFO] = "info",
                                              [LOG_LEVEL_DEBUG] = "debug",
                                              NULL};

static const struct option rows[] = {
    {.name = "workers",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct control_settings, workers),
     .default_text = "1",
     .min = 1,
     .max = 64,
     .help =
         "Worker threads in all. Each inspects the flows of its share of the addresses, and reads its part "
         "of every interface. The result does not depend on their number. One for each core that the "
         "sensor may use, less one, is a good choice."},
    {.name = "user",
     .type = OPTION_TEXT,
     .offset = offsetof(struct control_settings, user),
     .default_text = "",
     .help =
         "Run as this user once the interfaces are open; whoever starts the daemon must then be root. "
         "Empty: stay who we are, which is right under systemd, whose unit starts the daemon as user vigie "
         "with CAP_NET_RAW alone. Capabilities are given up in either case."},
    {.name = "metrics.listen",
     .type = OPTION_TEXT,
     .offset = offsetof(struct control_settings, metrics_listen),
     .default_text = "127.0.0.1:9142",
     .help = "ADDRESS:PORT on which /metrics (for Prometheus) and /healthz are served over HTTP, without "
             "encryption and without a password: keep it on loopback. Empty: nowhere. Each instance on one "
             "host needs a port of its own."},
    {.name = "control.socket",
     .type = OPTION_TEXT,
     .offset = offsetof(struct control_settings, socket),
     .default_text = "",
     .help =
         "Unix socket on which `vigiectl reload` and `vigiectl status` reach a running daemon; whoever is of "
         "the daemon's group may. Empty: SENSOR/control in systemd's state folder, else in /var/lib/vigie "
         "where that exists, so that each instance has its own. `none`: there is no such socket."},
    {.name = "stats.interval",
     .type = OPTION_DURATION,
     .offset = offsetof(struct control_settings, stats_interval),
     .default_text = "60s",
     .min = (uint64_t)TIME_SECOND,
     .max = 86400 * (uint64_t)TIME_SECOND,
     .reload = true,
     .help = "One stats event in this time, where stats are among the events that are asked for."},
    {.name = "log.level",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct control_settings, log_level),
     .default_text = "info",
     .choices = log_level_names,
     .reload = true,
     .help = "Messages up to this level are written to standard error, which systemd keeps in its journal."},
    {.name = "drain",
     .type = OPTION_DURATION,
     .offset = offsetof(struct control_settings, drain),
     .default_text = "5s",
     .max = 600 * (uint64_t)TIME_SECOND,
     .reload = true,
     .help = "When the daemon is told to stop, detections that wait for Redis are still sent for at most so "
             "long. Keep it below TimeoutStopSec of the unit."},
    {.name = "privacy.credentials",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct control_settings, privacy_credentials),
     .default_text = "mask",
     .choices = credentials_names,
     .help =
         "mask: user names, passwords, MAC addresses of boxes, tokens, session ids and cookies become * "
         "before anything leaves a worker. keep: they stay, for a tester's own captures only; every event "
         "then says so."},
    {.name = "privacy.clients",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct control_settings, privacy_clients),
     .default_text = "pseudonym",
     .choices = clients_names,
     .help =
         "pseudonym: where a record needs a client, it bears a pseudonym written as an address of 100::/64. "
         "address: it bears the client's own address, for a tester's own captures only; every event then "
         "says so."},
    {.name = "privacy.key_file",
     .type = OPTION_TEXT,
     .offset = offsetof(struct control_settings, privacy_key_file),
     .default_text = "",
     .help = "File with the site's shared secret, from which the key of the client pseudonyms is derived by "
             "date (UTC), so that several sensors count one client once. Empty: a random key at each start."},
};

const struct option_table control_options = {.stage = "control",
                                             .rows = rows,
                                             .count = ARRAY_COUNT(rows),
                                             .settings_size = sizeof(struct control_settings)};
