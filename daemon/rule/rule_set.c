/* Loading: files and data sets in, one immutable set out, every mistake told. */
#include "rule/rule_set.h"

#include <glob.h>
#include <hs/hs.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/fields_priv.h"
#include "daemon/rule/parse_priv.h"
#include "daemon/rule/rule_files_priv.h"
#include "daemon/rule/set_priv.h"

/* A pattern may fit no file (an empty rules.d); a plain name must. */
static void add_pattern(struct text_list *files, const char *pattern, struct diagnostics *diagnostics)
{
    int result = rule_files_find(pattern, GLOB_ERR, files);
    if (result != 0 && result != GLOB_NOMATCH) {
        diagnostics_add(diagnostics, pattern, 0, 0, "cannot be read; expected rule files");
    } else if (result == GLOB_NOMATCH && strpbrk(pattern, "*?[") == NULL) {
        diagnostics_add(diagnostics, pattern, 0, 0, "no such file; expected a rule file");
    }
}

static void load_file(struct rule_loader *loader, const char *name, struct sha256_context *digest)
{
    struct buf text = buf_make(RULE_FILE_BYTES_MAX);
    if (!rule_file_read(name, &text)) {
        diagnostics_add(loader->diagnostics, name, 0, 0, "cannot be read; expected a rule file");
    } else if (text.truncated) {
        diagnostics_add(loader->diagnostics, name, 0, 0, "has more than %d bytes", RULE_FILE_BYTES_MAX);
    } else {
        sha256_update(digest, buf_slice(&text));
        rule_parse_text(loader, name, buf_slice(&text));
    }
    buf_free(&text);
}

