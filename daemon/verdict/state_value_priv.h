/*
 * Typed values out of the objects of a state file. A failure is sticky: the first one is told, and what is
 * read after it counts for nothing; a value that failed is the smallest one allowed, "" or NULL.
 */
#pragma once

#include <jansson.h>

#include "daemon/verdict/state_priv.h"

struct state_reader {
    struct verdict *verdict;
    int64_t saved_us;
    uint64_t line;
    bool failed;
    char *why; /* STATE_WHY_SIZE */
};

/* ---- state_read_service.c */

void state_read_service(struct state_reader *reader, const json_t *value);
void state_read_evidence(struct state_reader *reader, struct evidence_set *set, const json_t *value);

/* ---- values */

/* `key` is "" for a whole line. */
void state_fail(struct state_reader *reader, const char *expected, const char *key);
json_t *state_get(struct state_reader *reader, const json_t *object, const char *key, json_type type,
                  const char *expected);
int64_t state_get_number(struct state_reader *reader, const json_t *object, const char *key, int64_t min,
                         int64_t max);
uint64_t state_get_count(struct state_reader *reader, const json_t *object, const char *key);
/* From 0 to the time at which the state was saved. */
int64_t state_get_time(struct state_reader *reader, const json_t *object, const char *key);
/* True, or absent. */
bool state_get_mark(struct state_reader *reader, const json_t *object, const char *key);
/* Clean text of less than `size` bytes: at a key, or as a value of its own (`key` is then for the failure).
 */
void state_get_text(struct state_reader *reader, const json_t *object, const char *key, char *out,
                    size_t size);
void state_take_text(struct state_reader *reader, const json_t *value, const char *key, char *out,
                     size_t size);
/* Where a name was read: not written where that is a request in plain text. */
enum name_source state_get_source(struct state_reader *reader, const json_t *object, const char *key);
size_t state_get_choice(struct state_reader *reader, const json_t *object, const char *key,
                        state_name_fn name, size_t count);
/* A normalised name or literal. */
void state_get_host(struct state_reader *reader, const json_t *object, const char *key,
                    char out[HOST_NAME_SIZE]);
/* At "ip". */
void state_get_address(struct state_reader *reader, const json_t *object, struct address *address);
json_t *state_get_array(struct state_reader *reader, const json_t *object, const char *key, size_t max);
