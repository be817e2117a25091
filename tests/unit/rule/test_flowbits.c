/* flowbits: what a flow remembers of the rules that matched in it. */
#include "helper.h"

#define META "metadata: family m3u, role panel, weight 20; "
#define HTTP(sid, options)                                                                                   \
    "alert http any any -> any any (msg:\"m\"; sid:" #sid "; flow:to_server; " options " " META ")\n"
#define ANSWER(sid, options)                                                                                 \
    "alert http any any -> any any (msg:\"m\"; sid:" #sid "; flow:to_client; " options " " META ")\n"
#define FLOW(proto, sid, options)                                                                            \
    "alert " proto " any any -> any any (msg:\"m\"; sid:" #sid "; " options " " META ")\n"

/* Rules, and who asks them. */
struct asker {
    struct rule_set *set;
    struct rule_scratch *scratch;
    struct counter_cell cells[RULE_COUNTERS_COUNT];
};

static void asker_open(struct asker *asker, const char *rules)
{
    *asker = (struct asker){.set = rules_from(rules)};
    asker->scratch = rule_scratch_create(asker->set, asker->cells);
}

static void asker_close(struct asker *asker)
{
    rule_scratch_free(asker->scratch);
    rule_set_free(asker->set);
}

/* The sids as bits; they come in ascending order. */
static uint64_t sids_of(const struct rule_match *matches, size_t count)
{
    uint64_t sids = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || matches[i - 1].rule->sid < matches[i].rule->sid);
        sids |= UINT64_C(1) << matches[i].rule->sid;
    }
    return sids;
}

static uint64_t ask(struct asker *asker, struct flow *flow, const struct http_transaction *http)
{
    struct rule_match matches[RULE_MATCHES_MAX];
    struct app_event event = {.type = APP_HTTP_SETTLED, .flow = flow, .http = http};
    return sids_of(matches, rule_match_event(asker->set, asker->scratch, &event, matches));
}

/* A request, without answer where `status` is 0. */
static uint64_t request(struct asker *asker, struct flow *flow, const char *uri, uint16_t status,
                        enum body_kind kind)
{
    struct http_request asked = {
        .method = slice_text("GET"), .uri = slice_text(uri), .uri_raw = slice_text(uri)};
    char code[8];
    snprintf(code, sizeof code, "%u", status);
    struct http_response answer = {
        .status = status, .stat_code = slice_text(code), .kind = kind, .body_bytes = 4096};
    struct http_transaction http = {.number = 1, .request = &asked, .response = status == 0 ? NULL : &answer};
    return ask(asker, flow, &http);
}

static uint64_t payload(struct asker *asker, struct flow *flow, unsigned sender, const char *bytes)
{
    struct rule_match matches[RULE_MATCHES_MAX];
    return sids_of(matches,
                   rule_match_flow(asker->set, asker->scratch, flow, sender, slice_text(bytes), matches));
}

#define SID(number) (UINT64_C(1) << (number))

static void test_two_requests_of_a_flow(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, HTTP(1, "http.uri; content:\"/login\"; flowbits:set,login;")
                           HTTP(2, "http.uri; content:\"/list\"; flowbits:isset,login;")
                               HTTP(3, "http.uri; content:\"/list\"; flowbits:isnotset,login;"));
    struct flow flow = {.client = 0};
    struct flow other = {.client = 0};
    struct flow_attachment kept = {0};
    struct flow_attachment other_kept = {0};
    flow_attach(&flow, &kept);
    flow_attach(&other, &other_kept);
    assert_int_equal(request(&asker, &flow, "/list", 0, BODY_NONE), SID(3));
    assert_int_equal(request(&asker, &flow, "/login", 0, BODY_NONE), SID(1));
    assert_int_equal(request(&asker, &flow, "/list", 0, BODY_NONE), SID(2));
    assert_int_equal(request(&asker, &flow, "/list", 0, BODY_NONE), SID(2));
    assert_int_equal(request(&asker, &other, "/list", 0, BODY_NONE), SID(3));
    assert_int_equal(other_kept.rule_bits, 0);
    /* Without a flow there is no memory. */
    assert_int_equal(request(&asker, NULL, "/login", 0, BODY_NONE), SID(1));
    assert_int_equal(request(&asker, NULL, "/list", 0, BODY_NONE), SID(3));
    asker_close(&asker);
}

