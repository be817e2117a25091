/* A list of texts, owned. (A header of its own: getopt.h has a struct option too.) */
#pragma once

#include <stddef.h>

struct text_list {
    char **items; /* owned, each and all */
    size_t count;
};

/* Appends a copy; aborts without memory. */
void text_list_add(struct text_list *list, const char *text);
/* Frees everything and leaves the list empty. */
void text_list_free(struct text_list *list);
