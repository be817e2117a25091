/* Texts of pages: putting them together, and which of them are offered as channels. */
#include "daemon/app/page_priv.h"

/* Texts must have so many likely ones among PAGE_PENDING_MAX that follow one another. */
enum { LIKELY_MIN = 6 };

static bool is_blank(uint8_t byte)
{
    return byte <= ' ';
}

void page_text_clear(struct page_text *text)
{
    text->len = 0;
    text->cut = false;
}

void page_text_add(struct page_text *text, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = is_blank(bytes.data[i]) ? ' ' : bytes.data[i];
        if (byte == ' ' && (text->len == 0 || text->bytes[text->len - 1] == ' ')) {
            continue;
        }
        if (text->len == sizeof text->bytes) {
            text->cut = true;
            return;
        }
        text->bytes[text->len++] = byte;
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
    struct slice rest = slice_make(text->bytes, text->len);
    size_t len = 0;
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

/* ---- which texts are channels */

/* Words that names of channels have, whole or as an end of a word ("RTV", "laligatv"). */
static const char *const channel_words[] = {
    "tv",    "hd",    "fhd",    "uhd",     "4k",   "sd",     "sport", "sports",
    "canal", "kanal", "canale", "channel", "cine", "cinema", "ppv",   "liga",
};
static const char *const radio_words[] = {"radio", "fm", "am"};

static bool is_word_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

static bool is_listed(struct slice word, const char *const *words, size_t count)
{
    enum { LISTED_MAX = 8 };
    for (size_t i = 0; i < count && word.len <= LISTED_MAX; i++) {
        if (byte_lower(word.data[0]) == (uint8_t)words[i][0] &&
            slice_equal_nocase(word, slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_channel_word(struct slice word)
{
    bool named_tv = word.len > 2 && word.len < 10 && byte_lower(word.data[word.len - 2]) == 't' &&
                    byte_lower(word.data[word.len - 1]) == 'v';
    return named_tv || is_listed(word, channel_words, ARRAY_COUNT(channel_words));
}

static struct slice take_word(struct slice *text)
{
    while (text->len > 0 && !is_word_byte(text->data[0])) {
        *text = slice_from(*text, 1);
    }
    size_t len = 0;
    while (len < text->len && is_word_byte(text->data[len])) {
        len++;
    }
    struct slice word = slice_part(*text, 0, len);
    *text = slice_from(*text, len);
    return word;
}

static void judge_text(struct slice text, bool *likely, bool *radio)
{
    struct slice word;
    *likely = false;
    *radio = false;
    while ((word = take_word(&text)).len > 0) {
        *radio = *radio || is_listed(word, radio_words, ARRAY_COUNT(radio_words));
        *likely = *likely || is_channel_word(word);
    }
}

static void tell(struct page_parser *parser, struct slice text, struct slice uri, bool likely, bool radio)
{
    struct page_facts *facts = &parser->facts;
    if (facts->entries == PAGE_ENTRIES_MAX) {
        return;
    }
    facts->entries++;
    facts->radio_entries += radio;
    facts->channel_entries += likely && !radio;
    if (parser->entry != NULL) {
        struct catalogue_entry entry = {
            .source = ENTRY_PAGE, .kind = radio ? ENTRY_RADIO : ENTRY_LIVE, .uri = uri, .title = text};
        parser->entry(parser->context, &entry);
    }
}

static void keep(struct page_entries *entries, struct slice bytes, uint16_t *at, uint16_t *len)
{
    if (bytes.len > 0) {
        memcpy(entries->bytes + entries->used, bytes.data, bytes.len);
    }
    *at = (uint16_t)entries->used;
    *len = (uint16_t)bytes.len;
    entries->used += bytes.len;
}

static void tell_pending(struct page_parser *parser)
{
    struct page_entries *entries = &parser->entries;
    for (size_t i = 0; i < entries->count; i++) {
        const struct page_pending *item = &entries->items[i];
        tell(parser, slice_make(entries->bytes + item->text_at, item->text_len),
             slice_make(entries->bytes + item->uri_at, item->uri_len), item->likely, item->radio);
    }
}

static void hold(struct page_parser *parser, struct slice text, struct slice uri, bool likely, bool radio)
{
    struct page_entries *entries = &parser->entries;
    uri = uri.len > PAGE_TEXT_MAX ? slice_make(NULL, 0) : uri;
    if (entries->count == PAGE_PENDING_MAX || text.len + uri.len > sizeof entries->bytes - entries->used) {
        entries->count = 0;
        entries->likely = 0;
        entries->used = 0;
    }
    struct page_pending *item = &entries->items[entries->count++];
    keep(entries, text, &item->text_at, &item->text_len);
    keep(entries, uri, &item->uri_at, &item->uri_len);
    item->likely = likely;
    item->radio = radio;
    entries->likely += likely && !radio;
    if (entries->likely == LIKELY_MIN) {
        entries->established = true;
        tell_pending(parser);
    }
}

static bool has_letter(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t lower = byte_lower(text.data[i]);
        if ((lower >= 'a' && lower <= 'z') || lower >= 0x80) {
            return true;
        }
    }
    return false;
}

void page_offer_entry(struct page_parser *parser, struct slice text, struct slice uri, bool playable)
{
    if (text.len < 2 || text.len > PAGE_TEXT_MAX || !has_letter(text)) {
        return;
    }
    bool likely;
    bool radio;
    judge_text(text, &likely, &radio);
    parser->facts.stream_entries += playable;
    if (playable || parser->entries.established) {
        tell(parser, text, uri, likely, radio);
    } else {
        hold(parser, text, uri, likely, radio);
    }
}
