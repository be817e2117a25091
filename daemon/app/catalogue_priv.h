/*
 * A catalogue's fingerprint: over the titles and numbers of its channels, in any order. Every account of a
 * panel and every server of it has the same numbers under the same titles, so its lists have one print, as
 * playlists and as JSON, at every sensor; nothing of an account or a host is in it.
 */
#pragma once

#include "base/slice.h"

enum { CATALOGUE_ENTRIES_MIN = 50 }; /* fewer channels may be the same by chance, or anybody's */

struct catalogue_print {
    uint64_t sum; /* of the entries' hashes: two sums that no order changes */
    uint64_t products;
    uint64_t count;
};

/* A channel; `title` is cut at 1 KiB. */
void catalogue_print_add(struct catalogue_print *print, struct slice title, uint64_t number);
/* 0 where there were too few. */
uint64_t catalogue_print_value(const struct catalogue_print *print);
