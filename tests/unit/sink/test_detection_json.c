/* The line of a detection: every byte of the documented form, and what happens to texts that do not fit. */
#include <setjmp.h>

#include "sample.h"

#include <cmocka.h>
#include <jansson.h>

static char *line_of(const struct detection *detection)
{
    struct producer producer = sample_producer();
    return detection_json(detection, &producer);
}

static json_t *parsed(char *line)
{
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(object);
    free(line);
    return object;
}

static void test_the_whole_form(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    char *line = line_of(detection);
    assert_string_equal(
        line,
        "{\"schema\":1,\"timestamp\":\"2026-01-31T20:45:01.123456Z\",\"event_type\":\"detection\","
        "\"sensor\":\"mirror-1\",\"mode\":\"live\",\"seq\":41,\"id\":\"486bf455cc15c7e7\",\"subject\":"
        "\"service\","
        "\"state\":\"new\",\"cause\":\"evidence\",\"level\":\"confirmed\",\"score\":97,\"family\":\"xtream\","
        "\"server\":{\"ip\":\"203.0.113.10\",\"port\":8080,\"transport\":\"tcp\",\"other_hosts\":0},"
        "\"host\":\"panel.example\",\"host_from\":\"http.host\",\"host_verified\":true,"
        "\"roles\":[\"panel\",\"stream\"],\"directions\":\"both\",\"make\":\"XUI.one\","
        "\"evidence\":[{\"sid\":2100010,\"rev\":1,\"msg\":\"Xtream player API login answered\","
        "\"kind\":\"proof\",\"reason\":\"login-answered\",\"content\":true,\"weight\":80,"
        "\"field\":\"http.uri\",\"value\":\"/player_api.php?username=*&password=*\",\"count\":3,"
        "\"first\":\"2026-01-31T20:44:56.123456Z\",\"last\":\"2026-01-31T20:45:01.123456Z\"}],"
        "\"catalogue\":{\"live\":6000,\"movies\":150000,\"groups\":120},"
        "\"related\":[{\"host\":\"lb1.example\",\"ip\":\"203.0.113.20\",\"port\":80,\"relation\":"
        "\"redirect\"},"
        "{\"ip\":\"203.0.113.21\",\"port\":8000,\"relation\":\"playlist\"}],"
        "\"clients\":3,\"flows\":12,\"bytes\":88123456,\"first_seen\":\"2026-01-31T20:44:01.123456Z\","
        "\"last_seen\":\"2026-01-31T20:45:01.123456Z\","
        "\"block\":{\"eligible\":false,\"basis\":\"content\",\"scope\":\"none\",\"reason\":\"too few "
        "clients\"},"
        "\"producer\":{\"version\":\"0.1.0\",\"rules\":\"sha256:abcdef\"}}");
    free(line);
    detection_free(detection);
}

static void test_absent_facts_are_absent_keys(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->subject_host = true;
    detection->replay = true;
    detection->roles = 0;
    detection->directions = 0;
    detection->make[0] = '\0';
    detection->has_catalogue = false;
    detection->related_count = 0;
    detection->clients = 0;
    detection->flows = 0;
    detection->bytes = 0;
    detection->block.basis = BASIS_NONE;
    detection->evidence_count = 0;
    json_t *object = parsed(line_of(detection));
    assert_string_equal(json_string_value(json_object_get(object, "subject")), "host");
    assert_string_equal(json_string_value(json_object_get(object, "mode")), "replay");
    static const char *const absent[] = {"server",    "roles",   "directions",      "make",
                                         "catalogue", "related", "clients",         "flows",
                                         "bytes",     "case",    "evidence_omitted"};
    for (size_t i = 0; i < ARRAY_COUNT(absent); i++) {
        assert_null(json_object_get(object, absent[i]));
    }
    assert_null(json_object_get(json_object_get(object, "block"), "basis"));
    assert_null(json_object_get(json_object_get(object, "block"), "order"));
    json_decref(object);

    detection->subject_host = false;
    detection->service.name[0] = '\0';
    (void)!address_parse("2001:db8::1", &detection->service.address);
    detection->service.transport = TRANSPORT_UDP;
    detection->evidence_omitted = 4;
    object = parsed(line_of(detection));
    static const char *const nameless[] = {"host", "host_from", "host_verified"};
    for (size_t i = 0; i < ARRAY_COUNT(nameless); i++) {
        assert_null(json_object_get(object, nameless[i]));
    }
    json_t *server = json_object_get(object, "server");
    assert_string_equal(json_string_value(json_object_get(server, "ip")), "2001:db8::1");
    assert_string_equal(json_string_value(json_object_get(server, "transport")), "udp");
    assert_int_equal(json_integer_value(json_object_get(object, "evidence_omitted")), 4);
    json_decref(object);
    detection_free(detection);
}

