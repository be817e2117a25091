/*
 * The literals of all rules in one table: a rule whose literals are not in its buffers costs nothing, however
 * many such rules there are. Bodies are long: there libhs is the faster one, which needs some hundred
 * instructions to begin and then looks at many bytes at once.
 */
#include "daemon/rule/prefilter_priv.h"

#include <assert.h>
#include <hs/hs.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/allocate_priv.h"
#include "daemon/rule/fields_priv.h"
#include "daemon/rule/gram_table_priv.h"

/* A buffer of a stage in which literals are searched. */
struct place {
    keyword_buffer_fn buffer;
    enum rule_side side;
    uint32_t forms;          /* in which one of its rules may match */
    hs_database_t *database; /* of bodies; owned */
};

/* One literal of a rule. */
struct literal {
    struct gram_text text;
    uint32_t rule;
};

struct unconditional {
    uint32_t *rules; /* owned */
    size_t count;
};

struct prefilter {
    struct place places[GRAM_PLACES_MAX]; /* by stage */
    size_t place_count;
    size_t first_place[STAGE_COUNT + 1];
    struct gram_table *table;
    size_t text_count;
    uint32_t *starts; /* text i has the rules [starts[i], starts[i + 1]) */
    uint32_t *rules;
    uint32_t *forms; /* of each rule */
    struct unconditional unconditional[STAGE_COUNT][PREFILTER_FORMS];
};

/* ---- literals of all rules */

struct literals {
    struct literal *items; /* owned */
    size_t count;
    size_t room;
};

/* Called stage by stage. */
static uint8_t find_place(struct prefilter *prefilter, enum rule_stage stage,
                          const struct prefilter_choice *choice)
{
    size_t at = prefilter->first_place[stage];
    while (at < prefilter->place_count && (prefilter->places[at].buffer != choice->buffer->buffer ||
                                           prefilter->places[at].side != choice->side)) {
        at++;
    }
    if (at == prefilter->place_count) {
        assert(at < GRAM_PLACES_MAX); /* there are not so many buffers */
        prefilter->places[prefilter->place_count++] =
            (struct place){.buffer = choice->buffer->buffer, .side = choice->side};
    }
    return (uint8_t)at;
}

static void add_literals(struct prefilter *prefilter, struct literals *literals, enum rule_stage stage,
                         uint32_t rule, const struct prefilter_choice *choice)
{
    uint8_t place = find_place(prefilter, stage, choice);
    prefilter->places[place].forms |= prefilter->forms[rule];
    if (literals->count + choice->count > literals->room) {
        literals->room = 2 * literals->room + LITERALS_MAX;
        literals->items = reallocarray(literals->items, literals->room, sizeof *literals->items);
        if (literals->items == NULL) {
            abort();
        }
    }
    for (size_t i = 0; i < choice->count; i++) {
        literals->items[literals->count++] = (struct literal){
            .text = {.text = choice->texts[i], .nocase = choice->nocase, .place = place}, .rule = rule};
    }
}

/* Asked each time, in the order of rules. */
static void add_unconditional(struct unconditional *lists, uint32_t rule, uint32_t forms)
{
    for (size_t i = 0; i < PREFILTER_FORMS; i++) {
        struct unconditional *list = &lists[i];
        if ((forms >> i & 1) != 0) {
            list->rules = reallocarray(list->rules, list->count + 1, sizeof *list->rules);
            if (list->rules == NULL) {
                abort();
            }
            list->rules[list->count++] = rule;
        }
    }
}

static void add_stage(struct prefilter *prefilter, struct literals *literals,
                      struct prefilter_popularity *popularity, enum rule_stage stage,
                      struct rule_body *const *bodies, size_t count)
{
    prefilter->first_place[stage] = prefilter->place_count;
    for (size_t i = 0; i < count; i++) {
        struct prefilter_choice choice;
        if (bodies[i]->stage != stage) {
            continue;
        }
        prefilter->forms[i] = prefilter_forms(bodies[i]);
        if (prefilter_choose(bodies[i], popularity, &choice)) {
            add_literals(prefilter, literals, stage, (uint32_t)i, &choice);
        } else {
            add_unconditional(prefilter->unconditional[stage], (uint32_t)i, prefilter->forms[i]);
        }
    }
}

