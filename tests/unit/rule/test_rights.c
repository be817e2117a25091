/* rule/rights: the shipped holders, a site's own rows, mistakes at their places, and the tally of a document.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/title.h"
#include "base/attr.h"
#include "daemon/rule/rights_priv.h"
#include "daemon/rule/rule_priv.h"

static char folder[] = "/tmp/vigie-rights-XXXXXX";
static char path[64];

static void write_file(const char *text)
{
    if (path[0] == '\0') {
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/rights-holders.site.yaml", folder);
    }
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static char *shipped_folder(void)
{
    const char *source = getenv("VIGIE_SOURCE");
    char *name = NULL;
    assert_true(asprintf(&name, "%s/rules/datasets", source == NULL ? "." : source) > 0);
    return name;
}

static struct rights *load_folders(const struct text_list *folders, bool eager,
                                   struct diagnostics *diagnostics)
{
    struct pcre_pool *pool = pcre_pool_create();
    struct rights *rights = rights_load(folders, pool, eager, diagnostics);
    pcre_pool_free(pool);
    return rights;
}

/* The shipped rows, the test's own, or both. */
static struct rights *load(bool shipped, bool own, bool eager, struct diagnostics *diagnostics)
{
    char *items[2];
    size_t count = 0;
    if (shipped) {
        items[count++] = shipped_folder();
    }
    if (own) {
        items[count++] = folder;
    }
    struct text_list folders = {.items = items, .count = count};
    struct rights *rights = load_folders(&folders, eager, diagnostics);
    if (shipped) {
        free(items[0]);
    }
    return rights;
}

static struct rights *load_good(bool shipped, bool own, bool eager)
{
    struct diagnostics diagnostics = {0};
    struct rights *rights = load(shipped, own, eager, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    assert_int_equal(diagnostics.count, 0);
    return rights;
}

static int teardown(void **state)
{
    (void)state;
    if (path[0] != '\0') {
        unlink(path);
        rmdir(folder);
    }
    return 0;
}

/* The ids that a title's name fits, in the order of the rows, joined by blanks. */
static const char *holders_of(const struct rights *rights, const char *title)
{
    static char text[256];
    struct pcre_scratch scratch = {0};
    struct title_name name;
    uint64_t found[RIGHTS_WORDS];
    text[0] = '\0';
    title_normalise(slice_text(title), &name);
    (void)rights_find(rights, &scratch, title_name_slice(&name), found);
    pcre_scratch_free(&scratch);
    for (size_t i = 0; i < rights->count; i++) {
        if ((found[i / 64] >> i % 64 & 1) != 0) {
            size_t len = strlen(text);
            snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "", rights->holders[i].id);
        }
    }
    return text;
}

/* Each row has examples of both kinds, and all of them hold. */
static void every_example_of_the_shipped_file_holds(void **state)
{
    (void)state;
    struct rights *rights = load_good(true, false, true);
    assert_in_range(rights->count, 60, RIGHTS_MAX);
    unsigned examples[RIGHTS_MAX][2] = {{0}};
    for (size_t i = 0; i < rights->example_count; i++) {
        examples[rights->examples[i].holder][rights->examples[i].match]++;
    }
    for (size_t i = 0; i < rights->count; i++) {
        assert_true(examples[i][0] > 0 && examples[i][1] > 0);
    }
    print_message("%zu holders, %zu expressions, %zu examples\n", rights->count, rights->expression_count,
                  rights->example_count);
    rights_free(rights);
}

/* Channels that are paid for by advertising bear the brands (signatures, 11.3); clubs' own ones are free. */
static void brands_alone_are_nobodys(void **state)
{
    (void)state;
    struct rights *rights = load_good(true, false, false);
    static const char *const titles[] = {
        "DAZN TV",
        "DAZN Rise",
        "DAZN FAST+",
        "DAZN Ringside",
        "DAZN Darts",
        "DAZN Combat",
        "DAZN Heldinnen",
        "NFL Channel",
        "NFL Super Bowl Champions",
        "MotoGP Channel",
        "F1 Channel",
        "Formula 1 Channel",
        "NHL",
        "Top Barça",
        "Real Madrid",
        "Realmadrid TV",
        "Real Madrid TV HD",
        "Barça TV",
        "Betis TV",
        "Serie A",
        "DAZN",
        "CANAL",
        "Sky",
        "beIN",
        "ESPN",
        "DAZN Women's Football",
        "Euronews",
        "Das Erste HD",
        "TF1 FHD",
        "La 1 (1080p)",
        "BBC One",
        "Rai 1",
        "TVE Internacional",
        "Red Bull TV",
        "Pluto TV Sports",
        "FIFA+",
        "Sport 1",
        "WTAE 4",
        "24/7 The Simpsons",
        "",
    };
    for (size_t i = 0; i < ARRAY_COUNT(titles); i++) {
        assert_string_equal(holders_of(rights, titles[i]), "");
    }
    rights_free(rights);
}

