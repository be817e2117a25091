/* verdict/listed: what an entry of the operators' lists does and undoes, and addresses that others saw. */
#include "base/attr.h"
#include "tests/unit/verdict/fixture.h"

#include <unistd.h>

#define PANEL service_at("203.0.113.10", 8080, "panel.example")
#define LIST(...)                                                                                            \
    list_of((const char *const[]){__VA_ARGS__}, ARRAY_COUNT(((const char *const[]){__VA_ARGS__})))

static const struct sign listed_proof = {.sid = VERDICT_SID_LISTED,
                                         .weight = 75,
                                         .kind = EVIDENCE_PROOF,
                                         .reason = "listed",
                                         .content = true,
                                         .answered = true};
static const struct sign listed_claim = {
    .sid = VERDICT_SID_LISTED_CLAIM, .weight = 45, .kind = EVIDENCE_CLAIM, .reason = "listed"};

/* The list holds from now on; the one before it is let go. `touched`: entries that came or went. */
static void set_list(struct fixture *f, enum verdict_list list, struct watch_list *now, const char *touched)
{
    static struct watch_list *held[VERDICT_LIST_COUNT];
    struct watch_entry entry = {0};
    struct watch_key_room room;
    const char *wrong;
    if (touched != NULL) {
        assert_true(
            watch_entry_parse_host(slice_text(touched), WATCH_SUFFIXES_PRIVATE, &entry, &room, &wrong));
    }
    verdict_set_list(f->verdict, list, now, &entry, touched == NULL ? 0 : 1);
    watch_list_release(held[list]);
    held[list] = now;
}

static void open_quick(struct fixture *f)
{
    fixture_open(f);
    fixture_set(f, "block.min_clients", "1");
    fixture_set(f, "block.min_age", "0");
    fixture_set(f, "block.min_watch", "0");
    fixture_start(f, false);
    pass(f, 1);
}

static void close_lists(struct fixture *f)
{
    for (int list = 0; list < VERDICT_LIST_COUNT; list++) {
        set_list(f, (enum verdict_list)list, NULL, NULL);
    }
    fixture_close(f);
}

static void a_name_on_a_list_is_suspected_alone(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST(".panel.example"), NULL);
    give_hit(&f, PANEL, 1, &listed_claim);
    assert_int_equal(f.count, 0); /* a word of one client: observed at most */
    give_hit(&f, PANEL, 1, &listed_proof);
    const struct detection *told = fixture_last(&f);
    assert_int_equal(told->state, STATE_NEW);
    assert_int_equal(told->level, LEVEL_SUSPECTED);
    assert_int_equal(told->score, 75);
    assert_int_equal(told->family, FAMILY_TLS_PANEL);
    assert_true(told->host_verified);
    assert_int_equal(told->block.reason, REASON_LEVEL);
    assert_false(told->block.eligible);
    close_lists(&f);
}

static void what_else_proves_confirms(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST("panel.example"), NULL);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(fixture_last(&f)->level, LEVEL_SUSPECTED); /* the software alone */
    give_hit(&f, PANEL, 1, &listed_proof);
    const struct detection *told = fixture_last(&f);
    assert_int_equal(told->level, LEVEL_CONFIRMED);
    assert_int_equal(told->family, FAMILY_XTREAM);
    assert_true(told->block.eligible);
    assert_int_equal(told->block.basis, BASIS_LISTED);
    assert_int_equal(told->block.scope,
                     SCOPE_HOST); /* what the order names, though nothing else verifies it */
    assert_string_equal(told->block.order, "panel.example");
    assert_false(told->block.automatic);
    close_lists(&f);
}

static void an_address_on_a_list_verifies_no_name(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST("203.0.113.0/24"), NULL);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, PANEL, 1, &listed_proof);
    assert_true(fixture_last(&f)->block.eligible);
    assert_int_equal(fixture_last(&f)->block.basis, BASIS_LISTED);
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_IP_PORT);
    assert_false(fixture_last(&f)->host_verified);
    close_lists(&f);
}

static void the_basis_must_be_allowed(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "block.basis", "content");
    fixture_set(&f, "block.min_clients", "1");
    fixture_set(&f, "block.min_age", "0");
    fixture_set(&f, "block.min_watch", "0");
    fixture_start(&f, false);
    pass(&f, 1);
    set_list(&f, VERDICT_LIST_ORDER, LIST("panel.example"), NULL);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, PANEL, 1, &listed_proof);
    give_hit(&f, PANEL, 1, &prefixes_sign); /* with a list's entry that makes no basis of content */
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_NO_BASIS);
    close_lists(&f);
}

