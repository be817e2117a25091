/* The reader of pages: a window over the bytes, and what it stands in. */
#include <pthread.h>
#include <stdlib.h>

#include "base/scan.h"
#include "daemon/app/page_priv.h"

static const char *const player_names[PAGE_PLAYER_COUNT] = {
#define PLAYER_NAME(id, name) [id] = name,
    PAGE_PLAYERS(PLAYER_NAME)};

const char *page_player_name(enum page_player player)
{
    return player_names[player];
}

size_t page_memory(void)
{
    return sizeof(struct page_parser);
}

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    page_scan_prepare();
    page_entry_prepare();
    page_element_prepare();
}

struct page_parser *page_create(const struct hash_key *key, bool script, catalogue_entry_fn entry,
                                void *context)
{
    struct page_parser *parser = malloc(sizeof *parser);
    if (parser == NULL) {
        abort();
    }
    memset(parser, 0, offsetof(struct page_parser, facts.streams));
    parser->facts.frame_servers.count = 0;
    memset(&parser->entries, 0, offsetof(struct page_entries, items));
    (void)pthread_once(&prepared, prepare);
    parser->key = *key;
    parser->entry = entry;
    parser->context = context;
    parser->script = script;
    parser->state = script ? PAGE_AT_SCRIPT : PAGE_AT_TEXT;
    return parser;
}

void page_free(struct page_parser *parser)
{
    free(parser);
}

static void take_text(struct page_parser *parser, struct slice text)
{
    size_t begin = 0;
    while (begin < text.len && text.data[begin] <= ' ') {
        begin++;
    }
    parser->facts.text_bytes += text.len - begin;
    if (parser->text_kind != PAGE_TEXT_FREE) {
        page_text_add(&parser->text, text);
    }
}

/* Each reader returns how many bytes it has used; 0 where it has to see more. */

static size_t read_declaration(struct page_parser *parser, struct slice bytes, bool last)
{
    if (bytes.len < strlen("<!--") && !last) {
        return 0;
    }
    if (slice_starts(bytes, slice_text("<!--"))) {
        parser->state = PAGE_AT_COMMENT;
        return strlen("<!--");
    }
    size_t end = slice_index(bytes, '>');
    return end != SIZE_MAX ? end + 1 : last ? bytes.len : 0;
}

static bool begins_name(uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'z';
}

static size_t read_tag(struct page_parser *parser, struct slice bytes, bool last)
{
    struct page_tag tag;
    bool closing = bytes.data[1] == '/';
    size_t end = page_tag_read(bytes, closing ? 2 : 1, &tag);
    if (end == SIZE_MAX) {
        return last ? bytes.len : 0;
    }
    if (closing) {
        page_close_tag(parser, tag.name);
    } else {
        page_open_tag(parser, slice_make(bytes.data, end), &tag);
    }
    return end + 1;
}

/* A text up to the next tag, or a tag. */
static size_t read_piece(struct page_parser *parser, struct slice bytes, bool last)
{
    if (bytes.data[0] != '<') {
        struct slice text = slice_make(bytes.data, scan_byte(bytes, 0, '<'));
        take_text(parser, text);
        return text.len;
    }
    if (bytes.len < 2) {
        return last ? bytes.len : 0;
    }
    if (begins_name(bytes.data[1]) || bytes.data[1] == '/') {
        return read_tag(parser, bytes, last);
    }
    if (bytes.data[1] == '!' || bytes.data[1] == '?') {
        return read_declaration(parser, bytes, last);
    }
    take_text(parser, slice_make(bytes.data, 1));
    return 1;
}

static size_t read_text(struct page_parser *parser, struct slice bytes, bool last)
{
    size_t len = bytes.len;
    size_t used;
    do {
        used = read_piece(parser, bytes, last);
        bytes = slice_make(bytes.data + used, bytes.len - used);
    } while (used > 0 && bytes.len > 0 && parser->state == PAGE_AT_TEXT);
    return len - bytes.len;
}

static size_t read_comment(struct page_parser *parser, struct slice bytes, bool last)
{
    size_t end = slice_find(bytes, slice_text("-->"));
    if (end != SIZE_MAX) {
        parser->state = PAGE_AT_TEXT;
        return end + strlen("-->");
    }
    /* What may begin the end is kept. */
    return last ? bytes.len : bytes.len < strlen("-->") ? 0 : bytes.len - 2;
}

