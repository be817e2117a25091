/* The flow table: shards of hash buckets, lists by timeout and last use, expiry and eviction. */
#include "flow/flow_table.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/flow/flow_priv.h"
#include "flow/classifier.h"

enum { SHARD_FIRST_BUCKETS = 64 };

/* What is hashed: as bytes, so it must have no padding. */
struct flow_key {
    struct endpoint ends[2];
    uint16_t transport;
};
_Static_assert(sizeof(struct flow_key) == 2 * (sizeof(struct address) + sizeof(uint16_t)) + sizeof(uint16_t),
               "padding would be hashed");

static int endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
    int order = address_compare(&a->address, &b->address);
    return order != 0 ? order : (int)a->port - (int)b->port;
}

/* Puts the ends in order; returns the side of the packet's sender. */
static unsigned key_of_packet(const struct packet *packet, struct flow_key *key)
{
    struct endpoint source = {packet->source, packet->source_port};
    struct endpoint destination = {packet->destination, packet->destination_port};
    unsigned side = endpoint_compare(&source, &destination) <= 0 ? 0 : 1;
    key->ends[side] = source;
    key->ends[side ^ 1] = destination;
    key->transport = (uint16_t)packet->transport;
    return side;
}

/* The lists of a shard. */

static void list_remove(struct flow_list *list, struct flow_entry *entry)
{
    *(entry->older != NULL ? &entry->older->newer : &list->oldest) = entry->newer;
    *(entry->newer != NULL ? &entry->newer->older : &list->newest) = entry->older;
}

static void list_append(struct flow_list *list, struct flow_entry *entry)
{
    entry->older = list->newest;
    entry->newer = NULL;
    *(list->newest != NULL ? &list->newest->newer : &list->oldest) = entry;
    list->newest = entry;
}

/* The buckets of a shard. */

static struct flow_entry **shard_bucket(struct flow_shard *shard, uint32_t hash)
{
    return &shard->buckets[hash & (shard->bucket_count - 1)];
}

static struct flow_entry *shard_find(struct flow_shard *shard, const struct flow_key *key, uint32_t hash)
{
    struct flow_entry *entry = *shard_bucket(shard, hash);
    while (entry != NULL && !(entry->hash == hash && (uint16_t)entry->flow.transport == key->transport &&
                              memcmp(entry->flow.ends, key->ends, sizeof key->ends) == 0)) {
        entry = entry->next_same_bucket;
    }
    return entry;
}

static void shard_insert(struct flow_shard *shard, struct flow_entry *entry)
{
    struct flow_entry **bucket = shard_bucket(shard, entry->hash);
    entry->next_same_bucket = *bucket;
    *bucket = entry;
}

static void shard_remove(struct flow_shard *shard, struct flow_entry *entry)
{
    struct flow_entry **link = shard_bucket(shard, entry->hash);
    while (*link != entry) {
        link = &(*link)->next_same_bucket;
    }
    *link = entry->next_same_bucket;
}

static void shard_grow(struct flow_shard *shard)
{
    struct flow_entry **old = shard->buckets;
    size_t old_count = shard->bucket_count;
    shard->bucket_count *= 2;
    shard->buckets = flow_allocate(shard->bucket_count * sizeof(struct flow_entry *));
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct flow_entry *entry = old[i];
            old[i] = entry->next_same_bucket;
            shard_insert(shard, entry);
        }
    }
    free(old);
}

/* The lives of flows. */

static enum flow_life life_of(const struct flow_entry *entry)
{
    if (entry->flow.transport == TRANSPORT_UDP) {
        return FLOW_LIFE_UDP;
    }
    if (tcp_closed(entry)) {
        return FLOW_LIFE_TCP_CLOSED;
    }
    bool payload = entry->flow.sides[0].bytes + entry->flow.sides[1].bytes > 0;
    return payload ? FLOW_LIFE_TCP : FLOW_LIFE_TCP_NEW;
}

static int64_t life_timeout(const struct flow_settings *settings, uint8_t life)
{
    const int64_t timeouts[FLOW_LIFE_COUNT] = {
        [FLOW_LIFE_UDP] = settings->udp_timeout,
        [FLOW_LIFE_TCP_NEW] = settings->tcp_new_timeout,
        [FLOW_LIFE_TCP] = settings->tcp_timeout,
        [FLOW_LIFE_TCP_CLOSED] = settings->tcp_closed_timeout,
    };
    return timeouts[life];
}

static bool flow_expired(const struct flow_table *table, const struct flow_entry *entry, int64_t now_us)
{
    return now_us - entry->flow.last_us > life_timeout(table->settings, entry->life);
}

