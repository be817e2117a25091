/* verdict/asked: names that clients asked DNS for make no service; they are kept for their servers, and told
 * by themselves where an order names them. */
#include "base/attr.h"
#include "tests/unit/verdict/fixture.h"

#define NAME  "panel.example"
#define PANEL service_at("203.0.113.10", 8080, NAME)

static const struct sign looked_up = {
    .sid = 500, .weight = 25, .kind = EVIDENCE_CLAIM, .reason = "looked up", .client_header = true};
static const struct sign listed = {
    .sid = VERDICT_SID_LISTED_CLAIM, .weight = 45, .kind = EVIDENCE_CLAIM, .reason = "listed"};
static const struct sign weak_proof = {
    .sid = 600, .weight = 40, .kind = EVIDENCE_PROOF, .reason = "weak proof", .answered = true};

static void ask(struct fixture *f, const char *name, uint64_t client, const struct sign *sign)
{
    struct service_key key = {.transport = TRANSPORT_UDP};
    snprintf(key.name, sizeof key.name, "%s", name);
    enum name_source before = f->name_from;
    f->name_from = NAME_FROM_DNS;
    give_hit(f, key, client, sign);
    f->name_from = before;
}

static void open_observing(struct fixture *f)
{
    fixture_open(f);
    fixture_set(f, "detection.min_level", "observed");
    fixture_start(f, true);
    pass(f, 1);
}

/* The score of a service with a weak proof, asked for before and after. */
static void what_was_asked_before_counts_as_what_is_asked_after(void **state)
{
    (void)state;
    unsigned scores[3];
    for (size_t i = 0; i < ARRAY_COUNT(scores); i++) {
        struct fixture f;
        open_observing(&f);
        if (i == 0) {
            ask(&f, NAME, 7, &looked_up);
            assert_int_equal(f.count, 0);
            pass(&f, MINUTES(5));
        }
        give_hit(&f, PANEL, 1, &weak_proof);
        if (i == 1) {
            ask(&f, NAME, 7, &looked_up);
            pass(&f, MINUTES(11));
        }
        scores[i] = fixture_last(&f)->score;
        assert_int_equal(fixture_last(&f)->evidence_count, i == 2 ? 1 : 2);
        fixture_close(&f);
    }
    assert_int_equal(scores[0], scores[1]);
    assert_int_equal(scores[2], weak_proof.weight);
    assert_true(scores[0] > scores[2]);
}

static void a_look_up_alone_says_nothing(void **state)
{
    (void)state;
    struct fixture f;
    open_observing(&f);
    for (uint64_t client = 1; client < 20; client++) {
        ask(&f, NAME, client, &looked_up);
    }
    verdict_finish(f.verdict);
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 0);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED), 1);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED_UNKNOWN), 19);
    fixture_close(&f);
}

static void another_names_question_counts_for_nobody(void **state)
{
    (void)state;
    struct fixture f;
    open_observing(&f);
    ask(&f, "www." NAME, 7, &looked_up);
    give_hit(&f, PANEL, 1, &weak_proof);
    assert_int_equal(fixture_last(&f)->evidence_count, 1);
    fixture_close(&f);
}

static void it_is_kept_for_so_long_and_for_so_many(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_set(&f, "verdict.expire", "1h");
    fixture_set(&f, "verdict.max_asked", "16");
    fixture_start(&f, true);
    pass(&f, 1);
    ask(&f, NAME, 7, &looked_up);
    for (int i = 0; i < 15; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%d.example", i);
        ask(&f, name, 7, &looked_up);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED_EVICTED), 0);
    ask(&f, NAME, 7, &looked_up); /* the youngest now */
    ask(&f, "last.example", 7, &looked_up);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED_EVICTED), 1);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED), 16);
    give_hit(&f, service_at("203.0.113.20", 80, "n0.example"), 1, &weak_proof);
    assert_int_equal(fixture_last(&f)->evidence_count, 1);
    give_hit(&f, service_at("203.0.113.21", 80, "n1.example"), 1, &weak_proof);
    assert_int_equal(fixture_last(&f)->evidence_count, 2);
    pass(&f, MINUTES(59));
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED), 16);
    pass(&f, MINUTES(1));
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED), 0);
    give_hit(&f, PANEL, 1, &weak_proof);
    assert_int_equal(fixture_last(&f)->evidence_count, 1);
    fixture_close(&f);
}

