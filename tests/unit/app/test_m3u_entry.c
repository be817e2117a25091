/* app/m3u: what an entry is, whose credentials it bears, which country its title begins with. */
#include "tests/unit/app/test_m3u_help.h"

#include "daemon/app/m3u_priv.h"

static enum entry_kind kind_of(const char *extinf, const char *uri)
{
    char text[1024];
    snprintf(text, sizeof text, "#EXTM3U\n%s\n%s\n", extinf, uri);
    return help_last_entry(text).kind;
}

static void paths_decide_first(void **state)
{
    (void)state;
    static const char *const plain = "#EXTINF:-1,A";
    assert_int_equal(kind_of(plain, "http://h/movie/u/p/1.mkv"), ENTRY_MOVIE);
    assert_int_equal(kind_of(plain, "http://h/movie/u/p/1.ts"), ENTRY_MOVIE);
    assert_int_equal(kind_of(plain, "http://h/series/u/p/1.mp4"), ENTRY_SERIES);
    assert_int_equal(kind_of("#EXTINF:-1 group-title=\"VOD\",A", "/series/u/p/1"), ENTRY_SERIES);
    assert_int_equal(kind_of("#EXTINF:-1 group-title=\"VOD\",A", "http://h/live/u/p/1"), ENTRY_LIVE);
    assert_int_equal(kind_of(plain, "http://h/play/movie.php?mac=0&type=movie"), ENTRY_MOVIE);
    assert_int_equal(kind_of(plain, "http://h/play/movie.php?mac=0&type=series"), ENTRY_SERIES);
    assert_int_equal(kind_of(plain, "http://movie/series"), ENTRY_LIVE); /* a host and a file, no folders */
    assert_int_equal(kind_of(plain, "http://h/x/movie/1"), ENTRY_LIVE);
}

static void extensions_decide_next(void **state)
{
    (void)state;
    static const char *const plain = "#EXTINF:-1,A";
    assert_int_equal(kind_of(plain, "http://h/a/b.mp4?x=1.ts"), ENTRY_MOVIE);
    assert_int_equal(kind_of(plain, "http://h/a/b.MKV"), ENTRY_MOVIE);
    assert_int_equal(kind_of(plain, "film.avi"), ENTRY_MOVIE);
    assert_int_equal(kind_of(plain, "http://h/play/dG9rZW4#.mp4"), ENTRY_MOVIE);
    assert_int_equal(kind_of("#EXTINF:-1 group-title=\"SERIES | HBO\",A", "http://h/b.mkv"), ENTRY_SERIES);
    assert_int_equal(kind_of(plain, "http://h.mp4/b"), ENTRY_LIVE);
    assert_int_equal(kind_of(plain, "http://h/b.mp3"), ENTRY_RADIO);
    assert_int_equal(kind_of(plain, "http://h/b.aac?x"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:-1 radio=\"true\",A", "http://h/live"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:-1 radio=\"TRUE\",A", "http://h/a.m3u8"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:-1 radio=\"false\",A", "http://h/live"), ENTRY_LIVE);
    assert_int_equal(kind_of("#EXTINF:-1 radio=\"true\",A", "http://h/movie/u/p/1.mp4"), ENTRY_MOVIE);
}

/* Where the URI says nothing of a live stream, sound shows itself by its servers, its words and its length.
 */
