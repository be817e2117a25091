/*
 * Formats of lines, as a panel's table of devices has them (signatures.md 1.1):
 *
 *     simple               URL #Name: TITLE
 *     name-url             TITLE,URL (ariva, starlivev3) or TITLE URL (mediastar)
 *     gst                  I: URL TITLE
 *     braces, zorro        IPTV: { TITLE } { URL } (fps, revosun; zorro: behind <NETDBS_TXT_VER_1>)
 *     octagon              [TITLE] and [URL], each with its value in the next line
 *     webtv                Channel name:TITLE, then URL:URL
 *     script               a shell script that fetches a box's list: it names a server, and holds no entry
 */
#include "daemon/app/box_priv.h"

/* Where the first URL of a line begins, or SIZE_MAX. */
static size_t find_url(struct slice line)
{
    static const char *const schemes[] = {"http://", "https://", "rtmp://", "rtsp://"};
    size_t best = SIZE_MAX;
    if (slice_find(line, slice_text("://")) == SIZE_MAX) {
        return best;
    }
    for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
        size_t at = slice_find(line, slice_text(schemes[i]));
        best = at < best ? at : best;
    }
    return best;
}

static struct slice take_word(struct slice *rest)
{
    *rest = slice_trim(*rest);
    return slice_split(rest, ' ');
}

/* --- simple */

static bool split_simple(struct slice line, struct slice *title, struct slice *url)
{
    struct slice mark = slice_text("#Name:");
    size_t at = slice_find(line, mark);
    if (at == SIZE_MAX || find_url(line) != 0) {
        return false;
    }
    *url = slice_trim(slice_part(line, 0, at));
    *title = slice_trim(slice_from(line, at + mark.len));
    return true;
}

bool box_begins_simple(struct slice first)
{
    struct slice title, url;
    return split_simple(box_next_line(&first), &title, &url);
}

void box_read_simple(struct box_parser *parser, struct slice line)
{
    struct slice title, url;
    if (split_simple(line, &title, &url)) {
        box_take_entry(parser, title, url);
    }
}

/* --- name-url */

static bool split_name_url(struct slice line, struct slice *title, struct slice *url)
{
    size_t at = find_url(line);
    if (at == SIZE_MAX || at < 2 || (line.data[at - 1] != ',' && line.data[at - 1] != ' ')) {
        return false;
    }
    *title = slice_trim(slice_part(line, 0, at - 1));
    *url = slice_from(line, at);
    return title->len > 0 && slice_index(*url, ' ') == SIZE_MAX;
}

/* Ordinary text has such lines, too: the first two have to be, and to lead to streams. */
bool box_begins_name_url(struct slice first)
{
    enum { LINES = 2 };
    for (int i = 0; i < LINES; i++) {
        struct slice line = box_next_line(&first);
        struct slice title, url;
        if (line.len == 0) {
            return i > 0;
        }
        if (!split_name_url(line, &title, &url) || !box_is_stream(url)) {
            return false;
        }
    }
    return true;
}

void box_read_name_url(struct box_parser *parser, struct slice line)
{
    struct slice title, url;
    if (split_name_url(line, &title, &url)) {
        box_take_entry(parser, title, url);
    }
}

/* --- gst */

static bool split_gst(struct slice line, struct slice *title, struct slice *url)
{
    if (!slice_starts(line, slice_text("I:"))) {
        return false;
    }
    *title = slice_from(line, strlen("I:"));
    *url = take_word(title);
    return find_url(*url) == 0;
}

bool box_begins_gst(struct slice first)
{
    struct slice title, url;
    return split_gst(box_next_line(&first), &title, &url);
}

void box_read_gst(struct box_parser *parser, struct slice line)
{
    struct slice title, url;
    if (split_gst(line, &title, &url)) {
        box_take_entry(parser, title, url);
    }
}

/* --- braces, zorro */

/* What stands in the next pair of braces. A title may have braces of its own, so it ends where " } {" does.
 */
