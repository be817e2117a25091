/* Guards: who is nobody's business, who is never flagged, who is never blocked. */
#include <libpsl.h>

#include "base/text.h"
#include "daemon/verdict/verdict_priv.h"
#include "rule/client.h"

static int64_t now_of(const struct verdict *verdict)
{
    return verdict->now_us / TIME_SECOND;
}

static bool list_has(const struct verdict *verdict, const struct watch_list *list, const char *name)
{
    return watch_list_find_host(list, slice_text(name), now_of(verdict), NULL);
}

static bool list_has_address(const struct verdict *verdict, const struct watch_list *list,
                             const struct address *address)
{
    return watch_list_find_address(list, address, now_of(verdict), NULL);
}

static bool prefixes_have(const struct prefix_list *list, const struct address *address)
{
    return list != NULL && prefix_list_contains(list, address);
}

bool guard_is_literal_of(const char *name, const struct address *address)
{
    char literal[ADDRESS_TEXT_SIZE];
    size_t len = strlen(name);
    if (len == 0 || ((name[len - 1] < '0' || name[len - 1] > '9') && memchr(name, ':', len) == NULL)) {
        return false; /* a literal ends with a digit or has a colon, and hardly any name does: nothing is
                         printed */
    }
    return strcmp(name, address_print(address, literal)) == 0;
}

void guard_normalise(struct service_key *key)
{
    if (guard_is_literal_of(key->name, &key->address)) {
        key->name[0] = '\0';
    }
}

/* Whether servers of this class are anybody's business. */
static bool class_is_judged(const struct verdict *verdict, const struct address *address)
{
    switch (address_classify(address)) {
    case ADDRESS_PUBLIC:
        return true;
    case ADDRESS_MULTICAST:
    case ADDRESS_UNSPECIFIED:
        return false;
    default:
        return verdict->settings.private_servers;
    }
}

enum block_reason guard_drops(const struct verdict *verdict, const struct service_key *key)
{
    if (!class_is_judged(verdict, &key->address)) {
        return REASON_GUARD;
    }
    if (prefixes_have(verdict->guards.home, &key->address)) {
        return REASON_HOME;
    }
    bool official = list_has(verdict, verdict->guards.official, key->name) ||
                    list_has_address(verdict, verdict->guards.official, &key->address) ||
                    listed_find(verdict, VERDICT_LIST_OFFICIAL, key, NULL);
    return official ? REASON_OFFICIAL : REASON_NONE;
}

bool guard_allows(const struct verdict *verdict, const struct service_key *key)
{
    return list_has(verdict, verdict->guards.allow, key->name) ||
           list_has_address(verdict, verdict->guards.allow, &key->address) ||
           listed_find(verdict, VERDICT_LIST_ALLOW, key, NULL);
}

bool guard_is_paste_host(const struct verdict *verdict, const char *name)
{
    return list_has(verdict, verdict->guards.paste_hosts, name);
}

bool guard_is_shared_prefix(const struct verdict *verdict, const struct address *address)
{
    return prefix_list_contains(&verdict->settings.shared, address) ||
           list_has_address(verdict, verdict->guards.shared, address);
}

/* Without a list of public suffixes every name might be one. */
static bool is_public_suffix(const char *name)
{
    const psl_ctx_t *suffixes = psl_builtin();
    return suffixes == NULL || psl_is_public_suffix(suffixes, name) != 0;
}

bool guard_names_one(const char *name)
{
    return !host_is_literal(name) && strchr(name, '.') != NULL && !is_public_suffix(name);
}

bool guard_is_platform(const struct verdict *verdict, const char *name)
{
    return !guard_names_one(name) || list_has(verdict, verdict->guards.official, name) ||
           listed_find_name(verdict, VERDICT_LIST_OFFICIAL, name, NULL) ||
           list_has(verdict, verdict->guards.platforms, name);
}

bool guard_shows_related(const struct verdict *verdict, const struct named_server *named)
{
    struct address address;
    if (named->host[0] == '\0') {
        return false;
    }
    return !address_parse(named->host, &address) ||
           (class_is_judged(verdict, &address) && !prefixes_have(verdict->guards.home, &address) &&
            !client_is_pseudonym(&address));
}

static bool same_server(const struct service_key *a, const struct service_key *b)
{
    return address_compare(&a->address, &b->address) == 0 && a->port == b->port &&
           a->transport == b->transport && strcmp(a->name, b->name) == 0;
}

void guard_note(struct verdict *verdict, const struct service_key *key, enum block_reason reason)
{
    counter_add(verdict->counters, reason == REASON_OFFICIAL ? VERDICT_OFFICIAL : VERDICT_GUARDED, 1);
    for (size_t i = 0; i < verdict->guarded_count; i++) {
        struct guarded *guarded = &verdict->guarded[i];
        if (guarded->reason == reason && same_server(&guarded->key, key)) {
            guarded->hits++;
            return;
        }
    }
    if (verdict->guarded_count < GUARDED_MAX && reason != REASON_HOME) {
        verdict->guarded[verdict->guarded_count++] =
            (struct guarded){.key = *key, .reason = reason, .hits = 1};
    }
}
