/* The two clocks of the system, and the text of a time. */
#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

static int64_t clock_read_us(clockid_t id)
{
    struct timespec now;
    int status = clock_gettime(id, &now);
    assert(status == 0);
    (void)status;
    return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_realtime_us(void)
{
    return clock_read_us(CLOCK_REALTIME);
}

const char *time_print(int64_t time_us, char out[TIME_TEXT_SIZE])
{
    int64_t seconds = time_us / TIME_SECOND;
    int64_t fraction = time_us % TIME_SECOND;
    if (fraction < 0) { /* before 1970: C rounds towards zero, the text counts up from the second below */
        fraction += TIME_SECOND;
        seconds--;
    }
    time_t whole = (time_t)seconds;
    struct tm parts;
    struct tm *done = gmtime_r(&whole, &parts);
    assert(done != NULL); /* no int64_t of microseconds reaches a year that overflows an int */
    (void)done;
    size_t len = strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    assert(len > 0 && len + sizeof ".123456Z" <= TIME_TEXT_SIZE);
    snprintf(out + len, TIME_TEXT_SIZE - len, ".%06uZ", (unsigned)fraction % 1000000U);
    return out;
}
