/* URLs of pages: cutting them out of quoted text, undoing what hides them, and what they say of a stream. */
#include "base/scan.h"
#include "base/text.h"
#include "daemon/app/page_priv.h"

static int hex_value(uint8_t digit)
{
    uint8_t lower = byte_lower(digit);
    if (lower >= '0' && lower <= '9') {
        return lower - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Bytes that no URL has in it. */
static const bool bounds_url[256] = {
    [0 ... ' '] = true, ['"'] = true, ['\''] = true, ['`'] = true, ['<'] = true, ['>'] = true, [0x7f] = true,
};

/* Quotes as character references: attributes that hold JSON have them. */
static const char *const quotes[] = {"&quot;", "&#34;", "&#39;", "&#039;", "&#x27;", "&apos;"};

static size_t quote_at(struct slice text)
{
    for (size_t i = 0; i < ARRAY_COUNT(quotes); i++) {
        if (slice_starts(text, slice_text(quotes[i]))) {
            return strlen(quotes[i]);
        }
    }
    return 0;
}

/* Cuts at written quotes before and behind the byte at `at` of `text`. */
static struct slice cut_at_quotes(struct slice text, size_t at)
{
    size_t begin = 0;
    for (size_t i = scan_byte(text, 0, '&'); i < text.len; i = scan_byte(text, i + 1, '&')) {
        size_t len = quote_at(slice_from(text, i));
        if (len > 0 && i < at) {
            begin = i + len <= at ? i + len : begin;
        } else if (len > 0) {
            return slice_part(text, begin, i - begin);
        }
    }
    return slice_from(text, begin);
}

struct slice page_url_around(struct slice bytes, size_t at)
{
    size_t front = at > PAGE_URL_MAX ? at - PAGE_URL_MAX : 0;
    size_t back = bytes.len - at > PAGE_URL_MAX ? at + PAGE_URL_MAX : bytes.len;
    size_t begin = at;
    while (begin > front && !bounds_url[bytes.data[begin - 1]]) {
        begin--;
    }
    size_t end = at + 1;
    while (end < back && !bounds_url[bytes.data[end]]) {
        end++;
    }
    struct slice whole = cut_at_quotes(slice_part(bytes, begin, end - begin), at - begin);
    while (whole.len > 0 && whole.data[whole.len - 1] == '\\') {
        whole.len--; /* of the quote behind it */
    }
    return whole;
}

/* The byte that a script's escape or a reference at the front stands for, and its length; 0 where it is none.
 */
static size_t undo_escape(struct slice text, uint8_t *byte)
{
    if (slice_starts(text, slice_text("\\/"))) {
        *byte = '/';
        return 2;
    }
    if (slice_starts_nocase(text, slice_text("&amp;"))) {
        *byte = '&';
        return strlen("&amp;");
    }
    size_t digits = slice_starts(text, slice_text("\\u00")) ? 4
                    : slice_starts(text, slice_text("\\x")) ? 2
                                                            : 0;
    if (digits == 0 || text.len < digits + 2) {
        return 0;
    }
    int high = hex_value(text.data[digits]);
    int low = hex_value(text.data[digits + 1]);
    *byte = (uint8_t)(high * 16 + low);
    return high < 0 || low < 0 ? 0 : digits + 2;
}

/* The last place where a URL with a scheme of the web begins; 0 where there is none. */
static size_t innermost(struct slice url)
{
    size_t begin = 0;
    for (size_t i = scan_either(url, 0, 'h', 'H'); i < url.len; i = scan_either(url, i + 1, 'h', 'H')) {
        struct slice rest = slice_from(url, i);
        bool scheme = slice_starts_nocase(rest, slice_text("http://")) ||
                      slice_starts_nocase(rest, slice_text("https://"));
        begin = scheme ? i : begin;
    }
    return begin;
}

/* Undoes escapes and references; returns the length. */
static size_t undo_escapes(struct slice raw, uint8_t out[PAGE_URL_MAX])
{
    size_t len = 0;
    while (raw.len > 0 && len < PAGE_URL_MAX) {
        size_t plain = scan_either(raw, 0, '\\', '&');
        plain = plain < PAGE_URL_MAX - len ? plain : PAGE_URL_MAX - len;
        memcpy(out + len, raw.data, plain);
        len += plain;
        raw = slice_from(raw, plain);
        if (raw.len == 0 || len == PAGE_URL_MAX) {
            break;
        }
        size_t escape = undo_escape(raw, &out[len]);
        if (escape == 0) {
            out[len] = raw.data[0];
        }
        len++;
        raw = slice_from(raw, escape == 0 ? 1 : escape);
    }
    return len;
}

/* Undoes the encoding of a URL inside another one. */
static size_t undo_encoding(uint8_t out[PAGE_URL_MAX], size_t len)
{
    struct slice url = slice_make(out, len);
    if (slice_index(url, '%') == SIZE_MAX || (slice_find(url, slice_text("%3A%2F%2F")) == SIZE_MAX &&
                                              slice_find(url, slice_text("%3a%2f%2f")) == SIZE_MAX)) {
        return len;
    }
    struct buf plain = buf_make(PAGE_URL_MAX);
    percent_decode(&plain, url, false);
    len = plain.len;
    memcpy(out, plain.data, len);
    buf_free(&plain);
    return len;
}

struct slice page_url_clean(struct slice raw, uint8_t out[PAGE_URL_MAX])
{
    size_t len = undo_encoding(out, undo_escapes(raw, out));
    struct slice url = slice_make(out, len);
    return slice_from(url, innermost(url));
}

static bool is_token_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

bool page_url_signed(struct slice url)
{
    enum { TIME_DIGITS = 10, TOKEN_MIN = 16 };
    bool time = false;
    bool token = false;
    size_t begin = 0;
    size_t digits = 0;
    struct url_parts parts = url_split(url);
    size_t from = parts.scheme.len == 0 ? 0 : parts.scheme.len + strlen("://") + parts.authority.len;
    url = slice_from(url, from);
    for (size_t i = 0; i <= url.len; i++) {
        if (i < url.len && is_token_byte(url.data[i])) {
            digits += url.data[i] >= '0' && url.data[i] <= '9';
            continue;
        }
        size_t len = i - begin;
        /* Seconds since 1970 have ten digits from 2001 to 2286; those of this century begin with 1 or 2. */
        time = time || (len == TIME_DIGITS && digits == len && url.data[begin] <= '2');
        token = token || (len >= TOKEN_MIN && digits < len);
        begin = i + 1;
        digits = 0;
    }
    return time && token;
}

bool page_url_server(struct slice url, struct named_server *out)
{
    if (!slice_starts(url, slice_text("//"))) {
        return named_server_from_url(url, RELATION_EMBED, out);
    }
    char text[HOST_NAME_SIZE + 16] = "http:";
    size_t scheme = strlen(text);
    url = slice_part(url, 0, sizeof text - scheme);
    memcpy(text + scheme, url.data, url.len);
    return named_server_from_url(slice_make(text, scheme + url.len), RELATION_EMBED, out);
}

static bool host_is_new(struct page_parser *parser, const char *host)
{
    uint64_t hash = hash_bytes(&parser->key, host, strlen(host));
    for (uint64_t i = 0; i < parser->facts.stream_hosts; i++) {
        if (parser->hosts[i] == hash) {
            return false;
        }
    }
    if (parser->facts.stream_hosts == PAGE_HOSTS_MAX) {
        return false;
    }
    parser->hosts[parser->facts.stream_hosts] = hash;
    return true;
}

static struct page_stream *stream_of(struct page_facts *facts, const struct named_server *server)
{
    for (uint32_t i = 0; i < facts->stream_count; i++) {
        const struct named_server *known = &facts->streams[i].server;
        if (known->port == server->port && strcmp(known->host, server->host) == 0) {
            return &facts->streams[i];
        }
    }
    if (facts->stream_count == PAGE_STREAMS_MAX) {
        return NULL;
    }
    struct page_stream *stream = &facts->streams[facts->stream_count++];
    *stream = (struct page_stream){.server = *server};
    stream->server.count = 0;
    return stream;
}

void page_take_stream(struct page_parser *parser, struct slice url, bool played, bool hidden)
{
    struct page_facts *facts = &parser->facts;
    struct named_server server;
    if (!page_url_server(url, &server)) {
        facts->stream_paths++;
        return;
    }
    facts->stream_urls++;
    facts->stream_hosts += host_is_new(parser, server.host);
    struct page_stream *stream = stream_of(facts, &server);
    if (stream == NULL) {
        return;
    }
    stream->server.count++;
    stream->played = stream->played || played;
    stream->odd_port = server.port != 80 && server.port != 443;
    stream->bare = host_is_literal(server.host);
    stream->is_signed = stream->is_signed || page_url_signed(url);
    stream->hidden = stream->hidden || hidden;
}

void page_take_refresh(struct page_parser *parser, struct slice url, bool meta)
{
    struct page_facts *facts = &parser->facts;
    struct named_server server;
    bool better = facts->refresh_host[0] == '\0' || (meta && !facts->refresh_by_meta);
    if (better && page_url_server(url, &server)) {
        memcpy(facts->refresh_host, server.host, sizeof server.host);
        facts->refresh_by_meta = meta;
    }
}
