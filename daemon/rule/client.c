/* Clients as keyed hashes and as pseudonyms. */
#include "rule/client.h"

/* The first half of an address of 100::/64. */
static const uint8_t pseudonym_prefix[8] = {0x01, 0x00};

enum client_purpose { PURPOSE_COUNT = 'c', PURPOSE_PSEUDONYM = 'p' };

static uint64_t hash_unit(const struct hash_key *key, const struct address *client,
                          enum client_purpose purpose)
{
    uint8_t unit[1 + sizeof client->bytes];
    size_t len = address_is_v4(client) ? sizeof client->bytes : sizeof client->bytes / 2;
    unit[0] = (uint8_t)purpose;
    memcpy(unit + 1, client->bytes, len);
    return hash_bytes(key, unit, 1 + len);
}

uint64_t client_hash(const struct hash_key *key, const struct address *client)
{
    uint64_t hash = hash_unit(key, client, PURPOSE_COUNT);
    return hash == 0 ? 1 : hash;
}

struct address client_pseudonym(const struct hash_key *key, const struct address *client)
{
    uint64_t hash = hash_unit(key, client, PURPOSE_PSEUDONYM);
    struct address pseudonym;
    memcpy(pseudonym.bytes, pseudonym_prefix, sizeof pseudonym_prefix);
    for (size_t i = 0; i < 8; i++) {
        pseudonym.bytes[8 + i] = (uint8_t)(hash >> (56 - 8 * i));
    }
    return pseudonym;
}

bool client_is_pseudonym(const struct address *address)
{
    return memcmp(address->bytes, pseudonym_prefix, sizeof pseudonym_prefix) == 0;
}
