/* Lists of a site: which files make one, what a reload reads again, what it refuses. */
#include "helper.h"

#include <sys/stat.h>
#include <unistd.h>

#include "rule/list_store.h"

struct site {
    char *folders_owned[2];
    struct text_list folders;
    struct list_store *store;
    struct list_settings settings;
    struct diagnostics diagnostics;
    struct counter_cell cells[LISTS_COUNTERS_COUNT];
};

static void site_open(struct site *site)
{
    *site = (struct site){0};
    for (size_t i = 0; i < ARRAY_COUNT(site->folders_owned); i++) {
        site->folders_owned[i] = folder_make();
    }
    site->folders = (struct text_list){.items = site->folders_owned, .count = 2};
    site->settings = (struct list_settings){.folders = &site->folders, .max_entries = 1000, .max_shrink = 50};
    site->store = list_store_create(site->cells);
}

static void site_close(struct site *site)
{
    list_store_free(site->store);
    diagnostics_free(&site->diagnostics);
    for (size_t i = 0; i < ARRAY_COUNT(site->folders_owned); i++) {
        folder_remove(site->folders_owned[i]);
    }
}

/* A whole load that asks for one list. */
static struct watch_list *site_load(struct site *site, const char *name, enum list_use use)
{
    diagnostics_free(&site->diagnostics);
    site->diagnostics = (struct diagnostics){0};
    list_store_begin(site->store, &site->settings, &site->diagnostics);
    struct watch_list *list = list_store_get(site->store, name, use);
    list_store_end(site->store, site->diagnostics.count == 0);
    return list;
}

static uint64_t counted(const struct site *site, enum lists_counter counter)
{
    return counter_get(site->cells, counter);
}

static bool has(const struct watch_list *list, const char *host)
{
    return watch_list_find_host(list, slice_text(host), 0, NULL);
}

/* `count` names, each on its line. */
static void write_names(const char *folder, const char *file, size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "n%zu.example\n", i);
    }
    fclose(out);
    folder_write(folder, file, text);
    free(text);
}

static void test_files_of_one_name(void **state)
{
    (void)state;
    struct site site;
    site_open(&site);
    folder_write(site.folders_owned[0], "mine.list", "a.example\n");
    folder_write(site.folders_owned[0], "mine.txt", "0.0.0.0 b.example\n");
    folder_write(site.folders_owned[0], "mine.csv", "name,until\nc.example,9\n");
    folder_write(site.folders_owned[1], "mine.rpz", "*.d.example CNAME .\n");
    folder_write(site.folders_owned[1], "mine.hosts", "127.0.0.1 e.example\n");
    folder_write(site.folders_owned[1], "mine.yaml", "f.example\n");
    struct watch_list *list = site_load(&site, "mine", LIST_USE_ANY);
    assert_int_equal(watch_list_count(list), 5);
    assert_true(has(list, "a.example") && has(list, "b.example") && has(list, "c.example"));
    assert_true(has(list, "x.d.example") && !has(list, "d.example") && has(list, "e.example"));
    assert_int_equal(counted(&site, LISTS_ENTRIES), 5);
    assert_int_equal(counted(&site, LISTS_IN_FORCE), 1);
    assert_int_equal(counted(&site, LISTS_BYTES), watch_list_bytes(list));
    watch_list_release(list);
    assert_null(site_load(&site, "other", LIST_USE_ANY));
    assert_int_equal(counted(&site, LISTS_IN_FORCE), 0);
    site_close(&site);
}

static void test_names_of_lists(void **state)
{
    (void)state;
    char longest[66];
    memset(longest, 'x', sizeof longest);
    assert_true(list_name_is_good(slice_make(longest, 1)));
    assert_true(list_name_is_good(slice_make(longest, 64)));
    assert_false(list_name_is_good(slice_make(longest, 65)));
    assert_false(list_name_is_good(slice_make(longest, 0)));
    assert_false(list_name_is_good(slice_text("../x")));
    assert_false(list_name_is_good(slice_text("x.list")));
    assert_true(list_protects("official"));
    assert_false(list_protects("portals"));
}

