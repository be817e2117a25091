/* sd_notify: READY, RELOADING, STOPPING, STATUS, WATCHDOG; without libsystemd or systemd all do nothing. */
#pragma once

#include <stdint.h>

#include "base/attr.h"

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *format, ...) PRINTF_LIKE(1, 2);
void notify_watchdog(void);
/* Half of systemd's watchdog time in microseconds, or 0 where there is none. */
int64_t notify_watchdog_interval(void);
