/* app/m3u: tags and attributes, groups, panel marks, EPG addresses, HLS. */
#include "tests/unit/app/test_m3u_help.h"

static void assert_entry(const char *line, const char *title, const char *group, const char *tvg_id)
{
    char text[1024];
    snprintf(text, sizeof text, "#EXTM3U\n%s\nhttp://h/1\n", line);
    struct help_entry entry = help_last_entry(text);
    assert_int_equal(entry.count, 1);
    assert_string_equal(entry.title, title);
    assert_string_equal(entry.group, group);
    assert_string_equal(entry.tvg_id, tvg_id);
}

static void attributes_are_read(void **state)
{
    (void)state;
    assert_entry("#EXTINF:-1 tvg-id=\"a.fr\" group-title=\"News\",FR| One", "FR| One", "News", "a.fr");
    assert_entry("#EXTINF:-1 tvg-id='a.fr' group-title='News; Sport',One", "One", "News; Sport", "a.fr");
    assert_entry("#EXTINF:0 tvg-id=a.fr group-title=News,One", "One", "News", "a.fr");
    assert_entry("#EXTINF:-1 TVG-ID=\"x\" Group-Title=\"G\" , One ", "One", "G", "x");
    assert_entry("#EXTINF: -1 tvg-id=\"x\",One", "One", "", "x");
    assert_entry("#EXTINF:-1,One", "One", "", "");
    assert_entry("#EXTINF:-1", "", "", "");
    assert_entry("#EXTINF:", "", "", "");
    assert_entry("#EXTINF", "", "", "");
    assert_entry("#extinf:-1,One", "One", "", "");
    assert_entry("#EXTINF:-1 tvg-id=\"\" group-title=\"\",", "", "", "");
    assert_entry("#EXTINF:-1 tvg-name=\"Named\" tvg-id=\"x\",", "Named", "", "x");
    assert_entry("#EXTINF:-1 tvg-name=\"Named\",One", "One", "", "");
    assert_entry("#EXTINF:-1 loose words group-title=\"G\",One", "One", "G", "");
}

static void titles_keep_commas_and_quotes(void **state)
{
    (void)state;
    assert_entry("#EXTINF:-1 group-title=\"G, H\",The good, the bad", "The good, the bad", "G, H", "");
    assert_entry("#EXTINF:-1 group-title=\"G\",Grey's Anatomy, S01", "Grey's Anatomy, S01", "G", "");
    assert_entry("#EXTINF:-1 tvg-name=\"The \"Big\" One\" group-title=\"G\",Big", "Big", "G", "");
    assert_entry("#EXTINF:-1 tvg-name=\"12\" disc\" group-title=\"G\",Disc", "Disc", "G", "");
    assert_entry("#EXTINF:-1 tvg-id=\"a\"group-title=\"G\",One", "One", "G", "a");
    assert_entry("#EXTINF:-1,tvg-id=\"a\" group-title=\"G\",One", "One", "G", "a");
    assert_entry("#EXTINF:-1 tvg-id=\"a\", group-title='G', One", "One", "G", "a");
    assert_entry("#EXTINF:-1 tvg-id=\"never closed group-title=G,One", "One", "G", "\"never");
    assert_entry("#EXTINF:-1 tvg-name='it's' group-title=\"G\",One", "One", "G", "");
}

static void many_open_quotes_cost_little(void **state)
{
    (void)state;
    enum { LINES = 2000 };
    static char line[8192];
    size_t len = (size_t)snprintf(line, sizeof line, "#EXTINF:-1");
    while (len + 16 < sizeof line) {
        len += (size_t)snprintf(line + len, sizeof line - len, " a=\"x b='y");
    }
    line[len] = '\n';
    struct credential_hashes none = {0, 0};
    struct m3u_parser *parser = m3u_create(&help_key, &none, NULL, NULL);
    for (int i = 0; i < LINES; i++) { /* quadratic, this would be a minute */
        m3u_feed(parser, slice_make(line, len + 1));
    }
    struct m3u_facts facts;
    m3u_finish(parser, true, &facts);
    m3u_free(parser);
    assert_int_equal(facts.lines, LINES);
}

static void attributes_belong_to_the_next_entry_only(void **state)
{
    (void)state;
    struct help_entry entry =
        help_last_entry("#EXTINF:-1 tvg-id=\"a\" group-title=\"G\",One\nhttp://h/1\nhttp://h/2\n");
    assert_int_equal(entry.count, 2);
    assert_string_equal(entry.title, "");
    assert_string_equal(entry.group, "");
    assert_string_equal(entry.tvg_id, "");
    entry = help_last_entry("#EXTINF:-1 group-title=\"G\",One\n#EXTINF:-1,Two\n#KODIPROP:x=y\n"
                            "#EXTVLCOPT:http-user-agent=z\n# a comment\nhttp://h/2\n");
    assert_int_equal(entry.count, 1);
    assert_string_equal(entry.title, "Two");
    assert_string_equal(entry.group, "");
}

