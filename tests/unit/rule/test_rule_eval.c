/*
 * Every tests/rules/NAME.eval against its rules (NAME.rules beside it, or those of its `rules` lines). Each
 * sid of the shipped files must stand in at least one `expect` and one `not`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval.inc.c"

enum { SHIPPED_MAX = 4096 };

/* How often each shipped sid stood in an expectation. */
struct coverage {
    uint32_t sid;
    unsigned positive;
    unsigned negative;
};

static struct coverage coverage[SHIPPED_MAX];
static size_t coverage_count;
static unsigned failures;

static const char *source_folder(void)
{
    const char *folder = getenv("VIGIE_SOURCE");
    return folder == NULL ? "." : folder;
}

static char *path_of(const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", source_folder(), name) > 0);
    return path;
}

static struct buf read_whole(const char *path)
{
    struct buf text = buf_make(1 << 24);
    char chunk[4096];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t len;
    while ((len = fread(chunk, 1, sizeof chunk, file)) > 0) {
        buf_append(&text, slice_make(chunk, len));
    }
    fclose(file);
    return text;
}

static struct rule_set *load_rules(char **files, size_t count)
{
    struct rule_settings settings = {0};
    char *lists[] = {path_of("rules/datasets"), path_of("tests/rules/datasets")};
    struct diagnostics diagnostics = {0};
    option_set_defaults(&rule_options, &settings);
    settings.files = (struct text_list){.items = files, .count = count};
    settings.lists = (struct text_list){.items = lists, .count = ARRAY_COUNT(lists)};
    struct rule_set *set = rule_set_load(&settings, NULL, NULL, NULL, false, true, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    assert_non_null(set);
    diagnostics_free(&diagnostics);
    free(lists[0]);
    free(lists[1]);
    return set;
}

/* The files of the `rules` lines at the top, or the file beside the .eval. */
static struct rule_set *rules_of(const char *path, struct slice text)
{
    char *files[16];
    size_t count = 0;
    while (text.len > 0) {
        struct slice line = slice_trim(slice_split(&text, '\n'));
        struct slice name = slice_from(line, strlen("rules "));
        if (slice_starts(line, slice_text("rules ")) && count < ARRAY_COUNT(files)) {
            assert_true(asprintf(&files[count++], "%s/%.*s", source_folder(), (int)name.len,
                                 (const char *)name.data) > 0);
        }
    }
    if (count == 0) {
        assert_true(asprintf(&files[count++], "%.*s.rules", (int)(strlen(path) - strlen(".eval")), path) > 0);
    }
    struct rule_set *set = load_rules(files, count);
    for (size_t i = 0; i < count; i++) {
        free(files[i]);
    }
    return set;
}

static void note(const uint32_t *sids, size_t count, bool positive)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < coverage_count; j++) {
            coverage[j].positive += coverage[j].sid == sids[i] && positive;
            coverage[j].negative += coverage[j].sid == sids[i] && !positive;
        }
    }
}

struct outcome {
    struct rule_match matches[4 * RULE_MATCHES_MAX];
    size_t count;
};

static void add_event(struct outcome *outcome, const struct rule_set *set, struct rule_scratch *scratch,
                      const struct app_event *event)
{
    if (outcome->count + RULE_MATCHES_MAX <= ARRAY_COUNT(outcome->matches)) {
        outcome->count += rule_match_event(set, scratch, event, outcome->matches + outcome->count);
    }
}

static void add_payload(struct outcome *outcome, const struct rule_set *set, struct rule_scratch *scratch,
                        struct flow *flow, unsigned side, struct slice payload)
{
    if (payload.len > 0 && outcome->count + RULE_MATCHES_MAX <= ARRAY_COUNT(outcome->matches)) {
        outcome->count +=
            rule_match_flow(set, scratch, flow, side, payload, outcome->matches + outcome->count);
    }
}

