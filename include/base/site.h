/* Whose a name is: the registered domain, which is one label below a public suffix (publicsuffix.org). */
#pragma once

#include "base/slice.h"

/*
 * Whether two normalised hosts belong to one site: they are the same, or have the same registered domain.
 * Literals, names of one label and public suffixes are sites of their own. Names over 253 bytes are nobody's.
 */
bool site_same(struct slice a, struct slice b);
