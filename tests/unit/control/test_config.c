/* control/config: reading YAML and overrides, and every mistake at its place. */
#include "daemon/control/config_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/control/sample.h"

static int set_up(void **state)
{
    *state = sample_create();
    return 0;
}

static int tear_down(void **state)
{
    sample_free(*state);
    return 0;
}

static bool read_text(struct sample *sample, const char *text)
{
    diagnostics_free(&sample->diagnostics);
    return config_read_text(sample->sections, SAMPLE_SECTIONS, "vigie.yaml", slice_text(text),
                            &sample->diagnostics);
}

static void assert_mistakes(const struct sample *sample, const char *wanted)
{
    char *text = sample_mistakes(sample);
    assert_string_equal(text, wanted);
    free(text);
}

static void assert_reads(struct sample *sample, const char *text)
{
    bool good = read_text(sample, text);
    assert_mistakes(sample, "");
    assert_true(good);
}

static void assert_refused(struct sample *sample, const char *text, const char *wanted)
{
    bool good = read_text(sample, text);
    assert_mistakes(sample, wanted);
    assert_false(good);
}

static void assert_defaults(const struct sample *sample)
{
    assert_true(sample->alpha.on);
    assert_int_equal(sample->alpha.max, 10);
    assert_int_equal(sample->alpha.room, 65536);
    assert_int_equal(sample->alpha.wait, 5000000);
    assert_string_equal(sample->alpha.path, "");
    assert_int_equal(sample->alpha.mode, 1);
    assert_string_equal(sample->beta.url, "");
    assert_int_equal(sample->beta.files.count, 2);
    assert_string_equal(sample->beta.files.items[1], "b.rules");
    assert_int_equal(sample->beta.home.count, 0);
}

static void without_a_file_there_are_the_defaults(void **state)
{
    struct sample *sample = *state;
    assert_true(config_read(sample->sections, SAMPLE_SECTIONS, NULL, NULL, 0, &sample->diagnostics));
    assert_defaults(sample);
    assert_int_equal(sample->diagnostics.count, 0);
}

static void empty_texts_are_fine(void **state)
{
    static const char *const texts[] = {
        "",   "\n\n",         "# only a comment\n", "---\n",     "---\n...\n",          "~",
        "{}", "\xef\xbb\xbf", "alpha:\n",           "alpha: {}", "beta.net:\n# none\n", "%YAML 1.2\n---\n"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_reads(*state, texts[i]);
        assert_defaults(*state);
    }
}

static void every_type_is_read(void **state)
{
    struct sample *sample = *state;
    assert_reads(sample, "alpha:\n"
                         "  on: no\n"
                         "  max: 100\n"
                         "  room: 3MiB\n"
                         "  wait_time: '250 ms'\n"
                         "  mode: \"auto\"\n"
                         "path: /var/lib/a b#c\n"
                         "beta:\n"
                         "  url: redis://127.0.0.1:6379/0\n"
                         "  files: [ x.rules , \"y.rules\" ]\n"
                         "  basis:\n"
                         "  - content\n"
                         "  - listed\n"
                         "  net: {home: [192.0.2.0/24, '2001:db8::/32']}\n");
    assert_false(sample->alpha.on);
    assert_int_equal(sample->alpha.max, 100);
    assert_int_equal(sample->alpha.room, 3 * 1024 * 1024);
    assert_int_equal(sample->alpha.wait, 250000);
    assert_int_equal(sample->alpha.mode, 2);
    assert_string_equal(sample->alpha.path, "/var/lib/a b#c");
    assert_string_equal(sample->beta.url, "redis://127.0.0.1:6379/0");
    assert_int_equal(sample->beta.files.count, 2);
    assert_string_equal(sample->beta.files.items[0], "x.rules");
    assert_string_equal(sample->beta.files.items[1], "y.rules");
    assert_int_equal(sample->beta.basis.count, 2);
    assert_int_equal(sample->beta.home.count, 2);
    assert_int_equal(sample->beta.home.items[0].bits, 120);
}

