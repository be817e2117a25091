/* Words that were found in tags and scripts, and what stands around them. */
#include "base/base64.h"
#include "daemon/app/page_priv.h"

/* A word's place, and what it stands in. */
struct found {
    struct slice bytes;
    size_t end;     /* behind the word */
    size_t url_end; /* behind the last stream's URL: further words in it are no further stream */
    bool script;
    bool link;
};

static bool is_quote(uint8_t byte)
{
    return byte == '"' || byte == '\'' || byte == '`';
}

/* In a script a URL stands in quotes; written ones (&quot;) end with ';'. */
static bool is_quoted(const struct found *found, struct slice url)
{
    if (!found->script) {
        return true;
    }
    size_t begin = (size_t)(url.data - found->bytes.data);
    size_t end = begin + url.len;
    return begin > 0 && (is_quote(found->bytes.data[begin - 1]) || found->bytes.data[begin - 1] == ';') &&
           end < found->bytes.len &&
           (is_quote(found->bytes.data[end]) || memchr("&\\", found->bytes.data[end], 2) != NULL);
}

/* ---- names beside a stream's URL in a script */

static bool is_name_key(struct slice key)
{
    static const char *const keys[] = {"name", "title", "channel"};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        if (slice_equal_nocase(key, slice_text(keys[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_key_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' || byte == '$';
}

/* The key that ends before `at`, with or without quotes. */
static struct slice key_before(struct slice text, size_t at)
{
    while (at > 0 && (text.data[at - 1] == ' ' || is_quote(text.data[at - 1]))) {
        at--;
    }
    size_t begin = at;
    while (begin > 0 && is_key_byte(text.data[begin - 1])) {
        begin--;
    }
    return slice_part(text, begin, at - begin);
}

static struct slice string_at(struct slice text)
{
    text = page_skip_blanks(text);
    if (text.len == 0 || !is_quote(text.data[0])) {
        return slice_make(NULL, 0);
    }
    struct slice rest = slice_from(text, 1);
    return slice_part(rest, 0, slice_index(rest, text.data[0]));
}

/* The value of a key that names things; the last one of `text`, which stands before the URL, or the first. */
static struct slice name_in(struct slice text, bool last)
{
    struct slice name = slice_make(NULL, 0);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == ':' && is_name_key(key_before(text, i)) && (last || name.len == 0)) {
            struct slice value = string_at(slice_from(text, i + 1));
            name = value.len > 0 ? value : name;
        }
    }
    return name;
}

/* The name that the object gives which bears the URL: {name: "...", url: "..."} in either order. */
static struct slice name_beside(struct slice bytes, struct slice url)
{
    enum { REACH = 512 };
    size_t begin = (size_t)(url.data - bytes.data);
    size_t from = begin;
    while (from > 0 && begin - from < REACH && bytes.data[from - 1] != '}') {
        from--;
    }
    struct slice name = name_in(slice_part(bytes, from, begin - from), true);
    if (name.len > 0) {
        return name;
    }
    struct slice behind = slice_part(slice_from(bytes, begin + url.len), 0, REACH);
    size_t len = 0;
    while (len < behind.len && behind.data[len] != '}' && behind.data[len] != '{') {
        len++;
    }
    return name_in(slice_part(behind, 0, len), false);
}

/* ---- streams */

/* What may follow the extension of a path. */
static bool ends_path(struct slice behind)
{
    return behind.len == 0 || memchr("?#&/;%\\", behind.data[0], 7) != NULL;
}

static void read_stream(struct page_parser *parser, struct found *found, bool absolute)
{
    struct slice raw = page_url_around(found->bytes, found->end - 1);
    size_t raw_end = (size_t)(raw.data - found->bytes.data) + raw.len;
    uint8_t room[PAGE_URL_MAX];
    struct slice url = page_url_clean(raw, room);
    struct named_server server;
    if (raw.len == 0 || raw_end < found->end ||
        !ends_path(slice_part(found->bytes, found->end, raw_end - found->end)) || !is_quoted(found, raw) ||
        (absolute && !page_url_server(url, &server))) {
        return;
    }
    page_take_stream(parser, url, !found->link, false);
    if (found->script) {
        struct slice name = name_beside(found->bytes, raw);
        if (name.len > 0) {
            page_offer_entry(parser, name, url, true);
        }
    }
    found->url_end = raw_end;
}

bool page_is_stream(struct slice uri)
{
    struct page_scan scan = page_scan_make(uri, 0);
    size_t end;
    unsigned word;
    while ((word = page_scan_next(&scan, &end)) != PAGE_WORD_NONE) {
        if (word == PAGE_WORD_ACE ||
            ((word == PAGE_WORD_STREAM || word == PAGE_WORD_MPEGTS) && ends_path(slice_from(uri, end)))) {
            return true;
        }
    }
    return false;
}

/* A URL as base64, as pages write it that hide it. */
static void read_hidden(struct page_parser *parser, const struct found *found)
{
    static const char http[] = "aHR0c";
    size_t begin = found->end - strlen(http);
    if (!slice_starts(slice_from(found->bytes, begin), slice_text(http))) {
        return;
    }
    uint8_t plain[PAGE_URL_MAX];
    struct slice decoded =
        base64_decode(slice_from(found->bytes, begin), BASE64_EITHER, plain, sizeof plain, NULL);
    struct page_scan scan = page_scan_make(decoded, 0);
    size_t end;
    unsigned word;
    while ((word = page_scan_next(&scan, &end)) != PAGE_WORD_NONE) {
        struct slice url = page_url_around(decoded, end - 1);
        uint8_t room[PAGE_URL_MAX];
        url = page_url_clean(url, room);
        struct named_server server;
        if (word == PAGE_WORD_STREAM && page_url_server(url, &server)) {
            page_take_stream(parser, url, true, true);
            return;
        }
    }
}

/* ---- where a script leads */

/* location = "...", location.href = "...", location.replace("..."), location.assign("...") */
static void read_location(struct page_parser *parser, const struct found *found)
{
    struct slice rest = slice_part(slice_from(found->bytes, found->end), 0, PAGE_URL_MAX);
    if (slice_starts(rest, slice_text(".replace(")) || slice_starts(rest, slice_text(".assign("))) {
        rest = slice_from(rest, slice_index(rest, '(') + 1);
    } else {
        rest = page_skip_blanks(slice_starts(rest, slice_text(".href")) ? slice_from(rest, strlen(".href"))
                                                                        : rest);
        if (rest.len == 0 || rest.data[0] != '=') {
            return;
        }
        rest = slice_from(rest, 1);
    }
    uint8_t room[PAGE_URL_MAX];
    struct slice url = page_url_clean(string_at(rest), room);
    if (url.len > 0) {
        page_take_refresh(parser, url, false);
    }
}

/* An iframe that a script writes: a tag in a string, whose quotes may be escaped. */
static void read_frame(struct page_parser *parser, const struct found *found)
{
    uint8_t tag[PAGE_URL_MAX];
    size_t len = 0;
    for (size_t i = found->end; i < found->bytes.len && len < sizeof tag && found->bytes.data[i] != '>';
         i++) {
        bool escaped =
            found->bytes.data[i] == '\\' && i + 1 < found->bytes.len && is_quote(found->bytes.data[i + 1]);
        i += escaped;
        tag[len++] = found->bytes.data[i];
    }
    page_read_frame(parser, slice_make(tag, len));
}

static void read_name(struct page_parser *parser, const struct found *found)
{
    struct slice rest = slice_from(found->bytes, found->end);
    if (rest.len > 0 && is_quote(rest.data[0])) {
        struct slice name = string_at(rest);
        page_offer_entry(parser, name, slice_make(NULL, 0), false);
    }
}

static void read_word(struct page_parser *parser, struct found *found, unsigned word)
{
    switch (word) {
    case PAGE_WORD_STREAM:
    case PAGE_WORD_MPEGTS:
        read_stream(parser, found, word == PAGE_WORD_MPEGTS);
        break;
    case PAGE_WORD_TS:
        found->end--;
        read_stream(parser, found, true);
        break;
    case PAGE_WORD_ACE:
        parser->facts.acestreams += slice_starts(slice_from(found->bytes, found->end), slice_text("//"));
        break;
    case PAGE_WORD_BASE64:
        read_hidden(parser, found);
        break;
    case PAGE_WORD_LOCATION:
        if (found->script) {
            read_location(parser, found);
        }
        break;
    case PAGE_WORD_FRAME:
        if (found->script) {
            read_frame(parser, found);
        }
        break;
    case PAGE_WORD_NAME:
        if (!found->script) {
            read_name(parser, found);
        }
        break;
    default:
        parser->facts.players |= UINT32_C(1) << (word - PAGE_WORD_PLAYERS);
        break;
    }
}

void page_read_words(struct page_parser *parser, struct slice bytes, size_t from, size_t limit, bool script,
                     bool link)
{
    size_t before = PAGE_WORD_MAX - 1;
    struct page_scan scan = page_scan_make(slice_part(bytes, 0, limit), from > before ? from - before : 0);
    struct found found = {.bytes = bytes, .url_end = from, .script = script, .link = link};
    unsigned word;
    while ((word = page_scan_next(&scan, &found.end)) != PAGE_WORD_NONE) {
        if (found.end > found.url_end) {
            read_word(parser, &found, word);
        }
    }
}
