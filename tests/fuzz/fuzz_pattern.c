/*
 * Patterns of our own against libhs: what both take must match at the same places, and one of the literals
 * must stand in every text that matches. The first byte chooses flags; those up to the first NUL choose
 * pieces of a pattern, so that most inputs are patterns; the others are the text.
 */
#include <assert.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/pattern_priv.h"
#include "tests/fuzz/splitter.h"

static const char *const pieces[] = {
    "a",      "b",     "/",    "1",     "\\n",      "[ab]",    "[^a]",         ".",         "(",
    ")",      "|",     "*",    "+",     "?",        "{2}",     "{1,}",         "^",         "$",
    "\\b",    "\\B",   "\\w",  "\\s",   "[0-9a-f]", "{1,3}",   "{0,4}",        "\\A",       "\\z",
    "\\Z",    "(a|",   "A",    "\\d",   "\\W",      "[^\\n/]", "(b*|",         "username=", "\\x22",
    "{3,70}", "?)",    "-",    "\\.",   "(?:",      "]",       "[\\]\\-\\\\]", "[^A-Z]",    "\\x00",
    "[]a]",   "[^]a]", "[a-]", "[+--]", "[\\w-]",   "[^\\W]",  "(?i)",         "{,3}",      "\\r",
    "\\\\",   "(^|",   "($|",  "(\\b|",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_pattern(struct slice choices, char *out, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < choices.len; i++) {
        const char *piece = pieces[choices.data[i] % (sizeof pieces / sizeof *pieces)];
        if (len + strlen(piece) < room) {
            memcpy(out + len, piece, strlen(piece));
            len += strlen(piece);
        }
    }
    out[len] = '\0';
}

enum { TEXT_MAX = 256 };

struct ends {
    bool at[TEXT_MAX + 1];
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    (void)id;
    (void)from;
    (void)flags;
    ((struct ends *)context)->at[to] = true;
    return 0;
}

/* False where libhs does not take the pattern. */
static bool find_by_libhs(const char *text, unsigned flags, struct slice bytes, struct ends *ends)
{
    unsigned library = ((flags & PATTERN_CASELESS) != 0 ? HS_FLAG_CASELESS : 0U) |
                       ((flags & PATTERN_DOTALL) != 0 ? HS_FLAG_DOTALL : 0U) |
                       ((flags & PATTERN_MULTILINE) != 0 ? HS_FLAG_MULTILINE : 0U);
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    hs_scratch_t *scratch = NULL;
    if (hs_compile(text, library, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
        hs_free_compile_error(error);
        return false;
    }
    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
        abort();
    }
    hs_scan(database, bytes.len == 0 ? "" : (const char *)bytes.data, (unsigned)bytes.len, 0, scratch,
            on_match, ends);
    hs_free_scratch(scratch);
    hs_free_database(database);
    return true;
}

static bool has_literal(const struct literal_set *literals, bool caseless, struct slice text)
{
    bool found = literals->count == 0;
    for (size_t i = 0; i < literals->count && !found; i++) {
        struct slice literal = slice_make(literals->items[i].bytes, literals->items[i].len);
        for (size_t at = 0; at + literal.len <= text.len && !found; at++) {
            struct slice part = slice_part(text, at, literal.len);
            found = caseless ? slice_equal_nocase(part, literal) : slice_equal(part, literal);
        }
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char source[512];
    void *block;
    struct slice rest = slice_make(data, size);
    unsigned flags = size == 0 ? 0 : data[0] & 7U;
    rest = slice_from(rest, 1);
    struct slice choices = slice_split(&rest, 0);
    struct slice text = splitter_copy(slice_part(rest, 0, TEXT_MAX), &block);
    struct pattern_text parsed;
    struct ends expected = {{false}};
    struct ends found = {{false}};
    make_pattern(choices, source, sizeof source);
    if (!pattern_parse(source, flags, &parsed)) {
        free(block);
        return 0;
    }
    bool empty;
    struct literal_set literals;
    struct pattern *pattern = pattern_build(&parsed, &empty);
    pattern_literals(&parsed, (flags & PATTERN_CASELESS) != 0, &literals);
    pattern_text_free(&parsed);
    if (pattern != NULL && !empty && find_by_libhs(source, flags, text, &expected)) {
        for (size_t end = 0; (end = pattern_find(pattern, text, end)) != SIZE_MAX;) {
            found.at[end] = true;
            assert(has_literal(&literals, (flags & PATTERN_CASELESS) != 0, text));
        }
        if (memcmp(&expected, &found, sizeof found) != 0) {
            fprintf(stderr, "/%s/ flags %u\n", source, flags);
            abort();
        }
    }
    pattern_free(pattern);
    free(block);
    return 0;
}
