/*
 * Rule text of strangers: read as one file, with and without our own keywords; what was understood becomes a
 * set that is asked about one request, so that what the parser let through is also used.
 */
#include <stdlib.h>

#include "daemon/rule/parse_priv.h"
#include "tests/fuzz/splitter.h"

static uint16_t protocol_id(void *context, const char *name)
{
    (void)context;
    return (uint16_t)strlen(name);
}

/* The contents of what was understood, against the rule's own text. */
static void ask(const struct rule_loader *loader, struct slice text)
{
    struct pcre_scratch scratch = {0};
    struct prefilter *prefilter = prefilter_create(loader->bodies, loader->count, loader->diagnostics);
    for (size_t i = 0; i < loader->count; i++) {
        const struct rule_body *body = loader->bodies[i];
        for (size_t j = 0; j < body->group_count; j++) {
            struct mask_span spans[GROUP_STEPS_MAX];
            size_t count = 0;
            char value[RULE_VALUE_SIZE];
            if (text.len > 0 &&
                verify_group(&body->groups[j], text, 0, 1000, &scratch, spans, &count) == VERIFY_YES) {
                mask_value(text, spans, count, body->groups[j].buffer->mask, value);
            }
        }
    }
    prefilter_free(prefilter);
    pcre_scratch_free(&scratch);
}

static bool run(void *context, enum splitter_event event, struct slice bytes)
{
    (void)context;
    (void)event;
    static const char *const names[] = {"x.rules", "x.vigie.rules"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct diagnostics diagnostics = {0};
        struct text_list folders = {0};
        const struct list_settings lists = {.folders = &folders, .max_entries = 100, .max_shrink = 100};
        struct list_store *store = list_store_create(NULL);
        list_store_begin(store, &lists, &diagnostics);
        struct rule_loader loader = {.diagnostics = &diagnostics,
                                     .datasets = datasets_create(store),
                                     .protocol = protocol_id,
                                     .parsed_ndpi = true,
                                     .max_rules = 64,
                                     .patterns = pcre_pool_create()};
        rule_parse_text(&loader, names[i], bytes);
        flowbits_check(&loader.flowbits, &diagnostics);
        ask(&loader, bytes);
        for (size_t j = 0; j < loader.count; j++) {
            rule_body_free(loader.bodies[j]);
        }
        free(loader.bodies);
        pcre_pool_free(loader.patterns);
        datasets_free(loader.datasets);
        list_store_free(store);
        diagnostics_free(&diagnostics);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct splitter splitter = {.random = 1, .rest = slice_make(data, size)};
    splitter_run_whole(&splitter, run, NULL);
    return 0;
}
