/* verdict: from hits to levels and detections; claims, names, naming, guards. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

static void a_service_is_told_when_it_is_suspected(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &path_claim);
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_BELOW), 1);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(f.count, 1);
    const struct detection *told = fixture_last(&f);
    assert_int_equal(told->state, STATE_NEW);
    assert_int_equal(told->cause, CAUSE_EVIDENCE);
    assert_int_equal(told->level, LEVEL_SUSPECTED);
    assert_int_equal(told->score, 89); /* 91, stopped */
    assert_int_equal(told->seq, 1);
    assert_int_equal(told->evidence_count, 2);
    assert_int_equal(told->evidence[0].sid, path_claim.sid);
    assert_int_equal(told->evidence[0].claimants, 1);
    assert_int_equal(told->evidence[1].sid, login_proof.sid);
    assert_string_equal(told->evidence[1].value, "/x?username=*");
    assert_string_equal(told->service.name, "panel.example");
    assert_string_equal(told->host_from, "http.host");
    assert_true(told->answered);
    assert_int_equal(told->directions, DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT);
    assert_int_equal(told->roles, 1 << ROLE_PANEL);
    assert_int_equal(told->clients, 1);
    assert_int_equal(told->new_clients_count, 1);
    assert_string_equal(told->client_key, "0123456789abcdef");
    assert_int_equal(told->first_us, f.now_us);
    assert_false(told->block.eligible);
    assert_int_equal(told->block.reason, REASON_LEVEL);
    fixture_close(&f);
}

static void it_says_where_the_name_was_read(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    f.name_from = NAME_FROM_TLS;
    give_hit(&f, PANEL, 1, &login_proof);
    assert_string_equal(fixture_last(&f)->host_from, "tls.sni");
    f.name_from = NAME_FROM_HTTP;
    give_hit(&f, PANEL, 1, &pay_names); /* the clearest counts */
    assert_string_equal(fixture_last(&f)->host_from, "http.host");
    f.name_from = NAME_FROM_QUIC;
    give_hit(&f, service_at("203.0.113.20", 443, ""), 1, &login_proof);
    assert_null(fixture_last(&f)->host_from);
    give_name(&f, service_at("203.0.113.20", 443, "lent.example"));
    give_hit(&f, service_at("203.0.113.20", 443, ""), 1, &pay_names);
    assert_string_equal(fixture_last(&f)->service.name, "lent.example");
    assert_string_equal(fixture_last(&f)->host_from, "quic.sni");
    fixture_close(&f);
}

static void a_higher_level_is_told_at_once_and_once(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, PANEL, 1, &stream_proof); /* 97, stopped at 89: no other level */
    assert_int_equal(f.count, 1);
    give_hit(&f, PANEL, 1, &pay_names);
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_last(&f)->state, STATE_RAISED);
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    for (size_t i = 0; i < 100; i++) {
        give_hit(&f, PANEL, i, &pay_names);
    }
    assert_int_equal(f.count, 2);
    assert_int_equal(fixture_counter(&f, VERDICT_CONFIRMED), 1);
    assert_int_equal(fixture_counter(&f, VERDICT_OBSERVED) + fixture_counter(&f, VERDICT_SUSPECTED), 0);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 1);
    assert_int_equal(fixture_counter(&f, VERDICT_DETECTIONS), 2);
    fixture_close(&f);
}

static void claims_of_every_rule(struct fixture *f, uint64_t client)
{
    char reason[16];
    struct sign claim = {.weight = 45, .kind = EVIDENCE_CLAIM, .reason = reason};
    for (claim.sid = 1000; claim.sid < 1060; claim.sid++) {
        snprintf(reason, sizeof reason, "claim %u", claim.sid);
        claim.client_header = claim.sid % 2 == 0;
        give_hit(f, PANEL, client, &claim);
    }
}

