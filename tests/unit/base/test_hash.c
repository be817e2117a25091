/* base/hash: published values, and that keys and lengths matter. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/attr.h"
#include "daemon/base/siphash_priv.h"

static const struct hash_key counting_key = {{0x0706050403020100U, 0x0f0e0d0c0b0a0908U}};

/* The paper's Appendix A gives the value for 15 bytes; the others are those of its authors' reference code.
 */
static void siphash_2_4_is_the_published_one(void **state)
{
    (void)state;
    uint8_t bytes[63];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_true(siphash(&counting_key, bytes, 0, 2, 4) == 0x726fdb47dd0e0e31U);
    assert_true(siphash(&counting_key, bytes, 1, 2, 4) == 0x74f839c593dc67fdU);
    assert_true(siphash(&counting_key, bytes, 2, 2, 4) == 0x0d6c8009d9a94f5aU);
    assert_true(siphash(&counting_key, bytes, 7, 2, 4) == 0xab0200f58b01d137U);
    assert_true(siphash(&counting_key, bytes, 8, 2, 4) == 0x93f5f5799a932462U);
    assert_true(siphash(&counting_key, bytes, 15, 2, 4) == 0xa129ca6149be45e5U);
    assert_true(siphash(&counting_key, bytes, 63, 2, 4) == 0x958a324ceb064572U);
}

static void hash_bytes_is_siphash_1_3(void **state)
{
    (void)state;
    uint8_t bytes[63];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    for (size_t len = 0; len <= sizeof bytes; len++) {
        assert_true(hash_bytes(&counting_key, bytes, len) == siphash(&counting_key, bytes, len, 1, 3));
    }
    assert_true(hash_bytes(&counting_key, NULL, 0) == 0xabac0158050fc4dcU);
}

static void every_byte_and_the_length_count(void **state)
{
    (void)state;
    uint8_t bytes[24] = {0};
    uint64_t plain = hash_bytes(&counting_key, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 1;
        assert_true(hash_bytes(&counting_key, bytes, sizeof bytes) != plain);
        bytes[i] = 0;
        assert_true(hash_bytes(&counting_key, bytes, i) != plain);
    }
    struct hash_key other = counting_key;
    other.words[1] ^= 1;
    assert_true(hash_bytes(&other, bytes, sizeof bytes) != plain);
}

static void keys(void **state)
{
    (void)state;
    struct hash_key a = {{0, 0}};
    struct hash_key b = {{0, 0}};
    hash_key_random(&a);
    hash_key_random(&b);
    assert_memory_not_equal(&a, &b, sizeof a);

    struct hash_key first, again, other_purpose, other_seed;
    hash_key_derive(&first, slice_text("seed"), "flows");
    hash_key_derive(&again, slice_text("seed"), "flows");
    hash_key_derive(&other_purpose, slice_text("seed"), "clients");
    hash_key_derive(&other_seed, slice_text("seeds"), "flows");
    assert_memory_equal(&first, &again, sizeof first);
    assert_memory_not_equal(&first, &other_purpose, sizeof first);
    assert_memory_not_equal(&first, &other_seed, sizeof first);
    hash_key_derive(&first, slice_make(NULL, 0), "flows"); /* no seed at all is a seed */
    hash_key_derive(&again, slice_make(NULL, 0), "flows");
    assert_memory_equal(&first, &again, sizeof first);
}

static void assert_hex(const uint8_t digest[SHA256_SIZE], const char *wanted)
{
    char hex[SHA256_HEX_SIZE];
    hex_print(digest, SHA256_SIZE, hex);
    assert_string_equal(hex, wanted);
}

static void sha256_is_the_published_one(void **state)
{
    (void)state;
    uint8_t digest[SHA256_SIZE];
    sha256(slice_text("abc"), digest); /* FIPS 180-2, B.1 */
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(slice_make(NULL, 0), digest);
    assert_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    struct sha256_context *context = sha256_begin();
    sha256_update(context, slice_text("a"));
    sha256_update(context, slice_make(NULL, 0));
    sha256_update(context, slice_text("bc"));
    sha256_end(context, digest);
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void hmac_is_that_of_rfc_4231(void **state)
{
    (void)state;
    uint8_t digest[SHA256_SIZE];
    hmac_sha256(slice_text("Jefe"), slice_text("what do ya want for nothing?"), digest); /* test case 2 */
    assert_hex(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    uint8_t long_key[131];
    memset(long_key, 0xaa, sizeof long_key);
    hmac_sha256(slice_make(long_key, sizeof long_key),
                slice_text("Test Using Larger Than Block-Size Key - Hash Key First"),
                digest); /* test case 6 */
    assert_hex(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hex_of_nothing_is_empty(void **state)
{
    (void)state;
    char out[1] = {'x'};
    hex_print(NULL, 0, out);
    assert_string_equal(out, "");
}

static void *digest_in_a_thread(void *argument)
{
    sha256(slice_text("abc"), argument);
    return NULL;
}

static void digests_work_from_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    uint8_t digests[4][SHA256_SIZE];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, digest_in_a_thread, digests[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        assert_hex(digests[i], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_work_from_threads), /* first: the library is started by one of them */
        cmocka_unit_test(siphash_2_4_is_the_published_one), cmocka_unit_test(hash_bytes_is_siphash_1_3),
        cmocka_unit_test(every_byte_and_the_length_count),  cmocka_unit_test(keys),
        cmocka_unit_test(sha256_is_the_published_one),      cmocka_unit_test(hmac_is_that_of_rfc_4231),
        cmocka_unit_test(hex_of_nothing_is_empty),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
