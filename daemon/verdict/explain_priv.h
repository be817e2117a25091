/* The two rooms of --explain. */
#pragma once

#include "daemon/verdict/verdict_priv.h"

/* ---- explain_lacks.c */

void explain_next_level(const struct score *score, FILE *out);
void explain_block(const struct verdict *verdict, const struct view *view, const struct score *score,
                   FILE *out);