static void test_what_is_offered(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->rights_holders = (struct rights_holders){.count = 2, .ids = {"canal-plus", "dazn"}};
    detection->has_stream = true;
    detection->stream = (struct stream_description){
        .container = "mpegts", .service_name = "DAZN 1", .provider = "FFmpeg", .kilobits = 6249};
    char *line = line_of(detection);
    assert_non_null(strstr(line, "\"groups\":120,\"rights_holders\":[\"canal-plus\",\"dazn\"]},"
                                 "\"stream\":{\"container\":\"mpegts\",\"service_name\":\"DAZN 1\","
                                 "\"provider\":\"FFmpeg\",\"mbps\":6.2},\"related\""));
    free(line);
    detection->has_catalogue = false;
    detection->stream = (struct stream_description){.container = "mpegts", .kilobits = 12050};
    line = line_of(detection);
    assert_non_null(strstr(line, "\"catalogue\":{\"rights_holders\":[\"canal-plus\",\"dazn\"]},"
                                 "\"stream\":{\"container\":\"mpegts\",\"mbps\":12.1},"));
    free(line);
    detection->stream.kilobits = 49; /* less than can be said */
    line = line_of(detection);
    assert_non_null(strstr(line, "\"stream\":{\"container\":\"mpegts\"},"));
    free(line);
    detection->stream = (struct stream_description){.kilobits = 0};
    line = line_of(detection);
    assert_null(strstr(line, "stream\":{"));
    free(line);
    detection_free(detection);
}

static void test_cases(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->has_case = true;
    memcpy(detection->in_case.id, "0123456789abcdef", DETECTION_ID_SIZE);
    detection->in_case.by = 1u << TIE_HOST | 1u << TIE_CATALOGUE;
    detection->in_case.services = 14;
    char *line = line_of(detection);
    assert_non_null(strstr(line, "\"relation\":\"playlist\"}],\"case\":{\"id\":\"0123456789abcdef\","
                                 "\"by\":[\"host\",\"catalogue\"],\"services\":14},\"clients\":3"));
    free(line);
    detection_free(detection);
}

static void test_hostile_text(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    static const char hostile[] = "a\"b\\c\x01\xff\xe2\x80\xae\n{\"x\":1}";
    sample_text(detection->evidence[0].value, RULE_VALUE_SIZE, hostile);
    memset(detection->evidence[0].msg, 'm', RULE_MSG_SIZE - 1);
    memset(detection->service.name, 'n', HOST_NAME_SIZE - 1);
    json_t *object = parsed(line_of(detection));
    json_t *item = json_array_get(json_object_get(object, "evidence"), 0);
    assert_string_equal(json_string_value(json_object_get(item, "value")),
                        "a\"b\\c\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd{\"x\":1}");
    assert_int_equal(json_string_length(json_object_get(object, "host")), HOST_NAME_SIZE - 1);
    json_decref(object);
    detection_free(detection);
}

/* Texts that take the most bytes when they are written. */
static void fill(char *out, size_t size)
{
    memset(out, '"', size - 1);
    out[size - 1] = '\0';
}

static void test_weakest_evidence_goes_first(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    detection->evidence_count = 0;
    detection->evidence_omitted = 2;
    for (uint32_t i = 0; i < DETECTION_EVIDENCE_MAX; i++) {
        sample_add_evidence(detection, 1000 + i, (uint8_t)(10 + i % 4), EVIDENCE_PROOF, "r");
        fill(detection->evidence[i].msg, RULE_MSG_SIZE);
        fill(detection->evidence[i].value, RULE_VALUE_SIZE);
    }
    char *line = line_of(detection);
    size_t len = strlen(line);
    assert_true(len <= 16 * 1024);
    json_t *object = parsed(line);
    json_t *evidence = json_object_get(object, "evidence");
    size_t kept = json_array_size(evidence);
    assert_true(len > 16 * 1024 - 1000); /* not one too many was left out */
    assert_in_range(kept, 1, DETECTION_EVIDENCE_MAX - 1);
    assert_int_equal(json_integer_value(json_object_get(object, "evidence_omitted")),
                     2 + DETECTION_EVIDENCE_MAX - (long long)kept);
    json_int_t last = 0;
    size_t strongest = 0;
    for (size_t i = 0; i < kept; i++) {
        json_t *item = json_array_get(evidence, i);
        json_int_t sid = json_integer_value(json_object_get(item, "sid"));
        assert_true(sid > last); /* by sid, as before */
        last = sid;
        strongest += json_integer_value(json_object_get(item, "weight")) == 13;
    }
    assert_int_equal(strongest, DETECTION_EVIDENCE_MAX / 4); /* all of the strongest are there */
    json_decref(object);
    detection_free(detection);
}

static void test_privacy_that_is_off_is_told(void **state)
{
    (void)state;
    struct detection *detection = sample_detection();
    struct producer producer = sample_producer();
    producer.keep_clients = true;
    json_t *object = parsed(detection_json(detection, &producer));
    json_t *privacy = json_object_get(object, "privacy");
    assert_string_equal(json_string_value(json_object_get(privacy, "clients")), "address");
    assert_int_equal(json_object_size(privacy), 1);
    json_decref(object);
    producer.keep_credentials = true;
    object = parsed(detection_json(detection, &producer));
    privacy = json_object_get(object, "privacy");
    assert_string_equal(json_string_value(json_object_get(privacy, "credentials")), "keep");
    json_decref(object);
    detection_free(detection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_form),
        cmocka_unit_test(test_absent_facts_are_absent_keys),
        cmocka_unit_test(test_what_is_offered),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_weakest_evidence_goes_first),
        cmocka_unit_test(test_privacy_that_is_off_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
