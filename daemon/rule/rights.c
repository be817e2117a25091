/*
 * Rights holders: their files, their expressions and the examples. A blank stands before and behind each name
 * that is searched, and an expression begins with one, that is where a word begins. By their literals the
 * expressions are found that are worth a try.
 */
#include "daemon/rule/rights_priv.h"

#include <stdlib.h>
#include <string.h>

#include "app/title.h"
#include "base/buf.h"
#include "daemon/rule/allocate_priv.h"
#include "daemon/rule/gram_table_priv.h"
#include "daemon/rule/pattern_priv.h"
#include "daemon/rule/rule_files_priv.h"
#include "daemon/rule/rule_priv.h"

enum { FILE_BYTES_MAX = 4 << 20 };

/* What the names of channels are full of: no good literals are among it. */
static const char common[] =
    " sport sports tv hd fhd uhd 4k channel cinema premium live news plus series event 1 2 3 ";

struct rights_patterns {
    struct pcre **items;      /* of each expression; owned */
    struct gram_table *table; /* of their literals, whose ids are numbers of expressions */
    uint32_t *bare;           /* expressions that have none: asked of every name */
    size_t bare_count;
};

struct literals {
    struct gram_text *items; /* owned */
    size_t count;
};

/* ---- files */

/* The places in the set point to the names of its files. */
static const char *keep_file(struct rights *rights, const char *path)
{
    rights->files = reallocarray(rights->files, rights->file_count + 1, sizeof *rights->files);
    if (rights->files == NULL || (rights->files[rights->file_count] = strdup(path)) == NULL) {
        abort();
    }
    return rights->files[rights->file_count++];
}

static void load_file(struct rights *rights, const char *path, struct diagnostics *diagnostics)
{
    struct buf text = buf_make(FILE_BYTES_MAX);
    const char *name = keep_file(rights, path);
    if (!rule_file_read(name, &text)) {
        diagnostics_add(diagnostics, name, 0, 0, "cannot be read");
    } else if (text.truncated) {
        diagnostics_add(diagnostics, name, 0, 0, "has more than %d bytes", FILE_BYTES_MAX);
    } else {
        rights_read(rights, name, buf_slice(&text), diagnostics);
    }
    buf_free(&text);
}

void rights_digest(const struct rights *rights, struct sha256_context *digest)
{
    for (size_t i = 0; i < rights->file_count; i++) {
        struct buf text = buf_make(FILE_BYTES_MAX);
        (void)rule_file_read(rights->files[i], &text);
        sha256_update(digest, buf_slice(&text));
        buf_free(&text);
    }
}

/* ---- expressions */

static unsigned flags_of(const char *expression)
{
    unsigned flags = 0;
    for (; *expression != '\0'; expression++) {
        flags |= (uint8_t)*expression >= 0x80 ? PATTERN_UTF8 : 0U;
    }
    return flags;
}

/* Begins where a word begins; with '^' where the name does. */
static char *wrap(const char *expression)
{
    char *wrapped = NULL;
    bool front = expression[0] == '^';
    if (asprintf(&wrapped, "%s (?:%s)", front ? "^" : "", expression + front) < 0) {
        abort();
    }
    return wrapped;
}

/* Whether a letter is written as names have it; letters of another script beside it keep its own. */
static bool letter_is_normal(struct slice letter)
{
    static const char neighbours[] = "\xd0\xb6\xce\xbb";
    char title[16];
    struct title_name name;
    memcpy(title, letter.data, letter.len);
    memcpy(title + letter.len, neighbours, sizeof neighbours);
    title_normalise(slice_text(title), &name);
    return slice_equal(title_name_slice(&name), slice_text(title));
}

static size_t letter_length(const char *text)
{
    size_t len = 1;
    while (((uint8_t)text[len] & 0xc0) == 0x80 && len < 4) {
        len++;
    }
    return len;
}

