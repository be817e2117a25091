/*
 * The keys of queries and forms that redaction knows, and the closed lists of what may be shown behind them.
 */
#include "base/attr.h"
#include "daemon/app/redact_priv.h"

struct key_row {
    const char *name; /* lower case */
    enum redact_value_kind kind;
};

/*
 * Names of query and form keys that may be shown: they are words of the interfaces in signatures.md 1 and 2,
 * or of players and CDNs, and say nothing of a person. A value is harmless where the interface defines it as
 * a choice, or as a number of the catalogue or a time; it is shown only in that form.
 */
static const struct key_row keys[] = {
    /* Xtream: what is asked for, and which part of the catalogue. */
    {"action", REDACT_VALUE_CHOICE},
    {"type", REDACT_VALUE_CHOICE},
    {"sub", REDACT_VALUE_CHOICE},
    {"output", REDACT_VALUE_CHOICE},
    {"category_id", REDACT_VALUE_NUMBER},
    {"cat_id", REDACT_VALUE_NUMBER},
    {"scat_id", REDACT_VALUE_NUMBER},
    {"stream_id", REDACT_VALUE_NUMBER},
    {"series_id", REDACT_VALUE_NUMBER},
    {"vod_id", REDACT_VALUE_NUMBER},
    {"movie_id", REDACT_VALUE_NUMBER},
    {"season", REDACT_VALUE_NUMBER},
    {"stream", REDACT_VALUE_NUMBER},
    {"series", REDACT_VALUE_NUMBER},
    {"extension", REDACT_VALUE_CHOICE},
    {"limit", REDACT_VALUE_PAGE},
    {"offset", REDACT_VALUE_NUMBER},
    {"items_per_page", REDACT_VALUE_PAGE},
    {"multi", REDACT_VALUE_PAGE},
    {"from_now", REDACT_VALUE_PAGE},
    {"prev_days", REDACT_VALUE_PAGE},
    {"gzip", REDACT_VALUE_PAGE},
    {"start", REDACT_VALUE_TIME},
    {"duration", REDACT_VALUE_NUMBER},
    /* Stalker: the same, and how a box pages through lists. */
    {"jshttprequest", REDACT_VALUE_SCRIPT},
    {"genre", REDACT_VALUE_NUMBER},
    {"p", REDACT_VALUE_PAGE},
    {"page", REDACT_VALUE_PAGE},
    {"sortby", REDACT_VALUE_CHOICE},
    {"fav", REDACT_VALUE_PAGE},
    {"hd", REDACT_VALUE_PAGE},
    {"period", REDACT_VALUE_PAGE},
    {"init", REDACT_VALUE_PAGE},
    {"ch_id", REDACT_VALUE_NUMBER},
    {"cur_play_type", REDACT_VALUE_PAGE},
    {"event_active_id", REDACT_VALUE_PAGE},
    {"forced_storage", REDACT_VALUE_CHOICE},
    {"disable_ad", REDACT_VALUE_PAGE},
    {"download", REDACT_VALUE_PAGE},
    {"num_banks", REDACT_VALUE_PAGE},
    {"stb_type", REDACT_VALUE_CHOICE},
    {"client_type", REDACT_VALUE_CHOICE},
    {"video_out", REDACT_VALUE_CHOICE},
    {"max_page_items", REDACT_VALUE_PAGE},
    {"from_ch_id", REDACT_VALUE_NUMBER},
    {"hd_fs", REDACT_VALUE_PAGE},
    {"censored", REDACT_VALUE_PAGE},
    {"force_ch_link_check", REDACT_VALUE_PAGE},
    /* Players and origins: which rendition. */
    {"format", REDACT_VALUE_CHOICE},
    {"quality", REDACT_VALUE_CHOICE},
    {"bitrate", REDACT_VALUE_NUMBER},
    {"width", REDACT_VALUE_NUMBER},
    {"height", REDACT_VALUE_NUMBER},
    {"lang", REDACT_VALUE_CHOICE},
    {"charset", REDACT_VALUE_CHOICE},
    {"version", REDACT_VALUE_PAGE},
    {"v", REDACT_VALUE_PAGE},
    /* Names that may be known; what stands behind them is a person's, a device's or a session's. */
    {"username", REDACT_VALUE_HIDDEN},
    {"password", REDACT_VALUE_HIDDEN},
    {"user", REDACT_VALUE_HIDDEN},
    {"pass", REDACT_VALUE_HIDDEN},
    {"passwd", REDACT_VALUE_HIDDEN},
    {"pwd", REDACT_VALUE_HIDDEN},
    {"login", REDACT_VALUE_HIDDEN},
    {"email", REDACT_VALUE_HIDDEN},
    {"phone", REDACT_VALUE_HIDDEN},
    {"name", REDACT_VALUE_HIDDEN},
    {"pin", REDACT_VALUE_HIDDEN},
    {"code", REDACT_VALUE_HIDDEN},
    {"deviceuser", REDACT_VALUE_HIDDEN},
    {"devicepass", REDACT_VALUE_HIDDEN},
    {"uid", REDACT_VALUE_HIDDEN},
    {"uuid", REDACT_VALUE_HIDDEN},
    {"id", REDACT_VALUE_HIDDEN},
    {"channelid", REDACT_VALUE_HIDDEN},
    {"token", REDACT_VALUE_HIDDEN},
    {"access_token", REDACT_VALUE_HIDDEN},
    {"refresh_token", REDACT_VALUE_HIDDEN},
    {"play_token", REDACT_VALUE_HIDDEN},
    {"not_valid_token", REDACT_VALUE_HIDDEN},
    {"auth", REDACT_VALUE_HIDDEN},
    {"auth_second_step", REDACT_VALUE_HIDDEN},
    {"authorization", REDACT_VALUE_HIDDEN},
    {"key", REDACT_VALUE_HIDDEN},
    {"api_key", REDACT_VALUE_HIDDEN},
    {"apikey", REDACT_VALUE_HIDDEN},
    {"secret", REDACT_VALUE_HIDDEN},
    {"hash", REDACT_VALUE_HIDDEN},
    {"md5", REDACT_VALUE_HIDDEN},
    {"h", REDACT_VALUE_HIDDEN},
    {"i", REDACT_VALUE_HIDDEN},
    {"z", REDACT_VALUE_HIDDEN},
    {"ip", REDACT_VALUE_HIDDEN},
    {"sig", REDACT_VALUE_HIDDEN},
    {"sign", REDACT_VALUE_HIDDEN},
    {"signature", REDACT_VALUE_HIDDEN},
    {"api_signature", REDACT_VALUE_HIDDEN},
    {"policy", REDACT_VALUE_HIDDEN},
    {"st", REDACT_VALUE_HIDDEN},
    {"e", REDACT_VALUE_HIDDEN},
    {"exp", REDACT_VALUE_HIDDEN},
    {"expires", REDACT_VALUE_HIDDEN},
    {"hdnts", REDACT_VALUE_HIDDEN},
    {"hdnea", REDACT_VALUE_HIDDEN},
    {"wmsauthsign", REDACT_VALUE_HIDDEN},
    {"session", REDACT_VALUE_HIDDEN},
    {"session_id", REDACT_VALUE_HIDDEN},
    {"sessionid", REDACT_VALUE_HIDDEN},
    {"sid", REDACT_VALUE_HIDDEN},
    {"jsessionid", REDACT_VALUE_HIDDEN},
    {"phpsessid", REDACT_VALUE_HIDDEN},
    {"mac", REDACT_VALUE_HIDDEN},
    {"mmac", REDACT_VALUE_HIDDEN},
    {"cmac", REDACT_VALUE_HIDDEN},
    {"sn", REDACT_VALUE_HIDDEN},
    {"device", REDACT_VALUE_HIDDEN},
    {"device_id", REDACT_VALUE_HIDDEN},
    {"device_id2", REDACT_VALUE_HIDDEN},
    {"deviceid", REDACT_VALUE_HIDDEN},
    {"model", REDACT_VALUE_HIDDEN},
    {"hw_version", REDACT_VALUE_HIDDEN},
    {"hw_version_2", REDACT_VALUE_HIDDEN},
    {"image_version", REDACT_VALUE_HIDDEN},
    {"ver", REDACT_VALUE_HIDDEN},
    {"pversion", REDACT_VALUE_HIDDEN},
    {"lversion", REDACT_VALUE_HIDDEN},
    {"dn", REDACT_VALUE_HIDDEN},
    {"metrics", REDACT_VALUE_HIDDEN},
    {"prehash", REDACT_VALUE_HIDDEN},
    {"random", REDACT_VALUE_HIDDEN},
    {"timestamp", REDACT_VALUE_HIDDEN},
    {"time", REDACT_VALUE_HIDDEN},
    {"cmd", REDACT_VALUE_HIDDEN},
    {"url", REDACT_VALUE_HIDDEN},
    {"u", REDACT_VALUE_HIDDEN},
    {"link", REDACT_VALUE_HIDDEN},
    {"src", REDACT_VALUE_HIDDEN},
    {"file", REDACT_VALUE_HIDDEN},
    {"filename", REDACT_VALUE_HIDDEN},
    {"referer", REDACT_VALUE_HIDDEN},
    {"referrer", REDACT_VALUE_HIDDEN},
    {"q", REDACT_VALUE_HIDDEN},
    {"query", REDACT_VALUE_HIDDEN},
    {"search", REDACT_VALUE_HIDDEN},
    {"s", REDACT_VALUE_HIDDEN},
    {"title", REDACT_VALUE_HIDDEN},
    {"callback", REDACT_VALUE_HIDDEN},
    {"next_start", REDACT_VALUE_HIDDEN},
    {"nocache", REDACT_VALUE_HIDDEN},
    {"utc", REDACT_VALUE_HIDDEN},
    {"lutc", REDACT_VALUE_HIDDEN},
    {"codecs", REDACT_VALUE_HIDDEN},
    {"_hls_msn", REDACT_VALUE_HIDDEN},
    {"_hls_part", REDACT_VALUE_HIDDEN},
};

