/* control/config: what is printed of it: --dump-config, the options that wait for a restart, CONFIG.md. */
#include "daemon/control/config_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "control/control.h"
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

static void assert_reads(struct sample *sample, const char *text)
{
    bool good = config_read_text(sample->sections, SAMPLE_SECTIONS, "vigie.yaml", slice_text(text),
                                 &sample->diagnostics);
    char *mistakes = sample_mistakes(sample);
    assert_string_equal(mistakes, "");
    assert_true(good);
    free(mistakes);
}

static void assert_dumps(const struct sample *sample, const char *wanted)
{
    char *text = sample_dump(sample);
    assert_string_equal(text, wanted);
    free(text);
}

static void defaults_are_dumped(void **state)
{
    assert_reads(*state, "");
    assert_dumps(*state, "# alpha\n"
                         "alpha.on: true\n"
                         "alpha.max: 10\n"
                         "alpha.room: 64KiB\n"
                         "alpha.wait_time: 5s\n"
                         "path: \"\"\n"
                         "alpha.mode: manual\n"
                         "\n"
                         "# beta\n"
                         "beta.url: \"\"\n"
                         "beta.password: \"\"\n"
                         "beta.files: [a.rules, b.rules]\n"
                         "beta.basis: [content]\n"
                         "beta.net.home: []\n"
                         "beta: \"\"\n");
}

/* Read back, the dump gives the same settings. */
static void assert_round_trip(const char *text)
{
    struct sample *first = sample_create();
    struct sample *second = sample_create();
    assert_reads(first, text);
    char *dump = sample_dump(first);
    assert_reads(second, dump);
    assert_int_equal(config_print_restart_needed(first->sections, second->sections, SAMPLE_SECTIONS, stderr),
                     0);
    assert_int_equal(first->alpha.on, second->alpha.on);
    assert_int_equal(first->alpha.mode, second->alpha.mode);
    char *again = sample_dump(second);
    assert_string_equal(dump, again);
    free(again);
    free(dump);
    sample_free(second);
    sample_free(first);
}

static void dumps_read_back_as_they_were(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "alpha: {on: off, max: 99, room: 1025, wait_time: 90s, mode: 'off'}\n",
        "alpha: {room: 0, wait_time: 1ms, mode: auto}\nbeta: {files: [], basis: [listed, content]}\n",
        "beta.net.home: [192.0.2.0/24, 192.0.2.1, '2001:db8::/32', '::', '::ffff:0:0/96']\n",
        "path: /plain/path-1.x_y\n",
        "path: 'true'\n",
        "path: 'NULL'\n",
        "path: '~'\n",
        "path: '123'\n",
        "path: '1e3'\n",
        "path: '- a'\n",
        "path: '# no comment'\n",
        "path: 'a: b'\n",
        "path: '  blanks at both ends '\n",
        "path: '{brace}'\n",
        "path: '%percent'\n",
        "path: \"quotes \\\" and ' and \\\\ and `\"\n",
        "path: \"h\xc3\xa9h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xee\x80\x80 \xef\xbf\xbd\xc2\xa0\"\n",
        "beta.files: ['[a]*', '*[b]']\n",
        "beta.files: ['*.rules', \"it's\", '# x', 'a b', 'yes', '-']\n",
        "beta: {url: 'redis://127.0.0.1:6379/1', password: ''}\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_round_trip(texts[i]);
    }
}

static void secrets_are_stars(void **state)
{
    struct sample *sample = *state;
    assert_reads(sample, "beta:\n"
                         "  url: redis://tom:hunter2@127.0.0.1:6379\n"
                         "  password: hunter2\n"
                         "  files: ['http://tom:hunter2@a/x', /plain, 'https://tok@b']\n");
    char *text = sample_dump(sample);
    assert_null(strstr(text, "hunter2"));
    assert_null(strstr(text, "tom"));
    assert_null(strstr(text, "tok@"));
    assert_non_null(strstr(text, "\nbeta.url: \"redis://*@127.0.0.1:6379\"\n"));
    assert_non_null(strstr(text, "\nbeta.password: \"*\"\n"));
    assert_non_null(strstr(text, "\nbeta.files: [\"http://*@a/x\", /plain, \"https://*@b\"]\n"));
    free(text);
}

