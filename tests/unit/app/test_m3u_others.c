/*
 * app/m3u: lists of broadcasters, radios, tuners and public projects show no sign of a panel. The texts are
 * written here in the form of such lists; names are made up.
 */
#include "tests/unit/app/test_m3u_help.h"

static void assert_no_panel(const struct m3u_facts *facts)
{
    assert_int_equal(facts->credential_uris, 0);
    assert_int_equal(facts->request_credentials, 0);
    assert_false(facts->epg_credentials);
    assert_false(facts->panel_tag_xui);
    assert_false(facts->panel_tag_xc_vm);
    assert_int_equal(facts->titles.country_prefixes, 0);
    assert_false(facts->hls_numbered_segments);
    assert_true(facts->complete);
}

static void radios(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("#EXTM3U\n#EXTINF:-1,Wave 1\nhttp://s.radio.example:8000/live.mp3\n"
                   "#EXTINF:-1 radio=\"true\" group-title=\"Radio\",Wave 2\nhttp://s.radio.example:8000/2\n");
    assert_no_panel(&facts);
    assert_int_equal(facts.radio, 2);
}

static void public_lists(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("#EXTM3U x-tvg-url=\"https://epg.example/a.xml.gz,https://epg.example/b.xml.gz\"\n"
                   "#EXTINF:-1 tvg-id=\"One.es\" tvg-logo=\"https://i.example/1.png\" "
                   "group-title=\"General\",One (720p) [Not 24/7]\n"
                   "https://cdn1.example/live/one/index.m3u8\n"
                   "#EXTINF:-1 tvg-id=\"Two.es\" group-title=\"News;Public\" user-agent=\"x\",Two (1080p)\n"
                   "#EXTVLCOPT:http-referrer=https://two.example/\n"
                   "https://cdn2.example/hls/live/2020/two/master_720.m3u8\n"
                   "#EXTINF:-1 tvg-id=\"Three.fr\" group-title=\"Undefined\",Three: the news\n"
                   "https://cdn3.example/news/2024/1234.m3u8?token=abc\n"
                   "#EXTINF:-1,F1 Channel\nhttps://jmp.example/stvp-1\n"
                   "#EXTINF:-1,NFL - Channel\nhttps://jmp.example/plu-2.m3u8\n");
    assert_no_panel(&facts);
    assert_int_equal(facts.live, 5);
    assert_int_equal(facts.hosts, 4);
    assert_int_equal(facts.odd_ports, 0);
    assert_int_equal(facts.named.count, 5);
}

static void tuners(void **state)
{
    (void)state;
    struct m3u_facts facts = help_parse(
        "#EXTM3U\n#EXTINF:-1 channel-id=\"2.1\" channel-number=\"2.1\" tvg-name=\"Local 2\",2.1 Local 2\n"
        "http://192.168.1.21:5004/auto/v2.1\n#EXTINF:-1,3.1 Local 3\nhttp://192.168.1.21:5004/auto/v3.1\n");
    assert_no_panel(&facts);
    assert_int_equal(facts.live, 2);
}

static void broadcasters_hls(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-INDEPENDENT-SEGMENTS\n"
                   "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",URI=\"a.m3u8\"\n"
                   "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.4d400d,mp4a.40.2\"\n"
                   "/chan5abc/smil77/720.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n/chan5abc/smil77/360.m3u8\n");
    assert_no_panel(&facts);
    assert_true(facts.hls_master);
    facts = help_parse("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:283\n"
                       "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\"\n"
                       "#EXTINF:2.000000,\n/chan5abc/q720p/283.ts?hdnts=exp=1~acl=/*~hmac=6f\n"
                       "#EXTINF:2.000000,\n/chan5abc/q720p/284.ts?hdnts=exp=1~acl=/*~hmac=6f\n");
    assert_no_panel(&facts);
    assert_true(facts.hls_media);
    assert_false(facts.hls_key_first);
}

static void films_in_pieces(void **state)
{
    (void)state;
    char text[65536];
    size_t len =
        (size_t)snprintf(text, sizeof text, "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n");
    for (int i = 0; i < 1500; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "#EXTINF:4.0,\nsegment-%d.mp4\n", i);
    }
    snprintf(text + len, sizeof text - len, "#EXT-X-ENDLIST\n");
    struct m3u_facts facts = help_parse_chunks(slice_text(text), 1460, true);
    assert_no_panel(&facts);
    assert_int_equal(facts.live, 1500);
    assert_int_equal(facts.movies, 0); /* one film, not fifteen hundred */
    assert_true(facts.hls_ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radios),           cmocka_unit_test(public_lists),    cmocka_unit_test(tuners),
        cmocka_unit_test(broadcasters_hls), cmocka_unit_test(films_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
