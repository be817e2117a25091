/* verdict/explain: a person finds there what made the score and what is missing. */
#include "tests/unit/verdict/fixture.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

static char *explained(const struct fixture *f)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    verdict_explain(f->verdict, out);
    fclose(out);
    return text;
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is missing in:\n%s", part, text);
    }
}

static void it_says_what_counted_and_what_is_missing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct sign more = {.sid = 101, .weight = 45, .kind = EVIDENCE_CLAIM, .reason = "list asked"};
    struct sign same = {
        .sid = 201, .weight = 30, .kind = EVIDENCE_PROOF, .reason = "login", .answered = true};
    give_hit(&f, PANEL, 1, &path_claim);
    give_hit(&f, PANEL, 1, &more);
    give_hit(&f, PANEL, 1, &login_proof);
    give_hit(&f, PANEL, 1, &same);
    give_hit(&f, service_at("203.0.113.11", 80, ""), 1, &header_claim);
    give_hit(&f, service_at("192.168.1.1", 80, "lan.example"), 1, &login_proof);
    give_hit(&f, service_at("192.168.1.1", 80, "lan.example"), 1, &login_proof);
    char *text = explained(&f);
    assert_says(text, "203.0.113.10:8080 panel.example: suspected, score 89 (stopped)\n");
    assert_says(text, "proof: unites to 85\n");
    assert_says(text, "      85  login: msg 200 [proof] sid 200, 1x\n");
    assert_says(text, "   ( 30) login: msg 201 [proof] sid 201, 1x; its reason is counted above\n");
    assert_says(text, "          http.uri /x?username=*\n");
    assert_says(text, "claim: unites to 67, counts as 45 because one client made them all\n");
    assert_says(text, "for confirmed it lacks: independent proof (1 reasons of 2); content evidence");
    assert_says(text, "against it: not confirmed; no basis for blocking (0 reasons with pay channels, 0 with "
                      "structural signs; it wants both, of two reasons); too few clients (1 of 3)");
    assert_says(
        text, "against its address and port: address watched for too short a time (0 min 0 s of 60 min 0 s)");
    assert_says(text, "against its name: name not verified");
    assert_says(text, "203.0.113.11:80: none, score 0\n");
    assert_says(text, "not credited, for want of a path claim or proof\n");
    assert_says(text, "192.168.1.1:80 lan.example: left out, guarded address or name: private, 2x\n");
    assert_true(strstr(text, "panel.example") < strstr(text, "203.0.113.11"));
    free(text);
    fixture_close(&f);
}

static void it_says_what_may_be_blocked(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 3);
    give_hit(&f, service_at("203.0.113.10", 8080, ""), 1, &stream_proof);
    give_catalogue(&f, PANEL, 6000, 200000, false);
    pass(&f, MINUTES(60));
    char *text = explained(&f);
    assert_says(text, "panel.example: confirmed, score 99\n");
    assert_says(text, "catalogue: live 6000, movies 200000, series 0, groups 0 (not all of it was seen)\n");
    assert_says(text, "with the evidence of its server that bears no name");
    assert_says(text, "block: eligible by ip_port, on the basis of content\n");
    assert_null(strstr(text, "it lacks"));
    free(text);
    fixture_close(&f);
}

static void the_next_level_is_the_next_one(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &(struct sign){.sid = 1, .weight = 10, .kind = EVIDENCE_CLAIM, .reason = "a"});
    char *text = explained(&f);
    assert_says(text, "for observed it lacks: 10 points of score (10 of 20)\n");
    free(text);
    give_hit(&f, PANEL, 1, &path_claim);
    text = explained(&f);
    assert_says(text, "for suspected it lacks: 5 points of score (45 of 50)\n");
    free(text);
    give_hit(&f, PANEL, 1, &(struct sign){.sid = 2, .weight = 30, .kind = EVIDENCE_PROOF, .reason = "b"});
    text = explained(&f);
    assert_says(text,
                "for confirmed it lacks: 29 points of score (61 of 90); independent proof (1 reasons of 2); "
                "content evidence, or structural signs (0 of 2)\n");
    free(text);
    fixture_close(&f);
}

static void it_says_what_is_offered(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &login_proof);
    give_rights(&f, PANEL, (const char *const[]){"dazn", "sky", NULL});
    give_stream(&f, PANEL, "DAZN 1", "FFmpeg", 6249);
    char *text = explained(&f);
    assert_says(
        text, "  rights holders: dazn, sky\n  stream: mpegts, channel DAZN 1, provider FFmpeg, 6.2 Mbit/s\n");
    free(text);
    fixture_close(&f);
}

static void it_says_what_is_tied_and_what_was_seized(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key edge = service_at("203.0.113.11", 80, "edge.example");
    give_confirmed(&f, PANEL, 1, 3);
    give_tie(&f, PANEL, TIE_PANEL_TOKEN, 7);
    give_related(&f, PANEL, "lb.example", 80, 3);
    give_hit(&f, edge, 1,
             &(struct sign){.sid = 2, .weight = 30, .kind = EVIDENCE_PROOF, .reason = "b", .answered = true});
    give_tie(&f, edge, TIE_PANEL_TOKEN, 7);
    give_notice(&f, service_at("198.51.100.99", 80, "photo.example"), 1, NOTICE_SEIZED, true);
    give_answer(&f, "203.0.113.10", "panel.example", 1, 0, true);
    give_notice(&f, service_at("198.51.100.99", 80, "panel.example"), 1, NOTICE_SEIZED, true);
    char *waiting = explained(&f);
    assert_says(waiting,
                "panel.example: one client alone was shown a notice of seizure, which waits for another, "
                "or for DNS\n");
    free(waiting);
    give_notice(&f, service_at("198.51.100.99", 80, "panel.example"), 2, NOTICE_SEIZED, true);
    char *text = explained(&f);
    assert_says(text, "203.0.113.11:80 edge.example: suspected, score 50 (lifted)\n");
    assert_says(text,
                ": 2 services by panel-token\n    with 203.0.113.10:8080 panel.example: confirmed by its own "
                "evidence\n  lifted from 30 to 50: it bears the same fingerprint as a confirmed service\n");
    assert_says(text, "  names lb.example port 80 (playlist, 3x)\n");
    assert_says(text,
                "photo.example: seized: nothing is proposed of the name\n  score 50, by the notice alone\n");
    assert_says(
        text,
        "  notice: notice: Leads to a notice sid 400, 1x\n          http.location https://notice.example/\n");
    assert_says(text, "against its name: a notice stands in its place\n");
    assert_says(text, "that of its best server\n");
    free(text);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_counted_and_what_is_missing),
        cmocka_unit_test(it_says_what_may_be_blocked),
        cmocka_unit_test(the_next_level_is_the_next_one),
        cmocka_unit_test(it_says_what_is_offered),
        cmocka_unit_test(it_says_what_is_tied_and_what_was_seized),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