static void sound_is_radio(void **state)
{
    (void)state;
    static const char *const plain = "#EXTINF:-1,A";
    assert_int_equal(kind_of(plain, "http://h:8000/rock"), ENTRY_RADIO);
    assert_int_equal(kind_of(plain, "http://h:8000/a/b"), ENTRY_LIVE);
    assert_int_equal(kind_of(plain, "http://h:8001/rock"), ENTRY_LIVE);
    assert_int_equal(kind_of(plain, "http://h:8000/rock.ts"), ENTRY_LIVE);
    assert_int_equal(kind_of(plain, "http://h:8000/alice77/s3cret/1"), ENTRY_LIVE);
    assert_int_equal(kind_of(plain, "http://h:9000/;stream"), ENTRY_RADIO);
    assert_int_equal(kind_of(plain, "http://h/a/;"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:-1,Radio 7", "http://h/x"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:-1,98.2 fm", "http://h/x"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:-1,Radioland", "http://h/x"), ENTRY_LIVE);
    assert_int_equal(kind_of("#EXTINF:-1,Radio 7", "http://h/x.m3u8"), ENTRY_LIVE);
    assert_int_equal(kind_of("#EXTINF:-1 group-title=\"FR | RADIO\",A", "http://h/x"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:215,Artist - Song", "http://h/track/7"), ENTRY_RADIO);
    assert_int_equal(kind_of("#EXTINF:0,A", "http://h/track/7"), ENTRY_LIVE);
}

static enum entry_kind kind_by_group(const char *group, const char *uri)
{
    char extinf[256];
    snprintf(extinf, sizeof extinf, "#EXTINF:-1 group-title=\"%s\",A", group);
    return kind_of(extinf, uri);
}

static void groups_decide_last(void **state)
{
    (void)state;
    static const char *const vague = "http://h/play/a0x1";
    assert_int_equal(kind_by_group("VOD | NETFLIX", vague), ENTRY_MOVIE);
    assert_int_equal(kind_by_group("|FR| Films 2024", vague), ENTRY_MOVIE);
    assert_int_equal(kind_by_group("Movies", vague), ENTRY_MOVIE);
    assert_int_equal(kind_by_group("VOD SERIES HBO", vague), ENTRY_SERIES);
    assert_int_equal(kind_by_group("FR-SERIE", vague), ENTRY_SERIES);
    assert_int_equal(kind_by_group("IT| SERIE A/B/C", vague), ENTRY_LIVE); /* football */
    assert_int_equal(kind_by_group("Filmstudios; Vodka", vague), ENTRY_LIVE);
    assert_int_equal(kind_by_group("Caf\xc3\xa9"
                                   "films",
                                   vague),
                     ENTRY_LIVE);
    assert_int_equal(kind_by_group("UK | ACTION MOVIES", "http://h/a/b.ts"), ENTRY_LIVE);
    assert_int_equal(kind_by_group("UK | ACTION MOVIES", "http://h/a/b.m3u8"), ENTRY_LIVE);
    assert_int_equal(kind_by_group("UK | ACTION MOVIES", "http://h/alice77/s3cret9/12"), ENTRY_LIVE);
}

static void segments_are_no_films(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\nseg1.mp4\n#EXTINF:4.0,\n"
                   "/movie/abc/def/2.mp4\n#EXTINF:4.0,\nseg.aac\n");
    assert_int_equal(facts.live, 2);
    assert_int_equal(facts.radio, 1);
    facts = help_parse("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:-1,A film\nb.mp4\n#EXTINF:0,B\nc.mp4\n");
    assert_int_equal(facts.movies, 2); /* a catalogue that bears a tag of HLS */
}

static void kinds_have_names(void **state)
{
    (void)state;
    static const char *const names[ENTRY_KIND_COUNT] = {"live", "movie", "series", "radio"};
    for (unsigned i = 0; i < ENTRY_KIND_COUNT; i++) {
        assert_string_equal(entry_kind_name(i), names[i]);
    }
}

static bool is_credential_path(const char *path)
{
    struct m3u_credential_path out;
    return m3u_credential_path(slice_text(path), &out) && out.likely;
}

static void credential_paths_are_found(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/live/a/b/1.ts",
        "/live/user/pass/123",
        "/movie/user/pass/123.mkv",
        "/series/u.s@x/p%40-_/9.mp4",
        "/alice77/s3cret9/123",
        "/alice77/s3cret9/123.ts",
        "/alice77/s3cret9/123.m3u8",
        "/john@mail.com/pw123/5.ts",
        "/12345/67890/11",
        "/1234/56789/11",
        "/live/live/stream/2.m3u8",
    };
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        assert_true(is_credential_path(paths[i]));
    }
    struct m3u_credential_path out;
    assert_true(m3u_credential_path(slice_text("/movie/user/pass/123.mkv"), &out));
    assert_true(out.prefixed);
    assert_true(slice_equal(out.user, slice_text("user")));
    assert_true(slice_equal(out.password, slice_text("pass")));
    assert_true(slice_equal(out.pair, slice_text("user/pass")));
}

static void other_paths_are_none(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "/",
        "///",
        "//b1cd/1",
        "/a/b/1",              /* single letters */
        "alice77/s3cret9/123", /* relative */
        "/alice77/s3cret9/",   /* no number */
        "/alice77/s3cret9/12a",
        "/alice77/s3cret9/12.",
        "/alice77/s3cret9/12.toolong",
        "/alice77/s3cret9/12.t/s",
        "/alice77/s3cret9/1/2",
        "/alice77/s3cret9",
        "/alice77//1",
        "/live/alice77/1.ts", /* two parts and a word */
        "/live//pass/1.ts",
        "/2024/11/12345", /* a date */
        "/2024/1234/5.ts",
        "/hls/channel5/123.ts",
        "/channel5/hls/123.ts",
        "/LIVE/alice77/123.ts",
        "/blog/alice77/2024",
        "/edge01/alice77/12", /* a word with its number */
        "/alice77/stream-2/12",
        "/de/alice77/12", /* a language */
        "/alice77/index.php/12",
        "/video.mp4/alice77/12",
        "/alice 77/s3cret9/12",
        "/alice77/s3:cret/12",
        "/rtvze/live/123.m3u8",
        "/timeshift/alice77/s3cret9/60/2024-01-01:10-00/1.ts",
    };
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        assert_false(is_credential_path(paths[i]));
    }
    struct m3u_credential_path out;
    static const char nul[] = "/ali\0ce/s3cret9/12";
    assert_false(m3u_credential_path(slice_make(nul, sizeof nul - 1), &out));
}

