/* verdict/case: which services are one system, and what follows from it. */
#include "tests/unit/verdict/fixture.h"

#include "verdict/score.h"

#define HOST  "panel.example"
#define TOKEN UINT64_C(0x012345678)

static const struct sign weak_proof = {
    .sid = 220, .weight = 30, .kind = EVIDENCE_PROOF, .reason = "weak", .answered = true};

static struct service_key panel_at(unsigned number, const char *name)
{
    char ip[ADDRESS_TEXT_SIZE];
    snprintf(ip, sizeof ip, "203.0.113.%u", number);
    return service_at(ip, 8080, name);
}

static const struct detection *only(const struct fixture *f)
{
    assert_int_equal(f->count, 1);
    return f->seen[0];
}

static bool has_related(const struct detection *told, const char *ip, enum relation relation)
{
    for (uint32_t i = 0; i < told->related_count; i++) {
        if (strcmp(told->related[i].address, ip) == 0 && told->related[i].server.relation == relation) {
            return true;
        }
    }
    return false;
}

/* ---- names */

static void one_name_at_six_addresses_is_one_case(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    for (unsigned number = 1; number <= 6; number++) {
        give_hit(&f, panel_at(number, HOST), 7, &login_proof);
        pass(&f, TIME_SECOND);
    }
    assert_int_equal(f.count, 6);
    assert_int_equal(f.seen[0]->state, STATE_NEW);
    assert_false(f.seen[0]->has_case); /* so far it is alone */
    for (size_t i = 1; i < 6; i++) {
        const struct detection *told = f.seen[i];
        assert_int_equal(told->state, STATE_MOVED);
        assert_int_equal(told->cause, CAUSE_CASE);
        assert_true(told->has_case);
        assert_string_equal(told->in_case.id, f.seen[1]->in_case.id);
        assert_int_equal(told->in_case.by, 1 << TIE_HOST);
        assert_int_equal(told->in_case.services, i + 1);
        char before[ADDRESS_TEXT_SIZE];
        snprintf(before, sizeof before, "203.0.113.%zu", i);
        assert_true(has_related(told, before, RELATION_MOVED));
        assert_true(told->related_count <= 4);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 1);
    pass(&f, MINUTES(10)); /* the first one comes again with its case */
    assert_int_equal(f.seen[6]->state, STATE_REFRESH);
    assert_string_equal(f.seen[6]->id, f.seen[0]->id);
    assert_int_equal(f.seen[6]->in_case.services, 6);
    assert_int_equal(f.seen[6]->related_count, 0); /* it is where the others came from */
    fixture_close(&f);
}

static void the_id_is_the_same_everywhere(void **state)
{
    (void)state;
    char ids[2][DETECTION_ID_SIZE];
    for (unsigned sensor = 0; sensor < 2; sensor++) {
        struct fixture f;
        fixture_open(&f);
        fixture_start(&f, false);
        give_hit(&f, panel_at(10 * sensor + 1, HOST), 1, &login_proof);
        give_hit(&f, panel_at(10 * sensor + 2, HOST), 1, &login_proof);
        snprintf(ids[sensor], sizeof ids[sensor], "%s", fixture_last(&f)->in_case.id);
        fixture_close(&f);
    }
    assert_string_equal(ids[0], ids[1]);
    /* printf 'host|panel.example' | sha256sum */
    assert_string_equal(ids[0], "2de4cc72f1aeabda");
}

static void a_name_alone_lifts_nobody(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    fixture_forget(&f);
    give_hit(&f, panel_at(2, HOST), 1, &weak_proof);
    assert_int_equal(f.count, 0);
    give_hit(&f, panel_at(2, HOST), 1, &login_proof);
    assert_int_equal(only(&f)->state, STATE_MOVED);
    assert_int_equal(only(&f)->score, 89);
    fixture_close(&f);
}

/* Whoever asks any server for the name: it refuses, shows a page, or is a panel of its own. */
static void a_name_that_somebody_sent_ties_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_confirmed(&f, panel_at(2, "other.example"), 11, 3);
    fixture_forget(&f);
    give_hit(&f, panel_at(3, HOST), 66, &path_claim);
    give_name(&f, panel_at(3, HOST));
    assert_false(only(&f)->has_case);
    assert_int_equal(only(&f)->state, STATE_NEW);
    fixture_forget(&f);
    give_hit(&f, panel_at(2, HOST), 66, &login_proof); /* a panel answers under any name */
    give_hit(&f, panel_at(2, HOST), 66, &stream_proof);
    assert_false(only(&f)->has_case);
    assert_int_equal(only(&f)->state, STATE_NEW);
    struct sign spoofed = login_proof;
    spoofed.unasked = true;
    give_hit(&f, panel_at(4, HOST), 66, &spoofed); /* what nobody asked */
    assert_false(fixture_last(&f)->has_case);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 0);
    fixture_close(&f);
}

