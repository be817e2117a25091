/* Lists of set-top boxes: each format of a panel's table of devices, as it writes it. */
#include "app/box_list.h"

#include "tests/unit/app/test_m3u_help.h"

#define PANEL        "http://panel.example:8080"
#define LIVE(number) PANEL "/live/alice77/s3cret9/" number ".ts"
#define CODED        "http%3a//panel.example%3a8080/live/alice77/s3cret9/"

struct box_row {
    enum list_format format;
    enum body_kind kind;
    const char *text;
    uint64_t entries;
    uint64_t requested; /* that bear alice77's password */
    const char *last_title;
    const char *last_uri;
};

static const struct box_row rows[] = {
    {LIST_ENIGMA2, BODY_TEXT,
     "#NAME My TV\n#SERVICE 4097:0:1:0:0:0:0:0:0:0:" CODED "1.ts\r\n#DESCRIPTION Kanal 1\n"
     "#SERVICE 4097:0:1:0:0:0:0:0:0:0:" CODED "2.ts\r\n#DESCRIPTION Kanal 2",
     2, 2, "Kanal 2", LIVE("2")},
    /* 1.ts on another service type, with its name behind it, beside services of the box's own tuner */
    {LIST_ENIGMA2, BODY_TEXT,
     "#NAME Mixed\r\n#SERVICE 1:64:1:0:0:0:0:0:0:0::--- News ---\r\n#DESCRIPTION --- News ---\r\n"
     "#SERVICE 1:0:19:283D:3FB:1:C00000:0:0:0:\r\n#SERVICE 5002:0:1:1:0:0:0:0:0:0:" CODED "7.ts:Kanal 7\r\n",
     1, 1, "Kanal 7", LIVE("7")},
    /* with plain colons, as some write it */
    {LIST_ENIGMA2, BODY_TEXT, "#SERVICE 4097:0:1:0:0:0:0:0:0:0:" LIVE("3") ":Kanal 3\n", 1, 1, "Kanal 3",
     LIVE("3")},
    {LIST_ENIGMA2, BODY_TEXT, "#NAME x\n#SERVICE: 4097:0:1:0:0:0:0:0:0:0:" LIVE("4") "\n#DESCRIPTION: D\n", 1,
     1, "D", LIVE("4")},
    {LIST_ENIGMA2, BODY_TEXT,
     "#NAME Bouquets (TV)\n#SERVICE 1:7:1:0:0:0:0:0:0:0:FROM BOUQUET \"userbouquet.x.tv\" ORDER BY bouquet\n",
     0, 0, "", ""},
    {LIST_ENIGMA2, BODY_BINARY, "#NAME \x07\n#SERVICE 4097:0:1:0:0:0:0:0:0:0:" CODED "5.ts:\x01x\n", 1, 1,
     "\x01x", LIVE("5")},
    {LIST_SIMPLE, BODY_TEXT, LIVE("1") " #Name: Eins\r\n" LIVE("2") " #Name: Zwei", 2, 2, "Zwei", LIVE("2")},
    {LIST_NAME_URL, BODY_TEXT, "Eins," LIVE("1") "\r\nZwei, das zweite," LIVE("2") "\r\n", 2, 2,
     "Zwei, das zweite", LIVE("2")},
    {LIST_NAME_URL, BODY_TEXT, "Eins " LIVE("1") "\r\nZwei HD " LIVE("2"), 2, 2, "Zwei HD", LIVE("2")},
    {LIST_NAME_URL, BODY_TEXT, "Nur einer," LIVE("1"), 1, 1, "Nur einer", LIVE("1")},
    {LIST_GST, BODY_TEXT, "I: " LIVE("1") " Eins\r\nI: " LIVE("2") " Zwei HD\r\n", 2, 2, "Zwei HD",
     LIVE("2")},
    {LIST_BRACES, BODY_TEXT, "IPTV: { Eins } { " LIVE("1") " }\r\nIPTV: { Zwei {HD} } { " LIVE("2") " }\r\n",
     2, 2, "Zwei {HD}", LIVE("2")},
    {LIST_ZORRO, BODY_XML,
     "<NETDBS_TXT_VER_1>\nIPTV: { Eins } { " LIVE("1") " } -HIDE_URL\r\nIPTV: { Zwei } { " LIVE(
         "2") " } -HIDE_URL",
     2, 2, "Zwei", LIVE("2")},
    {LIST_OCTAGON, BODY_TEXT,
     "[TITLE]\r\nEins\r\n[URL]\r\n" LIVE("1") "\r\n[DESCRIPTION]\r\nIPTV\r\n[TYPE]\r\nLive\r\n[TITLE]\r\n"
                                              "[Zwei]\r\n[URL]\r\n" LIVE(
                                                  "2") "\r\n[DESCRIPTION]\r\nIPTV\r\n[TYPE]\r\nLive",
     2, 2, "[Zwei]", LIVE("2")},
    {LIST_WEBTV, BODY_TEXT,
     "Channel name:Eins\r\nURL:" LIVE("1") "\r\nChannel name:Zwei\r\nURL:" LIVE(
         "2") "\r\n[Webtv channel END]",
     2, 2, "Zwei", LIVE("2")},
    {LIST_SPARK, BODY_XML,
     "<?xml version=\"1.0\"?>\r\n<webtvs>\n<webtv title=\"Eins\" urlkey=\"0\" url=\"" LIVE(
         "1") "\" "
              "description=\"\" iconsrc=\"\" iconsrc_b=\"\" group=\"0\" type=\"0\" />\n<webtv title=\"Zwei > "
              "drei\" "
              "urlkey=\"0\" url=\"" LIVE(
                  "2") "\" description=\"\" iconsrc=\"\" iconsrc_b=\"\" group=\"0\" type=\"0\" "
                       "/>\n</webtvs>",
     2, 2, "Zwei > drei", LIVE("2")},
    {LIST_ENIGMA2_XML, BODY_XML,
     "<?xml version=\"1.0\"?>\n<items><playlist_name>Live [ x ]</playlist_name><category><category_id>1"
     "</category_id></category><channel><title>RWlucyBIRA==</title><description>eA==</"
     "description><desc_image>"
     "<![CDATA[http://logo.example/1.png]]></desc_image><category_id>0</"
     "category_id><stream_url><![CDATA[" LIVE("1") "]]></stream_url></"
                                                   "channel><channel><title>WndlaSA+IGRyZWk=</"
                                                   "title><stream_url><![CDATA[" LIVE(
                                                       "2") "]]></stream_url></channel></items>\n",
     2, 2, "Zwei > drei", LIVE("2")},
    {LIST_ENIGMA2_XML, BODY_XML,
     "<items><playlist_name>Live</playlist_name><channel><title>QWxs</title><playlist_url><![CDATA[" PANEL
     "/enigma2.php?username=alice77&password=s3cret9&type=get_live_streams&cat_id=0]]></playlist_url></"
     "channel>"
     "</items>",
     0, 0, "", ""},
    {LIST_STARLIVE, BODY_JSON,
     "{\"iptvstreams_list\":{\"@version\":1,\"group\":{\"name\":\"IPTV\",\"channel\":[{\"name\":\"Eins\","
     "\"icon\":\"\",\"stream_url\":\"http:\\/\\/panel.example:8080\\/live\\/alice77\\/s3cret9\\/1.ts\","
     "\"stream_type\":0},{\"name\":\"Zw\\u00f6i\",\"icon\":\"\",\"stream_url\":\"" LIVE(
         "2") "\","
              "\"stream_type\":0}]}}}",
     2, 2, "Zw\xc3\xb6i", LIVE("2")},
};

