/* Playlists: whether an entry is live, a movie, of a series or radio; m3u.h has the order of the signs. */
#include "daemon/app/m3u_priv.h"

static const char *const film_extensions[] = {
    "mp4", "mkv", "avi", "mov", "m4v", "wmv", "mpg", "mpeg", "divx", "webm", "vob", "3gp", "ogv", "rmvb",
};
static const char *const audio_extensions[] = {
    "mp3", "aac", "aacp", "ogg", "oga", "opus", "flac", "m4a", "wma", "wav",
};
static const char *const radio_words[] = {"radio", "radios", "fm"};
static const char *const live_extensions[] = {"ts", "m3u8", "mpegts"};
static const char *const movie_words[] = {
    "vod", "movie", "movies", "film", "films", "filme", "filmes", "filmy", "pelicula", "peliculas",
};
static const char *const series_words[] = {"series",  "serie",   "serien", "seriale",
                                           "serials", "seriado", "diziler"};

static struct slice last_part(struct slice path)
{
    size_t from = path.len;
    while (from > 0 && path.data[from - 1] != '/') {
        from--;
    }
    return slice_from(path, from);
}

struct slice m3u_extension(const struct url_parts *url)
{
    /* Panels write /play/TOKEN#.mp4 where the token hides the name. */
    struct slice name =
        url->fragment.len > 0 && url->fragment.data[0] == '.' ? url->fragment : last_part(url->path);
    size_t from = name.len;
    while (from > 0 && name.data[from - 1] != '.') {
        from--;
    }
    return from == 0 ? slice_make(NULL, 0) : slice_from(name, from);
}

/* ENTRY_KIND_COUNT where the path's first part says nothing. */
static enum entry_kind kind_of_path(const struct url_parts *url)
{
    struct slice rest = url->path;
    struct slice before = slice_split(&rest, '/');
    struct slice first = slice_split(&rest, '/');
    if (before.len > 0 || rest.len == 0) {
        return ENTRY_KIND_COUNT;
    }
    if (slice_equal(first, slice_text("movie"))) {
        return ENTRY_MOVIE;
    }
    if (slice_equal(first, slice_text("series"))) {
        return ENTRY_SERIES;
    }
    /* A panel's link for set-top boxes: /play/movie.php?...&type=movie|series */
    struct slice type;
    if (slice_equal(first, slice_text("play")) && slice_equal(rest, slice_text("movie.php"))) {
        bool series = query_value(url->query, "type", &type) && slice_equal(type, slice_text("series"));
        return series ? ENTRY_SERIES : ENTRY_MOVIE;
    }
    return slice_equal(first, slice_text("live")) ? ENTRY_LIVE : ENTRY_KIND_COUNT;
}

/* ASCII letters and digits, and what belongs to letters beyond ASCII. */
static bool is_word_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || lower >= 0x80;
}

static struct slice take_word(struct slice *text)
{
    while (text->len > 0 && !is_word_byte(text->data[0])) {
        *text = slice_from(*text, 1);
    }
    size_t len = 0;
    while (len < text->len && is_word_byte(text->data[len])) {
        len++;
    }
    struct slice word = slice_part(*text, 0, len);
    *text = slice_from(*text, len);
    return word;
}

/* By words of the group's title; ENTRY_LIVE where none says otherwise. "SERIE A" is football. */
static enum entry_kind kind_of_group(struct slice group)
{
    enum entry_kind kind = ENTRY_LIVE;
    struct slice word = take_word(&group);
    while (word.len > 0) {
        struct slice next = take_word(&group);
        if (m3u_is_listed(word, series_words, ARRAY_COUNT(series_words)) && next.len != 1) {
            return ENTRY_SERIES;
        }
        if (m3u_is_listed(word, movie_words, ARRAY_COUNT(movie_words))) {
            kind = ENTRY_MOVIE;
        }
        word = next;
    }
    return kind;
}

static bool has_word(struct slice text, const char *const *list, size_t count)
{
    for (struct slice word = take_word(&text); word.len > 0; word = take_word(&text)) {
        if (m3u_is_listed(word, list, count)) {
            return true;
        }
    }
    return false;
}

