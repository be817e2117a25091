/* Small things that every JSON line of this stage needs. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "base/slice.h"

/* Aborts where jansson has no memory; else returns what it got. */
json_t *json_have(json_t *value);
/* Sets a key; takes over the reference. */
void json_put(json_t *object, const char *key, json_t *value);
/* Clean text of at most `max` bytes; an empty text sets no key. Returns whether all of it fitted. */
bool json_put_text(json_t *object, const char *key, struct slice text, size_t max);
/* Numbers beyond what JSON readers agree on are capped at 2^63 - 1. */
void json_put_number(json_t *object, const char *key, uint64_t number);
/* The same, but zero sets no key: absent facts are absent keys. */
void json_put_count(json_t *object, const char *key, uint64_t number);
void json_put_time(json_t *object, const char *key, int64_t time_us);
/* The names of the roles whose bits are set. */
json_t *json_roles(uint16_t roles);
/* Says so where an operator has turned a part of the privacy off; sets no key where all is as it should. */
void json_put_privacy(json_t *object, bool keep_credentials, bool keep_clients);
/* Compact, keys in the order in which they were set; malloc'ed. Takes over the reference. */
char *json_line(json_t *object);
