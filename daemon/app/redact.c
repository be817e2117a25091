/* URIs and their pairs with `*` for what is private. */
#include "app/redact.h"

#include "base/attr.h"
#include "base/text.h"
#include "daemon/app/redact_priv.h"

enum { PAGE_DIGITS = 3 };

void redact_star(struct buf *out)
{
    buf_append_byte(out, '*');
}

bool redact_is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_number(struct slice text, size_t digits)
{
    return text.len <= digits && redact_is_digits(text);
}

/* "5", or "5.mkv" in links of panels. */
static bool is_stream(struct slice value)
{
    struct slice extension = value;
    struct slice number = slice_split(&extension, '.');
    return is_number(number, REDACT_NUMBER_DIGITS) &&
           (number.len == value.len || redact_stream_extension(extension));
}

/* "1-xml" (the JsHttpRequest library counts its requests). */
static bool is_script_count(struct slice value)
{
    struct slice rest = value;
    return is_number(slice_split(&rest, '-'), REDACT_NUMBER_DIGITS) &&
           slice_equal_nocase(rest, slice_text("xml"));
}

/* "2026-01-31:20-45" of catch-up links (signatures.md 1.2). */
static bool is_time(struct slice value)
{
    static const char form[] = "0000-00-00:00-00";
    bool right = value.len == sizeof form - 1;
    for (size_t i = 0; right && i < value.len; i++) {
        right = form[i] == '0' ? redact_is_digits(slice_part(value, i, 1)) : value.data[i] == form[i];
    }
    return right && slice_starts(value, slice_text("20"));
}

static bool is_harmless_value(enum redact_value_kind kind, struct slice raw)
{
    struct redact_plain decoded;
    if (kind == REDACT_VALUE_HIDDEN || !redact_decode(raw, &decoded)) {
        return false;
    }
    struct slice value = redact_plain_slice(&decoded);
    switch (kind) {
    case REDACT_VALUE_PAGE:
        return value.len == 0 || is_number(value, PAGE_DIGITS);
    case REDACT_VALUE_NUMBER:
        return value.len == 0 || is_stream(value);
    case REDACT_VALUE_CHOICE:
        return value.len == 0 || redact_choice(value);
    case REDACT_VALUE_SCRIPT:
        return is_script_count(value);
    case REDACT_VALUE_TIME:
        return is_time(value);
    case REDACT_VALUE_HIDDEN:
        break;
    }
    return false;
}

static void put_pair(struct buf *out, struct slice pair)
{
    bool has_value = slice_index(pair, '=') != SIZE_MAX;
    struct slice value = pair;
    struct slice key = slice_split(&value, '=');
    if (redact_key_known(key)) {
        buf_append(out, key);
    } else if (key.len > 0) {
        redact_star(out);
    }
    if (!has_value) {
        return;
    }
    buf_append_byte(out, '=');
    if (is_harmless_value(redact_value_kind(key), value)) {
        buf_append(out, value);
    } else {
        redact_star(out);
    }
}

void redact_form(struct buf *out, struct slice form)
{
    size_t begin = 0;
    for (size_t i = 0; i <= form.len; i++) {
        if (i < form.len && (form.data[i] == '\0' || strchr("&;?", form.data[i]) == NULL)) {
            continue;
        }
        put_pair(out, slice_part(form, begin, i - begin));
        if (i < form.len) {
            buf_append_byte(out, form.data[i]);
        }
        begin = i + 1;
    }
}

static bool is_scheme_byte(uint8_t lower)
{
    return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
           memchr("+-.", lower, 3) != NULL;
}

/* The length of "scheme:" in front of "//", else 0. */
static size_t scheme_length(struct slice uri)
{
    size_t len = 0;
    while (len < uri.len && is_scheme_byte(byte_lower(uri.data[len]))) {
        len++;
    }
    return len > 0 && slice_starts(slice_from(uri, len), slice_text("://")) ? len + 1 : 0;
}

