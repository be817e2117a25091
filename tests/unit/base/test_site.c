/* base/site: which hosts belong together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/site.h"

static void test_sites(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"a.example", "a.example", true},
        {"www.a.example", "cdn.x.a.example", true},
        {"a.example", "www.a.example", true},
        {"a.example", "b.example", false},
        {"a.co.uk", "b.co.uk", false},
        {"x.a.co.uk", "y.a.co.uk", true},
        {"a.github.io", "b.github.io", false},
        {"203.0.113.7", "203.0.113.7", true},
        {"203.0.113.7", "203.0.114.7", false},
        {"10.203.0.113", "9.203.0.113", false},
        {"2001:db8::1", "2001:db8::2", false},
        {"localhost", "localhost", true},
        {"localhost", "other", false},
        {"co.uk", "a.co.uk", false},
        {"example", "a.example", false},
        {"", "a.example", false},
        {"", "", true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(site_same(slice_text(rows[i].a), slice_text(rows[i].b)), rows[i].same);
        assert_int_equal(site_same(slice_text(rows[i].b), slice_text(rows[i].a)), rows[i].same);
    }
    char longest[300];
    memset(longest, 'a', sizeof longest);
    assert_false(site_same(slice_make(longest, sizeof longest), slice_text("a.example")));
    assert_true(site_same(slice_make(longest, sizeof longest), slice_make(longest, sizeof longest)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sites)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
