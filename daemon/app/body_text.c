/* Signatures of bodies that are text: playlists, JSON, pages and other markup. */
#include "base/attr.h"
#include "daemon/app/body_kind_priv.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_letter(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return lower >= 'a' && lower <= 'z';
}

static struct slice skip_blanks(struct slice text)
{
    size_t len = 0;
    while (len < text.len && is_blank(text.data[len])) {
        len++;
    }
    return slice_from(text, len);
}

/* Without UTF-8's byte order mark and blanks in front. False where a mark may have begun. */
static bool skip_front(struct slice *text)
{
    struct slice mark = slice_text("\xef\xbb\xbf");
    if (text->len < mark.len && slice_starts(mark, *text)) {
        return false;
    }
    *text = skip_blanks(slice_starts(*text, mark) ? slice_from(*text, mark.len) : *text);
    return true;
}

/* Whether the text begins with `word`, or may once more of it has come. */
static enum signature_match match_word(struct slice text, const char *word, bool complete)
{
    if (text.len > 0 && byte_lower(text.data[0]) != byte_lower((uint8_t)word[0])) {
        return SIGNATURE_NO; /* nearly always */
    }
    struct slice wanted = slice_text(word);
    if (slice_starts_nocase(text, wanted)) {
        return SIGNATURE_YES;
    }
    return !complete && slice_starts_nocase(wanted, text) ? SIGNATURE_MAYBE : SIGNATURE_NO;
}

/* A list's first line: its header, or where somebody left that out, its first entry. */
static enum signature_match match_list(struct slice text, bool complete)
{
    enum signature_match header = match_word(text, "#EXTM3U", complete);
    enum signature_match entry = match_word(text, "#EXTINF:", complete);
    if (header == SIGNATURE_YES || entry == SIGNATURE_YES) {
        return SIGNATURE_YES;
    }
    return header == SIGNATURE_MAYBE ? header : entry;
}

/* The same in UTF-16 behind its byte order mark. */
static enum signature_match match_wide_list(struct slice first, bool complete)
{
    enum { MARK = 2, LETTERS = 8 };
    static const uint8_t marks[2][MARK] = {{0xff, 0xfe}, {0xfe, 0xff}};
    for (size_t order = 0; order < ARRAY_COUNT(marks); order++) {
        struct slice mark = slice_make(marks[order], MARK);
        if (!slice_starts(first, mark)) {
            continue;
        }
        uint8_t narrow[LETTERS];
        size_t len = 0;
        struct slice rest = slice_from(first, MARK);
        for (; rest.len >= 2 && len < LETTERS; rest = slice_from(rest, 2)) {
            if (rest.data[1 - order] != 0) {
                return SIGNATURE_NO;
            }
            narrow[len++] = rest.data[order];
        }
        return match_list(slice_make(narrow, len), complete);
    }
    bool open = !complete && first.len < MARK && (first.len == 0 || first.data[0] >= 0xfe);
    return open ? SIGNATURE_MAYBE : SIGNATURE_NO;
}

enum signature_match body_match_m3u(struct slice first, bool complete)
{
    enum signature_match wide = match_wide_list(first, complete);
    if (wide != SIGNATURE_NO) {
        return wide;
    }
    if (!skip_front(&first) || body_skip_notices(&first, complete) == SIGNATURE_MAYBE) {
        return complete ? SIGNATURE_NO : SIGNATURE_MAYBE;
    }
    return match_list(skip_blanks(first), complete);
}

/* What may stand first inside an array: a value of RFC 8259, or its end. */
static enum signature_match match_array_item(struct slice text, bool complete)
{
    static const char *const literals[] = {"true", "false", "null"};
    uint8_t byte = text.data[0];
    if ((byte >= '0' && byte <= '9') || memchr("{[\"]-", byte, 5) != NULL) {
        return SIGNATURE_YES;
    }
    for (size_t i = 0; i < ARRAY_COUNT(literals); i++) {
        if (byte == (uint8_t)literals[i][0]) {
            struct slice wanted = slice_text(literals[i]);
            bool partial = !complete && slice_starts(wanted, text);
            return slice_starts(text, wanted) ? SIGNATURE_YES : partial ? SIGNATURE_MAYBE : SIGNATURE_NO;
        }
    }
    return SIGNATURE_NO;
}