static void count_end(const struct flow_table *table, const struct flow *flow)
{
    static const size_t by_visibility[VISIBILITY_COUNT] = {
        [VISIBILITY_NOTHING] = FLOW_NOTHING,
        [VISIBILITY_NAME] = FLOW_NAME_ONLY,
        [VISIBILITY_CLEAR] = FLOW_CLEAR,
    };
    counter_add(table->counters, FLOW_ENDED, 1);
    counter_add(table->counters, by_visibility[flow->visibility], 1);
    if (flow->transport == TRANSPORT_TCP && flow->sides[0].bytes + flow->sides[1].bytes > 0) {
        bool both = flow->sides[0].packets > 0 && flow->sides[1].packets > 0;
        counter_add(table->counters, both ? FLOW_TWO_WAY : FLOW_ONE_WAY, 1);
        counter_add(table->counters, MIRROR_TAGS_DIFFER, both && (flow->tagged == 1 || flow->tagged == 2));
    }
}

static void flow_end(struct flow_table *table, struct flow_entry *entry)
{
    struct flow_shard *shard = flow_shard_of_flow(table, &entry->flow);
    shard_remove(shard, entry);
    list_remove(&shard->lists[entry->life], entry);
    shard->flows--;
    flow_uncut(table, entry, 0);
    flow_uncut(table, entry, 1);
    if (table->end != NULL) {
        table->end(table->context, &entry->flow);
    }
    count_end(table, &entry->flow);
    stream_free(table, &entry->flow);
    classifier_drop(&entry->flow);
    flow_pool_give(table, entry);
}

/* The least recently used of all lists; of equal ones that of the first list. */
static void shard_evict(struct flow_table *table, struct flow_shard *shard)
{
    struct flow_entry *oldest = NULL;
    for (size_t life = 0; life < FLOW_LIFE_COUNT; life++) {
        struct flow_entry *entry = shard->lists[life].oldest;
        if (entry != NULL && (oldest == NULL || entry->flow.last_us < oldest->flow.last_us)) {
            oldest = entry;
        }
    }
    flow_end(table, oldest);
    counter_add(table->counters, FLOW_EVICTED, 1);
}

static void orient(struct flow *flow, unsigned sender, const struct prefix_list *home)
{
    bool low0 = flow->ends[0].port < 1024;
    bool low1 = flow->ends[1].port < 1024;
    flow->orientation = ORIENTATION_GUESS;
    flow->client = (low0 == low1 ? sender : low0) & 1;
    if (home->count > 0) {
        bool home0 = prefix_list_contains(home, &flow->ends[0].address);
        bool home1 = prefix_list_contains(home, &flow->ends[1].address);
        if (home0 != home1) {
            flow_set_client(flow, home0 ? 0 : 1, ORIENTATION_HOME);
        }
    }
}

static struct flow_entry *flow_create(struct flow_table *table, struct flow_shard *shard,
                                      const struct flow_key *key, uint32_t hash, const struct packet *packet,
                                      unsigned sender)
{
    if (shard->flows >= table->shard_flows) {
        shard_evict(table, shard);
    }
    if (shard->flows >= shard->bucket_count) {
        shard_grow(shard);
    }
    struct flow_entry *entry = flow_pool_take(table);
    entry->hash = hash;
    entry->created = shard->created++;
    struct flow *flow = &entry->flow;
    memcpy(flow->ends, key->ends, sizeof flow->ends);
    flow->transport = packet->transport;
    flow->shard = (uint8_t)(shard - table->shards);
    flow->first_us = flow->last_us = packet->time_us;
    orient(flow, sender, &table->settings->home);
    entry->life = (uint8_t)life_of(entry);
    shard_insert(shard, entry);
    list_append(&shard->lists[entry->life], entry);
    shard->flows++;
    counter_add(table->counters, FLOW_CREATED, 1);
    return entry;
}

static void flow_use(struct flow_table *table, struct flow_shard *shard, struct flow_entry *entry,
                     const struct packet *packet, unsigned side)
{
    struct flow *flow = &entry->flow;
    if (packet->time_us > flow->last_us) {
        flow->last_us = packet->time_us;
    }
    flow->encapsulation |= packet->encapsulation;
    flow->tagged = (flow->tagged | (packet->encapsulation >> ENCAPSULATION_VLAN & 1U) << side) & 3U;
    flow_follow_cut(table, entry, packet, side);
    flow->sides[side].packets++;
    flow->sides[side].bytes += packet->payload_wire_len;
    if (packet->transport == TRANSPORT_TCP) {
        tcp_follow(entry, packet, side, table->counters);
    }
    list_remove(&shard->lists[entry->life], entry);
    entry->life = (uint8_t)life_of(entry);
    list_append(&shard->lists[entry->life], entry);
}