struct told {
    uint64_t count;
    char title[2048];
    char uri[8200];
};

static void take_entry(void *context, const struct catalogue_entry *entry)
{
    struct told *told = context;
    told->count++;
    assert_int_equal(entry->source, ENTRY_LIST);
    help_copy(told->title, sizeof told->title, entry->title);
    help_copy(told->uri, sizeof told->uri, entry->uri);
}

static struct m3u_facts read_box(enum list_format format, struct slice text, size_t chunk, struct told *told)
{
    struct credential_hashes credentials = help_credentials("alice77", "s3cret9");
    memset(told, 0, sizeof *told);
    struct box_parser *parser = box_create(format, &help_key, &credentials, take_entry, told);
    assert_true(box_memory(parser) < 256 * 1024);
    while (text.len > 0) {
        struct slice part = slice_part(text, 0, chunk);
        uint8_t *block = malloc(part.len);
        assert_non_null(block);
        memcpy(block, part.data, part.len);
        box_feed(parser, slice_make(block, part.len));
        free(block);
        text = slice_from(text, part.len);
    }
    struct m3u_facts facts;
    box_finish(parser, true, &facts);
    box_free(parser);
    assert_int_equal(facts.entries, told->count);
    assert_int_equal(facts.format, format);
    return facts;
}

