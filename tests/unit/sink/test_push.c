/* The facts that the script gets. */
#include <setjmp.h>

#include "sample.h"

#include <cmocka.h>
#include <jansson.h>

#include "daemon/sink/push_priv.h"

static struct push *push_of(const struct detection *detection)
{
    struct producer producer = sample_producer();
    return push_create(detection, &producer, 1000, strdup("{}"));
}

static json_t *facts_of(const struct detection *detection)
{
    struct push *push = push_of(detection);
    json_t *facts = json_loads(push->facts, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(facts);
    push_free(push);
    return facts;
}

static const char *text(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    assert_true(json_is_string(value));
    return json_string_value(value);
}

static void test_facts(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    struct push *push = push_of(detection);
    assert_int_equal(push->seq, 41);
    assert_string_equal(push->server, "203.0.113.10:8080");
    assert_int_equal(push->clients_count, 1);
    assert_true(push->clients[0] == 0x1122334455667788);
    push_free(push);

    json_t *facts = facts_of(detection);
    assert_string_equal(text(facts, "last_seconds"), "1769892301.123456");
    assert_string_equal(text(facts, "server"), "203.0.113.10:8080");
    assert_string_equal(text(facts, "port"), "8080");
    assert_int_equal(json_integer_value(json_object_get(facts, "expire")), 604800);
    assert_int_equal(json_integer_value(json_object_get(facts, "keep")), 1000);
    assert_int_equal(json_integer_value(json_object_get(facts, "claimants")), 2);
    json_t *block = json_object_get(facts, "block");
    assert_true(json_is_true(json_object_get(block, "touch")));
    assert_string_equal(text(block, "set"), "ip4");
    assert_string_equal(text(block, "order"), "");
    json_t *evidence = json_array_get(json_object_get(facts, "evidence"), 0);
    assert_string_equal(text(evidence, "kind"), "proof");
    assert_string_equal(text(evidence, "reason"), "login-answered");
    assert_true(json_is_false(json_object_get(evidence, "structural")));
    json_decref(facts);
    detection_free(detection);
}

static void test_durations_are_rounded_up(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->expire = 1;
    detection->block.duration = TIME_SECOND + 1;
    json_t *facts = facts_of(detection);
    assert_int_equal(json_integer_value(json_object_get(facts, "expire")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(facts, "block"), "duration")), 2);
    json_decref(facts);
    detection->expire = 0;
    facts = facts_of(detection);
    assert_int_equal(json_integer_value(json_object_get(facts, "expire")), 1);
    json_decref(facts);
    detection_free(detection);
}

static void test_names_alone_and_subscribers_have_no_endpoint(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->subject_host = true;
    json_t *facts = facts_of(detection);
    assert_string_equal(text(facts, "ip"), "");
    assert_string_equal(text(facts, "port"), "");
    assert_string_equal(text(facts, "server"), "");
    assert_string_equal(text(json_object_get(facts, "block"), "set"), "");
    json_decref(facts);
    detection->subject_host = false;
    detection->server_is_home = true;
    (void)!address_parse("100::1:2:3:4", &detection->service.address);
    facts = facts_of(detection);
    assert_string_equal(text(facts, "server"), "");
    assert_string_equal(text(facts, "ip"), "100::1:2:3:4");
    assert_true(json_is_true(json_object_get(facts, "home")));
    json_decref(facts);
    detection_free(detection);
}

static void test_a_replay_touches_blocks_only_where_it_may(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->replay = true;
    json_t *facts = facts_of(detection);
    assert_true(json_is_false(json_object_get(json_object_get(facts, "block"), "touch")));
    json_decref(facts);
    detection->block.eligible = true;
    detection->block.scope = SCOPE_IP_PORT;
    facts = facts_of(detection);
    assert_true(json_is_true(json_object_get(json_object_get(facts, "block"), "touch")));
    json_decref(facts);
    detection_free(detection);
}

static void test_clients_need_the_name_of_their_key(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->client_key[0] = '\0';
    struct push *push = push_of(detection);
    assert_int_equal(push->clients_count, 0);
    push_free(push);
    detection_free(detection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_durations_are_rounded_up),
        cmocka_unit_test(test_names_alone_and_subscribers_have_no_endpoint),
        cmocka_unit_test(test_a_replay_touches_blocks_only_where_it_may),
        cmocka_unit_test(test_clients_need_the_name_of_their_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
