/*
 * The words that redaction knows. A row here makes something visible (or says that what follows it is
 * private), so each table states by what reason a word may stand in it; everything else is `*`.
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
 * a choice (a word), or as a number of the catalogue or a time; it is shown only if it looks like one.
 */
static const struct key_row keys[] = {
    /* Xtream: what is asked for, and which part of the catalogue. */
    {"action", REDACT_VALUE_WORD},
    {"type", REDACT_VALUE_WORD},
    {"sub", REDACT_VALUE_WORD},
    {"output", REDACT_VALUE_WORD},
    {"category_id", REDACT_VALUE_WORD},
    {"cat_id", REDACT_VALUE_NUMBER},
    {"scat_id", REDACT_VALUE_NUMBER},
    {"stream_id", REDACT_VALUE_NUMBER},
    {"series_id", REDACT_VALUE_NUMBER},
    {"vod_id", REDACT_VALUE_NUMBER},
    {"movie_id", REDACT_VALUE_NUMBER},
    {"season", REDACT_VALUE_NUMBER},
    {"stream", REDACT_VALUE_WORD},
    {"series", REDACT_VALUE_WORD},
    {"extension", REDACT_VALUE_WORD},
    {"limit", REDACT_VALUE_NUMBER},
    {"offset", REDACT_VALUE_NUMBER},
    {"items_per_page", REDACT_VALUE_NUMBER},
    {"multi", REDACT_VALUE_WORD},
    {"from_now", REDACT_VALUE_NUMBER},
    {"prev_days", REDACT_VALUE_NUMBER},
    {"next_start", REDACT_VALUE_NUMBER},
    {"gzip", REDACT_VALUE_WORD},
    {"nocache", REDACT_VALUE_WORD},
    {"start", REDACT_VALUE_WORD},
    {"duration", REDACT_VALUE_WORD},
    /* Stalker: the same, and how a box pages through lists. */
    {"jshttprequest", REDACT_VALUE_WORD},
    {"genre", REDACT_VALUE_WORD},
    {"p", REDACT_VALUE_PAGE},
    {"page", REDACT_VALUE_NUMBER},
    {"sortby", REDACT_VALUE_WORD},
    {"fav", REDACT_VALUE_WORD},
    {"hd", REDACT_VALUE_NUMBER},
    {"period", REDACT_VALUE_NUMBER},
    {"init", REDACT_VALUE_WORD},
    {"ch_id", REDACT_VALUE_NUMBER},
    {"cur_play_type", REDACT_VALUE_NUMBER},
    {"event_active_id", REDACT_VALUE_NUMBER},
    {"forced_storage", REDACT_VALUE_WORD},
    {"disable_ad", REDACT_VALUE_WORD},
    {"download", REDACT_VALUE_WORD},
    {"num_banks", REDACT_VALUE_NUMBER},
    {"stb_type", REDACT_VALUE_WORD},
    {"client_type", REDACT_VALUE_WORD},
    {"video_out", REDACT_VALUE_WORD},
    {"max_page_items", REDACT_VALUE_NUMBER},
    {"from_ch_id", REDACT_VALUE_NUMBER},
    {"hd_fs", REDACT_VALUE_NUMBER},
    {"censored", REDACT_VALUE_NUMBER},
    {"force_ch_link_check", REDACT_VALUE_NUMBER},
    /* Players and origins: which rendition. */
    {"utc", REDACT_VALUE_NUMBER},
    {"lutc", REDACT_VALUE_NUMBER},
    {"format", REDACT_VALUE_WORD},
    {"quality", REDACT_VALUE_WORD},
    {"bitrate", REDACT_VALUE_NUMBER},
    {"width", REDACT_VALUE_NUMBER},
    {"height", REDACT_VALUE_NUMBER},
    {"lang", REDACT_VALUE_WORD},
    {"charset", REDACT_VALUE_WORD},
    {"codecs", REDACT_VALUE_WORD},
    {"version", REDACT_VALUE_WORD},
    {"v", REDACT_VALUE_WORD},
    {"_hls_msn", REDACT_VALUE_NUMBER},
    {"_hls_part", REDACT_VALUE_NUMBER},
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
};

struct marker_row {
    const char *name;
    size_t private_segments;
};

