/* rules/README.md holds exactly what rule_print_keywords prints. `test_rule_docs print` prints it. */
#include "helper.h"

#include "base/buf.h"

static char *print_to_text(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    rule_print_keywords(out);
    fclose(out);
    return text;
}

static struct buf read_readme(void)
{
    const char *folder = getenv("VIGIE_SOURCE");
    char *path = folder_path(folder == NULL ? "." : folder, "rules/README.md");
    struct buf text = buf_make(1 << 20);
    char chunk[4096];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t len;
    while ((len = fread(chunk, 1, sizeof chunk, file)) > 0) {
        buf_append(&text, slice_make(chunk, len));
    }
    fclose(file);
    free(path);
    return text;
}

static void test_readme_is_current(void **state)
{
    (void)state;
    static const char begin[] = "<!-- keywords: printed by rule_print_keywords -->\n";
    static const char end[] = "<!-- end of keywords -->\n";
    struct buf readme = read_readme();
    size_t from = slice_find(buf_slice(&readme), slice_text(begin));
    size_t to = slice_find(buf_slice(&readme), slice_text(end));
    assert_true(from != SIZE_MAX && to != SIZE_MAX && from < to);
    from += strlen(begin);
    char *printed = print_to_text();
    buf_append_byte(&readme, '\0');
    readme.data[to] = '\0';
    assert_string_equal((const char *)readme.data + from, printed);
    free(printed);
    buf_free(&readme);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "print") == 0) {
        rule_print_keywords(stdout);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_readme_is_current)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