static void test_formats(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct box_row *row = &rows[i];
        struct slice text = slice_text(row->text);
        assert_int_equal(body_kind_detect(text, true), row->kind);
        assert_string_equal(list_format_name(box_list_detect(row->kind, text, true)),
                            list_format_name(row->format));
        static const size_t chunks[] = {SIZE_MAX, 1, 2, 7, 100};
        char wanted[FACTS_TEXT_SIZE], got[FACTS_TEXT_SIZE];
        for (size_t j = 0; j < ARRAY_COUNT(chunks); j++) {
            struct told told;
            struct m3u_facts facts = read_box(row->format, text, chunks[j], &told);
            assert_int_equal(facts.entries, row->entries);
            assert_int_equal(facts.live, row->entries);
            assert_int_equal(facts.request_credentials, row->requested);
            assert_int_equal(facts.same_credentials, row->requested);
            assert_true(facts.complete);
            assert_string_equal(told.title, row->last_title);
            assert_string_equal(told.uri, row->last_uri);
            facts_print_m3u(&facts, j == 0 ? wanted : got);
            if (j > 0) {
                assert_string_equal(got, wanted);
            }
            if (row->entries > 0) {
                assert_string_equal(facts.named.items[0].host, "panel.example");
                assert_int_equal(facts.named.items[0].port, 8080);
            }
        }
    }
}

/* A text that ends anywhere is read without harm, and never has more entries than the whole. */
static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice text = slice_text(rows[i].text);
        for (size_t len = 0; len < text.len; len++) {
            uint8_t *block = malloc(len);
            assert_true(len == 0 || block != NULL);
            if (len > 0) {
                memcpy(block, text.data, len);
            }
            struct slice cut = slice_make(block, len);
            (void)box_list_detect(rows[i].kind, cut, true);
            (void)box_list_detect(rows[i].kind, cut, false);
            free(block);
            struct told told;
            struct m3u_facts facts = read_box(rows[i].format, slice_part(text, 0, len), 50, &told);
            assert_true(facts.entries <= rows[i].entries);
        }
    }
}

/* A body's first bytes are enough, whatever is cut off behind them. */
static void test_detected_early(void **state)
{
    (void)state;
    enum { FRONT = 1024 };
    struct buf text = buf_make(SIZE_MAX);
    for (unsigned i = 0; i < 200; i++) {
        buf_append_format(&text, "Kanal %u,%s/live/alice77/s3cret9/%u.ts\r\n", i, PANEL, i);
    }
    struct slice front = slice_part(buf_slice(&text), 0, FRONT);
    assert_int_equal(box_list_detect(BODY_TEXT, front, false), LIST_NAME_URL);
    buf_free(&text);
}

struct other_row {
    enum body_kind kind;
    const char *text;
};

/* What looks a little like one of them and is none. */
static void test_others(void **state)
{
    (void)state;
    static const struct other_row others[] = {
        {BODY_TEXT, ""},
        {BODY_TEXT, "\n\n"},
        {BODY_TEXT, "Name,Website\nMuseum,http://museum.example/live\nZoo,http://zoo.example/\n"},
        {BODY_TEXT, "Museum,http://museum.example/\nZoo,http://zoo.example/\n"},
        {BODY_TEXT, "Please see http://site.example/video.mp4\nand tell us.\n"},
        {BODY_TEXT, "#NAME of this file\nname = value\n#SERVICE\n"},
        {BODY_TEXT, "# SERVICE 1:0:1\n"},
        {BODY_TEXT, "http://site.example/a.html\nhttp://site.example/b.html\n"},
        {BODY_TEXT, "[TITLE]\nA text\nwithout URL\n"},
        {BODY_TEXT, "[Desktop Entry]\nName=x\nURL=http://site.example/\n"},
        {BODY_TEXT, "IPTV: { is } what { we talk about } here\n"},
        {BODY_TEXT, "I: think http://site.example/ is good\n"},
        {BODY_TEXT, "#!/bin/sh\nUSERNAME=\"$1\"\nPASSWORD=\"$2\"\ncurl https://site.example/\n"},
        {BODY_XML, "<tv generator-info-name=\"x\"><channel id=\"1\"></channel></tv>"},
        {BODY_XML, "<items><item>webtvs</item></items>"},
        {BODY_XML, "<rss><channel><title>x</title></channel></rss>"},
        {BODY_XML, "<!-- <webtvs> -->"},
        {BODY_JSON, "{\"list\":{\"name\":\"iptvstreams_list\"}}"},
        {BODY_HTML, "#NAME x\n#SERVICE 4097:0:1:0:0:0:0:0:0:0:" CODED "1.ts\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        assert_string_equal(
            list_format_name(box_list_detect(others[i].kind, slice_text(others[i].text), true)), "m3u");
    }
}

