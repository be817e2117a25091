/* app/page: streams, players, frames, targets and texts of pages, wherever the bytes are cut. */
#include "tests/unit/app/test_page_help.h"

#include "base/attr.h"

struct stream_row {
    const char *text;
    unsigned urls, paths;
    const char *server; /* of the first; NULL where there is none */
    uint16_t port;
    bool played, is_signed, hidden;
};

#define SIGNATURE "?md5=Qm9vY2hlclN0cmVhbQ&expires=1795303968"

static const struct stream_row stream_rows[] = {
    {"<script>var s=\"http://a.example/x.m3u8\";</script>", 1, 0, "a.example", 80, true, false, false},
    {"<script>var s='https://a.example:8443/x.m3u8" SIGNATURE "'</script>", 1, 0, "a.example", 8443, true,
     true, false},
    {"<script>f(`http://203.0.113.9:25461/live/x.ts`)</script>", 1, 0, "203.0.113.9", 25461, true, false,
     false},
    {"<script>x={\"file\":\"https:\\/\\/a.example\\/x\\/y.mpd\"}</script>", 1, 0, "a.example", 443, true,
     false, false},
    {"<script>x=\"\\u0068ttp:\\u002F\\u002fa.example/y.m3u8\"</script>", 1, 0, "a.example", 80, true, false,
     false},
    {"<script>x=\"\\x68ttp://a.example/y.m3u8\"</script>", 1, 0, "a.example", 80, true, false, false},
    {"<script>go('/play.php?u=https%3A%2F%2Fa.example%2Fy.m3u8')</script>", 1, 0, "a.example", 443, true,
     false, false},
    {"<script>go('/play.php?u=https://a.example/y.m3u8')</script>", 1, 0, "a.example", 443, true, false,
     false},
    {"<script>x('//a.example/ch/mpegts')</script>", 1, 0, "a.example", 80, true, false, false},
    {"<SCRIPT>x('/ch/index.m3u8')</SCRIPT>", 0, 1, NULL, 0, false, false, false},
    {"<script>s=atob('aHR0cDovL2hpZGRlbi5leGFtcGxlL2xpdmUvMS5tM3U4P3M9MQ==')</script>", 1, 0,
     "hidden.example", 80, true, false, true},
    {"<video src=http://a.example/x.m3u8>", 1, 0, "a.example", 80, true, false, false},
    {"<source src='http://a.example/x.m3u8?a=1&amp;e=1795303968&amp;st=Qm9vY2hlclN0cmVhbQ'>", 1, 0,
     "a.example", 80, true, true, false},
    {"<div data-setup=\"{&quot;src&quot;:&quot;http://a.example/x.m3u8&quot;,&quot;b&quot;:1}\">", 1, 0,
     "a.example", 80, true, false, false},
    {"<a href=\"http://a.example/x.m3u8\">x</a>", 1, 0, "a.example", 80, false, false, false},
    /* Words in the text, in comments and in names of files are no streams. */
    {"see \"http://a.example/x.m3u8\" and .m3u8", 0, 0, NULL, 0, false, false, false},
    {"<!-- <video src=\"http://a.example/x.m3u8\"> -->", 0, 0, NULL, 0, false, false, false},
    {"<style>a{b:url(\"http://a.example/x.m3u8\")}</style>", 0, 0, NULL, 0, false, false, false},
    {"<script>t.endsWith(.m3u8)||/x.m3u8/</script>", 0, 0, NULL, 0, false, false, false},
    {"<script>import x from './app.ts'; y='http://a.example/app.tsx'</script>", 0, 0, NULL, 0, false, false,
     false},
    {"<script>x='http://a.example/x.m3u8x'</script>", 0, 0, NULL, 0, false, false, false},
    {"<script>s=atob('aHR0cDovL2hpZGRlbi5leGFtcGxlL2xvZ28ucG5n')</script>", 0, 0, NULL, 0, false, false,
     false},
    /* Two addresses of a server are two URLs of one stream server; one URL with two words is one. */
    {"<script>x=['http://a.example/1.m3u8','http://a.example/2.m3u8?b=.m3u8']</script>", 2, 0, "a.example",
     80, true, false, false},
};

