/* verdict/notice: names that were seized or are blocked, their servers, and what may be proposed of them. */
#include "tests/unit/verdict/fixture.h"

#define HOST   "panel.example"
#define PANEL  service_at("203.0.113.10", 8080, HOST)
#define NOTICE service_at("198.51.100.99", 80, HOST)

/* A panel that is eligible by its name: another name at its address leaves nothing else. */
static void open_eligible_by_name(struct fixture *f)
{
    fixture_open(f);
    fixture_set(f, "block.require_verified", "false");
    fixture_start(f, false);
    give_name(f, service_at("203.0.113.10", 80, "other.example"));
    give_confirmed(f, PANEL, 1, 5);
    pass(f, MINUTES(60));
    assert_true(fixture_last(f)->block.eligible);
    assert_int_equal(fixture_last(f)->block.scope, SCOPE_HOST);
    fixture_forget(f);
}

static const struct detection *find(const struct fixture *f, enum state state)
{
    const struct detection *found = NULL;
    for (size_t i = 0; i < f->count; i++) {
        if (f->seen[i]->state == state) {
            assert_null(found);
            found = f->seen[i];
        }
    }
    assert_non_null(found);
    return found;
}

static void a_name_that_nobody_knew_is_seized(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_name(&f, NOTICE);
    give_notice(&f, NOTICE, 1, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 1);
    const struct detection *told = fixture_last(&f);
    assert_true(told->subject_host);
    assert_int_equal(told->state, STATE_SEIZED);
    assert_int_equal(told->cause, CAUSE_EVIDENCE);
    assert_int_equal(told->level, LEVEL_SUSPECTED);
    assert_int_equal(told->score, 50);
    assert_int_equal(told->family, FAMILY_PORTAL);
    assert_int_equal(told->roles, 1 << ROLE_PORTAL);
    assert_string_equal(told->service.name, HOST);
    assert_string_equal(told->id, "3d1dd1e474ebdb37"); /* printf panel.example | sha256sum */
    assert_int_equal(told->evidence_count, 1);
    assert_string_equal(told->evidence[0].value, "https://notice.example/");
    assert_int_equal(told->clients, 1);
    assert_int_equal(told->new_clients_count, 1);
    assert_false(told->block.eligible);
    assert_true(told->block.withdraw);
    assert_int_equal(told->block.reason, REASON_NOTICE);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 0); /* the notice's server is none */
    give_notice(&f, NOTICE, 1, NOTICE_SEIZED, true);
    give_notice(&f, service_at("198.51.100.98", 443, HOST), 2, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 1); /* once a name */
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_int_equal(fixture_last(&f)->clients, 2);
    assert_int_equal(fixture_last(&f)->evidence[0].count, 3);
    assert_false(fixture_last(&f)->block.withdraw);
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2); /* nothing changed */
    fixture_close(&f);
}

#define ELSEWHERE "198.51.100.80"

/* A client's own server answers under a stranger's name. */
static void one_client_seizes_nobody_s_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, ELSEWHERE, HOST, 1, 300, false);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    pass(&f, MINUTES(30));
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICES_ALONE), 2);
    verdict_set_client_key(f.verdict, "fedcba9876543210");
    give_notice(&f, NOTICE, 10, NOTICE_SEIZED, true); /* may be the same client under another key */
    assert_int_equal(f.count, 0);
    give_notice(&f, NOTICE, 11, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_SEIZED);
    assert_false(fixture_last(&f)->host_verified);
    fixture_close(&f);
}

static void a_block_page_is_no_second_client(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, ELSEWHERE, HOST, 1, 300, false);
    give_notice(&f, NOTICE, 8, NOTICE_BLOCKED, true);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_BLOCKED);
    fixture_close(&f);
}

static void dns_speaks_for_one_client_s_notice(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, "198.51.100.99", HOST, 9, 300, false); /* its own answer, and nobody else's */
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_SEIZED);
    assert_false(fixture_last(&f)->host_verified);
    give_answer(&f, "198.51.100.99", HOST, 1, 300, false);
    pass(&f, MINUTES(10));
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    pass(&f, MINUTES(10));
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_true(fixture_last(&f)->host_verified);
    fixture_close(&f);
}