static void one_scanner_with_every_claim_stays_observed(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_start(&f, false);
    claims_of_every_rule(&f, 1);
    claims_of_every_rule(&f, 1);
    assert_int_equal(fixture_last(&f)->level, LEVEL_OBSERVED);
    assert_true(fixture_last(&f)->score <= 45);
    assert_int_equal(fixture_counter(&f, VERDICT_OBSERVED), 1);
    fixture_close(&f);
}

static void any_number_of_scanners_ends_at_suspected(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "block.basis", "content, listed, software");
    fixture_start(&f, false);
    for (uint64_t client = 1; client <= 50; client++) {
        claims_of_every_rule(&f, client);
    }
    verdict_finish(f.verdict);
    assert_int_equal(fixture_last(&f)->level, LEVEL_SUSPECTED);
    assert_int_equal(fixture_last(&f)->score, 65);
    assert_int_equal(fixture_last(&f)->claimants, 2);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_LEVEL);
    fixture_close(&f);
}

static void client_headers_alone_are_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_start(&f, false);
    for (uint64_t client = 1; client < 20; client++) {
        give_hit(&f, PANEL, client, &header_claim);
        give_hit(&f, PANEL, client, &answered_bytes);
    }
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_UNCREDITED), 19);
    give_hit(&f, PANEL, 30, &path_claim); /* 55 of claims, capped; with the sign 56 */
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->score, 56);
    assert_int_equal(fixture_last(&f)->claimants, 1); /* headers make no claimant */
    assert_int_equal(fixture_last(&f)->evidence_count, 3);
    give_hit(&f, PANEL, 31, &header_claim);
    assert_int_equal(fixture_counter(&f, VERDICT_UNCREDITED), 19);
    fixture_close(&f);
}

/* ---- names */

static void nameless_evidence_counts_for_the_only_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key bare = service_at("203.0.113.10", 8080, "");
    give_name(&f, PANEL);
    give_hit(&f, bare, 1, &login_proof);
    assert_int_equal(f.count, 1);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->other_hosts, 0);
    give_hit(&f, PANEL, 2, &stream_proof);
    give_hit(&f, bare, 3, &pay_names);
    assert_int_equal(f.count, 2);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->level, LEVEL_CONFIRMED);
    assert_int_equal(fixture_last(&f)->evidence_count, 3);
    assert_int_equal(fixture_last(&f)->clients, 3);
    assert_int_equal(fixture_counter(&f, VERDICT_CONFIRMED), 1);
    assert_int_equal(fixture_counter(&f, VERDICT_SUSPECTED),
                     0); /* the nameless one is not counted beside it */
    fixture_close(&f);
}

static void nameless_evidence_waits_for_its_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key bare = service_at("203.0.113.10", 8080, "");
    give_hit(&f, bare, 1, &login_proof);
    assert_int_equal(f.count, 1);
    assert_string_equal(fixture_last(&f)->service.name, "");
    assert_null(fixture_last(&f)->host_from);
    give_name(&f, service_at("203.0.113.10", 8080, "panel.example"));
    assert_int_equal(f.count, 2);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->state, STATE_NEW);
    give_name(&f, service_at("203.0.113.10", 81, "other.example")); /* another server */
    give_hit(&f, bare, 1, &stream_proof);
    give_hit(&f, bare, 1, &pay_names);
    assert_int_equal(fixture_last(&f)->state, STATE_RAISED);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    fixture_close(&f);
}

static void a_second_name_unties_nameless_evidence(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key bare = service_at("203.0.113.10", 8080, "");
    give_name(&f, PANEL);
    give_hit(&f, bare, 1, &login_proof);
    give_hit(&f, PANEL, 1, &path_claim);
    assert_int_equal(f.count, 1);
    give_name(&f, service_at("203.0.113.10", 8080, "other.example"));
    assert_int_equal(f.count, 3);
    assert_int_equal(f.seen[1]->state, STATE_LOWERED);
    assert_int_equal(f.seen[1]->cause, CAUSE_SHARED);
    assert_int_equal(f.seen[1]->level, LEVEL_OBSERVED);
    assert_int_equal(f.seen[1]->score, 40);
    assert_string_equal(f.seen[1]->service.name, "panel.example");
    assert_int_equal(f.seen[2]->state, STATE_NEW);
    assert_string_equal(f.seen[2]->service.name, "");
    assert_int_equal(f.seen[2]->score, 85);
    assert_int_equal(f.seen[2]->other_hosts, 2);
    fixture_close(&f);
}

