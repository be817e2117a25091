/* What the measuring programs share: CPU time, a result line, reading through our capture stage. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "capture/capture.h"

enum { NANOSECONDS_PER_US = 1000 };

/* CPU time of the whole process. */
static inline int64_t measure_cpu_us(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) {
        abort();
    }
    return now.tv_sec * TIME_SECOND + now.tv_nsec / NANOSECONDS_PER_US;
}

/* One line, "key=value" by spaces: the time before the first packet, and that from there on. */
static inline void measure_print(const char *name, int64_t begun_us, uint64_t packets)
{
    (void)printf("name=%s packets=%llu start_us=%lld run_us=%lld\n", name, (unsigned long long)packets,
                 (long long)begun_us, (long long)(measure_cpu_us() - begun_us));
}

/* measure.c. A capture file through our capture stage; ends the program where there is none. */
struct capture *measure_open(const char *path, struct counter_cell *cells);
/* Hands every packet of the capture to `take` and closes it. The profile begins counting here. */
void measure_read(struct capture *capture, capture_packet_fn take, void *context);