static void names_in_every_alphabet_are_found(void **state)
{
    (void)state;
    struct rights *rights = load_good(true, false, false);
    static const struct {
        const char *title, *holders;
    } rows[] = {
        {"ES| DAZN 1 ᶠᴴᴰ", "dazn"},
        {"FR| CANAL+ DÉCALÉ", "canal-plus"},
        {"TR: LİG TV 2", "digiturk"},
        {"TR: SPOR SMART 2", "d-smart"},
        {"TR | TİVİBU SPOR 1", "tivibu"},
        {"GR | ΝΌΒΑ ΣΠΟΡ 2", "nova-gr"},
        {"Κοσμοτέ Σπορ 4 HD", "cosmote"},
        {"RU | МАТЧ! ПРЕМЬЕР", "match-tv"},
        {"ОККО Спорт HD", "okko"},
        {"КХЛ Прайм", "khl"},
        {"بي إن سبورت ١", "bein"},
        {"إس إس سي ٢ HD", "ssc"},
        {"أبوظبي الرياضية بريميوم", "ad-sports"},
        {"ספורט 5 לייב", "sport5"},
        {"DAZN F1", "dazn formula-1"},
        {"SKY SPORTS F1", "sky-uk formula-1"},
        {"Матч ТВ", ""},
        {"ΕΡΤ 1", ""},
        {"الجزيرة", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_string_equal(holders_of(rights, rows[i].title), rows[i].holders);
    }
    rights_free(rights);
}

static void a_site_adds_rows(void **state)
{
    (void)state;
    write_file("- id: dazn\n"
               "  expressions: 'dazn fussball'\n"
               "  except:\n"
               "    - 'dazn 2'\n"
               "  match: [DAZN 1, DAZN Fussball HD]\n"
               "  no_match: [DAZN 2 FHD]\n"
               "- id: stadt-tv\n"
               "  name: Stadt TV\n"
               "  country: [DE, AT]\n"
               "  expressions: ['stadt ?tv \\d']\n"
               "  match: Stadt TV 1\n"
               "  no_match: Stadt TV\n");
    struct rights *rights = load_good(true, true, true);
    assert_string_equal(holders_of(rights, "DAZN Fussball"), "dazn");
    assert_string_equal(holders_of(rights, "DAZN 2"), "");
    assert_string_equal(holders_of(rights, "DE: Stadt TV 3 HD"), "stadt-tv");
    rights_free(rights);

    struct rights *without = load_good(true, false, false);
    struct rights *with = load_good(true, true, false);
    struct sha256_context *digests[2] = {sha256_begin(), sha256_begin()};
    uint8_t bytes[2][SHA256_SIZE];
    rights_digest(without, digests[0]);
    rights_digest(with, digests[1]);
    sha256_end(digests[0], bytes[0]);
    sha256_end(digests[1], bytes[1]);
    assert_memory_not_equal(bytes[0], bytes[1], SHA256_SIZE);
    rights_free(without);
    rights_free(with);
}

static void assert_mistake(const char *text, unsigned line, unsigned column, const char *words)
{
    struct diagnostics diagnostics = {0};
    write_file(text);
    rights_free(load(false, true, true, &diagnostics));
    diagnostics_print(&diagnostics, stderr);
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.items[0].file, path);
    assert_int_equal(diagnostics.items[0].line, line);
    assert_int_equal(diagnostics.items[0].column, column);
    assert_non_null(strstr(diagnostics.items[0].text, words));
    diagnostics_free(&diagnostics);
}

#define ROW "- id: x\n  name: X\n  country: '*'\n"

