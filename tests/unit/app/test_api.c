/* app/api: the shapes of panel and portal answers, what they count and whom they name. */
#include "tests/unit/app/test_api_help.h"

#include "daemon/app/api_priv.h"

#define ACCOUNT                                                                                              \
    "\"username\":\"u\",\"password\":\"p\",\"message\":\"\",\"auth\":1,\"status\":\"Active\","               \
    "\"exp_date\":\"1795000000\",\"is_trial\":\"0\",\"active_cons\":\"0\",\"created_at\":\"1763000000\","    \
    "\"max_connections\":\"1\",\"allowed_output_formats\":[\"m3u8\",\"ts\",\"rtmp\"]"
#define NOTHING "live=0 movies=0 series=0 categories=0 channels=0 total=0 complete=1"

static void every_key_is_found(void **state)
{
    (void)state;
#define KEY_NAME(name) #name,
    static const char *const names[] = {API_KEYS(KEY_NAME)};
#undef KEY_NAME
    for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
        assert_int_equal(api_key_find(slice_text(names[i])), i);
    }
    static const char *const others[] = {"",          "i",   "user_inf", "user_infp", "user_info ",
                                         "User_info", "zzz", "000a",     "a"};
    for (unsigned i = 0; i < ARRAY_COUNT(others); i++) {
        assert_int_equal(api_key_find(slice_text(others[i])), API_KEY_OTHER);
    }
    assert_int_equal(api_key_find(slice_text("0")), API_KEY_DIGITS);
    assert_int_equal(api_key_find(slice_text("123456789")), API_KEY_DIGITS);
}

static void shapes_have_names(void **state)
{
    (void)state;
    assert_string_equal(api_shape_name(API_LOGIN), "login");
    for (unsigned i = 0; i < API_SHAPE_COUNT; i++) {
        assert_int_equal(api_shape_by_name(slice_text(api_shape_name(i))), i);
        assert_true(strlen(api_shape_help(i)) > 0);
    }
    assert_int_equal(api_shape_by_name(slice_text("logi")), API_SHAPE_COUNT);
    assert_int_equal(api_shape_by_name(slice_text("")), API_SHAPE_COUNT);
}

static void logins_are_told(void **state)
{
    (void)state;
    assert_facts(
        "{\"user_info\":{" ACCOUNT "},\"server_info\":{\"url\":\"line.example\",\"port\":\"8088\","
        "\"https_port\":\"443\",\"server_protocol\":\"http\",\"rtmp_port\":\"25462\",\"process\":true}}",
        "login server-info process " NOTHING " server_info=line.example:8088*1");
    assert_facts("\xef\xbb\xbf{\"server_info\":{\"server_protocol\":\"http\",\"xui\":true,\"port\":80,"
                 "\"url\":\"http:\\/\\/"
                 "a.example\"},\"user_info\":{\"allowed_output_formats\":[],\"max_connections\":2,"
                 "\"message\":\"Welcome to XUI.one\"}}",
                 "login server-info xui xui-one " NOTHING " server_info=a.example:80*1");
    assert_facts("{\"user_info\":{" ACCOUNT ",\"message\":\"Welcome to XC_VM\"}}", "login xc-vm " NOTHING);
    assert_shapes("{\"user_info\":{\"allowed_output_formats\":[\"ts\"]}}", 0);
    assert_shapes("{\"user_info\":{\"max_connections\":1}}", 0);
    assert_shapes("{\"user_info\":{\"max_connections\":1,\"allowed_output_formats\":\"ts\"}}", 0);
}

static void refusals_are_told(void **state)
{
    (void)state;
    assert_shapes("{\"user_info\":{\"auth\":0}}", SHAPE(API_LOGIN_REFUSED));
    assert_shapes("{\"user_info\":{\"auth\":\"0\"}}", SHAPE(API_LOGIN_REFUSED));
    assert_shapes("{\"user_info\":{\"auth\":false,\"status\":\"Disabled\",\"message\":\"x\"}}",
                  SHAPE(API_LOGIN_REFUSED));
    assert_shapes("{\"user_info\":{\"auth\":1}}", 0);
    assert_shapes("{\"user_info\":{\"auth\":null}}", 0);
    assert_shapes("{\"user_info\":{\"auth\":\"00x\"}}", 0);
    assert_shapes("{\"user_info\":{\"auth\":0,\"username\":\"x\",\"exp_date\":1}}", 0);
    assert_shapes("{\"user_info\":{\"auth\":0,\"email\":\"x\"}}", 0);
    assert_shapes("{\"user_info\":{\"auth\":0", 0); /* what else it holds is not known */
}