static void what_goes_ends(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST("panel.example", "plain.example"), NULL);
    give_hit(&f, service_at("203.0.113.11", 80, "plain.example"), 1, &listed_proof);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, PANEL, 1, &listed_proof);
    assert_true(fixture_last(&f)->block.eligible);
    size_t before = f.count;
    set_list(&f, VERDICT_LIST_ORDER, LIST("plain.example"), "panel.example");
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_LOWERED);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
    assert_int_equal(fixture_last(&f)->level, LEVEL_SUSPECTED);
    assert_true(fixture_last(&f)->block.withdraw);
    set_list(&f, VERDICT_LIST_ORDER, LIST("other.example"), "plain.example");
    assert_int_equal(f.count, before + 2);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
    assert_string_equal(fixture_last(&f)->service.name, "plain.example");
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 1);
    close_lists(&f);
}

static void an_entry_that_still_names_it_keeps_it(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST("panel.example", "203.0.113.10"), NULL);
    give_hit(&f, PANEL, 1, &listed_proof);
    size_t before = f.count;
    set_list(&f, VERDICT_LIST_ORDER, LIST("203.0.113.10"), "panel.example");
    assert_int_equal(f.count, before);
    set_list(&f, VERDICT_LIST_ORDER, LIST(".other.example"), "203.0.113.10");
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    close_lists(&f);
}

static void allowed_is_withdrawn_and_comes_back(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    give_confirmed(&f, PANEL, 1, 1);
    assert_true(fixture_last(&f)->block.eligible);
    size_t before = f.count;
    set_list(&f, VERDICT_LIST_ALLOW, LIST("other.example"), "other.example");
    assert_int_equal(f.count, before);
    set_list(&f, VERDICT_LIST_ALLOW, LIST("203.0.113.0/28"), "203.0.113.0/28");
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_ALLOWED);
    assert_true(fixture_last(&f)->block.withdraw);
    set_list(&f, VERDICT_LIST_ALLOW, NULL, "203.0.113.0/28");
    assert_int_equal(f.count, before + 2);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_ELIGIBLE);
    assert_true(fixture_last(&f)->block.eligible);
    close_lists(&f);
}

static void official_is_withdrawn_and_forgotten(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    give_confirmed(&f, PANEL, 1, 1);
    set_list(&f, VERDICT_LIST_OFFICIAL, LIST(".panel.example"), ".panel.example");
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_OFFICIAL);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 0);
    size_t before = f.count;
    give_confirmed(&f, PANEL, 1, 1);
    assert_int_equal(f.count, before);
    set_list(&f, VERDICT_LIST_OFFICIAL, NULL, ".panel.example");
    give_confirmed(&f, PANEL, 1, 1);
    assert_true(f.count > before);
    close_lists(&f);
}

static void of_many_entries_all_services_are_judged(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    give_confirmed(&f, PANEL, 1, 1);
    give_confirmed(&f, service_at("203.0.113.20", 80, "b.example"), 1, 1);
    size_t before = f.count;
    set_list(&f, VERDICT_LIST_ALLOW, LIST("panel.example", "b.example"), NULL);
    assert_int_equal(f.count, before + 2);
    assert_int_equal(f.seen[before]->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    close_lists(&f);
}

/* After a restart nobody knows the lists yet: what rested on them stands until they come. */
static void a_restart_waits_for_the_lists(void **state)
{
    (void)state;
    char path[] = "/tmp/vigie-listed-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct fixture f;
    struct failure failure = {0};
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST("panel.example"), NULL);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, PANEL, 1, &listed_proof);
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    assert_true(verdict_save(f.verdict, path, &failure));
    for (int again = 0; again < 2; again++) {
        fixture_forget(&f);
        fixture_start(&f, false);
        assert_true(verdict_load(f.verdict, path, &failure));
        pass(&f, TIME_SECOND);
        for (size_t i = 0; i < f.count; i++) {
            assert_int_equal(f.seen[i]->level, LEVEL_CONFIRMED);
        }
        set_list(&f, VERDICT_LIST_ORDER, again == 0 ? LIST("panel.example") : LIST("other.example"), NULL);
    }
    assert_int_equal(fixture_last(&f)->state, STATE_LOWERED);
    unlink(path);
    close_lists(&f);
}

/* What stands in the place of a seized name answers, too, and the order still names it. */
static void a_listed_name_stays_seized(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST("panel.example"), NULL);
    for (uint64_t client = 1; client <= 3; client++) {
        give_notice(&f, PANEL, client, NOTICE_SEIZED, true);
    }
    assert_int_equal(fixture_last(&f)->state, STATE_SEIZED);
    for (uint64_t client = 1; client <= 3; client++) {
        give_hit(&f, PANEL, client, &listed_proof);
    }
    for (size_t i = 0; i < f.count; i++) {
        assert_int_not_equal(f.seen[i]->state, STATE_RAISED);
        assert_false(f.seen[i]->block.eligible);
    }
    close_lists(&f);
}

