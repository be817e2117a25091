/*
 * Playlists: user name and password in the path of a stream's URI, as Xtream panels write them
 * (signatures.md 1.2). The short form /USER/PASS/NUMBER is also that of much else on the web: it counts
 * only where both parts look like credentials (signatures.md 16).
 */
#include "daemon/app/m3u_priv.h"

enum {
    PLAIN_NUMBER_MAX = 4, /* digits of a year, a month, a channel's number */
    EXTENSION_MAX = 5,
    PATH_WORD_MAX = 9,
};

/* Words of paths that are no user name and no password, in lower case. */
static const char *const path_words[] = {
    "hls",      "live",     "stream",    "streams",   "streaming", "video",    "videos",   "content",
    "contents", "img",      "image",     "images",    "media",     "medias",   "vod",      "play",
    "player",   "playlist", "playout",   "channel",   "channels",  "movie",    "movies",   "film",
    "films",    "series",   "serie",     "dash",      "cdn",       "static",   "asset",    "assets",
    "file",     "files",    "data",      "api",       "app",       "apps",     "public",   "upload",
    "uploads",  "download", "downloads", "news",      "blog",      "post",     "posts",    "article",
    "articles", "tag",      "tags",      "category",  "user",      "users",    "archive",  "archives",
    "edge",     "origin",   "dvr",       "iptv",      "segment",   "segments", "seg",      "chunk",
    "chunks",   "audio",    "radio",     "show",      "shows",     "episode",  "episodes", "season",
    "watch",    "embed",    "feed",      "feeds",     "epg",       "logo",     "logos",    "icon",
    "icons",    "thumb",    "thumbs",    "thumbnail", "css",       "fonts",    "product",  "products",
    "item",     "items",    "shop",      "store",     "page",      "pages",    "topic",    "forum",
    "thread",   "group",    "groups",    "photo",     "photos",    "gallery",  "event",    "events",
    "sport",    "sports",   "music",     "song",      "songs",     "track",    "tracks",   "album",
    "podcast",  "podcasts", "index",     "main",      "default",   "profile",  "proxy",    "relay",
    "auth",     "token",    "clip",      "clips",     "timeshift",
};

/* Endings of files; a user name may end in ".com" where it is an e-mail address. */
static const char *const file_extensions[] = {
    "php",  "html", "htm", "asp", "aspx", "jsp", "cgi", "js",   "css",    "json", "xml", "txt",  "m3u",
    "m3u8", "mpd",  "ts",  "mp4", "m4s",  "mkv", "avi", "mov",  "flv",    "webm", "mp3", "aac",  "jpg",
    "jpeg", "png",  "gif", "svg", "webp", "ico", "zip", "smil", "stream", "sdp",  "ism", "isml",
};

