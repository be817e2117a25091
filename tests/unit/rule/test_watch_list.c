/* Lists: text forms, the longest match, time, overlays over a base, size. */
#include "helper.h"

#include <malloc.h>

#include "rule/watch_list.h"

static bool add(struct watch_builder *builder, const char *text)
{
    struct watch_entry entry = {0};
    struct watch_key_room room;
    const char *wrong = NULL;
    return watch_entry_parse_host(slice_text(text), WATCH_SUFFIXES_NONE, &entry, &room, &wrong) &&
           watch_builder_add(builder, &entry);
}

static struct watch_list *list_of(const char *const *texts, size_t count)
{
    struct watch_builder *builder = watch_builder_create(0);
    for (size_t i = 0; i < count; i++) {
        assert_true(add(builder, texts[i]));
    }
    return watch_builder_finish(builder);
}

#define LIST(...)                                                                                            \
    list_of((const char *const[]){__VA_ARGS__}, ARRAY_COUNT(((const char *const[]){__VA_ARGS__})))

/* The text of what matches; "" where nothing does. */
static const char *find_at(const struct watch_list *list, const char *host, int64_t now)
{
    static char text[WATCH_TEXT_SIZE];
    struct watch_entry found;
    return watch_list_find_host(list, slice_text(host), now, &found) ? watch_entry_print(&found, text) : "";
}

static const char *find(const struct watch_list *list, const char *host)
{
    return find_at(list, host, 0);
}

/* An address with a mistake in it is no name. */
static void test_numbers_are_no_names(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"203.0.113.255", true},
        {"203.0.113.256", false},
        {"203.0.113.300", false},
        {"203.0.113", false},
        {"1.2.3.4.5", false},
        {"a.example.7", false},
        {".a.example.7", false},
        {"a.7.example", true},
        {"a.xN--2gg2gg.example", false}, /* an A-label that says nothing, however it is spelt */
        {"a.example7", true},
        {"203.0.113.7a", true},
        {"12345", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct watch_builder *builder = watch_builder_create(0);
        if (add(builder, rows[i].text) != rows[i].good) {
            fail_msg("%s", rows[i].text);
        }
        watch_builder_free(builder);
    }
}

static void test_the_same_entry(void **state)
{
    (void)state;
    struct watch_list *list = LIST(".wide.example", "wide.example", "203.0.113.0/24");
    struct watch_entry found;
    struct watch_entry entry = {.kind = WATCH_NAME, .key = slice_text("wide.example")};
    assert_true(watch_list_find_same(list, &entry, &found));
    assert_int_equal(found.kind, WATCH_NAME);
    struct watch_list *changed =
        watch_list_change(list, &(const struct watch_change){.remove = true, .entry = entry}, 1);
    assert_false(watch_list_find_same(changed, &entry, &found));
    entry.kind = WATCH_WIDE;
    assert_true(watch_list_find_same(changed, &entry, &found));
    entry.key = slice_text("x.wide.example"); /* found there, but not by itself */
    assert_false(watch_list_find_same(changed, &entry, &found));
    entry = (struct watch_entry){.kind = WATCH_PREFIX};
    assert_true(prefix_parse("203.0.113.0/24", &entry.prefix));
    assert_true(watch_list_find_same(changed, &entry, &found));
    assert_true(prefix_parse("203.0.113.0/25", &entry.prefix));
    assert_false(watch_list_find_same(changed, &entry, &found));
    assert_false(watch_list_find_same(NULL, &entry, &found));
    watch_list_release(changed);
    watch_list_release(list);
}

static void test_names(void **state)
{
    (void)state;
    struct watch_list *list = LIST("Exact.Example", ".wide.example", ".deep.wide.example", "exact.example.");
    assert_int_equal(watch_list_count(list), 3);
    assert_string_equal(find(list, "exact.example"), "exact.example");
    assert_string_equal(find(list, "www.exact.example"), "");
    assert_string_equal(find(list, "wide.example"), ".wide.example");
    assert_string_equal(find(list, "x.wide.example"), ".wide.example");
    assert_string_equal(find(list, "deep.wide.example"), ".deep.wide.example");
    assert_string_equal(find(list, "x.y.deep.wide.example"), ".deep.wide.example");
    assert_string_equal(find(list, "notwide.example"), "");
    assert_string_equal(find(list, "example"), "");
    assert_string_equal(find(list, ""), "");
    assert_true(watch_list_find_host(list, slice_text("wide.example"), 0, NULL));
    watch_list_release(list);
    list = LIST(".wide.example", "wide.example");
    assert_string_equal(find(list, "wide.example"), "wide.example"); /* nearer than the wide one */
    assert_string_equal(find(list, "x.wide.example"), ".wide.example");
    watch_list_release(list);
    assert_string_equal(find(NULL, "wide.example"), "");
    watch_list_release(NULL);
}

