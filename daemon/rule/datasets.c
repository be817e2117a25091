/*
 * Data sets by name. NAME.list and NAME.txt of every folder together are the data set NAME, so that a site
 * adds to a shipped list without touching it. Loaded at the first rule that names it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/rule/rule_priv.h"

enum { DATASET_NAME_MAX = 64, READ_CHUNK = 1 << 16 };

struct dataset {
    char name[DATASET_NAME_MAX + 1];
    struct name_set *names;
};

struct datasets {
    const struct text_list *folders; /* borrowed while rules are loaded */
    struct dataset *items;
    size_t count;
};

static const char *const suffixes[] = {".list", ".txt"};

struct datasets *datasets_create(const struct text_list *folders)
{
    struct datasets *datasets = calloc(1, sizeof *datasets);
    if (datasets == NULL) {
        abort();
    }
    datasets->folders = folders;
    return datasets;
}

void datasets_free(struct datasets *datasets)
{
    if (datasets == NULL) {
        return;
    }
    for (size_t i = 0; i < datasets->count; i++) {
        name_set_free(datasets->items[i].names);
    }
    free(datasets->items);
    free(datasets);
}

/* A name cannot lead out of the folder. */
static bool name_is_good(struct slice name)
{
    bool good = name.len > 0 && name.len <= DATASET_NAME_MAX;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = byte_lower(name.data[i]);
        good = good &&
               ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_');
    }
    return good;
}

/* The path of file `index` of a data set (folders times suffixes); NULL behind the last one. */
static char *path_of(const struct datasets *datasets, const char *name, size_t index)
{
    size_t folder = index / ARRAY_COUNT(suffixes);
    char *path = NULL;
    if (folder >= datasets->folders->count) {
        return NULL;
    }
    if (asprintf(&path, "%s/%s%s", datasets->folders->items[folder], name,
                 suffixes[index % ARRAY_COUNT(suffixes)]) < 0) {
        abort();
    }
    return path;
}

static struct name_set *load(const struct datasets *datasets, const char *name,
                             struct diagnostics *diagnostics)
{
    struct name_set *names = NULL;
    char *path;
    for (size_t i = 0; (path = path_of(datasets, name, i)) != NULL; i++) {
        if (access(path, F_OK) == 0) {
            names = names == NULL ? name_set_create() : names;
            if (!name_set_load(names, path, diagnostics)) {
                diagnostics_add(diagnostics, path, 0, 0, "cannot be read");
            }
        }
        free(path);
    }
    return names;
}

const struct name_set *datasets_find(struct datasets *datasets, struct slice name,
                                     struct diagnostics *diagnostics)
{
    struct dataset item = {.names = NULL};
    if (!name_is_good(name)) {
        return NULL;
    }
    memcpy(item.name, name.data, name.len);
    for (size_t i = 0; i < datasets->count; i++) {
        if (strcmp(datasets->items[i].name, item.name) == 0) {
            return datasets->items[i].names;
        }
    }
    item.names = load(datasets, item.name, diagnostics);
    datasets->items = reallocarray(datasets->items, datasets->count + 1, sizeof *datasets->items);
    if (datasets->items == NULL) {
        abort();
    }
    datasets->items[datasets->count++] = item;
    return item.names;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct dataset *)left)->name, ((const struct dataset *)right)->name);
}

static void digest_file(const char *path, struct sha256_context *digest)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return; /* one of the two suffixes, or a folder without this set */
    }
    uint8_t *chunk = malloc(READ_CHUNK);
    if (chunk == NULL) {
        abort();
    }
    size_t len;
    while ((len = fread(chunk, 1, READ_CHUNK, file)) > 0) {
        sha256_update(digest, slice_make(chunk, len));
    }
    free(chunk);
    fclose(file);
}

void datasets_digest(struct datasets *datasets, struct sha256_context *digest)
{
    if (datasets->count > 0) {
        qsort(datasets->items, datasets->count, sizeof *datasets->items, compare_names);
    }
    for (size_t i = 0; i < datasets->count; i++) {
        char *path;
        for (size_t j = 0; (path = path_of(datasets, datasets->items[i].name, j)) != NULL; j++) {
            digest_file(path, digest);
            free(path);
        }
    }
}
