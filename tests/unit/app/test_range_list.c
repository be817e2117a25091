/* Lists in parts: whatever the cuts, the order and the overlaps, the facts are those of the whole. */
#include "daemon/app/range_list_priv.h"

#include <stdlib.h>

#include "tests/unit/app/test_m3u_help.h"

enum { PARTS_MAX = 40 };

static const char *const line_ends[] = {"\n", "\r\n", "\r"};

static uint64_t random_state;

static size_t random_below(size_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(random_state >> 33) % bound;
}

/* Channels and films, with groups as attributes and as tags, blank lines and comments. */
static struct buf make_text(unsigned entries, const char *end, bool last_end)
{
    struct buf text = buf_make(SIZE_MAX);
    buf_append_format(&text, "\xef\xbb\xbf#EXTM3U url-tvg=\"http://epg.example/x.xml\"%s", end);
    for (unsigned i = 0; i < entries; i++) {
        buf_append_format(&text, "#EXTINF:-1 tvg-id=\"c%u\" group-title=\"Group %u\",%s| Channel, \"%u\"%s",
                          i, i % 7, i % 3 == 0 ? "FR" : "DE", i, end);
        if (i % 11 == 0) {
            buf_append_format(&text, "# a comment%s%s", end, end);
        }
        bool last = i + 1 == entries;
        buf_append_format(&text, "http://h%u.example:8080/%s/alice77/s3cret9/%u.%s%s", i % 4,
                          i % 5 == 0 ? "movie" : "live", i, i % 5 == 0 ? "mkv" : "ts",
                          last && !last_end ? "" : end);
    }
    return text;
}

struct listing {
    struct range_table table;
    struct range_list *list;
    struct range_part parts[PARTS_MAX];
    size_t count;
    uint64_t told; /* entries */
};

static void count_entry(void *context, const struct catalogue_entry *entry)
{
    struct listing *listing = context;
    assert_true(entry->uri.len > 0);
    listing->told++;
}

static void listing_begin(struct listing *listing, uint64_t total)
{
    struct credential_hashes credentials = help_credentials("alice77", "s3cret9");
    memset(listing, 0, sizeof *listing);
    listing->list = range_table_add(&listing->table, 1, total, 0, 8);
    listing->list->parser = m3u_create(&help_key, &credentials, count_entry, NULL);
}

static size_t open_part(struct listing *listing, uint64_t from, uint64_t to)
{
    assert_true(listing->count < PARTS_MAX);
    listing->list->parts_open++;
    listing->list->parts++;
    listing->parts[listing->count] = (struct range_part){.list = listing->list, .at = from, .end = to};
    return listing->count++;
}

/* In a block of exactly the size. */
static void feed_part(struct listing *listing, size_t number, struct slice bytes)
{
    uint8_t *block = malloc(bytes.len);
    assert_non_null(block);
    memcpy(block, bytes.data, bytes.len);
    range_part_feed(&listing->parts[number], slice_make(block, bytes.len), listing);
    free(block);
}

static struct m3u_facts listing_end(struct listing *listing)
{
    struct m3u_facts facts;
    range_list_report(listing->list, &facts);
    assert_int_equal(facts.entries, listing->told);
    range_table_remove(&listing->table, listing->list);
    assert_int_equal(listing->table.count, 0);
    assert_int_equal(range_table_memory(&listing->table), 0);
    return facts;
}

static void assert_facts(const struct m3u_facts *got, const struct m3u_facts *wanted)
{
    char text[2][FACTS_TEXT_SIZE];
    facts_print_m3u(got, text[0]);
    facts_print_m3u(wanted, text[1]);
    assert_string_equal(text[0], text[1]);
}

