/*
 * All words at once, in sublinear time (Wu and Manber 1994): of each word four bytes that are seldom
 * elsewhere are looked for. A table says for each pair of bytes how far the next place is at which such a
 * piece may end; only where that is here, words are compared. The table is made before its first use and
 * never changed.
 */
#include <assert.h>

#include "daemon/app/page_priv.h"

enum { PIECE = 4, PAIRS = 4096, SHIFT_MAX = PIECE - 1 };

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
    uint8_t heads[PAIRS]; /* 1 + row of the first word whose piece ends with this pair; 0 for none */
    uint8_t nexts[ARRAY_COUNT(rows)];
    uint8_t lengths[ARRAY_COUNT(rows)];
};

static struct word_table table;

/* Of two bytes, either case of letters alike. Pairs that share a place only make the steps shorter. */
static inline size_t pair_at(const uint8_t *bytes)
{
    uint16_t pair;
    memcpy(&pair, bytes, sizeof pair);
    pair |= 0x2020;
    return (size_t)(pair ^ pair >> 5) % PAIRS;
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
            uint8_t *known = &table.shifts[pair_at(end - 2 - shift)];
            *known = shift < *known ? shift : *known;
        }
        uint8_t *head = &table.heads[pair_at(end - 2)];
        table.nexts[i] = *head;
        *head = (uint8_t)(i + 1);
    }
}

struct page_scan page_scan_make(struct slice bytes, size_t from)
{
    return (struct page_scan){.bytes = bytes, .at = from + PIECE - 2, .begin = from};
}

/* The word whose piece ends behind the pair at `at`; PAGE_WORD_NONE where there is none. */
static unsigned word_at(const struct page_scan *scan, size_t at, size_t *end)
{
    for (uint8_t row = table.heads[pair_at(scan->bytes.data + at)]; row != 0; row = table.nexts[row - 1]) {
        size_t before = rows[row - 1].piece;
        size_t len = table.lengths[row - 1];
        size_t behind = at + 2;
        if (behind - scan->begin < before || scan->bytes.len - behind < len - before) {
            continue;
        }
        const uint8_t *bytes = scan->bytes.data + behind - before;
        const uint8_t *text = (const uint8_t *)rows[row - 1].text;
        size_t same = 0;
        while (same < len && byte_lower(bytes[same]) == text[same]) {
            same++;
        }
        if (same == len) {
            *end = behind - before + len;
            return rows[row - 1].word;
        }
    }
    return PAGE_WORD_NONE;
}

unsigned page_scan_next(struct page_scan *scan, size_t *end)
{
    const uint8_t *data = scan->bytes.data;
    size_t limit = scan->bytes.len < 2 ? 0 : scan->bytes.len - 1;
    size_t at = scan->at;
    while (at < limit) {
        size_t shift = table.shifts[pair_at(data + at)];
        if (shift > 0) {
            at += shift;
            continue;
        }
        unsigned word = word_at(scan, at, end);
        at++;
        if (word != PAGE_WORD_NONE) {
            scan->at = at;
            return word;
        }
    }
    scan->at = at;
    return PAGE_WORD_NONE;
}