/* The name's own server serves on: clients hold on to its address, or somebody lies. */
static void a_notice_waits_while_the_name_serves_elsewhere(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    give_answer(&f, "203.0.113.10", HOST, 1, 300, true);
    pass(&f, MINUTES(60) - 1);
    fixture_forget(&f);
    give_answer(&f, "198.51.100.99", HOST, 9, 300, false); /* its own answer is not enough now */
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 0);
    give_answer(&f, "198.51.100.98", HOST, 1, 300, true); /* not there */
    assert_int_equal(f.count, 0);
    give_answer(&f, "198.51.100.99", HOST, 1, 300, false);
    assert_true(find(&f, STATE_SEIZED)->host_verified);
    assert_true(find(&f, STATE_REFRESH)->block.withdraw); /* the server's by name */
    fixture_forget(&f);
    f.now_us += TIME_SECOND;
    give_hit(&f, PANEL, 9, &login_proof);
    assert_true(find(&f, STATE_RAISED)->subject_host);
    fixture_close(&f);
}

static void what_waited_is_over_when_the_name_serves_again(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    give_answer(&f, "203.0.113.10", HOST, 1, 300, true);
    fixture_forget(&f);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    give_hit(&f, PANEL, 9, &login_proof);
    give_answer(&f, "198.51.100.99", HOST, 1, 300, true);
    pass(&f, 0);
    assert_int_equal(f.count, 0);
    fixture_close(&f);
}

static void a_seizure_ends_what_was_proposed_of_the_name(void **state)
{
    (void)state;
    struct fixture f;
    open_eligible_by_name(&f);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 2);
    const struct detection *ended = find(&f, STATE_REFRESH); /* the service goes on as it is */
    assert_false(ended->subject_host);
    assert_int_equal(ended->cause, CAUSE_ELIGIBLE);
    assert_int_equal(ended->level, LEVEL_CONFIRMED);
    assert_true(ended->evidence_count > 0);
    assert_true(ended->block.withdraw);
    assert_int_equal(ended->block.reason, REASON_NOTICE);
    const struct detection *seized = find(&f, STATE_SEIZED);
    assert_true(seized->block.withdraw);
    assert_int_equal(seized->level, LEVEL_CONFIRMED); /* as its server */
    assert_int_equal(seized->score, ended->score);
    assert_int_equal(seized->family, FAMILY_XTREAM);
    fixture_forget(&f);
    pass(&f, MINUTES(60));
    for (size_t i = 0; i < f.count; i++) {
        assert_false(f.seen[i]->block.eligible);
    }
    fixture_close(&f);
}

static void a_proposal_by_address_stands(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    pass(&f, MINUTES(60));
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_IP_PORT);
    fixture_forget(&f);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 1); /* the name alone */
    give_volume(&f, PANEL, 9, 1000);
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2);
    assert_false(fixture_last(&f)->subject_host);
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_IP_PORT);
    fixture_close(&f);
}

static void the_address_that_shows_the_notice_is_let_go(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    pass(&f, MINUTES(60));
    fixture_forget(&f);
    give_notice(&f, PANEL, 9, NOTICE_SEIZED, true);
    const struct detection *ended = find(&f, STATE_REFRESH);
    assert_true(ended->block.withdraw);
    assert_int_equal(ended->block.reason, REASON_NOTICE);
    assert_int_equal(ended->level, LEVEL_CONFIRMED);
    assert_int_equal(find(&f, STATE_SEIZED)->clients, 1);
    fixture_forget(&f);
    f.now_us += TIME_SECOND;
    give_hit(&f, PANEL, 2, &stream_proof); /* it is at its old trade again */
    assert_true(find(&f, STATE_REFRESH)->block.eligible);
    assert_true(find(&f, STATE_RAISED)->subject_host);
    fixture_close(&f);
}

static void who_answers_again_is_active_again(void **state)
{
    (void)state;
    struct fixture f;
    open_eligible_by_name(&f);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
    fixture_forget(&f);
    f.now_us += TIME_SECOND;
    give_hit(&f, PANEL, 9, &path_claim); /* asked, not answered */
    struct sign spoofed = login_proof;
    spoofed.unasked = true;
    give_hit(&f, PANEL, 9, &spoofed);
    assert_int_equal(f.count, 0);
    give_hit(&f, PANEL, 9, &login_proof);
    const struct detection *raised = find(&f, STATE_RAISED);
    assert_true(raised->subject_host);
    assert_int_equal(raised->cause, CAUSE_EVIDENCE);
    assert_int_equal(raised->level, LEVEL_CONFIRMED);
    const struct detection *service = find(&f, STATE_REFRESH);
    assert_true(service->block.eligible);
    assert_int_equal(service->block.scope, SCOPE_HOST);
    fixture_close(&f);
}

