/* verdict/infer: what a confirmed server's plain text says of its names under TLS, and when it says nothing.
 */
#include "tests/unit/verdict/fixture.h"

#include "verdict/score.h"

#define IP    "203.0.113.10"
#define HOST  "panel.example"
#define PANEL service_at(IP, 8080, HOST)
#define TLS   service_at(IP, 443, HOST)

static void open_confirmed(struct fixture *f)
{
    fixture_open(f);
    fixture_start(f, false);
    give_confirmed(f, PANEL, 1, 3);
    give_name(f, PANEL);
    fixture_forget(f);
}

/* A handshake: the server went on under this name. A new span, so that it is told again. */
static void give_tls(struct fixture *f, struct service_key server)
{
    pass(f, NAMES_SPAN_US);
    f->name_from = NAME_FROM_TLS;
    give_name(f, server);
    f->name_from = NAME_FROM_HTTP;
}

/* What was told last of this port; NULL: nothing. */
static const struct detection *of_port(const struct fixture *f, uint16_t port)
{
    const struct detection *last = NULL;
    for (size_t i = 0; i < f->count; i++) {
        last = f->seen[i]->service.port == port ? f->seen[i] : last;
    }
    return last;
}

static void a_name_at_a_confirmed_address_is_inferred(void **state)
{
    (void)state;
    struct fixture f;
    open_confirmed(&f);
    give_tls(&f, TLS);
    const struct detection *told = of_port(&f, 443);
    assert_non_null(told);
    assert_int_equal(told->state, STATE_NEW);
    assert_int_equal(told->level, LEVEL_SUSPECTED);
    assert_int_equal(told->score, SCORE_SUSPECTED);
    assert_int_equal(told->family, FAMILY_XTREAM);
    assert_string_equal(told->host_from, "tls.sni");
    assert_int_equal(told->directions, DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT);
    assert_int_equal(told->evidence_count, 1);
    assert_int_equal(told->evidence[0].sid, VERDICT_SID_INFERRED);
    assert_int_equal(told->evidence[0].kind, EVIDENCE_CLAIM);
    assert_string_equal(told->evidence[0].field, "tls.sni");
    assert_string_equal(told->evidence[0].value,
                        "panel.example; plain text confirmed 203.0.113.10:8080 panel.example");
    assert_false(told->answered);
    assert_false(told->block.eligible);
    assert_int_equal(told->block.reason, REASON_LEVEL);
    size_t count = f.count;
    for (unsigned i = 0; i < 50; i++) {
        give_tls(&f, TLS);
    }
    assert_int_equal(fixture_counter(&f, VERDICT_INFERRED), 1);
    for (size_t i = count; i < f.count; i++) {
        assert_true(f.seen[i]->service.port != 443 || f.seen[i]->state == STATE_REFRESH);
        assert_true(f.seen[i]->service.port != 443 || f.seen[i]->level == LEVEL_SUSPECTED);
    }
    fixture_close(&f);
}

/* A handshake comes first, plain text confirms later. */
static void it_is_inferred_of_names_that_were_shown_before(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_tls(&f, service_at(IP, 443, "www.panel.example"));
    give_tls(&f, service_at(IP, 2083, HOST));
    assert_int_equal(f.count, 0);
    give_confirmed(&f, PANEL, 1, 1);
    assert_int_equal(of_port(&f, 443)->level, LEVEL_SUSPECTED);
    assert_string_equal(of_port(&f, 443)->service.name, "www.panel.example");
    assert_int_equal(of_port(&f, 2083)->level, LEVEL_SUSPECTED);
    assert_int_equal(of_port(&f, 8080)->level, LEVEL_CONFIRMED);
    fixture_close(&f);
}

static void nameless_evidence_speaks_for_the_sites_names(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, service_at(IP, 8080, ""), 1, 1);
    give_tls(&f, TLS);
    assert_int_equal(of_port(&f, 443)->level, LEVEL_SUSPECTED);
    fixture_close(&f);
}

/* Each row: what speaks against it. */
static void nothing_is_inferred_of_strangers(void **state)
{
    (void)state;
    for (unsigned row = 0; row < 9; row++) {
        struct fixture f;
        fixture_open(&f);
        if (row == 0) {
            fixture_set(&f, "block.shared_prefixes", "203.0.113.0/24");
        }
        fixture_start(&f, false);
        struct service_key server = TLS;
        switch (row) {
        case 1: /* another site at the address */
            give_name(&f, service_at(IP, 80, "shop.example"));
            break;
        case 2: /* a stranger's name over TLS */
            server = service_at(IP, 443, "bank.example");
            break;
        case 3: /* another address */
            server = service_at("203.0.113.11", 443, HOST);
            break;
        case 4: /* another address, and DNS ties the name to one of both alone */
            server = service_at("203.0.113.11", 443, HOST);
            give_answer(&f, "203.0.113.11", HOST, 1, 3600, true);
            break;
        case 5:
            server = service_at("203.0.113.11", 443, HOST);
            give_answer(&f, IP, HOST, 1, 3600, true);
            break;
        default:
            break;
        }
        if (row == 6) { /* suspected is not confirmed */
            give_hit(&f, PANEL, 1, &login_proof);
        } else if (row == 7) {
            struct sign canary = login_proof;
            canary.test = true;
            give_hit(&f, PANEL, 1, &canary);
            give_confirmed(&f, PANEL, 1, 1);
        } else {
            give_confirmed(&f, PANEL, 1, 3);
        }
        if (row == 8) { /* a name in plain text at another port has its own evidence or none */
            pass(&f, NAMES_SPAN_US);
            give_name(&f, TLS);
        } else {
            give_tls(&f, server);
        }
        if (of_port(&f, 443) != NULL) {
            fail_msg("row %u", row);
        }
        assert_int_equal(fixture_counter(&f, VERDICT_INFERRED), 0);
        fixture_close(&f);
    }
}

