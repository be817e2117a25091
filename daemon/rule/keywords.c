/*
 * The one table of keywords and buffers. A row more is a keyword more: reading, matching and the
 * documentation (rule_print_keywords) follow from it.
 */
#include "daemon/rule/fields_priv.h"
#include "daemon/rule/parse_priv.h"

#define RANGE_SYNTAX "N, !N, >N, >=N, <N, <=N or N<>M"

#define BUFFER(row_name, row_reach, getter, ...)                                                             \
    {                                                                                                        \
        .name = row_name, .class = KEYWORD_BUFFER, .reach = row_reach, .buffer = getter, __VA_ARGS__         \
    }
#define NUMBER(row_name, row_reach, getter, ...)                                                             \
    {                                                                                                        \
        .name = row_name, .class = KEYWORD_NUMBER, .reach = row_reach, .number = getter,                     \
        .value = RANGE_SYNTAX, __VA_ARGS__                                                                   \
    }
#define OPTION(row_name, row_class, row_reach, parser, row_value, ...)                                       \
    {                                                                                                        \
        .name = row_name, .class = row_class, .reach = row_reach, .parse = parser, .value = row_value,       \
        __VA_ARGS__                                                                                          \
    }

static const struct keyword keywords[] = {
    OPTION("msg", KEYWORD_OPTION, REACH_RULE, parse_msg, "\"TEXT\"", .help = "What was found; required"),
    OPTION("sid", KEYWORD_OPTION, REACH_RULE, parse_sid, "N",
           .help = "The rule's number, used once; required"),
    OPTION("rev", KEYWORD_OPTION, REACH_RULE, parse_rev, "N", .help = "Its version; 1 where it is left out"),
    OPTION("reference", KEYWORD_OPTION, REACH_RULE, parse_ignored, "TYPE,TEXT", .help = "For readers"),
    OPTION("classtype", KEYWORD_OPTION, REACH_RULE, parse_ignored, "NAME", .help = "For readers"),
    OPTION("metadata", KEYWORD_OPTION, REACH_RULE, parse_metadata, "KEY VALUE, ...",
           .help = "What the match is evidence of; see below"),
    OPTION("flow", KEYWORD_OPTION, REACH_RULE, parse_flow, "to_server, to_client, established",
           .help = "The direction; established holds for all flows that are inspected"),
    OPTION("flowbits", KEYWORD_OPTION, REACH_ANY, parse_flowbits,
           "set,NAME, isset,NAME, isnotset,NAME or noalert",
           .help = "set: a match makes the flow remember NAME; isset, isnotset: whether it does; noalert: "
                   "a match is not told"),

    OPTION("content", KEYWORD_MATCH, REACH_ANY, parse_content, "[!]\"BYTES\"",
           .help = "Bytes in the buffer before it; |hex|; \\\" \\\\ \\; \\: are escaped"),
    OPTION("nocase", KEYWORD_MODIFIER, REACH_ANY, parse_nocase, NULL, .help = "ASCII letters of either case"),
    OPTION("startswith", KEYWORD_MODIFIER, REACH_ANY, parse_startswith, NULL,
           .help = "At the buffer's start"),
    OPTION("endswith", KEYWORD_MODIFIER, REACH_ANY, parse_endswith, NULL, .help = "At the buffer's end"),
    OPTION("depth", KEYWORD_MODIFIER, REACH_ANY, parse_depth, "N",
           .help = "Within N bytes from the buffer's start, or from offset"),
    OPTION("offset", KEYWORD_MODIFIER, REACH_ANY, parse_offset, "N", .help = "From byte N on"),
    OPTION("distance", KEYWORD_MODIFIER, REACH_ANY, parse_distance, "[-]N",
           .help = "From N bytes behind the end of the match before it on"),
    OPTION("within", KEYWORD_MODIFIER, REACH_ANY, parse_within, "N",
           .help = "Ending at most N bytes behind the end of the match before it, plus distance"),
    OPTION("pcre", KEYWORD_MATCH, REACH_ANY, parse_pcre, "[!]\"/PATTERN/FLAGS\"",
           .help =
               "A pattern that libhs understands; flags i s m x, and R: from the end of the match before it"),
    OPTION("bsize", KEYWORD_MATCH, REACH_ANY, parse_bsize, RANGE_SYNTAX,
           .help = "Size of the buffer before it"),
    OPTION("dataset", KEYWORD_MATCH, REACH_ANY, parse_dataset, "isset,NAME,type host",
           .help = "The buffer before it is in the data set, or isnotset: is not; type host, ip, string, md5 "
                   "or sha256. type host is vigie's, so in *.vigie.rules only"),
    OPTION("urilen", KEYWORD_MATCH, REACH_REQUEST, parse_urilen, RANGE_SYNTAX " [,norm or raw]",
           .help = "Size of http.uri, or of http.uri.raw"),
    NUMBER("dsize", REACH_FLOW, field_payload_size, .help = "Bytes of a direction's first payload"),
    OPTION("ndpi-protocol", KEYWORD_OPTION, REACH_ANY, parse_ndpi, "[!]NAME", .own = true,
           .number = field_ndpi, .help = "What nDPI takes the flow for"),

    BUFFER("http.method", REACH_REQUEST, field_method, .dull = true, .help = "The method"),
    BUFFER("http.uri", REACH_REQUEST, field_uri, .mask = MASK_URL,
           .help = "Path and query, percent-decoded once"),
    BUFFER("http.uri.raw", REACH_REQUEST, field_uri_raw, .mask = MASK_URL, .help = "Path and query as sent"),
    BUFFER("http.host", REACH_REQUEST, field_host, .dull = true, .lower_case = true,
           .help = "Host without port, in lower case; patterns are lower case without nocase"),
    BUFFER("http.user_agent", REACH_REQUEST, field_user_agent, .client_header = true, .help = "User-Agent"),
    BUFFER("http.referer", REACH_REQUEST, field_referer, .client_header = true, .mask = MASK_URL,
           .help = "Referer"),
    BUFFER("http.referer_host", REACH_REQUEST, field_referer_host, .own = true, .client_header = true,
           .lower_case = true, .help = "Host of the page that Referer names, in lower case without port"),
    BUFFER("http.origin_host", REACH_REQUEST, field_origin_host, .own = true, .client_header = true,
           .lower_case = true, .help = "Host of the page that Origin names, likewise"),
    BUFFER("http.cookie", REACH_REQUEST, field_cookie, .client_header = true, .help = "Cookie"),
    BUFFER("http.header", REACH_EITHER, field_header, .client_header = true,
           .help = "All headers but cookies as `Name: value\\r\\n`, of the rule's direction"),
    BUFFER("http.request_body", REACH_REQUEST, field_request_body, .mask = MASK_QUERY,
           .help = "First bytes of the request's body"),
    BUFFER("http.stat_code", REACH_ANSWER, field_stat_code, .dull = true, .help = "The status, three digits"),
    BUFFER("http.location", REACH_ANSWER, field_location, .mask = MASK_URL, .help = "Location"),
    BUFFER("http.location_host", REACH_ANSWER, field_location_host, .own = true, .lower_case = true,
           .help = "Host of an absolute Location, in lower case without port"),
    BUFFER("http.server", REACH_ANSWER, field_server, .help = "Server"),
    BUFFER("http.content_type", REACH_ANSWER, field_content_type, .help = "Content-Type of the answer"),
    BUFFER("http.response_body", REACH_ANSWER, field_response_body, .body = true,
           .help = "First decoded bytes of the answer's body"),
    BUFFER("file.data", REACH_ANSWER, field_response_body, .body = true, .help = "The same"),

    {.name = "http.body_kind",
     .class = KEYWORD_WORDS,
     .reach = REACH_ANSWER,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_body_kind,
     .word_name = field_body_kind_name,
     .help = "What the answer's body is by its first bytes: one of the words"},
    {.name = "http.location_repeats",
     .class = KEYWORD_FLAG,
     .reach = REACH_ANSWER,
     .own = true,
     .flag = field_location_repeats,
     .help = "A 3xx whose Location has the request's path, or its last two segments, and a token that the "
             "request lacks or another bare address for host; a file's ending may stand behind"},
    {.name = "http.disguised",
     .class = KEYWORD_FLAG,
     .reach = REACH_ANSWER,
     .own = true,
     .flag = field_disguised,
     .help = "MPEG-TS under the type or the name of a picture, a script, a style or a page, or behind a PNG "
             "picture"},
    {.name = "http.cross_site",
     .class = KEYWORD_FLAG,
     .reach = REACH_REQUEST,
     .own = true,
     .client_header = true,
     .flag = field_cross_site,
     .help = "Origin, or Referer where there is none, names a page of another registered domain than Host"},
    {.name = "http.uri_token",
     .class = KEYWORD_WORDS,
     .reach = REACH_REQUEST,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_uri_token,
     .word_name = field_token_form_name,
     .help =
         "Form of the target's token, of 16 bytes and more (token=, or behind auth, sauth, thauth, subauth, "
         "play, hls, hlsr, key, images, probe): xor as Xtream Codes makes it, aes in length and letters as "
         "XUI.one and XC_VM"},
    {.name = "http.location_token",
     .class = KEYWORD_WORDS,
     .reach = REACH_ANSWER,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_location_token,
     .word_name = field_token_form_name,
     .help = "The same of Location's token; new: the request, where it was seen, does not bear it"},
    NUMBER("http.token_repeats", REACH_ANSWER, field_token_repeats, .own = true,
           .help =
               "Different tokens of the form aes that have their first 21 characters in common with this "
               "transaction's, at this server: of targets that a stream, a key or a picture answered, and "
               "of Locations; counted up to 5 for each pair of addresses"),
    NUMBER("http.number_repeats", REACH_REQUEST, field_number_repeats, .own = true,
           .help = "Different numbers that end targets /A/B/NUMBER or /live/A/B/NUMBER, alone or with .m3u8, "
                   "of this A and B at this server; counted likewise"),
    {.name = "http.endless",
     .class = KEYWORD_FLAG,
     .reach = REACH_ANSWER,
     .own = true,
     .flag = field_endless,
     .help = "A 2xx with neither length nor chunks: it ends with its connection only"},
    NUMBER("http.answered", REACH_UNANSWERED, field_answered, .own = true,
           .help =
               "Bytes that the client acknowledged of an answer that was not seen; makes evidence of kind "
               "answered, of weight 20 at most"),

    BUFFER("m3u.uri", REACH_ENTRY, field_entry_uri, .own = true, .mask = MASK_URL, .help = "An entry's URI"),
    BUFFER("m3u.title", REACH_ENTRY, field_entry_title, .own = true, .help = "An entry's title"),
    BUFFER("m3u.group", REACH_ENTRY, field_entry_group, .own = true, .help = "An entry's group"),
    NUMBER("m3u.entries", REACH_DOCUMENT, field_entries, .own = true, .help = "Entries of a playlist"),
    NUMBER("m3u.live", REACH_DOCUMENT, field_live, .own = true, .help = "... of live channels"),
    NUMBER("m3u.movies", REACH_DOCUMENT, field_movies, .own = true, .help = "... of films"),
    NUMBER("m3u.series", REACH_DOCUMENT, field_series, .own = true, .help = "... of series"),
    NUMBER("m3u.radio", REACH_DOCUMENT, field_radio, .own = true, .help = "... of radio"),
    NUMBER("m3u.groups", REACH_DOCUMENT, field_groups, .own = true, .help = "Different groups"),
    NUMBER("m3u.hosts", REACH_DOCUMENT, field_hosts, .own = true, .help = "Different hosts of the entries"),
    NUMBER("m3u.country_prefixes", REACH_DOCUMENT, field_country_prefixes, .own = true,
           .help = "Different country prefixes of titles, as `FR|`, or of groups where the title has none"),
    NUMBER("m3u.prefixed_share", REACH_DOCUMENT, field_prefixed_share, .own = true,
           .help = "Percent of the entries that bear one"),
    NUMBER("m3u.quality_duplicates", REACH_DOCUMENT, field_quality_duplicates, .own = true,
           .help = "Names under which five live entries and more differ in quality or are spare copies"),
    NUMBER("m3u.separators", REACH_DOCUMENT, field_separators, .own = true,
           .help = "Live entries whose title is a heading, as `##### SPORT #####`"),
    NUMBER("m3u.ppv", REACH_DOCUMENT, field_ppv, .own = true,
           .help = "Live entries whose title or group has the word PPV"),
    NUMBER("m3u.loops", REACH_DOCUMENT, field_loops, .own = true,
           .help = "Live entries whose title or group has the word 24/7, but for `[Not 24/7]`"),
    NUMBER("m3u.superscripts", REACH_DOCUMENT, field_superscripts, .own = true,
           .help = "Live entries whose title has letters above the line or small capitals"),
    NUMBER("m3u.credential_share", REACH_DOCUMENT, field_credential_share, .own = true,
           .help = "Percent whose URI has the form USER/PASSWORD/NUMBER"),
    NUMBER("m3u.same_credentials", REACH_DOCUMENT, field_same_credentials, .own = true,
           .help = "Percent that bear the commonest USER/PASSWORD of the list"),
    NUMBER("m3u.request_credentials", REACH_DOCUMENT, field_request_credentials, .own = true,
           .help = "Percent that bear the request's user and password"),
    NUMBER("m3u.mixed_credentials", REACH_DOCUMENT, field_mixed_credentials, .own = true,
           .help = "Percent whose USER or PASSWORD has a digit beside a letter, or five digits"),
    NUMBER("m3u.tuner_share", REACH_DOCUMENT, field_tuner_share, .own = true,
           .help =
               "Percent with a path of a home's tuner, recorder or media server, or of a multicast gateway"),
    NUMBER("m3u.https_share", REACH_DOCUMENT, field_https_share, .own = true, .help = "Percent with https"),
    NUMBER("m3u.odd_port_share", REACH_DOCUMENT, field_odd_port_share, .own = true,
           .help = "Percent with a port other than 80 and 443, or a bare address"),
    NUMBER("m3u.clear_keys", REACH_DOCUMENT, field_clear_keys, .own = true,
           .help = "Entries with the keys of a protected stream beside them"),
    NUMBER("m3u.cookies", REACH_DOCUMENT, field_cookies, .own = true,
           .help = "Entries with somebody's cookies"),
    NUMBER("m3u.p2p", REACH_DOCUMENT, field_p2p, .own = true,
           .help = "Entries of P2P networks: acestream://, /ace/getstream, sop://, magnet:"),
    NUMBER("m3u.referer_share", REACH_DOCUMENT, field_referer_share, .own = true,
           .help = "Percent with a Referer or Origin of another site than the stream's"),
    NUMBER("m3u.marked_share", REACH_DOCUMENT, field_marked_share, .own = true,
           .help = "Percent whose title has [Geo-blocked] or [Not 24/7], as lists of free channels do"),
    NUMBER("m3u.vod_share", REACH_DOCUMENT, field_vod_share, .own = true, .help = "Percent films and series"),
    NUMBER("m3u.radio_share", REACH_DOCUMENT, field_radio_share, .own = true, .help = "Percent radio"),
    {.name = "m3u.format",
     .class = KEYWORD_WORDS,
     .reach = REACH_DOCUMENT,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_m3u_format,
     .word_name = field_m3u_format_name,
     .help =
         "What the list is written as: a playlist or a list of set-top boxes; all keywords of lists hold for "
         "both"},
    {.name = "m3u.flag",
     .class = KEYWORD_WORDS,
     .reach = REACH_DOCUMENT,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_m3u_flags,
     .word_name = field_m3u_flag_name,
     .help = "Properties of a playlist: one of the words; private-hosts: its commonest host is a private "
             "address or a local name"},
    {.name = "api.shape",
     .class = KEYWORD_WORDS,
     .reach = REACH_DOCUMENT,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_api_shapes,
     .word_name = field_api_shape_name,
     .help = "Shapes of a JSON answer: one of the words"},
    {.name = "api.complete",
     .class = KEYWORD_FLAG,
     .reach = REACH_DOCUMENT,
     .own = true,
     .flag = field_api_complete,
     .help = "The JSON answer was seen to its end: what a negated api.shape says holds"},
    NUMBER("api.live", REACH_DOCUMENT, field_api_live, .own = true, .help = "Live channels in a JSON answer"),
    NUMBER("api.movies", REACH_DOCUMENT, field_api_movies, .own = true, .help = "Films in it"),
    NUMBER("api.series", REACH_DOCUMENT, field_api_series, .own = true, .help = "Series in it"),
    NUMBER("api.categories", REACH_DOCUMENT, field_api_categories, .own = true, .help = "Categories in it"),
    NUMBER("api.stalker_channels", REACH_DOCUMENT, field_api_stalker_channels, .own = true,
           .help = "Channels of a Stalker portal in it"),
    BUFFER("api.title", REACH_ENTRY, field_api_title, .own = true,
           .help = "The name of an item of a list in a JSON answer: channel, film or series"),
    NUMBER("api.country_prefixes", REACH_DOCUMENT, field_api_country_prefixes, .own = true,
           .help = "As m3u.country_prefixes, of the names of items, categories and genres"),
    NUMBER("api.prefixed_share", REACH_DOCUMENT, field_api_prefixed_share, .own = true,
           .help = "Percent of them that bear one"),
    NUMBER("api.quality_duplicates", REACH_DOCUMENT, field_api_quality_duplicates, .own = true,
           .help = "As m3u.quality_duplicates"),
    NUMBER("api.separators", REACH_DOCUMENT, field_api_separators, .own = true, .help = "As m3u.separators"),
    NUMBER("api.ppv", REACH_DOCUMENT, field_api_ppv, .own = true,
           .help = "As m3u.ppv, of the names of channels, categories and genres"),
    NUMBER("api.loops", REACH_DOCUMENT, field_api_loops, .own = true, .help = "As m3u.loops, of the same"),
    NUMBER("api.superscripts", REACH_DOCUMENT, field_api_superscripts, .own = true,
           .help = "As m3u.superscripts"),
    NUMBER("rights.names", REACH_DOCUMENT, field_rights_names, .own = true,
           .help = "Different names of pay channels among the live entries of a document of any kind, by "
                   "rights-holders.yaml; counted up to 192"),
    NUMBER("rights.holders", REACH_DOCUMENT, field_rights_holders, .own = true,
           .help = "Different holders of them; a name that fits several counts for the first one"),
    NUMBER("rights.markets", REACH_DOCUMENT, field_rights_markets, .own = true,
           .help =
               "Countries in which all of these holders sell; 0: no operator could have licensed them all"),

    BUFFER("page.title", REACH_DOCUMENT, field_page_title, .own = true, .help = "A web page's title"),
    {.name = "page.player",
     .class = KEYWORD_WORDS,
     .reach = REACH_DOCUMENT,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_page_players,
     .word_name = field_page_player_name,
     .help = "Players that a page or a script names: one of the words"},
    {.name = "page.stream",
     .class = KEYWORD_WORDS,
     .reach = REACH_DOCUMENT,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_page_stream,
     .word_name = field_page_stream_name,
     .help = "Streams that a page or script plays (links are none): one of the words. own: of the page's "
             "registered "
             "domain; foreign: of another one, and of such: address, odd-port, signed (a token and a time at "
             "which "
             "it ends), hidden (as base64)"},
    BUFFER("page.stream_host", REACH_DOCUMENT, field_page_stream_host, .own = true, .lower_case = true,
           .help = "The commonest foreign host of those streams"),
    BUFFER("page.frame_host", REACH_DOCUMENT, field_page_frame_host, .own = true, .lower_case = true,
           .help = "The commonest foreign host of a page's iframes"),
    BUFFER("page.refresh_host", REACH_DOCUMENT, field_page_refresh_host, .own = true, .lower_case = true,
           .help = "Host to which a page sends the browser by itself (meta refresh, location)"),
    NUMBER("page.streams", REACH_DOCUMENT, field_page_streams, .own = true,
           .help = "URLs of streams with a host, also in links"),
    NUMBER("page.stream_hosts", REACH_DOCUMENT, field_page_stream_hosts, .own = true,
           .help = "Different hosts of them, 64 at most"),
    NUMBER("page.acestreams", REACH_DOCUMENT, field_page_acestreams, .own = true,
           .help = "acestream:// links of a page"),
    NUMBER("page.frames", REACH_DOCUMENT, field_page_frames, .own = true, .help = "Its iframes with a host"),
    NUMBER("page.entries", REACH_DOCUMENT, field_page_entries, .own = true,
           .help = "Texts of a page that may be channels"),
    NUMBER("page.channels", REACH_DOCUMENT, field_page_channels, .own = true,
           .help = "... with a word that names of channels have"),
    NUMBER("page.stream_entries", REACH_DOCUMENT, field_page_stream_entries, .own = true,
           .help = "Names with a stream's URL beside them"),
    NUMBER("page.radio_share", REACH_DOCUMENT, field_page_radio_share, .own = true,
           .help = "Percent of page.entries that say that they are radio"),
    NUMBER("page.text", REACH_DOCUMENT, field_page_text, .own = true,
           .help = "Bytes of a page's visible text"),
    NUMBER("page.links", REACH_DOCUMENT, field_page_links, .own = true, .help = "Its links"),
    BUFFER("hls.uri", REACH_ENTRY, field_hls_uri, .own = true, .mask = MASK_URL,
           .help = "The URI of a segment or a variant in a playlist of HLS"),
    NUMBER("hls.segments", REACH_DOCUMENT, field_hls_segments, .own = true,
           .help = "Segments of a media playlist"),
    NUMBER("hls.variants", REACH_DOCUMENT, field_hls_variants, .own = true,
           .help = "Variants of a master playlist"),
    NUMBER("hls.target_duration", REACH_DOCUMENT, field_hls_target_duration, .own = true,
           .help = "Its target duration in seconds, 0 where it names none"),
    NUMBER("hls.media_sequence", REACH_DOCUMENT, field_hls_media_sequence, .own = true,
           .help = "The number of its first segment"),
    {.name = "hls.live_segment",
     .class = KEYWORD_FLAG,
     .reach = REACH_REQUEST,
     .own = true,
     .flag = field_live_segment,
     .help = "What is asked for stood, in the last five minutes, among the last 16 segments of a live "
             "playlist that "
             "the same address gave to the same client, in whatever connection"},

    BUFFER("ts.service_name", REACH_STREAM, field_service_name, .own = true,
           .help = "What a transport stream calls its service, in UTF-8"),
    BUFFER("ts.provider", REACH_STREAM, field_provider, .own = true, .help = "... and its provider"),
    NUMBER("ts.services", REACH_STREAM, field_programs, .own = true, .help = "Services in one stream"),
    NUMBER("ts.kilobits", REACH_STREAM, field_kilobits, .own = true,
           .help = "Its kilobits a second, by its own clock"),
    NUMBER("ts.holders", REACH_STREAM, field_stream_holders, .own = true,
           .help = "Rights holders, by rights-holders.yaml, whose pay channel its service's name is"),
    {.name = "ts.flag",
     .class = KEYWORD_WORDS,
     .reach = REACH_STREAM,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_stream_flags,
     .word_name = field_stream_flag_name,
     .help =
         "Properties of a transport stream: one of the words. sdt: its services are described; scrambled: "
         "packets of its service are; ca-clear: the service names a system of conditional access and none "
         "of at least 100 packets is scrambled; audio-only: it has sound and no picture"},

    {.name = "app.sign",
     .class = KEYWORD_WORDS,
     .reach = REACH_SIGN,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_signs,
     .word_name = field_sign_name,
     .help = "What the parser of another protocol than HTTP has just found: one of the words"},
    BUFFER("rtmp.url", REACH_SIGN, field_rtmp_url, .own = true, .mask = MASK_URL,
           .help = "With the signs of RTMP: tcUrl, a slash and the name of the stream that was asked for"),
    BUFFER("rtsp.url", REACH_SIGN, field_rtsp_url, .own = true, .mask = MASK_URL,
           .help = "With the signs of RTSP: the URL that was asked for"),

    BUFFER("tls.sni", REACH_HELLO, field_tls_sni, .dull = true,
           .help = "The server's name in a client's hello, as it was sent: the client's word"),
    BUFFER("ja3.hash", REACH_HELLO, field_ja3, .dull = true, .client_header = true,
           .help = "JA3 of that hello, 32 hexadecimal digits: what kind of client it is"),
    BUFFER("ja4.hash", REACH_HELLO, field_ja4, .own = true, .dull = true, .client_header = true,
           .help = "JA4 of that hello"),
    BUFFER("tls.cert_subject", REACH_CERTIFICATE, field_tls_cert_subject,
           .help = "Whom the server's certificate is for, as `C=US, O=Example Inc, CN=example.com`; readable "
                   "up to TLS 1.2"),
    BUFFER("tls.cert_issuer", REACH_CERTIFICATE, field_tls_cert_issuer, .help = "... and by whom"),
    BUFFER("tls.cert_sha256", REACH_CERTIFICATE, field_tls_cert_sha256, .own = true,
           .help = "Its SHA-256, 64 hexadecimal digits in lower case"),
    {.name = "tls.self_signed",
     .class = KEYWORD_FLAG,
     .reach = REACH_CERTIFICATE,
     .own = true,
     .flag = field_tls_self_signed,
     .help = "Its subject and its issuer are the same"},
    BUFFER("quic.sni", REACH_QUIC, field_quic_sni, .dull = true,
           .help = "The server's name in a client's hello of QUIC, as it was sent: the client's word"),
    BUFFER("dns.query", REACH_DNS, field_dns_query,
           .help = "The name that a client asks for, as it was sent, labels joined by dots"),
    {.name = "dns.error",
     .class = KEYWORD_WORDS,
     .reach = REACH_DNS,
     .own = true,
     .value = "[!]WORD,...",
     .words = field_dns_errors,
     .word_name = field_dns_error_name,
     .help = "Why the resolver withholds the name, by an extended error (RFC 8914) in its answer: one of the "
             "words"},
};