static void the_name_that_most_use_is_the_servers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, panel_at(1, HOST), 1, &login_proof);
    give_hit(&f, panel_at(2, HOST), 66, &login_proof); /* the only name there so far */
    assert_true(fixture_last(&f)->has_case);
    give_hit(&f, panel_at(2, "other.example"), 2, &login_proof); /* as many clients, another name */
    give_hit(&f, panel_at(2, "other.example"), 3, &login_proof);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 1);
    pass(&f, MINUTES(10));
    for (size_t i = f.count - 3; i < f.count; i++) {
        assert_false(f.seen[i]->has_case); /* only one is left of it */
    }
    give_hit(&f, panel_at(2, HOST), 4, &login_proof);
    give_hit(&f, panel_at(2, HOST), 5, &login_proof);
    pass(&f, MINUTES(10));
    assert_true(fixture_last(&f)->has_case);
    fixture_close(&f);
}

static void clients_that_use_no_name_are_another_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, panel_at(1, HOST), 1, &login_proof);
    give_hit(&f, panel_at(2, ""), 2, &login_proof);
    give_hit(&f, panel_at(2, ""), 3, &login_proof);
    give_hit(&f, panel_at(2, HOST), 66, &login_proof);
    pass(&f, MINUTES(10));
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 0);
    fixture_close(&f);
}

static void names_that_are_no_ones_own_tie_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"localhost", "co.uk", "198.51.100.1"};
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        give_hit(&f, panel_at(1, names[i]), 1, &login_proof);
        give_hit(&f, panel_at(2, names[i]), 1, &login_proof);
        assert_false(fixture_last(&f)->has_case);
    }
    give_hit(&f, panel_at(1, ""), 1, &login_proof);
    give_hit(&f, panel_at(2, ""), 1, &login_proof);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 0);
    fixture_close(&f);
}

/* ---- fingerprints */

static void a_confirmed_system_lifts_its_new_address(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_tie(&f, panel_at(1, HOST), TIE_PANEL_TOKEN, TOKEN);
    fixture_forget(&f);
    struct service_key moved = panel_at(2, "");
    give_tie(&f, moved, TIE_PANEL_TOKEN, TOKEN);
    give_hit(&f, moved, 9, &path_claim);
    assert_int_equal(f.count, 0); /* a token of a client's, and nothing of the server's own */
    give_hit(&f, moved, 9, &weak_proof);
    const struct detection *told = only(&f);
    assert_int_equal(told->state, STATE_MOVED);
    assert_int_equal(told->cause, CAUSE_CASE);
    assert_int_equal(told->level, LEVEL_SUSPECTED);
    assert_int_equal(told->score, 58); /* its own */
    assert_int_equal(told->in_case.by, 1 << TIE_PANEL_TOKEN);
    assert_int_equal(told->in_case.services, 2);
    assert_true(has_related(told, "203.0.113.1", RELATION_MOVED));

    struct service_key weaker = panel_at(3, "third.example");
    fixture_forget(&f);
    give_hit(&f, weaker, 9, &weak_proof);
    assert_int_equal(f.count, 0);
    give_tie(&f, weaker, TIE_PANEL_TOKEN, TOKEN);
    assert_int_equal(only(&f)->state, STATE_MOVED);
    assert_int_equal(only(&f)->score, SCORE_SUSPECTED);
    assert_int_equal(only(&f)->evidence_count, 1);
    assert_false(only(&f)->block.eligible);
    fixture_close(&f);
}

static void an_unconfirmed_system_lifts_nobody(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, panel_at(1, HOST), 1, &login_proof);
    give_tie(&f, panel_at(1, HOST), TIE_PANEL_TOKEN, TOKEN);
    fixture_forget(&f);
    struct service_key weak = panel_at(2, "second.example");
    give_tie(&f, weak, TIE_PANEL_TOKEN, TOKEN);
    give_hit(&f, weak, 1, &weak_proof);
    assert_int_equal(f.count, 0);
    give_confirmed(&f, panel_at(1, HOST), 1, 3); /* and then it does */
    assert_int_equal(f.count, 2);
    assert_int_equal(f.seen[0]->state, STATE_RAISED);
    assert_int_equal(f.seen[1]->state, STATE_MOVED);
    assert_int_equal(f.seen[1]->score, SCORE_SUSPECTED);
    fixture_close(&f);
}