static void test_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stream_rows); i++) {
        const struct stream_row *row = &stream_rows[i];
        struct page_facts facts = help_read(row->text);
        if (facts.stream_urls != row->urls || facts.stream_paths != row->paths ||
            facts.stream_count != (row->server != NULL)) {
            print_error("row %zu: %s\n", i, row->text);
        }
        assert_int_equal(facts.stream_urls, row->urls);
        assert_int_equal(facts.stream_paths, row->paths);
        assert_int_equal(facts.stream_count, row->server != NULL);
        if (row->server != NULL) {
            assert_string_equal(facts.streams[0].server.host, row->server);
            assert_int_equal(facts.streams[0].server.port, row->port);
            assert_int_equal(facts.streams[0].played, row->played);
            assert_int_equal(facts.streams[0].is_signed, row->is_signed);
            assert_int_equal(facts.streams[0].hidden, row->hidden);
        }
    }
}

static void test_players(void **state)
{
    static const struct {
        const char *text;
        enum page_player player;
    } rows[] = {
        {"<script src=/js/clappr.min.js></script>", PAGE_CLAPPR},
        {"<script>var p=new Clappr.Player({})</script>", PAGE_CLAPPR},
        {"<script>if(Hls.isSupported()){h=1}</script>", PAGE_HLS_JS},
        {"<script src=\"//cdn.example/hls.js@1\">", PAGE_HLS_JS},
        {"<script>h = new Hls({a:1})</script>", PAGE_HLS_JS},
        {"<script>jwplayer('x').setup({})</script>", PAGE_JWPLAYER},
        {"<video class=\"video-js\">", PAGE_VIDEO_JS},
        {"<script src='/flowplayer.min.js'>", PAGE_FLOWPLAYER},
        {"<script>new Plyr(v)</script>", PAGE_PLYR},
        {"<script src=dash.all.min.js>", PAGE_DASH_JS},
        {"<script>new shaka.Player(v)</script>", PAGE_SHAKA},
        {"<script>mpegts.createPlayer({})</script>", PAGE_MPEGTS_JS},
        {"<script src=/p2p-media-loader-hlsjs.min.js>", PAGE_P2P},
        {"<script src=https://api.peer5.example/peer5.js>", PAGE_P2P},
        {"<script src=/swarmcloud.js>", PAGE_P2P},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(help_read(rows[i].text).players, UINT32_C(1) << rows[i].player);
    }
    assert_int_equal(help_read("We tried Clappr, hls.js and jwplayer.").players, 0);
}