/* One after the other, cut at each place of the text. */
static void test_two_parts(void **state)
{
    (void)state;
    for (size_t end = 0; end < ARRAY_COUNT(line_ends); end++) {
        struct buf text = make_text(6, line_ends[end], end == 1);
        struct slice all = buf_slice(&text);
        struct m3u_facts wanted = help_parse_chunks(all, SIZE_MAX, true);
        assert_true(wanted.complete && wanted.entries == 6);
        for (size_t cut = 1; cut < all.len; cut++) {
            for (int order = 0; order < 2; order++) {
                struct listing listing;
                listing_begin(&listing, all.len);
                for (int i = 0; i < 2; i++) {
                    bool front = (i == 0) == (order == 0);
                    struct slice part = front ? slice_part(all, 0, cut) : slice_from(all, cut);
                    size_t number = open_part(&listing, front ? 0 : cut, front ? cut : all.len);
                    feed_part(&listing, number, part);
                    range_part_end(&listing.parts[number], &listing);
                }
                struct m3u_facts got = listing_end(&listing);
                assert_int_equal(got.parts, 2);
                assert_facts(&got, &wanted);
            }
        }
        buf_free(&text);
    }
}

/* Parts of one to three bytes never have a whole line, let alone a head. */
static void test_tiny_parts(void **state)
{
    (void)state;
    struct buf text = make_text(2, "\r\n", false);
    struct slice all = buf_slice(&text);
    struct m3u_facts wanted = help_parse_chunks(all, SIZE_MAX, true);
    for (int backwards = 0; backwards < 2; backwards++) {
        struct listing listing;
        listing_begin(&listing, all.len);
        size_t size = 3;
        for (size_t from = 0; from < all.len; from += size) {
            size_t at = backwards == 1 ? (all.len - 1) / size * size - from : from;
            struct slice part = slice_part(all, at, size);
            size_t number = open_part(&listing, at, at + part.len);
            feed_part(&listing, number, part);
            range_part_end(&listing.parts[number], &listing);
            listing.count = 0;
        }
        struct m3u_facts got = listing_end(&listing);
        assert_facts(&got, &wanted);
    }
    buf_free(&text);
}

/* Many at once, overlapping, in any order of their bytes. */
static void run_parallel(uint64_t seed)
{
    random_state = seed;
    struct buf text = make_text(20 + (unsigned)random_below(200), line_ends[seed % 3], random_below(2) == 0);
    struct slice all = buf_slice(&text);
    struct m3u_facts wanted = help_parse_chunks(all, SIZE_MAX, true);
    struct listing listing;
    listing_begin(&listing, all.len);
    size_t width = all.len / (1 + random_below(12)) + 1;
    for (size_t from = 0; from < all.len; from += width) {
        size_t earlier = random_below(from < 300 ? from + 1 : 300);
        size_t later = random_below(400);
        size_t to = from + width + later < all.len ? from + width + later : all.len;
        open_part(&listing, from - earlier, to);
    }
    size_t open = listing.count;
    while (open > 0) {
        size_t number = random_below(listing.count);
        struct range_part *part = &listing.parts[number];
        if (part->list == NULL) {
            continue;
        }
        struct slice bytes = slice_part(all, (size_t)part->at, 1 + random_below(900));
        bytes = slice_part(bytes, 0, (size_t)(part->end - part->at));
        feed_part(&listing, number, bytes);
        if (part->at == part->end) {
            range_part_end(part, &listing);
            part->list = NULL;
            open--;
        }
    }
    struct m3u_facts got = listing_end(&listing);
    assert_facts(&got, &wanted);
    buf_free(&text);
}

static void test_parallel_parts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        run_parallel(seed);
    }
}

/* With a hole the count is too low and says so; when the hole is filled it is whole. */
static void test_hole(void **state)
{
    (void)state;
    struct buf text = make_text(50, "\n", true);
    struct slice all = buf_slice(&text);
    struct m3u_facts wanted = help_parse_chunks(all, SIZE_MAX, true);
    struct listing listing;
    listing_begin(&listing, all.len);
    size_t number = open_part(&listing, 0, all.len);
    feed_part(&listing, number, slice_part(all, 0, 1000));
    range_part_gap(&listing.parts[number], 500, &listing);
    feed_part(&listing, number, slice_from(all, 1500));
    range_part_end(&listing.parts[number], &listing);
    struct m3u_facts facts;
    range_list_report(listing.list, &facts);
    assert_false(facts.complete);
    assert_true(facts.entries < 50 && facts.entries > 35);
    number = open_part(&listing, 1000, 1500);
    feed_part(&listing, number, slice_part(all, 1000, 500));
    range_part_end(&listing.parts[number], &listing);
    facts = listing_end(&listing);
    assert_facts(&facts, &wanted);
    buf_free(&text);
}