static void mistakes_are_told_at_their_places(void **state)
{
    (void)state;
    assert_mistake("id: x\n", 1, 1, "list of rows");
    assert_mistake("- 7\n", 1, 3, "expected a row");
    assert_mistake("- name: X\n", 1, 3, "without id");
    assert_mistake("- id: X\n", 1, 7, "no id");
    assert_mistake("- id: abcdefghijklmnopqrstuvwxyz-abcde\n", 1, 7, "no id");
    assert_mistake("- id: [x]\n", 1, 7, "expected an id");
    assert_mistake("- id: x\n  name: X\n", 1, 3, "no country");
    assert_mistake("- id: x\n  country: DE\n", 1, 3, "no name");
    assert_mistake(ROW "  colour: red\n", 4, 3, "unknown key");
    assert_mistake(ROW "  name: X\n", 4, 3, "twice");
    assert_mistake(ROW "- id: x\n", 4, 7, "in this file twice");
    assert_mistake(ROW "  expressions: [{a: b}]\n", 4, 17, "expected an expression");
    assert_mistake(ROW "  expressions: ['x (y']\n", 4, 20, "parenthesis");
    assert_mistake(ROW "  expressions:\n    - 'x?'\n", 5, 8, "empty text");
    assert_mistake(ROW "  expressions:\n    - 'ab \\D[cdE]'\n", 5, 16, "letter \"E\"");
    assert_mistake(ROW "  expressions: 'caf\xc3\xa9 1'\n", 4, 20, "letter \"\xc3\xa9\"");
    assert_mistake(ROW "  expressions: '(?=x)y'\n", 4, 17, "refuses");
    assert_mistake(ROW "  expressions: 'x 1'\n  match:\n    - X 1\n    - X 2\n", 7, 7, "no expression of x");
    assert_mistake(ROW "  expressions: 'x 1'\n  no_match: [Y, X 1 HD]\n", 5, 17, "whose name is \"x 1\"");
    assert_mistake(ROW "  match: ['']\n", 4, 11, "expected a title");
    assert_mistake("- id: x\n  name: X\n  country: [DE, Uk]\n", 3, 17, "two capital letters");
    assert_mistake("- id: x\n  name: X\n  country: [UK, DE]\n", 3, 13, "GB for the United Kingdom");
    assert_mistake("- id: x\n  name: 'a name that is much longer than sixty-three bytes, which is what a "
                   "name may have'\n"
                   "  country: DE\n",
                   2, 9, "more than 63 bytes");
    assert_mistake("- id: x\n\tname: X\n", 2, 1, "expected YAML");
    assert_mistake(ROW "  match: \xff\n", 4, 10, "UTF-8");
}

static void all_mistakes_of_a_file_are_told(void **state)
{
    (void)state;
    struct diagnostics diagnostics = {0};
    write_file("- id: x\n  name: X\n  country: uk\n  expressions: ['(', ')', 'A']\n- {}\n");
    rights_free(load(false, true, true, &diagnostics));
    assert_int_equal(diagnostics.count, 6);
    diagnostics_free(&diagnostics);
}

static void numbers_are_capped(void **state)
{
    (void)state;
    struct buf text = buf_make(1 << 20);
    for (int i = 0; i <= RIGHTS_MAX; i++) {
        buf_append_format(&text, "- {id: h%d, name: H, country: DE, expressions: 'h%d'}\n", i, i);
    }
    buf_append_byte(&text, '\0');
    struct diagnostics diagnostics = {0};
    write_file((const char *)text.data);
    rights_free(load(false, true, false, &diagnostics));
    assert_int_equal(diagnostics.count, 1);
    assert_int_equal(diagnostics.items[0].line, RIGHTS_MAX + 1);
    diagnostics_free(&diagnostics);
    buf_free(&text);
}

static void folders_without_files_hold_nobody(void **state)
{
    (void)state;
    struct diagnostics diagnostics = {0};
    char *items[] = {"/nonexistent"};
    struct text_list folders = {.items = items, .count = 1};
    struct rights *rights = load_folders(&folders, true, &diagnostics);
    assert_int_equal(diagnostics.count, 0);
    assert_int_equal(rights->count + rights->file_count, 0);
    assert_string_equal(holders_of(rights, "DAZN 1"), "");
    rights_free(rights);
}

/* ---- the tally */

static void take(const struct rights *rights, struct http_memo *memo, enum entry_kind kind, const char *title)
{
    struct pcre_scratch scratch = {0};
    struct catalogue_entry entry = {.source = ENTRY_API, .kind = kind, .title = slice_text(title)};
    rights_take_entry(rights, &scratch, memo, &entry);
    pcre_scratch_free(&scratch);
}

static void assert_tally(const struct rights *rights, const struct http_memo *memo, uint32_t names,
                         unsigned owners, const char *ids)
{
    assert_int_equal(memo->rights.names, names);
    assert_int_equal(rights_owners(&memo->rights), owners);
    struct rights_holders told;
    char text[1024] = "";
    assert_int_equal(rights_tell(rights, &memo->rights, &told), ids[0] != '\0');
    for (uint32_t i = 0; i < told.count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "", told.ids[i]);
    }
    assert_string_equal(text, ids);
}