static void who_lifted_may_fall(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key weak = panel_at(2, "second.example");
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_tie(&f, panel_at(1, HOST), TIE_CATALOGUE, TOKEN);
    give_hit(&f, weak, 1, &weak_proof);
    give_tie(&f, weak, TIE_CATALOGUE, TOKEN);
    assert_int_equal(fixture_last(&f)->state, STATE_MOVED);
    fixture_forget(&f);
    struct watch_list *official = list_of((const char *const[]){HOST}, 1);
    f.guards.official = official;
    verdict_set_settings(f.verdict, &f.settings, &f.guards);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.seen[0]->state, STATE_WITHDRAWN);
    assert_int_equal(f.seen[1]->state, STATE_LOWERED);
    assert_int_equal(f.seen[1]->level, LEVEL_OBSERVED);
    assert_int_equal(f.seen[1]->score, 30);
    fixture_close(&f);
    watch_list_release(official);
}

/* Two that lift each other must not stay up by that alone. */
static void nobody_is_lifted_by_who_is_lifted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    for (unsigned number = 1; number <= 4; number++) {
        give_hit(&f, panel_at(number, "x.example"), 1, &weak_proof);
        give_tie(&f, panel_at(number, "x.example"), TIE_PANEL_TOKEN, TOKEN);
    }
    assert_int_equal(f.count, 0);
    fixture_close(&f);
}

static void a_stranger_under_the_name_carries_no_fingerprint_over(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_hit(&f, panel_at(2, HOST), 66, &login_proof); /* somebody's server, called by that name */
    give_tie(&f, panel_at(3, "lawful.example"), TIE_PANEL_TOKEN, TOKEN);
    give_hit(&f, panel_at(3, "lawful.example"), 5, &weak_proof);
    fixture_forget(&f);
    give_tie(&f, panel_at(2, HOST), TIE_PANEL_TOKEN, TOKEN); /* and a token of a third one */
    pass(&f, MINUTES(10));
    for (size_t i = 0; i < f.count; i++) {
        assert_string_not_equal(f.seen[i]->service.name, "lawful.example");
        if (f.seen[i]->has_case) {
            assert_int_equal(f.seen[i]->in_case.by, 1 << TIE_PANEL_TOKEN);
        }
    }
    fixture_close(&f);
}

static void two_cases_become_one(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key keys[] = {panel_at(1, "a.example"), panel_at(2, "b.example"), panel_at(3, "c.example"),
                                 panel_at(4, "d.example"), panel_at(5, "e.example")};
    for (size_t i = 0; i < 4; i++) {
        give_hit(&f, keys[i], 1, &login_proof);
        give_tie(&f, keys[i], i < 2 ? TIE_PANEL_TOKEN : TIE_CATALOGUE, 77);
        f.now_us++;
    }
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 2);
    pass(&f, MINUTES(10));
    char elder[DETECTION_ID_SIZE];
    char younger[DETECTION_ID_SIZE];
    for (size_t i = 0; i < f.count; i++) {
        if (f.seen[i]->has_case) {
            bool first = f.seen[i]->service.name[0] <= 'b';
            memcpy(first ? elder : younger, f.seen[i]->in_case.id, DETECTION_ID_SIZE);
            assert_int_equal(f.seen[i]->in_case.services, 2);
        }
    }
    assert_string_not_equal(elder, younger);
    give_hit(&f, keys[4], 1, &login_proof);
    give_tie(&f, keys[4], TIE_CATALOGUE, 77);
    give_tie(&f, keys[4], TIE_PANEL_TOKEN, 77);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 1);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES_MERGED), 1);
    fixture_forget(&f);
    give_hit(&f, keys[0], 1, &login_proof); /* the elder's own only learn of it with their next refresh */
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(f.seen[i]->in_case.id, elder);
        assert_int_equal(f.seen[i]->in_case.services, 5);
        assert_int_equal(f.seen[i]->in_case.by, 1 << TIE_PANEL_TOKEN | 1 << TIE_CATALOGUE);
    }
    fixture_close(&f);
}