static void assert_server(const char *members, const char *wanted)
{
    char document[512];
    char text[512];
    snprintf(document, sizeof document, "{\"server_info\":{%s,\"server_protocol\":\"http\"}}", members);
    snprintf(text, sizeof text, "server-info " NOTHING "%s%s",
             wanted[0] == '\0' ? "" : " server_info=", wanted);
    assert_facts(document, text);
}

static void server_info_names_a_server(void **state)
{
    (void)state;
    assert_server("\"url\":\"A.example\",\"port\":8080", "a.example:8080*1");
    assert_server("\"port\":\"8080\",\"url\":\"http://a.example/x\"", "a.example:8080*1");
    assert_server("\"url\":\"https://a.example\",\"port\":\"\"", "a.example:443*1");
    assert_server("\"url\":\"http://a.example:81\",\"port\":\"82\"", "a.example:81*1");
    assert_server("\"url\":\"a.example:81\",\"port\":\"82\"", "a.example:81*1");
    assert_server("\"url\":\"203.0.113.9\",\"port\":\"65536\"", "203.0.113.9:80*1");
    assert_server("\"url\":\"2001:db8::9\",\"port\":25461", "2001:db8::9:25461*1");
    assert_server("\"url\":\"\",\"port\":80", "");
    assert_server("\"url\":\"localhost\",\"port\":80", "");
    assert_server("\"url\":\"http://127.0.0.1:80/\",\"port\":80", "");
    assert_server("\"url\":\"no host\",\"port\":80", "");
    assert_server("\"url\":\"a.example\\u0000\",\"port\":80", "");
    assert_server("\"url\":\"ftp://a.example\",\"port\":80", "");
    assert_server("\"url\":17,\"port\":80", "");
    assert_facts("{\"server_info\":{\"url\":\"a.example\"}}", NOTHING);
}

