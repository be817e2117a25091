/* Text from strangers made presentable: UTF-8, names, percent-encoding, numbers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

/*
 * Appends `text` as valid UTF-8 of at most `max` bytes (cut between characters): malformed sequences,
 * C0 and C1 controls, DEL, bidi controls (U+061C, U+200E/F, U+202A-202E, U+2066-2069), zero-width
 * and line separators (U+200B-200D, U+2060, U+2028/9, U+FEFF) become U+FFFD. Returns whether all of it
 * fitted.
 */
bool text_append_clean(struct buf *out, struct slice text, size_t max);

enum { HOST_NAME_SIZE = 256 }; /* 253 bytes of a name, a NUL, and room to spare */

/*
 * A Host header, :authority or SNI as a service name: lower case, without port, without a final dot,
 * without brackets around a literal. `port` gets the port that was written or 0. False where it is no
 * name or literal at all (empty, a character outside letters, digits, '-', '_', '.', and ':' of literals,
 * a label over 63 or a name over 253 bytes): `out` is then empty.
 */
bool host_normalise(struct slice text, char out[HOST_NAME_SIZE], uint16_t *port) MUST_CHECK;
/* Whether a normalised name is an address literal of either family. */
bool host_is_literal(const char *name);

/* Decodes %XX (a malformed one stays as it is); with `plus` a '+' becomes a blank. Appends to `out`. */
void percent_decode(struct buf *out, struct slice text, bool plus);

/* A whole unsigned decimal number that fits, or false. */
bool text_parse_u64(struct slice text, uint64_t *out) MUST_CHECK;

/* The value of `key` in `a=b&c=d` (a query or a form), raw; false where the key does not stand there. */
bool query_value(struct slice query, const char *key, struct slice *value);