static void dotted_and_nested_keys_are_the_same(void **state)
{
    static const char *const texts[] = {
        "alpha.max: 42\nbeta.net.home: [192.0.2.1]\n",
        "alpha: {max: 42}\nbeta: {net: {home: [192.0.2.1]}}\n",
        "beta:\n  net.home: 192.0.2.1\nalpha:\n  max: 42\n",
        "beta.net:\n  home:\n  - 192.0.2.1\nalpha.max: 42\n",
        "alpha: {on: true}\nbeta.net: {home: 192.0.2.1}\nalpha: {max: 42}\n",
    };
    struct sample *sample = *state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_reads(sample, texts[i]);
        assert_int_equal(sample->alpha.max, 42);
        assert_int_equal(sample->beta.home.count, 1);
    }
}

static void a_key_may_be_an_option_and_a_section(void **state)
{
    struct sample *sample = *state;
    assert_reads(sample, "beta: name\nbeta.url: x\n");
    assert_string_equal(sample->beta.name, "name");
    assert_string_equal(sample->beta.url, "x");
    assert_reads(sample, "beta: {url: y}\n");
    assert_string_equal(sample->beta.name, "");
    assert_string_equal(sample->beta.url, "y");
}

static void null_is_an_empty_value(void **state)
{
    struct sample *sample = *state;
    assert_reads(sample, "path: ~\nbeta: {url: null, files: , basis: }\n");
    assert_string_equal(sample->alpha.path, "");
    assert_int_equal(sample->beta.files.count, 0);
    assert_int_equal(sample->beta.basis.count, 0);
    assert_reads(sample, "path: \"~\"\n"); /* quoted it is a text */
    assert_string_equal(sample->alpha.path, "~");
    assert_refused(sample, "alpha.max:\n",
                   "vigie.yaml:1:11: alpha.max: expected a whole decimal number, from 1 to 100\n");
}

static void five_mistakes_are_told_at_once(void **state)
{
    struct sample *sample = *state;
    assert_refused(
        sample,
        "alpha:\n"
        "  maxx: 3\n"
        "  room: 2GiB\n"
        "  mode: {a: 1}\n"
        "path: /good\n"
        "beta:\n"
        "  net.home: [192.0.2.0/24, 192.0.2.1/24]\n"
        "  url: &anchor x\n"
        "  password: secret\n"
        "path: /again\n",
        "vigie.yaml:2:3: unknown key alpha.maxx; did you mean alpha.max?\n"
        "vigie.yaml:3:9: alpha.room: expected a size: a whole decimal number of bytes, or one with KiB, "
        "MiB or GiB behind it, at most 1GiB\n"
        "vigie.yaml:4:9: alpha.mode: expected a choice, not keys below it\n"
        "vigie.yaml:7:28: beta.net.home: expected an address or a prefix such as 192.0.2.0/24 or "
        "2001:db8::/32, without bits set behind its length\n"
        "vigie.yaml:8:8: anchors (&name) are not taken: expected the value alone\n"
        "vigie.yaml:10:1: path is given twice: line 5 gives it already\n");
    /* What was read stays usable, what was not has its default. */
    assert_string_equal(sample->alpha.path, "/good");
    assert_string_equal(sample->beta.password, "secret");
    assert_int_equal(sample->alpha.room, 65536);
    assert_int_equal(sample->beta.home.count, 0);
}

static void unknown_keys_have_the_nearest_known_one(void **state)
{
    struct sample *sample = *state;
    assert_refused(sample, "pat: x\n", "vigie.yaml:1:1: unknown key pat; did you mean path?\n");
    assert_refused(sample, "alhpa.max: 1\n",
                   "vigie.yaml:1:1: unknown key alhpa.max; did you mean alpha.max?\n");
    assert_refused(sample, "Alpha.Max: 1\n",
                   "vigie.yaml:1:1: unknown key Alpha.Max; did you mean alpha.max?\n");
    assert_refused(sample, "alpha_wait_time: 1s\n",
                   "vigie.yaml:1:1: unknown key alpha_wait_time; did you mean alpha.wait_time?\n");
    assert_refused(sample, "alfa:\n  max: 1\n", "vigie.yaml:1:1: unknown key alfa; did you mean alpha?\n");
    assert_refused(sample, "alpha:\n  max:\n    x: 1\n",
                   "vigie.yaml:3:5: alpha.max: expected a number, not keys below it\n");
    assert_refused(sample, "zzzzzzzzzz: 1\n", "vigie.yaml:1:1: unknown key zzzzzzzzzz\n");
    assert_refused(sample, "\"\": 1\n", "vigie.yaml:1:1: unknown key \"\"\n");
    assert_refused(sample, "alpha..max: 1\n",
                   "vigie.yaml:1:1: unknown key alpha..max; did you mean alpha.max?\n");
    assert_refused(sample, "alpha: {.max: 1}\n",
                   "vigie.yaml:1:9: unknown key alpha..max; did you mean alpha.max?\n");
    assert_refused(sample, "\"alpha.max\\0\": 1\n",
                   "vigie.yaml:1:1: unknown key alpha.max\xef\xbf\xbd; did you mean alpha.max?\n");
}

