/* The command line of vigied (design, section 4), read from one table of options. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/failure.h"
#include "base/text_list.h"

struct command_line {
    struct text_list captures;   /* -r */
    struct text_list interfaces; /* -i, the halves of a tap one by one */
    const char *first_interface; /* the first -i as it was written, or NULL */
    struct text_list rules;      /* -S */
    struct text_list overrides;  /* --set, and what --redis and --workers mean as such */
    const char *config;          /* -c, or NULL */
    unsigned events;             /* --events: enum event_bits */
    bool redis;                  /* --redis was given */
    unsigned check;              /* --check: seconds; 0 without it */
    bool test;
    bool dump_config;
    bool print_docs;
    bool explain;
    unsigned verbose; /* how often -v stands there */
    bool version;
    bool help;
    char *filter; /* what is left on the line, joined by blanks; owned */
};

/* Reads the line. False fills `failure` with status 64. */
bool command_line_read(struct command_line *line, int argc, char **argv, struct failure *failure) MUST_CHECK;
void command_line_free(struct command_line *line);
void command_line_print_help(FILE *out);