static void a_name_with_nothing_of_its_own_is_withdrawn(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_name(&f, PANEL);
    give_hit(&f, service_at("203.0.113.10", 8080, ""), 1, &login_proof);
    give_name(&f, service_at("203.0.113.10", 8080, "other.example"));
    assert_int_equal(f.seen[1]->state, STATE_WITHDRAWN);
    assert_int_equal(f.seen[1]->cause, CAUSE_SHARED);
    assert_int_equal(f.seen[1]->level, LEVEL_SUSPECTED); /* as it was told; "none" is never shown */
    assert_int_equal(f.seen[1]->score, 0);
    assert_int_equal(f.seen[1]->evidence_count, 0);
    fixture_close(&f);
}

static void the_literal_of_its_own_address_is_no_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_name(&f, PANEL);
    give_hit(&f, service_at("203.0.113.10", 8080, "203.0.113.10"), 1, &login_proof);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->other_hosts, 0);
    give_hit(&f, service_at("203.0.113.10", 8080, "198.51.100.1"), 1, &login_proof);
    assert_string_equal(fixture_last(&f)->service.name, "198.51.100.1"); /* another address is another name */
    assert_int_equal(fixture_last(&f)->other_hosts, 1);
    fixture_close(&f);
}

static void two_names_are_two_services(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, service_at("203.0.113.10", 8080, "second.example"), 1, &stream_proof);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.seen[0]->evidence_count, 1);
    assert_int_equal(f.seen[1]->evidence_count, 1);
    assert_string_not_equal(f.seen[0]->id, f.seen[1]->id);
    assert_int_equal(f.seen[1]->other_hosts, 1);
    fixture_close(&f);
}

/* ---- being named */

static void being_named_by_a_known_server_adds_a_little(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key edge = service_at("203.0.113.20", 80, "edge.example");
    give_related(&f, PANEL, "edge.example", 80, 5); /* before it is known for anything */
    give_hit(&f, edge, 1, &(struct sign){.sid = 1, .weight = 45, .kind = EVIDENCE_PROOF, .reason = "x"});
    assert_int_equal(f.count, 0);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(f.count, 2);
    assert_string_equal(f.seen[0]->service.name, "panel.example");
    assert_int_equal(f.seen[0]->related_count, 1);
    assert_string_equal(f.seen[0]->related[0].server.host, "edge.example");
    assert_string_equal(f.seen[0]->related[0].address, "203.0.113.20");
    assert_string_equal(f.seen[1]->service.name, "edge.example");
    assert_int_equal(f.seen[1]->score, 50);
    assert_int_equal(f.seen[1]->evidence[1].sid, VERDICT_SID_NAMED);
    assert_string_equal(f.seen[1]->evidence[1].value, "playlist by panel.example");

    struct service_key late = service_at("203.0.113.30", 80, "late.example");
    give_related(&f, PANEL, "203.0.113.30", 80, 1);
    give_hit(&f, late, 1, &(struct sign){.sid = 1, .weight = 45, .kind = EVIDENCE_PROOF, .reason = "x"});
    assert_string_equal(fixture_last(&f)->service.name, "late.example");
    assert_int_equal(fixture_last(&f)->score, 50);
    fixture_close(&f);
}

