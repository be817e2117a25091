/* `vigied --check[=SECONDS]`: whether this mirror is fit (design, section 4). */
#pragma once

#include "stats.h"

/* Prints one line for each thing looked at: grade, name, what was seen, what to do. `packet_us` is the time
 * of the last packet, 0 without any. EXIT_STATUS_RUNTIME where something is bad. */
enum exit_status check_report(const struct run *run, const struct stats *stats, int64_t packet_us);
