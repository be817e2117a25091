/* Rule text: what is understood, and every mistake with its place. */
#include "helper.h"

#include "base/buf.h"

/* The messages for a file's text, without the file's name: "2:7: ...\n". */
static char *mistakes_of(const char *name, const char *text)
{
    struct diagnostics diagnostics = {0};
    char *folder = folder_make();
    folder_write(folder, name, text);
    struct rule_set *set = rules_load(folder, name, true, &diagnostics);
    assert_true((set == NULL) == (diagnostics.count > 0));
    rule_set_free(set);
    struct buf out = buf_make(1 << 20);
    for (size_t i = 0; i < diagnostics.count; i++) {
        const struct diagnostic *item = &diagnostics.items[i];
        buf_append_format(&out, "%u:%u: %s\n", item->line, item->column, item->text);
    }
    buf_append_byte(&out, '\0');
    diagnostics_free(&diagnostics);
    folder_remove(folder);
    return (char *)out.data;
}

static void assert_mistake(const char *text, const char *place, const char *words)
{
    char *messages = mistakes_of("t.vigie.rules", text);
    if (strncmp(messages, place, strlen(place)) != 0 || strstr(messages, words) == NULL) {
        fail_msg("expected %s ... %s\nfor %s\ngot %s", place, words, text, messages);
    }
    free(messages);
}

static void assert_good(const char *text)
{
    char *messages = mistakes_of("t.vigie.rules", text);
    assert_string_equal(messages, "");
    free(messages);
}

#define OPTIONS(options) "alert http any any -> any any (" options ")\n"
#define META             "metadata: family xtream, role panel, weight 40; "

static void test_required(void **state)
{
    (void)state;
    assert_mistake(OPTIONS("http.uri; content:\"a\"; " META "sid:1;"), "1:1:", "without msg");
    assert_mistake(OPTIONS("msg:\"m\"; http.uri; content:\"a\"; " META), "1:1:", "without sid");
    assert_mistake(OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; metadata: role panel, weight 4;"),
                   "1:1:", "without family");
    assert_mistake(OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; metadata: family xtream, role panel;"),
                   "1:1:", "without weight");
    assert_mistake(OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; metadata: family xtream, weight 4;"),
                   "1:1:", "without role");
    assert_mistake(CLAIM(""), "1:1:", "asks for nothing");
    assert_mistake(CLAIM("http.uri;"), "1:", "http.uri without a content");
}