static void long_keys_are_cut_in_messages(void **state)
{
    struct sample *sample = *state;
    char text[700];
    char wanted[300];
    memset(text, 'k', 600);
    strcpy(text + 600, ": 1\npath: /x\n");
    snprintf(wanted, sizeof wanted, "vigie.yaml:1:1: unknown key %.100s...\n", text);
    assert_refused(sample, text, wanted);
    assert_string_equal(sample->alpha.path, "/x");
}

static void wrong_shapes_are_told(void **state)
{
    struct sample *sample = *state;
    assert_refused(sample, "- a\n- b\n",
                   "vigie.yaml:1:1: expected keys with their values, as in `workers: 2`\n");
    assert_refused(sample, "text\n", "vigie.yaml:1:1: expected keys with their values, as in `workers: 2`\n");
    assert_refused(sample, "alpha: 3\n", "vigie.yaml:1:8: alpha is a section: expected keys below it\n");
    assert_refused(sample, "alpha: [on]\n", "vigie.yaml:1:8: alpha is a section: expected keys below it\n");
    assert_refused(sample, "alpha.max: [1, 2]\n",
                   "vigie.yaml:1:12: alpha.max: expected one number, not a list\n");
    assert_refused(sample, "beta.files: [a, [b], {c: d}, e]\n",
                   "vigie.yaml:1:17: beta.files: expected a plain item, not a list or keys in a list\n"
                   "vigie.yaml:1:22: beta.files: expected a plain item, not a list or keys in a list\n");
    assert_refused(sample, "beta.files: {a: b}\npath: /x\n",
                   "vigie.yaml:1:13: beta.files: expected a list of texts, not keys below it\n");
    assert_string_equal(sample->alpha.path, "/x");
    assert_refused(sample, "? [a, b]\n: 1\n? {c: d}\n: {e: f}\npath: /x\n",
                   "vigie.yaml:1:3: expected the name of an option as key\n"
                   "vigie.yaml:3:3: expected the name of an option as key\n");
    assert_string_equal(sample->alpha.path, "/x");
    assert_refused(sample, "path: /x\n---\npath: /y\n",
                   "vigie.yaml:2:1: a second document begins here: expected one\n");
    assert_refused(sample, "nothing: [1, {a: [b]}]\npath: [1]\n",
                   "vigie.yaml:1:1: unknown key nothing\n"
                   "vigie.yaml:2:7: path: expected one text, not a list\n");
}

static void every_item_of_a_list_is_checked(void **state)
{
    struct sample *sample = *state;
    assert_refused(
        sample,
        "beta:\n"
        "  basis:\n"
        "  - content\n"
        "  - contend\n"
        "  - listed\n"
        "  -\n"
        "  files: [\"\", \"a,b\", \"c\\u202ed\"]\n",
        "vigie.yaml:4:5: beta.basis: expected content or listed\n"
        "vigie.yaml:6:4: beta.basis: expected content or listed\n"
        "vigie.yaml:7:11: beta.files: expected a text that is not empty, without comma and control "
        "characters\n"
        "vigie.yaml:7:15: beta.files: expected a text that is not empty, without comma and control "
        "characters\n"
        "vigie.yaml:7:22: beta.files: expected UTF-8 text without control characters and invisible "
        "ones\n");
    assert_int_equal(sample->beta.basis.count, 1); /* the default */
    assert_int_equal(sample->beta.files.count, 2);
}

