/* CONFIG.md, printed from the same tables that the configuration is read with. */
#include "daemon/control/config_priv.h"

#include <stdlib.h>

#include "daemon/control/metrics_priv.h"

static const char introduction[] =
    "# Configuration of vigie\n"
    "\n"
    "This page is printed by `vigied --print-docs`; `make check` compares the two.\n"
    "\n"
    "## How it is written\n"
    "\n"
    "The configuration is one YAML file, `/etc/vigie/vigie.yaml`, or the one that `-c` names. Every option "
    "has\n"
    "a default, so that the file holds only what differs; an empty one is fine. Dotted and nested keys are "
    "the\n"
    "same, and each option is given once:\n"
    "\n"
    "```yaml\n"
    "workers: 4\n"
    "metrics.listen: 127.0.0.1:9143\n"
    "log:\n"
    "  level: debug\n"
    "```\n"
    "\n"
    "- `--set KEY=VALUE` on the command line (repeatable, the last one counts) goes over the file. The items "
    "of\n"
    "  a list are separated by commas: `--set network.home=192.0.2.0/24,2001:db8::/32`.\n"
    "- `vigied -T` checks configuration and rules and tells all mistakes at once, each with file, line and\n"
    "  column. An unknown key is a mistake.\n"
    "- `vigied --dump-config` prints every option with the value in force. Passwords, and the user part of "
    "a\n"
    "  URL, are printed as `*`. Behind them it tells, as comments, how much memory these values allow at "
    "most.\n"
    "- `systemctl reload vigie`, or the signal SIGHUP, reads the file again. Options marked *reload* are "
    "taken\n"
    "  up at once; where another one has changed, the log names it, and it waits for a restart. Where there "
    "is\n"
    "  a mistake, nothing is taken up.\n"
    "- YAML's anchors, aliases and tags are not taken.\n"
    "\n"
    "| type | how it is written |\n"
    "|---|---|\n"
    "| bool | `true` or `false` (also yes, no, on, off) |\n"
    "| number | a whole decimal number |\n"
    "| size | bytes, or a number with `KiB`, `MiB` or `GiB` behind it: `64MiB` |\n"
    "| duration | a number with `us`, `ms`, `s`, `min`, `h` or `d` behind it: `10min` |\n"
    "| text | UTF-8 without control characters; in quotes where YAML wants them |\n"
    "| choice | one of the words that the option names |\n"
    "| list of texts | `[a, b]`, or one item a line, each behind `- `; an item holds no comma |\n"
    "| list of prefixes | the same, of addresses and prefixes: `[192.0.2.0/24, \"2001:db8::/32\"]` |\n";

/* Help texts are plain sentences, in which code may stand in backquotes: outside of these, what Markdown
 * would take for emphasis, a link, HTML or the end of a table's cell is escaped. */
static void print_prose(const char *text, FILE *out)
{
    bool in_code = false;
    for (const char *at = text; *at != '\0'; at++) {
        in_code ^= *at == '`';
        if ((!in_code && strchr("*<[\\", *at) != NULL) || *at == '|') {
            fputc('\\', out);
        }
        fputc(*at, out);
    }
}

static void print_choices(const char *const *choices, FILE *out)
{
    for (size_t i = 0; choices[i] != NULL; i++) {
        fprintf(out, "%s`%s`", i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ", choices[i]);
    }
}

/* A bound of a number in the units of the option itself. */
static void print_bound(const struct option *option, uint64_t bound, FILE *out)
{
    union {
        uint64_t unsigned_field; /* of number and size */
        int64_t signed_field;    /* of duration */
    } field = {.unsigned_field = bound};
    struct option alone = *option;
    alone.offset = 0;
    char *text = option_print(&alone, &field);
    fprintf(out, "`%s`", text);
    free(text);
}

static void print_range(const struct option *option, FILE *out)
{
    if (option->choices != NULL) {
        fputs(option->type == OPTION_TEXT_LIST ? ", of " : ": ", out);
        print_choices(option->choices, out);
        return;
    }
    bool has_range =
        option->type == OPTION_NUMBER || option->type == OPTION_SIZE || option->type == OPTION_DURATION;
    if (!has_range || (option->min == 0 && option->max == 0)) {
        return;
    }
    if (option->min > 0) {
        fputs(option->max > 0 ? " from " : ", at least ", out);
        print_bound(option, option->min, out);
    }
    if (option->max > 0) {
        fputs(option->min > 0 ? " to " : ", at most ", out);
        print_bound(option, option->max, out);
    }
}

static void print_option(const struct option *option, FILE *out)
{
    fprintf(out, "\n### %s\n\n%s", option->name, option_type_name(option->type));
    print_range(option, out);
    if (option->default_text[0] == '\0') {
        fputs("; default: empty", out);
    } else {
        fprintf(out, "; default: `%s`", option->default_text);
    }
    fprintf(out, "%s%s\n\n", option->reload ? "; *reload*" : "", option->secret ? "; secret" : "");
    print_prose(option->help, out);
    fputc('\n', out);
}

static void print_counters(const struct counter_table *table, FILE *out)
{
    fprintf(out, "\n### Counters: %s\n\n| metric | type | what it counts |\n|---|---|---|\n", table->stage);
    for (size_t i = 0; i < table->count; i++) {
        const struct counter_row *row = &table->rows[i];
        char name[METRICS_NAME_SIZE];
        fprintf(out, "| `%s` | %s | ", metrics_name(table->stage, row, name),
                metrics_is_gauge(row) ? "gauge" : "counter");
        print_prose(row->help, out);
        fputs(" |\n", out);
    }
}

void config_print_docs(const struct config_section *sections, size_t count,
                       const struct counter_table *const *counters, size_t counter_count, FILE *out)
{
    fputs(introduction, out);
    fputs("\n## All options\n\n| option | default |\n|---|---|\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct option_table *table = sections[i].table;
        for (size_t row = 0; row < table->count; row++) {
            const char *value = table->rows[row].default_text;
            fprintf(out, value[0] == '\0' ? "| `%s` | %s|\n" : "| `%s` | `%s` |\n", table->rows[row].name,
                    value);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct option_table *table = sections[i].table;
        fprintf(out, "\n## Stage %s\n", table->stage);
        for (size_t row = 0; row < table->count; row++) {
            print_option(&table->rows[row], out);
        }
    }
    fputs("\n## Counters\n\n"
          "Served for Prometheus at `http://ADDRESS:PORT/metrics` of the option `metrics.listen`. A counter "
          "rises\n"
          "from 0 at the daemon's start; a gauge is a value of now. No label names an address or a person.\n",
          out);
    for (size_t i = 0; i < counter_count; i++) {
        print_counters(counters[i], out);
    }
}