static void test_header(void **state)
{
    (void)state;
    assert_mistake("drop http any any -> any any (sid:1;)\n", "1:1:", "expected alert");
    assert_mistake("alert smtp any any -> any any (" META "msg:\"m\"; sid:1;)\n",
                   "1:7:", "expected a protocol");
    assert_mistake("alert quic any any -> any any (" META "msg:\"m\"; sid:1; content:\"a\";)\n",
                   "1:", "expected one before it, as quic.sni");
    assert_mistake("alert quic any any -> any any (" META "msg:\"m\"; sid:1; tls.sni; content:\"a\";)\n",
                   "1:", "expected it in rules of tls");
    assert_mistake("alert tls any any -> any any (" META "msg:\"m\"; sid:1; quic.sni; content:\"a\";)\n",
                   "1:", "expected it in rules of quic");
    assert_mistake("alert tls any any -> any any (" META "msg:\"m\"; sid:1; content:\"a\";)\n",
                   "1:", "content stands behind no buffer; expected one before it, as tls.sni");
    assert_mistake("alert tls any any -> any any (" META "msg:\"m\"; sid:1; http.uri; content:\"a\";)\n",
                   "1:", "expected it in rules of http");
    assert_mistake(CLAIM("tls.sni; content:\"a\";"), "1:", "expected it in rules of tls");
    assert_mistake("alert tls any any -> any any (" META
                   "msg:\"m\"; sid:1; tls.sni; content:\"a\"; tls.cert_subject; content:\"a\";)\n",
                   "1:1:", "expected a rule with =>");
    assert_mistake("alert tls any any -> any any (msg:\"m\"; sid:1; tls.sni; content:\"a\"; "
                   "metadata: family xtream, role panel, weight 46;)\n",
                   "1:1:", "weight of at most 45");
    assert_mistake("alert dns any any -> any any (" META "msg:\"m\"; sid:1; content:\"a\";)\n",
                   "1:", "expected one before it, as dns.query");
    assert_mistake("alert dns any any -> any any (" META "msg:\"m\"; sid:1; http.uri; content:\"a\";)\n",
                   "1:", "expected it in rules of http");
    assert_mistake("alert http any any -> any any (" META "msg:\"m\"; sid:1; dns.query; content:\"a\";)\n",
                   "1:", "expected it in rules of dns");
    assert_mistake("alert dns any any -> any any (" META
                   "msg:\"m\"; sid:1; flow:to_client; dns.query; content:\"a\";)\n",
                   "1:1:", "contradicts");
    assert_mistake("alert dns any any -> any any (msg:\"m\"; sid:1; dns.query; content:\"a\"; "
                   "metadata: family xtream, role panel, weight 46;)\n",
                   "1:1:", "at most 45");
    assert_mistake("alert dns any any -> any any (msg:\"m\"; sid:1; dns.query; content:\"a\"; "
                   "metadata: family portal, role portal, notice seized;)\n",
                   "1:1:", "what a server answers");
    assert_mistake("alert http 10.0.0.1 any -> any any (" META "msg:\"m\"; sid:1;)\n",
                   "1:12:", "expected any");
    assert_mistake("alert http any any <> any any (sid:1;)\n", "1:20:", "expected -> or =>");
    assert_mistake("alert http any any -> any 70000 (" META "msg:\"m\"; sid:1;)\n", "1:27:", "0 to 65535");
    assert_mistake("alert http any any -> any 90:80 (" META "msg:\"m\"; sid:1;)\n", "1:27:", "begins below");
    assert_mistake("alert http any any -> any [80,81 (" META "msg:\"m\"; sid:1;)\n", "1:27:", "no end");
    assert_mistake("alert http any any -> any any\n", "1:30:", "in brackets");
    assert_mistake("alert http any any -> any any (sid:1\n", "1:32:", "no end");
    assert_mistake("alert http any any -> any any (sid:1;\n", "1:38:", "')'");
    assert_mistake("alert http any any -> any any (" META "msg:\"m\"; sid:1; http.uri; content:\"a\";) x\n",
                   "1:", "nothing behind");
    assert_good("alert http any any -> any 80 (" META "msg:\"m\"; sid:1;)\n");
    assert_good("alert http any any -> any [80, 8000:8090, !8080] (" META "msg:\"m\"; sid:1;)\n");
}

static void test_places(void **state)
{
    (void)state;
    assert_mistake(
        "# comment\n\nalert http any any -> any any \\\n  (msg:\"m\"; \\\n   bogus:1; sid:1; \\\n" META
        "http.uri; content:\"a\";)\n",
        "5:4:", "unknown keyword bogus");
    /* All mistakes of all rules at once. */
    char *messages =
        mistakes_of("t.vigie.rules", OPTIONS("msg:\"m\"; foo; sid:1;") OPTIONS("msg:\"m\"; bar; sid:x;"));
    assert_non_null(strstr(messages, "1:41: unknown keyword foo"));
    assert_non_null(strstr(messages, "2:41: unknown keyword bar"));
    assert_non_null(strstr(messages, "2:50: expected a number"));
    free(messages);
    assert_mistake(CLAIM("http.uri; content:\"a\";") CLAIM("http.uri; content:\"b\";"),
                   "2:1:", "was used before");
}

static void test_own_keywords_stay_in_own_files(void **state)
{
    (void)state;
    const char *text = OPTIONS("msg:\"m\"; sid:1; api.shape:login; " META);
    char *messages = mistakes_of("t.rules", text);
    assert_non_null(strstr(messages, "1:48: api.shape is no keyword of Suricata 7"));
    free(messages);
    assert_good(text);
    messages = mistakes_of("t.rules", CLAIM("http.host; dataset:isset,n,type host;"));
    assert_non_null(strstr(messages, "type host is none of Suricata's"));
    free(messages);
    messages = mistakes_of("t.rules", "alert http any any => any any (msg:\"m\"; sid:1; " META
                                      "http.uri; content:\"a\"; http.location; content:\"b\";)\n");
    assert_non_null(strstr(messages, "1:20: => is none of Suricata 7"));
    free(messages);
}