static void aliases_anchors_and_tags_are_refused(void **state)
{
    assert_refused(*state, "path: &a /x\nbeta: *a\n",
                   "vigie.yaml:1:7: anchors (&name) are not taken: expected the value alone\n"
                   "vigie.yaml:2:7: aliases (*name) are not taken: expected the value itself\n");
    assert_refused(*state, "beta.files: [*a]\n",
                   "vigie.yaml:1:14: aliases (*name) are not taken: expected the value itself\n");
    assert_refused(*state, "alpha: &a {on: true}\n",
                   "vigie.yaml:1:8: anchors (&name) are not taken: expected the value alone\n");
    assert_refused(*state, "beta.files: &a [x]\n",
                   "vigie.yaml:1:13: anchors (&name) are not taken: expected the value alone\n");
    assert_refused(*state, "path: !!str x\n",
                   "vigie.yaml:1:7: tags (!name) are not taken: expected the value alone\n");
    assert_refused(*state, "*a : x\n",
                   "vigie.yaml:1:1: aliases (*name) are not taken: expected the value itself\n");
    assert_refused(*state, "*a\n",
                   "vigie.yaml:1:1: aliases (*name) are not taken: expected the value itself\n");
}

static void what_is_no_yaml_is_told_behind_the_rest(void **state)
{
    struct sample *sample = *state;
    assert_refused(
        sample, "alpha.max: 0\npath: [a\nbeta: x\n",
        "vigie.yaml:1:12: alpha.max: expected a whole decimal number, from 1 to 100\n"
        "vigie.yaml:2:7: path: expected one text, not a list\n"
        "vigie.yaml:3:5: not YAML: did not find expected ',' or ']' while parsing a flow sequence that "
        "began in line 2\n");
    assert_refused(sample, "path: \"a\n",
                   "vigie.yaml:2:1: not YAML: found unexpected end of stream while "
                   "scanning a quoted scalar that began in line 1\n");
    assert_refused(sample, "path: a\n\tx: y\n",
                   "vigie.yaml:2:1: not YAML: found a tab character that violates indentation while scanning "
                   "a plain scalar that began in line 1\n");
    assert_refused(sample, "path: x\nbeta: \xff\n",
                   "vigie.yaml:2:7: not YAML: invalid leading UTF-8 octet; expected UTF-8 text\n");
    assert_refused(sample, "\xef\xbb\xbf\x01",
                   "vigie.yaml:1:1: not YAML: control characters are not allowed; "
                   "expected UTF-8 text\n");
    assert_refused(
        sample, "beta.files: [c.rules, d.rules",
        "vigie.yaml:1:30: not YAML: did not find expected ',' or ']' while parsing a flow sequence that "
        "began in line 1\n");
    assert_string_equal(sample->beta.files.items[0], "a.rules"); /* the default: half a list is none */
}

static void columns_are_bytes(void **state)
{
    assert_refused(*state, "{path: \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\", alpha.max: 0}",
                   "vigie.yaml:1:32: alpha.max: expected a whole decimal number, from 1 to 100\n");
    /* All the line breaks of YAML count. */
    assert_refused(*state, "path: a\r\nbeta: b\rpat: c\n",
                   "vigie.yaml:3:1: unknown key pat; did you mean path?\n");
}

static void depth_is_bounded(void **state)
{
    struct sample *sample = *state;
    char text[200] = "nothing: ";
    size_t start = strlen(text);
    /* The mapping around it is the first level. */
    memset(text + start, '[', CONFIG_NEST_MAX - 1);
    memset(text + start + CONFIG_NEST_MAX - 1, ']', CONFIG_NEST_MAX - 1);
    assert_refused(sample, text, "vigie.yaml:1:1: unknown key nothing\n");
    memset(text + start, '[', CONFIG_NEST_MAX);
    memset(text + start + CONFIG_NEST_MAX, ']', CONFIG_NEST_MAX);
    assert_refused(
        sample, text,
        "vigie.yaml:1:1: unknown key nothing\n"
        "vigie.yaml:1:25: nested too deeply: expected at most 16 levels; nothing behind this was read\n");
}