static void users_of_urls_are_hidden(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"/a/path@x", "/a/path@x"},
        {"://", "://"},
        {"redis://", "redis://"},
        {"redis://host:1", "redis://host:1"},
        {"redis://@", "redis://*@"},
        {"redis://u@h", "redis://*@h"},
        {"redis://u:p@h:1/2", "redis://*@h:1/2"},
        {"redis://u:p@ss@h", "redis://*@h"},
        {"redis://u:p/a?s#s@h", "redis://*@h"},
        {"redis://[2001:db8::1]:1", "redis://[2001:db8::1]:1"},
        {"unix:///run/redis@1/x.sock", "unix:///run/redis@1/x.sock"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char *hidden = config_hide_user(rows[i][0]);
        assert_string_equal(hidden, rows[i][1]);
        free(hidden);
    }
}

static void options_that_wait_for_a_restart_are_named(void **state)
{
    struct sample *running = *state;
    struct sample *read = sample_create();
    assert_reads(running, "beta.password: one\n");
    assert_reads(read, "alpha: {on: false, mode: auto, max: 11}\n"
                       "beta: {password: two, net.home: [192.0.2.1]}\n");
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    size_t count = config_print_restart_needed(running->sections, read->sections, SAMPLE_SECTIONS, out);
    fclose(out);
    /* alpha.on and alpha.mode are taken up by a reload; a secret counts by its value. */
    assert_int_equal(count, 3);
    assert_string_equal(text, "alpha.max\nbeta.password\nbeta.net.home\n");
    free(text);
    sample_free(read);
}

static const struct counter_row counter_rows[] = {{"packets", "Packets <all> of them|or more"},
                                                  {"flows", "Flows now"},
                                                  {"link_up", "1 while the link is there"}};
static const struct counter_table counters = {"alpha", counter_rows, ARRAY_COUNT(counter_rows)};

static char *print_docs(const struct sample *sample)
{
    const struct counter_table *const tables[] = {&counters};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    config_print_docs(sample->sections, SAMPLE_SECTIONS, tables, 1, out);
    fclose(out);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("not printed: %s", part);
    }
}

static void the_documentation_names_everything(void **state)
{
    char *text = print_docs(*state);
    assert_has(text, "\n## Stage alpha\n");
    assert_has(text, "\n| `alpha.max` | `10` |\n");
    assert_has(text, "\n| `path` | |\n");
    assert_has(text, "\n### alpha.on\n\nbool; default: `true`; *reload*\n\nWhether it is on.\n");
    assert_has(text, "\n### alpha.max\n\nnumber from `1` to `100`; default: `10`\n\nHow many.\n");
    assert_has(text, "\n### alpha.room\n\nsize, at most `1GiB`; default: `64KiB`\n\nBytes \\<held>.\n");
    assert_has(text, "\n### alpha.wait_time\n\nduration, at least `1ms`; default: `5s`\n\n"
                     "Written `a <b> *c*`, or \\*d\\*.\n");
    assert_has(text, "\n### alpha.mode\n\nchoice: `off`, `manual` or `auto`; default: `manual`; *reload*\n");
    assert_has(text, "\n### beta.password\n\ntext; default: empty; secret\n");
    assert_has(text, "\n### beta.basis\n\nlist of texts, of `content` or `listed`; default: `content`\n");
    assert_has(text, "\n### beta.files\n\nlist of texts; default: `a.rules, b.rules`\n");
    assert_has(text, "\n| `vigie_alpha_packets_total` | counter | Packets \\<all> of them\\|or more |\n");
    assert_has(text, "\n| `vigie_alpha_flows` | gauge | Flows now |\n");
    assert_has(text, "\n| `vigie_alpha_link_up` | gauge | 1 while the link is there |\n");
    free(text);
}

