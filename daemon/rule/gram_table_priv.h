/*
 * Many texts searched at once in a short buffer. Of each text some of its grams (three bytes in a row,
 * letters of either case alike) are put into a table; a search looks at every n-th gram of a buffer only,
 * where its texts have n grams in a row and more. Making the table takes microseconds a text, a search some
 * instructions for each gram that is looked at, however many texts there are.
 */
#pragma once

#include "base/slice.h"

enum { GRAM_BYTES = 3, GRAM_PLACES_MAX = 128 };

struct gram_text {
    struct slice text; /* of GRAM_BYTES at least; in lower case with `nocase`; borrowed, outlives the table */
    bool nocase;
    uint8_t place; /* the buffer that it is searched in, below GRAM_PLACES_MAX */
    uint32_t id;   /* by which it is told */
};

struct gram_table;

/* `common`: what buffers are full of. Grams that stand there are avoided. */
struct gram_table *gram_table_create(const struct gram_text *texts, size_t count, struct slice common);
void gram_table_free(struct gram_table *table);

typedef void (*gram_found_fn)(void *context, uint32_t id);
/* Calls for each text of this place that stands in the buffer, possibly several times. */
void gram_table_search(const struct gram_table *table, uint8_t place, struct slice buffer,
                       gram_found_fn found, void *context);
