/*
 * app/api: answers of everybody else have no shape. The documents are written here after the public
 * descriptions of such interfaces; names and values are made up.
 */
#include "tests/unit/app/test_api_help.h"

static const char *const documents[] = {
    /* a code host: a repository, and a list of issues */
    "{\"id\":1,\"node_id\":\"R_1\",\"name\":\"vigie\",\"full_name\":\"o/vigie\",\"private\":false,"
    "\"owner\":{\"login\":\"o\",\"id\":2,\"type\":\"User\"},\"html_url\":\"https://code.example/o/vigie\","
    "\"description\":\"player_api.php "
    "user_info\",\"fork\":false,\"url\":\"https://api.code.example/repos/o/vigie\","
    "\"created_at\":\"2024-01-01T00:00:00Z\",\"topics\":[\"iptv\",\"m3u\"],\"default_branch\":\"main\"}",
    "[{\"url\":\"https://api.code.example/1\",\"id\":1,\"number\":7,\"title\":\"user_info "
    "allowed_output_formats\","
    "\"user\":{\"login\":\"x\"},\"labels\":[{\"id\":1,\"name\":\"bug\"}],\"state\":\"open\","
    "\"created_at\":\"2024-01-01T00:00:00Z\",\"body\":\"{\\\"user_info\\\":{\\\"auth\\\":0}}\"}]",
    /* weather */
    "{\"coord\":{\"lon\":2.3,\"lat\":48.8},\"weather\":[{\"id\":800,\"main\":\"Clear\",\"description\":"
    "\"clear sky\"}],"
    "\"main\":{\"temp\":281.1,\"pressure\":1021},\"dt\":1700000000,\"sys\":{\"type\":2,\"id\":1,\"country\":"
    "\"FR\"},"
    "\"timezone\":3600,\"id\":2988507,\"name\":\"Paris\",\"cod\":200}",
    /* a shop: products and a tree of categories */
    "[{\"id\":1,\"title\":\"Box\",\"price\":109.95,\"description\":\"set-top "
    "box\",\"category\":\"electronics\","
    "\"image\":\"https://shop.example/1.jpg\",\"rating\":{\"rate\":3.9,\"count\":120}}]",
    "{\"categories\":[{\"category_id\":1,\"parent_id\":0,\"category_name\":\"Shoes\",\"position\":1,"
    "\"children\":"
    "[{\"category_id\":2,\"parent_id\":1,\"category_name\":\"Boots\"}]}]}",
    "[{\"category_id\":5,\"category_name\":\"Shoes\",\"parent_id\":null}]",
    /* films: a list and one series, as a film database gives them */
    "{\"page\":1,\"results\":[{\"adult\":false,\"backdrop_path\":\"/a.jpg\",\"genre_ids\":[18],\"id\":1,"
    "\"original_language\":\"en\",\"title\":\"A film\",\"vote_average\":8.1,\"media_type\":\"movie\"}],"
    "\"total_pages\":5,\"total_results\":100}",
    "{\"backdrop_path\":\"/"
    "b.jpg\",\"created_by\":[],\"episode_run_time\":[45],\"first_air_date\":\"2011-04-17\","
    "\"genres\":[{\"id\":18,\"name\":\"Drama\"}],\"id\":1399,\"name\":\"A series\",\"number_of_seasons\":8}",
    "[{\"id\":1399,\"backdrop_path\":\"/b.jpg\",\"episode_run_time\":[45],\"name\":\"A series\"}]",
    /* a blog's posts and categories */
    "[{\"id\":1,\"date\":\"2024-01-01T00:00:00\",\"slug\":\"iptv\",\"type\":\"post\",\"title\":{\"rendered\":"
    "\"IPTV\"},"
    "\"content\":{\"rendered\":\"<p>\\\"epg_listings\\\":[{\\\"title\\\":\\\"TGl2ZQ==\\\"}]</"
    "p>\"},\"categories\":[1]}]",
    "[{\"id\":1,\"count\":3,\"description\":\"\",\"link\":\"https://blog.example/c/"
    "x\",\"name\":\"x\",\"slug\":\"x\","
    "\"taxonomy\":\"category\",\"parent\":0}]",
    /* sign-in answers */
    "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"user_info\":{\"id\":1,\"name\":"
    "\"x\","
    "\"status\":\"Active\",\"created_at\":1,\"auth\":1}}",
    "{\"user_info\":{\"auth\":0,\"id\":17,\"roles\":[\"guest\"]},\"token\":\"x\"}",
    "{\"token\":\"abc\",\"data\":{\"token\":\"abc\"},\"text\":\"generated in 3 ms\"}",
    /* a media server at home, a tuner, a radio directory */
    "{\"Items\":[{\"Name\":\"A "
    "film\",\"Id\":\"1\",\"Container\":\"mkv\",\"Type\":\"Movie\",\"BackdropImageTags\":[\"x\"]}],"
    "\"TotalRecordCount\":1,\"StartIndex\":0}",
    "{\"FriendlyName\":\"Tuner\",\"ModelNumber\":\"T-4\",\"DeviceID\":\"10AA\",\"BaseURL\":\"http://"
    "192.168.1.2\",\"TunerCount\":4}",
    "[{\"GuideNumber\":\"2.1\",\"GuideName\":\"Local\",\"URL\":\"http://192.168.1.2:5004/auto/v2.1\"}]",
    "[{\"stationuuid\":\"x\",\"name\":\"Radio\",\"url\":\"http://r.example/"
    "s\",\"codec\":\"MP3\",\"countrycode\":\"FR\"}]",
    /* a status page of a server */
    "{\"server_info\":{\"version\":\"1.0\",\"uptime\":17,\"process\":true,\"url\":\"https://"
    "x.example\"},\"status\":\"ok\"}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":"
    "\"up\"},\"value\":[1,\"1\"]}]}}",
    /* a broadcaster's programme guide and its channels */
    "{\"channels\":[{\"id\":\"one\",\"title\":\"One\",\"stream\":{\"type\":\"live\",\"url\":\"https://"
    "cdn.example/one.m3u8\"}}],"
    "\"epg\":[{\"title\":\"News\",\"start_timestamp\":1,\"stop_timestamp\":2,\"has_archive\":1}]}",
    "[{\"id\":1,\"name\":\"One\",\"stream_type\":\"live\",\"stream_url\":\"https://cdn.example/one.m3u8\"}]",
    "[{\"stream_type\":\"movie\",\"title\":\"A film\",\"url\":\"https://cdn.example/a.mp4\"}]",
    /* lists and words that only look alike */
    "[]",
    "{}",
    "[1,2,3,\"user_info\",\"server_info\",null,true,[\"stream_type\"]]",
    "{\"js\":null}",
    "{\"js\":\"token\"}",
    "{\"js\":[\"token\",\"cmd\"]}",
    "{\"js\":{\"cmd\":\"npm run build\",\"data\":[{\"cmd\":\"x\",\"number\":1}]}}",
    "{\"data\":{\"js\":{\"token\":\"x\"},\"user_info\":{\"max_connections\":1,\"allowed_output_formats\":[]}}"
    "}",
    "[{\"user_info\":{\"max_connections\":1,\"allowed_output_formats\":[]},\"server_info\":{\"url\":\"a."
    "example\","
    "\"port\":1,\"server_protocol\":\"http\"}}]",
    "{\"items\":[{\"stream_type\":\"live\",\"epg_channel_id\":\"\",\"tv_archive_duration\":0}]}",
    "{\"user_info max_connections\":{\"allowed_output_formats \":[]},\"user_infos\":{\"max_connections\":1}}",
    "{\"message\":\"Welcome to XUI.one\",\"text\":\"{\\\"js\\\":{\\\"token\\\":\\\"x\\\"}} generated in\"}",
    "{\"q\":\"user_info\",\"hits\":[{\"text\":\"\\\"user_info\\\":{\\\"allowed_output_formats\\\":["
    "\\\"ts\\\"],"
    "\\\"max_connections\\\":1}\",\"title\":\"epg_listings available_channels series_no custom_sid\"}]}",
};

static void they_have_no_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(documents); i++) {
        assert_facts(documents[i], "live=0 movies=0 series=0 categories=0 channels=0 total=0 complete=1");
    }
}

/* Nor has the start of one, wherever it is cut. */
static void their_starts_have_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(documents); i++) {
        for (size_t len = 0; len < strlen(documents[i]); len++) {
            struct api_facts facts = help_parse_chunks(slice_make(documents[i], len), SIZE_MAX);
            assert_int_equal(facts.shapes, 0);
            assert_int_equal(facts.named.count, 0);
            assert_false(facts.complete);
        }
    }
}

static void other_texts_have_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "<!DOCTYPE html><pre>{\"user_info\":{\"max_connections\":1,\"allowed_output_formats\":[]}}</pre>",
        "callback({\"js\":{\"token\":\"x\"}})",
        "#EXTM3U\n{\"js\":{\"token\":\"x\"}}",
        "Authorization failed.",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct api_facts facts = help_parse(texts[i]);
        assert_int_equal(facts.shapes, 0);
        assert_false(facts.complete);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_have_no_shape),
        cmocka_unit_test(their_starts_have_none),
        cmocka_unit_test(other_texts_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
