/*
 * The words of paths that redaction knows. A row here makes something visible (or says that what follows it
 * is private), so each table states by what reason a word may stand in it; everything else is `*`.
 */
#include "base/attr.h"
#include "daemon/app/redact_priv.h"

struct marker_row {
    const char *name;
    size_t private_segments;
    bool numbers; /* the last segment behind those is a number of the catalogue */
};

/* Path words of signatures.md 1.1, 1.2 and 4, and everyday ones, behind which a user or a token stands. */
static const struct marker_row markers[] = {
    {"live", 2, true},
    {"movie", 2, true},
    {"movies", 2, true},
    {"series", 2, true},
    {"vod", 2, true},
    {"timeshift", 2, true},
    {"timeshifts", 2, true},
    {"archive", 2, true},
    {"catchup", 2, true},
    {"thumb", 2, true},
    {"subtitle", 2, true},
    {"stream", 2, true},
    {"streams", 2, true},
    {"streaming", 2, true},
    {"player_api", 2, false},
    {"panel_api", 2, false},
    {"playlist", 2, false},
    {"playlists", 2, false},
    {"epg", 2, false},
    {"xmltv", 2, false},
    {"enigma2", 2, false},
    {"get", 2, false},
    {"list", 2, false},
    {"m3u", 2, false},
    {"iptv", 2, false},
    {"hls", 1, false},
    {"hlsr", 3, true},
    {"play", 2, false},
    {"auth", REDACT_ALL_BEHIND, false},
    {"sauth", REDACT_ALL_BEHIND, false},
    {"vauth", REDACT_ALL_BEHIND, false},
    {"tsauth", REDACT_ALL_BEHIND, false},
    {"thauth", REDACT_ALL_BEHIND, false},
    {"subauth", REDACT_ALL_BEHIND, false},
    {"key", REDACT_ALL_BEHIND, false},
    {"images", 1, false},
    {"probe", REDACT_ALL_BEHIND, false},
    {"p", 1, false},
    {"pl", 2, false},
    {"u", REDACT_ALL_BEHIND, false},
    {"user", REDACT_ALL_BEHIND, false},
    {"users", REDACT_ALL_BEHIND, false},
    {"account", REDACT_ALL_BEHIND, false},
    {"accounts", REDACT_ALL_BEHIND, false},
    {"login", REDACT_ALL_BEHIND, false},
    {"member", REDACT_ALL_BEHIND, false},
    {"members", REDACT_ALL_BEHIND, false},
    {"token", REDACT_ALL_BEHIND, false},
    {"tokens", REDACT_ALL_BEHIND, false},
    {"session", REDACT_ALL_BEHIND, false},
    {"sessions", REDACT_ALL_BEHIND, false},
    {"profile", REDACT_ALL_BEHIND, false},
    {"reset", REDACT_ALL_BEHIND, false},
    {"verify", REDACT_ALL_BEHIND, false},
    {"activate", REDACT_ALL_BEHIND, false},
    {"invite", REDACT_ALL_BEHIND, false},
    {"device", REDACT_ALL_BEHIND, false},
    {"devices", REDACT_ALL_BEHIND, false},
    {"mac", REDACT_ALL_BEHIND, false},
    {"customers", REDACT_ALL_BEHIND, false},
    {"clients", REDACT_ALL_BEHIND, false},
    {"subscribers", REDACT_ALL_BEHIND, false},
    {"register", REDACT_ALL_BEHIND, false},
    {"signup", REDACT_ALL_BEHIND, false},
    {"signin", REDACT_ALL_BEHIND, false},
    {"logout", REDACT_ALL_BEHIND, false},
    {"oauth", REDACT_ALL_BEHIND, false},
    {"oauth2", REDACT_ALL_BEHIND, false},
    {"sso", REDACT_ALL_BEHIND, false},
};

/* Folders of panels, portals, streaming servers and boxes: the same on every installation; and everyday ones
 * of web sites. */
static const char *const path_words[] = {
    "c",           "api",
    "v1",          "v2",
    "v3",          "v16",
    "wwwdir",      "server",
    "portal",      "stalker_portal",
    "ministra",    "content",
    "media",       "video",
    "audio",       "dash",
    "static",      "assets",
    "public",      "tools",
    "channel",     "channels",
    "tv",          "radio",
    "ace",         "udp",
    "rtp",         "rtsp",
    "smil",        "download",
    "web",         "tracks-v1a1",
    "tracks-v1",   "tracks-a1",
    "ts",          "m3u8",
    "mpegts",      "lineup",
    "lb",          "proxy",
    "cdn",         "edge",
    "origin",      "stat",
    "status",      "restart",
    "service",     "channelid",
    "programid",   "files",
    "search",      "file",
    "img",         "image",
    "icons",       "icon",
    "logo",        "logos",
    "picons",      "css",
    "js",          "lib",
    "libs",        "vendor",
    "fonts",       "favicon",
    "robots",      "videos",
    "livetv",      "hls1",
    "transcode",   "onvif",
    "embed",       "player",
    "watch",       "tvg",
    "xml",         "json",
    "php",         "cgi",
    "cgi-bin",     "services",
    "getservices", "getallservices",
    "about",       "deviceinfo",
    "zap",         "template",
    "templates",   "default",
    "emerald",     "hq",
    "sq",          "lq",
    "rest",        "dashboard",
    "admin",       "auto",
    "hd",          "sd",
    "fhd",         "smartphone",
    "vod-hls",     "live-hls",
    "iptv-hls",    "gz",
    "news",        "sport",
    "sports",
};

