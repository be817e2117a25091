/*
 * Which rules are worth a look: each rule gives its longest content, and all those of one buffer are searched
 * at once. A rule whose content is not there costs nothing, however many such rules there are.
 */
#include <hs/hs.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/rule_priv.h"

/* One rule's best content. */
struct literal {
    enum rule_stage stage;
    const struct keyword *buffer;
    enum rule_side side;
    const struct match_step *step;
    uint32_t rule;
};

/* The literals of one buffer at one stage. Literal i selects the rules [starts[i], starts[i + 1]). */
struct literal_database {
    const struct keyword *buffer;
    enum rule_side side;
    hs_database_t *database;
    uint32_t *starts;
    uint32_t *rules;
};

struct stage_index {
    struct literal_database *databases;
    size_t database_count;
    uint32_t *unconditional;
    size_t unconditional_count;
};

struct prefilter {
    struct stage_index stages[STAGE_COUNT];
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static bool best_literal(const struct rule_body *body, struct literal *best)
{
    best->step = NULL;
    for (size_t i = 0; i < body->group_count; i++) {
        const struct buffer_group *group = &body->groups[i];
        for (size_t j = 0; j < group->count; j++) {
            const struct match_step *step = &group->steps[j];
            if (step->type == STEP_CONTENT && !step->negated &&
                (best->step == NULL || step->len > best->step->len)) {
                best->step = step;
                best->buffer = group->buffer;
                best->side = group->side;
            }
        }
    }
    best->stage = body->stage;
    return best->step != NULL;
}

static int compare_places(const struct literal *a, const struct literal *b)
{
    if (a->stage != b->stage) {
        return a->stage < b->stage ? -1 : 1;
    }
    if (a->buffer != b->buffer) {
        return strcmp(a->buffer->name, b->buffer->name);
    }
    return (int)a->side - (int)b->side;
}

static int compare_texts(const struct match_step *a, const struct match_step *b)
{
    if (a->nocase != b->nocase) {
        return a->nocase ? 1 : -1;
    }
    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    return memcmp(a->bytes, b->bytes, a->len);
}

static int compare_literals(const void *left, const void *right)
{
    const struct literal *a = left;
    const struct literal *b = right;
    int order = compare_places(a, b);
    order = order != 0 ? order : compare_texts(a->step, b->step);
    return order != 0 ? order : (a->rule > b->rule) - (a->rule < b->rule);
}

static hs_database_t *compile_literals(const struct literal *literals, const uint32_t *starts, size_t count,
                                       struct diagnostics *diagnostics)
{
    const char **texts = allocate(count, sizeof *texts);
    unsigned *flags = allocate(count, sizeof *flags);
    unsigned *ids = allocate(count, sizeof *ids);
    size_t *lens = allocate(count, sizeof *lens);
    for (size_t i = 0; i < count; i++) {
        const struct match_step *step = literals[starts[i]].step;
        texts[i] = (const char *)step->bytes;
        lens[i] = step->len;
        flags[i] = HS_FLAG_SINGLEMATCH | (step->nocase ? HS_FLAG_CASELESS : 0U);
        ids[i] = (unsigned)i;
    }
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_compile_lit_multi(texts, flags, ids, lens, (unsigned)count, HS_MODE_BLOCK, NULL, &database,
                             &error) != HS_SUCCESS) {
        diagnostics_add(diagnostics, "rules", 0, 0, "libhs cannot compile the contents of %s: %s",
                        literals[0].buffer->name, error == NULL ? "no reason given" : error->message);
        hs_free_compile_error(error);
        database = NULL;
    }
    free(texts);
    free(flags);
    free(ids);
    free(lens);
    return database;
}

/* Makes a database of `count` sorted literals of one place. */
static void fill_database(struct literal_database *out, const struct literal *literals, size_t count,
                          struct diagnostics *diagnostics)
{
    out->buffer = literals[0].buffer;
    out->side = literals[0].side;
    out->starts = allocate(count + 1, sizeof *out->starts);
    out->rules = allocate(count, sizeof *out->rules);
    size_t texts = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_texts(literals[i - 1].step, literals[i].step) != 0) {
            out->starts[texts++] = (uint32_t)i;
        }
        out->rules[i] = literals[i].rule;
    }
    out->starts[texts] = (uint32_t)count;
    out->database = compile_literals(literals, out->starts, texts, diagnostics);
}