/* An expression with letters that no name has would find nothing. */
static void check_letters(const struct rights_expression *expression, struct diagnostics *diagnostics)
{
    const struct rights_place *place = &expression->place;
    const char *text = expression->text;
    for (size_t at = 0; text[at] != '\0'; at += letter_length(text + at)) {
        if (text[at] == '\\' && text[at + 1] != '\0') {
            at++;
            continue;
        }
        struct slice letter = slice_make(text + at, letter_length(text + at));
        bool capital = text[at] >= 'A' && text[at] <= 'Z';
        if (capital || (letter.len > 1 && !letter_is_normal(letter))) {
            diagnostics_add(diagnostics, place->file, place->line, place->column + (unsigned)at,
                            "no name has the letter \"%.*s\"; expected small letters without accents",
                            (int)letter.len, text + at);
            return;
        }
    }
}

void rights_check_expression(const struct rights_expression *expression, struct diagnostics *diagnostics)
{
    const struct rights_place *place = &expression->place;
    char message[256];
    size_t index;
    bool empty;
    if (!pcre_check(expression->text, flags_of(expression->text), message, &index, &empty)) {
        unsigned column = place->column + (index == SIZE_MAX ? 0 : (unsigned)index);
        diagnostics_add(diagnostics, place->file, place->line, column, "libhs refuses this expression: %s",
                        message);
    } else if (empty) {
        diagnostics_add(diagnostics, place->file, place->line, place->column,
                        "this expression finds an empty text, so it would find every name");
    } else {
        check_letters(expression, diagnostics);
    }
}

static struct pcre *compile(struct pcre_pool *pool, const struct rights_expression *expression, bool eager,
                            struct diagnostics *diagnostics)
{
    const struct rights_place *place = &expression->place;
    char message[256] = "libhs cannot compile it";
    size_t index;
    char *text = wrap(expression->text);
    struct pcre *pcre = pcre_create(pool, text, flags_of(text), message, &index);
    free(text);
    if (pcre == NULL || (eager && !pcre_compile(pcre))) {
        diagnostics_add(diagnostics, place->file, place->line, place->column,
                        "this expression cannot be used behind a blank: %s", message);
    }
    return pcre;
}

/* An expression's literals, or itself among those that have none. */
static void add_expression(struct rights_patterns *patterns, struct literals *literals, uint32_t number)
{
    const struct literal_set *set =
        patterns->items[number] == NULL ? NULL : pcre_literals(patterns->items[number]);
    bool good = set != NULL;
    for (size_t i = 0; good && i < set->count; i++) {
        good = set->items[i].len >= GRAM_BYTES;
    }
    if (!good) {
        patterns->bare[patterns->bare_count++] = number;
        return;
    }
    literals->items = reallocarray(literals->items, literals->count + set->count, sizeof *literals->items);
    if (literals->items == NULL) {
        abort();
    }
    for (size_t i = 0; i < set->count; i++) {
        literals->items[literals->count++] =
            (struct gram_text){.text = slice_make(set->items[i].bytes, set->items[i].len), .id = number};
    }
}

static void compile_all(struct rights *rights, struct pcre_pool *pool, bool eager,
                        struct diagnostics *diagnostics)
{
    struct rights_patterns *patterns = rights->patterns;
    struct literals literals = {.count = 0};
    patterns->items = rule_allocate(rights->expression_count, sizeof *patterns->items);
    patterns->bare = rule_allocate(rights->expression_count, sizeof *patterns->bare);
    for (size_t i = 0; i < rights->expression_count; i++) {
        patterns->items[i] = compile(pool, &rights->expressions[i], eager, diagnostics);
        add_expression(patterns, &literals, (uint32_t)i);
    }
    patterns->table = gram_table_create(literals.items, literals.count, slice_text(common));
    free(literals.items);
}

struct search {
    const struct rights *rights;
    struct pcre_scratch *scratch;
    struct slice text;
    size_t files; /* expressions of so many files count */
    uint64_t found[RIGHTS_WORDS];
    uint64_t excepted[RIGHTS_WORDS];
};

static void try_expression(void *context, uint32_t number)
{
    struct search *search = context;
    const struct rights_expression *expression = &search->rights->expressions[number];
    uint64_t *bits = expression->except ? search->excepted : search->found;
    uint64_t bit = UINT64_C(1) << expression->holder % 64;
    struct pcre *pcre = search->rights->patterns->items[number];
    bool known = (bits[expression->holder / 64] & bit) != 0;
    if (!known && expression->place.file_number < search->files && pcre != NULL &&
        pcre_find(pcre, search->scratch, search->text, 0) != SIZE_MAX) {
        bits[expression->holder / 64] |= bit;
    }
}

