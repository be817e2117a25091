/* verdict/guard: who is left out before any score, and who is shown but never blocked. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

static void private_servers_are_nobodys_business(void **state)
{
    (void)state;
    static const struct {
        const char *ip;
        bool where_configured;
    } rows[] = {
        {"10.0.0.1", true},   {"192.168.1.5", true}, {"172.16.0.1", true}, {"100.64.0.1", true},
        {"fd00::1", true},    {"fe80::1", true},     {"127.0.0.1", true},  {"169.254.1.1", true},
        {"239.1.1.1", false}, {"ff02::1", false},    {"0.0.0.0", false},   {"::", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (int configured = 0; configured <= 1; configured++) {
            struct fixture f;
            fixture_open(&f);
            fixture_set(&f, "verdict.private_servers", configured ? "true" : "false");
            fixture_start(&f, false);
            give_confirmed(&f, service_at(rows[i].ip, 8080, "panel.example"), 1, 4);
            give_catalogue(&f, service_at(rows[i].ip, 8080, "panel.example"), 1000, 0, true);
            pass(&f, MINUTES(90));
            bool judged = configured && rows[i].where_configured;
            assert_int_equal(f.count > 0, judged);
            assert_int_equal(fixture_counter(&f, VERDICT_GUARDED), judged ? 0 : 16);
            if (judged) {
                assert_int_equal(fixture_last(&f)->block.reason, REASON_GUARD);
            }
            fixture_close(&f);
        }
    }
}

static void documentation_addresses_are_public(void **state)
{
    (void)state;
    static const char *const rows[] = {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct fixture f;
        fixture_open(&f);
        fixture_start(&f, false);
        give_hit(&f, service_at(rows[i], 8080, ""), 1, &login_proof);
        assert_int_equal(f.count, 1);
        fixture_close(&f);
    }
}

static void official_names_are_never_flagged(void **state)
{
    (void)state;
    static const char *const entries[] = {".broadcaster.example"};
    struct watch_list *official = list_of(entries, 1);
    struct fixture f;
    fixture_open(&f);
    f.guards.official = official;
    fixture_start(&f, false);
    give_confirmed(&f, service_at("203.0.113.10", 80, "live.broadcaster.example"), 1, 4);
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_OFFICIAL), 16);
    give_name(&f, service_at("203.0.113.10", 80, "live.broadcaster.example"));
    assert_int_equal(f.count, 0);
    /* What bears no name is told without that one, at a shared address. */
    give_confirmed(&f, service_at("203.0.113.10", 80, ""), 1, 4);
    pass(&f, MINUTES(120));
    assert_string_equal(fixture_last(&f)->service.name, "");
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_SHARED);
    fixture_close(&f);
    watch_list_release(official);
}

/* Whoever asks a panel under an official name silences nothing of it. */
static void an_official_name_takes_nothing_from_a_panel(void **state)
{
    (void)state;
    static const char *const entries[] = {"broadcaster.example"};
    struct watch_list *official = list_of(entries, 1);
    for (int nameless = 0; nameless <= 1; nameless++) {
        struct fixture f;
        fixture_open(&f);
        f.guards.official = official;
        fixture_start(&f, false);
        struct service_key panel = service_at("203.0.113.10", 80, nameless ? "" : "panel.example");
        give_confirmed(&f, panel, 1, 4);
        pass(&f, MINUTES(60));
        assert_true(fixture_last(&f)->block.eligible);
        size_t before = f.count;
        give_name(&f, service_at("203.0.113.10", 80, "broadcaster.example"));
        give_confirmed(&f, service_at("203.0.113.10", 80, "broadcaster.example"), 1, 4);
        assert_int_equal(f.count, before + 1);
        assert_string_equal(fixture_last(&f)->service.name, panel.name);
        assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
        assert_int_equal(fixture_last(&f)->block.reason, REASON_SHARED);
        assert_true(fixture_last(&f)->block.withdraw);
        assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 1);
        give_hit(&f, panel, 5, &login_proof);
        pass(&f, MINUTES(20));
        assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
        assert_int_equal(fixture_last(&f)->clients, 5);
        fixture_close(&f);
    }
    watch_list_release(official);
}

