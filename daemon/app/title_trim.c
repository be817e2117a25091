/*
 * Titles: what stands before and behind a name. Before it countries and ranks with what separates them ("ES|
 * ", "VIP | ES: "), behind it words of quality and of spare copies ("FHD 50FPS BACKUP", "(2)"):
 * signatures.md 11.1, steps 4 and 5.
 */
#include <endian.h>

#include "base/attr.h"
#include "daemon/app/title_priv.h"

enum { PREFIXES_MAX = 4, SUFFIXES_MAX = 8, WORD_MAX = 8 };

/* Words of at most eight bytes, padded, so that one comparison each is enough. Every list of them is in
 * alphabetical order: a title's last word is looked for in most of them, and hardly ever found. */
struct short_word {
    char bytes[WORD_MAX];
};

static const struct short_word qualities[] = {
    {"1080"},   {"1080i"}, {"1080p"}, {"1080p50"}, {"1440p"},   {"2160p"}, {"25fps"},  {"30fps"}, {"480p"},
    {"4k"},     {"50fps"}, {"576p"},  {"60fps"},   {"720"},     {"720p"},  {"8k"},     {"alt"},   {"avc"},
    {"backup"}, {"bk"},    {"fhd"},   {"fhd50"},   {"fhd60"},   {"fps"},   {"fullhd"}, {"h264"},  {"h265"},
    {"hd"},     {"hd50"},  {"hd60"},  {"hdr"},     {"hdr10"},   {"hevc"},  {"hq"},     {"lq"},    {"raw"},
    {"sd"},     {"uhd"},   {"uhd50"}, {"uhd60"},   {"ultrahd"}, {"vip"},   {"x264"},   {"x265"},
};

/* Ranks that stand before a title, with a separator. */
static const struct short_word ranks[] = {
    {"4k"}, {"8k"}, {"fhd"}, {"hd"}, {"hdr"}, {"hevc"}, {"hq"}, {"lq"}, {"raw"}, {"sd"}, {"uhd"}, {"vip"},
};

static const struct short_word country_names[] = {
    {"africa"},  {"albania"}, {"arabic"},  {"belgium"}, {"brasil"},  {"brazil"},  {"canada"},   {"denmark"},
    {"england"}, {"espana"},  {"finland"}, {"france"},  {"germany"}, {"greece"},  {"india"},    {"italia"},
    {"italy"},   {"latino"},  {"mexico"},  {"norway"},  {"poland"},  {"polska"},  {"portugal"}, {"romania"},
    {"russia"},  {"spain"},   {"sweden"},  {"turkey"},  {"turkiye"}, {"ukraine"},
};

/* Codes of countries that are words, or parts of names: a hyphen within a name separates nothing. */
static const struct short_word code_words[] = {
    {"al"}, {"be"}, {"de"}, {"in"}, {"is"}, {"it"}, {"la"}, {"me"}, {"no"}, {"so"}, {"to"},
};

/* The word as a number: they sort like the words. */
static uint64_t order_of(const struct short_word *word)
{
    uint64_t order;
    memcpy(&order, word->bytes, sizeof order);
    return be64toh(order);
}

static bool is_listed(struct slice word, const struct short_word *list, size_t count)
{
    if (word.len == 0 || word.len > WORD_MAX) {
        return false;
    }
    uint64_t wanted = 0;
    for (size_t i = 0; i < word.len; i++) {
        wanted |= (uint64_t)word.data[i] << (8 * (WORD_MAX - 1 - i));
    }
    size_t from = 0;
    size_t to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        uint64_t order = order_of(&list[middle]);
        if (order == wanted) {
            return true;
        }
        from = order < wanted ? middle + 1 : from;
        to = order < wanted ? to : middle;
    }
    return false;
}

static bool is_digits(struct slice word, size_t max)
{
    bool digits = word.len > 0 && word.len <= max;
    for (size_t i = 0; i < word.len && digits; i++) {
        digits = word.data[i] >= '0' && word.data[i] <= '9';
    }
    return digits;
}

const bool title_marks[UINT8_MAX + 1] = {
    [' '] = true, ['|'] = true, ['-'] = true, ['('] = true, [')'] = true, ['.'] = true,
};

static struct slice skip_marks(struct slice text)
{
    while (text.len > 0 && title_is_mark(text.data[0])) {
        text = slice_from(text, 1);
    }
    return text;
}

