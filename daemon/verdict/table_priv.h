/* A chained hash table over nodes inside their elements; grows, never shrinks. The caller hashes (with the
 * verdict's key) and compares; several elements may have the same key. Order within it means nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_node {
    struct table_node *next;
    struct table_node **link; /* what points here; NULL while it stands in no table */
    uint64_t hash;
};

struct table {
    struct table_node **buckets; /* owned; the nodes are not */
    size_t bucket_count;         /* a power of two, 0 before the first element */
    size_t count;
};

void table_free(struct table *table);
void table_insert(struct table *table, struct table_node *node, uint64_t hash);
/* Harmless for a node that stands in no table. */
void table_remove(struct table *table, struct table_node *node);
/* The first node with this hash, and the next one with the same; NULL where there is none. */
struct table_node *table_find(const struct table *table, uint64_t hash);
struct table_node *table_find_next(const struct table_node *node);
