#include "daemon/rule/token_priv.h"

#include <string.h>

#include "app/named_server.h"
#include "base/attr.h"
#include "base/text.h"

/* Path words behind which a token stands. */
static bool is_parent(struct slice part)
{
    static const char *const words[] = {"auth", "sauth", "thauth", "subauth", "play",
                                        "hls",  "hlsr",  "key",    "images",  "probe"};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (slice_equal(part, slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}

bool token_find(struct slice url, struct token *out)
{
    struct slice query = slice_part(url, 0, slice_index(url, '#'));
    struct slice path = slice_split(&query, '?');
    *out = (struct token){.auth = false};
    if (query_value(query, "token", &out->text)) {
        return out->text.len >= TOKEN_MIN;
    }
    bool behind = false;
    while (path.len > 0) {
        struct slice part = slice_split(&path, '/');
        if (behind && part.len >= TOKEN_MIN) {
            /* Tokens hold no dot: what stands behind one is a file's ending. */
            out->text = slice_part(part, 0, slice_index(part, '.'));
            return out->text.len >= TOKEN_MIN;
        }
        behind = is_parent(part);
        out->auth = slice_equal(part, slice_text("auth"));
    }
    return false;
}

bool token_is_new(const struct token *token, const struct http_request *request)
{
    return request == NULL || (slice_find(request->uri_raw, token->text) == SIZE_MAX &&
                               slice_find(request->uri, token->text) == SIZE_MAX);
}

static bool is_upper(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_lower(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* RFC 4648, section 4 with "+/" for the last two digits, section 5 with "-_". */
static int base64_value(uint8_t byte, const char last[2])
{
    if (is_upper(byte)) {
        return byte - 'A';
    }
    if (is_lower(byte)) {
        return byte - 'a' + 26;
    }
    if (is_digit(byte)) {
        return byte - '0' + 52;
    }
    return byte == last[0] ? 62 : byte == last[1] ? 63 : -1;
}

/* The first `count` bytes that the text encodes; false where it is shorter or no base64 so far. */
static bool decode_front(struct slice text, const char last[2], uint8_t *out, size_t count)
{
    enum { BITS = 6, BYTE_BITS = 8 };
    uint32_t bits = 0;
    unsigned held = 0;
    size_t made = 0;
    for (size_t i = 0; i < text.len && made < count; i++) {
        int value = base64_value(text.data[i], last);
        if (value < 0) {
            return false;
        }
        bits = bits << BITS | (uint32_t)value;
        held += BITS;
        if (held >= BYTE_BITS) {
            held -= BYTE_BITS;
            out[made++] = (uint8_t)(bits >> held);
        }
    }
    return made == count;
}

bool token_is_blocks(struct slice text)
{
    enum { LENGTH_MIN = 22, BLOCK = 16 };
    bool upper = false;
    bool lower = false;
    bool digit = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (!is_upper(byte) && !is_lower(byte) && !is_digit(byte) && byte != '-' && byte != '_') {
            return false;
        }
        upper = upper || is_upper(byte);
        lower = lower || is_lower(byte);
        digit = digit || is_digit(byte);
    }
    /* Words and hexadecimal hashes have such lengths, too, but not all three classes. */
    return text.len >= LENGTH_MIN && text.len % 4 != 1 && text.len * 6 / 8 % BLOCK == 0 && upper && lower &&
           digit;
}

bool token_front_is_text(struct slice text)
{
    uint8_t front[TOKEN_FRONT * 6 / 8];
    if (!decode_front(text, "-_", front, sizeof front)) {
        return false;
    }
    for (size_t i = 0; i < sizeof front; i++) {
        if (front[i] < ' ' || front[i] > '~') {
            return false;
        }
    }
    return true;
}

bool token_is_xor(struct slice text, uint8_t digits[TOKEN_XOR_DIGITS])
{
    /* What every token's plain text begins with; XORed with a key of hexadecimal digits. */
    static const char plain[] = "{\"hash\":\"";
    enum { ENCODED = 12, PERCENT = 3 }; /* a byte may be sent as %XX */
    _Static_assert(sizeof plain - 1 == TOKEN_XOR_DIGITS, "one digit for each byte of the known text");
    uint8_t sent[ENCODED];
    struct buf decoded = {.data = sent, .room = sizeof sent, .cap = sizeof sent};
    percent_decode(&decoded, slice_part(text, 0, (size_t)ENCODED * PERCENT), false);
    /* Few tokens pass this: under any of the 16 digits the first byte's upper six bits are one of five. */
    if (decoded.len < ENCODED || memchr("GHQST", sent[0], 5) == NULL ||
        !decode_front(buf_slice(&decoded), "+/", digits, TOKEN_XOR_DIGITS)) {
        return false;
    }
    for (size_t i = 0; i < TOKEN_XOR_DIGITS; i++) {
        digits[i] = (uint8_t)(digits[i] ^ (uint8_t)plain[i]);
        if (!is_digit(digits[i]) && (digits[i] < 'a' || digits[i] > 'f')) {
            return false;
        }
    }
    return true;
}

/* NUMBER, and maybe an ending. */
static bool is_numbered(struct slice part)
{
    struct slice number = slice_part(part, 0, slice_index(part, '.'));
    uint64_t value;
    return text_parse_u64(number, &value);
}

/* A balancer's path, or A/B/NUMBER at its end. */
static bool is_stream_path(struct slice path)
{
    static const char *const words[] = {"auth", "sauth", "vauth", "tsauth", "thauth", "subauth", "auth.php"};
    size_t parts = 0;
    bool numbered = false;
    while (path.len > 0) {
        struct slice part = slice_split(&path, '/');
        for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
            if (slice_equal(part, slice_text(words[i]))) {
                return true;
            }
        }
        parts += part.len > 0;
        numbered = is_numbered(part);
    }
    return parts >= 3 && numbered;
}

/* Path and query of an absolute URL, or all of a relative one. */
static struct slice behind_authority(struct slice url)
{
    struct slice mark = slice_text("://");
    size_t at = slice_find(url, mark);
    if (at == SIZE_MAX) {
        return url;
    }
    struct slice rest = slice_from(url, at + mark.len);
    size_t slash = slice_index(rest, '/');
    return slice_from(rest, slash == SIZE_MAX ? rest.len : slash);
}

bool token_is_panel_link(struct slice location, const struct http_request *request)
{
    enum { PORT_HTTP = 80, PORT_HTTPS = 443 };
    uint8_t digits[TOKEN_XOR_DIGITS];
    struct token token;
    if (!token_find(location, &token) || !token_is_new(&token, request)) {
        return false;
    }
    if (token_is_xor(token.text, digits)) {
        return true;
    }
    struct slice query = behind_authority(location);
    struct slice path = slice_split(&query, '?');
    if (query.len > 0 && !is_stream_path(path)) {
        return false;
    }
    struct named_server server;
    bool named = named_server_from_url(location, RELATION_REDIRECT, &server);
    bool secure = slice_starts_nocase(location, slice_text("https:"));
    bool odd = named && (host_is_literal(server.host) || server.port != (secure ? PORT_HTTPS : PORT_HTTP));
    return odd || (!secure && token_is_blocks(token.text));
}
