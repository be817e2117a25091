/*
 * Playlists: what lines beside the title say of how an entry is played (signatures.md 3.1): keys of protected
 * streams written in the open, somebody's cookies, another site's Referer; and entries of P2P networks.
 */
#include "daemon/app/json_priv.h"
#include "daemon/app/m3u_priv.h"

enum { KEY_DIGITS = 32, BETWEEN_KEYS_MAX = 16 };

static bool is_hex(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f');
}

static size_t find_nocase(struct slice text, const char *wanted)
{
    struct slice word = slice_text(wanted);
    for (size_t at = 0; at + word.len <= text.len; at++) {
        if (byte_lower(text.data[at]) == (uint8_t)wanted[0] &&
            slice_starts_nocase(slice_from(text, at), word)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* An id and its key, each of 32 hex digits with a colon between them, as a pair or in JSON. */
static bool has_hex_keys(struct slice text)
{
    size_t run = 0;
    size_t behind_key = SIZE_MAX; /* where the last run of exactly that many digits ended */
    bool colon = false;
    for (size_t i = 0; i <= text.len; i++) {
        bool hex = i < text.len && is_hex(text.data[i]);
        if (hex) {
            run++;
            continue;
        }
        if (run == KEY_DIGITS) {
            if (behind_key != SIZE_MAX && colon && i - run - behind_key <= BETWEEN_KEYS_MAX) {
                return true;
            }
            behind_key = i;
            colon = false;
        }
        run = 0;
        colon = colon || (i < text.len && text.data[i] == ':');
    }
    return false;
}

/* Or a set of keys as W3C's Encrypted Media Extensions write it, in base64 (section 9.1.4). */
static bool has_keys(struct slice text)
{
    return has_hex_keys(text) ||
           (find_nocase(text, "\"kty\"") != SIZE_MAX && find_nocase(text, "\"kid\"") != SIZE_MAX);
}

static bool names_clear_key(struct slice value)
{
    return slice_equal_nocase(value, slice_text("clearkey")) ||
           slice_equal_nocase(value, slice_text("org.w3.clearkey"));
}

static void read_referer(struct m3u_props *props, struct slice raw, struct buf *scratch)
{
    buf_clear(scratch);
    percent_decode(scratch, slice_trim(raw), false);
    struct named_server server;
    if (named_server_from_url(buf_slice(scratch), RELATION_EMBED, &server)) {
        props->referer = server;
    }
}

/* Referer and Origin in pairs as Kodi writes them: User-Agent=...&Referer=... */
static void read_headers(struct m3u_props *props, struct slice pairs, struct buf *scratch)
{
    while (pairs.len > 0) {
        struct slice value = slice_split(&pairs, '&');
        struct slice name = slice_trim(slice_split(&value, '='));
        if (slice_equal_nocase(name, slice_text("referer")) ||
            slice_equal_nocase(name, slice_text("origin"))) {
            read_referer(props, value, scratch);
        } else if (slice_equal_nocase(name, slice_text("cookie"))) {
            props->cookie = props->cookie || value.len > 0;
        }
    }
}

/* #KODIPROP:inputstream.adaptive.license_type=clearkey and so on. */
void m3u_read_kodi_property(struct m3u_parser *parser, struct slice rest)
{
    struct m3u_props *props = &parser->place->pending.props;
    struct slice prefix = slice_text("inputstream.adaptive.");
    struct slice value = rest;
    struct slice name = slice_trim(slice_split(&value, '='));
    value = slice_trim(value);
    name = slice_starts_nocase(name, prefix) ? slice_from(name, prefix.len) : name;
    if (slice_equal_nocase(name, slice_text("license_type"))) {
        props->clear_key_type = names_clear_key(value);
    } else if (slice_equal_nocase(name, slice_text("license_key"))) {
        props->clear_key = has_keys(value);
    } else if (slice_equal_nocase(name, slice_text("drm_legacy"))) {
        props->clear_key_type = names_clear_key(slice_trim(slice_split(&value, '|')));
        props->clear_key = has_keys(value);
    } else if (slice_equal_nocase(name, slice_text("stream_headers")) ||
               slice_equal_nocase(name, slice_text("manifest_headers"))) {
        read_headers(props, value, &parser->decoded);
    }
}

/* #EXTVLCOPT:http-referrer=https://site.example/ */
void m3u_read_vlc_option(struct m3u_parser *parser, struct slice rest)
{
    struct slice value = rest;
    struct slice name = slice_trim(slice_split(&value, '='));
    if (slice_equal_nocase(name, slice_text("http-referrer")) ||
        slice_equal_nocase(name, slice_text("http-referer")) ||
        slice_equal_nocase(name, slice_text("http-origin"))) {
        read_referer(&parser->place->pending.props, value, &parser->decoded);
    }
}

struct http_fields {
    struct m3u_props *props;
    struct buf *scratch;
    bool cookie; /* what the last key is */
    bool referer;
};

static void take_http_field(void *context, const struct json_token *token)
{
    struct http_fields *fields = context;
    if (token->type == JSON_KEY) {
        fields->cookie = slice_equal_nocase(token->text, slice_text("cookie"));
        fields->referer = slice_equal_nocase(token->text, slice_text("referer")) ||
                          slice_equal_nocase(token->text, slice_text("origin"));
    } else if (token->type == JSON_STRING && fields->referer) {
        read_referer(fields->props, token->text, fields->scratch);
    } else if (token->type == JSON_STRING && fields->cookie && token->text.len > 0) {
        fields->props->cookie = true;
    }
}

/* #EXTHTTP:{"cookie":"...","user-agent":"..."} */
void m3u_read_http_fields(struct m3u_parser *parser, struct slice rest)
{
    struct http_fields fields = {.props = &parser->place->pending.props, .scratch = &parser->decoded};
    struct json_reader json;
    json_init(&json, take_http_field, &fields);
    json_feed(&json, rest);
}

/* The last two labels of a name: the same for hosts of one site, nearly always. */
static struct slice site_of(const char *host)
{
    struct slice name = slice_text(host);
    size_t from = name.len;
    for (int labels = 0; from > 0; from--) {
        labels += name.data[from - 1] == '.';
        if (labels == 2) {
            break;
        }
    }
    return slice_from(name, from);
}

static bool is_foreign(const struct named_server *referer, struct slice uri)
{
    struct named_server server;
    return referer->host[0] != '\0' && named_server_from_url(uri, RELATION_PLAYLIST, &server) &&
           !slice_equal(site_of(referer->host), site_of(server.host));
}

/* A link to Ace Stream's own server on the box. */
static bool is_ace_path(struct slice path)
{
    struct slice ace = slice_text("/ace/");
    struct slice behind = slice_from(path, ace.len);
    return slice_starts(path, ace) &&
           (slice_starts(behind, slice_text("getstream")) ||
            slice_starts(behind, slice_text("manifest.m3u8")) || slice_starts(behind, slice_text("r/")));
}

bool m3u_is_p2p(const struct url_parts *url, struct slice uri)
{
    return slice_equal_nocase(url->scheme, slice_text("acestream")) ||
           slice_equal_nocase(url->scheme, slice_text("sop")) || is_ace_path(url->path) ||
           slice_starts_nocase(uri, slice_text("magnet:?"));
}

/* What lists of free channels write behind titles: "[Geo-blocked]", "[Not 24/7]". */
static bool is_marked(struct slice title)
{
    return slice_index(title, '[') != SIZE_MAX &&
           (find_nocase(title, "[geo-blocked]") != SIZE_MAX || find_nocase(title, "[not 24/7]") != SIZE_MAX);
}

void m3u_count_props(struct m3u_parser *parser, const struct catalogue_entry *entry, struct slice suffix)
{
    struct m3u_facts *facts = &parser->facts;
    struct m3u_props *props = &parser->place->pending.props;
    read_headers(props, suffix, &parser->decoded);
    facts->clear_keys += props->clear_key_type && props->clear_key;
    facts->cookies += props->cookie;
    facts->foreign_referers += is_foreign(&props->referer, entry->uri);
    facts->marked_titles += is_marked(entry->title);
}
