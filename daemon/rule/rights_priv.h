/*
 * Rights holders: whose pay channels the entries of a document name. rights-holders*.yaml of every folder of
 * rules.lists (rights_yaml.c), their expressions and examples (rights.c), and the
 * tally of one document (rights_tally.c).
 */
#pragma once

#include "app/entry.h"
#include "app/http.h"
#include "base/diagnostics.h"
#include "base/hash.h"
#include "base/text_list.h"
#include "rule/rule_hit.h"

struct pcre_pool;
struct pcre_scratch;

enum {
    RIGHTS_MAX = HTTP_MEMO_HOLDERS,
    RIGHTS_EXPRESSIONS_MAX = 4096,
    RIGHTS_NAME_SIZE = 64,
    RIGHTS_WORDS = (RIGHTS_MAX + 63) / 64,
    COUNTRY_WORDS = (26 * 26 + 63) / 64,
};

/* Where something stands in a file. */
struct rights_place {
    const char *file;   /* the set's */
    size_t file_number; /* in the order of reading */
    unsigned line;
    unsigned column;
};

struct rights_holder {
    char id[RIGHTS_HOLDER_SIZE];
    char name[RIGHTS_NAME_SIZE];
    uint64_t countries[COUNTRY_WORDS]; /* bits of two letters: 26 * first + second */
    struct rights_place place;         /* of the row that made it */
};

struct rights_expression {
    char *text; /* owned */
    size_t holder;
    bool except; /* takes names out again */
    struct rights_place place;
};

struct rights_example {
    char *title; /* owned */
    size_t holder;
    bool match;
    struct rights_place place;
};

struct rights_patterns; /* the expressions, compiled */

struct rights {
    struct rights_holder holders[RIGHTS_MAX];
    size_t count;
    struct rights_expression *expressions; /* owned */
    size_t expression_count;
    struct rights_example *examples; /* owned */
    size_t example_count;
    char **files; /* owned names of the files that were read */
    size_t file_count;
    struct hash_key key; /* of the tallies' tables; another one for each set */
    struct rights_patterns *patterns;
};

/* Reads all files; mistakes go to `diagnostics`. The expressions are patterns of `pool`. With `eager` those
 * that are libhs's are compiled now, else on first need, and the examples are tried. Never NULL. */
struct rights *rights_load(const struct text_list *folders, struct pcre_pool *pool, bool eager,
                           struct diagnostics *diagnostics);
void rights_free(struct rights *rights);
/* Adds the bytes of the files. */
void rights_digest(const struct rights *rights, struct sha256_context *digest);

/* One row after the other of one file (rights_yaml.c). */
void rights_read(struct rights *rights, const char *file, struct slice text, struct diagnostics *diagnostics);

/* What libhs has against an expression, as far as it tells without compiling it. */
void rights_check_expression(const struct rights_expression *expression, struct diagnostics *diagnostics);

/* Bits of the holders whose pay channel this normalised name is. */
bool rights_find(const struct rights *rights, struct pcre_scratch *scratch, struct slice name,
                 uint64_t found[RIGHTS_WORDS]);

/* Counts a live entry in the memory of its document. */
void rights_take_entry(const struct rights *rights, struct pcre_scratch *scratch, struct http_memo *memo,
                       const struct catalogue_entry *entry);
/* Countries in which every holder whose names were counted sells. */
uint64_t rights_markets(const struct rights *rights, const struct rights_tally *tally);
uint64_t rights_owners(const struct rights_tally *tally);
/* Whom the names of a document fit; false where it has none. */
bool rights_tell(const struct rights *rights, const struct rights_tally *tally, struct rights_holders *out);
