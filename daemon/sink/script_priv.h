/* The Lua script and its calls: which keys and arguments it gets, in its order. */
#pragma once

#include "push_priv.h"

struct redisContext;

/* daemon/sink/script/, joined and NUL-terminated. */
const char *sink_script(void);

enum { SCRIPT_SHA_SIZE = 41 };

/* What every call of one sensor has in common. */
struct script_caller {
    const char *prefix; /* redis.prefix; borrowed */
    const char *sensor;
    const char *epoch;
    char sha[SCRIPT_SHA_SIZE]; /* as SCRIPT LOAD answered */
};

/* Append one EVALSHA to the connection's output; nothing is sent yet. `after`: seq of the one before it in
 * the same pipeline, or 0. */
void script_append_detection(struct redisContext *context, const struct script_caller *caller,
                             const struct push *push, uint64_t after);
void script_append_heartbeat(struct redisContext *context, const struct script_caller *caller,
                             const char *facts);