static void unrelated_panels_stay_apart(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    for (unsigned number = 1; number <= 2; number++) {
        char name[32];
        snprintf(name, sizeof name, "panel%u.example", number);
        give_confirmed(&f, panel_at(number, name), 1, 3);
        give_tie(&f, panel_at(number, name), TIE_PANEL_TOKEN, number);
        give_tie(&f, panel_at(number, name), TIE_CATALOGUE, number);
    }
    fixture_forget(&f);
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2);
    assert_int_equal(f.seen[0]->in_case.services, 1);
    assert_int_equal(f.seen[1]->in_case.services, 1);
    assert_string_not_equal(f.seen[0]->in_case.id, f.seen[1]->in_case.id);
    fixture_close(&f);
}

/* A client logs in before it fetches the list by which the panel is known again. */
static void who_was_told_as_new_may_have_moved(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_tie(&f, panel_at(1, HOST), TIE_CATALOGUE, 5);
    fixture_forget(&f);
    struct service_key moved = panel_at(2, "renamed.example");
    give_hit(&f, moved, 1, &login_proof);
    assert_int_equal(only(&f)->state, STATE_NEW);
    give_tie(&f, moved, TIE_CATALOGUE, 5);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.seen[1]->state, STATE_MOVED);
    assert_int_equal(f.seen[1]->cause, CAUSE_CASE);
    give_tie(&f, moved, TIE_CATALOGUE, 6); /* once only */
    give_tie(&f, panel_at(1, HOST), TIE_CATALOGUE, 6);
    assert_int_equal(f.count, 2);
    fixture_close(&f);
}

static void what_a_nameless_server_shows_is_its_names(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_tie(&f, panel_at(1, HOST), TIE_PANEL_TOKEN, TOKEN);
    fixture_forget(&f);
    give_hit(&f, panel_at(2, ""), 1, &weak_proof);
    give_tie(&f, panel_at(2, ""), TIE_PANEL_TOKEN, TOKEN);
    assert_int_equal(only(&f)->state, STATE_MOVED);
    give_name(&f, panel_at(2, "edge.example"));
    assert_int_equal(f.count, 2);
    assert_string_equal(f.seen[1]->service.name, "edge.example");
    assert_int_equal(f.seen[1]->state, STATE_MOVED);
    assert_int_equal(f.seen[1]->in_case.services, 2); /* the nameless one is not counted beside it */
    fixture_close(&f);
}

/* ---- who is left out */

static void lists_of_others_and_proxies_are_no_system(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    struct watch_list *paste = list_of((const char *const[]){"paste.example"}, 1);
    f.guards.paste_hosts = paste;
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_tie(&f, panel_at(1, HOST), TIE_CATALOGUE, 5);
    fixture_forget(&f);
    give_hit(&f, panel_at(2, "paste.example"), 1, &weak_proof);
    give_tie(&f, panel_at(2, "paste.example"), TIE_CATALOGUE, 5);
    struct sign proxied = weak_proof;
    proxied.proxy = true;
    give_hit(&f, panel_at(3, "any.example"), 1, &proxied);
    give_tie(&f, panel_at(3, "any.example"), TIE_CATALOGUE, 5);
    struct hash_key key = {{1, 2}};
    struct service_key subscriber = panel_at(4, "");
    subscriber.address = client_pseudonym(&key, &subscriber.address);
    give_hit(&f, subscriber, 1, &weak_proof);
    give_tie(&f, subscriber, TIE_CATALOGUE, 5);
    assert_int_equal(f.count, 0);
    fixture_close(&f);
    watch_list_release(paste);
}

static void both_families_of_one_name_are_twins(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key six = service_at("2001:db8::10", 8080, HOST);
    give_hit(&f, panel_at(1, HOST), 1, &login_proof);
    f.now_us += TIME_SECOND;
    give_hit(&f, six, 1, &login_proof);
    assert_int_equal(fixture_last(&f)->state, STATE_MOVED);
    assert_true(has_related(fixture_last(&f), "203.0.113.1", RELATION_MOVED)); /* not seen again yet */
    f.now_us += TIME_SECOND;
    give_hit(&f, panel_at(1, HOST), 2, &login_proof);
    give_hit(&f, six, 2, &login_proof);
    fixture_forget(&f);
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2);
    assert_true(has_related(f.seen[0], "2001:db8::10", RELATION_TWIN));
    assert_true(has_related(f.seen[1], "203.0.113.1", RELATION_TWIN));
    fixture_close(&f);
}

/* ---- names that DNS ties */