static void a_verified_name_speaks_at_other_addresses(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_answer(&f, IP, HOST, 1, 3600, true);
    give_answer(&f, "198.51.100.20", HOST, 1, 3600, true);
    give_confirmed(&f, PANEL, 1, 3);
    give_name(&f, service_at("198.51.100.20", 80, "shop.example")); /* a front that many stand behind */
    give_tls(&f, service_at("198.51.100.20", 443, HOST));
    assert_int_equal(of_port(&f, 443)->level, LEVEL_SUSPECTED);
    assert_true(of_port(&f, 443)->host_verified);
    fixture_forget(&f);
    pass(&f, MINUTES(180)); /* nobody asks DNS any more */
    give_tls(&f, service_at("198.51.100.20", 443, HOST));
    pass(&f, MINUTES(10));
    assert_int_equal(of_port(&f, 443)->state, STATE_REFRESH);
    assert_int_equal(of_port(&f, 443)->level, LEVEL_SUSPECTED);
    fixture_close(&f);
}

static void it_goes_with_what_it_rests_on(void **state)
{
    (void)state;
    for (unsigned row = 0; row < 3; row++) {
        struct fixture f;
        open_confirmed(&f);
        give_tls(&f, TLS);
        fixture_forget(&f);
        struct watch_list *official = list_of((const char *const[]){".panel.example"}, 1);
        if (row == 0) { /* another site shows up */
            give_name(&f, service_at(IP, 80, "shop.example"));
        } else if (row == 1) { /* another list knows the panel as a licensed operator's */
            f.guards.official = official;
            verdict_set_settings(f.verdict, &f.settings, &f.guards);
            pass(&f, 0);
        } else { /* the panel falls silent, its names are shown on */
            for (int64_t day = 0; day < 9; day++) {
                pass(&f, 24 * MINUTES(60));
                give_tls(&f, TLS);
            }
            pass(&f, 0);
        }
        assert_int_equal(of_port(&f, 443)->state, STATE_WITHDRAWN);
        assert_int_equal(fixture_counter(&f, VERDICT_SUSPECTED), 0);
        fixture_close(&f);
        watch_list_release(official);
    }
}

/* Whatever else is claimed of it, it stays what it is; and it names nobody. */
static void it_is_never_more_than_suspected(void **state)
{
    (void)state;
    struct fixture f;
    open_confirmed(&f);
    give_tls(&f, TLS);
    give_related(&f, TLS, "edge.example", 80, 3);
    struct service_key edge = service_at("203.0.113.30", 80, "edge.example");
    f.name_from = NAME_FROM_TLS;
    for (uint64_t client = 1; client < 9; client++) {
        give_hit(&f, TLS, client, &path_claim);
    }
    f.name_from = NAME_FROM_HTTP;
    give_hit(&f, edge, 1, &login_proof);
    pass(&f, MINUTES(90));
    const struct detection *told = of_port(&f, 443);
    assert_int_equal(told->level, LEVEL_SUSPECTED);
    assert_false(told->block.eligible);
    for (uint32_t i = 0; i < of_port(&f, 80)->evidence_count; i++) {
        assert_int_not_equal(of_port(&f, 80)->evidence[i].sid, VERDICT_SID_NAMED);
    }
    fixture_close(&f);
}

static void a_restart_keeps_it(void **state)
{
    (void)state;
    struct fixture f;
    open_confirmed(&f);
    give_tls(&f, TLS);
    char path[] = "/tmp/vigie-infer-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    struct failure failure = {0};
    assert_true(verdict_save(f.verdict, path, &failure));
    fixture_forget(&f);
    fixture_start(&f, false);
    assert_true(verdict_load(f.verdict, path, &failure));
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 0); /* nothing fell or rose */
    give_tls(&f, TLS);
    pass(&f, MINUTES(10));
    assert_int_equal(of_port(&f, 443)->state, STATE_REFRESH);
    assert_string_equal(of_port(&f, 443)->host_from, "tls.sni");
    give_name(&f, service_at(IP, 80, "shop.example"));
    assert_int_equal(of_port(&f, 443)->state, STATE_WITHDRAWN);
    fixture_close(&f);
    assert_int_equal(remove(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_at_a_confirmed_address_is_inferred),
        cmocka_unit_test(it_is_inferred_of_names_that_were_shown_before),
        cmocka_unit_test(nameless_evidence_speaks_for_the_sites_names),
        cmocka_unit_test(nothing_is_inferred_of_strangers),
        cmocka_unit_test(a_verified_name_speaks_at_other_addresses),
        cmocka_unit_test(it_goes_with_what_it_rests_on),
        cmocka_unit_test(it_is_never_more_than_suspected),
        cmocka_unit_test(a_restart_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