static void put_scheme(struct buf *out, struct slice scheme)
{
    static const char *const schemes[] = {
        "http", "https", "rtmp", "rtmps", "rtmpe", "rtsp", "rtsps", "rtp", "udp",  "mms",
        "mmsh", "srt",   "rist", "hls",   "ws",    "wss",  "ftp",   "vlc", "file", "intent",
    };
    if (redact_listed(schemes, ARRAY_COUNT(schemes), scheme)) {
        buf_append(out, scheme);
    } else {
        redact_star(out);
    }
    buf_append_text(out, "://");
}

static size_t last_index(struct slice text, uint8_t byte)
{
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < text.len; i++) {
        at = text.data[i] == byte ? i : at;
    }
    return at;
}

bool redact_host_told(struct slice host, const struct redact_subscribers *who)
{
    bool dotted = slice_index(host, '.') != SIZE_MAX;
    bool literal = slice_index(host, ':') != SIZE_MAX;
    return (dotted || literal) && !redact_names_subscriber(host, who);
}

bool redact_host_shown(struct slice host, const struct redact_subscribers *who)
{
    char name[HOST_NAME_SIZE];
    uint16_t port;
    struct address address;
    if (!host_normalise(host, name, &port) || !redact_host_told(slice_text(name), who)) {
        return false;
    }
    return !address_parse(name, &address) || address_classify(&address) == ADDRESS_PUBLIC;
}

/* `behind` is the rest of the URI: a password that was written with a '/' in it reaches into it. */
static void put_authority(struct buf *out, struct slice authority, struct slice behind,
                          const struct redact_subscribers *who)
{
    size_t at = last_index(authority, '@');
    if (at != SIZE_MAX) {
        redact_star(out);
        buf_append_byte(out, '@');
        authority = slice_from(authority, at + 1);
    }
    bool split_password = slice_index(authority, ':') != SIZE_MAX && slice_index(behind, '@') != SIZE_MAX;
    if (authority.len == 0) {
        return;
    }
    if (split_password || !redact_host_shown(authority, who)) {
        redact_star(out);
    } else {
        buf_append(out, authority);
    }
}

/* The first of the bytes that end a part of a URI, or its end. */
static size_t part_length(struct slice uri, const char *ends)
{
    size_t len = 0;
    while (len < uri.len && (uri.data[len] == '\0' || strchr(ends, uri.data[len]) == NULL)) {
        len++;
    }
    return len;
}

/* Takes what stands behind the path: "?pairs", "#fragment", and the "|pairs" of players. */
static void put_tail(struct buf *out, struct slice tail)
{
    if (tail.len == 0) {
        return;
    }
    buf_append_byte(out, tail.data[0]);
    struct slice rest = slice_from(tail, 1);
    if (tail.data[0] != '?') {
        if (rest.len > 0) {
            redact_star(out);
        }
        return;
    }
    size_t len = part_length(rest, "#|");
    redact_form(out, slice_part(rest, 0, len));
    rest = slice_from(rest, len);
    if (rest.len > 0) {
        buf_append_byte(out, rest.data[0]);
        redact_star(out);
    }
}

void redact_uri(struct buf *out, struct slice uri, const struct redact_subscribers *who)
{
    size_t scheme = scheme_length(uri);
    bool rooted = scheme > 0 || slice_starts(uri, slice_text("/"));
    if (scheme > 0) {
        put_scheme(out, slice_part(uri, 0, scheme - 1));
        uri = slice_from(uri, scheme + 2);
        size_t len = part_length(uri, "/?#|\\");
        put_authority(out, slice_part(uri, 0, len), slice_from(uri, len), who);
        uri = slice_from(uri, len);
    }
    size_t len = part_length(uri, "?#|");
    struct slice path = slice_part(uri, 0, len);
    bool pairs = slice_index(path, '&') != SIZE_MAX || slice_index(path, '=') != SIZE_MAX;
    if (!rooted && pairs) {
        /* The middle of a query. */
        redact_form(out, path);
    } else {
        redact_path(out, path, rooted);
    }
    put_tail(out, slice_from(uri, len));
}
