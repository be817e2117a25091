/*
 * Tokens of load balancers in a request's target and in Location (signatures.md, 1.6). Only their form is
 * looked at; what they hold is not read.
 */
#include "base/text.h"
#include "daemon/rule/fields_priv.h"

enum token_form {
    TOKEN_NEW,
    TOKEN_XOR,
    TOKEN_AES,
    TOKEN_FORM_COUNT,
};

static const char *const form_names[TOKEN_FORM_COUNT] = {
    [TOKEN_NEW] = "new",
    [TOKEN_XOR] = "xor",
    [TOKEN_AES] = "aes",
};

/* Below this many bytes nothing is a token. */
enum { TOKEN_MIN = 16 };

const char *field_token_form_name(unsigned word)
{
    return word < TOKEN_FORM_COUNT ? form_names[word] : NULL;
}

/* Path words behind which a token stands. */
static bool is_token_parent(struct slice part)
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

/* Tokens hold no dot: what stands behind one is a file's ending. */
static struct slice without_extension(struct slice part)
{
    return slice_part(part, 0, slice_index(part, '.'));
}

/* The token of a URL or a target: token=, else the segment behind a word of load balancers. */
static struct slice find_token(struct slice url)
{
    struct slice query = slice_part(url, 0, slice_index(url, '#'));
    struct slice path = slice_split(&query, '?');
    struct slice token;
    if (query_value(query, "token", &token)) {
        return token;
    }
    bool behind = false;
    while (path.len > 0) {
        struct slice part = slice_split(&path, '/');
        if (behind && part.len >= TOKEN_MIN) {
            return without_extension(part);
        }
        behind = is_token_parent(part);
    }
    return slice_make(NULL, 0);
}

static int base64_value(uint8_t byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = byte == '\0' ? NULL : strchr(digits, byte);
    return at == NULL ? -1 : (int)(at - digits);
}

/* Xtream Codes 1 and 2: base64 of JSON that begins with {"hash":" under a key of hexadecimal digits. */
static bool is_xor(struct slice token)
{
    static const char plain[] = "{\"hash\":\"";
    enum { PLAIN = sizeof plain - 1, BITS = 6, BYTE_BITS = 8 };
    struct buf decoded = buf_make(token.len);
    percent_decode(&decoded, token, false);
    uint32_t bits = 0;
    unsigned held = 0;
    size_t count = 0;
    bool fits = true;
    for (size_t i = 0; fits && i < decoded.len && count < PLAIN; i++) {
        int value = base64_value(decoded.data[i]);
        bits = bits << BITS | (uint32_t)(value & 0x3f);
        held += BITS;
        fits = value >= 0;
        if (fits && held >= BYTE_BITS) {
            held -= BYTE_BITS;
            uint8_t key = (uint8_t)(bits >> held) ^ (uint8_t)plain[count];
            fits = (key >= '0' && key <= '9') || (key >= 'a' && key <= 'f');
            count++;
        }
    }
    buf_free(&decoded);
    return fits && count == PLAIN;
}

/* XUI.one and XC_VM: base64url without padding of whole AES blocks. Letters of both cases and a digit are
 * asked for, because words and hexadecimal hashes have such lengths, too. */
static bool is_aes(struct slice token)
{
    enum { LENGTH_MIN = 22, BLOCK = 16 };
    bool upper = false;
    bool lower = false;
    bool digit = false;
    for (size_t i = 0; i < token.len; i++) {
        uint8_t byte = token.data[i];
        bool is_upper = byte >= 'A' && byte <= 'Z';
        bool is_lower = byte >= 'a' && byte <= 'z';
        bool is_digit = byte >= '0' && byte <= '9';
        if (!is_upper && !is_lower && !is_digit && byte != '-' && byte != '_') {
            return false;
        }
        upper = upper || is_upper;
        lower = lower || is_lower;
        digit = digit || is_digit;
    }
    size_t bytes = token.len * 6 / 8;
    return token.len >= LENGTH_MIN && token.len * 6 % 8 < 6 && bytes % BLOCK == 0 && upper && lower && digit;
}

static uint64_t forms_of(struct slice token)
{
    return (uint64_t)is_xor(token) << TOKEN_XOR | (uint64_t)is_aes(token) << TOKEN_AES;
}

bool field_uri_token(const struct rule_view *view, uint64_t *words)
{
    struct slice token = view->request == NULL ? slice_make(NULL, 0) : find_token(view->request->uri_raw);
    *words = forms_of(token);
    return token.len >= TOKEN_MIN;
}

bool field_location_token(const struct rule_view *view, uint64_t *words)
{
    struct slice token = view->response == NULL ? slice_make(NULL, 0) : find_token(view->response->location);
    bool echoed = view->request != NULL && (slice_find(view->request->uri_raw, token) != SIZE_MAX ||
                                            slice_find(view->request->uri, token) != SIZE_MAX);
    *words = forms_of(token) | (uint64_t)!echoed << TOKEN_NEW;
    return token.len >= TOKEN_MIN;
}