static void test_only_what_changed_is_read_again(void **state)
{
    (void)state;
    struct site site;
    site_open(&site);
    uint8_t before[SHA256_SIZE];
    uint8_t digest[SHA256_SIZE];
    folder_write(site.folders_owned[0], "mine.list", "a.example\n");
    struct watch_list *first = site_load(&site, "mine", LIST_USE_ANY);
    list_store_digest(site.store, "mine", LIST_USE_ANY, before);
    struct watch_list *again = site_load(&site, "mine", LIST_USE_ANY);
    list_store_digest(site.store, "mine", LIST_USE_ANY, digest);
    assert_ptr_equal(first, again);
    assert_memory_equal(before, digest, sizeof digest);
    assert_int_equal(counted(&site, LISTS_LOADED), 1);
    assert_int_equal(counted(&site, LISTS_REUSED), 1);
    watch_list_release(again);
    folder_write(site.folders_owned[1], "mine.list", "b.example\n"); /* a file more */
    again = site_load(&site, "mine", LIST_USE_ANY);
    list_store_digest(site.store, "mine", LIST_USE_ANY, digest);
    assert_memory_not_equal(before, digest, sizeof digest);
    assert_ptr_not_equal(first, again);
    assert_int_equal(watch_list_count(again), 2);
    assert_int_equal(counted(&site, LISTS_ADDED), 1);
    watch_list_release(again);
    char *path = folder_path(site.folders_owned[1], "mine.list"); /* and one less */
    assert_int_equal(unlink(path), 0);
    free(path);
    again = site_load(&site, "mine", LIST_USE_ANY);
    assert_int_equal(watch_list_count(again), 1);
    assert_int_equal(counted(&site, LISTS_LOST), 1);
    assert_int_equal(watch_list_count(first), 1); /* who holds the old one still has it */
    watch_list_release(again);
    watch_list_release(first);
    site_close(&site);
}

static void test_a_failed_load_changes_nothing(void **state)
{
    (void)state;
    struct site site;
    site_open(&site);
    folder_write(site.folders_owned[0], "mine.list", "a.example\n");
    struct watch_list *first = site_load(&site, "mine", LIST_USE_ANY);
    char text[4000] = "";
    for (int i = 0; i < 150; i++) {
        strcat(text, "no name\n");
    }
    folder_write(site.folders_owned[0], "mine.list", text);
    struct watch_list *kept = site_load(&site, "mine", LIST_USE_ANY);
    assert_true(has(kept, "a.example")); /* the former one */
    watch_list_release(kept);
    const struct diagnostics *mistakes = list_store_mistakes(site.store);
    assert_int_equal(site.diagnostics.count, 0);
    assert_int_equal(mistakes->count, 101);
    assert_int_equal(mistakes->items[99].line, 100);
    assert_string_equal(mistakes->items[100].text, "has 50 more mistakes");
    assert_int_equal(counted(&site, LISTS_BROKEN), 1);
    size_t changes;
    const struct list_change *change = list_store_changes(site.store, &changes);
    assert_int_equal(changes, 1);
    assert_string_equal(change->name, "mine");
    assert_int_equal(change->outcome, LIST_BROKEN);
    assert_int_equal(change->now, 1);
    watch_list_release(site_load(&site, "mine", LIST_USE_ANY)); /* tried again */
    assert_int_equal(counted(&site, LISTS_BROKEN), 2);
    folder_write(site.folders_owned[0], "mine.list", "a.example\n.b.example\n");
    struct watch_list *again = site_load(&site, "mine", LIST_USE_ANY);
    assert_int_equal(watch_list_count(again), 2);
    assert_int_equal(counted(&site, LISTS_ADDED), 1);
    assert_int_equal(list_store_mistakes(site.store)->count, 0);
    change = list_store_changes(site.store, &changes);
    assert_int_equal(changes, 1);
    assert_int_equal(change->outcome, LIST_TAKEN);
    assert_int_equal(change->before, 1);
    assert_int_equal(change->now, 2);
    watch_list_release(again);
    watch_list_release(first);
    char *path = folder_path(site.folders_owned[0], "mine.csv");
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
    watch_list_release(site_load(&site, "mine", LIST_USE_ANY));
    assert_int_equal(list_store_mistakes(site.store)->count, 1);
    assert_non_null(strstr(list_store_mistakes(site.store)->items[0].text, "cannot be read"));
    site_close(&site);
}

static void expect_kept(struct site *site)
{
    size_t changes;
    list_store_begin(site->store, &site->settings, &site->diagnostics);
    assert_null(list_store_get(site->store, "small", LIST_USE_ANY));
    struct watch_list *list = list_store_keep(site->store, "small", LIST_USE_ANY);
    assert_true(has(list, "n1.example"));
    watch_list_release(list);
    list_store_end(site->store, true);
    assert_int_equal(list_store_mistakes(site->store)->count, 1);
    const struct list_change *change = list_store_changes(site->store, &changes);
    assert_int_equal(changes, 1); /* it is not told as taken, too */
    assert_int_equal(change->outcome, LIST_BROKEN);
    assert_int_equal(change->now, 2);
}

