/* What memory a configuration allows at most, for --dump-config. */
#pragma once

#include <stdio.h>

#include "settings.h"

/* Comment lines: what takes memory, how much at most, by which options, and the sum. */
void memory_print(const struct settings *settings, FILE *out);