static void test_hostile_names(void **state)
{
    (void)state;
    struct watch_list *list = LIST("a.example", "192.0.2.1");
    assert_false(watch_list_find_host(list, slice_make("a.example\0.b", 12), 0, NULL));
    assert_false(watch_list_find_host(list, slice_make("a.exampl\0", 9), 0, NULL));
    assert_false(watch_list_find_host(list, slice_make("192.0.2.1\0", 10), 0, NULL));
    char longest[WATCH_KEY_MAX + 1];
    memset(longest, '.', sizeof longest);
    assert_false(watch_list_find_host(list, slice_make(longest, WATCH_KEY_MAX), 0, NULL));
    assert_false(watch_list_find_host(list, slice_make(longest, WATCH_KEY_MAX + 1), 0, NULL));
    watch_list_release(list);
}

static void test_addresses(void **state)
{
    (void)state;
    struct watch_list *list =
        LIST("203.0.113.7", "192.0.2.0/24", "192.0.2.128/25", "2001:db8::/32", "2001:db8::1", "::/0");
    assert_int_equal(watch_list_count(list), 6);
    assert_string_equal(find(list, "203.0.113.7"), "203.0.113.7");
    assert_string_equal(find(list, "203.0.113.8"), "");
    assert_string_equal(find(list, "192.0.2.127"), "192.0.2.0/24");
    assert_string_equal(find(list, "192.0.2.128"), "192.0.2.128/25");
    assert_string_equal(find(list, "192.0.3.0"), "");
    assert_string_equal(find(list, "2001:db8::1"), "2001:db8::1");
    assert_string_equal(find(list, "2001:db8:ffff::"), "2001:db8::/32");
    assert_string_equal(find(list, "2001:db9::"), "::/0");
    struct address address;
    struct watch_entry found;
    assert_true(address_parse("192.0.2.255", &address));
    assert_true(watch_list_find_address(list, &address, 0, &found));
    assert_int_equal(found.prefix.bits, 121);
    assert_false(watch_list_find_address(NULL, &address, 0, NULL));
    watch_list_release(list);
    list = LIST("0.0.0.0/0");
    assert_string_equal(find(list, "255.255.255.255"), "0.0.0.0/0");
    assert_string_equal(find(list, "2001:db8::1"), "");
    watch_list_release(list);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ".",
        "..a.example",
        "a b.example",
        "*.a.example",
        "a..example",
        "http://a",
        "a.example:80",
        "a/b",
        "localhost",
        ".localhost",
        "\xff\xfe.example",
        ".com",
        ".co.uk",
        ".github.io",
        "192.0.2.1/24",
        "192.0.2.0/33",
        ".192.0.2.1",
        "::1/64",
        "xn--a.example",
        "[::1]",
        "a.example\n",
    };
    struct watch_builder *builder = watch_builder_create(0);
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        if (add(builder, bad[i])) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    assert_int_equal(watch_builder_count(builder), 0);
    assert_true(add(builder, "co.uk")); /* alone it is a host like others */
    struct watch_entry entry = {0};
    struct watch_key_room room;
    const char *wrong = NULL;
    assert_true(
        watch_entry_parse_host(slice_text(".github.io"), WATCH_SUFFIXES_PRIVATE, &entry, &room, &wrong));
    assert_false(watch_entry_parse_host(slice_text(".co.uk"), WATCH_SUFFIXES_PRIVATE, &entry, &room, &wrong));
    assert_non_null(wrong);
    watch_builder_free(builder);
    watch_builder_free(NULL);
}