/* `flow` is that of the case before. */
static void run_events(struct eval_case *eval, struct flow *flow, const struct rule_set *set,
                       struct rule_scratch *scratch, struct outcome *outcome)
{
    if (!eval->continues) {
        struct flow_attachment *kept = flow_attached(flow);
        *kept = (struct flow_attachment){0};
        *flow = (struct flow){.client = 0, .transport = eval->udp ? TRANSPORT_UDP : TRANSPORT_TCP};
        flow_attach(flow, kept);
    }
    struct http_memo memo = {.count = 0};
    flow->ends[0].port = eval->client_port;
    flow->ends[1].port = eval->server_port;
    if (eval->client_payload.len + eval->server_payload.len > 0) {
        add_payload(outcome, set, scratch, flow, 0, eval->client_payload);
        add_payload(outcome, set, scratch, flow, 1, eval->server_payload);
        return;
    }
    if (eval->has_sign) {
        const struct app_event event = {.type = APP_SIGN, .flow = flow, .sign = &eval->sign};
        add_event(outcome, set, scratch, &event);
        return;
    }
    if (eval->has_hello || eval->has_server) {
        eval->handshake.client = eval->has_hello ? &eval->hello : NULL;
        eval->handshake.server = eval->has_server ? &eval->server_hello : NULL;
        eval->handshake.certificate = eval->has_certificate ? &eval->certificate : NULL;
        const struct app_event event = {.type = APP_TLS, .flow = flow, .tls = &eval->handshake};
        add_event(outcome, set, scratch, &event);
        return;
    }
    if (eval->has_quic) {
        const struct quic_hello quic = {.version = QUIC_V1, .client = &eval->quic_hello};
        const struct app_event event = {.type = APP_QUIC, .flow = flow, .quic = &quic};
        flow->transport = TRANSPORT_UDP;
        add_event(outcome, set, scratch, &event);
        return;
    }
    if (eval->has_question) {
        const struct app_event event = {.type = APP_DNS, .flow = flow, .dns = &eval->question};
        add_event(outcome, set, scratch, &event);
        return;
    }
    if (eval->has_stream && !eval->has_request && !eval->has_answer) {
        flow->transport = TRANSPORT_UDP;
        const struct app_event event = {.type = APP_TS, .flow = flow, .stream = &eval->stream};
        add_event(outcome, set, scratch, &event);
        return;
    }
    struct http_transaction *http = &eval->transaction;
    http->number = 1;
    http->request = eval->has_request ? &eval->request : NULL;
    http->response = eval->has_answer ? &eval->response : NULL;
    http->memo = &memo;
    struct app_event event = {.type = APP_HTTP_SETTLED, .flow = flow, .http = http};
    add_event(outcome, set, scratch, &event);
    event.type = APP_ENTRY;
    for (size_t i = 0; i < eval->entry_count; i++) {
        eval->entries[i].source = eval->has_api ? ENTRY_API : ENTRY_M3U;
        event.entry = &eval->entries[i];
        add_event(outcome, set, scratch, &event);
    }
    if (eval->has_stream) {
        event = (struct app_event){.type = APP_TS, .flow = flow, .http = http, .stream = &eval->stream};
        add_event(outcome, set, scratch, &event);
    }
    http->m3u = eval->has_m3u ? &eval->m3u : NULL;
    http->api = eval->has_api ? &eval->api : NULL;
    http->page = eval->has_page ? &eval->page : NULL;
    event = (struct app_event){.type = APP_HTTP_ENDED, .flow = flow, .http = http};
    add_event(outcome, set, scratch, &event);
}

static bool holds(const struct outcome *outcome, uint32_t sid)
{
    bool found = false;
    for (size_t i = 0; i < outcome->count; i++) {
        found = found || outcome->matches[i].rule->sid == sid;
    }
    return found;
}

static bool listed(const uint32_t *sids, size_t count, uint32_t sid)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found = found || sids[i] == sid;
    }
    return found;
}

static void fail_case(const char *path, const struct eval_case *eval, const char *what, uint32_t sid)
{
    fprintf(stderr, "%s:%u: %.*s: sid %u %s\n", path, eval->line, (int)eval->name.len,
            (const char *)eval->name.data, sid, what);
    failures++;
}

/* The score of design section 7 over distinct reasons, without its caps: never too low. */
static double score_of(const struct outcome *outcome)
{
    double rest = 1.0;
    for (size_t i = 0; i < outcome->count; i++) {
        const struct rule *rule = outcome->matches[i].rule;
        bool largest = true;
        for (size_t j = 0; j < outcome->count; j++) {
            const struct rule *other = outcome->matches[j].rule;
            bool same = strcmp(rule->reason, other->reason) == 0;
            largest = largest &&
                      !(same && (other->weight > rule->weight || (other->weight == rule->weight && j < i)));
        }
        rest *= largest ? 1.0 - rule->weight / 100.0 : 1.0;
    }
    return 100.0 * (1.0 - rest);
}