static void parts_have_a_longest_length(void **state)
{
    (void)state;
    char path[200];
    char part[66];
    memset(part, 'x', sizeof part);
    part[64] = '\0';
    snprintf(path, sizeof path, "/%s/%s/1.ts", part, part);
    assert_true(is_credential_path(path));
    part[64] = 'x';
    part[65] = '\0';
    snprintf(path, sizeof path, "/%s/pass1/1.ts", part);
    assert_false(is_credential_path(path));
    snprintf(path, sizeof path, "/pass1/%s/1.ts", part);
    assert_false(is_credential_path(path));
}

static void requests_credentials_are_found_decoded(void **state)
{
    (void)state;
    struct m3u_facts facts =
        help_parse("http://h/live/alice77/s3cret9/1.ts\nhttp://h/%61lice77/s3cret%39/2\n"
                   "http://h/live/alice77/other/3.ts\nhttp://h/live/s3cret9/alice77/4.ts\n"
                   "/live/alice77/s3cret9/5.ts\nhttp://h/x/5.ts\n");
    assert_int_equal(facts.credential_uris, 5);
    assert_int_equal(facts.request_credentials, 3);
    assert_int_equal(facts.same_credentials, 2);
    struct credential_hashes none = {0, 0};
    struct m3u_parser *parser = m3u_create(&help_key, &none, NULL, NULL);
    m3u_feed(parser, slice_text("http://h/live/alice77/s3cret9/1.ts\n"));
    m3u_finish(parser, true, &facts);
    m3u_free(parser);
    assert_int_equal(facts.credential_uris, 1);
    assert_int_equal(facts.request_credentials, 0);
}

