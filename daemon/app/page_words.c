/*
 * All words at once, in sublinear time (Wu and Manber 1994): of each word four bytes that are seldom
 * elsewhere are looked for. A table says for each pair of bytes, as they are sent, how far the next place is
 * at which such a piece may end; only where that is here, words are compared. Text of one language touches
 * few lines of that table. It is made before its first use and never changed.
 */
#include <assert.h>

#include "daemon/app/page_priv.h"

enum { PIECE = PAGE_WORD_MIN, PAIRS = 1 << 16, PLACES = 4096, SHIFT_MAX = PIECE - 1, FIRST_PAIR = PIECE - 2 };

struct word_row {
    const char *text; /* lower case; matches letters of either case */
    uint8_t piece;    /* where the four bytes end: index behind the last of them */
    uint8_t word;
};

static const struct word_row rows[] = {
    {".m3u8", 5, PAGE_WORD_STREAM},
    {".mpd", 4, PAGE_WORD_STREAM},
    {".ts\"", 4, PAGE_WORD_TS},
    {".ts'", 4, PAGE_WORD_TS},
    {".ts`", 4, PAGE_WORD_TS},
    {".ts?", 4, PAGE_WORD_TS},
    {".ts&", 4, PAGE_WORD_TS},
    {".ts\\", 4, PAGE_WORD_TS},
    {"/mpegts", 5, PAGE_WORD_MPEGTS},
    {"acestream:", 10, PAGE_WORD_ACE},
    {"ahr0c", 4, PAGE_WORD_BASE64},
    {"location", 4, PAGE_WORD_LOCATION},
    {"<iframe", 4, PAGE_WORD_FRAME},
    {"data-name=", 6, PAGE_WORD_NAME},
    {"data-title=", 6, PAGE_WORD_NAME},
    {"data-channel=", 6, PAGE_WORD_NAME},
    {"clappr", 5, PAGE_WORD_PLAYERS + PAGE_CLAPPR},
    {"hls.js", 5, PAGE_WORD_PLAYERS + PAGE_HLS_JS},
    {"hls.min", 5, PAGE_WORD_PLAYERS + PAGE_HLS_JS},
    {"hls.light", 5, PAGE_WORD_PLAYERS + PAGE_HLS_JS},
    {"hls.issupp", 5, PAGE_WORD_PLAYERS + PAGE_HLS_JS},
    {"new hls(", 8, PAGE_WORD_PLAYERS + PAGE_HLS_JS},
    {"jwplayer", 4, PAGE_WORD_PLAYERS + PAGE_JWPLAYER},
    {"videojs", 6, PAGE_WORD_PLAYERS + PAGE_VIDEO_JS},
    {"video.js", 6, PAGE_WORD_PLAYERS + PAGE_VIDEO_JS},
    {"video.min", 6, PAGE_WORD_PLAYERS + PAGE_VIDEO_JS},
    {"video-js", 6, PAGE_WORD_PLAYERS + PAGE_VIDEO_JS},
    {"flowplayer", 5, PAGE_WORD_PLAYERS + PAGE_FLOWPLAYER},
    {"plyr", 4, PAGE_WORD_PLAYERS + PAGE_PLYR},
    {"dash.all", 5, PAGE_WORD_PLAYERS + PAGE_DASH_JS},
    {"dash.js", 5, PAGE_WORD_PLAYERS + PAGE_DASH_JS},
    {"dashjs", 5, PAGE_WORD_PLAYERS + PAGE_DASH_JS},
    {"shaka", 4, PAGE_WORD_PLAYERS + PAGE_SHAKA},
    {"mpegts.", 4, PAGE_WORD_PLAYERS + PAGE_MPEGTS_JS},
    {"flv.js", 5, PAGE_WORD_PLAYERS + PAGE_MPEGTS_JS},
    {"flv.min", 5, PAGE_WORD_PLAYERS + PAGE_MPEGTS_JS},
    {"flvjs", 4, PAGE_WORD_PLAYERS + PAGE_MPEGTS_JS},
    {"p2p-media", 5, PAGE_WORD_PLAYERS + PAGE_P2P},
    {"p2pml", 5, PAGE_WORD_PLAYERS + PAGE_P2P},
    {"peer5", 5, PAGE_WORD_PLAYERS + PAGE_P2P},
    {"swarmcloud", 6, PAGE_WORD_PLAYERS + PAGE_P2P},
};

struct word_table {
    uint8_t shifts[PAIRS];
    uint8_t heads[PLACES]; /* 1 + row of the first word whose piece may end with this pair; 0 for none */
    uint8_t nexts[ARRAY_COUNT(rows)];
    uint8_t lengths[ARRAY_COUNT(rows)];
    uint32_t pieces[ARRAY_COUNT(rows)]; /* folded */
};

static struct word_table table;

static inline uint16_t pair_at(const uint8_t *bytes)
{
    uint16_t pair;
    memcpy(&pair, bytes, sizeof pair);
    return pair;
}

