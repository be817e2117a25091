/*
 * Titles: one spelling for brands that lists write in several ways (signatures.md 11.1, step 6), and words
 * out of letters that were set apart.
 */
#include "base/attr.h"
#include "daemon/app/title_priv.h"

enum { LETTERS_MIN = 3, LETTERS_MAX = 32 };

/* A word of two parts. */
static void put_joined(struct title_name *name, struct slice start, struct slice end)
{
    size_t blank = name->len > 0;
    size_t len = start.len + end.len;
    if (len == 0 || blank + len > sizeof name->bytes - name->len) {
        return;
    }
    if (blank > 0) {
        name->bytes[name->len++] = ' ';
    }
    memcpy(name->bytes + name->len, start.data, start.len);
    if (end.len > 0) {
        memcpy(name->bytes + name->len + start.len, end.data, end.len);
    }
    name->len += len;
}

static void put_word(struct title_name *name, struct slice word)
{
    if (word.len > 0) {
        put_joined(name, word, slice_make(NULL, 0));
    }
}

static bool is(struct slice word, const char *text)
{
    return slice_equal(word, slice_text(text));
}

static struct slice without_plus(struct slice word)
{
    while (word.len > 0 && word.data[0] == '+') {
        word = slice_from(word, 1);
    }
    return word;
}

/* Takes a "+" or "plus" off that stands behind a brand as a word, or before one. */
static bool take_plus(struct slice *rest)
{
    struct slice behind = *rest;
    struct slice word = title_take_word(&behind);
    if (is(word, "+") || is(word, "plus") || is(word, "plus+")) {
        *rest = behind;
        return true;
    }
    bool glued = word.len > 1 && word.data[0] == '+';
    if (glued) {
        *rest = slice_make(word.data + 1, (size_t)(rest->data + rest->len - word.data) - 1);
    }
    return glued;
}

/* A word that is `brand` with a plus or a "plus" at its end, what stands behind the plus in `*tail`. */
static bool is_brand_plus(struct slice word, const char *brand, struct slice *tail)
{
    struct slice start = slice_text(brand);
    struct slice behind = slice_from(word, start.len);
    if (!slice_starts(word, start) || behind.len == 0) {
        return false;
    }
    bool plus = slice_starts(behind, slice_text("plus"));
    if (behind.data[0] != '+' && !(plus && without_plus(slice_from(behind, 4)).len == 0)) {
        return false;
    }
    *tail = without_plus(plus ? slice_from(behind, 4) : behind);
    return true;
}

static void put_brand(struct title_name *name, const char *brand, struct slice tail)
{
    put_word(name, slice_text(brand));
    put_word(name, tail);
}

static bool put_canal(struct title_name *name, struct slice word, struct slice *rest)
{
    struct slice tail = slice_make(NULL, 0);
    if (is_brand_plus(word, "canal", &tail) || is_brand_plus(word, "c", &tail) ||
        (is(word, "canal") && take_plus(rest))) {
        put_brand(name, "canal+", tail);
        return true;
    }
    return false;
}

/* What "m" stands before only where it is Movistar's. */
static bool movistar_follows(struct slice rest)
{
    static const char *const words[] = {"laliga", "la",   "liga",  "deportes",
                                        "vamos",  "golf", "ellas", "campeones"};
    if (rest.len > 0 && rest.data[0] == '.') {
        return true;
    }
    struct slice word = title_take_word(&rest);
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (is(word, words[i])) {
            return true;
        }
    }
    return false;
}

static bool put_movistar(struct title_name *name, struct slice word, struct slice *rest)
{
    struct slice tail = slice_make(NULL, 0);
    if (is_brand_plus(word, "m", &tail) || is_brand_plus(word, "movistar", &tail) ||
        is_brand_plus(word, "mov", &tail) || (is(word, "m") && movistar_follows(*rest)) || is(word, "mov") ||
        is(word, "movistar")) {
        if (tail.len == 0) {
            (void)take_plus(rest);
        }
        put_brand(name, "movistar+", tail);
        return true;
    }
    return false;
}

static bool put_dazn(struct title_name *name, struct slice word)
{
    struct slice tail = slice_from(word, 4);
    bool swapped = slice_starts(word, slice_text("danz")) &&
                   (tail.len == 0 || (tail.data[0] >= '0' && tail.data[0] <= '9'));
    if (swapped) {
        put_joined(name, slice_text("dazn"), tail);
    }
    return swapped;
}

static void put_spelled(struct title_name *name, struct slice word, struct slice *rest)
{
    bool put = false;
    switch (word.data[0]) {
    case 'c':
        put = put_canal(name, word, rest);
        break;
    case 'd':
        put = put_dazn(name, word);
        break;
    case 'm':
        put = put_movistar(name, word, rest);
        break;
    default:
        break;
    }
    if (!put) {
        put_word(name, word);
    }
}

static bool is_letter(struct slice word)
{
    return word.len == 1 && word.data[0] >= 'a' && word.data[0] <= 'z';
}

/* "d a z n": three letters and more in a row are one word. Returns how many of them went to `joined`. */
static size_t join_letters(struct slice word, struct slice *rest, uint8_t joined[LETTERS_MAX])
{
    struct slice behind = *rest;
    size_t len = 0;
    while (is_letter(word) && len < LETTERS_MAX) {
        joined[len++] = word.data[0];
        *rest = len >= LETTERS_MIN ? behind : *rest;
        word = title_take_word(&behind);
    }
    return len >= LETTERS_MIN ? len : 0;
}

void title_write_words(struct slice text, struct title_name *name)
{
    name->len = 0;
    for (struct slice word = title_take_word(&text); word.len > 0; word = title_take_word(&text)) {
        uint8_t joined[LETTERS_MAX];
        size_t letters = is_letter(word) ? join_letters(word, &text, joined) : 0;
        put_spelled(name, letters > 0 ? slice_make(joined, letters) : word, &text);
    }
}

void title_normalise(struct slice title, struct title_name *name)
{
    struct title_text text;
    title_fold(title, &text);
    struct slice kept = title_skip_prefixes(slice_make(text.bytes, text.len));
    kept = title_cut_suffixes(kept, &name->quality);
    name->superscript = text.superscript;
    title_write_words(kept, name);
}