static void group_tags_hold_until_the_next(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("#EXTINF:-1,A\n#EXTGRP: News\nhttp://h/1\nhttp://h/2\n"
                   "#EXTINF:-1 group-title=\"Kids\",B\nhttp://h/3\n#EXTGRP:Sport\nhttp://h/4\n");
    assert_int_equal(facts.groups, 3);
    struct help_entry entry = help_last_entry("#EXTGRP:News\n#EXTINF:-1,A\nhttp://h/1\nhttp://h/2\n");
    assert_string_equal(entry.group, "News");
    entry = help_last_entry("#EXTGRP:News\n#EXTINF:-1 group-title=\"Kids\",A\nhttp://h/1\n");
    assert_string_equal(entry.group, "Kids");
}

static void groups_are_counted_one_by_one(void **state)
{
    (void)state;
    struct m3u_facts facts = help_parse("#EXTINF:-1 group-title=\"News;Sport ; ;\",A\nhttp://h/1\n"
                                        "#EXTINF:-1 group-title=\" Sport\",A\nhttp://h/1\n"
                                        "#EXTINF:-1 group-title=\"\",A\nhttp://h/1\n"
                                        "#EXTINF:-1 group-title=\"Unused\",A\n");
    assert_int_equal(facts.groups, 2);
}

static void long_values_are_cut(void **state)
{
    (void)state;
    static char text[8000];
    size_t len = (size_t)snprintf(text, sizeof text, "#EXTINF:-1 tvg-id=\"");
    memset(text + len, 'i', 300);
    len += 300;
    len += (size_t)snprintf(text + len, sizeof text - len, "\" group-title=\"");
    memset(text + len, 'g', 1100);
    len += 1100;
    len += (size_t)snprintf(text + len, sizeof text - len, "\",");
    memset(text + len, 't', 1100);
    len += 1100;
    snprintf(text + len, sizeof text - len, "\nhttp://h/1\n");
    struct help_entry entry = help_last_entry(text);
    assert_int_equal(strlen(entry.tvg_id), 256);
    assert_int_equal(strlen(entry.group), 1024);
    assert_int_equal(strlen(entry.title), 1024);
}

static void panels_mark_their_lists(void **state)
{
    (void)state;
    assert_true(help_parse("#EXTINF:-1 xui-id=\"123\" tvg-id=\"\",A\n").panel_tag_xui);
    assert_true(help_parse("#EXTINF:-1 xui-id=\"{XUI_ID}\",A\n").panel_tag_xui);
    assert_true(help_parse("#EXT-X-SESSION-DATA:DATA-ID=\"com.xui.1_5_13\"\n").panel_tag_xui);
    assert_true(help_parse("#EXT-X-SESSION-DATA:LANGUAGE=\"en\",DATA-ID=\"com.xui.1_5_13\"\n").panel_tag_xui);
    assert_true(help_parse("#EXTINF:-1 xc_vm-id=\"1\",A\n").panel_tag_xc_vm);
    assert_true(help_parse("#EXT-X-SESSION-DATA:DATA-ID=\"com.xc_vm.1_1_0\"\n").panel_tag_xc_vm);
    static const char *const others[] = {
        "#EXTINF:-1 tvg-id=\"xui-id=1\",xui-id=1\nhttp://com.xui.example/xc_vm-id\n",
        "#EXT-X-SESSION-DATA:DATA-ID=\"com.example.title\",VALUE=\"com.xui.1\"\n",
        "#EXT-X-SESSION-DATABASE:DATA-ID=\"com.xui.1\"\n",
        "# DATA-ID=\"com.xui.1\" xui-id=\"1\"\n",
        "#EXT-X-SESSION-DATA:DATA-ID=\"com.xuix\"\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        struct m3u_facts facts = help_parse(others[i]);
        assert_false(facts.panel_tag_xui);
        assert_false(facts.panel_tag_xc_vm);
    }
}

static void epg_addresses_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {"url-tvg", "x-tvg-url", "tvg-url", "URL-TVG"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char text[256];
        snprintf(text, sizeof text, "#EXTM3U %s=\"http://e.example:81/xmltv.php?username=bob&password=x\"\n",
                 names[i]);
        struct m3u_facts facts = help_parse(text);
        assert_true(facts.epg_credentials);
        assert_false(facts.epg_request_credentials);
        assert_int_equal(facts.named.count, 1);
        assert_string_equal(facts.named.items[0].host, "e.example");
        assert_int_equal(facts.named.items[0].port, 81);
        assert_int_equal(facts.named.items[0].relation, RELATION_EPG);
    }
    struct m3u_facts facts =
        help_parse("#EXTM3U x-tvg-url=\"http://a.example/1, http://b.example/2,http://a.example/3,"
                   "http://c.example/4\"\n");
    assert_false(facts.epg_credentials);
    assert_int_equal(facts.named.count, 2); /* two at most */
    assert_string_equal(facts.named.items[0].host, "a.example");
    assert_int_equal(facts.named.items[0].count, 2);
    assert_string_equal(facts.named.items[1].host, "b.example");
}