/* Where "</name" stands, in any case of letters; SIZE_MAX where it does not, `*open` where it may begin. */
static size_t find_end_tag(struct slice bytes, struct slice wanted, size_t *open)
{
    size_t at = 0;
    *open = bytes.len;
    for (;;) {
        size_t found = slice_index(slice_from(bytes, at), '<');
        if (found == SIZE_MAX) {
            return SIZE_MAX;
        }
        at += found;
        struct slice behind = slice_from(bytes, at + 1);
        if (behind.len < wanted.len + 1) {
            *open = at;
            return SIZE_MAX;
        }
        if (behind.data[0] == '/' && slice_starts_nocase(slice_from(behind, 1), wanted)) {
            return at;
        }
        at++;
    }
}

static size_t read_script(struct page_parser *parser, struct slice bytes, bool last)
{
    size_t open = bytes.len;
    size_t end = parser->script ? SIZE_MAX : find_end_tag(bytes, slice_text("script"), &open);
    if (end != SIZE_MAX) {
        page_read_words(parser, slice_part(bytes, 0, end), parser->done, end, true, false);
        parser->state = PAGE_AT_TEXT;
        parser->done = 0;
        return end;
    }
    if (last) {
        page_read_words(parser, bytes, parser->done, bytes.len, true, false);
        return bytes.len;
    }
    /* A word's surroundings must be in the window: those near its end wait. */
    if (open < bytes.len) {
        bytes = slice_part(bytes, 0, open);
    }
    if (bytes.len <= 2 * PAGE_AROUND || bytes.len - PAGE_AROUND <= parser->done) {
        return 0;
    }
    size_t limit = bytes.len - PAGE_AROUND;
    page_read_words(parser, bytes, parser->done, limit, true, false);
    parser->done = PAGE_AROUND;
    return limit - PAGE_AROUND;
}

static size_t read_raw(struct page_parser *parser, struct slice bytes, bool last)
{
    size_t open;
    size_t end = find_end_tag(bytes, parser->inside_name, &open);
    if (end != SIZE_MAX) {
        parser->state = PAGE_AT_TEXT;
        return end;
    }
    return last ? bytes.len : open;
}

static size_t (*const readers[PAGE_STATE_COUNT])(struct page_parser *parser, struct slice bytes,
                                                 bool last) = {
    [PAGE_AT_TEXT] = read_text,
    [PAGE_AT_COMMENT] = read_comment,
    [PAGE_AT_SCRIPT] = read_script,
    [PAGE_AT_RAW] = read_raw,
};

/* Behind a gap: bytes before a script's end tag that no start tag stands before are a script's. */
static void find_state(struct page_parser *parser, struct slice bytes)
{
    size_t open;
    size_t end = find_end_tag(bytes, slice_text("script"), &open);
    bool script = end != SIZE_MAX;
    for (size_t i = 0; i + strlen("<script") <= bytes.len && i < end && script; i++) {
        script = !slice_starts_nocase(slice_from(bytes, i), slice_text("<script"));
    }
    parser->state = script || parser->script ? PAGE_AT_SCRIPT : PAGE_AT_TEXT;
    parser->done = 0;
    parser->lost = false;
}

static void read_window(struct page_parser *parser, bool last)
{
    struct slice bytes = slice_make(parser->window, parser->len);
    if (parser->lost) {
        find_state(parser, bytes);
    }
    bool moved = true;
    while (bytes.len > 0 && moved) {
        enum page_state before = parser->state;
        size_t used = readers[before](parser, bytes, last);
        moved = used > 0 || parser->state != before;
        bytes = slice_from(bytes, used);
    }
    if (bytes.len == sizeof parser->window) { /* a tag that is larger: it is passed over with what it holds */
        bytes = slice_make(NULL, 0);
    }
    page_keep_texts(parser);
    if (bytes.len > 0) {
        memmove(parser->window, bytes.data, bytes.len);
    }
    parser->len = bytes.len;
}

void page_feed(struct page_parser *parser, struct slice bytes)
{
    while (bytes.len > 0) {
        struct slice part = slice_part(bytes, 0, sizeof parser->window - parser->len);
        memcpy(parser->window + parser->len, part.data, part.len);
        parser->len += part.len;
        bytes = slice_from(bytes, part.len);
        if (parser->len == sizeof parser->window) {
            read_window(parser, false);
        }
    }
}

void page_gap(struct page_parser *parser, uint64_t missing)
{
    (void)missing;
    read_window(parser, true);
    parser->gap = true;
    parser->lost = true;
    parser->text_kind = PAGE_TEXT_FREE;
}

const struct page_facts *page_finish(struct page_parser *parser, bool complete)
{
    read_window(parser, true);
    parser->facts.complete = complete && !parser->gap;
    return &parser->facts;
}