static void judge(const char *path, const struct eval_case *eval, const struct outcome *outcome)
{
    for (size_t i = 0; i < eval->expected_count; i++) {
        if (!holds(outcome, eval->expected[i])) {
            fail_case(path, eval, "did not match", eval->expected[i]);
        }
    }
    for (size_t i = 0; i < outcome->count; i++) {
        if (!listed(eval->expected, eval->expected_count, outcome->matches[i].rule->sid)) {
            fail_case(path, eval, "matched and was not expected", outcome->matches[i].rule->sid);
        }
    }
    if (eval->below > 0 && score_of(outcome) >= eval->below) {
        fail_case(path, eval, "is the first of matches that score too high",
                  outcome->count > 0 ? outcome->matches[0].rule->sid : 0);
    }
    for (size_t i = 0; i < eval->refused_count; i++) {
        if (listed(eval->expected, eval->expected_count, eval->refused[i])) {
            fail_case(path, eval, "stands in expect and in not", eval->refused[i]);
        }
    }
    for (size_t i = 0; i < eval->value_count; i++) {
        for (size_t j = 0; j < outcome->count; j++) {
            const struct rule_match *match = &outcome->matches[j];
            if (match->rule->sid == eval->values[i].sid &&
                !slice_equal(slice_text(match->value), eval->values[i].text)) {
                fail_case(path, eval, match->value, match->rule->sid);
            }
        }
    }
}

static unsigned run_file(const char *path)
{
    struct buf text = read_whole(path);
    struct rule_set *set = rules_of(path, buf_slice(&text));
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    struct slice rest = buf_slice(&text);
    const struct hash_key key = {{1, 2}};
    unsigned line = 1;
    unsigned cases = 0;
    struct eval_case eval;
    struct flow flow = {0};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    struct slice problem = {0};
    struct repeats *repeats = NULL;
    while (eval_next(&rest, &line, &eval, &problem)) {
        struct outcome *outcome = calloc(1, sizeof *outcome);
        assert_non_null(outcome);
        if (problem.len > 0 || !eval.has_expectation) {
            fprintf(stderr, "%s:%u: not understood: %.*s\n", path, eval.line, (int)problem.len,
                    problem.len > 0 ? (const char *)problem.data : "");
            failures++;
        }
        if (!eval.continues) {
            repeats_free(repeats);
            repeats = repeats_create(&key, 64, cells);
            rule_scratch_remember(scratch, repeats);
        }
        run_events(&eval, &flow, set, scratch, outcome);
        judge(path, &eval, outcome);
        note(eval.expected, eval.expected_count, true);
        note(eval.refused, eval.refused_count, false);
        cases++;
        free(outcome);
        eval_free(&eval);
        problem = (struct slice){0};
    }
    eval_free(&eval);
    repeats_free(repeats);
    rule_scratch_free(scratch);
    rule_set_free(set);
    buf_free(&text);
    return cases;
}

static void load_coverage(void)
{
    char *files[] = {path_of("rules/*.rules")};
    struct rule_set *set = load_rules(files, 1);
    for (size_t i = 0; i < rule_set_count(set) && i < SHIPPED_MAX; i++) {
        coverage[coverage_count++].sid = rule_set_at(set, i)->sid;
    }
    rule_set_free(set);
    free(files[0]);
}

static void test_pairs(void **state)
{
    (void)state;
    load_coverage();
    char *pattern = path_of("tests/rules/*.eval");
    glob_t found = {0};
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    unsigned cases = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        cases += run_file(found.gl_pathv[i]);
    }
    globfree(&found);
    free(pattern);
    print_message("%u cases\n", cases);
    assert_int_equal(failures, 0);
}

/* Runs after test_pairs, whose counts it judges. */
static void test_every_sid_is_tested(void **state)
{
    (void)state;
    size_t tested = 0;
    for (size_t i = 0; i < coverage_count; i++) {
        if (coverage[i].positive > 0 && coverage[i].negative > 0) {
            tested++;
        } else {
            fprintf(stderr, "sid %u: %u times expected, %u times excluded\n", coverage[i].sid,
                    coverage[i].positive, coverage[i].negative);
        }
    }
    print_message("%zu of %zu shipped sids have a case of both kinds\n", tested, coverage_count);
    assert_int_equal(tested, coverage_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_every_sid_is_tested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