/* A panel asked through a proxy stands at the proxy's address: that is not where the panel is. */
static void a_proxys_address_is_nobodys(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct sign proxied = {.sid = 1, .weight = 45, .kind = EVIDENCE_PROOF, .reason = "x", .proxy = true};
    give_hit(&f, service_at("203.0.113.70", 80, "edge.example"), 1, &proxied);
    give_related(&f, PANEL, "edge.example", 80, 5);
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(f.count, 1); /* the proxy gained nothing by being named */
    assert_string_equal(fixture_last(&f)->related[0].server.host, "edge.example");
    assert_string_equal(fixture_last(&f)->related[0].address, "");
    give_name(&f, service_at("203.0.113.20", 80, "edge.example"));
    give_related(&f, service_at("203.0.113.20", 80, "edge.example"), "x.example", 80, 1);
    give_hit(&f, PANEL, 2, &pay_names);
    assert_string_equal(fixture_last(&f)->related[0].address, "203.0.113.20");
    fixture_close(&f);
}

static void being_named_alone_is_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    give_related(&f, PANEL, "cdn.broadcaster.example", 443, 900);
    give_related(&f, service_at("203.0.113.21", 443, "cdn.broadcaster.example"), "x.example", 80, 1);
    give_name(&f, service_at("203.0.113.21", 443, "cdn.broadcaster.example"));
    give_volume(&f, service_at("203.0.113.21", 443, "cdn.broadcaster.example"), 1, 1000);
    assert_int_equal(f.count, 1);
    /* A scanner's claims stay under their cap though it is named. */
    struct sign claim = {.sid = 1, .weight = 45, .kind = EVIDENCE_CLAIM, .reason = "x"};
    give_hit(&f, service_at("203.0.113.21", 443, "cdn.broadcaster.example"), 7, &claim);
    assert_int_equal(fixture_last(&f)->score, 45);
    assert_int_equal(fixture_last(&f)->level, LEVEL_OBSERVED);
    fixture_close(&f);
}

static void who_is_suspected_by_being_named_names_nobody(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct sign half = {.sid = 1, .weight = 45, .kind = EVIDENCE_PROOF, .reason = "x"};
    struct service_key a = service_at("203.0.113.1", 80, "a.example");
    struct service_key b = service_at("203.0.113.2", 80, "b.example");
    give_hit(&f, a, 1, &half);
    give_hit(&f, b, 1, &half);
    give_related(&f, a, "b.example", 80, 1);
    give_related(&f, b, "a.example", 80, 1);
    assert_int_equal(f.count, 0);
    struct service_key c = service_at("203.0.113.3", 80, "c.example");
    give_related(&f, c, "a.example", 80, 1);
    give_hit(&f, c, 1, &login_proof);
    assert_int_equal(f.count, 2); /* c, and a by c; but not b by a */
    assert_string_equal(f.seen[1]->service.name, "a.example");
    fixture_close(&f);
}

static void a_server_does_not_name_itself(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_related(&f, PANEL, "panel.example", 8080, 1);
    give_related(&f, PANEL, "203.0.113.10", 8080, 1);
    give_related(&f, PANEL, "192.168.1.5", 80, 1); /* nobody's business */
    give_related(&f, PANEL, "panel.example", 25461, 2);
    struct service_key stream = service_at("203.0.113.10", 25461, "panel.example");
    give_hit(&f, stream, 1, &(struct sign){.sid = 1, .weight = 45, .kind = EVIDENCE_PROOF, .reason = "x"});
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(f.count, 1); /* the stream stands at the address of who names it */
    assert_int_equal(fixture_last(&f)->related_count, 1);
    assert_int_equal(fixture_last(&f)->related[0].server.port, 25461);
    fixture_close(&f);
}

