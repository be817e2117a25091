/*
 * Patterns. Most are ours to match (pattern_priv.h). Each of the others has a database of libhs, made by the
 * loader or by the first thread that needs it: the set is shared by the workers, so a mutex guards the
 * making, and the pointer is published once and for all.
 */
#include <hs/hs.h>
#include <pthread.h>
#include <search.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/rule/allocate_priv.h"
#include "daemon/rule/pattern_priv.h"
#include "daemon/rule/rule_priv.h"

struct pcre {
    size_t owners;
    char *pattern;
    unsigned flags;               /* enum pattern_flags */
    struct pattern *own;          /* NULL: libhs matches it */
    struct literal_set *literals; /* NULL where there are none */
    size_t number;                /* among those of its pool that libhs matches */
    pthread_mutex_t mutex;
    _Atomic(hs_database_t *) database;
    atomic_bool broken; /* libhs took the pattern at load and refused to compile it: never matches */
};

struct pcre_pool {
    void *tree; /* of tsearch: pcres by pattern and flags */
    size_t numbers;
};

static unsigned library_flags(unsigned flags)
{
    return ((flags & PATTERN_CASELESS) != 0 ? HS_FLAG_CASELESS : 0U) |
           ((flags & PATTERN_DOTALL) != 0 ? HS_FLAG_DOTALL : 0U) |
           ((flags & PATTERN_MULTILINE) != 0 ? HS_FLAG_MULTILINE : 0U) |
           ((flags & PATTERN_UTF8) != 0 ? HS_FLAG_UTF8 : 0U);
}

/* libhs tells the place in its sentence: "... at index 12." */
static size_t index_in(const char *message)
{
    static const char words[] = "at index ";
    const char *found = strstr(message, words);
    return found == NULL ? SIZE_MAX : (size_t)strtoull(found + strlen(words), NULL, 10);
}

bool pcre_check(const char *pattern, unsigned flags, char message[256], size_t *index, bool *empty)
{
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_expression_info(pattern, library_flags(flags), &info, &error) != HS_SUCCESS) {
        snprintf(message, 256, "%s", error == NULL ? "libhs gives no reason" : error->message);
        *index = index_in(message);
        hs_free_compile_error(error);
        return false;
    }
    *empty = info->min_width == 0;
    free(info);
    return true;
}

/* Makes the pattern our own where we understand it. */
static void try_own(struct pcre *pcre, bool *empty)
{
    struct pattern_text text;
    if (!pattern_parse(pcre->pattern, pcre->flags, &text)) {
        return;
    }
    pcre->own = pattern_build(&text, empty);
    struct literal_set literals;
    pattern_literals(&text, pcre_is_caseless(pcre), &literals);
    if (literals.count > 0) {
        pcre->literals = rule_allocate(1, sizeof literals);
        *pcre->literals = literals;
    }
    pattern_text_free(&text);
}

static int compare(const void *left, const void *right)
{
    const struct pcre *a = left;
    const struct pcre *b = right;
    int order = strcmp(a->pattern, b->pattern);
    return order != 0 ? order : (a->flags > b->flags) - (a->flags < b->flags);
}

struct pcre_pool *pcre_pool_create(void)
{
    return rule_allocate(1, sizeof(struct pcre_pool));
}

static void release(void *pcre)
{
    pcre_free(pcre);
}

void pcre_pool_free(struct pcre_pool *pool)
{
    tdestroy(pool->tree, release);
    free(pool);
}

static struct pcre *pool_find(const struct pcre_pool *pool, const char *pattern, unsigned flags)
{
    char *borrowed;
    memcpy(&borrowed, &pattern, sizeof borrowed); /* of a key that nobody writes to */
    const struct pcre key = {.pattern = borrowed, .flags = flags};
    void *const *found = tfind(&key, &pool->tree, compare);
    return found == NULL ? NULL : *found;
}