static int compare_texts(const struct gram_text *a, const struct gram_text *b)
{
    if (a->place != b->place) {
        return (int)a->place - (int)b->place;
    }
    if (a->nocase != b->nocase) {
        return a->nocase ? 1 : -1;
    }
    if (a->text.len != b->text.len) {
        return a->text.len < b->text.len ? -1 : 1;
    }
    return memcmp(a->text.data, b->text.data, a->text.len);
}

static int compare_literals(const void *left, const void *right)
{
    const struct literal *a = left;
    const struct literal *b = right;
    int order = compare_texts(&a->text, &b->text);
    return order != 0 ? order : (a->rule > b->rule) - (a->rule < b->rule);
}

static bool is_body(keyword_buffer_fn buffer)
{
    return buffer == field_response_body || buffer == field_request_body || buffer == field_payload;
}

/* A database of one place's texts. */
static hs_database_t *compile_texts(const struct gram_text *texts, size_t count,
                                    struct diagnostics *diagnostics)
{
    const char **bytes = rule_allocate(count, sizeof *bytes);
    unsigned *flags = rule_allocate(count, sizeof *flags);
    unsigned *ids = rule_allocate(count, sizeof *ids);
    size_t *lens = rule_allocate(count, sizeof *lens);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (const char *)texts[i].text.data;
        lens[i] = texts[i].text.len;
        flags[i] = HS_FLAG_SINGLEMATCH | (texts[i].nocase ? HS_FLAG_CASELESS : 0U);
        ids[i] = texts[i].id;
    }
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_compile_lit_multi(bytes, flags, ids, lens, (unsigned)count, HS_MODE_BLOCK, NULL, &database,
                             &error) != HS_SUCCESS) {
        diagnostics_add(diagnostics, "rules", 0, 0, "libhs cannot compile the contents of bodies: %s",
                        error == NULL ? "no reason given" : error->message);
        hs_free_compile_error(error);
        database = NULL;
    }
    free(bytes);
    free(flags);
    free(ids);
    free(lens);
    return database;
}

/* Texts in order of their places: those of bodies into databases, the others into the table. */
static void fill_searches(struct prefilter *prefilter, struct gram_text *texts,
                          struct diagnostics *diagnostics)
{
    size_t kept = 0;
    for (size_t begin = 0, end; begin < prefilter->text_count; begin = end) {
        struct place *place = &prefilter->places[texts[begin].place];
        end = begin + 1;
        while (end < prefilter->text_count && texts[end].place == texts[begin].place) {
            end++;
        }
        if (is_body(place->buffer)) {
            place->database = compile_texts(texts + begin, end - begin, diagnostics);
        } else {
            memmove(texts + kept, texts + begin, (end - begin) * sizeof *texts);
            kept += end - begin;
        }
    }
    prefilter->table = gram_table_create(texts, kept, prefilter_ordinary_text());
}

/* Each text once, and which rules have it. */
static void fill_texts(struct prefilter *prefilter, struct literals *literals,
                       struct diagnostics *diagnostics)
{
    struct gram_text *texts = rule_allocate(literals->count, sizeof *texts);
    prefilter->starts = rule_allocate(literals->count + 1, sizeof *prefilter->starts);
    prefilter->rules = rule_allocate(literals->count, sizeof *prefilter->rules);
    if (literals->count > 0) {
        qsort(literals->items, literals->count, sizeof *literals->items, compare_literals);
    }
    for (size_t i = 0; i < literals->count; i++) {
        const struct literal *literal = &literals->items[i];
        if (i == 0 || compare_texts(&literals->items[i - 1].text, &literal->text) != 0) {
            prefilter->starts[prefilter->text_count] = (uint32_t)i;
            texts[prefilter->text_count] = literal->text;
            texts[prefilter->text_count].id = (uint32_t)prefilter->text_count;
            prefilter->text_count++;
        }
        prefilter->rules[i] = literal->rule;
    }
    prefilter->starts[prefilter->text_count] = (uint32_t)literals->count;
    fill_searches(prefilter, texts, diagnostics);
    free(texts);
}