static void test_metadata(void **state)
{
    (void)state;
    assert_mistake(
        OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; metadata: family x, role y, weight 101;"),
        "1:", "unknown family");
    assert_mistake(
        OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; metadata: family m3u, role y, weight 1;"),
        "1:", "unknown role");
    assert_mistake(
        OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; metadata: family m3u, role panel, weight 0;"),
        "1:", "weight from 1 to 100");
    assert_mistake(
        OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; metadata: family m3u, role panel, weight 46;"),
        "1:1:", "at most 45");
    assert_mistake(OPTIONS("msg:\"m\"; sid:1; http.uri; content:\"a\"; http.answered:>5; " META),
                   "1:1:", "at most 20");
    assert_mistake(CLAIM("http.uri; content:\"a\"; metadata: reason Big;"), "1:", "small letters");
    assert_mistake(CLAIM("http.uri; content:\"a\"; metadata: answer pdf;"), "1:", "unknown kind of body");
    assert_mistake(CLAIM("http.location; content:\"a\"; metadata: answer json;"),
                   "1:1:", "belongs to a claim");
    assert_mistake(CLAIM("http.uri; content:\"a\"; metadata: test maybe;"), "1:", "yes or no");
    assert_good(CLAIM("http.uri; content:\"a\"; metadata: created_at 2026-01-01, test yes, content no;"));
}

static void test_what_a_rule_becomes(void **state)
{
    (void)state;
    struct rule_set *set = rules_from(
        "alert http any any -> any any (msg:\"say \\\"x\\\"\\; so\"; sid:9; rev:3; http.user_agent; "
        "content:\"MAG\"; "
        "metadata: family stalker, role panel, role stream, weight 25, reason the-box, make XUI.one, test "
        "yes;)\n"
        "alert http any any => any any (msg:\"p\"; sid:5; http.uri; content:\"a\"; http.body_kind:m3u; "
        "metadata: family m3u, role playlist, weight 90, content yes, structural yes;)\n"
        "alert http any any -> any any (msg:\"a\"; sid:7; http.uri; content:\"a\"; http.answered:>9; "
        "metadata: family m3u, role playlist, weight 20;)\n");
    assert_int_equal(rule_set_count(set), 3);
    const struct rule *proof = rule_set_at(set, 0);
    assert_int_equal(proof->sid, 5);
    assert_int_equal(proof->rev, 1);
    assert_int_equal(proof->kind, EVIDENCE_PROOF);
    assert_true(proof->content && proof->structural && !proof->test && !proof->client_header);
    assert_string_equal(proof->reason, "sid-5");
    assert_string_equal(proof->field, "http.uri");
    assert_int_equal(rule_set_at(set, 1)->kind, EVIDENCE_ANSWERED);
    const struct rule *claim = rule_set_at(set, 2);
    assert_int_equal(claim->kind, EVIDENCE_CLAIM);
    assert_true(claim->client_header && claim->test);
    assert_string_equal(claim->msg, "say \"x\"; so");
    assert_string_equal(claim->reason, "the-box");
    assert_string_equal(claim->make, "XUI.one");
    assert_int_equal(claim->rev, 3);
    assert_int_equal(claim->family, FAMILY_STALKER);
    assert_int_equal(claim->roles, 1U << ROLE_PANEL | 1U << ROLE_STREAM);
    assert_int_equal(strlen(rule_set_digest(set)), 64);
    rule_set_free(set);
}

