/*
 * Titles of channels as people see them and as lists disguise them: one name out of many spellings, and what
 * the titles of a whole list show of its kind (signatures.md 3.3, 3.4 and 11.1).
 */
#pragma once

#include <stdbool.h>

#include "base/slice.h"

enum { TITLE_NAME_MAX = 256 };

struct title_name {
    size_t len;
    bool quality;     /* words of quality or of a spare copy stood at the title's end */
    bool superscript; /* letters written above the line, or as small capitals */
    uint8_t bytes[TITLE_NAME_MAX];
};

/*
 * The name that a title stands for, in the order of signatures.md 11.1:
 *
 * 1. Letters that only look or stand otherwise become plain ones: fullwidth, mathematical, superscript, small
 * capital and circled ones; Greek and Cyrillic twins of Latin letters where the word has Latin letters too,
 * or where all of its letters are twins and no word of the title is really Greek or Cyrillic.
 * 2. Invisible characters go; what lists draw with becomes a blank, for it stands between words.
 * 3. Lower case without accents (dotless and dotted i are one); `_ . - : |` and brackets become blanks.
 * 4. Countries and ranks before the title go ("VIP | ES: "): what separates them is looked at before it
 * becomes blanks.
 * 5. Words of quality and of spare copies behind it go ("FHD 50FPS BACKUP", "(2)").
 * 6. Spellings of one brand become one: `canal+`, `movistar+`, `dazn`; letters set apart become a word.
 *
 * The name is valid UTF-8 whatever the title is (bytes that are none are read as Latin-1), with single blanks
 * between words and none at its ends; "" where nothing is left. Words that do not fit are left out, and all
 * behind them.
 */
void title_normalise(struct slice title, struct title_name *name);

static inline struct slice title_name_slice(const struct title_name *name)
{
    return slice_make(name->bytes, name->len);
}

/* What the titles and groups of a list show. Country prefixes of all entries, the rest of live ones. */
struct title_facts {
    uint64_t country_prefixes;   /* distinct prefixes like "FR|", "UK:", "|ES|" of titles, or of groups where
                                    the title   has none; in lists of categories: of their names */
    uint64_t prefixed_titles;    /* entries that bear one */
    uint64_t quality_duplicates; /* names of one country under which five entries and more differ in quality
                                    or are spare copies; exact up to 1,024 such names, then an estimate */
    uint64_t separators;         /* titles that are a heading: "##### SPORT #####", "=== UK ===" */
    uint64_t ppv;                /* whose title or group names pay-per-view; of categories: their names */
    uint64_t loops;              /* ... names a channel of one programme around the clock: 24/7 */
    uint64_t superscripts;       /* titles with letters above the line or small capitals */
};