/* The same part again adds nothing; bytes beyond the announced end are none of its. */
static void test_again(void **state)
{
    (void)state;
    struct buf text = make_text(10, "\n", true);
    struct slice all = buf_slice(&text);
    struct m3u_facts wanted = help_parse_chunks(all, SIZE_MAX, true);
    struct listing listing;
    listing_begin(&listing, all.len);
    for (int i = 0; i < 3; i++) {
        size_t number = open_part(&listing, 0, all.len);
        feed_part(&listing, number, all);
        range_part_feed(&listing.parts[number], slice_text("http://beyond.example/1.ts\n"), &listing);
        range_part_end(&listing.parts[number], &listing);
    }
    struct m3u_facts facts = listing_end(&listing);
    assert_facts(&facts, &wanted);
    buf_free(&text);
}

/* A head of exactly the largest size is read; one more byte, and its lines are lost. */
static void test_head_size(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct buf text = buf_make(SIZE_MAX);
        buf_append_text(&text, "#EXTM3U\n#EXTINF:-1,A\nhttp://a.example/1.ts\n#EXTINF:-1,B\n");
        size_t cut = text.len;
        buf_append_text(&text, "http://b.example/2.ts\n#EXTINF:-1,");
        while (text.len - cut < RANGE_HEAD_MAX + over - strlen("\nhttp://c.example/3.ts\n")) {
            buf_append_byte(&text, 'c');
        }
        buf_append_text(&text, "\nhttp://c.example/3.ts\n#EXTINF:-1,D\nhttp://d.example/4.ts\n");
        struct slice all = buf_slice(&text);
        struct listing listing;
        listing_begin(&listing, all.len);
        size_t behind = open_part(&listing, cut, all.len);
        feed_part(&listing, behind, slice_from(all, cut));
        range_part_end(&listing.parts[behind], &listing);
        size_t front = open_part(&listing, 0, cut);
        feed_part(&listing, front, slice_part(all, 0, cut));
        range_part_end(&listing.parts[front], &listing);
        assert_int_equal(listing.list->lost, over);
        struct m3u_facts facts = listing_end(&listing);
        assert_int_equal(facts.complete, over == 0);
        if (over == 0) {
            assert_int_equal(facts.entries, 4);
        } else {
            assert_in_range(facts.entries, 2, 3);
        }
        buf_free(&text);
    }
}

/* More holes than are remembered: nothing breaks, and the list never claims to be whole. */
static void test_too_many_holes(void **state)
{
    (void)state;
    struct buf text = make_text(400, "\n", true);
    struct slice all = buf_slice(&text);
    struct listing listing;
    listing_begin(&listing, all.len);
    size_t number = open_part(&listing, 0, all.len);
    size_t at = 0;
    while (at < all.len) {
        feed_part(&listing, number, slice_part(all, at, 150));
        range_part_gap(&listing.parts[number], 50, &listing);
        at += 200;
        assert_true(listing.list->segments <= RANGE_SEGMENTS_MAX);
    }
    range_part_end(&listing.parts[number], &listing);
    assert_true(listing.list->lost);
    number = open_part(&listing, 0, all.len);
    feed_part(&listing, number, all);
    range_part_end(&listing.parts[number], &listing);
    struct m3u_facts facts = listing_end(&listing);
    assert_false(facts.complete);
    buf_free(&text);
}