static void test_contents(void **state)
{
    (void)state;
    assert_mistake(CLAIM("content:\"a\";"), "1:", "stands behind no buffer");
    assert_mistake(CLAIM("http.uri; content:a;"), "1:", "double quotes");
    assert_mistake(CLAIM("http.uri; content:\"\";"), "1:", "empty content");
    assert_mistake(CLAIM("http.uri; content:\"|0g|\";"), "1:", "two hex digits");
    assert_mistake(CLAIM("http.uri; content:\"|0d\";"), "1:", "no end; expected '|'");
    assert_mistake(CLAIM("http.uri; content:\"|0|\";"), "1:", "two hex digits");
    assert_mistake(CLAIM("http.uri; content:\"a\\n\";"), "1:", "expected \\\"");
    assert_mistake(CLAIM("http.uri; content:\"a\"b\";"), "1:", "a quote inside");
    assert_mistake(CLAIM("http.uri; nocase;"), "1:", "belongs to a content");
    assert_mistake(CLAIM("http.uri; content:\"abc\"; depth:2;"), "1:", "less than the content's 3 bytes");
    assert_mistake(CLAIM("http.uri; content:\"abc\"; within:2;"), "1:", "less than the content's 3 bytes");
    assert_mistake(CLAIM("http.uri; content:\"abc\"; startswith; depth:9;"), "1:", "cannot stand beside");
    assert_mistake(CLAIM("http.uri; content:\"abc\"; depth:9; within:9;"), "1:", "cannot stand beside");
    assert_mistake(CLAIM("http.uri; content:\"abc\"; endswith; distance:1;"), "1:", "cannot stand beside");
    assert_mistake(CLAIM("http.uri; content:\"abc\"; offset:1; endswith;"), "1:", "cannot stand beside");
    assert_mistake(CLAIM("http.host; content:\"Abc\";"), "1:", "lower case");
    assert_mistake(CLAIM("http.host; content:\"abc\"; nocase;"), "1:", "lower case");
    assert_good(CLAIM("http.uri; content:\"a\\\"\\\\\\;\\:|20 0D0a|\"; depth:20; endswith;"));
    char text[600];
    char bytes[257] = "";
    memset(bytes, 'a', 255);
    snprintf(text, sizeof text, CLAIM("http.uri; content:\"%s\";"), bytes);
    assert_good(text);
    bytes[255] = 'a';
    snprintf(text, sizeof text, CLAIM("http.uri; content:\"%s\";"), bytes);
    assert_mistake(text, "1:", "more than 255 bytes");
}

static void test_patterns(void **state)
{
    (void)state;
    const char *text = CLAIM("http.uri; pcre:\"/ab(c/\";");
    const char *begin = strstr(text, "ab(c");
    char place[32];
    snprintf(place, sizeof place, "1:%zu:", (size_t)(begin - text) + 3);
    assert_mistake(text, place, "Missing close parenthesis");
    assert_mistake(CLAIM("http.uri; pcre:\"/(?<=a)b/\";"), "1:", "not supported");
    assert_mistake(CLAIM("http.uri; pcre:\"/a*/\";"), "1:", "empty text");
    assert_mistake(CLAIM("http.uri; pcre:\"/a/U\";"), "1:", "flag of pcre");
    assert_mistake(CLAIM("http.uri; pcre:\"a\";"), "1:", "between slashes");
    assert_mistake(CLAIM("pcre:\"/a/\";"), "1:", "behind no buffer");
    assert_good(CLAIM("http.uri; pcre:!\"/a b \\/ \\; \\\" c/ismxR\";"));
}

static void test_numbers_and_words(void **state)
{
    (void)state;
    assert_good(CLAIM("m3u.entries:>5; m3u.live:<=9; m3u.hosts:1<>4; m3u.radio:!3; m3u.groups:7;"));
    assert_mistake(CLAIM("m3u.entries:5<>6;"), "1:", "no number lies between");
    assert_mistake(CLAIM("m3u.entries:<0;"), "1:", "no number is less");
    assert_mistake(CLAIM("m3u.entries:>18446744073709551615;"), "1:", "no number is greater");
    assert_mistake(CLAIM("m3u.entries:18446744073709551616;"), "1:", "expected a number");
    assert_mistake(CLAIM("m3u.entries;"), "1:", "without a value");
    assert_mistake(CLAIM("http.endless:5;"), "1:", "takes no value");
    assert_mistake(CLAIM("api.shape:login,foo;"), "1:", "unknown word of api.shape");
    assert_mistake(CLAIM("m3u.flag:!;"), "1:", "unknown word of m3u.flag");
    assert_good(CLAIM("m3u.flag:!xui,xc-vm;"));
    assert_good(CLAIM("urilen:>10,raw; http.uri; bsize:<500;"));
    assert_mistake(CLAIM("urilen:>10,foo;"), "1:", "norm or raw");
    assert_mistake(CLAIM("dsize:>10;"), "1:", "rules of tcp and udp");
    assert_mistake(CLAIM("ndpi-protocol:BitTorrent;"), "1:", "needs nDPI");
    assert_mistake("alert tcp any any -> any any (" META "msg:\"m\"; sid:1; http.uri; content:\"a\";)\n",
                   "1:", "rules of http");
}