static void endless_nesting_costs_little(void **state)
{
    char *text = malloc(CONFIG_FILE_MAX);
    memset(text, '[', CONFIG_FILE_MAX);
    text[CONFIG_FILE_MAX - 1] = '\0';
    assert_false(read_text(*state, text));
    memset(text, '{', CONFIG_FILE_MAX - 1);
    assert_false(read_text(*state, text));
    free(text);
}

/* Half a million mistakes in one line: only those that are kept are looked up in it. */
static void mistakes_without_end_cost_little(void **state)
{
    struct sample *sample = *state;
    char *text = malloc(CONFIG_FILE_MAX);
    int start = sprintf(text, "beta.net.home: [");
    memset(text + start, ',', CONFIG_FILE_MAX - (size_t)start);
    for (size_t i = (size_t)start; i + 2 < CONFIG_FILE_MAX; i += 2) {
        text[i] = 'x';
    }
    text[CONFIG_FILE_MAX - 2] = ']';
    text[CONFIG_FILE_MAX - 1] = '\0';
    assert_false(read_text(sample, text));
    assert_int_equal(sample->diagnostics.count, DIAGNOSTICS_MAX);
    assert_true(sample->diagnostics.omitted > 500000);
    free(text);
}

static void values_are_clean_text(void **state)
{
    static const char expected[] =
        "vigie.yaml:1:7: path: expected UTF-8 text without control characters and invisible ones\n";
    struct sample *sample = *state;
    assert_refused(sample, "path: \"a\\0b\"\n", expected);
    assert_refused(sample, "path: \"a\\nb\"\n", expected);
    assert_refused(sample, "path: |\n  a\n", expected);
    assert_refused(sample, "path: \"\\u200b\"\n", expected);
    assert_refused(sample, "path: \"\\uffff\"\n", expected);
    assert_refused(sample, "path: \"\\ufffe\"\n", expected);
    assert_reads(sample, "path: \"\\ufffd\\u00e9\"\n");
    assert_string_equal(sample->alpha.path, "\xef\xbf\xbd\xc3\xa9");
    assert_reads(sample, "path: >-\n  a\n  b\n");
    assert_string_equal(sample->alpha.path, "a b");
}

static void mistakes_never_show_values(void **state)
{
    struct sample *sample = *state;
    (void)read_text(sample, "alpha: {max: hunter2, mode: hunter2, wait_time: hunter2}\n"
                            "beta: {net.home: [hunter2], basis: hunter2}\n");
    char *text = sample_mistakes(sample);
    assert_int_equal(sample->diagnostics.count, 5);
    assert_null(strstr(text, "hunter2"));
    free(text);
    static const char *const overrides[] = {"alpha.max=hunter2", "beta.basis=hunter2", "hunter2"};
    diagnostics_free(&sample->diagnostics);
    (void)config_read(sample->sections, SAMPLE_SECTIONS, NULL, overrides, 3, &sample->diagnostics);
    text = sample_mistakes(sample);
    assert_int_equal(sample->diagnostics.count, 3);
    assert_null(strstr(text, "hunter2"));
    free(text);
}

static void overrides_go_over_the_file(void **state)
{
    static const char *const overrides[] = {"alpha.max=7", "beta.files=c.rules,d.rules", "path=/a=b",
                                            "beta.net.home=[192.0.2.0/24, 2001:db8::1]", "alpha.max=8"};
    struct sample *sample = *state;
    char path[] = "/tmp/vigie-config-XXXXXX";
    int file = mkstemp(path);
    static const char text[] = "alpha.max: 5\nalpha.room: 1KiB\npath: /file\n";
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    bool good = config_read(sample->sections, SAMPLE_SECTIONS, path, overrides, ARRAY_COUNT(overrides),
                            &sample->diagnostics);
    unlink(path);
    assert_mistakes(sample, "");
    assert_true(good);
    assert_int_equal(sample->alpha.max, 8); /* the last one counts */
    assert_int_equal(sample->alpha.room, 1024);
    assert_string_equal(sample->alpha.path, "/a=b");
    assert_int_equal(sample->beta.files.count, 2);
    assert_string_equal(sample->beta.files.items[1], "d.rules");
    assert_int_equal(sample->beta.home.count, 2);
}

