/* Texts of pages: most are one piece that can be read where it stands; others are put together. */
#include "base/scan.h"
#include "daemon/app/page_priv.h"

static bool is_blank(uint8_t byte)
{
    return byte <= ' ';
}

static struct slice skip_blanks(struct slice bytes)
{
    while (bytes.len > 0 && is_blank(bytes.data[0])) {
        bytes = slice_make(bytes.data + 1, bytes.len - 1);
    }
    return bytes;
}

/* Puts bytes behind what is there, blanks joined. */
static void join(struct page_text *text, struct slice bytes)
{
    while (bytes.len > 0) {
        size_t len = scan_up_to(bytes, 0, ' ');
        bool blank = len == 0;
        len = blank ? 1 : len;
        if (!blank || (text->len > 0 && text->bytes[text->len - 1] != ' ')) {
            size_t fits = len < sizeof text->bytes - text->len ? len : sizeof text->bytes - text->len;
            memcpy(text->bytes + text->len, blank ? (const uint8_t *)" " : bytes.data, fits);
            text->len += fits;
            if (fits < len) {
                text->cut = true;
                return;
            }
        }
        bytes = slice_from(bytes, len);
    }
}

void page_text_keep(struct page_text *text)
{
    join(text, text->piece);
    join(text, slice_make(" ", text->blank));
    text->piece = slice_make(NULL, 0);
    text->blank = false;
}

void page_text_add(struct page_text *text, struct slice bytes)
{
    struct slice solid = skip_blanks(bytes);
    if (page_text_is_empty(text)) {
        text->piece = solid;
    } else if (text->piece.len > 0 && solid.len == 0) {
        text->blank = text->blank || bytes.len > 0;
    } else {
        page_text_keep(text);
        join(text, bytes);
    }
}

static const struct {
    const char *name;
    const char *text;
} references[] = {
    {"amp", "&"}, {"quot", "\""}, {"apos", "'"}, {"lt", "<"}, {"gt", ">"}, {"nbsp", " "}, {"plus", "+"},
};

/* UTF-8 of a code point below 0x10000; what is longer is left as it is written. */
static size_t put_code(uint32_t code, uint8_t out[3])
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (uint8_t)(0xe0 | code >> 12);
    out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    out[2] = (uint8_t)(0x80 | (code & 0x3f));
    return 3;
}

static bool digit_value(uint8_t byte, uint32_t base, uint32_t *value)
{
    uint8_t lower = byte_lower(byte);
    *value = lower >= 'a' ? (uint32_t)(lower - 'a' + 10) : (uint32_t)(lower - '0');
    return ((lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f')) && *value < base;
}

/* A reference without '&' and ';'. Returns the bytes that stand for it, 0 where it is none; they are never
 * more than were written. */
static size_t undo_reference(struct slice name, uint8_t out[3])
{
    for (size_t i = 0; i < ARRAY_COUNT(references); i++) {
        if (slice_equal(name, slice_text(references[i].name))) {
            out[0] = (uint8_t)references[i].text[0];
            return 1;
        }
    }
    if (name.len < 2 || name.data[0] != '#') {
        return 0;
    }
    bool hex = byte_lower(name.data[1]) == 'x';
    struct slice digits = slice_from(name, hex ? 2 : 1);
    uint32_t code = 0;
    for (size_t i = 0; i < digits.len; i++) {
        uint32_t value;
        if (!digit_value(digits.data[i], hex ? 16 : 10, &value) || code > 0xfff) {
            return 0;
        }
        code = code * (hex ? 16 : 10) + value;
    }
    bool good = digits.len > 0 && code >= ' ' && code < 0x10000 && (code < 0xd800 || code > 0xdfff);
    return good ? put_code(code, out) : 0;
}

struct slice page_text_end(struct page_text *text)
{
    enum { REFERENCE_MAX = 8 };
    page_text_keep(text);
    struct slice rest = slice_make(text->bytes, text->len);
    size_t len = slice_index(rest, '&');
    len = len == SIZE_MAX ? text->len : len;
    rest = slice_from(rest, len);
    while (rest.len > 0) {
        uint8_t undone[3];
        size_t end =
            rest.data[0] == '&' ? slice_index(slice_part(rest, 0, REFERENCE_MAX + 2), ';') : SIZE_MAX;
        size_t count = end == SIZE_MAX ? 0 : undo_reference(slice_part(rest, 1, end - 1), undone);
        if (count == 0) {
            text->bytes[len++] = rest.data[0];
            rest = slice_from(rest, 1);
        } else {
            memcpy(text->bytes + len, undone, count);
            len += count;
            rest = slice_from(rest, end + 1);
        }
    }
    text->len = len;
    return slice_trim(slice_make(text->bytes, len));
}

struct slice page_text_joined(struct page_text *text)
{
    if (text->piece.len > 0 && text->piece.len <= sizeof text->bytes && !text->blank &&
        scan_up_to(text->piece, 0, ' ') == text->piece.len) {
        return text->piece;
    }
    page_text_keep(text);
    return slice_make(text->bytes, text->len);
}
