/*
 * Playlists: cutting the stream into lines. A line ends with LF, CRLF or CR; it is read where it lies, and
 * copied only where a chunk ends within it. The facts are the same for any way of cutting the stream.
 */
#include "daemon/app/m3u_priv.h"

#include <stdlib.h>

static const char *const kind_names[ENTRY_KIND_COUNT] = {
    [ENTRY_LIVE] = "live",
    [ENTRY_MOVIE] = "movie",
    [ENTRY_SERIES] = "series",
    [ENTRY_RADIO] = "radio",
};

_Static_assert(sizeof(struct m3u_parser) <= 64 * 1024, "a playlist parser stays within 64 KiB");

enum { DECODED_MAX = 512 }; /* of a user name or password: longer ones are nobody's */

const char *entry_kind_name(enum entry_kind kind)
{
    return kind_names[kind];
}

size_t m3u_memory(const struct m3u_parser *parser)
{
    return sizeof *parser + DECODED_MAX + title_counter_memory(parser->titles);
}

static void read_playlist_line(struct m3u_parser *parser, struct slice line)
{
    if (line.data[0] == '#') {
        m3u_read_tag(parser, line);
    } else {
        m3u_read_uri(parser, line);
        parser->place->behind_header = false;
    }
}

struct m3u_parser *m3u_create(const struct hash_key *key, const struct credential_hashes *credentials,
                              catalogue_entry_fn entry, void *context)
{
    struct m3u_parser *parser = malloc(sizeof *parser);
    if (parser == NULL) {
        abort();
    }
    memset(parser, 0, offsetof(struct m3u_parser, own_place.line));
    parser->groups.count = parser->groups.level = 0;
    parser->hosts.count = parser->hosts.level = 0;
    parser->servers.used = parser->servers.last = 0;
    parser->pairs.used = parser->pairs.last = 0;
    parser->key = *key;
    parser->credentials = *credentials;
    parser->entry = entry;
    parser->context = context;
    parser->decoded = buf_make(DECODED_MAX);
    parser->place = &parser->own_place;
    parser->place->at_start = true;
    parser->place->wide.order = M3U_WIDE_UNKNOWN;
    parser->source = ENTRY_M3U;
    parser->read_line = read_playlist_line;
    return parser;
}

void m3u_free(struct m3u_parser *parser)
{
    if (parser != NULL) {
        buf_free(&parser->decoded);
        title_counter_free(parser->titles);
        free(parser);
    }
}

void m3u_keep(struct m3u_kept *kept, struct slice text, size_t max)
{
    kept->len = text.len < max ? text.len : max;
    if (kept->len > 0) {
        memcpy(kept->bytes, text.data, kept->len);
    }
}

/* A whole line without its end; `cut` where its rest was too much to keep. */
static void read_line(struct m3u_parser *parser, struct slice line, bool cut)
{
    struct m3u_place *place = parser->place;
    parser->facts.lines++;
    parser->facts.cut_lines += cut;
    struct slice mark = slice_text("\xef\xbb\xbf");
    if (place->at_start && slice_starts(line, mark)) {
        line = slice_from(line, mark.len);
    }
    place->at_start = false;
    line = slice_trim(line);
    if (line.len == 0) {
        return;
    }
    parser->read_line(parser, line);
}

static void keep_part(struct m3u_place *place, struct slice part)
{
    size_t room = sizeof place->line - place->line_len;
    if (part.len > room) {
        place->line_cut = true;
        part.len = room;
    }
    if (part.len > 0) {
        memcpy(place->line + place->line_len, part.data, part.len);
        place->line_len += part.len;
    }
}

/* The next bytes of a line; `ended`: its last ones. */
static void take_part(struct m3u_parser *parser, struct slice part, bool ended)
{
    struct m3u_place *place = parser->place;
    if (place->skipping) {
        place->skipping = !ended;
        return;
    }
    if (!ended) {
        keep_part(place, part);
        return;
    }
    if (place->line_len == 0) {
        read_line(parser, slice_part(part, 0, M3U_LINE_MAX), part.len > M3U_LINE_MAX);
        return;
    }
    keep_part(place, part);
    read_line(parser, slice_make(place->line, place->line_len), place->line_cut);
    place->line_len = 0;
    place->line_cut = false;
}