enum signature_match body_match_json(struct slice first, bool complete)
{
    enum signature_match open = complete ? SIGNATURE_NO : SIGNATURE_MAYBE;
    if (!skip_front(&first) || body_skip_notices(&first, complete) == SIGNATURE_MAYBE) {
        return open;
    }
    first = skip_blanks(first);
    if (first.len == 0) {
        return open;
    }
    uint8_t bracket = first.data[0];
    if (bracket != '{' && bracket != '[') {
        return SIGNATURE_NO;
    }
    struct slice inside = skip_blanks(slice_from(first, 1));
    if (inside.len == 0) {
        return open;
    }
    if (bracket == '{') {
        return inside.data[0] == '"' || inside.data[0] == '}' ? SIGNATURE_YES : SIGNATURE_NO;
    }
    return match_array_item(inside, complete);
}

/* Elements that begin pages and fragments of pages; everything else in angle brackets counts as XML. */
static const char *const page_elements[] = {
    "html", "head",   "body",     "title", "meta", "link",   "script",  "style", "base",
    "div",  "p",      "a",        "br",    "hr",   "h1",     "h2",      "h3",    "b",
    "i",    "center", "table",    "form",  "span", "iframe", "img",     "ul",    "ol",
    "pre",  "font",   "noscript", "main",  "nav",  "header", "section",
};

static bool is_page_element(struct slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(page_elements); i++) {
        if (slice_equal_nocase(name, slice_text(page_elements[i]))) {
            return true;
        }
    }
    return false;
}

/* Steps over comments and processing instructions. False where one of them does not end within the text. */
static bool skip_prolog(struct slice *text)
{
    static const char *const marks[][2] = {{"<!--", "-->"}, {"<?", "?>"}};
    for (size_t i = 0; i < ARRAY_COUNT(marks);) {
        if (!slice_starts(*text, slice_text(marks[i][0]))) {
            i++;
            continue;
        }
        struct slice behind = slice_from(*text, strlen(marks[i][0]));
        size_t end = slice_find(behind, slice_text(marks[i][1]));
        if (end == SIZE_MAX) {
            return false;
        }
        *text = skip_blanks(slice_from(behind, end + strlen(marks[i][1])));
        i = 0;
    }
    return true;
}

/* `text` begins with "<!". */
static enum signature_match match_declaration(struct slice text, bool complete)
{
    static const char doctype[] = "<!doctype";
    enum signature_match match = match_word(text, doctype, complete);
    if (match != SIGNATURE_YES) {
        /* May still become a comment. */
        return match == SIGNATURE_NO ? match_word(text, "<!--", complete) : match;
    }
    struct slice behind = skip_blanks(slice_from(text, strlen(doctype)));
    return match_word(behind, "html", complete);
}

static enum signature_match match_element(struct slice text, bool complete)
{
    struct slice name = slice_from(text, 1);
    size_t len = 0;
    while (len < name.len &&
           (is_letter(name.data[len]) || (name.data[len] >= '0' && name.data[len] <= '9'))) {
        len++;
    }
    if (len == name.len && !complete) {
        return SIGNATURE_MAYBE;
    }
    bool ends = len == name.len || is_blank(name.data[len]) || name.data[len] == '>' || name.data[len] == '/';
    return ends && is_page_element(slice_part(name, 0, len)) ? SIGNATURE_YES : SIGNATURE_NO;
}

enum signature_match body_match_html(struct slice first, bool complete)
{
    enum signature_match open = complete ? SIGNATURE_NO : SIGNATURE_MAYBE;
    if (!skip_front(&first)) {
        return open;
    }
    bool xml = slice_starts_nocase(first, slice_text("<?xml"));
    struct slice text = first;
    if (!skip_prolog(&text)) {
        /* A prolog without end: pages begin with long comments, documents do not. */
        return complete && !xml && slice_starts(text, slice_text("<!--")) ? SIGNATURE_YES : open;
    }
    if (text.len < 2) {
        return text.len == 0 || text.data[0] == '<' ? open : SIGNATURE_NO;
    }
    if (text.data[0] != '<') {
        return SIGNATURE_NO;
    }
    return text.data[1] == '!' ? match_declaration(text, complete) : match_element(text, complete);
}

enum signature_match body_match_xml(struct slice first, bool complete)
{
    enum signature_match open = complete ? SIGNATURE_NO : SIGNATURE_MAYBE;
    if (!skip_front(&first) || first.len == 0) {
        return open;
    }
    if (first.data[0] != '<') {
        return SIGNATURE_NO;
    }
    if (first.len == 1) {
        return open;
    }
    uint8_t byte = first.data[1];
    return is_letter(byte) || memchr("?!_", byte, 3) != NULL ? SIGNATURE_YES : SIGNATURE_NO;
}