static void test_directions(void **state)
{
    (void)state;
    assert_mistake(CLAIM("http.uri; content:\"a\"; http.location; content:\"b\";"), "1:1:", "with =>");
    assert_mistake(CLAIM("flow:to_client; http.uri; content:\"a\";"), "1:1:", "contradicts");
    assert_mistake(CLAIM("http.header; content:\"a\";"), "1:", "both directions have http.header");
    assert_good(CLAIM("flow:to_client; http.header; content:\"a\";"));
    assert_good(CLAIM("http.location; content:\"a\"; http.header; content:\"a\";"));
    assert_mistake(CLAIM("flow:to_client,to_server; http.header; content:\"a\";"), "1:", "expected one of");
    assert_mistake(CLAIM("flow:sideways; http.uri; content:\"a\";"), "1:", "expected to_server");
    assert_mistake(CLAIM("m3u.title; content:\"a\"; m3u.entries:>1;"), "1:1:", "expected two rules");
    assert_mistake("alert http any any => any any (" META "msg:\"m\"; sid:1; http.uri; content:\"a\";)\n",
                   "1:1:", "expected ->");
    assert_mistake("alert tcp any any => any any (" META "msg:\"m\"; sid:1; content:\"a\";)\n",
                   "1:19:", "expected ->");
}

/* The mistake stands where `marker` first stands in the one line of `text`. */
static void assert_mistake_at(const char *text, const char *marker, const char *words)
{
    char place[32];
    snprintf(place, sizeof place, "1:%zu:", (size_t)(strstr(text, marker) - text) + 1);
    assert_mistake(text, place, words);
}

#define NAME_16 "abcdefghijklmnop"
#define NAME_64 NAME_16 NAME_16 NAME_16 NAME_16

static void test_flowbits(void **state)
{
    (void)state;
    assert_good(CLAIM("http.uri; content:\"a\"; flowbits: set , a.b-c_1!; flowbits:isnotset,a.b-c_1!;"));
    assert_good(
        CLAIM("http.uri; content:\"a\"; flowbits:set,x; flowbits:set," NAME_64 "; flowbits:noalert;"));
    assert_good(CLAIM("flowbits:isnotset,x; flowbits:set,x;"));
    char *messages = mistakes_of("t.rules", CLAIM("http.uri; content:\"a\"; flowbits:set,x;"));
    assert_string_equal(messages, ""); /* of Suricata, so in every file */
    free(messages);
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits;"), "flowbits", "without a value");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:unset,x;"), "unset",
                      "expected set,NAME, isset,NAME, isnotset,NAME or noalert");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:toggle,x;"), "toggle", "isnotset,NAME");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:set;"), "set", "expected one name behind set");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:set,;"), "set,", "expected one name");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:set, one|two;"), "one|", "expected one name");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:set,one two;"), "one ", "without blanks");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:set," NAME_64 "q;"), NAME_16, "1 to 64");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:set,x; flowbits:noalert,x;"), "noalert,",
                      "takes no name");
    assert_mistake_at(CLAIM("flowbits:isset,xy; flowbits:set,xy; flowbits:isnotset, xy ;"), "xy ;",
                      "never match");
    assert_mistake(CLAIM("http.uri; content:\"a\"; flowbits:noalert;"), "1:1:", "sets nothing");
    assert_mistake(CLAIM("flowbits:set,x;"), "1:1:", "asks for nothing");
}

static void test_flowbits_that_nobody_sets(void **state)
{
    (void)state;
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:isset, nobody; flowbits:set,other;"), "nobody",
                      "no rule sets flowbit nobody");
    assert_mistake_at(CLAIM("http.uri; content:\"a\"; flowbits:isnotset,Other; flowbits:set,other;"), "Other",
                      "no rule sets flowbit Other");
    assert_good(CLAIM("http.uri; content:\"a\"; flowbits:isset,later;")
                    OPTIONS("msg:\"m\"; sid:2; http.uri; content:\"a\"; flowbits:set,later; " META));
    /* A rule that was refused may be the one that sets. */
    char *messages = mistakes_of("t.vigie.rules", CLAIM("http.uri; content:\"a\"; flowbits:isset,later;")
                                                      OPTIONS("foo; flowbits:set,later; sid:2;" META));
    assert_null(strstr(messages, "no rule sets"));
    assert_non_null(strstr(messages, "unknown keyword foo"));
    free(messages);
}