/* What tells credentials from two words of a path, and a home's lists and lists of songs from a panel's. */
static void signs_of_lists_are_counted(void **state)
{
    (void)state;
    struct m3u_facts facts = help_parse("http://h/alice77/secret/1\nhttp://h/alice/secret/2\n"
                                        "http://h/alice/2024secret/3\nhttp://h/alice/123-45678/4\n"
                                        "https://h/tenant/prod/5.m3u8\nhttp://h/alice/a-2024/6\n");
    assert_int_equal(facts.credential_uris, 6);
    assert_int_equal(facts.mixed_credentials, 3);
    assert_int_equal(facts.https, 1);
    facts = help_parse("http://h/user01/secret/1\nhttp://h/linear/eu1/2.m3u8\nhttp://h/tv24/720p/3.m3u8\n");
    assert_int_equal(facts.credential_uris, 3);
    assert_int_equal(facts.mixed_credentials, 1);
    assert_int_equal(facts.tuner_uris, 0);
    facts = help_parse("#EXTINF:1800,Episode\nhttp://h/myshow/season2x/1\nhttp://h/myshow/season2x/2.mp3\n");
    assert_int_equal(facts.credential_uris, 0);
    facts = help_parse(
        "http://h/stream/channelid/7?profile=pass\nhttp://h/auto/v5.1\nhttp://h/udp/239.1.1.1:5000\n"
        "http://h:8001/1:0:19:283D:3FB:1:C00000:0:0:0:\n"
        "http://h/stream/0123456789abcdef0123456789ABCDEF\nhttp://h/Videos/7/stream.ts\n"
        "http://h/stream/0123456789abcdef0123456789ABCDE\nhttp://h/x/stream/channelid/7\n");
    assert_int_equal(facts.tuner_uris, 6);
}

/* A pair that no list of words would take for credentials counts where the request bore just it. */
static void requests_credentials_need_no_likeness(void **state)
{
    (void)state;
    static const char list[] = "http://h/tv/pw/1\nhttp://h/tv/pw/2.ts\nhttp://h/tv/xx/3\n";
    struct credential_hashes wanted = {.user = hash_bytes(&help_key, "tv", 2),
                                       .password = hash_bytes(&help_key, "pw", 2)};
    struct m3u_parser *parser = m3u_create(&help_key, &wanted, NULL, NULL);
    struct m3u_facts facts;
    m3u_feed(parser, slice_text(list));
    m3u_finish(parser, true, &facts);
    m3u_free(parser);
    assert_int_equal(facts.credential_uris, 2);
    assert_int_equal(facts.request_credentials, 2);
    assert_int_equal(help_parse(list).credential_uris, 0);
}

static void segments_and_variants_have_numbers_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(
        help_parse("#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/chan5abc/q720p/1.ts\n").credential_uris, 0);
    assert_int_equal(help_parse("#EXT-X-STREAM-INF:BANDWIDTH=1\n/chan5abc/smil7/720.m3u8\n").credential_uris,
                     0);
    assert_int_equal(
        help_parse("#EXT-X-STREAM-INF:BANDWIDTH=1\n/live/alice77/s3cret9/7.m3u8\n").credential_uris, 1);
    assert_int_equal(
        help_parse("#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n/chan5abc/q720p/1.ts\n").credential_uris, 1);
}

static int bit(const char code[2])
{
    return (code[0] - 'A') * 26 + code[1] - 'A';
}

