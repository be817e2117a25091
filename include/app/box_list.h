/*
 * Lists of channels in the formats that set-top boxes read: those of a panel's get.php (signatures.md 1.1),
 * Enigma2's bouquets, and the lists of a panel's enigma2.php (1.4). They are counted as playlists are, by the
 * same rules and into the same facts (app/m3u.h), as a stream in constant memory.
 */
#pragma once

#include "app/body_kind.h"
#include "app/m3u.h"

/* The format of a body that begins so; LIST_M3U where it is none of these. `kind` is what the body is by its
 * first bytes; `complete`: no more will come. */
enum list_format box_list_detect(enum body_kind kind, struct slice first, bool complete);

struct box_parser;

/* What the parser takes of the heap now, in bytes. */
size_t box_memory(const struct box_parser *parser);
/* As m3u_create; `format` is not LIST_M3U. */
struct box_parser *box_create(enum list_format format, const struct hash_key *key,
                              const struct credential_hashes *credentials, catalogue_entry_fn entry,
                              void *context);
void box_feed(struct box_parser *parser, struct slice bytes);
void box_gap(struct box_parser *parser, uint64_t missing);
void box_finish(struct box_parser *parser, bool complete, struct m3u_facts *facts);
void box_free(struct box_parser *parser);
