/* Tags of pages: where they end, and their attributes. */
#include "base/scan.h"
#include "daemon/app/page_priv.h"

/* What a byte is in a tag. */
enum { OF_BLANK = 1, OF_SLASH = 2, OF_EQUALS = 4, OF_END = 8 };

static const uint8_t byte_kinds[256] = {
    ['\t' ... '\r'] = OF_BLANK, [' '] = OF_BLANK, ['/'] = OF_SLASH, ['='] = OF_EQUALS, ['>'] = OF_END,
};

/* The place of the first byte at or behind `at` that is one of `kinds`; the length where there is none. */
static size_t find_kind(struct slice bytes, size_t at, unsigned kinds)
{
    while (at < bytes.len && (byte_kinds[bytes.data[at]] & kinds) == 0) {
        at++;
    }
    return at;
}

static size_t skip_kind(struct slice bytes, size_t at, unsigned kinds)
{
    while (at < bytes.len && (byte_kinds[bytes.data[at]] & kinds) != 0) {
        at++;
    }
    return at;
}

struct slice page_skip_blanks(struct slice text)
{
    return slice_from(text, skip_kind(text, 0, OF_BLANK));
}

/* The place of the '>' that ends the tag, at or behind `at`: not one in a quoted value, where a quote counts
 * only behind '=' (HTML, 13.2.5.37). */
static size_t find_end(struct slice bytes, size_t at)
{
    if (at < bytes.len && bytes.data[at] == '>') {
        return at; /* most tags */
    }
    while ((at = scan_either(bytes, at, '=', '>')) < bytes.len) {
        if (bytes.data[at] == '>') {
            return at;
        }
        at = skip_kind(bytes, at + 1, OF_BLANK);
        if (at < bytes.len && (bytes.data[at] == '"' || bytes.data[at] == '\'')) {
            at = scan_byte(bytes, at + 1, bytes.data[at]);
            at += at < bytes.len;
        }
    }
    return SIZE_MAX;
}

size_t page_tag_read(struct slice bytes, size_t begin, struct page_tag *tag)
{
    size_t behind = find_kind(bytes, begin, OF_BLANK | OF_SLASH | OF_EQUALS | OF_END);
    size_t end = find_end(bytes, behind);
    if (end == SIZE_MAX) {
        return SIZE_MAX;
    }
    if (bytes.data[behind] == '=') { /* it is of the name */
        behind = find_kind(slice_make(bytes.data, end), behind, OF_BLANK | OF_SLASH);
    }
    tag->name = slice_make(bytes.data + begin, behind - begin);
    tag->attributes = slice_make(bytes.data + behind, end - behind);
    return end;
}

/* Takes the next attribute off the front; false where there is none. */
static bool next_attribute(struct slice *attributes, struct slice *name, struct slice *value)
{
    struct slice rest = *attributes;
    size_t begin = skip_kind(rest, 0, OF_BLANK | OF_SLASH);
    size_t end = find_kind(rest, begin, OF_BLANK | OF_SLASH | OF_EQUALS);
    if (end == begin && end < rest.len) { /* one '=' at the front is of the name */
        end = find_kind(rest, end + 1, OF_BLANK | OF_SLASH | OF_EQUALS);
    }
    *name = slice_part(rest, begin, end - begin);
    *value = slice_make(NULL, 0);
    size_t equals = skip_kind(rest, end, OF_BLANK);
    if (equals == rest.len || rest.data[equals] != '=') {
        *attributes = slice_from(rest, equals);
        return name->len > 0;
    }
    rest = slice_from(rest, skip_kind(rest, equals + 1, OF_BLANK));
    if (rest.len > 0 && (rest.data[0] == '"' || rest.data[0] == '\'')) {
        uint8_t quote = rest.data[0];
        rest = slice_from(rest, 1);
        *value = slice_split(&rest, quote);
    } else {
        size_t len = find_kind(rest, 0, OF_BLANK);
        *value = slice_part(rest, 0, len);
        rest = slice_from(rest, len);
    }
    *attributes = rest;
    return true;
}

/* `lower` is in lower case. */
static bool is_named(struct slice name, struct slice lower)
{
    size_t same = 0;
    while (name.len == lower.len && same < name.len && byte_lower(name.data[same]) == lower.data[same]) {
        same++;
    }
    return name.len == lower.len && same == name.len;
}

struct slice page_attribute(struct slice attributes, struct slice wanted)
{
    struct slice found;
    struct slice value;
    while (next_attribute(&attributes, &found, &value)) {
        if (is_named(found, wanted)) {
            return value;
        }
    }
    return slice_make(NULL, 0);
}
