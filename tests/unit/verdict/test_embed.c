/* verdict/embed: portals and the streams that they play. */
#include "tests/unit/verdict/fixture.h"

#define PORTAL service_at("203.0.113.10", 80, "portal.example")
#define STREAM service_at("203.0.113.20", 8080, "cdn.example")

static const struct sign portal_proof = {.sid = 500,
                                         .weight = 60,
                                         .kind = EVIDENCE_PROOF,
                                         .reason = "portal",
                                         .family = FAMILY_PORTAL,
                                         .answered = true};

static const struct detection *last_of(const struct fixture *f, const char *name)
{
    for (size_t i = f->count; i > 0; i--) {
        if (strcmp(f->seen[i - 1]->service.name, name) == 0) {
            return f->seen[i - 1];
        }
    }
    fail_msg("%s was not told", name);
    return NULL;
}

static bool has_embed(const struct detection *told, const char *host)
{
    for (uint32_t i = 0; i < told->related_count; i++) {
        if (strcmp(told->related[i].server.host, host) == 0 &&
            told->related[i].server.relation == RELATION_EMBED) {
            return true;
        }
    }
    return false;
}

static void portal_and_stream_name_each_other(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PORTAL, 1, &portal_proof);
    give_hit(&f, STREAM, 1, &stream_proof);
    give_embedded(&f, STREAM, "portal.example", 443);
    pass(&f, MINUTES(10));
    assert_true(has_embed(last_of(&f, "portal.example"), "cdn.example"));
    assert_string_equal(last_of(&f, "portal.example")->related[0].address, "203.0.113.20");
    assert_int_equal(last_of(&f, "portal.example")->related[0].server.port, 8080);
    assert_true(has_embed(last_of(&f, "cdn.example"), "portal.example"));
    assert_string_equal(last_of(&f, "cdn.example")->related[0].address, "203.0.113.10");
    assert_int_equal(last_of(&f, "cdn.example")->score, 82); /* 80, and named by a known portal */
    assert_int_equal(last_of(&f, "portal.example")->score, 64);
    fixture_close(&f);
}

static void the_portal_may_come_later(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    for (unsigned i = 1; i <= 20; i++) {
        char ip[ADDRESS_TEXT_SIZE];
        snprintf(ip, sizeof ip, "198.51.100.%u", i);
        give_hit(&f, service_at(ip, 80, ""), 1, &stream_proof);
        give_embedded(&f, service_at(ip, 80, ""), "portal.example", 0);
    }
    give_hit(&f, PORTAL, 1, &portal_proof);
    const struct detection *portal = last_of(&f, "portal.example");
    assert_int_equal(portal->related_count, DETECTION_RELATED_MAX);
    assert_true(has_embed(portal, "198.51.100.1"));
    assert_true(has_embed(portal, "198.51.100.16"));
    assert_false(has_embed(portal, "198.51.100.17")); /* those met first */
    fixture_close(&f);
}

static void a_portal_shows_streams_that_are_nothing_themselves(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    struct watch_list *official = list_of((const char *const[]){".canal.example"}, 1);
    f.guards.official = official;
    fixture_start(&f, false);
    give_hit(&f, PORTAL, 1, &portal_proof);
    give_embedded(&f, STREAM, "portal.example", 80);
    give_embedded(&f, service_at("203.0.113.21", 443, "live.canal.example"), "portal.example", 80);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 1);
    pass(&f, MINUTES(10));
    assert_true(has_embed(last_of(&f, "portal.example"), "cdn.example"));
    assert_false(has_embed(last_of(&f, "portal.example"), "live.canal.example")); /* a broadcaster's own */
    assert_int_equal(last_of(&f, "portal.example")->score, 60); /* that says nothing of the portal */
    fixture_close(&f);
    watch_list_release(official);
}

static void a_page_that_is_nothing_itself_is_shown_only(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    struct watch_list *platforms = list_of((const char *const[]){".search.example"}, 1);
    f.guards.platforms = platforms;
    fixture_start(&f, false);
    give_hit(&f, STREAM, 1, &stream_proof);
    give_embedded(&f, STREAM, "innocent.example", 443);
    give_embedded(&f, STREAM, "www.search.example", 443);
    give_embedded(&f, STREAM, "cdn.example", 443); /* itself */
    give_embedded(&f, STREAM, "192.168.1.1", 80);
    pass(&f, MINUTES(10));
    assert_int_equal(last_of(&f, "cdn.example")->related_count, 1);
    assert_true(has_embed(last_of(&f, "cdn.example"), "innocent.example"));
    for (size_t i = 0; i < f.count; i++) {
        assert_string_equal(f.seen[i]->service.name, "cdn.example");
    }
    fixture_close(&f);
    watch_list_release(platforms);
}

/* Each worker tells it once: with two of them nothing more comes of it. */
static void a_page_counts_once_in_its_span(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, STREAM, 1, &stream_proof);
    give_embedded(&f, STREAM, "portal.example", 80);
    pass(&f, MINUTES(10));
    assert_int_equal(last_of(&f, "cdn.example")->related[0].server.count, 1);
    fixture_forget(&f);
    give_embedded(&f, STREAM, "portal.example", 80);
    give_embedded(&f, STREAM, "portal.example", 80);
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 0); /* known already */
    give_volume(&f, STREAM, 1, 1);
    pass(&f, MINUTES(10));
    assert_int_equal(last_of(&f, "cdn.example")->related[0].server.count, 2);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portal_and_stream_name_each_other),
        cmocka_unit_test(the_portal_may_come_later),
        cmocka_unit_test(a_portal_shows_streams_that_are_nothing_themselves),
        cmocka_unit_test(a_page_that_is_nothing_itself_is_shown_only),
        cmocka_unit_test(a_page_counts_once_in_its_span),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