static void test_lengths(void **state)
{
    (void)state;
    char name[HOST_NAME_SIZE + 2] = ".";
    for (size_t i = 1; i <= 254; i++) {
        name[i] = i % 2 == 0 ? '.' : 'a';
    }
    struct watch_builder *builder = watch_builder_create(0);
    name[254] = '\0';
    assert_true(add(builder, name)); /* 253 bytes */
    assert_true(add(builder, name + 1));
    memcpy(name + 254, "a", 2);
    assert_false(add(builder, name));
    name[254] = '\0';
    struct watch_list *list = watch_builder_finish(builder);
    assert_string_equal(find(list, name + 1), name + 1);
    watch_list_release(list);
}

static void test_international_names(void **state)
{
    (void)state;
    struct watch_list *list = LIST("B\xc3\xbc"
                                   "cher.example",
                                   ".stra\xc3\x9f"
                                   "e.example");
    assert_string_equal(find(list, "xn--bcher-kva.example"), "xn--bcher-kva.example");
    assert_string_equal(find(list, "a.xn--strae-oqa.example"), ".xn--strae-oqa.example");
    watch_list_release(list);
}

static void test_hashes_and_texts(void **state)
{
    (void)state;
    static const char ja4[] = "t13d1516h2_8daaf6152771_b186095e22b6";
    static const char digits[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    struct watch_entry entry = {0};
    struct watch_key_room room;
    const char *wrong = NULL;
    struct watch_builder *builder = watch_builder_create(0);
    assert_true(watch_entry_parse_hash(slice_text(digits), &entry, &room, &wrong));
    assert_true(watch_builder_add(builder, &entry));
    assert_true(
        watch_entry_parse_hash(slice_make("E3B0C44298FC1C149AFBF4C8996FB924", 32), &entry, &room, &wrong));
    assert_true(watch_builder_add(builder, &entry));
    assert_false(watch_entry_parse_hash(slice_make(digits, 63), &entry, &room, &wrong));
    assert_false(watch_entry_parse_hash(slice_make(digits, 31), &entry, &room, &wrong));
    assert_false(
        watch_entry_parse_hash(slice_text("g3b0c44298fc1c149afbf4c8996fb924"), &entry, &room, &wrong));
    assert_true(watch_entry_parse_text(slice_text(ja4), &entry, &wrong));
    assert_true(watch_builder_add(builder, &entry));
    char longest[WATCH_KEY_MAX + 1];
    memset(longest, 'x', sizeof longest);
    assert_false(watch_entry_parse_text(slice_make(longest, 0), &entry, &wrong));
    assert_false(watch_entry_parse_text(slice_make(longest, WATCH_KEY_MAX + 1), &entry, &wrong));
    assert_true(watch_entry_parse_text(slice_make(longest, WATCH_KEY_MAX), &entry, &wrong));
    assert_true(watch_builder_add(builder, &entry));
    struct watch_list *list = watch_builder_finish(builder);
    uint8_t digest[SHA256_SIZE];
    sha256(slice_make(NULL, 0), digest);
    struct watch_entry found;
    char text[WATCH_TEXT_SIZE];
    assert_true(watch_list_find_hash(list, slice_make(digest, 32), 0, &found));
    assert_string_equal(watch_entry_print(&found, text), digits);
    assert_true(watch_list_find_hash(list, slice_make(digest, 16), 0, NULL));
    assert_false(watch_list_find_hash(list, slice_make(digest, 15), 0, NULL));
    assert_false(watch_list_find_text(list, slice_make(digest, 16), 0, NULL));
    assert_true(watch_list_find_text(list, slice_text(ja4), 0, &found));
    assert_string_equal(watch_entry_print(&found, text), ja4);
    assert_true(watch_list_find_text(list, slice_make(longest, WATCH_KEY_MAX), 0, &found));
    assert_int_equal(strlen(watch_entry_print(&found, text)), WATCH_KEY_MAX);
    assert_false(watch_list_find_text(list, slice_make(longest, WATCH_KEY_MAX + 1), 0, NULL));
    assert_false(watch_list_find_text(list, slice_make(longest, 0), 0, NULL));
    watch_list_release(list);
}

/* ---- what an entry says beside its key */

static struct watch_entry entry_of(const char *text, struct watch_key_room *room)
{
    struct watch_entry entry = {0};
    const char *wrong = NULL;
    assert_true(watch_entry_parse_host(slice_text(text), WATCH_SUFFIXES_NONE, &entry, room, &wrong));
    return entry;
}

static void test_facts_and_time(void **state)
{
    (void)state;
    struct watch_builder *builder = watch_builder_create(0);
    struct watch_key_room room;
    char note[WATCH_NOTE_MAX + 1];
    memset(note, 'n', sizeof note);
    for (unsigned facts = 0; facts < 8; facts++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.example", facts);
        struct watch_entry entry = entry_of(name, &room);
        entry.state = (enum watch_state)(facts % WATCH_STATE_COUNT);
        entry.until = (facts & 1) != 0 ? 1000 : 0;
        entry.source = (facts & 2) != 0 ? slice_text("court order 7") : slice_make(NULL, 0);
        entry.note = (facts & 4) != 0 ? slice_make(note, sizeof note) : slice_make(NULL, 0);
        assert_true(watch_builder_add(builder, &entry));
    }
    struct watch_entry wide = entry_of(".n1.example", &room);
    assert_true(watch_builder_add(builder, &wide));
    struct watch_list *list = watch_builder_finish(builder);
    for (unsigned facts = 0; facts < 8; facts++) {
        char name[32];
        struct watch_entry found;
        snprintf(name, sizeof name, "n%u.example", facts);
        assert_true(watch_list_find_host(list, slice_text(name), 999, &found));
        assert_int_equal(found.state, facts % WATCH_STATE_COUNT);
        assert_int_equal(found.until, (facts & 1) != 0 ? 1000 : 0);
        assert_true(slice_equal(found.source, slice_text((facts & 2) != 0 ? "court order 7" : "")));
        assert_int_equal(found.note.len, (facts & 4) != 0 ? WATCH_NOTE_MAX : 0);
        assert_int_equal(watch_list_find_host(list, slice_text(name), 1000, &found),
                         facts == 1 || (facts & 1) == 0);
    }
    assert_string_equal(find_at(list, "n1.example", 999), "n1.example");
    assert_string_equal(find_at(list, "n1.example", 1000), ".n1.example"); /* what the other hid */
    assert_int_equal(watch_list_count(list), 9);
    watch_list_release(list);
}

static void test_the_later_one_holds(void **state)
{
    (void)state;
    struct watch_builder *builder = watch_builder_create(0);
    struct watch_key_room room;
    for (int i = 0; i < 100; i++) {
        struct watch_entry entry = entry_of(i % 2 == 0 ? "a.example" : "192.0.2.0/24", &room);
        entry.until = i + 1;
        assert_true(watch_builder_add(builder, &entry));
    }
    struct watch_list *list = watch_builder_finish(builder);
    assert_int_equal(watch_list_count(list), 2);
    struct watch_entry found;
    assert_true(watch_list_find_host(list, slice_text("a.example"), 98, &found));
    assert_int_equal(found.until, 99);
    assert_true(watch_list_find_host(list, slice_text("192.0.2.9"), 99, &found));
    assert_int_equal(found.until, 100);
    watch_list_release(list);
}

/* ---- changes */

static struct watch_list *change(struct watch_list *list, bool remove, const char *text)
{
    struct watch_key_room room;
    struct watch_change one = {.remove = remove, .entry = entry_of(text, &room)};
    struct watch_list *made = watch_list_change(list, &one, 1);
    assert_non_null(made);
    watch_list_release(list);
    return made;
}

static void count_entry(void *context, const struct watch_entry *entry)
{
    (void)entry;
    (*(size_t *)context)++;
}

static void test_overlay(void **state)
{
    (void)state;
    struct watch_list *list = LIST(".a.example", "b.example", "192.0.2.0/24");
    struct watch_list *before = watch_list_hold(list);
    list = change(list, false, "x.a.example");
    assert_string_equal(find(list, "x.a.example"), "x.a.example");
    assert_string_equal(find(before, "x.a.example"), ".a.example");
    list = change(list, false, ".b.example");
    assert_string_equal(find(list, "b.example"), "b.example"); /* the base's is nearer */
    list = change(list, true, "b.example");
    assert_string_equal(find(list, "b.example"), ".b.example");
    list = change(list, true, ".a.example");
    assert_string_equal(find(list, "y.a.example"), "");
    assert_string_equal(find(list, "x.a.example"), "x.a.example");
    list = change(list, false, "192.0.2.7");
    list = change(list, true, "192.0.2.0/24");
    assert_string_equal(find(list, "192.0.2.7"), "192.0.2.7");
    assert_string_equal(find(list, "192.0.2.8"), "");
    assert_int_equal(watch_list_count(list), 3);
    list = change(list, true, "nobody.example"); /* what nobody has */
    assert_int_equal(watch_list_count(list), 3);
    list = change(list, false, "b.example"); /* back again */
    assert_string_equal(find(list, "b.example"), "b.example");
    assert_int_equal(watch_list_count(list), 4);
    size_t seen = 0;
    watch_list_each(list, count_entry, &seen);
    assert_int_equal(seen, 4);
    struct watch_list *flat = watch_list_flatten(list);
    assert_int_equal(watch_list_count(flat), 4);
    assert_string_equal(find(flat, "c.b.example"), ".b.example");
    assert_string_equal(find(flat, "y.a.example"), "");
    watch_list_release(list);
    watch_list_release(flat);
    assert_string_equal(find(before, "y.a.example"), ".a.example");
    assert_int_equal(watch_list_count(before), 3);
    watch_list_release(before);
    list = change(NULL, false, "a.example"); /* over nothing */
    assert_string_equal(find(list, "a.example"), "a.example");
    watch_list_release(list);
}

static void test_overlay_is_bounded(void **state)
{
    (void)state;
    struct watch_list *list = LIST(".a.example");
    struct watch_change *changes = calloc(WATCH_OVERLAY_MAX + 1, sizeof *changes);
    struct watch_key_room *rooms = calloc(WATCH_OVERLAY_MAX + 1, sizeof *rooms);
    for (size_t i = 0; i <= WATCH_OVERLAY_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%zu.example", i);
        changes[i].entry = entry_of(name, &rooms[i]);
    }
    assert_null(watch_list_change(list, changes, WATCH_OVERLAY_MAX + 1));
    struct watch_list *full = watch_list_change(list, changes, WATCH_OVERLAY_MAX);
    assert_non_null(full);
    assert_null(watch_list_change(full, changes + WATCH_OVERLAY_MAX, 1));
    struct watch_list *same = watch_list_change(full, changes, 1); /* a key that stands there is no more */
    assert_non_null(same);
    struct watch_list *flat = watch_list_flatten(full);
    assert_int_equal(watch_list_count(flat), WATCH_OVERLAY_MAX + 1);
    struct watch_list *more = watch_list_change(flat, changes + WATCH_OVERLAY_MAX, 1);
    assert_non_null(more);
    assert_int_equal(watch_list_count(more), WATCH_OVERLAY_MAX + 2);
    watch_list_release(more);
    watch_list_release(flat);
    watch_list_release(same);
    watch_list_release(full);
    watch_list_release(list);
    free(changes);
    free(rooms);
}

static void test_a_million_names(void **state)
{
    (void)state;
    enum { NAMES = 1000000, MEMORY_MAX = 32 << 20 }; /* two of them while one takes the other's place */
    struct mallinfo2 before = mallinfo2();
    struct watch_builder *builder = watch_builder_create(0);
    char name[64];
    struct watch_key_room room;
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "%sname%d.example", i % 2 == 0 ? "." : "", i);
        struct watch_entry entry = entry_of(name, &room);
        assert_true(watch_builder_add(builder, &entry));
    }
    struct watch_list *list = watch_builder_finish(builder);
    struct mallinfo2 after = mallinfo2();
    size_t used = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
    print_message("a million names: %zu KiB\n", used / 1024);
    assert_true(used < MEMORY_MAX);
    assert_true(watch_list_bytes(list) < MEMORY_MAX);
    assert_int_equal(watch_list_count(list), NAMES);
    assert_string_equal(find(list, "www.name0.example"), ".name0.example");
    assert_string_equal(find(list, "name999999.example"), "name999999.example");
    assert_string_equal(find(list, "www.name999999.example"), "");
    watch_list_release(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_numbers_are_no_names),
        cmocka_unit_test(test_the_same_entry),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_international_names),
        cmocka_unit_test(test_hashes_and_texts),
        cmocka_unit_test(test_facts_and_time),
        cmocka_unit_test(test_the_later_one_holds),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_overlay_is_bounded),
        cmocka_unit_test(test_a_million_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