static void test_targets(void **state)
{
    static const struct {
        const char *text;
        const char *host;
        bool meta;
    } rows[] = {
        {"<meta http-equiv=\"refresh\" content=\"5; url=https://notice.example/a\">", "notice.example", true},
        {"<META HTTP-EQUIV=Refresh CONTENT='0;URL=\"//Notice.example./\"'>", "notice.example", true},
        {"<meta content=\"3;url=http://notice.example:81\" http-equiv=refresh />", "notice.example", true},
        {"<script>location='http://notice.example'</script>", "notice.example", false},
        {"<script>window.location.href = \"https://notice.example/x\";</script>", "notice.example", false},
        {"<script>setTimeout(()=>top.location.replace('https://notice.example/'),5e3)</script>",
         "notice.example", false},
        {"<script>document.location.assign(\"https:\\/\\/notice.example\")</script>", "notice.example",
         false},
        {"<script>location='//a.example'</script><meta http-equiv=refresh content='1;url=http://b.example'>",
         "b.example", true},
        {"<meta http-equiv=refresh content='1;url=http://b.example'><script>location='//a.example'</script>",
         "b.example", true},
        {"<script>location='/sign-in';location.href='//a.example/'</script>", "a.example", false},
        {"<meta http-equiv=refresh content=300>", "", false},
        {"<meta http-equiv=refresh content='1;url=/next'>", "", false},
        {"<script>if(location.href=='http://a.example')x()</script>", "", false},
        {"<a onclick=\"location.href='http://a.example'\">", "", false},
        {"<meta name=refresh content='1;url=http://b.example'>", "", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct page_facts facts = help_read(rows[i].text);
        assert_string_equal(facts.refresh_host, rows[i].host);
        assert_int_equal(facts.refresh_by_meta, rows[i].meta);
    }
}

static void test_frames(void **state)
{
    (void)state;
    struct page_facts facts = help_read(
        "<iframe src=\"//embed.example/1\"></iframe><iframe data-src='https://embed.example/2'></iframe>"
        "<iframe src=/own></iframe><script>document.write(\"<iframe "
        "src=\\\"http://b.example/\\\"></iframe>\")"
        "</script><noscript><iframe src=http://embed.example:8080/></noscript>");
    assert_int_equal(facts.frames, 4);
    assert_int_equal(facts.frame_servers.count, 4);
    assert_string_equal(facts.frame_servers.items[0].host, "b.example");
    assert_int_equal(facts.frame_servers.items[0].relation, RELATION_EMBED);
}

static void test_title(void **state)
{
    (void)state;
    char text[FACTS_TEXT_SIZE];
    struct page_facts facts = help_read(
        "<html><head><TITLE>\n CANAL&#43; &amp; \t Caf&#xE9; &lt;live&gt; &bogus; </TITLE><title>2</title>");
    facts_print_page(&facts, text);
    assert_memory_equal(text, "title=CANAL+ & Caf\xc3\xa9 <live> &bogus; players= ", 45);
}

static void test_entries(void **state)
{
    (void)state;
    help_assert_entries(
        "<a href=/1>Sport TV 1</a><a href=/2><img src=x alt='Sport TV 2'></a>"
        "<a href=/3 title='Sport TV 3'><b></b></a><option value=4>Canal 4</option>"
        "<button data-x=1>Cine HD</button><div data-name=\"Kanal 6\"></div><a href=/7>RedZone</a>"
        "<a href=/8>Radio Uno TV</a>",
        "Sport TV 1>/1|Sport TV 2>/2|Sport TV 3>/3|Canal 4>4|Cine HD>|Kanal 6>|RedZone>/7|"
        "Radio Uno TV>/8 radio|");
    /* Too few of them, and too far from one another. */
    help_assert_entries(
        "<a href=/1>Sport TV 1</a><a href=/2>Sport TV 2</a><a href=/3>Home</a><a href=/4>News TV</a>", "");
    /* A stream's URL beside a name. */
    help_assert_entries(
        "<script>l=[{name:\"One\",url:\"http://a.example/1.m3u8\"},{\"url\":'http://b.example/2.m3u8',"
        "\"title\":'Two'},{u:'http://c.example/3.m3u8'}]</script><a href=acestream://abc>Three</a>"
        "<a href='http://a.example/4.m3u8'>Four</a>",
        "One>http://a.example/1.m3u8|Two>http://b.example/2.m3u8|Three>acestream://abc|"
        "Four>http://a.example/4.m3u8|");
}

static void test_entries_far_apart(void **state)
{
    (void)state;
    struct buf page = buf_make(1 << 20);
    for (int i = 0; i < 400; i++) {
        buf_append_format(&page, "<a href=/%d>%s number %d</a>\n", i, i % 20 == 0 ? "Our TV" : "Story", i);
    }
    struct page_facts facts = help_read_bytes(buf_slice(&page), false, NULL);
    assert_int_equal(facts.entries, 0);
    assert_int_equal(facts.links, 400);
    buf_clear(&page);
    for (int i = 0; i < 5000; i++) {
        buf_append_format(&page, "<a href=/%d>Kanal %d</a>\n", i, i);
    }
    assert_int_equal(help_read_bytes(buf_slice(&page), false, NULL).entries, 4096);
    buf_free(&page);
}

/* A URL at every place around the window's end, in a script and in a tag. */
static void test_window(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"<script>", "x={name:\"One\",f:\"http://a.example/x.m3u8\"}</script>"},
        {"<p>", "<video src=\"http://a.example/x.m3u8\"></p>"},
        {"<!--", "--><video src=\"http://a.example/x.m3u8\">"},
        {"<style>", "</style><video src=\"http://a.example/x.m3u8\">"},
    };
    for (size_t form = 0; form < ARRAY_COUNT(forms); form++) {
        for (size_t fill = 16384 - 80; fill < 16384 + 20; fill++) {
            struct buf page = buf_make(1 << 20);
            buf_append_text(&page, forms[form][0]);
            while (page.len < fill) {
                buf_append_byte(&page, 'x');
            }
            buf_append_text(&page, forms[form][1]);
            struct buf told = buf_make(1 << 16);
            struct page_facts facts = help_read_chunks(buf_slice(&page), false, SIZE_MAX, &told);
            if (facts.stream_urls != 1) {
                print_error("form %zu, %zu bytes before\n", form, fill);
            }
            assert_int_equal(facts.stream_urls, 1);
            assert_int_equal(facts.stream_entries, form == 0);
            assert_true(facts.complete);
            buf_free(&told);
            buf_free(&page);
        }
    }
}

