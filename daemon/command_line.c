#include "command_line.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "sink/events.h"

enum {
    OPTION_EVENTS = 256,
    OPTION_REDIS,
    OPTION_EXPLAIN,
    OPTION_PRINT_DOCS,
    OPTION_WORKERS,
    OPTION_SET,
    OPTION_DUMP_CONFIG,
    OPTION_CHECK,
};

struct line_option {
    int code; /* the letter, or one of the above */
    const char *name;
    const char *argument; /* NULL where it takes none; in brackets where it may be left out */
    const char *help;
};

static const struct line_option line_options[] = {
    {'r', "read", "PATH", "replay captures: a file, a folder sorted by byte, or - (repeatable)"},
    {'i', "interface", "IFACE", "run on an interface, A+B: the halves of a tap (repeatable)"},
    {'c', "config", "FILE", "configuration; -i without it reads /etc/vigie/vigie.yaml"},
    {'S', "rules", "GLOB", "load these rules instead of the configured ones (repeatable)"},
    {OPTION_CHECK, "check", "[SECONDS]",
     "with -i: look at the mirror (10 s), tell whether it is fit, then exit"},
    {OPTION_EVENTS, "events", "LIST",
     "what -r prints: detection,http,tls,quic,dns,flow,m3u,mpegts,stats (default: detection)"},
    {OPTION_REDIS, "redis", "URL", "push to this Redis too: redis://HOST:PORT or unix://PATH"},
    {OPTION_EXPLAIN, "explain", NULL, "with -r: text instead of events, how each score came about"},
    {OPTION_WORKERS, "workers", "N", "worker threads in all"},
    {OPTION_SET, "set", "KEY=VALUE", "set one option over the configuration (repeatable)"},
    {OPTION_DUMP_CONFIG, "dump-config", NULL, "print every option with its value in force, then exit"},
    {OPTION_PRINT_DOCS, "print-docs", NULL, "print CONFIG.md, then exit"},
    {'T', "test", NULL, "check configuration and rules, all mistakes at once, then exit"},
    {'v', "verbose", NULL, "log more; twice: everything"},
    {'V', "version", NULL, "print the versions of vigie and of nDPI, then exit"},
    {'h', "help", NULL, "print this, then exit"},
};

static void add_override(struct text_list *list, const char *key, const char *value)
{
    char *text = NULL;
    if (asprintf(&text, "%s=%s", key, value) < 0) {
        abort();
    }
    text_list_add(list, text);
    free(text);
}

static bool read_events(unsigned *events, const char *list, struct failure *failure)
{
    struct slice rest = slice_text(list);
    *events = 0;
    while (rest.len > 0) {
        struct slice name = slice_trim(slice_split(&rest, ','));
        char text[32];
        snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.data);
        unsigned bit = event_bit(text);
        if (bit == 0) {
            return failure_set(
                failure, EXIT_STATUS_USAGE,
                "--events: expected a list of detection, http, tls, quic, dns, flow, m3u, mpegts and stats");
        }
        *events |= bit;
    }
    return true;
}

static bool read_check(unsigned *seconds, const char *argument, struct failure *failure)
{
    enum { DEFAULT = 10, MAX = 3600 };
    uint64_t number = DEFAULT;
    if (argument != NULL && (!text_parse_u64(slice_text(argument), &number) || number < 1 || number > MAX)) {
        return failure_set(failure, EXIT_STATUS_USAGE, "--check: expected 1 to %d seconds", MAX);
    }
    *seconds = (unsigned)number;
    return true;
}

/* The halves of a tap, A+B, are two interfaces: their packets meet in the flow table. */
static void add_interfaces(struct text_list *list, const char *argument)
{
    struct slice rest = slice_text(argument);
    while (rest.len > 0) {
        struct slice name = slice_split(&rest, '+');
        char text[64];
        snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.data);
        text_list_add(list, text);
    }
}