static int compare_bodies(const void *left, const void *right)
{
    const struct rule_body *a = *(struct rule_body *const *)left;
    const struct rule_body *b = *(struct rule_body *const *)right;
    if (a->rule.sid != b->rule.sid) {
        return a->rule.sid < b->rule.sid ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* In order of sid; of several with the same one all but the one read first are mistakes. */
static void sort_bodies(struct rule_loader *loader)
{
    struct rule_body **ordered = loader->bodies;
    for (size_t i = 0; i < loader->count; i++) {
        ordered[i]->number = i;
    }
    if (loader->count > 0) {
        qsort(ordered, loader->count, sizeof *ordered, compare_bodies);
    }
    for (size_t i = 1; i < loader->count; i++) {
        const struct rule_body *first = ordered[i - 1];
        const struct rule_body *later = ordered[i];
        if (first->rule.sid == later->rule.sid) {
            diagnostics_add(loader->diagnostics, later->file, later->line, 1,
                            "sid %u was used before, in %s:%u; expected a sid of its own", later->rule.sid,
                            first->file, first->line);
        }
    }
}

static int compare_turns(const void *left, const void *right)
{
    const struct rule_body *a = *(struct rule_body *const *)left;
    const struct rule_body *b = *(struct rule_body *const *)right;
    int order = (int)flowbits_turn_of(a) - (int)flowbits_turn_of(b);
    return order != 0 ? order : compare_bodies(left, right);
}

static void compile_patterns(struct rule_loader *loader)
{
    for (size_t i = 0; i < loader->count; i++) {
        struct rule_body *body = loader->bodies[i];
        for (size_t j = 0; j < body->group_count; j++) {
            for (size_t k = 0; k < body->groups[j].count; k++) {
                struct pcre *pcre = body->groups[j].steps[k].pcre;
                if (pcre != NULL && !pcre_compile(pcre)) {
                    diagnostics_add(loader->diagnostics, body->file, body->line, 1,
                                    "libhs cannot compile a pattern of sid %u", body->rule.sid);
                }
            }
        }
    }
}

static bool asks_rights(const struct rule_body *body)
{
    for (size_t i = 0; i < body->condition_count; i++) {
        if (field_is_of_rights(body->conditions[i].keyword->number)) {
            return true;
        }
    }
    return false;
}

static bool asks_fingerprints(const struct rule_body *body)
{
    bool asks = false;
    for (size_t i = 0; i < body->group_count; i++) {
        keyword_buffer_fn buffer = body->groups[i].buffer->buffer;
        asks = asks || buffer == field_ja3 || buffer == field_ja4;
    }
    return asks;
}

bool rule_set_asks_fingerprints(const struct rule_set *set)
{
    return set->asks_fingerprints;
}

/* By name, or as rules do that ask for no bytes at all: those match once nDPI has decided. */
static bool asks_labels(const struct rule_body *body)
{
    bool asks = body->stage == STAGE_FLOW && !body->reads_payload;
    for (size_t i = 0; i < body->condition_count; i++) {
        asks = asks || body->conditions[i].keyword->number == field_ndpi;
    }
    return asks;
}

bool rule_set_asks_labels(const struct rule_set *set)
{
    return set->asks_labels;
}

/* Without holders a rule that asks whose channels are named would never match. */
static void check_rights(const struct rule_loader *loader, const struct rights *rights)
{
    for (size_t i = 0; i < loader->count && rights->file_count == 0; i++) {
        if (asks_rights(loader->bodies[i])) {
            diagnostics_add(
                loader->diagnostics, loader->bodies[i]->file, loader->bodies[i]->line, 1,
                "sid %u asks for rights holders; expected rights-holders.yaml in a folder of rules.lists",
                loader->bodies[i]->rule.sid);
            return;
        }
    }
}

/* Over the rules' bytes and the lists'. */
static void digest_all(const struct rule_set *set, const struct list_store *lists, char out[SHA256_HEX_SIZE])
{
    uint8_t bytes[SHA256_SIZE];
    struct sha256_context *digest = sha256_begin();
    sha256_update(digest, slice_make(set->rules, sizeof set->rules));
    datasets_digest(set->datasets, lists, digest);
    sha256_end(digest, bytes);
    hex_print(bytes, sizeof bytes, out);
}

static struct rule_set *make_set(struct rule_loader *loader, struct rights *rights, struct text_list *files,
                                 const struct rule_settings *settings, const struct list_store *lists,
                                 struct sha256_context *digest)
{
    struct rule_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        abort();
    }
    *set = (struct rule_set){.bodies = loader->bodies,
                             .count = loader->count,
                             .steps = settings->steps,
                             .datasets = loader->datasets,
                             .rights = rights,
                             .uses_flowbits = loader->flowbits.count > 0,
                             .flowbits_names = flowbits_digest(&loader->flowbits),
                             .files = *files};
    if (set->uses_flowbits && set->count > 0) {
        qsort(set->bodies, set->count, sizeof *set->bodies, compare_turns);
    }
    for (size_t i = 0; i < set->count; i++) {
        set->asks_fingerprints = set->asks_fingerprints || asks_fingerprints(set->bodies[i]);
        set->asks_labels = set->asks_labels || asks_labels(set->bodies[i]);
    }
    rights_digest(set->rights, digest);
    sha256_end(digest, set->rules);
    digest_all(set, lists, set->digest);
    return set;
}

static struct rule_set *load_set(const struct rule_settings *settings, struct list_store *lists,
                                 rule_protocol_fn protocol, void *protocol_context, bool parsed_ndpi,
                                 bool eager, struct diagnostics *diagnostics)
{
    size_t mistakes = diagnostics->count;
    struct rule_loader loader = {.diagnostics = diagnostics,
                                 .datasets = datasets_create(lists),
                                 .protocol = protocol,
                                 .protocol_context = protocol_context,
                                 .parsed_ndpi = parsed_ndpi,
                                 .max_rules = settings->max_rules,
                                 .patterns = pcre_pool_create()};
    struct text_list files = {0};
    struct sha256_context *digest = sha256_begin();
    uint8_t source[SHA256_SIZE];
    rule_files_digest(settings, parsed_ndpi, source);
    if (hs_valid_platform() != HS_SUCCESS) {
        diagnostics_add(diagnostics, "rules", 0, 0, "libhs does not run on this processor: it needs SSSE3");
    }
    for (size_t i = 0; i < settings->files.count; i++) {
        add_pattern(&files, settings->files.items[i], diagnostics);
    }
    for (size_t i = 0; i < files.count; i++) {
        load_file(&loader, files.items[i], digest);
    }
    sort_bodies(&loader);
    struct rights *rights = rights_load(&settings->lists, loader.patterns, eager, diagnostics);
    check_rights(&loader, rights);
    if (diagnostics->count == mistakes) { /* else a rule that was refused may be the one that sets */
        flowbits_check(&loader.flowbits, diagnostics);
    }
    if (eager && diagnostics->count == mistakes) {
        compile_patterns(&loader);
    }
    pcre_pool_free(loader.patterns);
    struct rule_set *set = make_set(&loader, rights, &files, settings, lists, digest);
    memcpy(set->source, source, sizeof set->source);
    atomic_init(&set->holders, 1);
    if (diagnostics->count == mistakes) {
        set->prefilter = prefilter_create(set->bodies, set->count, diagnostics);
    }
    if (diagnostics->count > mistakes) {
        rule_set_free(set);
        return NULL;
    }
    return set;
}

struct list_settings rule_list_settings(const struct rule_settings *settings)
{
    return (struct list_settings){.folders = &settings->lists,
                                  .max_entries = settings->max_list_entries,
                                  .max_shrink = settings->max_list_shrink};
}

struct rule_set *rule_set_load(const struct rule_settings *settings, struct list_store *lists,
                               rule_protocol_fn protocol, void *protocol_context, bool parsed_ndpi,
                               bool eager, struct diagnostics *diagnostics)
{
    if (lists != NULL) {
        return load_set(settings, lists, protocol, protocol_context, parsed_ndpi, eager, diagnostics);
    }
    const struct list_settings list_settings = rule_list_settings(settings);
    struct list_store *own = list_store_create(NULL);
    list_store_begin(own, &list_settings, diagnostics);
    struct rule_set *set =
        load_set(settings, own, protocol, protocol_context, parsed_ndpi, eager, diagnostics);
    list_store_free(own);
    return set;
}

/* ---- lists of another load under the same rules */

struct rule_lists {
    struct rule_set *set; /* held */
    struct watch_list **lists;
    char digest[SHA256_HEX_SIZE];
};

bool rule_set_is_current(const struct rule_set *set, const struct rule_settings *settings, bool parsed_ndpi)
{
    uint8_t now[SHA256_SIZE];
    rule_files_digest(settings, parsed_ndpi, now);
    return memcmp(now, set->source, sizeof now) == 0;
}

struct rule_set *rule_set_hold(struct rule_set *set)
{
    atomic_fetch_add_explicit(&set->holders, 1, memory_order_relaxed);
    return set;
}

struct rule_lists *rule_set_read_lists(struct rule_set *set, struct list_store *lists)
{
    struct rule_lists *read = calloc(1, sizeof *read);
    if (read == NULL) {
        abort();
    }
    read->set = rule_set_hold(set);
    read->lists = datasets_read(set->datasets, lists);
    digest_all(set, lists, read->digest);
    return read;
}

void rule_lists_swap(struct rule_lists *lists)
{
    char before[SHA256_HEX_SIZE];
    datasets_swap(lists->set->datasets, lists->lists);
    memcpy(before, lists->set->digest, sizeof before);
    memcpy(lists->set->digest, lists->digest, sizeof before);
    memcpy(lists->digest, before, sizeof before);
}

void rule_lists_free(struct rule_lists *lists)
{
    if (lists != NULL) {
        datasets_release(lists->set->datasets, lists->lists);
        rule_set_free(lists->set);
        free(lists);
    }
}

void rule_set_free(struct rule_set *set)
{
    if (set == NULL || atomic_fetch_sub_explicit(&set->holders, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        rule_body_free(set->bodies[i]);
    }
    text_list_free(&set->files);
    free(set->bodies);
    prefilter_free(set->prefilter);
    datasets_free(set->datasets);
    rights_free(set->rights);
    free(set);
}

size_t rule_set_count(const struct rule_set *set)
{
    return set->count;
}

const struct rule *rule_set_at(const struct rule_set *set, size_t index)
{
    return &set->bodies[index]->rule;
}

const char *rule_set_digest(const struct rule_set *set)
{
    return set->digest;
}

bool rule_set_rights(const struct rule_set *set, const struct http_transaction *http,
                     struct rights_holders *out)
{
    return http->memo != NULL && rights_tell(set->rights, &http->memo->rights, out);
}