static void a_listed_name_is_no_case(void **state)
{
    (void)state;
    struct fixture f;
    open_quick(&f);
    set_list(&f, VERDICT_LIST_ORDER, LIST("panel.example"), NULL);
    give_hit(&f, PANEL, 1, &listed_proof);
    give_hit(&f, service_at("203.0.113.20", 8080, "panel.example"), 1, &listed_proof);
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->state, STATE_NEW);
    assert_false(fixture_last(&f)->has_case);
    close_lists(&f);
}

/* ---- addresses */

struct teller {
    size_t count;
    struct address last;
};

static void note_shared(void *context, const struct address *address, int64_t duration_us)
{
    struct teller *teller = context;
    assert_true(duration_us > 0);
    teller->count++;
    teller->last = *address;
}

static void names_are_compared_with_anothers_service(void **state)
{
    (void)state;
    struct fixture f;
    struct teller teller = {0};
    struct address address = PANEL.address;
    open_quick(&f);
    verdict_set_shared_teller(f.verdict, note_shared, &teller);
    verdict_take_seen(f.verdict, &address, "panel.example");
    assert_int_equal(teller.count, 0);
    give_name(&f, PANEL);
    assert_int_equal(teller.count, 0); /* the same */
    give_name(&f, service_at("203.0.113.10", 443, "shop.example"));
    assert_int_equal(teller.count, 1);
    assert_memory_equal(&teller.last, &address, sizeof address);
    give_name(&f, service_at("203.0.113.10", 443, "more.example"));
    verdict_take_seen(f.verdict, &address, "panel.example");
    assert_int_equal(teller.count, 1); /* told already */
    pass(&f, f.settings.expire / 2);
    verdict_take_seen(f.verdict, &address, "panel.example");
    assert_int_equal(teller.count, 2); /* ... and again before it runs out */
    close_lists(&f);
}

static void names_seen_before_count_too(void **state)
{
    (void)state;
    struct fixture f;
    struct teller teller = {0};
    struct address address = PANEL.address;
    open_quick(&f);
    verdict_set_shared_teller(f.verdict, note_shared, &teller);
    give_name(&f, service_at("203.0.113.10", 443, "shop.example"));
    verdict_take_seen(f.verdict, &address, ""); /* without a name: that of the only one */
    assert_int_equal(teller.count, 0);
    verdict_take_seen(f.verdict, &address, "panel.example");
    assert_int_equal(teller.count, 1);
    struct address other = service_at("203.0.113.12", 80, "").address;
    give_name(&f, service_at("203.0.113.12", 80, "a.example"));
    give_name(&f, service_at("203.0.113.12", 80, "b.example"));
    verdict_take_seen(f.verdict, &other, "");
    assert_int_equal(teller.count, 2);
    struct address private = service_at("192.168.0.1", 80, "").address;
    verdict_take_seen(f.verdict, &private, "panel.example"); /* nobody's business */
    assert_int_equal(teller.count, 2);
    close_lists(&f);
}

static void a_shared_address_withdraws(void **state)
{
    (void)state;
    struct fixture f;
    struct address address = PANEL.address;
    open_quick(&f);
    give_confirmed(&f, PANEL, 1, 1);
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_IP_PORT);
    size_t before = f.count;
    verdict_take_shared(f.verdict, &address, f.now_us); /* over already */
    assert_int_equal(f.count, before);
    verdict_take_shared(f.verdict, &address, f.now_us + MINUTES(60));
    assert_int_equal(f.count, before + 1);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_SHARED);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_SHARED);
    assert_true(fixture_last(&f)->block.withdraw);
    verdict_take_shared(f.verdict, &address, f.now_us + MINUTES(90));
    assert_int_equal(f.count, before + 1);
    pass(&f, MINUTES(91));
    give_confirmed(&f, PANEL, 2, 1);
    assert_true(fixture_last(&f)->block.eligible);
    close_lists(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_on_a_list_is_suspected_alone),
        cmocka_unit_test(what_else_proves_confirms),
        cmocka_unit_test(an_address_on_a_list_verifies_no_name),
        cmocka_unit_test(the_basis_must_be_allowed),
        cmocka_unit_test(what_goes_ends),
        cmocka_unit_test(an_entry_that_still_names_it_keeps_it),
        cmocka_unit_test(allowed_is_withdrawn_and_comes_back),
        cmocka_unit_test(official_is_withdrawn_and_forgotten),
        cmocka_unit_test(of_many_entries_all_services_are_judged),
        cmocka_unit_test(a_restart_waits_for_the_lists),
        cmocka_unit_test(a_listed_name_stays_seized),
        cmocka_unit_test(a_listed_name_is_no_case),
        cmocka_unit_test(names_are_compared_with_anothers_service),
        cmocka_unit_test(names_seen_before_count_too),
        cmocka_unit_test(a_shared_address_withdraws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