/* All that is asked for must be set, and none of what must not. */
static void test_several_names(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, HTTP(1, "http.uri; content:\"/one\"; flowbits:set,a;")
                           HTTP(2, "http.uri; content:\"/b\"; flowbits:set,b; flowbits:set,c;")
                               HTTP(3, "http.uri; content:\"/d\"; flowbits:set,d;")
                                   HTTP(4, "http.uri; content:\"/ask\"; flowbits:isset,a; flowbits:isset,c; "
                                           "flowbits:isnotset,d;"));
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    assert_int_equal(request(&asker, &flow, "/one", 0, BODY_NONE), SID(1));
    assert_int_equal(request(&asker, &flow, "/ask", 0, BODY_NONE), 0);
    assert_int_equal(request(&asker, &flow, "/b", 0, BODY_NONE), SID(2));
    assert_int_equal(request(&asker, &flow, "/ask", 0, BODY_NONE), SID(4));
    assert_int_equal(request(&asker, &flow, "/d", 0, BODY_NONE), SID(3));
    assert_int_equal(request(&asker, &flow, "/ask", 0, BODY_NONE), 0);
    asker_close(&asker);
}

/* Those that only set come first, then those that do both, then those that ask; by sid among each. */
static void test_order_within_an_event(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, HTTP(1, "http.uri; content:\"/x\"; flowbits:isset,second;")
                           HTTP(2, "http.uri; content:\"/x\"; flowbits:isset,first; flowbits:set,second;")
                               HTTP(3, "http.uri; content:\"/x\"; flowbits:isset,third; flowbits:set,fourth;")
                                   HTTP(4, "http.uri; content:\"/x\"; flowbits:isset,second; "
                                           "flowbits:set,third;")
                                       HTTP(5, "http.uri; content:\"/x\"; flowbits:isnotset,first;")
                                           HTTP(6, "http.uri; content:\"/x\";")
                                               HTTP(9, "http.uri; content:\"/x\"; flowbits:set,first;"));
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    /* 3 asks for what 4 sets, and comes before it. */
    assert_int_equal(request(&asker, &flow, "/x", 0, BODY_NONE), SID(1) | SID(2) | SID(4) | SID(6) | SID(9));
    assert_int_equal(request(&asker, &flow, "/x", 0, BODY_NONE),
                     SID(1) | SID(2) | SID(3) | SID(4) | SID(6) | SID(9));
    asker_close(&asker);
}

/* Once a flow: the rule that asks whether it has matched. */
static void test_once_a_flow(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, HTTP(1, "http.uri; content:\"/x\"; flowbits:isnotset,seen; flowbits:set,seen;"));
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    assert_int_equal(request(&asker, &flow, "/y", 0, BODY_NONE), 0);
    assert_int_equal(request(&asker, &flow, "/x", 0, BODY_NONE), SID(1));
    assert_int_equal(request(&asker, &flow, "/x", 0, BODY_NONE), 0);
    asker_close(&asker);
}

/* A match sets its bits also where nobody is told of it. */
static void test_matches_that_are_not_told(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, HTTP(1, "http.uri; content:\"/claim\"; flowbits:set,claim;")
                           HTTP(2, "http.uri; content:\"/quiet\"; flowbits:set,quiet; flowbits:noalert;")
                               ANSWER(3, "http.stat_code; content:\"204\"; flowbits:set,mute;")
                                   HTTP(4, "http.uri; content:\"/ask\"; flowbits:isset,claim;")
                                       HTTP(5, "http.uri; content:\"/ask\"; flowbits:isset,quiet;")
                                           HTTP(6, "http.uri; content:\"/ask\"; flowbits:isset,mute;"));
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    assert_int_equal(request(&asker, &flow, "/claim", 404, BODY_TEXT), 0);
    assert_int_equal(counter_get(asker.cells, RULE_CLAIMS_DROPPED), 1);
    assert_int_equal(request(&asker, &flow, "/ask", 0, BODY_NONE), SID(4));
    assert_int_equal(request(&asker, &flow, "/quiet", 0, BODY_NONE), 0);
    assert_int_equal(request(&asker, &flow, "/ask", 0, BODY_NONE), SID(4) | SID(5));
    assert_int_equal(request(&asker, &flow, "/", 204, BODY_NONE), 0);
    assert_int_equal(request(&asker, &flow, "/ask", 0, BODY_NONE), SID(4) | SID(5) | SID(6));
    assert_int_equal(counter_get(asker.cells, RULE_HITS), 6);
    asker_close(&asker);
}