static void fill_databases(struct prefilter *prefilter, const struct literal *literals, size_t count,
                           struct diagnostics *diagnostics)
{
    for (size_t begin = 0, end; begin < count; begin = end) {
        end = begin + 1;
        while (end < count && compare_places(&literals[begin], &literals[end]) == 0) {
            end++;
        }
        struct stage_index *index = &prefilter->stages[literals[begin].stage];
        index->databases =
            reallocarray(index->databases, index->database_count + 1, sizeof *index->databases);
        if (index->databases == NULL) {
            abort();
        }
        fill_database(&index->databases[index->database_count++], literals + begin, end - begin, diagnostics);
    }
}

struct prefilter *prefilter_create(struct rule_body *const *bodies, size_t count,
                                   struct diagnostics *diagnostics)
{
    struct prefilter *prefilter = allocate(1, sizeof *prefilter);
    struct literal *literals = allocate(count, sizeof *literals);
    size_t literal_count = 0;
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        prefilter->stages[i].unconditional = allocate(count, sizeof(uint32_t));
    }
    for (size_t i = 0; i < count; i++) {
        struct literal literal = {.rule = (uint32_t)i};
        if (best_literal(bodies[i], &literal)) {
            literals[literal_count++] = literal;
        } else {
            struct stage_index *index = &prefilter->stages[bodies[i]->stage];
            index->unconditional[index->unconditional_count++] = (uint32_t)i;
        }
    }
    qsort(literals, literal_count, sizeof *literals, compare_literals);
    fill_databases(prefilter, literals, literal_count, diagnostics);
    free(literals);
    return prefilter;
}

void prefilter_free(struct prefilter *prefilter)
{
    if (prefilter == NULL) {
        return;
    }
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        struct stage_index *index = &prefilter->stages[i];
        for (size_t j = 0; j < index->database_count; j++) {
            hs_free_database(index->databases[j].database);
            free(index->databases[j].starts);
            free(index->databases[j].rules);
        }
        free(index->databases);
        free(index->unconditional);
    }
    free(prefilter);
}

void prefilter_grow_scratch(const struct prefilter *prefilter, struct hs_scratch **scratch)
{
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        for (size_t j = 0; j < prefilter->stages[i].database_count; j++) {
            if (hs_alloc_scratch(prefilter->stages[i].databases[j].database, scratch) != HS_SUCCESS) {
                abort();
            }
        }
    }
}

struct scan {
    const struct literal_database *database;
    prefilter_candidate_fn candidate;
    void *context;
};

static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *context)
{
    (void)from;
    (void)to;
    (void)flags;
    const struct scan *scan = context;
    const struct literal_database *database = scan->database;
    for (uint32_t i = database->starts[id]; i < database->starts[id + 1]; i++) {
        scan->candidate(scan->context, database->rules[i]);
    }
    return 0;
}

void prefilter_scan(const struct prefilter *prefilter, enum rule_stage stage, const struct rule_view *view,
                    struct hs_scratch *scratch, prefilter_candidate_fn candidate, void *context)
{
    const struct stage_index *index = &prefilter->stages[stage];
    for (size_t i = 0; i < index->database_count; i++) {
        const struct literal_database *database = &index->databases[i];
        struct slice text = database->buffer->buffer(view, database->side);
        if (text.len == 0 || text.len > UINT32_MAX) {
            continue;
        }
        struct scan scan = {.database = database, .candidate = candidate, .context = context};
        (void)hs_scan(database->database, (const char *)text.data, (unsigned)text.len, 0, scratch, on_literal,
                      &scan);
    }
}

const uint32_t *prefilter_unconditional(const struct prefilter *prefilter, enum rule_stage stage,
                                        size_t *count)
{
    *count = prefilter->stages[stage].unconditional_count;
    return prefilter->stages[stage].unconditional;
}
