/* verdict/clients: exact to its cap, estimated beyond, told once, never added to another key's count. */
#include "daemon/verdict/clients_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"

static const struct hash_key key = {{1, 2}};

static uint64_t client(uint64_t number)
{
    return hash_bytes(&key, &number, sizeof number);
}

static void counts_exactly_to_the_cap(void **state)
{
    (void)state;
    struct clients clients = {0};
    for (uint64_t i = 0; i < CLIENTS_EXACT_MAX; i++) {
        assert_true(clients_add(&clients, client(i)));
        assert_false(clients_add(&clients, client(i)));
        assert_int_equal(clients_count(&clients, NULL), i + 1);
    }
    assert_null(clients.estimate);
    assert_false(clients_add(&clients, client(CLIENTS_EXACT_MAX)));
    assert_non_null(clients.estimate);
    assert_in_range(clients_count(&clients, NULL), CLIENTS_EXACT_MAX, CLIENTS_EXACT_MAX + 4);
    clients_free(&clients);
}

static void estimates_beyond(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {200, 1000, 3000, 20000, 100000};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        struct clients clients = {0};
        for (uint64_t n = 0; n < numbers[i]; n++) {
            clients_add(&clients, client(n));
            clients_add(&clients, client(n / 2));
        }
        assert_in_range(clients_count(&clients, NULL), numbers[i] * 9 / 10, numbers[i] * 11 / 10);
        clients_free(&clients);
    }
}

static void unites_two_services(void **state)
{
    (void)state;
    struct clients own = {0};
    struct clients lent = {0};
    for (uint64_t i = 0; i < 10; i++) {
        clients_add(&own, client(i));
        clients_add(&lent, client(i + 5));
    }
    assert_int_equal(clients_count(&own, &lent), 15);
    for (uint64_t i = 0; i < 1000; i++) {
        clients_add(&lent, client(i));
    }
    assert_in_range(clients_count(&own, &lent), 900, 1100);
    clients_free(&own);
    clients_free(&lent);
}

static void a_carried_number_is_never_added(void **state)
{
    (void)state;
    struct clients clients = {.carried = 5};
    clients_add(&clients, client(1));
    assert_int_equal(clients_count(&clients, NULL), 5);
    for (uint64_t i = 0; i < 6; i++) {
        clients_add(&clients, client(i));
    }
    assert_int_equal(clients_count(&clients, NULL), 6);
    clients_free(&clients);
}

static void tells_each_once(void **state)
{
    (void)state;
    struct clients clients = {0};
    uint64_t out[DETECTION_CLIENTS_MAX];
    assert_int_equal(clients_untold(&clients, NULL, out), 0);
    clients_add(&clients, client(1));
    clients_add(&clients, client(2));
    assert_int_equal(clients_untold(&clients, NULL, out), 2);
    assert_true(out[0] == client(1) && out[1] == client(2));
    clients_mark_told(&clients);
    assert_int_equal(clients_untold(&clients, NULL, out), 0);
    for (uint64_t i = 0; i < 1000; i++) {
        clients_add(&clients, client(i));
    }
    assert_int_equal(clients_untold(&clients, NULL, out), DETECTION_CLIENTS_MAX);
    clients_mark_told(&clients);
    clients_add(&clients, client(2000));
    assert_int_equal(clients_untold(&clients, NULL, out), 1);
    assert_true(out[0] == client(2000));

    struct clients lent = {0};
    clients_add(&lent, client(2000));
    clients_add(&lent, client(2001));
    assert_int_equal(clients_untold(&clients, &lent, out), 2);
    clients_free(&lent);
    clients_free(&clients);
}

static void claimants_are_counted_to_two(void **state)
{
    (void)state;
    struct claimants claimants = {0};
    assert_true(claimants_add(&claimants, 0)); /* somebody */
    assert_int_equal(claimants_count(&claimants), 1);
    assert_false(claimants_add(&claimants, 0));
    assert_false(claimants_add(&claimants, 7)); /* may be that one */
    assert_int_equal(claimants_count(&claimants), 1);
    assert_false(claimants_add(&claimants, 7));
    assert_true(claimants_add(&claimants, 8));
    assert_false(claimants_add(&claimants, 9));
    assert_int_equal(claimants_count(&claimants), 2);

    struct claimants other = {.carried = 1};
    claimants_merge(&other, &claimants);
    assert_int_equal(claimants_count(&other), 2);
    struct claimants one = {0};
    struct claimants same = {0};
    claimants_add(&one, 7);
    claimants_add(&same, 7);
    claimants_merge(&one, &same);
    assert_int_equal(claimants_count(&one), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_exactly_to_the_cap), cmocka_unit_test(estimates_beyond),
        cmocka_unit_test(unites_two_services),       cmocka_unit_test(a_carried_number_is_never_added),
        cmocka_unit_test(tells_each_once),           cmocka_unit_test(claimants_are_counted_to_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
