/* Headers and free text with `*` for what is private. */
#include "base/attr.h"
#include "daemon/app/redact_priv.h"

static bool is_one_of(uint8_t byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

/* What the parts of a text know of it. */
struct text_walk {
    struct buf *out;
    const struct redact_subscribers *who;
    bool behind_label; /* "user:" stood in front: the next word is private */
};

/* Calls `put` for each span between bytes of `borders`, which are copied. */
static void put_spans(struct text_walk *walk, struct slice text, const char *borders,
                      void (*put)(struct text_walk *walk, struct slice span))
{
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && !is_one_of(text.data[i], borders)) {
            continue;
        }
        put(walk, slice_part(text, begin, i - begin));
        if (i < text.len) {
            buf_append_byte(walk->out, text.data[i]);
        }
        begin = i + 1;
    }
}

static void put_tested(struct text_walk *walk, struct slice span)
{
    if (redact_is_token(span) || redact_names_subscriber(span, walk->who)) {
        redact_star(walk->out);
    } else {
        buf_append(walk->out, span);
    }
}

/* Where the scheme in front of "://" begins; SIZE_MAX where there is none. */
static size_t find_url(struct slice word)
{
    size_t at = slice_find(word, slice_text("://"));
    if (at == SIZE_MAX) {
        return SIZE_MAX;
    }
    while (at > 0 && byte_lower(word.data[at - 1]) >= 'a' && byte_lower(word.data[at - 1]) <= 'z') {
        at--;
    }
    return at;
}

/* A product and its version (RFC 9110, section 10.1.5): a version of four numbers may be an address, but not
 * "Chrome/120.0.0.0", as browsers shorten theirs. */
static bool is_product(struct slice part)
{
    struct slice version = part;
    struct slice name = slice_split(&version, '/');
    for (size_t i = 0; i < name.len; i++) {
        uint8_t lower = byte_lower(name.data[i]);
        if (lower < 'a' || lower > 'z') {
            return false;
        }
    }
    for (size_t i = 0; i < version.len; i++) {
        if ((version.data[i] < '0' || version.data[i] > '9') && version.data[i] != '.') {
            return false;
        }
    }
    return name.len > 0 && version.len > 0 &&
           (slice_ends(version, slice_text(".0.0.0")) || !redact_is_token(version));
}

/* Words behind which, with a colon between, agents write what is a user's. */
static bool is_label(struct slice word)
{
    static const char *const labels[] = {
        "user", "username", "usr",    "login", "pass",   "password", "passwd", "pwd",
        "pw",   "account",  "email",  "mail",  "token",  "mac",      "sn",     "serial",
        "id",   "uid",      "uuid",   "key",   "pin",    "code",     "auth",   "session",
        "sid",  "name",     "device", "ip",    "secret", "phone",    "client", "subscriber",
    };
    return redact_listed(labels, ARRAY_COUNT(labels), word);
}

/* What is no token as a whole may hold one between slashes. */
static void put_part(struct text_walk *walk, struct slice part)
{
    struct slice behind = part;
    struct slice label = slice_split(&behind, ':');
    if (part.len == 0) {
        return;
    }
    if (walk->behind_label) {
        walk->behind_label = false;
        redact_star(walk->out);
    } else if (label.len < part.len && is_label(label)) {
        walk->behind_label = behind.len == 0;
        buf_append(walk->out, label);
        buf_append_byte(walk->out, ':');
        if (behind.len > 0) {
            redact_star(walk->out);
        }
    } else if (is_product(part) && !redact_names_subscriber(part, walk->who)) {
        buf_append(walk->out, part);
    } else if (redact_is_token(part)) {
        redact_star(walk->out);
    } else {
        put_spans(walk, part, "/", put_tested);
    }
}

/* A word without "://" in it. */
static void put_short_word(struct text_walk *walk, struct slice word)
{
    if (slice_starts(word, slice_text("/")) || slice_index(word, '?') != SIZE_MAX) {
        redact_uri(walk->out, word, walk->who);
    } else if (slice_index(word, '@') != SIZE_MAX) {
        redact_star(walk->out);
    } else if (slice_index(word, '=') != SIZE_MAX) {
        redact_form(walk->out, word);
    } else {
        put_spans(walk, word, ";,()[]|", put_part);
    }
}

static void put_word(struct text_walk *walk, struct slice word)
{
    size_t url = find_url(word);
    put_short_word(walk, slice_part(word, 0, url));
    if (url != SIZE_MAX) {
        redact_uri(walk->out, slice_from(word, url), walk->who);
    }
}