static bool find_in_files(const struct rights *rights, size_t files, struct pcre_scratch *scratch,
                          struct slice name, uint64_t found[RIGHTS_WORDS])
{
    char text[TITLE_NAME_MAX + 2];
    const struct rights_patterns *patterns = rights->patterns;
    memset(found, 0, RIGHTS_WORDS * sizeof *found);
    if (patterns->table == NULL || name.len == 0 || name.len > TITLE_NAME_MAX) {
        return false;
    }
    text[0] = ' ';
    memcpy(text + 1, name.data, name.len);
    text[name.len + 1] = ' ';
    struct search search = {
        .rights = rights, .scratch = scratch, .text = slice_make(text, name.len + 2), .files = files};
    gram_table_search(patterns->table, 0, search.text, try_expression, &search);
    for (size_t i = 0; i < patterns->bare_count; i++) {
        try_expression(&search, patterns->bare[i]);
    }
    uint64_t any = 0;
    for (size_t i = 0; i < RIGHTS_WORDS; i++) {
        found[i] = search.found[i] & ~search.excepted[i];
        any |= found[i];
    }
    return any != 0;
}

bool rights_find(const struct rights *rights, struct pcre_scratch *scratch, struct slice name,
                 uint64_t found[RIGHTS_WORDS])
{
    return find_in_files(rights, rights->file_count, scratch, name, found);
}

/* ---- examples: each file's are tried with its own rows and those of the files before it, because a site may
 * mean to say something else than what was shipped */

static void try_example(const struct rights *rights, const struct rights_example *example,
                        struct pcre_scratch *scratch, struct diagnostics *diagnostics)
{
    struct title_name name;
    uint64_t found[RIGHTS_WORDS];
    title_normalise(slice_text(example->title), &name);
    (void)find_in_files(rights, example->place.file_number + 1, scratch, title_name_slice(&name), found);
    bool fits = (found[example->holder / 64] >> example->holder % 64 & 1) != 0;
    if (fits != example->match) {
        diagnostics_add(diagnostics, example->place.file, example->place.line, example->place.column,
                        example->match ? "no expression of %s finds this title, whose name is \"%.*s\""
                                       : "an expression of %s finds this title, whose name is \"%.*s\"",
                        rights->holders[example->holder].id, (int)name.len, (const char *)name.bytes);
    }
}

static void try_examples(const struct rights *rights, struct diagnostics *diagnostics)
{
    struct pcre_scratch scratch = {0};
    for (size_t i = 0; i < rights->example_count; i++) {
        try_example(rights, &rights->examples[i], &scratch, diagnostics);
    }
    pcre_scratch_free(&scratch);
}

struct rights *rights_load(const struct text_list *folders, struct pcre_pool *pool, bool eager,
                           struct diagnostics *diagnostics)
{
    struct rights *rights = calloc(1, sizeof *rights);
    if (rights == NULL || (rights->patterns = calloc(1, sizeof *rights->patterns)) == NULL) {
        abort();
    }
    hash_key_random(&rights->key);
    size_t mistakes = diagnostics->count;
    struct text_list files = {0};
    rule_files_find_rights(folders, &files);
    for (size_t i = 0; i < files.count; i++) {
        load_file(rights, files.items[i], diagnostics);
    }
    text_list_free(&files);
    if (diagnostics->count == mistakes) {
        compile_all(rights, pool, eager, diagnostics);
    }
    if (eager && diagnostics->count == mistakes) {
        try_examples(rights, diagnostics);
    }
    return rights;
}

void rights_free(struct rights *rights)
{
    if (rights == NULL) {
        return;
    }
    for (size_t i = 0; i < rights->expression_count; i++) {
        free(rights->expressions[i].text);
        pcre_free(rights->patterns->items == NULL ? NULL : rights->patterns->items[i]);
    }
    for (size_t i = 0; i < rights->example_count; i++) {
        free(rights->examples[i].title);
    }
    for (size_t i = 0; i < rights->file_count; i++) {
        free(rights->files[i]);
    }
    gram_table_free(rights->patterns->table);
    free(rights->patterns->items);
    free(rights->patterns->bare);
    free(rights->expressions);
    free(rights->examples);
    free(rights->files);
    free(rights->patterns);
    free(rights);
}
