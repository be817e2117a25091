#include "flow/mirror.h"

#include <stdlib.h>

#include "daemon/flow/flow_priv.h"

/* Packets remembered in each shard, each in the place that its hash gives: a repetition comes within few
 * packets, and one that another packet has pushed out is told as two, which is what it was before. */
enum { SLOTS = 512, WORD = sizeof(uint64_t) };

struct slot {
    uint64_t hash;
    int64_t time_us;
};

struct mirror {
    const struct flow_settings *settings;
    struct counter_cell *counters;
    uint64_t seed;
    struct slot shards[FLOW_SHARDS][SLOTS];
};

struct mirror *mirror_create(const struct flow_settings *settings, const struct hash_key *key,
                             struct counter_cell *counters)
{
    struct mirror *mirror = flow_allocate(sizeof *mirror);
    mirror->settings = settings;
    mirror->counters = counters;
    mirror->seed = key->words[0] ^ key->words[1];
    return mirror;
}

void mirror_free(struct mirror *mirror)
{
    free(mirror);
}

/* One step of a multiplicative hash. Its seed is secret, a slot forgets within milliseconds, and all that a
 * collision does is to lose one packet of whoever made it: no more than that is needed here. */
static uint64_t add_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

/* Up to eight bytes as they lie. */
static uint64_t load(const uint8_t *bytes, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, bytes, len < WORD ? len : WORD);
    return word;
}

static uint64_t hash_packet(const struct mirror *mirror, const struct packet *packet)
{
    enum { ADDRESS_HALF = sizeof(struct address) / 2, IDENTITY_AT = 4, IPV4_MIN = 20 };
    struct slice payload = packet->payload;
    uint64_t identity = 0;
    if (packet->ip.len >= IPV4_MIN && packet->ip.data[0] >> 4 == 4) {
        identity = (uint64_t)packet->ip.data[IDENTITY_AT] << 8 | packet->ip.data[IDENTITY_AT + 1];
    }
    uint64_t hash = mirror->seed;
    hash = add_word(hash, load(packet->source.bytes + ADDRESS_HALF, WORD));
    hash = add_word(hash, load(packet->destination.bytes + ADDRESS_HALF, WORD));
    hash = add_word(hash, (uint64_t)packet->source_port << 48 | (uint64_t)packet->destination_port << 32 |
                              packet->tcp_sequence);
    hash = add_word(hash, (uint64_t)packet->tcp_acknowledgement << 32 | (uint64_t)packet->tcp_window << 16 |
                              (uint64_t)packet->tcp_flags << 8 | packet->transport);
    hash = add_word(hash, identity << 32 | packet->payload_wire_len);
    if (payload.len > 0) {
        size_t end = payload.len < WORD ? 0 : payload.len - WORD;
        hash = add_word(hash, load(payload.data, payload.len));
        hash = add_word(hash, load(payload.data + end, payload.len));
    }
    return hash;
}

bool mirror_repeats(struct mirror *mirror, const struct packet *packet)
{
    if (mirror->settings->duplicates == 0) {
        return false;
    }
    uint64_t hash = hash_packet(mirror, packet);
    struct slot *slot = &mirror->shards[flow_shard_of(packet)][hash % SLOTS];
    int64_t since = packet->time_us - slot->time_us;
    if (slot->hash == hash && since <= mirror->settings->duplicates &&
        since >= -mirror->settings->duplicates) {
        counter_add(mirror->counters, MIRROR_DUPLICATES, 1);
        return true;
    }
    *slot = (struct slot){.hash = hash, .time_us = packet->time_us};
    return false;
}
