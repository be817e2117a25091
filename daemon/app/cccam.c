#include "daemon/app/cccam_priv.h"

#include <gcrypt.h>

#include "base/attr.h"

/* The stream cipher: RC4's schedule and permutation with a byte of feedback. */
struct cipher {
    uint8_t table[256];
    uint8_t feedback;
    uint8_t counter;
    uint8_t sum;
};

static void swap_bytes(uint8_t *a, uint8_t *b)
{
    uint8_t kept = *a;
    *a = *b;
    *b = kept;
}

static void cipher_begin(struct cipher *cipher, const uint8_t *key, size_t key_len)
{
    for (unsigned i = 0; i < sizeof cipher->table; i++) {
        cipher->table[i] = (uint8_t)i;
    }
    uint8_t at = 0;
    for (unsigned i = 0; i < sizeof cipher->table; i++) {
        at = (uint8_t)(at + key[i % key_len] + cipher->table[i]);
        swap_bytes(&cipher->table[i], &cipher->table[at]);
    }
    cipher->feedback = key[0];
    cipher->counter = 0;
    cipher->sum = 0;
}

static uint8_t cipher_key_byte(struct cipher *cipher)
{
    uint8_t *table = cipher->table;
    cipher->counter++;
    cipher->sum = (uint8_t)(cipher->sum + table[cipher->counter]);
    swap_bytes(&table[cipher->counter], &table[cipher->sum]);
    uint8_t index = (uint8_t)(table[cipher->counter] + table[cipher->sum]);
    return table[index] ^ cipher->feedback;
}

/* Both directions feed the plain byte back. */
static void cipher_decrypt(struct cipher *cipher, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= cipher_key_byte(cipher);
        cipher->feedback ^= bytes[i];
    }
}

static void cipher_encrypt(struct cipher *cipher, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t plain = bytes[i];
        bytes[i] ^= cipher_key_byte(cipher);
        cipher->feedback ^= plain;
    }
}

bool cccam_greeting_marked(const uint8_t greeting[CCCAM_GREETING_BYTES])
{
    enum { NOTHING = 0x1234 };
    unsigned sum = NOTHING;
    for (unsigned i = 0; i < CCCAM_GREETING_BYTES - 2; i++) {
        sum += greeting[i];
    }
    if (sum == NOTHING) {
        return false; /* zeros bear the mark, too */
    }
    bool marked = (unsigned)(greeting[14] << 8 | greeting[15]) == (sum & 0xffff);
    bool checked = true;
    for (unsigned i = 0; i < 4; i++) {
        checked = checked && greeting[12 + i] == (uint8_t)(greeting[i] + greeting[4 + i] + greeting[8 + i]);
    }
    return marked || checked;
}

void cccam_expected_answer(const uint8_t greeting[CCCAM_GREETING_BYTES], uint8_t answer[CCCAM_ANSWER_BYTES])
{
    static const uint8_t name[] = {'C', 'C', 'c', 'a', 'm'};
    uint8_t seed[CCCAM_GREETING_BYTES];
    memcpy(seed, greeting, sizeof seed);
    for (unsigned i = 0; i < 8; i++) {
        seed[8 + i] = (uint8_t)(i * seed[i]);
    }
    for (unsigned i = 0; i < sizeof name; i++) {
        seed[i] ^= name[i];
    }
    gcry_md_hash_buffer(GCRY_MD_SHA1, answer, seed, sizeof seed);
    struct cipher cipher;
    cipher_begin(&cipher, answer, CCCAM_ANSWER_BYTES);
    cipher_decrypt(&cipher, seed, sizeof seed);
    cipher_begin(&cipher, seed, sizeof seed);
    cipher_decrypt(&cipher, answer, CCCAM_ANSWER_BYTES);
    cipher_encrypt(&cipher, answer, CCCAM_ANSWER_BYTES);
}