/* A claim that was told with its request is not asked again with the answer. */
static void test_late_answers(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, HTTP(1, "http.uri; content:\"/x\"; flowbits:isset,ok;")
                           ANSWER(2, "http.stat_code; content:\"200\"; flowbits:set,ok;"));
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    assert_int_equal(request(&asker, &flow, "/x", 0, BODY_NONE), 0);
    struct http_request asked = {
        .method = slice_text("GET"), .uri = slice_text("/x"), .uri_raw = slice_text("/x")};
    struct http_response answer = {
        .status = 200, .stat_code = slice_text("200"), .kind = BODY_JSON, .body_bytes = 4096};
    struct http_transaction http = {.number = 1, .request = &asked, .response = &answer, .late = true};
    assert_int_equal(ask(&asker, &flow, &http), SID(2));
    http.late = false;
    assert_int_equal(ask(&asker, &flow, &http), SID(1) | SID(2));
    asker_close(&asker);
}

/* An entry sets its bit also where the list has told as much as it may. */
static void test_entries(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, ANSWER(1, "m3u.title; content:\"one\"; flowbits:set,one;")
                           ANSWER(2, "m3u.title; content:\"two\"; flowbits:set,two; flowbits:noalert;")
                               HTTP(3, "http.uri; content:\"/\"; flowbits:isset,one; flowbits:isset,two;"));
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    struct http_memo memo = {.count = ARRAY_COUNT(memo.sids)};
    struct http_transaction http = {.number = 1, .memo = &memo};
    struct catalogue_entry entry = {.title = slice_text("one and two")};
    struct app_event event = {.type = APP_ENTRY, .flow = &flow, .http = &http, .entry = &entry};
    struct rule_match matches[RULE_MATCHES_MAX];
    assert_int_equal(rule_match_event(asker.set, asker.scratch, &event, matches), 0);
    assert_int_equal(request(&asker, &flow, "/", 0, BODY_NONE), SID(3));
    kept = (struct flow_attachment){0};
    memo.count = 0;
    assert_int_equal(sids_of(matches, rule_match_event(asker.set, asker.scratch, &event, matches)), SID(1));
    assert_int_equal(memo.count, 1);
    assert_int_equal(request(&asker, &flow, "/", 0, BODY_NONE), SID(3));
    asker_close(&asker);
}

/* A rule that reads nothing is asked of messages that were seen only. */
static void test_bits_alone(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker, HTTP(1, "http.uri; content:\"/x\"; flowbits:set,x;") HTTP(2, "flowbits:isset,x;")
                           ANSWER(3, "flowbits:isset,x;"));
    assert_string_equal(rule_set_at(asker.set, 1)->field, "flowbits");
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    assert_int_equal(request(&asker, &flow, "/x", 0, BODY_NONE), SID(1) | SID(2));
    assert_int_equal(request(&asker, &flow, "/y", 200, BODY_JSON), SID(2) | SID(3));
    struct http_response answer = {.status = 200, .kind = BODY_JSON, .body_bytes = 4096};
    struct http_transaction http = {.number = 1, .response = &answer};
    assert_int_equal(ask(&asker, &flow, &http), SID(3));
    asker_close(&asker);
}