const struct keyword keyword_payload = {
    .name = "payload", .class = KEYWORD_BUFFER, .reach = REACH_FLOW, .buffer = field_payload};

const struct keyword *keyword_by_name(struct slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(keywords); i++) {
        if (slice_equal(slice_text(keywords[i].name), name)) {
            return &keywords[i];
        }
    }
    return NULL;
}

static const char *const class_names[] = {
    [KEYWORD_OPTION] = "option", [KEYWORD_MATCH] = "match",   [KEYWORD_MODIFIER] = "modifier",
    [KEYWORD_BUFFER] = "buffer", [KEYWORD_NUMBER] = "number", [KEYWORD_WORDS] = "words",
    [KEYWORD_FLAG] = "flag",
};

static const char *const reach_names[] = {
    [REACH_RULE] = "the rule",
    [REACH_REQUEST] = "http request",
    [REACH_ANSWER] = "http answer",
    [REACH_EITHER] = "http request or answer",
    [REACH_UNANSWERED] = "http request without answer",
    [REACH_DOCUMENT] = "http answer, at its end",
    [REACH_ENTRY] = "each entry of a document",
    [REACH_STREAM] = "http, udp, at a transport stream",
    [REACH_FLOW] = "tcp, udp",
    [REACH_SIGN] = "tcp, udp, at a sign",
    [REACH_HELLO] = "tls, the client's hello",
    [REACH_CERTIFICATE] = "tls, the server's certificate",
    [REACH_QUIC] = "quic, the client's hello",
    [REACH_DNS] = "dns question, with its answer",
    [REACH_ANY] = "any",
};