/* 64 names, the last one as good as the first; a name more is a mistake, a name again is none. */
static void test_flowbits_are_capped(void **state)
{
    (void)state;
    struct buf text = buf_make(1 << 16);
    buf_append_text(&text, "alert tcp any any -> any any (msg:\"m\"; sid:1; content:\"a\"; " META "\\\n");
    for (unsigned i = 0; i < 64; i++) {
        buf_append_format(&text, "flowbits:set,name-%u; flowbits:set,name-%u; \\\n", i, i);
    }
    size_t before = text.len;
    buf_append_text(&text, "flowbits:isnotset,name-63;)\n");
    buf_append_byte(&text, '\0');
    assert_good((const char *)text.data);
    text.len = before;
    buf_append_text(&text, "flowbits:set,name-64;)\n");
    buf_append_byte(&text, '\0');
    assert_mistake((const char *)text.data, "66:14:", "more than 64 different names");
    buf_free(&text);
}

static void test_caps(void **state)
{
    (void)state;
    struct rule_settings settings = {0};
    struct diagnostics diagnostics = {0};
    option_set_defaults(&rule_options, &settings);
    settings.max_rules = 1;
    char *folder = folder_make();
    folder_write(folder, "a.vigie.rules", CLAIM("http.uri; content:\"a\";"));
    folder_write(folder, "b.vigie.rules",
                 "alert http any any -> any any (" META "msg:\"m\"; sid:2; http.uri; content:\"a\";)\n");
    char *pattern = folder_path(folder, "*.rules");
    settings.files = (struct text_list){.items = &pattern, .count = 1};
    assert_null(rule_set_load(&settings, NULL, NULL, NULL, false, false, &diagnostics));
    assert_int_equal(diagnostics.count, 1);
    assert_non_null(strstr(diagnostics.items[0].text, "rules.max"));
    assert_non_null(strstr(diagnostics.items[0].file, "b.vigie.rules"));
    diagnostics_free(&diagnostics);
    settings.max_rules = 2;
    struct rule_set *set = rule_set_load(&settings, NULL, NULL, NULL, false, false, &diagnostics);
    assert_int_equal(rule_set_count(set), 2);
    rule_set_free(set);
    free(pattern);
    folder_remove(folder);
}

static void test_files(void **state)
{
    (void)state;
    struct diagnostics diagnostics = {0};
    char *folder = folder_make();
    assert_null(rules_load(folder, "none.rules", false, &diagnostics));
    assert_non_null(strstr(diagnostics.items[0].text, "no such file"));
    diagnostics_free(&diagnostics);
    struct rule_set *set = rules_load(folder, "*.rules", false, &diagnostics);
    assert_non_null(set);
    assert_int_equal(rule_set_count(set), 0);
    rule_set_free(set);
    folder_write(folder, "n.list", "panel.example\n.wide.example # with sub-domains\nb@d\n");
    folder_write(folder, "t.vigie.rules", CLAIM("http.host; dataset:isset,n,type host;"));
    assert_null(rules_load(folder, "t.vigie.rules", false, &diagnostics));
    assert_int_equal(diagnostics.count, 1);
    assert_int_equal(diagnostics.items[0].line, 3);
    diagnostics_free(&diagnostics);
    folder_write(
        folder, "t.vigie.rules",
        CLAIM("http.host; dataset:isset,no,type host; dataset:set,n; dataset:isset,../n,type host;"));
    assert_null(rules_load(folder, "t.vigie.rules", false, &diagnostics));
    assert_int_equal(diagnostics.count, 3);
    diagnostics_free(&diagnostics);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_own_keywords_stay_in_own_files),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_what_a_rule_becomes),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_numbers_and_words),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_flowbits),
        cmocka_unit_test(test_flowbits_that_nobody_sets),
        cmocka_unit_test(test_flowbits_are_capped),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