/* What is asked of the interfaces of signatures.md 1.1 and 2.1, also as a segment of a path. */
static const char *const actions[] = {
    "get_live_categories",
    "get_vod_categories",
    "get_series_categories",
    "get_live_streams",
    "get_vod_streams",
    "get_series",
    "get_series_info",
    "get_vod_info",
    "get_short_epg",
    "get_simple_data_table",
    "get_epg",
    "get_seasons",
    "get_series_streams",
    "get_server_info",
    "get_account_info",
    "get_profile",
    "handshake",
    "do_auth",
    "get_localization",
    "get_modules",
    "get_tv_aspects",
    "get_main_info",
    "get_genres",
    "get_categories",
    "get_all_channels",
    "get_ordered_list",
    "get_epg_info",
    "set_fav",
    "get_all_fav_channels",
    "get_fav_ids",
    "get_fav_status",
    "set_last_id",
    "set_played",
    "create_link",
    "get_link_for_channel",
    "get_week",
    "get_years",
    "get_abc",
    "get_events",
    "get_preload_images",
    "get_storages",
    "del_link",
    "set_volume",
    "set_stream_error",
    "set_not_ended",
    "confirm_event",
    "get_settings",
    "get_data_table",
    "log",
    "server",
    "stream",
    "user",
    "reg_user",
    "online",
    "info",
    "list",
    "create",
    "edit",
    "gen_mac",
    "auth",
    "get_data",
    "200",
    "201",
    "202",
    "203",
    "204",
    "205",
    "206",
    "207",
    "208",
    "209",
};

