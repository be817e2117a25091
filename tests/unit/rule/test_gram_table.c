/* The table of grams finds what a plain search finds: at the first byte, at the last, and across strides. */
#include "helper.h"

#include "daemon/rule/gram_table_priv.h"

enum { TEXTS = 6 };

static const struct gram_text texts[TEXTS] = {
    {.text = {(const uint8_t *)".ts", 3}, .place = 0, .id = 10},
    {.text = {(const uint8_t *)"/live/", 6}, .place = 0, .id = 11},
    {.text = {(const uint8_t *)"content-disposition", 19}, .nocase = true, .place = 1, .id = 12},
    {.text = {(const uint8_t *)"/live/", 6}, .place = 1, .id = 13},
    {.text = {(const uint8_t *)"abcdefgh", 8}, .place = 2, .id = 14},
    {.text = {(const uint8_t *)"abcdefgX", 8}, .place = 2, .id = 15},
};

static void take(void *context, uint32_t id)
{
    *(unsigned *)context |= 1U << (id - 10);
}

static unsigned search(const struct gram_table *table, uint8_t place, const char *text)
{
    unsigned found = 0;
    size_t len = strlen(text);
    void *block = malloc(len > 0 ? len : 1); /* of its size, for what reads a byte too many */
    assert_non_null(block);
    memcpy(block, text, len);
    gram_table_search(table, place, slice_make(block, len), take, &found);
    free(block);
    return found;
}

static void test_places(void **state)
{
    (void)state;
    struct gram_table *table = gram_table_create(texts, TEXTS, slice_text("content-"));
    assert_int_equal(search(table, 0, ".ts"), 1);
    assert_int_equal(search(table, 0, ".t"), 0);
    assert_int_equal(search(table, 0, ""), 0);
    assert_int_equal(search(table, 0, "/a.ts"), 1);
    assert_int_equal(search(table, 0, "/a.TS"), 0);
    assert_int_equal(search(table, 0, "/live/1.ts"), 3);
    assert_int_equal(search(table, 1, "/live/1.ts"), 8);
    assert_int_equal(search(table, 1, "Content-Disposition: x"), 4);
    assert_int_equal(search(table, 1, "Content-Dispositio"), 0);
    assert_int_equal(search(table, 3, "/live/1.ts"), 0);
    gram_table_free(table);
}

/* Wherever a text stands, one of its grams is looked at. */
static void test_every_offset(void **state)
{
    (void)state;
    struct gram_table *table = gram_table_create(texts, TEXTS, slice_text(""));
    for (size_t before = 0; before < 20; before++) {
        for (size_t behind = 0; behind < 8; behind++) {
            char text[64] = "";
            snprintf(text, sizeof text, "%.*s%s%.*s", (int)before, "abcdefgabcdefgabcdefg", "abcdefgh",
                     (int)behind, "........");
            assert_int_equal(search(table, 2, text), 16);
            text[before + 7] = 'X';
            assert_int_equal(search(table, 2, text), 32);
            text[before + 7] = 'Y';
            assert_int_equal(search(table, 2, text), 0);
        }
    }
    gram_table_free(table);
}

/* Many texts with most grams in common. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    static char bytes[MANY][24];
    static struct gram_text many[MANY];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(bytes[i], sizeof bytes[i], "/player_%04zu.php", i);
        many[i] = (struct gram_text){.text = slice_text(bytes[i]), .id = 10 + (uint32_t)(i % 7 == 0)};
    }
    struct gram_table *table = gram_table_create(many, MANY, slice_text("/player_ .php"));
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(search(table, 0, bytes[i]), i % 7 == 0 ? 2 : 1);
    }
    assert_int_equal(search(table, 0, "/player_5000.php"), 0);
    gram_table_free(table);
}

static void test_none(void **state)
{
    (void)state;
    struct gram_table *table = gram_table_create(texts, 0, slice_text(""));
    assert_int_equal(search(table, 0, "/live/1.ts"), 0);
    gram_table_free(table);
    gram_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_every_offset),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