/* Path words of signatures.md 1.1, 1.2 and 4, and everyday ones, behind which a user or a token stands. */
static const struct marker_row markers[] = {
    {"live", 2},      {"movie", 2},      {"movies", 2},    {"series", 2},    {"vod", 2},
    {"timeshift", 2}, {"timeshifts", 2}, {"archive", 2},   {"catchup", 2},   {"thumb", 2},
    {"subtitle", 2},  {"stream", 2},     {"streams", 2},   {"streaming", 2}, {"player_api", 2},
    {"panel_api", 2}, {"playlist", 2},   {"playlists", 2}, {"epg", 2},       {"xmltv", 2},
    {"enigma2", 2},   {"get", 2},        {"list", 2},      {"m3u", 2},       {"iptv", 2},
    {"hls", 1},       {"hlsr", 3},       {"play", 2},      {"auth", 1},      {"sauth", 1},
    {"vauth", 1},     {"tsauth", 1},     {"thauth", 1},    {"subauth", 1},   {"key", 1},
    {"images", 1},    {"probe", 1},      {"p", 1},         {"pl", 2},        {"u", 2},
    {"user", 2},      {"users", 2},      {"account", 2},   {"accounts", 2},  {"login", 2},
    {"member", 2},    {"members", 2},    {"token", 1},     {"tokens", 1},    {"session", 1},
    {"sessions", 1},  {"profile", 1},    {"reset", 2},     {"verify", 2},    {"activate", 2},
    {"invite", 1},    {"device", 1},     {"devices", 1},   {"mac", 1},
};

/* Folders of panels, portals and streaming servers: the same on every installation. */
static const char *const path_words[] = {
    "c",        "api",         "v1",        "v2",        "v3",
    "v16",      "wwwdir",      "server",    "portal",    "stalker_portal",
    "ministra", "content",     "media",     "video",     "audio",
    "dash",     "static",      "assets",    "public",    "tools",
    "channel",  "channels",    "tv",        "radio",     "ace",
    "udp",      "rtp",         "rtsp",      "smil",      "download",
    "web",      "tracks-v1a1", "tracks-v1", "tracks-a1", "ts",
    "m3u8",     "mpegts",      "lineup",
};

/* Scripts and documents of the same. */
static const char *const file_words[] = {
    "player_api.php", "panel_api.php",   "get.php",         "xmltv.php",     "enigma2.php", "portal.php",
    "load.php",       "api.php",         "system_api.php",  "xplugin.php",   "live.php",    "movie.php",
    "series.php",     "vod.php",         "rtmp.php",        "timeshift.php", "auth.php",    "epg.php",
    "list.php",       "index.php",       "login.php",       "matrix.php",    "stalker.php", "player_api",
    "version.js",     "xpcom.common.js", "crossdomain.xml", "index.html",    "index.htm",   "lineup.json",
    "lineup.m3u",     "discover.json",   "getstream",       "favicon.ico",
};

/* Parts of which streaming servers make the names of playlists and segments. */
static const char *const stem_words[] = {
    "index",  "playlist", "master", "mono", "manifest", "chunklist", "chunks", "chunk",    "main", "media",
    "video",  "audio",    "stream", "live", "seg",      "segment",   "frag",   "fragment", "part", "init",
    "tracks", "hls",      "ts",     "v1a1", "v1",       "a1",        "low",    "mid",      "high", "hd",
    "sd",     "fhd",      "b",      "w",    "q",        "v",         "a",      "plus",     "epg",  "lineup",
};

static const char *const stream_extensions[] = {
    "ts",   "m3u8", "m3u",  "mpd", "mp4", "m4s", "mkv", "avi", "m4v", "mov",    "flv",  "mpg",
    "mpeg", "wmv",  "webm", "aac", "mp3", "m4a", "ogg", "vtt", "srt", "mpegts", "m2ts", "f4m",
};

static const char *const other_extensions[] = {
    "php", "js",  "css", "html", "htm", "asp",  "aspx", "jsp", "cgi",  "json", "xml",
    "gz",  "txt", "ico", "png",  "jpg", "jpeg", "gif",  "svg", "webp", "woff", "woff2",
    "ttf", "zip", "apk", "exe",  "pdf", "tv",   "cfg",  "sh",  "feed",
};

struct header_row {
    const char *name; /* lower case; a final '*' stands for anything */
    enum redact_header_kind kind;
};