static void an_official_name_unties_no_nameless_evidence(void **state)
{
    (void)state;
    static const char *const entries[] = {"broadcaster.example"};
    struct watch_list *official = list_of(entries, 1);
    struct fixture f;
    fixture_open(&f);
    f.guards.official = official;
    fixture_start(&f, false);
    struct service_key bare = service_at("203.0.113.10", 8080, "");
    give_name(&f, service_at("203.0.113.10", 8080, "broadcaster.example"));
    give_name(&f, PANEL);
    give_hit(&f, bare, 1, &login_proof);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    give_hit(&f, bare, 1, &pay_names);
    assert_int_equal(f.count, 2);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    /* The panel's name comes on the list: what bears none stands for itself again. */
    struct watch_list *both = list_of((const char *const[]){"broadcaster.example", "panel.example"}, 2);
    f.guards.official = both;
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 4);
    assert_int_equal(f.seen[2]->state, STATE_WITHDRAWN);
    assert_string_equal(f.seen[2]->service.name, "panel.example");
    assert_int_equal(f.seen[3]->state, STATE_NEW);
    assert_string_equal(f.seen[3]->service.name, "");
    fixture_close(&f);
    watch_list_release(official);
    watch_list_release(both);
}

static void a_reload_takes_back_what_a_list_covers(void **state)
{
    (void)state;
    static const char *const entries[] = {".panel.example"};
    struct watch_list *official = list_of(entries, 1);
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 4);
    pass(&f, MINUTES(60));
    assert_true(fixture_last(&f)->block.eligible);
    size_t before = f.count;
    f.guards.official = official;
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
    assert_true(fixture_last(&f)->block.withdraw);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(f.count, before + 1);
    fixture_close(&f);
    watch_list_release(official);
}

static void the_allow_list_stops_blocks_only(void **state)
{
    (void)state;
    for (int by_prefix = 0; by_prefix <= 1; by_prefix++) {
        struct watch_list *allow =
            list_of((const char *const[]){by_prefix ? "203.0.113.0/28" : "panel.example"}, 1);
        struct fixture f;
        fixture_open(&f);
        fixture_start(&f, false);
        give_confirmed(&f, PANEL, 1, 4);
        pass(&f, MINUTES(60));
        assert_true(fixture_last(&f)->block.eligible);
        f.guards.allow = allow;
        verdict_set_settings(f.verdict, &f.settings, &f.guards);
        pass(&f, TIME_SECOND);
        assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
        assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
        assert_int_equal(fixture_last(&f)->block.reason, REASON_ALLOWED);
        assert_true(fixture_last(&f)->block.withdraw);
        give_hit(&f, PANEL, 9, &login_proof);
        assert_int_equal(fixture_counter(&f, VERDICT_ALLOWED), 1);
        pass(&f, MINUTES(20));
        assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
        assert_int_equal(fixture_last(&f)->block.reason, REASON_ALLOWED);
        assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
        fixture_close(&f);
        watch_list_release(allow);
    }
}

static void subscribers_servers_stay_pseudonyms(void **state)
{
    (void)state;
    struct prefix prefix;
    assert_true(prefix_parse("198.51.100.0/24", &prefix));
    struct prefix_list home = {&prefix, 1};
    struct fixture f;
    fixture_open(&f);
    f.guards.home = &home;
    fixture_start(&f, false);
    give_confirmed(&f, service_at("198.51.100.7", 8080, "sub.example"), 1, 4); /* a worker forgot */
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_GUARDED), 16);
    struct service_key home_panel = service_at("100::1234", 8080, "sub.example");
    give_related(&f, home_panel, "edge.example", 80, 1);
    give_hit(&f, service_at("203.0.113.3", 80, "edge.example"), 1,
             &(struct sign){.sid = 1, .weight = 45, .kind = EVIDENCE_PROOF, .reason = "x"});
    give_confirmed(&f, home_panel, 1, 4);
    pass(&f, MINUTES(90));
    assert_true(f.count > 0);
    for (size_t i = 0; i < f.count; i++) {
        assert_true(f.seen[i]->server_is_home);
        assert_false(f.seen[i]->block.eligible);
    }
    give_confirmed(&f, home_panel, 1, 6);
    pass(&f, MINUTES(90));
    assert_int_equal(fixture_last(&f)->block.reason, REASON_HOME);
    /* Never related: neither by its address nor by where its name was seen. */
    give_related(&f, PANEL, "sub.example", 8080, 1);
    give_related(&f, PANEL, "198.51.100.7", 8080, 1);
    give_related(&f, PANEL, "100::1234", 8080, 1);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->related_count, 1);
    assert_string_equal(fixture_last(&f)->related[0].address, "");
    fixture_close(&f);
}

