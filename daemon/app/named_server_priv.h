/* The parts of a URL, for those in the app stage that look at more than its server. */
#pragma once

#include "app/named_server.h"
#include "base/slice.h"

/* Borrowed from the URL. What is absent is empty. */
struct url_parts {
    struct slice scheme;    /* without "://" */
    struct slice authority; /* without user information */
    struct slice path;      /* of a relative reference too, from its first byte */
    struct slice query;     /* without '?' */
    struct slice fragment;  /* without '#' */
};

/* Splits an absolute URL or a relative reference (RFC 3986, appendix B). An authority is seen only behind
 * "scheme://"; nothing is decoded or checked. */
struct url_parts url_split(struct slice url);
/* What stands behind an authority: path, query and fragment. */
struct url_parts url_split_path(struct slice rest);

/* The order of a table of servers: most often named first, then by name, port and relation, so that it does
 * not depend on who came first. Below 0 where `a` stands before `b`. */
int named_server_compare(const struct named_server *a, const struct named_server *b);
