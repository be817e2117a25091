/* The files of rules and of rights holders: found by their patterns, read, and known again. */
#pragma once

#include "base/buf.h"
#include "base/hash.h"
#include "rule/rule_set.h"

enum { RULE_FILE_BYTES_MAX = 256 << 20 };

/* Adds the files that a pattern fits, sorted by byte, each once; the result is that of glob(3). */
int rule_files_find(const char *pattern, int flags, struct text_list *files);
/* Those of rights holders in folders of lists. */
void rule_files_find_rights(const struct text_list *folders, struct text_list *files);
/* False where it cannot be read to its end; what has no room in `out` is left out. */
bool rule_file_read(const char *name, struct buf *out);
/* SHA-256 over everything that a set is made of but its lists: two that are the same make the same set. */
void rule_files_digest(const struct rule_settings *settings, bool parsed_ndpi, uint8_t out[SHA256_SIZE]);
