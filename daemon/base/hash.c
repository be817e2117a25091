/*
 * Hashes. SipHash is our own (siphash_priv.h) because it runs for each packet; the digests are libgcrypt's.
 * A failure in here is a broken library or no random source, never traffic: it aborts.
 */
#include "base/hash.h"

#include <endian.h>
#include <errno.h>
#include <gcrypt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "daemon/base/siphash_priv.h"

struct sha256_context {
    gcry_md_hd_t digest;
};

static void die_without(const char *what)
{
    log_error("%s is not available: cannot go on", what);
    abort();
}

static void library_start(void)
{
    /* nDPI or another library of the process may have been first. */
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
        return;
    }
    if (gcry_check_version(GCRYPT_VERSION) == NULL) {
        die_without("libgcrypt " GCRYPT_VERSION " or later");
    }
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0); /* locked memory is for long-lived secrets; we keep none */
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

void hash_library_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, library_start);
}

void hash_key_random(struct hash_key *key)
{
    uint8_t *at = (uint8_t *)key->words;
    size_t left = sizeof key->words;
    while (left > 0) {
        ssize_t got = getrandom(at, left, 0);
        if (got > 0) {
            at += got;
            left -= (size_t)got;
        } else if (got < 0 && errno != EINTR) {
            die_without("the system's random source");
        }
    }
}

void hash_key_derive(struct hash_key *key, struct slice seed, const char *purpose)
{
    uint8_t digest[SHA256_SIZE];
    hmac_sha256(seed, slice_text(purpose), digest);
    memcpy(key->words, digest, sizeof key->words);
    /* The same key, so the same order of tables, on machines of either byte order. */
    key->words[0] = le64toh(key->words[0]);
    key->words[1] = le64toh(key->words[1]);
}

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len)
{
    return siphash(key, data, len, 1, 3);
}

/* libgcrypt wants a pointer even for no bytes. */
static const void *some_pointer(struct slice data)
{
    return data.len == 0 ? "" : (const void *)data.data;
}

void sha256(struct slice data, uint8_t out[SHA256_SIZE])
{
    hash_library_init();
    gcry_md_hash_buffer(GCRY_MD_SHA256, out, some_pointer(data), data.len);
}

void hex_print(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static gcry_md_hd_t digest_open(unsigned flags)
{
    hash_library_init();
    gcry_md_hd_t digest;
    if (gcry_md_open(&digest, GCRY_MD_SHA256, flags) != 0) {
        die_without("SHA-256");
    }
    return digest;
}

static void digest_close(gcry_md_hd_t digest, uint8_t out[SHA256_SIZE])
{
    memcpy(out, gcry_md_read(digest, GCRY_MD_SHA256), SHA256_SIZE);
    gcry_md_close(digest);
}

struct sha256_context *sha256_begin(void)
{
    struct sha256_context *context = malloc(sizeof *context);
    if (context == NULL) {
        die_without("memory");
    }
    context->digest = digest_open(0);
    return context;
}

void sha256_update(struct sha256_context *context, struct slice data)
{
    gcry_md_write(context->digest, some_pointer(data), data.len);
}

void sha256_end(struct sha256_context *context, uint8_t out[SHA256_SIZE])
{
    digest_close(context->digest, out);
    free(context);
}

void hmac_sha256(struct slice key, struct slice data, uint8_t out[SHA256_SIZE])
{
    gcry_md_hd_t digest = digest_open(GCRY_MD_FLAG_HMAC);
    if (gcry_md_setkey(digest, some_pointer(key), key.len) != 0) {
        die_without("HMAC-SHA-256");
    }
    gcry_md_write(digest, some_pointer(data), data.len);
    digest_close(digest, out);
}