/* Longer scripts than the window: each URL is seen once, wherever it stands. */
static void test_long_script(void **state)
{
    (void)state;
    struct buf page = buf_make(1 << 20);
    buf_append_text(&page, "<script>l=[");
    for (int i = 0; i < 3000; i++) {
        buf_append_format(&page, "{name:\"Ch %d\",u:\"http://h%d.example/%d.m3u8\"},", i, i % 100, i);
    }
    buf_append_text(&page, "]</script>");
    struct page_facts facts = help_read_bytes(buf_slice(&page), false, NULL);
    assert_int_equal(facts.stream_urls, 3000);
    assert_int_equal(facts.stream_entries, 3000);
    assert_int_equal(facts.entries, 3000);
    assert_int_equal(facts.stream_hosts, 64);
    assert_int_equal(facts.stream_count, PAGE_STREAMS_MAX);
    struct slice script = slice_from(buf_slice(&page), strlen("<script>"));
    script.len -= strlen("</script>");
    assert_int_equal(help_read_bytes(script, true, NULL).stream_urls, 3000);
    buf_free(&page);
}

static void test_gaps(void **state)
{
    (void)state;
    static const struct {
        const char *before, *behind;
        unsigned urls;
    } rows[] = {
        {"<script>a=", "\"http://a.example/1.m3u8\"</script><p>", 1}, /* still in the script */
        {"<p>", "\"http://a.example/1.m3u8\"<script>x</script>", 0},
        {"<p>", "<video src=\"http://a.example/1.m3u8\">", 1},
        {"<video src=\"http://a.example/1.m3u8\"><title>x", "y</title>", 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct page_parser *parser = page_create(&page_key, false, NULL, NULL);
        page_feed(parser, slice_text(rows[i].before));
        page_gap(parser, 100);
        page_feed(parser, slice_text(rows[i].behind));
        struct page_facts facts = *page_finish(parser, true);
        page_free(parser);
        assert_int_equal(facts.stream_urls, rows[i].urls);
        assert_false(facts.complete);
        assert_int_equal(facts.title_len, 0);
    }
}

/* Every page cut short at each byte: nothing is read beyond it. */
static void test_every_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stream_rows); i++) {
        struct slice whole = slice_text(stream_rows[i].text);
        for (size_t len = 0; len <= whole.len; len++) {
            struct buf told = buf_make(1 << 16);
            (void)help_read_chunks(slice_part(whole, 0, len), false, SIZE_MAX, &told);
            (void)help_read_chunks(slice_part(whole, 0, len), true, SIZE_MAX, &told);
            buf_free(&told);
        }
    }
    assert_int_equal(help_read("").text_bytes, 0);
    assert_true(page_memory() < 64 * 1024);
}

/* Tags that close late, never, or with quotes inside. */
static void test_odd_tags(void **state)
{
    (void)state;
    assert_int_equal(help_read("<div title=\"a > b\" data-x='http://a.example/x.m3u8'>").stream_urls, 1);
    assert_int_equal(help_read("<div title = 'x>' \"odd\" src=http://a.example/x.m3u8>").stream_urls, 1);
    assert_int_equal(help_read("<p it's><video src=http://a.example/x.m3u8>").stream_urls, 1);
    assert_int_equal(help_read("<a<b<video src=http://a.example/x.m3u8>").stream_urls, 1);
    assert_int_equal(help_read("<video src=\"http://a.example/x.m3u8\" <p").stream_urls, 0);
    assert_int_equal(help_read("1 < 2 <3 <video/src=http://a.example/x.m3u8>").stream_urls, 1);
    struct buf page = buf_make(1 << 20);
    buf_append_text(&page, "<div data-x=\"");
    for (int i = 0; i < 20000; i++) {
        buf_append_byte(&page, 'x');
    }
    buf_append_text(&page, "\"><video src=http://a.example/x.m3u8>");
    assert_int_equal(help_read_bytes(buf_slice(&page), false, NULL).stream_urls, 1);
    buf_free(&page);
}

/* Texts of all lengths up to the longest that names a channel, with the telling word at every place. */
static void test_telling_places(void **state)
{
    (void)state;
    static const char *const words[] = {"tv",    "HD",     "4K",      "Ppv",     "LIGA",
                                        "sport", "Canale", "channel", "laligatv"};
    for (size_t word = 0; word < ARRAY_COUNT(words); word++) {
        size_t len = strlen(words[word]);
        for (size_t before = 0; before + len <= 65; before++) {
            struct buf page = buf_make(1 << 16);
            for (int i = 0; i < 6; i++) {
                buf_append_text(&page, "<a>");
                for (size_t fill = 0; fill < before; fill++) {
                    buf_append_byte(&page, fill + 1 == before ? '-' : 'x');
                }
                buf_append_format(&page, "%s</a>", words[word]);
            }
            struct page_facts facts = help_read_chunks(buf_slice(&page), false, SIZE_MAX, NULL);
            assert_int_equal(facts.entries, before + len <= 64 ? 6 : 0);
            buf_free(&page);
        }
    }
    /* Parts of words tell nothing. */
    for (size_t word = 0; word < ARRAY_COUNT(words); word++) {
        struct buf page = buf_make(1 << 16);
        for (int i = 0; i < 6; i++) {
            buf_append_format(&page, "<a>%sx %s\xc3\xa9</a>", words[word], words[word]);
        }
        assert_int_equal(help_read_bytes(buf_slice(&page), false, NULL).entries, 0);
        buf_free(&page);
    }
}