struct pcre *pcre_create(struct pcre_pool *pool, const char *pattern, unsigned flags, char message[256],
                         size_t *index)
{
    struct pcre *pcre = pool_find(pool, pattern, flags);
    if (pcre != NULL) {
        pcre->owners++;
        return pcre;
    }
    pcre = calloc(1, sizeof *pcre);
    if (pcre == NULL || (pcre->pattern = strdup(pattern)) == NULL) {
        abort();
    }
    pcre->flags = flags;
    pcre->owners = 1;
    pthread_mutex_init(&pcre->mutex, NULL);
    *index = SIZE_MAX;
    bool empty = false;
    try_own(pcre, &empty);
    if (pcre->own == NULL && !pcre_check(pattern, flags, message, index, &empty)) {
        pcre_free(pcre);
        return NULL;
    }
    if (empty) {
        snprintf(message, 256, "it matches an empty text, so it would match everywhere");
        pcre_free(pcre);
        return NULL;
    }
    pcre->number = pcre->own == NULL ? pool->numbers++ : 0;
    pcre->owners++; /* the pool: a rule that is refused gives its patterns back */
    if (tsearch(pcre, &pool->tree, compare) == NULL) {
        abort();
    }
    return pcre;
}

void pcre_free(struct pcre *pcre)
{
    if (pcre == NULL || --pcre->owners > 0) {
        return;
    }
    hs_free_database(atomic_load(&pcre->database));
    pthread_mutex_destroy(&pcre->mutex);
    pattern_free(pcre->own);
    free(pcre->literals);
    free(pcre->pattern);
    free(pcre);
}

bool pcre_compile(struct pcre *pcre)
{
    if (pcre->own != NULL) {
        return true;
    }
    pthread_mutex_lock(&pcre->mutex);
    if (atomic_load(&pcre->database) == NULL && !atomic_load(&pcre->broken)) {
        hs_database_t *database = NULL;
        hs_compile_error_t *error = NULL;
        if (hs_compile(pcre->pattern, library_flags(pcre->flags), HS_MODE_BLOCK, NULL, &database, &error) ==
            HS_SUCCESS) {
            atomic_store_explicit(&pcre->database, database, memory_order_release);
        } else {
            log_error("a pattern that libhs took at first cannot be compiled and will match nothing: %s",
                      error == NULL ? "no reason given" : error->message);
            hs_free_compile_error(error);
            atomic_store(&pcre->broken, true);
        }
    }
    pthread_mutex_unlock(&pcre->mutex);
    return !atomic_load(&pcre->broken);
}

const struct literal_set *pcre_literals(const struct pcre *pcre)
{
    return pcre->literals;
}

bool pcre_is_caseless(const struct pcre *pcre)
{
    return (pcre->flags & PATTERN_CASELESS) != 0;
}

size_t pcre_shortest(const struct pcre *pcre)
{
    return pcre->own == NULL ? 1 : pattern_shortest(pcre->own);
}

void pcre_scratch_free(struct pcre_scratch *scratch)
{
    hs_free_scratch(scratch->library);
    free(scratch->ready);
}

/* libhs allocates before it finds that nothing needs to grow; so it is asked once a pattern. */
static void grow_scratch(const struct pcre *pcre, const hs_database_t *database, struct pcre_scratch *scratch)
{
    if (pcre->number < scratch->count && scratch->ready[pcre->number]) {
        return;
    }
    if (hs_alloc_scratch(database, &scratch->library) != HS_SUCCESS) {
        abort();
    }
    if (pcre->number >= scratch->count) {
        size_t count = pcre->number + 1;
        scratch->ready = reallocarray(scratch->ready, count, sizeof *scratch->ready);
        if (scratch->ready == NULL) {
            abort();
        }
        memset(scratch->ready + scratch->count, 0, (count - scratch->count) * sizeof *scratch->ready);
        scratch->count = count;
    }
    scratch->ready[pcre->number] = true;
}

struct search {
    size_t above;
    size_t end;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    (void)id;
    (void)from;
    (void)flags;
    struct search *search = context;
    if (to <= search->above) {
        return 0;
    }
    search->end = (size_t)to;
    return 1; /* ends come in order: this is the smallest one */
}

size_t pcre_find(struct pcre *pcre, struct pcre_scratch *scratch, struct slice text, size_t above)
{
    if (pcre->own != NULL) {
        return pattern_find(pcre->own, text, above);
    }
    hs_database_t *database = atomic_load_explicit(&pcre->database, memory_order_acquire);
    if (database == NULL) {
        if (atomic_load(&pcre->broken) || !pcre_compile(pcre)) {
            return SIZE_MAX;
        }
        database = atomic_load(&pcre->database);
    }
    if (text.len == 0 || text.len > UINT32_MAX) {
        return SIZE_MAX;
    }
    grow_scratch(pcre, database, scratch);
    struct search search = {.above = above, .end = SIZE_MAX};
    (void)hs_scan(database, (const char *)text.data, (unsigned)text.len, 0, scratch->library, on_match,
                  &search);
    return search.end;
}