/* A bar would end the table's cell. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
    }
}

static void print_words(FILE *out, const char *heading, const struct keyword *keyword)
{
    fprintf(out, "\n%s", heading);
    for (unsigned word = 0; keyword->word_name(word) != NULL; word++) {
        fprintf(out, "%s `%s`", word == 0 ? "" : ",", keyword->word_name(word));
    }
    fputs(".\n", out);
}

void rule_print_keywords(FILE *out)
{
    fputs("| keyword | kind | reads | value | of | meaning |\n|---|---|---|---|---|---|\n", out);
    for (size_t i = 0; i < ARRAY_COUNT(keywords); i++) {
        const struct keyword *keyword = &keywords[i];
        fprintf(out, "| `%s` | %s | %s | ", keyword->name, class_names[keyword->class],
                reach_names[keyword->reach]);
        print_cell(out, keyword->value == NULL ? "none" : keyword->value);
        fprintf(out, " | %s | ", keyword->own ? "vigie" : "Suricata");
        print_cell(out, keyword->help);
        fputs(" |\n", out);
    }
    print_words(out, "Words of `http.body_kind`, and of metadata's `answer`:",
                keyword_by_name(slice_text("http.body_kind")));
    print_words(out, "Words of `m3u.format`:", keyword_by_name(slice_text("m3u.format")));
    print_words(out, "Words of `m3u.flag`:", keyword_by_name(slice_text("m3u.flag")));
    print_words(out, "Words of `page.player`:", keyword_by_name(slice_text("page.player")));
    print_words(out, "Words of `page.stream`:", keyword_by_name(slice_text("page.stream")));
    print_words(out, "Words of `ts.flag`:", keyword_by_name(slice_text("ts.flag")));
    print_words(out, "Words of `dns.error`:", keyword_by_name(slice_text("dns.error")));
    fputs("\n| word of `api.shape` | holds for an answer with |\n|---|---|\n", out);
    for (unsigned shape = 0; shape < API_SHAPE_COUNT; shape++) {
        fprintf(out, "| `%s` | %s |\n", api_shape_name((enum api_shape)shape),
                api_shape_help((enum api_shape)shape));
    }
    fputs("\n| word of `app.sign` | rests on | holds for |\n|---|---|---|\n", out);
    for (unsigned sign = 0; sign < SIGN_COUNT; sign++) {
        bool claim = sign_basis((enum sign)sign) == SIGN_OF_CLIENT;
        fprintf(out, "| `%s` | %s | %s |\n", sign_name((enum sign)sign),
                claim ? "the client's bytes" : "the server's, too", sign_help((enum sign)sign));
    }
    fputs("\nFamilies:", out);
    for (unsigned i = 0; i < FAMILY_COUNT; i++) {
        fprintf(out, "%s `%s`", i == 0 ? "" : ",", family_name((enum family)i));
    }
    fputs(".\n\nRoles:", out);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        fprintf(out, "%s `%s`", i == 0 ? "" : ",", role_name((enum role)i));
    }
    fputs(".\n", out);
}
