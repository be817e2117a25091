#include "daemon/verdict/table_priv.h"

#include "daemon/verdict/memory_priv.h"

enum { BUCKETS_FIRST = 64 };

void table_free(struct table *table)
{
    free(table->buckets);
    *table = (struct table){0};
}

static void put(struct table *table, struct table_node *node)
{
    struct table_node **bucket = &table->buckets[node->hash & (table->bucket_count - 1)];
    node->next = *bucket;
    node->link = bucket;
    if (node->next != NULL) {
        node->next->link = &node->next;
    }
    *bucket = node;
}

static void grow(struct table *table)
{
    struct table_node **old = table->buckets;
    size_t old_count = table->bucket_count;
    table->bucket_count = old_count == 0 ? BUCKETS_FIRST : old_count * 2;
    table->buckets = memory_zeroed(table->bucket_count, sizeof(struct table_node *));
    for (size_t i = 0; i < old_count; i++) {
        struct table_node *next;
        for (struct table_node *node = old[i]; node != NULL; node = next) {
            next = node->next;
            put(table, node);
        }
    }
    free(old);
}

void table_insert(struct table *table, struct table_node *node, uint64_t hash)
{
    if (table->count >= table->bucket_count) {
        grow(table);
    }
    node->hash = hash;
    put(table, node);
    table->count++;
}

void table_remove(struct table *table, struct table_node *node)
{
    if (node->link == NULL) {
        return;
    }
    *node->link = node->next;
    if (node->next != NULL) {
        node->next->link = node->link;
    }
    node->link = NULL;
    node->next = NULL;
    table->count--;
}

static struct table_node *first_with(struct table_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash) {
        node = node->next;
    }
    return node;
}

struct table_node *table_find(const struct table *table, uint64_t hash)
{
    if (table->bucket_count == 0) {
        return NULL;
    }
    return first_with(table->buckets[hash & (table->bucket_count - 1)], hash);
}

struct table_node *table_find_next(const struct table_node *node)
{
    return first_with(node->next, node->hash);
}
