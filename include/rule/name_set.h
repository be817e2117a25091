/*
 * A set of host names, each exact or with all its sub-domains, for `dataset:isset,NAME,type host` and for
 * the guards' lists. Immutable once built; a million names are normal, a look-up costs one hash per label.
 *
 * Text form, one entry a line: `name.example` is the name alone, `.name.example` the name with its
 * sub-domains; `#` begins a comment. Names are lower-cased and turned into A-labels (IDNA).
 */
#pragma once

#include "base/diagnostics.h"
#include "base/slice.h"

struct name_set;

struct name_set *name_set_create(void);
/* One entry in text form; false where it is no name (`diagnostics` says why, where file is not NULL). */
bool name_set_add(struct name_set *set, struct slice entry, const char *file, unsigned line,
                  struct diagnostics *diagnostics);
/* Reads a file of entries; mistakes go to `diagnostics`. False where the file cannot be read. */
bool name_set_load(struct name_set *set, const char *path, struct diagnostics *diagnostics);
/* Whether a normalised name is in the set. The longest matching entry's text goes to `*entry` (borrowed
 * from the set) where `entry` is not NULL. */
bool name_set_contains(const struct name_set *set, struct slice name, const char **entry);
size_t name_set_count(const struct name_set *set);
void name_set_free(struct name_set *set);
