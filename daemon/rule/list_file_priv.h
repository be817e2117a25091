/* One file of a list: read in parts, digested, and its entries added to what is built. */
#pragma once

#include <sys/stat.h>

#include "base/hash.h"
#include "rule/list_reader.h"

enum { LIST_FILE_MISTAKES_MAX = 100 }; /* that are told of one file; the rest is counted */

struct list_file {
    const char *path;
    enum watch_format format;
    enum list_use use;
    enum watch_suffixes suffixes;
};

/* Where the files of one list go. */
struct list_file_sink {
    struct watch_builder *builder;
    struct sha256_context *digest;
    uint64_t max_entries;
    struct diagnostics *diagnostics;
};

enum list_file_result { LIST_FILE_READ, LIST_FILE_ABSENT, LIST_FILE_UNREADABLE };

/* `*stat` is that of the file that was read. */
enum list_file_result list_file_load(const struct list_file *file, struct list_file_sink *sink,
                                     struct stat *stat);
