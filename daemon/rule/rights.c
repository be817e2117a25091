/*
 * Rights holders: their files, the database of all their expressions, and the examples. A blank stands before
 * and behind each name that is searched, and an expression begins with one, that is where a word begins.
 */
#include "daemon/rule/rights_priv.h"

#include <hs/hs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "app/title.h"
#include "base/buf.h"
#include "base/log.h"
#include "daemon/rule/rule_files_priv.h"

enum { FILE_BYTES_MAX = 4 << 20 };

struct rights_patterns {
    pthread_mutex_t mutex;
    _Atomic(hs_database_t *) database;
    atomic_bool broken; /* libhs took the expressions one by one and refuses them together: nobody is found */
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
    unsigned flags = HS_FLAG_SINGLEMATCH;
    for (; *expression != '\0'; expression++) {
        flags |= (uint8_t)*expression >= 0x80 ? HS_FLAG_UTF8 : 0U;
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

/* The place that libhs tells in its sentence: "... at index 12." */
static unsigned column_in(const char *message)
{
    static const char words[] = "at index ";
    const char *found = strstr(message, words);
    return found == NULL ? 0 : (unsigned)strtoul(found + strlen(words), NULL, 10);
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
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_expression_info(expression->text, flags_of(expression->text), &info, &error) != HS_SUCCESS) {
        const char *message = error == NULL ? "libhs gives no reason" : error->message;
        diagnostics_add(diagnostics, place->file, place->line, place->column + column_in(message),
                        "libhs refuses this expression: %s", message);
        hs_free_compile_error(error);
    } else if (info->min_width == 0) {
        diagnostics_add(diagnostics, place->file, place->line, place->column,
                        "this expression finds an empty text, so it would find every name");
    } else {
        check_letters(expression, diagnostics);
    }
    free(info);
}

static hs_database_t *compile(const struct rights *rights)
{
    size_t count = rights->expression_count;
    char **texts = calloc(count + 1, sizeof *texts);
    unsigned *flags = calloc(count + 1, sizeof *flags);
    unsigned *ids = calloc(count + 1, sizeof *ids);
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    if (texts == NULL || flags == NULL || ids == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        texts[i] = wrap(rights->expressions[i].text);
        flags[i] = flags_of(texts[i]);
        ids[i] = (unsigned)i;
    }
    if (hs_compile_multi((const char *const *)texts, flags, ids, (unsigned)count, HS_MODE_BLOCK, NULL,
                         &database, &error) != HS_SUCCESS) {
        log_error("the expressions of rights holders cannot be compiled and will find nobody: %s",
                  error == NULL ? "no reason given" : error->message);
        hs_free_compile_error(error);
        database = NULL;
    }
    for (size_t i = 0; i < count; i++) {
        free(texts[i]);
    }
    free(texts);
    free(flags);
    free(ids);
    return database;
}

/* NULL where libhs refuses. */
static hs_database_t *database_of(const struct rights *rights)
{
    struct rights_patterns *patterns = rights->patterns;
    hs_database_t *database = atomic_load_explicit(&patterns->database, memory_order_acquire);
    if (database != NULL || atomic_load(&patterns->broken)) {
        return database;
    }
    pthread_mutex_lock(&patterns->mutex);
    database = atomic_load(&patterns->database);
    if (database == NULL && !atomic_load(&patterns->broken)) {
        database = compile(rights);
        atomic_store(&patterns->broken, database == NULL);
        atomic_store_explicit(&patterns->database, database, memory_order_release);
    }
    pthread_mutex_unlock(&patterns->mutex);
    return database;
}

struct search {
    const struct rights *rights;
    size_t files; /* expressions of so many files count */
    uint64_t found[RIGHTS_WORDS];
    uint64_t excepted[RIGHTS_WORDS];
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    (void)from;
    (void)to;
    (void)flags;
    struct search *search = context;
    const struct rights_expression *expression = &search->rights->expressions[id];
    uint64_t *bits = expression->except ? search->excepted : search->found;
    if (expression->place.file_number < search->files) {
        bits[expression->holder / 64] |= UINT64_C(1) << expression->holder % 64;
    }
    return 0;
}

static bool find_in_files(const struct rights *rights, size_t files, struct hs_scratch **scratch,
                          struct slice name, uint64_t found[RIGHTS_WORDS])
{
    char text[TITLE_NAME_MAX + 2];
    hs_database_t *database = rights->expression_count == 0 ? NULL : database_of(rights);
    memset(found, 0, RIGHTS_WORDS * sizeof *found);
    if (database == NULL || name.len == 0 || name.len > TITLE_NAME_MAX) {
        return false;
    }
    text[0] = ' ';
    memcpy(text + 1, name.data, name.len);
    text[name.len + 1] = ' ';
    struct search search = {.rights = rights, .files = files};
    hs_error_t result = hs_scan(database, text, (unsigned)name.len + 2, 0, *scratch, on_match, &search);
    if (result == HS_INVALID) { /* there is no scratch yet, or it is too small */
        if (hs_alloc_scratch(database, scratch) != HS_SUCCESS) {
            abort();
        }
        (void)hs_scan(database, text, (unsigned)name.len + 2, 0, *scratch, on_match, &search);
    }
    uint64_t any = 0;
    for (size_t i = 0; i < RIGHTS_WORDS; i++) {
        found[i] = search.found[i] & ~search.excepted[i];
        any |= found[i];
    }
    return any != 0;
}

bool rights_find(const struct rights *rights, struct hs_scratch **scratch, struct slice name,
                 uint64_t found[RIGHTS_WORDS])
{
    return find_in_files(rights, rights->file_count, scratch, name, found);
}

/* ---- examples: each file's are tried with its own rows and those of the files before it, because a site may
 * mean to say something else than what was shipped */

static void try_example(const struct rights *rights, const struct rights_example *example,
                        struct hs_scratch **scratch, struct diagnostics *diagnostics)
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
    struct hs_scratch *scratch = NULL;
    for (size_t i = 0; i < rights->example_count; i++) {
        try_example(rights, &rights->examples[i], &scratch, diagnostics);
    }
    hs_free_scratch(scratch);
}

struct rights *rights_load(const struct text_list *folders, bool eager, struct diagnostics *diagnostics)
{
    struct rights *rights = calloc(1, sizeof *rights);
    if (rights == NULL || (rights->patterns = calloc(1, sizeof *rights->patterns)) == NULL) {
        abort();
    }
    pthread_mutex_init(&rights->patterns->mutex, NULL);
    hash_key_random(&rights->key);
    size_t mistakes = diagnostics->count;
    struct text_list files = {0};
    rule_files_find_rights(folders, &files);
    for (size_t i = 0; i < files.count; i++) {
        load_file(rights, files.items[i], diagnostics);
    }
    text_list_free(&files);
    if (eager && rights->expression_count > 0 && diagnostics->count == mistakes) {
        if (database_of(rights) == NULL) {
            diagnostics_add(diagnostics, rights->files[0], 0, 0,
                            "libhs cannot compile all expressions together");
        } else {
            try_examples(rights, diagnostics);
        }
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
    }
    for (size_t i = 0; i < rights->example_count; i++) {
        free(rights->examples[i].title);
    }
    for (size_t i = 0; i < rights->file_count; i++) {
        free(rights->files[i]);
    }
    hs_free_database(atomic_load(&rights->patterns->database));
    pthread_mutex_destroy(&rights->patterns->mutex);
    free(rights->expressions);
    free(rights->examples);
    free(rights->files);
    free(rights->patterns);
    free(rights);
}