/* Seen one after the other: that alone would be a move. */
static void a_and_aaaa_make_twins(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key six = service_at("2001:db8::10", 8080, HOST);
    give_answer(&f, "203.0.113.1", HOST, 1, 300, true);
    give_answer(&f, "2001:db8::10", HOST, 1, 300, true);
    give_hit(&f, panel_at(1, HOST), 1, &login_proof);
    f.now_us += TIME_SECOND;
    give_hit(&f, six, 1, &login_proof);
    assert_int_equal(fixture_last(&f)->state, STATE_NEW);
    assert_true(has_related(fixture_last(&f), "203.0.113.1", RELATION_TWIN));
    assert_true(fixture_last(&f)->in_case.by == 1u << TIE_HOST);
    fixture_forget(&f);
    give_volume(&f, panel_at(1, HOST), 1, 1);
    pass(&f, MINUTES(10));
    assert_true(has_related(f.seen[0], "2001:db8::10", RELATION_TWIN));
    fixture_close(&f);
}

/* Twins need no proof that makes a case, but both must be tied. */
static void twins_are_told_without_a_case(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_start(&f, false);
    struct service_key six = service_at("2001:db8::10", 8080, HOST);
    give_answer(&f, "203.0.113.1", HOST, 1, 300, true);
    give_hit(&f, panel_at(1, HOST), 1, &path_claim);
    give_hit(&f, six, 1, &path_claim);
    assert_int_equal(fixture_last(&f)->related_count, 0);
    give_answer(&f, "2001:db8::10", HOST, 1, 300, true);
    pass(&f, MINUTES(10));
    assert_int_equal(fixture_last(&f)->related_count, 1);
    assert_true(has_related(fixture_last(&f), "203.0.113.1", RELATION_TWIN));
    assert_false(fixture_last(&f)->has_case);
    give_hit(&f, panel_at(3, HOST), 1, &path_claim); /* the same family: neither twin nor moved */
    give_answer(&f, "203.0.113.3", HOST, 1, 300, true);
    pass(&f, MINUTES(10));
    assert_int_equal(fixture_last(&f)->related_count, 1);
    fixture_close(&f);
}

/* More clients call the server by another name: what DNS ties is its own nevertheless. */
static void a_verified_name_needs_no_majority(void **state)
{
    (void)state;
    for (unsigned verified = 0; verified < 2; verified++) {
        struct fixture f;
        fixture_open(&f);
        fixture_start(&f, false);
        give_hit(&f, panel_at(1, HOST), 1, &login_proof);
        if (verified == 1) {
            give_answer(&f, "203.0.113.2", HOST, 1, 300, true);
        }
        for (uint64_t client = 1; client <= 5; client++) {
            give_hit(&f, panel_at(2, "crowd.example"), client, &login_proof);
        }
        fixture_forget(&f);
        give_hit(&f, panel_at(2, HOST), 1, &login_proof);
        assert_int_equal(only(&f)->state, verified == 1 ? STATE_MOVED : STATE_NEW);
        assert_int_equal(only(&f)->has_case, verified);
        fixture_close(&f);
    }
}

/* Two names of one server, both tied, each asked for by as many. */
static void two_verified_names_of_one_server_both_hold(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    static const char *const names[] = {HOST, "second.example"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        give_answer(&f, "203.0.113.1", names[i], 1, 300, true);
        give_hit(&f, panel_at(2, names[i]), 1, &login_proof);
        give_hit(&f, panel_at(1, names[i]), 1, &login_proof);
        give_answer(&f, "203.0.113.2", names[i], 1, 300, true);
    }
    fixture_forget(&f);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        give_hit(&f, panel_at(1, names[i]), 2, &stream_proof);
        give_hit(&f, panel_at(2, names[i]), 2, &stream_proof);
    }
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 4);
    for (size_t i = 0; i < f.count; i++) {
        assert_int_equal(f.seen[i]->in_case.services, 2);
    }
    fixture_close(&f);
}

static void who_sends_its_clients_on_did_not_move(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_tie(&f, panel_at(1, HOST), TIE_PANEL_TOKEN, TOKEN);
    give_related(&f, panel_at(1, HOST), "203.0.113.2", 8080, 3);
    fixture_forget(&f);
    f.now_us += TIME_SECOND;
    give_hit(&f, panel_at(2, ""), 1, &stream_proof);
    give_tie(&f, panel_at(2, ""), TIE_PANEL_TOKEN, TOKEN);
    pass(&f, MINUTES(10));
    assert_false(has_related(fixture_last(&f), "203.0.113.1", RELATION_MOVED));
    assert_int_equal(fixture_last(&f)->in_case.services, 2);
    fixture_close(&f);
}