/* Forms of lists (signatures.md 1.1, `type=` of get.php). */
static const char *const list_types[] = {
    "m3u",      "m3u_plus",         "simple",          "ariva",          "dreambox",
    "enigma16", "enigma216_script", "enigma22_script", "gigablue",       "fps",
    "gst",      "mediastar",        "octagon",         "octagon_script", "revosun",
    "spark",    "starlivev3",       "starlivev5",      "webtvlist",      "zorro",
};

/* Other choices: parts of the catalogue, formats, orders, renditions, boxes, character sets, languages. */
static const char *const choices[] = {
    "stb",          "itv",          "vod",
    "series",       "movie",        "movies",
    "live",         "radio",        "radio_streams",
    "created_live", "tv_archive",   "epg",
    "remote_pvr",   "weatherco",    "course",
    "watchdog",     "account_info", "ts",
    "mpegts",       "m3u8",         "hls",
    "rtmp",         "dash",         "mpd",
    "mp4",          "mkv",          "avi",
    "mov",          "flv",          "webm",
    "mp3",          "aac",          "json",
    "xml",          "xmltv",        "txt",
    "html",         "gz",           "number",
    "name",         "added",        "rating",
    "top",          "year",         "fav",
    "all",          "none",         "undefined",
    "null",         "true",         "false",
    "yes",          "no",           "asc",
    "desc",         "auto",         "low",
    "mid",          "medium",       "high",
    "hd",           "sd",           "fhd",
    "uhd",          "4k",           "8k",
    "240p",         "360p",         "480p",
    "540p",         "576p",         "720p",
    "1080p",        "1440p",        "2160p",
    "hdmi",         "rca",          "component",
    "mag200",       "mag245",       "mag245d",
    "mag250",       "mag254",       "mag255",
    "mag256",       "mag257",       "mag260",
    "mag270",       "mag275",       "mag322",
    "mag324",       "mag349",       "mag350",
    "mag351",       "mag352",       "mag420",
    "mag424",       "mag425",       "mag520",
    "mag522",       "mag524",       "mag540",
    "mag544",       "aurahd",       "aurahd1",
    "aurahd2",      "aurahd9",      "wr320",
    "ip_stb_hd",    "utf-8",        "utf8",
    "us-ascii",     "iso-8859-1",   "iso-8859-2",
    "iso-8859-9",   "iso-8859-15",  "windows-1250",
    "windows-1251", "windows-1252", "windows-1254",
    "windows-1256", "ar",           "az",
    "be",           "bg",           "bn",
    "bs",           "ca",           "cs",
    "da",           "de",           "el",
    "en",           "es",           "et",
    "fa",           "fi",           "fr",
    "gr",           "he",           "hi",
    "hr",           "hu",           "hy",
    "id",           "is",           "it",
    "ja",           "ka",           "kk",
    "ko",           "lt",           "lv",
    "mk",           "ms",           "nl",
    "pl",           "pt",           "ro",
    "ru",           "sk",           "sl",
    "sq",           "sr",           "sv",
    "th",           "tr",           "uk",
    "ur",           "uz",           "vi",
    "zh",           "en_us",        "en_gb",
    "en-us",        "en-gb",        "de_de",
    "de-de",        "fr_fr",        "fr-fr",
    "es_es",        "es-es",        "it_it",
    "it-it",        "pt_pt",        "pt-pt",
    "pt_br",        "pt-br",        "ru_ru",
    "ru-ru",        "tr_tr",        "tr-tr",
};

static const struct key_row *find_key(struct slice key)
{
    struct redact_plain plain;
    if (!redact_decode(key, &plain)) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        if (slice_equal_nocase(redact_plain_slice(&plain), slice_text(keys[i].name))) {
            return &keys[i];
        }
    }
    return NULL;
}

bool redact_key_known(struct slice key)
{
    return find_key(key) != NULL;
}

enum redact_value_kind redact_value_kind(struct slice key)
{
    const struct key_row *row = find_key(key);
    return row == NULL ? REDACT_VALUE_HIDDEN : row->kind;
}

bool redact_key_harmless(struct slice key)
{
    return redact_value_kind(key) != REDACT_VALUE_HIDDEN;
}

bool redact_action(struct slice word)
{
    return redact_listed(actions, ARRAY_COUNT(actions), word) ||
           redact_listed(list_types, ARRAY_COUNT(list_types), word);
}

bool redact_choice(struct slice word)
{
    return redact_action(word) || redact_listed(choices, ARRAY_COUNT(choices), word);
}
