/* The rule stage's options and counters. */
#include <stddef.h>

#include "rule/rule_set.h"

COUNTER_TABLE(rule, RULE_COUNTERS);

static const struct option rows[] = {
    {.name = "rules.files",
     .type = OPTION_TEXT_LIST,
     .offset = offsetof(struct rule_settings, files),
     .default_text = "",
     .reload = true,
     .help =
         "The site's rule files, as paths or globs, beside the rules that came with this version (-S on the "
         "command line replaces both). Keywords of our own are understood in files named *.vigie.rules "
         "only."},
    {.name = "rules.lists",
     .type = OPTION_TEXT_LIST,
     .offset = offsetof(struct rule_settings, lists),
     .default_text = "",
     .reload = true,
     .help =
         "The site's folders of lists, beside those that came with this version: NAME.list, NAME.txt, "
         "NAME.csv, NAME.rpz (a zone with a response policy) and NAME.hosts of all of them together are the "
         "list NAME. allow holds names, addresses and prefixes that are never proposed for blocking; "
         "official the names that are never flagged; canary the names of the canary rule."},
    {.name = "lists.max_entries",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct rule_settings, max_list_entries),
     .default_text = "5000000",
     .min = 1000,
     .max = 100000000,
     .reload = true,
     .help = "Entries that one list may have; more are an error, and left out of one in Redis. A name takes "
             "about 27 "
             "bytes."},
    {.name = "lists.max_shrink",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct rule_settings, max_list_shrink),
     .default_text = "50",
     .min = 0,
     .max = 100,
     .reload = true,
     .help =
         "Percent of its entries that a list may lose at a reload. One that loses more is refused and the "
         "former one stays in force: a feed that was cut or left empty shall not open a gate; counter "
         "vigie_lists_refused_total. Lists of less than 20 entries may lose all of them. It holds for the "
         "lists in Redis, too: `vigiectl list import --replace` refuses more without `--force`, and a sensor "
         "keeps what it had where somebody else than vigiectl wrote (vigie_sink_lists_refused_total)."},
    {.name = "rules.steps",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct rule_settings, steps),
     .default_text = "10000",
     .min = 100,
     .max = 100000000,
     .reload = true,
     .help =
         "Steps that the verifier may take for one rule in one buffer; a step is one search for a pattern, "
         "and 64 bytes searched. A rule that needs more is left undecided and counted."},
    {.name = "rules.max",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct rule_settings, max_rules),
     .default_text = "100000",
     .min = 1,
     .max = 10000000,
     .reload = true,
     .help = "Rules that may be loaded; more are an error."},
    {.name = "rules.repeats",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct rule_settings, repeats),
     .default_text = "512",
     .min = 8,
     .max = 1000000,
     .help = "Fronts of tokens and pairs of path segments that are remembered to see them again, in each of "
             "the 64 shards; 64 bytes each. The one that was not met for longest is forgotten first."},
};

const struct option_table rule_options = {
    .stage = "rule",
    .rows = rows,
    .count = ARRAY_COUNT(rows),
    .settings_size = sizeof(struct rule_settings),
};
