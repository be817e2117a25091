/* Targets of requests: their forms, their normal form, and what a Location repeats of them. */
#include "base/text.h"
#include "daemon/app/http_head_priv.h"
#include "daemon/app/named_server_priv.h"

/* The authority without user information (RFC 3986, section 3.2). */
static struct slice without_user(struct slice authority)
{
    size_t at;
    while ((at = slice_index(authority, '@')) != SIZE_MAX) {
        authority = slice_from(authority, at + 1);
    }
    return authority;
}

static size_t authority_length(struct slice text)
{
    size_t len = 0;
    while (len < text.len && memchr("/?#", text.data[len], 3) == NULL) {
        len++;
    }
    return len;
}

struct http_target http_target_split(struct slice method, struct slice target)
{
    if (slice_equal(method, slice_text("CONNECT"))) {
        return (struct http_target){.authority = target, .origin = target, .proxy = true};
    }
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct slice scheme = slice_text(schemes[i]);
        if (slice_starts_nocase(target, scheme)) {
            struct slice rest = slice_from(target, scheme.len);
            size_t len = authority_length(rest);
            struct slice origin = slice_from(rest, len);
            return (struct http_target){
                .authority = without_user(slice_part(rest, 0, len)),
                .origin = origin.len > 0 ? origin : slice_text("/"),
                .proxy = true,
            };
        }
    }
    return (struct http_target){.origin = target};
}

static size_t decode_to(struct slice text, uint8_t *out)
{
    struct buf decoded = {.data = out, .room = text.len, .cap = text.len};
    percent_decode(&decoded, text, false);
    return decoded.len;
}

/* Runs of slashes become one: Suricata's normal form, and what servers make of them. */
static size_t join_slashes(uint8_t *path, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        if (path[i] != '/' || kept == 0 || path[kept - 1] != '/') {
            path[kept] = path[i];
            kept++;
        }
    }
    return kept;
}

size_t http_uri_normalise(struct slice origin, uint8_t *out)
{
    size_t query = slice_index(origin, '?');
    size_t len = join_slashes(out, decode_to(slice_part(origin, 0, query), out));
    if (query != SIZE_MAX) {
        out[len] = '?';
        len += 1 + decode_to(slice_from(origin, query + 1), out + len + 1);
    }
    return len;
}

/* The path's last two segments with the slash before each, or nothing where there are none. */
static struct slice last_two_segments(struct slice path)
{
    size_t slashes = 0;
    for (size_t i = path.len; i > 0; i--) {
        if (path.data[i - 1] == '/') {
            bool empty = i == path.len || path.data[i] == '/';
            if (empty) {
                return slice_make(NULL, 0);
            }
            slashes++;
            if (slashes == 2) {
                return slice_from(path, i - 1);
            }
        }
    }
    return slice_make(NULL, 0);
}

/* So many bytes make a token that no page number or language is. */
enum { TOKEN_MIN = 8 };

/* Whether the query bears token=VALUE and the request did not say VALUE. */
static bool bears_new_token(struct slice query, struct slice uri_raw)
{
    struct slice value;
    return query_value(query, "token", &value) && value.len >= TOKEN_MIN &&
           slice_find(uri_raw, value) == SIZE_MAX;
}

static bool is_other_address(struct slice location, struct slice host)
{
    struct named_server server;
    return named_server_from_url(location, RELATION_REDIRECT, &server) && host_is_literal(server.host) &&
           !slice_equal(slice_text(server.host), host);
}

/* Without the ending of a file: panels answer /USER/PASS/NUMBER by /live/USER/PASS/NUMBER.ts. */
static struct slice without_ending(struct slice path)
{
    enum { ENDING_MAX = 5 };
    for (size_t i = path.len; i > 0 && path.len - i < ENDING_MAX; i--) {
        if (path.data[i - 1] == '.') {
            return slice_part(path, 0, i - 1);
        }
        if (path.data[i - 1] == '/') {
            break;
        }
    }
    return path;
}

bool http_location_repeats(struct slice location, struct slice uri_raw, struct slice host)
{
    struct slice path = slice_part(uri_raw, 0, slice_index(uri_raw, '?'));
    if (path.len < 2 || path.data[0] != '/') {
        return false;
    }
    struct url_parts target = url_split(location);
    struct slice end = last_two_segments(path);
    bool repeats =
        slice_equal(target.path, path) ||
        (end.len > 0 && (slice_ends(target.path, end) || slice_ends(without_ending(target.path), end)));
    return repeats && (bears_new_token(target.query, uri_raw) || is_other_address(location, host));
}
