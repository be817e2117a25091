/*
 * The lists that stand before any score: names that are never flagged, names and addresses that are never
 * blocked at this site, hosts of other people's files, platforms, networks of shared addresses: the lists
 * official, paste-hosts, platforms, shared-prefixes (addresses and prefixes alone) and allow of rules.lists.
 * With them comes `order`: what an order names, at this site alone.
 */
#pragma once

#include "rule/list_store.h"
#include "verdict/verdict.h"

/* Each held once; NULL where there is no such list. */
struct guards {
    struct watch_list *official;
    struct watch_list *allow;
    struct watch_list *paste_hosts;
    struct watch_list *platforms;
    struct watch_list *shared;
    struct watch_list *order;
};

/* From a load of `store` that has begun. Only allow and order may be missing: the others came with this
 * version, and without one of them a guard would be off and nobody would know. At a reload those in
 * force stay in such a place; at a start it is a mistake. */
void guards_load(struct guards *guards, struct list_store *store, struct diagnostics *diagnostics);
/* Adds what was read of these lists. */
void guards_digest(const struct list_store *store, struct sha256_context *digest);
/* The view that verdict takes; borrows from `guards` and `home`. */
struct verdict_guards guards_view(const struct guards *guards, const struct prefix_list *home);
void guards_free(struct guards *guards);
