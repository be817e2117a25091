/* Masked values: nothing of the buffer but what was fixed. */
#include "helper.h"

#include "rule/mask.h"

static void assert_masked(const char *text, enum mask_form form, const struct mask_span *spans, size_t count,
                          const char *expected)
{
    char out[RULE_VALUE_SIZE];
    mask_value(slice_text(text), spans, count, form, out);
    assert_string_equal(out, expected);
}

static void test_fixed_bytes(void **state)
{
    (void)state;
    const struct mask_span middle[] = {{2, 4}};
    const struct mask_span ends[] = {{6, 8}, {0, 2}};
    const struct mask_span overlap[] = {{1, 5}, {3, 6}, {2, 3}};
    const struct mask_span outside[] = {{6, 99}};
    assert_masked("abcdefgh", MASK_FIXED, NULL, 0, "*");
    assert_masked("", MASK_FIXED, NULL, 0, "");
    assert_masked("abcdefgh", MASK_FIXED, middle, 1, "*cd*");
    assert_masked("abcdefgh", MASK_FIXED, ends, 2, "ab*gh");
    assert_masked("abcdefgh", MASK_FIXED, overlap, 3, "*bcdef*");
    assert_masked("abcdefgh", MASK_FIXED, outside, 1, "*gh");
}

static void test_query_keys(void **state)
{
    (void)state;
    const struct mask_span path[] = {{0, 15}};
    assert_masked("/player_api.php?username=u&password=p&action=get_live_streams", MASK_URL, path, 1,
                  "/player_api.php?username=*&password=*&action=*");
    assert_masked("/player_api.php?myname=u&password=p", MASK_URL, path, 1, "/player_api.php*&password=*");
    assert_masked("/a/b?username", MASK_URL, NULL, 0, "*?username");
    assert_masked("/a/b?username=", MASK_URL, NULL, 0, "*?username=");
    assert_masked("/a/b?", MASK_URL, NULL, 0, "*");
    assert_masked("/username=a/b", MASK_URL, NULL, 0, "*");
    assert_masked("username=u&password=p", MASK_QUERY, NULL, 0, "username=*&password=*");
    assert_masked("username=u", MASK_FIXED, NULL, 0, "*");
}

static void test_shapes(void **state)
{
    (void)state;
    assert_masked("/alice/secret/17.ts?token=x", MASK_SHAPE, NULL, 0, "/*/*/*.ts?token=*");
    assert_masked("/alice/secret/17", MASK_SHAPE, NULL, 0, "/*/*/*");
    assert_masked("/alice/secret.pw", MASK_SHAPE, NULL, 0, "/*/*");
    assert_masked("/alice.ts/secret", MASK_SHAPE, NULL, 0, "/*/*");
    assert_masked("http://h.example/a.m3u8", MASK_SHAPE, NULL, 0, "*//*/*.m3u8");
    assert_masked("/.ts", MASK_SHAPE, NULL, 0, "/.ts");
}

static void test_hostile_text(void **state)
{
    (void)state;
    char text[4096];
    char out[RULE_VALUE_SIZE];
    memset(text, '/', sizeof text);
    mask_value(slice_make(text, sizeof text), NULL, 0, MASK_SHAPE, out);
    assert_true(strlen(out) <= RULE_VALUE_SIZE - 1);
    assert_string_equal(out + strlen(out) - 2, "/*");
    const struct mask_span all[] = {{0, sizeof text}};
    mask_value(slice_make(text, sizeof text), all, 1, MASK_FIXED, out);
    assert_int_equal(strlen(out), RULE_VALUE_SIZE - 1);
    const struct mask_span bytes[] = {{1, 4}};
    assert_masked("a\x01\xff"
                  "bc",
                  MASK_FIXED, bytes, 1,
                  "*\xef\xbf\xbd\xef\xbf\xbd"
                  "b*");
    char keys[8192] = "/?";
    for (size_t i = 0; i < 400; i++) {
        strcat(keys, "username=x&");
    }
    mask_value(slice_text(keys), NULL, 0, MASK_URL, out);
    assert_null(strchr(out, 'x'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_bytes),
        cmocka_unit_test(test_query_keys),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
