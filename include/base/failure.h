/* Why something that an operator asked for did not work: one clear message and the exit status for it. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

/* The documented exit statuses (sysexits.h's numbers, named for what they mean here). */
enum exit_status {
    EXIT_STATUS_GOOD = 0,
    EXIT_STATUS_RUNTIME = 1,      /* failed while running: an interface that disappears */
    EXIT_STATUS_USAGE = 64,       /* wrong command line, wrong BPF filter */
    EXIT_STATUS_NO_CAPTURE = 65,  /* input that is no capture, or of an unknown link type */
    EXIT_STATUS_NO_INPUT = 66,    /* a file that cannot be opened, an interface that does not exist */
    EXIT_STATUS_UNAVAILABLE = 69, /* Redis, where it was required */
    EXIT_STATUS_NO_PERMISSION = 77,
    EXIT_STATUS_CONFIG = 78, /* bad configuration or rules */
};

struct failure {
    enum exit_status status; /* EXIT_STATUS_GOOD while nothing failed */
    char text[512];          /* one line, no newline, no credential */
};

/* Fills `failure` and returns false, so that `return failure_set(...)` reads as the failure it is. */
bool failure_set(struct failure *failure, enum exit_status status, const char *format, ...) PRINTF_LIKE(3, 4);
