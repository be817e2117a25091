#include "base/text_list.h"

#include <stdlib.h>
#include <string.h>

void text_list_add(struct text_list *list, const char *text)
{
    char **grown = reallocarray(list->items, list->count + 1, sizeof *grown);
    char *copy = strdup(text);
    if (grown == NULL || copy == NULL) {
        abort();
    }
    grown[list->count++] = copy;
    list->items = grown;
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct text_list){0};
}
