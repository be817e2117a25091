/* The hash that decides which worker and which shard own a packet. */
#include <endian.h>

#include "decode/packet.h"

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each input bit changes each output bit. */
static uint64_t mix(uint64_t value)
{
    value ^= value >> 30;
    value *= 0xbf58476d1ce4e5b9;
    value ^= value >> 27;
    value *= 0x94d049bb133111eb;
    return value ^ value >> 31;
}

static uint64_t address_hash(const struct address *address)
{
    uint64_t words[2];
    memcpy(words, address->bytes, sizeof words);
    return mix(mix(be64toh(words[0]) + 0x9e3779b97f4a7c15) ^ be64toh(words[1]));
}

/*
 * No keyed hash of base: what this decides (owner, shard) must not depend on the run, so the key would be
 * public and would protect nothing; the tables behind it are keyed.
 */
uint32_t packet_address_hash(const struct packet *packet)
{
    uint64_t pair = address_hash(&packet->source) + address_hash(&packet->destination);
    return (uint32_t)(mix(pair) >> 32);
}
