/*
 * Enigma2's bouquets:
 *
 *     #NAME My bouquet
 *     #SERVICE 4097:0:1:0:0:0:0:0:0:0:http%3a//panel.example%3a8080/live/USER/PASS/1.ts:Channel
 *     #DESCRIPTION Channel
 *
 * A reference of a service has ten fields; behind them stand a path, here a URL with its colons encoded, and
 * a name. References without URL are services of the box's own tuners, markers between channels, or other
 * bouquets: none of them is an entry.
 */
#include "daemon/app/box_priv.h"

static bool starts_tag(struct slice line, const char *tag)
{
    struct slice word = slice_text(tag);
    struct slice behind = slice_from(line, word.len);
    return slice_starts_nocase(line, word) &&
           (behind.len == 0 || behind.data[0] == ' ' || behind.data[0] == ':' || behind.data[0] == '\t');
}

/* What stands behind a tag of `len` bytes and the blank or colon that ends it. */
static struct slice behind_tag(struct slice line, size_t len)
{
    struct slice rest = slice_from(line, len);
    while (rest.len > 0 && (rest.data[0] == ' ' || rest.data[0] == ':' || rest.data[0] == '\t')) {
        rest = slice_from(rest, 1);
    }
    return rest;
}

bool box_begins_service(struct slice first)
{
    struct slice line = box_next_line(&first);
    if (!starts_tag(line, "#NAME")) {
        return starts_tag(line, "#SERVICE");
    }
    for (line = box_next_line(&first); line.len > 0; line = box_next_line(&first)) {
        if (starts_tag(line, "#SERVICE")) {
            return true;
        }
        if (line.data[0] != '#') {
            return false;
        }
    }
    return false;
}

static bool is_scheme_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return lower >= 'a' && lower <= 'z';
}

/* Where in the reference the URL begins whose scheme ends at `at`. */
static size_t scheme_begin(struct slice reference, size_t at)
{
    while (at > 0 && is_scheme_byte(reference.data[at - 1])) {
        at--;
    }
    return at;
}

static size_t find_nocase(struct slice text, const char *wanted)
{
    struct slice word = slice_text(wanted);
    for (size_t at = 0; at + word.len <= text.len; at++) {
        if (slice_starts_nocase(slice_from(text, at), word)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* A URL whose colons are as they are: the last one of the line separates a name, unless a port or a path
 * stands behind it. */
static struct slice plain_url(struct slice rest, struct slice *name)
{
    size_t colon = rest.len;
    while (colon > 0 && rest.data[colon - 1] != ':') {
        colon--;
    }
    struct slice behind = slice_from(rest, colon);
    uint64_t port;
    bool named = colon > 0 && slice_index(behind, '/') == SIZE_MAX && !text_parse_u64(behind, &port);
    *name = named ? behind : slice_make(NULL, 0);
    return slice_part(rest, 0, named ? colon - 1 : rest.len);
}

/* Copies the URL with its %3a undone. */
static void keep_coded_url(struct box_parser *parser, struct slice url)
{
    while (url.len > 0 && parser->uri_len < sizeof parser->uri) {
        bool colon = slice_starts_nocase(url, slice_text("%3a"));
        parser->uri[parser->uri_len++] = colon ? ':' : url.data[0];
        url = slice_from(url, colon ? 3 : 1);
    }
}

static void read_reference(struct box_parser *parser, struct slice reference)
{
    size_t coded = find_nocase(reference, "%3a//");
    size_t plain = slice_find(reference, slice_text("://"));
    struct slice name;
    if (coded != SIZE_MAX && (plain == SIZE_MAX || coded < plain)) {
        struct slice rest = slice_from(reference, scheme_begin(reference, coded));
        struct slice url = slice_split(&rest, ':');
        name = rest;
        keep_coded_url(parser, url);
    } else if (plain != SIZE_MAX) {
        struct slice url = plain_url(slice_from(reference, scheme_begin(reference, plain)), &name);
        keep_coded_url(parser, url);
    } else {
        return;
    }
    m3u_keep(&parser->title, slice_trim(name), M3U_TITLE_MAX);
}

void box_flush_service(struct box_parser *parser)
{
    if (parser->uri_len > 0) {
        struct slice uri = slice_make(parser->uri, parser->uri_len);
        parser->uri_len = 0;
        box_take_entry(parser, m3u_kept_slice(&parser->title), uri);
    }
    parser->title.len = 0;
}

void box_read_service(struct box_parser *parser, struct slice line)
{
    if (starts_tag(line, "#SERVICE")) {
        box_flush_service(parser);
        read_reference(parser, behind_tag(line, strlen("#SERVICE")));
    } else if (starts_tag(line, "#DESCRIPTION")) {
        struct slice text = behind_tag(line, strlen("#DESCRIPTION"));
        if (text.len > 0) {
            m3u_keep(&parser->title, text, M3U_TITLE_MAX);
        }
        box_flush_service(parser);
    } else if (starts_tag(line, "#NAME")) {
        m3u_keep(&parser->group, behind_tag(line, strlen("#NAME")), M3U_GROUP_MAX);
    }
}
