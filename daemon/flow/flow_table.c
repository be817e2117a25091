/* The flow table: keys, lists by timeout and last use, expiry and eviction. */
#include "flow/flow_table.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/flow/flow_priv.h"
#include "flow/classifier.h"

/* The grain of a list, as a power of two microseconds: one second, and eight where the timeout is long. */
static const uint8_t grain_bits[FLOW_LIFE_COUNT] = {
    [FLOW_LIFE_UDP] = 20, [FLOW_LIFE_TCP_NEW] = 20, [FLOW_LIFE_TCP] = 23, [FLOW_LIFE_TCP_CLOSED] = 20};

/* Addresses and ports as numbers that compare as their bytes do. */
static bool ends_in_order(const struct packet *packet)
{
    uint64_t source[2];
    uint64_t destination[2];
    memcpy(source, packet->source.bytes, sizeof source);
    memcpy(destination, packet->destination.bytes, sizeof destination);
    if (source[0] != destination[0]) {
        return be64toh(source[0]) < be64toh(destination[0]);
    }
    if (source[1] != destination[1]) {
        return be64toh(source[1]) < be64toh(destination[1]);
    }
    return packet->source_port <= packet->destination_port;
}

/* Puts the ends in order; returns the side of the packet's sender. */
static unsigned key_of_packet(const struct packet *packet, struct flow_key *key)
{
    unsigned side = ends_in_order(packet) ? 0 : 1;
    key->ends[side] = (struct endpoint){packet->source, packet->source_port};
    key->ends[side ^ 1] = (struct endpoint){packet->destination, packet->destination_port};
    key->transport = (uint16_t)packet->transport;
    return side;
}

static struct flow_key key_of_flow(const struct flow *flow)
{
    return (struct flow_key){.ends = {flow->ends[0], flow->ends[1]}, .transport = (uint16_t)flow->transport};
}

/*
 * The lists of a shard, in the order of the grain of time of the last use. A flow moves to its list's end
 * with its first packet in another grain, not with each: that would touch its two neighbours, which lie
 * anywhere in memory.
 */

static int64_t grain_of(const struct flow *flow)
{
    return flow->last_us >> grain_bits[flow->life];
}

static int64_t grain_begin_us(const struct flow *flow)
{
    return (int64_t)((uint64_t)grain_of(flow) << grain_bits[flow->life]);
}

static void list_remove(const struct flow_table *table, struct flow_list *list, const struct flow *flow)
{
    *(flow->older != 0 ? &flow_at(table, flow->older)->newer : &list->oldest) = flow->newer;
    *(flow->newer != 0 ? &flow_at(table, flow->newer)->older : &list->newest) = flow->older;
}

static void list_append(const struct flow_table *table, struct flow_list *list, struct flow *flow)
{
    uint32_t number = flow_number(table, flow);
    flow->older = list->newest;
    flow->newer = 0;
    *(list->newest != 0 ? &flow_at(table, list->newest)->newer : &list->oldest) = number;
    list->newest = number;
}

/* The lives of flows. */

