/*
 * The lists that stand before any score: names that are never flagged, names and addresses that are never
 * blocked at this site, hosts of other people's files, platforms, networks of shared addresses. Read from the
 * folders of rules.lists, from each that has the file: official.list, paste-hosts.list, platforms.list
 * (names), shared-prefixes.list (addresses and prefixes), allow.list (both).
 */
#pragma once

#include "base/diagnostics.h"
#include "verdict/verdict.h"

struct guards {
    struct name_set *official;
    struct name_set *allow;
    struct name_set *paste_hosts;
    struct name_set *platforms;
    struct prefix_list allow_prefixes;
    struct prefix_list shared;
};

/* Mistakes go to `diagnostics`; false where there was one. Only allow.list may be missing: the others came
 * with this version, and without one of them a guard would be off and nobody would know. */
bool guards_load(struct guards *guards, const struct text_list *folders, struct diagnostics *diagnostics);
/* The view that verdict takes; borrows from `guards` and `home`. */
struct verdict_guards guards_view(const struct guards *guards, const struct prefix_list *home);
void guards_free(struct guards *guards);
