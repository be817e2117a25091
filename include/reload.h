/*
 * Reload: a loader thread reads configuration, rules and lists anew, compiles everything, and hands the
 * finished snapshot to the main thread, which swaps pointers. A mistake anywhere keeps what is in force.
 */
#pragma once

#include "run.h"

/* What the loader made: complete, or NULL with the mistakes told in the log. */
struct reloaded {
    struct settings settings;
    struct rules_snapshot *rules;
    struct guards guards;
    bool good;
};

struct reload;

/* Starts the loader; `done_fd` (an eventfd) becomes readable when it has finished. */
struct reload *reload_start(const struct run *run, uint64_t generation, int done_fd);
/* Joins the loader and takes what it made; the caller frees it with reloaded_free. */
struct reloaded *reload_finish(struct reload *reload);
/* Frees what the caller has not moved out. */
void reloaded_free(struct reloaded *reloaded, unsigned workers);
