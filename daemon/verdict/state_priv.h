/*
 * The state file's form: one JSON object a line.
 *
 *     {"vigie_state":1,"saved":US}
 *     {"address":{...}}      those with services, before the services
 *     {"service":{...}}      the longest unseen first
 *     {"notice":{...}}       names with a notice, likewise
 *     {"end":N}              so many lines stand between; a file without it was cut
 *
 * Times are microseconds since 1970. No client, no hash of one and no subscriber's server is in it.
 */
#pragma once

#include <stdio.h>

#include "daemon/verdict/verdict_priv.h"

enum {
    STATE_FORMAT = 1,
    STATE_LINE_MAX = 32 * 1024 * 1024, /* an address with verdict.max_names at its highest fits */
};

void state_write(const struct verdict *verdict, FILE *out);

enum { STATE_WHY_SIZE = 160 };
/* False where the text is no state file: `why` says where and what was expected, and the verdict holds an
 * undefined part of it. */
bool state_read(struct verdict *verdict, FILE *in, char why[STATE_WHY_SIZE]) MUST_CHECK;

/* Reads, and restores what follows from it; where it is no state file the verdict is empty afterwards. */
bool state_load(struct verdict *verdict, FILE *in, char why[STATE_WHY_SIZE]) MUST_CHECK;

/* Names of the closed lists as the file writes them, for writer and reader alike. */
typedef const char *(*state_name_fn)(size_t index);
const char *state_transport(size_t index);
const char *state_kind(size_t index);
const char *state_family(size_t index); /* FAMILY_COUNT is "" */
const char *state_level(size_t index);
const char *state_scope(size_t index);
const char *state_relation(size_t index);
const char *state_tie(size_t index);
const char *state_notice(size_t index);
const char *state_source(size_t index);