/* Texts that are put together: of pieces, blanks, controls and references. */
static void test_joined_texts(void **state)
{
    (void)state;
    help_assert_entries(
        "<a href=/1>\n <i>\t</i> Sp<b>ort</b>  TV </a><a href=/2>H&#68;<br> 2</a><a href=/3>\tKanal\n3\n</a>"
        "<a href=/4><p>Cine</p> <p> </p>&amp;&nbsp;</a><a href=/5 title=' Ppv&#32;5 '>&nbsp;</a>"
        "<a href='/6 \n6'>Liga\x01"
        "6</a>",
        "Sport TV>/1|HD 2>/2|Kanal 3>/3|Cine &>/4|Ppv 5>/5|Liga 6>/6 6|");
    /* A name that is cut is none, of two attributes of one name the first counts, a name without value is
     * empty. */
    struct buf page = buf_make(1 << 16);
    for (int i = 0; i < 6; i++) {
        buf_append_text(&page, "<a href=/ title='Sport TV");
        for (int fill = 0; fill < 60; fill++) {
            buf_append_text(&page, "&nbsp;");
        }
        buf_append_text(&page, "'></a><a href href=/x title title='Sport TV'></a>");
    }
    struct page_facts facts = help_read_bytes(buf_slice(&page), false, NULL);
    assert_int_equal(facts.entries, 0);
    assert_int_equal(facts.links, 6);
    buf_free(&page);
}

/* Words in each case of letters, at each place of a tag and of a script. */
static void test_word_places(void **state)
{
    (void)state;
    static const char *const words[] = {"clappr", "JWPLAYER", "Shaka", "vIdEoJs", "P2P-Media", "plyr"};
    for (size_t word = 0; word < ARRAY_COUNT(words); word++) {
        for (unsigned before = 0; before < 40; before++) {
            char text[256];
            (void)snprintf(text, sizeof text, "<i %.*s%s></i>", (int)before,
                           "-----------------------------------------", words[word]);
            assert_true(help_read_chunks(slice_text(text), false, SIZE_MAX, NULL).players != 0);
            (void)snprintf(text, sizeof text, "%.*s%s", (int)before,
                           "-----------------------------------------", words[word]);
            assert_true(help_read_chunks(slice_text(text), true, SIZE_MAX, NULL).players != 0);
            text[strlen(text) - 1] = '\0';
            assert_true(help_read_chunks(slice_text(text), true, SIZE_MAX, NULL).players == 0);
        }
    }
}

/* Ends of tags and of quotes at each place. */
static void test_tag_ends(void **state)
{
    (void)state;
    for (int before = 0; before < 40; before++) {
        char text[512];
        (void)snprintf(text, sizeof text, "<i a='%.*s> \"' %.*s b=\"'%.*s>\">Text", before,
                       "........................................", before,
                       "........................................", before,
                       "........................................");
        assert_int_equal(help_read_chunks(slice_text(text), false, SIZE_MAX, NULL).text_bytes, 4);
        (void)snprintf(text, sizeof text, "<i a%.*s = '%.*s>Text", before,
                       "........................................", before,
                       "........................................");
        assert_int_equal(help_read_chunks(slice_text(text), false, SIZE_MAX, NULL).text_bytes, 0);
    }
    assert_int_equal(help_read("<a=b href=/1></a=b>").links, 0);
    assert_int_equal(help_read("<x=\">\">Text</y='>'>").text_bytes, 4);
    assert_int_equal(help_read("<A/HREF=/1></a/x><a\nhref=/2><a\thref = '/3' >").links, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),        cmocka_unit_test(test_players),
        cmocka_unit_test(test_targets),        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_title),          cmocka_unit_test(test_entries),
        cmocka_unit_test(test_window),         cmocka_unit_test(test_entries_far_apart),
        cmocka_unit_test(test_long_script),    cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_every_end),      cmocka_unit_test(test_odd_tags),
        cmocka_unit_test(test_telling_places), cmocka_unit_test(test_joined_texts),
        cmocka_unit_test(test_word_places),    cmocka_unit_test(test_tag_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