struct prefilter *prefilter_create(struct rule_body *const *bodies, size_t count,
                                   struct diagnostics *diagnostics)
{
    struct prefilter *prefilter = rule_allocate(1, sizeof *prefilter);
    struct literals literals = {.count = 0};
    prefilter->forms = rule_allocate(count, sizeof *prefilter->forms);
    struct prefilter_popularity *popularity = rule_allocate(1, sizeof *popularity);
    for (size_t i = 0; i < count; i++) {
        prefilter_count_texts(bodies[i], popularity);
    }
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
        add_stage(prefilter, &literals, popularity, (enum rule_stage)stage, bodies, count);
    }
    free(popularity);
    prefilter->first_place[STAGE_COUNT] = prefilter->place_count;
    fill_texts(prefilter, &literals, diagnostics);
    free(literals.items);
    return prefilter;
}

void prefilter_free(struct prefilter *prefilter)
{
    if (prefilter == NULL) {
        return;
    }
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        for (size_t j = 0; j < PREFILTER_FORMS; j++) {
            free(prefilter->unconditional[i][j].rules);
        }
    }
    for (size_t i = 0; i < prefilter->place_count; i++) {
        hs_free_database(prefilter->places[i].database);
    }
    gram_table_free(prefilter->table);
    free(prefilter->starts);
    free(prefilter->rules);
    free(prefilter->forms);
    free(prefilter);
}

struct prefilter_scratch prefilter_scratch_make(const struct prefilter *prefilter,
                                                struct hs_scratch **library)
{
    for (size_t i = 0; i < prefilter->place_count; i++) {
        const struct place *place = &prefilter->places[i];
        if (place->database != NULL && hs_alloc_scratch(place->database, library) != HS_SUCCESS) {
            abort();
        }
    }
    return (struct prefilter_scratch){.told = rule_allocate(prefilter->text_count, sizeof(uint32_t)),
                                      .library = library};
}

void prefilter_scratch_free(struct prefilter_scratch *scratch)
{
    free(scratch->told);
}

/* ---- searching */

struct scan {
    const struct prefilter *prefilter;
    struct prefilter_scratch *scratch;
    uint32_t form;
    prefilter_candidate_fn candidate;
    void *context;
};

static void take_text(void *context, uint32_t text)
{
    const struct scan *scan = context;
    const struct prefilter *prefilter = scan->prefilter;
    if (scan->scratch->told[text] == scan->scratch->event) {
        return;
    }
    scan->scratch->told[text] = scan->scratch->event;
    for (uint32_t i = prefilter->starts[text]; i < prefilter->starts[text + 1]; i++) {
        uint32_t rule = prefilter->rules[i];
        if ((prefilter->forms[rule] & scan->form) != 0) {
            scan->candidate(scan->context, rule);
        }
    }
}

static int on_text(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    (void)from;
    (void)to;
    (void)flags;
    take_text(context, id);
    return 0;
}

static void search(struct scan *scan, size_t number, struct slice text)
{
    const struct place *place = &scan->prefilter->places[number];
    if (text.len < GRAM_BYTES) {
        return; /* often it is not there */
    }
    if (place->database != NULL) {
        unsigned len = text.len < UINT32_MAX ? (unsigned)text.len : UINT32_MAX;
        (void)hs_scan(place->database, (const char *)text.data, len, 0, *scan->scratch->library, on_text,
                      scan);
    } else {
        gram_table_search(scan->prefilter->table, (uint8_t)number, text, take_text, scan);
    }
}

void prefilter_scan(const struct prefilter *prefilter, enum rule_stage stage, const struct rule_view *view,
                    struct prefilter_scratch *scratch, prefilter_candidate_fn candidate, void *context)
{
    if (++scratch->event == 0) {
        memset(scratch->told, 0, prefilter->text_count * sizeof *scratch->told);
        scratch->event = 1;
    }
    struct scan scan = {.prefilter = prefilter,
                        .scratch = scratch,
                        .form = UINT32_C(1) << prefilter_form_of(stage, view),
                        .candidate = candidate,
                        .context = context};
    for (size_t i = prefilter->first_place[stage]; i < prefilter->first_place[stage + 1]; i++) {
        const struct place *place = &prefilter->places[i];
        if ((place->forms & scan.form) != 0) {
            search(&scan, i, place->buffer(view, place->side));
        }
    }
}

const uint32_t *prefilter_unconditional(const struct prefilter *prefilter, enum rule_stage stage,
                                        const struct rule_view *view, size_t *count)
{
    const struct unconditional *list = &prefilter->unconditional[stage][prefilter_form_of(stage, view)];
    *count = list->count;
    return list->rules;
}