bool m3u_is_listed(struct slice word, const char *const *list, size_t count)
{
    uint8_t first = word.len == 0 ? 0 : byte_lower(word.data[0]);
    for (size_t i = 0; first != 0 && i < count; i++) {
        if (first == (uint8_t)list[i][0] && slice_equal_nocase(word, slice_text(list[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return lower >= 'a' && lower <= 'z';
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i])) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_part(struct slice part)
{
    for (size_t i = 0; i < part.len; i++) {
        uint8_t byte = part.data[i];
        if (!is_letter(byte) && !is_digit(byte) && slice_index(slice_text("_.@%-"), byte) == SIZE_MAX) {
            return false;
        }
    }
    return part.len > 0 && part.len <= M3U_PART_MAX;
}

/* The digits of NUMBER or NUMBER.ext; 0 where the name is neither. */
static size_t number_length(struct slice name)
{
    size_t digits = 0;
    while (digits < name.len && is_digit(name.data[digits])) {
        digits++;
    }
    if (digits == name.len) {
        return digits;
    }
    struct slice extension = slice_from(name, digits + 1);
    if (name.data[digits] != '.' || extension.len == 0 || extension.len > EXTENSION_MAX) {
        return 0;
    }
    for (size_t i = 0; i < extension.len; i++) {
        if (!is_letter(extension.data[i]) && !is_digit(extension.data[i])) {
            return 0;
        }
    }
    return digits;
}

static bool has_file_extension(struct slice part)
{
    struct slice extension = part;
    while (slice_index(extension, '.') != SIZE_MAX) {
        (void)slice_split(&extension, '.');
    }
    return extension.len < part.len &&
           m3u_is_listed(extension, file_extensions, ARRAY_COUNT(file_extensions));
}

/* One or two letters are a language or a country, v1 is a version. */
static bool is_short_word(struct slice part)
{
    return part.len == 1 || (part.len == 2 && is_letter(part.data[0]));
}

/* The letters before a number of one or two digits: "edge" of "edge01" and "edge-1". "user01" is an account.
 */
static struct slice without_number(struct slice part)
{
    enum { DIGITS_MAX = 2 };
    size_t len = part.len;
    while (len > 0 && part.len - len < DIGITS_MAX && is_digit(part.data[len - 1])) {
        len--;
    }
    if (len > 0 && len < part.len && (part.data[len - 1] == '-' || part.data[len - 1] == '_')) {
        len--;
    }
    struct slice word = slice_part(part, 0, len);
    return slice_equal_nocase(word, slice_text("user")) ? part : word;
}

/* Most names of accounts have digits or are long. */
static bool is_path_word(struct slice part)
{
    struct slice word = without_number(part);
    return word.len <= PATH_WORD_MAX && m3u_is_listed(word, path_words, ARRAY_COUNT(path_words));
}

static bool is_credential_like(struct slice part)
{
    return !is_short_word(part) && !is_path_word(part) && !has_file_extension(part);
}

/* A digit beside a letter, or five digits in a row; "eu1", "tv24" and "720p" are short words. */
static bool is_mixed(struct slice part)
{
    enum { DIGITS_ENOUGH = 5, SHORT_WORD_MAX = 4 };
    if (part.len <= SHORT_WORD_MAX) {
        return false;
    }
    size_t digits = 0;
    for (size_t i = 0; i < part.len; i++) {
        bool digit = is_digit(part.data[i]);
        bool beside = i > 0 && ((digit && is_letter(part.data[i - 1])) ||
                                (is_letter(part.data[i]) && is_digit(part.data[i - 1])));
        digits = digit ? digits + 1 : 0;
        if (beside || digits == DIGITS_ENOUGH) {
            return true;
        }
    }
    return false;
}

static bool is_plain_number(struct slice part)
{
    return part.len <= PLAIN_NUMBER_MAX && is_digits(part);
}

static bool are_credential_like(struct slice user, struct slice password)
{
    return !(is_plain_number(user) && is_plain_number(password)) && is_credential_like(user) &&
           is_credential_like(password);
}

/* Takes /live, /movie or /series off a path whose first slash is gone. */
static bool take_prefix(struct slice *rest)
{
    struct slice behind = *rest;
    struct slice first = slice_split(&behind, '/');
    bool prefixed = slice_equal(first, slice_text("live")) || slice_equal(first, slice_text("movie")) ||
                    slice_equal(first, slice_text("series"));
    *rest = prefixed ? behind : *rest;
    return prefixed;
}

/* The length of USER/PASS in front, or 0. */
static size_t pair_length(struct slice rest)
{
    struct slice behind = rest;
    struct slice user = slice_split(&behind, '/');
    struct slice password = slice_split(&behind, '/');
    return is_part(user) && is_part(password) ? user.len + 1 + password.len : 0;
}

static void judge_pair(struct m3u_pair *pair, struct slice text)
{
    struct slice password = text;
    struct slice user = slice_split(&password, '/');
    *pair = (struct m3u_pair){
        .len = text.len,
        .user_len = user.len,
        .likely = are_credential_like(user, password),
        .mixed = is_mixed(user) || is_mixed(password),
    };
    memcpy(pair->text, text.data, text.len);
}

static bool repeats_pair(const struct m3u_pair *pair, struct slice rest)
{
    return pair->len > 0 && pair->len < rest.len && rest.data[pair->len] == '/' &&
           memcmp(rest.data, pair->text, pair->len) == 0;
}

bool m3u_credential_path_of(struct m3u_pair *last, struct slice path, struct m3u_credential_path *out)
{
    struct slice rest = slice_from(path, 1);
    if (rest.len == 0 || path.data[0] != '/') {
        return false;
    }
    bool prefixed = take_prefix(&rest);
    bool repeated = repeats_pair(last, rest);
    size_t len = repeated ? last->len : pair_length(rest);
    struct slice name = slice_from(rest, len + 1);
    size_t digits = len == 0 ? 0 : number_length(name);
    if (digits == 0) {
        return false;
    }
    struct slice pair = slice_part(rest, 0, len);
    if (!repeated) {
        judge_pair(last, pair);
    }
    *out = (struct m3u_credential_path){
        .user = slice_part(pair, 0, last->user_len),
        .password = slice_from(pair, last->user_len + 1),
        .number = slice_part(name, 0, digits),
        .pair = pair,
        .prefixed = prefixed,
        .likely = prefixed || last->likely,
        .mixed = last->mixed,
    };
    return true;
}

bool m3u_credential_path(struct slice path, struct m3u_credential_path *out)
{
    struct m3u_pair pair;
    pair.len = 0;
    return m3u_credential_path_of(&pair, path, out);
}