static void a_paste_host_is_a_playlist_and_no_target(void **state)
{
    (void)state;
    static const char *const entries[] = {".paste.example"};
    struct watch_list *paste = list_of(entries, 1);
    for (int software = 0; software <= 1; software++) {
        struct fixture f;
        fixture_open(&f);
        f.guards.paste_hosts = paste;
        fixture_set(&f, "block.basis", software ? "content, listed, software" : "content, listed");
        fixture_set(&f, "block.require_verified", "false");
        fixture_start(&f, false);
        struct service_key raw = service_at("203.0.113.10", 80, "raw.paste.example");
        give_confirmed(&f, raw, 1, 4);
        give_hit(&f, service_at("203.0.113.10", 80, ""), 5, &films_sign); /* lent to the only name */
        pass(&f, MINUTES(90));
        give_confirmed(&f, raw, 1, 6);
        pass(&f, MINUTES(90));
        assert_true(f.count > 0);
        for (size_t i = 0; i < f.count; i++) {
            const struct detection *told = f.seen[i];
            assert_string_equal(told->service.name, "raw.paste.example");
            assert_int_equal(told->level, LEVEL_SUSPECTED);
            assert_int_equal(told->roles, 1 << ROLE_PLAYLIST);
            assert_false(told->block.eligible);
            assert_int_equal(told->block.reason, REASON_PASTE_HOST);
            for (size_t n = 0; n < told->evidence_count; n++) { /* whoever unites it elsewhere stops too */
                assert_false(told->evidence[n].content);
                assert_false(told->evidence[n].structural);
            }
        }
        assert_int_equal(fixture_last(&f)->score, 89);
        fixture_close(&f);
    }
    watch_list_release(paste);
}

static void shared_networks_are_never_blocked_by_address(void **state)
{
    (void)state;
    struct watch_list *shared = list_of((const char *const[]){"203.0.113.0/28"}, 1);
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 4);
    pass(&f, MINUTES(60));
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_IP_PORT);
    f.guards.shared = shared;
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    pass(&f, TIME_SECOND);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_SHARED_PREFIX);
    assert_true(fixture_last(&f)->block.withdraw);
    struct service_key other = service_at("203.0.113.11", 8080, "other.example");
    give_confirmed(&f, other, 1, 4);
    pass(&f, MINUTES(60));
    give_confirmed(&f, other, 4, 2);
    pass(&f, MINUTES(60));
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_SHARED_PREFIX);
    give_confirmed(&f, service_at("203.0.113.16", 8080, "next.example"), 1, 4);
    pass(&f, MINUTES(60));
    assert_true(fixture_last(&f)->block.eligible); /* one past the prefix */
    fixture_close(&f);
    watch_list_release(shared);
}

static void platforms_names_are_never_blocked(void **state)
{
    (void)state;
    static const char *const entries[] = {".cloud.example"};
    struct watch_list *platforms = list_of(entries, 1);
    static const char *const rows[] = {"cloud.example", "d111.cloud.example", "notcloud.example"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct fixture f;
        fixture_open(&f);
        f.guards.platforms = platforms;
        fixture_set(&f, "block.require_verified", "false");
        fixture_set(&f, "block.min_age", "0");
        fixture_start(&f, false);
        give_name(&f, service_at("203.0.113.10", 80, "other.example"));
        give_confirmed(&f, service_at("203.0.113.10", 8080, rows[i]), 1, 4);
        assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
        assert_int_equal(fixture_last(&f)->block.scope, i == 2 ? SCOPE_HOST : SCOPE_NONE);
        fixture_close(&f);
    }
    watch_list_release(platforms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_servers_are_nobodys_business),
        cmocka_unit_test(documentation_addresses_are_public),
        cmocka_unit_test(official_names_are_never_flagged),
        cmocka_unit_test(an_official_name_takes_nothing_from_a_panel),
        cmocka_unit_test(an_official_name_unties_no_nameless_evidence),
        cmocka_unit_test(a_reload_takes_back_what_a_list_covers),
        cmocka_unit_test(the_allow_list_stops_blocks_only),
        cmocka_unit_test(subscribers_servers_stay_pseudonyms),
        cmocka_unit_test(a_paste_host_is_a_playlist_and_no_target),
        cmocka_unit_test(shared_networks_are_never_blocked_by_address),
        cmocka_unit_test(platforms_names_are_never_blocked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