static void a_pirate_cannot_go_to_and_fro(void **state)
{
    (void)state;
    struct fixture f;
    open_eligible_by_name(&f);
    for (unsigned i = 0; i < 50; i++) {
        give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true);
        f.now_us += TIME_SECOND;
        give_hit(&f, PANEL, 9, &login_proof);
        f.now_us += TIME_SECOND;
    }
    assert_int_equal(f.count, 4); /* seized and raised once, and what the service says to each */
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICES_DOUBTED), 49);
    fixture_forget(&f);
    pass(&f, MINUTES(60));
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true); /* an hour without proof */
    assert_int_equal(find(&f, STATE_SEIZED)->clients, 1);
    fixture_close(&f);
}

static void a_block_page_ends_nothing(void **state)
{
    (void)state;
    struct fixture f;
    open_eligible_by_name(&f);
    give_notice(&f, NOTICE, 9, NOTICE_BLOCKED, true);
    assert_int_equal(f.count, 1);
    const struct detection *blocked = find(&f, STATE_BLOCKED);
    assert_true(blocked->subject_host);
    assert_false(blocked->block.withdraw);
    assert_int_equal(blocked->level, LEVEL_CONFIRMED);
    give_hit(&f, PANEL, 9, &stream_proof); /* a block with holes */
    give_notice(&f, NOTICE, 9, NOTICE_BLOCKED, true);
    pass(&f, MINUTES(10));
    for (size_t i = 1; i < f.count; i++) {
        assert_int_equal(f.seen[i]->state, STATE_REFRESH);
        assert_false(f.seen[i]->block.withdraw);
    }
    fixture_forget(&f);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, true); /* blocked first, and taken then */
    assert_true(find(&f, STATE_SEIZED)->subject_host);
    give_notice(&f, NOTICE, 9, NOTICE_BLOCKED, true);
    f.now_us += TIME_SECOND;
    give_hit(&f, PANEL, 9, &login_proof);
    give_notice(&f, NOTICE, 9, NOTICE_BLOCKED, true);
    for (size_t i = 0; i < f.count; i++) {
        assert_int_not_equal(f.seen[i]->state, STATE_BLOCKED); /* that is told once */
    }
    fixture_close(&f);
}

static void a_blocked_name_that_nobody_knew_is_observed(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_notice(&f, NOTICE, 1, NOTICE_BLOCKED, true);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_BLOCKED);
    assert_int_equal(fixture_last(&f)->level, LEVEL_OBSERVED);
    assert_int_equal(fixture_last(&f)->score, 20);
    fixture_close(&f);
}

static void what_nobody_asked_is_no_notice(void **state)
{
    (void)state;
    struct fixture f;
    open_eligible_by_name(&f);
    give_notice(&f, NOTICE, 9, NOTICE_SEIZED, false);
    give_notice(&f, service_at("198.51.100.99", 80, ""), 9, NOTICE_SEIZED, true);
    give_notice(&f, service_at("198.51.100.99", 80, "198.51.100.99"), 9, NOTICE_SEIZED, true);
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICES_DROPPED), 3);
    fixture_close(&f);
}

static void some_names_are_never_seized(void **state)
{
    (void)state;
    static const char *const names[] = {"www.canal.example", "x.platform.example", "paste.example", "co.uk",
                                        "localhost"};
    struct fixture f;
    fixture_open(&f);
    struct watch_list *official = list_of((const char *const[]){".canal.example"}, 1);
    struct watch_list *platforms = list_of((const char *const[]){".platform.example"}, 1);
    struct watch_list *paste = list_of((const char *const[]){"paste.example"}, 1);
    f.guards = (struct verdict_guards){.official = official, .platforms = platforms, .paste_hosts = paste};
    fixture_start(&f, false);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        give_notice(&f, service_at("198.51.100.99", 80, names[i]), 1, NOTICE_SEIZED, true);
        give_notice(&f, service_at("198.51.100.99", 80, names[i]), 1, NOTICE_BLOCKED, true);
    }
    assert_int_equal(f.count, 0);
    give_notice(&f, NOTICE, 1, NOTICE_SEIZED, true);
    fixture_forget(&f);
    struct watch_list *wider = list_of((const char *const[]){".canal.example", HOST}, 2);
    f.guards.official = wider;
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICED), 0);
    fixture_close(&f);
    watch_list_release(official);
    watch_list_release(wider);
    watch_list_release(platforms);
    watch_list_release(paste);
}