/* What servers of sound call a stream: SHOUTcast's ";" and ";name" (also behind a directory), and a mount of
 * one part on Icecast's own port. */
static bool is_mount(const struct url_parts *url)
{
    struct slice name = last_part(url->path);
    bool one_part = slice_equal(slice_part(url->path, 0, url->path.len - name.len), slice_text("/"));
    return slice_starts(name, slice_text(";")) ||
           (one_part && slice_ends(url->authority, slice_text(":8000")));
}

/* Multicast is an operator's own: nobody else's network carries it. */
static bool is_multicast(const struct url_parts *url)
{
    return slice_equal(url->scheme, slice_text("rtp")) || slice_equal(url->scheme, slice_text("udp")) ||
           slice_equal(url->scheme, slice_text("igmp"));
}

/* What stands behind /stream/: a channel's id or name, or the hash of a stream. */
static bool is_tuner_stream(struct slice rest)
{
    enum { HASH_DIGITS = 32 };
    bool hex = rest.len == HASH_DIGITS;
    for (size_t i = 0; hex && i < rest.len; i++) {
        hex = memchr("0123456789abcdef", byte_lower(rest.data[i]), 16) != NULL;
    }
    return hex || slice_starts(rest, slice_text("channelid/")) ||
           slice_starts(rest, slice_text("channel/")) || slice_starts(rest, slice_text("service/"));
}

/* Paths that Tvheadend, HDHomeRun, xTeVe and Threadfin, Dispatcharr, Jellyfin and Emby, Enigma2 and udpxy
 * give to channels (signatures.md 4.1, 5 and 10), and multicast. */
bool m3u_is_of_tuner(const struct url_parts *url)
{
    static const char *const starts[] = {
        "/auto/v", "/proxy/ts/", "/Videos/", "/LiveTv/", "/udp/", "/rtp/", "/1:0:",
    };
    if (is_multicast(url)) {
        return true;
    }
    struct slice stream = slice_text("/stream/");
    if (slice_starts(url->path, stream)) {
        return is_tuner_stream(slice_from(url->path, stream.len));
    }
    uint8_t second = url->path.len < 2 ? 0 : url->path.data[1];
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        if (second == (uint8_t)starts[i][1] && slice_starts(url->path, slice_text(starts[i]))) {
            return true;
        }
    }
    return false;
}

bool m3u_is_sound(struct slice extension)
{
    return m3u_is_listed(extension, audio_extensions, ARRAY_COUNT(audio_extensions));
}

/* Of an entry whose URI says nothing of a live stream. */
static bool is_radio(const struct m3u_clues *clues)
{
    return clues->timed || is_mount(clues->url) ||
           has_word(clues->title, radio_words, ARRAY_COUNT(radio_words)) ||
           has_word(clues->group, radio_words, ARRAY_COUNT(radio_words));
}

enum entry_kind m3u_kind_judge(const struct m3u_clues *clues)
{
    if (clues->segment) {
        return clues->sound ? ENTRY_RADIO : ENTRY_LIVE;
    }
    enum entry_kind by_path = kind_of_path(clues->url);
    if (by_path == ENTRY_MOVIE || by_path == ENTRY_SERIES) {
        return by_path;
    }
    if (m3u_is_listed(clues->extension, film_extensions, ARRAY_COUNT(film_extensions))) {
        return kind_of_group(clues->group) == ENTRY_SERIES ? ENTRY_SERIES : ENTRY_MOVIE;
    }
    if (clues->radio || clues->sound) {
        return ENTRY_RADIO;
    }
    if (by_path == ENTRY_LIVE || clues->credentials ||
        m3u_is_listed(clues->extension, live_extensions, ARRAY_COUNT(live_extensions))) {
        return ENTRY_LIVE;
    }
    enum entry_kind by_group = kind_of_group(clues->group);
    return by_group == ENTRY_LIVE && is_radio(clues) ? ENTRY_RADIO : by_group;
}