enum {
    LOGIN_BYTES = 46, /* answer, user and check */
    ACKNOWLEDGEMENT_BYTES = 20,
    ECM_MIN = 40, /* header, what is asked for, and an ECM */
    ECM_MAX = 300,
    CONTROL_WORD = 20,
    BEATS = 4,
    LISTEN_MAX = 1 << 20, /* bytes of a side; so many come of servers among themselves, without a cadence */
};

#define PAUSE_US INT64_C(2000000) /* parts a burst from the next one */

void cccam_begin(struct cccam *cccam, const uint8_t greeting[CCCAM_GREETING_BYTES])
{
    *cccam = (struct cccam){.accepted = false};
    cccam_expected_answer(greeting, cccam->expected);
}

/* A burst is over: it may be a request, or the answer to one. */
static uint64_t end_burst(struct cccam *cccam)
{
    const struct cccam_burst *burst = &cccam->burst;
    if (burst->broken) {
        cccam->cadence.asked = false;
        return 0;
    }
    if (burst->from_client) {
        if (burst->bytes >= ECM_MIN && burst->bytes <= ECM_MAX) {
            cadence_ask(&cccam->cadence, burst->last_us);
        }
        return 0;
    }
    if (burst->bytes != CONTROL_WORD || cadence_answer(&cccam->cadence, burst->first_us) < BEATS) {
        return 0;
    }
    cccam->over = true;
    return UINT64_C(1) << SIGN_CCCAM_CADENCE;
}

static uint64_t take_frames(struct cccam *cccam, bool from_client, size_t len, int64_t time_us)
{
    struct cccam_burst *burst = &cccam->burst;
    uint64_t signs = 0;
    if (burst->from_client != from_client || time_us - burst->last_us > PAUSE_US) {
        signs = end_burst(cccam);
        *burst = (struct cccam_burst){.first_us = time_us, .from_client = from_client};
    }
    burst->bytes += len;
    burst->last_us = time_us;
    return signs;
}

static uint64_t take_answer(struct cccam *cccam, struct slice bytes)
{
    uint64_t at = cccam->client_bytes;
    size_t part = at < CCCAM_ANSWER_BYTES ? CCCAM_ANSWER_BYTES - (size_t)at : 0;
    struct slice answer = slice_part(bytes, 0, part);
    if (answer.len > 0 && memcmp(answer.data, cccam->expected + at, answer.len) != 0) {
        cccam->over = true;
        return 0;
    }
    cccam->client_bytes += bytes.len;
    cccam->over = cccam->client_bytes > LOGIN_BYTES;
    return answer.len > 0 && at + answer.len == CCCAM_ANSWER_BYTES ? UINT64_C(1) << SIGN_CCCAM_ANSWER : 0;
}

/* Nobody but a server that took the login says more. */
static uint64_t take_acknowledgement(struct cccam *cccam, size_t len, int64_t time_us)
{
    uint64_t missing = ACKNOWLEDGEMENT_BYTES - cccam->server_bytes;
    cccam->server_bytes += len;
    cccam->over = cccam->client_bytes != LOGIN_BYTES;
    if (cccam->over || len < missing) {
        return 0;
    }
    cccam->accepted = true;
    if (len > missing) {
        (void)take_frames(cccam, false, len - (size_t)missing, time_us);
    }
    return UINT64_C(1) << SIGN_CCCAM_ACCEPTED;
}

uint64_t cccam_take(struct cccam *cccam, bool from_client, struct slice bytes, int64_t time_us)
{
    if (cccam->over || bytes.len == 0) {
        return 0;
    }
    if (!cccam->accepted) {
        return from_client ? take_answer(cccam, bytes) : take_acknowledgement(cccam, bytes.len, time_us);
    }
    uint64_t *total = from_client ? &cccam->client_bytes : &cccam->server_bytes;
    *total += bytes.len;
    cccam->over = *total > LISTEN_MAX;
    return take_frames(cccam, from_client, bytes.len, time_us);
}

void cccam_gap(struct cccam *cccam, bool from_client)
{
    cccam->over = cccam->over || !cccam->accepted;
    cccam->burst.from_client = from_client;
    cccam->burst.broken = true;
}