/* An answer of which nobody can be told any more leaves the list usable. */
static void test_drop(void **state)
{
    (void)state;
    struct buf text = make_text(30, "\n", true);
    struct slice all = buf_slice(&text);
    struct listing listing;
    listing_begin(&listing, all.len);
    size_t number = open_part(&listing, 0, all.len);
    feed_part(&listing, number, slice_part(all, 0, 1000));
    range_part_drop(&listing.parts[number]);
    number = open_part(&listing, 900, all.len);
    feed_part(&listing, number, slice_from(all, 900));
    range_part_end(&listing.parts[number], &listing);
    struct m3u_facts facts;
    range_list_report(listing.list, &facts);
    assert_true(facts.complete);
    assert_int_equal(facts.entries, 30);
    listing.told = facts.entries;
    (void)listing_end(&listing);
    buf_free(&text);
}

/* A whole answer broke off: its parser goes on as the list's. */
static void test_adopt(void **state)
{
    (void)state;
    struct buf text = make_text(30, "\r\n", false);
    struct slice all = buf_slice(&text);
    struct m3u_facts wanted = help_parse_chunks(all, SIZE_MAX, true);
    struct credential_hashes credentials = help_credentials("alice77", "s3cret9");
    for (size_t cut = 900; cut < 1100; cut++) {
        struct range_table table = {.count = 0};
        struct range_list *list = range_table_add(&table, 1, all.len, 0, 8);
        struct m3u_parser *parser = m3u_create(&help_key, &credentials, NULL, NULL);
        help_feed(parser, slice_part(all, 0, cut), 100);
        range_list_adopt(list, parser, cut);
        struct range_part part = {.list = list, .at = cut - 3, .end = all.len};
        list->parts_open = 1;
        range_part_feed(&part, slice_from(all, cut - 3), NULL);
        range_part_end(&part, NULL);
        struct m3u_facts facts;
        range_list_report(list, &facts);
        assert_facts(&facts, &wanted);
        range_table_remove(&table, list);
    }
    buf_free(&text);
}

/* The table keeps what was used last, never more than its share, and forgets by time. */
static void test_table(void **state)
{
    (void)state;
    enum { MAX = 4, TIMEOUT = 100 };
    struct range_table table = {.count = 0};
    for (uint64_t key = 1; key <= MAX; key++) {
        assert_non_null(range_table_add(&table, key, 1000, (int64_t)key, MAX));
    }
    assert_non_null(range_table_find(&table, 1, 10, TIMEOUT));
    assert_non_null(range_table_add(&table, 5, 1000, 11, MAX));
    assert_int_equal(table.count, MAX);
    assert_null(range_table_find(&table, 2, 12, TIMEOUT)); /* the one not used for longest */
    assert_non_null(range_table_find(&table, 1, 12, TIMEOUT));
    assert_non_null(range_table_find(&table, 3, 3 + TIMEOUT - 1, TIMEOUT));
    assert_null(range_table_find(&table, 4, 4 + TIMEOUT, TIMEOUT));
    struct range_list *busy = range_table_find(&table, 5, 20, TIMEOUT);
    busy->parts_open = 1;
    range_table_sweep(&table, 1000, TIMEOUT);
    assert_int_equal(table.count, 1);
    for (uint64_t key = 10; key < 10 + MAX - 1; key++) {
        range_table_add(&table, key, 1000, 1000, MAX)->parts_open = 1;
    }
    assert_null(range_table_add(&table, 99, 1000, 1000, MAX)); /* answers are adding to all of them */
    for (struct range_list *list = table.oldest; list != NULL; list = list->newer) {
        list->parts_open = 0;
    }
    range_table_sweep(&table, 0, 0);
    assert_int_equal(table.count, MAX); /* those used later than now stay */
    range_table_sweep(&table, INT64_MAX, 0);
    assert_int_equal(table.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_parts),      cmocka_unit_test(test_tiny_parts),
        cmocka_unit_test(test_parallel_parts), cmocka_unit_test(test_hole),
        cmocka_unit_test(test_again),          cmocka_unit_test(test_head_size),
        cmocka_unit_test(test_too_many_holes), cmocka_unit_test(test_drop),
        cmocka_unit_test(test_adopt),          cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
