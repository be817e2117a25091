/* Between the JSON reader's two files. */
#pragma once

#include "daemon/app/json_priv.h"

void json_emit(struct json_reader *reader, enum json_type type, struct slice text, bool cut);
/* A value is over: the next state follows from the container. */
void json_end_value(struct json_reader *reader);
/* Adds to the kept text what fits. */
void json_keep(struct json_reader *reader, struct slice bytes);
/* Both take at least one byte off `bytes`, which is not empty, and return the rest. */
struct slice json_take_string(struct json_reader *reader, struct slice bytes);
struct slice json_take_escape(struct json_reader *reader, struct slice bytes);
