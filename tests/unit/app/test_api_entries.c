/* app/api: which items of answers are told as entries, and as what. */
#include "tests/unit/app/test_api_help.h"

#include "base/attr.h"
#include "base/buf.h"

struct told {
    struct buf text; /* one line an entry: kind, title, name, tvg_id */
};

static void add(struct buf *text, struct slice part)
{
    buf_append_byte(text, '|');
    buf_append(text, part);
}

static void take_entry(void *context, const struct catalogue_entry *entry)
{
    struct told *told = context;
    assert_int_equal(entry->source, ENTRY_API);
    assert_int_equal(entry->uri.len + entry->group.len, 0);
    buf_append_text(&told->text, entry_kind_name(entry->kind));
    add(&told->text, entry->title);
    add(&told->text, entry->name);
    add(&told->text, entry->tvg_id);
    buf_append_byte(&told->text, '\n');
}

static void assert_entries(const char *document, const char *wanted)
{
    for (size_t chunk = 1; chunk < 2048; chunk *= 32) {
        struct told told = {.text = buf_make(1 << 16)};
        struct api_parser *parser = api_create(&help_key, take_entry, &told);
        for (struct slice rest = slice_text(document); rest.len > 0; rest = slice_from(rest, chunk)) {
            api_feed(parser, slice_part(rest, 0, chunk));
        }
        struct api_facts facts;
        api_finish(parser, &facts);
        api_free(parser);
        buf_append_byte(&told.text, '\0');
        assert_string_equal((const char *)told.text.data, wanted);
        buf_free(&told.text);
    }
}

#define ITEM(name, type)                                                                                     \
    "{\"num\":1,\"name\":\"" name "\",\"stream_type\":\"" type                                               \
    "\",\"stream_id\":7,\"epg_channel_id\":\"ch.es\",\"category_id\":\"3\",\"tv_archive_duration\":0}"

static void items_of_live_lists(void **state)
{
    (void)state;
    assert_entries("[" ITEM("ES| DAZN 1 FHD", "live") "," ITEM("Canal + Sport", "created_live") "]",
                   "live|ES| DAZN 1 FHD|dazn 1|ch.es\nlive|Canal + Sport|canal+ sport|ch.es\n");
    assert_entries("{\"0\":" ITEM("A", "live") ",\"1\":" ITEM("B", "live") "}",
                   "live|A|a|ch.es\nlive|B|b|ch.es\n");
    assert_entries("[" ITEM("Rock", "radio_streams") "]", "radio|Rock||ch.es\n");
    assert_entries("[" ITEM(" \\u1da0\\u1d34\\u1d30 ", "live") "]", "live|ᶠᴴᴰ|fhd|ch.es\n");
}

static void films_and_series_are_no_channels(void **state)
{
    (void)state;
    assert_entries("[{\"name\":\"DAZN "
                   "1\",\"stream_type\":\"movie\",\"category_id\":\"1\",\"container_extension\":\"mkv\"}]",
                   "movie|DAZN 1||\n");
    assert_entries(
        "[{\"name\":\"DAZN "
        "1\",\"series_id\":1,\"backdrop_path\":[],\"episode_run_time\":\"0\",\"category_id\":\"1\"}]",
        "series|DAZN 1||\n");
}

static void channels_of_portals_and_panels(void **state)
{
    (void)state;
    assert_entries("{\"js\":{\"data\":[{\"id\":\"1\",\"name\":\"UK: SKY SPORTS "
                   "F1\",\"number\":\"1\",\"cmd\":\"ffmpeg http://h/1\","
                   "\"tv_genre_id\":\"1\",\"xmltv_id\":\"sky\",\"cmds\":[{\"name\":\"inner\"}]}]}}",
                   "live|UK: SKY SPORTS F1|sky sports f1|sky\n");
    assert_entries("{\"available_channels\":{\"7\":{\"num\":1,\"name\":\"X\",\"stream_type\":\"live\","
                   "\"series_no\":null,"
                   "\"custom_sid\":\"\"}}}",
                   "live|X|x|\n");
}

static void streams_of_panels_say_what_they_are(void **state)
{
    (void)state;
    static const char *const types[] = {"movie", "series", "radio"};
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        char document[256], wanted[64];
        snprintf(document, sizeof document,
                 "{\"available_channels\":{\"7\":{\"name\":\"X\",\"stream_type\":\"%s\",\"series_no\":1,"
                 "\"custom_sid\":\"\"}}}",
                 types[i]);
        snprintf(wanted, sizeof wanted, "%s|X||\n", types[i]);
        assert_entries(document, wanted);
    }
}

static void what_is_no_item_is_not_told(void **state)
{
    (void)state;
    assert_entries("[{\"name\":\"DAZN 1\",\"stream_type\":\"live\"}]", "");
    assert_entries("[{\"category_id\":\"1\",\"category_name\":\"ES| DAZN\",\"parent_id\":0}]", "");
    assert_entries("{\"js\":[{\"id\":\"1\",\"title\":\"Sports\",\"alias\":\"sports\"}]}", "");
    assert_entries("[" ITEM("", "live") "]", "");
    assert_entries(
        "[{\"name\":7,\"stream_type\":\"live\",\"epg_channel_id\":null,\"tv_archive_duration\":0}]", "");
    /* The first item's name is not the second one's. */
    assert_entries(
        "[" ITEM("A",
                 "live") ",{\"stream_type\":\"live\",\"epg_channel_id\":\"\",\"tv_archive_duration\":0}]",
        "live|A|a|ch.es\n");
    assert_entries(
        "[" ITEM("A", "live") ",{\"name\":\"B\",\"stream_type\":\"live\",\"epg_channel_id\":\"\",\"tv_ar",
        "live|A|a|ch.es\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_of_live_lists),
        cmocka_unit_test(films_and_series_are_no_channels),
        cmocka_unit_test(channels_of_portals_and_panels),
        cmocka_unit_test(streams_of_panels_say_what_they_are),
        cmocka_unit_test(what_is_no_item_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
