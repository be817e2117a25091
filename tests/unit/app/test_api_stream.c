/* app/api: answers that are cut, lost in part, very large, or meant to do harm. */
#include "tests/unit/app/test_api_help.h"

#include "base/buf.h"

static const char login[] = "{\"user_info\":{\"username\":\"u\",\"auth\":1,\"max_connections\":\"1\","
                            "\"allowed_output_formats\":[\"ts\"]},"
                            "\"server_info\":{\"url\":\"line.example\",\"port\":\"8088\",\"server_protocol\":"
                            "\"http\",\"process\":true}}";

/* The shapes of the first `len` bytes. */
static struct api_facts parse_start(const char *document, size_t len)
{
    return help_parse_chunks(slice_make(document, len), SIZE_MAX);
}

static size_t end_of(const char *document, const char *part)
{
    const char *at = strstr(document, part);
    assert_non_null(at);
    return (size_t)(at - document) + strlen(part);
}

static void a_cut_login_gives_what_is_certain(void **state)
{
    (void)state;
    uint32_t before = 0;
    for (size_t len = 0; len <= strlen(login); len++) {
        struct api_facts facts = parse_start(login, len);
        assert_int_equal(facts.complete, len == strlen(login));
        assert_int_equal(facts.shapes & before, before); /* nothing is taken back by more bytes */
        before = facts.shapes;
    }
    assert_int_equal(parse_start(login, end_of(login, "\"1\"")).shapes, 0);
    size_t formats = end_of(login, "\"allowed_output_formats\":[");
    assert_int_equal(parse_start(login, formats - 1).shapes, 0);
    assert_int_equal(parse_start(login, formats).shapes, SHAPE(API_LOGIN));
    struct api_facts facts = parse_start(login, end_of(login, "\"http\""));
    assert_int_equal(facts.shapes, SHAPE(API_LOGIN) | SHAPE(API_SERVER_INFO));
    assert_int_equal(facts.named.count, 1);
    assert_int_equal(facts.named.items[0].port, 8088);
}

static void broken_documents_keep_what_came_before(void **state)
{
    (void)state;
    assert_facts(
        "{\"user_info\":{\"max_connections\":1,\"allowed_output_formats\":[]}}}", /* behind the end */
        "login live=0 movies=0 series=0 categories=0 channels=0 total=0 complete=1");
    assert_facts(
        "{\"user_info\":{\"max_connections\":1,\"allowed_output_formats\":[]},,\"js\":{\"token\":\"x\"}}",
        "login live=0 movies=0 series=0 categories=0 channels=0 total=0 complete=0");
    assert_facts("[{\"category_id\":\"1\",\"category_name\":\"a\",\"parent_id\":0},{\"category_id\":]",
                 "categories live=0 movies=0 series=0 categories=1 channels=0 total=0 complete=0");
}

static void gaps_end_the_reading(void **state)
{
    (void)state;
    struct api_parser *parser = api_create(&help_key, NULL, NULL);
    size_t half = end_of(login, "\"allowed_output_formats\":[");
    api_feed(parser, slice_make(login, half));
    api_gap(parser, 1);
    api_feed(parser, slice_make(login + half, strlen(login) - half));
    struct api_facts facts;
    api_finish(parser, &facts);
    api_free(parser);
    assert_int_equal(facts.shapes, SHAPE(API_LOGIN));
    assert_false(facts.complete);

    parser = api_create(&help_key, NULL, NULL);
    api_feed(parser, slice_make(login, half));
    api_gap(parser, 0);
    api_feed(parser, slice_make(login + half, strlen(login) - half));
    api_gap(parser, UINT64_MAX); /* behind the document */
    api_finish(parser, &facts);
    api_free(parser);
    assert_true(facts.complete);
    assert_int_equal(facts.named.count, 1);
}

static void append_live_item(struct buf *text, unsigned number)
{
    buf_append_format(
        text,
        "%s{\"num\":%u,\"name\":\"UK| Arena \\\"%u\\\" \\ud83d\\udcfa\",\"stream_type\":\"%s\","
        "\"stream_id\":%u,\"stream_icon\":\"http:\\/\\/l.example\\/%u.png\",\"epg_channel_id\":null,"
        "\"category_ids\":[1,2,{\"stream_type\":\"movie\"}],\"tv_archive\":0,\"tv_archive_duration\":0}",
        number == 0 ? "" : ",\n", number, number, number % 10 == 9 ? "radio_streams" : "live", number,
        number);
}

static void a_large_list_is_counted_exactly(void **state)
{
    (void)state;
    static const size_t chunks[] = {SIZE_MAX, 1460, 61};
    struct buf text = buf_make(64 << 20);
    buf_append_text(&text, "[");
    for (unsigned i = 0; i < 120000; i++) {
        append_live_item(&text, i);
    }
    size_t closed = text.len;
    buf_append_text(&text, "]");
    assert_false(text.truncated);
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct api_facts facts = help_parse_chunks(buf_slice(&text), chunks[i]);
        assert_int_equal(facts.shapes, SHAPE(API_LIVE_LIST));
        assert_int_equal(facts.live, 108000);
        assert_int_equal(facts.movies, 0);
        assert_true(facts.complete);
    }
    struct api_facts facts = parse_start((const char *)text.data, closed);
    assert_int_equal(facts.live, 108000);
    assert_false(facts.complete);
    facts = parse_start((const char *)text.data, closed - 1); /* the last one, a radio, is open */
    assert_int_equal(facts.live, 108000);
    facts = parse_start((const char *)text.data, closed / 2);
    assert_int_equal(facts.shapes, SHAPE(API_LIVE_LIST));
    assert_in_range(facts.live, 53000, 55000);
    buf_free(&text);
}