static void epg_credentials_need_both(void **state)
{
    (void)state;
    assert_false(help_parse("#EXTM3U url-tvg=\"http://e/x?username=a&password=\"\n").epg_credentials);
    assert_false(help_parse("#EXTM3U url-tvg=\"http://e/x?username=a\"\n").epg_credentials);
    assert_false(help_parse("#EXTM3U url-tvg=\"http://e/username=a&password=b\"\n").epg_credentials);
    assert_false(help_parse("#EXTINF:-1 url-tvg=\"http://e/x?username=a&password=b\",A\n").epg_credentials);
    assert_true(help_parse("#EXTM3U url-tvg=\"http://e/x?username=%61lice77&password=s3cret9\"\n")
                    .epg_request_credentials);
    assert_false(help_parse("#EXTM3U url-tvg=\"http://e/x?username=alice77&password=s3cret\"\n")
                     .epg_request_credentials);
    assert_false(help_parse("#EXTM3U url-tvg=\"http://e/x?username=s3cret9&password=alice77\"\n")
                     .epg_request_credentials);
}

static void hls_is_told_from_lists(void **state)
{
    (void)state;
    struct m3u_facts facts = help_parse("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n");
    assert_true(facts.hls_master);
    assert_false(facts.hls_media);
    facts = help_parse("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.010000,\na.ts\n#EXT-X-ENDLIST\n");
    assert_true(facts.hls_media);
    assert_true(facts.hls_ended);
    assert_false(facts.hls_master);
    assert_false(facts.hls_numbered_segments);
    assert_int_equal(facts.hls_segments, 1);
    assert_int_equal(facts.hls_variants, 0);
    assert_int_equal(facts.hls_target_duration, 10);
    facts =
        help_parse("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nw.m3u8\n");
    assert_int_equal(facts.hls_variants, 2);
    assert_int_equal(facts.hls_segments, 0);
    assert_int_equal(help_parse("#EXT-X-TARGETDURATION: 8.5\n").hls_target_duration, 8);
    assert_int_equal(help_parse("#EXT-X-TARGETDURATION:-1\n").hls_target_duration, 0);
    assert_int_equal(help_parse("#EXT-X-MEDIA-SEQUENCE:18446744073709551616\n").hls_media_sequence, 0);
    assert_int_equal(help_parse("#EXT-X-MEDIA-SEQUENCE:4711\n").hls_media_sequence, 4711);
    assert_true(help_parse("#EXT-X-MEDIA-SEQUENCE:5\n").hls_media);
    assert_false(help_parse("#EXT-X-MEDIA-SEQUENCES:5\n#EXT-X-ENDLISTS\n#EXT-X-STREAM-INFO\n").hls_media);
}

static void keys_before_the_version_are_told(void **state)
{
    (void)state;
    assert_true(
        help_parse("#EXTM3U\n\n#EXT-X-KEY:METHOD=AES-128,URI=\"/key/x\"\n#EXT-X-VERSION:3\n").hls_key_first);
    assert_false(help_parse("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-KEY:METHOD=AES-128\n").hls_key_first);
    assert_false(help_parse("#EXTM3U\n#EXT-X-VERSION:3\n").hls_key_first);
    assert_false(help_parse("#EXT-X-KEY:METHOD=NONE\n").hls_key_first);
}

static void assert_numbered(const char *segment, bool wanted)
{
    char text[512];
    snprintf(text, sizeof text,
             "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/hls/12_1.ts\n#EXTINF:10,\n%s\n", segment);
    assert_int_equal(help_parse(text).hls_numbered_segments, wanted);
}

static void numbered_segments_are_told(void **state)
{
    (void)state;
    assert_numbered("12_345.ts", true);
    assert_numbered("/hls/f71e1ceaecb40507/12_345.ts?token=a.b", true);
    assert_numbered("http://h:1/a/12_345.ts", true);
    assert_numbered("_345.ts", false);
    assert_numbered("12_.ts", false);
    assert_numbered("a12_345.ts", false);
    assert_numbered("12_345.m4s", false);
    assert_numbered("12_345_6.ts", false);
    assert_numbered("seg-12.ts", false);
    assert_numbered("12-345.ts", false);
    assert_false(help_parse("#EXTM3U\n#EXTINF:10,\n12_1.ts\n").hls_numbered_segments);
    assert_false(help_parse("#EXTM3U\n#EXT-X-TARGETDURATION:10\n").hls_numbered_segments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_read),
        cmocka_unit_test(titles_keep_commas_and_quotes),
        cmocka_unit_test(many_open_quotes_cost_little),
        cmocka_unit_test(attributes_belong_to_the_next_entry_only),
        cmocka_unit_test(group_tags_hold_until_the_next),
        cmocka_unit_test(groups_are_counted_one_by_one),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(panels_mark_their_lists),
        cmocka_unit_test(epg_addresses_are_read),
        cmocka_unit_test(epg_credentials_need_both),
        cmocka_unit_test(hls_is_told_from_lists),
        cmocka_unit_test(keys_before_the_version_are_told),
        cmocka_unit_test(numbered_segments_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