/* Four bytes, either case of letters alike; some others too. */
static inline uint32_t fold_piece(const uint8_t *bytes)
{
    uint32_t piece;
    memcpy(&piece, bytes, sizeof piece);
    return piece | 0x20202020;
}

/* Of a pair, either case of letters alike; several may share a place. */
static inline size_t place_of(uint16_t pair)
{
    pair |= 0x2020;
    return (size_t)(pair ^ pair >> 5) % PLACES;
}

static uint8_t upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - ('a' - 'A')) : byte;
}

/* The pair, in each case of its letters, is so far before a piece's end. */
static void lower_shift(const uint8_t *pair, uint8_t shift)
{
    for (unsigned upper_case = 0; upper_case < 4; upper_case++) {
        uint8_t bytes[2] = {(upper_case & 1) != 0 ? upper(pair[0]) : pair[0],
                            (upper_case & 2) != 0 ? upper(pair[1]) : pair[1]};
        uint8_t *known = &table.shifts[pair_at(bytes)];
        *known = shift < *known ? shift : *known;
    }
}

void page_scan_prepare(void)
{
    memset(table.shifts, SHIFT_MAX, sizeof table.shifts);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        assert(rows[i].piece >= PIECE && rows[i].piece <= len && len <= PAGE_WORD_MAX);
        table.lengths[i] = (uint8_t)len;
        const uint8_t *end = (const uint8_t *)rows[i].text + rows[i].piece;
        for (uint8_t shift = 0; shift < SHIFT_MAX; shift++) {
            lower_shift(end - 2 - shift, shift);
        }
        table.pieces[i] = fold_piece(end - PIECE);
        uint8_t *head = &table.heads[place_of(pair_at(end - 2))];
        table.nexts[i] = *head;
        *head = (uint8_t)(i + 1);
    }
}

struct page_scan page_scan_make(struct slice bytes, size_t from)
{
    return (struct page_scan){.bytes = bytes, .at = from + FIRST_PAIR, .begin = from};
}

/* Whether the word of `row`, whose piece ends at `behind`, stands in `bytes` from `begin` on. */
static bool is_word(struct slice bytes, size_t begin, size_t behind, size_t row)
{
    size_t before = rows[row].piece;
    size_t len = table.lengths[row];
    if (behind - begin < before || bytes.len - behind < len - before) {
        return false;
    }
    const uint8_t *word = bytes.data + behind - before;
    const uint8_t *text = (const uint8_t *)rows[row].text;
    size_t same = 0;
    while (same < len && byte_lower(word[same]) == text[same]) {
        same++;
    }
    return same == len;
}

/* The word whose piece ends behind the pair at `at`; PAGE_WORD_NONE where there is none. Looked for in
 * `bytes` from `begin` on. */
static unsigned word_at(struct slice bytes, size_t begin, size_t at, size_t *end)
{
    size_t behind = at + 2;
    uint32_t piece = fold_piece(bytes.data + behind - PIECE);
    for (size_t head = table.heads[place_of(pair_at(bytes.data + at))]; head != 0;
         head = table.nexts[head - 1]) {
        size_t row = head - 1;
        if (table.pieces[row] == piece && is_word(bytes, begin, behind, row)) {
            *end = behind - rows[row].piece + table.lengths[row];
            return rows[row].word;
        }
    }
    return PAGE_WORD_NONE;
}

/* The next place at or behind `at` where a piece may end; `limit` or behind it where there is none. Steps are
 * made four at once: from a place where a piece may end none leads on. */
static inline size_t step_on(const uint8_t *data, size_t at, size_t limit)
{
    enum { STEPS = 4 };
    size_t shift = SHIFT_MAX;
    while (shift > 0 && at + STEPS * SHIFT_MAX < limit) {
        at += table.shifts[pair_at(data + at)];
        at += table.shifts[pair_at(data + at)];
        at += table.shifts[pair_at(data + at)];
        shift = table.shifts[pair_at(data + at)];
        at += shift;
    }
    while (at < limit && (shift = table.shifts[pair_at(data + at)]) > 0) {
        at += shift;
    }
    return at;
}

/* The place of the pair that ends the next piece of a word; as above where there is none. */
static inline size_t find_word(struct slice bytes, size_t begin, size_t at, unsigned *word, size_t *end)
{
    size_t limit = bytes.len < 2 ? 0 : bytes.len - 1;
    *word = PAGE_WORD_NONE;
    while ((at = step_on(bytes.data, at, limit)) < limit &&
           (*word = word_at(bytes, begin, at, end)) == PAGE_WORD_NONE) {
        at++;
    }
    return at;
}

unsigned page_scan_next(struct page_scan *scan, size_t *end)
{
    unsigned word;
    scan->at = find_word(scan->bytes, scan->begin, scan->at, &word, end) + 1;
    return word;
}

bool page_scan_finds(struct slice bytes)
{
    unsigned word;
    size_t end;
    (void)find_word(bytes, 0, FIRST_PAIR, &word, &end);
    return word != PAGE_WORD_NONE;
}