static enum flow_life life_of(const struct flow *flow)
{
    if (flow->transport == TRANSPORT_UDP) {
        return FLOW_LIFE_UDP;
    }
    if (tcp_closed(flow)) {
        return FLOW_LIFE_TCP_CLOSED;
    }
    bool payload = flow->sides[0].bytes + flow->sides[1].bytes > 0;
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

static bool flow_expired(const struct flow_table *table, const struct flow *flow, int64_t now_us)
{
    return now_us - flow->last_us > life_timeout(table->settings, flow->life);
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

void flow_table_attach(struct flow_table *table, struct flow *flow)
{
    if (flow->attachment == 0) {
        flow_attach(flow, slab_take(&table->memory.attachments));
    }
}

static void detach(struct flow_table *table, struct flow *flow)
{
    if (flow->attachment != 0) {
        slab_give(&table->memory.attachments, flow_attachment(flow));
        flow->attachment = 0;
    }
}

void flow_table_settle(struct flow_table *table, struct flow *flow)
{
    const struct flow_attachment *kept = flow_attachment(flow);
    if (kept != NULL && kept->stream == NULL && kept->classifier == NULL && kept->inspection == NULL &&
        kept->note == NULL && kept->rule_bits == 0 && !flow->marks[0].cut && !flow->marks[1].cut) {
        detach(table, flow);
    }
}

static void flow_end(struct flow_table *table, struct flow *flow)
{
    struct flow_shard *shard = flow_shard_of_flow(table, flow);
    struct flow_key key = key_of_flow(flow);
    flow_index_remove(shard, flow_number(table, flow), flow_hash(&table->hash, &key));
    list_remove(table, &shard->lists[flow->life], flow);
    shard->flows--;
    table->flows--;
    flow_uncut(table, flow, 0);
    flow_uncut(table, flow, 1);
    if (table->end != NULL) {
        table->end(table->context, flow);
    }
    count_end(table, flow);
    stream_free(table, flow);
    classifier_drop(flow);
    detach(table, flow);
    slab_give(&table->memory.flows, flow);
}

/* The least recently used of all lists, to a grain; of equal ones that of the first list. */
static void shard_evict(struct flow_table *table, struct flow_shard *shard)
{
    struct flow *oldest = NULL;
    for (size_t life = 0; life < FLOW_LIFE_COUNT; life++) {
        uint32_t number = shard->lists[life].oldest;
        if (number != 0 && (oldest == NULL || flow_at(table, number)->last_us < oldest->last_us)) {
            oldest = flow_at(table, number);
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

static struct flow *flow_create(struct flow_table *table, struct flow_shard *shard,
                                const struct flow_key *key, uint32_t hash, const struct packet *packet,
                                unsigned sender)
{
    if (shard->flows >= table->shard_flows) {
        shard_evict(table, shard);
    }
    struct flow *flow = slab_take(&table->memory.flows);
    memcpy(flow->ends, key->ends, sizeof flow->ends);
    flow->transport = packet->transport;
    flow->shard = flow_shard_of(packet) & (FLOW_SHARDS - 1);
    flow->first_us = flow->last_us = packet->time_us & FLOW_TIME_MAX;
    orient(flow, sender, &table->settings->home);
    flow->life = life_of(flow);
    flow_index_add(shard, flow_number(table, flow), hash);
    list_append(table, &shard->lists[flow->life], flow);
    shard->flows++;
    table->flows++;
    counter_add(table->counters, FLOW_CREATED, 1);
    return flow;
}

static void flow_use(struct flow_table *table, struct flow_shard *shard, struct flow *flow,
                     const struct packet *packet, unsigned side)
{
    int64_t grain = grain_of(flow);
    if (packet->time_us > flow->last_us) {
        flow->last_us = packet->time_us & FLOW_TIME_MAX;
    }
    if (packet->encapsulation != 0) {
        bool tag = (packet->encapsulation >> ENCAPSULATION_VLAN & 1U) != 0;
        flow->encapsulation |= packet->encapsulation & ((1U << ENCAPSULATION_COUNT) - 1);
        flow->tagged |= !tag ? 0U : side == 0 ? 1U : 2U;
    }
    flow_follow_cut(table, flow, packet, side);
    flow_count_packet(flow, side, packet->payload_wire_len);
    if (packet->transport == TRANSPORT_TCP) {
        tcp_follow(flow, packet, side, table->counters);
    }
    enum flow_life life = life_of(flow);
    if (life != flow->life || grain_of(flow) != grain) {
        list_remove(table, &shard->lists[flow->life], flow);
        flow->life = life;
        list_append(table, &shard->lists[life], flow);
    }
}

/* Fewer flows than these are near anyway. */
enum { FORESEE_MIN = 16384 };

void flow_table_foresee(struct flow_table *table, const struct packet *packet)
{
    if (table->flows < FORESEE_MIN || packet->fragment || packet->transport >= TRANSPORT_OTHER) {
        return;
    }
    struct flow_key key;
    (void)key_of_packet(packet, &key);
    struct foreseen *place = &table->foreseen[table->foreseen_next++ % FORESEEN];
    if (place->shard != NULL) {
        flow_index_prefetch_flow(table, place->shard, place->hash);
    }
    place->shard = &table->shards[flow_shard_of(packet)];
    place->hash = flow_hash(&table->hash, &key);
    flow_index_prefetch_line(place->shard, place->hash);
}

struct flow *flow_table_take(struct flow_table *table, const struct packet *packet, unsigned *side)
{
    if (packet->fragment || packet->transport >= TRANSPORT_OTHER) {
        return NULL;
    }
    struct flow_key key;
    *side = key_of_packet(packet, &key);
    struct flow_shard *shard = &table->shards[flow_shard_of(packet)];
    assert(shard->lines != NULL);
    uint32_t hash = flow_hash(&table->hash, &key);
    struct flow *flow = flow_index_find(table, shard, &key, hash);
    if (flow != NULL && flow_expired(table, flow, packet->time_us) && !flow_cut_goes_on(table, flow)) {
        flow_end(table, flow);
        flow = NULL;
    } else if (flow != NULL && packet->transport == TRANSPORT_TCP && tcp_opens_another(flow, packet, *side)) {
        counter_add(table->counters, FLOW_REUSED, 1);
        flow_end(table, flow);
        flow = NULL;
    }
    if (flow == NULL) {
        flow = flow_create(table, shard, &key, hash, packet, *side);
    }
    flow_use(table, shard, flow, packet, *side);
    return flow;
}

void flow_set_client(struct flow *flow, unsigned side, enum flow_orientation reason)
{
    if (reason > flow->orientation) {
        flow->client = side & 1;
        flow->orientation = reason;
    }
}

/* Its packets went on coming, only not to us. */
static void flow_renew(struct flow_table *table, struct flow_list *list, struct flow *flow, int64_t now_us)
{
    flow->last_us = now_us & FLOW_TIME_MAX;
    list_remove(table, list, flow);
    list_append(table, list, flow);
}

/* Ends what has expired of a list, at most `budget` flows; returns how many of these are left. */
static size_t sweep_list(struct flow_table *table, struct flow_list *list, int64_t now_us, size_t budget)
{
    uint32_t number = list->oldest;
    while (budget > 0 && number != 0) {
        struct flow *flow = flow_at(table, number);
        if (now_us - grain_begin_us(flow) <= life_timeout(table->settings, flow->life)) {
            break; /* none behind it was used before this grain */
        }
        number = flow->newer;
        if (!flow_expired(table, flow, now_us)) {
            continue;
        }
        if (flow_cut_goes_on(table, flow)) {
            flow_renew(table, list, flow, now_us);
        } else {
            flow_end(table, flow);
        }
        budget--;
    }
    return budget;
}

void flow_table_sweep(struct flow_table *table, int64_t now_us, size_t budget)
{
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        size_t left = budget;
        for (size_t life = 0; life < FLOW_LIFE_COUNT; life++) {
            left = sweep_list(table, &table->shards[i].lists[life], now_us, left);
        }
    }
}

/* By the time of the first packet; of equal ones by who speaks. */
static int compare_begun(const void *a, const void *b)
{
    const struct flow *first = *(struct flow *const *)a;
    const struct flow *second = *(struct flow *const *)b;
    if (first->first_us != second->first_us) {
        return first->first_us > second->first_us ? 1 : -1;
    }
    struct flow_key first_key = key_of_flow(first);
    struct flow_key second_key = key_of_flow(second);
    return memcmp(&first_key, &second_key, sizeof first_key);
}

static void shard_end_all(struct flow_table *table, struct flow_shard *shard)
{
    size_t count = shard->flows;
    if (count == 0) {
        return;
    }
    struct flow **flows = flow_allocate(count * sizeof(struct flow *));
    size_t found = 0;
    for (size_t life = 0; life < FLOW_LIFE_COUNT; life++) {
        for (uint32_t number = shard->lists[life].oldest; number != 0;
             number = flow_at(table, number)->newer) {
            flows[found++] = flow_at(table, number);
        }
    }
    assert(found == count);
    qsort(flows, count, sizeof(struct flow *), compare_begun);
    for (size_t i = 0; i < count; i++) {
        flow_end(table, flows[i]);
    }
    free(flows);
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
    flow_hash_prepare(&table->hash, key);
    table->counters = counters;
    table->end = end;
    table->context = context;
    table->shard_flows = flow_shard_cap(settings);
    table->shard_hold = settings->stream_memory / FLOW_SHARDS;
    uint32_t shards = (FLOW_SHARDS - worker + workers - 1) / workers;
    uint32_t lines = flow_index_lines(table->shard_flows);
    flow_memory_reserve(&table->memory, (size_t)shards * table->shard_flows, (size_t)shards * lines);
    for (size_t i = worker; i < FLOW_SHARDS; i += workers) {
        struct flow_shard *shard = &table->shards[i];
        shard->line_count = lines;
        shard->lines = flow_index_at(&table->memory, i / workers * lines);
    }
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL) {
        return;
    }
    flow_table_end_all(table);
    flow_memory_free(&table->memory);
    free(table);
}