static void countries_before_titles(void **state)
{
    (void)state;
    static const struct {
        const char *title, *country;
    } rows[] = {
        {"FR| TF1", "FR"},
        {"|FR| TF1", "FR"},
        {"FR: TF1", "FR"},
        {"FR - TF1", "FR"},
        {"[FR] TF1", "FR"},
        {"(FR) TF1", "FR"},
        {"FR\xe2\x9c\xa6 TF1", "FR"},
        {"FR|", "FR"},
        {"FR |TF1", "FR"},
        {"FRA: TF1", "FR"},
        {"UK| BBC", "GB"},
        {"GB: BBC", "GB"},
        {"EN| BBC", "EN"},
        {"USA: ABC", "US"},
        {"US | ABC", "US"},
        {"(SP) La 1", "ES"},
        {"ES \xe2\x80\xa2 La 1", "ES"},
        {"ES \xc2\xbb La 1", "ES"},
        {"ES \xe2\x9e\xa4 La 1", "ES"},
        {"ES-M+ LaLiga", "ES"},
        {"VIP | ES: DAZN", "ES"},
        {"FHD | ES: DAZN", "ES"},
        {"4K| FR: TF1", "FR"},
        {"VIP|4K|FR| TF1", "FR"},
        {"EX-YU: RTS", "XY"},
        {"|EXYU| RTS", "XY"},
        {"LAT| X", "XL"},
        {"LATAM: X", "XL"},
        {"AR: MBC", "AR"},
        {"\xe2\x98\x85 TR: TRT", "TR"},
        {"### DE: ZDF", "DE"},
        {"BE| VRT", "BE"},
        {"NL: NPO", "NL"},
        {"PT| RTP", "PT"},
        {"XK: RTK", "XK"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(title_country(slice_text(rows[i].title)), bit(rows[i].country));
    }
}

static void titles_without_country(void **state)
{
    (void)state;
    static const char *const titles[] = {
        "",
        "F",
        "FR",
        "FR TF1",
        "TF1",
        "4K| TF1",
        "HD: TF1",
        "VIP | TF1",
        "SD | TF1",
        "TV: TF1",
        "It: Two",
        "fr: tf1",
        "BBC One",
        "FRX: a",
        "QQ| a",
        "24/7 | Show",
        "|",
        "||||||||",
        "[",
        "FM - Radio",
        "Arena Sport 1",
        "\xe2",
        "\xe2\x80",
        "\xc2",
        "FR\xe2\x80",
        "FRANCE: TF1",
        "F1: Race",
        "A|B",
        "4K|HD|FHD|FR| TF1",
        "####################FR: TF1",
        "EX-YU",
        "\xff\xfe|FR|",
    };
    for (size_t i = 0; i < ARRAY_COUNT(titles); i++) {
        assert_int_equal(title_country(slice_text(titles[i])), -1);
    }
}

static void countries_are_counted(void **state)
{
    (void)state;
    struct m3u_facts facts = help_parse("#EXTINF:-1,FR| A\nhttp://h/1\n#EXTINF:-1,FRA: B\nhttp://h/1\n"
                                        "#EXTINF:-1,ES: B\nhttp://h/1\n#EXTINF:-1,4K| B\nhttp://h/1\n"
                                        "#EXTINF:-1,ZW: lost\n");
    assert_int_equal(facts.titles.prefixed_titles, 3);
    assert_int_equal(facts.titles.country_prefixes, 2);
}

static void odd_ports_are_counted(void **state)
{
    (void)state;
    assert_int_equal(help_parse("http://h.example/1\nhttp://h.example:80/1\nhttps://h.example:443/1\n"
                                "https://h.example/1\nrtmp://h.example/1\n/live/1\nudp://@239.1.1.1:5000\n")
                         .odd_ports,
                     0);
    assert_int_equal(help_parse("http://h.example:8080/1\nhttps://h.example:8443/1\nhttp://203.0.113.1/1\n"
                                "http://[2001:db8::1]/1\nhttp://[2001:db8::1]:80/1\nhttp://203.0.113.1:80/1\n"
                                "rtmp://h.example:1935/1\nhttp://u:p@h.example:81/1\n")
                         .odd_ports,
                     8);
    assert_int_equal(help_parse("http://u:81@h.example/1\n").odd_ports, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_decide_first),
        cmocka_unit_test(sound_is_radio),
        cmocka_unit_test(signs_of_lists_are_counted),
        cmocka_unit_test(extensions_decide_next),
        cmocka_unit_test(groups_decide_last),
        cmocka_unit_test(segments_are_no_films),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(credential_paths_are_found),
        cmocka_unit_test(other_paths_are_none),
        cmocka_unit_test(parts_have_a_longest_length),
        cmocka_unit_test(requests_credentials_are_found_decoded),
        cmocka_unit_test(requests_credentials_need_no_likeness),
        cmocka_unit_test(segments_and_variants_have_numbers_of_their_own),
        cmocka_unit_test(countries_before_titles),
        cmocka_unit_test(titles_without_country),
        cmocka_unit_test(countries_are_counted),
        cmocka_unit_test(odd_ports_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