static void different_names_of_live_entries_count(void **state)
{
    (void)state;
    struct rights *rights = load_good(true, false, false);
    struct http_memo memo = {.count = 0};
    take(rights, &memo, ENTRY_MOVIE, "DAZN 1");
    take(rights, &memo, ENTRY_SERIES, "DAZN 1");
    take(rights, &memo, ENTRY_RADIO, "DAZN 1");
    take(rights, &memo, ENTRY_LIVE, "TF1");
    assert_tally(rights, &memo, 0, 0, "");
    take(rights, &memo, ENTRY_LIVE, "ES| DAZN 1 FHD");
    take(rights, &memo, ENTRY_LIVE, "IT| DAZN 1 4K");
    take(rights, &memo, ENTRY_LIVE, "DAZN 1 BACKUP");
    assert_tally(rights, &memo, 1, 1, "dazn");
    /* It fits two rows and counts for the first. */
    take(rights, &memo, ENTRY_LIVE, "DAZN F1");
    assert_tally(rights, &memo, 2, 1, "dazn formula-1");
    take(rights, &memo, ENTRY_LIVE, "M+ LALIGA");
    assert_tally(rights, &memo, 3, 2, "dazn formula-1 movistar-plus");
    assert_int_equal(rights_markets(rights, &memo.rights), 2); /* Spain and Andorra */
    take(rights, &memo, ENTRY_LIVE, "SKY SPORTS MAIN EVENT");
    assert_int_equal(rights_markets(rights, &memo.rights), 0);
    rights_take_entry(rights, NULL, NULL, &(struct catalogue_entry){.kind = ENTRY_LIVE});
    rights_free(rights);
}

/* What is counted is bounded: after 192 names nothing changes any more. */
static void a_tally_has_room_for_many_names(void **state)
{
    (void)state;
    write_file("- {id: a, name: A, country: '*', expressions: 'aa \\d'}\n- {id: b, name: B, country: DE, "
               "expressions: 'bb \\d'}\n");
    struct rights *rights = load_good(false, true, false);
    struct http_memo memo = {.count = 0};
    for (int i = 0; i < 500; i++) {
        char title[32];
        snprintf(title, sizeof title, "Aa %d x", i);
        take(rights, &memo, ENTRY_LIVE, title);
    }
    assert_tally(rights, &memo, 192, 1, "a");
    take(rights, &memo, ENTRY_LIVE, "Bb 1");
    assert_tally(rights, &memo, 192, 1, "a");
    assert_true(rights_markets(rights, &memo.rights) == 26 * 26);
    rights_free(rights);
}

/* Of more than sixteen holders those with the most names are told, in order of their ids. */
static void the_most_named_are_told(void **state)
{
    (void)state;
    struct buf text = buf_make(1 << 16);
    for (int i = 0; i < 20; i++) {
        buf_append_format(&text, "- {id: h%02d, name: H, country: DE, expressions: 'h%02d'}\n", i, i);
    }
    buf_append_byte(&text, '\0');
    write_file((const char *)text.data);
    buf_free(&text);
    struct rights *rights = load_good(false, true, false);
    struct http_memo memo = {.count = 0};
    for (int i = 0; i < 20; i++) {
        for (int copy = 0; copy < (i < 4 ? 1 : 2); copy++) {
            char title[32];
            snprintf(title, sizeof title, "H%02d %d", 19 - i, copy);
            take(rights, &memo, ENTRY_LIVE, title);
        }
    }
    assert_tally(rights, &memo, 36, 20, "h00 h01 h02 h03 h04 h05 h06 h07 h08 h09 h10 h11 h12 h13 h14 h15");
    rights_free(rights);
}

/* A document that was begun under other holders counts anew. */
static void another_set_counts_anew(void **state)
{
    (void)state;
    struct rights *first = load_good(true, false, false);
    struct rights *second = load_good(true, false, false);
    struct http_memo memo = {.count = 0};
    take(first, &memo, ENTRY_LIVE, "DAZN 1");
    take(first, &memo, ENTRY_LIVE, "DAZN 2");
    assert_int_equal(rights_markets(second, &memo.rights), 0);
    struct rights_holders told;
    assert_false(rights_tell(second, &memo.rights, &told));
    take(second, &memo, ENTRY_LIVE, "DAZN 2");
    assert_tally(second, &memo, 1, 1, "dazn");
    rights_free(first);
    rights_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_of_the_shipped_file_holds),
        cmocka_unit_test(brands_alone_are_nobodys),
        cmocka_unit_test(names_in_every_alphabet_are_found),
        cmocka_unit_test(a_site_adds_rows),
        cmocka_unit_test(mistakes_are_told_at_their_places),
        cmocka_unit_test(all_mistakes_of_a_file_are_told),
        cmocka_unit_test(numbers_are_capped),
        cmocka_unit_test(folders_without_files_hold_nobody),
        cmocka_unit_test(different_names_of_live_entries_count),
        cmocka_unit_test(a_tally_has_room_for_many_names),
        cmocka_unit_test(the_most_named_are_told),
        cmocka_unit_test(another_set_counts_anew),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
