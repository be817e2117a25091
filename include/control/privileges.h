/*
 * Giving up privileges: interfaces first, then groups, gid, uid, capabilities, no-new-privileges, each
 * checked. Core dumps are off from the start: a core would hold subscribers' packets.
 */
#pragma once

#include <stdbool.h>

#include "base/failure.h"

/* No core dumps, not dumpable. First thing in main. */
void privileges_forbid_cores(void);
/*
 * Drops to `user` ("" stays who we are) and drops every capability; refuses to go on as root where a user
 * was named. Capabilities belong to a thread: call it before any other thread is started, and open what
 * needs them before. False fills `failure` (78 no such user, or root; 77 we may not; 1 anything else) and the
 * daemon must end: some of the privileges may be gone already.
 */
bool privileges_drop(const char *user, struct failure *failure) MUST_CHECK;