static void the_documentation_does_not_depend_on_settings(void **state)
{
    char *before = print_docs(*state);
    assert_reads(*state, "alpha.max: 99\npath: /x\n");
    char *after = print_docs(*state);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* Reads the shipped example: of its mistakes only keys of the stages above may be unknown here; those are
 * checked with the daemon. */
static void read_example(const struct config_section *section, struct slice text)
{
    static const char unknown[] = "unknown key ";
    static const char *const ours[] = {"workers", "user", "metrics", "stats", "log", "drain", "privacy"};
    struct diagnostics diagnostics = {0};
    (void)config_read_text(section, 1, "systemd/vigie.yaml", text, &diagnostics);
    for (size_t i = 0; i < diagnostics.count; i++) {
        struct slice rest = slice_text(diagnostics.items[i].text);
        bool foreign = slice_starts(rest, slice_text(unknown));
        rest = slice_from(rest, strlen(unknown));
        struct slice stage = slice_split(&rest, '.');
        for (size_t k = 0; k < ARRAY_COUNT(ours); k++) {
            foreign = foreign && !slice_equal(stage, slice_text(ours[k]));
        }
        if (!foreign) {
            fail_msg("systemd/vigie.yaml:%u: %s", diagnostics.items[i].line, diagnostics.items[i].text);
        }
    }
    diagnostics_free(&diagnostics);
}

/* As it is, it changes nothing here; with every example in it taken up, it is still good. */
static void the_shipped_example_is_good(void **state)
{
    (void)state;
    FILE *file = fopen("systemd/vigie.yaml", "re");
    if (file == NULL) {
        print_message("SKIP the_shipped_example_is_good: not run from the top of the tree\n");
        skip();
    }
    struct buf plain = buf_make(65536);
    struct buf taken = buf_make(65536);
    char line[1024];
    while (fgets(line, sizeof line, file) != NULL) {
        buf_append_text(&plain, line);
        /* "#key: value" is an example, "# text" is a comment. */
        bool example = line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
        buf_append_text(&taken, line + (example ? 1 : 0));
    }
    fclose(file);
    struct control_settings settings = {0};
    struct config_section section = {&control_options, &settings};
    read_example(&section, buf_slice(&plain));
    assert_int_equal(settings.workers, 1);
    read_example(&section, buf_slice(&taken));
    assert_true(settings.workers > 1);
    config_free(&section, 1);
    buf_free(&plain);
    buf_free(&taken);
}

static void control_options_have_their_defaults(void **state)
{
    (void)state;
    struct control_settings settings = {0};
    struct config_section section = {&control_options, &settings};
    struct diagnostics diagnostics = {0};
    assert_true(config_read(&section, 1, NULL, NULL, 0, &diagnostics));
    assert_string_equal(settings.metrics_listen, "127.0.0.1:9142");
    assert_string_equal(settings.user, "");
    assert_int_equal(settings.privacy_credentials, PRIVACY_CREDENTIALS_MASK);
    assert_int_equal(settings.privacy_clients, PRIVACY_CLIENTS_PSEUDONYM);
    assert_string_equal(settings.privacy_key_file, "");
    assert_int_equal(settings.stats_interval, 60000000);
    assert_int_equal(settings.log_level, 2);
    assert_int_equal(settings.workers, 1);
    assert_int_equal(settings.drain, 5000000);
    static const char *const overrides[] = {"workers=65", "workers=0", "privacy.clients=none",
                                            "log.level=loud"};
    assert_false(config_read(&section, 1, NULL, overrides, ARRAY_COUNT(overrides), &diagnostics));
    assert_int_equal(diagnostics.count, 4);
    diagnostics_free(&diagnostics);
    config_free(&section, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_dumped),
        TEST(dumps_read_back_as_they_were),
        TEST(secrets_are_stars),
        TEST(users_of_urls_are_hidden),
        TEST(options_that_wait_for_a_restart_are_named),
        TEST(the_documentation_names_everything),
        TEST(the_documentation_does_not_depend_on_settings),
        TEST(the_shipped_example_is_good),
        TEST(control_options_have_their_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