static void wrong_overrides_are_all_told(void **state)
{
    static const char *const overrides[] = {
        "alpha.max=0", "alpha.mac=1", "novalue", "=x", "path=\xff", "beta.net.home=192.0.2.1, x", "alpha=1"};
    struct sample *sample = *state;
    assert_false(config_read(sample->sections, SAMPLE_SECTIONS, NULL, overrides, ARRAY_COUNT(overrides),
                             &sample->diagnostics));
    assert_mistakes(sample,
                    "--set: alpha.max: expected a whole decimal number, from 1 to 100\n"
                    "--set: unknown key alpha.mac; did you mean alpha.max?\n"
                    "--set: expected KEY=VALUE, and number 3 has no =\n"
                    "--set: unknown key \"\"\n"
                    "--set: path: expected UTF-8 text without control characters and invisible ones\n"
                    "--set: beta.net.home: item 2: expected an address or a prefix such as 192.0.2.0/24 or "
                    "2001:db8::/32, without bits set behind its length\n"
                    "--set: alpha is a section: expected one of the keys below it\n");
    assert_defaults(sample);
}

static void reading_again_starts_from_the_defaults(void **state)
{
    struct sample *sample = *state;
    assert_reads(sample, "alpha.max: 5\nbeta.files: [x]\npath: /x\nbeta.net.home: [192.0.2.1]\n");
    assert_reads(sample, "");
    assert_defaults(sample);
}

static void files_that_cannot_be_read_are_told(void **state)
{
    struct sample *sample = *state;
    assert_false(config_read(sample->sections, SAMPLE_SECTIONS, "/nonexistent/vigie.yaml", NULL, 0,
                             &sample->diagnostics));
    assert_mistakes(sample, "/nonexistent/vigie.yaml: cannot be read: No such file or directory\n");
    assert_defaults(sample);
    diagnostics_free(&sample->diagnostics);
    assert_false(config_read(sample->sections, SAMPLE_SECTIONS, "/tmp", NULL, 0, &sample->diagnostics));
    assert_mistakes(sample, "/tmp: cannot be read: Is a directory\n");
}

static void large_files_are_refused(void **state)
{
    struct sample *sample = *state;
    char path[] = "/tmp/vigie-config-XXXXXX";
    int file = mkstemp(path);
    char *text = malloc(CONFIG_FILE_MAX);
    memset(text, '\n', CONFIG_FILE_MAX);
    assert_int_equal(write(file, text, CONFIG_FILE_MAX), CONFIG_FILE_MAX);
    bool good = config_read(sample->sections, SAMPLE_SECTIONS, path, NULL, 0, &sample->diagnostics);
    assert_mistakes(sample, "");
    assert_true(good);
    assert_int_equal(write(file, "\n", 1), 1);
    close(file);
    good = config_read(sample->sections, SAMPLE_SECTIONS, path, NULL, 0, &sample->diagnostics);
    unlink(path);
    free(text);
    assert_false(good);
    assert_int_equal(sample->diagnostics.count, 1);
    assert_string_equal(sample->diagnostics.items[0].text,
                        "is too large: expected a configuration of at most 1048576 bytes");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_file_there_are_the_defaults),
        TEST(empty_texts_are_fine),
        TEST(every_type_is_read),
        TEST(dotted_and_nested_keys_are_the_same),
        TEST(a_key_may_be_an_option_and_a_section),
        TEST(null_is_an_empty_value),
        TEST(five_mistakes_are_told_at_once),
        TEST(unknown_keys_have_the_nearest_known_one),
        TEST(long_keys_are_cut_in_messages),
        TEST(wrong_shapes_are_told),
        TEST(every_item_of_a_list_is_checked),
        TEST(aliases_anchors_and_tags_are_refused),
        TEST(what_is_no_yaml_is_told_behind_the_rest),
        TEST(columns_are_bytes),
        TEST(depth_is_bounded),
        TEST(endless_nesting_costs_little),
        TEST(mistakes_without_end_cost_little),
        TEST(values_are_clean_text),
        TEST(mistakes_never_show_values),
        TEST(overrides_go_over_the_file),
        TEST(wrong_overrides_are_all_told),
        TEST(reading_again_starts_from_the_defaults),
        TEST(files_that_cannot_be_read_are_told),
        TEST(large_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
