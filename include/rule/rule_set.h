/*
 * Rules: Suricata 7's language, a documented subset (rules/README.md), compiled into an immutable set.
 *
 * Loading: text -> rules -> one table of literals (each rule's rarest content or pattern) and one
 * automaton for each pcre. Matching: the table selects candidates, a verifier of our own checks
 * each rule's contents in order, with a step budget. Each worker has a scratch of its own.
 */
#pragma once

#include "app/app.h"
#include "base/counter.h"
#include "base/diagnostics.h"
#include "base/hash.h"
#include "base/option.h"
#include "rule/list_store.h"
#include "rule/repeats.h"
#include "rule/rule_hit.h"

struct rule_settings {
    struct text_list files;    /* rules.files: globs */
    struct text_list lists;    /* rules.lists: folders of lists (rule/list_store.h) */
    uint64_t max_list_entries; /* lists.max_entries */
    uint64_t max_list_shrink;  /* lists.max_shrink */
    uint64_t steps;            /* rules.steps: the verifier's budget for one rule and one buffer */
    uint64_t max_rules;        /* rules.max */
    uint64_t repeats;          /* rules.repeats: entries of struct repeats in one shard */
};

#define RULE_COUNTERS(X)                                                                                     \
    X(RULE_EVALUATIONS, "evaluations", "Transactions given to the rules")                                    \
    X(RULE_CANDIDATES, "candidates", "Rules selected by their literals")                                     \
    X(RULE_HITS, "hits", "Rules that matched and were told")                                                 \
    X(RULE_CLAIMS_DROPPED, "claims_dropped", "Claims dropped because the answer contradicts them")           \
    X(RULE_REPEATS_EVICTED, "repeats_evicted", "Tokens and numbers forgotten because their table was full")  \
    X(RULE_STEPS_OUT, "steps_out", "Rules left undecided because the step budget was used up")

enum COUNTER_ENUM(rule, RULE_COUNTERS);
extern const struct counter_table rule_counters;
extern const struct option_table rule_options; /* over struct rule_settings */

struct rule_set;

/* What of a rule others may see. */
struct rule {
    uint32_t sid;
    uint32_t rev;
    uint8_t weight;
    enum evidence_kind kind;
    enum family family;
    uint16_t roles;
    bool content;
    bool structural;
    bool test;
    bool client_header;
    enum notice notice;
    const char *msg;
    const char *reason;
    const char *make;
    const char *field; /* the buffer or keyword that its evidence is shown from */
};

/* Protocol name -> nDPI id for `ndpi-protocol`; NULL where nDPI is off. */
typedef uint16_t (*rule_protocol_fn)(void *context, const char *name);

struct list_settings rule_list_settings(const struct rule_settings *settings);

/*
 * Loads files (globs expanded, sorted by byte) and data sets, these from a load of `lists` that has begun
 * (NULL: from files, for this set alone). Every mistake of every file goes to `diagnostics`; NULL where there
 * was one. `parsed_ndpi` says that nDPI sees flows that our own parsers read (ndpi.flows: all). `eager`
 * compiles every pcre that is libhs's now (live), else on first need (replay).
 */
struct rule_set *rule_set_load(const struct rule_settings *settings, struct list_store *lists,
                               rule_protocol_fn protocol, void *protocol_context, bool parsed_ndpi,
                               bool eager, struct diagnostics *diagnostics);
/* The set is gone when all that hold it have freed it. */
struct rule_set *rule_set_hold(struct rule_set *set);
void rule_set_free(struct rule_set *set);

/*
 * Other lists under the same rules. Where the files of rules and rights holders and the settings are those
 * that a set was made of, a reload need not compile anything: it reads the lists anew (on the loader's
 * thread), main swaps them, and those that were in force are freed once no thread matches with them any more.
 */
bool rule_set_is_current(const struct rule_set *set, const struct rule_settings *settings, bool parsed_ndpi);
struct rule_lists;
/* From a load of `lists` that has begun. One that is gone stays (list_store_keep). */
struct rule_lists *rule_set_read_lists(struct rule_set *set, struct list_store *lists);
/* Main's: the lists of the set and these change places, and with them what rule_set_digest says. */
void rule_lists_swap(struct rule_lists *lists);
void rule_lists_free(struct rule_lists *lists);
size_t rule_set_count(const struct rule_set *set);
const struct rule *rule_set_at(const struct rule_set *set, size_t index);
/* Whether a rule asks for JA3 or JA4. */
bool rule_set_asks_fingerprints(const struct rule_set *set);
/* Whether a rule waits for what nDPI takes a flow for. */
bool rule_set_asks_labels(const struct rule_set *set);
/* SHA-256 over the rules' and data sets' bytes, in hex. */
const char *rule_set_digest(const struct rule_set *set);

/*
 * Whose pay channels the live entries of a document name (rights-holders*.yaml of rules.lists), at its end:
 * ids in order, of more than fit those with the most names. False where it names none, or where the document
 * was begun under another set.
 */
bool rule_set_rights(const struct rule_set *set, const struct http_transaction *http,
                     struct rights_holders *out);

struct rule_scratch;
/* One for each thread that matches with this set. */
struct rule_scratch *rule_scratch_create(const struct rule_set *set, struct counter_cell *counters);
/* Where matching remembers what it has met before; borrowed, outlives rule sets. Without it nothing repeats.
 */
void rule_scratch_remember(struct rule_scratch *scratch, struct repeats *repeats);
/* What the last APP_HTTP_SETTLED showed. */
const struct repeats_found *rule_scratch_found(const struct rule_scratch *scratch);
void rule_scratch_free(struct rule_scratch *scratch);

struct rule_match {
    const struct rule *rule;
    char value[RULE_VALUE_SIZE]; /* masked: see rule/mask.h */
};

/* Of one event; further ones are left out, in order of sid (rules that set flowbits come first). */
enum { RULE_MATCHES_MAX = 64 };

/*
 * Matches one event. Rules of request and answer are matched at APP_HTTP_SETTLED, rules that ask for
 * m3u.* or api.* at APP_HTTP_ENDED, rules over entries at APP_ENTRY. The claims' policy of design
 * section 7 is applied here: what the answer contradicts is left out and counted. Ordered by sid.
 * Matches set bits of the event's flow (flowbits), also those that are not told.
 */
size_t rule_match_event(const struct rule_set *set, struct rule_scratch *scratch,
                        const struct app_event *event, struct rule_match out[RULE_MATCHES_MAX]);
/*
 * Rules of `tcp` and `udp`: `payload` is the first slice of one direction (side `sender`) of a flow that no
 * parser of ours knows; with an empty payload only what nDPI said is asked. Sets flowbits as above.
 */
size_t rule_match_flow(const struct rule_set *set, struct rule_scratch *scratch, struct flow *flow,
                       unsigned sender, struct slice payload, struct rule_match out[RULE_MATCHES_MAX]);

/* The tables of keywords and buffers as Markdown, for rules/README.md. */
void rule_print_keywords(FILE *out);