static void makes_need_the_server(void **state)
{
    (void)state;
    assert_shapes("{\"server_info\":{\"process\":true,\"xui\":true}}", 0);
    assert_shapes(
        "{\"server_info\":{\"url\":\"\",\"port\":1,\"server_protocol\":\"\",\"process\":\"true\",\"xui\":1}}",
        SHAPE(API_SERVER_INFO));
    assert_shapes("{\"message\":\"Welcome to XUI.one\"}", 0);
    static const char server[] =
        "{\"server_info\":{\"xui\":true,%s\"url\":\"\",\"port\":1,\"server_protocol\":\"\"}}";
    static const struct {
        const char *keys;
        uint32_t shapes;
    } makes[] = {
        {"\"version\":\"1.5.13\",\"revision\":null,", SHAPE(API_XUI_ONE)},
        {"\"version\":\"1.5.5\",", 0},
        {"\"version\":\"1.1.0\",\"revision\":2,", 0},
        {"\"version\":15,\"revision\":2,", 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(makes); i++) {
        char document[256];
        snprintf(document, sizeof document, server, makes[i].keys);
        assert_shapes(document, SHAPE(API_SERVER_INFO) | SHAPE(API_XUI) | makes[i].shapes);
    }
}

#define LIVE_TAIL "\"epg_channel_id\":null,\"tv_archive\":0,\"tv_archive_duration\":0"

static void lists_are_counted_by_type(void **state)
{
    (void)state;
    assert_facts("[{\"num\":1,\"name\":\"A\",\"stream_type\":\"live\"," LIVE_TAIL "},"
                 "{\"stream_type\":\"created_live\"," LIVE_TAIL "},"
                 "{\"stream_type\":\"radio_streams\"," LIVE_TAIL "},"
                 "{\"stream_type\":\"live\",\"epg_channel_id\":\"x\"},"
                 "{" LIVE_TAIL ",\"stream_type\":\"live\"}]",
                 "live-list live=3 movies=0 series=0 categories=0 channels=0 total=0 complete=1");
    assert_facts("[{\"stream_type\":\"movie\",\"container_extension\":\"mkv\",\"category_id\":\"7\"},"
                 "{\"container_extension\":\"mp4\",\"category_id\":null,\"stream_type\":\"movie\"},"
                 "{\"stream_type\":\"movie\",\"container_extension\":\"mp4\"},{\"stream_type\":\"movie\"}]",
                 "movie-list live=0 movies=2 series=0 categories=0 channels=0 total=0 complete=1");
    assert_facts(
        "[{\"name\":\"A\",\"series_id\":1,\"backdrop_path\":[\"x\"],\"youtube_trailer\":\"\","
        "\"episode_run_time\":\"45\",\"category_id\":\"3\"},{\"series_id\":1,\"backdrop_path\":[\"x\"],"
        "\"episode_run_time\":\"45\"},{\"series_id\":1,\"backdrop_path\":[]}]",
        "series-list live=0 movies=0 series=1 categories=0 channels=0 total=0 complete=1");
    assert_facts("{\"0\":{\"stream_type\":\"live\"," LIVE_TAIL "},\"7\":{\"stream_type\":\"live\"," LIVE_TAIL
                 "}}",
                 "live-list live=2 movies=0 series=0 categories=0 channels=0 total=0 complete=1");
    assert_facts("[{\"stream_type\":\"radio_streams\"," LIVE_TAIL "}]", "live-list " NOTHING);
}

static void categories_have_their_keys_only(void **state)
{
    (void)state;
    assert_facts("[{\"category_id\":\"1\",\"category_name\":\"UK | SPORT\",\"parent_id\":0},"
                 "{\"parent_id\":0,\"category_name\":\"\",\"category_id\":\"22\"}]",
                 "categories live=0 movies=0 series=0 categories=2 channels=0 total=0 complete=1");
    assert_shapes("[{\"category_id\":\"1\",\"category_name\":\"Shoes\",\"parent_id\":0,\"image\":\"x\"}]", 0);
    assert_shapes("[{\"category_id\":\"1\",\"category_name\":\"Shoes\",\"parent_id\":0,\"title\":\"x\"}]", 0);
    assert_shapes("[{\"category_id\":1,\"category_name\":\"Shoes\",\"parent_id\":0}]", 0);
    assert_shapes("[{\"category_id\":\"a1\",\"category_name\":\"Shoes\",\"parent_id\":0}]", 0);
    assert_shapes("[{\"category_id\":\"1\",\"category_name\":\"Shoes\",\"parent_id\":null}]", 0);
    assert_shapes("[{\"category_id\":\"1\",\"category_name\":\"Shoes\"}]", 0);
    assert_shapes("[{\"category_id\":\"1\",\"category_name\":\"x\",\"parent_id\":0", 0);
}

static void programmes_are_told(void **state)
{
    (void)state;
    assert_shapes("{\"epg_listings\":[{\"id\":\"0\",\"title\":\"RXZlbmluZyBwcm9ncmFtbWUgMA==\",\"start_"
                  "timestamp\":\"1\"}]}",
                  SHAPE(API_EPG));
    assert_shapes("{\"epg_listings\":[{\"title\":\"TGl2ZQ==\",\"has_archive\":0}]}", SHAPE(API_EPG));
    assert_shapes("{\"epg_listings\":[]}", 0);
    assert_shapes("{\"epg_listings\":[{\"title\":\"TGl2ZQ==\"}]}", 0);
    assert_shapes("{\"epg_listings\":[{\"title\":\"Evening news\",\"start_timestamp\":1}]}", 0);
    assert_shapes("{\"epg_listings\":[{\"title\":\"TGl2Z\",\"start_timestamp\":1}]}", 0);
    assert_shapes("{\"epg_listings\":[{\"title\":\"\",\"start_timestamp\":1}]}", 0);
    /* Letters that are base64 of no text, and one title that is none beside one that is. */
    assert_shapes("{\"epg_listings\":[{\"title\":\"News\",\"start_timestamp\":1}]}", 0);
    assert_shapes(
        "{\"epg_listings\":[{\"title\":\"TGl2ZQ==\",\"has_archive\":0},{\"title\":\"Late night\"}]}", 0);
    assert_shapes(
        "{\"epg_listings\":[{\"title\":\"Late night\"},{\"title\":\"TGl2ZQ==\",\"has_archive\":0}]}", 0);
    assert_shapes("{\"epg_listings\":[{\"title\":\"\"},{\"title\":\"TGl2ZQ==\",\"has_archive\":0}]}",
                  SHAPE(API_EPG));
    assert_shapes("{\"epg_listings\":[{\"title\":\"====\",\"start_timestamp\":1}]}", 0);
    assert_shapes("{\"epg_listings\":{\"title\":\"TGl2ZQ==\",\"has_archive\":0}}", 0);
}

static void panel_channels_are_counted(void **state)
{
    (void)state;
    assert_facts("{\"user_info\":{" ACCOUNT "},\"available_channels\":{"
                 "\"1\":{\"num\":1,\"stream_type\":\"live\",\"series_no\":null,\"custom_sid\":\"\"},"
                 "\"2\":{\"stream_type\":\"movie\",\"series_no\":null,\"custom_sid\":\"\",\"container_"
                 "extension\":\"mp4\"},"
                 "\"a\":{\"stream_type\":\"series\",\"series_no\":3,\"custom_sid\":\"\"},"
                 "\"4\":{\"stream_type\":\"live\",\"series_no\":null}}}",
                 "login panel-channels live=1 movies=1 series=1 categories=0 channels=0 total=0 complete=1");
}

static void portals_are_told(void **state)
{
    (void)state;
#define TEXT ",\"text\":\"generated in: 0.006s; query counter: 7;\"}"
    assert_shapes(
        "{\"js\":{\"token\":\"F9500C9B736E0453C5D5F46E4447F382\",\"random\":\"4d\",\"not_valid\":0}" TEXT,
        SHAPE(API_STALKER_TOKEN) | SHAPE(API_STALKER_LONG_TOKEN) | SHAPE(API_STALKER_GENUINE));
    assert_shapes("{\"js\":{\"token\":\"0123456789012345678901234567890\"}}", SHAPE(API_STALKER_TOKEN));
    assert_shapes("{\"js\":{\"token\":\"bG9uZw\"}}", SHAPE(API_STALKER_TOKEN));
    assert_shapes("{\"text\":\"generated in: 1s\",\"js\":[]}", SHAPE(API_STALKER_GENUINE));
    assert_shapes("{\"js\":{\"token\":\"\"}}", 0);
    assert_shapes("{\"js\":{\"token\":null}}", 0);
    assert_shapes("{\"text\":\"generated in: 1s\"}", 0);
    assert_shapes("{\"js\":{},\"text\":\"not generated in\"}", 0);
    assert_shapes("{\"js\":[{\"id\":\"*\",\"title\":\"All\",\"alias\":\"All\"}]}", SHAPE(API_STALKER_GENRES));
    assert_shapes("{\"js\":[{\"id\":\"*\",\"title\":\"All\"}]}", 0);
    assert_shapes(
        "{\"js\":{\"id\":\"1\",\"stb_type\":\"MAG250\",\"num_banks\":\"2\",\"image_version\":\"218\","
        "\"parent_password\":\"0000\"}}",
        SHAPE(API_STALKER_PROFILE));
    assert_shapes(
        "{\"js\":{\"id\":\"1\",\"stb_type\":\"MAG250\",\"num_banks\":\"2\",\"image_version\":\"218\"}}", 0);
    assert_facts("{\"js\":{\"total_items\":\"6000\",\"max_page_items\":14,\"data\":["
                 "{\"id\":\"1\",\"name\":\"A\",\"number\":\"1\",\"cmd\":\"ffrt "
                 "http://localhost/ch/1_\",\"tv_genre_id\":\"1\","
                 "\"cmds\":[{\"id\":\"1\"}]},{\"id\":\"2\",\"cmd\":\"x\",\"name\":\"film\"}]}" TEXT,
                 "stalker-genuine stalker-channels live=0 movies=0 series=0 categories=0 channels=1 "
                 "total=6000 complete=1");
    static const char channel[] =
        "{\"js\":{\"data\":[{\"number\":\"1\",\"tv_genre_id\":\"1\",\"cmd\":\"%s\"}]}}";
    static const struct {
        const char *command;
        bool placeholder;
    } commands[] = {{"ffmpeg http://localhost/ch/12_", true}, {"ffmpeg http://localhost/ch/12", false},
                    {"ffmpeg http://localhost/ch/_", false},  {"ffmpeg http://localhost/ch/", false},
                    {"ffmpeg http://localhost/ch/a_", false}, {"http://localhost/ch/12_", false}};
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        char document[256];
        snprintf(document, sizeof document, channel, commands[i].command);
        assert_shapes(document, SHAPE(API_STALKER_CHANNELS) |
                                    (commands[i].placeholder ? SHAPE(API_STALKER_PLACEHOLDER) : 0));
    }
    assert_facts("{\"js\":{\"data\":{\"msgs\":0},\"total_items\":12}}",
                 "live=0 movies=0 series=0 categories=0 channels=0 total=12 complete=1");
}

