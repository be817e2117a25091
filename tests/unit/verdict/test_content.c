/* verdict/facts: whose channels a service lists, and what its streams carry. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

static void holders_are_united_in_order(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_rights(&f, PANEL, (const char *const[]){"dazn", "sky", NULL}); /* before there is any evidence */
    give_hit(&f, PANEL, 1, &login_proof);
    const struct rights_holders *rights = &fixture_last(&f)->rights_holders;
    assert_int_equal(rights->count, 2);
    give_rights(&f, PANEL, (const char *const[]){"bein", "dazn", "movistar", NULL});
    assert_int_equal(f.count, 1); /* waits for its refresh */
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_EVIDENCE);
    rights = &fixture_last(&f)->rights_holders;
    assert_int_equal(rights->count, 4);
    assert_string_equal(rights->ids[0], "bein");
    assert_string_equal(rights->ids[1], "dazn");
    assert_string_equal(rights->ids[2], "movistar");
    assert_string_equal(rights->ids[3], "sky");
    assert_false(fixture_last(&f)->has_catalogue);
    assert_int_equal(fixture_counter(&f, VERDICT_RIGHTS_FULL), 0);
    fixture_close(&f);
}

static void there_are_so_many_holders_and_no_more(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    for (unsigned i = 0; i < RIGHTS_HOLDERS_MAX + 2; i++) {
        char id[RIGHTS_HOLDER_SIZE];
        snprintf(id, sizeof id, "holder-%02u", RIGHTS_HOLDERS_MAX + 2 - i);
        give_rights(&f, PANEL, (const char *const[]){id, NULL});
    }
    assert_int_equal(fixture_counter(&f, VERDICT_RIGHTS_FULL), 2);
    pass(&f, MINUTES(10));
    const struct rights_holders *rights = &fixture_last(&f)->rights_holders;
    assert_int_equal(rights->count, RIGHTS_HOLDERS_MAX);
    assert_string_equal(rights->ids[0], "holder-03"); /* those that came first */
    assert_string_equal(rights->ids[RIGHTS_HOLDERS_MAX - 1], "holder-18");
    fixture_close(&f);
}

static void a_server_and_its_name_list_together(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key bare = service_at("203.0.113.10", 8080, "");
    give_name(&f, PANEL);
    give_hit(&f, bare, 1, &login_proof);
    give_rights(&f, bare, (const char *const[]){"sky", NULL});
    give_rights(&f, PANEL, (const char *const[]){"dazn", NULL});
    give_stream(&f, PANEL, "One", "x", 1000);
    f.now_us += TIME_SECOND;
    give_stream(&f, bare, "Two", "x", 2000);
    pass(&f, MINUTES(10));
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->rights_holders.count, 2);
    assert_string_equal(fixture_last(&f)->rights_holders.ids[0], "dazn");
    assert_string_equal(fixture_last(&f)->stream.service_name, "Two"); /* the newer one */
    fixture_close(&f);
}

static void the_newest_stream_stands(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_false(fixture_last(&f)->has_stream);
    give_stream(&f, PANEL, "", "", 3000);
    pass(&f, MINUTES(10));
    assert_true(fixture_last(&f)->has_stream);
    assert_int_equal(fixture_last(&f)->stream.kilobits, 3000);
    give_stream(&f, PANEL, "DAZN 1", "FFmpeg", 6200);
    give_stream(&f, PANEL, "", "FFmpeg", 100); /* joined where no table was seen */
    pass(&f, MINUTES(10));
    assert_string_equal(fixture_last(&f)->stream.container, "mpegts");
    assert_string_equal(fixture_last(&f)->stream.service_name, "DAZN 1");
    assert_int_equal(fixture_last(&f)->stream.kilobits, 6200);
    give_stream(&f, PANEL, "Sky \xff\x01 2", "", 100);
    pass(&f, MINUTES(10));
    assert_string_equal(fixture_last(&f)->stream.service_name, "Sky \xef\xbf\xbd\xef\xbf\xbd 2");
    assert_string_equal(fixture_last(&f)->stream.provider, "");
    fixture_close(&f);
}

static void an_official_name_lists_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    struct watch_list *official = list_of((const char *const[]){".canal.example"}, 1);
    f.guards.official = official;
    fixture_start(&f, false);
    struct service_key canal = service_at("203.0.113.11", 80, "www.canal.example");
    give_rights(&f, canal, (const char *const[]){"canal-plus", NULL});
    give_stream(&f, canal, "CANAL+", "", 6000);
    verdict_finish(f.verdict);
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES), 0);
    fixture_close(&f);
    watch_list_release(official);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holders_are_united_in_order),
        cmocka_unit_test(there_are_so_many_holders_and_no_more),
        cmocka_unit_test(a_server_and_its_name_list_together),
        cmocka_unit_test(the_newest_stream_stands),
        cmocka_unit_test(an_official_name_lists_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