/* A script holds no entry; it names the panel and bears the request's account. */
static void test_script(void **state)
{
    (void)state;
    static const char text[] =
        "USERNAME=\"alice77\";PASSWORD=\"s3cret9\";bouquet=\"My_TV\";directory=\"/etc/enigma2/iptv.sh\";"
        "url=\"http://panel.example:8080/get.php?username=$USERNAME&password=$PASSWORD&type=enigma16&output="
        "mpegts\";rm /etc/enigma2/userbouquet.\"$bouquet\"__tv_.tv;wget -O "
        "/etc/enigma2/userbouquet.\"$bouquet\"__tv_.tv $url;";
    assert_int_equal(box_list_detect(BODY_TEXT, slice_text(text), true), LIST_SCRIPT);
    struct told told;
    struct m3u_facts facts = read_box(LIST_SCRIPT, slice_text(text), 10, &told);
    assert_int_equal(facts.entries, 0);
    assert_true(facts.script_request_credentials);
    assert_int_equal(facts.named.count, 1);
    assert_string_equal(facts.named.items[0].host, "panel.example");
    struct credential_hashes other = help_credentials("bob", "s3cret9");
    struct box_parser *parser = box_create(LIST_SCRIPT, &help_key, &other, NULL, NULL);
    box_feed(parser, slice_text(text));
    box_finish(parser, true, &facts);
    box_free(parser);
    assert_false(facts.script_request_credentials);
}

/* A bouquet's name is the group; films and series count as such; a gap loses what it touches and no more. */
static void test_counts(void **state)
{
    (void)state;
    struct buf text = buf_make(SIZE_MAX);
    buf_append_text(&text, "#NAME Alles\n");
    for (unsigned i = 0; i < 300; i++) {
        const char *kind = i < 100 ? "live" : i < 200 ? "movie" : "series";
        buf_append_format(
            &text,
            "#SERVICE 4097:0:1:0:0:0:0:0:0:0:http%%3a//panel.example%%3a8080/%s/alice77/s3cret9/"
            "%u.%s\n#DESCRIPTION FR| Titel %u\n",
            kind, i, i < 100 ? "ts" : "mkv", i);
    }
    struct told told;
    struct m3u_facts facts = read_box(LIST_ENIGMA2, buf_slice(&text), 1000, &told);
    assert_int_equal(facts.live, 100);
    assert_int_equal(facts.movies, 100);
    assert_int_equal(facts.series, 100);
    assert_int_equal(facts.groups, 1);
    assert_int_equal(facts.titles.prefixed_titles, 300);
    assert_int_equal(facts.odd_ports, 300);

    struct credential_hashes none = {.user = 0};
    struct box_parser *parser = box_create(LIST_ENIGMA2, &help_key, &none, NULL, NULL);
    box_feed(parser, slice_part(buf_slice(&text), 0, 5000));
    box_gap(parser, 1000);
    box_feed(parser, slice_from(buf_slice(&text), 6000));
    box_finish(parser, true, &facts);
    box_free(parser);
    assert_false(facts.complete);
    assert_in_range(facts.entries, 290, 295);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats), cmocka_unit_test(test_cut),    cmocka_unit_test(test_detected_early),
        cmocka_unit_test(test_others),  cmocka_unit_test(test_script), cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
