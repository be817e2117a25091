#include "guards.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_SIZE = 1024 };

static char *path_in(const char *folder, const char *file)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, file) < 0) {
        abort();
    }
    return path;
}

/* The names of one list, from each folder that has it. */
static struct name_set *load_names(const struct text_list *folders, const char *file,
                                   struct diagnostics *diagnostics)
{
    struct name_set *set = name_set_create();
    for (size_t i = 0; i < folders->count; i++) {
        char *path = path_in(folders->items[i], file);
        if (access(path, F_OK) == 0 && !name_set_load(set, path, diagnostics)) {
            diagnostics_add(diagnostics, path, 0, 0, "cannot be read: %s", strerror(errno));
        }
        free(path);
    }
    return set;
}

static void add_prefix(struct prefix_list *list, const struct prefix *prefix)
{
    struct prefix *grown = reallocarray(list->items, list->count + 1, sizeof *grown);
    if (grown == NULL) {
        abort();
    }
    grown[list->count++] = *prefix;
    list->items = grown;
}

static void take_allow_line(struct guards *guards, struct slice line, const char *path, unsigned number,
                            struct diagnostics *diagnostics)
{
    struct slice rest = line;
    struct slice entry = slice_trim(slice_split(&rest, '#'));
    char text[LINE_SIZE];
    struct prefix prefix;
    if (entry.len == 0 || entry.len >= sizeof text) {
        return;
    }
    memcpy(text, entry.data, entry.len);
    text[entry.len] = '\0';
    if (prefix_parse(text, &prefix)) {
        add_prefix(&guards->allow_prefixes, &prefix);
    } else {
        name_set_add(guards->allow, entry, path, number, diagnostics);
    }
}

/* allow.list mixes names, addresses and prefixes. */
static void load_allow(struct guards *guards, const struct text_list *folders,
                       struct diagnostics *diagnostics)
{
    guards->allow = name_set_create();
    for (size_t i = 0; i < folders->count; i++) {
        char *path = path_in(folders->items[i], "allow.list");
        FILE *file = fopen(path, "re");
        if (file == NULL && errno != ENOENT) {
            diagnostics_add(diagnostics, path, 0, 0, "cannot be read: %s", strerror(errno));
        }
        char line[LINE_SIZE];
        for (unsigned number = 1; file != NULL && fgets(line, sizeof line, file) != NULL; number++) {
            line[strcspn(line, "\r\n")] = '\0';
            take_allow_line(guards, slice_text(line), path, number, diagnostics);
        }
        if (file != NULL) {
            fclose(file);
        }
        free(path);
    }
}

bool guards_load(struct guards *guards, const struct text_list *folders, struct diagnostics *diagnostics)
{
    size_t before = diagnostics->count + diagnostics->omitted;
    *guards = (struct guards){
        .official = load_names(folders, "official.list", diagnostics),
        .paste_hosts = load_names(folders, "paste-hosts.list", diagnostics),
    };
    load_allow(guards, folders, diagnostics);
    return diagnostics->count + diagnostics->omitted == before;
}

struct verdict_guards guards_view(const struct guards *guards, const struct prefix_list *home)
{
    return (struct verdict_guards){
        .official = guards->official,
        .allow = guards->allow,
        .paste_hosts = guards->paste_hosts,
        .allow_prefixes = &guards->allow_prefixes,
        .home = home,
    };
}

void guards_free(struct guards *guards)
{
    name_set_free(guards->official);
    name_set_free(guards->allow);
    name_set_free(guards->paste_hosts);
    free(guards->allow_prefixes.items);
    *guards = (struct guards){0};
}