/* What cannot be done without stays with its digest, at each reload until it is there again. */
static void test_a_list_that_is_gone_can_be_kept(void **state)
{
    (void)state;
    uint8_t before[SHA256_SIZE];
    uint8_t now[SHA256_SIZE];
    struct site site;
    site_open(&site);
    list_store_begin(site.store, &site.settings, &site.diagnostics);
    assert_null(list_store_get(site.store, "small", LIST_USE_ANY));
    assert_null(list_store_keep(site.store, "small", LIST_USE_ANY)); /* none was in force */
    list_store_end(site.store, true);
    write_names(site.folders_owned[0], "small.list", 2);
    watch_list_release(site_load(&site, "small", LIST_USE_ANY));
    list_store_digest(site.store, "small", LIST_USE_ANY, before);
    char *path = folder_path(site.folders_owned[0], "small.list");
    unlink(path);
    free(path);
    for (int reload = 0; reload < 2; reload++) {
        expect_kept(&site);
        list_store_digest(site.store, "small", LIST_USE_ANY, now);
        assert_memory_equal(before, now, sizeof before);
    }
    write_names(site.folders_owned[0], "small.list", 3);
    struct watch_list *list = site_load(&site, "small", LIST_USE_ANY);
    assert_true(has(list, "n2.example"));
    watch_list_release(list);
    assert_int_equal(list_store_mistakes(site.store)->count, 0);
    site_close(&site);
}

static void test_entries_are_capped(void **state)
{
    (void)state;
    struct site site;
    site_open(&site);
    write_names(site.folders_owned[0], "mine.list", 1000);
    watch_list_release(site_load(&site, "mine", LIST_USE_ANY));
    assert_int_equal(site.diagnostics.count, 0);
    write_names(site.folders_owned[0], "mine.list", 1002);
    watch_list_release(site_load(&site, "mine", LIST_USE_ANY));
    assert_int_equal(list_store_mistakes(site.store)->count, 1);
    assert_non_null(strstr(list_store_mistakes(site.store)->items[0].text, "has 2 entries more"));
    site_close(&site);
}

/* How many entries are in force when a list of `before` is replaced by one of `after`. */
static size_t replace(size_t before, size_t after, uint64_t max_shrink, uint64_t *refused)
{
    struct site site;
    site_open(&site);
    site.settings.max_shrink = max_shrink;
    write_names(site.folders_owned[0], "mine.list", before);
    watch_list_release(site_load(&site, "mine", LIST_USE_ANY));
    write_names(site.folders_owned[0], "mine.list", after);
    struct watch_list *list = site_load(&site, "mine", LIST_USE_ANY);
    size_t count = watch_list_count(list);
    watch_list_release(list);
    *refused = counted(&site, LISTS_REFUSED);
    assert_int_equal(counted(&site, LISTS_ENTRIES), count);
    list = site_load(&site, "mine", LIST_USE_ANY); /* tried again, not taken for what it was */
    assert_int_equal(watch_list_count(list), count);
    assert_int_equal(counted(&site, LISTS_REFUSED), 2 * *refused);
    watch_list_release(list);
    site_close(&site);
    return count;
}

static void test_a_list_that_shrinks_is_refused(void **state)
{
    (void)state;
    uint64_t refused;
    assert_int_equal(replace(100, 50, 50, &refused), 50);
    assert_int_equal(refused, 0);
    assert_int_equal(replace(100, 49, 50, &refused), 100);
    assert_int_equal(refused, 1);
    assert_int_equal(replace(100, 0, 100, &refused), 0);
    assert_int_equal(replace(100, 99, 0, &refused), 100);
    assert_int_equal(replace(19, 0, 50, &refused), 0);
    assert_int_equal(replace(20, 0, 50, &refused), 20);
    assert_int_equal(replace(20, 500, 0, &refused), 500);
}

static void test_uses_of_one_name(void **state)
{
    (void)state;
    struct site site;
    site_open(&site);
    folder_write(site.folders_owned[0], "official.list", ".github.io\n192.0.2.0/24\n");
    folder_write(site.folders_owned[0], "accused.list", ".github.io\n");
    folder_write(site.folders_owned[0], "agents.list", "VGVzdA==\n");
    struct watch_list *list = site_load(&site, "official", LIST_USE_ANY);
    assert_int_equal(watch_list_count(list), 2);
    watch_list_release(list);
    watch_list_release(site_load(&site, "official", LIST_USE_ADDRESSES));
    assert_int_equal(site.diagnostics.count, 1);
    watch_list_release(site_load(&site, "accused", LIST_USE_ANY));
    assert_int_equal(site.diagnostics.count, 1);
    list = site_load(&site, "agents", LIST_USE_STRINGS);
    assert_true(watch_list_find_text(list, slice_text("Test"), 0, NULL));
    watch_list_release(list);
    site_close(&site);
}