static void related_servers_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    char host[32];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(host, sizeof host, "h%u.example", i);
        give_related(&f, PANEL, host, 80, i == 99 ? 10 : 2);
    }
    give_hit(&f, PANEL, 1, &login_proof);
    assert_int_equal(fixture_last(&f)->related_count, DETECTION_RELATED_MAX);
    assert_string_equal(fixture_last(&f)->related[0].server.host, "h99.example");
    assert_string_equal(fixture_last(&f)->related[1].server.host, "h0.example");
    assert_int_equal(fixture_counter(&f, VERDICT_RELATED_FULL), 100 - 1 - DETECTION_RELATED_MAX);
    fixture_close(&f);
}

/* ---- facts */

static void catalogue_keeps_the_largest_of_whole_documents(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    give_catalogue(&f, PANEL, 9000, 70000, false); /* cut */
    give_catalogue(&f, PANEL, 6000, 0, true);
    give_catalogue(&f, PANEL, 200, 0, true);
    give_volume(&f, PANEL, 1, 100);
    give_hit(&f, PANEL, 1, &login_proof);
    give_volume(&f, PANEL, 2, 1000);
    verdict_finish(f.verdict);
    const struct detection *last = fixture_last(&f);
    assert_true(last->has_catalogue);
    assert_int_equal(last->catalogue.live, 6000);
    assert_int_equal(last->catalogue.movies, 70000);
    assert_false(last->catalogue.whole);
    assert_int_equal(last->flows, 2);
    assert_int_equal(last->bytes, 1100);
    assert_int_equal(last->clients, 2);
    fixture_close(&f);
}

static void the_family_is_the_system_not_the_format(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    struct sign list = {.sid = 1, .weight = 75, .kind = EVIDENCE_PROOF, .reason = "l", .family = FAMILY_M3U};
    struct sign more = {.sid = 2, .weight = 60, .kind = EVIDENCE_PROOF, .reason = "m", .family = FAMILY_M3U};
    struct sign login = {
        .sid = 3, .weight = 70, .kind = EVIDENCE_PROOF, .reason = "x", .family = FAMILY_XTREAM};
    struct sign asked = {
        .sid = 4, .weight = 45, .kind = EVIDENCE_CLAIM, .reason = "y", .family = FAMILY_STALKER};
    give_hit(&f, PANEL, 1, &asked);
    give_hit(&f, PANEL, 1, &list);
    assert_int_equal(fixture_last(&f)->family, FAMILY_M3U);
    give_hit(&f, PANEL, 1, &more);
    give_hit(&f, PANEL, 1, &login);
    verdict_finish(f.verdict);
    assert_int_equal(fixture_last(&f)->family, FAMILY_XTREAM);
    fixture_close(&f);
}

static void only_the_strongest_evidence_is_shown(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    char reason[16];
    for (uint32_t sid = 1; sid <= 40; sid++) {
        snprintf(reason, sizeof reason, "r%u", sid);
        give_hit(&f, PANEL, 1,
                 &(struct sign){.sid = sid,
                                .weight = 10,
                                .kind = sid <= 8 ? EVIDENCE_CLAIM : EVIDENCE_PROOF,
                                .reason = reason});
    }
    verdict_finish(f.verdict);
    const struct detection *last = fixture_last(&f);
    assert_int_equal(last->evidence_count, DETECTION_EVIDENCE_MAX);
    assert_int_equal(last->evidence_omitted, 8);
    assert_int_equal(last->evidence[0].sid, 9);
    assert_int_equal(last->evidence[DETECTION_EVIDENCE_MAX - 1].sid, 40);
    fixture_close(&f);
}

/* ---- determinism */

static void give_mixture(struct fixture *f)
{
    static const struct sign *const signs[] = {&path_claim, &header_claim, &login_proof, &pay_names,
                                               &prefixes_sign};
    uint64_t random = 88172645463325252;
    char ip[32];
    char name[32];
    for (unsigned i = 0; i < 3000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        snprintf(ip, sizeof ip, "203.0.113.%u", (unsigned)(random >> 8 & 63));
        snprintf(name, sizeof name, (random >> 16 & 3) == 0 ? "" : "n%u.example",
                 (unsigned)(random >> 20 & 3));
        struct service_key key = service_at(ip, 80, name);
        give_hit(f, key, random >> 24 & 7, signs[(random >> 30) % ARRAY_COUNT(signs)]);
        if (i % 10 == 0) {
            give_related(f, key, "n1.example", 80, 1);
        }
        if (i % 50 == 0) {
            pass(f, MINUTES(1));
        }
    }
    verdict_finish(f->verdict);
}

