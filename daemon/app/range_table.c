/* The lists of one shard that come in parts: few, so they are looked for one by one. */
#include "daemon/app/range_list_priv.h"

#include <assert.h>
#include <stdlib.h>

static void unlink_list(struct range_table *table, struct range_list *list)
{
    if (list->older == NULL) {
        table->oldest = list->newer;
    } else {
        list->older->newer = list->newer;
    }
    if (list->newer == NULL) {
        table->newest = list->older;
    } else {
        list->newer->older = list->older;
    }
}

static void link_newest(struct range_table *table, struct range_list *list)
{
    list->older = table->newest;
    list->newer = NULL;
    if (table->newest == NULL) {
        table->oldest = list;
    } else {
        table->newest->newer = list;
    }
    table->newest = list;
}

static size_t list_memory(const struct range_list *list)
{
    size_t memory = sizeof *list + (list->parser == NULL ? 0 : m3u_memory(list->parser));
    for (const struct range_segment *segment = list->first; segment != NULL; segment = segment->next) {
        memory +=
            sizeof *segment + segment->head.room + (segment->place == NULL ? 0 : sizeof *segment->place);
    }
    return memory;
}

size_t range_table_memory(const struct range_table *table)
{
    size_t memory = 0;
    for (const struct range_list *list = table->oldest; list != NULL; list = list->newer) {
        memory += list_memory(list);
    }
    return memory;
}

void range_table_remove(struct range_table *table, struct range_list *list)
{
    assert(list->parts_open == 0);
    unlink_list(table, list);
    table->count--;
    struct range_segment *segment = list->first;
    while (segment != NULL) {
        struct range_segment *next = segment->next;
        buf_free(&segment->head);
        free(segment->place);
        free(segment);
        segment = next;
    }
    m3u_free(list->parser);
    free(list);
}

static bool is_due(const struct range_list *list, int64_t now_us, int64_t timeout_us)
{
    return list->parts_open == 0 && now_us - list->used_us >= timeout_us;
}

struct range_list *range_table_find(struct range_table *table, uint64_t key, int64_t now_us,
                                    int64_t timeout_us)
{
    struct range_list *list = table->newest;
    while (list != NULL && list->key != key) {
        list = list->older;
    }
    if (list == NULL) {
        return NULL;
    }
    if (is_due(list, now_us, timeout_us)) {
        range_table_remove(table, list);
        return NULL;
    }
    list->used_us = now_us;
    unlink_list(table, list);
    link_newest(table, list);
    return list;
}

struct range_list *range_table_add(struct range_table *table, uint64_t key, uint64_t total, int64_t now_us,
                                   uint64_t max)
{
    if (table->count >= max) {
        struct range_list *idle = table->oldest;
        while (idle != NULL && idle->parts_open > 0) {
            idle = idle->newer;
        }
        if (idle == NULL) {
            return NULL;
        }
        range_table_remove(table, idle);
    }
    struct range_list *list = calloc(1, sizeof *list);
    if (list == NULL) {
        abort();
    }
    list->key = key;
    list->total = total;
    list->used_us = now_us;
    table->count++;
    link_newest(table, list);
    return list;
}

void range_table_sweep(struct range_table *table, int64_t now_us, int64_t timeout_us)
{
    struct range_list *list = table->oldest;
    while (list != NULL) {
        struct range_list *newer = list->newer;
        if (is_due(list, now_us, timeout_us)) {
            range_table_remove(table, list);
        }
        list = newer;
    }
}
