/* Between the JSON reader's two files. */
#pragma once

#include "daemon/app/json_priv.h"

static inline void json_emit(struct json_reader *reader, enum json_type type, struct slice text, bool cut)
{
    if (reader->depth <= JSON_DEPTH_SHOWN) {
        struct json_token token = {.type = type, .text = text, .cut = cut};
        reader->token(reader->context, &token);
    }
}

/* A value is over: the next state follows from the container. */
static inline void json_end_value(struct json_reader *reader)
{
    reader->state = reader->depth == 0 ? JSON_DONE : JSON_AT_COMMA;
}

/* Adds to the kept text what fits. */
void json_keep(struct json_reader *reader, struct slice bytes);
/* Both take at least one byte off `bytes`, which is not empty, and return the rest. */
struct slice json_take_string(struct json_reader *reader, struct slice bytes);
struct slice json_take_escape(struct json_reader *reader, struct slice bytes);
