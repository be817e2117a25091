/*
 * Evidence is masked by construction (design, section 5): what a detection shows of a request or an answer
 * is what the rule itself fixed, and the names of query keys that everybody uses. All other bytes become
 * `*`, a run of them one `*`, so that no credential needs to be recognised to be left out.
 */
#pragma once

#include "rule/rule_hit.h"

/* Bytes of a buffer that one of the rule's contents matched: [from, to). */
struct mask_span {
    size_t from;
    size_t to;
};

/* What else than the spans may be shown. */
enum mask_form {
    MASK_FIXED, /* nothing */
    MASK_QUERY, /* names of known keys in `a=b&c=d` (a form's body) */
    MASK_URL,   /* the same behind the `?` of a URL */
    MASK_SHAPE, /* of a URL: the slashes, a harmless extension of the last segment, names of known keys */
};

/* Fills `out` with clean UTF-8 of at most RULE_VALUE_SIZE - 1 bytes. Spans may be in any order and overlap.
 */
void mask_value(struct slice buffer, const struct mask_span *spans, size_t count, enum mask_form form,
                char out[RULE_VALUE_SIZE]);