static void an_open_item_gives_the_shape_but_no_count(void **state)
{
    (void)state;
    assert_facts(
        "[{\"stream_type\":\"live\",\"epg_channel_id\":null,\"tv_archive_duration\":0,\"name\":\"cut he",
        "live-list live=0 movies=0 series=0 categories=0 channels=0 total=0 complete=0");
    assert_facts("[{\"stream_type\":\"live\",\"epg_channel_id\":null,\"tv_archive_duration\":",
                 "live=0 movies=0 series=0 categories=0 channels=0 total=0 complete=0");
}

/* 300 MB of items in what memory the parser has; a movie is some 60 bytes. */
static void five_million_items(void **state)
{
    (void)state;
    static const char item[] =
        "{\"stream_type\":\"movie\",\"container_extension\":\"mp4\",\"category_id\":1},";
    struct api_parser *parser = api_create(&help_key, NULL, NULL);
    struct buf block = buf_make(1 << 20);
    for (int i = 0; i < 1000; i++) {
        buf_append_text(&block, item);
    }
    api_feed(parser, slice_text("["));
    for (int i = 0; i < 5000; i++) {
        api_feed(parser, buf_slice(&block));
    }
    api_feed(parser, slice_text("{}]"));
    struct api_facts facts;
    assert_true(api_memory(parser) <= 64 * 1024);
    api_finish(parser, &facts);
    api_free(parser);
    buf_free(&block);
    assert_int_equal(facts.movies, 5000000);
    assert_true(facts.complete);
}

static struct api_facts parse_repeated(const char *start, const char *part, size_t times, const char *end)
{
    struct api_parser *parser = api_create(&help_key, NULL, NULL);
    api_feed(parser, slice_text(start));
    for (size_t i = 0; i < times; i++) {
        api_feed(parser, slice_text(part));
    }
    api_feed(parser, slice_text(end));
    struct api_facts facts;
    api_finish(parser, &facts);
    api_free(parser);
    return facts;
}

static void hostile_documents_end(void **state)
{
    (void)state;
    assert_false(parse_repeated("", "[", 1000000, "").complete);
    assert_false(parse_repeated("", "{\"js\":", 1000000, "").complete);
    assert_false(parse_repeated("", "{\"0\":[", 1000000, "").complete);
    assert_int_equal(parse_repeated("", "{\"user_info\":", 200, "").shapes, 0);
    assert_false(parse_repeated("[\"", "xxxxxxxxxx", 1000000, "").complete);
    assert_true(parse_repeated("[\"", "xxxxxxxxxx", 1000000, "\"]").complete);
    assert_true(parse_repeated("[", "9999999999", 1000000, "]").complete);
    assert_true(parse_repeated("[\"", "\\u0000", 1000000, "\"]").complete);
    assert_true(parse_repeated("{\"", "\\\"", 1000000, "\":1}").complete);
    assert_int_equal(parse_repeated("{\"js\":{\"total_items\":", "9", 100, "}}").stalker_total, 0);
    assert_int_equal(
        parse_repeated("{\"js\":{\"total_items\":", "18446744073709551615", 1, "}}").stalker_total,
        UINT64_MAX);
    static const char nuls[] = "{\"js\":{\"token\":\"\0\0\",\"c\0md\":\"\xff\xfe\"}}";
    struct api_facts facts = help_parse_chunks(slice_make(nuls, sizeof nuls - 1), 3);
    assert_true(facts.complete);
    assert_int_equal(facts.shapes, SHAPE(API_STALKER_TOKEN));
    api_free(NULL);
}

static void deep_values_are_passed_over(void **state)
{
    (void)state;
    struct buf text = buf_make(1 << 20);
    buf_append_text(&text, "{\"user_info\":{\"max_connections\":");
    for (int i = 0; i < 200; i++) {
        buf_append_text(&text, "[{\"auth\":0},");
    }
    buf_append_text(&text, "1");
    for (int i = 0; i < 200; i++) {
        buf_append_text(&text, "]");
    }
    buf_append_text(&text, ",\"allowed_output_formats\":[]}}");
    struct api_facts facts = help_parse_chunks(buf_slice(&text), 9);
    assert_int_equal(facts.shapes, SHAPE(API_LOGIN));
    assert_true(facts.complete);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_login_gives_what_is_certain),
        cmocka_unit_test(broken_documents_keep_what_came_before),
        cmocka_unit_test(gaps_end_the_reading),
        cmocka_unit_test(a_large_list_is_counted_exactly),
        cmocka_unit_test(an_open_item_gives_the_shape_but_no_count),
        cmocka_unit_test(five_million_items),
        cmocka_unit_test(hostile_documents_end),
        cmocka_unit_test(deep_values_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
