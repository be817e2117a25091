/*
 * The user name and the password that a request bears: in its query, in its form, or in its path. They serve
 * to compare (as keyed hashes) and to be hidden; nothing is concluded from finding them.
 */
#include "base/attr.h"
#include "base/text.h"
#include "daemon/app/http_head_priv.h"

static const char *const user_keys[] = {"username", "login", "user"};
static const char *const password_keys[] = {"password", "pass", "passwd"};

/* Path words behind which USER/PASSWORD stand, and how many segments lie between (signatures, 1.1 and 1.2).
 */
struct path_row {
    const char *word;
    size_t between;
};

static const struct path_row path_rows[] = {
    {"live", 0},  {"movie", 0},    {"series", 0},    {"timeshift", 0},  {"timeshifts", 0},
    {"thumb", 0}, {"subtitle", 0}, {"stream", 0},    {"player_api", 0}, {"panel_api", 0},
    {"epg", 0},   {"playlist", 0}, {"streaming", 0}, {"hlsr", 1},
};

enum { SEGMENTS_MAX = 8, CREDENTIAL_MAX = 64, ID_DIGITS_MAX = 12 };

static bool first_value(struct slice pairs, const char *const *names, size_t count, struct slice *value)
{
    for (size_t i = 0; i < count; i++) {
        if (query_value(pairs, names[i], value) && value->len > 0) {
            return true;
        }
    }
    return false;
}

static bool find_in_pairs(struct slice pairs, struct http_request *request)
{
    struct slice user;
    struct slice password;
    /* All keys of passwords have this word in them, and few pairs do. */
    if (slice_find(pairs, slice_text("pass")) == SIZE_MAX ||
        !first_value(pairs, user_keys, ARRAY_COUNT(user_keys), &user) ||
        !first_value(pairs, password_keys, ARRAY_COUNT(password_keys), &password)) {
        return false;
    }
    request->credentials_user = user;
    request->credentials_password = password;
    return true;
}

/* Unreserved characters of RFC 3986 and what mail addresses and encodings add. */
static bool is_credential(struct slice segment)
{
    for (size_t i = 0; i < segment.len; i++) {
        uint8_t byte = segment.data[i];
        uint8_t lower = byte_lower(byte);
        bool word = (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
        if (!word && (byte == '\0' || strchr("_.@%-~+=!$*:,", byte) == NULL)) {
            return false;
        }
    }
    return segment.len > 0 && segment.len <= CREDENTIAL_MAX;
}

/* NUMBER or NUMBER.ext */
static bool is_number(struct slice segment)
{
    struct slice number = slice_part(segment, 0, slice_index(segment, '.'));
    uint64_t value;
    return number.len <= ID_DIGITS_MAX && text_parse_u64(number, &value);
}

static bool take_pair(const struct slice *segments, struct http_request *request)
{
    if (!is_credential(segments[0]) || !is_credential(segments[1])) {
        return false;
    }
    request->credentials_user = segments[0];
    request->credentials_password = segments[1];
    return true;
}

static void find_in_path(struct slice path, struct http_request *request)
{
    struct slice segments[SEGMENTS_MAX];
    size_t count = 0;
    while (path.len > 0 && count < SEGMENTS_MAX) {
        segments[count] = slice_split(&path, '/');
        count += segments[count].len > 0;
    }
    enum { SEGMENTS_MIN = 3 }; /* a word or a number, and the two */
    if (count < SEGMENTS_MIN) {
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(path_rows); i++) {
        size_t at = 1 + path_rows[i].between;
        if (slice_equal(segments[0], slice_text(path_rows[i].word)) && at + 2 <= count) {
            take_pair(segments + at, request);
            return;
        }
    }
    if (count == 3 && is_number(segments[2])) {
        take_pair(segments, request);
    }
}

void http_credentials_find(struct http_request *request)
{
    request->credentials_user = slice_make(NULL, 0);
    request->credentials_password = slice_make(NULL, 0);
    struct slice query = request->uri_raw;
    struct slice path = slice_split(&query, '?');
    if (!find_in_pairs(query, request) && !find_in_pairs(request->body, request)) {
        find_in_path(path, request);
    }
}
