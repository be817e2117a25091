/* base/hash_set: members, the cap, growing. */
#include "base/hash_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"

enum { MANY = 10000 };

static void a_member_is_new_once(void **state)
{
    (void)state;
    struct hash_set set = {.slots = NULL};
    for (unsigned turn = 0; turn < 2; turn++) {
        assert_int_equal(hash_set_add(&set, 7, 10), HASH_SET_NEW);
        assert_int_equal(hash_set_add(&set, 7, 10), HASH_SET_KNOWN);
        assert_int_equal(hash_set_add(&set, 7 + 64, 10), HASH_SET_NEW); /* the same slot */
        assert_int_equal(hash_set_add(&set, 7, 10), HASH_SET_KNOWN);
        assert_int_equal(hash_set_add(&set, 7 + 64, 10), HASH_SET_KNOWN);
        assert_int_equal(set.count, 2);
        hash_set_clear(&set);
        assert_int_equal(set.count, 0);
    }
}

static void zero_and_the_largest_are_members_too(void **state)
{
    (void)state;
    struct hash_set set = {.slots = NULL};
    assert_int_equal(hash_set_add(&set, 0, 10), HASH_SET_NEW);
    assert_int_equal(hash_set_add(&set, 0, 10), HASH_SET_KNOWN);
    assert_int_equal(hash_set_add(&set, UINT64_MAX, 10), HASH_SET_NEW);
    assert_int_equal(hash_set_add(&set, UINT64_MAX, 10), HASH_SET_KNOWN);
    hash_set_clear(&set);
}

static void a_full_set_keeps_what_it_has(void **state)
{
    (void)state;
    struct hash_set set = {.slots = NULL};
    assert_int_equal(hash_set_add(&set, 1, 0), HASH_SET_FULL);
    for (uint64_t i = 1; i <= 3; i++) {
        assert_int_equal(hash_set_add(&set, i, 3), HASH_SET_NEW);
    }
    assert_int_equal(hash_set_add(&set, 4, 3), HASH_SET_FULL);
    assert_int_equal(hash_set_add(&set, 3, 3), HASH_SET_KNOWN);
    assert_int_equal(hash_set_add(&set, 4, 4), HASH_SET_NEW); /* another cap since */
    hash_set_clear(&set);
}

static void all_of_many_are_found_again(void **state)
{
    (void)state;
    static const struct hash_key key = {{1, 2}};
    struct hash_set set = {.slots = NULL};
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(hash_set_add(&set, hash_bytes(&key, &i, sizeof i), MANY), HASH_SET_NEW);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(hash_set_add(&set, hash_bytes(&key, &i, sizeof i), MANY), HASH_SET_KNOWN);
    }
    assert_int_equal(set.count, MANY);
    assert_true(set.room >= 2 * MANY && set.room <= 4 * MANY);
    hash_set_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_new_once),
        cmocka_unit_test(zero_and_the_largest_are_members_too),
        cmocka_unit_test(a_full_set_keeps_what_it_has),
        cmocka_unit_test(all_of_many_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
