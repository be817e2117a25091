/* Rules over signs: which of them are proof, when they are asked, what is a mistake. */
#include "helper.h"

#define RULE(proto, options)                                                                                 \
    "alert " proto " any any -> any any (msg:\"m\"; sid:1; metadata: family cardsharing, role cardsharing, " \
    "weight 40; " options ")\n"

static void assert_mistake(const char *text, const char *words)
{
    struct diagnostics diagnostics = {0};
    char *folder = folder_make();
    folder_write(folder, "t.vigie.rules", text);
    assert_null(rules_load(folder, "t.vigie.rules", false, &diagnostics));
    assert_int_equal(diagnostics.count, 1);
    if (strstr(diagnostics.items[0].text, words) == NULL) {
        fail_msg("expected %s, got %s", words, diagnostics.items[0].text);
    }
    diagnostics_free(&diagnostics);
    folder_remove(folder);
}

static enum evidence_kind kind_of(const char *text)
{
    struct rule_set *set = rules_from(text);
    enum evidence_kind kind = rule_set_at(set, 0)->kind;
    rule_set_free(set);
    return kind;
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(kind_of(RULE("tcp", "app.sign:cccam-answer;")), EVIDENCE_PROOF);
    assert_int_equal(kind_of(RULE("tcp", "app.sign:cccam-answer; flow:to_client;")), EVIDENCE_PROOF);
    assert_int_equal(kind_of(RULE("tcp", "app.sign:cccam-answer,newcamd-login;")), EVIDENCE_PROOF);
    assert_int_equal(kind_of(RULE("tcp", "app.sign:rtmp-play; flow:to_server;")), EVIDENCE_CLAIM);
    assert_int_equal(kind_of(RULE("tcp", "app.sign:rtmp-play;")), EVIDENCE_CLAIM);
    assert_int_equal(kind_of(RULE("tcp", "app.sign:rtmp-accepted,rtmp-play;")), EVIDENCE_CLAIM);
    assert_int_equal(kind_of(RULE("tcp", "app.sign:rtmp-accepted; rtmp.url; content:\"/live/\";")),
                     EVIDENCE_PROOF);
    assert_int_equal(kind_of(RULE("tcp", "rtmp.url; content:\"/live/\"; flow:to_server;")), EVIDENCE_CLAIM);
    assert_int_equal(kind_of(RULE("tcp", "rtsp.url; content:\"/live/\";")), EVIDENCE_CLAIM);
    assert_mistake(RULE("tcp", "app.sign:rtmp-play; flow:to_client;"), "the client's bytes alone");
    assert_mistake(RULE("tcp", "rtmp.url; content:\"/live/\"; flow:to_client;"), "contradicts");
    assert_mistake("alert tcp any any -> any any (msg:\"m\"; sid:1; app.sign:rtmp-play; metadata: family "
                   "xtream, role stream, weight 46;)\n",
                   "at most 45");
    /* What is not there was shown by nobody. */
    assert_int_equal(kind_of(RULE("tcp", "app.sign:!cccam-answer; flow:to_server;")), EVIDENCE_CLAIM);
    assert_mistake(RULE("tcp", "app.sign:cccam-answer; flow:to_server;"), "rest on the server's bytes");
    assert_mistake(RULE("tcp", "app.sign:!cccam-answer; flow:to_client;"), "the client's bytes alone");
}

static void test_mistakes(void **state)
{
    (void)state;
    assert_mistake(RULE("http", "app.sign:cccam-answer;"), "no meaning in rules of this protocol");
    assert_mistake(RULE("tcp", "app.sign:cccam;"), "unknown word of app.sign");
    assert_mistake(RULE("tcp", "app.sign:cccam-answer; content:\"a\";"), "expected two rules");
    assert_mistake(RULE("tcp", "app.sign:cccam-answer; dsize:4;"), "expected two rules");
}

static size_t matches(const struct rule_set *set, struct rule_scratch *scratch, struct flow *flow,
                      enum sign sign, struct rule_match out[RULE_MATCHES_MAX])
{
    const struct app_sign found = {.signs = UINT64_C(1) << sign};
    const struct app_event event = {.type = APP_SIGN, .flow = flow, .sign = &found};
    return rule_match_event(set, scratch, &event, out);
}

/* Transport, ports (the sender's on the left), flowbits between rules of the same flow. */
static void test_matching(void **state)
{
    (void)state;
    struct rule_set *set = rules_from(
        "alert tcp any any -> any 12000 (msg:\"1\"; sid:1; app.sign:cccam-answer; flowbits:set,greeted; "
        "metadata: family cardsharing, role cardsharing, weight 60;)\n"
        "alert tcp any 12000 -> any any (msg:\"2\"; sid:2; app.sign:cccam-accepted; flow:to_client; "
        "flowbits:isset,greeted; metadata: family cardsharing, role cardsharing, weight 60;)\n"
        "alert udp any any -> any any (msg:\"3\"; sid:3; app.sign:cccam-answer; "
        "metadata: family cardsharing, role cardsharing, weight 60;)\n");
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct rule_match out[RULE_MATCHES_MAX];
    struct flow flow = {.client = 1, .transport = TRANSPORT_TCP};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    flow.ends[0].port = 12000;
    flow.ends[1].port = 40000;
    assert_int_equal(matches(set, scratch, &flow, SIGN_CCCAM_ACCEPTED, out), 0);
    assert_int_equal(matches(set, scratch, &flow, SIGN_CCCAM_ANSWER, out), 1);
    assert_int_equal(out[0].rule->sid, 1);
    assert_string_equal(out[0].rule->field, "app.sign");
    assert_string_equal(out[0].value, "sign=cccam-answer");
    assert_int_equal(matches(set, scratch, &flow, SIGN_CCCAM_ACCEPTED, out), 1);
    assert_int_equal(out[0].rule->sid, 2);
    flow.ends[0].port = 12001;
    assert_int_equal(matches(set, scratch, &flow, SIGN_CCCAM_ANSWER, out), 0);
    flow.transport = TRANSPORT_UDP;
    assert_int_equal(matches(set, scratch, &flow, SIGN_CCCAM_ANSWER, out), 1);
    assert_int_equal(out[0].rule->sid, 3);
    rule_scratch_free(scratch);
    rule_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_matching),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
