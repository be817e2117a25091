/* Name sets: the text form, look-ups by label, size. */
#include "helper.h"

#include <malloc.h>

#include "rule/name_set.h"

static bool add(struct name_set *set, const char *entry)
{
    return name_set_add(set, slice_text(entry), NULL, 0, NULL);
}

static const char *find(const struct name_set *set, const char *name)
{
    const char *entry = NULL;
    return name_set_contains(set, slice_text(name), &entry) ? entry : "";
}

static void test_exact_and_wide(void **state)
{
    (void)state;
    struct name_set *set = name_set_create();
    assert_string_equal(find(set, "a.example"), "");
    assert_true(add(set, "Exact.Example"));
    assert_true(add(set, ".wide.example"));
    assert_true(add(set, ".deep.wide.example"));
    assert_true(add(set, "203.0.113.7"));
    assert_int_equal(name_set_count(set), 4);
    assert_true(add(set, "exact.example."));
    assert_int_equal(name_set_count(set), 4);
    assert_string_equal(find(set, "exact.example"), "exact.example");
    assert_string_equal(find(set, "www.exact.example"), "");
    assert_string_equal(find(set, "wide.example"), ".wide.example");
    assert_string_equal(find(set, "x.wide.example"), ".wide.example");
    assert_string_equal(find(set, "deep.wide.example"), ".deep.wide.example");
    assert_string_equal(find(set, "x.y.deep.wide.example"), ".deep.wide.example");
    assert_string_equal(find(set, "notwide.example"), "");
    assert_string_equal(find(set, "example"), "");
    assert_string_equal(find(set, "203.0.113.7"), "203.0.113.7");
    assert_string_equal(find(set, ""), "");
    assert_true(name_set_contains(set, slice_text("wide.example"), NULL));
    /* An exact entry is nearer than a wide one of the same name. */
    assert_true(add(set, "wide.example"));
    assert_string_equal(find(set, "wide.example"), "wide.example");
    assert_string_equal(find(set, "x.wide.example"), ".wide.example");
    name_set_free(set);
    name_set_free(NULL);
}

static void test_hostile_names(void **state)
{
    (void)state;
    struct name_set *set = name_set_create();
    assert_true(add(set, "a.example"));
    assert_false(name_set_contains(set, slice_make("a.example\0.b", 12), NULL));
    assert_false(name_set_contains(set, slice_make("a.exampl\0", 9), NULL));
    char longest[HOST_NAME_SIZE + 1];
    memset(longest, '.', sizeof longest);
    assert_false(name_set_contains(set, slice_make(longest, HOST_NAME_SIZE - 1), NULL));
    assert_false(name_set_contains(set, slice_make(longest, HOST_NAME_SIZE), NULL));
    name_set_free(set);
}

static void test_what_is_no_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     ".",        "..a",  "a b", "*.a.example",
                                      "a..b", "http://a", "a:80", "a/b", "-\x01"};
    struct name_set *set = name_set_create();
    struct diagnostics diagnostics = {0};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_false(name_set_add(set, slice_text(bad[i]), "list", (unsigned)i + 1, &diagnostics));
    }
    assert_int_equal(diagnostics.count, ARRAY_COUNT(bad));
    assert_int_equal(diagnostics.items[3].line, 4);
    assert_int_equal(name_set_count(set), 0);
    diagnostics_free(&diagnostics);
    name_set_free(set);
}

static void test_international_names(void **state)
{
    (void)state;
    struct name_set *set = name_set_create();
    assert_true(add(set, "B\xc3\xbc"
                         "cher.example"));
    assert_true(add(set, ".stra\xc3\x9f"
                         "e.example"));
    assert_string_equal(find(set, "xn--bcher-kva.example"), "xn--bcher-kva.example");
    assert_string_equal(find(set, "a.xn--strae-oqa.example"), ".xn--strae-oqa.example");
    assert_false(add(set, "\xff\xfe.example"));
    name_set_free(set);
}

static void test_files(void **state)
{
    (void)state;
    struct diagnostics diagnostics = {0};
    char *folder = folder_make();
    folder_write(folder, "x.list", "# head\r\n\n  a.example  # why\n.b.example\r\nno name\nlast.example");
    char *path = folder_path(folder, "x.list");
    struct name_set *set = name_set_create();
    assert_true(name_set_load(set, path, &diagnostics));
    assert_int_equal(name_set_count(set), 3);
    assert_int_equal(diagnostics.count, 1);
    assert_int_equal(diagnostics.items[0].line, 5);
    assert_string_equal(diagnostics.items[0].file, path);
    assert_string_equal(find(set, "last.example"), "last.example");
    assert_false(name_set_load(set, folder, &diagnostics));
    assert_false(name_set_load(set, "/nonexistent/x.list", &diagnostics));
    diagnostics_free(&diagnostics);
    name_set_free(set);
    free(path);
    folder_remove(folder);
}

static void test_shipped_lists(void **state)
{
    (void)state;
    const char *folder = getenv("VIGIE_SOURCE");
    struct diagnostics diagnostics = {0};
    struct name_set *set = name_set_create();
    char *path = folder_path(folder == NULL ? "." : folder, "rules/datasets/official.list");
    assert_true(name_set_load(set, path, &diagnostics));
    diagnostics_print(&diagnostics, stderr);
    assert_int_equal(diagnostics.count, 0);
    assert_true(name_set_count(set) > 200);
    assert_string_equal(find(set, "www.dazn.com"), ".dazn.com");
    assert_string_equal(find(set, "rmtv.akamaized.net"), "rmtv.akamaized.net");
    assert_string_equal(find(set, "other.akamaized.net"), "");
    free(path);
    name_set_free(set);
}

static void test_a_million_names(void **state)
{
    (void)state;
    enum { NAMES = 1000000, MEMORY_MAX = 64 << 20 };
    struct mallinfo2 before = mallinfo2();
    struct name_set *set = name_set_create();
    char name[64];
    for (int i = 0; i < NAMES; i++) {
        int len = snprintf(name, sizeof name, "%sname%d.example", i % 2 == 0 ? "." : "", i);
        assert_true(name_set_add(set, slice_make(name, (size_t)len), NULL, 0, NULL));
    }
    struct mallinfo2 after = mallinfo2();
    size_t used = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
    print_message("a million names: %zu KiB\n", used / 1024);
    assert_true(used < MEMORY_MAX);
    assert_int_equal(name_set_count(set), NAMES);
    assert_string_equal(find(set, "www.name0.example"), ".name0.example");
    assert_string_equal(find(set, "name999999.example"), "name999999.example");
    assert_string_equal(find(set, "www.name999999.example"), "");
    name_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_and_wide),  cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_what_is_no_name), cmocka_unit_test(test_international_names),
        cmocka_unit_test(test_files),           cmocka_unit_test(test_shipped_lists),
        cmocka_unit_test(test_a_million_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
