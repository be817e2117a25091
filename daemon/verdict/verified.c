/* Names and the addresses that DNS and certificates tie them to: a bounded table without texts. */
#include "daemon/verdict/verified_priv.h"

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

_Static_assert(sizeof(struct verified_pair) == 24, "millions of them are kept");

/* ---- time */

static uint32_t seconds_of(int64_t time_us)
{
    int64_t seconds = time_us / TIME_SECOND;
    return seconds < 0 ? 0 : seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

static bool in_force(const struct verdict *verdict, uint32_t until)
{
    return verdict->now_us < (int64_t)until * TIME_SECOND;
}

/* An answer with this time to live ties so long. */
static uint32_t until_of(const struct verdict *verdict, int64_t ttl_us)
{
    int64_t most = verdict->settings.verified_ttl;
    return seconds_of(verdict->now_us + (ttl_us > most ? most : ttl_us) + verdict->settings.verified_hold);
}

/* ---- the table */

/* A client's hash is random in every bit: 32 of them tell two clients apart but for one case in four thousand
 * million, in which one is counted too few. */
static uint32_t client_part(uint64_t client)
{
    return client == 0 ? 0 : (uint32_t)client == 0 ? 1 : (uint32_t)client;
}

static uint64_t hash_pair(const struct verdict *verdict, const struct service_key *key)
{
    uint8_t bytes[sizeof key->address.bytes + sizeof key->name];
    size_t name_len = strlen(key->name);
    memcpy(bytes, key->address.bytes, sizeof key->address.bytes);
    memcpy(bytes + sizeof key->address.bytes, key->name, name_len);
    uint64_t hash = hash_bytes(&verdict->key, bytes, sizeof key->address.bytes + name_len);
    return hash == 0 ? 1 : hash;
}

static struct verified_pair *group_of(const struct verified *table, uint64_t hash)
{
    return &table->pairs[(hash & (table->groups - 1)) * VERIFIED_GROUP];
}

static struct verified_pair *find(const struct verdict *verdict, uint64_t hash)
{
    const struct verified *table = &verdict->verified;
    struct verified_pair *group = table->groups == 0 ? NULL : group_of(table, hash);
    for (size_t i = 0; group != NULL && i < VERIFIED_GROUP; i++) {
        if (group[i].hash == hash) {
            return &group[i];
        }
    }
    return NULL;
}

/* The pair stands first from now on; the one at `at` goes, which may be itself. */
static struct verified_pair *put_first(struct verified_pair *group, size_t at, struct verified_pair pair)
{
    memmove(&group[1], &group[0], at * sizeof group[0]);
    group[0] = pair;
    return &group[0];
}

enum rank { RANK_OVER, RANK_HEARD, RANK_VERIFIED, RANK_KEPT };

static enum rank rank_of(const struct verdict *verdict, const struct verified_pair *pair)
{
    if (!in_force(verdict, pair->verified_until) && !in_force(verdict, pair->heard_until)) {
        return RANK_OVER;
    }
    if (pair->kept) {
        return RANK_KEPT;
    }
    return in_force(verdict, pair->verified_until) ? RANK_VERIFIED : RANK_HEARD;
}

/* Which place is given up: see VERIFIED_GROUP. */
static size_t choose_victim(const struct verdict *verdict, const struct verified_pair *group)
{
    size_t count[RANK_KEPT + 1] = {0};
    size_t last[RANK_KEPT + 1] = {0};
    for (size_t i = 0; i < VERIFIED_GROUP; i++) {
        enum rank rank = rank_of(verdict, &group[i]);
        count[rank]++;
        last[rank] = i;
    }
    if (count[RANK_OVER] > 0) {
        return last[RANK_OVER];
    }
    if (count[RANK_HEARD] >= VERIFIED_WAITING || (count[RANK_HEARD] > 0 && count[RANK_VERIFIED] == 0)) {
        return last[RANK_HEARD];
    }
    return last[count[RANK_VERIFIED] > 0 ? RANK_VERIFIED : RANK_KEPT];
}

static size_t free_place(const struct verified_pair *group)
{
    size_t at = 0;
    while (at < VERIFIED_GROUP && group[at].hash != 0) {
        at++;
    }
    return at;
}

/* Puts a pair that is not there yet, in the place of another where its group is full. */
static struct verified_pair *put(struct verdict *verdict, struct verified *table, struct verified_pair pair)
{
    struct verified_pair *group = group_of(table, pair.hash);
    size_t at = free_place(group);
    if (at == VERIFIED_GROUP) {
        at = choose_victim(verdict, group);
        counter_add(verdict->counters, VERDICT_PAIRS_EVICTED, 1);
    } else {
        table->count++;
    }
    return put_first(group, at, pair);
}

/* Moves all to a table of so many groups; those met last are put last, and so stand first. */
static void resize(struct verdict *verdict, size_t groups)
{
    struct verified old = verdict->verified;
    struct verified *table = &verdict->verified;
    *table = (struct verified){.groups = groups};
    table->pairs = memory_zeroed(groups * VERIFIED_GROUP, sizeof table->pairs[0]);
    for (size_t i = old.groups * VERIFIED_GROUP; i > 0; i--) {
        if (old.pairs[i - 1].hash != 0) {
            put(verdict, table, old.pairs[i - 1]);
        }
    }
    free(old.pairs);
}

static size_t most_groups(const struct verdict *verdict)
{
    size_t groups = 1;
    while (groups * 2 * VERIFIED_GROUP <= verdict->settings.max_verified) {
        groups *= 2;
    }
    return groups;
}

static bool serves_known(const struct verdict *verdict, const struct service_key *key)
{
    for (struct table_node *node = table_find(&verdict->names, hash_name(verdict, key->name)); node != NULL;
         node = table_find_next(node)) {
        const struct service *service = service_of_name(node);
        if (address_compare(&service->key.address, &key->address) == 0 &&
            strcmp(service->key.name, key->name) == 0) {
            return true;
        }
    }
    return false;
}

/* Finds or makes the pair; it is met now. */
static struct verified_pair *ensure(struct verdict *verdict, const struct service_key *key)
{
    struct verified *table = &verdict->verified;
    uint64_t hash = hash_pair(verdict, key);
    struct verified_pair *pair = find(verdict, hash);
    if (pair != NULL) {
        struct verified_pair *group = group_of(table, hash);
        return put_first(group, (size_t)(pair - group), *pair);
    }
    if (table->groups == 0) {
        resize(verdict, 1);
    }
    while (free_place(group_of(table, hash)) == VERIFIED_GROUP && table->groups < most_groups(verdict)) {
        resize(verdict, table->groups * 2);
    }
    pair = put(verdict, table, (struct verified_pair){.hash = hash, .kept = serves_known(verdict, key)});
    counter_set(verdict->counters, VERDICT_PAIRS, table->count);
    return pair;
}

/* ---- taking */

static bool verify(struct verdict *verdict, struct verified_pair *pair, uint32_t until)
{
    bool before = in_force(verdict, pair->verified_until);
    pair->verified_until = until > pair->verified_until ? until : pair->verified_until;
    return !before && in_force(verdict, pair->verified_until);
}

/* Of two clients' answers the one that ends first says how long. */
bool verified_take_answer(struct verdict *verdict, const struct service_key *key,
                          const struct worker_record *record)
{
    struct verified_pair *pair = ensure(verdict, key);
    uint32_t until = until_of(verdict, record->fact.address.ttl * TIME_SECOND);
    uint32_t client = client_part(record->client);
    bool second =
        client != 0 && pair->client != 0 && client != pair->client && in_force(verdict, pair->heard_until);
    uint32_t both = pair->heard_until < until ? pair->heard_until : until;
    bool news =
        record->fact.address.trusted ? verify(verdict, pair, until) : second && verify(verdict, pair, both);
    if (client != 0 || pair->client == 0) {
        pair->client = client;
        pair->heard_until = until;
    }
    return news;
}

bool verified_take_certificate(struct verdict *verdict, const struct service_key *key)
{
    return verify(verdict, ensure(verdict, key), until_of(verdict, verdict->settings.verified_ttl));
}

/* ---- asking */

int64_t verified_until(const struct verdict *verdict, const struct service_key *key)
{
    const struct verified_pair *pair = key->name[0] == '\0' ? NULL : find(verdict, hash_pair(verdict, key));
    bool holds = pair != NULL && in_force(verdict, pair->verified_until);
    return holds ? (int64_t)pair->verified_until * TIME_SECOND : 0;
}

bool verified_is_heard(const struct verdict *verdict, const struct service_key *key)
{
    const struct verified_pair *pair = find(verdict, hash_pair(verdict, key));
    return pair != NULL && (in_force(verdict, pair->heard_until) || in_force(verdict, pair->verified_until));
}

/* ---- known services */

void verified_keep(struct verdict *verdict, const struct service *service)
{
    struct verified_pair *pair =
        service->key.name[0] == '\0' ? NULL : find(verdict, hash_pair(verdict, &service->key));
    if (pair != NULL) {
        pair->kept = true;
    }
}

void verified_release(struct verdict *verdict, const struct service *service)
{
    struct verified_pair *pair =
        service->key.name[0] == '\0' ? NULL : find(verdict, hash_pair(verdict, &service->key));
    if (pair != NULL) {
        pair->kept = serves_known(verdict, &service->key);
    }
}

void verified_restore(struct verdict *verdict, const struct service_key *key, int64_t until_us)
{
    ensure(verdict, key)->verified_until = seconds_of(until_us);
}

/* ---- all */

void verified_forget_clients(struct verdict *verdict)
{
    struct verified *table = &verdict->verified;
    for (size_t i = 0; i < table->groups * VERIFIED_GROUP; i++) {
        table->pairs[i].client = 0;
    }
}

void verified_shrink(struct verdict *verdict)
{
    size_t most = most_groups(verdict);
    if (verdict->verified.groups > most) {
        resize(verdict, most);
        counter_set(verdict->counters, VERDICT_PAIRS, verdict->verified.count);
    }
}

void verified_free(struct verdict *verdict)
{
    free(verdict->verified.pairs);
    verdict->verified = (struct verified){0};
}
