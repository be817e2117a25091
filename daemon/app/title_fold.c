/*
 * Titles: characters made plain. Nearly all titles are ASCII, for which a table of one byte each is enough;
 * other characters are looked up in ranges, and letters that look like Latin ones are judged by their word
 * and title.
 */
#include "base/attr.h"
#include "daemon/app/title_priv.h"

/* What each byte of ASCII becomes. */
static const char ascii[] = "                                "
                            "      &'() + -./0123456789|   | "
                            " abcdefghijklmnopqrstuvwxyz( )  "
                            " abcdefghijklmnopqrstuvwxyz(|)  ";

_Static_assert(sizeof ascii == 128 + 1, "one byte each");

enum { SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_GREEK, SCRIPT_CYRILLIC, SCRIPT_COUNT };

/* Greek and Cyrillic letters that look like a Latin one, in order (after Unicode's confusables.txt). */
struct twin {
    uint16_t code;
    char latin;
};

static const struct twin twins[] = {
    {0x391, 'a'}, {0x392, 'b'}, {0x395, 'e'}, {0x396, 'z'}, {0x397, 'h'}, {0x399, 'i'}, {0x39a, 'k'},
    {0x39c, 'm'}, {0x39d, 'n'}, {0x39f, 'o'}, {0x3a1, 'p'}, {0x3a4, 't'}, {0x3a5, 'y'}, {0x3a7, 'x'},
    {0x3b1, 'a'}, {0x3b2, 'b'}, {0x3b5, 'e'}, {0x3b9, 'i'}, {0x3ba, 'k'}, {0x3bc, 'm'}, {0x3bd, 'v'},
    {0x3bf, 'o'}, {0x3c1, 'p'}, {0x3c4, 't'}, {0x3c5, 'u'}, {0x3c7, 'x'}, {0x405, 's'}, {0x406, 'i'},
    {0x408, 'j'}, {0x410, 'a'}, {0x412, 'b'}, {0x415, 'e'}, {0x41a, 'k'}, {0x41c, 'm'}, {0x41d, 'h'},
    {0x41e, 'o'}, {0x420, 'p'}, {0x421, 'c'}, {0x422, 't'}, {0x423, 'y'}, {0x425, 'x'}, {0x430, 'a'},
    {0x432, 'b'}, {0x435, 'e'}, {0x43a, 'k'}, {0x43c, 'm'}, {0x43d, 'h'}, {0x43e, 'o'}, {0x440, 'p'},
    {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'}, {0x445, 'x'}, {0x455, 's'}, {0x456, 'i'}, {0x458, 'j'},
    {0x4ae, 'y'}, {0x4af, 'y'}, {0x4ba, 'h'}, {0x4bb, 'h'}, {0x4c0, 'i'}, {0x4cf, 'i'}, {0x500, 'd'},
    {0x501, 'd'}, {0x51a, 'q'}, {0x51b, 'q'}, {0x51c, 'w'}, {0x51d, 'w'},
};

/* 0 where the letter has no twin. */
static uint8_t twin_of(uint32_t code)
{
    size_t from = 0;
    size_t to = ARRAY_COUNT(twins);
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (twins[middle].code == code) {
            return (uint8_t)twins[middle].latin;
        }
        if (twins[middle].code > code) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return 0;
}

static bool is_ascii_letter(uint32_t code)
{
    return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
}

static unsigned script_of(uint32_t code)
{
    if (code < 0x80) {
        return is_ascii_letter(code) ? SCRIPT_LATIN : SCRIPT_NONE;
    }
    if (code >= 0x370 && code < 0x530) {
        return code < 0x400 ? SCRIPT_GREEK : SCRIPT_CYRILLIC;
    }
    return code >= 0xc0 && code < 0x250 && code != 0xd7 && code != 0xf7 ? SCRIPT_LATIN : SCRIPT_NONE;
}

/* The character in front, at least one byte; a byte that begins none is read as Latin-1. */
static uint32_t take_character(struct slice *text)
{
    uint8_t first = text->data[0];
    size_t more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? first : first & (0x3fU >> more);
    bool whole = more < text->len;
    for (size_t i = 1; whole && i <= more; i++) {
        whole = (text->data[i] & 0xc0) == 0x80;
        code = code << 6 | (text->data[i] & 0x3fU);
    }
    whole = whole && !(more == 2 && code < 0x800) && !(code >= 0xd800 && code < 0xe000) &&
            !(more == 3 && (code < 0x10000 || code > 0x10ffff));
    *text = slice_from(*text, whole ? more + 1 : 1);
    return whole ? code : first;
}

/* A word of letters of one or more scripts, as far as twins matter. */
struct word_look {
    bool latin;
    bool plain[SCRIPT_COUNT]; /* a letter of the script that no Latin one looks like */
};

/* Looks at the letters in front, and moves behind them. */
static struct word_look look_at_word(struct slice *text)
{
    struct word_look look = {.latin = false};
    while (text->len > 0) {
        struct slice behind = *text;
        uint32_t code = take_character(&behind);
        unsigned script = script_of(code);
        if (script == SCRIPT_NONE) {
            break;
        }
        look.latin = look.latin || script == SCRIPT_LATIN;
        look.plain[script] = look.plain[script] || (script != SCRIPT_LATIN && twin_of(code) == 0);
        *text = behind;
    }
    return look;
}

/* Which scripts some word of the title is really written in. */
static void find_genuine(struct slice title, bool genuine[SCRIPT_COUNT])
{
    while (title.len > 0) {
        struct word_look look = look_at_word(&title);
        for (unsigned script = SCRIPT_GREEK; script < SCRIPT_COUNT; script++) {
            genuine[script] = genuine[script] || (look.plain[script] && !look.latin);
        }
        if (title.len > 0) {
            (void)take_character(&title);
        }
    }
}

static const struct title_row *find_row(uint32_t code)
{
    size_t from = 0;
    size_t to = title_row_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (title_rows[middle].last < code) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < title_row_count && title_rows[from].first <= code ? &title_rows[from] : NULL;
}

/* Blanks are single and none stands in front. A text that is full takes no more. */
static void put(struct title_text *text, const char *bytes, size_t len)
{
    bool blank = len == 1 && bytes[0] == ' ';
    if ((blank && (text->len == 0 || text->bytes[text->len - 1] == ' ')) ||
        len > sizeof text->bytes - text->len) {
        return;
    }
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

static void put_character(struct title_text *text, uint32_t code)
{
    char bytes[4];
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (char)(marks[len] | code);
    put(text, bytes, len);
}

static void put_folded(struct title_text *text, uint32_t code)
{
    const struct title_row *row = find_row(code);
    if (row == NULL) {
        put_character(text, code);
        return;
    }
    text->superscript = text->superscript || row->above;
    switch (row->how) {
    case TITLE_TEXT:
        put(text, row->text, strlen(row->text));
        break;
    case TITLE_LETTERS:
        put(text, row->text + (code - row->first), 1);
        break;
    case TITLE_SHIFT:
        put_character(text, (uint32_t)((int64_t)code + row->shift));
        break;
    case TITLE_PAIRS:
        put_character(text, code + ((code - row->first) % 2 == 0));
        break;
    }
}

/* One word, its twins made Latin where it is a Latin one in disguise. */
static void put_word(struct title_text *text, struct slice word, const struct word_look *look,
                     const bool genuine[SCRIPT_COUNT])
{
    while (word.len > 0) {
        uint32_t code = take_character(&word);
        unsigned script = script_of(code);
        bool disguised = look->latin || !(look->plain[script] || genuine[script]);
        uint8_t latin = script > SCRIPT_LATIN && disguised ? twin_of(code) : 0;
        if (code < 0x80) {
            put(text, &ascii[code], 1);
        } else if (latin != 0) {
            put_character(text, latin);
        } else {
            put_folded(text, code);
        }
    }
}

static void fold_all(struct slice title, struct title_text *text)
{
    bool genuine[SCRIPT_COUNT] = {false};
    find_genuine(title, genuine);
    while (title.len > 0 && text->len < sizeof text->bytes) {
        struct slice behind = title;
        struct word_look look = look_at_word(&behind);
        if (behind.len == title.len) {
            (void)take_character(&behind);
        }
        put_word(text, slice_part(title, 0, title.len - behind.len), &look, genuine);
        title = behind;
    }
}

/* The front that is ASCII: most often all of it. */
static struct slice fold_ascii(struct slice title, struct title_text *text)
{
    size_t room = title.len < sizeof text->bytes ? title.len : sizeof text->bytes;
    size_t at = 0;
    size_t len = 0;
    bool behind_blank = true;
    while (at < room && title.data[at] < 0x80) {
        uint8_t plain = (uint8_t)ascii[title.data[at]];
        bool blank = plain == ' ';
        text->bytes[len] = plain;
        len += !(blank && behind_blank);
        behind_blank = blank;
        at++;
    }
    text->len = len;
    return at == room ? slice_make(NULL, 0) : slice_from(title, at);
}

void title_fold(struct slice title, struct title_text *text)
{
    text->superscript = false;
    if (fold_ascii(title, text).len > 0) {
        text->len = 0;
        fold_all(title, text);
    }
}
