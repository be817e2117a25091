/* The JSON-lines file: whole lines, appended; a file that cannot be written costs lines, counted, never more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/failure.h"

struct jsonl;

/* NULL fills `failure` (66, 77). The path may be a FIFO: without a reader lines are lost. */
struct jsonl *jsonl_open(const char *path, struct counter_cell *counters, struct failure *failure) MUST_CHECK;
/* `line` without newline. A file that is not open is tried again at most once a second. */
void jsonl_write(struct jsonl *jsonl, const char *line, int64_t now_us);
/* Closes and opens the path anew: whoever rotates has moved the old file away. */
void jsonl_reopen(struct jsonl *jsonl, int64_t now_us);
void jsonl_free(struct jsonl *jsonl);