/* Bytes without a newline; `newline`: one follows them. */
static void take_lines(struct m3u_parser *parser, struct slice bytes, bool newline)
{
    struct m3u_place *place = parser->place;
    size_t end;
    while ((end = slice_index(bytes, '\r')) != SIZE_MAX) {
        take_part(parser, slice_part(bytes, 0, end), true);
        place->after_cr = true;
        bytes = slice_from(bytes, end + 1);
    }
    if (bytes.len > 0) {
        place->after_cr = false;
    }
    if (!newline) {
        take_part(parser, bytes, false);
    } else if (!place->after_cr) {
        take_part(parser, bytes, true);
    }
    place->after_cr = place->after_cr && !newline;
}

static void feed_lines(struct m3u_parser *parser, struct slice bytes)
{
    while (bytes.len > 0) {
        size_t newline = slice_index(bytes, '\n');
        take_lines(parser, slice_part(bytes, 0, newline), newline != SIZE_MAX);
        bytes = newline == SIZE_MAX ? slice_make(NULL, 0) : slice_from(bytes, newline + 1);
    }
}

void m3u_feed(struct m3u_parser *parser, struct slice bytes)
{
    enum { ROOM = 1024 };
    uint8_t text[ROOM];
    struct m3u_wide *wide = &parser->place->wide;
    while (wide->order == M3U_WIDE_UNKNOWN && bytes.len > 0) {
        feed_lines(parser, m3u_wide_begin(wide, &bytes, text));
    }
    while (wide->order != M3U_WIDE_NO && bytes.len > 0) {
        parser->wide = true;
        feed_lines(parser, m3u_wide_read(wide, &bytes, text, sizeof text));
    }
    feed_lines(parser, bytes);
}

void m3u_gap(struct m3u_parser *parser, uint64_t missing)
{
    if (missing == 0) {
        return;
    }
    struct m3u_wide wide = parser->place->wide;
    m3u_wide_gap(&wide, missing);
    parser->gap = true;
    *parser->place = (struct m3u_place){.skipping = true,
                                        .wide = wide}; /* what stood before is of an entry that may be lost */
}

/* The best server of an entry that is not taken yet, or one whose count is 0. */
static struct named_server best_server(const struct m3u_parser *parser, bool taken[M3U_TOP_MAX])
{
    struct named_server best = {.count = 0};
    uint32_t best_place = 0;
    for (uint32_t i = 0; i < parser->servers.used; i++) {
        struct named_server candidate = parser->server_names[i];
        candidate.count = m3u_top_count(&parser->servers, i);
        if (!taken[i] && (best.count == 0 || named_server_compare(&candidate, &best) < 0)) {
            best = candidate;
            best_place = i;
        }
    }
    taken[best_place] = true;
    return best;
}

/* The EPG's servers have their places for certain, as they are few; the commonest of the entries have the
 * others. */
static void report_servers(const struct m3u_parser *parser, struct named_servers *named)
{
    for (uint32_t i = 0; i < parser->epg_count; i++) {
        named_servers_add(named, &parser->epg[i]);
    }
    bool taken[M3U_TOP_MAX] = {false};
    for (uint32_t i = 0; i < parser->servers.used && named->count < NAMED_SERVERS_MAX; i++) {
        struct named_server server = best_server(parser, taken);
        named_servers_add(named, &server);
    }
}

void m3u_end_line(struct m3u_parser *parser)
{
    if (parser->place->line_len > 0) {
        take_part(parser, slice_make(NULL, 0), true);
    }
}

void m3u_report(const struct m3u_parser *parser, bool complete, struct m3u_facts *facts)
{
    *facts = parser->facts;
    facts->groups = m3u_distinct_estimate(&parser->groups);
    facts->hosts = m3u_distinct_estimate(&parser->hosts);
    title_finish(parser->titles, &facts->titles);
    for (uint32_t i = 0; i < parser->pairs.used; i++) {
        uint64_t count = m3u_top_count(&parser->pairs, i);
        facts->same_credentials = count > facts->same_credentials ? count : facts->same_credentials;
    }
    facts->hls_numbered_segments = facts->hls_media && facts->entries > 0 && parser->other_segments == 0;
    facts->complete = complete && !parser->gap && facts->cut_lines == 0;
    facts->print = facts->complete ? catalogue_print_value(&parser->print) : 0;
    report_servers(parser, &facts->named);
}

void m3u_finish(struct m3u_parser *parser, bool complete, struct m3u_facts *facts)
{
    if (complete) {
        m3u_end_line(parser);
    }
    m3u_report(parser, complete, facts);
}
