/* Rules over transport streams: when they are asked, what they read, what is a mistake. */
#include "helper.h"

#define RULE(proto, options)                                                                                 \
    "alert " proto " (msg:\"m\"; sid:1; metadata: family mpegts-http, role stream, weight 40; " options ")"  \
    "\n"

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

static void test_mistakes(void **state)
{
    (void)state;
    assert_mistake(RULE("tcp any any -> any any", "ts.flag:sdt;"), "rules of http and udp");
    assert_mistake(RULE("http any any -> any any", "ts.flag:pmt;"), "unknown word of ts.flag");
    assert_mistake(RULE("http any any -> any any", "ts.flag:sdt; m3u.entries:>1;"), "expected two rules");
    assert_mistake(RULE("http any any -> any any", "ts.flag:sdt; m3u.title; content:\"a\";"),
                   "expected two rules");
    assert_mistake(RULE("udp any any -> any any", "ts.flag:sdt; content:\"a\";"), "expected two rules");
    assert_mistake(RULE("udp any any -> any any", "ts.flag:sdt; flow:to_server;"), "contradicts");
    assert_mistake(RULE("http any any -> any any", "ts.flag:sdt; http.uri; content:\"a\";"), "rule with =>");
}

static const struct mpegts_facts stream = {.programs = 3,
                                           .has_sdt = true,
                                           .audio = 1,
                                           .kilobits = 1500,
                                           .ca_descriptors = true,
                                           .content_packets = 100,
                                           .service_name = "Nord TV",
                                           .provider = "Nord"};

static bool matches(const char *text, struct flow *flow, const struct http_transaction *http,
                    const struct mpegts_facts *facts)
{
    struct counter_cell counters[RULE_COUNTERS_COUNT] = {0};
    struct rule_set *set = rules_from(text);
    struct rule_scratch *scratch = rule_scratch_create(set, counters);
    struct rule_match out[RULE_MATCHES_MAX];
    assert_int_equal(rule_set_at(set, 0)->kind, EVIDENCE_PROOF);
    const struct app_event event = {.type = APP_TS, .flow = flow, .http = http, .stream = facts};
    size_t count = rule_match_event(set, scratch, &event, out);
    rule_scratch_free(scratch);
    rule_set_free(set);
    return count > 0;
}

static void test_datagrams(void **state)
{
    (void)state;
    struct flow udp = {.transport = TRANSPORT_UDP, .client = 1};
    struct flow tcp = {.transport = TRANSPORT_TCP, .client = 1};
    udp.ends[0].port = 5004;
    assert_true(matches(RULE("udp any any -> any any", "ts.flag:sdt;"), &udp, NULL, &stream));
    assert_true(
        matches(RULE("udp any 5004 -> any any", "flow:to_client; ts.flag:sdt;"), &udp, NULL, &stream));
    assert_false(
        matches(RULE("udp any 5005 -> any any", "flow:to_client; ts.flag:sdt;"), &udp, NULL, &stream));
    assert_false(matches(RULE("http any any -> any any", "ts.flag:sdt;"), &udp, NULL, &stream));
    assert_false(matches(RULE("udp any any -> any any", "ts.flag:sdt;"), &tcp, NULL, &stream));
}

static void test_what_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        bool holds;
    } rows[] = {
        {"ts.service_name; content:\"Nord TV\"; bsize:7;", true},
        {"ts.service_name; content:\"West\";", false},
        {"ts.provider; content:\"Nord\"; startswith; endswith;", true},
        {"ts.services:3;", true},
        {"ts.services:>3;", false},
        {"ts.kilobits:1000<>2000;", true},
        {"ts.kilobits:<1500;", false},
        {"ts.flag:ca-clear;", true},
        {"ts.flag:audio-only;", true},
        {"ts.flag:scrambled;", false},
        {"ts.flag:!scrambled; ts.flag:sdt;", true},
    };
    struct flow flow = {.transport = TRANSPORT_TCP};
    const struct http_request request = {.uri = slice_text("/a")};
    const struct http_response response = {.kind = BODY_MPEGTS, .status = 200};
    const struct http_transaction http = {.number = 1, .request = &request, .response = &response};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char *text;
        assert_true(asprintf(&text, RULE("http any any -> any any", "%s"), rows[i].options) > 0);
        if (matches(text, &flow, &http, &stream) != rows[i].holds) {
            fail_msg("%s", rows[i].options);
        }
        free(text);
    }
    assert_true(matches(RULE("http any any => any any", "http.uri; content:\"/a\"; ts.flag:sdt;"), &flow,
                        &http, &stream));
    assert_false(matches(RULE("http any any => any any", "http.uri; content:\"/b\"; ts.flag:sdt;"), &flow,
                         &http, &stream));
}

/* One packet below what each word asks for. */
static void test_words_at_their_bounds(void **state)
{
    (void)state;
    struct flow flow = {.transport = TRANSPORT_UDP};
    struct mpegts_facts facts = stream;
    static const char clear[] = RULE("udp any any -> any any", "ts.flag:ca-clear;");
    static const char scrambled[] = RULE("udp any any -> any any", "ts.flag:scrambled;");
    facts.content_packets = 99;
    assert_false(matches(clear, &flow, NULL, &facts));
    facts.content_packets = 200;
    facts.scrambled_packets = 1;
    assert_false(matches(clear, &flow, NULL, &facts));
    facts.scrambled_packets = 15;
    assert_false(matches(scrambled, &flow, NULL, &facts));
    facts.scrambled_packets = 16;
    assert_true(matches(scrambled, &flow, NULL, &facts));
    facts.scrambled_packets = 0;
    facts.ca_descriptors = false;
    assert_false(matches(clear, &flow, NULL, &facts));
    facts.kilobits = 0; /* not known */
    assert_false(matches(RULE("udp any any -> any any", "ts.kilobits:<100;"), &flow, NULL, &facts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_words_at_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