static void the_same_records_make_the_same_detections(void **state)
{
    (void)state;
    struct fixture first;
    struct fixture second;
    fixture_open(&first);
    fixture_open(&second);
    fixture_set(&first, "verdict.max_services", "32");
    fixture_set(&second, "verdict.max_services", "32");
    fixture_start(&first, true);
    fixture_start(&second, true);
    give_mixture(&first);
    give_mixture(&second);
    assert_true(first.count > 100);
    assert_int_equal(first.count, second.count);
    for (size_t i = 0; i < first.count; i++) {
        const struct detection *a = first.seen[i];
        const struct detection *b = second.seen[i];
        assert_memory_equal(a, b, sizeof *a);
        assert_int_equal(a->seq, i + 1);
    }
    fixture_close(&first);
    fixture_close(&second);
}

/* Anybody asks DNS for any name: it makes no service, and adds to those that have evidence of their own. */
static void a_name_asked_for_makes_no_service(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, true);
    struct service_key name = {.transport = TRANSPORT_UDP, .name = "panel.example"};
    f.name_from = NAME_FROM_DNS;
    give_hit(&f, name, 1, &header_claim);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 0);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED_UNKNOWN), 1);
    f.name_from = NAME_FROM_HTTP;
    give_hit(&f, service_at("203.0.113.11", 80, "other.example"), 1, &login_proof);
    unsigned before = fixture_last(&f)->score;
    give_hit(&f, service_at("203.0.113.10", 80, "panel.example"), 1, &login_proof);
    f.name_from = NAME_FROM_DNS;
    give_hit(&f, name, 1, &header_claim);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 2);
    assert_int_equal(fixture_counter(&f, VERDICT_ASKED_UNKNOWN), 1);
    f.name_from = NAME_FROM_HTTP;
    pass(&f, MINUTES(11));
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_true(fixture_last(&f)->score > before);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_is_told_when_it_is_suspected),
        cmocka_unit_test(it_says_where_the_name_was_read),
        cmocka_unit_test(a_higher_level_is_told_at_once_and_once),
        cmocka_unit_test(one_scanner_with_every_claim_stays_observed),
        cmocka_unit_test(any_number_of_scanners_ends_at_suspected),
        cmocka_unit_test(client_headers_alone_are_nothing),
        cmocka_unit_test(nameless_evidence_counts_for_the_only_name),
        cmocka_unit_test(nameless_evidence_waits_for_its_name),
        cmocka_unit_test(a_second_name_unties_nameless_evidence),
        cmocka_unit_test(a_name_with_nothing_of_its_own_is_withdrawn),
        cmocka_unit_test(the_literal_of_its_own_address_is_no_name),
        cmocka_unit_test(two_names_are_two_services),
        cmocka_unit_test(a_name_asked_for_makes_no_service),
        cmocka_unit_test(being_named_by_a_known_server_adds_a_little),
        cmocka_unit_test(a_proxys_address_is_nobodys),
        cmocka_unit_test(being_named_alone_is_nothing),
        cmocka_unit_test(who_is_suspected_by_being_named_names_nobody),
        cmocka_unit_test(a_server_does_not_name_itself),
        cmocka_unit_test(related_servers_are_bounded),
        cmocka_unit_test(catalogue_keeps_the_largest_of_whole_documents),
        cmocka_unit_test(the_family_is_the_system_not_the_format),
        cmocka_unit_test(only_the_strongest_evidence_is_shown),
        cmocka_unit_test(the_same_records_make_the_same_detections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