void redact_text(struct buf *out, struct slice text, const struct redact_subscribers *who)
{
    struct text_walk walk = {.out = out, .who = who};
    put_spans(&walk, text, " \t\r\n\"'<>", put_word);
}

/* `playlist_USER_plus.m3u`: what panels write before and behind the user's name is shown. */
static void put_file_name(struct buf *out, struct slice name)
{
    struct slice plus = slice_text("_plus.m3u");
    struct slice rest = name;
    struct slice front = slice_split(&rest, '_');
    if (rest.len > 0 && redact_stem_word(front)) {
        buf_append(out, front);
        buf_append_text(out, "_*");
        if (slice_ends(rest, plus)) {
            buf_append(out, plus);
        }
    } else if (redact_file_word(name)) {
        buf_append(out, name);
    } else {
        redact_path(out, name, false);
    }
}

/* RFC 6266: `attachment; filename="..."`. */
static void put_disposition(struct buf *out, struct slice value)
{
    struct slice mark = slice_text("filename=");
    struct slice type = value;
    type = slice_trim(slice_split(&type, ';'));
    bool known =
        slice_equal_nocase(type, slice_text("attachment")) || slice_equal_nocase(type, slice_text("inline"));
    if (known) {
        buf_append(out, type);
    } else {
        redact_star(out);
    }
    size_t at = 0;
    while (at < value.len && !slice_starts_nocase(slice_from(value, at), mark)) {
        at++;
    }
    if (at == value.len) {
        if (type.len < value.len) {
            buf_append_text(out, "; *");
        }
        return;
    }
    struct slice name = slice_from(value, at + mark.len);
    bool quoted = slice_starts(name, slice_text("\""));
    name = quoted ? slice_from(name, 1) : name;
    name = slice_trim(slice_split(&name, quoted ? '"' : ';'));
    buf_append_text(out, "; filename=\"");
    put_file_name(out, name);
    buf_append_byte(out, '"');
}

/* RFC 9110, section 11.1: the scheme's name, then what authorises. */
static void put_scheme(struct buf *out, struct slice value)
{
    static const char *const schemes[] = {"Basic", "Bearer", "Digest", "Negotiate", "NTLM"};
    struct slice rest = slice_trim(value);
    struct slice scheme = slice_split(&rest, ' ');
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (rest.len > 0 && slice_equal_nocase(scheme, slice_text(schemes[i]))) {
            buf_append(out, scheme);
            buf_append_byte(out, ' ');
        }
    }
    redact_star(out);
}

static bool is_charset(struct slice parameter)
{
    struct slice value = parameter;
    struct slice key = slice_split(&value, '=');
    return slice_equal_nocase(key, slice_text("charset")) && redact_choice(value);
}

/* RFC 9110, section 8.3: `type/subtype; charset=...`; of parameters only known character sets are shown. */
static void put_media(struct buf *out, struct slice value)
{
    struct slice rest = value;
    struct slice type = slice_trim(slice_split(&rest, ';'));
    if (redact_media_type(type)) {
        buf_append(out, type);
    } else {
        redact_star(out);
    }
    while (rest.len > 0) {
        buf_append_byte(out, ';');
        if (slice_starts(rest, slice_text(" "))) {
            buf_append_byte(out, ' ');
        }
        struct slice parameter = slice_trim(slice_split(&rest, ';'));
        if (is_charset(parameter)) {
            buf_append(out, parameter);
        } else if (parameter.len > 0) {
            redact_star(out);
        }
    }
}

void redact_header(struct buf *out, struct slice name, struct slice value,
                   const struct redact_subscribers *who)
{
    struct text_walk walk = {.out = out, .who = who};
    switch (redact_header_kind(name)) {
    case REDACT_HEADER_PLAIN:
        put_spans(&walk, value, " \t;,=\"()", put_tested);
        break;
    case REDACT_HEADER_TEXT:
        redact_text(out, value, who);
        break;
    case REDACT_HEADER_URI:
        if (slice_equal(value, slice_text("*"))) {
            redact_star(out);
        } else {
            redact_uri(out, value, who);
        }
        break;
    case REDACT_HEADER_HOST:
        if (redact_host_shown(value, who)) {
            buf_append(out, value);
        } else {
            redact_star(out);
        }
        break;
    case REDACT_HEADER_SCHEME:
        put_scheme(out, value);
        break;
    case REDACT_HEADER_FILE:
        put_disposition(out, value);
        break;
    case REDACT_HEADER_MEDIA:
        put_media(out, value);
        break;
    case REDACT_HEADER_HIDDEN:
        redact_star(out);
        break;
    }
}