static void what_an_order_names_is_told_of_the_name_alone(void **state)
{
    (void)state;
    struct fixture f;
    open_observing(&f);
    struct watch_list *order = list_of((const char *const[]){NAME}, 1);
    verdict_set_list(f.verdict, VERDICT_LIST_ORDER, order, NULL, 0);
    for (uint64_t client = 1; client < 9; client++) {
        ask(&f, NAME, client, &listed);
    }
    assert_int_equal(f.count, 1);
    const struct detection *told = fixture_last(&f);
    assert_true(told->subject_host);
    assert_int_equal(told->state, STATE_NEW);
    assert_int_equal(told->level, LEVEL_OBSERVED);
    assert_string_equal(told->service.name, NAME);
    assert_string_equal(told->host_from, "dns");
    assert_false(told->host_verified);
    assert_false(told->block.eligible);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    verdict_explain(f.verdict, out);
    fclose(out);
    assert_non_null(strstr(text, "panel.example: looked up in DNS and named by an order"));
    assert_non_null(strstr(text, "8x, clients 8\n"));
    free(text);
    pass(&f, MINUTES(10));
    ask(&f, NAME, 9, &listed);
    assert_int_equal(fixture_last(&f)->state, STATE_REFRESH);
    assert_int_equal(fixture_last(&f)->level, LEVEL_OBSERVED);
    assert_int_equal(fixture_last(&f)->clients, 9);
    struct watch_entry gone = {.kind = WATCH_NAME, .key = slice_text(NAME)};
    verdict_set_list(f.verdict, VERDICT_LIST_ORDER, NULL, &gone, 1);
    watch_list_release(order);
    assert_int_equal(f.count, 3);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->cause, CAUSE_LIST);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED), 0);
    fixture_close(&f);
}

static void its_server_speaks_for_it(void **state)
{
    (void)state;
    struct fixture f;
    open_observing(&f);
    ask(&f, NAME, 1, &listed);
    assert_int_equal(f.count, 1);
    give_hit(&f, PANEL, 2, &weak_proof);
    assert_false(fixture_last(&f)->subject_host);
    assert_int_equal(fixture_last(&f)->evidence_count, 2);
    size_t before = f.count;
    pass(&f, MINUTES(11));
    ask(&f, NAME, 1, &listed);
    for (size_t i = before; i < f.count; i++) {
        assert_false(f.seen[i]->subject_host);
    }
    fixture_close(&f);
}

static void by_default_it_is_only_counted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    pass(&f, 1);
    ask(&f, NAME, 1, &listed);
    ask(&f, NAME, 2, &listed);
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED), 1);
    assert_true(fixture_counter(&f, VERDICT_BELOW) > 0);
    fixture_close(&f);
}

static void official_names_are_nobodys_business(void **state)
{
    (void)state;
    struct fixture f;
    open_observing(&f);
    struct watch_list *official = list_of((const char *const[]){NAME}, 1);
    ask(&f, NAME, 1, &listed);
    assert_int_equal(f.count, 1);
    verdict_set_list(f.verdict, VERDICT_LIST_OFFICIAL, official, NULL, 0);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_OFFICIAL);
    ask(&f, NAME, 1, &listed);
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED), 0);
    assert_int_equal(fixture_counter(&f, VERDICT_OFFICIAL), 1);
    fixture_close(&f);
    watch_list_release(official);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_before_counts_as_what_is_asked_after),
        cmocka_unit_test(a_look_up_alone_says_nothing),
        cmocka_unit_test(another_names_question_counts_for_nobody),
        cmocka_unit_test(it_is_kept_for_so_long_and_for_so_many),
        cmocka_unit_test(what_an_order_names_is_told_of_the_name_alone),
        cmocka_unit_test(its_server_speaks_for_it),
        cmocka_unit_test(by_default_it_is_only_counted),
        cmocka_unit_test(official_names_are_nobodys_business),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