static bool take_option(struct command_line *line, int code, const char *argument, struct failure *failure)
{
    switch (code) {
    case 'r':
        text_list_add(&line->captures, argument);
        return true;
    case 'i':
        line->first_interface = line->first_interface == NULL ? argument : line->first_interface;
        add_interfaces(&line->interfaces, argument);
        return true;
    case 'S':
        text_list_add(&line->rules, argument);
        return true;
    case 'c':
        line->config = argument;
        return true;
    case OPTION_EVENTS:
        return read_events(&line->events, argument, failure);
    case OPTION_CHECK:
        return read_check(&line->check, argument, failure);
    case OPTION_REDIS:
        line->redis = true;
        add_override(&line->overrides, "redis.url", argument);
        return true;
    case OPTION_WORKERS:
        add_override(&line->overrides, "workers", argument);
        return true;
    case OPTION_SET:
        text_list_add(&line->overrides, argument);
        return true;
    case 'v':
        line->verbose++;
        return true;
    case OPTION_EXPLAIN:
        line->explain = true;
        return true;
    case OPTION_DUMP_CONFIG:
        line->dump_config = true;
        return true;
    case OPTION_PRINT_DOCS:
        line->print_docs = true;
        return true;
    case 'T':
        line->test = true;
        return true;
    case 'V':
        line->version = true;
        return true;
    case 'h':
        line->help = true;
        return true;
    default:
        return failure_set(failure, EXIT_STATUS_USAGE,
                           "unknown option or missing argument; vigied -h lists all");
    }
}

/* getopt's two lists of options, made from the table. */
static void make_getopt_lists(struct option *out, char *letters)
{
    size_t used = 0;
    letters[used++] = ':';
    for (size_t i = 0; i < ARRAY_COUNT(line_options); i++) {
        const struct line_option *row = &line_options[i];
        int takes = row->argument == NULL     ? no_argument
                    : row->argument[0] == '[' ? optional_argument
                                              : required_argument;
        out[i] = (struct option){row->name, takes, NULL, row->code};
        if (row->code < 256) {
            letters[used++] = (char)row->code;
            if (row->argument != NULL) {
                letters[used++] = ':';
            }
        }
    }
    out[ARRAY_COUNT(line_options)] = (struct option){0};
    letters[used] = '\0';
}

/* The BPF filter: what is left on the line, joined by blanks as tcpdump does. */
static char *join_filter(int argc, char **argv, int from)
{
    struct buf filter = buf_make(SIZE_MAX);
    for (int i = from; i < argc; i++) {
        buf_append_text(&filter, i > from ? " " : "");
        buf_append_text(&filter, argv[i]);
    }
    buf_append_byte(&filter, '\0');
    return (char *)filter.data;
}

bool command_line_read(struct command_line *line, int argc, char **argv, struct failure *failure)
{
    *line = (struct command_line){.events = EVENT_DETECTION};
    struct option longs[ARRAY_COUNT(line_options) + 1];
    char letters[2 * ARRAY_COUNT(line_options) + 2];
    make_getopt_lists(longs, letters);
    int code = 0;
    while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (!take_option(line, code, optarg, failure)) {
            return false;
        }
    }
    line->filter = join_filter(argc, argv, optind);
    if (line->captures.count > 0 && line->interfaces.count > 0) {
        return failure_set(failure, EXIT_STATUS_USAGE, "-r and -i exclude each other");
    }
    if (line->interfaces.count > 0 && line->events != EVENT_DETECTION) {
        return failure_set(failure, EXIT_STATUS_USAGE,
                           "--events needs -r; live, jsonl.events says what is written");
    }
    if (line->check > 0 && line->interfaces.count == 0) {
        return failure_set(failure, EXIT_STATUS_USAGE, "--check needs -i");
    }
    if (line->explain && line->captures.count == 0) {
        return failure_set(failure, EXIT_STATUS_USAGE, "--explain needs -r");
    }
    bool only_prints = line->test || line->dump_config || line->print_docs || line->version || line->help;
    if (!only_prints && line->captures.count == 0 && line->interfaces.count == 0) {
        return failure_set(failure, EXIT_STATUS_USAGE,
                           "nothing to do: expected -r PATH or -i IFACE (vigied -h)");
    }
    return true;
}

void command_line_free(struct command_line *line)
{
    text_list_free(&line->captures);
    text_list_free(&line->interfaces);
    text_list_free(&line->rules);
    text_list_free(&line->overrides);
    free(line->filter);
}

void command_line_print_help(FILE *out)
{
    fprintf(out, "usage: vigied -r PATH | -i IFACE [options] [BPF filter]\n\n");
    for (size_t i = 0; i < ARRAY_COUNT(line_options); i++) {
        const struct line_option *row = &line_options[i];
        char left[48];
        int used = row->code < 256 ? snprintf(left, sizeof left, "-%c, ", row->code)
                                   : snprintf(left, sizeof left, "    ");
        snprintf(left + used, sizeof left - (size_t)used, "--%s%s%s", row->name,
                 row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
        fprintf(out, "  %-26s %s\n", left, row->help);
    }
}