static void assert_link(const char *cmd, const char *wanted)
{
    char document[512];
    char text[512];
    snprintf(document, sizeof document, "{\"js\":{\"id\":\"1\",\"cmd\":\"%s\",\"error\":\"\"}}", cmd);
    const char *behind = strchr(wanted, '|');
    snprintf(text, sizeof text, "%.*s" NOTHING "%s", (int)(behind - wanted), wanted, behind + 1);
    assert_facts(document, text);
}

static void links_are_told(void **state)
{
    (void)state;
    assert_link(
        "ffmpeg "
        "http:\\/\\/p.example\\/play\\/live.php?mac=00:1A:79:00:00:01&stream=1&extension=ts&play_token=kQ8Z",
        "stalker-link stalker-play-token | playlist=p.example:80*1");
    assert_link("ffrt http://p.example:8000/live.php?stream=1&mac=0",
                "stalker-link stalker-play-token | playlist=p.example:8000*1");
    assert_link("ffrt2 http://p.example/u/p/1?play_token=x",
                "stalker-link stalker-play-token | playlist=p.example:80*1");
    assert_link("ffmpeg http://p.example:8000/live/alice77/s3cret/12.ts",
                "stalker-link stalker-panel-link | playlist=p.example:8000*1");
    assert_link("http://p.example/alice77/s3cret/12", "stalker-panel-link | playlist=p.example:80*1");
    assert_link("ffmpeg http://p.example/channels/news/12", "stalker-link | playlist=p.example:80*1");
    assert_link("auto  http://p.example/ch1", "stalker-link | playlist=p.example:80*1");
    assert_shapes("{\"js\":{\"cmd\":\"ffmpeg \",\"streamer_id\":0,\"link_id\":0,\"load\":0,\"error\":\"\"}}",
                  SHAPE(API_STALKER_LINK_KEYS));
    assert_shapes("{\"js\":{\"cmd\":\"ffmpeg \"},\"streamer_id\":0,\"link_id\":0,\"load\":0}",
                  SHAPE(API_STALKER_LINK_KEYS));
    assert_shapes("{\"js\":{\"cmd\":\"ffmpeg \",\"link_id\":0,\"load\":0}}", 0);
    assert_shapes("{\"js\":{\"streamer_id\":0,\"link_id\":0,\"load\":0}}", 0);
    assert_link("ffmpeg http://localhost/ch/1_", "stalker-link |");
    assert_link("ffmpeg http://127.0.0.1:8080/ch/1_", "stalker-link |");
    assert_link("rtp udp://@239.1.1.1:5000", "stalker-link |");
    assert_link("http://p.example/ch1", "| playlist=p.example:80*1");
    assert_link("http://p.example/ch1?play_token=x", "stalker-play-token | playlist=p.example:80*1");
    assert_link("ffmpeg", "|");
    assert_link("ffmpeg ", "|");
    assert_link("", "|");
    assert_link("run http://p.example/ch1", "| playlist=p.example:80*1");
    assert_link("ffmpeg /play_token=1?play_token=x", "|");
}

static void keys_may_come_twice(void **state)
{
    (void)state;
    assert_facts("{\"user_info\":{" ACCOUNT "," ACCOUNT "},\"user_info\":{" ACCOUNT "}}", "login " NOTHING);
    assert_facts("[{\"stream_type\":\"live\",\"stream_type\":\"live\"," LIVE_TAIL "," LIVE_TAIL "}]",
                 "live-list live=1 movies=0 series=0 categories=0 channels=0 total=0 complete=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_found),
        cmocka_unit_test(shapes_have_names),
        cmocka_unit_test(logins_are_told),
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(server_info_names_a_server),
        cmocka_unit_test(makes_need_the_server),
        cmocka_unit_test(lists_are_counted_by_type),
        cmocka_unit_test(categories_have_their_keys_only),
        cmocka_unit_test(programmes_are_told),
        cmocka_unit_test(panel_channels_are_counted),
        cmocka_unit_test(portals_are_told),
        cmocka_unit_test(links_are_told),
        cmocka_unit_test(keys_may_come_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
