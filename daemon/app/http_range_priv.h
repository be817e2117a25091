/* Between http_content.c and the lists that come in parts (http_range.c). */
#pragma once

#include "daemon/app/http_priv.h"

/* Whether it is less than the whole body. */
bool http_range_is_part(const struct http_range *range);

/* What a part's body is, where `kind` is what its first bytes look like: a part of a list that is known, or
 * one with entries in it, is a playlist's whatever it begins with. */
enum body_kind http_range_kind(const struct http_flow *http, enum body_kind kind);

/* The present answer is the first part of a compressed list: its others cannot be read. */
void http_range_note_coded(const struct http_flow *http);
/* Whether it is one of those others. */
bool http_range_is_coded(const struct http_flow *http);

/* The parser of a playlist's part, with the functions that http_content.c drives it by. NULL where too many
 * lists come in parts: this one is read alone. `create` makes the parser of a new list. */
void *http_range_open(struct http_flow *http, struct m3u_parser *(*create)(struct http_flow *http));
void http_range_feed(void *state, struct slice bytes);
void http_range_gap(void *state, uint64_t missing);
/* The facts are those of all parts until now; returns how many entries nobody was told of before. */
uint64_t http_range_finish(void *state, struct m3u_facts *facts);
void http_range_free(void *state);
size_t http_range_memory(const void *state);

/* A list of `total` bytes broke off behind `end` of them: the rest may be fetched as a part. True where its
 * parser is kept, and is the list's from now on. */
bool http_range_keep(const struct http_flow *http, struct m3u_parser *parser, uint64_t total, uint64_t end);