struct flow *flow_table_take(struct flow_table *table, const struct packet *packet, unsigned *side)
{
    if (packet->fragment || packet->transport >= TRANSPORT_OTHER) {
        return NULL;
    }
    struct flow_key key;
    *side = key_of_packet(packet, &key);
    struct flow_shard *shard = &table->shards[flow_shard_of(packet)];
    assert(shard->buckets != NULL);
    uint32_t hash = (uint32_t)hash_bytes(&table->key, &key, sizeof key);
    struct flow_entry *entry = shard_find(shard, &key, hash);
    if (entry != NULL && flow_expired(table, entry, packet->time_us) && !flow_cut_goes_on(table, entry)) {
        flow_end(table, entry);
        entry = NULL;
    } else if (entry != NULL && packet->transport == TRANSPORT_TCP &&
               tcp_opens_another(entry, packet, *side)) {
        counter_add(table->counters, FLOW_REUSED, 1);
        flow_end(table, entry);
        entry = NULL;
    }
    if (entry == NULL) {
        entry = flow_create(table, shard, &key, hash, packet, *side);
    }
    flow_use(table, shard, entry, packet, *side);
    return &entry->flow;
}

void flow_set_client(struct flow *flow, unsigned side, enum flow_orientation reason)
{
    if (reason > flow->orientation) {
        flow->client = side & 1;
        flow->orientation = reason;
    }
}

/* Its packets went on coming, only not to us. */
static void flow_renew(struct flow_list *list, struct flow_entry *entry, int64_t now_us)
{
    entry->flow.last_us = now_us;
    list_remove(list, entry);
    list_append(list, entry);
}

void flow_table_sweep(struct flow_table *table, int64_t now_us, size_t budget)
{
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        struct flow_shard *shard = &table->shards[i];
        size_t left = budget;
        for (size_t life = 0; life < FLOW_LIFE_COUNT; life++) {
            struct flow_list *list = &shard->lists[life];
            while (left > 0 && list->oldest != NULL && flow_expired(table, list->oldest, now_us)) {
                if (flow_cut_goes_on(table, list->oldest)) {
                    flow_renew(list, list->oldest, now_us);
                } else {
                    flow_end(table, list->oldest);
                }
                left--;
            }
        }
    }
}

static int compare_created(const void *a, const void *b)
{
    uint64_t first = (*(struct flow_entry *const *)a)->created;
    uint64_t second = (*(struct flow_entry *const *)b)->created;
    return (first > second) - (first < second);
}

static void shard_end_all(struct flow_table *table, struct flow_shard *shard)
{
    size_t count = shard->flows;
    if (count == 0) {
        return;
    }
    struct flow_entry **entries = flow_allocate(count * sizeof(struct flow_entry *));
    size_t found = 0;
    for (size_t life = 0; life < FLOW_LIFE_COUNT; life++) {
        for (struct flow_entry *entry = shard->lists[life].oldest; entry != NULL; entry = entry->newer) {
            entries[found++] = entry;
        }
    }
    assert(found == count);
    qsort(entries, count, sizeof(struct flow_entry *), compare_created);
    for (size_t i = 0; i < count; i++) {
        flow_end(table, entries[i]);
    }
    free(entries);
}

void flow_table_end_all(struct flow_table *table)
{
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        shard_end_all(table, &table->shards[i]);
    }
}

struct flow_table *flow_table_create(const struct flow_settings *settings, const struct hash_key *key,
                                     unsigned worker, unsigned workers, struct counter_cell *counters,
                                     flow_end_fn end, void *context)
{
    assert(worker < workers);
    struct flow_table *table = flow_allocate(sizeof *table);
    table->settings = settings;
    table->key = *key;
    table->counters = counters;
    table->end = end;
    table->context = context;
    table->shard_flows = settings->max_flows / FLOW_SHARDS > 0 ? settings->max_flows / FLOW_SHARDS : 1;
    table->shard_hold = settings->stream_memory / FLOW_SHARDS;
    for (size_t i = worker; i < FLOW_SHARDS; i += workers) {
        table->shards[i].bucket_count = SHARD_FIRST_BUCKETS;
        table->shards[i].buckets = flow_allocate(SHARD_FIRST_BUCKETS * sizeof(struct flow_entry *));
    }
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL) {
        return;
    }
    flow_table_end_all(table);
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        free(table->shards[i].buckets);
    }
    flow_pool_free(table);
    free(table);
}