static void a_notices_server_is_nobodys(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_start(&f, false);
    f.same_packet = true;
    give_notice(&f, NOTICE, 1, NOTICE_SEIZED, true);
    give_related(&f, NOTICE, "notice.example", 443, 1);
    give_rights(&f, NOTICE, (const char *const[]){"dazn", NULL});
    f.same_packet = false;
    f.packet++;
    give_volume(&f, NOTICE, 1, 1000);
    give_notice(&f, service_at("192.168.1.1", 80, "lan.example"), 1, NOTICE_BLOCKED,
                true); /* a home router's */
    verdict_finish(f.verdict);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 0);
    assert_int_equal(fixture_counter(&f, VERDICT_OBSERVED), 0);
    for (size_t i = 0; i < f.count; i++) {
        assert_true(f.seen[i]->subject_host);
        assert_int_equal(f.seen[i]->related_count, 0);
    }
    assert_int_equal(f.count, 2);
    fixture_close(&f);
}

static void it_expires_as_everything_does(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_notice(&f, NOTICE, 1, NOTICE_SEIZED, true);
    pass(&f, f.settings.expire);
    assert_int_equal(fixture_last(&f)->state, STATE_EXPIRED);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_SILENCE);
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICED), 0);
    fixture_forget(&f);
    give_notice(&f, NOTICE, 1, NOTICE_SEIZED, true);
    assert_int_equal(fixture_last(&f)->state, STATE_SEIZED);
    fixture_close(&f);
}

static void names_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_notices", "16");
    fixture_start(&f, false);
    f.same_packet = true;
    for (unsigned i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "seized%u.example", i);
        give_notice(&f, service_at("198.51.100.99", 80, name), 1, NOTICE_SEIZED, true);
    }
    verdict_finish(f.verdict);
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICED), 16);
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICED_EVICTED), 4);
    assert_int_equal(f.count, 20); /* each was told */
    fixture_close(&f);
}

static void the_end_of_a_replay_tells_the_last_numbers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    give_notice(&f, NOTICE, 1, NOTICE_SEIZED, true);
    assert_false(fixture_last(&f)->block.withdraw); /* a replay leaves blocks alone */
    give_notice(&f, NOTICE, 2, NOTICE_SEIZED, true);
    verdict_finish(f.verdict);
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_int_equal(fixture_last(&f)->clients, 2);
    verdict_finish(f.verdict);
    assert_int_equal(f.count, 2);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_nobody_knew_is_seized),
        cmocka_unit_test(one_client_seizes_nobody_s_name),
        cmocka_unit_test(a_block_page_is_no_second_client),
        cmocka_unit_test(dns_speaks_for_one_client_s_notice),
        cmocka_unit_test(a_notice_waits_while_the_name_serves_elsewhere),
        cmocka_unit_test(what_waited_is_over_when_the_name_serves_again),
        cmocka_unit_test(a_seizure_ends_what_was_proposed_of_the_name),
        cmocka_unit_test(a_proposal_by_address_stands),
        cmocka_unit_test(the_address_that_shows_the_notice_is_let_go),
        cmocka_unit_test(who_answers_again_is_active_again),
        cmocka_unit_test(a_pirate_cannot_go_to_and_fro),
        cmocka_unit_test(a_block_page_ends_nothing),
        cmocka_unit_test(a_blocked_name_that_nobody_knew_is_observed),
        cmocka_unit_test(what_nobody_asked_is_no_notice),
        cmocka_unit_test(some_names_are_never_seized),
        cmocka_unit_test(a_notices_server_is_nobodys),
        cmocka_unit_test(it_expires_as_everything_does),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(the_end_of_a_replay_tells_the_last_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
