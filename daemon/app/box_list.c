/* Lists of set-top boxes: the table of formats, and what all of them share. */
#include "daemon/app/box_priv.h"

#include <stdlib.h>

static const char *const format_names[LIST_FORMAT_COUNT] = {
#define FORMAT_NAME(id, name) [id] = name,
    LIST_FORMATS(FORMAT_NAME)
#undef FORMAT_NAME
};

const char *list_format_name(enum list_format format)
{
    return format_names[format];
}

/* In the order of asking: what is more certain stands first. The formats are those of a panel's table of
 * devices. */
static const struct box_grammar grammars[] = {
    {.format = LIST_ENIGMA2,
     .kind = BODY_TEXT,
     .begins = box_begins_service,
     .line = box_read_service,
     .flush = box_flush_service},
    {.format = LIST_SCRIPT, .kind = BODY_TEXT, .begins = box_begins_script, .line = box_read_script},
    {.format = LIST_SIMPLE, .kind = BODY_TEXT, .begins = box_begins_simple, .line = box_read_simple},
    {.format = LIST_GST, .kind = BODY_TEXT, .begins = box_begins_gst, .line = box_read_gst},
    {.format = LIST_BRACES, .kind = BODY_TEXT, .begins = box_begins_braces, .line = box_read_braces},
    {.format = LIST_OCTAGON, .kind = BODY_TEXT, .begins = box_begins_octagon, .line = box_read_octagon},
    {.format = LIST_WEBTV, .kind = BODY_TEXT, .begins = box_begins_webtv, .line = box_read_webtv},
    {.format = LIST_NAME_URL, .kind = BODY_TEXT, .begins = box_begins_name_url, .line = box_read_name_url},
    {.format = LIST_ZORRO, .kind = BODY_XML, .begins = box_begins_zorro, .line = box_read_braces},
    {.format = LIST_SPARK, .kind = BODY_XML, .begins = box_begins_spark, .line = box_read_spark},
    {.format = LIST_ENIGMA2_XML, .kind = BODY_XML, .begins = box_begins_items, .feed = box_feed_items},
    {.format = LIST_STARLIVE, .kind = BODY_JSON, .begins = box_begins_starlive, .feed = box_feed_starlive},
};

struct slice box_next_line(struct slice *text)
{
    size_t blanks = 0;
    while (blanks < text->len && memchr(" \t\r\n", text->data[blanks], 4) != NULL) {
        blanks++;
    }
    struct slice behind = slice_from(*text, blanks);
    struct slice line = slice_split(&behind, '\n');
    size_t end = slice_index(line, '\r');
    *text = end == SIZE_MAX ? behind : slice_from(*text, blanks + end + 1);
    return slice_trim(slice_part(line, 0, end));
}

enum list_format box_list_detect(enum body_kind kind, struct slice first, bool complete)
{
    kind = kind == BODY_BINARY ? BODY_TEXT : kind; /* a control character in a title makes it that */
    struct slice mark = slice_text("\xef\xbb\xbf");
    first = slice_starts(first, mark) ? slice_from(first, mark.len) : first;
    while (!complete && first.len > 0 && first.data[first.len - 1] != '\n' &&
           first.data[first.len - 1] != '\r' && slice_index(first, '\n') != SIZE_MAX) {
        first.len--; /* only whole lines tell, but for a first one that is longer than what came */
    }
    for (size_t i = 0; i < ARRAY_COUNT(grammars); i++) {
        if (grammars[i].kind == kind && grammars[i].begins(first)) {
            return grammars[i].format;
        }
    }
    return LIST_M3U;
}

bool box_is_stream(struct slice url)
{
    static const char *const endings[] = {"ts", "m3u8", "mpegts", "mp4", "mkv", "avi"};
    struct named_server server;
    if (!named_server_from_url(url, RELATION_PLAYLIST, &server)) {
        return false;
    }
    struct url_parts parts = url_split(url);
    struct m3u_credential_path path;
    return (m3u_credential_path(parts.path, &path) && path.likely) ||
           m3u_is_listed(m3u_extension(&parts), endings, ARRAY_COUNT(endings));
}

void box_take_entry(struct box_parser *parser, struct slice title, struct slice uri)
{
    uri = slice_trim(uri);
    struct m3u_pending *pending = &parser->m3u->place->pending;
    if (url_split(uri).authority.len == 0) {
        return;
    }
    m3u_keep(&pending->title, slice_trim(title), M3U_TITLE_MAX);
    m3u_keep(&pending->group, m3u_kept_slice(&parser->group), M3U_GROUP_MAX);
    m3u_read_uri(parser->m3u, uri);
}

static void read_line(struct m3u_parser *m3u, struct slice line)
{
    struct box_parser *parser = m3u->reader;
    parser->grammar->line(parser, line);
}

size_t box_memory(const struct box_parser *parser)
{
    return sizeof *parser + m3u_memory(parser->m3u);
}

struct box_parser *box_create(enum list_format format, const struct hash_key *key,
                              const struct credential_hashes *credentials, catalogue_entry_fn entry,
                              void *context)
{
    struct box_parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL) {
        abort();
    }
    for (size_t i = 0; i < ARRAY_COUNT(grammars); i++) {
        if (grammars[i].format == format) {
            parser->grammar = &grammars[i];
        }
    }
    parser->m3u = m3u_create(key, credentials, entry, context);
    parser->m3u->source = ENTRY_LIST;
    parser->m3u->facts.format = format;
    parser->m3u->read_line = read_line;
    parser->m3u->reader = parser;
    json_init(&parser->json, box_take_starlive, parser);
    return parser;
}

void box_free(struct box_parser *parser)
{
    if (parser != NULL) {
        m3u_free(parser->m3u);
        free(parser);
    }
}

void box_feed(struct box_parser *parser, struct slice bytes)
{
    if (parser->grammar->line != NULL) {
        m3u_feed(parser->m3u, bytes);
    } else {
        parser->grammar->feed(parser, bytes);
    }
}

void box_gap(struct box_parser *parser, uint64_t missing)
{
    if (missing == 0) {
        return;
    }
    m3u_gap(parser->m3u, missing);
    json_break(&parser->json);
    memset(&parser->markup, 0, sizeof parser->markup);
    parser->title.len = 0;
    parser->label.len = 0;
    parser->uri_len = 0;
}

void box_finish(struct box_parser *parser, bool complete, struct m3u_facts *facts)
{
    if (complete) {
        m3u_end_line(parser->m3u);
    }
    if (parser->grammar->flush != NULL) {
        parser->grammar->flush(parser);
    }
    bool whole = parser->grammar->format != LIST_STARLIVE || json_complete(&parser->json);
    m3u_report(parser->m3u, complete && whole, facts);
}