/* Scripts and documents of the same. */
static const char *const file_words[] = {
    "player_api.php",
    "panel_api.php",
    "get.php",
    "xmltv.php",
    "enigma2.php",
    "portal.php",
    "load.php",
    "api.php",
    "system_api.php",
    "xplugin.php",
    "live.php",
    "movie.php",
    "series.php",
    "vod.php",
    "rtmp.php",
    "timeshift.php",
    "auth.php",
    "epg.php",
    "list.php",
    "index.php",
    "login.php",
    "matrix.php",
    "stalker.php",
    "player_api",
    "version.js",
    "xpcom.common.js",
    "crossdomain.xml",
    "index.html",
    "index.htm",
    "lineup.json",
    "lineup.m3u",
    "discover.json",
    "getstream",
    "favicon.ico",
    "robots.txt",
    "device.xml",
    "lineup_status.json",
    "status.php",
    "stat.xsl",
    "service-worker.js",
    "sw.js",
    "generate_204",
    "connecttest.txt",
    "ncsi.txt",
    "xteve.m3u",
    "xteve.xml",
    "threadfin.m3u",
    "threadfin.xml",
    "stream.m3u",
    "ts.m3u",
    "streamcurrent.m3u",
    "services.m3u",
    "bouquets.tv",
    "userbouquet.favourites.tv",
    "iptv.sh",
    "iptvlist.txt",
    "tvlist.txt",
    "epg.xml",
    "epg.xml.gz",
    "channel.jason",
    "webtv_usr.xml",
    "ping.php",
    "portal.html",
    "load.html",
    "app.js",
    "style.css",
    "main.js",
    "manifest.mpd",
};

/* Parts of which streaming servers make the names of playlists and segments. */
static const char *const stem_words[] = {
    "index",
    "playlist",
    "master",
    "mono",
    "manifest",
    "chunklist",
    "chunks",
    "chunk",
    "main",
    "media",
    "video",
    "audio",
    "stream",
    "live",
    "seg",
    "segment",
    "frag",
    "fragment",
    "part",
    "init",
    "tracks",
    "hls",
    "ts",
    "v1a1",
    "v1",
    "a1",
    "low",
    "mid",
    "high",
    "hd",
    "sd",
    "fhd",
    "b",
    "w",
    "q",
    "v",
    "a",
    "plus",
    "epg",
    "lineup",
    "rewind",
    "timeshift_abs",
    "timeshift_rel",
    "archive",
    "l",
    "s",
    "bumper",
    "list",
    "guide",
    "status",
    "all",
    "channels",
    "radio",
    "tv",
    "mpegts",
    "clip",
    "preview",
    "thumb",
    "poster",
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

bool redact_listed(const char *const *words, size_t count, struct slice word)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(word, slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}

static const struct marker_row *find_marker(struct slice segment)
{
    for (size_t i = 0; i < ARRAY_COUNT(markers); i++) {
        if (slice_equal_nocase(segment, slice_text(markers[i].name))) {
            return &markers[i];
        }
    }
    return NULL;
}

size_t redact_marker(struct slice segment)
{
    const struct marker_row *row = find_marker(segment);
    return row == NULL ? 0 : row->private_segments;
}

bool redact_marks_numbers(struct slice segment)
{
    const struct marker_row *row = find_marker(segment);
    return row != NULL && row->numbers;
}

bool redact_path_word(struct slice segment)
{
    return find_marker(segment) != NULL || redact_listed(path_words, ARRAY_COUNT(path_words), segment) ||
           redact_action(segment);
}

bool redact_file_word(struct slice name)
{
    return redact_listed(file_words, ARRAY_COUNT(file_words), name);
}

bool redact_stem_word(struct slice part)
{
    return redact_listed(stem_words, ARRAY_COUNT(stem_words), part);
}

bool redact_stream_extension(struct slice extension)
{
    return redact_listed(stream_extensions, ARRAY_COUNT(stream_extensions), extension);
}

bool redact_other_extension(struct slice extension)
{
    return redact_listed(other_extensions, ARRAY_COUNT(other_extensions), extension);
}