/* Headers whose values describe software, formats, caches and times; all others are hidden. */
static const struct header_row headers[] = {
    {"user-agent", REDACT_HEADER_TEXT},
    {"x-user-agent", REDACT_HEADER_TEXT},
    {"server", REDACT_HEADER_TEXT},
    {"x-powered-by", REDACT_HEADER_TEXT},
    {"x-requested-with", REDACT_HEADER_TEXT},
    {"content-description", REDACT_HEADER_TEXT},
    {"icy-*", REDACT_HEADER_TEXT},
    {"referer", REDACT_HEADER_URI},
    {"origin", REDACT_HEADER_URI},
    {"location", REDACT_HEADER_URI},
    {"content-location", REDACT_HEADER_URI},
    {"host", REDACT_HEADER_HOST},
    {"authorization", REDACT_HEADER_SCHEME},
    {"proxy-authorization", REDACT_HEADER_SCHEME},
    {"www-authenticate", REDACT_HEADER_SCHEME},
    {"proxy-authenticate", REDACT_HEADER_SCHEME},
    {"content-disposition", REDACT_HEADER_FILE},
    {"accept*", REDACT_HEADER_PLAIN},
    {"access-control-allow-credentials", REDACT_HEADER_PLAIN},
    {"access-control-allow-headers", REDACT_HEADER_PLAIN},
    {"access-control-allow-methods", REDACT_HEADER_PLAIN},
    {"access-control-allow-origin", REDACT_HEADER_URI},
    {"age", REDACT_HEADER_PLAIN},
    {"allow", REDACT_HEADER_PLAIN},
    {"alt-svc", REDACT_HEADER_PLAIN},
    {"cache-control", REDACT_HEADER_PLAIN},
    {"connection", REDACT_HEADER_PLAIN},
    {"content-encoding", REDACT_HEADER_PLAIN},
    {"content-language", REDACT_HEADER_PLAIN},
    {"content-length", REDACT_HEADER_PLAIN},
    {"content-range", REDACT_HEADER_PLAIN},
    {"content-transfer-encoding", REDACT_HEADER_PLAIN},
    {"content-type", REDACT_HEADER_PLAIN},
    {"date", REDACT_HEADER_PLAIN},
    {"dnt", REDACT_HEADER_PLAIN},
    {"expect", REDACT_HEADER_PLAIN},
    {"expires", REDACT_HEADER_PLAIN},
    {"keep-alive", REDACT_HEADER_PLAIN},
    {"last-modified", REDACT_HEADER_PLAIN},
    {"pragma", REDACT_HEADER_PLAIN},
    {"range", REDACT_HEADER_PLAIN},
    {"retry-after", REDACT_HEADER_PLAIN},
    {"sec-fetch-*", REDACT_HEADER_PLAIN},
    {"te", REDACT_HEADER_PLAIN},
    {"trailer", REDACT_HEADER_PLAIN},
    {"transfer-encoding", REDACT_HEADER_PLAIN},
    {"upgrade", REDACT_HEADER_PLAIN},
    {"upgrade-insecure-requests", REDACT_HEADER_PLAIN},
    {"vary", REDACT_HEADER_PLAIN},
    {"x-content-type-options", REDACT_HEADER_PLAIN},
    {"x-frame-options", REDACT_HEADER_PLAIN},
    {"x-xss-protection", REDACT_HEADER_PLAIN},
};

static bool is_listed(const char *const *words, size_t count, struct slice word)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(word, slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}

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

size_t redact_marker(struct slice segment)
{
    for (size_t i = 0; i < ARRAY_COUNT(markers); i++) {
        if (slice_equal_nocase(segment, slice_text(markers[i].name))) {
            return markers[i].private_segments;
        }
    }
    return 0;
}

bool redact_path_word(struct slice segment)
{
    return redact_marker(segment) > 0 || is_listed(path_words, ARRAY_COUNT(path_words), segment);
}

bool redact_file_word(struct slice name)
{
    return is_listed(file_words, ARRAY_COUNT(file_words), name);
}

bool redact_stem_word(struct slice part)
{
    return is_listed(stem_words, ARRAY_COUNT(stem_words), part);
}

bool redact_stream_extension(struct slice extension)
{
    return is_listed(stream_extensions, ARRAY_COUNT(stream_extensions), extension);
}

bool redact_other_extension(struct slice extension)
{
    return is_listed(other_extensions, ARRAY_COUNT(other_extensions), extension);
}

enum redact_header_kind redact_header_kind(struct slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(headers); i++) {
        struct slice wanted = slice_text(headers[i].name);
        if (slice_ends(wanted, slice_text("*"))) {
            wanted.len--;
            if (slice_starts_nocase(name, wanted)) {
                return headers[i].kind;
            }
        } else if (slice_equal_nocase(name, wanted)) {
            return headers[i].kind;
        }
    }
    return REDACT_HEADER_HIDDEN;
}