/* ---- rules over another load's lists */

static size_t hits(const struct rule_set *set, struct rule_scratch *scratch, const char *host)
{
    struct http_request request = {.method = slice_text("GET"), .host = slice_text(host)};
    struct http_transaction http = {.request = &request};
    struct app_event event = {.type = APP_HTTP_SETTLED, .http = &http, .time_us = 5000000};
    struct rule_match matches[RULE_MATCHES_MAX];
    return rule_match_event(set, scratch, &event, matches);
}

static void test_rules_take_other_lists(void **state)
{
    (void)state;
    static struct counter_cell cells[RULE_COUNTERS_COUNT];
    struct site site;
    site_open(&site);
    folder_write(site.folders_owned[0], "t.vigie.rules",
                 "alert http any any -> any any (msg:\"m\"; flow:to_server; http.host; "
                 "dataset:isset,mine,type host; metadata: family m3u, role playlist, weight 1; sid:1;)\n");
    folder_write(
        site.folders_owned[0], "mine.csv",
        "name,state,until\n.a.example,,\nfree.a.example,official,\nold.example,,5\nnew.example,,6\n");
    char *rules = folder_path(site.folders_owned[0], "t.vigie.rules");
    struct rule_settings settings = {0};
    option_set_defaults(&rule_options, &settings);
    settings.files = (struct text_list){.items = &rules, .count = 1};
    settings.lists = site.folders;
    list_store_begin(site.store, &site.settings, &site.diagnostics);
    struct rule_set *set = rule_set_load(&settings, site.store, NULL, NULL, false, false, &site.diagnostics);
    diagnostics_print(&site.diagnostics, stderr);
    assert_non_null(set);
    list_store_end(site.store, true);
    struct rule_scratch *scratch = rule_scratch_create(set, cells);
    assert_int_equal(hits(set, scratch, "x.a.example"), 1);
    assert_int_equal(hits(set, scratch, "free.a.example"), 0); /* its owner's */
    assert_int_equal(hits(set, scratch, "old.example"), 0);    /* its time has passed */
    assert_int_equal(hits(set, scratch, "new.example"), 1);
    assert_true(rule_set_is_current(set, &settings, false));
    assert_false(rule_set_is_current(set, &settings, true));
    char before[SHA256_HEX_SIZE];
    memcpy(before, rule_set_digest(set), sizeof before);
    folder_write(site.folders_owned[1], "mine.list", "b.example\n");
    list_store_begin(site.store, &site.settings, &site.diagnostics);
    struct rule_lists *lists = rule_set_read_lists(set, site.store);
    list_store_end(site.store, true);
    assert_int_equal(hits(set, scratch, "b.example"), 0);
    rule_lists_swap(lists);
    assert_int_equal(hits(set, scratch, "b.example"), 1);
    assert_string_not_equal(before, rule_set_digest(set));
    rule_lists_free(lists);
    assert_int_equal(hits(set, scratch, "x.a.example"), 1);
    char *path = folder_path(site.folders_owned[1], "mine.list");
    unlink(path);
    free(path);
    path = folder_path(site.folders_owned[0], "mine.csv");
    unlink(path);
    free(path);
    list_store_begin(site.store, &site.settings, &site.diagnostics);
    lists = rule_set_read_lists(set, site.store); /* rules ask for it: it stays */
    assert_int_equal(site.diagnostics.count, 0);
    assert_int_equal(list_store_mistakes(site.store)->count, 1);
    list_store_end(site.store, true);
    rule_lists_swap(lists);
    rule_lists_free(lists);
    assert_int_equal(hits(set, scratch, "b.example"), 1);
    folder_write(site.folders_owned[0], "rights-holders.x.yaml", "[]\n"); /* not only lists any more */
    assert_false(rule_set_is_current(set, &settings, false));
    rule_scratch_free(scratch);
    rule_set_free(set);
    free(rules);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_of_one_name),
        cmocka_unit_test(test_names_of_lists),
        cmocka_unit_test(test_only_what_changed_is_read_again),
        cmocka_unit_test(test_a_failed_load_changes_nothing),
        cmocka_unit_test(test_a_list_that_is_gone_can_be_kept),
        cmocka_unit_test(test_entries_are_capped),
        cmocka_unit_test(test_a_list_that_shrinks_is_refused),
        cmocka_unit_test(test_uses_of_one_name),
        cmocka_unit_test(test_rules_take_other_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
