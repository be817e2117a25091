/* URIs and their pairs with `*` for what is private. */
#include "app/redact.h"

#include "base/address.h"
#include "base/text.h"
#include "daemon/app/redact_priv.h"

enum { VALUE_WORD_MAX = 32, VALUE_NUMBER_MAX = 24, PAGE_DIGITS_MAX = 4 };

void redact_star(struct buf *out)
{
    buf_append_byte(out, '*');
}

static bool is_of(struct slice text, const char *others, bool letters)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        uint8_t lower = byte_lower(byte);
        bool digit = byte >= '0' && byte <= '9';
        bool letter = letters && lower >= 'a' && lower <= 'z';
        if (!digit && !letter && (byte == '\0' || strchr(others, byte) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_harmless_value(enum redact_value_kind kind, struct slice raw)
{
    struct redact_plain decoded;
    if (kind == REDACT_VALUE_HIDDEN || !redact_decode(raw, &decoded)) {
        return false;
    }
    struct slice value = redact_plain_slice(&decoded);
    if (kind == REDACT_VALUE_PAGE) {
        return value.len <= PAGE_DIGITS_MAX && is_of(value, "", false);
    }
    if (kind == REDACT_VALUE_NUMBER) {
        return value.len <= VALUE_NUMBER_MAX && is_of(value, "-:_.,T", false) && !redact_is_token(value);
    }
    return value.len <= VALUE_WORD_MAX && is_of(value, "-:_.,", true) && !redact_has_mixed_word(value) &&
           !redact_is_token(value);
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

/* The length of "scheme:" in front of "//", else 0. */
static size_t scheme_length(struct slice uri)
{
    size_t len = 0;
    while (len < uri.len && is_of(slice_part(uri, len, 1), "+-.", true)) {
        len++;
    }
    return len > 0 && slice_starts(slice_from(uri, len), slice_text("://")) ? len + 1 : 0;
}

static size_t last_index(struct slice text, uint8_t byte)
{
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < text.len; i++) {
        at = text.data[i] == byte ? i : at;
    }
    return at;
}

bool redact_host_shown(struct slice host)
{
    char name[HOST_NAME_SIZE];
    uint16_t port;
    struct address address;
    if (!host_normalise(host, name, &port)) {
        return false;
    }
    return !address_parse(name, &address) || address_classify(&address) == ADDRESS_PUBLIC;
}

/* `behind` is the rest of the URI: a password that was written with a '/' in it reaches into it. */
static void put_authority(struct buf *out, struct slice authority, struct slice behind)
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
    if (split_password || !redact_host_shown(authority)) {
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

void redact_uri(struct buf *out, struct slice uri)
{
    size_t scheme = scheme_length(uri);
    bool rooted = scheme > 0 || slice_starts(uri, slice_text("/"));
    if (scheme > 0) {
        buf_append(out, slice_part(uri, 0, scheme + 2));
        uri = slice_from(uri, scheme + 2);
        size_t len = part_length(uri, "/?#|\\");
        put_authority(out, slice_part(uri, 0, len), slice_from(uri, len));
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
