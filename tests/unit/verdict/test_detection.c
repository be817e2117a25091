/* verdict/detection: names of the closed lists, the server's text, the id. */
#include "tests/unit/verdict/fixture.h"

static void every_list_has_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        assert_non_null(level_name((enum level)i));
    }
    for (size_t i = 0; i < STATE_COUNT; i++) {
        assert_non_null(state_name((enum state)i));
    }
    for (size_t i = 0; i < CAUSE_COUNT; i++) {
        assert_non_null(cause_name((enum cause)i));
    }
    for (size_t i = 0; i < BLOCK_BASIS_COUNT; i++) {
        assert_non_null(block_basis_name((enum block_basis)i));
    }
    for (size_t i = 0; i < BLOCK_SCOPE_COUNT; i++) {
        assert_non_null(block_scope_name((enum block_scope)i));
    }
    for (size_t i = 0; i < BLOCK_REASON_COUNT; i++) {
        assert_non_null(block_reason_name((enum block_reason)i));
    }
    assert_string_equal(level_name(LEVEL_CONFIRMED), "confirmed");
    assert_string_equal(state_name(STATE_EXPIRED), "expired");
    assert_string_equal(block_scope_name(SCOPE_IP_PORT), "ip_port");
}

static void servers_print_as_redis_writes_them(void **state)
{
    (void)state;
    char text[SERVER_TEXT_SIZE];
    struct service_key key = service_at("203.0.113.10", 8080, "panel.example");
    assert_string_equal(service_print(&key, text), "203.0.113.10:8080");
    key = service_at("2001:db8::1", 8080, "");
    assert_string_equal(service_print(&key, text), "[2001:db8::1]:8080");
    key.transport = TRANSPORT_UDP;
    assert_string_equal(service_print(&key, text), "[2001:db8::1]:8080/udp");
    key = service_at("2001:db8:1111:2222:3333:4444:5555:6666", 65535, "");
    key.transport = TRANSPORT_UDP;
    assert_string_equal(service_print(&key, text), "[2001:db8:1111:2222:3333:4444:5555:6666]:65535/udp");
}

static void ids_follow_from_the_key_alone(void **state)
{
    (void)state;
    char id[DETECTION_ID_SIZE];
    /* printf 'tcp|203.0.113.10|8080|panel.example' | sha256sum */
    struct service_key key = service_at("203.0.113.10", 8080, "panel.example");
    service_id(&key, id);
    assert_string_equal(id, "486bf455cc15c7e7");
    /* printf 'udp|2001:db8::1|53|' | sha256sum */
    key = service_at("2001:db8::1", 53, "");
    key.transport = TRANSPORT_UDP;
    service_id(&key, id);
    assert_string_equal(id, "0bb259de67dddd60");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_has_its_names),
        cmocka_unit_test(servers_print_as_redis_writes_them),
        cmocka_unit_test(ids_follow_from_the_key_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