static void test_tcp_and_udp(void **state)
{
    (void)state;
    struct asker asker;
    asker_open(&asker,
               FLOW("tcp", 1, "flow:to_server; content:\"hello\"; flowbits:set,hello; flowbits:noalert;")
                   FLOW("tcp", 2, "flow:to_client; content:\"welcome\"; flowbits:isset,hello;")
                       FLOW("udp", 3, "flow:to_client; content:\"welcome\"; flowbits:isnotset,hello;")
                           FLOW("tcp", 4, "flowbits:isset,hello;")
                               HTTP(5, "http.uri; content:\"/\"; flowbits:isset,hello;"));
    struct flow flow = {.client = 0, .transport = TRANSPORT_TCP};
    struct flow other = {.client = 0, .transport = TRANSPORT_TCP};
    struct flow datagrams = {.client = 0, .transport = TRANSPORT_UDP};
    struct flow_attachment kept = {0};
    struct flow_attachment other_kept = {0};
    struct flow_attachment datagrams_kept = {0};
    flow_attach(&flow, &kept);
    flow_attach(&other, &other_kept);
    flow_attach(&datagrams, &datagrams_kept);
    assert_int_equal(payload(&asker, &flow, 1, "welcome"), 0);
    assert_int_equal(payload(&asker, &flow, 0, "hello"), 0);
    assert_int_equal(payload(&asker, &flow, 1, "welcome"), SID(2));
    assert_int_equal(payload(&asker, &other, 1, "welcome"), 0);
    assert_int_equal(payload(&asker, &datagrams, 1, "welcome"), SID(3));
    /* Without contents: when nDPI has decided. The names are the same for all protocols. */
    assert_int_equal(payload(&asker, &flow, 0, ""), SID(4));
    assert_int_equal(payload(&asker, &other, 0, ""), 0);
    assert_int_equal(request(&asker, &flow, "/", 0, BODY_NONE), SID(5));
    assert_int_equal(counter_get(asker.cells, RULE_HITS), 4);
    asker_close(&asker);
}

/* What was remembered under other names is forgotten; under the same names it stays. */
static void test_reload(void **state)
{
    (void)state;
    static const char ask_x[] = HTTP(2, "http.uri; content:\"/ask\"; flowbits:isset,x;");
    char *text = NULL;
    struct asker old;
    struct asker same;
    struct asker other;
    struct asker none;
    assert_true(asprintf(&text, "%s%s", ask_x, HTTP(1, "http.uri; content:\"/x\"; flowbits:set,x;")) > 0);
    asker_open(&old, text);
    free(text);
    assert_true(asprintf(&text, "%s%s", ask_x, HTTP(3, "http.uri; content:\"/new\"; flowbits:set,x;")) > 0);
    asker_open(&same, text);
    free(text);
    asker_open(&other, HTTP(4, "http.uri; content:\"/y\"; flowbits:set,y;")
                           HTTP(5, "http.uri; content:\"/ask\"; flowbits:isset,y;"));
    asker_open(&none, HTTP(6, "http.uri; content:\"/ask\";"));
    struct flow flow = {.client = 0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    assert_int_equal(request(&old, &flow, "/x", 0, BODY_NONE), SID(1));
    assert_int_equal(request(&same, &flow, "/ask", 0, BODY_NONE), SID(2));
    assert_int_equal(request(&none, &flow, "/ask", 0, BODY_NONE), SID(6));
    assert_int_equal(request(&same, &flow, "/ask", 0, BODY_NONE), SID(2));
    assert_int_equal(request(&other, &flow, "/ask", 0, BODY_NONE), 0);
    assert_int_equal(request(&other, &flow, "/y", 0, BODY_NONE), SID(4));
    assert_int_equal(request(&other, &flow, "/ask", 0, BODY_NONE), SID(5));
    assert_int_equal(request(&old, &flow, "/ask", 0, BODY_NONE), 0);
    asker_close(&old);
    asker_close(&same);
    asker_close(&other);
    asker_close(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_requests_of_a_flow),
        cmocka_unit_test(test_several_names),
        cmocka_unit_test(test_order_within_an_event),
        cmocka_unit_test(test_once_a_flow),
        cmocka_unit_test(test_matches_that_are_not_told),
        cmocka_unit_test(test_late_answers),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_bits_alone),
        cmocka_unit_test(test_tcp_and_udp),
        cmocka_unit_test(test_reload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
