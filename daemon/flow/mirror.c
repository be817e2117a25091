#include "flow/mirror.h"

#include <stdlib.h>

#include "daemon/flow/flow_priv.h"

/* Packets remembered in each shard, each in the place that its hash gives: a repetition comes within few
 * packets, and one that another packet has pushed out is told as two, which is what it was before. */
enum { SLOTS = 512, WORD = sizeof(uint64_t) };

/* A slot is the top 40 bits of a packet's hash and the low 24 of its time, which come round in 16 seconds: by
 * far more than flow.duplicates. */
enum { TIME_BITS = 24, SIGN_BITS = 32 - TIME_BITS };

struct mirror {
    const struct flow_settings *settings;
    struct counter_cell *counters;
    uint64_t seed;
    uint64_t shards[FLOW_SHARDS][SLOTS];
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

size_t mirror_memory(void)
{
    return sizeof(struct mirror);
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

/* Eight bytes as they lie. */
static uint64_t load(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, WORD);
    return word;
}

/* Both ends of the payload, or all of a short one. */
static uint64_t add_payload(uint64_t hash, struct slice payload)
{
    if (payload.len >= WORD) {
        return add_word(add_word(hash, load(payload.data)), load(payload.data + payload.len - WORD));
    }
    uint8_t padded[WORD] = {0};
    memcpy(padded, payload.data, payload.len);
    return add_word(hash, load(padded));
}

static uint64_t hash_packet(const struct mirror *mirror, const struct packet *packet)
{
    enum { ADDRESS_HALF = sizeof(struct address) / 2, IDENTITY_AT = 4, IPV4_MIN = 20 };
    uint64_t identity = 0;
    if (packet->ip.len >= IPV4_MIN && packet->ip.data[0] >> 4 == 4) {
        identity = (uint64_t)packet->ip.data[IDENTITY_AT] << 8 | packet->ip.data[IDENTITY_AT + 1];
    }
    uint64_t hash = mirror->seed;
    hash = add_word(hash, load(packet->source.bytes + ADDRESS_HALF));
    hash = add_word(hash, load(packet->destination.bytes + ADDRESS_HALF));
    hash = add_word(hash, (uint64_t)packet->source_port << 48 | (uint64_t)packet->destination_port << 32 |
                              packet->tcp_sequence);
    hash = add_word(hash, (uint64_t)packet->tcp_acknowledgement << 32 | (uint64_t)packet->tcp_window << 16 |
                              (uint64_t)packet->tcp_flags << 8 | packet->transport);
    hash = add_word(hash, identity << 32 | packet->payload_wire_len);
    return packet->payload.len > 0 ? add_payload(hash, packet->payload) : hash;
}

bool mirror_repeats(struct mirror *mirror, const struct packet *packet)
{
    if (mirror->settings->duplicates == 0) {
        return false;
    }
    uint64_t hash = hash_packet(mirror, packet);
    uint64_t *slot = &mirror->shards[flow_shard_of(packet)][hash % SLOTS];
    uint64_t fresh = hash >> TIME_BITS << TIME_BITS | ((uint64_t)packet->time_us & ((1U << TIME_BITS) - 1));
    bool same = (*slot ^ fresh) >> TIME_BITS == 0;
    /* In either direction: the halves of a tap need not come in the order of time. */
    int32_t since = (int32_t)((uint32_t)(fresh - *slot) << SIGN_BITS) >> SIGN_BITS;
    if (same && since <= mirror->settings->duplicates && since >= -mirror->settings->duplicates) {
        counter_add(mirror->counters, MIRROR_DUPLICATES, 1);
        return true;
    }
    *slot = fresh;
    return false;
}
