/* Which texts of a page are offered as channels. */
#include "base/scan.h"
#include "daemon/app/page_priv.h"

/* Texts must have so many likely ones among PAGE_PENDING_MAX that follow one another. */
enum { LIKELY_MIN = 6 };

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

/* What one pass over a text finds. */
struct look {
    bool letter;
    bool likely;
    bool radio;
    bool plain; /* nothing of it has to be joined or undone */
};

/* Which letters stand before the last one of a telling word: most words need not be compared with any. By
 * the low five bits of both. */
static uint32_t endings[32];

static void add_ending(const char *word, size_t len)
{
    endings[word[len - 1] & 31] |= UINT32_C(1) << (word[len - 2] & 31);
}

void page_entry_prepare(void)
{
    for (size_t len = 2; len < ARRAY_COUNT(words_by_length); len++) {
        for (size_t i = 0; i < words_by_length[len].count; i++) {
            add_ending(words_by_length[len].words[i].text, len);
        }
    }
    add_ending("tv", 2);
}

/* Of the last byte of a word of two bytes or more. */
static inline bool may_tell(const uint8_t *last)
{
    return (endings[last[0] & 31] >> (last[-1] & 31) & 1) != 0;
}

static void judge_word(struct slice word, struct look *look)
{
    enum { TELLING_MAX = 9 }; /* longer words tell nothing */
    struct telling_word lower = {.text = ""};
    if (word.len > 2 && word.len <= TELLING_MAX && byte_lower(word.data[word.len - 1]) == 'v' &&
        byte_lower(word.data[word.len - 2]) == 't') {
        look->likely = true; /* "RTV", "laligatv" */
    }
    if (word.len >= ARRAY_COUNT(words_by_length)) {
        return;
    }
    for (size_t i = 0; i < word.len; i++) {
        lower.text[i] = (char)byte_lower(word.data[i]);
    }
    for (size_t i = 0; i < words_by_length[word.len].count; i++) {
        const struct telling_word *known = &words_by_length[word.len].words[i];
        if (memcmp(known->text, lower.text, sizeof lower.text) == 0) {
            look->radio = look->radio || known->radio;
            look->likely = look->likely || !known->radio;
        }
    }
}

/* A bit for each byte of a text. */
struct kinds {
    uint64_t letters; /* also all that are not ASCII */
    uint64_t digits;
    uint64_t blanks; /* ' ' */
    uint64_t odd;    /* controls, and '&', which may begin a reference */
};

_Static_assert((size_t)PAGE_TEXT_MAX <= 64 && PAGE_TEXT_MAX % SCAN_BLOCK == 0,
               "a bit for each byte, whole blocks");

static struct kinds kinds_of(struct slice text)
{
    uint8_t bytes[PAGE_TEXT_MAX];
    struct kinds kinds = {0};
    memset(bytes, '.', sizeof bytes); /* of no kind: for what a block has behind the text */
    if (text.len > 0) {
        memcpy(bytes, text.data, text.len);
    }
    for (size_t at = 0; at < text.len; at += SCAN_BLOCK) {
        scan_block block = scan_load(bytes + at);
        scan_block letters =
            scan_in_range(block | 0x20, 'a', 'z') | block; /* whose highest bit ASCII has not */
        scan_block odd = (scan_block)((block < ' ') | (block == '&'));
        kinds.letters |= (uint64_t)scan_bits(letters) << at;
        kinds.digits |= (uint64_t)scan_bits(scan_in_range(block, '0', '9')) << at;
        kinds.blanks |= (uint64_t)scan_bits((scan_block)(block == ' ')) << at;
        kinds.odd |= (uint64_t)scan_bits(odd) << at;
    }
    return kinds;
}

/* Of at most PAGE_TEXT_MAX bytes. */
static struct look look_at(struct slice text)
{
    struct kinds kinds = kinds_of(text);
    uint64_t words = kinds.letters | kinds.digits;
    uint64_t first = words & ~(words << 1);             /* bytes of words */
    uint64_t last = words & ~(words >> 1) & words << 1; /* of words of two bytes and more */
    struct look look = {.letter = kinds.letters != 0,
                        .plain = kinds.odd == 0 && (kinds.blanks & kinds.blanks << 1) == 0};
    for (; last != 0; last &= last - 1) {
        size_t at = (size_t)__builtin_ctzll(last);
        if (may_tell(text.data + at)) {
            size_t begin = 63 - (size_t)__builtin_clzll(first & ((UINT64_C(1) << at) - 1));
            judge_word(slice_make(text.data + begin, at + 1 - begin), &look);
        }
    }
    return look;
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

static void keep(struct page_entries *entries, struct slice bytes)
{
    if (bytes.len > 0) {
        memcpy(entries->bytes + entries->used, bytes.data, bytes.len);
        entries->used += bytes.len;
    }
}

static void tell_pending(struct page_parser *parser)
{
    struct page_entries *entries = &parser->entries;
    for (size_t i = 0; i < entries->count; i++) {
        const struct page_pending *item = &entries->items[i];
        const uint8_t *text = entries->bytes + item->at;
        tell(parser, slice_make(text, item->text_len), slice_make(text + item->text_len, item->uri_len),
             item->likely, item->radio);
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
    entries->items[entries->count++] = (struct page_pending){.at = (uint16_t)entries->used,
                                                             .text_len = (uint8_t)text.len,
                                                             .uri_len = (uint8_t)uri.len,
                                                             .likely = likely,
                                                             .radio = radio};
    keep(entries, text);
    keep(entries, uri);
    entries->likely += likely && !radio;
    if (entries->likely == LIKELY_MIN) {
        entries->established = true;
        tell_pending(parser);
    }
}

static void offer(struct page_parser *parser, struct slice name, const struct look *look, struct slice uri,
                  bool playable)
{
    parser->facts.stream_entries += playable;
    if (playable || parser->entries.established) {
        tell(parser, name, uri, look->likely, look->radio);
    } else {
        hold(parser, name, uri, look->likely, look->radio);
    }
}

void page_offer_entry(struct page_parser *parser, struct slice text, struct slice uri, bool playable)
{
    if (text.len < 2 || text.len > PAGE_TEXT_MAX) {
        return;
    }
    struct look look = look_at(text);
    if (look.letter) {
        offer(parser, text, &look, uri, playable);
    }
}

/* Most texts are one plain piece: they are judged where they stand, others once they are put together. */
static struct slice end_text(struct page_text *text, struct look *look)
{
    struct slice piece = text->piece;
    while (piece.len > 0 && piece.data[piece.len - 1] <= ' ') {
        piece.len--;
    }
    bool whole = text->len == 0 && piece.len <= PAGE_TEXT_MAX;
    *look = whole ? look_at(piece) : (struct look){.plain = false};
    if (!look->plain) {
        piece = page_text_end(text);
        *look = piece.len <= PAGE_TEXT_MAX ? look_at(piece) : *look;
    }
    return piece;
}

bool page_offer_text(struct page_parser *parser, struct page_text *text, struct page_text *uri, bool playable)
{
    struct look look;
    struct slice name = end_text(text, &look);
    if (look.letter && name.len >= 2 && !text->cut) {
        offer(parser, name, &look, page_text_joined(uri), playable);
    }
    return name.len > 0 || text->cut;
}
