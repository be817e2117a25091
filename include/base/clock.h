/*
 * Time. Everywhere in the daemon a time is an int64_t of microseconds since 1970 UTC, and a duration an
 * int64_t of microseconds. Which clock a time comes from is the source's business: packets in replay,
 * packets moved on by the monotonic clock when live.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TIME_TEXT_SIZE = 32 }; /* "2026-01-31T20:45:01.123456Z" with its NUL, and years of five digits */

#define TIME_SECOND ((int64_t)1000000)

int64_t clock_monotonic_us(void); /* for durations; its zero means nothing */
int64_t clock_realtime_us(void);

/* RFC 3339 with microseconds, UTC; returns `out`. */
const char *time_print(int64_t time_us, char out[TIME_TEXT_SIZE]);
