/*
 * The lists that stand before any score: names that are never flagged, names and addresses that are never
 * flagged at this site, hosts of other people's files. Read from the folders of rules.lists:
 * official.list, allow.list (names, addresses and prefixes), paste-hosts.list.
 */
#pragma once

#include "base/diagnostics.h"
#include "verdict/verdict.h"

struct guards {
    struct name_set *official;
    struct name_set *allow;
    struct name_set *paste_hosts;
    struct prefix_list allow_prefixes;
};

/* A list that no folder has is empty. Mistakes go to `diagnostics`; false where there was one. */
bool guards_load(struct guards *guards, const struct text_list *folders, struct diagnostics *diagnostics);
/* The view that verdict takes; borrows from `guards` and `home`. */
struct verdict_guards guards_view(const struct guards *guards, const struct prefix_list *home);
void guards_free(struct guards *guards);
