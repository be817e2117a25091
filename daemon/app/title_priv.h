/*
 * Inside the reader of titles: characters (title_fold.c and its table), what stands before and behind a name
 * (title_trim.c, title_country.c), spellings (title_spelling.c), and what a list's titles show
 * (title_count.c).
 */
#pragma once

#include "app/entry.h"
#include "app/title.h"
#include "base/hash.h"

enum title_how {
    TITLE_TEXT,    /* each character becomes `text` */
    TITLE_LETTERS, /* each becomes its own one of the letters of `text` */
    TITLE_SHIFT,   /* each moves by `shift` */
    TITLE_PAIRS,   /* capitals and small letters in turn: each becomes the small one */
};

/* A range of characters beyond ASCII; those of no row stay as they are. */
struct title_row {
    uint32_t first, last;
    enum title_how how;
    bool above; /* letters above the line, or small capitals */
    int32_t shift;
    const char *text; /* UTF-8 */
};

extern const struct title_row title_rows[];
extern const size_t title_row_count;

/*
 * A title whose characters were made plain, in lower case. Marks still stand in it: '|' for everything that
 * separates,
 * '-', '.', '(' and ')' for all brackets; blanks are single.
 */
struct title_text {
    size_t len;
    bool superscript;
    uint8_t bytes[2 * TITLE_NAME_MAX];
};

void title_fold(struct slice title, struct title_text *text);

/* Of the bytes of a title_text. */
extern const bool title_marks[UINT8_MAX + 1];

static inline bool title_is_mark(uint8_t byte)
{
    return title_marks[byte];
}

/* The next word and nothing before it; empty at the end. `rest` begins with the mark behind it. */
struct slice title_take_word(struct slice *rest);
/* Without what stands before a name, or behind it; a word stays in any case. */
struct slice title_skip_prefixes(struct slice text);
struct slice title_cut_suffixes(struct slice text, bool *quality);
/* Writes the words, each brand in one spelling. */
void title_write_words(struct slice text, struct title_name *name);

enum { TITLE_COUNTRY_BITS = 26 * 26 };

/* The country that a title as written begins with ("FR|", "|FR|", "[FR]", "VIP | FR:"), as a bit number below
 * TITLE_COUNTRY_BITS, or -1. */
int title_country(struct slice title);
/* Whether a word in lower case is a country's code, as lists write them. */
bool title_is_country(struct slice word);
/* Whether a character that lists draw with stands in front. */
bool title_is_drawn(struct slice text);

struct title_counter;

/* `key` keys its table. Never NULL. */
struct title_counter *title_counter_create(const struct hash_key *key);
void title_counter_free(struct title_counter *counter);
size_t title_counter_memory(const struct title_counter *counter); /* 0 for NULL */
/* Counts an entry. Of a live one `name` gets the title's name, and the entry borrows it. */
void title_count_entry(struct title_counter *counter, struct catalogue_entry *entry, struct title_name *name);
/* Counts the name of a category. */
void title_count_category(struct title_counter *counter, struct slice category);
/* All zero where `counter` is NULL. */
void title_finish(const struct title_counter *counter, struct title_facts *facts);
