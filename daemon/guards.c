#include "guards.h"

#include "base/attr.h"

/* The lists, once: what a load, a digest and the end go by. */
static const struct {
    const char *name;
    size_t offset; /* in struct guards */
    enum list_use use;
    bool required;
} lists[] = {
    {"official", offsetof(struct guards, official), LIST_USE_ANY, true},
    {"paste-hosts", offsetof(struct guards, paste_hosts), LIST_USE_ANY, true},
    {"platforms", offsetof(struct guards, platforms), LIST_USE_ANY, true},
    {"shared-prefixes", offsetof(struct guards, shared), LIST_USE_ADDRESSES, true},
    {"allow", offsetof(struct guards, allow), LIST_USE_ANY, false},
    {"order", offsetof(struct guards, order), LIST_USE_ANY, false},
};

static struct watch_list **list_at(struct guards *guards, size_t index)
{
    return (struct watch_list **)(void *)((char *)guards + lists[index].offset);
}

void guards_load(struct guards *guards, struct list_store *store, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        struct watch_list *list = list_store_get(store, lists[i].name, lists[i].use);
        if (list == NULL && lists[i].required) {
            list = list_store_keep(store, lists[i].name, lists[i].use);
        }
        if (list == NULL && lists[i].required) {
            diagnostics_add(
                diagnostics, lists[i].name, 0, 0,
                "no folder of rules.lists has this list; it came with this version, and without it "
                "its guard would be off");
        }
        *list_at(guards, i) = list;
    }
}

void guards_digest(const struct list_store *store, struct sha256_context *digest)
{
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        uint8_t bytes[SHA256_SIZE];
        list_store_digest(store, lists[i].name, lists[i].use, bytes);
        sha256_update(digest, slice_make(bytes, sizeof bytes));
    }
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
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        watch_list_release(*list_at(guards, i));
        *list_at(guards, i) = NULL;
    }
}
