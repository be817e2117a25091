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

static void require_list(bool found, const char *file, struct diagnostics *diagnostics)
{
    if (!found) {
        diagnostics_add(diagnostics, file, 0, 0,
                        "no folder of rules.lists has this list; it came with this version, and without it "
                        "its guard would be off");
    }
}

/* The names of one list, from each folder that has it. */
static struct name_set *load_names(const struct text_list *folders, const char *file,
                                   struct diagnostics *diagnostics)
{
    struct name_set *set = name_set_create();
    bool found = false;
    for (size_t i = 0; i < folders->count; i++) {
        char *path = path_in(folders->items[i], file);
        bool stands = access(path, F_OK) == 0;
        found = found || stands;
        if (stands && !name_set_load(set, path, diagnostics)) {
            diagnostics_add(diagnostics, path, 0, 0, "cannot be read: %s", strerror(errno));
        }
        free(path);
    }
    require_list(found, file, diagnostics);
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

/* What takes an entry of a list of lines, its comment taken off. */
typedef void (*take_entry_fn)(struct guards *guards, const char *entry, const char *path, unsigned number,
                              struct diagnostics *diagnostics);

static void take_allow(struct guards *guards, const char *entry, const char *path, unsigned number,
                       struct diagnostics *diagnostics)
{
    struct prefix prefix;
    if (prefix_parse(entry, &prefix)) {
        add_prefix(&guards->allow_prefixes, &prefix);
    } else {
        name_set_add(guards->allow, slice_text(entry), path, number, diagnostics);
    }
}

static void take_shared(struct guards *guards, const char *entry, const char *path, unsigned number,
                        struct diagnostics *diagnostics)
{
    struct prefix prefix;
    if (prefix_parse(entry, &prefix)) {
        add_prefix(&guards->shared, &prefix);
    } else {
        diagnostics_add(diagnostics, path, number, 1,
                        "\"%s\" is no address and no prefix; expected one a line, host bits zero", entry);
    }
}

static void load_lines(struct guards *guards, FILE *file, const char *path, take_entry_fn take,
                       struct diagnostics *diagnostics)
{
    char line[LINE_SIZE];
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "\r\n")] = '\0';
        struct slice rest = slice_text(line);
        struct slice entry = slice_trim(slice_split(&rest, '#'));
        if (entry.len > 0) {
            char text[LINE_SIZE];
            memcpy(text, entry.data, entry.len);
            text[entry.len] = '\0';
            take(guards, text, path, number, diagnostics);
        }
    }
}

/* A list that is not of names alone, from each folder that has it; true where one has. */
static bool load_list(struct guards *guards, const struct text_list *folders, const char *name,
                      take_entry_fn take, struct diagnostics *diagnostics)
{
    bool found = false;
    for (size_t i = 0; i < folders->count; i++) {
        char *path = path_in(folders->items[i], name);
        FILE *file = fopen(path, "re");
        if (file != NULL) {
            found = true;
            load_lines(guards, file, path, take, diagnostics);
            fclose(file);
        } else if (errno != ENOENT) {
            found = true;
            diagnostics_add(diagnostics, path, 0, 0, "cannot be read: %s", strerror(errno));
        }
        free(path);
    }
    return found;
}

bool guards_load(struct guards *guards, const struct text_list *folders, struct diagnostics *diagnostics)
{
    size_t before = diagnostics->count + diagnostics->omitted;
    *guards = (struct guards){
        .official = load_names(folders, "official.list", diagnostics),
        .paste_hosts = load_names(folders, "paste-hosts.list", diagnostics),
        .platforms = load_names(folders, "platforms.list", diagnostics),
        .allow = name_set_create(),
    };
    load_list(guards, folders, "allow.list", take_allow, diagnostics);
    bool found = load_list(guards, folders, "shared-prefixes.list", take_shared, diagnostics);
    require_list(found, "shared-prefixes.list", diagnostics);
    return diagnostics->count + diagnostics->omitted == before;
}

struct verdict_guards guards_view(const struct guards *guards, const struct prefix_list *home)
{
    return (struct verdict_guards){
        .official = guards->official,
        .allow = guards->allow,
        .paste_hosts = guards->paste_hosts,
        .platforms = guards->platforms,
        .allow_prefixes = &guards->allow_prefixes,
        .shared = &guards->shared,
        .home = home,
    };
}

void guards_free(struct guards *guards)
{
    name_set_free(guards->official);
    name_set_free(guards->allow);
    name_set_free(guards->paste_hosts);
    name_set_free(guards->platforms);
    free(guards->allow_prefixes.items);
    free(guards->shared.items);
    *guards = (struct guards){0};
}
