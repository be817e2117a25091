/*
 * The log: standard error, one line a message; with `<N>` priorities where systemd reads it
 * (JOURNAL_STREAM is set). For operators: start, stop, reload, a sink that comes or goes, a broken
 * configuration. Never for packets: hostile input is a counter. Callable from any thread; a worker calls
 * it only while starting and stopping.
 */
#pragma once

#include "base/attr.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Messages above `level` are left out; before the first call it is LOG_LEVEL_WARNING. */
void log_set_level(enum log_level level);
/* Control characters in the message are replaced; no credential may be handed in. */
void log_message(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...)   log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)
