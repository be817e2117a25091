/*
 * Mistakes in what an operator wrote, all of them at once: FILE:LINE:COLUMN: what is wrong, and what was
 * expected. Collected while reading configuration, rules and lists; printed in the order they were found.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attr.h"

struct diagnostic {
    char *file;      /* owned */
    unsigned line;   /* from 1; 0 where the place is the whole file or the command line */
    unsigned column; /* from 1, in bytes; 0 as above */
    char *text;      /* owned; one line */
};

enum { DIAGNOSTICS_MAX = 1000 }; /* a file of another kind would else make one for each of its lines */

struct diagnostics {
    struct diagnostic *items; /* owned */
    size_t count;
    size_t omitted; /* beyond DIAGNOSTICS_MAX */
};

void diagnostics_add(struct diagnostics *diagnostics, const char *file, unsigned line, unsigned column,
                     const char *format, ...) PRINTF_LIKE(5, 6);
/* Puts what stands in `from` behind what stands in `into`; `from` is empty then. */
void diagnostics_move(struct diagnostics *into, struct diagnostics *from);
void diagnostics_print(const struct diagnostics *diagnostics, FILE *out);
void diagnostics_free(struct diagnostics *diagnostics);
