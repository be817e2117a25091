#include "guards.h"

#include "base/attr.h"

static struct watch_list *load(struct list_store *store, const char *name, enum list_use use, bool required,
                               struct diagnostics *diagnostics)
{
    struct watch_list *list = list_store_get(store, name, use);
    if (list == NULL && required) {
        diagnostics_add(diagnostics, name, 0, 0,
                        "no folder of rules.lists has this list; it came with this version, and without it "
                        "its guard would be off");
    }
    return list;
}

void guards_digest(const struct list_store *store, struct sha256_context *digest)
{
    static const struct {
        const char *name;
        enum list_use use;
    } lists[] = {
        {"official", LIST_USE_ANY}, {"paste-hosts", LIST_USE_ANY},           {"platforms", LIST_USE_ANY},
        {"allow", LIST_USE_ANY},    {"shared-prefixes", LIST_USE_ADDRESSES}, {"order", LIST_USE_ANY},
    };
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        uint8_t bytes[SHA256_SIZE];
        list_store_digest(store, lists[i].name, lists[i].use, bytes);
        sha256_update(digest, slice_make(bytes, sizeof bytes));
    }
}

bool guards_load(struct guards *guards, struct list_store *store, struct diagnostics *diagnostics)
{
    size_t before = diagnostics->count + diagnostics->omitted;
    *guards = (struct guards){
        .official = load(store, "official", LIST_USE_ANY, true, diagnostics),
        .paste_hosts = load(store, "paste-hosts", LIST_USE_ANY, true, diagnostics),
        .platforms = load(store, "platforms", LIST_USE_ANY, true, diagnostics),
        .shared = load(store, "shared-prefixes", LIST_USE_ADDRESSES, true, diagnostics),
        .allow = load(store, "allow", LIST_USE_ANY, false, diagnostics),
        .order = load(store, "order", LIST_USE_ANY, false, diagnostics),
    };
    return diagnostics->count + diagnostics->omitted == before;
}

struct verdict_guards guards_view(const struct guards *guards, const struct prefix_list *home)
{
    return (struct verdict_guards){
        .official = guards->official,
        .allow = guards->allow,
        .paste_hosts = guards->paste_hosts,
        .platforms = guards->platforms,
        .shared = guards->shared,
        .order = guards->order,
        .home = home,
    };
}

void guards_free(struct guards *guards)
{
    watch_list_release(guards->official);
    watch_list_release(guards->allow);
    watch_list_release(guards->paste_hosts);
    watch_list_release(guards->platforms);
    watch_list_release(guards->shared);
    watch_list_release(guards->order);
    *guards = (struct guards){0};
}
