/* The project's whole macro budget: compiler attributes and array arithmetic. */
#pragma once

#include <stddef.h>

/* The caller has to look at the result; a failure that nobody sees is a bug. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* printf's own checks for functions of ours that take a format. */
#define PRINTF_LIKE(format_index, first_argument)                                                            \
    __attribute__((format(printf, format_index, first_argument)))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
