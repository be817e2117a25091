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

/* How many bytes at the front are no blanks. */
static size_t solid_length(struct slice bytes)
{
    size_t len = 0;
    while (len < bytes.len && !is_blank(bytes.data[len])) {
        len++;
    }
    return len;
}

void page_text_add(struct page_text *text, struct slice bytes)
{
    while (bytes.len > 0) {
        size_t len = solid_length(bytes);
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

/* ---- which texts are channels */

/* Words that names of channels have, by their length; those of radio are no channel's here. */
struct telling_word {
    char text[8];
    bool radio;
};
static const struct telling_word words_of_2[] = {
    {"tv", false}, {"hd", false}, {"4k", false}, {"sd", false}, {"fm", true}, {"am", true},
};
static const struct telling_word words_of_3[] = {{"fhd", false}, {"uhd", false}, {"ppv", false}};
static const struct telling_word words_of_4[] = {{"cine", false}, {"liga", false}};
static const struct telling_word words_of_5[] = {
    {"sport", false}, {"canal", false}, {"kanal", false}, {"radio", true}};
static const struct telling_word words_of_6[] = {{"sports", false}, {"canale", false}, {"cinema", false}};
static const struct telling_word words_of_7[] = {{"channel", false}};

#define WORDS(list)                                                                                          \
    {                                                                                                        \
        (list), ARRAY_COUNT(list)                                                                            \
    }
static const struct {
    const struct telling_word *words;
    size_t count;
} words_by_length[] = {
    {NULL, 0},         {NULL, 0},         WORDS(words_of_2), WORDS(words_of_3),
    WORDS(words_of_4), WORDS(words_of_5), WORDS(words_of_6), WORDS(words_of_7),
};

/* The byte in lower case where words are made of such bytes, else 0. */
static inline uint8_t word_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    bool of_word = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || lower >= 0x80;
    return of_word ? lower : 0;
}

enum { TELLING_MAX = 9, WORD_ROOM = 16 }; /* longer words tell nothing */

/* `word` in lower case, with zeros behind it. */
static void judge_word(const uint8_t word[WORD_ROOM], size_t len, bool *likely, bool *radio)
{
    if (len > 2 && len <= TELLING_MAX && word[len - 2] == 't' && word[len - 1] == 'v') {
        *likely = true; /* "RTV", "laligatv" */
    }
    for (size_t i = 0; len < ARRAY_COUNT(words_by_length) && i < words_by_length[len].count; i++) {
        const struct telling_word *known = &words_by_length[len].words[i];
        if (memcmp(word, known->text, sizeof known->text) == 0) {
            *radio = *radio || known->radio;
            *likely = *likely || !known->radio;
        }
    }
}

/* Returns whether there is a letter. */
static bool judge_text(struct slice text, bool *likely, bool *radio)
{
    uint8_t word[WORD_ROOM] = {0};
    size_t len = 0;
    bool letter = false;
    *likely = false;
    *radio = false;
    for (size_t i = 0; i <= text.len; i++) {
        uint8_t byte = i < text.len ? word_byte(text.data[i]) : 0;
        if (byte == 0) {
            judge_word(word, len, likely, radio);
            memset(word, 0, sizeof word);
            len = 0;
            continue;
        }
        letter = letter || byte > '9';
        if (len < sizeof word) {
            word[len] = byte;
        }
        len++;
    }
    return letter;
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

void page_offer_entry(struct page_parser *parser, struct slice text, struct slice uri, bool playable)
{
    bool likely;
    bool radio;
    if (text.len < 2 || text.len > PAGE_TEXT_MAX || !judge_text(text, &likely, &radio)) {
        return;
    }
    parser->facts.stream_entries += playable;
    if (playable || parser->entries.established) {
        tell(parser, text, uri, likely, radio);
    } else {
        hold(parser, text, uri, likely, radio);
    }
}
