/* Keyed hashing for tables fed by strangers (SipHash-1-3), and digests for identities (SHA-256, HMAC). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct hash_key {
    uint64_t words[2];
};

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65 };

/* Starts libgcrypt once for the process, from any thread. The digests below do it themselves; who calls
 * libgcrypt directly (app/quic) calls this before. */
void hash_library_init(void);

/* From the system's random source; aborts where there is none (a daemon without it must not run). */
void hash_key_random(struct hash_key *key);
/* A key that follows from `seed` alone: replay derives its keys so that runs repeat. */
void hash_key_derive(struct hash_key *key, struct slice seed, const char *purpose);

/* SipHash-1-3 of the bytes. */
uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len);

void sha256(struct slice data, uint8_t out[SHA256_SIZE]);
/* Lower-case hex of `len` bytes and a NUL: `out` has room for 2 * len + 1. */
void hex_print(const uint8_t *bytes, size_t len, char *out);

/* Incremental SHA-256, for files and rule sets. */
struct sha256_context;
struct sha256_context *sha256_begin(void);
void sha256_update(struct sha256_context *context, struct slice data);
/* Ends and frees the context. */
void sha256_end(struct sha256_context *context, uint8_t out[SHA256_SIZE]);

void hmac_sha256(struct slice key, struct slice data, uint8_t out[SHA256_SIZE]);