static bool split_braces(struct slice line, struct slice *title, struct slice *url)
{
    struct slice open = slice_text("IPTV: {");
    struct slice middle = slice_text("} {");
    if (!slice_starts_nocase(line, open)) {
        return false;
    }
    struct slice rest = slice_from(line, open.len);
    size_t at = slice_find(rest, middle);
    if (at == SIZE_MAX) {
        return false;
    }
    *title = slice_part(rest, 0, at);
    *url = slice_from(rest, at + middle.len);
    *url = slice_trim(slice_part(*url, 0, slice_index(*url, '}')));
    return find_url(*url) == 0;
}

bool box_begins_braces(struct slice first)
{
    struct slice title, url;
    return split_braces(box_next_line(&first), &title, &url);
}

bool box_begins_zorro(struct slice first)
{
    return slice_starts(box_next_line(&first), slice_text("<NETDBS_TXT_VER_1>"));
}

void box_read_braces(struct box_parser *parser, struct slice line)
{
    struct slice title, url;
    if (split_braces(line, &title, &url)) {
        box_take_entry(parser, title, url);
    }
}

/* --- octagon */

bool box_begins_octagon(struct slice first)
{
    if (!slice_equal(box_next_line(&first), slice_text("[TITLE]"))) {
        return false;
    }
    (void)box_next_line(&first);
    return slice_equal(box_next_line(&first), slice_text("[URL]"));
}

static bool is_label(struct slice line)
{
    return line.len > 2 && line.data[0] == '[' && line.data[line.len - 1] == ']' &&
           slice_index(line, ' ') == SIZE_MAX;
}

void box_read_octagon(struct box_parser *parser, struct slice line)
{
    struct slice label = m3u_kept_slice(&parser->label);
    if (slice_equal(label, slice_text("[TITLE]"))) {
        m3u_keep(&parser->title, line, M3U_TITLE_MAX);
    } else if (slice_equal(label, slice_text("[URL]"))) {
        box_take_entry(parser, m3u_kept_slice(&parser->title), line);
        parser->title.len = 0;
    } else if (is_label(line)) {
        m3u_keep(&parser->label, line, BOX_KEY_MAX);
        return;
    }
    parser->label.len = 0;
}

/* --- webtv */

bool box_begins_webtv(struct slice first)
{
    return slice_starts_nocase(box_next_line(&first), slice_text("Channel name:")) &&
           slice_starts_nocase(box_next_line(&first), slice_text("URL:"));
}

void box_read_webtv(struct box_parser *parser, struct slice line)
{
    struct slice name = slice_text("Channel name:");
    struct slice url = slice_text("URL:");
    if (slice_starts_nocase(line, name)) {
        m3u_keep(&parser->title, slice_trim(slice_from(line, name.len)), M3U_TITLE_MAX);
    } else if (slice_starts_nocase(line, url)) {
        box_take_entry(parser, m3u_kept_slice(&parser->title), slice_from(line, url.len));
        parser->title.len = 0;
    }
}

/* --- script */

/* The value of NAME="VALUE", without its quotes. */
static struct slice assigned(struct slice text, const char *name)
{
    struct slice word = slice_text(name);
    size_t at = slice_find(text, word);
    if (at == SIZE_MAX) {
        return slice_make(NULL, 0);
    }
    struct slice value = slice_from(text, at + word.len);
    return slice_part(value, 0, slice_index(value, '"'));
}

bool box_begins_script(struct slice first)
{
    return assigned(first, "USERNAME=\"").len > 0 && assigned(first, "PASSWORD=\"").len > 0 &&
           find_url(assigned(first, "url=\"")) == 0;
}

void box_read_script(struct box_parser *parser, struct slice line)
{
    struct named_server server;
    struct slice user = assigned(line, "USERNAME=\"");
    struct slice password = assigned(line, "PASSWORD=\"");
    if (user.len > 0 && password.len > 0) {
        parser->m3u->facts.script_request_credentials = m3u_is_requested(parser->m3u, user, password);
    }
    if (named_server_from_url(assigned(line, "url=\""), RELATION_PLAYLIST, &server)) {
        named_servers_add(&parser->m3u->facts.named, &server);
    }
}
