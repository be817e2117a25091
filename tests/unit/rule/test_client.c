/* rule/client: what counts as one client, and the pseudonym's form. */
#include "rule/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct hash_key key = {{1, 2}};
static const struct hash_key other_key = {{1, 3}};

static struct address parsed(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static uint64_t hash_of(const struct hash_key *used, const char *text)
{
    struct address address = parsed(text);
    return client_hash(used, &address);
}

static void one_ipv4_address_is_one_client(void **state)
{
    (void)state;
    assert_int_equal(hash_of(&key, "192.0.2.1"), hash_of(&key, "192.0.2.1"));
    assert_int_not_equal(hash_of(&key, "192.0.2.1"), hash_of(&key, "192.0.2.2"));
    assert_int_not_equal(hash_of(&key, "192.0.2.1"), hash_of(&other_key, "192.0.2.1"));
    assert_int_not_equal(hash_of(&key, "192.0.2.1"), 0);
}

static void one_ipv6_slash_64_is_one_client(void **state)
{
    (void)state;
    assert_int_equal(hash_of(&key, "2001:db8:0:1::1"), hash_of(&key, "2001:db8:0:1:ffff:ffff:ffff:ffff"));
    assert_int_not_equal(hash_of(&key, "2001:db8:0:1::1"), hash_of(&key, "2001:db8:0:2::1"));
}

static void a_pseudonym_lies_in_the_discard_prefix(void **state)
{
    (void)state;
    struct address client = parsed("192.0.2.1");
    struct address pseudonym = client_pseudonym(&key, &client);
    struct prefix discard;
    assert_true(prefix_parse("100::/64", &discard));
    assert_true(prefix_contains(&discard, &pseudonym));
    assert_true(client_is_pseudonym(&pseudonym));
    assert_false(client_is_pseudonym(&client));
    struct address outside = parsed("100:0:0:1::1");
    assert_false(client_is_pseudonym(&outside));

    struct address same = client_pseudonym(&key, &client);
    assert_int_equal(address_compare(&pseudonym, &same), 0);
    struct address other = client_pseudonym(&other_key, &client);
    assert_int_not_equal(address_compare(&pseudonym, &other), 0);
}

static void a_pseudonym_does_not_tell_the_hash(void **state)
{
    (void)state;
    struct address client = parsed("192.0.2.1");
    struct address pseudonym = client_pseudonym(&key, &client);
    uint64_t tail = 0;
    for (size_t i = 8; i < 16; i++) {
        tail = tail << 8 | pseudonym.bytes[i];
    }
    assert_int_not_equal(tail, client_hash(&key, &client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_ipv4_address_is_one_client),
        cmocka_unit_test(one_ipv6_slash_64_is_one_client),
        cmocka_unit_test(a_pseudonym_lies_in_the_discard_prefix),
        cmocka_unit_test(a_pseudonym_does_not_tell_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