static struct slice cut_marks(struct slice text)
{
    while (text.len > 0 && title_is_mark(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

struct slice title_take_word(struct slice *rest)
{
    *rest = skip_marks(*rest);
    size_t len = 0;
    while (len < rest->len && !title_is_mark(rest->data[len])) {
        len++;
    }
    struct slice word = slice_part(*rest, 0, len);
    *rest = slice_from(*rest, len);
    return word;
}

/* How the marks in front separate what is before them from what is behind. */
enum separation { SEPARATION_NONE, SEPARATION_HYPHEN, SEPARATION_CLEAR };

static enum separation separation_of(struct slice text)
{
    bool hyphen = false;
    bool blank = false;
    for (; text.len > 0 && title_is_mark(text.data[0]); text = slice_from(text, 1)) {
        if (text.data[0] == '|' || text.data[0] == ')') {
            return SEPARATION_CLEAR;
        }
        hyphen = hyphen || text.data[0] == '-';
        blank = blank || text.data[0] == ' ';
    }
    return !hyphen ? SEPARATION_NONE : blank ? SEPARATION_CLEAR : SEPARATION_HYPHEN;
}

/* "ex-yu" bears a separator in itself. */
static void take_rest_of_ex_yu(struct slice word, struct slice *rest)
{
    bool ex = slice_equal(word, slice_text("ex"));
    if (ex && (slice_starts(*rest, slice_text("-yu")) || slice_starts(*rest, slice_text(" yu")))) {
        *rest = slice_from(*rest, 3);
    }
}

static bool is_prefix(struct slice word, enum separation separation)
{
    if (separation == SEPARATION_HYPHEN) {
        return title_is_country(word) && !is_listed(word, code_words, ARRAY_COUNT(code_words));
    }
    return separation == SEPARATION_CLEAR && (title_is_country(word) || slice_equal(word, slice_text("ex")) ||
                                              is_listed(word, ranks, ARRAY_COUNT(ranks)) ||
                                              is_listed(word, country_names, ARRAY_COUNT(country_names)));
}

struct slice title_skip_prefixes(struct slice text)
{
    text = skip_marks(text);
    for (int i = 0; i < PREFIXES_MAX; i++) {
        struct slice rest = text;
        struct slice word = title_take_word(&rest);
        take_rest_of_ex_yu(word, &rest);
        if (!is_prefix(word, separation_of(rest)) || skip_marks(rest).len == 0) {
            break;
        }
        text = skip_marks(rest);
    }
    return text;
}

static struct slice last_word(struct slice text)
{
    size_t from = text.len;
    while (from > 0 && !title_is_mark(text.data[from - 1])) {
        from--;
    }
    return slice_from(text, from);
}

/* A spare copy's number behind its word: "bk2". */
static bool is_numbered_spare(struct slice word)
{
    static const struct short_word spares[] = {{"alt"}, {"backup"}, {"bk"}, {"vip"}};
    return word.len > 1 && is_digits(slice_from(word, word.len - 1), 1) &&
           is_listed(slice_part(word, 0, word.len - 1), spares, ARRAY_COUNT(spares));
}

static bool is_quality(struct slice word)
{
    while (word.len > 1 && word.data[word.len - 1] == '+') {
        word.len--; /* "HD+" */
    }
    return is_listed(word, qualities, ARRAY_COUNT(qualities)) || is_numbered_spare(word);
}

/* The text without a quality of two words at its end: "h 265", "full hd", "1080 50", "50 fps", "hd +". */
static struct slice cut_pair(struct slice text, struct slice word, struct slice before, bool cut)
{
    static const struct short_word rates[] = {{"+"}, {"25"}, {"30"}, {"50"}, {"60"}};
    static const struct short_word codecs[] = {{"264"}, {"265"}};
    static const struct short_word sizes[] = {{"full"}, {"ultra"}};
    struct slice first = last_word(before);
    struct slice front = cut_marks(slice_part(before, 0, before.len - first.len));
    if (is_listed(word, rates, ARRAY_COUNT(rates)) && is_quality(first)) {
        return before;
    }
    if (is_listed(word, codecs, ARRAY_COUNT(codecs)) && slice_equal(first, slice_text("h"))) {
        return front;
    }
    bool whole = cut && (is_listed(word, sizes, ARRAY_COUNT(sizes)) ||
                         is_listed(word, rates + 1, ARRAY_COUNT(rates) - 1));
    return whole ? before : text;
}

/* The number or the country of a copy in brackets of its own: "(2)", "[es]". */
static bool is_bracketed(struct slice text, struct slice word, struct slice behind)
{
    size_t from = (size_t)(word.data - text.data);
    return behind.len > 0 && behind.data[0] == ')' && from > 0 && text.data[from - 1] == '(' &&
           (is_digits(word, 2) || title_is_country(word));
}

struct slice title_cut_suffixes(struct slice text, bool *quality)
{
    bool cut = false;
    *quality = false;
    for (int i = 0; i < SUFFIXES_MAX; i++) {
        struct slice trimmed = cut_marks(text);
        struct slice word = last_word(trimmed);
        struct slice before = cut_marks(slice_part(trimmed, 0, trimmed.len - word.len));
        if (before.len == 0) {
            break;
        }
        struct slice shorter = trimmed;
        if (is_quality(word) || is_bracketed(text, word, slice_from(text, trimmed.len))) {
            shorter = before;
        } else {
            shorter = cut_pair(trimmed, word, before, cut);
        }
        if (shorter.len == trimmed.len || shorter.len == 0) {
            break;
        }
        cut = true;
        *quality = *quality || !title_is_country(word);
        text = shorter;
    }
    return cut_marks(text);
}
