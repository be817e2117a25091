/*
 * Protection of Initial packets (RFC 9001, sections 5.2 to 5.4; RFC 9369, section 3.3). It hides nothing from
 * anybody who sees the packets: it only keeps those out who guess.
 */
#include <assert.h>
#include <gcrypt.h>
#include <stdlib.h>

#include "app/quic.h"
#include "base/cur.h"
#include "base/hash.h"

enum { TAG_BYTES = 16, SAMPLE_BYTES = 16, NUMBER_MAX = 4 };

/* HKDF-Expand-Label (RFC 8446, section 7.1) without context; one block of SHA-256 is enough. */
static void expand_label(const uint8_t secret[SHA256_SIZE], const char *label, uint8_t *out, size_t len)
{
    static const char prefix[] = "tls13 ";
    uint8_t info[64];
    size_t label_len = strlen(label);
    size_t full_len = sizeof prefix - 1 + label_len;
    assert(len <= SHA256_SIZE && full_len + 5 <= sizeof info);
    info[0] = 0;
    info[1] = (uint8_t)len;
    info[2] = (uint8_t)full_len;
    memcpy(info + 3, prefix, sizeof prefix - 1);
    memcpy(info + 3 + sizeof prefix - 1, label, label_len);
    info[3 + full_len] = 0;     /* no context */
    info[3 + full_len + 1] = 1; /* the first block */
    uint8_t block[SHA256_SIZE];
    hmac_sha256(slice_make(secret, SHA256_SIZE), slice_make(info, full_len + 5), block);
    memcpy(out, block, len);
}

void quic_keys_make(const struct quic_rules *rules, struct slice destination_id, struct quic_keys *keys)
{
    uint8_t initial[SHA256_SIZE];
    uint8_t client[SHA256_SIZE];
    bool v2 = rules->labels_2;
    hmac_sha256(slice_make(rules->salt, QUIC_SALT_BYTES), destination_id, initial);
    expand_label(initial, "client in", client, sizeof client);
    expand_label(client, v2 ? "quicv2 key" : "quic key", keys->key, sizeof keys->key);
    expand_label(client, v2 ? "quicv2 iv" : "quic iv", keys->iv, sizeof keys->iv);
    expand_label(client, v2 ? "quicv2 hp" : "quic hp", keys->header, sizeof keys->header);
}

static gcry_cipher_hd_t open_cipher(int mode, const uint8_t key[16])
{
    gcry_cipher_hd_t cipher;
    hash_library_init();
    if (gcry_cipher_open(&cipher, GCRY_CIPHER_AES128, mode, 0) != 0 ||
        gcry_cipher_setkey(cipher, key, 16) != 0) {
        abort(); /* a library without AES */
    }
    return cipher;
}

/* The mask of the first byte and of the packet number, from a sample of what is encrypted. */
static void make_mask(const struct quic_keys *keys, struct slice sample, uint8_t mask[SAMPLE_BYTES])
{
    gcry_cipher_hd_t cipher = open_cipher(GCRY_CIPHER_MODE_ECB, keys->header);
    if (gcry_cipher_encrypt(cipher, mask, SAMPLE_BYTES, sample.data, SAMPLE_BYTES) != 0) {
        abort();
    }
    gcry_cipher_close(cipher);
}

static bool decrypt(const struct quic_keys *keys, uint64_t number, struct slice head, struct slice sealed,
                    uint8_t *out)
{
    uint8_t nonce[sizeof keys->iv];
    memcpy(nonce, keys->iv, sizeof nonce);
    for (size_t i = 0; i < sizeof number; i++) {
        nonce[sizeof nonce - 1 - i] ^= (uint8_t)(number >> (8 * i));
    }
    size_t len = sealed.len - TAG_BYTES;
    gcry_cipher_hd_t cipher = open_cipher(GCRY_CIPHER_MODE_GCM, keys->key);
    bool good = gcry_cipher_setiv(cipher, nonce, sizeof nonce) == 0 &&
                gcry_cipher_authenticate(cipher, head.data, head.len) == 0 &&
                gcry_cipher_final(cipher) == 0 &&
                gcry_cipher_decrypt(cipher, out, len, sealed.data, len) == 0 &&
                gcry_cipher_checktag(cipher, sealed.data + len, TAG_BYTES) == 0;
    gcry_cipher_close(cipher);
    return good;
}

/* The whole number of which `len` bytes were sent: the one next to those before it (RFC 9000, A.3). */
static uint64_t whole_number(int64_t largest, uint64_t sent, size_t len)
{
    uint64_t expected = (uint64_t)(largest + 1);
    uint64_t window = UINT64_C(1) << (8 * len);
    uint64_t candidate = (expected & ~(window - 1)) | sent;
    if (candidate + window / 2 <= expected && candidate < (UINT64_C(1) << 62) - window) {
        return candidate + window;
    }
    return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
}

bool quic_packet_open(const struct quic_keys *keys, const struct quic_packet *packet, int64_t *largest,
                      uint8_t frames[QUIC_PACKET_MAX], size_t *len)
{
    enum { NUMBER_BITS = 0x03, HIDDEN_BITS = 0x0f };
    uint8_t head[QUIC_PACKET_MAX];
    uint8_t mask[SAMPLE_BYTES];
    struct slice behind = slice_from(packet->bytes, packet->number_at);
    if (packet->bytes.len > QUIC_PACKET_MAX || behind.len < NUMBER_MAX + SAMPLE_BYTES) {
        return false;
    }
    make_mask(keys, slice_part(behind, NUMBER_MAX, SAMPLE_BYTES), mask);
    memcpy(head, packet->bytes.data, packet->number_at + NUMBER_MAX);
    head[0] ^= mask[0] & HIDDEN_BITS;
    size_t number_len = 1 + (size_t)(head[0] & NUMBER_BITS);
    uint64_t sent = 0;
    for (size_t i = 0; i < number_len; i++) {
        head[packet->number_at + i] ^= mask[1 + i];
        sent = sent << 8 | head[packet->number_at + i];
    }
    uint64_t number = whole_number(*largest, sent, number_len);
    struct slice sealed = slice_from(behind, number_len);
    if (sealed.len < TAG_BYTES ||
        !decrypt(keys, number, slice_make(head, packet->number_at + number_len), sealed, frames)) {
        return false;
    }
    *largest = (int64_t)number > *largest ? (int64_t)number : *largest;
    *len = sealed.len - TAG_BYTES;
    return true;
}
