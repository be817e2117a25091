/*
 * Reload: a loader thread reads configuration, rules and lists anew, compiles everything, and hands the
 * finished snapshot to the main thread, which swaps pointers. A mistake keeps what it stands in as it was: in
 * the configuration all of it, in the rules all rules, in a list that list; the rest is taken.
 */
#pragma once

#include "run.h"

struct reloaded {
    struct settings settings;
    struct rules_snapshot *rules;
    struct guards guards;
    bool good;                   /* else the configuration has mistakes, and nothing may be taken */
    bool rules_refused;          /* `rules` are those that were in force */
    struct diagnostics mistakes; /* all of them, as the log tells them */
};

struct reload;

/* Starts the loader; `done_fd` (an eventfd) becomes readable when it has finished. */
struct reload *reload_start(const struct run *run, uint64_t generation, int done_fd);
/* Joins the loader and takes what it made; the caller frees it with reloaded_free. */
struct reloaded *reload_finish(struct reload *reload);
/* Frees what the caller has not moved out. */
void reloaded_free(struct reloaded *reloaded, unsigned workers);