static void another_port_of_the_address_is_no_move(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, panel_at(1, HOST), 1, &login_proof);
    give_hit(&f, service_at("203.0.113.1", 80, HOST), 1, &login_proof);
    assert_int_equal(fixture_last(&f)->state, STATE_NEW);
    assert_int_equal(fixture_last(&f)->in_case.services, 2);
    assert_int_equal(fixture_last(&f)->related_count, 0);
    fixture_close(&f);
}

/* ---- bounds */

static void cases_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_cases", "16");
    fixture_start(&f, false);
    for (unsigned number = 1; number <= 40; number++) {
        char name[32];
        snprintf(name, sizeof name, "p%u.example", number);
        give_confirmed(&f, panel_at(number, name), 1, 1);
        give_tie(&f, panel_at(number, name), TIE_PANEL_TOKEN, number);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 16);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES_EVICTED), 24);
    give_hit(&f, panel_at(1, "p1.example"), 9, &stream_proof); /* is judged again, and has one again */
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 16);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES_EVICTED), 25);
    fixture_close(&f);
}

static void services_of_a_case_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "verdict.max_per_case", "2");
    fixture_start(&f, false);
    for (unsigned number = 1; number <= 4; number++) {
        give_confirmed(&f, panel_at(number, HOST), 1, 1);
        give_tie(&f, panel_at(number, HOST), TIE_PANEL_TOKEN, TOKEN);
    }
    assert_true(fixture_counter(&f, VERDICT_CASE_FULL) >= 2);
    pass(&f, MINUTES(10));
    assert_int_equal(fixture_last(&f)->in_case.services, 0);
    fixture_close(&f);
}

static void fingerprints_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, panel_at(1, HOST), 1, 3);
    give_tie(&f, panel_at(1, HOST), TIE_PANEL_TOKEN, TOKEN);
    for (uint64_t print = 1; print <= 6; print++) {
        give_tie(&f, panel_at(1, HOST), TIE_CATALOGUE, print);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_TIES_FULL), 2);
    fixture_forget(&f);
    for (unsigned print = 1; print <= 6; print++) {
        char name[32];
        snprintf(name, sizeof name, "p%u.example", print);
        give_hit(&f, panel_at(10 + print, name), 1, &weak_proof);
        give_tie(&f, panel_at(10 + print, name), TIE_CATALOGUE, print);
    }
    assert_int_equal(f.count, 4); /* the last four are known */
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 3);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_at_six_addresses_is_one_case),
        cmocka_unit_test(the_id_is_the_same_everywhere),
        cmocka_unit_test(a_name_alone_lifts_nobody),
        cmocka_unit_test(a_name_that_somebody_sent_ties_nothing),
        cmocka_unit_test(the_name_that_most_use_is_the_servers),
        cmocka_unit_test(clients_that_use_no_name_are_another_name),
        cmocka_unit_test(names_that_are_no_ones_own_tie_nothing),
        cmocka_unit_test(a_confirmed_system_lifts_its_new_address),
        cmocka_unit_test(an_unconfirmed_system_lifts_nobody),
        cmocka_unit_test(who_lifted_may_fall),
        cmocka_unit_test(nobody_is_lifted_by_who_is_lifted),
        cmocka_unit_test(a_stranger_under_the_name_carries_no_fingerprint_over),
        cmocka_unit_test(two_cases_become_one),
        cmocka_unit_test(unrelated_panels_stay_apart),
        cmocka_unit_test(who_was_told_as_new_may_have_moved),
        cmocka_unit_test(what_a_nameless_server_shows_is_its_names),
        cmocka_unit_test(lists_of_others_and_proxies_are_no_system),
        cmocka_unit_test(both_families_of_one_name_are_twins),
        cmocka_unit_test(a_and_aaaa_make_twins),
        cmocka_unit_test(twins_are_told_without_a_case),
        cmocka_unit_test(a_verified_name_needs_no_majority),
        cmocka_unit_test(two_verified_names_of_one_server_both_hold),
        cmocka_unit_test(who_sends_its_clients_on_did_not_move),
        cmocka_unit_test(another_port_of_the_address_is_no_move),
        cmocka_unit_test(cases_are_bounded),
        cmocka_unit_test(services_of_a_case_are_bounded),
        cmocka_unit_test(fingerprints_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
